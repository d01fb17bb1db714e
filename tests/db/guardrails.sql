-- Every guardrail, met and not met; hours of quiet over the changes of the clock; the rules of contact.
BEGIN;
\ir fixture.psql
SELECT plan(20);

-- Rosa waits for 900001, 900002 and 900003; Omar for 900004; of 900005 nobody knows whose it is.
UPDATE brand SET time_zone = 'Europe/Madrid' WHERE id = 9001;
UPDATE customer SET phone = '(512) 555-0188', consent = '{"email": true, "sms": true, "whatsapp": true}', time_zone = 'America/Chicago', language = 'en' WHERE external_id = 't-1';
INSERT INTO customer (brand_id, external_id, name, email, phone, consent, time_zone) VALUES (9001, 't-2', 'Omar Said', 'omar@example.com', '+34600111222', '{"sms": true}', 'Nowhere/Land');
UPDATE exception SET customer_id = (SELECT id FROM customer WHERE external_id = CASE WHEN exception.id = 900004 THEN 't-2' ELSE 't-1' END),
       country = 'US', city = 'Austin', region = 'TX', kind = 'address_issue' WHERE id BETWEEN 900001 AND 900004;
UPDATE shipment SET effective_status = 'in_transit', last_scan_at = '2026-11-20T10:00Z' WHERE id BETWEEN 900001 AND 900008;
INSERT INTO template (id, name, channel, language, brand_id) OVERRIDING SYSTEM VALUE VALUES
    (9001, 't_where', 'email', 'en', NULL), (9002, 't_where', 'sms', 'en', NULL), (9003, 't_where', 'whatsapp', 'en', NULL), (9004, 't_theirs', 'email', 'en', 9002),
    (9005, 't_other', 'email', 'en', NULL);
INSERT INTO template_version (template_id, version, state, title, kinds, statuses, fresh_hours, subject, body, required, provider_template, author) VALUES
    (9001, 1, 'approved', 'Where', '{address_issue,lost}', '{}', NULL, 's', 'b', '{customer.first_name,order.number}', NULL, 't'),
    (9001, 2, 'draft', 'Where', '{}', '{}', NULL, 's', 'b', '{}', NULL, 't'),
    (9001, 3, 'retired', 'Where', '{}', '{}', NULL, 's', 'b', '{}', NULL, 't'),
    (9002, 1, 'approved', 'Where', '{}', '{}', NULL, NULL, 'b', '{}', NULL, 't'),
    (9003, 1, 'approved', 'Where', '{}', '{}', NULL, NULL, 'b', '{}', 'HX1', 't'),
    (9004, 1, 'approved', 'Theirs', '{}', '{}', NULL, 's', 'b', '{}', NULL, 't'),
    (9005, 1, 'approved', 'Other', '{}', '{in_transit,held}', 24, 's', 'b', '{}', NULL, 't');

-- The good message: an e-mail on 900001, at noon in Austin.
CREATE FUNCTION pg_temp.item(p jsonb DEFAULT '{}') RETURNS guard_item LANGUAGE sql AS $$
    SELECT jsonb_populate_record(NULL::guard_item, '{"ord": 1, "exception_id": 900001, "template_id": 9001, "version": 1, "channel": "email", "language": "en",
        "subject": "Where to?", "body": "Hello Rosa, where to?", "edited": false, "passed": []}'::jsonb || p)
