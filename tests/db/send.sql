-- Queueing, taking back, cancelling, sending again, finding out; drafts; macros; whose customers.
BEGIN;
\ir fixture.psql
SELECT plan(78);

UPDATE customer SET phone = '+15125550188', consent = '{"email": true, "sms": true}', time_zone = 'UTC' WHERE external_id = 't-1';
INSERT INTO customer (brand_id, external_id, name, email, consent) VALUES (9002, 't-9', 'Zoltan', 'zoltan@example.com', '{"email": true}');
UPDATE exception SET customer_id = (SELECT id FROM customer WHERE external_id = CASE WHEN exception.id = 900007 THEN 't-9' ELSE 't-1' END) WHERE id <= 900007;
UPDATE brand SET from_email = 'Help@Mail.Acme.Example' WHERE id = 9001;
UPDATE shipment SET effective_status = 'in_transit', last_scan_at = now() WHERE id BETWEEN 900001 AND 900008;
UPDATE contact_policy SET quiet_from = NULL, quiet_to = NULL, cap = 50;      -- whatever the hour
INSERT INTO template (id, name, channel, language) OVERRIDING SYSTEM VALUE VALUES (9001, 't_where', 'email', 'en'), (9002, 't_where', 'sms', 'en');
INSERT INTO template_version (template_id, version, state, title, subject, body, author) VALUES (9001, 1, 'approved', 'Where to', 's', 'b', 't'), (9002, 1, 'approved', 'Where to', NULL, 'b', 't');
INSERT INTO macro (owner, name, title, then_verb, for_minutes, resolution, tag, template) VALUES
    (NULL, 'ask', 'Ask', 'wait', 2880, NULL, 'asked', 't_where'), (NULL, 'close', 'Close', 'resolve', NULL, 'no_action', NULL, 't_where'),
    (NULL, 'later', 'Later', 'snooze', 60, NULL, 'slow', NULL), ('t_bob', 'later', 'His', 'work', NULL, NULL, NULL, NULL);

