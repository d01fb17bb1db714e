-- Tags, macros, and the playbook's steps that tell a customer something.
BEGIN;
\ir fixture.psql
SELECT plan(59);

-- ---------------------------------------------------------------- tags

SET SESSION AUTHORIZATION t_maria;
SELECT results_eq($$ SELECT id, ok, code FROM tag(pg_temp.key(1), '{900001,900002,5}', ' VIP ') $$,
                  $$ VALUES (5::bigint, false, 'gone'), (900001, true, 'ok'), (900002, true, 'ok') $$, 'tagged, in small letters');
SELECT results_eq($$ SELECT id, ok, code FROM tag(pg_temp.key(1), '{900001,900002,5}', 'other') $$,
                  $$ VALUES (5::bigint, false, 'gone'), (900001, true, 'ok'), (900002, true, 'ok') $$, 'once a key');
SELECT is((SELECT tags FROM exception WHERE id = 900001), '{vip}', 'kept');
SELECT results_eq($$ SELECT code, message FROM tag(pg_temp.key(2), '{900001}', 'vip') $$, $$ VALUES ('same', 'it has tag vip already') $$, 'twice is once');
SELECT is((SELECT code FROM tag(pg_temp.key(3), '{900001}', 'asked-address')), 'ok', 'another');
SELECT is((SELECT tags FROM exception WHERE id = 900001), '{asked-address,vip}', 'in order');
SELECT results_eq($$ SELECT verb, text, before, after FROM activity WHERE exception_id = 900001 ORDER BY seq DESC LIMIT 1 $$,
    $$ VALUES ('tag', 'tagged it asked-address', '{"tags": ["vip"]}'::jsonb, '{"tags": ["asked-address", "vip"]}'::jsonb) $$, 'the activity tells');
SELECT results_eq($$ SELECT DISTINCT code FROM unnest(ARRAY['', '-x', 'a b', 'é', repeat('a', 25), '#vip', NULL]) t CROSS JOIN LATERAL tag(gen_random_uuid(), '{900001}', t) $$,
                  $$ VALUES ('invalid') $$, 'not anything is a tag');
SELECT is((SELECT code FROM tag(pg_temp.key(4), '{900001}', repeat('a', 24))), 'ok', '24 characters are');
SELECT is(undo_peek(), 'tag of #900001', 'said before it is undone');
SELECT is((SELECT code FROM undo(pg_temp.key(5))), 'ok', 'undone');
SELECT is((SELECT tags FROM exception WHERE id = 900001), '{asked-address,vip}', 'as it was');
SELECT results_eq($$ SELECT id, code FROM untag(pg_temp.key(6), '{900001,900003}', 'vip') $$, $$ VALUES (900001::bigint, 'ok'), (900003, 'same') $$, 'taken off where it was');
SELECT is((SELECT tags FROM exception WHERE id = 900001), '{asked-address}', 'the other stays');
SELECT is((SELECT code FROM undo(pg_temp.key(7))), 'ok', 'undone');
SELECT is((SELECT tags FROM exception WHERE id = 900001), '{asked-address,vip}', 'both are back');
SELECT results_eq($$ SELECT code, count(*) FROM generate_series(1, 14) n CROSS JOIN LATERAL tag(gen_random_uuid(), '{900004}', 'tag' || n) GROUP BY 1 ORDER BY 1 $$,
                  $$ VALUES ('invalid', 2::bigint), ('ok', 12) $$, 'twelve are enough');
