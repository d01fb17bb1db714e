-- The outbox as workers use it: leases and fences, what is lost, what timelines are told.
BEGIN;
\ir fixture.psql
SELECT plan(59);
UPDATE contact_policy SET quiet_from = NULL, quiet_to = NULL;
UPDATE customer SET phone = '+15125550101', consent = '{"email": true, "sms": true}' WHERE external_id = 't-1';
UPDATE exception SET customer_id = (SELECT id FROM customer WHERE external_id = 't-1'), effective_status = 'in_transit', country = 'US' WHERE id IN (900001, 900002, 900003);
UPDATE shipment SET effective_status = 'in_transit', last_scan_at = now() WHERE id IN (900001, 900002, 900003);

-- Queues n messages of an exception, as if by hand and passed by a lead.
CREATE FUNCTION pg_temp.queue(p_exception bigint, p_channel text, p_text text) RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO outreach (key, exception_id, shipment_id, customer_id, brand_id, channel, to_address, to_name, language, subject, body, text_hash, passed, by,
                          undo_until, send_after, message_id)
    SELECT gen_random_uuid(), e.id, e.shipment_id, e.customer_id, e.brand_id, p_channel::channel, CASE p_channel WHEN 'email' THEN c.email ELSE c.phone END, c.name, 'es',
           'Your parcel', p_text, md5(p_text)::uuid, '{not_approved,frequency_cap,repeated,stale}', 't_maria', now(), now() - interval '1 second', '<' || gen_random_uuid() || '@doorstep>'
      FROM exception e JOIN customer c ON c.id = e.customer_id WHERE e.id = p_exception
    RETURNING id $$;
CREATE FUNCTION pg_temp.state(p bigint) RETURNS text LANGUAGE sql AS $$ SELECT state || ' ' || fence FROM outreach WHERE id = p $$;
CREATE FUNCTION pg_temp.record(p_id bigint, p_fence int, p_outcome text, p_after bigint DEFAULT 0, p_bad boolean DEFAULT false) RETURNS boolean LANGUAGE sql AS $$
    SELECT applied FROM outbox_record('w', ARRAY[p_id], ARRAY[p_fence], ARRAY[p_outcome], ARRAY[p_bad], ARRAY[p_after], '{7}', '{250}', '{P1}', '{a sentence}') $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_temp TO PUBLIC;
SELECT pg_temp.queue(900001, 'sms', 'one') AS one, pg_temp.queue(900002, 'sms', 'two') AS two, pg_temp.queue(900003, 'email', 'three') AS three \gset

SET SESSION AUTHORIZATION t_will;
-- claiming
SELECT results_eq(format($$ SELECT id, fence, to_address, body, from_name, exception_id FROM outbox_claim('w', 'sms', 'twilio', false, 1, 60) $$),
                  format($$ VALUES (%s::bigint, 1, '+15125550101', 'one', 'Acme', 900001::bigint) $$, :one), 'the oldest of the channel is claimed');
SELECT results_eq($$ SELECT id FROM outbox_claim('v', 'sms', 'twilio', false, 100, 60) $$, format('VALUES (%s::bigint)', :two), 'another worker gets the next');
SELECT is_empty($$ SELECT id FROM outbox_claim('w', 'sms', 'twilio', false, 100, 60) $$, 'until none is left');
SELECT matches((SELECT message_id FROM outbox_claim('w', 'email', 'webhook+https', true, 100, 60)), '^[^<>]+@doorstep$', 'message ids come without brackets');
RESET SESSION AUTHORIZATION;
SELECT results_eq(format('SELECT state::text, worker, provider, idempotent, lease_until > now() + interval ''50 s'' FROM outreach WHERE id = %s', :one),
                  $$ VALUES ('sending', 'w', 'twilio', false, true) $$, 'with a lease');

-- recording
SET SESSION AUTHORIZATION t_will;
SELECT is(pg_temp.record(:one, 0, 'sent'), false, 'a result of an older claim does not count');
SELECT is(pg_temp.record(:one, 1, 'retry', 60000), true, 'one of this does');
RESET SESSION AUTHORIZATION;
SELECT results_eq(format('SELECT pg_temp.state(%s), tries, told, send_after BETWEEN clock_timestamp() + interval ''55 s'' AND clock_timestamp() + interval ''60 s'' FROM outreach WHERE id = %s', :one, :one),
                  $$ VALUES ('queued 1', 1, true, true) $$, 'tried again in a minute');
