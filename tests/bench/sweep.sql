-- How long the sweep takes over :n shipments on their way of which :late have just passed their promise, and :late / 4 have not been scanned for
-- too long, against a bare INSERT of as many exceptions in the same run. As the database's owner. Who reads the pipe :go hears when it
-- begins (/dev/null: nobody); a pgbench that claims meanwhile is ended.
SET search_path = doorstep, pg_temp;
INSERT INTO brand (code, name) VALUES ('bench', 'Bench') ON CONFLICT DO NOTHING;
INSERT INTO carrier (code, name) SELECT c, upper(c) FROM unnest('{ups,fedex,usps,dhl}'::text[]) c ON CONFLICT DO NOTHING;
INSERT INTO customer (brand_id, external_id, name, email, language, time_zone, tier)
SELECT b.id, 's-' || i, 'Customer ' || i, 'c' || i || '@example.com', 'en', (array['America/Chicago', 'America/New_York', 'Europe/Berlin', NULL])[1 + i % 4], (array['gold', NULL])[1 + i % 2]
  FROM generate_series(1, 1000) i, brand b WHERE b.code = 'bench';
INSERT INTO shipment (brand_id, carrier_id, tracking_number, customer_id, service, carrier_status, effective_status, shipped_at, promised_at, first_scan_at, last_scan_at, status_at, region, country)
SELECT b.id, k.ids[1 + i % 4], 'SWEEP' || lpad(i::text, 12, '0'), u.ids[1 + i % 1000], (array['ground', 'express', NULL])[1 + i % 3], 'in_transit', 'in_transit', now() - interval '30 hours',
       CASE WHEN i <= :late THEN now() - interval '1 minute' ELSE now() + interval '1 day' + make_interval(secs => i % 200000) END, now() - interval '30 hours',
       CASE WHEN i > :n - :late / 4 THEN now() - interval '9 days' ELSE now() - make_interval(mins => i % 1200) END, now() - interval '1 day', 'TX', 'US'
  FROM generate_series(1, :n) i, brand b, (SELECT array_agg(id ORDER BY id) AS ids FROM carrier WHERE code IN ('ups', 'fedex', 'usps', 'dhl')) k,
       (SELECT array_agg(id) AS ids FROM customer WHERE external_id LIKE 's-%') u WHERE b.code = 'bench';
-- looked at before, as they would have been
INSERT INTO watch (shipment_id, look_at)
SELECT s.id, least(s.promised_at, s.last_scan_at + interval '72 hours') FROM shipment s WHERE s.tracking_number LIKE 'SWEEP%';
ANALYZE shipment, watch;
CHECKPOINT;
-- from here on others claim
\setenv GO :go
\! echo >"$GO"
CREATE TEMP TABLE took (what text, ms float8);
DO $$
DECLARE
    began timestamptz := clock_timestamp();
    a timestamptz;
    longest float8 := 0;
    r record;
BEGIN
    LOOP
        a := clock_timestamp();
        SELECT * INTO r FROM pass_sweep();
        COMMIT;
        longest := greatest(longest, 1000 * extract(epoch FROM clock_timestamp() - a));
        EXIT WHEN NOT r.again;
    END LOOP;
    INSERT INTO took VALUES ('sweep', 1000 * extract(epoch FROM clock_timestamp() - began)), ('longest', longest);
    a := clock_timestamp();
    PERFORM pass_sweep();
    INSERT INTO took VALUES ('idle', 1000 * extract(epoch FROM clock_timestamp() - a));
    COMMIT;
    -- the floor: a bare table of the same rows, each found one written once more
    CREATE TEMP TABLE bare AS SELECT * FROM exception WHERE kind IN ('late_promise', 'stalled') AND tracking_number LIKE 'SWEEP%';
    CREATE TEMP TABLE floor (LIKE exception INCLUDING INDEXES);
    COMMIT;
    a := clock_timestamp();
    INSERT INTO floor SELECT * FROM bare;
    COMMIT;
    INSERT INTO took VALUES ('floor', 1000 * extract(epoch FROM clock_timestamp() - a));
    COMMIT;
END
$$;
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgbench' AND datname = current_database() \g /dev/null
\pset format unaligned
\pset tuples_only true
SELECT format('sweep: %s found among %s in %s ms, the longest call %s ms (10,000 and 500 wanted); a bare INSERT of these rows %s ms, ratio %s; with nothing due %s ms', n.n, :n, round(s.ms), round(l.ms), round(f.ms),
              round((s.ms / f.ms)::numeric, 1), round(i.ms::numeric, 1))
  FROM (SELECT count(*) AS n FROM exception WHERE tracking_number LIKE 'SWEEP%') n, took s, took l, took f, took i WHERE s.what = 'sweep' AND l.what = 'longest' AND f.what = 'floor' AND i.what = 'idle';
