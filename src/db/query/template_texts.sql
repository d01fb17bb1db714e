-- Templates as they are written, each in its newest version that is not retired, or in version $5.
-- Null: any name ($1), channel ($2), language ($3), brand ($4).
PREPARE template_texts (text, text, text, text, int) AS
SELECT t.name, t.channel, t.language, b.code AS brand, v.version, v.title, array_to_string(v.kinds, ',') AS kinds,
       array_to_string(v.statuses, ',') AS statuses, v.fresh_hours, v.subject, v.body, v.html, v.provider_template,
       array_to_string(v.provider_names, ',') AS provider_names
  FROM doorstep.template t
  LEFT JOIN doorstep.brand b ON b.id = t.brand_id
  JOIN doorstep.template_version v ON v.template_id = t.id
   AND v.version = coalesce($5, (SELECT max(n.version) FROM doorstep.template_version n WHERE n.template_id = t.id AND n.state <> 'retired'))
 WHERE ($1 IS NULL OR t.name = $1) AND ($2 IS NULL OR t.channel::text = $2) AND ($3 IS NULL OR t.language = lower($3)) AND ($4 IS NULL OR b.code = $4)
 ORDER BY t.name, t.channel, t.language, b.code NULLS FIRST;