$$;
CREATE FUNCTION pg_temp.verdicts(p_setup text, p_item jsonb, p_at timestamptz DEFAULT '2026-11-20T18:00Z') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    EXECUTE coalesce(p_setup, 'SELECT 1');
    SELECT string_agg(g.guardrail || ' ' || g.effect || coalesce(' ' || to_char(g.until AT TIME ZONE 'UTC', 'MM-DD HH24:MI'), ''), ', ' ORDER BY g.guardrail)
      INTO said FROM guardrails(ARRAY[pg_temp.item(p_item)], p_at) g;
    RAISE SQLSTATE 'ZZ001' USING MESSAGE = coalesce(said, 'nothing');
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN RETURN sqlerrm;
END
$$;
CREATE FUNCTION pg_temp.sentence(p_setup text, p_item jsonb, p_at timestamptz DEFAULT '2026-11-20T18:00Z') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    EXECUTE coalesce(p_setup, 'SELECT 1');
    SELECT g.message INTO said FROM guardrails(ARRAY[pg_temp.item(p_item)], p_at) g ORDER BY g.effect DESC, g.guardrail LIMIT 1;
    RAISE SQLSTATE 'ZZ001' USING MESSAGE = coalesce(said, 'nothing');
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN RETURN sqlerrm;
END
$$;
-- One sent before: an outreach row of 900001 with these columns.
CREATE FUNCTION pg_temp.sent(p jsonb DEFAULT '{}') RETURNS void LANGUAGE sql AS $$
    INSERT INTO outreach (key, exception_id, shipment_id, customer_id, brand_id, channel, to_address, language, template_id, version, subject, body, text_hash,
                          state, by, created_at, undo_until, send_after, message_id)
    SELECT gen_random_uuid(), (j ->> 'e')::bigint, 1, (SELECT customer_id FROM exception WHERE id = (j ->> 'e')::bigint), 9001, (j ->> 'channel')::channel, 'x', 'en',
           (j ->> 'template')::int, 1, j ->> 'subject', j ->> 'body', text_hash(j ->> 'subject', j ->> 'body'), (j ->> 'state')::outreach_state, 't_bob',
           (j ->> 'at')::timestamptz, (j ->> 'at')::timestamptz, (j ->> 'at')::timestamptz, gen_random_uuid()
      FROM (SELECT '{"e": 900001, "channel": "email", "template": null, "subject": "s", "body": "something", "state": "sent", "at": "2026-11-20T12:00Z"}'::jsonb || p AS j) x
$$;

