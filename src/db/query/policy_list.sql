-- Rules of contact, the widest first; null: any.
PREPARE policy_list AS
SELECT b.code AS brand, p.country, p.channel, to_char(p.quiet_from, 'HH24:MI') AS quiet_from, to_char(p.quiet_to, 'HH24:MI') AS quiet_to,
       nullif(array_to_string(p.quiet_days, ','), '') AS quiet_days, p.cap, p.cap_hours, p.repeat_hours, p.stale_hours, p.consent_required,
       p.undo_seconds, p.max_segments
  FROM doorstep.contact_policy p
  LEFT JOIN doorstep.brand b ON b.id = p.brand_id
 ORDER BY b.code NULLS FIRST, p.country NULLS FIRST, p.channel NULLS FIRST;