SELECT is((SELECT code FROM resolve(pg_temp.key(8), '{900004}', 'no_action')), 'ok', 'a resolved one');
SELECT is((SELECT code FROM untag(pg_temp.key(9), '{900004}', 'tag1')), 'ok', 'can be tagged, too');
SELECT results_eq($$ SELECT tag_ids('{vip,tag2}') ORDER BY 1 $$, $$ VALUES (900001::bigint), (900002) $$, 'open ones are found by any of them');
SELECT results_eq($$ SELECT word FROM filter_words() WHERE field = 'tag' AND word IN ('vip', 'asked-address', 'tag1') ORDER BY 1 $$, $$ VALUES ('asked-address'), ('tag1'), ('vip') $$, 'and completed');
SELECT is(show_json(900001) -> 'tags', '["asked-address", "vip"]', 'lists have them');
SELECT is(show_json(900003) -> 'tags', '[]', 'none is an empty list');
SET SESSION AUTHORIZATION t_vic;
SELECT is((SELECT code FROM tag(pg_temp.key(10), '{900001}', 'x')), 'denied', 'viewers do not tag');
SET SESSION AUTHORIZATION t_zoe;
SELECT is((SELECT code FROM tag(pg_temp.key(11), '{900001}', 'x')), 'gone', 'nor who does not see it');
SELECT is_empty($$ SELECT tag_ids('{vip}') $$, 'or finds it');
SELECT is_empty($$ SELECT word FROM filter_words() WHERE word = 'vip' $$, 'or its words');
-- somebody else's later change stands
SET SESSION AUTHORIZATION t_bob;
SELECT is((SELECT code FROM tag(pg_temp.key(12), '{900005}', 'mine')), 'ok', 'one tags it');
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT code FROM tag(pg_temp.key(13), '{900005}', 'hers')), 'ok', 'another does, too');
SET SESSION AUTHORIZATION t_bob;
SELECT is((SELECT code FROM undo(pg_temp.key(14))), 'stale', 'theirs is newer');
SELECT is((SELECT tags FROM exception WHERE id = 900005), '{hers,mine}', 'and stays');
RESET SESSION AUTHORIZATION;
SET enable_seqscan = off;
CREATE FUNCTION pg_temp.plan_of(p text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN ' || p; END $$;
SELECT ok(EXISTS (SELECT FROM pg_temp.plan_of($$ SELECT id FROM exception e WHERE e.tags && '{vip}' AND e.tags <> '{}' AND e.state <> 'resolved' $$) l WHERE l LIKE '%exception_tags%'), 'by the index of tags');
RESET enable_seqscan;
SET SESSION AUTHORIZATION t_lea;
SELECT is_empty($$ SELECT * FROM audit_verify() $$, 'the activity is whole');

-- ---------------------------------------------------------------- macros

RESET SESSION AUTHORIZATION;
INSERT INTO template (name, channel, language) VALUES ('t_ask', 'sms', 'en');
SET SESSION AUTHORIZATION t_maria;
SELECT results_eq($$ SELECT ok, code FROM macro_save(pg_temp.key(20), '{"name": "t-ask", "title": "Ask", "template": "t_ask", "channel": "sms", "then": "wait", "for_minutes": 2880, "tag": "asked"}') $$,
                  $$ VALUES (true, 'ok') $$, 'a macro of one''s own');
SELECT is((SELECT count(*) FROM macro WHERE name = 't-ask'), 1::bigint, 'is there');
SELECT is((SELECT code FROM macro_save(pg_temp.key(21), '{"name": "t-ask", "title": "Ask again", "template": "t_ask", "then": "snooze", "next_scan": true, "channel": ""}')), 'ok', 'the same name');
SELECT results_eq($$ SELECT title, then_verb, next_scan, tag, channel::text FROM macro WHERE name = 't-ask' $$, $$ VALUES ('Ask again', 'snooze', true, NULL::text, NULL::text) $$, 'is written anew');
SELECT results_eq($$ SELECT f.n, m.message FROM (VALUES
        (1, '{"name": "T x"}'::jsonb, 'no macro name'), (2, '{"title": ""}', 'title'), (3, '{"template": "no_such"}', 'no template'), (4, '{"channel": "fax"}', 'no channel'), (5, '{"channel": "sms"}', 'sends nothing'),
        (6, '{"then": "explode"}', 'explode'), (7, '{"then": "wait", "for_minutes": 0}', 'minute to a year'), (8, '{"then": "work", "for_minutes": 5}', 'last for a time'), (9, '{"then": "wait", "next_scan": true}', 'only a snooze'),
        (10, '{"then": "snooze"}', 'how long'), (11, '{"then": "resolve"}', 'how it ended'), (12, '{"then": "resolve", "resolution": "other"}', 'how it ended'), (13, '{"then": "work", "resolution": "refunded"}', 'only resolve'),
        (14, '{"tag": "No Tag"}', 'no tag'), (15, '{}', 'does nothing')) f(n, more, says)
     CROSS JOIN LATERAL macro_save(gen_random_uuid(), '{"name": "t-bad", "title": "Bad"}'::jsonb || f.more) m WHERE m.code <> 'invalid' OR strpos(m.message, f.says) = 0 $$,
    $$ SELECT 0, ''::text WHERE false $$, 'what makes no sense is refused with a sentence');
SELECT throws_ok($$ SELECT * FROM macro_save(gen_random_uuid(), '["t-bad"]') $$, '22023', 'a macro is given as a JSON object with its name, its title and what it does', 'nor does what is none');
SELECT throws_ok($$ SELECT * FROM macro_save(gen_random_uuid(), NULL) $$, '22023', 'a macro is given as a JSON object with its name, its title and what it does', 'or nothing');
SELECT throws_like($$ SELECT * FROM macro_save(pg_temp.key(22), '{"name": "t-ours", "title": "Ours", "tag": "x", "shared": true}') $$, '%takes a lead%', 'everyone''s are the leads''');
SELECT is((SELECT code FROM macro_delete(pg_temp.key(23), 'address_issue')), 'denied', 'to delete, too');
SELECT is((SELECT code FROM macro_delete(pg_temp.key(24), 'no-such')), 'gone', 'what is not there cannot be deleted');
SET SESSION AUTHORIZATION t_bob;
SELECT is_empty($$ SELECT FROM macro WHERE name = 't-ask' $$, 'others do not see one''s own');
SELECT is((SELECT code FROM macro_delete(pg_temp.key(25), 't-ask')), 'gone', 'nor delete it');
SET SESSION AUTHORIZATION t_vic;
SELECT throws_like($$ SELECT * FROM macro_save(pg_temp.key(26), '{"name": "t-v", "title": "V", "tag": "x"}') $$, '%takes an agent%', 'viewers have none');
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT code FROM macro_delete(pg_temp.key(27), 't-ask')), 'ok', 'their owner deletes it');