-- Items: an e-mail each, its text by the exception's number unless said otherwise.
CREATE FUNCTION pg_temp.items(p_ids bigint[], p jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_agg('{"template": 9001, "version": 1, "channel": "email", "language": "en", "subject": "Where to?", "html": null, "edited": false}'::jsonb
                     || jsonb_build_object('exception', i, 'body', 'About ' || i) || p ORDER BY n) FROM unnest(p_ids) WITH ORDINALITY x(i, n)
$$;
CREATE FUNCTION pg_temp.codes(p_ids bigint[], p jsonb DEFAULT '{}', p_seen bigint DEFAULT -1, p_macro text DEFAULT NULL, p_pass text DEFAULT NULL, p_key uuid DEFAULT gen_random_uuid())
    RETURNS text LANGUAGE sql AS $$ SELECT string_agg(id || ' ' || code, ', ') FROM doorstep.outreach_send(p_key, pg_temp.items(p_ids, p), p_seen, p_macro, p_pass) $$;
-- The clock: makes everything queued older by that much.
CREATE FUNCTION pg_temp.later(p interval) RETURNS void LANGUAGE sql SECURITY DEFINER AS $$
    UPDATE doorstep.outreach SET created_at = created_at - p, undo_until = undo_until - p, send_after = send_after - p;
    UPDATE doorstep.action_log SET at = at - p;
$$;

-- ---------------------------------------------------------------- one message

SELECT is((SELECT string_agg(message_domain(a), ' ' ORDER BY n) FROM unnest('{a@shop.example,NULL,a@bücher.example,a@shop,"a@[192.0.2.1]","a@x>.example"}'::text[]) WITH ORDINALITY x(a, n)),
          'shop.example doorstep doorstep doorstep doorstep doorstep', 'a message id ends with the sender''s domain where it may stand there');
SELECT is((SELECT string_agg(clean_message(p), '|' ORDER BY n) FROM unnest(ARRAY[E'a\tb\nc\x01\u009b', U&'in\202Evoi\2066ce\200B\FEFF\00AD', U&'l\2028r', U&'pay\200Dpal\200C \200Dx\FE0F', U&'\+0E0041x',
                                                                              'plain', '']) WITH ORDINALITY x(p, n)),
          E'a\tb\nc|invoice|l r|paypal x|x|plain|', 'what steers or hides text is not kept');
SELECT is((SELECT bool_and(clean_message(p) = p) FROM unnest(ARRAY[U&'\0645\06CC\200C\062E\0648\0627\0647\0645', U&'\0915\094D\200D\0937', U&'\2764\FE0F ok \+01F469\200D\+01F467', U&'\05E9\05DC\05D5\05DD', 'Señor Łukasz'])  x(p)), true,
          'what letters and emoji need is');
SET SESSION AUTHORIZATION t_maria;
SELECT throws_ok($$ SELECT * FROM outreach_check('{"exception": 900001}') $$, '22023', 'messages are given as a JSON array of objects', 'what is no list of messages');
SELECT throws_ok($$ SELECT * FROM outreach_send(gen_random_uuid(), '"x"') $$, '22023', 'messages are given as a JSON array of objects', 'is refused in a sentence');
SELECT results_eq($$ SELECT ord, exception_id, guardrail, to_address, undo_seconds, send_at BETWEEN now() + interval '9 s' AND now() + interval '1 min' FROM outreach_check(pg_temp.items('{900001}')) $$,
                  $$ VALUES (1, 900001::bigint, NULL::text, 'rosa@example.com', 10, true) $$, 'a good message is told where and when it would go');
SELECT results_eq($$ SELECT ord, guardrail, effect::text FROM outreach_check(pg_temp.items('{900001,900099,900002}', '{"body": "{{x"}') || '[{}, {"exception": 900003, "channel": "fax"}]') $$,
                  $$ VALUES (1, 'unfilled', 'block'), (2, 'no_address', 'block'), (3, 'unfilled', 'block'), (4, 'no_address', 'block'), (5, 'no_address', 'block') $$, 'each item gets its row, also what is none');
SELECT lives_ok($$ SELECT draft_save(900001, 'email', 9001, 1, 'Where', 'Hel') $$, 'what is typed is kept');
SELECT lives_ok($$ SELECT draft_save(900001, 'email', 9001, 1, U&'Whe\202Ere', U&'Hel\202Elo') $$, 'and typed further');
SELECT results_eq($$ SELECT subject, body FROM draft $$, $$ VALUES ('Where', 'Hello') $$, 'once, and clean');
SELECT results_eq($$ SELECT id, ok, code, message, rev FROM outreach_send(pg_temp.key(1), pg_temp.items('{900001}', jsonb_build_object('subject', U&'Where \2067to?', 'body', U&'About\200B 900001'))) $$, $$ VALUES (900001::bigint, true, 'ok', '', 2) $$, 'it is queued');
SELECT is((SELECT count(*)::int FROM draft), 0, 'the draft has done its work');
SELECT results_eq($$ SELECT state::text, message_to(id), to_name, by, subject, body, undo_until = created_at + interval '10 s', send_after = undo_until, message_id ~ ('^' || id || '\.[0-9a-f]{16}@mail\.acme\.example$'),
                            text_hash = md5('Where to?' || chr(31) || 'About 900001')::uuid FROM outreach $$,
                  $$ VALUES ('queued', 'r…a@example.com', 'Rosa Delgado', 't_maria', 'Where to?', 'About 900001', true, true, true, true) $$, 'as it was seen');
SELECT results_eq($$ SELECT owner, state::text, marks FROM exception WHERE id = 900001 $$, $$ VALUES ('t_maria', 'working', 64) $$, 'the exception is hers, and says that somebody wrote');
SELECT results_eq($$ SELECT verb, text FROM activity WHERE exception_id = 900001 $$, $$ VALUES ('send', 'sends the e-mail "Where to" (en) to r…a@example.com') $$, 'so does its activity, without the address');
SELECT results_eq($$ SELECT id, ok, code, message, rev FROM outreach_send(pg_temp.key(1), pg_temp.items('{900001}', '{"body": "other"}')) $$, $$ VALUES (900001::bigint, true, 'ok', '', 2) $$, 'the same key gets the same answer');
SELECT is((SELECT count(*)::int FROM outreach), 1, 'and no second message');
SELECT is(undo_peek(), 'the e-mail to Rosa Delgado', 'it can be taken back');

-- ---------------------------------------------------------------- refusals

SELECT is(pg_temp.codes('{900001}'), '900001 blocked', 'the same words again: refused');
SELECT is(pg_temp.codes('{900001}', '{"body": "more"}'), '900001 warned', 'the same template again: a lead''s business');
SELECT is(pg_temp.codes('{900001}', '{"body": "more"}', -1, NULL, 'they asked'), '900001 warned', 'a reason does not make an agent a lead');
SELECT is(pg_temp.codes('{900002,900099,900002,900007}', '{"body": "x"}'), '900002 ok, 900099 gone, 900002 invalid, 900007 ok', 'unknown and twice');
SELECT is(pg_temp.codes('{900003}', '{"channel": "fax"}') || ', ' || pg_temp.codes('{900003}', '{"channel": null}'), '900003 invalid, 900003 invalid', 'no channel');
SELECT throws_like($$ SELECT * FROM outreach_send(gen_random_uuid(), '{}') $$, '%JSON array%', 'no array');
SELECT is_empty($$ SELECT * FROM outreach_send(gen_random_uuid(), '[]') $$, 'nothing to send');
SELECT throws_like($$ SELECT * FROM outreach_send(gen_random_uuid(), (SELECT jsonb_agg('{}'::jsonb) FROM generate_series(1, 20001))) $$, '%at most 20,000%', 'too much');
SELECT is(pg_temp.codes('{900003}', '{}', -1, 'no such'), '900003 invalid', 'no such macro');
SET SESSION AUTHORIZATION t_vic;
SELECT is(pg_temp.codes('{900003}'), '900003 denied', 'viewers write to nobody');
SET SESSION AUTHORIZATION t_zoe;
SELECT is(pg_temp.codes('{900003,900007}', '{"body": "y"}'), '900003 gone, 900007 warned', 'nor anybody to another brand''s customers');
SELECT is((SELECT count(*)::int FROM outreach), 1, 'and they read their own brand''s messages');
SET SESSION AUTHORIZATION t_lea;
SELECT is(pg_temp.codes('{900001}', '{"body": "more"}', -1, NULL, '  '), '900001 warned', 'a lead needs a reason, too');
SELECT is(pg_temp.codes('{900001}', '{"body": "more"}', -1, NULL, 'they asked'), '900001 ok', 'and passes with one');
SELECT results_eq($$ SELECT passed, pass_reason FROM outreach WHERE body = 'more' $$, $$ VALUES ('{repeated}'::text[], 'they asked') $$, 'which is kept');
SELECT matches((SELECT text FROM activity WHERE exception_id = 900001 ORDER BY seq DESC LIMIT 1), 'in spite of repeated: they asked', 'and told');
SELECT is(pg_temp.codes('{900003}', '{"body": "{{"}', -1, NULL, 'because'), '900003 blocked', 'nobody passes a block');
SELECT is((SELECT owner FROM exception WHERE id = 900001), 't_maria', 'whose it is it stays');

-- ---------------------------------------------------------------- somebody was quicker

SET SESSION AUTHORIZATION t_bob;
RESET SESSION AUTHORIZATION;
SELECT outreach_stamp(900003) AS seen \gset
SET SESSION AUTHORIZATION t_bob;
SELECT is(pg_temp.codes('{900003}', '{"body": "first"}', :seen), '900003 ok', 'nothing happened since: it goes');
SET SESSION AUTHORIZATION t_maria;
SELECT results_eq(format($$ SELECT code, message FROM outreach_send(gen_random_uuid(), pg_temp.items('{900003}', '{"body": "second"}'), %s) $$, :seen),
                  $$ VALUES ('stale', 't_bob sent the e-mail "Where to" just now: read it first, your text is kept') $$, 'who wrote, and when');
RESET SESSION AUTHORIZATION;
SELECT outreach_stamp(900003) AS seen \gset
INSERT INTO contact (brand_id, customer_id, exception_id, channel, from_address, at, text, provider, provider_id) VALUES (9001, 1, 900003, 'sms', '+1', now(), 'hm', 't', '1');
UPDATE exception SET marks = marks | 256 WHERE id = 900003;
SET SESSION AUTHORIZATION t_maria;
SELECT matches((SELECT code || ' ' || message FROM outreach_send(gen_random_uuid(), pg_temp.items('{900003}', '{"body": "second"}'), :seen)), '^stale the customer wrote by SMS', 'an answer counts, too');
SET SESSION AUTHORIZATION t_lea;
SELECT is(pg_temp.codes('{900003}', '{"body": "second"}', -1, NULL, 'answer'), '900003 ok', 'an answer to it');
SELECT is((SELECT marks FROM exception WHERE id = 900003), 64, 'and the reply waits no more');

-- ---------------------------------------------------------------- later

RESET SESSION AUTHORIZATION;
UPDATE contact_policy SET quiet_days = ARRAY[extract(isodow FROM clock_timestamp() AT TIME ZONE 'UTC')::int, extract(isodow FROM (clock_timestamp() + interval '1 minute') AT TIME ZONE 'UTC')::int] WHERE channel = 'sms';
SET SESSION AUTHORIZATION t_maria;
SELECT matches((SELECT code || ' ' || ok || ' ' || message FROM outreach_send(gen_random_uuid(), pg_temp.items('{900004}', '{"channel": "sms", "template": 9002}'))), '^deferred true it is .* goes out at', 'a quiet day: later');
SELECT ok((SELECT send_after > now() AND send_after::time = '00:00' AND deferred <> '' AND subject IS NULL FROM outreach WHERE exception_id = 900004), 'at its end, and why is kept');

-- ---------------------------------------------------------------- macros

SELECT is(pg_temp.codes('{900005}', '{}', -1, 'ask'), '900005 ok', 'a message and what comes after it');
SELECT results_eq($$ SELECT state::text, owner, wake_at - now() > interval '47 h', tags FROM exception WHERE id = 900005 $$, $$ VALUES ('waiting', 't_maria', true, '{asked}'::text[]) $$, 'waits, is tagged, is hers');
SELECT matches((SELECT text FROM activity WHERE exception_id = 900005), '^sends the e-mail .*, waits on the customer until .*, tagged it asked$', 'in one sentence');
SELECT is((SELECT string_agg(code, ',') FROM undo(pg_temp.key(20))), 'ok', 'and is taken back as one');
SELECT results_eq($$ SELECT e.state::text, e.owner, e.tags, e.marks, o.state::text, o.reason FROM exception e JOIN outreach o ON o.exception_id = e.id WHERE e.id = 900005 $$,
                  $$ VALUES ('new', NULL::text, '{}'::text[], 0, 'cancelled', 'taken back by t_maria') $$, 'all of it');
SELECT is(pg_temp.codes('{900006}', '{}', -1, 'close'), '900006 ok', 'told and resolved');
RESET SESSION AUTHORIZATION;
SELECT is_empty($$ SELECT * FROM outreach o CROSS JOIN LATERAL guardrails(ARRAY[ROW (1, o.exception_id, o.template_id, o.version, o.channel, o.language, o.to_address, o.subject, o.body, o.html, o.edited, o.id,
                    o.passed)::guard_item], now() + interval '20 s') WHERE o.exception_id = 900006 $$, 'which does not hold the message back');
SET SESSION AUTHORIZATION t_maria;
SELECT is(pg_temp.codes('{900006}', '{"body": "after all"}'), '900006 resolved', 'resolved: nothing more is said');
SELECT is((SELECT string_agg(id || ' ' || code, ', ') FROM macro_run(gen_random_uuid(), '{900005,900006}', 'later')), '900005 ok, 900006 resolved', 'a macro without a message');
SELECT is((SELECT code || ' ' || message FROM macro_run(gen_random_uuid(), '{900005}', 'ask')), 'invalid macro "ask" sends a message: compose it', 'one with a message is composed');
SELECT is((SELECT state || ' ' || tags::text FROM exception WHERE id = 900005), 'snoozed {slow}', 'it did what it says');
SET SESSION AUTHORIZATION t_bob;
SELECT is((SELECT code FROM macro_run(gen_random_uuid(), '{900005}', 'later')), 'ok', 'one''s own comes first');
SELECT is((SELECT state || ' ' || tags::text FROM exception WHERE id = 900005), 'working {slow}', 'and works');

-- ---------------------------------------------------------------- taking back, in time and too late

SET SESSION AUTHORIZATION t_bob;
SELECT is(pg_temp.codes('{900004}', '{"body": "quick"}'), '900004 ok', 'sent, on one that is somebody else''s');
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT code FROM release(gen_random_uuid(), '{900004}')), 'ok', 'who gives it back meanwhile');
SET SESSION AUTHORIZATION t_bob;
SELECT results_eq($$ SELECT code FROM undo(gen_random_uuid()) $$, $$ VALUES ('ok') $$, 'taken back all the same');
RESET SESSION AUTHORIZATION;
SELECT results_eq($$ SELECT state::text FROM outreach WHERE body = 'quick' $$, $$ VALUES ('cancelled') $$, 'the message does not go');
SET SESSION AUTHORIZATION t_bob;
SELECT is(pg_temp.codes('{900004}', '{"body": "slow"}'), '900004 ok', 'again');
RESET SESSION AUTHORIZATION;
SELECT pg_temp.later('11 s');
SET SESSION AUTHORIZATION t_bob;
SELECT matches((SELECT code || ' ' || message FROM undo(gen_random_uuid())), '^stale the e-mail may go out any moment: stop it in its messages tab, or with "doorstep outreach cancel', 'ten seconds later it is too late');
RESET SESSION AUTHORIZATION;
UPDATE outreach SET send_after = clock_timestamp() + interval '9 hours', deferred = 'quiet hours' WHERE body = 'slow';
SET SESSION AUTHORIZATION t_bob;
SELECT is((SELECT code FROM undo(gen_random_uuid())), 'ok', 'what waits for the morning is taken back until then');
RESET SESSION AUTHORIZATION;
UPDATE outreach SET state = 'queued', send_after = created_at WHERE body = 'slow';
SET SESSION AUTHORIZATION t_bob;
SELECT is(pg_temp.codes('{900001}', '{"body": "gone"}', -1), '900001 warned', 'a third of a kind is still refused');
RESET SESSION AUTHORIZATION;
UPDATE outreach SET state = 'sent', sent_at = clock_timestamp() - interval '30 s' WHERE body = 'slow';
UPDATE action_log SET undone_by = NULL WHERE verb = 'send' AND who = 't_bob' AND first_id = 900004;
SET SESSION AUTHORIZATION t_bob;
SELECT matches((SELECT code || ' ' || message FROM undo(gen_random_uuid())), '^stale the e-mail went out 30 s ago: it cannot be taken back$', 'gone is gone');

