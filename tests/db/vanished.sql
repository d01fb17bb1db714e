-- Claims of people who are gone: refused while somebody is here or was a moment ago, offered afterwards, taken over when one says so, told to whose they were.
BEGIN;
\ir fixture.psql
SELECT plan(27);
CREATE FUNCTION pg_temp.line(p bigint) RETURNS text LANGUAGE sql AS
    $$ SELECT state || ' ' || coalesce(owner, '-') FROM exception WHERE id = p $$;
-- what somebody did, an hour ago
CREATE FUNCTION pg_temp.gone(p_role text) RETURNS void LANGUAGE sql AS
    $$ UPDATE action_log SET at = now() - interval '1 hour' WHERE who = p_role; UPDATE presence SET at = now() - interval '1 hour' WHERE role = p_role;
       UPDATE exception SET owned_at = now() - interval '2 hours', rev = rev + 1 WHERE owner = p_role $$;

SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT count(*)::int FROM claim(pg_temp.key(1), '{900001,900002,900003}') WHERE ok), 3, 'maria has three');
SET SESSION AUTHORIZATION t_bob;
SELECT results_eq($$ SELECT code FROM claim(pg_temp.key(2), '{900001}') $$, $$ VALUES ('taken') $$, 'who acted a moment ago is here, connected or not');
SELECT results_eq($$ SELECT code FROM claim(pg_temp.key(3), '{900001}', true) $$, $$ VALUES ('taken') $$, 'and cannot be taken over from');
RESET SESSION AUTHORIZATION;
SELECT pg_temp.gone('t_maria');

SET SESSION AUTHORIZATION t_bob;
SELECT results_eq($$ SELECT ok, code, message FROM claim(pg_temp.key(4), '{900001}') $$,
    $$ VALUES (false, 'away', 't_maria claimed it 2 h ago but is not here any more (last seen 1 h ago): claim it once more to take it over') $$, 'an hour later it is offered');
SELECT is(pg_temp.line(900001), 'working t_maria', 'and not taken');
SELECT results_eq($$ SELECT ok, code FROM claim(pg_temp.key(4), '{900001}') $$, $$ VALUES (false, 'away') $$, 'the same key gets the same answer');
SELECT results_eq($$ SELECT id, ok, code FROM claim(pg_temp.key(5), '{900001,900004}', true) $$, $$ VALUES (900001::bigint, true, 'ok'), (900004, true, 'ok') $$, 'said so, it is taken over');
SELECT is(pg_temp.line(900001), 'working t_bob', 'and is bob''s');
SELECT is((SELECT text FROM activity WHERE exception_id = 900001 ORDER BY seq DESC LIMIT 1), 'took over from t_maria', 'the timeline says from whom');
SELECT is((SELECT text FROM activity WHERE exception_id = 900004 ORDER BY seq DESC LIMIT 1), 'claimed it', 'what was nobody''s is claimed as ever');
SELECT results_eq($$ SELECT ok, code FROM claim(pg_temp.key(5), '{900001,900004}', true) ORDER BY id $$, $$ VALUES (true, 'ok'), (true, 'ok') $$, 'once a key');
SELECT is(taken_from_me(), NULL, 'who took is told nothing');
SELECT throws_like('SELECT * FROM taken_over', '%permission denied%', 'nobody reads who was away');

SET SESSION AUTHORIZATION t_maria;
SELECT is(taken_from_me(), 'while you were away t_bob took over #900001, which was yours', 'whose it was hears of it');
SELECT is(taken_from_me(), NULL, 'once');
SET SESSION AUTHORIZATION t_bob;
SELECT is((SELECT count(*)::int FROM claim(pg_temp.key(6), '{900002,900003}', true) WHERE ok), 2, 'two more');
SET SESSION AUTHORIZATION t_maria;
SELECT is(taken_from_me(), 'while you were away 2 of yours were taken over, by t_bob', 'are counted');
SET SESSION AUTHORIZATION t_bob;
SELECT is(undo_peek(), 'claim of 2 exceptions', 'it can be taken back');
SELECT is((SELECT count(*)::int FROM undo(pg_temp.key(7)) WHERE ok), 2, 'both');
SELECT is(pg_temp.line(900002), 'working t_maria', 'and are hers again');

-- who came back is here again; what came back to them is no news
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT code FROM note(pg_temp.key(8), '{900002}', 'back')), 'ok', 'maria works again');
SET SESSION AUTHORIZATION t_bob;
SELECT results_eq($$ SELECT code FROM claim(pg_temp.key(9), '{900002}', true) $$, $$ VALUES ('taken') $$, 'nothing is taken over from her');
RESET SESSION AUTHORIZATION;
SELECT pg_temp.gone('t_maria');
SET SESSION AUTHORIZATION t_bob;
SELECT is((SELECT code FROM claim(pg_temp.key(10), '{900002}', true)), 'ok', 'taken over');
SELECT is((SELECT count(*)::int FROM undo(pg_temp.key(11)) WHERE ok), 1, 'and taken back');
SET SESSION AUTHORIZATION t_maria;
SELECT is(taken_from_me(), NULL, 'what is hers again is no news');
-- the same one twice is one, by who had it last, whoever works on it now
RESET SESSION AUTHORIZATION;
INSERT INTO taken_over VALUES (pg_temp.key(20), 900003, 't_maria', 't_bob', now() - interval '1 hour'), (pg_temp.key(21), 900003, 't_maria', 't_lea', now());
UPDATE exception SET owner = 't_bob', rev = rev + 1 WHERE id = 900003;
SET SESSION AUTHORIZATION t_maria;
SELECT is(taken_from_me(), 'while you were away t_lea took over #900003, which was yours', 'taken over twice is one');
SET SESSION AUTHORIZATION t_vic;
SELECT is((SELECT code FROM claim(pg_temp.key(12), '{900002}', true)), 'denied', 'a viewer takes nothing over');
SELECT finish();
ROLLBACK;
