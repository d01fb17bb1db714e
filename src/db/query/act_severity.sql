-- Says how bad they are.
PREPARE act_severity (uuid, bigint[], text) AS
SELECT id, ok, code, message, rev FROM doorstep.severity($1, doorstep.chosen($2), $3);
