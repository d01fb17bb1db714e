-- Puts failed, held and cancelled messages in the queue again.
PREPARE outreach_retry (uuid, bigint[]) AS
SELECT id, ok, code, message, rev FROM doorstep.outreach_retry($1, $2);
