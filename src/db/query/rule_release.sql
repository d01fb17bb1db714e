-- Lets messages about exceptions $2 go that rules hold.
PREPARE rule_release (uuid, bigint[]) AS
SELECT id, ok, code, message, rev FROM doorstep.rule_release($1, $2);
