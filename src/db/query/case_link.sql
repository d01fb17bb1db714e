-- Links exceptions to a case.
PREPARE case_link (uuid, bigint[], bigint) AS
SELECT id, ok, code, message, rev FROM doorstep.case_link($1, $3, $2);
