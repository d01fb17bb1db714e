-- Customers who get in touch: classified by their words, logged by people, before or after our message, and again.
BEGIN;
\ir fixture.psql
SELECT plan(66);

-- ---------------------------------------------------------------- what words ask

CREATE TEMP TABLE asked (says text, driver text);
INSERT INTO asked VALUES
    ('Where is my parcel?', 'wismo'), ('where''s my order', 'wismo'), ('Where’s my stuff??', 'wismo'), ('hello, where are the shoes I ordered', 'wismo'),
    ('When will it be here exactly?', 'wismo'), ('When is it coming', 'wismo'), ('it has not arrived yet', 'wismo'), ('Still waiting…', 'wismo'),
    ('¿Dónde está mi paquete?', 'wismo'), ('donde esta mi pedido', 'wismo'), ('¿Cuándo llega exactamente?', 'wismo'),
    ('Où est mon colis ?', 'wismo'), ('ou est ma commande', 'wismo'), ('Quand arrive-t-il exactement ?', 'wismo'), (E'Ou\u0300 est mon colis', 'wismo'),
    ('Wo ist mein Paket?', 'wismo'), ('wo bleibt das', 'wismo'), ('Wann kommt es genau?', 'wismo'),
    ('Where is my refund?', 'refund'), ('Please just refund it.', 'refund'), ('Quiero un reembolso', 'refund'), ('je veux être remboursé', 'refund'), ('Wo ist mein Geld zurück?', 'refund'),
    ('Thanks. Somebody is home tomorrow afternoon.', NULL), ('It is 4B, second floor', NULL), ('lundi ou est-ce mardi', NULL), ('anywhere is fine', NULL),
    ('Gracias. Estoy en casa mañana por la tarde.', NULL), ('so', NULL), ('', NULL);
SELECT is(contact_driver_of(says), driver, format('"%s" asks %s', says, coalesce(driver, 'nothing'))) FROM asked ORDER BY driver, says;
SELECT is(contact_driver_of(NULL), NULL, 'nothing asks nothing');

-- ---------------------------------------------------------------- replies

CREATE FUNCTION pg_temp.reply(event text, words text, minutes int, driver text DEFAULT 'reply') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('type', 'inbound', 'provider', 'test', 'event', event, 'channel', 'email', 'address', 'rosa@example.com',
                              'at', json_instant(now() - interval '1 hour' + minutes * interval '1 minute'), 'text', words, 'driver', driver) $$;
UPDATE shipment SET order_id = (SELECT id FROM orders WHERE order_number = 'T-ORDER-1') WHERE id = 900001;
SELECT is((SELECT string_agg(outcome, ',' ORDER BY ord) FROM receipts_merge(jsonb_build_array(pg_temp.reply('a', 'Where is my parcel?', 1), pg_temp.reply('b', 'I am home', 5),
          pg_temp.reply('c', 'I am away', 6, 'auto_reply')))), 'merged,merged,merged', 'three answers');
SELECT results_eq($$ SELECT driver, via, before_message, repeat_of IS NOT NULL, shipment_id, by FROM contact WHERE exception_id = 900001 ORDER BY at $$,
    $$ VALUES ('wismo', 'email', true, false, 900001::bigint, NULL::text), ('reply', 'email', true, true, 900001, NULL), ('auto_reply', 'email', true, false, 900001, NULL) $$,
    'what they ask, before our message, the second time again; an automatic one is none');
-- one that came late was the first
SELECT is((SELECT outcome FROM receipts_merge(jsonb_build_array(pg_temp.reply('d', 'wo ist mein Paket', 0)))), 'merged', 'one comes late');
SELECT is((SELECT string_agg((repeat_of IS NOT NULL)::text, ',' ORDER BY at) FROM contact WHERE exception_id = 900001 AND driver <> 'auto_reply'), 'false,true,true', 'the ones after it are repeats');

-- ---------------------------------------------------------------- logging

CREATE FUNCTION pg_temp.logged(p bigint) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$
    SELECT concat_ws(' ', driver, via, by, CASE WHEN before_message THEN 'before' ELSE 'after' END, CASE WHEN repeat_of IS NOT NULL THEN 'again' END, CASE WHEN taken_back_at IS NOT NULL THEN 'gone' END)
      FROM doorstep.contact WHERE exception_id = p ORDER BY id DESC LIMIT 1 $$;
CREATE FUNCTION pg_temp.said(p bigint) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$
    SELECT concat_ws(' ', actor, verb || ':', text) FROM doorstep.activity WHERE exception_id = p ORDER BY seq DESC LIMIT 1 $$;
