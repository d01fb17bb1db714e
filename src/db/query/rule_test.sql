-- The exceptions a rule would have fired for: to which one of the events $1 happened in the last $2 days, and which its filter is about now.
PREPARE rule_test (text[], int) AS
SELECT e.id, e.kind::text AS kind, e.carrier, e.state <> 'resolved' AS open
  FROM doorstep.rule_history($1::text[], $2::int) h JOIN doorstep.exception e ON e.id = h.exception_id
 WHERE /*{where*/e.state <> 'resolved'/*}*/
 ORDER BY h.at DESC, e.id DESC LIMIT 100000;
