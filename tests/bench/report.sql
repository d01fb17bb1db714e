-- Reports over 30 days of 5,000,000 events: :m exceptions (a million), for each of which a parcel, an opening, an answer and a resolution in
-- its timeline, and messages, contacts and deliveries beside them, half as many again. Printed: each report over the 30 days against the 30
-- before, as a part of the floor: counting the exceptions of the period once. And what the worker's pass costs for an hour.
SET search_path = doorstep, pg_temp;
\set QUIET 1
\timing off
SET client_min_messages = warning;
INSERT INTO brand (code, name) SELECT 'rb' || i, 'Brand ' || i FROM generate_series(1, 4) i;
INSERT INTO carrier (code, name) SELECT c, upper(c) FROM unnest('{ups,fedex,usps,dhl,ontrac,canada_post,gls,royal_mail}'::text[]) c ON CONFLICT DO NOTHING;
INSERT INTO customer (brand_id, external_id, name) SELECT id, 'rb', 'Bench' FROM brand WHERE code = 'rb1';
SET session_replication_role = replica;      -- rows as they would be, not the way there
CREATE TEMP TABLE x AS
SELECT i, (SELECT min(id) FROM brand WHERE code = 'rb1') + (power(random(), 2) * 4)::int % 4 AS brand_id,
       (ARRAY(SELECT id FROM carrier ORDER BY code))[1 + (power(random(), 1.7) * 8)::int % 8] AS carrier_id,
       (enum_range(NULL::exception_kind))[1 + (power(random(), 1.5) * 21)::int % 21] AS kind,
       (ARRAY['ground','air','express','economy','saver'])[1 + (random() * 5)::int % 5] AS service, 'R' || (power(random(), 1.5) * 50)::int AS region,
       (ARRAY['gold','silver',NULL])[1 + i % 3] AS tier, date_trunc('hour', now()) - i * (interval '60 days' / :m) AS at, exp(8 + 2 * random())::int AS took
  FROM generate_series(1, :m) i;
INSERT INTO shipment (id, brand_id, carrier_id, tracking_number, service, region, promised_at, edd_at, delivered_at) OVERRIDING SYSTEM VALUE
SELECT 1000000000 + i, brand_id, carrier_id, 'RB' || i, service, region, date_trunc('day', at), date_trunc('day', at) + interval '1 day', CASE WHEN i % 2 = 0 THEN at + took * interval '5 seconds' END FROM x;
INSERT INTO exception (id, kind, severity, state, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, service, region, tracking_number, tier, opened_at, updated_at,
                       first_response_due_at, resolve_due_at, first_response_at, first_left_s, resolve_left_s, resolved_at, resolution, activity_seq)
OVERRIDING SYSTEM VALUE
SELECT 1000000000 + i, kind, 'medium', CASE WHEN i % 10 > 0 THEN 'resolved' ELSE 'new' END::exception_state, 'carrier', x.brand_id, b.code, 1000000000 + i, carrier_id, c.code, c.name, service, region,
       'RB' || i, tier, at, at, at + interval '4 hours', at + interval '1 day', CASE WHEN i % 10 > 0 THEN at + took * interval '1 second' END,
       CASE WHEN i % 10 > 0 THEN 14400 - took END, CASE WHEN i % 10 > 0 THEN 86400 - 3 * took END, CASE WHEN i % 10 > 0 THEN at + took * interval '3 seconds' END,
       CASE WHEN i % 10 > 0 THEN 'no_action' END, 3
  FROM x JOIN brand b ON b.id = x.brand_id JOIN carrier c ON c.id = x.carrier_id;
INSERT INTO activity (exception_id, seq, brand_id, at, actor, verb, text, before, after, hash)
SELECT 1000000000 + i, s, brand_id, at + CASE s WHEN 1 THEN 0 WHEN 2 THEN took ELSE 3 * took END * interval '1 second', CASE s WHEN 1 THEN 'feed' ELSE 'agent' || i % 40 END,
       (ARRAY['opened','wait','resolve'])[s], '', NULL, CASE s WHEN 2 THEN jsonb_build_object('first_response_at', at + took * interval '1 second', 'first_left_s', 14400 - took) ELSE '{}' END, ''
  FROM x CROSS JOIN generate_series(1, 3) s WHERE i % 10 > 0 OR s = 1 ORDER BY 4;
INSERT INTO outreach (key, exception_id, shipment_id, customer_id, brand_id, channel, to_address, language, body, text_hash, state, by, created_at, undo_until, send_after, message_id, sent_at)
SELECT gen_random_uuid(), 1000000000 + i, 1000000000 + i, 1, brand_id, CASE i % 3 WHEN 0 THEN 'sms' ELSE 'email' END::channel, '', 'en', '', gen_random_uuid(),
       CASE WHEN i % 20 = 0 THEN 'failed' ELSE 'delivered' END::outreach_state, 'agent' || i % 40, at + took * interval '1 second', at, at, i::text, at + (took + 30 + i % 900) * interval '1 second'
  FROM x WHERE i % 2 = 1 ORDER BY at;
