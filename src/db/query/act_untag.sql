-- Takes a tag off them.
PREPARE act_untag (uuid, bigint[], text) AS
SELECT id, ok, code, message, rev FROM doorstep.untag($1, doorstep.chosen($2), $3);
