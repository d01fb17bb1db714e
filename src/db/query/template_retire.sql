-- Takes a template out of use.
PREPARE template_retire (uuid, int) AS
SELECT id, ok, code, message, rev FROM doorstep.template_retire($1, $2);
