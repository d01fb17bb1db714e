-- Sets how a brand writes.
PREPARE brand_set (uuid, text, jsonb) AS
SELECT id, ok, code, message, rev FROM doorstep.brand_set($1, $2, $3);
