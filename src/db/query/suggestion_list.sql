-- The same for `doorstep outage suggest`.
PREPARE suggestion_list AS
SELECT id, scope, why, kind, doorstep.json_instant(at) AS at FROM doorstep.outage_suggestions();
