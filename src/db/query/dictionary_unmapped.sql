-- Codes that found nothing in the dictionary, most frequent first.
PREPARE dictionary_unmapped AS
SELECT provider, code, detail, count, doorstep.json_instant(first_seen) AS first_seen, doorstep.json_instant(last_seen) AS last_seen, sample, sample_tracking
  FROM doorstep.unmapped_code
 ORDER BY count DESC, unmapped_code.last_seen DESC;
