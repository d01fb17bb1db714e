-- $3: approve, reject, withdraw or revert; $4 why, or null.
PREPARE override_batch_act (uuid, bigint[], text, text) AS
SELECT id, ok, code, message, rev FROM doorstep.override_batch_act($1, $2, $3, $4);
