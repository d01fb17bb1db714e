-- Keeps a rule under a name ($2), as rule_spec() of core/rule.h writes it ($3).
PREPARE rule_save (uuid, text, jsonb) AS
SELECT id, ok, code, message, rev FROM doorstep.rule_save($1, $2, $3);
