-- The texts of a rule, newest first. $1: its name or number.
PREPARE rule_versions (text) AS
SELECT version, text, by, doorstep.json_instant(at) AS at FROM doorstep.rule_versions($1);
