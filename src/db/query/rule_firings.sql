-- What a rule did last, newest first. $1: its name or number; $2: at most so many.
PREPARE rule_firings (text, int) AS
SELECT doorstep.json_instant(at) AS at, exception, outcome, what, event, version, kind, carrier, tracking_number, doorstep.json_instant(retry_at) AS retry_at
  FROM doorstep.rule_firings($1, $2);
