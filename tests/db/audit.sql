-- The activity is append-only and chained: whatever is done to it behind the functions' back is named.
BEGIN;
\ir fixture.psql
SELECT plan(39);

SET SESSION AUTHORIZATION t_maria;
SELECT count(*) FROM claim(pg_temp.key(1), '{900001,900002,900003}') \g /dev/null
SELECT count(*) FROM note(pg_temp.key(2), '{900001,900002,900003}', 'rang the customer') \g /dev/null
SELECT count(*) FROM severity(pg_temp.key(3), '{900001,900002,900003}', 'low') \g /dev/null
SELECT count(*) FROM release(pg_temp.key(4), '{900001,900002,900003}') \g /dev/null
RESET SESSION AUTHORIZATION;

SET SESSION AUTHORIZATION t_lea;
SELECT is_empty('SELECT * FROM audit_verify() WHERE exception_id BETWEEN 900001 AND 900008', 'what the functions wrote is whole');
RESET SESSION AUTHORIZATION;
SELECT throws_like($$ UPDATE activity SET text = 'x' WHERE exception_id = 900001 $$, '%append-only%', 'not even the owner changes a row');
SELECT throws_like($$ DELETE FROM activity WHERE exception_id = 900001 $$, '%append-only%', 'or deletes one');
SELECT throws_like('TRUNCATE activity', '%append-only%', 'or all');
SELECT throws_like($$ DELETE FROM exception WHERE id = 900001 $$, '%append-only%', 'nor is an exception removed');
SELECT throws_like($$ UPDATE scan_event SET message = 'x' WHERE shipment_id = 900001 $$, '%append-only%', 'scans are not changed');
SELECT throws_like($$ DELETE FROM scan_event WHERE shipment_id = 900001 $$, '%append-only%', 'nor removed');

-- with the triggers out of the way, as a superuser might
ALTER TABLE activity DISABLE TRIGGER append_only;
UPDATE activity SET text = 'rang nobody' WHERE exception_id = 900001 AND seq = 2;
DELETE FROM activity WHERE exception_id = 900002 AND seq = 2;
DELETE FROM activity WHERE exception_id = 900003 AND seq = 4;
INSERT INTO activity (exception_id, seq, brand_id, at, actor, verb, text, hash)
    SELECT 900004, 1, 9001, now(), 't_maria', 'note', 'never said', activity_link('', 900004, 1, 9001, now(), 't_maria', 'note', 'never said', NULL, NULL, NULL);
SELECT results_eq($$ SELECT seq, problem FROM audit_verify(900001) $$, $$ VALUES (2, 'altered') $$, 'an altered row is named');
SELECT results_eq($$ SELECT seq, problem FROM audit_verify(900002) $$, $$ VALUES (2, 'removed') $$, 'a removed one');
SELECT results_eq($$ SELECT seq, problem FROM audit_verify(900003) $$, $$ VALUES (4, 'removed') $$, 'also the last');
SELECT results_eq($$ SELECT seq, problem FROM audit_verify(900004) $$, $$ VALUES (1, 'inserted') $$, 'an inserted one');
SELECT is((SELECT count(*)::int FROM audit_verify() WHERE exception_id BETWEEN 900001 AND 900008), 4, 'the whole log names all of them');
-- re-hashing an altered row moves the trouble to the next one
UPDATE activity a SET hash = activity_link((SELECT hash FROM activity WHERE exception_id = 900001 AND seq = 1), exception_id, seq, brand_id, at, actor, verb,
    text, before, after, key) WHERE exception_id = 900001 AND seq = 2;
SELECT results_eq($$ SELECT seq, problem FROM audit_verify(900001) $$, $$ VALUES (3, 'altered') $$, 'a forged hash breaks the next row');

SELECT matches((SELECT detail FROM audit_verify(900001)), 'or row 2 before it was altered', 'and that is said');

-- the end removed and the chain's end put back: the log of actions knows better, and the row's own columns do
SET SESSION AUTHORIZATION t_maria;
SELECT count(*) FROM claim(pg_temp.key(5), '{900005,900006}') \g /dev/null
SELECT count(*) FROM note(pg_temp.key(6), '{900005,900006}', 'rang again') \g /dev/null
RESET SESSION AUTHORIZATION;
DELETE FROM activity WHERE exception_id = 900005 AND seq = 2;
UPDATE exception e SET activity_seq = 1, activity_hash = (SELECT a.hash FROM activity a WHERE a.exception_id = e.id AND a.seq = 1) WHERE id = 900005;
SELECT results_eq($$ SELECT problem, detail ~ '^note by t_maria' FROM audit_verify(900005) $$, $$ VALUES ('removed', true) $$, 'an end that was cut off cleanly is missed by the log of actions');
UPDATE exception SET owner = 't_bob' WHERE id = 900006;
SELECT results_eq($$ SELECT problem, detail FROM audit_verify(900006) $$, $$ VALUES ('altered', 'its owner is "t_bob", and row 1 of its activity left it "t_maria"') $$, 'columns that no row leads to are named');
-- two rows swapped
UPDATE exception SET owner = 't_maria' WHERE id = 900006;
UPDATE activity SET seq = 10 - seq WHERE exception_id = 900006;
UPDATE activity SET seq = CASE seq WHEN 9 THEN 2 ELSE 1 END WHERE exception_id = 900006;
SELECT results_eq($$ SELECT seq, problem FROM audit_verify(900006) $$, $$ VALUES (1, 'altered'), (2, 'altered'), (2, 'altered') $$, 'swapped ones both');

