-- Rejects draft $2, or withdraws one's own; $3: why.
PREPARE dictionary_reject (uuid, bigint, text) AS
SELECT id, ok, code, message, rev FROM doorstep.dictionary_reject($1, $2, $3);
