-- What composing starts from, and what was said and answered.
BEGIN;
\ir fixture.psql
SELECT plan(37);

UPDATE customer SET language = 'es', time_zone = 'America/Chicago', phone = '(512) 555-0188', preferred_channel = 'sms', consent = '{"email": true, "sms": true, "whatsapp": false}'
 WHERE external_id = 't-1';
UPDATE exception SET country = 'US', effective_status = 'attempted' WHERE id = 900001;
DELETE FROM template_version;              -- the program's own are not what is tested here
DELETE FROM template;
CREATE FUNCTION pg_temp.have(p_name text, p_channel text, p_language text, p_brand int, p_state text, p_author text, p_kinds text, p_statuses text DEFAULT '{}', p_version int DEFAULT 1)
    RETURNS void LANGUAGE sql AS $$
    INSERT INTO template (name, channel, language, brand_id) VALUES (p_name, p_channel::channel, p_language, p_brand) ON CONFLICT DO NOTHING;
    INSERT INTO template_version (template_id, version, state, title, kinds, statuses, subject, body, author)
        SELECT id, p_version, p_state::template_state, 'About ' || p_name, p_kinds::exception_kind[], p_statuses::shipment_status[], CASE p_channel WHEN 'email' THEN 'S' END, 'x', p_author
          FROM template WHERE name = p_name AND channel::text = p_channel AND language = p_language AND brand_id IS NOT DISTINCT FROM p_brand $$;
SELECT pg_temp.have(a, b, c, d, e, f, g, h) FROM (VALUES
    ('address_issue', 'sms', 'es', NULL::int, 'approved', 'doorstep', '{address_issue}', '{}'),
    ('address_issue', 'email', 'es', NULL, 'approved', 'doorstep', '{address_issue}', '{}'),
    ('address_issue', 'sms', 'en', NULL, 'approved', 'doorstep', '{address_issue}', '{}'),
    ('address_issue', 'sms', 'fr', NULL, 'approved', 'doorstep', '{address_issue}', '{}'),
    ('address_issue', 'whatsapp', 'es', NULL, 'approved', 'doorstep', '{address_issue}', '{}'),
    ('anything', 'sms', 'es', NULL, 'approved', 'doorstep', '{}', '{}'),
    ('on_the_way', 'sms', 'es', NULL, 'approved', 'doorstep', '{}', '{in_transit}'),
    ('lost', 'sms', 'es', NULL, 'approved', 'doorstep', '{lost}', '{}'),
    ('others', 'sms', 'es', 9002, 'approved', 't_lea', '{address_issue}', '{}'),
    ('mine', 'sms', 'es', NULL, 'draft', 't_maria', '{address_issue}', '{}'),
    ('theirs', 'sms', 'es', NULL, 'draft', 't_bob', '{address_issue}', '{}'),
    ('gone', 'sms', 'es', NULL, 'retired', 't_lea', '{address_issue}', '{}')) v(a, b, c, d, e, f, g, h) \g /dev/null
CREATE FUNCTION pg_temp.offers(p_id bigint, p_fits boolean) RETURNS TABLE (what text, why text) LANGUAGE sql AS $$
    SELECT concat_ws(' ', k ->> 'name', k ->> 'channel', k ->> 'language', CASE WHEN NOT (k ->> 'approved')::boolean THEN 'draft' END), k ->> 'why'
      FROM jsonb_array_elements(doorstep.compose(p_id) -> 'candidates') WITH ORDINALITY x(k, i) WHERE (k ->> 'fits')::boolean = p_fits ORDER BY i $$;

SET SESSION AUTHORIZATION t_maria;
SELECT results_eq('SELECT * FROM pg_temp.offers(900001, true)', $$ VALUES
    ('address_issue sms es', 'for address issue, the customer''s language, preferred channel'), ('address_issue email es', 'for address issue, the customer''s language'),
    ('mine sms es draft', 'draft, not approved, for address issue, the customer''s language, preferred channel'),
    ('address_issue sms en', 'for address issue, the brand''s language, preferred channel'), ('anything sms es', 'for anything, the customer''s language, preferred channel') $$,
    'made for it, in their language, approved, on their channel');
SELECT results_eq('SELECT * FROM pg_temp.offers(900001, false)', $$ VALUES
    ('address_issue whatsapp es', 'Rosa Delgado does not want WhatsApp messages: choose another channel'), ('address_issue sms fr', 'in another language (fr)'),
    ('lost sms es', 'not made for address issue'), ('on_the_way sms es', 'not true: the parcel is attempted') $$, 'then the rest, and why not') ;
