-- What the board suggests: when a rate or a silence leaves what is usual, at the widest level that explains it; and what ends it.
BEGIN;
\ir fixture.psql
SELECT plan(48);
DELETE FROM lane_hour;
DELETE FROM lane_open;
DELETE FROM lane;
INSERT INTO carrier (id, code, name) VALUES (9002, 't-dhl', 'T DHL'), (9003, 't-tiny', 'T Tiny');
-- t-ups: 3 regions x 2 services of t-acme, 2 an hour and 60 scans each; t-dhl the same in one region of t-zeta
INSERT INTO lane (brand_id, carrier_id, region, service, last_scan_at)
SELECT 9001, 9001, r, s, now() - interval '1 minute' FROM unnest('{CA,NY,TX}'::text[]) r, unnest('{air,ground}'::text[]) s
UNION ALL SELECT 9002, 9002, 'TX', s, now() - interval '1 minute' FROM unnest('{air,ground}'::text[]) s;
INSERT INTO lane_hour (lane_id, hour, opened, scans)
SELECT l.id, hour_of(now()) - make_interval(hours => h), 2, 60 FROM lane l, generate_series(1, 720) h;
SELECT lane_learn(now(), h) FROM generate_series(0, 23) h \g /dev/null

-- n exceptions opened in the last hour in a lane
CREATE TEMPORARY SEQUENCE burst;
CREATE FUNCTION pg_temp.burst(n int, p_carrier int, p_region text, p_service text, p_brand int DEFAULT 9001) RETURNS void LANGUAGE sql AS $$
    WITH s AS (INSERT INTO shipment (brand_id, carrier_id, tracking_number) SELECT p_brand, p_carrier, 'B' || nextval('burst') FROM generate_series(1, n) RETURNING *)
    INSERT INTO exception (kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, service, region, tracking_number, opened_at)
    SELECT 'stalled', 'low', 'carrier', p_brand, b.code, s.id, c.id, c.code, c.name, p_service, p_region, s.tracking_number, now() - interval '20 minutes'
      FROM s JOIN carrier c ON c.id = p_carrier JOIN brand b ON b.id = p_brand $$;
CREATE FUNCTION pg_temp.judge(at timestamptz DEFAULT clock_timestamp()) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE n int := lane_judge(at);
    BEGIN RETURN n || ' ' || (SELECT coalesce(string_agg(concat_ws('|', scope_text, kind, why, brand_id), ', ' ORDER BY scope_text), '-') FROM outage_suggestion WHERE ended_at IS NULL); END $$;
-- a fresh try of something: what it leaves is undone. Judged at the instant all of it is counted from, however long this took.
CREATE FUNCTION pg_temp.try(p_sql text) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE said text;
    BEGIN EXECUTE p_sql; said := pg_temp.judge(now()); RAISE SQLSTATE 'ZZ001' USING MESSAGE = said;
    EXCEPTION WHEN SQLSTATE 'ZZ001' THEN RETURN sqlerrm; END $$;

-- ---------------------------------------------------------------- the statistics

SELECT results_eq($$ SELECT n, rate_left(n, usual) FROM (VALUES (9, 0.0), (10, 0.0), (10, 3.0), (12, 3.0), (13, 3.0), (19, 6.0), (20, 6.0), (250, 100.0), (310, 100.0)) v(n, usual) $$,
    $$ VALUES (9, false), (10, true), (10, false), (12, true), (13, true), (19, false), (20, true), (250, false), (310, true) $$, 'at least ten, far above chance, three times as many');
SELECT is(pg_temp.judge(), '0 -', 'nothing unusual, nothing suggested');
SELECT is(pg_temp.try($$ SELECT pg_temp.burst(9, 9001, 'TX', 'air') $$), '0 -', 'nine are none');
SELECT is(pg_temp.try($$ SELECT pg_temp.burst(15, 9003, 'TX', 'air') $$), '0 -', 'of a carrier nobody knows yet nothing is unusual');

