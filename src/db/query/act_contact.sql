-- Logs that the customer got in touch about these exceptions: $3 what about, by phone.
PREPARE act_contact (uuid, bigint[], text) AS
SELECT id, ok, code, message, rev FROM doorstep.contact_log($1, doorstep.chosen($2), $3);
