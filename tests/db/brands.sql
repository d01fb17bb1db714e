-- A role of one brand sees nothing of another. Brand B comes into being with ids from 7,700,001 on and ZZB in all its texts,
-- and people of brand A, of every level, read every table and call every function, as PostgreSQL lists them: before and
-- after they get the same answers, and about B's things the same answers as about things that are not there.
BEGIN;
\ir fixture.psql
SELECT plan(13);

CREATE TEMP TABLE of_a (role text, level int);
INSERT INTO of_a VALUES ('t_av', 1), ('t_aa', 2), ('t_al', 3), ('t_ad', 4);
CREATE ROLE t_av LOGIN IN ROLE doorstep_viewer;
CREATE ROLE t_aa LOGIN IN ROLE doorstep_agent;
CREATE ROLE t_al LOGIN IN ROLE doorstep_lead;
CREATE ROLE t_ad LOGIN IN ROLE doorstep_admin;
INSERT INTO agent (role, display_name) SELECT role, role FROM of_a;
INSERT INTO agent_scope SELECT role, 9001 FROM of_a;

-- ---------------------------------------------------------------- asking

-- What a statement answers to a role; all is undone. Refusals are answers, too.
CREATE FUNCTION pg_temp.said(p_role text, p_sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format('SET SESSION AUTHORIZATION %I', p_role);
    EXECUTE p_sql INTO answer;
    RAISE SQLSTATE 'ZZ001' USING MESSAGE = coalesce(answer, 'nothing');
EXCEPTION
    WHEN SQLSTATE 'ZZ001' THEN RETURN sqlerrm;
    WHEN others THEN RETURN sqlstate || ' ' || sqlerrm;
END
$$;

CREATE TEMP VIEW callable AS
    SELECT p.oid, p.proname::text AS name, p.provolatile = 'v' AS writes, p.pronargs AS args FROM pg_proc p
     WHERE p.pronamespace = 'doorstep'::regnamespace AND has_function_privilege('t_ad', p.oid, 'EXECUTE') AND p.prorettype <> 'trigger'::regtype
       AND p.proname NOT IN ('hello', 'listen', 'health')           -- hello: clock and connection; the others are below
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e');
CREATE TEMP VIEW readable AS
    SELECT c.relname::text AS name FROM pg_class c
     WHERE c.relnamespace = 'doorstep'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND has_any_column_privilege('t_ad', c.oid, 'SELECT');

-- A table as far as people may read it: not all its columns, maybe.
CREATE FUNCTION pg_temp.part(p_table text) RETURNS text LANGUAGE sql AS $$
    SELECT format('(SELECT %s FROM doorstep.%I)', string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum), p_table) FROM pg_attribute a
     WHERE a.attrelid = ('doorstep.' || quote_ident(p_table))::regclass AND a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege('t_ad', a.attrelid, a.attnum, 'SELECT')
$$;

