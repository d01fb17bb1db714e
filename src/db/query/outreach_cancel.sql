-- Takes back messages that have not gone out.
PREPARE outreach_cancel (uuid, bigint[]) AS
SELECT id, ok, code, message, rev FROM doorstep.outreach_cancel($1, $2);
