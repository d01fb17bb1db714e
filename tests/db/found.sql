-- Pages under a filter of words, texts, times, what is missing and what is excluded: walked from either end, whatever the order, the size of a page and the way they are found,
-- they are all rows of the condition, each once and in order, though many have the same key; and none is of another brand.
BEGIN;
\ir fixture.psql
SELECT plan(119);

-- Four hundred open ones and some resolved. Keys repeat: three days, five due times. "tall" stands at one end of "newest", "lost" is one in 42,
-- "most" all but a few; those pages of 7 find along the order begin at 54 rows.
SET session_replication_role = replica;
INSERT INTO exception (id, kind, severity, state, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number, customer_name, region, tier, owner, opened_at,
                       first_response_due_at, resolve_due_at, last_scan_at, promised_at, resolved_at, resolution, updated_at, marks, tags, reason, search) OVERRIDING SYSTEM VALUE
SELECT 910000 + i, CASE WHEN i % 42 = 7 THEN 'lost' ELSE 'held' END::exception_kind, CASE WHEN i % 3 = 0 THEN 'high' ELSE 'low' END::severity,
       CASE WHEN i > 420 THEN 'resolved' WHEN i % 4 = 0 THEN 'working' ELSE 'new' END::exception_state, 'carrier', 9001 + i % 5 / 4, CASE i % 5 WHEN 4 THEN 't-zeta' ELSE 't-acme' END,
       910000 + i, 9001, 't-ups', 'T UPS', 'FOUND' || lpad(i::text, 7, '0'), 'Ann ' || i, CASE WHEN i <= 110 THEN 'Tall' ELSE 'Low' END, CASE WHEN i % 50 > 0 THEN 'Most' END,
       CASE WHEN i % 4 = 0 AND i <= 420 THEN CASE WHEN i % 8 = 0 THEN 't_maria' ELSE 't_bob' END END, date_trunc('day', now()) - i / 140 * interval '1 day',
       CASE WHEN i % 6 > 0 THEN date_trunc('day', now()) + i % 5 * interval '1 hour' END, CASE WHEN i % 6 > 0 THEN date_trunc('day', now()) + i % 5 * interval '2 hours' END,
       CASE WHEN i % 7 > 0 THEN date_trunc('day', now()) - i % 3 * interval '1 hour' END, CASE WHEN i % 2 = 0 THEN date_trunc('day', now()) END,
       CASE WHEN i > 420 THEN now() END, CASE WHEN i > 420 THEN 'no_action' END, date_trunc('day', now()) - i % 11 * interval '1 minute', i % 2 * 4,
       CASE WHEN i % 5 = 0 THEN '{vip}' ELSE '{}' END::text[], CASE WHEN i % 12 = 5 THEN 'Late again' ELSE '' END,
       'found' || lpad(i::text, 7, '0') || ' ann ' || i || CASE WHEN i % 9 = 0 THEN ' delgado' ELSE ' okoye' END || CASE WHEN i % 12 = 5 THEN ' late again' ELSE '' END
  FROM generate_series(1, 460) i;
UPDATE exception SET postal_code = CASE WHEN id % 3 > 0 THEN id % 90 + 10 END, order_number = CASE WHEN id % 4 > 0 THEN 'A-' || id % 200 END,
                     region = CASE WHEN id % 37 > 0 THEN region END WHERE id > 910000;
SET session_replication_role = origin;
ANALYZE exception;

