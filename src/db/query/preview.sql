-- What rendering needs, a row an id in their order: by template and version ($2 not 0), or by name
-- ($4), in a channel or (null) the customer's best.
PREPARE preview (bigint[], int, int, text, text) AS
SELECT exception_id, template_id, version, channel, language, subject, body, html, provider_template,
       array_to_json(provider_names)::text AS provider_names, data::text AS data, to_address, to_name, code, message
  FROM doorstep.outreach_render_set($1, nullif($2, 0), nullif($3, 0), $4, $5)
 ORDER BY ord;
