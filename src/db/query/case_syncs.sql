-- What the helpdesk was told of a case, or shall be, newest first.
PREPARE case_syncs (bigint) AS
SELECT coalesce(s.done_at, s.created_at), s.op, s.state, s.tries, s.reason FROM doorstep.case_sync s WHERE s.case_id = $1 ORDER BY s.id DESC LIMIT 50;
