-- Silence: what the sweep opens and when, never twice; what escalates, eases and ends it, out of order and again; slips; warnings.
BEGIN;
\ir fixture.psql
SELECT plan(83);
DELETE FROM feed_stage;
DELETE FROM watch;

CREATE TEMPORARY SEQUENCE row_of;
CREATE FUNCTION pg_temp.say(n text, at timestamptz, c text, det text DEFAULT NULL, edd timestamptz DEFAULT NULL, j jsonb DEFAULT NULL, carrier text DEFAULT 'ups', svc text DEFAULT NULL, p text DEFAULT 'easypost') RETURNS void LANGUAGE sql AS
    $$ INSERT INTO feed_stage (batch, seq, doc, rec, provider, carrier, tracking_number, occurred_at, code, detail, city, region, country, edd, data, service)
       VALUES ('00000000-0000-4000-8000-000000000001', nextval('row_of')::int - 1, 0, CASE WHEN c IS NULL THEN 's' ELSE 'e' END, p, carrier, n, at, c, det, 'Austin', 'TX', 'US', edd, j, svc) $$;
-- A summary: when it was promised, when it is expected.
CREATE FUNCTION pg_temp.promise(n text, p timestamptz, edd timestamptz DEFAULT NULL, svc text DEFAULT NULL) RETURNS void LANGUAGE sql AS
    $$ SELECT pg_temp.say(n, NULL, NULL, NULL, edd, jsonb_build_object('promised_at', p), 'ups', svc) $$;
CREATE FUNCTION pg_temp.merge() RETURNS text LANGUAGE plpgsql AS
    $$ DECLARE r record; BEGIN
       SELECT * INTO r FROM feed_merge('00000000-0000-4000-8000-000000000001'); PERFORM setval('row_of', 1, false);
       RETURN concat_ws(' ', r.opened, r.updated, r.resolved); END $$;
CREATE FUNCTION pg_temp.x(n text) RETURNS text LANGUAGE sql AS
    $$ SELECT coalesce(string_agg(concat_ws(' ', kind, severity, state, resolution), ', ' ORDER BY id), '-') FROM exception WHERE tracking_number = n $$;
CREATE FUNCTION pg_temp.verbs(n text) RETURNS text LANGUAGE sql AS
    $$ SELECT string_agg(a.actor || ':' || a.verb, ' ' ORDER BY a.exception_id, a.seq) FROM activity a JOIN exception e ON e.id = a.exception_id WHERE e.tracking_number = n $$;
CREATE FUNCTION pg_temp.last(n text) RETURNS text LANGUAGE sql AS
    $$ SELECT a.text FROM activity a JOIN exception e ON e.id = a.exception_id WHERE e.tracking_number = n ORDER BY a.exception_id DESC, a.seq DESC LIMIT 1 $$;
-- As the worker asks, until there is no more. Each merge and each sweep is its own transaction: the test is one, so what was told is moved.
CREATE FUNCTION pg_temp.sweep(at timestamptz) RETURNS text LANGUAGE plpgsql AS
    $$ DECLARE r record; d text := ''; BEGIN
       LOOP UPDATE silence SET told = '1'; SELECT * INTO r FROM pass_sweep(at); d := d || r.did::text; EXIT WHEN NOT r.again; END LOOP;
       UPDATE silence SET told = '1'; RETURN d; END $$;
-- Monday 16 November 2037, 12:00 UTC, and so many hours on: merges have their own, earlier clock.
CREATE FUNCTION pg_temp.t(h numeric) RETURNS timestamptz LANGUAGE sql AS $$ SELECT timestamptz '2037-11-16 12:00Z' + h * interval '1 hour' $$;

