-- What a message was let go by is kept with it: the guardrails are asked again when any of it has changed, and only then.
BEGIN;
\ir fixture.psql
SELECT plan(13);

UPDATE customer SET phone = '+15125550188', consent = '{"email": true, "sms": true}', time_zone = 'UTC' WHERE external_id = 't-1';
INSERT INTO customer (brand_id, external_id, name, email, phone, consent, time_zone)   -- another, who is the same to look at
SELECT brand_id, 't-9', name, email, phone, consent, time_zone FROM customer WHERE external_id = 't-1';
UPDATE exception SET customer_id = (SELECT id FROM customer WHERE external_id = 't-1') WHERE id <= 900004;
UPDATE shipment SET effective_status = 'in_transit', last_scan_at = now() WHERE id BETWEEN 900001 AND 900008;
UPDATE contact_policy SET quiet_from = NULL, quiet_to = NULL, cap = 50;
INSERT INTO template (id, name, channel, language) OVERRIDING SYSTEM VALUE VALUES (9001, 't_where', 'email', 'en');
INSERT INTO template_version (template_id, version, state, title, subject, body, author) VALUES (9001, 1, 'approved', 'Where to', 's', 'b', 't');

-- Sends e-mail n about an exception, as agents do; then it is due.
CREATE FUNCTION pg_temp.send(p_exception bigint, p_body text, p_more jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT code FROM doorstep.outreach_send(gen_random_uuid(), jsonb_build_array(jsonb_build_object('exception', p_exception, 'template', 9001, 'version', 1,
        'channel', 'email', 'language', 'en', 'subject', 'Where to?', 'body', p_body) || p_more)) $$;
CREATE FUNCTION pg_temp.due() RETURNS void LANGUAGE sql AS $$
    UPDATE doorstep.outreach SET send_after = send_after - interval '1 minute', judged_for = tstzrange(lower(judged_for) - interval '1 minute', upper(judged_for))
     WHERE state = 'queued' AND send_after > now() $$;

SET SESSION AUTHORIZATION t_maria;
SELECT is(pg_temp.send(900001, 'first'), 'ok', 'one is queued');
RESET SESSION AUTHORIZATION;
UPDATE outreach SET state = 'failed' WHERE body = 'first';
UPDATE contact_policy SET repeat_hours = 0;
SET SESSION AUTHORIZATION t_maria;
SELECT is(pg_temp.send(900001, 'second'), 'ok', 'another, when the first has failed');
RESET SESSION AUTHORIZATION;
SELECT pg_temp.due() \g /dev/null
SELECT is((SELECT lower(judged_for) = send_after AND upper(judged_for) = 'infinity' FROM outreach WHERE body = 'second'), true, 'by e-mail it is never quiet');

-- From here on the guardrails say when they are asked.
CREATE OR REPLACE FUNCTION guardrails(p_items guard_item[], p_at timestamptz, p_pass boolean DEFAULT false)
    RETURNS TABLE (ord int, guardrail text, effect verdict_effect, until timestamptz, message text, hold_id int) LANGUAGE plpgsql AS $$
BEGIN
    RAISE 'asked';
END
$$;
-- What a claim does after a change, which is taken back.
CREATE FUNCTION pg_temp.after(p_change text) RETURNS text LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    EXECUTE p_change;
    RAISE '%', (SELECT count(*) FROM outbox_claim('w', 'email', 'smtp', false, 100, 60));
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END
$$;

SELECT is(pg_temp.after('SELECT'), '1', 'where nothing has changed it goes unasked');
SELECT results_eq($$ SELECT x, pg_temp.after(x) FROM unnest(ARRAY[
        'UPDATE exception SET rev = rev + 1, marks = 1, search = ''x'' WHERE id = 900001',
        'UPDATE customer SET updated_at = now(), tier = ''gold'' WHERE external_id = ''t-1''',
        'UPDATE outreach SET state = ''cancelled'' WHERE body = ''first''',
        'UPDATE outreach SET tries = 1, deferred = ''x'' WHERE body = ''second''']) x $$,
    $$ VALUES ('UPDATE exception SET rev = rev + 1, marks = 1, search = ''x'' WHERE id = 900001', '1'),
              ('UPDATE customer SET updated_at = now(), tier = ''gold'' WHERE external_id = ''t-1''', '1'),
              ('UPDATE outreach SET state = ''cancelled'' WHERE body = ''first''', '1'),
              ('UPDATE outreach SET tries = 1, deferred = ''x'' WHERE body = ''second''', '1') $$, 'nor after what no verdict rests on');
SELECT is_empty($$ SELECT x, pg_temp.after(x) FROM unnest(ARRAY[
        'UPDATE exception SET brand_id = 9002 WHERE id = 900001',
        'UPDATE exception SET carrier_id = carrier_id + 1 WHERE id = 900001',
        'UPDATE exception SET kind = ''damaged'' WHERE id = 900001',
        'UPDATE exception SET state = ''resolved'', resolved_at = now(), resolution = ''no_action'' WHERE id = 900001',
        'UPDATE exception SET region = ''r'' WHERE id = 900001',
        'UPDATE exception SET country = ''FR'' WHERE id = 900001',
        'UPDATE exception SET customer_id = (SELECT id FROM customer WHERE external_id = ''t-9'') WHERE id = 900001',
        'UPDATE shipment SET effective_status = ''delivered'' WHERE id = 900001',
        'UPDATE shipment SET last_scan_at = last_scan_at - interval ''1 s'' WHERE id = 900001',
        'INSERT INTO exception_hold VALUES (900001, now() + interval ''1 hour'', ''rule x'', now())',
        'UPDATE brand SET time_zone = ''Asia/Tokyo'' WHERE id = 9001']) x WHERE pg_temp.after(x) <> 'asked' $$, 'what is known of the parcel');
INSERT INTO support_case (brand_id, shipment_id, exception_id, type, subject, by) SELECT 9001, 900001, 900001, t, 's', 't' FROM unnest('{claim,internal}'::case_type[]) t;
INSERT INTO case_note (case_id, by, text) SELECT id, 't', 'x' FROM support_case;
SELECT is_empty($$ SELECT x, pg_temp.after(x) FROM unnest(ARRAY[
        'SELECT note(gen_random_uuid(), ''{900001}'', ''x'')',
        'INSERT INTO case_link (case_id, exception_id, by) SELECT id, 900001, ''t'' FROM support_case WHERE type = ''claim''',
        'INSERT INTO case_link (case_id, exception_id, by) SELECT id, 900001, ''t'' FROM support_case WHERE type = ''claim''; INSERT INTO case_note (case_id, by, text) SELECT id, ''t'', ''x'' FROM support_case',
        'INSERT INTO case_link (case_id, exception_id, by) SELECT id, 900001, ''t'' FROM support_case WHERE type = ''claim'';
         UPDATE support_case SET merged_into = (SELECT id FROM support_case WHERE type = ''claim''), state = ''closed'' WHERE type = ''internal''']) x WHERE pg_temp.after(x) <> 'asked' $$,
    'its internal notes, and those of its cases');
SELECT is_empty($$ SELECT x, pg_temp.after(x) FROM unnest(ARRAY[
        'email = ''r@example.org''', 'email_bad = ''550''', 'phone = ''+15125550199''', 'phone_bad = ''21211''', 'consent = ''{"email": false}''',
        'do_not_contact = true', 'time_zone = ''Asia/Tokyo''']) c, format('UPDATE customer SET %s WHERE external_id = ''t-1''', c) x
        WHERE pg_temp.after(x) <> 'asked' $$, 'what is known of the customer');
SELECT is_empty($$ SELECT x, pg_temp.after(x) FROM unnest(ARRAY[
        'template SET name = ''t_other'' WHERE id = 9001', 'template SET channel = ''sms'' WHERE id = 9001', 'template SET brand_id = 9002 WHERE id = 9001',
        'template_version SET state = ''retired'' WHERE template_id = 9001', 'template_version SET kinds = ''{lost}'' WHERE template_id = 9001',
        'template_version SET statuses = ''{delivered}'' WHERE template_id = 9001', 'template_version SET fresh_hours = 1 WHERE template_id = 9001',
        'template_version SET required = ''{order.number}'' WHERE template_id = 9001', 'template_version SET provider_template = ''HX1'' WHERE template_id = 9001']) c,
        concat('UPDATE ', c) x WHERE pg_temp.after(x) <> 'asked' $$, 'its template');
SELECT is_empty($$ SELECT x, pg_temp.after(x) FROM unnest(ARRAY[
        'UPDATE contact_policy SET cap = cap - 1', 'DELETE FROM contact_policy WHERE channel = ''sms''',
        'INSERT INTO message_hold (reason, by) VALUES (''outage'', ''t'')',
        'UPDATE outreach SET judged = NULL WHERE body = ''second''', 'UPDATE outreach SET judged_for = NULL WHERE body = ''second''',
        'UPDATE outreach SET judged_for = tstzrange(NULL, clock_timestamp()) WHERE body = ''second''',
        'UPDATE outreach SET judged_for = tstzrange(clock_timestamp() + interval ''1 s'', NULL) WHERE body = ''second''']) x WHERE pg_temp.after(x) <> 'asked' $$,
    'the rules, and the time for which it was let go');
SELECT is_empty($$ SELECT x, pg_temp.after(x) FROM unnest(ARRAY[
        'UPDATE outreach SET state = ''delivered'' WHERE body = ''first''',          -- the first one arrived after all
        'UPDATE outreach SET state = ''sent'', exception_id = 900002 WHERE body = ''first''']) x WHERE pg_temp.after(x) <> 'asked' $$,
    'and the customer''s other messages');

-- For how long: quiet from 21:00, on Sundays, a scan that grows old; two hours early.
CREATE FUNCTION pg_temp.lasts(p_channel text, p_quiet time, p_days int[], p_fresh int, p_from timestamptz, p_zone text DEFAULT 'UTC', p_passed text[] DEFAULT '{}', p_edited boolean DEFAULT false) RETURNS text
    LANGUAGE sql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
    SELECT to_char(lower(r), 'DD HH24:MI') || '-' || CASE upper(r) WHEN 'infinity' THEN '' ELSE to_char(upper(r), 'DD HH24:MI') END
      FROM guard_lasts(ROW (1, 1, 1, 1, p_channel, 'en', '', NULL, '', NULL, p_edited, NULL, '{}')::guard_item, p_zone,
                       (SELECT jsonb_populate_record(p, jsonb_build_object('quiet_from', p_quiet, 'quiet_to', '08:00', 'quiet_days', p_days, 'stale_hours', 48)) FROM contact_policy p LIMIT 1),
                       (SELECT jsonb_populate_record(v, jsonb_build_object('fresh_hours', p_fresh, 'provider_template', CASE WHEN p_channel = 'whatsapp' THEN 'HX' END)) FROM template_version v WHERE v.template_id = 9001),
                       '2026-11-20 06:00Z', p_passed, p_from) r $$;
SELECT results_eq($$ SELECT pg_temp.lasts('sms', NULL, '{}', NULL, '2026-11-20 12:00Z')
          UNION ALL SELECT pg_temp.lasts('sms', '21:00', '{}', NULL, '2026-11-20 12:00Z')
          UNION ALL SELECT pg_temp.lasts('sms', '21:00', '{}', NULL, '2026-11-20 12:00Z', 'America/New_York')
          UNION ALL SELECT pg_temp.lasts('sms', '02:00', '{}', NULL, '2026-11-20 12:00Z')
          UNION ALL SELECT pg_temp.lasts('sms', '21:00', '{7}', NULL, '2026-11-20 21:30Z', 'Asia/Tokyo')
          UNION ALL SELECT pg_temp.lasts('sms', NULL, '{7}', NULL, '2026-11-20 12:00Z')
          UNION ALL SELECT pg_temp.lasts('sms', '21:00', '{}', 12, '2026-11-20 12:00Z')
          UNION ALL SELECT pg_temp.lasts('sms', NULL, '{}', 500, '2026-11-20 12:00Z')
          UNION ALL SELECT pg_temp.lasts('sms', NULL, '{}', 12, '2026-11-20 12:00Z', 'UTC', '{stale}')
          UNION ALL SELECT pg_temp.lasts('whatsapp', NULL, '{}', NULL, '2026-11-20 12:00Z') $$,
    $$ VALUES ('20 12:00-'), ('20 12:00-20 19:00'), ('20 12:00-21 00:00'), ('20 12:00-21 00:00'), ('20 21:30-21 10:00'), ('20 12:00-20 22:00'), ('20 12:00-20 18:00'),
              ('20 12:00-22 06:00'), ('20 12:00-'), ('20 12:00-') $$, 'until it is quiet there, or the scan is old');
SELECT is(concat(pg_temp.lasts('sms', '21:00', '{}', NULL, '2026-11-20 19:30Z'), pg_temp.lasts('sms', NULL, '{}', 6, '2026-11-20 12:00Z'),
                 pg_temp.lasts('whatsapp', NULL, '{}', NULL, '2026-11-20 12:00Z', 'UTC', '{}', true)), '', 'or not at all');

SELECT * FROM finish();
ROLLBACK;
