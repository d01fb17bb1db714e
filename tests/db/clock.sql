-- Reports by the reader's clocks: days of 23 and 25 hours, zones of half and quarter hours, leap days, the year's end. Whatever the zone, the
-- days add up to the whole, and each is what PostgreSQL's own clocks say it is.
BEGIN;
\ir fixture.psql
SELECT plan(50);

INSERT INTO carrier (id, code, name) VALUES (9010, 't-rep', 'T Rep');
-- One at each half hour, and one five minutes before, around everything below: each half hour of the clock has two.
CREATE TEMP TABLE put AS
SELECT 920000 + row_number() OVER (ORDER BY t, m) AS id, t - m * interval '5 minutes' AS opened_at FROM (
    SELECT generate_series(timestamptz '2026-10-02 00:00Z', '2026-10-05 23:30Z', '30 minutes') UNION ALL
    SELECT generate_series(timestamptz '2026-10-23 12:00Z', '2026-10-26 23:30Z', '30 minutes') UNION ALL
    SELECT generate_series(timestamptz '2026-10-30 00:00Z', '2026-11-03 12:00Z', '30 minutes') UNION ALL
    SELECT generate_series(timestamptz '2026-03-06 00:00Z', '2026-03-10 12:00Z', '30 minutes') UNION ALL
    SELECT generate_series(timestamptz '2026-03-27 12:00Z', '2026-03-30 23:30Z', '30 minutes') UNION ALL
    SELECT generate_series(timestamptz '2024-02-27 12:00Z', '2024-03-02 12:00Z', '30 minutes') UNION ALL
    SELECT generate_series(timestamptz '2025-12-30 12:00Z', '2026-01-02 12:00Z', '30 minutes')) x(t), generate_series(0, 1) m;
INSERT INTO shipment (id, brand_id, carrier_id, tracking_number) OVERRIDING SYSTEM VALUE SELECT id, 9001, 9010, 'CLK' || id FROM put;
INSERT INTO exception (id, kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number, opened_at, updated_at)
OVERRIDING SYSTEM VALUE SELECT p.id, 'lost', 'medium', 'carrier', b.id, b.code, p.id, 9010, 't-rep', 'T Rep', 'CLK' || p.id, p.opened_at, p.opened_at FROM brand b, put p WHERE b.id = 9001;
CREATE FUNCTION pg_temp.pass() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    r record;
BEGIN
    LOOP
        SELECT * INTO r FROM pass_rollup('2026-12-01T12:00:00Z');
        EXIT WHEN NOT r.again;
    END LOOP;
END
$$;
SELECT pg_temp.pass();

-- A report of whole days there, as a client asks for it: instants, and the zone's clocks.
CREATE FUNCTION pg_temp.days(p_zone text, p_from date, p_to date) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(what || '=' || opened, ' ') FROM report_exceptions(p_from::timestamp AT TIME ZONE p_zone, p_to::timestamp AT TIME ZONE p_zone, 'day', p_zone => p_zone)
$$;
SELECT is(pg_temp.days('Europe/Berlin', '2026-10-24', '2026-10-27'), '2026-10-24=96 2026-10-25=100 2026-10-26=96', 'Berlin, where a day has 25 hours');
SELECT is(pg_temp.days('Europe/Berlin', '2026-03-28', '2026-03-31'), '2026-03-28=96 2026-03-29=92 2026-03-30=96', 'and where one has 23');
SELECT is(pg_temp.days('America/Chicago', '2026-10-31', '2026-11-03'), '2026-10-31=96 2026-11-01=100 2026-11-02=96', 'Chicago in autumn');
SELECT is(pg_temp.days('America/Chicago', '2026-03-07', '2026-03-10'), '2026-03-07=96 2026-03-08=92 2026-03-09=96', 'and in spring');
SELECT is(pg_temp.days('America/St_Johns', '2026-10-31', '2026-11-03'), '2026-10-31=96 2026-11-01=100 2026-11-02=96', 'St. John''s: half hours and a change');
SELECT is(pg_temp.days('Australia/Adelaide', '2026-10-03', '2026-10-06'), '2026-10-03=96 2026-10-04=92 2026-10-05=96', 'Adelaide: half hours and a change');
SELECT is(pg_temp.days('Australia/Lord_Howe', '2026-10-03', '2026-10-06'), '2026-10-03=96 2026-10-04=94 2026-10-05=96', 'Lord Howe goes on by half an hour');
SELECT is(pg_temp.days('Asia/Kolkata', '2026-10-31', '2026-11-02'), '2026-10-31=96 2026-11-01=96', 'Kolkata, half hours');
SELECT is(pg_temp.days('Asia/Kathmandu', '2026-10-31', '2026-11-02'), '2026-10-31=96 2026-11-01=96', 'Kathmandu, three quarters');
SELECT is(pg_temp.days('America/Havana', '2026-10-31', '2026-11-03'), '2026-10-31=96 2026-11-01=100 2026-11-02=96', 'Havana, where midnight comes twice');
SELECT is(pg_temp.days('America/Havana', '2026-03-07', '2026-03-10'), '2026-03-07=96 2026-03-08=92 2026-03-09=96', 'and where there is none');
SELECT is(pg_temp.days('Asia/Kathmandu', '2024-02-28', '2024-03-02'), '2024-02-28=96 2024-02-29=96 2024-03-01=96', 'a leap day');
SELECT is(pg_temp.days('Asia/Kolkata', '2025-12-31', '2026-01-02'), '2025-12-31=96 2026-01-01=96', 'the year''s end');

