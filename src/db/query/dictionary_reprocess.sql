-- Has the scans of a provider ($2, null: all), of a code ($3, null: all), of the last $4 days read anew; $5: closings expected.
PREPARE dictionary_reprocess (uuid, text, text, int, bigint) AS
SELECT id, ok, code, message, rev FROM doorstep.dictionary_reprocess($1, $2, $3, $4, $5);