-- a promise that passes
SELECT pg_temp.say('P1', pg_temp.t(0), 'in_transit'), pg_temp.promise('P1', '2037-11-17T23:00Z') \g /dev/null
SELECT is(pg_temp.merge(), '0 0 0', 'a parcel on its way');
SELECT is((SELECT count(*)::int FROM watch), 1, 'is watched');
ALTER TABLE activity DISABLE TRIGGER append_only;
SELECT is(pg_temp.sweep(pg_temp.t(30)), '{}', 'nothing before the promise has passed');
SELECT is((SELECT look_at FROM watch), '2037-11-17T23:00Z'::timestamptz, 'which is when it is looked at again');
SELECT is(pg_temp.sweep('2037-11-17T23:00Z'), '{"late_promise": 1}', 'then it is found');
SELECT is(pg_temp.x('P1'), 'late_promise high new', 'and opened');
SELECT is(pg_temp.last('P1'), 'opened it: late promise, promised Tue 17 Nov, not delivered', 'with the fact');
SELECT is((SELECT concat_ws('|', carrier, tracking_number, reason, fault, carrier_status, brand, region, country, last_scan_at = pg_temp.t(0), promised_at, opened_at, first_response_due_at > opened_at,
                            resolve_due_at > first_response_due_at, search LIKE 'p1 %promised tue 17 nov%', marks) FROM exception WHERE tracking_number = 'P1'),
          'ups|P1|promised Tue 17 Nov, not delivered|carrier|in_transit|unassigned|TX|US|t|2037-11-17 23:00:00+00|2037-11-17 23:00:00+00|t|t|t|0', 'as the merge opens them');
SELECT is(pg_temp.verbs('P1'), 'sweep:opened', 'by the sweep');
SELECT is(pg_temp.sweep(pg_temp.t(40)) || pg_temp.sweep(pg_temp.t(60)), '{}{}', 'and never twice');
SELECT pg_temp.say('P1', pg_temp.t(36), 'in_transit', 'departed_facility') \g /dev/null
SELECT is(pg_temp.merge(), '0 1 0', 'an ordinary scan');
SELECT is(pg_temp.x('P1'), 'late_promise high new', 'does not end it');
SELECT pg_temp.say('P1', pg_temp.t(39), 'Exception', 'Exception_004', p => 'aftership') \g /dev/null
SELECT is(pg_temp.merge(), '0 1 0', 'a problem as bad');
SELECT is(pg_temp.x('P1'), 'customs_hold high new', 'is what is to be done');
SELECT pg_temp.say('P1', pg_temp.t(41), 'InTransit', 'InTransit_005', p => 'aftership') \g /dev/null
SELECT is(pg_temp.merge(), '0 1 0', 'when that is over');
SELECT is(pg_temp.x('P1'), 'late_promise high new', 'it is late still');
SELECT is(pg_temp.last('P1'), 'customs hold is over, late promise remains: promised Tue 17 Nov, not delivered', 'and says so');
SELECT pg_temp.say('P1', pg_temp.t(44), 'delivered') \g /dev/null
SELECT is(pg_temp.merge(), '0 0 1', 'a delivery ends it');
SELECT is(pg_temp.x('P1'), 'late_promise high resolved delivered', 'as delivered');
SELECT is((SELECT count(*)::int FROM silence), 0, 'nothing is kept of it');
SELECT is(pg_temp.sweep(pg_temp.t(400)), '{}', 'and nobody looks for it');
SELECT is((SELECT count(*)::int FROM watch), 0, 'ever again');