-- What is counted there stands where those clocks say, in every zone there is one of, in either half of the day.
CREATE TEMP TABLE zone (name text);
INSERT INTO zone VALUES ('UTC'), ('Europe/Berlin'), ('America/Chicago'), ('America/St_Johns'), ('Australia/Adelaide'), ('Australia/Lord_Howe'), ('Asia/Kolkata'), ('Asia/Kathmandu'),
    ('America/Havana'), ('Pacific/Chatham'), ('Pacific/Apia'), ('Pacific/Kiritimati'), ('Pacific/Marquesas'), ('Australia/Eucla'), ('Africa/Casablanca');
CREATE TEMP TABLE span (a timestamp, b timestamp);
INSERT INTO span VALUES ('2026-10-02', '2026-10-06'), ('2026-10-24', '2026-11-03'), ('2026-03-06', '2026-03-31'), ('2026-02-01', '2026-03-01'), ('2025-12-31', '2026-01-02'), ('2024-02-28', '2024-03-02');
CREATE FUNCTION pg_temp.apart(p_by text) RETURNS TABLE (line text) LANGUAGE sql AS $$
    WITH told AS (
        SELECT z.name, s.a, r.what, r.opened FROM zone z, span s, LATERAL report_exceptions(s.a AT TIME ZONE z.name, s.b AT TIME ZONE z.name, p_by, p_zone => z.name) r WHERE r.opened > 0
    ), so AS (
        SELECT z.name, s.a, to_char(e.opened_at AT TIME ZONE z.name, CASE p_by WHEN 'day' THEN 'YYYY-MM-DD' ELSE 'HH24":00"' END) AS what, count(*) AS opened
          FROM zone z, span s, exception e WHERE e.opened_at >= s.a AT TIME ZONE z.name AND e.opened_at < s.b AT TIME ZONE z.name GROUP BY 1, 2, 3
    )
    SELECT x::text FROM ((TABLE told EXCEPT TABLE so) UNION ALL (TABLE so EXCEPT TABLE told)) x
$$;
SELECT is_empty($$SELECT * FROM pg_temp.apart('day')$$, 'days of fifteen zones are what their clocks say');
SELECT is_empty($$SELECT * FROM pg_temp.apart('hour')$$, 'and so are hours of the day');
SELECT is_empty($$
    SELECT z.name, s.a FROM zone z, span s
     WHERE (SELECT sum(opened) FROM report_exceptions(s.a AT TIME ZONE z.name, s.b AT TIME ZONE z.name, 'day', p_zone => z.name))
           IS DISTINCT FROM (SELECT sum(opened) FROM report_exceptions(s.a AT TIME ZONE z.name, s.b AT TIME ZONE z.name, 'carrier', p_zone => z.name))
        OR (SELECT sum(h::text::int) FROM report_heat(s.a AT TIME ZONE z.name, s.b AT TIME ZONE z.name, p_zone => z.name), jsonb_array_elements(hours) h)
           IS DISTINCT FROM (SELECT sum(opened) FROM report_heat(s.a AT TIME ZONE z.name, s.b AT TIME ZONE z.name, p_zone => z.name))
        OR (SELECT sum(n::text::int) FROM report_exceptions(s.a AT TIME ZONE z.name, s.b AT TIME ZONE z.name, 'carrier', p_zone => z.name), jsonb_array_elements(spark) n)
           IS DISTINCT FROM (SELECT sum(opened) FROM report_exceptions(s.a AT TIME ZONE z.name, s.b AT TIME ZONE z.name, 'carrier', p_zone => z.name))$$,
    'days, hours of the heat map and slices of the sparkline add up to the whole');

