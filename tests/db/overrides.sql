-- Overrides: asking, the second lead, what they do to shipments and exceptions, taking back exactly, expiry, rules.
BEGIN;
\ir fixture.psql
SELECT no_plan();
CREATE ROLE t_lou LOGIN IN ROLE doorstep_lead;
INSERT INTO agent (role, display_name) VALUES ('t_lou', 'Lou');
UPDATE shipment SET carrier_status = 'in_transit', effective_status = 'in_transit', status_at = now() - interval '3 days' WHERE id BETWEEN 900001 AND 900008;
UPDATE exception SET carrier_status = 'in_transit', effective_status = 'in_transit' WHERE id BETWEEN 900001 AND 900008;
UPDATE control_policy SET override_threshold = 3;

-- Everybody's answers: "id ok code" in order, and a message.
CREATE FUNCTION pg_temp.over(k int, ids bigint[], st text, until timestamptz DEFAULT NULL, why text DEFAULT 'carrier_outage', words text DEFAULT 'the hub is flooded') RETURNS text LANGUAGE sql AS
    $$ SELECT string_agg(concat_ws(' ', id, ok, code), ', ') FROM override_apply(pg_temp.key(k), ids, st, why, words, until) $$;
CREATE FUNCTION pg_temp.said(k int) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT result -> 0 ->> 3 FROM doorstep.action_log WHERE key = pg_temp.key(k) $$;
CREATE FUNCTION pg_temp.batch(k int) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT id FROM doorstep.override_batch WHERE key = pg_temp.key(k) $$;
CREATE FUNCTION pg_temp.does(k int, b int, op text) RETURNS text LANGUAGE sql AS
    $$ SELECT string_agg(CASE WHEN id = pg_temp.batch(b) THEN 'batch' ELSE id::text END || ' ' || code || ' ' || coalesce(rev::text, '-'), ', ')
         FROM override_batch_act(pg_temp.key(k), ARRAY[pg_temp.batch(b)], op) $$;
CREATE FUNCTION pg_temp.x(n bigint) RETURNS text LANGUAGE sql SECURITY DEFINER AS
    $$ SELECT concat_ws(' ', e.effective_status, e.state, e.marks, coalesce(e.resolution, '-'), coalesce(e.owner, '-')) FROM doorstep.exception e WHERE e.id = n $$;
CREATE FUNCTION pg_temp.whole(n bigint) RETURNS jsonb LANGUAGE sql SECURITY DEFINER AS
    $$ SELECT to_jsonb(e) - '{rev,updated_at,k_updated,activity_seq,activity_hash}'::text[] FROM doorstep.exception e WHERE e.id = n $$;
CREATE TEMP TABLE kept AS SELECT id, pg_temp.whole(id) AS was FROM exception WHERE id BETWEEN 900001 AND 900008;
GRANT SELECT ON kept TO PUBLIC;

-- ---------------------------------------------------------------- bad input

SET SESSION AUTHORIZATION t_lea;
CREATE FUNCTION pg_temp.wrong(st text, why text, words text, until timestamptz, ids bigint[]) RETURNS text LANGUAGE sql AS
    $$ SELECT string_agg(code || ': ' || message, '; ') FROM override_apply(gen_random_uuid(), ids, st, why, words, until) $$;
SELECT matches(pg_temp.wrong('attempted', 'other', 'a note', NULL, '{900001}'), '^invalid: nobody can set a parcel to "attempted": possible are delivered, lost, delayed', 'an impossible status: the possible ones are named');
SELECT matches(pg_temp.wrong('lost', NULL, 'a note', NULL, '{900001}'), '^invalid: say why: the reason is one of carrier_outage', 'no reason');
SELECT matches(pg_temp.wrong('lost', 'weather', 'a note', NULL, '{900001}'), '^invalid: "weather" is no reason', 'another reason');
SELECT matches(pg_temp.wrong('lost', 'other', ' x ', NULL, '{900001}'), '^invalid: an override needs a note', 'no note');
SELECT matches(pg_temp.wrong('lost', 'other', 'a note', now() - interval '1 day', '{900001}'), '^invalid: that time has passed', 'a date in the past');
SELECT matches(pg_temp.wrong('lost', 'other', 'a note', now() + interval '91 days', '{900001}'), '^invalid: an override lasts 90 days', 'too late a date');
SELECT matches(pg_temp.wrong('lost', 'other', 'a note', 'infinity', '{900001}'), '^invalid: ', 'for ever');
SELECT matches(pg_temp.wrong('lost', 'other', 'a note', NULL, '{}'), '^invalid: nothing is selected', 'nothing');
SELECT matches(pg_temp.wrong('lost', 'other', 'a note', NULL, ARRAY(SELECT generate_series(1, 200000))), '^invalid: at most 100,000 shipments.*200,000: narrow', '200,000');
SELECT matches((SELECT refusal FROM override_preview(ARRAY(SELECT generate_series(1, 200000)), 'lost')), '200,000: narrow', 'also to look at');
SELECT matches((SELECT string_agg(message, '') FROM override_apply(gen_random_uuid(), '{900001}', 'lost', 'other', 'a note', NULL, 77)), 'there is no outage 77', 'an outage that is not there');
SELECT is((SELECT count(*) FROM override_batch)::int, 0, 'nothing of that left anything behind');

