-- The status dictionary as it stands or (version) stood: of a provider, with these words, of a kind; null: of all.
PREPARE dictionary_list (text, text, text, int) AS
SELECT provider, code, detail, pattern, status, role, kind, severity, label, version, wording, clears, priority, says, id
  FROM doorstep.dictionary_list($1, $2, $3, $4);