-- an estimate after the promise; back before it; a resolved one; a new promise
SELECT pg_temp.say('P2', pg_temp.t(0), 'in_transit'), pg_temp.promise('P2', '2037-11-20', '2037-11-19') \g /dev/null
SELECT pg_temp.merge(), pg_temp.sweep(pg_temp.t(1)) \g /dev/null
SELECT pg_temp.say('P2', pg_temp.t(2), 'in_transit', 'departed_facility', edd => '2037-11-20T22:00Z') \g /dev/null
SELECT pg_temp.merge() \g /dev/null
SELECT is(pg_temp.sweep(pg_temp.t(3)), '{}', 'an estimate of the promised day keeps it');
SELECT pg_temp.say('P2', pg_temp.t(4), 'in_transit', 'arrived_at_facility', edd => '2037-11-23') \g /dev/null
SELECT pg_temp.merge() \g /dev/null
SELECT is(pg_temp.sweep(pg_temp.t(5)), '{"late_promise": 1}', 'a later one does not');
SELECT is(pg_temp.x('P2'), 'late_promise medium new', 'that is to come: medium');
SELECT is(pg_temp.last('P2'), 'opened it: late promise, promised Fri 20 Nov, now expected Mon 23 Nov', 'with both days');
SELECT pg_temp.say('P2', pg_temp.t(6), 'in_transit', 'departed_facility', edd => '2037-11-25') \g /dev/null
SELECT is(pg_temp.merge() || ' ' || pg_temp.last('P2'), '0 1 0 expected Wed 25 Nov, was Mon 23 Nov: 2 days later', 'a slip is in the timeline');
SELECT is((SELECT reason || (search LIKE '%wed 25 nov%') FROM exception WHERE tracking_number = 'P2'), 'promised Fri 20 Nov, now expected Wed 25 Novtrue', 'and the line says the new day');
SELECT is(pg_temp.merge() || ' ' || pg_temp.verbs('P2'), '0 0 0 sweep:opened feed:slipped', 'once');
SELECT is(pg_temp.sweep('2037-11-20T23:59Z') || pg_temp.x('P2'), '{"stalled": 1}late_promise medium new', 'stalled as well: noted');
SELECT is(pg_temp.sweep('2037-11-21T00:00Z'), '{"late_promise": 1}', 'when the promise has passed');
SELECT is(pg_temp.x('P2'), 'late_promise high new', 'it is raised');
SELECT is(pg_temp.last('P2'), 'raised it to high: promised Fri 20 Nov, now expected Wed 25 Nov', 'and says why');

SELECT pg_temp.say('P3', pg_temp.t(0), 'in_transit', edd => '2037-11-24'), pg_temp.promise('P3', '2037-11-20') \g /dev/null
SELECT pg_temp.merge(), pg_temp.sweep(pg_temp.t(1)) \g /dev/null
SELECT pg_temp.say('P3', pg_temp.t(2), 'in_transit', 'departed_facility', edd => '2037-11-19') \g /dev/null
SELECT is(pg_temp.merge() || ' ' || pg_temp.x('P3'), '0 0 1 late_promise medium resolved carrier_fixed', 'an estimate back before the promise ends it');
UPDATE exception SET resolved_at = pg_temp.t(2) WHERE tracking_number = 'P3';
UPDATE activity SET at = pg_temp.t(2) WHERE verb = 'resolved' AND exception_id = (SELECT id FROM exception WHERE tracking_number = 'P3');
SELECT pg_temp.say('P3', pg_temp.t(3), 'in_transit', 'arrived_at_facility', edd => '2037-11-26') \g /dev/null
SELECT pg_temp.merge() \g /dev/null
SELECT is(pg_temp.sweep(pg_temp.t(4)) || pg_temp.x('P3'), '{"late_promise": 1}late_promise medium new', 'and later again it comes back');
SET SESSION AUTHORIZATION t_maria;
SELECT resolve(gen_random_uuid(), ARRAY(SELECT id FROM exception WHERE tracking_number = 'P3' AND state <> 'resolved'), 'refunded') \g /dev/null
RESET SESSION AUTHORIZATION;
UPDATE exception SET resolved_at = pg_temp.t(5) WHERE tracking_number = 'P3';
SELECT is(pg_temp.sweep('2037-11-21T12:00Z') || split_part(pg_temp.x('P3'), ' ', 3), '{}resolved', 'what a person resolved is not opened for the same promise');
SELECT pg_temp.say('P3', pg_temp.t(140), 'in_transit', 'departed_facility') \g /dev/null
SELECT pg_temp.merge() \g /dev/null
SELECT is(pg_temp.sweep('2037-11-21T13:00Z') || split_part(pg_temp.x('P3'), ' ', 3), '{}resolved', 'nor after another scan');

