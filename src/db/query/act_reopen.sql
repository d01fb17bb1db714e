-- Opens them again, and says why.
PREPARE act_reopen (uuid, bigint[], text) AS
SELECT id, ok, code, message, rev FROM doorstep.reopen($1, doorstep.chosen($2), $3);
