-- Deletes rules ($2: names or numbers, an array); what they did stays in the timelines.
PREPARE rule_delete (uuid, text[]) AS
SELECT id, ok, code, message, rev FROM doorstep.rule_delete($1, $2);
