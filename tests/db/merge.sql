-- The merge: late, twice, out of order, before its order; what opens, changes, ends and comes back.
BEGIN;
\ir fixture.psql
SELECT plan(103);
DELETE FROM feed_stage;

CREATE TEMPORARY SEQUENCE row_of;
-- Stages one scan (or one summary: rec 's') of number n in document d of the batch to come.
CREATE FUNCTION pg_temp.say(d int, n text, at timestamptz, c text, det text DEFAULT NULL, m text DEFAULT NULL,
                            p text DEFAULT 'easypost', carrier text DEFAULT 'ups', r text DEFAULT 'e', st text DEFAULT NULL, edd timestamptz DEFAULT NULL)
    RETURNS void LANGUAGE sql AS
    $$ INSERT INTO feed_stage (batch, seq, doc, rec, provider, carrier, tracking_number, occurred_at, code, detail, message, status, city, region, country, edd)
       VALUES ('00000000-0000-4000-8000-000000000001', nextval('row_of')::int - 1, d, r, p, carrier, n, at, c, det, m, st, 'Austin', 'TX', 'US', edd) $$;
CREATE FUNCTION pg_temp.orders(d int, j jsonb) RETURNS void LANGUAGE sql AS
    $$ INSERT INTO feed_stage (batch, seq, doc, rec, data) VALUES ('00000000-0000-4000-8000-000000000001', nextval('row_of')::int - 1, d, 'o', j) $$;
-- Merges what was staged: "accepted duplicates events opened updated resolved unmapped".
CREATE FUNCTION pg_temp.merge() RETURNS text LANGUAGE plpgsql AS
    $$ DECLARE r record; BEGIN
       SELECT * INTO r FROM feed_merge('00000000-0000-4000-8000-000000000001'); PERFORM setval('row_of', 1, false);
       RETURN concat_ws(' ', r.accepted, r.duplicates, r.events, r.opened, r.updated, r.resolved, r.unmapped); END $$;
CREATE FUNCTION pg_temp.x(n text) RETURNS text LANGUAGE sql AS
    $$ SELECT coalesce(string_agg(concat_ws(' ', kind, severity, state, resolution), ', ' ORDER BY id), '-') FROM exception WHERE tracking_number = n $$;
CREATE FUNCTION pg_temp.verbs(n text) RETURNS text LANGUAGE sql AS
    $$ SELECT string_agg(a.verb, ' ' ORDER BY a.exception_id, a.seq) FROM activity a JOIN exception e ON e.id = a.exception_id WHERE e.tracking_number = n $$;
CREATE FUNCTION pg_temp.t(hours numeric) RETURNS timestamptz LANGUAGE sql AS $$ SELECT now() - interval '3 days' + hours * interval '1 hour' $$;

-- a document with a problem, and the same again
SELECT pg_temp.say(0, 'A1', pg_temp.t(1), 'pre_transit'), pg_temp.say(0, 'A1', pg_temp.t(2), 'in_transit'),
       pg_temp.say(0, 'A1', pg_temp.t(3), 'in_transit', 'address_correction', 'Apartment number missing', edd => pg_temp.t(90)),
       pg_temp.say(0, 'A1', NULL, 'in_transit', 'address_correction', r => 's') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 3 1 0 0 0', 'a problem opens an exception');
SELECT is(pg_temp.x('A1'), 'address_issue high new', 'of its kind');
SELECT is((SELECT concat_ws('|', carrier, tracking_number, reason, code, fault, carrier_status, brand, last_scan_at = pg_temp.t(3),
                            first_response_due_at IS NOT NULL, resolve_due_at > first_response_due_at, marks) FROM exception WHERE tracking_number = 'A1'),
          'ups|A1|Address needs correction|in_transit/address_correction|consignee|delayed|unassigned|t|t|t|0', 'and the line says it all');
