-- session_user is a name, and names sort by "C": compared with a column of another collation it finds nothing in that column's index. What is
-- somebody's own is counted with every screen.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

SELECT patch_function('header_counts()'::regprocedure, 'e.owner = session_user::text', 'e.owner = session_user::text COLLATE "default"');
-- Ten thousand rows are not visited for their brand by somebody to whom every brand is one: the index alone says how many.
SELECT patch_function('header_counts()'::regprocedure, 'SELECT count(*) INTO breaching FROM', 'IF b IS NULL THEN
        SELECT count(*) INTO breaching FROM (SELECT FROM exception e WHERE e.state <> ''resolved'' AND e.k_urgency < soon LIMIT 10000) x;
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT count(*) INTO breaching FROM');

RESET search_path;
RESET ROLE;