-- the widest that explains it
SELECT is(pg_temp.try($$ SELECT pg_temp.burst(25, 9001, 'TX', 'air') $$), '1 carrier:t-ups service:air region:TX|rate|25 new in the last hour against 2 usually|9001', 'one lane');
SELECT is(pg_temp.try($$ SELECT pg_temp.burst(20, 9001, 'TX', 'air'), pg_temp.burst(20, 9001, 'TX', 'ground') $$), '1 carrier:t-ups region:TX|rate|40 new in the last hour against 4 usually|9001', 'both lanes: the region');
SELECT is(pg_temp.try($$ SELECT pg_temp.burst(8, 9001, 'TX', 'air'), pg_temp.burst(9, 9001, 'TX', 'ground') $$), '1 carrier:t-ups region:TX|rate|17 new in the last hour against 4 usually|9001', 'even where neither alone would be');
SELECT is(pg_temp.try($$ SELECT pg_temp.burst(15, 9001, r, s) FROM unnest('{CA,TX}'::text[]) r, unnest('{air,ground}'::text[]) s $$), '1 carrier:t-ups|rate|60 new in the last hour against 12 usually|9001', 'most regions: the carrier');
SELECT is(pg_temp.try($$ SELECT pg_temp.burst(7, 9001, r, s) FROM unnest('{CA,NY,TX}'::text[]) r, unnest('{air,ground}'::text[]) s $$), '1 carrier:t-ups|rate|42 new in the last hour against 12 usually|9001', 'a little everywhere is a lot of the carrier');
SELECT is(pg_temp.try($$ SELECT pg_temp.burst(40, 9001, 'TX', s) FROM unnest('{air,ground}'::text[]) s; SELECT pg_temp.burst(30, 9002, 'TX', 'air', 9002) $$),
          '2 carrier:t-dhl service:air region:TX|rate|30 new in the last hour against 2 usually|9002, carrier:t-ups region:TX|rate|80 new in the last hour against 4 usually|9001', 'two carriers are two');
SELECT is(pg_temp.try($$ SELECT pg_temp.burst(40, 9001, NULL, NULL) $$), '1 carrier:t-ups|rate|40 new in the last hour against 12 usually|9001', 'where the region is not known it is the carrier''s');
SELECT is(pg_temp.try($$ SELECT pg_temp.burst(30, 9001, 'TX', NULL) $$), '1 carrier:t-ups region:TX|rate|30 new in the last hour against 4 usually|9001', 'where the service is not known, the region''s');

-- silence
SELECT is(pg_temp.try($$ UPDATE lane SET last_scan_at = now() - interval '30 minutes' WHERE carrier_id = 9001 AND region = 'TX' $$), '1 carrier:t-ups region:TX|silence|no scan for 30 min, usually 60 in that time|9001', 'a region without scans');
SELECT is(pg_temp.try($$ UPDATE lane SET last_scan_at = now() - interval '30 minutes' WHERE carrier_id = 9001 AND region = 'TX' AND service = 'air' $$),
          '1 carrier:t-ups service:air region:TX|silence|no scan for 30 min, usually 30 in that time|9001', 'a lane');
SELECT is(pg_temp.try($$ UPDATE lane SET last_scan_at = now() - interval '3 hours' WHERE carrier_id = 9001 $$), '1 carrier:t-ups|silence|no scan for 3 h, usually 1080 in that time|9001', 'a carrier');
SELECT is(pg_temp.try($$ UPDATE lane SET last_scan_at = now() - interval '16 minutes' WHERE carrier_id = 9001 AND region = 'TX' AND service = 'air' $$), '0 -', 'sixteen would usually have come: that may be chance');
SELECT is(pg_temp.try($$ UPDATE lane SET last_scan_at = now() - interval '14 minutes' WHERE carrier_id = 9001 $$), '0 -', 'a quarter of an hour is a pause');
SELECT is(pg_temp.try($$ UPDATE lane SET last_scan_at = now() - interval '2 hours' $$),
          '1 |silence|nothing comes in from any carrier: look at the feed (no scan for 2 h, usually 960 in that time)', 'everything silent is the feed, said once and no outage');
