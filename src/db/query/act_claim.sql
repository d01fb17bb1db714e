-- Makes them mine, when they are nobody's; with $3 also when they are somebody's who is gone.
PREPARE act_claim (uuid, bigint[], boolean) AS
SELECT id, ok, code, message, rev FROM doorstep.claim($1, doorstep.chosen($2), $3);
