-- Consent and its history, do-not-contact, bad addresses, policies, holds.
BEGIN;
\ir fixture.psql
SELECT plan(40);

UPDATE exception SET customer_id = (SELECT id FROM customer WHERE external_id = 't-1') WHERE id = 900002;
SELECT id AS rosa FROM customer WHERE external_id = 't-1' \gset

SELECT results_eq($$ SELECT channel::text, given, source, actor FROM consent_change ORDER BY id $$, $$ VALUES ('email', true, 'order', 'feed'), ('sms', false, 'order', 'feed') $$, 'what an order says is kept');
UPDATE customer SET name = 'Rosa D.' WHERE id = :rosa;
SELECT is((SELECT count(*)::int FROM consent_change), 2, 'only changes are');
UPDATE customer SET consent = consent || '{"sms": true, "fax": true, "whatsapp": "yes"}' WHERE id = :rosa;
SELECT results_eq($$ SELECT channel::text, given FROM consent_change WHERE id > 0 ORDER BY id DESC LIMIT 1 $$, $$ VALUES ('sms', true) $$, 'an order may change what an order said; other words are none of ours');

SET SESSION AUTHORIZATION t_maria;
SELECT set_config('doorstep.consent_actor', 'customer', true), set_config('doorstep.consent_source', 'reply', true) \g /dev/null -- is not believed
SELECT results_eq($$ SELECT id, code FROM consent_set(pg_temp.key(1), '{900001,900002,900003,900099}', 'sms', false, 'said so by phone') $$,
                  $$ VALUES (900001::bigint, 'ok'), (900002, 'ok'), (900003, 'invalid'), (900099, 'gone') $$, 'a customer says no');
SELECT results_eq($$ SELECT id, code FROM consent_set(pg_temp.key(1), '{900001}', 'sms', true, 'x') $$, $$ VALUES (900001::bigint, 'ok'), (900002, 'ok'), (900003, 'invalid'), (900099, 'gone') $$, 'the same key, the same answer');
SELECT results_eq($$ SELECT channel::text, given, source, actor, note FROM consent_history(900001) LIMIT 1 $$, $$ VALUES ('sms', false, 'agent', 't_maria', 'said so by phone') $$, 'who wrote it down, and why');
SELECT is((SELECT count(*)::int FROM consent_history(900002)), 4, 'once for the two parcels');
SELECT is((SELECT count(*)::int FROM activity WHERE text = 'the customer wants no SMS: said so by phone'), 2, 'each parcel''s activity says it');
SELECT is((SELECT code FROM consent_set(gen_random_uuid(), '{900001}', 'sms', false)), 'same', 'said already');
SELECT is((SELECT code FROM consent_set(gen_random_uuid(), '{900001}', 'whatsapp', true)), 'invalid', 'a yes needs a note');
SELECT is(undo_peek(), NULL, 'what a customer said is not taken back');
RESET SESSION AUTHORIZATION;
UPDATE customer SET consent = consent || '{"sms": true, "email": false}' WHERE id = :rosa;
SELECT is((SELECT consent ->> 'sms' || (consent ->> 'email') FROM customer WHERE id = :rosa), 'falsefalse', 'an order does not give back what was withdrawn');
UPDATE customer SET consent = '{"email": true}' WHERE id = :rosa;
SELECT is((SELECT consent ->> 'sms' || (consent ->> 'email') FROM customer WHERE id = :rosa), 'falsetrue', 'not by silence either; what an order withdrew an order gives');
SELECT set_config('doorstep.consent_source', 'reply', true), set_config('doorstep.consent_note', 'reply STOP', true) \g /dev/null
UPDATE customer SET consent = consent || '{"email": false}' WHERE id = :rosa;
SELECT set_config('doorstep.consent_source', '', true), set_config('doorstep.consent_note', '', true) \g /dev/null
UPDATE customer SET consent = consent || '{"email": true}' WHERE id = :rosa;
SELECT results_eq($$ SELECT channel::text, given, source, actor, note FROM consent_change ORDER BY id DESC LIMIT 1 $$, $$ VALUES ('email', false, 'reply', 'customer', 'reply STOP') $$, 'STOP stays');
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT code FROM consent_set(gen_random_uuid(), '{900001}', 'email', true, 'asked again by phone')), 'ok', 'until they say so');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT consent ->> 'email' FROM customer WHERE id = :rosa), 'true', 'then it is given');
SELECT throws_ok('UPDATE consent_change SET given = true', '42501', NULL, 'the history does not change');
SELECT throws_ok('DELETE FROM consent_change', '42501', NULL, 'nor is it removed');