-- an evening's promise is after midnight UTC; an estimate that gives a day alone stands for that day everywhere
UPDATE brand SET time_zone = 'America/Chicago' WHERE code = 'unassigned';
SELECT pg_temp.say('P4', pg_temp.t(0), 'in_transit', edd => '2037-11-20'), pg_temp.promise('P4', '2037-11-20T02:00Z') \g /dev/null
SELECT pg_temp.say('P5', pg_temp.t(0), 'in_transit', edd => '2037-11-19'), pg_temp.promise('P5', '2037-11-20T02:00Z') \g /dev/null
SELECT pg_temp.merge() \g /dev/null
SELECT is(pg_temp.sweep(pg_temp.t(1)) || pg_temp.last('P4'), '{"late_promise": 1}opened it: late promise, promised Thu 19 Nov, now expected Fri 20 Nov', 'the day after Thursday evening is late');
SELECT is(pg_temp.x('P5'), '-', 'Thursday is not');
UPDATE brand SET time_zone = 'UTC' WHERE code = 'unassigned';
UPDATE watch SET look_at = 'infinity' WHERE shipment_id IN (SELECT id FROM shipment WHERE tracking_number IN ('P4', 'P5'));

-- a label nobody scans, a parcel nobody scans any more: business hours, from Monday to Saturday
SELECT pg_temp.say('N1', '2037-11-13T12:00Z', 'pre_transit') \g /dev/null
SELECT pg_temp.merge() \g /dev/null
SELECT is(pg_temp.sweep('2037-11-15T12:00Z'), '{}', 'two days on, but one of them a Sunday');
SELECT is(pg_temp.sweep('2037-11-16T13:00Z') || pg_temp.x('N1'), '{"not_shipped": 1}not_shipped medium new', 'a business day later it was not shipped');
SELECT is(pg_temp.last('N1'), 'opened it: not shipped, label since Fri 13 Nov, not scanned for 2 business days', 'it says how long');
SELECT pg_temp.say('N1', '2037-11-13T11:00Z', 'pre_transit', 'label_created') \g /dev/null
SELECT pg_temp.merge() \g /dev/null
SELECT is(pg_temp.x('N1'), 'not_shipped medium new', 'another word of the label is no scan');
SELECT pg_temp.say('N1', '2037-11-16T14:00Z', 'in_transit', 'arrived_at_facility') \g /dev/null
SELECT is(pg_temp.merge() || pg_temp.x('N1'), '0 0 1not_shipped medium resolved carrier_fixed', 'the first scan ends it');
SELECT is(pg_temp.sweep('2037-11-18T14:00Z'), '{}', 'two days without a scan are nothing');
SELECT is(pg_temp.sweep('2037-11-19T14:00Z') || pg_temp.x('N1'), '{"stalled": 1}not_shipped medium resolved carrier_fixed, stalled medium new', 'three are');
SELECT is(pg_temp.last('N1'), 'opened it: stalled, no scan since Mon 16 Nov, 3 business days', 'it says since when');
SELECT pg_temp.say('N1', '2037-11-16T13:30Z', 'in_transit', 'departed_facility') \g /dev/null
SELECT is(pg_temp.merge() || split_part(pg_temp.x('N1'), ', ', 2), '0 1 0stalled medium new', 'an older scan that comes late does not end it');
SELECT pg_temp.say('N1', '2037-11-19T15:00Z', 'in_transit', 'departed_facility') \g /dev/null
SELECT is(pg_temp.merge() || split_part(pg_temp.x('N1'), ', ', 2), '0 0 1stalled medium resolved carrier_fixed', 'a newer one does');
UPDATE exception SET resolved_at = '2037-11-19T15:00Z' WHERE tracking_number = 'N1' AND kind = 'stalled';
UPDATE activity SET at = '2037-11-19T15:00Z' WHERE verb = 'resolved' AND exception_id = (SELECT id FROM exception WHERE tracking_number = 'N1' AND kind = 'stalled');
SELECT is(pg_temp.sweep('2037-11-23T16:00Z') || split_part(pg_temp.x('N1'), ', ', 2), '{"stalled": 1}stalled medium new', 'new silence is opened again');
SET SESSION AUTHORIZATION t_maria;
SELECT resolve(gen_random_uuid(), ARRAY(SELECT id FROM exception WHERE tracking_number = 'N1' AND state <> 'resolved'), 'refunded') \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT is(pg_temp.sweep('2037-12-23T16:00Z') || split_part(pg_temp.x('N1'), ' ', 7), '{}resolved', 'and once resolved by a person, not for the same silence');