UPDATE outreach SET send_after = now() WHERE id = :one;
SET SESSION AUTHORIZATION t_will;
SELECT ok((SELECT since <= clock_timestamp() AND tries = 1 FROM outbox_claim('w', 'sms', 'twilio', false, 100, 60)), 'the next claim knows since when');
SELECT is(pg_temp.record(:one, 1, 'sent'), false, 'the first claim is over');
SELECT is(pg_temp.record(:one, 2, 'sent'), true, 'the second sent it');
SELECT is(pg_temp.record(:one, 2, 'sent'), false, 'once');
RESET SESSION AUTHORIZATION;
SELECT results_eq(format('SELECT pg_temp.state(%s), provider_id, sent_at IS NOT NULL, told, lease_until FROM outreach WHERE id = %s', :one, :one),
                  $$ VALUES ('sent 2', 'P1', true, false, NULL::timestamptz) $$, 'sent');
SELECT results_eq(format('SELECT fence, outcome, code, message, worker, took_ms FROM outreach_attempt WHERE outreach_id = %s ORDER BY fence', :one),
                  $$ VALUES (1, 'retry', '250', 'a sentence', 'w', 7), (2, 'sent', '250', 'a sentence', 'w', 7) $$, 'every attempt is kept');
SET SESSION AUTHORIZATION t_will;
SELECT is(pg_temp.record(:two, 1, 'returned'), true, 'one is given back');
RESET SESSION AUTHORIZATION;
SELECT results_eq(format('SELECT pg_temp.state(%s), tries, send_after <= clock_timestamp() FROM outreach WHERE id = %s', :two, :two), $$ VALUES ('queued 1', 0, true) $$, 'untried');

-- telling
SELECT wait(pg_temp.key(1), '{900001,900002}', now() + interval '2 days') \g /dev/null
UPDATE exception SET first_response_at = NULL WHERE id IN (900001, 900002);
SET SESSION AUTHORIZATION t_will;
SELECT is(outbox_settle(), 1, 'timelines are told');
SELECT is(outbox_settle(), 0, 'once');
RESET SESSION AUTHORIZATION;
SELECT results_eq('SELECT actor, verb, text FROM activity WHERE exception_id = 900001 ORDER BY seq DESC LIMIT 1',
                  $$ VALUES ('worker', 'sent', 'the SMS to Rosa Delgado went out') $$, 'that it went out');
SELECT ok((SELECT first_response_at = (SELECT sent_at FROM outreach WHERE id = :one) AND state = 'waiting' FROM exception WHERE id = 900001), 'which is the first response');
SELECT is((SELECT outbox_patch(e, 'sent', now(), now()) FROM exception e WHERE id = 900001), '{}', 'no other one is');
SET SESSION AUTHORIZATION t_will;
SELECT count(*) FROM outbox_claim('w', 'sms', 'twilio', false, 100, 60) \g /dev/null
SELECT is(pg_temp.record(:two, 2, 'failed', 0, true), true, 'another fails for its address');
SELECT is(outbox_settle(), 1, 'which is told, too');
RESET SESSION AUTHORIZATION;
SELECT results_eq('SELECT verb, text FROM activity WHERE exception_id = 900002 ORDER BY seq DESC LIMIT 1',
                  $$ VALUES ('not_sent', 'the SMS to Rosa Delgado did not go out: a sentence') $$, 'with the reason');
SELECT results_eq('SELECT state::text, wake_at, resolve_due_at IS NOT NULL, first_response_at FROM exception WHERE id = 900002',
                  $$ VALUES ('working', NULL::timestamptz, true, NULL::timestamptz) $$, 'and its exception waits no longer');
SELECT results_eq($$ SELECT phone_bad, email_bad FROM customer WHERE external_id = 't-1' $$, $$ VALUES ('a sentence', NULL) $$, 'the number is marked');
SELECT is_empty('SELECT * FROM audit_verify(NULL)', 'the chains are whole');
UPDATE customer SET phone_bad = NULL WHERE external_id = 't-1';

