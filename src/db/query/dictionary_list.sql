-- The status dictionary as it stands, of one provider or (null) of all.
PREPARE dictionary_list (text) AS
SELECT provider, code, detail, pattern, status::text, role::text, kind::text, severity::text, label, version
  FROM doorstep.status_map
 WHERE ended_in IS NULL AND ($1 IS NULL OR provider = lower($1))
 ORDER BY provider, code NULLS FIRST, detail NULLS FIRST, pattern NULLS FIRST;
