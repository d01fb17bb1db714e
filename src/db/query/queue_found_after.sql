-- The queue's rows after (key, id), first first, under a filter that words and texts say all of ($4, $5).
PREPARE queue_found_after (bigint, bigint, bigint, text[], text[]) AS
SELECT /*{key*/e.k_urgency/*}*/ AS key, true AS matches, /*{columns*/e.id/*}*/
  FROM doorstep.exception e
 WHERE e.id = ANY ((SELECT doorstep.filter_page($4, $5, /*{order*/'urgency'/*}*/, $1, $2, true, $3))::bigint[])
 ORDER BY /*{key*/e.k_urgency/*}*/, e.id;
