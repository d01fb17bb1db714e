-- The same, with the way they came ($4) and an internal note ($5).
PREPARE contact_log (uuid, bigint[], text, text, text) AS
SELECT id, ok, code, message, rev FROM doorstep.contact_log($1, doorstep.chosen($2), $3, $4, $5);
