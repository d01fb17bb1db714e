-- The outage board over :m shipments and 30 days of 12 carriers in 50 regions, 3 services and 2 brands, against reading one of its
-- tables through once. Run as the database's owner in a fresh database; bench_agent is an agent. Prints what it took.
\set QUIET 1
\pset format unaligned
\pset tuples_only true
SET search_path = doorstep, pg_temp;
INSERT INTO brand (id, code, name) VALUES (801, 'b1', 'One'), (802, 'b2', 'Two');
INSERT INTO carrier (id, code, name) SELECT 800 + n, 'c' || n, 'Carrier ' || n FROM generate_series(1, 12) n;
INSERT INTO shipment (brand_id, carrier_id, tracking_number, service, region, carrier_status, effective_status, last_scan_at)
SELECT 801 + n % 2, 801 + n % 12, 'BOARD' || n, 'service ' || n / 12 % 3, 'R' || n / 36 % 50, 'in_transit', 'in_transit', now() - make_interval(secs => n % 7200)
  FROM generate_series(1, :m) n;
INSERT INTO exception (kind, severity, state, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, service, region, tracking_number, opened_at, resolved_at, resolution)
SELECT 'stalled', 'low', CASE WHEN x.old THEN 'resolved' ELSE 'new' END::exception_state, 'carrier', s.brand_id, b.code, s.id, s.carrier_id, c.code, c.name, s.service, s.region,
       s.tracking_number, x.at, CASE WHEN x.old THEN x.at END, CASE WHEN x.old THEN 'no_action' END
  FROM shipment s JOIN carrier c ON c.id = s.carrier_id JOIN brand b ON b.id = s.brand_id
 CROSS JOIN LATERAL (SELECT now() - random() * interval '30 days' - s.id * interval '0' AS at, s.id % 10 < 7 AS old) x
 WHERE s.tracking_number LIKE 'BOARD%' AND s.id % 7 = 0;
-- a scan an hour and more in each lane
UPDATE lane SET last_scan_at = now() - random() * interval '20 minutes';
INSERT INTO lane (brand_id, carrier_id, service, region, last_scan_at)
SELECT b, c, 'service ' || s, 'R' || r, now() - random() * interval '20 minutes' FROM generate_series(801, 802) b, generate_series(801, 812) c, generate_series(0, 2) s, generate_series(0, 49) r
ON CONFLICT DO NOTHING;
INSERT INTO lane_hour (lane_id, hour, scans)
SELECT l.id, h, 1 + floor(random() * 60)::int FROM generate_series(hour_of(now()) - interval '30 days', now(), interval '1 hour') h, lane l
ON CONFLICT (hour, lane_id) DO UPDATE SET scans = excluded.scans;
INSERT INTO outage (scope, scope_text, title, message, hold_messages, pause_sla, by, key) VALUES ('{"carrier": ["c1"], "region": ["R1"]}', 'carrier:c1 region:R1', 'C1', 'late', false, false, 'bench', gen_random_uuid());
VACUUM ANALYZE lane_hour, lane, lane_open, exception;

CREATE TEMP TABLE took (what text, ms numeric);
GRANT ALL ON took TO PUBLIC;
CREATE FUNCTION pg_temp.time_it(p_what text, p_sql text, p_times int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    started timestamptz;
BEGIN
    FOR i IN 1 .. p_times LOOP
        started := clock_timestamp();
        EXECUTE p_sql;
        INSERT INTO took VALUES (p_what, extract(epoch FROM clock_timestamp() - started) * 1000);
    END LOOP;
END
$$;
SET max_parallel_workers_per_gather = 0;
SELECT pg_temp.time_it('read', 'SELECT sum(opened + scans) FROM doorstep.lane_hour', 5) \g /dev/null
SELECT pg_temp.time_it('learn', 'SELECT doorstep.lane_learn(now(), doorstep.hod_of(now()))', 3) \g /dev/null
ANALYZE lane_usual;
SELECT pg_temp.time_it('judge', 'SELECT doorstep.lane_judge(now())', 3) \g /dev/null
SET SESSION AUTHORIZATION bench_agent;
SELECT pg_temp.time_it('board', 'SELECT count(*) FROM doorstep.board()', 11) \g /dev/null
SELECT pg_temp.time_it('lanes', 'SELECT count(*) FROM doorstep.board(''c7'')', 11) \g /dev/null
RESET SESSION AUTHORIZATION;

CREATE TEMP VIEW middle AS SELECT what, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS ms FROM took GROUP BY 1;
SELECT format('# %s shipments, %s exceptions, %s lanes, %s hours of them; %s carriers on the board, %s lanes of one', (SELECT count(*) FROM shipment), (SELECT count(*) FROM exception),
              (SELECT count(*) FROM lane), (SELECT count(*) FROM lane_hour), (SELECT count(*) FROM board()), (SELECT count(*) FROM board('c7')));
SELECT format('# what is usual learnt for an hour: %s ms; all lanes judged: %s ms', (SELECT round(ms) FROM middle WHERE what = 'learn'), (SELECT round(ms) FROM middle WHERE what = 'judge'));
SELECT format('outage board, %s: %s ms in the middle (at most 300 wanted), %s x reading its hours through once (%s ms)',
              CASE m.what WHEN 'board' THEN 'all carriers' ELSE 'one carrier''s lanes' END, round(m.ms::numeric), round((m.ms / r.ms)::numeric, 2), round(r.ms::numeric))
  FROM middle m JOIN middle r ON r.what = 'read' WHERE m.what IN ('board', 'lanes') ORDER BY m.what;
