-- session_user is a name, and names sort by "C": compared with a column of another collation it finds nothing in that column's index. What is
-- somebody's own is counted with every screen.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

SELECT patch_function('header_counts()'::regprocedure, 'e.owner = session_user::text', 'e.owner = session_user::text COLLATE "default"');

RESET search_path;
RESET ROLE;
