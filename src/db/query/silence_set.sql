-- Sets when silence is too long, for a carrier, a service (null: any).
PREPARE silence_set (uuid, text, text, jsonb) AS
SELECT id, ok, code, message, rev FROM doorstep.silence_set($1, $2, $3, $4);
