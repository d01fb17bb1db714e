-- What reports add up, made anew: what differed from what was kept.
PREPARE rollup_rebuild (timestamptz, timestamptz) AS
SELECT rollup, hours, rows, differing_hours, first_differing FROM doorstep.rollup_rebuild($1, $2);