-- found at once after a downtime: one exception, the worst, with all that was found
SELECT pg_temp.say('D1', '2037-11-13T12:00Z', 'in_transit'), pg_temp.promise('D1', '2037-11-18') \g /dev/null
SELECT pg_temp.merge() \g /dev/null
SELECT is(pg_temp.sweep('2037-11-25T12:00Z') || pg_temp.x('D1') || ' ' || pg_temp.last('D1'),
          '{"stalled": 1, "late_promise": 1}late_promise high new opened it: late promise, promised Wed 18 Nov, not delivered; no scan since Fri 13 Nov, 10 business days', 'after days without a worker');
SELECT is((SELECT count(*)::int FROM exception e, audit_verify(e.id) WHERE e.tracking_number IN ('D1', 'P1', 'P2')), 0, 'timelines are as written');
UPDATE watch SET look_at = 'infinity' WHERE shipment_id = (SELECT id FROM shipment WHERE tracking_number IN ('D1'));

-- one open exception a parcel: what is less bad is noted, once
SELECT pg_temp.say('W1', pg_temp.t(0), 'failure', 'damaged') \g /dev/null
SELECT pg_temp.say('W2', pg_temp.t(0), 'in_transit', 'address_correction'), pg_temp.promise('W2', '2037-11-16T20:00Z') \g /dev/null
SELECT pg_temp.merge() \g /dev/null
SELECT is(pg_temp.sweep(pg_temp.t(10)), '{"late_promise": 1}', 'late, and in other trouble');
SELECT is(pg_temp.x('W2'), 'address_issue high new', 'which it keeps');
SELECT is(pg_temp.verbs('W2') || ' ' || pg_temp.last('W2'), 'feed:opened sweep:noted promised Mon 16 Nov, not delivered', 'with the fact in its timeline');
SELECT is(pg_temp.sweep(pg_temp.t(12)) || pg_temp.verbs('W2'), '{}feed:opened sweep:noted', 'once');
SELECT is(pg_temp.verbs('W1'), 'feed:opened', 'what is damaged is not awaited');

-- at a pickup point
SELECT pg_temp.say('K1', pg_temp.t(0), 'available_for_pickup'), pg_temp.promise('K1', '2037-11-16T20:00Z') \g /dev/null
SELECT pg_temp.merge() \g /dev/null
SELECT is(pg_temp.x('K1'), '-', 'waits to be fetched');
SELECT is(pg_temp.sweep(pg_temp.t(100)) || pg_temp.x('K1'), '{"stalled": 1}-', 'which is neither late nor stalled');
SELECT is(pg_temp.sweep(pg_temp.t(121)) || pg_temp.x('K1'), '{"awaiting_pickup": 1}awaiting_pickup high new', 'before it goes back somebody is told');
SELECT is(pg_temp.last('K1'), 'opened it: awaiting pickup, at the pickup point since Mon 16 Nov, goes back Mon 23 Nov', 'and when that is');

