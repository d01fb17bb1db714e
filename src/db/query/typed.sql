-- What I was typing in a prompt, of what; and when, in ms since the epoch.
PREPARE typed (text, bigint) AS
SELECT t.text, doorstep.epoch_ms(t.updated_at)::text AS at
  FROM doorstep.typed t
 WHERE t.role = session_user AND t.prompt = $1 AND t.of = $2;
