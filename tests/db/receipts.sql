-- What comes back: receipts in any order and twice, bounces, answers, STOP in two brands, the inbox.
BEGIN;
\ir fixture.psql
SELECT plan(80);

-- Rosa is a customer of both brands with one phone; her exceptions are 900001 (t-acme) and 900007 (t-zeta).
INSERT INTO customer (brand_id, external_id, name, email, phone, consent) VALUES
    (9002, 't-z', 'Rosa D.', 'Rosa@Example.com', '+1 512 555 0188', '{"email": true, "sms": true}'),
    (9001, 't-karl', 'Karl', 'karl@example.com', NULL, '{}');
UPDATE customer SET phone = '+1 (512) 555-0188', consent = '{"email": true, "sms": true, "whatsapp": true}' WHERE external_id = 't-1';
INSERT INTO orders (brand_id, order_number, customer_id) SELECT brand_id, 'T-ORDER-' || external_id, id FROM customer WHERE external_id IN ('t-z', 't-karl');
UPDATE shipment SET order_id = (SELECT id FROM orders WHERE order_number = 'T-ORDER-1') WHERE id = 900001;
UPDATE shipment SET order_id = (SELECT id FROM orders WHERE order_number = 'T-ORDER-t-z') WHERE id = 900007;
UPDATE shipment SET order_id = (SELECT id FROM orders WHERE order_number = 'T-ORDER-t-karl') WHERE id = 900002;
UPDATE exception SET customer_id = (SELECT id FROM customer WHERE external_id = 't-z') WHERE id = 900007;
UPDATE exception SET customer_id = (SELECT id FROM customer WHERE external_id = 't-karl') WHERE id = 900002;

-- Message n (id 800000 + n) of an exception, as the worker left it.
CREATE FUNCTION pg_temp.message(n int, e bigint, c channel, s outreach_state DEFAULT 'sent', f int DEFAULT 1) RETURNS void LANGUAGE sql AS $$
    INSERT INTO outreach (id, key, exception_id, shipment_id, customer_id, brand_id, channel, to_address, to_name, language, subject, body,
                          text_hash, state, by, undo_until, send_after, message_id, fence, provider, provider_id, sent_at)
    OVERRIDING SYSTEM VALUE
    SELECT 800000 + n, gen_random_uuid(), x.id, x.shipment_id, x.customer_id, x.brand_id, c,
           CASE WHEN c = 'email' THEN lower(u.email) ELSE phone_e164(u.phone) END, u.name, 'en', NULL, 'text ' || n, gen_random_uuid(), s, 't_maria',
           now(), now(), '<' || 800000 + n || '.aa@doorstep>', f, 'test', 'SM' || n, CASE WHEN s = 'sent' THEN now() - interval '1 hour' END
      FROM exception x JOIN customer u ON u.id = x.customer_id WHERE x.id = e $$;
CREATE FUNCTION pg_temp.o(n int) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', state, CASE WHEN delivered_at IS NOT NULL THEN 'D' END, CASE WHEN opened_at IS NOT NULL THEN 'O' END,
                     CASE WHEN clicked_at IS NOT NULL THEN 'C' END, CASE WHEN failed_at IS NOT NULL THEN 'F' END, reason)
      FROM outreach WHERE id = 800000 + n $$;
