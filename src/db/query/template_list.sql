-- Templates with their versions that count: the one in force, drafts newer than it, or the newest. $1: only this name.
PREPARE template_list (text) AS
SELECT t.name, t.channel, t.language, b.code AS brand, v.version, v.state, v.title, array_to_string(v.kinds, ', ') AS kinds, v.author,
       doorstep.json_instant(v.created_at) AS created_at, v.approved_by
  FROM doorstep.template t
  JOIN doorstep.template_version v ON v.template_id = t.id
  LEFT JOIN doorstep.brand b ON b.id = t.brand_id
 WHERE ($1 IS NULL OR t.name = $1)
   AND (v.state = 'approved'
        OR (v.state = 'draft' AND NOT EXISTS (SELECT FROM doorstep.template_version n WHERE n.template_id = t.id AND n.state = 'approved' AND n.version > v.version))
        OR v.version = (SELECT max(n.version) FROM doorstep.template_version n WHERE n.template_id = t.id))
 ORDER BY t.name, t.channel, t.language, b.code NULLS FIRST, v.version;
