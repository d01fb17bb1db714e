-- How long what is kept; what is always kept comes last.
PREPARE retention_list AS
SELECT table_name AS "table", keep_days AS days, minimum, act, what, doorstep.json_instant(checked_at) AS checked_at FROM doorstep.retention_list();