SELECT is(pg_temp.try($$ UPDATE lane SET last_scan_at = NULL WHERE carrier_id = 9001 $$), '0 -', 'who never scanned is not silent');
SELECT is(pg_temp.try($$ UPDATE lane SET last_scan_at = now() - interval '40 minutes' WHERE carrier_id = 9001; UPDATE lane_usual SET scans = 1 $$), '0 -', 'nor is who seldom does');

-- an outage that is declared is not suggested, nor does it make its carrier look bad
CREATE FUNCTION pg_temp.declare(p_scope jsonb) RETURNS int LANGUAGE sql AS $$
    INSERT INTO outage (scope, scope_text, title, message, hold_messages, pause_sla, by, key) VALUES (p_scope, 's', 't', 'm', false, false, 't_lea', gen_random_uuid()) RETURNING id $$;
SELECT is(pg_temp.try($$ SELECT pg_temp.burst(70, 9001, 'TX', s) FROM unnest('{air,ground}'::text[]) s; SELECT pg_temp.declare('{"carrier": ["t-ups"], "region": ["TX"]}') $$), '0 -', 'what is declared is not suggested');
SELECT is(pg_temp.try($$ SELECT pg_temp.burst(70, 9001, r, 'air') FROM unnest('{TX,CA}'::text[]) r; SELECT pg_temp.declare('{"carrier": ["t-ups"], "region": ["TX"]}') $$),
          '1 carrier:t-ups service:air region:CA|rate|70 new in the last hour against 2 usually|9001', 'what else there is, is');

-- ---------------------------------------------------------------- one that lives

SELECT pg_temp.burst(20, 9001, 'TX', 'air'), pg_temp.burst(20, 9001, 'TX', 'ground') \g /dev/null
LISTEN doorstep;
UPDATE lane_clock SET judged_at = '-infinity', learnt_for = hour_of(clock_timestamp());
SELECT is(lane_due(), 1, 'the worker finds it');
SELECT is(lane_due(), 0, 'and does not look again within the minute');
SELECT is(pg_temp.judge(), '0 carrier:t-ups region:TX|rate|40 new in the last hour against 4 usually|9001', 'it stays one');
SELECT id AS s FROM outage_suggestion WHERE ended_at IS NULL \gset
SELECT is((SELECT scope FROM outage_suggestion WHERE id = :s), '{"carrier": ["t-ups"], "region": ["TX"]}', 'its scope is an outage''s');
SET SESSION AUTHORIZATION t_vic;
SELECT results_eq($$ SELECT scope, why, kind FROM outage_suggestions() $$, $$ VALUES ('carrier:t-ups region:TX', '40 new in the last hour against 4 usually', 'rate') $$, 'everybody reads it');
SELECT results_eq($$ SELECT carrier, suggested, why FROM board() WHERE carrier IN ('t-ups', 't-dhl') ORDER BY 1 $$,
    $$ VALUES ('t-dhl', false, ''), ('t-ups', true, 'carrier:t-ups region:TX: 40 new in the last hour against 4 usually') $$, 'the board shows whose it is');
SELECT results_eq($$ SELECT region || ' ' || service FROM board('t-ups') WHERE suggested ORDER BY 1 $$, $$ VALUES ('TX air'), ('TX ground') $$, 'and which lanes');
SELECT throws_like($$ SELECT * FROM suggestion_dismiss(gen_random_uuid(), '{1}') $$, '%t_vic may not dismiss%it takes a lead%', 'a viewer does not dismiss');
SET SESSION AUTHORIZATION t_zoe;
SELECT is_empty($$ SELECT * FROM outage_suggestions() $$, 'it is not told to who works for another brand');
SELECT is_empty($$ SELECT * FROM outage_suggestion $$, 'nor do they read it');
SELECT is_empty($$ SELECT * FROM board() WHERE suggested $$, 'nor does their board show it');
RESET SESSION AUTHORIZATION;
SELECT pg_temp.burst(30, 9002, 'TX', s, 9002), pg_temp.burst(1, 9002, 'TX', s, 9001) FROM unnest('{air,ground}'::text[]) s \g /dev/null
SELECT is(pg_temp.judge(), '1 carrier:t-dhl|rate|62 new in the last hour against 4 usually, carrier:t-ups region:TX|rate|40 new in the last hour against 4 usually|9001', 'one of several brands');
SET SESSION AUTHORIZATION t_zoe;
SELECT is_empty($$ SELECT * FROM outage_suggestions() $$, 'speaks of all of them, and so to nobody of one');
SELECT results_eq($$ SELECT carrier, why FROM board() WHERE suggested $$, $$ VALUES ('t-dhl', '60 new in the last hour against 4 usually') $$, 'whose board says it with their own numbers');
RESET SESSION AUTHORIZATION;

