-- Tracking pages: who has one, what it says and what it does not, what changes it; forms and scores.
BEGIN;
\ir fixture.psql
SELECT plan(78);
CREATE ROLE t_feed LOGIN IN ROLE doorstep_feed;
CREATE FUNCTION pg_temp.page(n bigint, at timestamptz DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
    SELECT data FROM page_changed(NULL, n - 1, 1, NULL, at) WHERE shipment_id = n $$;
SELECT token AS token FROM page WHERE shipment_id = 900001 \gset

-- ---------------------------------------------------------------- tokens

SELECT is((SELECT count(*)::int FROM page WHERE shipment_id BETWEEN 900001 AND 900008), 8, 'what opens has a page from then on');
SELECT ok((SELECT bool_and(token ~ '^[0-9a-f]{32}$') FROM page), 'tokens are 128 bits');
SELECT is((SELECT count(DISTINCT page_token())::int FROM generate_series(1, 1000)), 1000, 'and chance');
SELECT is((SELECT count(DISTINCT left(token, 3))::int > 1 FROM page), true, 'with no common beginning');
UPDATE exception SET state = 'resolved', resolved_at = now(), resolution = 'other' WHERE id = 900006;
INSERT INTO exception (kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number)
    SELECT 'lost', 'high', 'carrier', 9001, 't-acme', 900006, 9001, 't-ups', 'T UPS', 'TEST6' RETURNING id AS lost \gset
SELECT is((SELECT count(*)::int FROM page WHERE shipment_id = 900006), 1, 'one parcel, one page');

-- ---------------------------------------------------------------- settings

SET SESSION AUTHORIZATION t_maria;
SELECT throws_like($$ SELECT * FROM brand_set(gen_random_uuid(), 't-acme', '{"page_url": "https://t.example/p"}') $$, '%lead%', 'agents do not say where pages are');
SELECT is_empty($$ SELECT page_url FROM brand WHERE page_url IS NOT NULL $$, 'nothing is published of itself');
SET SESSION AUTHORIZATION t_lea;
SELECT results_eq(format($$ SELECT code FROM brand_set(gen_random_uuid(), 't-acme', %L) $$, s), $$ VALUES ('invalid') $$, 'refused: ' || s)
  FROM unnest(ARRAY['{"page_url": "http://t.example/p"}', '{"page_url": "https://t.example/p?x=1"}', '{"page_url": "https://t.example/\"><script>"}',
                    '{"form_url": "https://t.example; script-src *"}', '{"form_url": "javascript:alert(1)"}', '{"contact_url": "http://t.example"}',
                    '{"page_color": "red"}', '{"page_color": "#fff"}', '{"page_color": "#ffffff;}body{x"}']) s;
SELECT results_eq($$ SELECT code FROM brand_set(gen_random_uuid(), 't-acme',
    '{"page_url": "https://t.example/p/", "form_url": "https://t.example/hook", "contact_url": "https://s.example/c?a=1", "page_color": "#ffd400"}') $$, $$ VALUES ('ok') $$, 'a lead says where');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT page_url FROM brand WHERE id = 9001), 'https://t.example/p', 'without a slash at the end');

-- ---------------------------------------------------------------- what it says

