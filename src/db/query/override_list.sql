-- The same for `doorstep override list` and `show`. $3: one batch, or null.
PREPARE override_list (text, int, bigint) AS
SELECT id AS batch, state::text, status::text, shipments, applied, skipped, active, conflicts, by, doorstep.json_instant(at) AS at, reason, note,
       doorstep.json_instant(expires_at) AS expires_at, outage_id AS outage, chosen, decided_by, doorstep.json_instant(decided_at) AS decided_at,
       decided_note, ended_by, doorstep.json_instant(ended_at) AS ended_at
  FROM doorstep.override_batches($1, $2, $3);
