-- Rules, those that are on first. $1: that one alone, by name or number; null: all.
PREPARE rule_list (text) AS
SELECT id, name, "on", percent, text, version, fired_7d, blocked_7d, held, doorstep.json_instant(last_fired_at) AS last_fired_at, by, doorstep.json_instant(at) AS at,
       state, trouble, per_hour, switched_by, doorstep.json_instant(switched_at) AS switched_at
  FROM doorstep.rule_list($1);
