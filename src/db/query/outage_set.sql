-- Changes an outage: an object of what is given.
PREPARE outage_set (uuid, bigint, jsonb) AS
SELECT id, ok, code, message, rev FROM doorstep.outage_set($1, $2, $3);
