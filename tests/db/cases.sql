-- Cases: opening and linking, states, notes, merging, taking back; what an exception knows of its cases.
BEGIN;
\ir fixture.psql
SELECT plan(74);

UPDATE shipment SET effective_status = 'in_transit', carrier_status = 'in_transit', promised_at = '2026-11-20', edd_at = '2026-11-23', last_scan_at = '2026-11-21T16:51Z' WHERE id = 900001;
UPDATE exception SET tier = 'gold' WHERE id = 900001;
CREATE FUNCTION pg_temp.mark(p bigint) RETURNS boolean LANGUAGE sql SECURITY DEFINER AS $$ SELECT marks & 128 <> 0 FROM doorstep.exception WHERE id = p $$;
CREATE FUNCTION pg_temp.told(p bigint) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT verb || ': ' || text FROM doorstep.activity WHERE exception_id = p ORDER BY seq DESC LIMIT 1 $$;
CREATE FUNCTION pg_temp.logged(p text) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$
    SELECT concat_ws(' | ', actor, verb, text, before, after) FROM doorstep.control_log WHERE subject = p ORDER BY seq DESC LIMIT 1 $$;
CREATE FUNCTION pg_temp.c(p_exception bigint, p_type text DEFAULT 'claim') RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$
    SELECT max(k.id) FROM doorstep.support_case k JOIN doorstep.case_link l ON l.case_id = k.id WHERE l.exception_id = p_exception AND k.type = p_type::doorstep.case_type $$;
-- Case numbers differ from run to run: C0 is said for all.
CREATE FUNCTION pg_temp.c0(p text) RETURNS text LANGUAGE sql AS $$ SELECT regexp_replace(p, '\mC\d+', 'C0', 'g') $$;

-- ---------------------------------------------------------------- what a new one starts with

SET SESSION AUTHORIZATION t_maria;
SELECT is(case_draft(900001, 'carrier_trace') - 'context', '{"exception": 900001, "type": "carrier_trace", "subject": "Carrier trace: T UPS TEST1, address issue, order T-ORDER-1",
    "priority": "high", "tags": ["address_issue"], "existing": null}'::jsonb, 'a draft');
SELECT is(case_draft(900001, 'claim') ->> 'context', E'Problem    #900001 address issue, high\nParcel     T UPS TEST1 is in transit\nLast scan  2026-11-21 16:51 UTC: Incorrect address\n'
    'Code       X: Address\nPromised   2026-11-20, now expected 2026-11-23\nTold       the customer was told nothing\n'
    'Order      T-ORDER-1, 148.20 USD, placed 2026-11-18\nCustomer   Rosa Delgado, gold', 'its context');
SELECT throws_like('SELECT case_draft(900001, ''fun'')', '"fun" is no type of case: use customer, carrier_trace, claim, internal', 'of which type?');
SELECT is(case_draft(1, 'claim'), NULL, 'of none');
RESET SESSION AUTHORIZATION;
INSERT INTO outreach (key, exception_id, shipment_id, customer_id, brand_id, channel, to_address, language, subject, body, text_hash, state, by, created_at, undo_until, send_after, message_id)
    SELECT gen_random_uuid(), id, id, customer_id, 9001, 'email', 'rosa@example.com', 'en', 'Where to?', '12 Main Street', gen_random_uuid(), 'delivered', 't_bob', '2026-11-21T17:00Z', now(), now(), 'm1@t' FROM exception WHERE id = 900001;
INSERT INTO contact (brand_id, exception_id, channel, from_address, at, text, provider, provider_id) VALUES (9001, 900001, 'sms', '+15125550100', '2026-11-21T18:00Z', '12 Main Street', 't', 'x');
SET SESSION AUTHORIZATION t_maria;
SELECT matches(case_draft(900001, 'claim') ->> 'context', 'Told       2026-11-21 17:00 UTC by e-mail, by t_bob: Where to\?, delivered\nAnswered   2026-11-21 18:00 UTC by SMS', 'what was said');
SELECT doesnt_match(case_draft(900001, 'claim') ->> 'context', 'Main Street|example\.com|5125550100', 'without addresses and numbers');

-- ---------------------------------------------------------------- opening

