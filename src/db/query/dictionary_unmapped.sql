-- Codes that found nothing in the dictionary, most frequent first. $1: "open" (null), "ignored", "all"; $2: a provider or null.
PREPARE dictionary_unmapped (text, text) AS
SELECT provider, code, detail, count, doorstep.json_instant(first_seen) AS first_seen, doorstep.json_instant(last_seen) AS last_seen, sample, sample_tracking,
       open, drafts, ignored, ignored_by, ignored_reason, samples
  FROM doorstep.dictionary_todo(coalesce($1, 'open'), $2);