CREATE TEMP TABLE cases (n serial, name text, setup text, item jsonb, at timestamptz DEFAULT '2026-11-20T18:00Z', wanted text);
INSERT INTO cases (name, setup, item, wanted) VALUES
    ('a good message', NULL, '{}', 'nothing'),
    ('hers as given', NULL, '{"to_address": "ROSA@example.com"}', 'nothing'),
    ('no order, no customer', NULL, '{"exception_id": 900005}', 'no_address block, unfilled block'),
    ('no e-mail', 'UPDATE customer SET email = NULL', '{}', 'no_address block'),
    ('a broken e-mail', 'UPDATE customer SET email = ''rosa@localhost''', '{}', 'no_address block'),
    ('a line break in it', E'UPDATE customer SET email = E''rosa@example.com\\nbcc@example.com''', '{}', 'no_address block'),
    ('a bad one', 'UPDATE customer SET email_bad = ''550 no such user''', '{}', 'no_address block'),
    ('another one by now', NULL, '{"to_address": "rosa@example.net"}', 'no_address block'),
    ('a number with letters', 'UPDATE customer SET phone = ''call me''', '{"channel": "sms", "template_id": 9002}', 'no_address block'),
    ('a number without its country', 'UPDATE exception SET country = NULL', '{"channel": "sms", "template_id": 9002}', 'no_address block'),
    ('a good number', NULL, '{"channel": "sms", "template_id": 9002}', 'nothing'),
    ('the phone is bad, the mail is not', 'UPDATE customer SET phone_bad = ''landline''', '{}', 'nothing'),
    ('consent withdrawn', 'UPDATE customer SET consent = ''{"email": false}''', '{}', 'no_consent block'),
    ('never asked, and need not be', 'UPDATE customer SET consent = ''{}''', '{}', 'nothing'),
    ('never asked, and must be', 'UPDATE customer SET consent = ''{}''', '{"channel": "sms", "template_id": 9002}', 'no_consent block'),
    ('consent that is no yes or no', 'UPDATE customer SET consent = ''{"sms": "yes"}''', '{"channel": "sms", "template_id": 9002}', 'no_consent block'),
    ('a policy that asks for it', 'UPDATE contact_policy SET consent_required = true; UPDATE customer SET consent = ''{}''', '{}', 'no_consent block'),
    ('do not contact', 'UPDATE customer SET do_not_contact = true', '{}', 'do_not_contact block'),
    ('two messages today', 'SELECT pg_temp.sent(), pg_temp.sent()', '{}', 'nothing'),
    ('three messages today', 'SELECT pg_temp.sent(), pg_temp.sent(''{"state": "queued"}''), pg_temp.sent(''{"state": "unknown", "e": 900002}'')', '{}', 'frequency_cap warn'),
    ('three, one by another channel', 'SELECT pg_temp.sent(), pg_temp.sent(), pg_temp.sent(''{"channel": "sms"}'')', '{}', 'nothing'),
    ('three, one that failed', 'SELECT pg_temp.sent(), pg_temp.sent(), pg_temp.sent(''{"state": "failed"}'')', '{}', 'nothing'),
    ('three, one of them cancelled', 'SELECT pg_temp.sent(), pg_temp.sent(), pg_temp.sent(''{"state": "cancelled"}'')', '{}', 'nothing'),
    ('three, one of them yesterday', 'SELECT pg_temp.sent(), pg_temp.sent(), pg_temp.sent(''{"at": "2026-11-19T17:00Z"}'')', '{}', 'nothing'),
    ('three, and a lead passed that', 'SELECT pg_temp.sent(), pg_temp.sent(), pg_temp.sent()', '{"passed": ["frequency_cap"]}', 'nothing'),
    ('the same words', 'SELECT pg_temp.sent(''{"subject": "Where to?", "body": "Hello Rosa, where to?"}'')', '{}', 'repeated block'),
    ('the same words, of another parcel', 'SELECT pg_temp.sent(''{"e": 900002, "subject": "Where to?", "body": "Hello Rosa, where to?"}'')', '{}', 'repeated block'),
    ('the same words, passed', 'SELECT pg_temp.sent(''{"subject": "Where to?", "body": "Hello Rosa, where to?"}'')', '{"passed": ["repeated"]}', 'repeated block'),
    ('the same words, to another', 'SELECT pg_temp.sent(''{"e": 900004, "subject": "Where to?", "body": "Hello Rosa, where to?"}'')', '{}', 'nothing'),
    ('the same words, that failed', 'SELECT pg_temp.sent(''{"state": "failed", "subject": "Where to?", "body": "Hello Rosa, where to?"}'')', '{}', 'nothing'),
    ('the same words, long ago', 'SELECT pg_temp.sent(''{"at": "2026-11-17T17:59Z", "subject": "Where to?", "body": "Hello Rosa, where to?"}'')', '{}', 'nothing'),
    ('another subject', 'SELECT pg_temp.sent(''{"subject": "Where?", "body": "Hello Rosa, where to?"}'')', '{}', 'nothing'),
    ('the same template', 'SELECT pg_temp.sent(''{"template": 9001}'')', '{}', 'repeated warn'),
    ('the same template, passed', 'SELECT pg_temp.sent(''{"template": 9001}'')', '{"passed": ["repeated"]}', 'nothing'),
    ('the same template, of another parcel', 'SELECT pg_temp.sent(''{"template": 9001, "e": 900002}'')', '{}', 'nothing'),
    ('resolved', 'UPDATE exception SET state = ''resolved'', resolved_at = now(), resolution = ''no_action''', '{}', 'contradicts block'),
    ('delivered', 'UPDATE shipment SET effective_status = ''delivered''', '{}', 'contradicts block'),
    ('delivered, which it is about', 'UPDATE shipment SET effective_status = ''delivered''; UPDATE template_version SET statuses = ''{delivered}''', '{}', 'nothing'),
    ('a dispute about a delivery, by hand', 'UPDATE shipment SET effective_status = ''delivered''; UPDATE exception SET kind = ''delivery_disputed''', '{"template_id": null, "version": null}', 'not_approved warn'),
    ('a status it names', NULL, '{"template_id": 9005}', 'nothing'),
    ('a status it does not name', 'UPDATE shipment SET effective_status = ''lost''', '{"template_id": 9005}', 'contradicts block'),
    ('a kind it does not speak of', 'UPDATE exception SET kind = ''damaged''', '{}', 'contradicts block'),
    ('a scan of 23 hours', 'UPDATE shipment SET last_scan_at = ''2026-11-19T19:00Z''', '{"template_id": 9005}', 'nothing'),
    ('a scan of 25 hours', 'UPDATE shipment SET last_scan_at = ''2026-11-19T17:00Z''', '{"template_id": 9005}', 'stale warn'),
    ('a scan of 25 hours, passed', 'UPDATE shipment SET last_scan_at = ''2026-11-19T17:00Z''', '{"template_id": 9005, "passed": ["stale"]}', 'nothing'),
    ('no scan', 'UPDATE shipment SET last_scan_at = NULL', '{"template_id": 9005}', 'stale warn'),
    ('no scan, and it does not matter', 'UPDATE shipment SET last_scan_at = NULL', '{}', 'nothing'),
    ('older than any claim', 'UPDATE shipment SET last_scan_at = ''2026-11-12T17:00Z''; UPDATE template_version SET fresh_hours = 400', '{"template_id": 9005}', 'stale warn'),
    ('a status in words rests on scans', 'UPDATE shipment SET last_scan_at = ''2026-11-12T17:00Z''; UPDATE template_version SET required = ''{shipment.status_text}''', '{}', 'stale warn'),
    ('a name that is not known', 'UPDATE exception SET order_number = NULL', '{}', 'unfilled block'),
    ('not known, but written by hand', 'UPDATE exception SET order_number = NULL', '{"edited": true}', 'nothing'),
    ('braces left', NULL, '{"body": "Hello {{customer.first_name}}"}', 'unfilled block'),
    ('braces left in HTML', NULL, '{"html": "<p>}}</p>"}', 'unfilled block'),
    ('no text', NULL, '{"body": " \n"}', 'unfilled block'),
    ('no subject', NULL, '{"subject": " "}', 'unfilled block'),
    ('an SMS has none', NULL, '{"channel": "sms", "template_id": 9002, "subject": null}', 'nothing'),
    ('a line break in the subject', NULL, '{"subject": "Hi\nBcc: x@example.com"}', 'unfilled block'),
    ('a carriage return in it', NULL, '{"subject": "Hi\rBcc: x@example.com"}', 'unfilled block'),
    ('a draft', NULL, '{"version": 2}', 'not_approved block'),
    ('a draft, passed', NULL, '{"version": 2, "passed": ["not_approved"]}', 'not_approved block'),
    ('out of use', NULL, '{"version": 3}', 'not_approved block'),
    ('no such version', NULL, '{"version": 4}', 'not_approved block'),
    ('of another channel', NULL, '{"template_id": 9002}', 'not_approved block'),
    ('of another brand', NULL, '{"template_id": 9004}', 'not_approved block'),
    ('by hand', NULL, '{"template_id": null, "version": null}', 'not_approved warn'),
    ('by hand, passed', NULL, '{"template_id": null, "version": null, "passed": ["not_approved"]}', 'nothing'),
    ('held for all', 'INSERT INTO message_hold (reason, by) VALUES (''storm'', ''t_lea'')', '{}', 'outage_hold warn'),
    ('held, passed', 'INSERT INTO message_hold (reason, by) VALUES (''storm'', ''t_lea'')', '{"passed": ["outage_hold"]}', 'nothing'),
    ('held just so', 'INSERT INTO message_hold (brand_id, carrier_id, region, kind, reason, by) VALUES (9001, 9001, ''TX'', ''address_issue'', ''storm'', ''t_lea'')', '{}', 'outage_hold warn'),
    ('held elsewhere', 'INSERT INTO message_hold (brand_id, region, kind, reason, by) VALUES (9002, NULL, NULL, ''s'', ''x''), (NULL, ''CA'', NULL, ''s'', ''x''), (NULL, NULL, ''lost'', ''s'', ''x'')', '{}', 'nothing'),
    ('held once', 'INSERT INTO message_hold (reason, by, ended_at) VALUES (''storm'', ''t_lea'', now())', '{}', 'nothing'),
    ('WhatsApp, a template approved there', NULL, '{"channel": "whatsapp", "template_id": 9003}', 'nothing'),
    ('WhatsApp, changed by hand', NULL, '{"channel": "whatsapp", "template_id": 9003, "edited": true}', 'whatsapp_window block'),
    ('WhatsApp, they wrote today', 'INSERT INTO contact (brand_id, customer_id, channel, from_address, at, text, provider, provider_id) SELECT 9001, id, ''whatsapp'', ''x'', ''2026-11-19T19:00Z'', ''hi'', ''t'', id FROM customer',
        '{"channel": "whatsapp", "template_id": 9003, "edited": true}', 'nothing'),
    ('WhatsApp, they wrote the day before', 'INSERT INTO contact (brand_id, customer_id, channel, from_address, at, text, provider, provider_id) SELECT 9001, id, ''whatsapp'', ''x'', ''2026-11-19T17:00Z'', ''hi'', ''t'', id FROM customer',
        '{"channel": "whatsapp", "template_id": 9003, "edited": true}', 'whatsapp_window block'),
    ('WhatsApp, they wrote an SMS', 'INSERT INTO contact (brand_id, customer_id, channel, from_address, at, text, provider, provider_id) SELECT 9001, id, ''sms'', ''x'', ''2026-11-20T17:00Z'', ''hi'', ''t'', id FROM customer',
        '{"channel": "whatsapp", "template_id": 9003, "edited": true}', 'whatsapp_window block'),
    ('a tracking error', 'UPDATE exception SET kind = ''tracking_error''', '{"template_id": 9005}', 'internal block'),
    ('the words of a note', 'INSERT INTO activity (exception_id, seq, brand_id, at, actor, verb, text, hash) VALUES (900001, 1, 9001, ''2026-11-20T10:51Z'', ''maria'', ''note'', ''HELLO Rosa,  where to?'', ''''); UPDATE exception SET marks = 4', '{}', 'internal_note block'),
    ('other words', 'INSERT INTO activity (exception_id, seq, brand_id, at, actor, verb, text, hash) VALUES (900001, 1, 9001, ''2026-11-20T10:51Z'', ''maria'', ''note'', ''where to'', ''''); UPDATE exception SET marks = 4', '{}', 'nothing');
