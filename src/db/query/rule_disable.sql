-- Switches rules off ($2: names or numbers, an array).
PREPARE rule_disable (uuid, text[]) AS
SELECT id, ok, code, message, rev FROM doorstep.rule_disable($1, $2);
