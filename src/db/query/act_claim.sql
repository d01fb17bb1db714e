-- Makes them mine, when they are nobody's.
PREPARE act_claim (uuid, bigint[]) AS
SELECT id, ok, code, message, rev FROM doorstep.claim($1, doorstep.chosen($2));
