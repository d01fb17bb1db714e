-- What the merge would make of a scan: provider, code, detail, the carrier's words. The first row speaks.
PREPARE dictionary_lookup (text, text, text, text) AS
SELECT provider, code, detail, pattern, reading, label, says, version, speaks, id FROM doorstep.dictionary_lookup($1, $2, $3, $4);
