-- When silence is too long, the widest first; null: any. The last column is everybody's: minutes of warning before a due time.
PREPARE silence_list AS
SELECT k.code AS carrier, p.service, p.not_shipped_h, p.stalled_h, p.pickup_days, p.pickup_warn_days, c.name AS calendar,
       CASE WHEN p.carrier_id IS NULL AND p.service IS NULL THEN (SELECT warn_minutes FROM doorstep.control_policy) END AS warn_minutes
  FROM doorstep.sweep_policy p JOIN doorstep.calendar c ON c.id = p.calendar_id
  LEFT JOIN doorstep.carrier k ON k.id = p.carrier_id
 ORDER BY k.code NULLS FIRST, p.service NULLS FIRST;
