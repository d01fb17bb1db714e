-- The board's numbers: kept by every way an exception or a scan comes about, and what the board makes of them.
BEGIN;
\ir fixture.psql
SELECT plan(34);
DELETE FROM feed_stage;
INSERT INTO carrier (id, code, name) VALUES (9002, 't-dhl', 'T DHL');
SELECT setseed(0.4812);

-- What is counted where, as it is kept and as it is in the tables: what the one has and the other has not.
CREATE FUNCTION pg_temp.kept() RETURNS TABLE (what text, lane text, hour timestamptz, n bigint) LANGUAGE sql AS $$
    WITH l AS (SELECT id, concat_ws('/', carrier_id, region, service, brand_id) AS name FROM lane)
    SELECT 'open', l.name, NULL::timestamptz, sum(o.n) FROM lane_open o JOIN l ON l.id = o.lane_id GROUP BY 2 HAVING sum(o.n) <> 0
    UNION ALL SELECT 'opened', l.name, h.hour, h.opened FROM lane_hour h JOIN l ON l.id = h.lane_id WHERE h.opened <> 0
    UNION ALL SELECT 'scans', x.carrier_id::text, h.hour, sum(h.scans) FROM lane_hour h JOIN lane x ON x.id = h.lane_id GROUP BY 2, 3 HAVING sum(h.scans) <> 0
$$;
CREATE FUNCTION pg_temp.counted() RETURNS TABLE (what text, lane text, hour timestamptz, n bigint) LANGUAGE sql AS $$
    WITH e AS (SELECT *, concat_ws('/', carrier_id, coalesce(region, ''), coalesce(service, ''), brand_id) AS name FROM exception)
    SELECT 'open', name, NULL::timestamptz, count(*) FROM e WHERE state <> 'resolved' GROUP BY 2
    UNION ALL SELECT 'opened', name, hour_of(opened_at), count(*) FROM e WHERE opened_at > now() - interval '44 days' GROUP BY 2, 3
    UNION ALL SELECT 'scans', s.carrier_id::text, hour_of(least(x.occurred_at, x.received_at)), count(*)
                FROM scan_event x JOIN shipment s ON s.id = x.shipment_id
               WHERE s.carrier_id = (SELECT c.id FROM carrier c WHERE c.code = 't-r') AND x.status NOT IN ('pre_transit', 'error') GROUP BY 2, 3
$$;
CREATE FUNCTION pg_temp.apart() RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(concat_ws(' ', side, what, lane, hour, n), '; ' ORDER BY what, lane, hour), 'the same') FROM (
        SELECT 'kept' AS side, x.* FROM (SELECT * FROM pg_temp.kept() EXCEPT ALL SELECT * FROM pg_temp.counted()) x
        UNION ALL SELECT 'counted', y.* FROM (SELECT * FROM pg_temp.counted() EXCEPT ALL SELECT * FROM pg_temp.kept()) y) z $$;

SELECT is(pg_temp.apart(), 'the same', 'exceptions that were put there are counted');

-- ---------------------------------------------------------------- a merge, and what becomes known later

CREATE TEMPORARY SEQUENCE row_of;
CREATE FUNCTION pg_temp.say(n text, at timestamptz, c text, det text DEFAULT NULL, r text DEFAULT 'e', reg text DEFAULT NULL, svc text DEFAULT NULL, carrier text DEFAULT 't-r')
    RETURNS void LANGUAGE sql AS
    $$ INSERT INTO feed_stage (batch, seq, doc, rec, provider, carrier, tracking_number, occurred_at, code, detail, region, service)
       VALUES ('00000000-0000-4000-8000-000000000001', nextval('row_of')::int - 1, (currval('row_of') - 1) / 2, r, 'easypost', carrier, n, at, c, det, reg, svc) $$;
CREATE FUNCTION pg_temp.orders(j jsonb) RETURNS void LANGUAGE sql AS
    $$ INSERT INTO feed_stage (batch, seq, doc, rec, data) VALUES ('00000000-0000-4000-8000-000000000001', nextval('row_of')::int - 1, (currval('row_of') - 1) / 2, 'o', j) $$;
CREATE FUNCTION pg_temp.merge() RETURNS void LANGUAGE plpgsql AS
    $$ BEGIN PERFORM feed_merge('00000000-0000-4000-8000-000000000001'); PERFORM setval('row_of', 1, false); END $$;
CREATE FUNCTION pg_temp.lane_line(p_region text, p_service text, p_brand int) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', (SELECT sum(n) FROM lane_open WHERE lane_id = l.id), (SELECT sum(opened) FROM lane_hour WHERE lane_id = l.id), (SELECT sum(scans) FROM lane_hour WHERE lane_id = l.id))
      FROM lane l JOIN carrier c ON c.id = l.carrier_id WHERE c.code = 't-r' AND l.region = p_region AND l.service = p_service AND l.brand_id = p_brand $$;

