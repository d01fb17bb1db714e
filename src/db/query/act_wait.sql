-- Waits for somebody else, until an instant or without end.
PREPARE act_wait (uuid, bigint[], timestamptz, text) AS
SELECT id, ok, code, message, rev FROM doorstep.wait($1, doorstep.chosen($2), $3, $4);
