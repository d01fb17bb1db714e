-- Keeps a filter under a name, on a number key (0: none), for everyone when shared.
PREPARE view_save (uuid, text, text, int, boolean) AS
SELECT id, ok, code, message, rev FROM doorstep.view_save($1, $2, $3, $4, $5);