SELECT is((SELECT string_agg(concat_ws(' ', id, ok, code, pg_temp.c0(message)), ', ') FROM case_open(pg_temp.key(1), '{900001,900002,5}', 'claim', NULL, NULL, NULL, NULL)),
          '5 f gone there is no exception #5, 900001 t ok opened case C0, 900002 t ok opened case C0', 'a case of each parcel');
SELECT is((SELECT count(*)::int FROM case_open(pg_temp.key(1), '{900001,900002,5}', 'claim')), 3, 'the same key again');
SELECT is((SELECT count(*)::int FROM support_case), 2, 'opens none');
SELECT is((SELECT jsonb_build_array(subject, priority, owner, by, tags, state) FROM support_case WHERE exception_id = 900001),
          '["Claim: T UPS TEST1, address issue, order T-ORDER-1", "high", "t_maria", "t_maria", ["address_issue"], "open"]', 'as drafted, and hers');
SELECT is(pg_temp.mark(900001), true, 'the exception knows');
SELECT is(pg_temp.c0(pg_temp.told(900001)), 'case_open: opened case C0 (claim): Claim: T UPS TEST1, address issue, order T-ORDER-1', 'and its activity');
SELECT matches(pg_temp.c0(pg_temp.logged('case ' || pg_temp.c(900001))), '^t_maria \| case_open \| opened case C0 \(claim\).*"state": "open"', 'and the log');
SELECT is((SELECT string_agg(code || ' ' || pg_temp.c0(message), ', ') FROM case_open(pg_temp.key(2), '{900001}', 'claim', p_note => 'a word')), 'same C0 is open already, note added', 'one of a type: the note goes there');
SELECT is((SELECT count(*)::int FROM case_note WHERE text = 'a word' AND by = 't_maria'), 1, 'and is kept');
SELECT is((SELECT code FROM case_open(pg_temp.key(3), '{900001}', 'carrier_trace', 'urgent', ' Where  is it? ', '{b,a,b}', E'first\nnote')), 'ok', 'another type');
SELECT is((SELECT jsonb_build_array(subject, priority, tags) FROM support_case WHERE type = 'carrier_trace'), '["Where is it?", "urgent", ["a", "b"]]', 'as said');
SELECT matches(pg_temp.told(900001), E'Where is it\\?\nfirst\nnote$', 'its note in the activity');
-- a second exception of the same parcel
RESET SESSION AUTHORIZATION;
UPDATE exception SET state = 'resolved', resolved_at = now(), resolution = 'no_action' WHERE id = 900003;
UPDATE exception SET shipment_id = 900002 WHERE id = 900003;
SET SESSION AUTHORIZATION t_bob;
SELECT is((SELECT code || ' ' || pg_temp.c0(message) FROM case_open(pg_temp.key(4), '{900003}', 'claim')), 'same C0 is open already: linked to it', 'linked to the parcel''s open one');
SELECT is(pg_temp.mark(900003), true, 'which marks it, too');
SELECT is(undo_peek() ~ '^the link of #900003 to C\d+$', true, 'undo names it');
SELECT is((SELECT code || ' ' || pg_temp.c0(message) FROM undo(pg_temp.key(5))), 'ok unlinked #900003 from C0', 'and takes it off');
SELECT is(pg_temp.mark(900003), false, 'with its mark');

-- ---------------------------------------------------------------- bad arguments

SELECT results_eq($$ SELECT n, (SELECT code || ': ' || message FROM case_open(gen_random_uuid(), '{900004}', t, p, s, g, x)) FROM (VALUES
        (1, 'fun', NULL, NULL, NULL::text[], NULL), (2, 'claim', 'huge', NULL, NULL, NULL), (3, 'claim', NULL, '  ', NULL, NULL), (4, 'claim', NULL, repeat('x', 201), NULL, NULL),
        (5, 'claim', NULL, NULL, ARRAY['a b'], NULL), (6, 'claim', NULL, NULL, ARRAY(SELECT 't' || i FROM generate_series(1, 13) i), NULL), (7, 'claim', NULL, NULL, NULL, repeat('x', 4001)),
        (8, NULL, NULL, NULL, NULL, NULL)) v(n, t, p, s, g, x) $$,
    $$ VALUES (1, 'invalid: "fun" is no type of case: use customer, carrier_trace, claim, internal'), (2, 'invalid: "huge" is no priority: use low, normal, high, urgent'),
              (3, 'invalid: the subject is empty: say in a few words what the case is about'),
              (4, 'invalid: the subject is longer than 200 characters: shorten it, and put the rest into a note'),
              (5, 'invalid: "a b" is no tag: use up to 24 small letters, digits, _ and -, beginning with a letter or digit'),
              (6, 'invalid: a case has at most 12 tags: leave some out'), (7, 'invalid: the note is longer than 4,000 characters: shorten it'),
              (8, 'invalid: "" is no type of case: use customer, carrier_trace, claim, internal') $$, 'what cannot be opened');
