-- Keeps what somebody is writing; an empty text forgets it.
PREPARE draft_save (bigint, text, int, int, text, text) AS
SELECT doorstep.draft_save($1, $2::doorstep.channel, $3, $4, $5, $6);
