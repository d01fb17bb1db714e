-- Scans read anew by the dictionary, as asked. $1: as of; null: now.
PREPARE pass_remap (timestamptz) AS
SELECT did, again FROM doorstep.pass_remap($1);