SELECT is((SELECT count(*)::int FROM feed_stage), 0, 'the stage is empty again');
SELECT pg_temp.say(0, 'A1', pg_temp.t(1), 'pre_transit'), pg_temp.say(0, 'A1', pg_temp.t(2), 'in_transit'),
       pg_temp.say(0, 'A1', pg_temp.t(3), 'in_transit', 'address_correction', 'Apartment number missing', edd => pg_temp.t(90)),
       pg_temp.say(0, 'A1', NULL, 'in_transit', 'address_correction', r => 's') \g /dev/null
SELECT is(pg_temp.merge(), '0 1 0 0 0 0 0', 'the same document again is a duplicate');
SELECT is((SELECT rev FROM exception WHERE tracking_number = 'A1'), 1, 'and moves nothing');

-- repeats, lesser and worse problems
SELECT pg_temp.say(0, 'A1', pg_temp.t(4), 'in_transit', 'delayed') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 0 1 0 0', 'a lesser problem only adds to it');
SELECT is(pg_temp.x('A1'), 'address_issue high new', 'the kind stays');
SELECT pg_temp.say(0, 'A1', pg_temp.t(5), 'failure', 'lost', 'Lost') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 0 1 0 0', 'a worse one escalates');
SELECT is(pg_temp.x('A1'), 'lost critical new', 'to its kind and severity: one row a parcel');
SELECT is((SELECT marks & 32 FROM exception WHERE tracking_number = 'A1'), 32, 'and is marked');
SELECT is(pg_temp.verbs('A1'), 'opened repeat escalated', 'the activity tells it');
SELECT pg_temp.say(0, 'A1', pg_temp.t(4.5), 'in_transit', 'departed_facility') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 0 1 0 0', 'an ordinary scan, late');
SELECT is((SELECT concat_ws(' ', carrier_status, last_scan_at = pg_temp.t(5)) FROM exception WHERE tracking_number = 'A1'), 'lost t',
          'is not the latest because it came last');
SELECT is(pg_temp.verbs('A1'), 'opened repeat escalated', 'and needs no activity');

-- delivery ends it, unless what happened was the other way round
SELECT pg_temp.say(0, 'A1', pg_temp.t(6), 'delivered', 'arrived_at_destination', 'Delivered') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 0 0 1 0', 'a delivery resolves it');
SELECT is(pg_temp.x('A1'), 'lost critical resolved delivered', 'as delivered');
SELECT is((SELECT actor || ': ' || text FROM activity a JOIN exception e ON e.id = a.exception_id
            WHERE e.tracking_number = 'A1' ORDER BY seq DESC LIMIT 1), 'feed: resolved it: delivered (Delivered)', 'by the feed');
SELECT pg_temp.say(0, 'A1', pg_temp.t(5.5), 'in_transit', 'damaged') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 0 0 0 0', 'a problem from before the delivery opens nothing');
SELECT is(pg_temp.x('A1'), 'lost critical resolved delivered', 'it is over');
SELECT pg_temp.say(0, 'A2', pg_temp.t(6), 'delivered'), pg_temp.say(0, 'A2', pg_temp.t(5), 'in_transit', 'damaged') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 2 0 0 0 0', 'out of order within a document: delivered is delivered');
SELECT is((SELECT carrier_status::text FROM shipment WHERE tracking_number = 'A2'), 'delivered', 'whatever came last');
SELECT pg_temp.say(0, 'A1', pg_temp.t(7), 'failure', 'lost', 'Lost after all') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 1 0 0 0', 'the same problem after its end');
SELECT is(pg_temp.x('A1'), 'lost critical new', 'reopens it');
SELECT is((SELECT marks & 16 FROM exception WHERE tracking_number = 'A1'), 16, 'marked so');
SELECT pg_temp.say(0, 'A1', pg_temp.t(8), 'delivered') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 0 0 1 0', 'delivered once more');
SELECT pg_temp.say(0, 'A1', pg_temp.t(9), 'delivered', 'damaged', 'Customer says damaged') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 1 0 0 0', 'another problem after that');
SELECT is(pg_temp.x('A1'), 'lost critical resolved delivered, delivery_disputed high new', 'opens the next');
SELECT pg_temp.say(0, 'A1', pg_temp.t(10), 'delivered') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 0 1 0 0', 'a delivery does not end a dispute about it');

