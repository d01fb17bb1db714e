-- Messages held against what was true, and customers who were told late or never. $1: as of; null: now.
PREPARE pass_truth (timestamptz) AS
SELECT did, again FROM doorstep.pass_truth($1);
