-- The steps of a kind ($2), all anew ($3: a JSON array).
PREPARE playbook_set (uuid, text, jsonb) AS
SELECT id, ok, code, message, rev FROM doorstep.playbook_set($1, $2, $3);
