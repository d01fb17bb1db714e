-- Cases that were opened, statuses that were set by hand, and a batch that waits for a second lead: the last
-- piece of the sample world.
DO $$
DECLARE
    ids bigint[];
BEGIN
    SET SESSION AUTHORIZATION dana;
    ids := ARRAY(SELECT id FROM doorstep.exception WHERE owner = 'dana' AND kind IN ('stalled', 'lost') AND state = 'working' ORDER BY id LIMIT 3);
    PERFORM doorstep.case_open(gen_random_uuid(), ids, 'carrier_trace', NULL, NULL, NULL, 'Depot has no scan since the hub; trace asked for by phone.');
    SET SESSION AUTHORIZATION tomas;
    ids := ARRAY(SELECT id FROM doorstep.exception WHERE kind = 'damaged' AND state <> 'resolved' ORDER BY id LIMIT 2);
    PERFORM doorstep.case_open(gen_random_uuid(), ids, 'claim', 'high', NULL, '{photos}', 'Photos of the box are with the customer''s mail.');
    ids := ARRAY(SELECT id FROM doorstep.exception WHERE owner = 'tomas' AND kind = 'delivery_disputed' AND state <> 'resolved' ORDER BY id LIMIT 1);
    PERFORM doorstep.case_open(gen_random_uuid(), ids, 'customer', NULL, NULL, NULL, NULL);

    SET SESSION AUTHORIZATION yuki;
    ids := ARRAY(SELECT id FROM doorstep.exception WHERE owner = 'yuki' AND kind = 'stalled' AND state <> 'resolved' ORDER BY id LIMIT 1);
    PERFORM doorstep.override_apply(gen_random_uuid(), ids, 'lost', 'carrier_confirmed', 'Trace closed: the depot cannot find it.', now() + interval '10 days');
    SET SESSION AUTHORIZATION okafor;
    ids := ARRAY(SELECT id FROM doorstep.exception WHERE carrier = 'dhl' AND kind IN ('stalled', 'delay_carrier', 'delay_weather', 'late_promise') AND state <> 'resolved' ORDER BY id LIMIT 24);
    PERFORM doorstep.override_apply(gen_random_uuid(), ids, 'delayed', 'carrier_outage', 'Their hall in Cologne was closed for the night; the scans are of yesterday.',
                                    now() + interval '3 days');
    SET SESSION AUTHORIZATION amara;
    ids := ARRAY(SELECT id FROM doorstep.exception WHERE carrier = 'usps' AND kind IN ('stalled', 'delay_carrier', 'failed_attempt', 'awaiting_pickup')
                    AND state <> 'resolved' ORDER BY id LIMIT 64);
    PERFORM doorstep.override_apply(gen_random_uuid(), ids, 'available_for_pickup', 'carrier_confirmed', 'Handed to the post offices, says the account manager.',
                                    now() + interval '5 days', NULL, 'carrier:usps kind:stalled,delay_carrier,failed_attempt,awaiting_pickup');
    RESET SESSION AUTHORIZATION;
    COMMENT ON DATABASE doorstep IS 'sample world';
END
$$;
