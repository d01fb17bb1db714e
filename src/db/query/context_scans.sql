-- Scan events, newest first; one more than shown says whether there are more.
PREPARE context_scans (bigint, int) AS
SELECT occurred_at, status, is_exception, code, label, message, place FROM doorstep.context_scans($1, $2);