SELECT throws_like($$ SELECT case_open(gen_random_uuid(), ARRAY(SELECT generate_series(1, 1001)::bigint), 'claim') $$, 'at most 1,000 cases can be opened at once: narrow the selection', 'nor how many');
SELECT is((SELECT count(*)::int FROM case_link WHERE exception_id = 900004), 0, 'nothing came of it');
SET SESSION AUTHORIZATION t_vic;
SELECT results_eq($$ SELECT (SELECT code || ' ' || message FROM case_open(gen_random_uuid(), '{900001}', 'claim')) $$,
    $$ VALUES ('denied t_vic may not open cases: it takes an agent; an admin can change that with "doorstep user"') $$, 'viewers are told who may');
SELECT is((SELECT string_agg(code, ',') FROM (SELECT code FROM case_note(gen_random_uuid(), '{1}', 'x') UNION ALL SELECT code FROM case_set(gen_random_uuid(), '{1}', '{"state": "closed"}')
    UNION ALL SELECT code FROM case_link(gen_random_uuid(), 1, '{1}') UNION ALL SELECT code FROM case_unlink(gen_random_uuid(), 1, '{1}') UNION ALL SELECT code FROM case_merge(gen_random_uuid(), 1, 2)) x),
    'denied,denied,denied,denied,denied', 'of each');
SELECT is((SELECT count(*)::int FROM case_list('all')), 3, 'they read');
SET SESSION AUTHORIZATION t_zoe;
SELECT is((SELECT count(*)::int FROM case_list('all')) || coalesce(case_show((SELECT max(id) FROM support_case))::text, '') || (SELECT count(*) FROM case_note), '00', 'another brand does not');
SELECT is((SELECT string_agg(code, ',') FROM (SELECT code FROM case_note(gen_random_uuid(), ARRAY[pg_temp.c(900001)], 'x') UNION ALL SELECT code FROM case_set(gen_random_uuid(), ARRAY[pg_temp.c(900001)], '{"state": "closed"}')
    UNION ALL SELECT code FROM case_link(gen_random_uuid(), pg_temp.c(900001), '{900007}') UNION ALL SELECT code FROM case_merge(gen_random_uuid(), pg_temp.c(900001), pg_temp.c(900002))) x),
    'gone,gone,gone,gone', 'nor change');

-- ---------------------------------------------------------------- notes and changes

SET SESSION AUTHORIZATION t_bob;
SELECT is((SELECT string_agg(id - pg_temp.c(900002) || ' ' || code || ' ' || pg_temp.c0(message), ', ' ORDER BY id DESC) FROM case_note(pg_temp.key(10), ARRAY[pg_temp.c(900002), 1000000 + pg_temp.c(900002)], E' rang them\n ')),
          '1000000 gone there is no case C0, or it belongs to a brand you do not see, 0 ok added a note to C0', 'a note');
