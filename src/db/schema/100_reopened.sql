-- Taking back the last of several overrides opens what an earlier one had resolved, be it another exception of the parcel than the one the
-- last was made on: that one's activity says so, too. It was opened without a word, and its chain was no longer whole.
SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

SELECT patch_function('override_unset(bigint[],override_state,timestamptz,uuid,text,text,text)'::regprocedure, 'x.id = m.exception_id AS main,',
                      'x.id = m.exception_id AS main, x.id = m.exception_id OR r.before IS NOT NULL AS tells,');
SELECT patch_function('override_unset(bigint[],override_state,timestamptz,uuid,text,text,text)'::regprocedure, 'CASE WHEN i.main THEN 1 ELSE 0 END',
                      'CASE WHEN i.tells THEN 1 ELSE 0 END');
SELECT patch_function('override_unset(bigint[],override_state,timestamptz,uuid,text,text,text)'::regprocedure, 'CASE WHEN i.main THEN activity_link',
                      'CASE WHEN i.tells THEN activity_link');
SELECT patch_function('override_unset(bigint[],override_state,timestamptz,uuid,text,text,text)'::regprocedure, 'i.main, i.says, i.before, i.after',
                      'i.main, i.tells, i.says, i.before, i.after');
SELECT patch_function('override_unset(bigint[],override_state,timestamptz,uuid,text,text,text)'::regprocedure, 'FROM put p WHERE p.main',
                      'FROM put p WHERE p.tells');

RESET search_path;
RESET ROLE;
