-- What is broken in the activity of one exception or (null) of all; nothing when all is well.
PREPARE audit_verify (bigint) AS
SELECT exception_id, seq, problem, detail FROM doorstep.audit_verify($1);