-- ---------------------------------------------------------------- do not contact, bad addresses

SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT code FROM do_not_contact(gen_random_uuid(), '{900001}', true)), 'ok', 'leave them alone');
SELECT is((SELECT do_not_contact FROM customer), true, 'noted');
SELECT is((SELECT string_agg(code, ',') FROM do_not_contact(gen_random_uuid(), '{900001}', false)), 'invalid', 'lifting it needs a note');
SELECT is((SELECT string_agg(code, ',') FROM do_not_contact(gen_random_uuid(), '{900001}', false, 'they wrote')), 'ok', 'with one it is lifted');
RESET SESSION AUTHORIZATION;
UPDATE customer SET email_bad = '550', phone_bad = '30003' WHERE id = :rosa;
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT code FROM address_ok(gen_random_uuid(), 900001, 'email')) || (SELECT code FROM address_ok(gen_random_uuid(), 900001, 'email')), 'oksame', 'the address is right again');
RESET SESSION AUTHORIZATION;
UPDATE customer SET phone = '+15125550199' WHERE id = :rosa;
SELECT is((SELECT concat(email_bad, phone_bad) FROM customer WHERE id = :rosa), '', 'another number has not failed yet');
UPDATE customer SET email_bad = '550' WHERE id = :rosa;
UPDATE customer SET email = 'rosa@new.example' WHERE id = :rosa;
SELECT is((SELECT email_bad FROM customer WHERE id = :rosa), NULL, 'nor has another e-mail address');
UPDATE customer SET email = 'rosa@example.com' WHERE id = :rosa;
SET SESSION AUTHORIZATION t_vic;
SELECT is((SELECT code FROM consent_set(gen_random_uuid(), '{900001}', 'sms', false)) || (SELECT code FROM do_not_contact(gen_random_uuid(), '{900001}', true)), 'denieddenied', 'viewers note nothing');
SET SESSION AUTHORIZATION t_zoe;
SELECT is((SELECT code FROM consent_set(gen_random_uuid(), '{900001}', 'sms', false)) || (SELECT count(*) FROM consent_history(900001)), 'gone0', 'nor do others'' agents, nor read it');

-- ---------------------------------------------------------------- policies

SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT string_agg(code, ',') FROM policy_set(gen_random_uuid(), 't-acme', 'es', 'sms', '{"cap": 5, "quiet_from": "22:00", "quiet_days": [7, 7]}')), 'ok', 'a lead sets the rules');
SELECT results_eq($$ SELECT country, cap, quiet_from, quiet_to, quiet_days, cap_hours, consent_required FROM contact_policy WHERE brand_id = 9001 $$,
                  $$ VALUES ('ES', 5, time '22:00', time '08:00', '{7}'::int[], 24, true) $$, 'what is not said is as it was');
