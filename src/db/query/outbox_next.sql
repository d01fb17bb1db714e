-- Milliseconds until there is something to do, by the server's clock.
PREPARE outbox_next AS
SELECT email_ms, sms_ms, whatsapp_ms, lease_ms, wake_ms, untold FROM doorstep.outbox_next();
