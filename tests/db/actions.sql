-- What people do to exceptions, item by item, and how it is taken back.
BEGIN;
\ir fixture.psql
SELECT plan(99);
CREATE FUNCTION pg_temp.line(p bigint) RETURNS text LANGUAGE sql AS
    $$ SELECT state || ' ' || coalesce(owner, '-') || ' ' || severity FROM exception WHERE id = p $$;

SELECT results_eq($$ SELECT doorstep.ago(make_interval(secs => s)) FROM unnest('{-3,0,9,10,59,60,3600,90000,200000}'::int[]) s $$,
    $$ VALUES ('just now'), ('just now'), ('just now'), ('10 s ago'), ('59 s ago'), ('1 min ago'), ('1 h ago'), ('1 day ago'), ('2 days ago') $$,
    'ages as people say them');
SET SESSION AUTHORIZATION t_maria;

-- claim
SELECT results_eq($$ SELECT id, ok, code, rev FROM claim(pg_temp.key(1), '{900002,900001,900001,1}') $$,
                  $$ VALUES (1::bigint, false, 'gone', NULL::int), (900001, true, 'ok', 2), (900002, true, 'ok', 2) $$, 'claim answers item by item');
SELECT is(pg_temp.line(900001), 'working t_maria high', 'a new one is worked on by its claimer');
SELECT results_eq($$ SELECT id, ok, code, rev FROM claim(pg_temp.key(1), '{900002,900001,900001,1}') $$,
                  $$ VALUES (1::bigint, false, 'gone', NULL::int), (900001, true, 'ok', 2), (900002, true, 'ok', 2) $$, 'the same key gets the same answer');
SELECT is((SELECT rev FROM exception WHERE id = 900001), 2, 'and changes nothing');
SELECT is((SELECT count(*)::int FROM activity WHERE exception_id = 900001), 1, 'nor writes activity');
SELECT results_eq($$ SELECT ok, code FROM claim(pg_temp.key(2), '{900001}') $$, $$ VALUES (true, 'same') $$, 'claiming one''s own is fine');
SELECT throws_like($$ SELECT * FROM claim(NULL, '{900001}') $$, '%needs a key%', 'an action needs a key');
SELECT is_empty($$ SELECT * FROM claim(pg_temp.key(3), '{}') $$, 'no ids, no answers');
SELECT results_eq($$ SELECT actor, verb, text, before, after FROM activity WHERE exception_id = 900001 $$,
    $$ SELECT 't_maria', 'claim', 'claimed it', jsonb_build_object('owner', NULL, 'state', 'new', 'owned_at', NULL),
              jsonb_build_object('owner', 't_maria', 'state', 'working', 'owned_at', after -> 'owned_at') FROM activity WHERE exception_id = 900001 $$,
    'activity keeps the fields before and after');

SET SESSION AUTHORIZATION t_bob;
SELECT results_eq($$ SELECT ok, code FROM claim(pg_temp.key(4), '{900001}') $$, $$ VALUES (false, 'taken') $$, 'the second one loses');
SELECT matches((SELECT message FROM claim(pg_temp.key(4), '{900001}')), '^t_maria claimed it (just now|\d+ s ago)$', 'and is told who won, and when');
SELECT results_eq($$ SELECT code, message FROM release(pg_temp.key(5), '{900001}') $$,
                  $$ VALUES ('denied', 't_maria has it: they or a lead can release it') $$, 'an agent does not release another''s');
SELECT is((SELECT code FROM assign(pg_temp.key(6), '{900001}', 't_bob')), 'denied', 'nor hands it on');
SELECT is((SELECT code FROM release(pg_temp.key(7), '{900003}')), 'same', 'nothing to release');

-- assign
SELECT is((SELECT code FROM assign(pg_temp.key(8), '{900003}', 't_maria')), 'ok', 'an agent hands out what nobody has');
SELECT is(pg_temp.line(900003), 'working t_maria critical', 'to a colleague');
SELECT results_eq($$ SELECT code, message FROM assign(pg_temp.key(9), '{900004}', 'nosuch') $$, $$ VALUES ('invalid', 'there is no person "nosuch"') $$, 'not to a stranger');
SELECT is((SELECT code FROM assign(pg_temp.key(10), '{900004}', 't_vic')), 'invalid', 'nor to a viewer');
SELECT is((SELECT code FROM assign(pg_temp.key(11), '{900004}', 'me')), 'ok', '"me" is oneself');
SELECT is(pg_temp.line(900004), 'working t_bob high', 'truly');
SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT code FROM assign(pg_temp.key(12), '{900004}', 't_maria')), 'ok', 'a lead hands on anything');
SELECT is((SELECT code FROM assign(pg_temp.key(13), '{900004}', 't_maria')), 'same', 'once');
SELECT is((SELECT code FROM release(pg_temp.key(14), '{900004}', 'maria is away')), 'ok', 'and releases anything');
SELECT is(pg_temp.line(900004), 'new - high', 'which is new again');
SELECT is((SELECT text FROM activity WHERE exception_id = 900004 ORDER BY seq DESC LIMIT 1), 'took it from t_maria, back to the queue: maria is away', 'with the reason kept');

