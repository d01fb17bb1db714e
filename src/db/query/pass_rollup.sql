-- A worker's: hours that reports add up and that changed, made anew.
PREPARE pass_rollup (timestamptz) AS
SELECT did, again FROM doorstep.pass_rollup($1);