INSERT INTO cases (name, item, wanted)
SELECT name, '{"channel": "sms", "template_id": 9002}'::jsonb || jsonb_build_object('body', body) || more, wanted FROM (VALUES
    ('three segments', repeat('a', 459), '{}'::jsonb, 'nothing'), ('four', repeat('a', 460), '{}', 'too_long warn'), ('four, passed', repeat('a', 460), '{"passed": ["too_long"]}', 'nothing'),
    ('three of UCS-2', repeat('ж', 201), '{}', 'nothing'), ('four of UCS-2', repeat('ж', 202), '{}', 'too_long warn'),
    ('more than providers take', repeat('a', 1601), '{"passed": ["too_long"]}', 'too_long block')) v(name, body, more, wanted)
UNION ALL VALUES ('a long e-mail', jsonb_build_object('body', repeat('a', 102400)), 'nothing'), ('a longer one', jsonb_build_object('body', repeat('a', 102401)), 'too_long block'),
    ('long in HTML', jsonb_build_object('html', repeat('a', 102401)), 'too_long block');
-- hours: item, when, what
INSERT INTO cases (name, item, at, wanted)
SELECT name, CASE WHEN name LIKE 'Omar%' THEN '{"exception_id": 900004, "channel": "sms", "template_id": 9002}'::jsonb ELSE '{"channel": "sms", "template_id": 9002}' END, at, wanted FROM (VALUES
    ('20:59:49 in Austin', '2026-11-21T02:59:49Z'::timestamptz, 'nothing'),
    ('20:59:51: it would go out after nine', '2026-11-21T02:59:51Z', 'quiet_hours defer 11-21 14:00'),
    ('23:00', '2026-11-21T05:00Z', 'quiet_hours defer 11-21 14:00'),
    ('07:59', '2026-11-21T13:59Z', 'quiet_hours defer 11-21 14:00'),
    ('08:00', '2026-11-21T14:00Z', 'nothing'),
    ('Omar''s zone is none: his brand''s', '2026-11-20T19:59Z', 'nothing'),
    ('Omar at 21:30 in Madrid', '2026-11-20T20:30Z', 'quiet_hours defer 11-21 07:00')) v(name, at, wanted)
