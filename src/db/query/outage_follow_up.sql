-- Open exceptions of an outage, worst first: the promise passed, the customer wrote or was told, then severity.
PREPARE outage_follow_up (int, int) AS
SELECT e.id, e.kind, e.severity, e.state, e.carrier, e.tracking_number, e.customer_name AS customer, e.tier, e.owner,
       doorstep.json_instant(e.promised_at) AS promised_at, coalesce(e.promised_at < now(), false) AS promise_passed,
       e.id = ANY (ARRAY(SELECT doorstep.replied_ids())) AS replied, e.marks & 64 <> 0 AS told, doorstep.json_instant(e.due_at) AS due_at
  FROM doorstep.exception e
 WHERE e.id = ANY (ARRAY(SELECT doorstep.outage_ids(ARRAY[$1]))) AND e.state <> 'resolved'
 ORDER BY promise_passed DESC, replied DESC, told DESC, e.k_severity, e.id
 LIMIT $2;
