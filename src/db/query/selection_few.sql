-- Selects everything under a filter that may leave few, at most $1 and in its order, without the ids leaving the server: those an index finds
-- ($2 to $4), or, where it says that they are many, along the order. One of the two is never begun.
PREPARE selection_few (bigint, text[], text[], boolean) AS
WITH few AS MATERIALIZED (SELECT doorstep.filter_few($2, $3, $4) AS ids)
SELECT number, n, more
  FROM doorstep.selection_keep(CASE WHEN (SELECT ids FROM few) IS NULL THEN ARRAY(
       SELECT e.id
         FROM doorstep.exception e
        WHERE /*{where*/e.state <> 'resolved'/*}*/
        ORDER BY /*{key*/e.k_urgency/*}*/, e.id
        LIMIT $1) ELSE ARRAY(
       SELECT e.id
         FROM doorstep.exception e
        WHERE e.id = ANY ((SELECT ids FROM few)::bigint[]) AND /*{found*/e.state <> 'resolved'/*}*/
        ORDER BY /*{key*/e.k_urgency/*}*/, e.id
        LIMIT $1) END);
