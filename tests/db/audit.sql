-- The activity is append-only and chained: whatever is done to it behind the functions' back is named.
BEGIN;
\ir fixture.psql
SELECT plan(13);

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

SELECT finish();
ROLLBACK;
