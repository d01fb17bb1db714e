-- Writes a note on each.
PREPARE act_note (uuid, bigint[], text) AS
SELECT id, ok, code, message, rev FROM doorstep.note($1, doorstep.chosen($2), $3);