SELECT is(pg_temp.c0(pg_temp.told(900002)), 'case_note: C0: rang them', 'in the activity');
SELECT is((SELECT marks & 4 FROM exception WHERE id = 900002), 4, 'the exception has a note');
SELECT is((SELECT code FROM case_note(pg_temp.key(11), ARRAY[pg_temp.c(900002)], '   ')) || (SELECT code FROM case_note(pg_temp.key(12), ARRAY[pg_temp.c(900002)], repeat('x', 4001))), 'invalidinvalid', 'an empty one, a long one');
SELECT throws_like('UPDATE doorstep.case_note SET text = ''x''', '%permission denied%', 'nobody changes one');
SELECT results_eq($$ SELECT n, (SELECT code || ': ' || pg_temp.c0(message) FROM case_set(gen_random_uuid(), ARRAY[pg_temp.c(900002)], s::jsonb)) FROM (VALUES
        (1, '{}'), (2, '{"colour": "red"}'), (3, '{"state": "gone"}'), (4, '{"priority": null}'), (5, '{"subject": "  "}'), (6, '{"owner": "nobody_at_all"}'), (7, '{"owner": "t_vic"}'),
        (8, '{"owner": "t_zoe"}'), (9, '{"tag": "A B!"}'), (10, '{"tag": "a b c d e f g h i j k l m"}'), (11, '{"state": "open"}'), (12, '[]')) v(n, s) $$,
    $$ VALUES (1, 'invalid: say what to change: state, priority, subject, owner, tag or untag'), (2, 'invalid: a case has no "colour": change state, priority, subject, owner, tag or untag'),
              (3, 'invalid: "gone" is no state of a case: use open, pending, solved, closed'), (4, 'invalid: "" is no priority: use low, normal, high, urgent'),
              (5, 'invalid: the subject is empty: say in a few words what the case is about'), (6, 'invalid: there is no person "nobody_at_all"'),
              (7, 'invalid: t_vic is no agent: cases are handed to agents, leads and admins'), (8, 'invalid: t_zoe does not work for brand t-acme'),
              (9, 'invalid: "b!" is no tag: use up to 24 small letters, digits, _ and -, beginning with a letter or digit'),
              (10, 'invalid: C0 would have 14 tags: 12 are as many as there can be, take one off first'), (11, 'same: C0 is like that already'),
              (12, 'invalid: say what to change: state, priority, subject, owner, tag or untag') $$, 'what cannot be changed');
SELECT is((SELECT code || pg_temp.c0(message) FROM case_set(pg_temp.key(13), ARRAY[pg_temp.c(900002)], '{"state": "pending", "priority": "low", "owner": "me", "tag": ["x", "y"], "untag": "address_issue"}')), 'okC0 is pending', 'changed');
SELECT is(pg_temp.c0(pg_temp.told(900002)), 'case_set: C0: tags x y; state open to pending; priority high to low; owner t_maria to t_bob', 'told');
SELECT is(pg_temp.logged('case ' || pg_temp.c(900002)), 't_bob | case_set | tags x y; state open to pending; priority high to low; owner t_maria to t_bob | '
    '{"tags": ["address_issue"], "owner": "t_maria", "state": "open", "priority": "high"} | {"tags": ["x", "y"], "owner": "t_bob", "state": "pending", "priority": "low"}', 'before and after');
SELECT matches(undo_peek(), '^the change of C\d+ \(tags x y; state open', 'undo names it');
SELECT is((SELECT code FROM undo(pg_temp.key(14))), 'ok', 'and does it');
SELECT is((SELECT jsonb_build_array(state, priority, owner, tags) FROM support_case WHERE id = pg_temp.c(900002)), '["open", "high", "t_maria", ["address_issue"]]', 'as it was');
SELECT matches(pg_temp.told(900002), '^undo: took back C\d+: tags address_issue; state pending to open', 'and told');
SELECT case_set(pg_temp.key(15), ARRAY[pg_temp.c(900002)], '{"priority": "low", "state": "pending"}') \g /dev/null
SET SESSION AUTHORIZATION t_lea;
SELECT case_set(pg_temp.key(16), ARRAY[pg_temp.c(900002)], '{"priority": "urgent"}') \g /dev/null
SET SESSION AUTHORIZATION t_bob;
SELECT matches((SELECT code || ' ' || message FROM undo(pg_temp.key(17))), '^stale t_lea changed C\d+ since \(just now\): left as it is', 'what others changed since stays');

-- ---------------------------------------------------------------- the end of a case

