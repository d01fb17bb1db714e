-- $1: only say what would go; else the next batch of it, until nothing comes. $2: as of; null: now.
PREPARE retention_run (boolean, timestamptz) AS
SELECT table_name AS "table", n AS rows, what FROM doorstep.retention_run($1, $2);
