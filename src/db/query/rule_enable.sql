-- Switches rules on ($2: names or numbers, an array) for $3 percent of shipments (null: as before); $4: the version that was looked at, or null; $5: the most
-- exceptions an hour, or null.
PREPARE rule_enable (uuid, text[], int, int, int) AS
SELECT id, ok, code, message, rev FROM doorstep.rule_enable($1, $2, $3, $4, $5);