-- ---------------------------------------------------------------- who may

SET SESSION AUTHORIZATION t_maria;
SELECT is(pg_temp.over(1, '{900001,900002}', 'lost'), '0 f denied', 'agents override one shipment');
SELECT matches((SELECT message FROM override_apply(gen_random_uuid(), '{900001,900002}', 'lost', 'other', 'a note')), 'agents override one shipment an action, leads a selection', 'the sentence says who may');
SET SESSION AUTHORIZATION t_vic;
SELECT is(pg_temp.over(2, '{900001}', 'lost'), '0 f denied', 'viewers none');
SET SESSION AUTHORIZATION t_zoe;
SELECT is(pg_temp.over(3, '{900001}', 'lost'), '0 f gone, 900001 f gone', 'nobody what they do not see');

-- ---------------------------------------------------------------- one

SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT concat_ws(' ', shipments, changes, same, overridden, resolves, stays, clocks, allowed, needs_approval, groups) FROM override_preview('{900001}', 'delayed')),
          '1 1 0 0 0 1 0 t f [["t-ups", "in_transit", 1]]', 'looked at first');
SELECT is(pg_temp.over(4, '{900001}', 'delayed'), '0 t ok', 'overridden');
SELECT matches(pg_temp.said(4), '^1 shipment is "delayed" until 2', 'and said');
SELECT is(pg_temp.over(4, '{900001}', 'delayed'), '0 t ok', 'asked again it is the same answer');
SELECT is(pg_temp.x(900001), 'delayed new 2 - -', 'the exception shows it');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT concat_ws(' ', carrier_status, effective_status, override_id IS NOT NULL) FROM shipment WHERE id = 900001), 'in_transit delayed t', 'the carrier''s status stays beside it');
SELECT is((SELECT before::text || after::text || (text LIKE 'set the status to "delayed" until%flooded%')::text FROM activity WHERE exception_id = 900001 AND verb = 'override'),
          '{"marks": 0, "effective_status": "in_transit"}{"marks": 2, "effective_status": "delayed"}true', 'the timeline tells it, with before and after');
SELECT is((SELECT actor || ' ' || verb FROM control_log WHERE subject = 'batch ' || pg_temp.batch(4)), 't_maria override', 'so does the log of control');
SET SESSION AUTHORIZATION t_maria;
SELECT is(pg_temp.over(5, '{900001}', 'delayed'), '0 t same, 900001 t same', 'once more is nothing');
SELECT is(pg_temp.over(6, '{900001}', 'lost'), '0 t ok', 'another replaces it');
SELECT is((SELECT string_agg(state, ' ' ORDER BY id) FROM overrides(900001)), 'replaced active', 'the first is replaced');
SELECT is((SELECT string_agg(concat_ws(' ', id, code), ',') FROM override_revert(pg_temp.key(7), '{900001,900002}')), '900001 denied,900002 denied', 'an agent takes back one at a time, too');
SELECT is((SELECT string_agg(concat_ws(' ', id, code), ',') FROM override_revert(pg_temp.key(8), '{900001}')), '900001 ok', 'taken back');
SELECT is(pg_temp.x(900001), 'delayed new 2 - -', 'the one before is in force again');
SELECT is((SELECT string_agg(concat_ws(' ', id, code), ',') FROM override_revert(pg_temp.key(9), '{900001}')), '900001 ok', 'that, too');
SELECT is(pg_temp.whole(900001), (SELECT was FROM kept WHERE id = 900001), 'everything is as it was');
SELECT is((SELECT string_agg(concat_ws(' ', id, code), ',') FROM override_revert(pg_temp.key(10), '{900001}')), '900001 same', 'and no more to take back');

