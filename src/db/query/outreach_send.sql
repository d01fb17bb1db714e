-- Queues messages. $3: the stamp the texts rest on (-1: none), $4: a macro's name, $5: a lead's reason.
PREPARE outreach_send (uuid, jsonb, bigint, text, text) AS
SELECT id, ok, code, message, rev FROM doorstep.outreach_send($1, $2, $3, $4, $5);
