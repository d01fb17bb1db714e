-- Takes back the override in force on the parcels of exceptions $2.
PREPARE override_revert (uuid, bigint[]) AS
SELECT id, ok, code, message, rev FROM doorstep.override_revert($1, $2);