SELECT is((SELECT string_agg(what, ', ') FROM pg_temp.offers(900001, false) WHERE what LIKE 'theirs%' OR what LIKE 'gone%' OR what LIKE 'others%'), NULL, 'others'' drafts, retired ones and other brands'' are not offered');
RESET SESSION AUTHORIZATION;
SELECT pg_temp.have('address_issue', 'sms', 'es', 9001, 'approved', 't_lea', '{address_issue}') \g /dev/null
SELECT pg_temp.have('address_issue', 'sms', 'es', NULL, 'draft', 't_maria', '{address_issue}', '{}', 2) \g /dev/null
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT (SELECT brand_id FROM template WHERE id = (k ->> 'template')::int) FROM jsonb_array_elements(compose(900001) -> 'candidates') WITH ORDINALITY x(k, i) ORDER BY i LIMIT 1),
          9001, 'the brand''s own comes first');
SELECT is((SELECT why FROM pg_temp.offers(900001, false) WHERE what = 'address_issue sms es'), 'Acme has its own', 'and stands for the common one');
SELECT is((SELECT count(*) FROM pg_temp.offers(900001, true) WHERE what = 'address_issue sms es draft'), 1::bigint, 'a draft of the next version is offered beside it');
RESET SESSION AUTHORIZATION;
UPDATE exception SET effective_status = 'delivered' WHERE id = 900001;
SELECT is((SELECT count(*) FROM pg_temp.offers(900001, true)), 0::bigint, 'delivered: nothing is true any more');
UPDATE exception SET kind = 'delivery_disputed' WHERE id = 900001;
SELECT results_eq('SELECT what FROM pg_temp.offers(900001, true)', $$ VALUES ('anything sms es') $$, 'but of a delivery that is disputed');
UPDATE exception SET kind = 'tracking_error', effective_status = 'error' WHERE id = 900001;
SELECT results_eq('SELECT count(*), bool_and(why LIKE ''a tracking error is never told%'') FROM pg_temp.offers(900001, false)', 'SELECT count(*), true FROM pg_temp.offers(900001, false) HAVING count(*) > 5', 'what is internal is never told');
UPDATE exception SET kind = 'address_issue', effective_status = 'attempted' WHERE id = 900001;
SELECT pg_temp.have('many' || n, 'sms', 'es', NULL, 'approved', 'doorstep', '{lost}') FROM generate_series(1, 60) n \g /dev/null
SELECT is(jsonb_array_length(compose(900001) -> 'candidates'), 40, 'forty are enough');
SELECT results_eq($$ SELECT f ->> 'name', (f ->> 'fits')::int FROM jsonb_array_elements(templates_fit('{900001,900002}')) f WHERE f ->> 'name' IN ('address_issue', 'anything', 'lost', 'mine', 'gone') $$,
    $$ SELECT n, (SELECT count(*)::int FROM exception e WHERE e.id IN (900001, 900002) AND (k IS NULL OR e.kind::text = k))
         FROM (VALUES ('anything', NULL), ('address_issue', 'address_issue'), ('lost', 'lost')) v(n, k) ORDER BY 2 DESC, 1 $$, 'for how many a template in force is made, the most fitting first');

-- ---------------------------------------------------------------- who, where, when

SET SESSION AUTHORIZATION t_maria;
SELECT results_eq($$ SELECT c ->> 'recipient_zone', (c ->> 'recipient_offset_s')::int, c ->> 'email', c ->> 'phone', (c ->> 'seen')::bigint, (c ->> 'exception')::bigint FROM compose(900001) c $$,
    $$ SELECT 'America/Chicago', extract(timezone FROM now())::int, 'rosa@example.com', '+15125550188', 0::bigint, 900001::bigint FROM (SELECT set_config('timezone', 'America/Chicago', true)) z $$,
    'the customer''s zone and addresses');
SET timezone = 'UTC';
SELECT results_eq($$ SELECT key, (value ->> 'can')::boolean, value ->> 'why' FROM jsonb_each(compose(900001) -> 'channels') ORDER BY 1 $$,
    $$ VALUES ('email', true, ''), ('sms', true, ''), ('whatsapp', false, 'Rosa Delgado does not want WhatsApp messages: choose another channel') $$, 'which channels there are');
