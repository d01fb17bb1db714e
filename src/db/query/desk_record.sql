-- What became of it, and what the helpdesk said; gives those that counted.
PREPARE desk_record (text, text, jsonb) AS
SELECT id FROM doorstep.desk_record($1, $2, $3) WHERE applied;
