-- A macro without a message, on each.
PREPARE macro_run (uuid, bigint[], text) AS
SELECT id, ok, code, message, rev FROM doorstep.macro_run($1, doorstep.chosen($2), $3);