-- ---------------------------------------------------------------- the playbook

RESET SESSION AUTHORIZATION;
SELECT is_empty($$ SELECT k FROM unnest(enum_range(NULL::exception_kind)) k WHERE k <> 'tracking_error' AND NOT EXISTS (SELECT FROM macro m WHERE m.owner IS NULL AND m.name = k::text AND m.template = k::text) $$,
                'each kind a customer may hear of has its macro');
SELECT is_empty($$ SELECT p.kind FROM playbook p WHERE p.action = 'macro' AND NOT EXISTS (SELECT FROM macro m WHERE m.owner IS NULL AND m.name = p.argument AND m.name = p.kind::text) $$, 'which its step names');
SELECT is_empty($$ SELECT kind FROM playbook WHERE situation = 'mine' AND kind = 'tracking_error' AND action = 'macro' $$, 'but what is internal');
SELECT is_empty($$ SELECT label FROM playbook WHERE length(label) > 110 OR length(then_text) > 150 OR length(argument) > 43 $$, 'short enough to be shown whole');
SELECT results_eq($$ SELECT macro_says(m) FROM macro m WHERE owner IS NULL AND name IN ('address_issue', 'delay_weather', 'lost', 'stalled') ORDER BY name $$,
    $$ VALUES ('sends address_issue, waits on the customer for 2 days, tags it asked_address'), ('sends delay_weather, snoozes it until the next scan'),
              ('sends lost, keeps working on it'), ('sends stalled, snoozes it for 3 days or until the next scan, tags it asked_carrier') $$, 'said in words');
SET SESSION AUTHORIZATION t_maria;
SELECT results_eq('SELECT action, argument FROM next_step(900006)', $$ VALUES ('claim', '') $$, 'nobody''s is claimed');
SELECT is((SELECT code FROM claim(pg_temp.key(30), '{900006}')), 'ok', 'claimed');
SELECT results_eq('SELECT action, argument, label FROM next_step(900006)', $$ VALUES ('macro', 'address_issue', 'send "Address needed", then wait for the address') $$, 'then the customer is asked');
SELECT results_eq('SELECT next_action, next_argument FROM context_head(900006)', $$ VALUES ('macro', 'address_issue') $$, 'as the context says');
SELECT is(show_json(900006) #>> '{next_step,argument}', 'address_issue', 'and the document');
SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT code FROM macro_delete(pg_temp.key(31), 'address_issue')), 'ok', 'a lead deletes the macro');
SET SESSION AUTHORIZATION t_maria;
SELECT results_eq('SELECT action, argument FROM next_step(900006)', $$ VALUES ('note', '') $$, 'and the step is what holds for any kind');

SELECT finish();
ROLLBACK;