-- take_next: 900001 to 900003 have owners, 900004 is due first
SET SESSION AUTHORIZATION t_bob;
SELECT results_eq($$ SELECT id, ok, code FROM take_next(pg_temp.key(20), '{900005,900004,900006}') $$, $$ VALUES (900004::bigint, true, 'ok') $$, 'take_next takes the most urgent');
SELECT is((SELECT id FROM take_next(pg_temp.key(20), '{900005,900004,900006}')), 900004::bigint, 'once a key');
SELECT is((SELECT id FROM take_next(pg_temp.key(21), '{900005,900004,900006}')), 900005::bigint, 'then the next');
SELECT results_eq($$ SELECT id, ok, code FROM take_next(pg_temp.key(22), '{900004,900001}') $$, $$ VALUES (0::bigint, false, 'gone') $$, 'until none is left');
SELECT is(undo_peek(), 'claim of #900005', 'which is said before it is undone');

-- undo
SELECT results_eq('SELECT id, ok, code FROM undo(pg_temp.key(23))', $$ VALUES (900005::bigint, true, 'ok') $$, 'undo takes the last action back');
SELECT is(pg_temp.line(900005), 'new - high', 'as it was');
SELECT results_eq('SELECT id, ok, code FROM undo(pg_temp.key(23))', $$ VALUES (900005::bigint, true, 'ok') $$, 'the same undo again is the same answer');
SELECT is(pg_temp.line(900004), 'working t_bob high', 'and goes no further back');
SELECT is(undo_peek(), 'claim of #900004', 'the one before is next');
SELECT is(undo_stays(), NULL, 'nothing is newer');
SELECT is((SELECT code FROM note(pg_temp.key(24), '{900004}', 'called them')), 'ok', 'a note after it');
SELECT is(undo_stays(), 'the note on #900004 stays', 'is not passed over in silence');
SELECT is(undo_peek(), 'claim of #900004', 'where older is offered');

-- snooze, wait, work
SELECT is((SELECT code FROM snooze(pg_temp.key(30), '{900004}')), 'invalid', 'snooze needs an end');
SELECT is((SELECT code FROM snooze(pg_temp.key(31), '{900004}', now() - interval '1 minute')), 'invalid', 'in the future');
SELECT is((SELECT code FROM snooze(pg_temp.key(32), '{900004}', now() + interval '2 years')), 'invalid', 'within a year');
SELECT is((SELECT code FROM snooze(pg_temp.key(33), '{900004}', 'infinity')), 'invalid', 'not for ever');
SELECT is((SELECT code FROM snooze(pg_temp.key(34), '{900004}', NULL, true)), 'ok', 'or the next scan');
SELECT results_eq($$ SELECT state::text, wake_at, wake_on_scan, due_at FROM exception WHERE id = 900004 $$,
                  $$ VALUES ('snoozed', NULL::timestamptz, true, NULL::timestamptz) $$, 'snoozed, and nothing due');
SELECT is((SELECT code FROM snooze(pg_temp.key(35), '{900004}', NULL, true)), 'same', 'the same again changes nothing');
SELECT is((SELECT code FROM work(pg_temp.key(36), '{900004}')), 'ok', 'work wakes it');
SELECT results_eq($$ SELECT state::text, wake_on_scan, due_at IS NOT NULL FROM exception WHERE id = 900004 $$, $$ VALUES ('working', false, true) $$, 'due again');
SELECT is((SELECT code FROM work(pg_temp.key(37), '{900004}')), 'same', 'working already');
SELECT is((SELECT code FROM wait(pg_temp.key(38), '{900006}', now() + interval '2 days', 'asked for the gate code')), 'ok', 'waiting on the customer');
SELECT is(pg_temp.line(900006), 'waiting t_bob high', 'is the doing of one who has it');
SELECT ok((SELECT first_response_at IS NOT NULL FROM exception WHERE id = 900006), 'and counts as the first response');
SELECT is((SELECT code FROM wait(pg_temp.key(39), '{900006}', now() - interval '1 s')), 'invalid', 'until a time that has not passed');

