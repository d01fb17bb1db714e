-- What is past its time goes. $1: as of; null: now.
PREPARE pass_retention (timestamptz) AS
SELECT did, again FROM doorstep.pass_retention($1);
