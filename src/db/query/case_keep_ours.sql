-- Settles a conflict as we have it.
PREPARE case_keep_ours (uuid, bigint) AS
SELECT id, ok, code, message, rev FROM doorstep.case_keep_ours($1, $2);
