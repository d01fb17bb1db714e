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
-- With each start: to compile a pattern of 32 times sixteen letters takes longer than all the rest of it.
SELECT patch_function('listen()'::regprocedure, 'x ~ ''^doorstep_[0-9a-f]{32}$''', 'starts_with(x, ''doorstep_'') AND length(x) = 41');

-- What a session's first context is made of asks five times for its exception: planned once, and by its key whatever its number.
CREATE OR REPLACE FUNCTION seen(p_id bigint) RETURNS SETOF exception
    LANGUAGE plpgsql STABLE ROWS 1 SET search_path = doorstep, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY SELECT * FROM exception e WHERE e.id = p_id AND my_level() > 0 AND sees_brand(e.brand_id);
END
$$;

RESET search_path;
RESET ROLE;