-- A call of a function about what stands from p_base on, in ids as in words.
CREATE FUNCTION pg_temp.call_of(p_oid oid, p_base bigint, p_word text) RETURNS text LANGUAGE sql AS $$
    SELECT format('SELECT string_agg(to_jsonb(x)::text, '' '') FROM doorstep.%I(%s) x', p.proname, coalesce(string_agg(CASE
        WHEN t.typname = 'uuid' THEN 'gen_random_uuid()'
        WHEN t.typname = '_int8' THEN format('ARRAY(SELECT generate_series(%s::bigint, %s))', p_base, p_base + 9)
        WHEN t.typname = '_int4' THEN format('ARRAY(SELECT generate_series(%s, %s))', p_base, p_base + 9)
        WHEN a.name = 'lim' OR a.name = 'p_limit' THEN '100'
        WHEN a.name = 'p_seen' THEN '-1'
        WHEN a.name = 'p_version' THEN '1'
        WHEN t.typname = 'bool' THEN 'true'
        WHEN t.typname IN ('int8', 'int4') THEN p_base::text
        WHEN t.typname = 'timestamptz' THEN '''2031-01-01T00:00:00Z'''
        WHEN t.typname = '_text' AND a.name = 'p_language' THEN '''{en}'''
        WHEN t.typname = '_text' THEN format('ARRAY[%L]', lower(p_word))
        WHEN t.typname = 'jsonb' AND a.name IN ('p_scope') THEN format('{"brand": [%s]}', to_jsonb(lower(p_word)))::jsonb::text
        WHEN t.typname = 'jsonb' AND a.name = 'p_items' THEN quote_literal(format('[{"exception": %s, "channel": "email", "subject": "s", "body": "b"}]', p_base))
        WHEN t.typname = 'jsonb' AND a.name = 'p_set' THEN quote_literal('{"state": "pending"}')
        WHEN t.typname = 'jsonb' AND a.name = 'p_settings' THEN quote_literal('{"cap": 3}')
        WHEN t.typname = 'jsonb' THEN quote_literal(format('{"name": %s, "title": "T", "channel": "sms", "language": "en", "body": "b", "brand": %s, "tag": "x"}',
                                                           to_jsonb(lower(p_word)), to_jsonb(lower(p_word))))
        WHEN t.typname IN ('text', 'name') THEN CASE
             WHEN a.name IN ('p_channel') THEN '''email''' WHEN a.name = 'p_language' THEN '''en'''
             WHEN a.name = 'p_type' THEN '''customer''' WHEN a.name = 'p_status' THEN '''lost'''
             WHEN a.name = 'p_reason' THEN '''carrier_confirmed''' WHEN a.name = 'p_severity' THEN '''low'''
             WHEN a.name = 'p_code' AND p.proname = 'resolve' THEN '''no_action''' WHEN a.name IN ('p_priority') THEN 'NULL'
             WHEN a.name IN ('p_list') THEN '''all''' WHEN a.name = 'p_op' THEN '''approve''' WHEN a.name = 'p_outcome' THEN '''sent'''
             WHEN a.name = 'p_role' OR a.name = 'p_to' THEN '''t_bob'''
             WHEN a.name = 'p_pattern' THEN quote_literal('%' || lower(p_word) || '%')
             WHEN a.name = 'p_carrier' THEN '''t-ups''' ELSE quote_literal(lower(p_word)) END
        WHEN t.typtype = 'e' THEN quote_literal((SELECT e.enumlabel FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder LIMIT 1))
        ELSE 'NULL' END || '::' || a.type, ', ' ORDER BY a.i), ''))
      FROM pg_proc p
      LEFT JOIN LATERAL (SELECT i, format_type(u.type, NULL) AS type, u.type AS oid, p.proargnames[i] AS name
                           FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY u(type, i)) a ON true
      LEFT JOIN pg_type t ON t.oid = a.oid
     WHERE p.oid = p_oid GROUP BY p.proname, p.oid
$$;
-- Without what differs from call to call by nature: the clock, and numbers where something was written.
CREATE FUNCTION pg_temp.plain(p text, p_writes boolean) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN p_writes THEN regexp_replace(x, '\d+', '9', 'g') ELSE x END
      FROM regexp_replace(p, '\d{4}-\d\d-\d\d[T ][0-9:.]+(Z|\+00(:00)?)?|\d+ (s|min|h) ago|just now', 'then', 'g') x
$$;

-- ---------------------------------------------------------------- before

CREATE TEMP TABLE calls AS
    SELECT name, writes, pg_temp.call_of(oid, 900001, 't-acme') AS at_a, pg_temp.call_of(oid, 7700001, 'ZZB') AS at_b, pg_temp.call_of(oid, 6600001, 'ZZC') AS at_none
      FROM callable;
SELECT count(*) AS noted FROM note(pg_temp.key(90), '{900001}', 'of A') \gset
CREATE TEMP TABLE before AS
    SELECT a.role, 'table ' || r.name AS what, pg_temp.said(a.role, format('SELECT string_agg(to_jsonb(x)::text, '' '' ORDER BY to_jsonb(x)::text) FROM %s x', pg_temp.part(r.name))) AS said
      FROM of_a a CROSS JOIN readable r
    UNION ALL
    SELECT a.role, c.at_a, pg_temp.plain(pg_temp.said(a.role, c.at_a), c.writes) FROM of_a a CROSS JOIN calls c;

-- ---------------------------------------------------------------- brand B

DO $$
DECLARE
    s text;
BEGIN
    FOR s IN SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'doorstep'::regnamespace AND c.relkind = 'S' LOOP
        EXECUTE format('ALTER SEQUENCE %s RESTART 7700001', s);
    END LOOP;