-- ---------------------------------------------------------------- cancel, retry, resolve

RESET SESSION AUTHORIZATION;
CREATE TEMP TABLE m AS SELECT s::text AS state, NULL::bigint AS id FROM unnest(enum_range(NULL::outreach_state)) s;
INSERT INTO outreach (key, exception_id, shipment_id, customer_id, brand_id, channel, to_address, language, subject, body, text_hash, state, by, undo_until, send_after, message_id, sent_at)
SELECT gen_random_uuid(), 900001, 900001, 1, 9001, 'sms', '+15125550188', 'en', NULL, 'state ' || state, gen_random_uuid(), state::outreach_state, 't_bob', now(), now(), 'state ' || state,
       CASE WHEN state IN ('sent', 'delivered') THEN now() - interval '5 min' END FROM m;
UPDATE m SET id = o.id FROM outreach o WHERE o.message_id = 'state ' || m.state;
GRANT SELECT ON m TO PUBLIC;
CREATE FUNCTION pg_temp.all_states(p_call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    EXECUTE format('SELECT string_agg(m.state || '' '' || a.code, '', '' ORDER BY m.state) FROM doorstep.%s a JOIN m USING (id)', format(p_call, (SELECT array_agg(id) FROM m))) INTO said;
    said := said || ' -> ' || (SELECT string_agg(o.state::text, ',' ORDER BY m.state) FROM m JOIN doorstep.outreach o USING (id));
    RAISE SQLSTATE 'ZZ001' USING MESSAGE = said;
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN RETURN sqlerrm;
END
$$;
SET SESSION AUTHORIZATION t_maria;
SELECT is(pg_temp.all_states('outreach_cancel(gen_random_uuid(), %L)'), 'cancelled same, delivered stale, failed stale, held ok, queued ok, sending stale, sent stale, unknown stale'
          ' -> cancelled,delivered,failed,cancelled,cancelled,sending,sent,unknown', 'what waits can be cancelled');
SELECT is(pg_temp.all_states('outreach_retry(gen_random_uuid(), %L)'), 'cancelled ok, delivered stale, failed ok, held ok, queued same, sending stale, sent stale, unknown stale'
          ' -> queued,delivered,queued,queued,queued,sending,sent,unknown', 'what did not go can be sent again');
RESET SESSION AUTHORIZATION;
UPDATE outreach SET tries = 8, lost = 2 WHERE id = (SELECT id FROM m WHERE state = 'failed');
SET SESSION AUTHORIZATION t_maria;
SAVEPOINT again;
SELECT outreach_retry(gen_random_uuid(), ARRAY[(SELECT id FROM m WHERE state = 'failed')]) \g /dev/null
SELECT results_eq($$ SELECT tries, lost FROM outreach WHERE id = (SELECT id FROM m WHERE state = 'failed') $$, 'VALUES (0, 0)', 'with all its tries before it');
ROLLBACK TO again;
SELECT is(pg_temp.all_states('outreach_resolve(gen_random_uuid(), %L, ''sent'')'), 'cancelled stale, delivered stale, failed stale, held stale, queued stale, sending stale, sent stale, unknown ok'
          ' -> cancelled,delivered,failed,held,queued,sending,sent,sent', 'what nobody knew is found out');
SELECT is((SELECT string_agg(code, ',') FROM outreach_resolve(gen_random_uuid(), ARRAY(SELECT id FROM m WHERE state = 'unknown'), 'perhaps')), 'invalid', 'with an outcome there is');
SELECT results_eq($$ SELECT code, message FROM outreach_cancel(pg_temp.key(50), ARRAY(SELECT id FROM m WHERE state IN ('queued', 'held')) || 0::bigint) ORDER BY id $$,
                  $$ VALUES ('gone', 'there is no message 0'), ('ok', ''), ('ok', '') $$, 'two of one exception, and one of none');
SELECT results_eq($$ SELECT verb, text FROM activity WHERE exception_id = 900001 ORDER BY seq DESC LIMIT 1 $$,
                  $$ VALUES ('outreach_cancel', 'cancels the SMS written by hand to +1 … 88; cancels the SMS written by hand to +1 … 88') $$, 'one line in its activity');
SET SESSION AUTHORIZATION t_zoe;
SELECT is((SELECT string_agg(DISTINCT code, ',') FROM outreach_retry(gen_random_uuid(), ARRAY(SELECT id FROM m))), 'gone', 'other brands'' messages are not there');
SET SESSION AUTHORIZATION t_vic;
SELECT is((SELECT string_agg(DISTINCT code, ',') FROM outreach_cancel(gen_random_uuid(), ARRAY(SELECT id FROM m))), 'denied', 'viewers cancel nothing');
SELECT throws_like($$ SELECT draft_save(900001, 'email', NULL, NULL, 's', 'x') $$, '%it takes an agent%', 'and write nothing');
SELECT is((SELECT count(*)::int FROM messages(900001, -1)) + (SELECT count(*)::int FROM context_scans(900001, -1)) + (SELECT count(*)::int FROM context_activity(900001, -5)), 0, 'at most less than none is none');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT bool_and(outreach_by_message(message_id) = id) FROM outreach WHERE message_id LIKE '%@mail.acme.example'), true, 'receipts find each by its message id');
SELECT is_empty($$ SELECT * FROM audit_verify() $$, 'the audit log is whole');

SELECT finish();
ROLLBACK;
