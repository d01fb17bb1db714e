-- Playbooks: shipped for every kind, walked by the timeline, changed by leads, kept in versions.
BEGIN;
\ir fixture.psql
SELECT plan(56);

-- ---------------------------------------------------------------- what is shipped

SELECT is((SELECT count(DISTINCT kind)::int FROM playbook_step), 21, 'for every kind');
SELECT is_empty($$ SELECT kind FROM playbook_step GROUP BY kind HAVING count(*) < 3 OR max(step) <> count(*) $$, 'of several steps, numbered through');
SELECT is_empty($$ SELECT kind, step FROM playbook_step WHERE playbook_wrong_condition(condition) IS NOT NULL $$, 'their conditions are conditions');
SELECT is_empty($$ SELECT k, playbook_wrong(playbook_json(k)) FROM unnest(enum_range(NULL::exception_kind)) k WHERE playbook_wrong(playbook_json(k)) IS NOT NULL $$, 'and each could be set as it is');
SELECT is_empty($$ SELECT kind FROM playbook_step WHERE kind = 'tracking_error' AND action IN ('macro', 'message') $$, 'a tracking error never reaches a customer');
SELECT is((SELECT count(*)::int FROM playbook_version WHERE version = 1 AND by = 'doorstep'), 21, 'as their first versions');

-- ---------------------------------------------------------------- conditions

CREATE FUNCTION pg_temp.holds(c text) RETURNS boolean LANGUAGE sql AS $$ SELECT playbook_holds(e, e.opened_at, c, now()) FROM exception e WHERE e.id = 900005 $$;
UPDATE exception SET marks = 64, effective_status = 'delayed', tier = 'Gold', severity = 'high', promised_at = now() - interval '1 hour' WHERE id = 900005;
SELECT is(pg_temp.holds(c), w, format('"%s" %s', c, w)) FROM (VALUES ('', true), ('told', true), ('-told', false), ('replied', false), ('-replied told', true), ('unanswered', false), ('contacted', false),
    ('case', false), ('breached', false), ('late', true), ('woken', false), ('overridden', false), ('outage', false), ('status:in_transit,delayed', true), ('-status:delayed', false),
    ('tier:gold', true), ('tier:silver', false), ('-tier:silver severity:high,critical', true)) v(c, w);
SELECT is(playbook_wrong_condition('told -status:lost tier:gold'), NULL, 'conditions');
SELECT matches(playbook_wrong_condition(c), 'is no condition: use told', format('"%s" is none', c)) FROM unnest('{tolds,told:x,status:,status:gone,--told,severity:awful,tier:}'::text[]) c;
SELECT is(playbook_says('-replied told'), 'if they have not answered', 'in words');

-- ---------------------------------------------------------------- walking

CREATE FUNCTION pg_temp.next(p bigint) RETURNS text LANGUAGE sql AS $$ SELECT concat_ws(' ', action, nullif(argument, '')) || ' | ' || then_text FROM next_step(p) $$;
CREATE FUNCTION pg_temp.states(p bigint) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(state, ' ' ORDER BY step) FROM playbook_steps(p) $$;
CREATE FUNCTION pg_temp.sent(e bigint, ago interval) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = doorstep AS $$
    INSERT INTO outreach (key, exception_id, shipment_id, customer_id, brand_id, channel, to_address, language, body, text_hash, state, by, created_at, undo_until, send_after, message_id, sent_at)
    SELECT gen_random_uuid(), e, e, 1, 9001, 'email', 'a@example.com', 'en', 'b', gen_random_uuid(), 'sent', 't_maria', now() - ago, now(), now(), 'pb' || e || ago, now() - ago;
    UPDATE exception SET marks = marks | 64 WHERE id = e $$;
