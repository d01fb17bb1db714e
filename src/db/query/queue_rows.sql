-- These rows, wherever they stand now, and whether the filter still holds for them.
PREPARE queue_rows (bigint[]) AS
SELECT /*{key*/e.k_urgency/*}*/ AS key, coalesce(/*{where*/e.state <> 'resolved'/*}*/, false) AS matches, /*{columns*/e.id/*}*/
  FROM doorstep.exception e
 WHERE e.id = /*{ids*/ANY ($1)/*}*/
 ORDER BY 1, e.id;
