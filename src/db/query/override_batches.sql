-- Batches $1: pending, mine, conflicts or all; at most $2.
PREPARE override_batches (text, int) AS
SELECT id, at, expires_at, decided_at, ended_at, state::text, status, by, decided_by, ended_by, reason, note, chosen, shipments, applied, skipped, active::int, conflicts::int,
       outage_id, mine, may_decide
  FROM doorstep.override_batches($1, $2);
