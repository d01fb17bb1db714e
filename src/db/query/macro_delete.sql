-- Deletes a macro.
PREPARE macro_delete (uuid, text) AS
SELECT id, ok, code, message, rev FROM doorstep.macro_delete($1, $2);