SELECT is((SELECT pg_temp.c0(message) FROM case_set(pg_temp.key(20), ARRAY[pg_temp.c(900002)], '{"state": "solved"}')), 'solved C0', 'solved');
SELECT is(pg_temp.mark(900002), false, 'no case of it is open');
SELECT is((SELECT code FROM case_open(pg_temp.key(21), '{900002}', 'claim')), 'ok', 'the next one may be opened');
SELECT is((SELECT code || ' ' || pg_temp.c0(message) FROM case_set(pg_temp.key(22), ARRAY[(SELECT min(id) FROM support_case WHERE exception_id = 900002)], '{"state": "open"}')),
    'stale C0 is open for the same parcel and type: work on that one, or merge C0 into it', 'then the first is not opened again');
SELECT is((SELECT code FROM case_set(pg_temp.key(23), ARRAY[pg_temp.c(900002)], '{"state": "closed"}')), 'ok', 'closed');
SELECT is((SELECT string_agg(code || ' ' || pg_temp.c0(message), ', ') FROM (SELECT * FROM case_set(pg_temp.key(24), ARRAY[pg_temp.c(900002)], '{"state": "open"}')
    UNION ALL SELECT * FROM case_note(pg_temp.key(25), ARRAY[pg_temp.c(900002)], 'x') UNION ALL SELECT * FROM case_link(pg_temp.key(26), pg_temp.c(900002), '{900004}')
    UNION ALL SELECT * FROM case_set(pg_temp.key(27), ARRAY[pg_temp.c(900002)], '{"state": "closed"}')) x),
    'closed C0 is closed, and that is final: open a new case, closed C0 is closed, and that is final: open a new case, closed C0 is closed, and that is final: open a new case, same C0 is closed already', 'for good');
SELECT is((SELECT code FROM case_set(pg_temp.key(28), ARRAY[(SELECT min(id) FROM support_case WHERE exception_id = 900002)], '{"state": "open"}')), 'ok', 'and the first may be opened again');
SELECT is(pg_temp.mark(900002), true, 'and marks');

-- an exception with two cases whose parcel has arrived
RESET SESSION AUTHORIZATION;
UPDATE shipment SET effective_status = 'delivered', carrier_status = 'delivered' WHERE id IN (900001, 900005);
INSERT INTO status_override (batch_id, shipment_id, exception_id, brand_id, state, status, carrier_was, by, expires_at) VALUES (1, 900001, 900001, 9001, 'active', 'delivered', 'in_transit', 't', now());
UPDATE shipment SET override_id = (SELECT max(id) FROM status_override) WHERE id = 900001;
SET SESSION AUTHORIZATION t_maria;
SELECT case_set(pg_temp.key(30), ARRAY[pg_temp.c(900001)], '{"state": "solved"}') \g /dev/null
SELECT is((SELECT state || pg_temp.mark(900001)::text FROM exception WHERE id = 900001), 'newtrue', 'the last open one keeps it open');
SELECT case_set(pg_temp.key(31), ARRAY[pg_temp.c(900001, 'carrier_trace')], '{"state": "closed"}') \g /dev/null
SELECT is((SELECT concat_ws(' ', state, resolution, pg_temp.mark(900001)) FROM exception WHERE id = 900001), 'resolved delivered f', 'with the last it is resolved');
SELECT matches(pg_temp.told(900001), 'state open to closed; with that it is resolved: delivered', 'and says so');
SELECT case_open(pg_temp.key(32), '{900005}', 'customer') \g /dev/null
SELECT is((SELECT string_agg(pg_temp.c0(message), '') FROM undo(pg_temp.key(33))), 'closed C0: opened by mistake', 'one opened by mistake');
SELECT is((SELECT concat_ws(' ', k.state, n.text, n.by) FROM support_case k JOIN case_note n ON n.case_id = k.id WHERE k.exception_id = 900005), 'closed opened by mistake t_maria', 'is closed, and says why');
SELECT is((SELECT state FROM exception WHERE id = 900005), 'resolved', 'and holds nothing open');
SELECT case_open(pg_temp.key(34), '{900006}', 'internal') \g /dev/null
SET SESSION AUTHORIZATION t_bob;
SELECT case_note(pg_temp.key(35), ARRAY[pg_temp.c(900006, 'internal')], 'on it') \g /dev/null
SET SESSION AUTHORIZATION t_maria;
SELECT matches((SELECT code || ' ' || message FROM undo(pg_temp.key(36))), '^stale t_bob worked on C\d+ since: left as it is', 'what others worked on is not');

