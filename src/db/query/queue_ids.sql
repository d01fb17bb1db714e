-- The ids of everything under a filter, in its order.
PREPARE queue_ids (bigint) AS
SELECT e.id
  FROM doorstep.exception e
 WHERE /*{where*/e.state <> 'resolved'/*}*/
 ORDER BY /*{key*/e.k_urgency/*}*/, e.id
 LIMIT $1;
