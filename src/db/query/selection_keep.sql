-- Selects everything under a filter, at most $1 and in its order, without the ids leaving the server.
PREPARE selection_keep (bigint) AS
SELECT number, n, more
  FROM doorstep.selection_keep(ARRAY(
       SELECT e.id
         FROM doorstep.exception e
        WHERE /*{where*/e.state <> 'resolved'/*}*/
        ORDER BY /*{key*/e.k_urgency/*}*/, e.id
        LIMIT $1));
