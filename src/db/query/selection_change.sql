-- Puts exceptions $2 into selection $1, or ($3 false) takes them out; how many there are now.
PREPARE selection_change (bigint, bigint[], boolean) AS
SELECT $1 AS number, doorstep.selection_change($1, $2, $3) AS n, false AS more;