-- ---------------------------------------------------------------- what ends a delivery

SELECT is((SELECT string_agg(code, ',') FROM claim(pg_temp.key(11), '{900002}')), 'ok', 'maria has one');
SELECT is((SELECT string_agg(code, ',') FROM wait(pg_temp.key(12), '{900003}', now() + interval '2 days')), 'ok', 'and waits on another');
RESET SESSION AUTHORIZATION;
UPDATE exception SET marks = marks | 128 WHERE id = 900004;
UPDATE kept SET was = pg_temp.whole(id);
SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT concat_ws(' ', resolves, keeps_case, stays, clocks, needs_approval) FROM override_preview('{900002,900003,900004}', 'delivered')), '2 1 1 1 f', 'what would resolve, what a case keeps, whose clock stops');
RESET SESSION AUTHORIZATION;
INSERT INTO outreach (key, exception_id, shipment_id, customer_id, brand_id, channel, to_address, language, subject, body, text_hash, state, by, created_at, undo_until, send_after, message_id)
SELECT gen_random_uuid(), e.id, e.shipment_id, (SELECT min(id) FROM customer), e.brand_id, 'email', 'x', 'en', 's', 'b', text_hash('s', 'b'), 'queued', 't_bob', now(), now(), now() + interval '1 day', gen_random_uuid()
  FROM exception e WHERE e.id = 900002;
SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT messages FROM override_preview('{900002,900003}', 'delivered'))::int, 1, 'and which message would not be true any more');
SELECT is(pg_temp.over(13, '{900002,900003,900004}', 'delivered', now() + interval '5 days', 'proof_of_delivery'), '0 t ok', 'a lead overrides a selection');
SELECT is((SELECT messages FROM override_preview('{900002,900003}', 'delivered'))::int, 0, 'of one that is that already nothing changes');
RESET SESSION AUTHORIZATION;
UPDATE outreach SET state = 'cancelled' WHERE exception_id = 900002;
SET SESSION AUTHORIZATION t_lea;
SELECT is(pg_temp.x(900002), 'delivered resolved 2 delivered t_maria', 'delivered resolves');
SELECT is(pg_temp.x(900003), 'delivered resolved 2 delivered t_maria', 'also what waits');
SELECT is(pg_temp.x(900004), 'delivered new 130 - -', 'an open case keeps it');
RESET SESSION AUTHORIZATION;
SELECT ok((SELECT first_left_s BETWEEN 1 AND 7200 AND resolve_left_s > first_left_s AND first_response_at IS NOT NULL FROM exception WHERE id = 900002), 'the clock stands with what was left');
SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT undo_peek()), 'the override of 3 shipments as "delivered"', 'undo says what');
SELECT is((SELECT string_agg(concat_ws(' ', id, ok, code, message), ', ') FROM undo(pg_temp.key(14))), '0 t ok 3 shipments as before', 'and takes it back');
SELECT is((SELECT string_agg(id::text, ',') FROM kept WHERE pg_temp.whole(id) IS DISTINCT FROM was), NULL, 'exactly');
SELECT is((SELECT string_agg(DISTINCT actor || ' ' || verb, ',') FROM activity WHERE key = pg_temp.key(14)), 't_lea undo', 'the timeline tells that');

-- ---------------------------------------------------------------- the second lead

