-- The same for `doorstep override list` and `show`. $3: one batch, or null.
PREPARE override_list (text, int, bigint) AS
SELECT id AS batch, state::text, status::text, shipments, applied, skipped, active, conflicts, by, at, reason, note, expires_at, outage_id AS outage, chosen, decided_by, decided_at,
       decided_note, ended_by, ended_at
  FROM doorstep.override_batches($1, $2, $3);
