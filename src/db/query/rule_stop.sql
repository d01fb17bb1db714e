-- Stops all rules.
PREPARE rule_stop (uuid) AS
SELECT id, ok, code, message, rev FROM doorstep.rules_stop($1, true);
