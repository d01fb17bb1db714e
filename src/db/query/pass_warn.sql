-- Timelines told of what is due soon. $1: as of; null: now.
PREPARE pass_warn (timestamptz) AS
SELECT did, again FROM doorstep.pass_warn($1);
