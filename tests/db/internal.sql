-- An internal note reaches no customer: not by a name of a template, not in a text however it came to be, not in what a provider
-- fills its own template with, and not by a helpdesk.
BEGIN;
\ir fixture.psql
SELECT plan(36);

UPDATE brand SET time_zone = 'UTC' WHERE id = 9001;
UPDATE customer SET phone = '+15125550188', consent = '{"email": true, "sms": true, "whatsapp": true}', time_zone = 'UTC' WHERE external_id = 't-1';
INSERT INTO customer (brand_id, external_id, name, email, phone, consent, time_zone)
    SELECT brand_id, 't-' || n, 'Omar ' || n, 'omar' || n || '@example.com', '+1512555019' || n, consent, time_zone FROM customer, generate_series(2, 6) n WHERE external_id = 't-1';
UPDATE exception e SET customer_id = (SELECT c.id FROM customer c WHERE c.external_id = 't-' || (e.id - 900000)) WHERE e.id BETWEEN 900001 AND 900006;
UPDATE shipment SET effective_status = 'in_transit', last_scan_at = now() WHERE id BETWEEN 900001 AND 900008;
UPDATE contact_policy SET quiet_from = NULL, quiet_to = NULL, quiet_days = '{}', cap = 50, repeat_hours = 0, stale_hours = 8760;
INSERT INTO template (id, name, channel, language) OVERRIDING SYSTEM VALUE VALUES (9001, 't_where', 'email', 'en'), (9003, 't_where', 'whatsapp', 'en');
INSERT INTO template_version (template_id, version, state, title, subject, body, provider_template, author) VALUES
    (9001, 1, 'approved', 'Where to', 's', 'b', NULL, 't'), (9003, 1, 'approved', 'Where to', NULL, 'b', 'HX1', 't');

-- 900001 has a note of its own, 900002 one of its case, 900003 one that its case had before it was linked; 900004 none; 900005's
-- case was merged into another, 900006 is linked to that one.
SET SESSION AUTHORIZATION t_maria;
SELECT note(gen_random_uuid(), '{900001}', E'Customer is a known  FRAUDSTER, claims every third parcel as never received; refund nothing') \g /dev/null
SELECT case_open(gen_random_uuid(), '{900002}', 'claim', p_note => 'The driver admits he left it at the wrong door on purpose') \g /dev/null
SELECT case_note(gen_random_uuid(), ARRAY(SELECT id FROM support_case), 'ring Berta') \g /dev/null
SELECT case_link(gen_random_uuid(), (SELECT id FROM support_case), '{900003}') \g /dev/null
SELECT case_open(gen_random_uuid(), '{900005}', 'claim', p_note => 'We lost the signature of this delivery ourselves') \g /dev/null
SELECT case_open(gen_random_uuid(), '{900006}', 'claim') \g /dev/null
SELECT case_merge(gen_random_uuid(), (SELECT case_id FROM case_link WHERE exception_id = 900005), (SELECT case_id FROM case_link WHERE exception_id = 900006)) \g /dev/null
RESET SESSION AUTHORIZATION;

-- ---------------------------------------------------------------- names and data of templates

SELECT is_empty($$ SELECT n FROM unnest(template_names()) n WHERE n ~* 'note|case|activity|internal' $$, 'no name of a template is a note''s');
SELECT is_empty($$ SELECT exception_id FROM outreach_facts('{900001,900002,900003,900004,900005,900006}', NULL) WHERE data::text ~* 'fraudster|wrong door|berta|signature|claims every' $$, 'no data have one');
SELECT set_eq($$ SELECT DISTINCT g || '.' || n FROM outreach_facts('{900001,900002}', NULL) CROSS JOIN jsonb_each(data) x(g, o) CROSS JOIN jsonb_object_keys(o) n $$,
              'SELECT unnest(template_names())', 'and there are no other data');
SET SESSION AUTHORIZATION t_maria;
SELECT is_empty($$ SELECT FROM compose(900002) c WHERE (c - 'news')::text ~* 'wrong door|berta' $$, 'nor what writing begins with');
SELECT is_empty($$ SELECT FROM messages(900002, 100) m WHERE m::text ~* 'wrong door|berta' $$, 'nor what was said');
SELECT is_empty($$ SELECT FROM outreach_render_set('{900001,900002}', 9001, 1, NULL, NULL) r WHERE r::text ~* 'fraudster|wrong door|berta' $$, 'nor what is filled in');
SELECT is((SELECT code FROM template_import(gen_random_uuid(), '{"name": "t_note", "channel": "sms", "language": "en", "title": "T", "body": "x", "required": ["case.note"]}')), 'invalid', 'no template asks for one');