SELECT pg_temp.say('L1', now() - interval '5 hours', 'pre_transit'), pg_temp.say('L1', now() - interval '3 hours', 'in_transit'),
       pg_temp.say('L1', now() - interval '2 hours', 'in_transit', 'address_correction'), pg_temp.say('L1', NULL, 'in_transit', 'address_correction', 's', 'TX', 'air') \g /dev/null
SELECT pg_temp.merge() \g /dev/null
SELECT is(pg_temp.lane_line('TX', 'air', 0), '1 1 2', 'a merge counts in the lane its own document names; a label is no scan');
SELECT is((SELECT last_scan_at FROM lane l JOIN carrier c ON c.id = l.carrier_id WHERE c.code = 't-r' AND region = 'TX'), now() - interval '2 hours', 'and knows the last scan');
SELECT is(pg_temp.lane_line('', '', 0), NULL, 'nowhere else');
SELECT pg_temp.say('L1', now() + interval '3 days', 'in_transit', 'departed_facility') \g /dev/null
SELECT pg_temp.merge() \g /dev/null
SELECT cmp_ok((SELECT last_scan_at FROM lane l JOIN carrier c ON c.id = l.carrier_id WHERE c.code = 't-r' AND region = 'TX'), '<=', clock_timestamp(), 'a scan said to be of the future is of now');
SELECT pg_temp.orders('{"brand": "t-acme", "order_number": "T-L1", "shipments": [{"carrier": "t-r", "tracking_number": "L1", "service": "ground", "destination": {"region": "NM"}}]}') \g /dev/null
SELECT pg_temp.merge() \g /dev/null
SELECT is(pg_temp.lane_line('TX', 'air', 0), '0 0 3', 'an order makes it another lane''s: its exception leaves, its scans were there');
SELECT is(pg_temp.lane_line('NM', 'ground', 9001), '1 1 0', 'and is counted there');

-- ---------------------------------------------------------------- what people do

SELECT id AS l1 FROM exception WHERE tracking_number = 'L1' \gset
CREATE TEMP TABLE before_act AS SELECT count(*) AS n FROM lane_open;
SET SESSION AUTHORIZATION t_maria;
SELECT count(*) FROM claim(pg_temp.key(1), ARRAY[:l1]) \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT is((SELECT count(*) FROM lane_open), (SELECT n FROM before_act), 'a claim writes nothing of lanes');
SET SESSION AUTHORIZATION t_maria;
SELECT count(*) FROM resolve(pg_temp.key(2), ARRAY[:l1], 'no_action', NULL) \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT is(pg_temp.lane_line('NM', 'ground', 9001), '0 1 0', 'resolved is not open');
SET SESSION AUTHORIZATION t_maria;
SELECT count(*) FROM undo(pg_temp.key(3)) \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT is(pg_temp.lane_line('NM', 'ground', 9001), '1 1 0', 'taken back it is, and was opened once');
SELECT lane_fold() \g /dev/null
SELECT is((SELECT count(*)::int FROM lane_open WHERE n = 0), 0, 'folding leaves a row a lane');
SELECT is(pg_temp.apart(), 'the same', 'and the same sums');

-- ---------------------------------------------------------------- at random

