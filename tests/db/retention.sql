-- Every table is kept as long as somebody decided; what is past that goes in batches, a month of history as one, and the audit knows.
BEGIN;
\ir fixture.psql
SELECT plan(37);

SELECT set_eq($$ SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'doorstep'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition $$,
              $$ SELECT table_name FROM retention_policy $$, 'for each table it is decided how long it is kept: 052 and the files after it');
SELECT is_empty($$ SELECT table_name FROM retention_policy WHERE keep_days < minimum $$, 'nothing is shipped below its minimum');
-- the conditions are SQL that runs
SELECT lives_ok(format('SELECT retention_rows(r, ''2000-01-01'', 0), retention_rows(r, ''2000-01-01'', 5) FROM retention_policy r WHERE r.table_name = %L', table_name), 'the rule of ' || table_name || ' runs')
  FROM retention_policy WHERE act IN ('remove', 'blank') AND table_name IN ('outreach', 'contact', 'action_log', 'consent_change', 'case_note', 'inbox');
SELECT is_empty($$ SELECT table_name FROM retention_policy r WHERE act IN ('remove', 'blank') AND retention_rows(r, '2000-01-01', 5) <> 0 $$, 'and so do all of them');

CREATE FUNCTION pg_temp.as(p_role text, p text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    EXECUTE format('SET SESSION AUTHORIZATION %I', p_role);
    EXECUTE p INTO said;
    RESET SESSION AUTHORIZATION;
    RETURN said;
EXCEPTION WHEN others THEN
    RESET SESSION AUTHORIZATION;
    RETURN sqlstate || ' ' || sqlerrm;
END
$$;
-- ---------------------------------------------------------------- who decides
SELECT is(pg_temp.as('t_adam', $$ SELECT code FROM retention_set(pg_temp.key(1), 'outreach', 365) $$), 'ok', 'admins decide');
SELECT is(pg_temp.as('t_adam', $$ SELECT code FROM retention_set(pg_temp.key(1), 'outreach', 365) $$), 'ok', 'the same key gets the same answer');
SELECT is(pg_temp.as('t_adam', $$ SELECT code FROM retention_set(pg_temp.key(2), 'outreach', 20) $$), 'warned', 'a short time needs to be meant');
SELECT is(pg_temp.as('t_adam', $$ SELECT code FROM retention_set(pg_temp.key(3), 'outreach', 20, true) $$), 'ok', 'and can be');
SELECT is(pg_temp.as('t_adam', $$ SELECT code FROM retention_set(pg_temp.key(4), 'exception', 400) $$), 'invalid', 'what is kept is kept');
SELECT is(pg_temp.as('t_adam', $$ SELECT code FROM retention_set(pg_temp.key(5), 'no_such', 400) $$), 'invalid', 'what is not there cannot be');
SELECT matches(pg_temp.as('t_lea', $$ SELECT code FROM retention_set(pg_temp.key(6), 'outreach', 400) $$), '^42501', 'leads do not');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is((SELECT string_agg(concat_ws(' ', verb, before ->> 'keep_days', after ->> 'keep_days'), ',' ORDER BY seq) FROM control_log WHERE subject = 'retention outreach'),
          'set 400 365,set 365 20', 'the log of control has it');

-- ---------------------------------------------------------------- what goes
INSERT INTO outreach (key, exception_id, shipment_id, customer_id, brand_id, channel, to_address, language, subject, body, text_hash, by, created_at, undo_until, send_after, message_id, state)
SELECT gen_random_uuid(), 900001, 900001, (SELECT min(id) FROM customer), 9001, 'email', 'a@b.example', 'en', 's', 'b', gen_random_uuid(), 't', now() - make_interval(days => d), now(), now(), 'm' || d, 'sent'
  FROM unnest('{1,19,21,400}'::int[]) d;
INSERT INTO draft (role, exception_id, channel, body, updated_at) VALUES ('t_maria', 900001, 'sms', 'old', now() - interval '91 days'), ('t_maria', 900002, 'sms', 'new', now());
SELECT results_eq($$ SELECT pg_temp.as('t_adam', 'SELECT string_agg(table_name || '' '' || n, '','' ORDER BY table_name) FROM retention_run(true) WHERE table_name IN (''draft'', ''outreach'')') $$, $$ VALUES ('draft 1,outreach 2') $$, 'a dry run counts');
SELECT is((SELECT count(*)::int FROM outreach WHERE body = ''), 0, 'and changes nothing');
CREATE FUNCTION pg_temp.run(p_now timestamptz) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    r record;
    all_did jsonb := '{}';
BEGIN
    FOR i IN 1 .. 100 LOOP
        SELECT * INTO r FROM pass_retention(p_now);
        all_did := all_did || r.did;
        EXIT WHEN NOT r.again;
    END LOOP;
    RETURN all_did;
END
$$;
SELECT ok(pg_temp.run(now()) @> '{"expired_outreach": 2, "expired_draft": 1}', 'the pass does it');
SELECT is(pg_temp.run(now() + interval '1 hour'), '{}', 'once');
UPDATE retention_policy SET checked_at = NULL;
SELECT is(pg_temp.as('t_will', 'SELECT did::text FROM pass_retention(now() + interval ''20 years'')'), '{}', 'a worker that says it is much later removes nothing more');
SELECT results_eq('SELECT count(*)::int, (count(*) FILTER (WHERE body = '''' AND to_address = ''''))::int FROM outreach', 'VALUES (4, 2)', 'messages stay as numbers');
SELECT throws_like('DELETE FROM outreach', '%append-only%', 'nobody else removes them');

-- ---------------------------------------------------------------- a month
UPDATE retention_policy SET keep_days = NULL WHERE table_name NOT IN ('scan_event', 'activity');
UPDATE history_part SET from_id = 0, to_id = CASE part WHEN 'activity_p2' THEN NULL WHEN 'scan_event_p2' THEN NULL ELSE to_id END;
SELECT setval('exception_id_seq', 910000), setval('shipment_id_seq', 910000) \g /dev/null
SET SESSION AUTHORIZATION t_maria;
SELECT count(*) AS done FROM resolve(pg_temp.key(30), '{900001,900002,900003,900004,900005,900006,900007}', 'no_action', NULL) \gset
RESET SESSION AUTHORIZATION;
UPDATE history_part SET from_id = (SELECT to_id FROM history_part x WHERE x.table_name = history_part.table_name AND x.to_id IS NOT NULL) WHERE to_id IS NULL;
SELECT is((SELECT did::text FROM pass_partitions(now() + interval '2 months')), '{"partitions_cut": 2}', 'the month is over');
SELECT is(pg_temp.run(now() + interval '5 years') - 'expired_scan_event' - 'expired_activity', '{}', 'nothing else goes');
SELECT is((SELECT count(*)::int FROM activity), 7, 'while one exception is open the month stays');
SET SESSION AUTHORIZATION t_maria;
SELECT count(*) AS done FROM resolve(pg_temp.key(31), '{900008}', 'no_action', NULL) \gset
RESET SESSION AUTHORIZATION;
SELECT is(pg_temp.run(now() + interval '6 years') -> 'expired_activity', '8', 'then it goes as one');
SELECT is((SELECT count(*)::int FROM activity), 0, 'with all its rows');
SELECT is((SELECT count(*)::int FROM scan_event), 0, 'and the scans of its parcels');
SELECT is((SELECT count(*)::int FROM exception), 8, 'the exceptions stay');
SELECT is((SELECT after ->> 'rows' FROM control_log WHERE subject = 'history activity_p2' AND verb = 'expire'), '8', 'the log of control says what went');
SELECT is(pg_temp.as('t_lea', 'SELECT string_agg(x::text, E''\n'') FROM audit_verify() x'), NULL, 'the audit misses nothing');
SELECT matches(pg_temp.as('t_lea', 'SELECT string_agg(note, '','' ORDER BY note) FROM audit_notes()'), 'expired by policy on \d{4}-\d\d-\d\d: 8 rows of activity', 'but says that it expired');
SET SESSION AUTHORIZATION t_maria;
SELECT count(*) AS done FROM note(pg_temp.key(32), '{900001}', 'years later') \gset
RESET SESSION AUTHORIZATION;
SELECT is((SELECT tableoid::regclass::text FROM activity), 'activity_p2', 'what comes later has its place');
SELECT is(pg_temp.as('t_lea', 'SELECT string_agg(x::text, E''\n'') FROM audit_verify() x'), NULL, 'and is whole');
SET session_replication_role = replica;
DELETE FROM control_log WHERE subject = 'history activity_p2';
SET session_replication_role = origin;
SELECT isnt(pg_temp.as('t_lea', 'SELECT count(*) FROM audit_verify()'), '0', 'rows gone without the log of control having it are missing');

SELECT finish();
ROLLBACK;
