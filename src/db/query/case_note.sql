-- Writes a note on cases.
PREPARE case_note (uuid, bigint[], text) AS
SELECT id, ok, code, message, rev FROM doorstep.case_note($1, $2, $3);
