-- Takes exceptions off a case.
PREPARE case_unlink (uuid, bigint[], bigint) AS
SELECT id, ok, code, message, rev FROM doorstep.case_unlink($1, $3, $2);
