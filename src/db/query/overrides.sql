-- The overrides of exception $1's parcel, newest first; at most $2.
PREPARE overrides (bigint, int) AS
SELECT id, batch_id, at, expires_at, ended_at, conflict_at, state, status, conflict_status, by, ended_by, reason, note, skip_reason, batch_size, outage_id
  FROM doorstep.overrides($1, NULL, $2);
