-- The ids of everything under a filter that may leave few, in its order: those an index finds ($2 to $4), or, where it says that they are many,
-- along the order. One of the two is never begun.
PREPARE queue_few_ids (bigint, text[], text[], boolean) AS
WITH few AS MATERIALIZED (SELECT doorstep.filter_few($2, $3, $4) AS ids)
SELECT u.id
  FROM unnest(CASE WHEN (SELECT ids FROM few) IS NULL THEN ARRAY(
       SELECT e.id
         FROM doorstep.exception e
        WHERE /*{where*/e.state <> 'resolved'/*}*/
        ORDER BY /*{key*/e.k_urgency/*}*/, e.id
        LIMIT $1) ELSE ARRAY(
       SELECT e.id
         FROM doorstep.exception e
        WHERE e.id = ANY ((SELECT ids FROM few)::bigint[]) AND /*{found*/e.state <> 'resolved'/*}*/
        ORDER BY /*{key*/e.k_urgency/*}*/, e.id
        LIMIT $1) END) WITH ORDINALITY u (id, n)
 ORDER BY u.n;
