-- Cases and the helpdesk: what is queued, in which order it goes, leases, what it says, conflicts and who settles them.
BEGIN;
\ir fixture.psql
SELECT plan(100);

-- What the tests ask of a case, told as the worker tells it.
CREATE FUNCTION pg_temp.syncs(p bigint) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = doorstep AS $$
    SELECT string_agg(op || coalesce(':' || to_state, '') || ' ' || state, ', ' ORDER BY id) FROM case_sync WHERE case_id = p $$;
CREATE FUNCTION pg_temp.look(p bigint) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = doorstep AS $$
    SELECT concat_ws(' ', state, desk_id, desk_state, CASE WHEN conflict IS NOT NULL THEN 'conflict ' || coalesce(conflict_state::text, 'gone') END) FROM support_case WHERE id = p $$;
CREATE FUNCTION pg_temp.claim(p_limit int DEFAULT 10) RETURNS TABLE (id bigint, fence int, op text, case_id bigint, state text) LANGUAGE sql AS $$
    SELECT id, fence, op, case_id, state FROM doorstep.desk_claim('w', 'zendesk', p_limit, 60) $$;
-- one answer to the newest claim of a case
CREATE FUNCTION pg_temp.answer(p bigint, p_outcome text, p_more jsonb DEFAULT '{}') RETURNS boolean LANGUAGE sql SECURITY DEFINER SET search_path = doorstep AS $$
    SELECT applied FROM case_sync s, LATERAL doorstep.desk_record('w', 'zendesk', jsonb_build_array(
        jsonb_build_object('id', s.id, 'fence', s.fence, 'outcome', p_outcome, 'took_ms', 7) || p_more)) r
     WHERE s.case_id = p AND s.state = 'sending' $$;
CREATE FUNCTION pg_temp.heard(p bigint, p_more jsonb) RETURNS boolean LANGUAGE sql AS $$
    SELECT applied FROM doorstep.desk_record('w', 'zendesk', jsonb_build_array(jsonb_build_object('id', p, 'fence', 0, 'outcome', 'done') || p_more)) $$;
CREATE FUNCTION pg_temp.marked(p_exception bigint) RETURNS boolean LANGUAGE sql SECURITY DEFINER SET search_path = doorstep AS $$ SELECT marks & 128 <> 0 FROM exception WHERE id = p_exception $$;
CREATE FUNCTION pg_temp.case_of(p_exception bigint) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = doorstep AS $$
    SELECT max(case_id) FROM case_link WHERE exception_id = p_exception $$;
-- "last" said to the exception
CREATE FUNCTION pg_temp.said(p_exception bigint) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = doorstep AS $$
    SELECT actor || ' ' || verb || ' ' || text FROM activity WHERE exception_id = p_exception ORDER BY seq DESC LIMIT 1 $$;
CREATE FUNCTION pg_temp.due(p bigint) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = doorstep AS $$
    UPDATE case_sync SET send_after = now() - interval '1 second' WHERE case_id = p AND state = 'queued' $$;
CREATE FUNCTION pg_temp.external(p bigint) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = doorstep AS $$ SELECT desk_external(c) FROM support_case c WHERE id = p $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_temp TO PUBLIC;

-- ---------------------------------------------------------------- without a helpdesk
SET SESSION AUTHORIZATION t_maria;
SELECT ok(ok, 'a case is opened where there is no helpdesk') FROM case_open(gen_random_uuid(), '{900001}', 'claim', NULL, NULL, NULL, 'the box was wet');
SELECT is(pg_temp.syncs(pg_temp.case_of(900001)), NULL, 'nothing is queued for nobody');
SELECT results_eq(format('SELECT code FROM case_retry(gen_random_uuid(), ARRAY[%s])', pg_temp.case_of(900001)), $$ VALUES ('invalid') $$, 'nor can it be sent');

