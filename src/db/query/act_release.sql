-- Gives them back to the queue.
PREPARE act_release (uuid, bigint[], text) AS
SELECT id, ok, code, message, rev FROM doorstep.release($1, doorstep.chosen($2), $3);