SELECT is((SELECT string_agg(code, ',') FROM policy_set(gen_random_uuid(), 't-acme', 'ES', 'sms', '{"quiet_from": null, "quiet_to": null}')), 'ok', 'changed');
SELECT results_eq($$ SELECT cap, quiet_from FROM contact_policy WHERE brand_id = 9001 $$, $$ VALUES (5, NULL::time) $$, 'in place');
SELECT is_empty($$ SELECT s FROM unnest(ARRAY['{}', '[]', '{"cap": 0}', '{"cap": 1.5}', '{"cap": "3"}', '{"quiet_from": "25:00"}', '{"quiet_to": null}', '{"quiet_from": "08:00"}', '{"quiet_days": [8]}', '{"quiet_days": [1,2,3,4,5,6,7]}',
                       '{"undo_seconds": 3601}', '{"max_segments": 11}', '{"consent_required": 1}', '{"colour": 1}']) s
                   CROSS JOIN LATERAL policy_set(gen_random_uuid(), NULL, NULL, 'sms', s::jsonb) p WHERE p.code <> 'invalid' OR p.message = '' $$, 'what makes no sense is refused');
SELECT is((SELECT string_agg(code || ' ' || message, ',') FROM unnest(ARRAY['{}', '[]', '"x"', 'null']) s CROSS JOIN LATERAL brand_set(gen_random_uuid(), 't-acme', s::jsonb)),
          'invalid say what to change,invalid say what to change,invalid say what to change,invalid say what to change', 'nor is a brand set to nothing');
SELECT is((SELECT code FROM policy_delete(gen_random_uuid(), NULL, NULL, NULL)) || (SELECT code FROM policy_delete(gen_random_uuid(), 't-acme', 'ES', 'sms'))
          || (SELECT code FROM policy_delete(gen_random_uuid(), 't-acme', 'ES', 'sms')), 'invalidokgone', 'the rules for everybody stay');
SET SESSION AUTHORIZATION t_maria;
SELECT throws_like($$ SELECT * FROM policy_set(gen_random_uuid(), NULL, NULL, NULL, '{"cap": 9}') $$, '%it takes a lead%', 'agents set none');

-- ---------------------------------------------------------------- holds

SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT string_agg(code, ',') FROM hold_set(gen_random_uuid(), NULL, 't-nobody', NULL, NULL, 'x')) || (SELECT string_agg(code, ',') FROM hold_set(gen_random_uuid(), NULL, NULL, NULL, NULL, ' ')), 'invalidinvalid', 'a carrier there is, and a reason');
SELECT id AS hold FROM hold_set(gen_random_uuid(), 't-acme', 't-ups', NULL, 'address_issue', 'snow') \gset
RESET SESSION AUTHORIZATION;
INSERT INTO outreach (key, exception_id, shipment_id, customer_id, brand_id, channel, to_address, language, body, text_hash, state, by, undo_until, send_after, message_id, hold_id, reason)
SELECT gen_random_uuid(), 900001, 1, :rosa, 9001, 'sms', '+1', 'en', 'x', gen_random_uuid(), 'held', 't', now(), now(), n, CASE n WHEN 1 THEN :hold END, 'snow' FROM generate_series(1, 2) n;
INSERT INTO agent_scope VALUES ('t_lea', 9002);
SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT code FROM hold_end(gen_random_uuid(), :hold)) || (SELECT code FROM hold_set(gen_random_uuid(), NULL, NULL, NULL, NULL, 'x'))
          || (SELECT code FROM policy_set(gen_random_uuid(), NULL, NULL, NULL, '{"cap": 9}')) || (SELECT code FROM policy_set(gen_random_uuid(), 't-acme', NULL, NULL, '{"cap": 9}')),
          'goneinvalidinvalidinvalid', 'a lead of some brands rules those');
RESET SESSION AUTHORIZATION;
DELETE FROM agent_scope WHERE role = 't_lea';
SET SESSION AUTHORIZATION t_lea;
SELECT results_eq(format('SELECT code, message FROM hold_end(gen_random_uuid(), %s)', :hold), $$ VALUES ('ok', '1 message goes out now') $$, 'it ends');
SELECT is((SELECT string_agg(state::text, ',' ORDER BY message_id) FROM outreach), 'queued,held', 'and lets go what it held');
SELECT is((SELECT code FROM hold_end(gen_random_uuid(), :hold)), 'same', 'once');

SELECT finish();
ROLLBACK;
