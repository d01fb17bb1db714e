-- Which of exceptions $2 are in selection $1.
PREPARE selection_has (bigint, bigint[]) AS
SELECT id FROM doorstep.selection_has($1, $2) id;