UNION ALL SELECT 'an e-mail at night', '{}', '2026-11-21T05:00Z', 'nothing';
INSERT INTO cases (name, item, at, wanted) VALUES ('a deferred SMS, looked at by a worker at 07:00', '{"channel": "sms", "template_id": 9002, "outreach_id": 1}', '2026-11-21T13:00Z', 'quiet_hours defer 11-21 14:00');

SELECT results_eq($$ SELECT name, pg_temp.verdicts(setup, item, at) FROM cases ORDER BY n $$, $$ SELECT name, wanted FROM cases ORDER BY n $$, 'each guardrail speaks when it should, and not else');
SELECT set_eq($$ SELECT DISTINCT split_part(v, ' ', 1) FROM cases CROSS JOIN string_to_table(wanted, ', ') v WHERE wanted <> 'nothing' $$,
    ARRAY['no_address', 'no_consent', 'do_not_contact', 'quiet_hours', 'frequency_cap', 'repeated', 'contradicts', 'stale', 'unfilled', 'not_approved', 'outage_hold',
          'whatsapp_window', 'too_long', 'internal', 'internal_note'], 'all fifteen were met');

-- ---------------------------------------------------------------- sentences

SELECT is(pg_temp.sentence($$ UPDATE customer SET consent = '{"email": true, "sms": false}';
                              INSERT INTO consent_change (customer_id, brand_id, channel, given, at, source, actor, note)
                              SELECT id, 9001, 'sms', false, '2026-11-19T12:00Z', 'reply', 'customer', 'reply STOP' FROM customer WHERE external_id = 't-1' $$, '{"channel": "sms", "template_id": 9002}'),
          'Rosa Delgado withdrew consent for SMS on 19 Nov (reply STOP): use e-mail or the phone', 'who withdrew, when, how, and what is left');
