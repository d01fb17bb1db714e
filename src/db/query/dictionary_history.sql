-- All that a provider's ($1) code ($2, null or "*": any) and detail ($3, null: any) ever said, newest version first.
PREPARE dictionary_history (text, text, text) AS
SELECT id, provider, code, detail, pattern, reading, label, wording, priority, version, made_at, made_by, made_note, ended_in, ended_at, scans, open, words, labels
  FROM doorstep.dictionary_history($1, $2, $3);
