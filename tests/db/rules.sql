-- Rules that show only in the second or third step: what stays when something else changes.
BEGIN;
\ir fixture.psql
SELECT plan(20);
DELETE FROM feed_stage;

-- the most urgent of all, not the oldest
UPDATE exception SET first_response_due_at = now() + interval '5 minutes' WHERE id = 900008;
SET SESSION AUTHORIZATION t_zoe;
SELECT is((SELECT id FROM take_next(pg_temp.key(1))), 900008::bigint, 'take_next without candidates takes what is due first');
SELECT is((SELECT id FROM take_next(pg_temp.key(2))), 900007::bigint, 'then what is due next');

-- the first response is the first
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT code FROM wait(pg_temp.key(3), '{900002}')), 'ok', 'a customer was asked');
CREATE TEMPORARY TABLE was AS SELECT first_response_at, resolve_left_s FROM exception WHERE id = 900002;
SELECT is((SELECT code FROM work(pg_temp.key(4), '{900002}')), 'ok', 'answered');
SELECT is((SELECT code FROM wait(pg_temp.key(5), '{900002}')), 'ok', 'and asked again');
SELECT is((SELECT first_response_at FROM exception WHERE id = 900002), (SELECT first_response_at FROM was), 'the first response was the first time');
SELECT is((SELECT code FROM resolve(pg_temp.key(6), '{900002}', 'no_action')), 'ok', 'resolved');
SELECT is((SELECT first_response_at FROM exception WHERE id = 900002), (SELECT first_response_at FROM was), 'also then');

-- marks are taken back bit by bit
SELECT lives_ok($$ SELECT reopen(pg_temp.key(7), '{900002}') $$, 'reopened, which is a mark');
SET SESSION AUTHORIZATION t_bob;
SELECT lives_ok($$ SELECT note(pg_temp.key(8), '{900002}', 'called her') $$, 'a note of somebody else is another');
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT code FROM undo(pg_temp.key(9))), 'ok', 'taking back the reopening');
SELECT is((SELECT marks & (4 | 16) FROM exception WHERE id = 900002), 4, 'leaves the note''s');
RESET SESSION AUTHORIZATION;

-- a worse problem makes nothing due later
CREATE FUNCTION pg_temp.scan(p_at timestamptz, p_code text, p_detail text, p_edd timestamptz DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
    INSERT INTO feed_stage (batch, seq, doc, rec, provider, carrier, tracking_number, occurred_at, code, detail, edd)
    VALUES ('00000000-0000-4000-8000-000000000009', 0, 0, 'e', 'easypost', 'ups', 'RULES1', p_at, p_code, p_detail, p_edd);
    SELECT feed_merge('00000000-0000-4000-8000-000000000009') $$;
SELECT pg_temp.scan(now() - interval '9 hours', 'in_transit', 'delayed') \g /dev/null
UPDATE exception SET first_response_due_at = now() + interval '1 minute' WHERE tracking_number = 'RULES1';
SELECT pg_temp.scan(now() - interval '8 hours', 'in_transit', 'address_correction') \g /dev/null
SELECT results_eq($$ SELECT kind::text, marks & 32 FROM exception WHERE tracking_number = 'RULES1' $$, $$ VALUES ('address_issue', 32) $$, 'a delay becomes a wrong address');
SELECT is((SELECT first_response_due_at FROM exception WHERE tracking_number = 'RULES1'), now() + interval '1 minute', 'what was due soon stays due soon');

-- a history that does not grow without end
SELECT pg_temp.scan(now() - interval '7 hours' + n * interval '1 minute', 'in_transit', 'departed_facility', now() + n * interval '1 hour') FROM generate_series(1, 25) n \g /dev/null
SELECT is((SELECT jsonb_array_length(edd_history) FROM shipment WHERE tracking_number = 'RULES1'), 20, 'of many estimates the last twenty are kept');
SELECT is((SELECT edd_at FROM shipment WHERE tracking_number = 'RULES1'), now() + interval '25 hours', 'the newest counts');

-- waiting again with another text changes only words: the undo is of the wait before it
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT code FROM wait(pg_temp.key(91), '{900008}', NULL, 'one')), 'ok', 'a wait');
SELECT is((SELECT code FROM wait(pg_temp.key(92), '{900008}', NULL, 'two')), 'ok', 'the same with other words');
SELECT is((SELECT code FROM undo(pg_temp.key(93))), 'ok', 'an undo says that it did something');
SELECT isnt((SELECT state::text FROM exception WHERE id = 900008), 'waiting', 'and did');

SELECT * FROM finish();
ROLLBACK;
