-- Overriding :m shipments, and taking them back, in the world of world.sql, beside the same rows updated bare. Run as the database's owner; bench_lead is
-- a lead. Prints what it took. Who reads the pipe :go hears when it begins; a pgbench is ended.
\set QUIET 1
\pset format unaligned
\pset tuples_only true
SET search_path = doorstep, pg_temp;
-- clocks as real ones have them: this many stop where an override ends deliveries
UPDATE exception SET calendar_id = (SELECT min(id) FROM calendar) WHERE calendar_id IS NULL AND id % 10 = 3;
UPDATE control_policy SET override_threshold = 100000;
CREATE TEMP TABLE took (what text, n bigint, ms numeric);
CREATE TEMP TABLE chosen AS SELECT array_agg(id ORDER BY id) AS ids FROM (SELECT id FROM exception WHERE state = 'new' AND id % greatest(1, (SELECT count(*) FROM exception WHERE state = 'new') / :m) = 3
    ORDER BY id LIMIT :m) x;
GRANT SELECT ON chosen TO PUBLIC;
GRANT INSERT, SELECT ON took TO PUBLIC;
CHECKPOINT;
-- the floor: the rows that have to be written, and nothing else
DO $$
DECLARE
    started timestamptz;
BEGIN
    started := clock_timestamp();
    ALTER TABLE exception DISABLE TRIGGER changed;
    UPDATE exception SET effective_status = 'delayed', marks = marks | 2, rev = rev + 1, updated_at = started WHERE id = ANY ((SELECT ids FROM chosen)::bigint[]);
    UPDATE shipment SET effective_status = 'delayed' WHERE id IN (SELECT shipment_id FROM exception WHERE id = ANY ((SELECT ids FROM chosen)::bigint[]));
    INSERT INTO took SELECT 'bare', cardinality(ids), extract(epoch FROM clock_timestamp() - started) * 1000 FROM chosen;
    RAISE EXCEPTION USING ERRCODE = 'ZZ001', MESSAGE = round(extract(epoch FROM clock_timestamp() - started) * 1000)::text;
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
    INSERT INTO took SELECT 'bare', cardinality(ids), sqlerrm::numeric FROM chosen;
END
$$;
VACUUM exception;
VACUUM shipment;
-- from here on others claim
\setenv GO :go
\! echo >"$GO"
SET SESSION AUTHORIZATION bench_lead;
LISTEN doorstep;
DO $$
DECLARE
    started timestamptz := clock_timestamp();
    n bigint;
BEGIN
    SELECT changes INTO n FROM override_preview((SELECT ids FROM chosen), 'delayed');
    INSERT INTO took VALUES ('preview', n, extract(epoch FROM clock_timestamp() - started) * 1000);
END
$$;
DO $$
DECLARE
    started timestamptz := clock_timestamp();
    said text;
BEGIN
    SELECT message INTO said FROM override_apply(gen_random_uuid(), (SELECT ids FROM chosen), 'delayed', 'carrier_outage', 'the bench', NULL, NULL, 'bench') LIMIT 1;
    INSERT INTO took SELECT 'apply', (SELECT count(*) FROM status_override WHERE state = 'active'), extract(epoch FROM clock_timestamp() - started) * 1000;
END
$$;
DO $$
DECLARE
    started timestamptz := clock_timestamp();
    n bigint;
BEGIN
    SELECT rev INTO n FROM override_batch_act(gen_random_uuid(), ARRAY[(SELECT max(id) FROM override_batch)], 'revert') LIMIT 1;
    INSERT INTO took VALUES ('revert', n, extract(epoch FROM clock_timestamp() - started) * 1000);
END
$$;
DO $$
DECLARE
    started timestamptz := clock_timestamp();
    said text;
BEGIN
    SELECT message INTO said FROM override_apply(gen_random_uuid(), (SELECT ids FROM chosen), 'delivered', 'proof_of_delivery', 'the bench', NULL, NULL, 'bench') LIMIT 1;
    INSERT INTO took SELECT 'apply, resolving', (SELECT count(*) FROM status_override WHERE state = 'active'), extract(epoch FROM clock_timestamp() - started) * 1000;
    started := clock_timestamp();
    PERFORM undo(gen_random_uuid());
    INSERT INTO took SELECT 'undo of that', (SELECT count(*) FROM exception WHERE state = 'new' AND id = ANY (c.ids)), extract(epoch FROM clock_timestamp() - started) * 1000 FROM chosen c;
END
$$;
RESET SESSION AUTHORIZATION;
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgbench' AND datname = current_database() \g /dev/null
SELECT format('override %s of %s: %s s, %s of the bare updates (at most %s s wanted)', t.what, t.n, round(t.ms / 1000, 2), round(t.ms / b.ms, 2), CASE t.what WHEN 'preview' THEN 1 ELSE 10 END)
  FROM took t, took b WHERE b.what = 'bare' AND t.what <> 'bare';
