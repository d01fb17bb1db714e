-- What was said and answered on an exception, newest first ($2: at most so many).
PREPARE messages (bigint, int) AS
SELECT id, at, inbound, channel, state, who, to_address, subject, template, state_text, send_after, sent_at, delivered_at,
       opened_at, clicked_at, failed_at, tries, driver,
       CASE WHEN channel NOT IN ('email', 'sms', 'whatsapp') THEN channel ELSE '' END AS via, body, attempts
  FROM doorstep.messages($1, $2);
