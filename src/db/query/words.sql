-- Words for completion: field of the filter language, word, what it stands for.
PREPARE words AS
SELECT field, word, label FROM doorstep.filter_words() LIMIT 10000;