-- ---------------------------------------------------------------- one comes
SET SESSION AUTHORIZATION t_will;
SELECT is_empty('SELECT * FROM pg_temp.claim()', 'a worker with a helpdesk has nothing to do yet');
SET SESSION AUTHORIZATION t_maria;
SELECT pg_temp.case_of(900001) AS old \gset
SELECT ok(bool_and(ok), 'the old case gets another note') FROM case_note(gen_random_uuid(), ARRAY[:old], 'the carrier wants photos');
SELECT is(pg_temp.syncs(:old), 'create queued, comment queued, comment queued', 'and goes there with all its notes');
SELECT ok(bool_and(ok), 'a new one') FROM case_open(gen_random_uuid(), '{900002}', 'carrier_trace');
SELECT pg_temp.case_of(900002) AS new \gset
SELECT ok(bool_and(ok), 'which waits soon') FROM case_set(gen_random_uuid(), ARRAY[:new], '{"state": "pending"}');
SELECT is(pg_temp.syncs(:new), 'create queued, status:pending queued', 'is told to it in order');
SET SESSION AUTHORIZATION t_will;
SELECT results_eq('SELECT case_id, op, fence FROM pg_temp.claim() ORDER BY case_id', format($$ VALUES (%s::bigint, 'create', 1), (%s, 'create', 1) $$, :old, :new),
                  'of each case the oldest change goes');
SELECT is_empty('SELECT * FROM pg_temp.claim()', 'and nothing else until it is done');
SELECT matches(pg_temp.external(:old), '^doorstep-' || :old || '-[0-9a-f]{8}$', 'under a name of ours');
SELECT ok(pg_temp.answer(:old, 'done', '{"desk_id": "71", "desk_url": "https://acme.zendesk.com/agent/tickets/71", "desk_state": "open", "state": "open", "desk_at": "2026-11-22T10:00:00Z"}'),
          'it is there');
SELECT is(pg_temp.look(:old), 'open 71 open', 'id and state are taken back');
SELECT is(pg_temp.said(900001), format('worker case_told case C%s is ticket 71 at Zendesk', :old), 'and the timeline says which');
SELECT results_eq('SELECT case_id, op FROM pg_temp.claim()', format($$ VALUES (%s::bigint, 'comment') $$, :old), 'then its first note');

-- ---------------------------------------------------------------- outcomes
SELECT ok(pg_temp.answer(:new, 'unknown', '{"after_ms": 60000, "code": "timeout", "message": "no answer"}'), 'the other''s creation is not known');
SELECT is(pg_temp.syncs(:new), 'create queued, status:pending queued', 'it goes again, and looks first');
SELECT pg_temp.due(:new);
SELECT results_eq(format('SELECT fence, op FROM pg_temp.claim() WHERE case_id = %s', :new), $$ VALUES (2, 'create') $$, 'with a second fence, which says so');
SELECT ok(NOT applied, 'an answer with the first fence does not count') FROM desk_record('w', 'zendesk', jsonb_build_array(jsonb_build_object('id',
          (SELECT max(id) FROM desk_claim('nobody', 'zendesk', 0, 1)), 'fence', 1, 'outcome', 'done'))) r;