CREATE TEMP TABLE asked (words text[], search text[], condition text);
INSERT INTO asked VALUES
    ('{kind:lost}', '{}', $$ kind = 'lost' $$),
    ('{severity:low}', '{}', $$ severity = 'low' $$),
    ('{region:tall}', '{}', $$ region = 'Tall' $$),
    ('{tier:most}', '{}', $$ tier = 'Most' $$),
    ('{mine}', '{}', $$ owner = session_user::text COLLATE "default" $$),
    ('{mine|owner:t_bob}', '{}', $$ owner IN (session_user::text COLLATE "default", 't_bob') $$),
    ('{mark:4,tag:vip}', '{}', $$ marks & 4 <> 0 AND 'vip' = ANY (tags) $$),
    ('{state:new|state:working,severity:high|severity:critical}', '{}', $$ severity >= 'high' $$),
    ('{kind:lost|kind:held,carrier:t-ups,region:low}', '{}', $$ kind IN ('lost', 'held') AND region = 'Low' $$),
    ('{}', '{%okoye%}', $$ search LIKE '%okoye%' $$),
    ('{}', '{%delgado%}', $$ search LIKE '%delgado%' $$),
    ('{}', '{%ann%|%77%}', $$ search LIKE '%ann%' AND search LIKE '%77%' $$),
    ('{}', '{=FOUND0000123|%nobody%}', $$ tracking_number = 'FOUND0000123' $$),
    ('{region:tall}', '{%delgado%}', $$ region = 'Tall' AND search LIKE '%delgado%' $$),
    ('{brand:t-acme}', '{}', $$ brand = 't-acme' $$),
    ('{mine,severity:low}', '{}', $$ owner = session_user::text COLLATE "default" AND severity = 'low' $$),
    ('{owner:t_bob}', '{%okoye%}', $$ owner = 't_bob' AND search LIKE '%okoye%' $$),
    ('{owner:t_nobody}', '{}', 'false'),
    ('{}', '{% f%}', $$ search LIKE 'f%' $$),
    ('{}', '{% d%}', $$ search LIKE '% delgado' $$),
    ('{}', '{% el%}', 'false'),
    ('{}', '{% an%|% 7%}', $$ search ~ '(^| )an' AND search ~ ' 7' $$),
    ('{}', '{:customer|% 9%}', $$ customer_name LIKE 'Ann 9%' $$),
    ('{}', '{:customer|%found%}', 'false'),
    ('{}', '{:reason|% okoye%}', 'false'),
    ('{}', '{:reason|%late%}', $$ reason = 'Late again' $$),
    ('{}', '{:reason|% ag%}', $$ reason = 'Late again' $$),
    ('{kind:nothing}', '{}', 'false'),
    ('{any}', '{}', 'true'),
    ('{any,state:resolved}', '{}', $$ state = 'resolved' $$),
    ('{any,severity:low}', '{%okoye%}', $$ severity = 'low' AND search LIKE '%okoye%' $$),
    ('{any,owner:t_bob}', '{}', $$ owner = 't_bob' $$),
    ('{in:age:<:-129600000}', '{}', $$ opened_at < now() - interval '36 hours' $$),
    ('{in:age:>=:-129600000,kind:lost}', '{}', $$ opened_at >= now() - interval '36 hours' AND kind = 'lost' $$),
    ('{in:age:<:-31536000000}', '{}', $$ opened_at < now() - interval '365 days' $$),
    ('{any,in:scan:<:-1800000}', '{}', $$ last_scan_at < now() - interval '30 minutes' $$),
    ('{in:scan:>=:-86400000,in:sla:<:10800000}', '{}', $$ last_scan_at >= now() - interval '1 day' AND due_at < now() + interval '3 hours' $$),
    ('{in:sla:<:0}', '{}', 'due_at < now()'),
    ('{in:sla:>:0,-tier:most}', '{}', $$ due_at > now() AND (tier = 'Most') IS NOT TRUE $$),
    ('{any,none:sla}', '{}', 'due_at IS NULL'),
    ('{any,in:sla:>:-604800000}', '{}', $$ due_at > now() - interval '7 days' $$),
    ('{at:promised:>=:0}', '{}', $$ promised_at >= timestamptz 'epoch' $$),
    ('{any,none:promised}', '{}', 'promised_at IS NULL'),
    ('{none:scan}', '{}', 'last_scan_at IS NULL'),
    ('{none:owner,severity:high}', '{}', $$ owner IS NULL AND severity = 'high' $$),
    ('{none:region}', '{}', 'region IS NULL'),
    ('{none:tag,severity:critical|severity:high}', '{}', $$ tags = '{}' AND severity >= 'high' $$),
    ('{any,at:done:>:0}', '{}', $$ resolved_at > timestamptz 'epoch' $$),
    ('{any,-state:new,-mine}', '{}', $$ state <> 'new' AND (owner = session_user::text COLLATE "default") IS NOT TRUE $$),
    ('{-none:owner}', '{-%delgado%}', $$ owner IS NOT NULL AND search NOT LIKE '%delgado%' $$),
    ('{-in:age:<:-129600000}', '{}', $$ (opened_at < now() - interval '36 hours') IS NOT TRUE $$),
    ('{any,prefix:tracking:FOUND00004}', '{}', $$ tracking_number LIKE 'FOUND00004%' $$),
    ('{prefix:postal:7}', '{}', $$ postal_code LIKE '7%' $$),
    ('{any,prefix:order:A-1,kind:lost}', '{}', $$ order_number LIKE 'A-1%' AND kind = 'lost' $$),
    ('{kind:nothing|severity:low}', '{}', $$ severity = 'low' $$);