SELECT is(pg_temp.over(20, '{900001,900002,900003,900005,900006,999999}', 'returned', now() + interval '9 days'), '0 t pending, 999999 f gone', 'more than the threshold wait');
SELECT matches(pg_temp.said(20), '^batch \d+ waits for a second lead: 5 shipments are more than the 3 one may override alone; nothing is changed yet$', 'and it is said');
SELECT is(pg_temp.x(900001), 'in_transit new 0 - -', 'nothing has changed');
SELECT is(pg_temp.does(21, 20, 'approve'), 'batch denied -', 'nobody approves their own');
SELECT is((SELECT may_decide FROM override_batches()), false, 'nor is it offered');
RESET SESSION AUTHORIZATION;
GRANT doorstep_admin TO t_lea;
SET SESSION AUTHORIZATION t_lea;
SELECT is(pg_temp.does(22, 20, 'approve'), 'batch denied -', 'admins neither');
RESET SESSION AUTHORIZATION;
REVOKE doorstep_admin FROM t_lea;
SET SESSION AUTHORIZATION t_bob;
SELECT is(pg_temp.does(23, 20, 'approve'), 'batch denied -', 'agents approve none');
SET SESSION AUTHORIZATION t_lou;
SELECT is((SELECT may_decide FROM override_batches()), true, 'another lead may');
SELECT is((SELECT string_agg(code, ',') FROM resolve(pg_temp.key(24), '{900001}', 'refunded')), 'ok', 'meanwhile one is resolved');
SELECT is(pg_temp.over(25, '{900002}', 'lost'), '0 t ok', 'one overridden');
RESET SESSION AUTHORIZATION;
UPDATE shipment SET carrier_status = 'damaged', effective_status = 'damaged' WHERE id = 900003;
UPDATE shipment SET brand_id = 9002 WHERE id = 900006;
SET SESSION AUTHORIZATION t_lou;
SELECT is(pg_temp.does(26, 20, 'approve'), 'batch ok 1, 900001 skipped -, 900002 skipped -, 900003 skipped -, 900006 skipped -', 'the rest takes effect, what changed is named');
SELECT matches((SELECT string_agg(exception_id || ' ' || skip_reason, ', ' ORDER BY id) FROM overrides(NULL, pg_temp.batch(20)) WHERE state = 'skipped'),
               '900001 t_lou resolved it meanwhile \(just now\).*900002 t_lou overrode it meanwhile \(batch \d+, just now\).*900003 the carrier says "damaged" by now, it said "in transit".*900006 it is another brand', 'with the reason of each');
SELECT is(pg_temp.x(900005), 'returned resolved 2 returned -', 'and resolves');
SELECT matches((SELECT message FROM override_batch_act(pg_temp.key(27), ARRAY[pg_temp.batch(20)], 'approve')), '^t_lou approved batch \d+ just now$', 'approving twice is refused, and by whom it was');
SET SESSION AUTHORIZATION t_lea;
SELECT is(pg_temp.does(28, 20, 'revert'), 'batch ok 1', 'an approved batch is taken back');
RESET SESSION AUTHORIZATION;
SELECT is(pg_temp.whole(900005), (SELECT was FROM kept WHERE id = 900005), 'exactly');
UPDATE shipment SET brand_id = 9001, carrier_status = 'in_transit', effective_status = 'in_transit' WHERE id IN (900003, 900006);
SET SESSION AUTHORIZATION t_lou;
SELECT is((SELECT string_agg(code, ',') FROM reopen(pg_temp.key(29), '{900001}')), 'ok', '');
SELECT is((SELECT string_agg(code, ',') FROM override_revert(pg_temp.key(30), '{900002}')), 'ok', '');
SET SESSION AUTHORIZATION t_lea;
SELECT is(pg_temp.over(31, '{900001,900002,900003,900005}', 'delayed'), '0 t pending', 'asked again');
SET SESSION AUTHORIZATION t_lou;
SELECT is(pg_temp.does(32, 31, 'withdraw'), 'batch denied -', 'others cannot withdraw it');
SELECT is(pg_temp.does(33, 31, 'reject'), 'batch ok 0', 'they reject it');
SET SESSION AUTHORIZATION t_lea;
SELECT is(pg_temp.over(34, '{900001,900002,900003,900005}', 'delayed'), '0 t pending', 'and again');
SELECT is((SELECT string_agg(concat_ws(' ', id, code), ',') FROM undo(pg_temp.key(35))), '0 ok', 'undo withdraws what waits');
SELECT is((SELECT state::text FROM override_batches('mine', 1)), 'withdrawn', 'then it is over');

-- ---------------------------------------------------------------- taking back many

