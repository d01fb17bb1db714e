-- Switches a rule off by itself.
PREPARE rule_trip (int, int, text) AS
SELECT doorstep.rule_trip($1, $2, $3);