SELECT results_eq($$ SELECT DISTINCT value ->> 'why' FROM jsonb_each(compose(900002) -> 'channels') $$, $$ VALUES ('it is not known whose parcel this is: its order has not come in') $$, 'without a customer none');
RESET SESSION AUTHORIZATION;
-- the same rule as the guardrails', told the same way, for anything a customer may be
CREATE TEMP TABLE case_of AS
    SELECT row_number() OVER () AS n, e, p, c, d FROM unnest('{rosa@example.com,nonsense,NULL}'::text[]) e CROSS JOIN unnest('{"(512) 555-0188",12,NULL}'::text[]) p
     CROSS JOIN unnest('{"{}","{\"email\": true, \"sms\": true, \"whatsapp\": true}","{\"email\": false, \"sms\": false}"}'::jsonb[]) c CROSS JOIN unnest('{t,f}'::boolean[]) d;
CREATE FUNCTION pg_temp.differing() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    k case_of;
    n int := 0;
BEGIN
    FOR k IN SELECT * FROM case_of LOOP
        UPDATE customer SET email = k.e, phone = k.p, consent = k.c, do_not_contact = k.d WHERE external_id = 't-1';
        n := n + (SELECT count(*) FROM channels_of('{900001}') h
                   WHERE (h.guardrail IS NULL) IS DISTINCT FROM NOT EXISTS (
                         SELECT FROM guardrails(ARRAY[ROW (1, 900001, NULL, NULL, h.channel, 'es', NULL, NULL, 'x', NULL, true, NULL, '{}')::guard_item], now()) g
                          WHERE g.guardrail IN ('no_address', 'no_consent', 'do_not_contact')));
    END LOOP;
    RETURN n;
END
$$;
SELECT is(pg_temp.differing(), 0, 'composing and the guardrails agree on which channel may be used');
UPDATE customer SET email = 'rosa@example.com', phone = '(512) 555-0188', do_not_contact = false, consent = '{"email": true, "sms": true}' WHERE external_id = 't-1';

-- ---------------------------------------------------------------- macros and drafts

SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT code FROM macro_save(pg_temp.key(1), '{"name": "aa-own", "title": "Own", "tag": "own"}')), 'ok', 'a macro of one''s own');
SELECT is((SELECT code FROM macro_save(pg_temp.key(2), '{"name": "lost", "title": "My lost", "tag": "own"}')), 'ok', 'and one in place of everyone''s');
SELECT results_eq($$ SELECT m ->> 'name', m ->> 'title', (m ->> 'shared')::boolean FROM jsonb_array_elements(compose(900001) -> 'macros') WITH ORDINALITY x(m, i) ORDER BY i LIMIT 3 $$,
    $$ VALUES ('address_issue', 'Address needed', true), ('aa-own', 'Own', false), ('lost', 'My lost', false) $$, 'the kind''s own first, then one''s own');
SELECT is((SELECT count(*) FROM jsonb_array_elements(compose(900001) -> 'macros') m WHERE m ->> 'name' = 'lost'), 1::bigint, 'a name once');
SELECT is((SELECT m ->> 'says' FROM jsonb_array_elements(compose(900001) -> 'macros') m WHERE m ->> 'name' = 'address_issue'),
          'sends address_issue, waits on the customer for 2 days, tags it asked_address', 'said in words');
SELECT is(compose(900001) -> 'draft', 'null'::jsonb, 'nothing was begun');
RESET SESSION AUTHORIZATION;
INSERT INTO draft (role, exception_id, channel, subject, body, updated_at) VALUES ('t_maria', 900001, 'email', 'S', 'Dear', '2026-11-20T10:00:00Z'), ('t_bob', 900001, 'sms', NULL, 'Yo', now());
SET SESSION AUTHORIZATION t_maria;
SELECT is(compose(900001) -> 'draft', '{"channel": "email", "template": null, "version": null, "subject": "S", "body": "Dear", "at": "2026-11-20T10:00:00Z"}'::jsonb, 'what one had begun');
SELECT is((SELECT count(*) FROM draft), 1::bigint, 'and nobody else''s');
SET SESSION AUTHORIZATION t_vic;
SELECT is(compose(900001) -> 'macros', '[]'::jsonb, 'a viewer looks, and has no macros');
SET SESSION AUTHORIZATION t_zoe;
SELECT is(compose(900001), NULL, 'what is not seen cannot be composed for');
SELECT is(compose(5), NULL, 'nor what is not there');
SELECT is(compose(900007) ->> 'recipient_zone', 'UTC', 'who is not known lives in UTC');
RESET SESSION AUTHORIZATION;

