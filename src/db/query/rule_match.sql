-- Which of these exceptions a rule's filter is about, and at which revision.
PREPARE rule_match (bigint[]) AS
SELECT coalesce(array_agg(e.id ORDER BY e.id), '{}')::text AS ids, coalesce(array_agg(e.rev ORDER BY e.id), '{}')::text AS revs
  FROM doorstep.exception e
 WHERE e.id = ANY ($1::bigint[]) AND /*{where*/e.state <> 'resolved'/*}*/;
