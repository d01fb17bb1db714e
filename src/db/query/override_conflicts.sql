-- Overrides the carrier speaks against; $1: only the caller's, $2 at most.
PREPARE override_conflicts (boolean, int) AS
SELECT o.exception_id AS exception, s.tracking_number, o.status::text, o.conflict_status::text AS carrier_says, doorstep.json_instant(o.conflict_at) AS since, o.by, o.batch_id AS batch
  FROM doorstep.status_override o JOIN doorstep.shipment s ON s.id = o.shipment_id
 WHERE o.state = 'conflict' AND (NOT $1 OR o.by = session_user)
 ORDER BY o.conflict_at, o.id LIMIT $2;