-- clears end what they name
SELECT pg_temp.say(0, 'B1', pg_temp.t(1), 'AA', p => 'dhl', carrier => 'dhl'), pg_temp.say(0, 'B1', pg_temp.t(2), 'OH', p => 'dhl', carrier => 'dhl'),
       pg_temp.say(0, 'B1', pg_temp.t(3), 'UD', p => 'dhl', carrier => 'dhl') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 3 1 0 0 1', 'an unknown code, a hold, customs');
SELECT is(pg_temp.x('B1'), 'customs_hold high new', 'the worst of them');
SELECT pg_temp.say(0, 'B1', pg_temp.t(4), 'CR', p => 'dhl', carrier => 'dhl') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 0 1 0 0', 'customs over');
SELECT is(pg_temp.x('B1'), 'held medium new', 'leaves the hold');
SELECT pg_temp.say(0, 'B2', pg_temp.t(1), 'CD', p => 'dhl', carrier => 'dhl') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 1 0 0 0', 'a customs hold alone');
SELECT pg_temp.say(0, 'B2', pg_temp.t(2), 'CR', p => 'dhl', carrier => 'dhl') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 0 0 1 0', 'ends with the release');
SELECT is(pg_temp.x('B2'), 'customs_hold high resolved carrier_fixed', 'put right by the carrier');
SELECT pg_temp.say(0, 'B3', pg_temp.t(1), 'HO', p => 'dhl', carrier => 'dhl'), pg_temp.say(1, 'B3', pg_temp.t(0), 'CD', p => 'dhl', carrier => 'dhl') \g /dev/null
SELECT is(pg_temp.merge(), '2 0 2 1 0 0 0', 'a clear of something else');
SELECT is(pg_temp.x('B3'), 'customs_hold high new', 'ends nothing');

-- unmapped codes
SELECT pg_temp.say(0, 'C1', pg_temp.t(1), '0zz9', m => 'Something strange', p => 'ups') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 1 0 0 1', 'a code the dictionary does not know');
SELECT is((SELECT concat_ws('|', kind, reason, code, marks) FROM exception WHERE tracking_number = 'C1'), 'other|Something strange|0zz9|8', 'is kept as other');
SELECT pg_temp.say(0, 'C1', pg_temp.t(2), 'ZZ9', m => 'Again', p => 'ups'), pg_temp.say(0, 'C1', pg_temp.t(2), 'ZZ9', m => 'Again', p => 'ups') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 0 1 0 1', 'heard again, twice in one document');
SELECT results_eq($$ SELECT code, count, sample FROM unmapped_code WHERE provider = 'ups' $$, $$ VALUES ('ZZ9', 2::bigint, 'Something strange') $$, 'is a to-do, counted');
SELECT pg_temp.say(0, 'C2', pg_temp.t(1), NULL, st => 'in_transit', m => 'On its way', p => 'ontrac', carrier => 'ontrac') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 0 0 0 0', 'a canonical status needs no code');
SELECT is(pg_temp.x('C2'), '-', 'nor opens anything when nothing is wrong');

