-- What is held back now.
PREPARE hold_list AS
SELECT h.id, b.code AS brand, c.code AS carrier, h.region, h.kind, h.reason, doorstep.json_instant(h.since) AS since, h.by,
       CASE WHEN h.outage_id IS NOT NULL THEN (SELECT o ->> 'scope' FROM doorstep.outage_list(true, h.outage_id) o) END AS scope, h.outage_id AS outage
  FROM doorstep.message_hold h
  LEFT JOIN doorstep.brand b ON b.id = h.brand_id
  LEFT JOIN doorstep.carrier c ON c.id = h.carrier_id
 WHERE h.ended_at IS NULL
 ORDER BY h.id;
