-- What this worker claimed and does not hold goes back to the queue.
PREPARE desk_disown (text, bigint[]) AS
SELECT doorstep.desk_disown($1, $2);
