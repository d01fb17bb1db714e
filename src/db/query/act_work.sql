-- Takes up what was waiting or snoozed.
PREPARE act_work (uuid, bigint[]) AS
SELECT id, ok, code, message, rev FROM doorstep.work($1, doorstep.chosen($2));