-- where a person alone knows of the pickup point, since they said so
SELECT pg_temp.say('K2', pg_temp.t(-48), 'in_transit', 'address_correction') \g /dev/null
SELECT pg_temp.merge() \g /dev/null
SET SESSION AUTHORIZATION t_maria;
SELECT override_apply(gen_random_uuid(), ARRAY(SELECT id FROM exception WHERE tracking_number = 'K2'), 'available_for_pickup', 'customer_confirmed', 'the shop has it') \g /dev/null
RESET SESSION AUTHORIZATION;
UPDATE status_override SET applied_at = pg_temp.t(0) WHERE shipment_id = (SELECT id FROM shipment WHERE tracking_number = 'K2');
SELECT pg_temp.sweep(pg_temp.t(119)) \g /dev/null
SELECT is((SELECT count(*) FROM silence WHERE kind = 'awaiting_pickup' AND shipment_id = (SELECT id FROM shipment WHERE tracking_number = 'K2')), 0::bigint, 'not before it is time');
SELECT is((SELECT look_at FROM watch WHERE shipment_id = (SELECT id FROM shipment WHERE tracking_number = 'K2')), pg_temp.t(120), 'when that is is known');
SELECT pg_temp.sweep(pg_temp.t(121)) \g /dev/null
SELECT is(pg_temp.last('K2'), 'at the pickup point since Mon 16 Nov, goes back Mon 23 Nov', 'somebody is told before it goes back, though no scan says where it is');
UPDATE watch SET look_at = 'infinity' WHERE shipment_id = (SELECT id FROM shipment WHERE tracking_number = 'K2');

-- the carrier comes back to life under an override that says it is over: that may end, and no merge comes then
SELECT pg_temp.say('O1', pg_temp.t(0), 'failure', 'damaged') \g /dev/null
SELECT pg_temp.merge() \g /dev/null
SELECT is((SELECT count(*)::int FROM watch w JOIN shipment s ON s.id = w.shipment_id WHERE s.tracking_number = 'O1'), 0, 'what is damaged is not watched');
SET SESSION AUTHORIZATION t_maria;
SELECT override_apply(gen_random_uuid(), ARRAY(SELECT id FROM exception WHERE tracking_number = 'O1'), 'returned', 'customer_confirmed', 'she has it') \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT pg_temp.say('O1', pg_temp.t(1), 'in_transit', 'departed_facility') \g /dev/null
SELECT pg_temp.merge() \g /dev/null
SELECT is((SELECT count(*)::int FROM watch w JOIN shipment s ON s.id = w.shipment_id WHERE s.tracking_number = 'O1'), 1, 'what an override alone ends is');

-- what is narrower goes first: a carrier's service before the carrier
INSERT INTO sweep_policy (carrier_id, service, not_shipped_h, stalled_h, pickup_days, pickup_warn_days, calendar_id)
SELECT c.id, v.service, p.not_shipped_h, v.h, p.pickup_days, p.pickup_warn_days, p.calendar_id
  FROM sweep_policy p, carrier c, (VALUES (NULL, 200), ('express*', 10)) v(service, h) WHERE p.carrier_id IS NULL AND p.service IS NULL AND c.code = 'ups';
UPDATE watch SET look_at = 'infinity';
SELECT pg_temp.say('V1', pg_temp.t(0), 'in_transit'), pg_temp.promise('V1', pg_temp.t(900), NULL, 'Express Saver') \g /dev/null
SELECT pg_temp.say('V2', pg_temp.t(0), 'in_transit'), pg_temp.promise('V2', pg_temp.t(900), NULL, 'Ground') \g /dev/null
SELECT pg_temp.merge() \g /dev/null
SELECT is(pg_temp.sweep(pg_temp.t(12)) || pg_temp.x('V1') || pg_temp.x('V2'), '{"stalled": 1}stalled medium new-', 'the service''s hours');
SELECT is(pg_temp.sweep(pg_temp.t(100)) || pg_temp.x('V2'), '{}-', 'and the carrier''s for its others');

