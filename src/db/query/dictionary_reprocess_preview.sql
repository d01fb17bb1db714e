-- What reading a provider's ($1) code ($2, null: all) of the last $3 days anew would do.
PREPARE dictionary_reprocess_preview (text, text, int) AS
SELECT what, was, becomes, carrier, count, more, ids FROM doorstep.dictionary_reprocess_preview($1, $2, $3);
