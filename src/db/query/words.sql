-- Words for completion: field of the filter language, word, what it stands for.
PREPARE words AS
SELECT 'carrier' AS field, code AS word, name AS label FROM doorstep.carrier
UNION ALL
SELECT 'brand', code, name FROM doorstep.brand WHERE id <> 0
UNION ALL
SELECT 'owner', role, display_name FROM doorstep.agent WHERE active
UNION ALL
(SELECT field, word, '' FROM doorstep.filter_word ORDER BY field, word LIMIT 5000);
