-- The truth audit: messages against what was true when they went and what turned out, and customers who were told late or never.
BEGIN;
\ir fixture.psql
SELECT plan(42);

-- Times are hours before and after noon; the clock is given.
CREATE FUNCTION pg_temp.t(hours numeric) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$ SELECT '2026-11-20T12:00Z'::timestamptz + hours * interval '1 hour' $$;
UPDATE customer SET do_not_contact = false WHERE external_id = 't-1';
UPDATE exception SET customer_id = (SELECT id FROM customer WHERE external_id = 't-1'), opened_at = pg_temp.t(0), updated_at = pg_temp.t(0), kind = 'failed_attempt'
 WHERE id BETWEEN 900001 AND 900008;
INSERT INTO template (id, name, channel, language) OVERRIDING SYSTEM VALUE VALUES (9001, 't_delay', 'email', 'en'), (9002, 't_lost', 'email', 'en'), (9003, 't_any', 'email', 'en'), (9004, 't_disputed', 'email', 'en');
INSERT INTO template_version (template_id, version, state, title, kinds, statuses, body, author) VALUES
    (9001, 1, 'approved', 'Delayed', '{delay_carrier}', '{in_transit,delayed,held}', 'x', 't_lea'), (9002, 1, 'approved', 'Lost', '{lost}', '{lost}', 'x', 't_lea'),
    (9003, 1, 'approved', 'Where to', '{}', '{}', 'x', 't_lea'), (9004, 1, 'approved', 'Did it arrive', '{delivery_disputed}', '{}', 'x', 't_lea');
-- a message of an exception; a scan of its parcel, and when that came
CREATE FUNCTION pg_temp.msg(n int, e bigint, template int, hours numeric, s outreach_state DEFAULT 'sent') RETURNS void LANGUAGE sql AS $$
    INSERT INTO outreach (id, key, exception_id, shipment_id, customer_id, brand_id, channel, to_address, language, template_id, version, body, text_hash, state, by, undo_until, send_after, message_id, sent_at)
    OVERRIDING SYSTEM VALUE
    SELECT 810000 + n, gen_random_uuid(), e, e, (SELECT id FROM customer WHERE external_id = 't-1'), x.brand_id, 'email', 'rosa@example.com', 'en', template, CASE WHEN template IS NOT NULL THEN 1 END, 'b',
           gen_random_uuid(), s, 't_maria', pg_temp.t(hours), pg_temp.t(hours), 'truth' || n, pg_temp.t(hours) FROM exception x WHERE x.id = e $$;
CREATE FUNCTION pg_temp.scan(e bigint, s shipment_status, happened numeric, came numeric) RETURNS void LANGUAGE sql AS $$
    INSERT INTO scan_event (shipment_id, occurred_at, received_at, dedupe, brand_id, status, provider) VALUES (e, pg_temp.t(happened), pg_temp.t(came), gen_random_uuid(), 9001, s, 't-ups') $$;
CREATE FUNCTION pg_temp.found(e bigint) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', finding, known, hours, CASE WHEN outreach_id > 0 THEN outreach_id - 810000 END), ', ' ORDER BY finding, outreach_id) FROM truth_finding WHERE exception_id = e $$;
CREATE FUNCTION pg_temp.says(e bigint, f text) RETURNS text LANGUAGE sql AS $$ SELECT says FROM truth_finding WHERE exception_id = e AND finding = f ORDER BY id DESC LIMIT 1 $$;
-- the pass as of an hour, until it says no more: what it did, added up
CREATE FUNCTION pg_temp.pass(hours numeric) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    d jsonb; more boolean := true; said text := '';
BEGIN
    WHILE more LOOP
        SELECT did, again INTO d, more FROM pass_truth(pg_temp.t(hours));
        said := concat_ws(' ', nullif(said, ''), nullif(d::text, '{}'));
    END LOOP;
    RETURN said;
END $$;
UPDATE truth_mark SET changed_k = 0, changed_id = 0, scans_to = pg_temp.t(-1);

-- ---------------------------------------------------------------- missing, then late

