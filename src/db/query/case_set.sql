-- Changes cases: {state, priority, subject, owner, tag, untag}, what is given.
PREPARE case_set (uuid, bigint[], jsonb) AS
SELECT id, ok, code, message, rev FROM doorstep.case_set($1, $2, $3);
