-- Activity rows that were altered, removed or inserted behind the program's back; of one exception or all.
PREPARE audit_verify (bigint) AS
SELECT * FROM doorstep.audit_verify($1);
