-- Holds messages back: of a brand, a carrier, a region, a kind (null: any).
PREPARE hold_set (uuid, text, text, text, text, text) AS
SELECT id, ok, code, message, rev FROM doorstep.hold_set($1, $2, $3, $4, $5::doorstep.exception_kind, $6);
