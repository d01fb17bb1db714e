-- A customer's consent as it changed, newest first, for the customer of an exception.
PREPARE consent_history (bigint) AS
SELECT doorstep.json_instant(at) AS at, channel, given, source, actor, nullif(note, '') AS note FROM doorstep.consent_history($1);
