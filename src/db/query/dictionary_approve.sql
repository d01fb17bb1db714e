-- Approves draft $2; $3: how many closings are expected; $4: days to read anew, null for none.
PREPARE dictionary_approve (uuid, bigint, bigint, int) AS
SELECT id, ok, code, message, rev FROM doorstep.dictionary_approve($1, $2, $3, $4);
