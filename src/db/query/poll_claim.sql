-- Parcels to ask a source about now: $2 at most so many, $3 seconds out of reach of others, $4 now.
PREPARE poll_claim (text, int, int, timestamptz) AS
SELECT shipment_id, carrier, tracking_number FROM doorstep.poll_claim($1, $2, $3, coalesce($4, clock_timestamp()));