-- watched, not opened; errors of tracking
SELECT pg_temp.say(0, 'D1', NULL, 'unknown', r => 's') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 0 0 0 0 0', 'a tracker without scans is taken in');
SELECT is(pg_temp.x('D1'), '-', 'and only watched');
SELECT pg_temp.say(0, 'D1', NULL, 'unknown', r => 's') \g /dev/null
SELECT is(pg_temp.merge(), '0 1 0 0 0 0 0', 'once');
SELECT pg_temp.say(0, 'D2', pg_temp.t(1), 'error', m => 'No such number'), pg_temp.say(0, 'D2', NULL, 'error', r => 's') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 1 0 0 0', 'a tracking error');
SELECT is(pg_temp.x('D2'), 'tracking_error low new', 'is its own kind');
SELECT pg_temp.say(0, 'D2', pg_temp.t(2), 'in_transit') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 0 0 1 0', 'over when scans come');
SELECT pg_temp.say(0, 'D3', NULL, 'error', r => 's') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 1 0 0 0', 'an error in the summary alone opens too');
SELECT pg_temp.say(0, 'D3', NULL, 'error', r => 's') \g /dev/null
SELECT is(pg_temp.merge(), '0 1 0 0 0 0 0', 'once');
SELECT pg_temp.say(0, 'D4', pg_temp.t(1), 'Delivered', 'Delivered_001', p => 'aftership'), pg_temp.say(0, 'D4', pg_temp.t(9), 'Exception', 'Exception_013', p => 'aftership', r => 's') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 2 1 0 0 0', 'a summary set by hand against its history');
SELECT is(pg_temp.x('D4'), 'lost critical new', 'is believed: it is the later word');
SELECT pg_temp.say(0, 'D4', pg_temp.t(1), 'Delivered', 'Delivered_001', p => 'aftership'), pg_temp.say(0, 'D4', pg_temp.t(20), 'Exception', 'Exception_013', p => 'aftership', r => 's') \g /dev/null
SELECT is(pg_temp.merge(), '0 1 0 0 0 0 0', 'and polled again it is the same word');

-- what people do in between
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT code FROM snooze(pg_temp.key(1), ARRAY[(SELECT id FROM exception WHERE tracking_number = 'C1')], NULL, true)), 'ok', 'snoozed until the next scan');
RESET SESSION AUTHORIZATION;
SELECT pg_temp.say(0, 'C1', pg_temp.t(3), 'I', p => 'ups') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 0 1 0 0', 'the next scan');
SELECT is((SELECT concat_ws(' ', state, wake_on_scan, due_at IS NOT NULL) FROM exception WHERE tracking_number = 'C1'), 'new f t', 'wakes it, and its clock runs');
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT code FROM claim(pg_temp.key(2), ARRAY[(SELECT id FROM exception WHERE tracking_number = 'C1')])), 'ok', 'claimed');
SELECT is((SELECT code FROM snooze(pg_temp.key(3), ARRAY[(SELECT id FROM exception WHERE tracking_number = 'C1')], now() + interval '1 day', false)), 'ok', 'snoozed for a day');
RESET SESSION AUTHORIZATION;
SELECT pg_temp.say(0, 'C1', pg_temp.t(4), 'I', p => 'ups', m => 'on') \g /dev/null
SELECT is(pg_temp.merge() || ' ' || pg_temp.x('C1'), '1 0 1 0 1 0 0 other medium snoozed', 'a scan does not wake what sleeps by the clock');
SELECT pg_temp.say(0, 'C1', pg_temp.t(5), 'X', '48', 'Bad address', p => 'ups') \g /dev/null
SELECT is(pg_temp.merge() || ' ' || pg_temp.x('C1'), '1 0 1 0 1 0 0 address_issue high working', 'a worse problem does, for its owner');
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT code FROM resolve(pg_temp.key(4), ARRAY[(SELECT id FROM exception WHERE tracking_number = 'C1')], 'address_fixed', NULL)), 'ok', 'resolved by its owner');
RESET SESSION AUTHORIZATION;
SELECT pg_temp.say(0, 'C1', pg_temp.t(6), 'X', '48', 'Bad address, still', p => 'ups') \g /dev/null
SELECT is(pg_temp.merge() || ' ' || pg_temp.x('C1'), '1 0 1 0 0 0 0 address_issue high resolved address_fixed', 'what happened before that stays resolved');
SELECT pg_temp.say(0, 'C1', now() + interval '1 hour', 'X', '48', 'Bad address again', p => 'ups') \g /dev/null
SELECT is(pg_temp.merge() || ' ' || pg_temp.x('C1'), '1 0 1 1 0 0 0 address_issue high working', 'what happens after it reopens it for its owner');