SELECT ok(pg_temp.answer(:new, 'failed', '{"code": "422", "message": "Zendesk refuses it: \"Subject: cannot be blank\""}'), 'it is refused');
SELECT is(pg_temp.syncs(:new), 'create failed, status:pending queued', 'then nothing of that case goes');
SELECT is_empty('SELECT * FROM pg_temp.claim()', 'not its state either');
SET SESSION AUTHORIZATION t_maria;
SELECT results_eq(format('SELECT ok, code, message FROM case_retry(pg_temp.key(1), ARRAY[%s])', :new), format($$ VALUES (true, 'ok', '1 change of C%s will be told again') $$, :new), 'a person lets it go again');
SELECT results_eq(format('SELECT code FROM case_retry(pg_temp.key(1), ARRAY[%s])', :new), $$ VALUES ('ok') $$, 'asked twice it answers the same');
SELECT results_eq(format('SELECT code FROM case_retry(gen_random_uuid(), ARRAY[%s, 999999])', :new), $$ VALUES ('same'), ('gone') $$, 'afterwards nothing of it failed');
SET SESSION AUTHORIZATION t_vic;
SELECT results_eq(format('SELECT code FROM case_retry(gen_random_uuid(), ARRAY[%s])', :new), $$ VALUES ('denied') $$, 'viewers may not');
SET SESSION AUTHORIZATION t_zoe;
SELECT results_eq(format('SELECT code FROM case_retry(gen_random_uuid(), ARRAY[%s])', :new), $$ VALUES ('gone') $$, 'for other brands it is not there');
SET SESSION AUTHORIZATION t_will;
SELECT results_eq(format('SELECT op, fence FROM pg_temp.claim() WHERE case_id = %s', :new), $$ VALUES ('create', 3) $$, 'it goes');
SELECT ok(pg_temp.answer(:new, 'done', '{"desk_id": "71", "desk_state": "open", "state": "open"}'), 'a helpdesk that gives a number twice');
SELECT is(pg_temp.syncs(:new), 'create failed, status:pending queued', 'is not believed');
SET SESSION AUTHORIZATION t_maria;
SELECT ok(ok, 'again') FROM case_retry(gen_random_uuid(), ARRAY[:new]);
SET SESSION AUTHORIZATION t_will;
SELECT count(*) AS claimed FROM pg_temp.claim() \gset
SELECT ok(pg_temp.answer(:new, 'done', '{"desk_id": "72", "desk_state": "open", "state": "open", "desk_at": "2026-11-22T10:00:00Z"}'), 'with a number of its own it is there');
SELECT is(pg_temp.look(:new), 'pending 72 open', 'its state was ours to change meanwhile: that is no conflict');

-- ---------------------------------------------------------------- workers that are lost
RESET SESSION AUTHORIZATION;
UPDATE case_sync SET lease_until = now() - interval '1 second' WHERE state = 'sending';
SET SESSION AUTHORIZATION t_will;
SELECT is(desk_reap(), 1, 'the lease of the first note has passed');
SELECT is(pg_temp.syncs(:old), 'create done, comment queued, comment queued', 'it is queued again, before the second');
RESET SESSION AUTHORIZATION;
UPDATE case_sync SET send_after = now() - interval '1 second';
SET SESSION AUTHORIZATION t_will;
SELECT set_eq('SELECT op, fence FROM pg_temp.claim()', $$ VALUES ('comment', 2), ('status', 1) $$, 'and claimed with the next fence');
SELECT is((SELECT count(*) FROM desk_extend('w', ARRAY(SELECT id FROM desk_claim('w', 'zendesk', 0, 60)), '{}', 60)), 0::bigint, 'nothing held, nothing extended');
SELECT is(desk_disown('w', '{}'), 2, 'what a worker does not know it holds goes back');
SELECT set_eq('SELECT op, fence FROM pg_temp.claim()', $$ VALUES ('comment', 3), ('status', 2) $$, 'to be claimed again');
SELECT ok(pg_temp.answer(:old, 'done'), 'the note is there');
SELECT ok(pg_temp.answer(:new, 'done', '{"desk_id": "72", "desk_state": "pending", "state": "pending", "desk_at": "2026-11-22T10:05:00Z"}'), 'the state is');
SELECT is(pg_temp.look(:new), 'pending 72 pending', 'both say pending');