-- ---------------------------------------------------------------- texts

-- The verdict of a text about an exception.
CREATE FUNCTION pg_temp.verdict(p_exception bigint, p_body text, p_more jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(guardrail || ' ' || effect, ', '), 'none') FROM outreach_check(jsonb_build_array(jsonb_build_object('exception', p_exception, 'template', 9001, 'version', 1,
        'channel', 'email', 'language', 'en', 'subject', 'Where to?', 'body', p_body, 'edited', true) || p_more)) WHERE guardrail = 'internal_note' $$;
SELECT results_eq($$ SELECT n, pg_temp.verdict(e, t, m) FROM (VALUES
    (1, 900001, 'Dear Rosa, customer is a known fraudster, claims every third parcel as never received; refund nothing. Bye', '{}'::jsonb),
    (2, 900001, E'CUSTOMER IS A\nKNOWN\tfraudster, CLAIMS every third', '{}'), (3, 900001, 'claims every third parcel as never received', '{}'),
    (4, 900001, 'a known fraudster claims', '{}'), (5, 900001, 'your parcel was never received', '{}'),
    (6, 900001, 'hello', '{"subject": "Customer is a known fraudster, claims every third parcel"}'),
    (7, 900001, 'hello', '{"html": "<p>Customer is a <b>known&nbsp;FRAUDSTER</b>, claims every third</p>"}'),
    (8, 900002, 'he left it at the wrong door on purpose', '{}'), (9, 900002, 'we ring Berta later', '{}'), (10, 900002, 'at the wrong door', '{}'),
    (11, 900003, 'The driver admits he left it at the wrong door on purpose', '{}'), (12, 900004, 'The driver admits he left it at the wrong door on purpose', '{}'),
    (13, 900005, 'We lost the signature of this delivery ourselves', '{}'), (14, 900006, 'we LOST the signature of this delivery ourselves!', '{}'),
    (15, 900001, repeat('word ', 400) || 'every third parcel as never received; refund nothing', '{}')) v(n, e, t, m) $$,
    $$ VALUES (1, 'internal_note block'), (2, 'internal_note block'), (3, 'internal_note block'), (4, 'none'), (5, 'none'), (6, 'internal_note block'), (7, 'internal_note block'),
              (8, 'internal_note block'), (9, 'none'), (10, 'none'), (11, 'internal_note block'), (12, 'none'), (13, 'internal_note block'), (14, 'internal_note block'), (15, 'internal_note block') $$,
    'a passage of a note is found in any dress, ordinary words are not one');
SELECT matches((SELECT message FROM outreach_check('[{"exception": 900001, "channel": "sms", "body": "customer is a known fraudster, claims every third parcel"}]') WHERE guardrail = 'internal_note'),
    '^this text repeats t_maria''s internal note of [0-9][0-9]:[0-9][0-9]: take it out$', 'it says whose and when');

-- ---------------------------------------------------------------- queueing: agents, leads who pass, bulk, macros