CREATE FUNCTION pg_temp.one_of(VARIADIC words text[]) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT words[1 + floor(random() * cardinality(words))::int] $$;
CREATE FUNCTION pg_temp.storm(p_rounds int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    ids bigint[];
    said text;
    number text;
BEGIN
    FOR i IN 1 .. p_rounds LOOP
        CASE floor(random() * 6)::int
        WHEN 0, 1, 2 THEN
            FOR k IN 1 .. 1 + floor(random() * 8)::int LOOP
                number := 'R' || floor(random() * 25)::int;
                PERFORM pg_temp.say(number, clock_timestamp() - random() * interval '30 hours' + interval '1 hour', x.code, x.detail)
                   FROM (SELECT split_part(w, ' ', 1) AS code, nullif(split_part(w, ' ', 2), '') AS detail
                           FROM pg_temp.one_of('in_transit', 'pre_transit', 'in_transit address_correction', 'in_transit damaged', 'failure lost', 'delivered', 'in_transit delayed') w) x;
                IF random() < 0.6 THEN
                    PERFORM pg_temp.say(number, NULL, NULL, NULL, 's', pg_temp.one_of('TX', 'CA', 'NY', NULL), pg_temp.one_of('air', 'ground', NULL));
                END IF;
            END LOOP;
            IF random() < 0.5 THEN
                PERFORM pg_temp.orders(jsonb_build_object('brand', pg_temp.one_of('t-acme', 't-zeta'), 'order_number', 'T-R' || i, 'shipments', jsonb_build_array(jsonb_build_object(
                    'carrier', 't-r', 'tracking_number', 'R' || floor(random() * 25)::int, 'destination', jsonb_build_object('region', pg_temp.one_of('TX', 'CA'))))));
            END IF;
            PERFORM pg_temp.merge();
        ELSE
            ids := ARRAY(SELECT id FROM exception ORDER BY random() LIMIT 1 + floor(random() * 12)::int);
            EXECUTE 'SET SESSION AUTHORIZATION ' || pg_temp.one_of('t_maria', 't_bob', 't_lea');
            CASE floor(random() * 5)::int
            WHEN 0 THEN PERFORM claim(gen_random_uuid(), ids);
            WHEN 1 THEN PERFORM resolve(gen_random_uuid(), ids, 'no_action', NULL);
            WHEN 2 THEN PERFORM reopen(gen_random_uuid(), ids, NULL);
            WHEN 3 THEN PERFORM severity(gen_random_uuid(), ids, 'low');
            ELSE PERFORM undo(gen_random_uuid());
            END CASE;
            RESET SESSION AUTHORIZATION;
        END CASE;
        said := pg_temp.apart();
        IF said <> 'the same' THEN
            RETURN 'round ' || i || ': ' || said;
        END IF;
    END LOOP;
    RETURN 'the same';
END
$$;
SELECT is(pg_temp.storm(150), 'the same', 'after each of 150 merges and actions at random');
SELECT ok((SELECT count(*) FROM lane l JOIN carrier c ON c.id = l.carrier_id WHERE c.code = 't-r') > 12, 'which were in many lanes');
SELECT ok((SELECT count(*) FROM exception WHERE state = 'resolved') > 5 AND (SELECT count(*) FROM activity WHERE verb = 'undo') > 0, 'and ended, came back and were taken back');
CREATE TEMP TABLE before_fill AS SELECT * FROM pg_temp.kept();
CREATE TEMP TABLE lasts AS SELECT max(last_scan_at) AS at FROM lane;
SELECT lane_fill() \g /dev/null
SELECT is_empty($$ (SELECT * FROM pg_temp.kept() WHERE what <> 'scans') EXCEPT ALL SELECT * FROM before_fill $$, 'counting anew gives the same');
SELECT is((SELECT max(last_scan_at) FROM lane), (SELECT at FROM lasts), 'and the same last scan');
SELECT is(pg_temp.apart(), CASE WHEN now() < timestamptz '2026-11-21 16:00Z' + interval '44 days' THEN 'kept scans 9001 2026-11-21 16:00:00+00 1' ELSE 'the same' END,
          'with what was there before there were lanes, as far back as is counted');

-- ---------------------------------------------------------------- the board

DELETE FROM lane_hour;
DELETE FROM lane_open;
DELETE FROM lane_usual;
DELETE FROM lane;
INSERT INTO lane (id, brand_id, carrier_id, service, region, last_scan_at) OVERRIDING SYSTEM VALUE VALUES
    (1, 9001, 9001, 'ground', 'TX', now() - interval '10 minutes'), (2, 9001, 9001, 'air', 'TX', now() - interval '1 hour'),
    (3, 9002, 9001, 'ground', 'TX', now() - interval '5 minutes'), (4, 9001, 9002, 'ground', 'CA', NULL);
-- 30 days of two an hour in lane 1, one in lane 3; three times a hundred there that were an outage's
INSERT INTO lane_hour (lane_id, hour, opened, scans)
SELECT l.id, hour_of(now()) - make_interval(hours => h), CASE WHEN h IN (24, 25, 49) THEN 100 ELSE l.n END, l.n * 30
  FROM generate_series(0, 720) h, (VALUES (1, 2), (3, 1)) l(id, n) WHERE h > 0;
INSERT INTO lane_open VALUES (1, 7), (1, 3), (2, 1), (3, 5), (3, -1);
SELECT lane_learn(now(), h) FROM generate_series(0, 23) h \g /dev/null
SELECT is((SELECT string_agg(lane_id || ': ' || opened || ' ' || scans, ', ' ORDER BY lane_id) FROM lane_usual WHERE hod = hod_of(now())), '1: 2 60, 3: 1 30',
          'what is usual is not what outages made of it');
SELECT is((SELECT max(abs(opened - CASE lane_id WHEN 1 THEN 2 ELSE 1 END)) FROM lane_usual), 0::float8, 'at any hour');
SET SESSION AUTHORIZATION t_maria;
SELECT results_eq($$ SELECT carrier, carrier_name, service, region, lanes, open, round(baseline), round(usual_gap_s), outage_id, suggested FROM board() WHERE carrier LIKE 't-%' ORDER BY 1 $$,
    $$ VALUES ('t-dhl', 'T DHL', '', '', 1, 0::bigint, 0::float8, 0::float8, NULL::int, false), ('t-ups', 'T UPS', '', '', 3, 15, 3, 40, NULL, false) $$, 'a line a carrier');
SELECT results_eq($$ SELECT service, region, lanes, open, round(baseline), last_scan_at FROM board('t-ups') ORDER BY 1 $$,
    $$ VALUES ('air', 'TX', 1, 1::bigint, 0::float8, now() - interval '1 hour'), ('ground', 'TX', 2, 14, 3, now() - interval '5 minutes') $$, 'or a line a lane, its brands together');
-- the board goes by the clock: past an hour that ended meanwhile
SELECT is((SELECT cardinality(spark) || ' ' || spark[24 - past] || ' ' || spark[23 - past] || ' ' || spark[1] FROM board('t-ups'),
                  LATERAL (SELECT extract(epoch FROM date_trunc('hour', clock_timestamp()) - date_trunc('hour', now()))::int / 3600 AS past) c WHERE service = 'ground'), '24 0 3 3', 'with the last 24 hours, oldest first');
SELECT is_empty($$ SELECT * FROM board('no such') $$, 'of no carrier nothing');
RESET SESSION AUTHORIZATION;
INSERT INTO shipment (brand_id, carrier_id, tracking_number) SELECT 9001, 9001, 'FRESH' || n FROM generate_series(1, 5) n;
INSERT INTO exception (kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, service, region, tracking_number, opened_at)
SELECT 'stalled', 'low', 'carrier', 9001, 't-acme', s.id, 9001, 't-ups', 'T UPS', 'ground', 'TX', 'F' || s.id, now() - make_interval(mins => 15 * row_number() OVER ()::int)
  FROM shipment s WHERE s.tracking_number LIKE 'FRESH%';
SELECT cmp_ok((SELECT count(*)::int FROM exception WHERE tracking_number LIKE 'F%'), '=', 5, 'some more are opened');
SET SESSION AUTHORIZATION t_maria;
SELECT results_eq($$ SELECT new_hour, round(ratio * 4) FROM board('t-ups') WHERE service = 'ground' $$, $$ VALUES (3, 4::float8) $$, 'new are those of the last 60 minutes, to the minute');
SELECT is((SELECT new_hour FROM board() WHERE carrier = 't-ups'), 3 + (SELECT count(*)::int FROM exception WHERE carrier = 't-ups' AND opened_at > now() - interval '59 minutes' AND tracking_number NOT LIKE 'F%'), 'for the carrier, too');
SET SESSION AUTHORIZATION t_zoe;
SELECT results_eq($$ SELECT carrier, lanes, open, new_hour, round(baseline) FROM board() $$, $$ VALUES ('t-ups', 1, 4::bigint, 0, 1::float8) $$, 'who works for one brand sees its numbers alone');
SELECT results_eq($$ SELECT region, open FROM board('t-ups') $$, $$ VALUES ('TX', 4::bigint) $$, 'and its lanes');
SELECT is((SELECT count(*)::int FROM lane), 1, 'nor do the tables show more');
RESET SESSION AUTHORIZATION;
UPDATE lane_hour SET opened = 20010 WHERE lane_id = 3 AND hour = hour_of(now()) - interval '1 hour';
SELECT is((SELECT n FROM lane_fresh(hour_of(now()) + interval '30 minutes') WHERE lane_id = 3), 10005::bigint, 'very many are not counted but estimated: half of the hour before');

-- an outage covers lanes, and its hours are not usual
INSERT INTO outage (scope, scope_text, title, message, hold_messages, pause_sla, by, key, started_at)
VALUES ('{"carrier": ["t-ups"], "service": ["air"]}', 'carrier:t-ups service:air', 'T UPS service:air', 'x', false, false, 't_lea', pg_temp.key(50), now() - interval '3 hours') RETURNING id AS o \gset
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT string_agg(service || ' ' || coalesce(outage_id = :o, false), ', ' ORDER BY service) FROM board('t-ups')), 'air true, ground false', 'an outage is named on its lanes');
RESET SESSION AUTHORIZATION;
UPDATE outage SET ended_at = now(), scope = '{"region": ["TX"], "carrier": ["t-ups"]}', started_at = now() - interval '25 days';
SELECT lane_learn(now(), hod_of(now())) \g /dev/null
SELECT cmp_ok((SELECT hours FROM lane_usual WHERE hod = hod_of(now()) AND lane_id = 1), '<=', 15, 'hours of past outages teach nothing');
UPDATE lane_hour SET hour = hour - interval '50 days' WHERE lane_id = 3;
UPDATE lane_clock SET judged_at = '-infinity', learnt_for = '-infinity';
SELECT lane_due() \g /dev/null
SELECT is((SELECT count(*)::int FROM lane_hour WHERE lane_id = 3), 0, 'hours that are old are removed');

SELECT finish();
ROLLBACK;
