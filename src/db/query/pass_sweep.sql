-- Silence found: late promises, labels without a scan, stalled parcels, pickups about to go back. $1: as of; null: now.
PREPARE pass_sweep (timestamptz) AS
SELECT did, again FROM doorstep.pass_sweep($1);
