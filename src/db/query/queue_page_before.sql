-- The queue's rows before (key, id), nearest first.
PREPARE queue_page_before (bigint, bigint, bigint) AS
SELECT /*{key*/e.k_urgency/*}*/ AS key, true AS matches, /*{columns*/e.id/*}*/
  FROM doorstep.exception e
 WHERE (/*{key*/e.k_urgency/*}*/, e.id) < ($1, $2) AND /*{where*/e.state <> 'resolved'/*}*/
 ORDER BY /*{key*/e.k_urgency/*}*/ DESC, e.id DESC
 LIMIT $3;
