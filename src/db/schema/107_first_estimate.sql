-- Reports count deliveries in time by the first estimate, too: one that is heard of late and was said before all others changes what
-- was the first, and nothing else of the parcel. Its hour is counted anew.
SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

DROP TRIGGER rolls ON shipment;
CREATE TRIGGER rolls AFTER UPDATE ON shipment FOR EACH ROW
    WHEN (coalesce(old.delivered_at, new.delivered_at) IS NOT NULL
          AND (old.delivered_at, old.brand_id, old.carrier_id, old.service, old.region, old.promised_at, old.edd_at, old.edd_history -> 0 ->> 'edd') IS DISTINCT FROM
              (new.delivered_at, new.brand_id, new.carrier_id, new.service, new.region, new.promised_at, new.edd_at, new.edd_history -> 0 ->> 'edd'))
    EXECUTE FUNCTION shipment_rolls();

INSERT INTO rollup_dirty
SELECT DISTINCT 'delivery', hour_no(s.delivered_at) FROM shipment s
 WHERE s.delivered_at IS NOT NULL AND jsonb_array_length(s.edd_history) > 1 AND hour_no(s.delivered_at) >= (SELECT since FROM rollup_state);

RESET search_path;
RESET ROLE;
