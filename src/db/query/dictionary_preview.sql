-- What a draft ($1) would do to scans of the last $2 days (null: 30) and to exceptions.
PREPARE dictionary_preview (bigint, int) AS
SELECT what, was, becomes, carrier, count, more, ids FROM doorstep.dictionary_preview($1, $2);