SELECT is(pg_temp.sentence(NULL, '{"channel": "sms", "template_id": 9002}', '2026-11-21T04:40Z'), 'it is 22:40 in Austin: goes out at 08:00 their time', 'their time');
SELECT matches(pg_temp.sentence($$ INSERT INTO message_hold (reason, by, since) VALUES ('snow in the hub', 't_lea', '2026-11-20T09:05Z') $$, '{}'),
          '^messages are held since 2026-11-20 09:05 UTC by t_lea \(snow in the hub\)', 'who holds, since when and why');
SELECT matches(pg_temp.sentence($$ INSERT INTO message_hold (reason, by, since, region, carrier_id) VALUES ('snow', 't_lea', '2026-11-20T09:05Z', 'TX', 9001) $$, '{}'),
          '^messages about T UPS to TX are held since', 'and which');
SELECT is(pg_temp.sentence('UPDATE exception SET order_number = NULL', '{}'), 'order.number is not known here: write the text by hand, or choose another message', 'what is missing');
SELECT is_empty($$ SELECT c.name, g.message FROM cases c CROSS JOIN LATERAL (SELECT pg_temp.sentence(c.setup, c.item, c.at) AS message) g
                    WHERE c.wanted <> 'nothing' AND (length(g.message) > 199 OR g.message !~ '[:;(]' OR g.message ~ '  |\.$|%') $$, 'one sentence each, short enough, with what helps');

-- ---------------------------------------------------------------- items of one call see each other

CREATE FUNCTION pg_temp.batch(p_items jsonb, p_pass boolean DEFAULT false) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(g.ord || ' ' || g.guardrail || ' ' || g.effect, ', ' ORDER BY g.ord, g.guardrail)
      FROM guardrails(ARRAY(SELECT pg_temp.item(j || jsonb_build_object('ord', i)) FROM jsonb_array_elements(p_items) WITH ORDINALITY x(j, i)), '2026-11-20T18:00Z', p_pass) g
$$;
UPDATE exception SET order_number = 'T-ORDER-1' WHERE id IN (900002, 900003);
SELECT is(pg_temp.batch('[{}, {"exception_id": 900002}, {"exception_id": 900003}]'), '2 repeated block, 3 repeated block', 'one customer with three parcels reads the same words once');
SELECT is(pg_temp.batch('[{"body": "{{"}, {"exception_id": 900002}]'), '1 unfilled block', 'what will not go does not stand in the way');
SELECT is(pg_temp.batch('[{"template_id": null}, {"exception_id": 900002}]'), '1 not_approved warn', 'nor what nobody passes');
SELECT is(pg_temp.batch('[{"template_id": null}, {"exception_id": 900002}]', true), '1 not_approved warn, 2 repeated block', 'but what a lead passes does');
SELECT is(pg_temp.batch('[{"body": "a"}, {"exception_id": 900002, "body": "b"}, {"exception_id": 900003, "body": "c"}, {"exception_id": 900003, "body": "d"}]'),
          '4 frequency_cap warn', 'they are counted together');
SELECT is(pg_temp.batch('[{"body": "a"}, {"exception_id": 900002, "body": "a"}, {"exception_id": 900003, "body": "c"}, {"exception_id": 900003, "body": "d"}]'),
          '2 repeated block', 'a refused one does not count');

-- ---------------------------------------------------------------- hours over the changes of the clock

CREATE FUNCTION pg_temp.quiet(f time, t time, days int[], zone text, at timestamptz) RETURNS timestamptz LANGUAGE sql AS $$
    SELECT quiet_until(jsonb_populate_record(NULL::contact_policy, jsonb_build_object('quiet_from', f, 'quiet_to', t, 'quiet_days', days)), zone, at)
