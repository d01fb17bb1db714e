-- How often a source is asked: $3 an object of what changes.
PREPARE poll_set (uuid, text, jsonb) AS
SELECT id, ok, code, message, rev FROM doorstep.poll_set($1, $2, $3);
