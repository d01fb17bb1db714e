-- Sets rules of contact for a brand, a country, a channel (null: any).
PREPARE policy_set (uuid, text, text, text, jsonb) AS
SELECT id, ok, code, message, rev FROM doorstep.policy_set($1, $2, $3, $4::doorstep.channel, $5);
