-- Sort keys, counters, hints, presence; and that a page of the queue is an index scan under the policies.
BEGIN;
\ir fixture.psql
SELECT plan(34);

-- keys: ascending is first
SELECT is((SELECT array_agg(id ORDER BY k_urgency, id) FROM exception WHERE id BETWEEN 900001 AND 900004), '{900001,900002,900003,900004}', 'urgency: due first');
SELECT is((SELECT array_agg(id ORDER BY k_severity, id) FROM exception WHERE id BETWEEN 900001 AND 900004), '{900003,900001,900002,900004}', 'severity: worst, then due');
UPDATE exception SET first_response_due_at = (SELECT first_response_due_at FROM exception WHERE id = 900002) WHERE id = 900003;
SELECT is((SELECT array_agg(id ORDER BY k_urgency, id) FROM exception WHERE id BETWEEN 900001 AND 900004), '{900001,900003,900002,900004}', 'urgency: of one due time the worse');
UPDATE exception SET state = 'snoozed' WHERE id = 900001;
SELECT is((SELECT array_agg(id ORDER BY k_urgency, id) FROM exception WHERE id BETWEEN 900001 AND 900004), '{900003,900002,900004,900001}', 'nothing due: last');
UPDATE exception SET opened_at = now() + (id - 900000) * interval '1 s', promised_at = now() + (id % 3) * interval '1 day', updated_at = now() - (id - 900000) * interval '1 s'
    WHERE id BETWEEN 900001 AND 900004;
UPDATE exception SET promised_at = NULL, last_scan_at = now() - interval '1 day' WHERE id = 900003;
SELECT is((SELECT array_agg(id ORDER BY k_newest, id) FROM exception WHERE id BETWEEN 900001 AND 900004), '{900004,900003,900002,900001}', 'newest');
SELECT is((SELECT array_agg(id ORDER BY k_oldest, id) FROM exception WHERE id BETWEEN 900001 AND 900004), '{900001,900002,900003,900004}', 'oldest');
SELECT is((SELECT array_agg(id ORDER BY k_updated, id) FROM exception WHERE id BETWEEN 900001 AND 900004), '{900001,900002,900003,900004}', 'last changed');
SELECT is((SELECT array_agg(id ORDER BY k_promised, id) FROM exception WHERE id BETWEEN 900001 AND 900004), '{900001,900004,900002,900003}', 'promised, none last');
SELECT is((SELECT array_agg(id ORDER BY k_scan, id) FROM exception WHERE id BETWEEN 900001 AND 900004), '{900003,900001,900002,900004}', 'longest without a scan');

-- counters
CREATE FUNCTION pg_temp.drift() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM (
        SELECT brand_id, carrier_id, kind, state, sum(n) AS n FROM counter GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0
        EXCEPT SELECT brand_id, carrier_id, kind, state, count(*) FROM exception GROUP BY 1, 2, 3, 4) x $$;
UPDATE exception SET state = 'snoozed', rev = rev + 1 WHERE id IN (900001, 900008);
SELECT is(pg_temp.drift(), 0::bigint, 'counters are what there is');
SET SESSION AUTHORIZATION t_zoe;
SELECT results_eq('SELECT * FROM header_counts()', $$ VALUES (1::bigint, 0::bigint, 0::bigint, 2::bigint) $$, 'the header for one brand');
SELECT count(*) FROM claim(pg_temp.key(1), '{900007}') \g /dev/null
SELECT results_eq('SELECT * FROM header_counts()', $$ VALUES (0::bigint, 1::bigint, 0::bigint, 2::bigint) $$, 'follows a claim');
SELECT count(*) FROM resolve(pg_temp.key(2), '{900007}', 'refunded') \g /dev/null
SELECT results_eq('SELECT * FROM header_counts()', $$ VALUES (0::bigint, 0::bigint, 0::bigint, 1::bigint) $$, 'and a resolution');
RESET SESSION AUTHORIZATION;
UPDATE exception SET first_response_due_at = now() + interval '20 minutes', state = 'new', rev = rev + 1 WHERE id = 900008;
SET SESSION AUTHORIZATION t_zoe;
SELECT results_eq('SELECT * FROM header_counts()', $$ VALUES (1::bigint, 0::bigint, 1::bigint, 1::bigint) $$, 'due within half an hour is breaching');
RESET SESSION AUTHORIZATION;
SELECT counter_compact() \g /dev/null
SELECT is(pg_temp.drift(), 0::bigint, 'folding changes no sum');
SELECT is((SELECT count(*) - count(DISTINCT (brand_id, carrier_id, kind, state)) FROM counter), 0::bigint, 'and leaves one row each');

-- hints
UPDATE exception SET kind = 'lost', severity = 'critical', first_response_due_at = '2026-11-22T00:00:00Z', rev = 7 WHERE id = 900002;
SELECT is((SELECT hint_item(e, false) FROM exception e WHERE id = 900002), '900002:7:0:3:14:9001:7181222400', 'a hint''s item');
SELECT is((SELECT hint_item(e, true) FROM exception e WHERE id = 900002), '900002:7:0:3:14:9001:7181222400:1', 'of one just opened');

