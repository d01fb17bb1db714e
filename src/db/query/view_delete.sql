-- Forgets a saved view.
PREPARE view_delete (uuid, text) AS
SELECT id, ok, code, message, rev FROM doorstep.view_delete($1, $2);