-- dismissing
INSERT INTO agent_scope VALUES ('t_lea', 9002);
SET SESSION AUTHORIZATION t_lea;
SELECT results_eq(format('SELECT code FROM suggestion_dismiss(gen_random_uuid(), ARRAY[%s])', :s), $$ VALUES ('gone') $$, 'a lead of another brand does not know of it');
RESET SESSION AUTHORIZATION;
DELETE FROM agent_scope WHERE role = 't_lea';
SET SESSION AUTHORIZATION t_lea;
SELECT results_eq(format('SELECT id, ok, code, message FROM suggestion_dismiss(pg_temp.key(7), ARRAY[%s, %s, 0])', :s, :s),
                  format('VALUES (0::bigint, false, %L, %L), (%s, true, %L, %L)', 'gone', 'there is no suggestion 0', :s, 'ok', 'quiet for 12 hours'), 'a lead dismisses it');
SELECT results_eq(format('SELECT code FROM suggestion_dismiss(pg_temp.key(7), ARRAY[%s])', :s), $$ VALUES ('gone'), ('ok') $$, 'the same key gets the same answer');
SELECT results_eq(format('SELECT ok, code, message FROM suggestion_dismiss(pg_temp.key(8), ARRAY[%s])', :s), $$ VALUES (true, 'same', 't_lea dismissed it just now') $$, 'dismissed is dismissed');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT concat_ws('|', brand_id, actor, subject, verb, text) FROM control_log WHERE verb = 'dismiss'), '9001|t_lea|suggestion ' || :s || '|dismiss|carrier:t-ups region:TX: 40 new in the last hour against 4 usually', 'the log tells it');
SELECT is(split_part(pg_temp.judge(), ' ', 1), '0', 'it does not come back');
SELECT is(pg_temp.judge(clock_timestamp() + interval '10 minutes') ~ 'TX', false, 'nor in ten minutes');
SELECT is(pg_temp.try($$ UPDATE exception SET opened_at = now() - interval '2 hours' WHERE carrier = 't-ups' AND service = 'ground'; SELECT pg_temp.burst(30, 9001, 'TX', 'air') $$),
          '0 carrier:t-dhl|rate|62 new in the last hour against 4 usually', 'nor a part of it');
SELECT is(pg_temp.try(format('UPDATE outage_suggestion SET ended_at = now() - interval ''12 hours 1 minute'' WHERE id = %s', :s)) ~ '^1 .*carrier:t-ups region:TX', true, 'after 12 hours it does');

-- its end
UPDATE exception SET opened_at = now() - interval '2 hours' WHERE carrier = 't-dhl';
SELECT is(pg_temp.judge(), '0 carrier:t-dhl|rate|62 new in the last hour against 4 usually', 'rates waver: it ends');
UPDATE outage_suggestion SET seen_at = now() - interval '6 minutes' WHERE ended_at IS NULL;
SELECT is(pg_temp.judge(), '1 -', 'when it was not so for five minutes');
INSERT INTO outage_suggestion (scope, scope_text, why, kind) VALUES ('{"carrier": ["t-dhl"], "region": ["TX"]}', 'a', 'w', 'rate'), ('{"carrier": ["t-dhl"]}', 'b', 'w', 'rate'), ('{"carrier": ["t-ups"]}', 'c', 'w', 'rate');
SELECT pg_temp.declare('{"region": ["tx"]}') \g /dev/null
SELECT is((SELECT string_agg(scope_text, ' ' ORDER BY scope_text) FROM outage_suggestion WHERE ended_at IS NULL), 'b c', 'declaring ends what is in its scope at once, and nothing wider');

SELECT finish();
ROLLBACK;