-- leases
SET SESSION AUTHORIZATION t_will;
SELECT is_empty('SELECT outbox_reap() WHERE outbox_reap() > 0', 'a lease that holds is not reaped');
SELECT results_eq(format($$ SELECT id FROM outbox_extend('w', '{%s,%s}', '{1,2}', 120) $$, :three, :one), format('VALUES (%s::bigint)', :three), 'prolonged is what is still held');
RESET SESSION AUTHORIZATION;
SELECT ok((SELECT lease_until > now() + interval '100 s' FROM outreach WHERE id = :three), 'truly');
UPDATE outreach SET lease_until = now() - interval '1 second' WHERE id = :three;
SET SESSION AUTHORIZATION t_will;
SELECT is(outbox_reap(), 1, 'one that has passed is');
RESET SESSION AUTHORIZATION;
SELECT results_eq(format('SELECT pg_temp.state(%s), lost FROM outreach WHERE id = %s', :three, :three), $$ VALUES ('queued 1', 1) $$, 'queued again where asking twice is harmless');
SET SESSION AUTHORIZATION t_will;
SELECT is(pg_temp.record(:three, 1, 'sent'), true, 'the late answer counts while nobody else has it');
RESET SESSION AUTHORIZATION;
SELECT is(pg_temp.state(:three), 'sent 1', 'it was sent');
SELECT is((SELECT string_agg(outcome, ',') FROM outreach_attempt WHERE outreach_id = :three), 'lost', 'the attempt stays as it was written');

-- three workers gone
SELECT pg_temp.queue(900003, 'email', 'poison') AS poison \gset
DO $$
BEGIN
    FOR i IN 1 .. 3 LOOP
        UPDATE outreach SET send_after = now() WHERE state = 'queued';
        PERFORM outbox_claim('w', 'email', 'webhook+https', true, 100, 60);
        UPDATE outreach SET lease_until = now() - interval '1 second' WHERE state = 'sending';
        PERFORM outbox_reap();
    END LOOP;
END
$$;
SELECT results_eq(format('SELECT pg_temp.state(%s), reason ~ ''^Three workers stopped'', told FROM outreach WHERE id = %s', :poison, :poison), $$ VALUES ('held 3', true, false) $$, 'after three losses it is parked');

SELECT is(pg_temp.record(:poison, 3, 'sent'), true, 'the third was only slow');
SELECT is(pg_temp.state(:poison), 'sent 3', 'so it need not go again');
SELECT pg_temp.queue(900003, 'email', 'late') AS late \gset
SELECT count(*) FROM outbox_claim('w', 'email', 'webhook+https', true, 100, 60) \g /dev/null
UPDATE outreach SET lease_until = now() - interval '1 second' WHERE id = :late;
SELECT outbox_reap() \g /dev/null
UPDATE outreach SET state = 'cancelled', reason = 'cancelled by t_maria' WHERE id = :late;
SELECT is(pg_temp.record(:late, 1, 'sent'), true, 'cancelled after its worker was written off, and yet it went out');
SELECT results_eq(format('SELECT pg_temp.state(%s), reason, told FROM outreach WHERE id = %s', :late, :late), $$ VALUES ('sent 1', NULL, false) $$, 'which is what people hear');

-- unknown, with what to do; and a late truth
SELECT pg_temp.queue(900003, 'sms', 'lost') AS lost \gset
SELECT count(*) FROM outbox_claim('w', 'sms', 'twilio', false, 100, 60) \g /dev/null
UPDATE outreach SET lease_until = now() - interval '1 second' WHERE id = :lost;
SELECT is(outbox_reap(), 1, 'where it is not harmless');
SELECT results_eq(format('SELECT pg_temp.state(%s), reason FROM outreach WHERE id = %s', :lost, :lost),
    $$ VALUES ('unknown 1', 'The worker stopped while this SMS was with twilio: check there whether it went out, then mark it sent, failed or send it again') $$, 'it is unknown');
SELECT is(pg_temp.record(:lost, 1, 'retry'), false, 'it is never tried again by itself');
SELECT is(outbox_settle() > 0, true, 'people are told');
SELECT matches((SELECT string_agg(text, ' ' ORDER BY seq) FROM activity WHERE exception_id = 900003), 'may have gone out: The worker stopped', 'what to find out');
SELECT is(pg_temp.record(:lost, 1, 'sent'), true, 'a late answer ends the doubt');

