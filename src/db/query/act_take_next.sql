-- Makes the first of these that is still free mine.
PREPARE act_take_next (uuid, bigint[]) AS
SELECT id, ok, code, message, rev FROM doorstep.take_next($1, doorstep.chosen($2));
