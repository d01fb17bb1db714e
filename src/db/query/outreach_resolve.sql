-- Says what became of messages whose outcome nobody knows: sent, failed, or retry.
PREPARE outreach_resolve (uuid, bigint[], text) AS
SELECT id, ok, code, message, rev FROM doorstep.outreach_resolve($1, $2, $3);
