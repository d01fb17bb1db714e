-- Gives them to a person.
PREPARE act_assign (uuid, bigint[], text) AS
SELECT id, ok, code, message, rev FROM doorstep.assign($1, doorstep.chosen($2), $3);
