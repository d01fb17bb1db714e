-- Declares an outage: scope, message, hold messages, pause clocks, override to this status, for this reason, until.
PREPARE outage_declare (uuid, jsonb, text, boolean, boolean, text, text, bigint) AS
SELECT id, ok, code, message, rev FROM doorstep.outage_declare($1, $2, $3, $4, $5, $6::doorstep.shipment_status, $7, timestamptz 'epoch' + $8 * interval '1 ms');
