-- Writes down that the customers of these exceptions do, or do not, want to hear from us on a channel.
PREPARE consent_set (uuid, bigint[], text, boolean, text) AS
SELECT id, ok, code, message, rev FROM doorstep.consent_set($1, doorstep.chosen($2), $3::doorstep.channel, $4, $5);
