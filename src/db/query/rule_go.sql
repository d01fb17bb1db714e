-- Lets the rules go on.
PREPARE rule_go (uuid) AS
SELECT id, ok, code, message, rev FROM doorstep.rules_stop($1, false);