$$;
CREATE TEMP TABLE quiet_cases (name text, f time, t time, days int[], zone text, at timestamptz, wanted timestamptz);
INSERT INTO quiet_cases VALUES
    ('New York, a winter night', '21:00', '08:00', '{}', 'America/New_York', '2026-11-20T03:00Z', '2026-11-20T13:00Z'),
    ('the night the clocks go back: an hour longer', '21:00', '08:00', '{}', 'America/New_York', '2026-11-01T02:00Z', '2026-11-01T13:00Z'),
    ('the night they go forward: an hour shorter', '21:00', '08:00', '{}', 'America/New_York', '2026-03-08T03:00Z', '2026-03-08T12:00Z'),
    ('Madrid, back', '21:00', '08:00', '{}', 'Europe/Madrid', '2026-10-24T20:00Z', '2026-10-25T07:00Z'),
    ('Madrid, forward', '21:00', '08:00', '{}', 'Europe/Madrid', '2026-03-28T21:00Z', '2026-03-29T06:00Z'),
    ('an end that spring leaves out', '21:00', '02:30', '{}', 'America/New_York', '2026-03-08T06:30Z', '2026-03-08T07:30Z'),
    ('an end that autumn has twice: the later', '21:00', '01:30', '{}', 'America/New_York', '2026-11-01T05:10Z', '2026-11-01T06:30Z'),
    ('within a day', '12:00', '14:00', '{}', 'Europe/Madrid', '2026-11-20T11:30Z', '2026-11-20T13:00Z'),
    ('the end itself is not quiet', '12:00', '14:00', '{}', 'Europe/Madrid', '2026-11-20T13:00Z', NULL),
    ('just before midnight', '21:00', '08:00', '{}', 'UTC', '2026-11-20T23:59:59Z', '2026-11-21T08:00Z'),
    ('midnight', '21:00', '08:00', '{}', 'UTC', '2026-11-20T00:00Z', '2026-11-20T08:00Z'),
    ('until midnight', '21:00', '00:00', '{}', 'UTC', '2026-11-20T22:00Z', '2026-11-21T00:00Z'),
    ('Friday night before a quiet weekend', '21:00', '08:00', '{6,7}', 'UTC', '2026-11-20T22:00Z', '2026-11-23T08:00Z'),
    ('Saturday noon', '21:00', '08:00', '{6,7}', 'UTC', '2026-11-21T12:00Z', '2026-11-23T08:00Z'),
    ('a quiet Sunday only', NULL, NULL, '{7}', 'Europe/Madrid', '2026-11-22T12:00Z', '2026-11-22T23:00Z'),
    ('a quiet Sunday of 25 hours', NULL, NULL, '{7}', 'Europe/Madrid', '2026-10-25T12:00Z', '2026-10-25T23:00Z'),
    ('Saturday evening before it', NULL, NULL, '{7}', 'Europe/Madrid', '2026-11-21T22:30Z', NULL),
    ('no quiet at all', NULL, NULL, '{}', 'UTC', '2026-11-21T03:00Z', NULL);
SELECT results_eq($$ SELECT name, pg_temp.quiet(f, t, days, zone, at) FROM quiet_cases $$, $$ SELECT name, wanted FROM quiet_cases $$, 'quiet ends when the clock on their wall says so');

-- ---------------------------------------------------------------- policies, addresses, segments

INSERT INTO contact_policy (brand_id, country, channel, cap, cap_hours, repeat_hours, stale_hours, consent_required, undo_seconds, max_segments)
SELECT b, l, c, n, 1, 1, 1, false, 0, 1 FROM (VALUES (9001, NULL, NULL::channel, 101), (NULL, 'US', NULL, 102), (9001, 'US', NULL, 103), (NULL, 'US', 'sms', 104), (9001, NULL, 'sms', 105),
    (9001, 'US', 'sms', 106)) v(b, l, c, n);
SELECT is((SELECT string_agg((policy_for(b, l, c)).cap::text, ' ' ORDER BY n) FROM (VALUES (1, 9001, 'US', 'sms'::channel), (2, 9001, 'US', 'email'), (3, 9001, 'ES', 'sms'), (4, 9001, 'ES', 'email'),
    (5, 9002, 'US', 'sms'), (6, 9002, 'US', 'email'), (7, 9002, NULL, 'email'), (8, 9002, 'ES', 'sms')) v(n, b, l, c)), '106 103 105 101 104 102 3 2', 'the policy that names most holds');
