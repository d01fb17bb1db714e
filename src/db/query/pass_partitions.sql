-- A month's turn: the next partitions of history. $1: as of; null: now.
PREPARE pass_partitions (timestamptz) AS
SELECT did, again FROM doorstep.pass_partitions($1);
