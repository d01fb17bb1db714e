PREPARE override_policy_set (uuid, jsonb) AS
SELECT id, ok, code, message, rev FROM doorstep.control_policy_set($1, $2);