-- presence
SET SESSION AUTHORIZATION t_bob;
SELECT lives_ok('SELECT viewing(900001)', 'says what one looks at');
SELECT is_empty('SELECT FROM viewers(900001)', 'oneself is not among the others');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT role FROM presence WHERE pid = pg_backend_pid()), 't_bob', 'kept by connection');
UPDATE presence SET role = session_user WHERE pid = pg_backend_pid();
SET SESSION AUTHORIZATION t_maria;
SELECT isnt_empty('SELECT FROM viewers(900001)', 'another sees who is there');
RESET SESSION AUTHORIZATION;
UPDATE presence SET role = 't_bob' WHERE pid = pg_backend_pid();
SET SESSION AUTHORIZATION t_maria;
SELECT is_empty('SELECT FROM viewers(900001)', 'not a role that holds no such connection');
SELECT lives_ok('SELECT viewing(0)', 'looking at nothing');
RESET SESSION AUTHORIZATION;
SELECT is_empty('SELECT FROM presence WHERE pid = pg_backend_pid()', 'leaves no trace');

-- words for completion
SELECT lives_ok($$ UPDATE exception SET region = 'T-TX', rev = rev + 1 WHERE id = 900001 $$, 'a new region');
SET SESSION AUTHORIZATION t_maria;
SELECT ok(EXISTS (SELECT FROM filter_words() WHERE field = 'region' AND word = 'T-TX'), 'is a word to complete');
RESET SESSION AUTHORIZATION;

-- a page under the policies, for everyone and for one who is limited: one index scan, no sort
INSERT INTO shipment (id, brand_id, carrier_id, tracking_number) OVERRIDING SYSTEM VALUE
    SELECT 910000 + n, 9001 + n % 2, 9001, 'BULK' || n FROM generate_series(1, 5000) n;
INSERT INTO exception (kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number, first_response_due_at)
    SELECT 'held', 'medium', 'carrier', s.brand_id, 't', s.id, 9001, 't-ups', 'T UPS', s.tracking_number, now() + s.id * interval '1 s' FROM shipment s WHERE s.id > 910000;
ANALYZE exception;
CREATE FUNCTION pg_temp.bad_pages() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE k text; l text; seen text;
BEGIN
    FOREACH k IN ARRAY ARRAY['urgency', 'severity', 'newest', 'oldest', 'scan', 'promised', 'updated'] LOOP
        seen := '';
        FOR l IN EXECUTE format('EXPLAIN (COSTS OFF) SELECT id FROM doorstep.exception e WHERE (e.k_%1$s, e.id) > (-9000000000000000000, 5)
                                 AND e.state <> ''resolved'' ORDER BY e.k_%1$s, e.id LIMIT 60', k) LOOP
            seen := seen || l || E'\n';
        END LOOP;
        IF seen LIKE '%Sort%' OR seen NOT LIKE '%Index % using exception_' || k || '%' THEN
            RETURN NEXT k || ': ' || seen;
        END IF;
    END LOOP;
END $$;
SET SESSION AUTHORIZATION t_maria;
SELECT is_empty('SELECT pg_temp.bad_pages()', 'a page is an index scan');
SET SESSION AUTHORIZATION t_zoe;
SELECT is_empty('SELECT pg_temp.bad_pages()', 'also for one who is limited to a brand');
RESET SESSION AUTHORIZATION;
SELECT ok(pg_column_size((SELECT e FROM exception e WHERE id = 900001)) < 900, 'a row stays below 900 bytes');

-- notifications come with a commit: another connection commits, listens to itself, and psql prints what it hears
\setenv T_HOST :HOST
\setenv T_PORT :PORT
\setenv T_USER :USER
\setenv T_DB :DBNAME
\set insert 'INSERT INTO doorstep.exception (kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number) SELECT ''held'', ''low'', ''carrier'', 0, ''unassigned'', s.id, s.carrier_id, ''ups'', ''UPS'', s.tracking_number FROM s'
\setenv T_INSERT :insert
\set heard `psql -X -q -t -h "$T_HOST" -p "$T_PORT" -U "$T_USER" -d "$T_DB" -c 'SELECT doorstep.listen()' -c "WITH s AS (INSERT INTO doorstep.shipment (carrier_id, tracking_number, sequence) SELECT 1, 'T-' || gen_random_uuid(), 1 FROM generate_series(1, 2) RETURNING *) $T_INSERT" 2>&1`
SELECT matches(:'heard'::text, 'payload "e \d+:1:0:0:9:1:\d+:1;\d+:1:0:0:9:1:\d+:1" received', 'two opened: one hint with both');
\set heard `psql -X -q -t -h "$T_HOST" -p "$T_PORT" -U "$T_USER" -d "$T_DB" -c 'SELECT doorstep.listen()' -c "WITH s AS (INSERT INTO doorstep.shipment (carrier_id, tracking_number, sequence) SELECT 1, 'T-' || gen_random_uuid(), 1 FROM generate_series(1, 400) RETURNING *) $T_INSERT" 2>&1`
SELECT matches(:'heard'::text, 'payload "m 400:1:\d+:\d+:1:1:512:\d+:\d+" received', 'too many for a payload: their number, and within what they are');
\set heard `psql -X -q -t -h "$T_HOST" -p "$T_PORT" -U "$T_USER" -d "$T_DB" -c 'SELECT doorstep.listen()' -c "WITH e AS (SELECT max(id) AS last FROM doorstep.exception) UPDATE doorstep.exception x SET rev = rev + 1, severity = 'high' FROM e WHERE x.id > e.last - 400 AND x.kind = 'held'" 2>&1`
SELECT matches(:'heard'::text, 'payload "m 400:0:\d+:\d+:1:4:512:\d+:\d+" received', 'of a change what they are now');
\set heard `psql -X -q -t -h "$T_HOST" -p "$T_PORT" -U "$T_USER" -d "$T_DB" -c 'SELECT doorstep.listen()' -c "UPDATE doorstep.exception SET search = search || ' more'" 2>&1`
SELECT unalike(:'heard'::text, '%received%', 'a change that moves no rev is nobody''s news');

SELECT finish();
ROLLBACK;