-- ---------------------------------------------------------------- links and merging

SELECT is((SELECT string_agg(id || ' ' || code, ', ' ORDER BY id) FROM case_link(pg_temp.key(40), pg_temp.c(900006, 'internal'), '{900004,900006,900007,7}')), '7 gone, 900004 ok, 900006 same, 900007 invalid', 'linked');
SELECT is(pg_temp.mark(900004), true, 'and marked');
SELECT is((SELECT string_agg(id || ' ' || code, ', ' ORDER BY id) FROM undo(pg_temp.key(41))), '900004 ok', 'taken back');
SELECT is(pg_temp.mark(900004), false, 'unmarked');
SELECT case_link(pg_temp.key(42), pg_temp.c(900006, 'internal'), '{900004}') \g /dev/null
SELECT is((SELECT string_agg(code, ',' ORDER BY id) FROM case_unlink(pg_temp.key(43), pg_temp.c(900006, 'internal'), '{900004,900006}')), 'invalid,invalid', 'a case keeps an exception');
SELECT is((SELECT string_agg(code, ',' ORDER BY id) FROM case_unlink(pg_temp.key(44), pg_temp.c(900006, 'internal'), '{900001,900004}')), 'same,ok', 'one is taken off');
SELECT is((SELECT code FROM undo(pg_temp.key(45))) || pg_temp.mark(900004), 'oktrue', 'and put back');
SELECT case_open(pg_temp.key(46), '{900004}', 'internal', p_note => 'of the other') \g /dev/null
CREATE TEMP TABLE two AS SELECT min(id) AS a, max(id) AS b FROM support_case WHERE type = 'internal';
SELECT is((SELECT string_agg((SELECT code || ' ' || pg_temp.c0(message) FROM case_merge(gen_random_uuid(), x, y)), ', ' ORDER BY n)
             FROM two, LATERAL (VALUES (1, a, a), (2, a, 1000000), (3, a, pg_temp.c(900001, 'carrier_trace'))) v(n, x, y)),
    'invalid C0 cannot be merged into itself: name another case, gone there is no case C0, or it belongs to a brand you do not see, closed C0 is closed, and that is final: open a new case', 'not into anything');
SELECT is((SELECT code || ' ' || pg_temp.c0(message) FROM two, case_merge(pg_temp.key(47), a, b)), 'ok merged C0 into C0; that cannot be taken back', 'merged');
SELECT is((SELECT concat_ws(' ', x ->> 'state', (x ->> 'merged_into')::bigint = b, y -> 'exceptions', y -> 'merged' = jsonb_build_array(a),
                            (SELECT string_agg(pg_temp.c0(n ->> 'text'), ', ') FROM jsonb_array_elements(y -> 'notes') n))
             FROM two, case_show(a) x, case_show(b) y), 'closed t [900004, 900006] t on it, of the other, merged into C0, C0 was merged into this one: Internal: T UPS TEST6, address issue',
          'closed there; exceptions and notes are here');
SELECT is((SELECT count(*)::int FROM control_log WHERE false) + (SELECT count(*)::int FROM undo_peek() p WHERE p LIKE '%merge%'), 0, 'undo passes it over');

-- ---------------------------------------------------------------- the playbook: told first, then the carrier's case, then beside it
RESET SESSION AUTHORIZATION;
UPDATE exception SET kind = 'lost', state = 'working', owner = 't_maria', marks = 0, resolution = NULL, resolved_at = NULL WHERE id = 900004;
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT action FROM next_step(900004)), 'macro', 'the customer is told first');
RESET SESSION AUTHORIZATION;
UPDATE exception SET marks = 64 WHERE id = 900004;
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT action || ' ' || argument FROM next_step(900004)), 'case claim', 'then a claim is opened');
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION t_maria;
SELECT case_open(pg_temp.key(90), '{900004}', 'claim') \g /dev/null
SELECT is((SELECT action FROM next_step(900004)), 'resolve', 'which goes on beside it');

SELECT finish();
ROLLBACK;
