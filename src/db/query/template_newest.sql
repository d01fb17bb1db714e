-- A template's number, and version $5 of it or its newest.
PREPARE template_newest (text, text, text, text, int) AS
SELECT t.id, max(v.version) AS version
  FROM doorstep.template_version v
  JOIN (SELECT doorstep.template_find($1, $2, $3, $4) AS id) t ON t.id = v.template_id
 WHERE $5 IS NULL OR v.version = $5
 GROUP BY t.id;
