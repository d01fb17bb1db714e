-- The language one reads labels in; null: as they were written.
PREPARE label_language (uuid, text) AS
SELECT id, ok, code, message, rev FROM doorstep.label_language($1, $2);
