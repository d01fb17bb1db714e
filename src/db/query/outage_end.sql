-- Ends outages.
PREPARE outage_end (uuid, bigint[], text) AS
SELECT id, ok, code, message, rev FROM doorstep.outage_end($1, $2, $3);
