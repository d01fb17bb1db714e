-- The queue's rows before (key, id), nearest first, under a filter that may leave few: those an index finds ($4 to $6), or, where it says that they
-- are many, along the order. One of the two is never begun.
PREPARE queue_few_before (bigint, bigint, bigint, text[], text[], boolean) AS
WITH few AS MATERIALIZED (SELECT doorstep.filter_few($4, $5, $6) AS ids)
(SELECT /*{key*/e.k_urgency/*}*/ AS key, true AS matches, /*{columns*/e.id/*}*/
  FROM doorstep.exception e
 WHERE (SELECT ids FROM few) IS NULL AND (/*{key*/e.k_urgency/*}*/, e.id) < ($1, $2) AND /*{where*/e.state <> 'resolved'/*}*/
 ORDER BY /*{key*/e.k_urgency/*}*/ DESC, e.id DESC
 LIMIT $3)
UNION ALL
(SELECT /*{key*/e.k_urgency/*}*/ AS key, true AS matches, /*{columns*/e.id/*}*/
  FROM doorstep.exception e
 WHERE e.id = ANY ((SELECT ids FROM few)::bigint[]) AND (/*{key*/e.k_urgency/*}*/, e.id) < ($1, $2) AND /*{found*/e.state <> 'resolved'/*}*/
 ORDER BY /*{key*/e.k_urgency/*}*/ DESC, e.id DESC
 LIMIT $3)
 ORDER BY 1 DESC, 3 DESC;