RESET SESSION AUTHORIZATION;
UPDATE control_policy SET override_threshold = 50;
SET SESSION AUTHORIZATION t_lea;
SELECT is(pg_temp.over(40, '{900001,900002,900003,900005,900006}', 'cancelled'), '0 t ok', 'five, at once');
SET SESSION AUTHORIZATION t_lou;
SELECT is((SELECT string_agg(code, ',') FROM reopen(pg_temp.key(41), '{900001}')), 'ok', 'one is opened again by a person');
SELECT is(pg_temp.over(42, '{900002}', 'lost'), '0 t ok', 'one overridden by another');
SET SESSION AUTHORIZATION t_bob;
SELECT is(pg_temp.does(43, 40, 'revert'), 'batch denied -', 'a lead''s batch is no agent''s to take back');
SELECT is((SELECT code FROM override_revert(pg_temp.key(44), '{900003}')), 'denied', 'not even one of it');
SET SESSION AUTHORIZATION t_lou;
SELECT is(pg_temp.does(45, 40, 'revert'), 'batch ok 3, 900001 left -, 900002 left -', 'what others changed since is left');
SELECT matches((SELECT string_agg(message, '; ') FROM override_batch_act(pg_temp.key(45), '{}', 'revert') WHERE NOT ok),
               '#900001: t_lou opened it since \(just now\); #900002: t_lou overrode it since \(batch \d+, just now\)', 'and who it was');
SELECT is(pg_temp.x(900001) || ', ' || pg_temp.x(900002), 'cancelled new 18 - -, lost resolved 2 customer_cancel t_maria', 'they are as they were left');
SELECT is(pg_temp.does(46, 40, 'revert'), 'batch stale -', 'twice is refused');
SELECT is((SELECT string_agg(code || ' ' || message, ',') FROM override_revert(pg_temp.key(47), '{900001}')), 'ok ', 'one that was left is taken back alone');
SELECT is(pg_temp.x(900001), 'in_transit new 16 - -', 'its state stays a person''s');
SELECT is((SELECT string_agg(code, ',') FROM override_revert(pg_temp.key(48), '{900002}')), 'ok', 'the newer one, too');
SELECT is(split_part(pg_temp.x(900002), ' ', 1), 'in_transit', 'the older one is not in force again: its batch was taken back');

-- ---------------------------------------------------------------- the clock

SELECT is(pg_temp.over(50, '{900003,900005}', 'delayed', clock_timestamp() + interval '1 day'), '0 t ok', 'until tomorrow');
RESET SESSION AUTHORIZATION;
SELECT is(override_due(), 0, 'not due yet');
UPDATE status_override SET expires_at = clock_timestamp() - interval '1 s' WHERE batch_id = pg_temp.batch(50);
SET SESSION AUTHORIZATION t_will;
SELECT is(override_due(), 2, 'the worker ends them');
SELECT is(override_due(), 0, 'once');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT string_agg(effective_status || ' ' || marks, ',' ORDER BY id) FROM exception WHERE id IN (900003, 900005)), 'in_transit 0,in_transit 0', 'the carrier''s status is effective again');
SELECT is((SELECT string_agg(DISTINCT actor || ' ' || text, ',') FROM activity WHERE verb = 'override_expired'), 'clock t_lou''s override "delayed" expired: it is "in transit", as the carrier says', 'the timeline says so');
UPDATE control_policy SET override_threshold = 1;
SET SESSION AUTHORIZATION t_lea;
SELECT is(pg_temp.over(51, '{900003,900005}', 'delayed'), '0 t pending', '');
RESET SESSION AUTHORIZATION;
UPDATE override_batch SET at = at - interval '49 hours' WHERE id = pg_temp.batch(51);
SET SESSION AUTHORIZATION t_will;
SELECT is(override_due(), 1, 'what nobody approves lapses');
SET SESSION AUTHORIZATION t_lou;
SELECT is(pg_temp.does(52, 51, 'approve'), 'batch stale -', 'and is approved no more');

SELECT is((SELECT array_agg(b ORDER BY b) FROM batch_ids(pg_temp.batch(50)) b), '{900003,900005}', 'batch: finds what was in it');
SET SESSION AUTHORIZATION t_zoe;
SELECT is_empty('SELECT batch_ids(pg_temp.batch(50))', 'who sees none of their brands finds nothing');

-- ---------------------------------------------------------------- an outage's

