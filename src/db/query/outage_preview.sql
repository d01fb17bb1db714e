-- What declaring an outage for this scope would do.
PREPARE outage_preview (jsonb) AS
SELECT title, scope, exceptions, open, owned, shipments, messages, clocks, "overlaps", allowed, refusal, warning FROM doorstep.outage_preview($1);
