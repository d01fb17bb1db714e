-- What the provider told of one message, newest first.
PREPARE outreach_receipts (bigint) AS
SELECT doorstep.json_instant(at) AS at, what, code, message, provider FROM doorstep.outreach_receipt WHERE outreach_id = $1 ORDER BY outreach_receipt.at DESC, event_id;