-- ---------------------------------------------------------------- what it says
SELECT ok(pg_temp.heard(:new, '{"desk_state": "solved", "state": "solved", "desk_at": "2026-11-22T11:00:00Z", "notes": [{"id": "5", "by": "Ann", "text": "found it", "public": true}]}'), 'a poll: only theirs moved');
SELECT is(pg_temp.look(:new), 'solved 72 solved', 'ours follows');
SELECT is(pg_temp.marked(900002), false, 'the exception has no open case any more');
SELECT is(pg_temp.said(900002), format('worker case_state case C%s: Zendesk says solved', :new), 'and hears why');
SELECT ok(pg_temp.heard(:new, '{"desk_state": "solved", "state": "solved", "desk_at": "2026-11-22T11:00:00Z", "notes": [{"id": "5", "by": "Ann", "text": "found it", "public": true}]}'), 'the same again');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT count(*) FROM case_note WHERE case_id = :new AND source = 'desk'), 1::bigint, 'its comments are taken once');
SELECT is(pg_temp.said(900002), format('worker case_state case C%s: Zendesk says solved', :new), 'nothing is said twice');
SET SESSION AUTHORIZATION t_will;
SELECT ok(pg_temp.heard(:new, '{"desk_state": "open", "state": "open", "desk_at": "2026-11-22T10:30:00Z"}'), 'what was said before it');
SELECT is(pg_temp.look(:new), 'solved 72 solved', 'changes nothing');

-- ---------------------------------------------------------------- conflicts
SET SESSION AUTHORIZATION t_maria;
SELECT ok(bool_and(ok), 'ours is solved') FROM case_set(gen_random_uuid(), ARRAY[:old], '{"state": "solved"}');
SET SESSION AUTHORIZATION t_will;
SELECT ok(pg_temp.heard(:old, '{"desk_state": "pending", "state": "pending", "desk_at": "2026-11-22T11:00:00Z"}'), 'theirs pending, before they are told');
SELECT is(pg_temp.look(:old), 'solved 71 pending conflict pending', 'both stay, and a person is asked');
SELECT is(pg_temp.said(900001), format('worker case_conflict C%s is solved here, and Zendesk says pending: take theirs or keep ours', :old), 'in a sentence');
SELECT is((SELECT string_agg(op, ',') FROM pg_temp.claim()), 'comment', 'notes still go, the state does not');
SET SESSION AUTHORIZATION t_maria;
SELECT results_eq(format('SELECT ok, message FROM case_keep_ours(gen_random_uuid(), %s)', :old), format($$ VALUES (true, 'C%s stays solved, and Zendesk is told') $$, :old), 'ours is kept');
SET SESSION AUTHORIZATION t_will;
SELECT count(pg_temp.answer(:old, 'done')) AS note_done \gset
SELECT results_eq('SELECT op, state FROM pg_temp.claim()', $$ VALUES ('status', 'solved') $$, 'and told');
SELECT ok(pg_temp.answer(:old, 'failed', '{"code": "conflict", "message": "m", "desk_id": "71", "desk_state": "open", "state": "open", "desk_at": "2026-11-22T12:00:00Z"}'), 'theirs moved once more just then');
SELECT is(pg_temp.look(:old), 'solved 71 open conflict open', 'that is a conflict again');
SET SESSION AUTHORIZATION t_maria;
SELECT results_eq(format('SELECT ok, message FROM case_take_theirs(gen_random_uuid(), %s)', :old), format($$ VALUES (true, 'C%s is open now, as Zendesk says') $$, :old), 'theirs is taken');
SELECT is(pg_temp.look(:old) || pg_temp.marked(900001), 'open 71 opentrue', 'and the exception has an open case');
SELECT is(pg_temp.syncs(:old), 'create done, comment done, comment done, status:solved cancelled, status:solved cancelled', 'nothing of ours goes any more');
SET SESSION AUTHORIZATION t_will;
SELECT ok(pg_temp.heard(:old, '{"code": "gone", "outcome": "failed"}'), 'its ticket is deleted');
SELECT is(pg_temp.look(:old), 'open 71 open conflict gone', 'a person is asked');
SET SESSION AUTHORIZATION t_maria;
SELECT ok(ok, 'ours is kept') FROM case_keep_ours(gen_random_uuid(), :old);
SELECT is(pg_temp.look(:old) || ': ' || pg_temp.syncs(:old), 'open: create done, comment done, comment done, status:solved cancelled, status:solved cancelled, create queued, comment queued, comment queued',
          'a new ticket is made, with the notes');

