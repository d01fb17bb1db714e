-- Writes down that the customers of these exceptions want no messages at all ($3), or do again.
PREPARE do_not_contact (uuid, bigint[], boolean, text) AS
SELECT id, ok, code, message, rev FROM doorstep.do_not_contact($1, doorstep.chosen($2), $3, $4);