UPDATE exception SET opened_at = now() - interval '5 days', owner = 't_maria', state = 'working' WHERE id IN (900001, 900002, 900003);
SET SESSION AUTHORIZATION t_maria;
SELECT is(pg_temp.next(900001), 'macro address_issue | give the carrier the address, note who confirmed it, when they have answered', 'the customer is asked first, and what comes then is said');
SELECT is(pg_temp.states(900001), 'now then then then then', 'in order');
SELECT pg_temp.sent(900001, '1 day') \g /dev/null
SELECT is(pg_temp.states(900001), 'done when when later then', 'asked: no answer yet');
SELECT matches(pg_temp.next(900001), '^snooze 14[34]\dm \| no answer: ask again, another way$', 'until it is time to ask again');
RESET SESSION AUTHORIZATION;
INSERT INTO contact (brand_id, exception_id, channel, from_address, at, text, provider, provider_id) VALUES (9001, 900001, 'email', 'a@example.com', now(), 'It is 4B', 't', 'pb');
SET SESSION AUTHORIZATION t_maria;
SELECT is(pg_temp.next(900001), 'note | resolve as address corrected, when they have answered', 'an answer: the carrier is told');
SELECT note(pg_temp.key(1), '{900001}', 'UPS has it, ref 77') \g /dev/null
SELECT is(pg_temp.next(900001), 'resolve address_fixed | no answer: ask again, another way, after 2 days, if they have not answered', 'noted: resolve');
SELECT is(pg_temp.states(900001), 'done done now then then', 'as all of it shows');
-- without an answer, after two days
SELECT pg_temp.sent(900002, '3 days') \g /dev/null
SELECT is(pg_temp.next(900002), 'message | still none: open a case and call them, before it goes back, after 1 day, if they have not answered', 'two days on: asked again');
SELECT pg_temp.sent(900002, '2 hours') \g /dev/null
SELECT is(pg_temp.states(900002), 'done when when done later', 'and then it has time');
-- it got worse: all begins again
RESET SESSION AUTHORIZATION;
INSERT INTO activity (exception_id, seq, brand_id, at, actor, verb, text, hash) VALUES (900002, 1, 9001, now(), 'feed', 'escalated', '', '');
UPDATE exception SET kind = 'lost', activity_seq = 1 WHERE id = 900002;
SET SESSION AUTHORIZATION t_maria;
SELECT is(pg_temp.next(900002), 'macro lost | open a claim with the carrier, once they were told', 'it is lost: that is to be told');
-- a lead's step
RESET SESSION AUTHORIZATION;
UPDATE exception SET kind = 'tracking_error', effective_status = 'error', activity_seq = 1 WHERE id = 900003;
INSERT INTO activity (exception_id, seq, brand_id, at, actor, verb, text, hash) VALUES (900003, 1, 9001, now() - interval '2 days', 't_maria', 'note', '', '');
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT action || ' ' || label FROM next_step(900003)), 'assign hand it to a lead: ask the provider of the tracking, note the answer', 'an agent hands it to one');
SELECT is((SELECT code FROM assign(pg_temp.key(2), '{900003}', 't_lea')), 'ok', 'which is done');
SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT action || ' ' || label FROM next_step(900003)), 'note ask the provider of the tracking, note the answer', 'who does it');
SELECT is(show_json(900003) #>> '{playbook,1,state}', 'now', 'and the document says so');
-- what is resolved has nothing left to do; what is asked then was no step
RESET SESSION AUTHORIZATION;
UPDATE exception SET kind = 'address_issue', opened_at = now() - interval '5 days', state = 'resolved', resolved_at = now() - interval '1 hour', resolution = 'delivered' WHERE id = 900004;
SET SESSION AUTHORIZATION t_lea;
SELECT is(pg_temp.states(900004), NULL, 'resolved: nothing is to be done now');
SELECT pg_temp.sent(900004, '5 minutes') \g /dev/null
SELECT is(pg_temp.states(900004), NULL, 'how it went, asked afterwards, is not the first step');
SELECT pg_temp.sent(900004, '2 days') \g /dev/null
SELECT is(pg_temp.states(900004), 'done', 'what was done stays');

-- ---------------------------------------------------------------- changing

SET SESSION AUTHORIZATION t_maria;
SELECT throws_ok($$ SELECT * FROM playbook_set(gen_random_uuid(), 'other', '[{"action": "note", "label": "x"}]') $$, '42501', NULL, 'an agent changes none');
SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT message FROM playbook_set(pg_temp.key(10), 'other', '[{"action": "note", "label": "x"}, {"action": "fly", "label": "y"}]')),
          'step 2: "fly" is nothing a step can do: use macro, message, case, note, resolve, wait, snooze, assign, severity, tag, override or contact', 'what is no step');
SELECT is((SELECT count(*)::int FROM (VALUES ('[]'), ('{}'), ('[{"action": "note"}]'), ('[{"action": "macro", "argument": "none", "label": "x"}]'), ('[{"action": "case", "label": "x"}]'),
           ('[{"action": "note", "label": "x", "after": "soon"}]'), ('[{"action": "note", "label": "x", "owner": "dog"}]'), ('[{"action": "note", "label": "x", "condition": "x"}]'), ('[1]')) v(s)
           CROSS JOIN LATERAL playbook_set(gen_random_uuid(), 'other', s::jsonb) p WHERE p.code = 'invalid'), 9, 'nor are these');
SELECT is((SELECT code || ' ' || rev || ' ' || message FROM playbook_set(pg_temp.key(11), 'other', '[{"action": "note", "label": "look at it"}, {"action": "resolve", "after": "2d", "condition": "-told", "owner": "lead", "label": "resolve"}]')),
          'ok 2 other has version 2 of its playbook', 'a lead sets one');
SELECT is((SELECT code FROM playbook_set(pg_temp.key(12), 'other', playbook_json)) , 'same', 'the same is none') FROM (SELECT steps AS playbook_json FROM playbook_version WHERE kind = 'other' AND version = 2) x;
SET CONSTRAINTS ALL IMMEDIATE;
RESET SESSION AUTHORIZATION;
SELECT is((SELECT concat_ws(' ', actor, verb, after ->> 'version') FROM control_log WHERE subject = 'playbook other' ORDER BY seq DESC LIMIT 1), 't_lea add 2', 'the log of control has it');

SELECT finish();
ROLLBACK;
