-- Merges one case into another.
PREPARE case_merge (uuid, bigint, bigint) AS
SELECT id, ok, code, message, rev FROM doorstep.case_merge($1, $2, $3);
