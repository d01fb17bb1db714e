-- The log of control, newest first.
PREPARE audit_log (text, text, timestamptz, int) AS
SELECT seq, doorstep.json_instant(at) AS at, actor, nullif(brand, '') AS brand, subject, verb, text, before, after FROM doorstep.control_list($1, $2, $3, $4);
