-- Codes that found nothing in the dictionary, most frequent first.
PREPARE dictionary_unmapped AS
SELECT provider, code, detail, count, first_seen, last_seen, sample, sample_tracking
  FROM doorstep.unmapped_code
 ORDER BY count DESC, last_seen DESC;