SELECT is(pg_temp.pass(1), '', 'nothing is due after an hour');
SELECT is((SELECT count(*)::int FROM truth_due WHERE exception_id BETWEEN 900001 AND 900008), 8, 'but watched');
SELECT is(pg_temp.pass(6), '', 'nor on the hour');
SELECT is(pg_temp.pass(7), '{"missing": 8}', 'then it is missing');
SELECT is(pg_temp.found(900001), 'missing known 7.0', 'as of then');
SELECT is(pg_temp.says(900001, 'missing'), 'nobody told the customer within 6 h: failed attempt wants a message', 'and says so');
SELECT is(pg_temp.pass(8), '', 'once');
SELECT pg_temp.msg(1, 900001, 9003, 9) \g /dev/null
UPDATE exception SET updated_at = clock_timestamp() WHERE id = 900001;
SELECT is(pg_temp.pass(10), '{"late": 1, "withdrawn": 1}', 'a message sent later');
SELECT is(pg_temp.found(900001), 'late known 9.0 1', 'makes it late');
SELECT is(pg_temp.says(900001, 'late'), 'told 9 h after we knew; it was due within 6 h', 'by so much');
-- in time, by phone, resolved before it was due, not to be written to, no such kind
INSERT INTO contact (brand_id, exception_id, customer_id, via, from_address, at, text, driver, provider, provider_id, by)
    VALUES (9001, 900002, (SELECT id FROM customer WHERE external_id = 't-1'), 'phone', '', pg_temp.t(2), '', 'wismo', 'person', 't:2', 't_bob');
INSERT INTO contact (brand_id, exception_id, customer_id, via, from_address, at, text, driver, provider, provider_id, by, taken_back_at)
    VALUES (9001, 900006, (SELECT id FROM customer WHERE external_id = 't-1'), 'phone', '', pg_temp.t(2), '', 'wismo', 'person', 't:6', 't_bob', pg_temp.t(3));
SELECT pg_temp.msg(3, 900003, 9003, 5) \g /dev/null
UPDATE exception SET state = 'resolved', resolved_at = pg_temp.t(3), resolution = 'delivered' WHERE id = 900004;
UPDATE exception SET kind = 'tracking_error' WHERE id = 900005;
SELECT pg_temp.msg(6, 900006, 9003, 5, 'failed') \g /dev/null
UPDATE exception SET updated_at = clock_timestamp() WHERE id BETWEEN 900002 AND 900006;
SELECT is(pg_temp.pass(10), '{"withdrawn": 4}', 'told by phone, told in time, over in time, no matter of theirs');
SELECT is(pg_temp.found(900006), 'missing known 7.0', 'what came back told nobody, nor did a call that was taken back');
INSERT INTO activity (exception_id, seq, brand_id, at, actor, verb, text, hash) VALUES (900003, 1, 9001, pg_temp.t(6), 'feed', 'escalated', '', '');
UPDATE exception SET kind = 'lost', updated_at = clock_timestamp() WHERE id = 900003;
SELECT is(pg_temp.pass(13), '', 'it got worse');
SELECT is(pg_temp.pass(15), '{"missing": 1}', 'and nobody said that');

-- ---------------------------------------------------------------- contradicted

UPDATE exception SET kind = 'delay_carrier' WHERE id IN (900007, 900008);
DELETE FROM truth_finding WHERE exception_id IN (900007, 900008);
SELECT pg_temp.scan(900007, 'in_transit', 0, 0), pg_temp.scan(900007, 'delivered', 1, 1), pg_temp.msg(7, 900007, 9001, 4) \g /dev/null
SELECT pg_temp.scan(900008, 'in_transit', 0, 0), pg_temp.msg(8, 900008, 9001, 4) \g /dev/null
UPDATE exception SET updated_at = clock_timestamp() WHERE id IN (900007, 900008);
SELECT is(pg_temp.pass(16), '{"contradicted": 1}', 'said delayed, was delivered');
SELECT is(pg_temp.found(900007), 'contradicted known 3.0 7', 'which was known');
SELECT is(pg_temp.says(900007, 'contradicted'), 'said "Delayed" 3 h after it was delivered', 'and is said');
SELECT is(pg_temp.found(900008), NULL, 'what was true is not');
-- a scan that came late, of a parcel of which nothing else changes
INSERT INTO scan_event (shipment_id, occurred_at, received_at, dedupe, brand_id, status, provider) VALUES (900008, pg_temp.t(3), clock_timestamp(), gen_random_uuid(), 9001, 'delivered', 't-ups');
SELECT is(pg_temp.pass(30), '{"contradicted": 1}', 'until a scan comes late');
SELECT is((SELECT concat_ws(' ', known, hours) FROM truth_finding WHERE exception_id = 900008), 'knowable 1.0', 'which nobody could know');
SELECT matches(pg_temp.says(900008, 'contradicted'), '^said "Delayed" 60 min after it was delivered; that scan came .* after the message$', 'and that is said');
-- overridden by hand: what stood was ours
INSERT INTO status_override (batch_id, shipment_id, exception_id, brand_id, state, status, carrier_was, by, applied_at, expires_at)
    VALUES (1, 900008, 900008, 9002, 'active', 'delayed', 'in_transit', 't_lea', pg_temp.t(1), pg_temp.t(999));
