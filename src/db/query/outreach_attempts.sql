-- The tries of one message, newest first.
PREPARE outreach_attempts (bigint) AS
SELECT doorstep.json_instant(at) AS at, outcome, code, message, worker, took_ms FROM doorstep.outreach_attempt WHERE outreach_id = $1 ORDER BY fence DESC;