-- the order comes later, and joins up
SELECT pg_temp.orders(0, '{"order_number": "10-1", "brand": "acme", "placed_at": "2026-11-18T09:12:00Z", "currency": "USD", "total": "148.20",
    "lines": [{"sku": "LAMP-2", "title": "Desk lamp", "quantity": 1}, {"sku": "X", "title": "Bulb", "quantity": 2}],
    "customer": {"external_id": "c-77", "name": "Rosa Delgado", "email": "rosa@example.com", "language": "es", "tier": "gold", "consent": {"sms": true, "email": "yes"}},
    "shipments": [{"carrier": "dhl", "tracking_number": "B1", "service": "Express", "promised_at": "2026-11-21T23:59:00Z",
                   "destination": {"city": "Austin", "region": "TX", "country": "US", "address_type": "apartment"}},
                  {"carrier": "ups", "tracking_number": "E1", "promised_at": "not a date"}]}') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 0 0 1 0 0', 'an order after its scans');
SELECT is((SELECT concat_ws('|', brand, order_number, customer_name, tier, language, service, promised_at = '2026-11-21T23:59:00Z') FROM exception WHERE tracking_number = 'B1'),
          'acme|10-1|Rosa Delgado|gold|es|Express|t', 'flows into the open exception');
SELECT ok((SELECT search LIKE '%rosa delgado%' AND search LIKE '%10-1%' FROM exception WHERE tracking_number = 'B1'), 'and into what is searched');
SELECT is((SELECT count(*)::int FROM scan_event e JOIN shipment s ON s.id = e.shipment_id JOIN brand b ON b.id = e.brand_id
            WHERE s.tracking_number = 'B1' AND b.code <> 'acme'), 0, 'and into the scans');
SELECT is((SELECT c.consent FROM customer c WHERE external_id = 'c-77'), '{"sms": true}'::jsonb, 'only a plain yes or no is consent');
SELECT is((SELECT promised_at FROM shipment WHERE tracking_number = 'E1'), NULL, 'what is no date is none');
SELECT pg_temp.orders(0, '{"order_number": "10-1", "brand": "acme", "placed_at": "2026-11-18T09:12:00Z", "currency": "USD", "total": "148.20",
    "lines": [{"sku": "LAMP-2", "title": "Desk lamp", "quantity": 1}, {"sku": "X", "title": "Bulb", "quantity": 2}],
    "customer": {"external_id": "c-77", "name": "Rosa Delgado"}, "shipments": [{"carrier": "dhl", "tracking_number": "B1"}]}') \g /dev/null
SELECT is(pg_temp.merge(), '0 1 0 0 0 0 0', 'the order again changes nothing, and forgets nothing');
SELECT pg_temp.orders(0, '{"order_number": "10-1", "brand": "acme", "customer": {"external_id": "c-77", "tier": "silver"}}') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 0 0 1 0 0', 'a change of the customer');
SELECT is((SELECT tier FROM exception WHERE tracking_number = 'B1'), 'silver', 'shows in the queue');
SELECT pg_temp.orders(0, '[1]'), pg_temp.orders(1, '{"order_number": 7, "lines": "x", "customer": [], "shipments": [3, {"tracking_number": null}], "total": "1e9"}'),
       pg_temp.orders(2, '{"brand": "acme"}') \g /dev/null
SELECT is(pg_temp.merge(), '1 2 0 0 0 0 0', 'nonsense does not stop the batch');

