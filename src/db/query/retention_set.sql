-- $2: the table, $3: days, null for good, $4: a short time is meant.
PREPARE retention_set (uuid, text, int, boolean) AS
SELECT id, ok, code, message, rev FROM doorstep.retention_set($1, $2, $3, coalesce($4, false));
