-- Keeps a macro.
PREPARE macro_save (uuid, jsonb) AS
SELECT id, ok, code, message, rev FROM doorstep.macro_save($1, $2);
