-- Overrides: $3 status, $4 reason, $5 note, $6 until (null: the usual), $7 outage or null, $8 the filter they were chosen by. Of a selection that is gone
-- there is one row, which says so.
PREPARE override_apply (uuid, bigint[], text, text, text, timestamptz, int, text) AS
SELECT id, ok, code, CASE WHEN id < 0 THEN 'this selection is no longer kept: choose again, nothing was done' ELSE message END AS message, rev
  FROM (SELECT r.*, bool_or(r.id < 0) OVER () AS gone FROM doorstep.override_apply($1, doorstep.chosen($2), $3, $4, $5, $6, $7, $8) r) x
 WHERE NOT gone OR id < 0;