END
$$;
INSERT INTO brand (id, code, name, support, from_name, from_email) VALUES (7700001, 'zzb', 'ZZB', 'ZZB help', 'ZZB', 'hi@zzb.example');
CREATE ROLE zzb_lead LOGIN IN ROLE doorstep_lead;
INSERT INTO agent (role, display_name) VALUES ('zzb_lead', 'ZZB Lead');
INSERT INTO agent_scope VALUES ('zzb_lead', 7700001);
INSERT INTO customer (id, brand_id, external_id, name, email, phone, consent) OVERRIDING SYSTEM VALUE
    VALUES (7700001, 7700001, 'zzb-1', 'ZZB Person', 'zzb@zzb.example', '+15125550177', '{"email": true, "sms": true}');
INSERT INTO orders (id, brand_id, order_number, customer_id, placed_at, currency, total) OVERRIDING SYSTEM VALUE
    VALUES (7700001, 7700001, 'ZZB-1', 7700001, now(), 'USD', 10);
INSERT INTO order_line (order_id, line, sku, title, quantity) VALUES (7700001, 1, 'ZZB', 'ZZB lamp', 1);
INSERT INTO shipment (id, brand_id, carrier_id, tracking_number, order_id) OVERRIDING SYSTEM VALUE
    SELECT 7700000 + n, 7700001, 9001, 'ZZB' || n, CASE n WHEN 1 THEN 7700001 END FROM generate_series(1, 4) n;
INSERT INTO scan_event (shipment_id, occurred_at, dedupe, brand_id, status, kind, is_exception, provider, code, label, message)
    VALUES (7700001, now() - interval '1 hour', gen_random_uuid(), 7700001, 'in_transit', 'held', true, 't-ups', 'ZZBX', 'ZZB', 'ZZB');
INSERT INTO exception (id, kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number, order_id, order_number,
                       customer_id, customer_name, region, tier, service, calendar_id, opened_at, first_response_due_at, resolve_due_at, search, reason, tags, marks)
    OVERRIDING SYSTEM VALUE
    SELECT s.id, 'held', 'high', 'carrier', 7700001, 'zzb', s.id, 9001, 't-ups', 'T UPS', s.tracking_number, 7700001, 'ZZB-1', 7700001, 'ZZB Person', 'ZZBland', 'zzbgold',
           'ZZB Air', (SELECT id FROM calendar WHERE name = 't-always'), now() - interval '1 day', now(), now() + interval '1 hour', 'zzb', 'ZZB', '{zzb}', 256
      FROM shipment s WHERE s.brand_id = 7700001;
