-- Ends them with a resolution code and words.
PREPARE act_resolve (uuid, bigint[], text, text) AS
SELECT id, ok, code, message, rev FROM doorstep.resolve($1, doorstep.chosen($2), $3, $4);