-- waking
RESET SESSION AUTHORIZATION;
UPDATE exception SET wake_at = now() - interval '1 second' WHERE id = 900006;
SET SESSION AUTHORIZATION t_vic;
SELECT is(wake_due(), 0, 'a viewer wakes nothing');
SET SESSION AUTHORIZATION t_will;
SELECT ok(wake_due() >= 1, 'the worker wakes what is due');
RESET SESSION AUTHORIZATION;
SELECT is(pg_temp.line(900006), 'working t_bob high', 'for its owner');
SELECT is((SELECT actor || ' ' || verb FROM activity WHERE exception_id = 900006 ORDER BY seq DESC LIMIT 1), 'clock wake', 'and says so');
SET SESSION AUTHORIZATION t_bob;
SELECT is(wake_due(), 0, 'once');
-- bob's wait cannot be taken back: the clock has changed it since
SELECT results_eq('SELECT id, ok, code FROM undo(pg_temp.key(40))', $$ VALUES (900006::bigint, false, 'stale') $$, 'what somebody else changed since is left');

-- instants in the activity are UTC, also of a session elsewhere
SET timezone = 'Asia/Tokyo';
SELECT lives_ok($$ SELECT snooze(pg_temp.key(41), '{900006}', '2026-12-01 09:00+09'::timestamptz + (now() - '2026-11-22Z')) $$, 'from a session in Tokyo');
RESET timezone;
SELECT matches((SELECT after ->> 'wake_at' FROM activity WHERE exception_id = 900006 ORDER BY seq DESC LIMIT 1), '\+00:00$', 'kept in UTC');

-- note
SELECT is((SELECT code FROM note(pg_temp.key(50), '{900001}', E'  two words\x07 ')), 'ok', 'anybody notes');
SELECT is((SELECT text FROM activity WHERE exception_id = 900001 AND verb = 'note'), 'two words', 'trimmed, without control characters');
SELECT is((SELECT marks & 4 FROM exception WHERE id = 900001), 4, 'which marks it');
SELECT is((SELECT code FROM note(pg_temp.key(51), '{900001}', E' \n ')), 'invalid', 'not nothing');
SELECT is((SELECT code FROM note(pg_temp.key(52), '{900001}', repeat('x', 4001))), 'invalid', 'nor a book');

-- severity
SELECT is((SELECT code FROM severity(pg_temp.key(53), '{900001}', 'critical')), 'ok', 'severity');
SELECT is((SELECT code FROM severity(pg_temp.key(54), '{900001}', 'critical')), 'same', 'once');
SELECT is((SELECT code FROM severity(pg_temp.key(55), '{900001}', 'awful')), 'invalid', 'of the list');

-- resolve and reopen
SELECT is((SELECT code FROM resolve(pg_temp.key(60), '{900001}', 'fixed')), 'invalid', 'a resolution is one of the list');
SELECT is((SELECT code FROM resolve(pg_temp.key(61), '{900001}', 'other', '  ')), 'invalid', '"other" needs words');
SELECT results_eq($$ SELECT id, code FROM resolve(pg_temp.key(62), '{900001,900002}', 'address_fixed', 'apartment 4') $$,
                  $$ VALUES (900001::bigint, 'ok'), (900002, 'ok') $$, 'resolves several');
SELECT results_eq($$ SELECT state::text, resolution, resolution_text, resolved_at IS NOT NULL, due_at FROM exception WHERE id = 900001 $$,
                  $$ VALUES ('resolved', 'address_fixed', 'apartment 4', true, NULL::timestamptz) $$, 'with what is needed to know how');
SELECT is((SELECT code FROM claim(pg_temp.key(63), '{900001}')), 'resolved', 'a resolved one is not claimed');
SELECT is((SELECT code FROM resolve(pg_temp.key(64), '{900001}', 'refunded')), 'resolved', 'nor resolved again');
SELECT is(undo_peek(), 'resolution of 2 exceptions', 'peek counts');
SELECT is((SELECT count(*)::int FROM undo(pg_temp.key(65)) WHERE ok), 2, 'undo opens both');
SELECT is(pg_temp.line(900001), 'working t_maria critical', 'to their owner');
SELECT is((SELECT code FROM reopen(pg_temp.key(66), '{900001}', 'no')), 'not_resolved', 'nothing to reopen');
SELECT lives_ok($$ SELECT resolve(pg_temp.key(67), '{900001}', 'delivered') $$, 'resolved once more');
SELECT is((SELECT code FROM reopen(pg_temp.key(68), '{900001}', 'not at all')), 'ok', 'reopened');
SELECT results_eq($$ SELECT state::text, resolution, marks & 16, due_at IS NOT NULL FROM exception WHERE id = 900001 $$,
                  $$ VALUES ('working', NULL::text, 16, true) $$, 'marked so, and due again');

