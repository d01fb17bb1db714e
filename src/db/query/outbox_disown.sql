-- What this worker claimed and does not hold goes back to the queue.
PREPARE outbox_disown (text, bigint[]) AS
SELECT doorstep.outbox_disown($1, $2);