UPDATE exception SET updated_at = clock_timestamp() WHERE id = 900008;
SELECT is(pg_temp.pass(30), '{"withdrawn": 1}', 'an override in force is what stood');
UPDATE status_override SET state = 'reverted', ended_at = pg_temp.t(30), ended_by = 't_lea' WHERE shipment_id = 900008;
SELECT is((SELECT status::text FROM truth_status(900008, pg_temp.t(4), 'infinity')), 'delayed', 'ended since, it stood then');
SELECT is((SELECT status::text FROM truth_status(900008, pg_temp.t(31), 'infinity')), 'delivered', 'and not afterwards');
-- what turned out
UPDATE exception SET kind = 'lost' WHERE id = 900002;
SELECT pg_temp.scan(900002, 'lost', 1, 1), pg_temp.msg(9, 900002, 9002, 2), pg_temp.scan(900002, 'delivered', 50, 50) \g /dev/null
UPDATE exception SET updated_at = clock_timestamp() WHERE id = 900002;
SELECT is(pg_temp.pass(40), '', 'lost, as far as one knew');
UPDATE exception SET updated_at = clock_timestamp() WHERE id = 900002;
SELECT is(pg_temp.pass(60), '{"contradicted": 1}', 'and then it came');
SELECT is(pg_temp.says(900002, 'contradicted'), 'said "Lost", and 2 days later the parcel was delivered', 'which is said');
SELECT is(pg_temp.found(900002), 'contradicted later 48.0 9', 'as of later');
SELECT is(truth_against('{}', '{delivery_disputed}', 'delivered'), false, 'who asks about a delivery may');
SELECT is(truth_against(NULL, NULL, 'delivered'), false, 'a person''s own words are not read');

-- ---------------------------------------------------------------- repeated

SELECT pg_temp.msg(10, 900001, 9003, 20), pg_temp.msg(11, 900001, 9003, 200), pg_temp.msg(12, 900001, 9001, 201) \g /dev/null
UPDATE exception SET updated_at = clock_timestamp() WHERE id = 900001;
SELECT is(pg_temp.pass(300), '{"repeated": 1}', 'the same within the policy''s time');
SELECT is(pg_temp.says(900001, 'repeated'), 'the same as message 810001, 11 h before', 'and which');

-- ---------------------------------------------------------------- reading, and the rule

SET SESSION AUTHORIZATION t_vic;
SELECT is((SELECT string_agg(concat_ws(' ', exception_id, outreach_id, finding, tracking_number, template, by), ', ' ORDER BY at) FROM mismatches(pg_temp.t(0), pg_temp.t(100), 'repeated', NULL, NULL, 10)),
          '900001 810010 repeated TEST1 t_any t_maria', 'listed');
SELECT is((SELECT count(*)::int FROM mismatches(pg_temp.t(0), pg_temp.t(100), NULL, 'lost', 't-ups', 10)), 2, 'by kind and carrier');
SELECT is((SELECT count(*)::int FROM mismatches(NULL, NULL, NULL, NULL, 'nobody', 10)), 0, 'of no carrier');
SELECT results_eq($$ SELECT finding, findings, exceptions, unknown_then FROM mismatch_totals(pg_temp.t(0), pg_temp.t(400), NULL, 't-ups') $$,
                  $$ VALUES ('contradicted', 2::bigint, 2::bigint, 1::bigint), ('late', 1, 1, 0), ('missing', 2, 2, 0), ('repeated', 1, 1, 0) $$, 'added up');
SELECT throws_ok($$ SELECT * FROM message_duty_set(gen_random_uuid(), 'lost', 2) $$, '42501', NULL, 'a viewer sets no rule');
SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT code FROM message_duty_set(pg_temp.key(1), 'other', 12)), 'ok', 'a lead does');
SELECT is((SELECT message FROM message_duty_set(pg_temp.key(2), 'tracking_error', 12)), 'a tracking error is no matter for customers: no message can be due', 'but not that');
SET CONSTRAINTS ALL IMMEDIATE;
RESET SESSION AUTHORIZATION;
SELECT is((SELECT concat_ws(' ', actor, verb, after ->> 'hours') FROM control_log WHERE subject = 'message duty other'), 't_lea add 12', 'which the log of control has');

-- what failed is not repeated; who is not to be written to is not owed a message
SELECT pg_temp.msg(13, 900005, 9003, 20, 'failed'), pg_temp.msg(14, 900005, 9003, 21) \g /dev/null
UPDATE customer SET do_not_contact = true WHERE external_id = 't-1';
UPDATE exception SET updated_at = clock_timestamp() WHERE id IN (900005, 900006);
SELECT pg_temp.pass(300) \g /dev/null
SELECT is(pg_temp.found(900005), NULL, 'a message after a failed one repeats nothing');
SELECT is(pg_temp.found(900006), NULL, 'nobody owes them one');

SELECT finish();
ROLLBACK;
