-- Takes back the override in force on the parcels of exceptions $2; $3 why, or null.
PREPARE override_revert (uuid, bigint[], text) AS
SELECT id, ok, code, message, rev FROM doorstep.override_revert($1, doorstep.chosen($2), $3);