SET SESSION AUTHORIZATION t_maria;
SELECT results_eq($$ SELECT id, code FROM contact_log(pg_temp.key(1), '{900002,900003,77}', 'wismo') $$, $$ VALUES (77::bigint, 'gone'), (900002, 'ok'), (900003, 'ok') $$, 'logged about two');
SELECT is(pg_temp.logged(900002), 'wismo phone t_maria before', 'as a call');
SELECT is(pg_temp.said(900002), 't_maria contact: the customer got in touch by phone: where is my parcel', 'in the timeline');
SELECT is((SELECT state::text || coalesce(owner, '') FROM exception WHERE id = 900002), 'new', 'nothing else changes');
SELECT is((SELECT count(*)::int FROM contact_log(pg_temp.key(1), '{900002,900003,77}', 'wismo')), 3, 'the same key again');
SELECT is((SELECT count(*)::int FROM contact WHERE exception_id = 900002), 1, 'logs none');
SELECT is((SELECT message FROM contact_log(pg_temp.key(2), '{900002}', 'reply')), '"reply" is no driver of a contact: use one of wismo, address, reschedule, pickup, not_received, damaged, missing_item, refund, cancel, payment, complaint, other', 'what only the inbox knows');
SELECT is((SELECT code FROM contact_log(pg_temp.key(3), '{900002}', 'wismo', 'pigeon')), 'invalid', 'a way there is not');
SELECT is((SELECT code FROM contact_log(pg_temp.key(4), '{900002}', 'refund', 'chat', 'is quite upset, ask for Karl')), 'ok', 'again, with a note');
SELECT is(pg_temp.logged(900002), 'refund chat t_maria before again', 'is a repeat');
SELECT is((SELECT undo_peek()), 'contact of #900002', 'undo names it');
SELECT is((SELECT code FROM undo(pg_temp.key(5))), 'ok', 'and takes it back');
SELECT is(pg_temp.logged(900002), 'refund chat t_maria before gone', 'it counts nowhere');
SELECT is(pg_temp.said(900002), 't_maria undo: took back: the customer got in touch in a chat: wants the money back', 'which the timeline says');
SELECT is((SELECT count(*)::int FROM messages(900002, 10)), 1, 'and the messages show it no more');
SELECT is((SELECT concat_ws(' ', channel, inbound, who, driver, body) FROM messages(900002, 10)), 'phone t t_maria wismo where is my parcel', 'where a call stands as one');

-- who waited for the customer has their answer
SELECT is((SELECT code FROM wait(pg_temp.key(6), '{900004}', now() + interval '1 day')), 'ok', 'one that waits');
SELECT is((SELECT code FROM contact_log(pg_temp.key(7), '{900004}', 'address')), 'ok', 'its customer calls');
SELECT is((SELECT concat_ws(' ', state, owner, wake_at IS NULL, due_at IS NOT NULL) FROM exception WHERE id = 900004), 'working t_maria t t', 'it is worked on, its clock runs');
SELECT is((SELECT code FROM undo(pg_temp.key(8))), 'ok', 'taken back');
SELECT is((SELECT concat_ws(' ', state, wake_at IS NOT NULL, due_at IS NULL) FROM exception WHERE id = 900004), 'waiting t t', 'it waits again');
SELECT is((SELECT code FROM snooze(pg_temp.key(9), '{900004}', NULL, true)), 'ok', 'a snoozed one');
SELECT is((SELECT code FROM contact_log(pg_temp.key(10), '{900004}', 'wismo')), 'ok', 'is called about');
SELECT is((SELECT state::text FROM exception WHERE id = 900004), 'snoozed', 'and stays');
RESET SESSION AUTHORIZATION;

-- after a message; its note is internal
INSERT INTO outreach (key, exception_id, shipment_id, customer_id, brand_id, channel, to_address, language, subject, body, text_hash, state, by, undo_until, send_after, message_id, sent_at)
    SELECT gen_random_uuid(), 900003, 900003, 1, 9001, 'email', 'a@example.com', 'en', 's', 'b', gen_random_uuid(), 'sent', 't_bob', now(), now(), 'c1@t', now() - interval '1 hour';
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT code FROM contact_log(pg_temp.key(11), '{900003}', 'complaint', 'phone', 'threatens to write to the papers')), 'ok', 'after our message');
SELECT is(pg_temp.logged(900003), 'complaint phone t_maria after again', 'is told so');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT string_agg(said, '|') FROM internal_notes(900003, true)), 'threatens to write to the papers', 'its note is an internal one');
SELECT is((SELECT marks & 4 FROM exception WHERE id = 900003), 4, 'which the mark says');
SELECT matches(outreach_news(900003, clock_timestamp()), '^the customer got in touch by phone with t_maria', 'a call is news for whoever composes');
-- what was sent later was not said before; a week on, the same is no repeat
INSERT INTO contact (brand_id, exception_id, customer_id, channel, from_address, at, text, driver, provider, provider_id)
    SELECT 9001, 900003, customer_id, 'email', '', t, '', 'wismo', 'test', 'w' || t FROM exception, unnest(ARRAY[now() - interval '12 days', now() - interval '2 hours']) t WHERE id = 900003;
SELECT results_eq($$ SELECT before_message, repeat_of IS NULL FROM contact WHERE provider_id LIKE 'w%' ORDER BY at $$, $$ VALUES (true, true), (true, true) $$, 'before our message, and not again');
SELECT is((SELECT count(*)::int FROM audit_verify(900003)), 0, 'the chain is whole');

SELECT finish();
ROLLBACK;
