-- What rendering the message of rule $1 for exceptions needs; the columns of preview.
PREPARE rule_render (int, bigint[]) AS
SELECT exception_id, template_id, version, channel, language, subject, body, html, provider_template,
       array_to_json(provider_names)::text AS provider_names, data::text AS data, to_address, to_name, code, message
  FROM doorstep.rule_render($1, $2)
 ORDER BY ord;
