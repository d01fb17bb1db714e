-- What a batch ($1) did to each of its shipments, at most $2.
PREPARE override_members (bigint, int) AS
SELECT exception_id AS exception, tracking_number, state, carrier_was::text AS carrier_said, conflict_status::text AS carrier_says, skip_reason,
       doorstep.json_instant(ended_at) AS ended_at, ended_by
  FROM doorstep.overrides(NULL, $1, $2);
