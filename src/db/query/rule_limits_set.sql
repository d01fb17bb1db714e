-- Changes what holds for all rules ($2: exceptions an hour, $3: times a day one exception, $4: hours back; null: as before).
PREPARE rule_limits_set (uuid, int, int, int) AS
SELECT id, ok, code, message, rev FROM doorstep.rule_limits_set($1, $2, $3, $4);
