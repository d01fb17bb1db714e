-- Settles a conflict as the helpdesk has it.
PREPARE case_take_theirs (uuid, bigint) AS
SELECT id, ok, code, message, rev FROM doorstep.case_take_theirs($1, $2);
