-- Drafts a change: {"what": "entry" (or "retire", "word", "label"), "provider", "code", "detail", "pattern", "role", "kind", …}.
PREPARE dictionary_draft (uuid, jsonb) AS
SELECT id, ok, code, message, rev FROM doorstep.dictionary_draft_save($1, $2);
