-- The outages the board suggests.
PREPARE outage_suggestions AS
SELECT id, scope, why, kind, at FROM doorstep.outage_suggestions();
