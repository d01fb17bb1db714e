-- Puts a version in force.
PREPARE template_approve (uuid, int, int) AS
SELECT id, ok, code, message, rev FROM doorstep.template_approve($1, $2, $3);
