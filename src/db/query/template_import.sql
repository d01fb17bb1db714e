-- A template's file becomes its next draft.
PREPARE template_import (uuid, jsonb) AS
SELECT id, ok, code, message, rev FROM doorstep.template_import($1, $2);