CREATE FUNCTION pg_temp.bound(a text[]) RETURNS text[] LANGUAGE sql RETURN ARRAY(SELECT replace(x, '|', chr(31)) FROM unnest(a) x);
-- What goes wrong on the way from one end to the other, page after page as a dashboard reads them; nothing: null.
CREATE FUNCTION pg_temp.walked(p asked) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    sort text;
    down boolean;
    size int;
    wanted bigint[];
    got bigint[];
    page bigint[];
    key bigint;
    id bigint;
BEGIN
    FOREACH sort IN ARRAY '{urgency,severity,newest,oldest,scan,promised,updated}'::text[] LOOP
        FOREACH down IN ARRAY '{true,false}'::boolean[] LOOP
            EXECUTE format('SELECT coalesce(array_agg(id ORDER BY k_%1$s %2$s, id %2$s), ''{}'') FROM exception WHERE (%4$L OR state <> ''resolved'') AND %3$s', sort,
                           CASE WHEN down THEN 'ASC' ELSE 'DESC' END, p.condition, 'any' = ANY (p.words)) INTO wanted;
            FOREACH size IN ARRAY CASE WHEN sort IN ('urgency', 'promised') THEN '{7,140}' ELSE '{45}' END::int[] LOOP
                got := '{}';
                key := CASE WHEN down THEN -9223372036854775808 ELSE 9223372036854775807 END;
                id := key;
                LOOP
                    page := filter_page(pg_temp.bound(p.words), pg_temp.bound(p.search), sort, key, id, down, size);
                    got := got || page;
                    EXIT WHEN cardinality(page) < size OR cardinality(got) > 2000;
                    EXECUTE format('SELECT e.k_%s, e.id FROM exception e WHERE e.id = $1', sort) INTO key, id USING page[cardinality(page)];
                END LOOP;
                IF got IS DISTINCT FROM wanted THEN
                    RETURN format('sort:%s, down %s, %s a page: %s instead of %s', sort, down, size, cardinality(got), cardinality(wanted));
                END IF;
            END LOOP;
        END LOOP;
    END LOOP;
    RETURN NULL;
END
$$;
GRANT SELECT ON asked TO PUBLIC;
GRANT SELECT ON exception TO t_maria, t_zoe;           -- the search column is what a reader does not see otherwise

SET SESSION AUTHORIZATION t_maria;
SELECT is(pg_temp.walked(a), NULL, format('%s %s', a.words, a.search)) FROM asked a;
SET SESSION AUTHORIZATION t_zoe;
SELECT is(pg_temp.walked(a), NULL, format('%s %s, of one brand', a.words, a.search)) FROM asked a;
SELECT is(filter_page('{"region:x'') OR true --"}', '{"%x'') OR true --%"}', 'urgency', 0, 0, true, 9), '{}', 'what looks like SQL is a word');
SELECT throws_ok($$ SELECT filter_page('{at:age:<:1 OR true}', '{}', 'urgency', 0, 0, true, 9) $$, '22023', NULL, 'nor is a time');
SELECT throws_ok($$ SELECT filter_page('{kind:held}', '{}', 'urgency, id --', 0, 0, true, 9) $$, '22023', NULL, 'and no order');
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT count(*) FROM search_ids('% f%') x WHERE x > 910000), 420::bigint, 'the first word begins with what is looked for, too');
SELECT is((SELECT count(*) FROM search_all_ids('% d%') x WHERE x > 910000), (SELECT count(*) FROM exception WHERE id > 910000 AND search LIKE '%delgado%'), 'another one, of the resolved, too');
SELECT is((SELECT count(*) FROM search_all_ids('% el%') x WHERE x > 910000), 0::bigint, 'but nothing in the middle of a word');
SELECT is(ARRAY[search_fits(910009, '% fo%'), search_fits(910009, '% de%'), search_fits(910009, '% el%'), search_fits(910009, '%el%')], '{t,t,f,t}', 'of a row that is known, the same');
SELECT is((SELECT array_agg(x ORDER BY x) FROM unnest(filter_few('{}', '{"% d%"}', false)) x WHERE x > 910000), (SELECT array_agg(id ORDER BY id) FROM exception WHERE id > 910000 AND search LIKE '%delgado%'),
          'and of the few among all of them');
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION t_nobody;
SELECT throws_like($$ SELECT doorstep.filter_page('{kind:held}', '{}', 'urgency', 0, 0, true, 9) $$, '%permission denied%', 'who may not read the queue is answered nothing');
RESET SESSION AUTHORIZATION;
SELECT * FROM finish();
ROLLBACK;