INSERT INTO contact (brand_id, exception_id, outreach_id, channel, via, from_address, at, text, driver, provider, provider_id, shipment_id, before_message)
SELECT brand_id, 1000000000 + i, NULL, 'email', 'email', '', at + interval '2 hours', '', (ARRAY['wismo','refund','address'])[1 + i % 3], 'rb', i::text, 1000000000 + i, i % 4 = 0 FROM x WHERE i % 10 = 1;
INSERT INTO csat (exception_id, brand_id, shipment_id, score, at) SELECT 1000000000 + i, brand_id, 1000000000 + i, 1 + i % 5, at + interval '1 day' FROM x WHERE i % 50 = 3;
INSERT INTO lane (carrier_id, region, service, brand_id) SELECT DISTINCT carrier_id, region, service, brand_id FROM x ON CONFLICT DO NOTHING;
SET session_replication_role = origin;
ANALYZE;

CREATE TEMP TABLE took (what text, ms numeric);
DO $$
DECLARE
    t timestamptz := clock_timestamp();
    now_h int := hour_no(now());
    s text;
BEGIN
    FOREACH s IN ARRAY rollup_subjects() LOOP
        PERFORM rollup_build(s, now_h - 24 * 62, now_h + 240);
    END LOOP;
    INSERT INTO took VALUES ('all of 60 days made anew', extract(epoch FROM clock_timestamp() - t) * 1000);
    INSERT INTO rollup_dirty SELECT 'exception', h FROM generate_series(now_h - 23, now_h) h;
    t := clock_timestamp();
    PERFORM pass_rollup();
    INSERT INTO took VALUES ('a pass over 24 hours of exceptions', extract(epoch FROM clock_timestamp() - t) * 1000);
END
$$;
VACUUM ANALYZE rollup_exception, rollup_time, rollup_message, rollup_contact, rollup_agent, rollup_delivery;
SELECT format('# %s exceptions, %s timeline rows, %s messages, %s contacts, %s deliveries in 60 days; rollups hold %s rows', (SELECT count(*) FROM exception), (SELECT count(*) FROM activity),
              (SELECT count(*) FROM outreach), (SELECT count(*) FROM contact), (SELECT count(*) FROM shipment WHERE delivered_at IS NOT NULL),
              (SELECT count(*) FROM rollup_exception) + (SELECT count(*) FROM rollup_time) + (SELECT count(*) FROM rollup_message) + (SELECT count(*) FROM rollup_agent) + (SELECT count(*) FROM rollup_delivery)) \g (format=unaligned tuples_only=on)
DO $$
DECLARE
    t timestamptz;
    best numeric;
    q record;
    k int;
    since timestamptz := hour_of(now()) - interval '30 days';
BEGIN
    FOR q IN SELECT * FROM (VALUES
        (1, 'floor: counting the exceptions of the period', format('SELECT id FROM exception WHERE k_newest <= -epoch_ms(%L)', since)),
        (2, 'exceptions by carrier', format('SELECT * FROM report_exceptions(%L, %L)', since, hour_of(now()))),
        (3, 'exceptions by lane', format('SELECT * FROM report_exceptions(%L, %L, ''lane'')', since, hour_of(now()))),
        (4, 'exceptions by kind', format('SELECT * FROM report_exceptions(%L, %L, ''kind'')', since, hour_of(now()))),
        (5, 'exceptions by hour of a carrier', format('SELECT * FROM report_exceptions(%L, %L, ''hour'', ''canada_post'')', since, hour_of(now()))),
        (6, 'exceptions by day', format('SELECT * FROM report_exceptions(%L, %L, ''day'')', since, hour_of(now()))),
        (7, 'heat', format('SELECT * FROM report_heat(%L, %L)', since, hour_of(now()))),
        (8, 'on time by carrier', format('SELECT * FROM report_ontime(%L, %L)', since, hour_of(now()))),
        (9, 'on time by lane', format('SELECT * FROM report_ontime(%L, %L, ''lane'')', since, hour_of(now()))),
        (10, 'response by kind', format('SELECT * FROM report_response(%L, %L)', since, hour_of(now()))),
        (11, 'response by day', format('SELECT * FROM report_response(%L, %L, ''day'')', since, hour_of(now()))),
        (12, 'messages', format('SELECT * FROM report_messages(%L, %L)', since, hour_of(now()))),
        (13, 'contacts', format('SELECT * FROM report_contacts(%L, %L)', since, hour_of(now()))),
        (14, 'scores by carrier', format('SELECT * FROM report_csat(%L, %L, ''carrier'')', since, hour_of(now()))),
        (15, 'workload', format('SELECT * FROM report_agents(%L, %L)', since, hour_of(now())))) v(n, what, sql) ORDER BY n
    LOOP
        best := NULL;
        FOR k IN 1 .. 3 LOOP
            t := clock_timestamp();
            EXECUTE 'SELECT count(*) FROM (' || q.sql || ' OFFSET 0) z' INTO k;
            best := least(best, extract(epoch FROM clock_timestamp() - t) * 1000);
            EXIT WHEN best IS NULL;
        END LOOP;
        INSERT INTO took VALUES (q.what, best);
    END LOOP;
END
$$;
SELECT format('%s: %s ms, %s of the floor%s', what, round(ms, 1), round(ms / (SELECT ms FROM took WHERE what LIKE 'floor%'), 2),
              CASE WHEN what ~ '^(exc|heat|on|resp|mess|cont|scor|work)' THEN ' (at most 500 ms wanted)' ELSE '' END)
  FROM took \g (format=unaligned tuples_only=on)
