-- Puts an unknown code (provider, code, detail) aside because of $5, or (null) back on the list.
PREPARE dictionary_ignore (uuid, text, text, text, text) AS
SELECT id, ok, code, message, rev FROM doorstep.dictionary_ignore($1, $2, $3, $4, $5);