INSERT INTO sla_policy (brand_id, first_response_minutes, resolution_minutes, calendar_id) SELECT 7700001, 77, 777, id FROM calendar WHERE name = 't-always';
INSERT INTO unmapped_code (provider, code, detail, sample, sample_tracking) VALUES ('t-ups', 'ZZB', '', 'ZZB', 'ZZB1');
INSERT INTO contact (brand_id, exception_id, channel, from_address, at, text, provider, provider_id) VALUES (7700001, 7700001, 'sms', '+15125550177', now(), 'ZZB', 'zzb', '7');
INSERT INTO template (name, channel, language, brand_id) VALUES ('zzb', 'email', 'en', 7700001);
INSERT INTO template_version (template_id, version, title, subject, body, author, state) SELECT id, 1, 'ZZB', 'ZZB', 'ZZB', 'zzb_lead', 'approved' FROM template WHERE name = 'zzb';
INSERT INTO lane (brand_id, carrier_id, service, region) VALUES (7700001, 9001, 'ZZB Air', 'ZZBland') ON CONFLICT DO NOTHING;
INSERT INTO lane_hour (lane_id, hour, opened, scans) SELECT l.id, date_trunc('hour', now()) - interval '1 hour', 41, 41 FROM lane l WHERE l.brand_id = 7700001 LIMIT 1;
INSERT INTO outage_suggestion (scope, scope_text, why, kind, brand_id) VALUES ('{"brand": ["zzb"]}', 'brand:zzb', 'ZZB 41 new', 'rate', 7700001);
SET SESSION AUTHORIZATION zzb_lead;
CREATE FUNCTION pg_temp.must(p text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    EXECUTE 'SELECT count(*) FROM (' || p || ') x WHERE ok' INTO n;
    RETURN CASE WHEN n = 0 THEN 'nothing done: ' || p END;
EXCEPTION WHEN others THEN
    RETURN sqlerrm || ': ' || p;
END
$$;
CREATE TEMP TABLE undone AS SELECT pg_temp.must(c) AS call FROM unnest(ARRAY[
    $$ SELECT * FROM doorstep.note(gen_random_uuid(), '{7700001,7700002}', 'ZZB note') $$,
    $$ SELECT * FROM doorstep.hold_set(gen_random_uuid(), 'zzb', NULL, 'ZZBfar', NULL, 'ZZB snow') $$,
    $$ SELECT * FROM doorstep.policy_set(gen_random_uuid(), 'zzb', NULL, 'sms', '{"cap": 7}') $$,
    $$ SELECT * FROM doorstep.view_save(gen_random_uuid(), 'ZZB view', 'brand:zzb') $$,
    $$ SELECT * FROM doorstep.macro_save(gen_random_uuid(), '{"name": "zzb", "title": "ZZB", "tag": "zzb"}') $$,
    $$ SELECT * FROM doorstep.case_open(gen_random_uuid(), '{7700001}', 'customer', 'high', 'ZZB case', '{zzb}', 'ZZB case note') $$,
    $$ SELECT * FROM doorstep.case_open(gen_random_uuid(), '{7700002}', 'internal', 'high', 'ZZB other', '{zzb}', 'ZZB case note') $$,
    $$ SELECT * FROM doorstep.outreach_send(gen_random_uuid(), '[{"exception": 7700003, "channel": "email", "subject": "ZZB", "body": "ZZB words"}]', -1, NULL, 'ZZB says so') $$,
    $$ SELECT * FROM doorstep.override_apply(gen_random_uuid(), '{7700004}', 'lost', 'carrier_confirmed', 'ZZB note', now() + interval '2 days', NULL, 'brand:zzb') $$,
    $$ SELECT * FROM doorstep.outage_declare(gen_random_uuid(), '{"brand": ["zzb"], "carrier": ["t-ups"]}', 'ZZB is out', true, false, NULL, NULL, NULL) $$
]) c;
SELECT count(*) AS drafted FROM (SELECT draft_save(7700001, 'email', NULL, NULL, 'ZZB', 'ZZB')) x \gset
SELECT count(*) AS typed FROM (SELECT typed_save('note', 7700001, 'ZZB half a note')) x \gset
SELECT count(*) AS looked FROM (SELECT viewing(7700001)) x \gset
RESET SESSION AUTHORIZATION;
SELECT is_empty('SELECT call FROM undone WHERE call IS NOT NULL', 'B is at work');

-- what has a policy has something of B to hide (those left out hold nothing of a brand, or what tables here hold of B is made by a worker)
CREATE TEMP TABLE held AS SELECT r.name, (xpath('/row/c/text()', query_to_xml(format(
        $$ SELECT count(*) AS c FROM doorstep.%I x WHERE to_jsonb(x)::text ~ 'ZZB|zzb|77000\d\d' $$, r.name), false, true, '')))[1]::text::int AS n
      FROM readable r;
SELECT set_has($$ SELECT name FROM held WHERE n > 0 $$, $$ SELECT unnest(ARRAY['action_log', 'activity', 'agent', 'agent_scope', 'brand', 'case_link', 'case_note',
    'consent_change', 'contact', 'contact_policy', 'control_log', 'customer', 'draft', 'exception', 'filter_word', 'lane', 'lane_hour', 'macro', 'message_hold', 'order_line', 'orders',
    'outage', 'outage_suggestion', 'outreach', 'override_batch', 'saved_view', 'scan_event', 'shipment', 'sla_policy', 'status_override', 'support_case', 'template',
    'template_version', 'typed', 'unmapped_code']) $$, 'and in every table');

-- ---------------------------------------------------------------- after

SELECT is_empty($$ SELECT a.role, r.name, said FROM of_a a CROSS JOIN readable r CROSS JOIN LATERAL
                    pg_temp.said(a.role, format('SELECT string_agg(to_jsonb(x)::text, '' '') FROM %s x WHERE to_jsonb(x)::text ~* ''ZZB|77000\d\d''', pg_temp.part(r.name))) said
                    WHERE said <> 'nothing' AND said NOT LIKE '42501 %' $$, 'no table shows them anything of B');
SELECT is_empty($$ SELECT b.role, b.what, b.said, now_said.said FROM before b CROSS JOIN LATERAL (SELECT pg_temp.said(b.role,
                    format('SELECT string_agg(to_jsonb(x)::text, '' '' ORDER BY to_jsonb(x)::text) FROM %s x', pg_temp.part(substr(b.what, 7)))) AS said) now_said
                    WHERE b.what LIKE 'table %' AND b.said <> now_said.said $$, 'each has the rows it had');
SELECT is_empty($$ SELECT b.role, b.what, b.said, pg_temp.plain(now_said.said, c.writes) FROM before b JOIN calls c ON b.what = c.at_a
                    CROSS JOIN LATERAL (SELECT pg_temp.said(b.role, b.what) AS said) now_said
                    WHERE b.said <> pg_temp.plain(now_said.said, c.writes) $$, 'every function answers about A what it answered before: counters, search, words, people');
SELECT is_empty($$ SELECT a.role, c.name, x.at_b, x.at_none FROM of_a a CROSS JOIN calls c
                    CROSS JOIN LATERAL (SELECT pg_temp.plain(pg_temp.said(a.role, c.at_b), c.writes) AS at_b,
                                               replace(replace(pg_temp.plain(pg_temp.said(a.role, c.at_none), c.writes), '66000', '77000'), 'zzc', 'zzb') AS at_none) x
                    WHERE x.at_b <> x.at_none AND c.name <> 'norm_code' $$, 'and about B what it answers about nothing');
SELECT is_empty($$ SELECT a.role, c.name, said FROM of_a a CROSS JOIN calls c CROSS JOIN LATERAL pg_temp.said(a.role, c.at_a) said
                    WHERE said ~* 'ZZB|77000\d\d' AND NOT c.writes $$, 'and names nothing of B');
SELECT is_empty($$ SELECT a.role FROM of_a a WHERE pg_temp.said(a.role, 'SELECT string_agg(message, '' '') FROM doorstep.health()') ~ '[1-9]\d* (message|thing|override|webhook|batch)' $$,
                'doctor counts nothing of B for them');
-- a brand of B's is written by nobody of A
SELECT is_empty($$ SELECT a.role, c.name, said FROM of_a a CROSS JOIN calls c CROSS JOIN LATERAL pg_temp.said(a.role, c.at_b) said
                    WHERE c.writes AND said ~ '"ok": true' AND c.name NOT IN ('view_save', 'macro_save', 'template_import', 'label_language') $$, 'none of them changes anything of B');
-- statistics are PostgreSQL's to show: of columns, none under a policy
SELECT is_empty($$ SELECT a.role FROM of_a a WHERE pg_temp.said(a.role, 'SELECT count(*) FROM pg_stats WHERE schemaname = ''doorstep'' AND tablename IN (''exception'', ''shipment'', ''customer'', ''brand'')') <> '0' $$,
                'statistics of columns are hidden with the rows');
SELECT is_empty($$ SELECT a.role FROM of_a a WHERE pg_temp.said(a.role, 'SELECT count(*) FROM doorstep.hint_channel') NOT LIKE '42501%'
                     OR pg_temp.said(a.role, 'SELECT count(*) FROM pg_stat_activity WHERE query LIKE ''%doorstep_%'' AND usename <> session_user') <> '0' $$,
                'names of channels are in no table and no statistics they read');

-- ---------------------------------------------------------------- put out

UPDATE agent SET active = false WHERE role IN (SELECT role FROM of_a);
SELECT is_empty($$ SELECT a.role, c.name, said FROM of_a a CROSS JOIN calls c CROSS JOIN LATERAL pg_temp.said(a.role, c.at_a) said
                    WHERE c.writes AND said LIKE '%"ok": true%' OR c.name ~ '^(header_counts|counts_by|search_ids|filter_words|show_json|case_list|context_|compose|messages|board)' AND said ~ '90000\d|t-acme|T-ORDER|[1-9]' AND said NOT LIKE '42501 %' $$,
                'who was put out does and sees nothing, whatever groups the role is in');
SELECT is_empty($$ SELECT a.role, r.name FROM of_a a CROSS JOIN (VALUES ('exception'), ('shipment'), ('customer'), ('orders'), ('activity'), ('support_case'), ('outreach')) r(name)
                    WHERE pg_temp.said(a.role, format('SELECT count(*) FROM doorstep.%I', r.name)) <> '0' $$, 'nor reads a row');

SELECT finish();
ROLLBACK;