CREATE FUNCTION pg_temp.send(p_exception bigint, p_body text, p_more jsonb DEFAULT '{}', p_pass text DEFAULT NULL, p_macro text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(code, ',') FROM outreach_send(gen_random_uuid(), jsonb_build_array(jsonb_build_object('exception', p_exception, 'template', 9001, 'version', 1,
        'channel', 'email', 'language', 'en', 'subject', 'Where to?', 'body', p_body) || p_more), -1, p_macro, p_pass) $$;
SELECT is(pg_temp.send(900001, 'refund nothing; customer is a known fraudster, claims every third parcel'), 'blocked', 'from a template');
SELECT is(pg_temp.send(900001, 'customer is a known fraudster, claims every third parcel', '{"edited": true}'), 'blocked', 'edited');
SELECT is(pg_temp.send(900001, 'customer is a known fraudster, claims every third parcel', '{"template": null}'), 'blocked', 'by hand');
SELECT is(pg_temp.send(900001, 'customer is a known fraudster, claims every third parcel', p_macro => 'address_issue'), 'blocked', 'with a macro');
SELECT is(pg_temp.send(900001, 'b', '{"channel": "whatsapp", "template": 9003, "vars": {"1": "Rosa", "2": "customer is a known fraudster, claims every third"}}'), 'blocked', 'in what WhatsApp''s own template is filled with');
SELECT matches((SELECT message FROM outreach_send(gen_random_uuid(), '[{"exception": 900001, "channel": "whatsapp", "template": 9003, "version": 1, "language": "en", "body": "b",
    "vars": {"1": "customer is a known fraudster, claims every third"}}]')), 'internal note', 'which says so');
SELECT is((SELECT string_agg(code, ',' ORDER BY id) FROM outreach_send(gen_random_uuid(), (SELECT jsonb_agg(jsonb_build_object('exception', e, 'template', 9001, 'version', 1, 'channel', 'email',
    'language', 'en', 'subject', 's', 'body', 'The driver admits he left it at the wrong door on purpose')) FROM unnest('{900002,900003}'::int[]) e))), 'blocked,blocked', 'in bulk');
SET SESSION AUTHORIZATION t_lea;
SELECT is(pg_temp.send(900001, 'customer is a known fraudster, claims every third parcel', '{"template": null}', 'I may'), 'blocked', 'a lead passes it no more than others');
SET SESSION AUTHORIZATION t_adam;
SELECT is(pg_temp.send(900001, 'customer is a known fraudster, claims every third parcel', '{"template": null}', 'I may'), 'blocked', 'nor an admin');
RESET SESSION AUTHORIZATION;
SELECT is_empty('SELECT FROM outreach', 'nothing is queued');

-- ---------------------------------------------------------------- what is queued already

SET SESSION AUTHORIZATION t_maria;
SELECT is(pg_temp.send(900004, 'The parcel is at the depot in Austin and we do not know why'), 'ok', 'a text that repeats none');
SELECT is(pg_temp.send(900001, 'b', '{"channel": "whatsapp", "template": 9003, "vars": {"1": "Rosa, it waits at the depot in Austin still"}}'), 'ok', 'and such words for WhatsApp');
SELECT note(gen_random_uuid(), '{900004}', 'parcel is at the depot in Austin and we do not know why') \g /dev/null
SELECT case_open(gen_random_uuid(), '{900001}', 'internal', p_note => 'Rosa, it waits at the depot in Austin still') \g /dev/null
RESET SESSION AUTHORIZATION;
UPDATE outreach SET send_after = send_after - interval '1 minute', undo_until = undo_until - interval '1 minute', judged_for = tstzrange(lower(judged_for) - interval '1 minute', upper(judged_for));
SELECT is((SELECT count(*)::int FROM outbox_claim('w', 'email', 'smtp', false, 100, 60)) + (SELECT count(*)::int FROM outbox_claim('w', 'whatsapp', 'twilio', false, 100, 60)), 0, 'a note written later stops both');
SELECT is((SELECT string_agg(DISTINCT state || ': ' || regexp_replace(reason, 'of .*:', 'of …:'), ', ') FROM outreach), 'held: this text repeats t_maria''s internal note of …: take it out', 'and says why');
SET SESSION AUTHORIZATION t_lea;
SELECT outreach_retry(gen_random_uuid(), ARRAY(SELECT id FROM outreach)) \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT is((SELECT count(*)::int FROM outbox_claim('w', 'email', 'smtp', false, 100, 60)) + (SELECT count(*)::int FROM outbox_claim('w', 'whatsapp', 'twilio', false, 100, 60)), 0, 'sending it again does not help');
-- what a channel of one's own gets is what outbox_claim gives: none of its columns is a note's
SELECT is_empty($$ SELECT p FROM unnest((SELECT proargnames FROM pg_proc WHERE oid = to_regproc('doorstep.outbox_claim'))) p WHERE p ~ 'note|case|activity' $$, 'a channel is told nothing else');

-- ---------------------------------------------------------------- helpdesk, viewers, unlinking

SELECT is_empty($$ SELECT FROM case_note WHERE source = 'doorstep' AND public $$, 'ours are private');
SELECT throws_ok($$ INSERT INTO case_note (case_id, by, public, text) SELECT id, 't', true, 'x' FROM support_case LIMIT 1 $$, '23514', NULL, 'and cannot be otherwise');
SELECT is_empty($$ SELECT FROM outreach o WHERE o::text ~* 'fraudster|wrong door|berta|signature' $$, 'no message has one');
INSERT INTO case_note (case_id, by, source, text, desk_note_id) SELECT min(id), 'Their Agent', 'desk', 'their own people think the parcel was stolen', 'n1' FROM support_case;
INSERT INTO case_note (case_id, by, source, public, text, desk_note_id) SELECT min(id), 'Their Agent', 'desk', true, 'we told you already that it is on its way', 'n2' FROM support_case;
SET SESSION AUTHORIZATION t_maria;
SELECT is(pg_temp.verdict(900002, 'their own people think the parcel was stolen'), 'internal_note block', 'nor what the helpdesk''s people write among themselves');
SELECT is(pg_temp.verdict(900002, 'we told you already that it is on its way'), 'none', 'what they told the customer may be said again');
SELECT case_open(gen_random_uuid(), '{900002}', 'internal') \g /dev/null
SELECT case_unlink(gen_random_uuid(), (SELECT min(id) FROM support_case), '{900002}') \g /dev/null
SELECT is(pg_temp.verdict(900002, 'The driver admits he left it at the wrong door on purpose'), 'internal_note block', 'unlinking hides none');

-- ---------------------------------------------------------------- the rule

RESET SESSION AUTHORIZATION;

SELECT note(gen_random_uuid(), '{900005}', 'The driver admits it was stolen') \g /dev/null
SELECT is_empty($$ SELECT t FROM (VALUES ('The driver <b>ad</b>mits it was stolen'), ('The driver<br>admits it<br/>was stolen'), ('The driver&nbsp;admits it&#160;was stolen'),
    ('<p>Hello</p><img alt="The driver admits it was stolen">'), ('Hello<!-- The driver admits it was stolen -->'), (E'The dri\u00adver ad\u200bmits it was sto\u2060len'),
    (E'\u202eThe driver admits\u2003it was stolen')) v(t)
    WHERE NOT coalesce(note_repeated(900005, true, NULL, now(), 'Hello', t), '') ~ 'internal note' $$, 'however it is marked up, broken or hidden');
SELECT results_eq($$ SELECT repeats(plain_words(t), plain_words(n)) FROM (VALUES
    (1, 'we say: short note!', 'short note'), (2, 'we say: a short note', 'A short NOTE'), (3, repeat('x', 39), repeat('x', 41)), (4, '-' || repeat('xy', 20) || '-', repeat('z', 37) || repeat('xy', 20) || 'zzz'),
    (5, 'a b c d e f g h', 'z a b c d e f g h z'), (6, 'a b c d e f g', 'z a b c d e f g h z'), (7, 'xa b c d e f g h', 'z a b c d e f g h z'), (8, NULL, 'whatever it is')) v(i, t, n) ORDER BY i $$,
    $$ VALUES (false), (true), (false), (true), (true), (false), (false), (false) $$, 'twelve characters of all, forty running, eight words running');
SELECT is((SELECT count(*)::int FROM generate_series(0, 60) o WHERE repeats('abc ' || substr(n, o + 1, 40) || ' def', n)), 61, 'forty wherever they begin')
  FROM (SELECT string_agg(chr(97 + (i * i + i / 7) % 26), '') AS n FROM generate_series(1, 100) i) x;
SELECT is((SELECT count(*)::int FROM generate_series(0, 60) o WHERE repeats('abc ' || substr(n, o + 1, 39) || ' def', n)), 0, 'thirty-nine are not')
  FROM (SELECT string_agg(chr(97 + (i * i + i / 7) % 26), '') AS n FROM generate_series(1, 100) i) x;

-- words of one letter and a number: a run of 8 of them is shorter than 40 characters
SELECT is((SELECT count(*)::int FROM generate_series(1, 33) o WHERE repeats('and ' || array_to_string(w[o : o + 7], ' ') || ' so', array_to_string(w, ' '))
                                                                  AND NOT repeats('and ' || array_to_string(w[o : o + 6], ' ') || ' so', array_to_string(w, ' '))), 33, 'eight words wherever they begin, not seven')
  FROM (SELECT array_agg(chr(97 + i % 26) || i ORDER BY i) AS w FROM generate_series(1, 40) i) x;

SELECT finish();
ROLLBACK;