-- words of a slip; a silence at a pickup point is none
SELECT is(say_slip('2037-11-24', '2037-11-19', 'UTC'), 'expected Thu 19 Nov, was Tue 24 Nov: 5 days earlier', 'an estimate may come earlier');
SELECT is(say_slip('2037-11-24T08:00Z', '2037-11-24T20:00Z', 'UTC'), NULL, 'one of the same day is not told');
SELECT is(silence_holds('stalled', pg_temp.t(0), 'UTC', NULL, NULL, pg_temp.t(0), s, 'in_transit', pg_temp.t(99)), s = 'in_transit', format('stalled, and %s by hand', s))
  FROM unnest('{in_transit,available_for_pickup}'::shipment_status[]) s;

-- what was said of a parcel while its exception was resolved is shown when that is opened again
SELECT pg_temp.say('E1', pg_temp.t(0), 'in_transit', 'address_correction', edd => '2037-11-20') \g /dev/null
SELECT pg_temp.merge() \g /dev/null
SET SESSION AUTHORIZATION t_maria;
SELECT resolve(gen_random_uuid(), ARRAY(SELECT id FROM exception WHERE tracking_number = 'E1'), 'refunded') \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT pg_temp.say('E1', pg_temp.t(1), 'in_transit', 'departed_facility', edd => '2037-11-23'), pg_temp.promise('E1', '2037-11-24') \g /dev/null
SELECT pg_temp.merge() \g /dev/null
SET SESSION AUTHORIZATION t_maria;
SELECT reopen(gen_random_uuid(), ARRAY(SELECT id FROM exception WHERE tracking_number = 'E1')) \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT is((SELECT concat_ws(' ', promised_at, edd_at) FROM exception WHERE tracking_number = 'E1'), '2037-11-24 00:00:00+00 2037-11-23 00:00:00+00', 'as it is now');

-- warnings
UPDATE exception SET first_response_due_at = now() + interval '10 days';
UPDATE exception SET first_response_due_at = '2037-12-01T10:20Z', resolve_due_at = '2037-12-02T10:00Z' WHERE id = 900001;
SELECT is((SELECT did FROM pass_warn('2037-12-01T09:45Z')), '{}', 'half an hour before');
SELECT is((SELECT did FROM pass_warn('2037-12-01T09:50:30Z')), '{"warned": 1}', 'a due time comes near');
SELECT is((SELECT text || '/' || actor FROM activity WHERE exception_id = 900001 ORDER BY seq DESC LIMIT 1), 'first response is due in 30 minutes, at 10:20 UTC/clock', 'the timeline says so');
SELECT is((SELECT did FROM pass_warn('2037-12-01T10:10Z')), '{}', 'once');
SELECT is((SELECT did FROM pass_warn('2037-12-01T10:30Z')), '{}', 'and not when it has passed');
UPDATE exception SET first_response_due_at = '2037-12-01T12:00Z' WHERE id = 900001;
SELECT is((SELECT did FROM pass_warn('2037-12-01T11:45Z')), '{"warned": 1}', 'another due time is another warning');

-- the time a pass is given is the worker's alone
UPDATE exception SET state = 'snoozed', wake_at = '2037-12-05Z', wake_on_scan = false WHERE id = 900002;
SET SESSION AUTHORIZATION t_maria;
SELECT is(wake_due('2037-12-06Z'), 0, 'people wake nothing before its time');
SET SESSION AUTHORIZATION t_will;
SELECT is(wake_due('2037-12-06Z'), 1, 'the worker does');
RESET SESSION AUTHORIZATION;

-- nobody but the worker; and not where nothing may be written
SET LOCAL transaction_read_only = on;
SELECT is((SELECT did::text || again FROM pass_sweep('2038-01-01Z')), '{}false', 'a read-only session looks for nothing');
SELECT * FROM finish();
ROLLBACK;
