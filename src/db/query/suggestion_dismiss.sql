-- Dismisses suggestions of the board: quiet for 12 hours.
PREPARE suggestion_dismiss (uuid, bigint[]) AS
SELECT id, ok, code, message, rev FROM doorstep.suggestion_dismiss($1, $2);
