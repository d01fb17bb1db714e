-- History in month partitions: numbers go on in the next one at month's turn, every scan of a parcel and every chain stays in one,
-- and nothing but the month changes.
BEGIN;
\ir fixture.psql
SELECT plan(23);

SELECT results_eq($$ SELECT part, to_id IS NULL FROM history_part ORDER BY part $$,
                  $$ VALUES ('activity_p1', false), ('activity_p2', true), ('scan_event_p1', false), ('scan_event_p2', true) $$, 'a month, and the next');
SELECT is_empty($$ SELECT relname FROM pg_class WHERE relnamespace = 'doorstep'::regnamespace AND relispartition AND relkind = 'r' AND has_any_column_privilege('t_adam', oid, 'SELECT') $$, 'partitions are nobody''s to read');
SELECT throws_like(format('UPDATE %I SET dedupe = dedupe', p), '%append-only%', p || ' refuses changes') FROM unnest('{scan_event_p1,scan_event_p2}'::text[]) p;
SELECT throws_like(format('DELETE FROM %I', p), '%append-only%', p || ' gives up nothing') FROM unnest('{scan_event_p2,activity_p1,activity_p2}'::text[]) p;
SELECT throws_like('TRUNCATE activity', '%append-only%', 'nor does the whole');

-- the numbers of a quiet shop: ids begin low again
SELECT setval('shipment_id_seq', 500), setval('exception_id_seq', 500) \g /dev/null
CREATE FUNCTION pg_temp.parcel(p_number text, p_code text, p_at timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    INSERT INTO feed_stage (batch, seq, doc, rec, provider, carrier, tracking_number, occurred_at, code, message)
        VALUES (pg_temp.key(50), 0, 0, 'e', 't-ups', 't-ups', p_number, p_at, p_code, 'said');
    SELECT events INTO n FROM feed_merge(pg_temp.key(50));
    RETURN n;
END
$$;
SELECT is(pg_temp.parcel('PART1', 'ZZ9', '2026-11-20T10:00Z'), 1::bigint, 'a parcel of November');
SELECT is(pg_temp.parcel('PART1', 'ZZ9', '2026-11-20T10:00Z'), 0::bigint, 'the same scan again is none');
SELECT is((SELECT tableoid::regclass::text FROM scan_event WHERE shipment_id = (SELECT id FROM shipment WHERE tracking_number = 'PART1')), 'scan_event_p1', 'in November''s partition');

-- pass: nothing within the month, a cut at its turn, none again
UPDATE history_part SET month = CASE WHEN to_id IS NULL THEN date '2026-12-01' ELSE '2026-11-01' END, opened_at = '2026-11-01T00:00Z';
SELECT is((SELECT did::text || again FROM pass_partitions('2026-11-30T23:59Z')), '{}false', 'nothing before month''s turn');
SELECT is((SELECT did::text || again FROM pass_partitions('2026-12-01T00:10Z')), '{"partitions_cut": 2}false', 'both are cut at it');
SELECT is((SELECT did::text || again FROM pass_partitions('2026-12-01T01:10Z')), '{}false', 'once');
SELECT results_eq($$ SELECT part, month::text, to_id IS NULL FROM history_part WHERE table_name = 'scan_event' ORDER BY from_id $$,
                  $$ VALUES ('scan_event_p1', '2026-11-01', false), ('scan_event_p2', '2026-12-01', false), ('scan_event_p3', '2027-01-01', true) $$, 'December has an end, January is ready');
SELECT is(pg_temp.parcel('PART2', 'ZZ9', '2026-12-01T10:00Z'), 1::bigint, 'a parcel of December');
SELECT is((SELECT tableoid::regclass::text FROM scan_event WHERE shipment_id = (SELECT id FROM shipment WHERE tracking_number = 'PART2')), 'scan_event_p2', 'is in December''s');
SELECT is((SELECT tableoid::regclass::text FROM activity WHERE exception_id = (SELECT e.id FROM exception e WHERE e.tracking_number = 'PART2') LIMIT 1), 'activity_p2', 'and so is its timeline');
SELECT is(pg_temp.parcel('PART1', 'ZZ8', '2026-12-02T10:00Z'), 1::bigint, 'a later scan of the first parcel');
SELECT is((SELECT count(DISTINCT tableoid)::int FROM scan_event WHERE shipment_id = (SELECT id FROM shipment WHERE tracking_number = 'PART1')), 1, 'joins its others');

-- a month no worker saw, and numbers that come near the end before the month is over
SELECT is((SELECT did::text FROM pass_partitions('2027-04-03')), '{"partitions_cut": 2}', 'months nobody saw are caught up with by one cut');
SELECT setval('shipment_id_seq', (SELECT to_id - 2 FROM history_part WHERE table_name = 'scan_event' AND to_id IS NOT NULL ORDER BY from_id DESC LIMIT 1)) \g /dev/null
SELECT is((SELECT did::text FROM pass_partitions('2027-04-04')), '{"partitions_cut": 1}', 'numbers near the end are made room for');

SET LOCAL enable_seqscan = off;
CREATE FUNCTION pg_temp.plan_of(p text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    all_lines text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || p LOOP
        all_lines := all_lines || line || E'\n';
    END LOOP;
    RETURN all_lines;
END
$$;
SELECT unalike(pg_temp.plan_of('SELECT * FROM scan_event WHERE shipment_id = 7'), '%Append%', 'a parcel''s scans are one index away');

SELECT finish();
ROLLBACK;