CREATE FUNCTION pg_temp.at(minutes int) RETURNS text LANGUAGE sql AS $$ SELECT to_jsonb(now() - interval '1 hour' + minutes * interval '1 minute') #>> '{}' $$;
-- A receipt of message n at a minute; its event is unique unless given.
CREATE FUNCTION pg_temp.r(n int, what text, minute int, more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('type', 'receipt', 'provider', 'test', 'event', n || what || minute, 'outreach', 800000 + n || '.aa@doorstep',
                              'what', what, 'at', pg_temp.at(minute)) || more $$;
CREATE FUNCTION pg_temp.i(event text, channel text, address text, words text, more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('type', 'inbound', 'provider', 'test', 'event', event, 'channel', channel, 'address', address,
                              'at', pg_temp.at(5), 'text', words, 'driver', 'reply') || more $$;
-- "merged,duplicate" of items, with the consents changed
CREATE FUNCTION pg_temp.merge(VARIADIC items jsonb[]) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(outcome || CASE WHEN consents > 0 THEN ' ' || consents ELSE '' END, ',' ORDER BY ord) FROM receipts_merge(to_jsonb(items)) $$;
CREATE FUNCTION pg_temp.verbs(e bigint) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(verb, ' ' ORDER BY seq) FROM activity WHERE exception_id = e $$;
CREATE FUNCTION pg_temp.said(e bigint) RETURNS text LANGUAGE sql AS $$ SELECT text FROM activity WHERE exception_id = e ORDER BY seq DESC LIMIT 1 $$;
CREATE FUNCTION pg_temp.consent(who text, c text) RETURNS text LANGUAGE sql AS $$ SELECT consent ->> c FROM customer WHERE external_id = who $$;

-- ---------------------------------------------------------------- in order, twice, out of order
SELECT pg_temp.message(1, 900001, 'email'), pg_temp.message(2, 900001, 'email'), pg_temp.message(3, 900001, 'email'), pg_temp.message(4, 900001, 'email') \g /dev/null
SELECT is(pg_temp.merge(pg_temp.r(1, 'accepted', 1), pg_temp.r(1, 'delivered', 2), pg_temp.r(1, 'opened', 3), pg_temp.r(1, 'clicked', 4)),
          'merged,merged,merged,merged', 'taken, delivered, opened, clicked');
SELECT is(pg_temp.o(1), 'delivered D O C', 'stand in the message');
SELECT is((SELECT concat_ws(' ', rev, activity_seq, state) FROM exception WHERE id = 900001), '2 0 new', 'dashboards read again; the timeline is not filled with it');
SELECT is(pg_temp.merge(pg_temp.r(1, 'delivered', 2), pg_temp.r(1, 'opened', 3)), 'duplicate,duplicate', 'the same again is a duplicate');
SELECT is((SELECT rev FROM exception WHERE id = 900001), 2, 'and moves nothing');
SELECT is(pg_temp.merge(pg_temp.r(1, 'delivered', 2, '{"event": "x1"}'), pg_temp.r(1, 'delivered', 2, '{"event": "x1"}')), 'merged,duplicate', 'twice in one call');
SELECT is(pg_temp.merge(pg_temp.r(2, 'opened', 9), pg_temp.r(2, 'delivered', 3), pg_temp.r(2, 'accepted', 1)), 'merged,merged,merged', 'opened came first');
SELECT is(pg_temp.o(2), 'delivered D O', 'it was delivered all the same');
SELECT is((SELECT delivered_at = pg_temp.at(3)::timestamptz AND opened_at = pg_temp.at(9)::timestamptz FROM outreach WHERE id = 800002), true, 'at the times they say');
SELECT is(pg_temp.merge(pg_temp.r(3, 'delivered', 2), pg_temp.r(3, 'bounced', 9, '{"message": "550 no such user"}')), 'merged,merged', 'a bounce after the delivery');
SELECT is(pg_temp.o(3), 'failed D F 550 no such user', 'counts');
SELECT is(pg_temp.said(900001), 'the e-mail to Rosa Delgado came back: 550 no such user', 'and the timeline says so');
SELECT is(pg_temp.merge(pg_temp.r(4, 'bounced', 9, '{"message": "full"}'), pg_temp.r(4, 'delivered', 2)), 'merged,merged', 'the bounce came before the delivery');
SELECT is(pg_temp.o(4), 'failed D F full', 'times say which was last');
SELECT pg_temp.message(14, 900001, 'email') \g /dev/null
SELECT is(pg_temp.merge(pg_temp.r(14, 'delivered', 9), pg_temp.r(14, 'bounced', 2)) || ' ' || pg_temp.o(14), 'merged,merged delivered D', 'a bounce before the delivery is over');

-- ---------------------------------------------------------------- what the worker does not know
SELECT pg_temp.message(5, 900001, 'sms', 'unknown'), pg_temp.message(6, 900001, 'sms', 'unknown'), pg_temp.message(7, 900001, 'sms', 'sending'),
       pg_temp.message(8, 900001, 'sms', 'queued', 2), pg_temp.message(9, 900001, 'sms', 'queued', 0), pg_temp.message(10, 900001, 'sms', 'unknown') \g /dev/null
SELECT is(pg_temp.merge(pg_temp.r(5, 'delivered', 2), pg_temp.r(6, 'failed', 2, '{"message": "unreachable"}'), pg_temp.r(7, 'delivered', 2),
                        pg_temp.r(8, 'delivered', 2), pg_temp.r(9, 'delivered', 2), pg_temp.r(10, 'accepted', 2)), 'merged,merged,merged,merged,merged,merged', 'receipts of all kinds of states');
SELECT is(pg_temp.o(5), 'delivered D', 'unknown: it was delivered');
SELECT is((SELECT NOT told AND sent_at IS NOT NULL FROM outreach WHERE id = 800005), true, 'and the timeline will hear of it');
SELECT is(pg_temp.o(6), 'failed F unreachable', 'unknown: it failed');
SELECT is((SELECT concat_ws(' ', state, sent_at = pg_temp.at(2)::timestamptz, told) FROM outreach WHERE id = 800007), 'delivered t f', 'sending: delivered, so it was sent, and the timeline will hear of it');
UPDATE exception SET customer_id = (SELECT id FROM customer WHERE external_id = 't-1'), first_response_at = NULL WHERE id = 900003;
SELECT pg_temp.message(-2, 900003, 'sms', 'sending'), pg_temp.message(-1, 900003, 'sms', 'sending') \g /dev/null
SELECT is(pg_temp.merge(pg_temp.r(-2, 'accepted', 1), pg_temp.r(-2, 'delivered', 2), pg_temp.r(-1, 'accepted', 2)), 'merged,merged,merged', 'two that are on their way');
SELECT is((SELECT string_agg(state || ' ' || told, ',' ORDER BY id) FROM outreach WHERE id IN (799998, 799999)), 'delivered false,sending true', 'that it was taken is still its worker''s to say');
SELECT outbox_settle() \g /dev/null
SELECT is((SELECT string_agg(verb || ' ' || text, ',') FROM activity WHERE exception_id = 900003), 'sent the SMS to Rosa Delgado went out', 'its worker''s answer is lost: it went out all the same');
SELECT is((SELECT first_response_at = pg_temp.at(2)::timestamptz FROM exception WHERE id = 900003), true, 'which was the first response');
SELECT is((SELECT applied FROM outbox_record('w', '{799998}', '{1}', '{sent}', '{f}', '{0}', '{7}', '{250}', '{P15}', '{taken}')), true, 'or it comes late');
SELECT is((SELECT concat_ws(' ', state, sent_at = pg_temp.at(2)::timestamptz, told, provider_id, tries) FROM outreach WHERE id = 799998)
          || (SELECT string_agg(a.outcome, ',') FROM outreach_attempt a WHERE a.outreach_id = 799998), 'delivered t t P15 1sent', 'it is kept, and told once');
SELECT is((SELECT applied FROM outbox_record('w', '{799998}', '{1}', '{sent}', '{f}', '{0}', '{7}', '{250}', '{P16}', '{taken}')), false, 'once');
SELECT is(pg_temp.merge(pg_temp.r(-1, 'delivered', 3), pg_temp.r(-1, 'bounced', 4, '{"message": "gone"}')) || (SELECT applied FROM outbox_record('w', '{799999}', '{1}', '{sent}', '{f}', '{0}', '{7}', '{250}', '{P17}', '{taken}')),
          'merged,mergedtrue', 'delivered and come back before its worker had a word');
SELECT is((SELECT concat_ws(' ', state, reason, provider_id) FROM outreach WHERE id = 799999), 'failed gone P17', 'which is kept beside it');
SELECT is(pg_temp.o(8), 'delivered D', 'queued again after a lost try: it went out, it does not go again');
SELECT is(pg_temp.o(9), 'queued D', 'never tried: a receipt does not unqueue it');
SELECT is(pg_temp.o(10), 'sent', 'unknown: taken');
SELECT pg_temp.message(0, 900001, 'sms', 'sending') \g /dev/null
SELECT is(pg_temp.merge(pg_temp.r(0, 'bounced', 2, '{"message": "no such number"}')) || ' ' || pg_temp.o(0), 'merged failed F no such number', 'sending: it did not arrive');
SELECT is((SELECT applied FROM outbox_record('w', '{800000}', '{1}', '{sent}', '{f}', '{0}', '{7}', '{250}', '{P11}', '{taken}')), true, 'then the worker says that it was taken');
SELECT is((SELECT concat_ws(' ', pg_temp.o(0), provider_id, sent_at IS NOT NULL, told) FROM outreach WHERE id = 800000), 'failed F no such number P11 t t', 'which does not bring it there');
SELECT outbox_settle() \g /dev/null
SELECT is((SELECT count(*)::int FROM outreach WHERE NOT told), 0, 'the worker tells the timeline');

-- ---------------------------------------------------------------- matching
SELECT is(pg_temp.merge(pg_temp.r(1, 'opened', 20, '{"outreach": null, "provider_id": "SM5", "event": "m1"}')), 'merged', 'by the provider''s id');
SELECT is(pg_temp.merge(pg_temp.r(1, 'opened', 20, '{"outreach": null, "message_id": "<800005.aa@doorstep>", "event": "m2"}')), 'merged', 'by Message-ID');
SELECT is(pg_temp.merge(pg_temp.r(1, 'opened', 20, '{"outreach": "800005", "event": "m3"}')), 'merged', 'by number');
SELECT is((SELECT count(*)::int FROM outreach_receipt WHERE outreach_id = 800005), 4, 'all three are message 5''s');
SELECT is(pg_temp.merge(pg_temp.r(77, 'opened', 20)), 'unmatched', 'of no message');
SELECT is(pg_temp.merge(pg_temp.r(77, 'opened', 60)), 'early', 'of no message, but just now');
SELECT is(pg_temp.merge(pg_temp.i('q0', 'sms', '+15550000000', 'hello')), 'unmatched', 'from nobody');

-- ---------------------------------------------------------------- a hard bounce
UPDATE exception SET state = 'waiting', owner = 't_maria', first_left_s = 100, resolve_left_s = 200, first_response_due_at = NULL, resolve_due_at = NULL
 WHERE id = 900001;
SELECT pg_temp.message(11, 900001, 'email') \g /dev/null
SELECT is(pg_temp.merge(pg_temp.r(11, 'bounced', 30, '{"bad": true, "code": "5.1.1", "message": "User unknown"}')), 'merged', 'a hard bounce');
SELECT is((SELECT string_agg(coalesce(email_bad, '-') || '/' || coalesce(phone_bad, '-'), ' ' ORDER BY external_id) FROM customer WHERE external_id IN ('t-1', 't-z', 't-karl')),
          'User unknown/- -/- User unknown/-', 'marks the address of all who have it');
SELECT is((SELECT concat_ws(' ', state, owner, resolve_due_at IS NOT NULL) FROM exception WHERE id = 900001), 'working t_maria t', 'and nobody waits for an answer any more');

-- ---------------------------------------------------------------- answers
SELECT pg_temp.message(12, 900007, 'sms'), pg_temp.message(13, 900002, 'email') \g /dev/null
UPDATE exception SET state = 'snoozed', wake_at = now() + interval '1 day', owner = NULL, first_response_due_at = NULL, resolve_due_at = NULL,
       first_left_s = 10, resolve_left_s = 20 WHERE id = 900007;
SELECT is(pg_temp.merge(pg_temp.i('q1', 'sms', '+15125550188', 'Apartment 4B')), 'merged', 'an answer, by its number');
SELECT is((SELECT concat_ws(' ', state, marks & 256, wake_at IS NULL, pg_temp.verbs(id)) FROM exception WHERE id = 900007), 'new 256 t reply', 'wakes the one last written about, and is marked');
SELECT is(pg_temp.said(900007), 'wrote by SMS: "Apartment 4B"', 'with its words');
SELECT is((SELECT concat_ws(' ', brand_id, outreach_id, exception_id, driver) FROM contact WHERE provider_id = 'q1'), '9002 800012 900007 reply', 'and is kept');
SELECT is(pg_temp.merge(pg_temp.i('q1', 'sms', '+15125550188', 'Apartment 4B')), 'duplicate', 'once');
SELECT is(pg_temp.verbs(900007), 'reply', 'with nothing said twice');
SELECT is(pg_temp.merge(pg_temp.i('q2', 'email', 'other@example.com', 'from work', '{"references": ["no@one", "800013.aa@doorstep"]}')), 'merged',
          'an e-mail from another address that names our message');
SELECT is((SELECT exception_id FROM contact WHERE provider_id = 'q2'), 900002::bigint, 'is about that');
UPDATE exception SET state = 'waiting', owner = 't_maria', first_response_due_at = NULL, resolve_due_at = NULL WHERE id = 900002;
SELECT is(pg_temp.merge(pg_temp.i('q3', 'email', 'karl@example.com', 'I am away', '{"driver": "auto_reply"}')), 'merged', 'a machine''s answer');
SELECT is((SELECT concat_ws(' ', state, pg_temp.verbs(id)) FROM exception WHERE id = 900002), 'waiting reply', 'wakes nobody');
SELECT is((SELECT driver FROM contact WHERE provider_id = 'q3'), 'auto_reply', 'and is kept');
SELECT is(pg_temp.merge(pg_temp.i('q4', 'whatsapp', '+15125550188', 'hola')), 'merged', 'on a channel nothing was sent on');
SELECT is((SELECT exception_id FROM contact WHERE provider_id = 'q4'), 900007::bigint, 'is about the customer''s newest open one');
SELECT is(pg_temp.merge(pg_temp.i('q5', 'email', 'karl@example.com', repeat('long ', 2000))), 'merged', 'a very long one');
SELECT cmp_ok(length(pg_temp.said(900002)), '<', 600, 'is short in the timeline');

-- ---------------------------------------------------------------- STOP and START
SELECT is(pg_temp.merge(pg_temp.i('s1', 'sms', '+15125550188', 'STOP', '{"driver": "opt_out"}')), 'merged 1', 'STOP in answer to t-zeta');
SELECT is(pg_temp.consent('t-z', 'sms') || pg_temp.consent('t-1', 'sms'), 'falsetrue', 'is for t-zeta alone');
SELECT is(pg_temp.consent('t-z', 'email'), 'true', 'and for SMS alone');
SELECT is((SELECT concat_ws(' ', source, actor, given, note) FROM consent_change WHERE customer_id = (SELECT id FROM customer WHERE external_id = 't-z') ORDER BY id DESC LIMIT 1),
          'reply customer f "STOP"', 'the history says whose words it was');
SELECT is(pg_temp.said(900007), 'wrote "STOP": no more SMS to them', 'the timeline, too');
SELECT is(pg_temp.merge(pg_temp.i('s2', 'sms', '+15125550188', 'STOP', '{"driver": "opt_out"}')), 'merged', 'a second STOP changes no consent');
SELECT is(pg_temp.merge(pg_temp.i('s3', 'sms', '+15125550188', 'START', '{"driver": "opt_in"}')), 'merged 1', 'START');
SELECT is(pg_temp.consent('t-z', 'sms'), 'true', 'gives it again');
SELECT is(pg_temp.merge(pg_temp.i('s4', 'sms', '+15125550188', 'yes', '{"driver": "opt_in"}')), 'merged', '"yes" of somebody who withdrew nothing');
SELECT is((SELECT driver FROM contact WHERE provider_id = 's4'), 'reply', 'is an answer like any other');
SELECT is(pg_temp.merge(pg_temp.i('s5', 'whatsapp', '+15125550188', 'STOP', '{"driver": "opt_out"}')), 'merged 2', 'STOP with nothing to go by');
SELECT is(concat_ws(' ', pg_temp.consent('t-z', 'whatsapp'), pg_temp.consent('t-1', 'whatsapp')), 'false false', 'is for every brand');
SELECT is(pg_temp.merge(pg_temp.r(12, 'unsubscribed', 40)), 'merged 1', 'a provider says that they unsubscribed');
SELECT is((SELECT source FROM consent_change WHERE customer_id = (SELECT id FROM customer WHERE external_id = 't-z') ORDER BY id DESC LIMIT 1), 'provider', 'as a provider''s word');
SELECT is_empty($$ SELECT * FROM audit_verify(NULL) $$, 'the chains hold');

-- ---------------------------------------------------------------- the inbox
CREATE TEMP TABLE got AS SELECT inbox_add('receipt/twilio', 'text/plain', convert_to('a=b ' || n, 'UTF8')) AS id FROM generate_series(1, 4) n;
SELECT is((SELECT count(*)::int FROM inbox_take(3)), 3, 'three are taken');
SELECT is((SELECT count(*)::int FROM inbox_take(3)), 1, 'the fourth is what is left');
SELECT inbox_end((SELECT min(id) FROM got), 'done'), inbox_end((SELECT max(id) FROM got), 'failed', 'no good') \g /dev/null
SELECT is((SELECT string_agg(coalesce(failed, 'waits'), ',' ORDER BY i.id) FROM inbox i JOIN got USING (id)), 'waits,waits,no good', 'done is gone, failed is kept');
UPDATE inbox SET taken_until = now() - interval '1 second' WHERE failed IS NULL;
SELECT is((SELECT count(*)::int FROM inbox_take(9)), 2, 'what a worker did not bring back is taken again');

SELECT * FROM finish();
ROLLBACK;
