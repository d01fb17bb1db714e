-- What became of them; gives those that counted.
PREPARE outbox_record (text, bigint[], int[], text[], boolean[], bigint[], int[], text[], text[], text[]) AS
SELECT id FROM doorstep.outbox_record($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) WHERE applied;
