-- Keeps what somebody is typing in a prompt; an empty text forgets it.
PREPARE typed_save (text, bigint, text) AS
SELECT doorstep.typed_save($1, $2, $3);
