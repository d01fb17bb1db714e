-- Drafts of the dictionary, newest first. $1: "draft" (null), "mine", "all"; $2: one of them.
PREPARE dictionary_drafts (text, bigint) AS
SELECT id, what, subject, becomes, label, says, was, note, by, at, state, decided_by, decided_at, decided_note, version, mine, may_decide
  FROM doorstep.dictionary_drafts(coalesce($1, 'draft'), $2);
