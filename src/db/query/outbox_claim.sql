-- Messages to send now: worker, channel, provider, whether it takes a message twice, how many, for how long (s).
PREPARE outbox_claim (text, text, text, boolean, int, int) AS
SELECT id, fence, tries, channel, exception_id, lease_until, since, to_address, to_name, from_name, from_email, reply_to, list_unsubscribe,
       brand, language, subject, body, html, provider_template, provider_vars, message_id, tracking_number, order_number
  FROM doorstep.outbox_claim($1, $2, $3, $4, $5, $6);
