-- Takes back my last action.
PREPARE undo (uuid) AS
SELECT id, ok, code, message, rev FROM doorstep.undo($1);
