-- Deletes thresholds of silence: wider ones hold.
PREPARE silence_delete (uuid, text, text) AS
SELECT id, ok, code, message, rev FROM doorstep.silence_delete($1, $2, $3);