-- taken back after somebody else took it: what was nobody's and new is theirs to work on
RESET SESSION AUTHORIZATION;
UPDATE exception SET state = 'new', owner = NULL, owned_at = NULL WHERE id = 900006;
SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT code FROM snooze(pg_temp.key(73), '{900006}', NULL, true)), 'ok', 'snoozed while nobody''s');
SET SESSION AUTHORIZATION t_bob;
SELECT is((SELECT code FROM claim(pg_temp.key(74), '{900006}')), 'ok', 'claimed by another');
SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT code FROM undo(pg_temp.key(75))), 'ok', 'the snooze taken back');
SELECT is(pg_temp.line(900006), 'working t_bob high', 'leaves it to its owner');

-- one open exception a parcel
RESET SESSION AUTHORIZATION;
UPDATE exception SET state = 'resolved', resolved_at = now(), resolution = 'no_action', owner = NULL WHERE id = 900005;
INSERT INTO exception (id, kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number)
    OVERRIDING SYSTEM VALUE SELECT 900015, 'lost', 'critical', 'carrier', brand_id, 't-acme', id, carrier_id, 't-ups', 'T UPS', tracking_number
    FROM shipment WHERE id = 900005;
SELECT throws_ok($$ INSERT INTO exception (kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number)
    SELECT kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number FROM exception WHERE id = 900015 $$,
    '23505', NULL, 'a parcel has one open exception');
SET SESSION AUTHORIZATION t_bob;
SELECT results_eq($$ SELECT code, message FROM reopen(pg_temp.key(70), '{900005}') $$,
                  $$ VALUES ('stale', 'the same parcel''s #900015 is open: work on that one') $$, 'so the older one stays resolved');
SELECT lives_ok($$ SELECT resolve(pg_temp.key(71), '{900015}', 'refunded') $$, 'both resolved');
SELECT results_eq($$ SELECT id, code FROM reopen(pg_temp.key(72), '{900005,900015}') $$,
                  $$ VALUES (900005::bigint, 'stale'), (900015, 'ok') $$, 'of two the newer one is opened');

-- views
SELECT results_eq($$ SELECT ok, code FROM view_save(pg_temp.key(80), 'Texas', 'region:TX', 8) $$, $$ VALUES (true, 'ok') $$, 'a view of one''s own');
SELECT is((SELECT filter FROM saved_view WHERE name = 'Texas'), 'region:TX', 'is kept');
SELECT is((SELECT code FROM view_save(pg_temp.key(81), 'triage', '')), 'invalid', 'built-in names stay theirs');
SELECT throws_like($$ SELECT view_save(pg_temp.key(82), 'All Texas', 'region:TX', 0, true) $$, '%it takes a lead%', 'everyone''s views are the leads''');
SELECT is((SELECT code FROM view_delete(pg_temp.key(83), 'Triage')), 'denied', 'built-in views stay');

RESET SESSION AUTHORIZATION;
-- what its person resolved since, and could not take back, stays resolved
RESET SESSION AUTHORIZATION;
SELECT id AS late FROM exception WHERE state = 'new' ORDER BY id LIMIT 1 \gset
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT code FROM claim(pg_temp.key(190), ARRAY[:late])), 'ok', 'claimed');
SELECT is((SELECT code FROM resolve(pg_temp.key(191), ARRAY[:late], 'no_action', NULL)), 'ok', 'and resolved');
RESET SESSION AUTHORIZATION;
UPDATE action_log SET undone_by = pg_temp.key(192) WHERE key = pg_temp.key(191);
SET SESSION AUTHORIZATION t_maria;
SELECT results_eq('SELECT code, message FROM undo(pg_temp.key(193))',
    format($$ VALUES ('stale', '#%s is resolved by now: left as it is; reopen it to go on') $$, :late), 'the claim before it is left');
RESET SESSION AUTHORIZATION;

SELECT finish();
ROLLBACK;