SELECT results_eq($$ SELECT a, is_email(a) FROM (VALUES (1, 'rosa@example.com'), (2, 'a.b+c@sub.example.co'), (3, 'josé@exämple.com'), (4, 'rosa@localhost'), (5, '.rosa@example.com'), (6, 'rosa.@example.com'),
        (7, 'ro..sa@example.com'), (8, 'rosa@-example.com'), (9, 'rosa@example-.com'), (10, 'rosa@example..com'), (11, 'rosa@10.0.0.1'), (12, 'ro sa@example.com'), (13, E'rosa@example.com\n'), (14, 'rosa'), (15, ''),
        (16, '@example.com'), (17, 'rosa@'), (18, 'a@b@example.com'), (19, '"rosa"@example.com'), (20, repeat('a', 64) || '@example.com'), (21, repeat('a', 65) || '@example.com'),
        (22, 'a@' || repeat('b', 63) || '.com'), (23, 'a@' || repeat('b', 64) || '.com'), (24, E'ro\u200bsa@example.com'), (25, E'rosa@example\u3002com\u202e'), (26, 'rosa@example.c0m')) v(n, a) ORDER BY n $$,
    $$ SELECT a, w FROM (VALUES (1, 'rosa@example.com', true), (2, 'a.b+c@sub.example.co', true), (3, 'josé@exämple.com', true), (4, 'rosa@localhost', false), (5, '.rosa@example.com', false), (6, 'rosa.@example.com', false),
        (7, 'ro..sa@example.com', false), (8, 'rosa@-example.com', false), (9, 'rosa@example-.com', false), (10, 'rosa@example..com', false), (11, 'rosa@10.0.0.1', false), (12, 'ro sa@example.com', false), (13, E'rosa@example.com\n', false), (14, 'rosa', false), (15, '', false),
        (16, '@example.com', false), (17, 'rosa@', false), (18, 'a@b@example.com', false), (19, '"rosa"@example.com', false), (20, repeat('a', 64) || '@example.com', true), (21, repeat('a', 65) || '@example.com', false),
        (22, 'a@' || repeat('b', 63) || '.com', true), (23, 'a@' || repeat('b', 64) || '.com', false), (24, E'ro\u200bsa@example.com', false), (25, E'rosa@example\u3002com\u202e', false), (26, 'rosa@example.c0m', true)) v(n, a, w) ORDER BY n $$,
    'e-mail addresses as core/address.h has them');
SELECT is((SELECT string_agg(sms_segments(t)::text, ' ' ORDER BY n) FROM (VALUES (1, ''), (2, 'a'), (3, repeat('a', 160)), (4, repeat('a', 161)), (5, repeat('a', 306)), (6, repeat('a', 307)),
    (7, repeat('€', 80)), (8, repeat('€', 81)), (9, repeat('€', 152)), (10, repeat('€', 153)), (11, repeat('ж', 70)), (12, repeat('ж', 71)), (13, repeat('ж', 134)), (14, repeat('ж', 135)), (15, repeat('😀', 35)),
    (16, repeat('😀', 36)), (17, repeat('😀', 66)), (18, repeat('😀', 67)), (19, 'a`'), (20, repeat('a', 152) || '€' || repeat('a', 152)), (21, repeat('`', 71)), (22, repeat('é', 160)), (23, repeat('ê', 71)),
    (24, repeat('[', 80) || ']')) v(n, t)), '0 1 1 2 2 3 1 2 2 3 1 2 2 3 1 2 2 3 1 3 2 1 2 2', 'SMS as core/sms.h counts them');
SELECT is(mask_address('rosa.delgado@example.com') || ' ' || mask_address('ab@x.org') || ' ' || mask_address('+15125550188'), 'r…o@example.com a…@x.org +1 … 88', 'addresses in logs are masked');

-- a message resolved with by who wrote it goes; one overtaken does not
DO $$
BEGIN
    PERFORM pg_temp.sent('{"state": "queued"}');
    UPDATE exception SET state = 'resolved', resolved_at = now(), resolution = 'no_action' WHERE id = 900001;
    INSERT INTO activity (exception_id, seq, brand_id, at, actor, verb, after, hash) VALUES (900001, 99, 9001, now(), 't_bob', 'resolve', '{"state": "resolved"}', '');
END
$$;
SELECT is((SELECT coalesce(pg_temp.verdicts(NULL, jsonb_build_object('outreach_id', max(id))), '') || ', ' ||
                  pg_temp.verdicts($$ INSERT INTO activity (exception_id, seq, brand_id, at, actor, verb, after, hash) VALUES (900001, 100, 9001, now(), 'feed', 'resolve', '{"state": "resolved"}', '') $$,
                                   jsonb_build_object('outreach_id', max(id))) FROM outreach), 'nothing, contradicts block', 'resolved by who wrote it, it goes; resolved by the feed, it does not');

SELECT finish();
ROLLBACK;