SELECT is(pg_temp.page(900007), NULL, 'a brand without a place for pages has none');
SELECT is(pg_temp.page(900001) #>> '{brand,ink}', '#000000', 'black on yellow');
SELECT is(page_ink('#1f3a5f') || page_ink('#767676') || page_ink('#ffffff') || page_ink('#000000'), '#ffffff#000000#000000#ffffff', 'what can be read');
UPDATE customer SET language = 'es', time_zone = 'America/Chicago' WHERE external_id = 't-1';
UPDATE shipment SET effective_status = 'attempted', carrier_status = 'attempted', last_scan_at = '2026-11-20T18:00:00Z', city = 'Austin', postal_code = '78701', access_instructions = 'gate code 4711' WHERE id = 900001;
UPDATE exception SET effective_status = 'attempted', opened_at = '2026-11-20T00:00:00Z' WHERE id = 900001;
SELECT is(pg_temp.page(900001) ->> 'lang' || ' ' || (pg_temp.page(900001) ->> 'heading'), 'es Sin entregar tras un intento', 'in the customer''s language');
SELECT is(pg_temp.page(900001, '2026-11-22T12:00:00Z') ->> 'next', 'martes, 24 de noviembre', 'the next word is due when the sweeps would call it silent: three business days after Friday''s');
SELECT is(pg_temp.page(900001, '2026-11-24T12:00:00Z') ->> 'late' || (pg_temp.page(900001, '2026-11-25T12:00:00Z') ->> 'late'), 'falsetrue', 'and is late when that day is over');
SELECT epoch AS before FROM page_epoch() \gset
SET SESSION AUTHORIZATION t_lea;
SELECT code FROM silence_set(gen_random_uuid(), 't-ups', NULL, '{"stalled_h": 24}') \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT is(pg_temp.page(900001, '2026-11-22T12:00:00Z') ->> 'next', 'sábado, 21 de noviembre', 'by that carrier''s threshold where it has one');
SELECT isnt((SELECT epoch FROM page_epoch()), :'before', 'and all pages are looked at again');
SELECT is(page_next(9001, NULL, 'available_for_pickup', now(), now()) IS NULL AND page_next(9001, NULL, 'returning', now(), now()) IS NULL, true, 'what waits or has ended awaits no word');
SELECT is(page_next(9001, 'Next Day Air', 'pre_transit', NULL, '2026-11-16T17:00:00Z'), '2026-11-18T17:00:00Z'::timestamptz, 'a label, until it has to be scanned');
SELECT is(pg_temp.page(900001) ->> 'contact', 'https://s.example/c?a=1&tracking_number=TEST1&state=attempted', 'the contact form gets number and state');
SELECT is(pg_temp.page(900001) -> 'can', '{"address": true, "pickup": true}', 'what can be done');
SELECT is(pg_temp.page(900001) ->> 'form', 'https://t.example/hook/form/' || :'token', 'and where');
SET SESSION AUTHORIZATION t_maria;
SELECT lives_ok($$ SELECT * FROM note(gen_random_uuid(), '{900001}', 'she is a difficult customer') $$, 'a note');
SELECT is((SELECT data #>> '{links,tracking}' FROM outreach_data('{900001}')), 'https://t.example/p/' || left(:'token', 2) || '/' || substr(:'token', 3) || '.html', 'messages link to it');
SELECT is((SELECT data #>> '{links,feedback}' FROM outreach_data('{900001}')), 'https://t.example/p/' || left(:'token', 2) || '/' || substr(:'token', 3) || '.html#feedback', 'and to where one is asked how it was');
RESET SESSION AUTHORIZATION;
SELECT is(pg_temp.page(900001)::text ~* 'rosa|delgado|example\.com"|78701|4711|difficult|maria|fault|severity|"48', false, 'no name, no address, nothing of what people wrote');
UPDATE brand SET form_url = NULL WHERE id = 9001;
SELECT is(pg_temp.page(900001) ->> 'form' || (pg_temp.page(900001) -> 'can')::text, '{}', 'without a place for forms there are none');
UPDATE brand SET form_url = 'https://t.example/hook' WHERE id = 9001;

-- ---------------------------------------------------------------- what changes it

SELECT is(pg_temp.page(900006) ->> 'stage', 'live', 'the open exception''s is the page');
UPDATE exception SET state = 'resolved', resolved_at = now() - interval '29 days', resolution = 'other' WHERE id = 900002;
SELECT is(pg_temp.page(900002) ->> 'stage', 'live', 'followed for 30 days after the end');
SELECT is(pg_temp.page(900002, now() + interval '2 days') - 'brand', '{"lang": "en", "stage": "ended", "contact": "https://s.example/c?a=1"}', 'then it says nothing of the parcel');
SELECT is(pg_temp.page(900002, now() + interval '152 days'), NULL, 'and then it goes');
UPDATE exception SET updated_at = now() - interval '1 hour' WHERE id BETWEEN 900001 AND 900008;
UPDATE exception SET updated_at = now() WHERE id = 900003;
SELECT set_eq($$ SELECT shipment_id FROM page_changed(now() - interval '10 minutes', 0, 100, NULL) WHERE shipment_id IN (900001, 900002, 900003) $$, '{900003}'::bigint[], 'what changed lately');
INSERT INTO scan_event (shipment_id, occurred_at, dedupe, brand_id, status, provider) VALUES (900002, now(), gen_random_uuid(), 9001, 'delivered', 't-ups'), (900001, now(), gen_random_uuid(), 9001, 'in_transit', 't-ups');
SELECT page_moved('{900001,900002}', now());
SELECT set_eq($$ SELECT shipment_id FROM page_changed(now() - interval '10 minutes', 0, 100, NULL) WHERE shipment_id IN (900001, 900002, 900003) $$, '{900002,900003}'::bigint[], 'a scan of what is over changes it, too');
SELECT is((SELECT count(*)::int FROM page_changed(NULL, 0, 5000, '{t-zeta}') WHERE data IS NOT NULL), 0, 'of one brand only');
SELECT epoch AS before FROM page_epoch() \gset
UPDATE status_wording SET text = text || '!' WHERE wording = 'in_transit' AND language = 'de';
SELECT isnt((SELECT epoch FROM page_epoch()), :'before', 'other words are another epoch');

-- ---------------------------------------------------------------- forms

SET SESSION AUTHORIZATION t_feed;
SELECT is((SELECT code FROM form_add(repeat('0', 32), 'address', '{"line1": "x"}')), 'gone', 'a guessed token');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT count(*)::int FROM inbox), 0, 'fills nothing');
SELECT throws_like($$ SELECT * FROM form_add((SELECT token FROM page LIMIT 1), 'resolve', '{}') $$, '%no form%', 'no other action');
SELECT is((SELECT code || (answer ->> 'lang') FROM form_add(:'token', 'address', '{"line1": "Calle Mayor 5", "line2": "4B", "city": "Austin", "postal": "78702", "note": "timbre"}')), 'okes', 'a new address');
UPDATE exception SET state = 'waiting', owner = NULL WHERE id = 900001;
SELECT is((SELECT f.outcome FROM inbox i, form_merge(convert_from(i.body, 'UTF8')::jsonb, i.at) f), 'merged', 'is merged');
SELECT results_eq($$ SELECT actor, verb, text FROM activity WHERE exception_id = 900001 ORDER BY seq DESC LIMIT 1 $$,
    $$ VALUES ('customer', 'form', 'gave another address on the tracking page: "Calle Mayor 5, 4B, 78702 Austin", note: "timbre"') $$, 'stands in the timeline');
SELECT is((SELECT state || ' ' || (marks & 256) FROM exception WHERE id = 900001), 'new 256', 'wakes it and marks it');
SELECT is((SELECT via || ' ' || driver FROM contact WHERE exception_id = 900001), 'form address', 'and is a contact');
SELECT is((SELECT said FROM customer_said(900001)), 'gave another address: Calle Mayor 5, 4B, 78702 Austin, "timbre"', 'who opens it sees what was asked');
SELECT is((SELECT outcome FROM form_merge(jsonb_build_object('token', :'token', 'action', 'day', 'fields', '{"date": "2026-11-27", "note": "after five"}'::jsonb), clock_timestamp())), 'merged', 'another day');
SELECT is((SELECT text FROM activity WHERE exception_id = 900001 ORDER BY seq DESC LIMIT 1), 'asked on the tracking page for delivery on Fri 27 Nov, note: "after five"', 'as people say it');
SELECT is((SELECT said FROM customer_said(900001)), 'asked for another day: Fri 27 Nov, "after five"', 'the last wish');
SELECT is((SELECT f.outcome FROM inbox i, form_merge(convert_from(i.body, 'UTF8')::jsonb, i.at + interval '1 minute') f), 'duplicate', 'once');
SELECT is((SELECT outcome FROM form_merge(jsonb_build_object('token', :'token', 'action', 'feedback', 'fields', '{"score": "4"}'::jsonb), now()::timestamptz)), 'merged', 'a score');
UPDATE exception SET state = 'snoozed', wake_at = now() + interval '1 day', marks = 0 WHERE id = 900001;
SELECT is_empty('SELECT * FROM customer_said(900001)', 'what was dealt with is no wish any more');
SELECT is((SELECT outcome FROM form_merge(jsonb_build_object('token', :'token', 'action', 'feedback', 'fields', '{"score": "5"}'::jsonb), now() + interval '1 minute')), 'merged', 'another');
SELECT is((SELECT state || ' ' || marks FROM exception WHERE id = 900001), 'snoozed 0', 'a good score wakes nobody');
SELECT is((SELECT string_agg(score::text, ',') FROM csat), '5', 'the later one counts');
SELECT is((SELECT outcome FROM form_merge(jsonb_build_object('token', :'token', 'action', 'feedback', 'fields', '{"score": "1", "text": "where is it"}'::jsonb), now() + interval '2 minutes')), 'merged', 'a bad one with words');
SELECT is((SELECT state || ' ' || (marks & 256) FROM exception WHERE id = 900001), 'new 256', 'does');
SELECT is((SELECT outcome FROM form_merge(jsonb_build_object('token', (SELECT token FROM page WHERE shipment_id = 900002), 'action', 'feedback', 'fields', '{"text": "thanks"}'::jsonb), now()::timestamptz)), 'merged', 'words about what is over');
SELECT is((SELECT state || ' ' || (marks & 256) FROM exception WHERE id = 900002), 'resolved 256', 'what is resolved stays so, marked');
SELECT is((SELECT string_agg(code, ',') FROM generate_series(1, 11) n, form_add((SELECT token FROM page WHERE shipment_id = 900003), 'feedback', jsonb_build_object('text', n::text))),
          'ok,ok,ok,ok,ok,ok,ok,ok,ok,ok,many', 'ten an hour from a page');
SELECT is((SELECT count(*)::int FROM inbox WHERE source = 'form/feedback'), 10, 'and no more are kept');
SELECT is_empty($$ SELECT * FROM audit_verify(900001) $$, 'the chain is whole');

-- Asking for a score, once it is over.
INSERT INTO template (id, name, channel, language) OVERRIDING SYSTEM VALUE VALUES (9051, 't_how', 'email', 'en'), (9052, 't_where', 'email', 'en');
INSERT INTO template_version (template_id, version, state, title, subject, body, statuses, author) VALUES
    (9051, 1, 'approved', 'How did we do?', 's', 'b', '{delivered}', 't'), (9052, 1, 'approved', 'Where to', 's', 'b', '{}', 't');
UPDATE contact_policy SET quiet_from = NULL, quiet_to = NULL;
UPDATE customer SET consent = '{"email": true}', do_not_contact = false WHERE id = (SELECT customer_id FROM exception WHERE id = 900001);
CREATE FUNCTION pg_temp.ask(p_template int, p_words text) RETURNS text LANGUAGE sql AS $$
    SELECT code || ': ' || message FROM doorstep.outreach_send(gen_random_uuid(), jsonb_build_array(jsonb_build_object('exception', 900001, 'template', p_template, 'version', 1,
        'channel', 'email', 'language', 'en', 'subject', 'How?', 'body', p_words, 'html', NULL, 'edited', false)))
$$;
UPDATE exception SET state = 'resolved', resolved_at = now() - interval '8 days', resolution = 'delivered', owner = NULL, marks = 0 WHERE id = 900001;
UPDATE shipment SET effective_status = 'delivered', last_scan_at = now() WHERE id = (SELECT shipment_id FROM exception WHERE id = 900001);
SET SESSION AUTHORIZATION t_maria;
SELECT matches(pg_temp.ask(9051, 'a'), '^resolved: ', 'after a week nobody is asked any more');
RESET SESSION AUTHORIZATION;
UPDATE exception SET resolved_at = now() - interval '1 hour' WHERE id = 900001;
SET SESSION AUTHORIZATION t_maria;
SELECT matches(pg_temp.ask(9052, 'b'), '^resolved: ', 'nothing else is said of what is over');
SELECT is((SELECT code FROM outreach_send(gen_random_uuid(), '[{"exception": 900001, "channel": "email", "language": "en", "subject": "x", "body": "y"}]')), 'resolved', 'nor by hand');
RESET SESSION AUTHORIZATION;
UPDATE shipment SET effective_status = 'in_transit' WHERE id = (SELECT shipment_id FROM exception WHERE id = 900001);
SET SESSION AUTHORIZATION t_maria;
SELECT is(pg_temp.ask(9051, 'c'), 'blocked: the parcel is "in transit": t_how is for delivered ones', 'nobody is asked how it went who has nothing');
RESET SESSION AUTHORIZATION;
UPDATE shipment SET effective_status = 'delivered' WHERE id = (SELECT shipment_id FROM exception WHERE id = 900001);
SET SESSION AUTHORIZATION t_maria;
SELECT is(pg_temp.ask(9051, 'd'), 'ok: ', 'how it went is asked');
SELECT matches(pg_temp.ask(9051, 'e'), '^blocked: .* was asked that already about #900001: once is enough$', 'once, whatever the words');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT state || ' ' || coalesce(owner, 'nobody') || ' ' || (resolved_at IS NOT NULL) FROM exception WHERE id = 900001), 'resolved nobody true', 'it stays resolved, and nobody''s');
SELECT is((SELECT verb || ': ' || text FROM activity WHERE exception_id = 900001 ORDER BY seq DESC LIMIT 1), 'send: sends the e-mail "How did we do?" (en) to r…a@example.com', 'the timeline has it');
UPDATE outreach SET send_after = now() - interval '1 minute', undo_until = now() - interval '1 minute' WHERE exception_id = 900001;
SELECT is((SELECT string_agg(g.guardrail, ',') FROM guardrails(ARRAY(SELECT ROW (1, 900001, 9051, 1, 'email', 'en', o.to_address, 's', 'd', NULL, false, o.id, '{}')::guard_item
             FROM outreach o WHERE o.exception_id = 900001 AND o.template_id = 9051), now()) g WHERE g.effect = 'block'), NULL, 'and nothing stops it when it goes out');

SELECT finish();
ROLLBACK;