-- ---------------------------------------------------------------- webhooks and polls
SET SESSION AUTHORIZATION t_will;
SELECT results_eq($$ SELECT ord, case_id IS NOT NULL FROM desk_told('[{"desk": "zendesk", "desk_id": "72"}, {"desk": "zendesk", "desk_id": "1"}, {"desk": "x", "external_id": "doorstep-1-00000000"}]') $$,
                  $$ VALUES (1::bigint, true), (2, false), (3, false) $$, 'a webhook is of a ticket of ours, or of none');
SELECT results_eq($$ SELECT id, desk_id FROM desk_poll('w', 'zendesk', 10) $$, format($$ VALUES (%s::bigint, '72') $$, :new), 'which is asked about then');
SELECT is_empty($$ SELECT id FROM desk_poll('w', 'zendesk', 10) $$, 'and not again for a while');
SET SESSION AUTHORIZATION t_maria;
SELECT ok(bool_and(ok), 'a note for it') FROM case_note(gen_random_uuid(), ARRAY[:new], 'so it was');
SET SESSION AUTHORIZATION t_will;
SELECT is_empty(format($$ SELECT id FROM desk_claim('w', 'freshdesk', 10, 60) WHERE case_id = %s $$, :new), 'another helpdesk gets none of its tickets');
SELECT results_eq(format($$ SELECT op FROM desk_claim('w', 'zendesk', 10, 60) WHERE case_id = %s $$, :new), $$ VALUES ('comment') $$, 'its own does');

-- ---------------------------------------------------------------- at the edges
SET SESSION AUTHORIZATION t_maria;
SELECT ok(ok, 'another trace of the parcel, for the first is solved') FROM case_open(gen_random_uuid(), '{900002}', 'carrier_trace');
SET SESSION AUTHORIZATION t_will;
SELECT ok(pg_temp.heard(:new, '{"desk_state": "open", "state": "open", "desk_at": "2026-11-22T15:00:00Z"}'), 'the first is opened again there');
SELECT is(pg_temp.look(:new), 'solved 72 open conflict open', 'two open ones of a kind cannot be: a person is asked');
SET SESSION AUTHORIZATION t_maria;
SELECT results_eq(format('SELECT ok, code FROM case_take_theirs(gen_random_uuid(), %s)', :new), $$ VALUES (false, 'taken') $$, 'who has to close the other first');
SET SESSION AUTHORIZATION t_will;
SELECT ok(pg_temp.heard(:new, '{"desk_state": "closed", "state": "closed", "desk_at": "2026-11-22T16:00:00Z"}'), 'closed there in the end');
SELECT is(pg_temp.look(:new), 'closed 72 closed', 'that settles it: solved here was as good');
SELECT is_empty(format('SELECT id FROM desk_poll(%L, %L, 10) WHERE id = %s', 'w', 'zendesk', :new), 'closed ones are not asked about');

-- ---------------------------------------------------------------- who speaks of a case
CREATE FUNCTION pg_temp.told(p jsonb) RETURNS bigint LANGUAGE sql AS $$
    SELECT case_id FROM doorstep.desk_told(jsonb_build_array(p || '{"state": "open", "desk_state": "open", "desk_at": "2026-11-23T00:00:00Z", "notes": [{"id": "spoof", "text": "spoofed"}]}')) $$;
