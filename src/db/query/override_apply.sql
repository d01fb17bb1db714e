-- Overrides: $3 status, $4 reason, $5 note, $6 until (null: the usual), $7 outage or null, $8 the filter they were chosen by.
PREPARE override_apply (uuid, bigint[], text, text, text, timestamptz, int, text) AS
SELECT id, ok, code, message, rev FROM doorstep.override_apply($1, doorstep.chosen($2), $3, $4, $5, $6, $7, $8);