-- The heat map of the day that has 25 hours: its two o'clock comes twice.
SELECT is((SELECT hours FROM report_heat('2026-10-24 22:00Z', '2026-10-25 23:00Z', p_zone => 'Europe/Berlin')), '[4, 4, 8, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4]'::jsonb, 'two hours at two o''clock');
SELECT is((SELECT hours FROM report_heat('2026-03-28 23:00Z', '2026-03-29 22:00Z', p_zone => 'Europe/Berlin')) -> 2, '0'::jsonb, 'and none where clocks are put on');
SELECT is((SELECT hours FROM report_heat('2026-10-03 13:30Z', '2026-10-04 13:00Z', p_zone => 'Australia/Lord_Howe')) -> 2, '2'::jsonb, 'half of one on Lord Howe');

-- ---------------------------------------------------------------- what is behind a number

CREATE FUNCTION pg_temp.told(q text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    EXECUTE 'SELECT string_agg(concat_ws('' '', x), ''; '') FROM (' || q || ') AS y(x)' INTO said;
    RETURN said;
END
$$;
SELECT is(pg_temp.told($$SELECT substring(filter FROM 'on:(\S+)') FROM report_exceptions('2026-10-24 22:00Z', '2026-10-26 23:00Z', 'day', p_zone => 'Europe/Berlin')$$), '2026-10-25; 2026-10-26',
          'a day of 25 hours opens as that day');
SELECT is(pg_temp.told($$SELECT substring(filter FROM 'on:(\S+)') FROM report_exceptions('2026-10-23 22:00Z', '2026-10-26 23:00Z', p_zone => 'Europe/Berlin')$$), '2026-10-24..2026-10-26', 'days as these days');
SELECT is(pg_temp.told($$SELECT substring(filter FROM 'on:(\S+)') FROM report_exceptions('2026-10-30 18:30Z', '2026-11-01 07:30Z', 'day', p_zone => 'Asia/Kolkata')$$),
          '2026-10-31; 2026-10-31T18:30Z..2026-11-01T07:29Z', 'the day that runs there, to the minute');
SELECT is(pg_temp.told($$SELECT opened || ' ' || (SELECT count(*) FROM exception WHERE opened_at >= '2026-10-31T18:30Z' AND opened_at < '2026-11-01T07:30Z')
    FROM report_exceptions('2026-10-30 18:30Z', '2026-11-01 07:30Z', 'day', p_zone => 'Asia/Kolkata') WHERE what = '2026-11-01'$$), '52 52', 'and has what is counted');
SELECT is(pg_temp.told($$SELECT substring(filter FROM 'on:(\S+)') || ' ' || opened FROM report_exceptions('2026-10-31 18:15Z', '2026-10-31 19:15Z', p_zone => 'Asia/Kathmandu')$$),
          '2026-10-31T18:15Z..2026-10-31T19:14Z 4', 'an hour of Kathmandu''s');
SELECT is(pg_temp.told($$SELECT substring(filter FROM 'on:(\S+)') || ' ' || opened FROM report_exceptions('2026-10-31 18:00Z', '2026-10-31 20:00Z', p_zone => 'Asia/Kathmandu')$$),
          '2026-10-31T18Z..2026-10-31T19Z 8', 'hours of UTC as before');
-- The period before has its own clocks: Monday to Sunday, 169 hours, against the 168 of the week before, and the other way round.
SELECT is(pg_temp.told($$SELECT concat_ws(' ', what, opened, was, substring(was_filter FROM 'on:(\S+)'))
    FROM report_exceptions('2026-10-31 05:00Z', '2026-11-02 06:00Z', 'day', p_zone => 'America/Chicago', p_was => '2026-10-24 05:00Z', p_was_to => '2026-10-26 05:00Z')$$),
    '2026-10-31 96 96 2026-10-24; 2026-11-01 100 96 2026-10-25', 'a long day against one that is not');
SELECT is(pg_temp.told($$SELECT concat_ws(' ', what, opened, was, substring(was_filter FROM 'on:(\S+)'))
    FROM report_exceptions('2026-11-02 06:00Z', '2026-11-03 06:00Z', 'day', p_zone => 'America/Chicago', p_was => '2026-11-01 05:00Z', p_was_to => '2026-11-02 06:00Z')$$),
    '2026-11-02 96 100 2026-11-01', 'and the day after it');
SELECT is(pg_temp.told($$SELECT concat_ws(' ', what, opened, was, substring(filter FROM 'on:(\S+)'), substring(was_filter FROM 'on:(\S+)'))
    FROM report_exceptions('2026-10-31 23:00Z', '2026-11-01 02:00Z', 'day', p_zone => 'UTC', p_was => '2026-10-31 20:00Z')$$),
    '2026-10-31 4 12 2026-10-31T23Z 2026-10-31T20Z..2026-10-31T22Z; 2026-11-01 8 0 2026-11-01T00Z..2026-11-01T01Z', 'hours over a midnight are of two days');

-- The same instants, told as a client tells its clocks.
SELECT is(zone_clocks('America/Chicago', '2026-03-01', '2026-12-01'), '-21600 1772956800=-18000 1793516400=-21600', 'a zone''s clocks in words');
SELECT is(zone_clocks('Australia/Lord_Howe', '2026-10-01', '2026-11-01'), '37800 1791041400=39600', 'of half an hour');
SELECT is(zone_clocks('Asia/Kathmandu', '2026-10-01', '2026-11-01'), '20700', 'and without a change');
SELECT results_eq($$SELECT * FROM report_exceptions('2026-10-31 05:00Z', '2026-11-03 06:00Z', 'day', p_zone => '-18000 1793516400=-21600')$$,
    $$SELECT * FROM report_exceptions('2026-10-31 05:00Z', '2026-11-03 06:00Z', 'day', p_zone => 'America/Chicago')$$, 'both come to the same');
SELECT throws_ok($$SELECT * FROM report_exceptions('2026-10-31', '2026-11-03', p_zone => '0; x')$$, '22023', 'the zone is not one: give its name, or its seconds east of UTC', 'what is no zone');
SELECT throws_ok($$SELECT * FROM report_exceptions('2026-10-31', '2026-11-03', p_zone => '99999')$$, '22023', 'no zone is 27.8 hours from UTC', 'or none that there is');
SELECT throws_ok($$SELECT * FROM report_exceptions('2026-10-31', '2026-11-03', p_zone => 'Atlantis')$$, '22023', NULL, 'or a name of none');

-- ---------------------------------------------------------------- the other reports

INSERT INTO outreach (key, exception_id, shipment_id, customer_id, brand_id, channel, to_address, language, body, text_hash, state, by, created_at, undo_until, send_after, message_id)
SELECT gen_random_uuid(), 920001, 920001, 1, 9001, 'sms', '', 'en', 'b', gen_random_uuid(), 'sent', 't_maria', t, t, t, t::text
  FROM unnest('{2026-10-31 18:29:59Z,2026-10-31 18:30Z,2026-11-01 18:29:59Z,2026-11-01 18:30Z}'::timestamptz[]) t;
INSERT INTO contact (brand_id, exception_id, channel, from_address, at, text, driver, provider, provider_id)
SELECT 9001, 920001, 'sms', '', t, 't', 'wismo', 't-rep', t::text FROM unnest('{2026-10-31 18:29:59Z,2026-10-31 18:30Z,2026-11-01 18:29:59Z,2026-11-01 18:30Z}'::timestamptz[]) t;
INSERT INTO csat (exception_id, brand_id, shipment_id, score, at) SELECT 920000 + i, 9001, 920000 + i, 5, ('{2026-10-31 18:29:59Z,2026-10-31 18:30Z,2026-11-01 18:29:59Z,2026-11-01 18:30Z}'::timestamptz[])[i] FROM generate_series(1, 4) i;
UPDATE shipment SET delivered_at = CASE id % 2 WHEN 0 THEN timestamptz '2026-10-31 18:30Z' ELSE '2026-10-31 18:29:59Z' END WHERE id IN (920001, 920002);
SELECT pg_temp.pass();
SELECT is(pg_temp.told($$SELECT what || '=' || messages FROM report_messages('2026-10-30 18:30Z', '2026-11-02 18:30Z', 'day', p_zone => 'Asia/Kolkata')$$), '2026-10-31=1; 2026-11-01=2; 2026-11-02=1', 'messages of half-hour days');
SELECT is(pg_temp.told($$SELECT what || '=' || contacts FROM report_contacts('2026-10-30 18:30Z', '2026-11-02 18:30Z', 'day', p_zone => 'Asia/Kolkata')$$), '2026-10-31=1; 2026-11-01=2; 2026-11-02=1', 'contacts');
SELECT is(pg_temp.told($$SELECT what || '=' || answers FROM report_csat('2026-10-30 18:30Z', '2026-11-02 18:30Z', 'day', p_zone => 'Asia/Kolkata')$$), '2026-10-31=1; 2026-11-01=2; 2026-11-02=1', 'scores');
SELECT is(pg_temp.told($$SELECT what || '=' || delivered FROM report_ontime('2026-10-30 18:30Z', '2026-11-02 18:30Z', 'day', p_zone => 'Asia/Kolkata')$$), '2026-10-31=1; 2026-11-01=1; 2026-11-02=0', 'deliveries');
SELECT is(pg_temp.told($$SELECT what || '=' || opened FROM report_response('2026-10-24 22:00Z', '2026-10-26 23:00Z', 'day', p_zone => 'Europe/Berlin')$$), '2026-10-25=100; 2026-10-26=96', 'response times');
SELECT is(pg_temp.told($$SELECT filter FROM report_contacts('2026-10-31 18:30Z', '2026-11-01 18:30Z', 'driver', p_zone => 'Asia/Kolkata')$$), 'contact:wismo@2026-11-01 state:any sort:newest', 'with the day behind them');

-- A quarter in which there is nothing is nothing, whatever else its hour has.
SELECT is_empty($$SELECT * FROM report_contacts('2026-10-31 18:00Z', '2026-10-31 18:15Z', p_zone => 'Asia/Kathmandu')$$, 'no line for a quarter without contacts');
SELECT is_empty($$SELECT * FROM report_messages('2026-10-31 18:00Z', '2026-10-31 18:15Z', p_zone => 'Asia/Kathmandu')$$, 'nor for one without messages');
SELECT is(pg_temp.told($$SELECT what || '=' || contacts || ' ' || was FROM report_contacts('2026-10-31 18:30Z', '2026-10-31 18:45Z', p_zone => 'Asia/Kathmandu')$$), 'wismo=1 1', 'one quarter against the one before');

-- ---------------------------------------------------------------- what is kept

SELECT is((SELECT count(*) FROM rollup_dirty), 0::bigint, 'nothing waits');
SELECT is((SELECT sum(differing_hours) FROM rollup_rebuild('2026-10-01', '2026-11-04')), 0::numeric, 'made anew by the hour, the quarters are the same');
SELECT is(pg_temp.told($$SELECT DISTINCT quarter % 4 FROM rollup_exception WHERE quarter >= quarter_no('2026-10-25') AND quarter < quarter_no('2026-10-26') ORDER BY 1$$), '0; 1; 2; 3', 'each quarter by itself');
SELECT is_empty($$SELECT hour, brand_id, carrier_id, kind FROM rollup_exception_sum GROUP BY 1, 2, 3, 4 HAVING count(*) > 1
                  UNION ALL SELECT hour, brand_id, carrier_id, kind FROM rollup_exception_sum WHERE opened < opened1 + opened2 + opened3 OR resolved < resolved1 + resolved2 + resolved3
                                                                                            OR reopened < reopened1 + reopened2 + reopened3$$, 'an hour is one row of its sums, and its quarters are of it');
SELECT is((SELECT (s.opened1, s.opened2, s.opened3, s.opened)::text FROM rollup_exception_sum s WHERE s.hour = hour_no('2026-10-25 03:00Z') AND s.brand_id = 9001 AND s.carrier_id = 9010), '(1,1,1,4)', 'one in each');
SELECT ok(report_counts('rollup_agent', 'day', report_frame('t', '{day}', '2026-10-24 22:00Z', '2026-11-24 23:00Z', 'day', NULL, NULL, NULL, 'Europe/Berlin', NULL, NULL)) !~ 'UNION'
          AND report_counts('rollup_agent', 'day', report_frame('t', '{day}', '2026-10-24 18:30Z', '2026-11-24 18:30Z', 'day', NULL, NULL, NULL, 'Asia/Kolkata', NULL, NULL)) ~ 'UNION',
          'hours are taken apart where clocks are off the hour, and there alone');
SELECT * FROM finish();
ROLLBACK;
