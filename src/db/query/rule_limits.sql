-- What holds for all rules.
PREPARE rule_limits AS
SELECT per_hour, per_exception, event_hours FROM doorstep.rule_limits();
