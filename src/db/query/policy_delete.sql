-- Deletes a rule of contact: a wider one holds.
PREPARE policy_delete (uuid, text, text, text) AS
SELECT id, ok, code, message, rev FROM doorstep.policy_delete($1, $2, $3, $4::doorstep.channel);