-- ---------------------------------------------------------------- messages

INSERT INTO exception (id, kind, severity, state, resolved_at, resolution, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number, opened_at, search)
    OVERRIDING SYSTEM VALUE SELECT 900101, kind, severity, 'resolved', now(), 'no_action', fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number, now() - interval '9 days', ''
      FROM exception WHERE id = 900001;
INSERT INTO outreach (id, key, exception_id, shipment_id, customer_id, brand_id, channel, to_address, language, template_id, version, subject, body, text_hash, state, reason, by, created_at,
                      undo_until, send_after, deferred, message_id, sent_at, tries) OVERRIDING SYSTEM VALUE
SELECT v.id, gen_random_uuid(), v.e, 900001, c.id, 9001, 'sms', '+15125550188', 'es', (SELECT id FROM template WHERE name = 'anything'), 1, NULL, v.body, gen_random_uuid(), v.state::outreach_state, v.reason, 't_maria',
       now() - v.age, now(), now(), v.deferred, 't-' || v.id, CASE v.state WHEN 'sent' THEN now() END, 2
  FROM customer c, (VALUES (800001, 900101, 'first', 'sent', NULL, interval '9 days', NULL), (800002, 900001, 'second', 'failed', 'the number is not in use', interval '2 hours', NULL),
                           (800003, 900001, 'third', 'queued', NULL, interval '1 minute', 'quiet hours until 08:00')) v(id, e, body, state, reason, age, deferred)
 WHERE c.external_id = 't-1';
INSERT INTO outreach_attempt (outreach_id, fence, at, outcome, code, message, worker) VALUES
    (800002, 1, '2026-11-20T10:51:00Z', 'retry', '429', 'too many', 'w'), (800002, 2, '2026-11-20T10:53:00Z', 'failed', '21211', 'the number is not in use', 'w');
INSERT INTO contact (brand_id, customer_id, exception_id, channel, from_address, at, text, driver, provider, provider_id)
    SELECT 9001, id, 900001, 'sms', '+15125550188', now() - interval '1 hour', 'Apt 4', 'reply', 't', '1' FROM customer WHERE external_id = 't-1';
SET SESSION AUTHORIZATION t_maria;
SELECT results_eq('SELECT body, inbound, state, who, state_text, template FROM messages(900001, 10)', $$ VALUES
    ('third', false, 'queued', 't_maria', 'quiet hours until 08:00', 'anything'), ('Apt 4', true, 'delivered', '+1 … 88', NULL, NULL),
    ('second', false, 'failed', 't_maria', 'the number is not in use', 'anything'), ('first', false, 'sent', 't_maria', NULL, 'anything') $$, 'the parcel''s, newest first');
SELECT is(compose(900001) -> 'told' ->> 'what', 'About anything', 'what the customer was told last is the template''s title');
SELECT is(compose(900002) -> 'told', 'null'::jsonb, 'nothing was said about another');
RESET SESSION AUTHORIZATION;
UPDATE outreach SET state = 'cancelled' WHERE id = 800003;
SET SESSION AUTHORIZATION t_maria;
SELECT is(compose(900001) -> 'told' ->> 'what', 'Apt 4', 'what was cancelled was not said: the answer is the last word');
RESET SESSION AUTHORIZATION;
UPDATE outreach SET state = 'queued' WHERE id = 800003;
SET SESSION AUTHORIZATION t_maria;
SELECT results_eq('SELECT body FROM messages(900001, 2)', $$ VALUES ('third'), ('Apt 4') $$, 'as many as asked for');
SELECT is((SELECT attempts FROM messages(900001, 10) WHERE id = 800002), E'2026-11-20 10:53 UTC failed 21211 the number is not in use\n2026-11-20 10:51 UTC retry 429 too many', 'with each try');
SELECT results_eq('SELECT id FROM messages(900101, 10) WHERE NOT inbound ORDER BY 1', $$ VALUES (800001::bigint), (800002), (800003) $$, 'from any of the parcel''s exceptions');
SELECT is((compose(900001) ->> 'seen')::bigint >= 800003, true, 'the stamp is what came last');
SET SESSION AUTHORIZATION t_zoe;
SELECT is_empty('SELECT * FROM messages(900001, 10)', 'and only those who see it');
RESET SESSION AUTHORIZATION;

SELECT is((SELECT count(*) FROM unnest(enum_range(NULL::channel)) c WHERE channel_label(c) IS NULL), 0::bigint, 'each channel has its word');
SELECT finish();
ROLLBACK;