-- guardrails again
SELECT pg_temp.queue(900001, 'sms', 'held') AS held \gset
UPDATE customer SET consent = '{"sms": false}' WHERE external_id = 't-1';
SELECT is_empty($$ SELECT id FROM outbox_claim('w', 'sms', 'twilio', false, 100, 60) $$, 'a message overtaken by events does not go');
SELECT results_eq(format('SELECT pg_temp.state(%s), reason ~ ''withdrew'', told FROM outreach WHERE id = %s', :held, :held), $$ VALUES ('held 1', true, false) $$, 'it is held, with the reason');
SELECT is((SELECT outcome FROM outreach_attempt WHERE outreach_id = :held), 'held', 'which is an attempt');
UPDATE customer SET consent = '{"sms": true}', time_zone = 'UTC' WHERE external_id = 't-1';
SELECT pg_temp.queue(900001, 'sms', 'later') AS later \gset
UPDATE contact_policy SET quiet_from = (now() AT TIME ZONE 'UTC')::time - interval '1 hour', quiet_to = (now() AT TIME ZONE 'UTC')::time + interval '1 hour';
SELECT is_empty($$ SELECT id FROM outbox_claim('w', 'sms', 'twilio', false, 100, 60) $$, 'nor one at night');
SELECT results_eq(format('SELECT pg_temp.state(%s), send_after > now() + interval ''50 minutes'', deferred IS NOT NULL, told FROM outreach WHERE id = %s', :later, :later),
                  $$ VALUES ('queued 0', true, true, true) $$, 'it waits for the morning');

-- a claim whose answer was lost
UPDATE contact_policy SET quiet_from = NULL, quiet_to = NULL;
UPDATE outreach SET send_after = now() WHERE id = :later;
SELECT count(*) FROM outbox_claim('w', 'sms', 'twilio', false, 100, 60) \g /dev/null
SELECT is(outbox_disown('w', ARRAY[:later]), 0, 'what is held is not given back');
SELECT is(outbox_disown('v', '{}'), 0, 'nor what another worker holds');
SELECT is(outbox_disown('w', '{}'), 1, 'what is not, is');
SELECT pg_temp.queue(900001, 'email', 'four') AS four \gset
SELECT count(*) FROM outbox_claim('w', 'email', 'smtp', false, 100, 60) \g /dev/null
UPDATE customer SET email = 'rosa@new.example', email_bad = NULL WHERE external_id = 't-1';
SELECT pg_temp.record(:four, 1, 'failed', 0, true) \g /dev/null
SELECT is((SELECT email_bad FROM customer WHERE external_id = 't-1'), NULL, 'an address they no longer have marks none');
-- many lost together: none of them is to blame, and they come back a few at a time
RESET SESSION AUTHORIZATION;
CREATE TEMP TABLE many AS SELECT pg_temp.queue(900001, 'email', 'many ' || n) AS id FROM generate_series(1, 25) n;
CREATE FUNCTION pg_temp.lose(p_ids bigint[]) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    UPDATE outreach SET state = 'sending', fence = fence + 1, worker = 'gone', idempotent = true, lease_until = now() - interval '1 second' WHERE id = ANY (p_ids);
    RETURN outbox_reap();
END $$;
SELECT is((SELECT array_agg(pg_temp.lose(ARRAY(SELECT id FROM many))) FROM generate_series(1, 4)), '{25,25,25,25}', 'lost four times');
SELECT results_eq('SELECT state::text, max(lost), count(*)::int FROM outreach WHERE id IN (SELECT id FROM many) GROUP BY 1',
    $$ VALUES ('queued', 0, 25) $$, 'and queued again each time');
SELECT ok((SELECT max(send_after) - min(send_after) > interval '500 milliseconds' FROM outreach WHERE id IN (SELECT id FROM many)), 'a few at a time');
SELECT count(pg_temp.lose(ARRAY[(SELECT min(id) FROM many)])) FROM generate_series(1, 3) \gset
SELECT is((SELECT state::text FROM outreach WHERE id = (SELECT min(id) FROM many)), 'held', 'one that is lost alone three times is parked');

SELECT finish();
ROLLBACK;
