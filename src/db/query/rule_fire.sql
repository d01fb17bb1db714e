-- Fires a rule: $3 asked about, $4 by which events, $5 its filter is about, $6 their revisions then, $7 messages.
PREPARE rule_fire (int, int, bigint[], text[], bigint[], int[], jsonb) AS
SELECT did::text AS did, moved::text AS moved FROM doorstep.rule_fire($1, $2, $3, $4, $5, $6, $7);
