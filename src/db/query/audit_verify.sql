-- What is broken in the activity of one exception or (null) of all and in the log of control; nothing when all is well.
PREPARE audit_verify (bigint) AS
SELECT 'activity' AS log, exception_id, seq::bigint, problem, detail FROM doorstep.audit_verify($1)
UNION ALL
SELECT 'control', NULL, seq, problem, detail FROM doorstep.control_verify() WHERE $1 IS NULL;