RESET SESSION AUTHORIZATION;
INSERT INTO outage (scope, scope_text, title, message, hold_messages, pause_sla, by, key) VALUES ('{"carrier": ["t-ups"]}', 'carrier:t-ups', 'T UPS', 'flood', false, false, 't_lea', gen_random_uuid()) RETURNING id AS outage \gset
UPDATE control_policy SET override_threshold = 50;
SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT code FROM override_apply(pg_temp.key(60), '{900003,900005}', 'delayed', 'carrier_outage', 'flood', NULL, :outage)), 'ok', 'part of an outage');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT reverted || ' ' || "left" FROM override_end_outage(:outage, pg_temp.key(61), clock_timestamp())), '2 0', 'and ends with it');
SELECT is((SELECT string_agg(effective_status::text, ',') FROM exception WHERE id IN (900003, 900005)), 'in_transit,in_transit', 'as before');

-- ---------------------------------------------------------------- two exceptions of one parcel

-- One is resolved by an override; the parcel's next is overridden and resolved by hand; taking both overrides back opens the first, and that is written down.
SET SESSION AUTHORIZATION t_lea;
SELECT is(pg_temp.over(80, '{900003,900005}', 'cancelled'), '0 t ok', 'one is resolved');
RESET SESSION AUTHORIZATION;
INSERT INTO exception (id, kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number, carrier_status, effective_status, state, calendar_id)
OVERRIDING SYSTEM VALUE SELECT 900093, 'stalled', 'low', 'carrier', brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number, carrier_status, effective_status, 'new', calendar_id
  FROM exception WHERE id = 900003;
SET SESSION AUTHORIZATION t_lea;
SELECT is(pg_temp.over(81, '{900093}', 'delayed'), '0 t ok', 'the next one of its parcel is overridden, too');
SELECT is(pg_temp.does(82, 80, 'revert'), 'batch ok 1, 900003 left -', 'the first override is taken back where it is in force');
SELECT is((SELECT code FROM resolve(pg_temp.key(83), '{900093}', 'refunded', 'paid back')), 'ok', 'the next one is resolved');
SELECT is((SELECT string_agg(code, ',') FROM override_revert(pg_temp.key(84), '{900093}')), 'ok', 'its override is taken back');
SELECT is((SELECT state::text FROM exception WHERE id = 900003), 'waiting', 'so that what the first had resolved is as it was');
SELECT is((SELECT a.verb || ' ' || (a.after ->> 'state') FROM activity a WHERE a.exception_id = 900003 AND a.after ? 'state' ORDER BY a.seq DESC LIMIT 1), 'override_revert waiting', 'and its activity says so');

-- ---------------------------------------------------------------- the rules, and the chain

SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT code FROM control_policy_set(pg_temp.key(70), '{"threshold": 20, "days": 3}')), 'ok', 'a lead makes them stricter');
SELECT is((SELECT code FROM control_policy_set(pg_temp.key(71), '{"threshold": 21}')), 'denied', 'an admin makes them wider');
SELECT is((SELECT code FROM control_policy_set(pg_temp.key(72), '{"days": 91}')), 'invalid', 'within bounds');
SELECT is((SELECT code FROM control_policy_set(pg_temp.key(73), '{"colour": 1}')), 'invalid', 'and no other');
SELECT is((SELECT count(*) FROM audit_verify())::int, 0, 'every chain is whole');

-- ---------------------------------------------------------------- all there is

RESET SESSION AUTHORIZATION;
WITH s AS (INSERT INTO shipment (brand_id, carrier_id, tracking_number)
           SELECT 9001, c.id, c.code || n FROM (SELECT * FROM carrier ORDER BY id LIMIT 2) c CROSS JOIN generate_series(1, 15) n RETURNING *)
INSERT INTO exception (kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number)
SELECT 'stalled', 'low', 'carrier', 9001, 't-acme', s.id, c.id, c.code, c.name, s.tracking_number FROM s JOIN carrier c ON c.id = s.carrier_id;
CREATE TEMP TABLE everything AS SELECT array_agg(id) AS ids FROM exception WHERE state <> 'resolved';
GRANT SELECT ON everything TO PUBLIC;
SET SESSION AUTHORIZATION t_lea;
SELECT matches(pg_temp.wrong('lost', 'other', 'a note', NULL, (SELECT ids FROM everything)), '^invalid: that is every open exception, all [0-9]+ of them: narrow it down', 'everything is refused');
SELECT matches((SELECT refusal FROM override_preview((SELECT ids FROM everything), 'lost')), '^that is every open exception', 'and says so before');
SELECT is((SELECT refusal FROM override_preview((SELECT ids[2:] FROM everything), 'lost')), NULL, 'all but one is a choice');
SELECT * FROM finish();
ROLLBACK;