-- numbers, carriers, estimates
SELECT pg_temp.say(0, 'F1', pg_temp.t(1), 'in_transit', carrier => NULL) \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 0 0 0 0', 'a number without a carrier');
SELECT pg_temp.say(0, 'F1', pg_temp.t(2), 'in_transit', carrier => 'usps') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 0 0 0 0', 'gets one');
SELECT results_eq($$ SELECT c.code, s.next_seq > 0 FROM shipment s JOIN carrier c ON c.id = s.carrier_id WHERE tracking_number = 'F1' $$, $$ VALUES ('usps', true) $$, 'and stays one parcel');
SELECT pg_temp.say(0, 'F2', now() - interval '400 days', 'delivered') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 0 0 0 0', 'delivered last year');
SELECT pg_temp.say(0, 'F2', pg_temp.t(1), 'in_transit', 'damaged') \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 1 0 0 0', 'the number used again');
SELECT is((SELECT count(*)::int FROM shipment WHERE tracking_number = 'F2'), 2, 'is another parcel');
SELECT pg_temp.say(0, 'F2', now() - interval '400 days', 'delivered') \g /dev/null
SELECT is(pg_temp.merge(), '0 1 0 0 0 0 0', 'and the old document is still known');
SELECT pg_temp.say(0, 'F3', pg_temp.t(1), 'in_transit', edd => pg_temp.t(50)) \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 0 0 0 0', 'an estimate');
SELECT pg_temp.say(0, 'F3', pg_temp.t(2), 'in_transit', edd => pg_temp.t(60)) \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 0 0 0 0', 'a later one');
SELECT pg_temp.say(0, 'F3', pg_temp.t(1), 'in_transit', edd => pg_temp.t(50)) \g /dev/null
SELECT is(pg_temp.merge(), '0 1 0 0 0 0 0', 'the old one again is old');
SELECT is((SELECT concat_ws(' ', edd_at = pg_temp.t(60), jsonb_array_length(edd_history)) FROM shipment WHERE tracking_number = 'F3'), 't 2', 'and the history has both');
CREATE FUNCTION pg_temp.estimates(n text) RETURNS text LANGUAGE sql AS
    $$ SELECT string_agg(round(extract(epoch FROM (h ->> 'at')::timestamptz - pg_temp.t(0)) / 3600) || '>' || round(extract(epoch FROM (h ->> 'edd')::timestamptz - pg_temp.t(0)) / 3600), ' ' ORDER BY i)
         FROM shipment s, jsonb_array_elements(s.edd_history) WITH ORDINALITY x(h, i) WHERE s.tracking_number = n $$;
SELECT pg_temp.say(0, 'F3', pg_temp.t(1.6), 'in_transit', edd => pg_temp.t(55)) \g /dev/null
SELECT is(pg_temp.merge(), '1 0 1 0 0 0 0', 'one between them comes late');
SELECT is(pg_temp.estimates('F3') || (SELECT edd_at = pg_temp.t(60) FROM shipment WHERE tracking_number = 'F3'), '1>50 2>55 2>60true', 'has its place in the history, and changes no more');
SELECT pg_temp.say(0, 'F3', pg_temp.t(5), 'in_transit', edd => pg_temp.t(70)), pg_temp.say(0, 'F3', pg_temp.t(3), 'in_transit', edd => pg_temp.t(60)),
       pg_temp.say(0, 'F3', pg_temp.t(4), 'in_transit', edd => pg_temp.t(65)), pg_temp.say(0, 'F3', pg_temp.t(0), 'in_transit', edd => pg_temp.t(48)) \g /dev/null
SELECT is(pg_temp.merge(), '1 0 4 0 0 0 0', 'several at once, in no order');
SELECT is(pg_temp.estimates('F3') || (SELECT edd_at = pg_temp.t(70) FROM shipment WHERE tracking_number = 'F3'), '0>48 1>50 2>55 2>60 4>65 5>70true', 'are all kept, and the last one counts');

-- the clock: of a policy that is known only later, and of a resolution that was not the end
INSERT INTO sla_policy (brand_id, kind, tier, first_response_minutes, resolution_minutes, calendar_id)
    SELECT 9001, k, t, f, r, (SELECT id FROM calendar WHERE name = 't-always')
      FROM (VALUES ('damaged'::exception_kind, NULL, 240, 2400), ('damaged', 'gold', 60, 600), ('lost', 'gold', 30, 300)) v(k, t, f, r);
UPDATE sla_policy SET first_response_minutes = 240, resolution_minutes = 2400, calendar_id = (SELECT id FROM calendar WHERE name = 't-always')
 WHERE brand_id IS NULL AND kind IN ('damaged', 'lost') AND tier IS NULL;
