-- The activity, newest first; one more than shown says whether there are more.
PREPARE context_activity (bigint, int) AS
SELECT at, actor, verb, text FROM doorstep.context_activity($1, $2);
