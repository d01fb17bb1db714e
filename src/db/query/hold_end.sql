-- Ends a hold: what waited comes back to the queue.
PREPARE hold_end (uuid, int) AS
SELECT id, ok, code, message, rev FROM doorstep.hold_end($1, $2);