-- minutes, to the nearest ten: some seconds have gone by here, a minute on a slow machine
CREATE FUNCTION pg_temp.tens(s numeric) RETURNS numeric LANGUAGE sql AS $$ SELECT 10 * round(s / 600) $$;
CREATE FUNCTION pg_temp.left_min(n text) RETURNS text LANGUAGE sql AS
    $$ SELECT concat_ws(' ', state, pg_temp.tens(extract(epoch FROM first_response_due_at - now())), pg_temp.tens(extract(epoch FROM resolve_due_at - now())),
                        pg_temp.tens(first_left_s), pg_temp.tens(resolve_left_s)) FROM exception WHERE tracking_number = n $$;
CREATE FUNCTION pg_temp.gold(n text) RETURNS jsonb LANGUAGE sql AS
    $$ SELECT jsonb_build_object('order_number', 'O-' || n, 'brand', 't-acme', 'customer', '{"external_id": "c-gold", "name": "Gil", "tier": "gold"}'::jsonb,
                                 'shipments', jsonb_build_array(jsonb_build_object('carrier', 'ups', 'tracking_number', n))) $$;
SELECT pg_temp.say(n, 'H' || n, pg_temp.t(1), 'in_transit', 'damaged') FROM generate_series(0, 2) n \g /dev/null
SELECT is(pg_temp.merge(), '3 0 3 3 0 0 0', 'three problems before their orders');
SELECT is(pg_temp.left_min('H0'), 'new 240 2400', 'by the policy for anybody');
UPDATE exception SET first_response_due_at = now() + interval '130 minutes', resolve_due_at = now() + interval '2290 minutes' WHERE tracking_number = 'H1';
SELECT count(*) FROM exception e CROSS JOIN LATERAL snooze(pg_temp.key(91), ARRAY[e.id], NULL, true) WHERE tracking_number = 'H2' \g /dev/null
SELECT pg_temp.orders(n, pg_temp.gold('H' || n)) FROM generate_series(0, 2) n \g /dev/null
SELECT is(pg_temp.merge(), '3 0 0 0 3 0 0', 'then their orders: a gold customer');
SELECT is(pg_temp.left_min('H0'), 'new 60 600', 'gold from the beginning');
SELECT is(pg_temp.left_min('H1'), 'new -50 490', 'what was used of the time stays used');
SELECT is(pg_temp.left_min('H2'), 'snoozed 60 600', 'a clock that stands');
SELECT pg_temp.say(0, 'H0', pg_temp.t(2), 'delivered'), pg_temp.say(1, 'H2', pg_temp.t(2), 'delivered') \g /dev/null
SELECT is(pg_temp.merge(), '2 0 2 0 0 2 0', 'delivered, they say');
SELECT is(pg_temp.left_min('H0') || ', ' || pg_temp.left_min('H2'), 'resolved 60 600 60 600, resolved 60 600', 'what was left is kept');
SET SESSION AUTHORIZATION t_maria;
SELECT count(*) FROM exception e CROSS JOIN LATERAL reopen(pg_temp.key(92), ARRAY[e.id], 'they never got it') WHERE tracking_number = 'H0' \g /dev/null
SELECT count(*) FROM exception e CROSS JOIN LATERAL reopen(pg_temp.key(93), ARRAY[e.id]) WHERE tracking_number = 'H2' \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT is(pg_temp.left_min('H0') || ', ' || pg_temp.left_min('H2'), 'new 60 600, new 60 600', 'and goes on when somebody opens it again');

-- rights, and the chain
SELECT is_empty($$ SELECT * FROM audit_verify() $$, 'the activity''s chain holds');
SET SESSION AUTHORIZATION t_maria;
SELECT throws_ok($$ SELECT * FROM feed_merge('00000000-0000-4000-8000-000000000001') $$, '42501', NULL, 'merging is the feed''s');
SELECT throws_ok($$ INSERT INTO feed_stage (batch, seq, doc, rec) VALUES ('00000000-0000-4000-8000-000000000001', 0, 0, 'e') $$, '42501', NULL, 'so is staging');
RESET SESSION AUTHORIZATION;
SELECT is(pg_temp.merge(), '0 0 0 0 0 0 0', 'an empty batch is nothing');
SELECT * FROM finish();
ROLLBACK;
