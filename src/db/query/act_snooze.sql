-- Puts them aside until an instant, or until the next scan.
PREPARE act_snooze (uuid, bigint[], timestamptz, boolean) AS
SELECT id, ok, code, message, rev FROM doorstep.snooze($1, doorstep.chosen($2), $3, $4);
