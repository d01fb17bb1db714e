-- Gives them a tag.
PREPARE act_tag (uuid, bigint[], text) AS
SELECT id, ok, code, message, rev FROM doorstep.tag($1, doorstep.chosen($2), $3);
