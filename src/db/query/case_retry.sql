-- What the helpdesk was not told of cases, it is told again.
PREPARE case_retry (uuid, bigint[]) AS
SELECT id, ok, code, message, rev FROM doorstep.case_retry($1, $2);