SELECT is(pg_temp.told(jsonb_build_object('desk', 'webhook+https', 'external_id', pg_temp.external(:new))), NULL, 'another helpdesk does not speak of this one''s case by our name of it');
SELECT is(pg_temp.told(jsonb_build_object('desk', 'zendesk', 'desk_id', '9999', 'external_id', pg_temp.external(:new))), NULL, 'nor does another ticket');
SELECT is(pg_temp.told(jsonb_build_object('external_id', pg_temp.external(:new))), NULL, 'nor one that does not say whose it is');
SELECT is(pg_temp.told(jsonb_build_object('desk', 'zendesk', 'external_id', format('doorstep-%s-00000000', :new))), NULL, 'nor who guesses');
SELECT is(pg_temp.look(:new), 'closed 72 closed', 'it is as it was');
SELECT ok(pg_temp.heard(:new, '{"desk_url": "https://acme.zendesk.com/\u001b]8;;x"}') AND pg_temp.heard(:new, '{"desk_url": "javascript:x"}'), 'links that are none');
RESET SESSION AUTHORIZATION;
SELECT is_empty($$ SELECT desk_url FROM support_case WHERE desk_url !~ '^https://[!-~]+$' $$, 'are not kept');
SET SESSION AUTHORIZATION t_will;
RESET SESSION AUTHORIZATION;
UPDATE case_sync SET lost = 2, state = 'sending', lease_until = now() - interval '1 second' WHERE op = 'create' AND state = 'queued' AND case_id = pg_temp.case_of(900002);
SET SESSION AUTHORIZATION t_will;
SELECT count(*) AS reaped FROM (SELECT desk_reap()) x \gset
SELECT is(pg_temp.syncs(pg_temp.case_of(900002)), 'create unknown', 'three workers lost with it: it waits for a person');
RESET SESSION AUTHORIZATION;
UPDATE desk_setting SET said_at = now() - interval '15 days';
SET SESSION AUTHORIZATION t_maria;
SELECT ok(ok, 'a case long after the helpdesk went') FROM case_open(gen_random_uuid(), '{900004}', 'internal');
SELECT is(pg_temp.syncs(pg_temp.case_of(900004)), NULL, 'is ours alone');
SELECT pg_temp.case_of(900004) AS alone \gset
SET SESSION AUTHORIZATION t_will;
SELECT count(*) AS asked FROM desk_poll('w', 'zendesk', 10) \gset
RESET SESSION AUTHORIZATION;
SELECT ok((SELECT said_at > now() - interval '1 minute' FROM desk_setting), 'a worker that only asks says that there is a helpdesk, too');
SET SESSION AUTHORIZATION t_maria;
SELECT results_eq(format('SELECT ok, message FROM case_retry(gen_random_uuid(), ARRAY[%s])', :alone), format($$ VALUES (true, 'C%s goes to Zendesk') $$, :alone), 'then it is sent there by hand');
SELECT is(pg_temp.syncs(:alone), 'create queued', 'from the start');
SET SESSION AUTHORIZATION t_will;
SELECT count(*) AS claimed FROM pg_temp.claim() \gset
SELECT ok(pg_temp.answer(:alone, 'done', '{"desk_id": "90", "desk_state": "open", "state": "open", "desk_at": "2026-11-22T10:00:00Z"}'), 'and is there');
SET SESSION AUTHORIZATION t_maria;
SELECT ok(bool_and(ok), 'it waits, which is not told yet') FROM case_set(gen_random_uuid(), ARRAY[:alone], '{"state": "pending"}');
SET SESSION AUTHORIZATION t_will;
SELECT ok(pg_temp.heard(:alone, '{"desk_state": "solved", "state": "solved", "desk_at": "2026-11-22T11:00:00Z"}'), 'when theirs is solved');
SET SESSION AUTHORIZATION t_maria;
SELECT ok(ok, 'theirs is taken') FROM case_take_theirs(gen_random_uuid(), :alone);
SELECT is(pg_temp.syncs(:alone), 'create done, status:pending cancelled', 'what waited to be told is not told any more');
RESET SESSION AUTHORIZATION;
SELECT is_empty('SELECT * FROM audit_verify(NULL)', 'chains are whole');

SELECT finish();
ROLLBACK;
