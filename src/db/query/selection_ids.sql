-- The ids of selection $1, for what looks at each of them: messages, cases.
PREPARE selection_ids (bigint) AS
SELECT unnest(doorstep.chosen(ARRAY[-$1])) AS id;
