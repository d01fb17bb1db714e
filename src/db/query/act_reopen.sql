-- Opens them again, and says why.
PREPARE act_reopen (uuid, bigint[], text) AS
SELECT id, ok, code, message, rev FROM doorstep.reopen($1, $2, $3);