-- ---------------------------------------------------------------- the log of control

-- those of the transaction so far (the fixture's people) are written now
SET CONSTRAINTS ALL IMMEDIATE;
SELECT coalesce(max(seq), 0) AS base FROM control_log \gset
SET SESSION AUTHORIZATION t_adam;
SELECT user_grant('t_maria', 'lead') \g /dev/null
SELECT user_scope('t_maria', '{t-acme}') \g /dev/null
SET SESSION AUTHORIZATION t_lea;
SELECT count(*) FROM policy_set(gen_random_uuid(), 't-acme', NULL, 'sms', '{"cap": 9}') \g /dev/null
SELECT count(*) FROM hold_set(gen_random_uuid(), 't-acme', NULL, 'T-TX', NULL, 'snow') \g /dev/null
SELECT count(*) FROM brand_set(gen_random_uuid(), 't-acme', '{"support": "help"}') \g /dev/null
SELECT count(*) FROM view_save(gen_random_uuid(), 't-ours', 'kind:lost', 0, true) \g /dev/null
SELECT count(*) FROM view_save(gen_random_uuid(), 't-own', 'kind:lost') \g /dev/null
RESET SESSION AUTHORIZATION;
UPDATE calendar SET time_zone = 'Europe/Paris' WHERE name = 't-always';
SELECT results_eq(format($$ SELECT actor, split_part(subject, ' ', 1), verb FROM control_log WHERE seq > %s ORDER BY seq $$, :base),
    format($$ VALUES ('t_adam', 'user', 'grant'), ('t_adam', 'user', 'scope'), ('t_lea', 'policy', 'add'), ('t_lea', 'hold', 'add'),
              ('t_lea', 'brand', 'set'), ('t_lea', 'view', 'add'), (%L, 'calendar', 'set') $$, session_user),
    'people, rules and what is everyone''s; not what is one''s own');
SELECT is((SELECT before || after FROM control_log WHERE subject = 'user t_maria' AND verb = 'grant'), '{"level": "lead"}', 'from what');
SELECT is((SELECT (before ->> 'level') || (SELECT ' ' || (after ->> 'brands') FROM control_log WHERE subject = 'user t_maria' AND verb = 'scope')
             FROM control_log WHERE subject = 'user t_maria' AND verb = 'grant'), 'agent ["t-acme"]', 'to what');
SELECT is((SELECT after FROM control_log WHERE subject = 'brand t-acme' AND verb = 'set' ORDER BY seq DESC LIMIT 1), '{"support": "help"}', 'an update is what it changed');
SET SESSION AUTHORIZATION t_lea;
SELECT is_empty('SELECT * FROM control_verify()', 'the log is whole');
SELECT is((SELECT array_agg(verb ORDER BY seq) FROM control_list('user t_maria', NULL, NULL, 10)), '{add,grant,scope}', 'read by subject');
SELECT ok((SELECT count(*) >= 2 AND bool_and(subject LIKE 'user %') FROM control_list('user', 't_adam', NULL, 10)), 'by a sort of subjects and who');
RESET SESSION AUTHORIZATION;
SELECT throws_like('DELETE FROM control_log', '%append-only%', 'nobody deletes from it');
SELECT digest AS digest_before FROM audit_ends() \gset

ALTER TABLE control_log DISABLE TRIGGER append_only;
SAVEPOINT whole;
UPDATE control_log SET text = 'nothing happened' WHERE seq = :base + 1;
DELETE FROM control_log WHERE seq = :base + 3;
SELECT results_eq('SELECT seq, problem FROM control_verify()', format('VALUES (%s::bigint, ''altered''), (%s, ''removed'')', :base + 1, :base + 3), 'an altered row and a removed one are named');
SELECT isnt((SELECT digest FROM audit_ends()), :'digest_before', 'the ends are others: removed rows tell');
ROLLBACK TO whole;
DELETE FROM control_log WHERE seq = 1;
SELECT results_eq('SELECT seq, problem FROM control_verify()', 'VALUES (1::bigint, ''removed'')', 'the first');
ROLLBACK TO whole;
DELETE FROM control_log WHERE seq = (SELECT max(seq) FROM control_log);
SELECT results_eq('SELECT seq, problem FROM control_verify()', 'SELECT seq, ''removed'' FROM control_head', 'the last');
ROLLBACK TO whole;
INSERT INTO control_log (seq, at, actor, subject, verb, hash) SELECT seq + 1, now(), 't_lea', 'user t_maria', 'grant', activity_link(hash, 0, (seq + 1)::int, -1, now(), 't_lea', 'grant', 'user t_bob: ', NULL, NULL, NULL) FROM control_head;
SELECT results_eq('SELECT seq, problem FROM control_verify()', 'SELECT seq + 1, ''inserted'' FROM control_head', 'an inserted one');
ROLLBACK TO whole;
-- all of it made anew after a change, end included: the chain is whole, and its ends are not those of before
UPDATE control_log SET text = 'nothing happened' WHERE seq = (SELECT max(seq) FROM control_log);
UPDATE control_log c SET hash = activity_link((SELECT b.hash FROM control_log b WHERE b.seq = c.seq - 1), 0, c.seq::int, coalesce(c.brand_id, -1), c.at, c.actor, c.verb,
    c.subject || ': ' || c.text, c.before, c.after, c.key) WHERE seq = (SELECT max(seq) FROM control_log);
UPDATE control_head SET hash = (SELECT c.hash FROM control_log c WHERE c.seq = control_head.seq);
SELECT isnt((SELECT digest FROM audit_ends()), :'digest_before', 'a chain made anew, end and all, is betrayed by the ends kept elsewhere');


-- ---------------------------------------------------------------- the things themselves

ROLLBACK TO whole;
SET SESSION AUTHORIZATION t_lea;
SELECT count(*) FROM case_open(gen_random_uuid(), '{900001}', 'claim', NULL, NULL, NULL, NULL) \g /dev/null
SELECT count(*) FROM case_set(gen_random_uuid(), ARRAY(SELECT id FROM support_case), '{"priority": "urgent", "owner": "none"}') \g /dev/null
SELECT count(*) FROM outage_declare(gen_random_uuid(), '{"region": ["T-TX"]}', 'flood', true, true, NULL, NULL, NULL) \g /dev/null
SELECT count(*) FROM control_policy_set(gen_random_uuid(), '{"threshold": 1}') \g /dev/null
SELECT count(*) FROM override_apply(gen_random_uuid(), '{900001}', 'lost', 'other', 'a note') \g /dev/null
SELECT count(*) FROM override_apply(gen_random_uuid(), '{900002,900003}', 'lost', 'other', 'a note') \g /dev/null
RESET SESSION AUTHORIZATION;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is_empty('SELECT * FROM control_verify()', 'what was done by actions is as the log has it');
SELECT is((SELECT count(*)::int FROM control_log WHERE subject = 'override policy'), 1, 'a rule that was changed is told once');
SAVEPOINT done;
SELECT set_config('doorstep.ruled', '', true) \g /dev/null
UPDATE control_policy SET pending_hours = 700;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is((SELECT after FROM control_log WHERE subject = 'override policy' ORDER BY seq DESC LIMIT 1), '{"pending_hours": 700}', 'also by whom no function asks');
ROLLBACK TO done;
SET session_replication_role = replica;
UPDATE support_case SET state = 'closed';
SELECT results_eq('SELECT problem, detail FROM control_verify()', $$ SELECT 'altered', format('the state of case C%s is "closed", and row %s left it "open"', max(substr(subject, 6)), min(seq)) FROM control_log WHERE subject LIKE 'case %' $$, 'a case');
ROLLBACK TO done;
SET session_replication_role = replica;
UPDATE control_policy SET override_threshold = 100000, override_days = 90;
SELECT results_eq('SELECT problem FROM control_verify()', $$ VALUES ('altered'), ('altered') $$, 'the rules');
ROLLBACK TO done;
SET session_replication_role = replica;
UPDATE override_batch SET state = 'applied', decided_by = 't_adam' WHERE state = 'pending';
SELECT matches((SELECT string_agg(detail, '; ') FROM control_verify()), '^batch \d+ is applied by t_lea, decided by t_adam, and row \d+ says override_ask by t_lea$', 'an approval nobody gave');
ROLLBACK TO done;
SET session_replication_role = replica;
UPDATE outage SET ended_at = now(), ended_by = 't_lea', hold_messages = false;
SELECT results_eq('SELECT problem FROM control_verify()', $$ VALUES ('altered'), ('altered') $$, 'an outage');
ROLLBACK TO done;
SET session_replication_role = replica;
INSERT INTO override_batch (key, by, state, status, reason, note, expires_at, shipments, brands) VALUES (gen_random_uuid(), 't_lea', 'applied', 'lost', 'other', 'x', now(), 1, '{}');
DELETE FROM outage;
SELECT results_eq('SELECT problem FROM control_verify() ORDER BY 1', $$ VALUES ('inserted'), ('removed') $$, 'one that is nowhere told, and one that is told and gone');
ROLLBACK TO done;

SELECT finish();
ROLLBACK;
