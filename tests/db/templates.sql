-- Templates: what they are filled with, in four languages and any zone; which one fits whom;
-- versions, and what the program ships.
BEGIN;
\ir fixture.psql
SELECT plan(95);
SET timezone = 'Asia/Tokyo';               -- the session's zone is nobody's

-- ---------------------------------------------------------------- no table is read through
-- Planned before anything else in this session, with another way than reading a table preferred.

CREATE TEMP TABLE before AS SELECT relname, seq_scan AS n FROM pg_stat_xact_user_tables WHERE schemaname = 'doorstep';
SET enable_seqscan = off;
SELECT count(*) FROM outreach_render_set('{900001,900002}', NULL, NULL, NULL, 'email') \gset
RESET enable_seqscan;
SELECT is_empty($$ SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE schemaname = 'doorstep' AND relname IN ('exception', 'customer', 'orders', 'order_line', 'shipment', 'scan_event')
                    AND seq_scan > (SELECT n FROM pg_temp.before b WHERE b.relname = pg_stat_xact_user_tables.relname) $$, 'filling in a message reads no table through');

-- ---------------------------------------------------------------- words

SELECT results_eq($$ SELECT l, say_day('2026-11-24', l, 2026), say_day('2027-01-01', l, 2026), say_date('2026-11-14', l, 2026) FROM unnest('{en,es,fr,de}'::text[]) l $$,
    $$ VALUES ('en', 'Tuesday, November 24', 'Friday, January 1, 2027', 'November 14'),
              ('es', 'martes, 24 de noviembre', 'viernes, 1 de enero de 2027', '14 de noviembre'),
              ('fr', 'mardi 24 novembre', 'vendredi 1er janvier 2027', '14 novembre'),
              ('de', 'Dienstag, 24. November', 'Freitag, 1. Januar 2027', '14. November') $$, 'days are written out, the year when it is another');
SELECT results_eq($$ SELECT say_moment('2026-11-19 10:51', l, 2026), say_moment('2026-11-19 00:05', l, 2026) FROM unnest('{en,es,fr,de}'::text[]) l $$,
    $$ VALUES ('Thursday, November 19, 10:51 AM', 'Thursday, November 19, 12:05 AM'), ('jueves, 19 de noviembre, 10:51', 'jueves, 19 de noviembre, 00:05'),
              ('jeudi 19 novembre, 10:51', 'jeudi 19 novembre, 00:05'), ('Donnerstag, 19. November, 10:51 Uhr', 'Donnerstag, 19. November, 00:05 Uhr') $$, 'and times');
SELECT is((SELECT count(DISTINCT say_month(make_date(2026, m, 1), l) || l) FROM generate_series(1, 12) m, unnest('{en,es,fr,de}'::text[]) l), 48::bigint, 'twelve months each');
SELECT is((SELECT count(DISTINCT say_weekday('2026-11-01'::date + d, l) || l) FROM generate_series(0, 6) d, unnest('{en,es,fr,de}'::text[]) l), 28::bigint, 'seven days each');
SELECT results_eq($$ SELECT say_money(148.2, 'USD', l), say_money(1148.2, 'usd', l), say_money(12345.6, 'EUR', l), say_money(0.5, 'CHF', l), say_money(1500, 'JPY', l), say_money(-3, NULL, l)
                       FROM unnest('{en,es,fr,de}'::text[]) l $$,
    $$ VALUES ('$148.20', '$1,148.20', '€12,345.60', 'CHF 0.50', '¥1,500', '-3.00'), ('148,20 $', '1148,20 $', '12.345,60 €', '0,50 CHF', '1500 ¥', '-3,00'),
              ('148,20 $', '1 148,20 $', '12 345,60 €', '0,50 CHF', '1 500 ¥', '-3,00'), ('148,20 $', '1.148,20 $', '12.345,60 €', '0,50 CHF', '1.500 ¥', '-3,00') $$, 'money');
SELECT results_eq($$ SELECT say_items('Lamp', 1, 0, l), say_items('Lamp', 2, 1, l), say_items('Lamp', 1, 2, l) FROM unnest('{en,es,fr,de}'::text[]) l $$,
    $$ VALUES ('Lamp', '2 x Lamp, 1 more', 'Lamp, 2 more'), ('Lamp', '2 x Lamp, 1 más', 'Lamp, 2 más'), ('Lamp', '2 x Lamp, 1 autre article', 'Lamp, 2 autres articles'),
              ('Lamp', '2 x Lamp, 1 weiterer Artikel', 'Lamp, 2 weitere Artikel') $$, 'what is in it');
SELECT results_eq($$ SELECT first_name(n) FROM unnest(ARRAY['Rosa Delgado', 'Delgado, Rosa', 'ROSA DELGADO', 'Mrs. Rosa Delgado', 'Dr Okoye', 'Zoë', 'J. Smith', '', 'Li Na', 'Drew Barry', 'Zoë "Zed" Brown, Jr.', 'King, Martin']) n $$,
    $$ VALUES ('Rosa'), ('Rosa'), ('Rosa'), ('Rosa'), ('Okoye'), ('Zoë'), ('J.'), (''), ('Li'), ('Drew'), ('Zoë'), ('Martin') $$, 'first names');
SELECT results_eq($$ SELECT say_place(p) FROM unnest('{"AUSTIN, TX, US","Austin, TX, US","SAN ANTONIO TX US","KÖLN, DE",LOUISVILLE}'::text[]) p $$,
    $$ VALUES ('Austin, TX, US'), ('Austin, TX, US'), ('San Antonio TX US'), ('Köln, DE'), ('Louisville') $$, 'places do not shout');
SELECT results_eq($$ SELECT url_encode(t) FROM unnest('{1Z999AA1,"A B/C&d=é",""}'::text[]) t $$, $$ VALUES ('1Z999AA1'), ('A%20B%2FC%26d%3D%C3%A9'), ('') $$, 'a number in a link');
SELECT results_eq($$ SELECT spoken(l) FROM unnest('{es,es-mx,FR-ca,de,pt-br,sv,"",NULL}'::text[]) l $$, $$ VALUES ('es'), ('es'), ('fr'), ('de'), ('en'), ('en'), ('en'), ('en') $$, 'languages');
SELECT results_eq($$ SELECT recipient_zone(z, 'Europe/Paris') FROM unnest('{America/Chicago,Nowhere/Town,"","x; drop",ABC5,NULL}'::text[]) z $$,
    $$ VALUES ('America/Chicago'), ('Europe/Paris'), ('Europe/Paris'), ('Europe/Paris'), ('Europe/Paris'), ('Europe/Paris') $$, 'a zone that is none is the brand''s');
SELECT is(recipient_zone('Nowhere/Town', 'Neither/Here'), 'UTC', 'else UTC');
SELECT is((SELECT count(*) FROM status_phrase), (4 * cardinality(enum_range(NULL::shipment_status)))::bigint, 'each status has its words in four languages');
SELECT is_empty($$ SELECT wording FROM status_wording GROUP BY wording HAVING array_agg(language ORDER BY language) <> '{de,en,es,fr}' $$, 'and each wording');

-- ---------------------------------------------------------------- what a message is filled with

UPDATE customer SET language = 'es-MX', time_zone = 'America/Chicago', phone = '(512) 555-0188' WHERE external_id = 't-1';
UPDATE brand SET support = 'help@acme.example', time_zone = 'Europe/Berlin', language = 'de' WHERE id = 9001;
UPDATE exception SET country = 'US', effective_status = 'held' WHERE id = 900001;
-- 03:30 of the 24th in UTC is the evening of the 23rd in Chicago
UPDATE shipment SET promised_at = '2025-11-24T03:30:00Z', edd_at = date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + interval '3 days', city = 'AUSTIN', service = 'UPS Ground' WHERE id = 900001;
INSERT INTO scan_event (shipment_id, occurred_at, dedupe, brand_id, status, provider, place)
    VALUES (900001, date_trunc('year', now()) + interval '2 days 23 hours', gen_random_uuid(), 9001, 'in_transit', 't-ups', 'OLD TOWN');
INSERT INTO order_line (order_id, line, sku, title, quantity) SELECT id, 2, 'BULB', 'Bulb', 2 FROM orders WHERE order_number = 'T-ORDER-1';
CREATE FUNCTION pg_temp.fact(p_id bigint, p_language text, p_name text) RETURNS text LANGUAGE sql AS
    $$ SELECT data #>> string_to_array(p_name, '.') FROM doorstep.outreach_data(ARRAY[p_id], ARRAY[p_language]) $$;
GRANT USAGE ON SCHEMA public TO PUBLIC;
SELECT set_eq($$ SELECT g.key || '.' || n.key FROM outreach_facts('{900001}', '{en}'), jsonb_each(data) g, jsonb_each_text(g.value) n WHERE n.value IS NOT NULL $$,
              'SELECT unnest(template_names())', 'all names of the closed set, and no others');
SET SESSION AUTHORIZATION t_maria;
SELECT results_eq($$ SELECT pg_temp.fact(900001, 'en', n) FROM unnest('{customer.first_name,customer.name,customer.city,order.number,order.total_text,order.items_text,shipment.tracking_number,
    shipment.carrier,shipment.service,shipment.status_text,exception.number,brand.name,brand.support,links.tracking,agent.first_name}'::text[]) n $$,
    $$ VALUES ('Rosa'), ('Rosa Delgado'), ('Austin'), ('T-ORDER-1'), ('$148.20'), ('Desk lamp, 2 more'), ('TEST1'), ('T UPS'), ('UPS Ground'), ('held by the carrier'),
              ('900001'), ('Acme'), ('help@acme.example'), ('https://example.com/TEST1'), ('Maria') $$, 'texts as customers read them');
SELECT is(pg_temp.fact(900001, NULL, 'order.items_text'), 'Desk lamp, 2 más', 'in the customer''s language when none is named');
SELECT is(pg_temp.fact(900001, 'sv', 'shipment.status_text'), 'held by the carrier', 'in English when we do not speak it');
SELECT is(pg_temp.fact(900001, 'en', 'shipment.promised_text'), 'Sunday, November 23, 2025', 'the day is the customer''s, past or not');
SELECT is(pg_temp.fact(900001, 'de', 'exception.reason'), 'Der Paketdienst kann an die Adresse auf dem Paket nicht zustellen. Bitte bestätigen Sie uns Ihre vollständige Adresse.', 'the reason in that language');
RESET SESSION AUTHORIZATION;
SELECT is(pg_temp.fact(900001, 'es', 'shipment.edd_text'), (SELECT say_day((edd_at AT TIME ZONE 'UTC')::date, 'es', date_part('year', now() AT TIME ZONE 'America/Chicago')::int)
            FROM shipment WHERE id = 900001), 'a day without a time is that day everywhere');

-- the last scan: the latest that happened; on both sides of the clock's change
SELECT is(pg_temp.fact(900001, 'en', 'shipment.last_scan_text'), (SELECT say_moment(max(occurred_at) AT TIME ZONE 'America/Chicago', 'en', date_part('year', now() AT TIME ZONE 'America/Chicago')::int)
            FROM scan_event WHERE shipment_id = 900001), 'the latest scan');
INSERT INTO scan_event (shipment_id, occurred_at, dedupe, brand_id, status, provider, place) VALUES
    (900002, '2027-03-14T07:59:00Z', gen_random_uuid(), 9001, 'in_transit', 't-ups', 'AUSTIN TX US'), (900003, '2027-03-14T08:01:00Z', gen_random_uuid(), 9001, 'in_transit', 't-ups', NULL),
    (900004, '2027-11-07T06:30:00Z', gen_random_uuid(), 9001, 'in_transit', 't-ups', NULL), (900005, '2027-11-07T07:30:00Z', gen_random_uuid(), 9001, 'in_transit', 't-ups', NULL);
UPDATE exception SET customer_id = (SELECT id FROM customer WHERE external_id = 't-1') WHERE id BETWEEN 900002 AND 900005;
-- the last of its parts, of which there is one less in the year itself
SELECT results_eq($$ SELECT substring(data #>> '{shipment,last_scan_text}' FROM '[^,]* [AP]M$') FROM outreach_facts('{900002,900003,900004,900005}', '{en,en,en,en}') $$,
    $$ VALUES (' 1:59 AM'), (' 3:01 AM'), (' 1:30 AM'), (' 1:30 AM') $$, 'through the nights the clocks change');
SELECT is(pg_temp.fact(900002, 'en', 'shipment.last_place'), 'Austin TX US', 'and where');

-- the estimate: today counts, yesterday does not, by the customer's day
UPDATE shipment SET edd_at = date_trunc('day', now() AT TIME ZONE 'America/Chicago') AT TIME ZONE 'America/Chicago' + interval '1 minute' WHERE id = 900001;
SELECT isnt(pg_temp.fact(900001, 'en', 'shipment.edd_text'), '', 'an estimate for today is told');
UPDATE shipment SET edd_at = edd_at - interval '2 minutes' WHERE id = 900001;
SELECT is(pg_temp.fact(900001, 'en', 'shipment.edd_text'), '', 'one that has passed is not');

-- what is not known is empty, and nothing raises
UPDATE customer SET time_zone = 'Not/AZone', language = NULL WHERE external_id = 't-1';
UPDATE exception SET language = NULL;
SELECT is(pg_temp.fact(900001, NULL, 'shipment.status_text'), 'beim Paketdienst angehalten', 'without a language the brand''s');
INSERT INTO shipment (id, brand_id, carrier_id, tracking_number) OVERRIDING SYSTEM VALUE SELECT 900050, 0, id, 'A B/1' FROM carrier WHERE code = 'unknown';
INSERT INTO exception (id, kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number, opened_at, search) OVERRIDING SYSTEM VALUE
    SELECT 900050, 'tracking_error', 'low', 'retailer', 0, 'unassigned', 900050, id, code, name, 'A B/1', now(), '' FROM carrier WHERE code = 'unknown';
SELECT results_eq($$ SELECT g.key || '.' || n.key, n.value FROM outreach_facts('{900050}', NULL), jsonb_each(data) g, jsonb_each_text(g.value) n WHERE n.value <> '' ORDER BY 1 $$,
    $$ VALUES ('exception.number', '900050'), ('shipment.status_text', 'not yet reported by the carrier'), ('shipment.tracking_number', 'A B/1') $$,
    'no brand yet, no carrier, no customer, no reason: said nowhere');
UPDATE brand SET tracking_url = 'https://acme.example/track/{}' WHERE id = 9001;
UPDATE exception SET tracking_number = 'A B/1' WHERE id = 900001;
SELECT is(pg_temp.fact(900001, 'en', 'links.tracking'), 'https://acme.example/track/A%20B%2F1', 'the brand''s own page');
-- what the dictionary will not have told is not told
INSERT INTO scan_event (shipment_id, occurred_at, dedupe, brand_id, status, kind, is_exception, provider, code, map_id)
    SELECT 900006, now(), gen_random_uuid(), 9001, 'undeliverable', 'undeliverable', true, 'shipengine', 'X', id FROM status_map WHERE detail = norm_code('NOT_DELIVERED_ADDRESSEE_DECEASED');
UPDATE exception SET kind = 'undeliverable' WHERE id = 900006;
SELECT is(pg_temp.fact(900006, 'en', 'exception.reason'), '', 'a code without wording has no reason');
UPDATE exception SET kind = 'stalled' WHERE id = 900006;
SELECT is(pg_temp.fact(900006, 'es', 'exception.reason'), 'Hace un tiempo que el transportista no da noticias de su paquete. Estamos averiguando dónde está.', 'silence has its kind''s');

-- who sees it
SET SESSION AUTHORIZATION t_zoe;
SELECT results_eq($$ SELECT exception_id FROM outreach_data('{900008,900001,900007,5,900008}', NULL) $$, $$ VALUES (900008::bigint), (900007), (900008) $$, 'own brands only, in the order asked');
RESET SESSION AUTHORIZATION;

-- ---------------------------------------------------------------- versions

CREATE FUNCTION pg_temp.file(p_name text, p_channel text, p_language text, p_body text, p_more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS
    $$ SELECT jsonb_build_object('name', p_name, 'channel', p_channel, 'language', p_language, 'title', 'T', 'body', p_body)
           || CASE p_channel WHEN 'email' THEN '{"subject": "S"}'::jsonb ELSE '{}' END || p_more $$;
CREATE FUNCTION pg_temp.states(p_name text, p_language text) RETURNS text LANGUAGE sql AS
    $$ SELECT string_agg(v.version || v.state::text || ' ' || v.author, ', ' ORDER BY v.version) FROM doorstep.template t JOIN doorstep.template_version v ON v.template_id = t.id
        WHERE t.name = p_name AND t.language = p_language AND t.channel = 'sms' AND t.brand_id IS NULL $$;
SET SESSION AUTHORIZATION t_maria;
SELECT is_empty($$ SELECT s FROM unnest(ARRAY['[]', '"x"', '5', 'null']) s CROSS JOIN LATERAL template_import(gen_random_uuid(), s::jsonb) t
                    WHERE t.code <> 'invalid' OR t.message <> 'a template is an object with name, channel, language and body' $$, 'what is no template''s file');
SELECT results_eq($$ SELECT ok, code, rev FROM template_import(pg_temp.key(1), pg_temp.file('t_one', 'sms', 'en', 'Hello {{customer.first_name}}', '{"required": ["customer.first_name"], "fresh_hours": 48}')) $$,
                  $$ VALUES (true, 'ok', 1) $$, 'an agent drafts');
SELECT results_eq($$ SELECT ok, code, rev FROM template_import(pg_temp.key(1), pg_temp.file('t_one', 'sms', 'en', 'other')) $$, $$ VALUES (true, 'ok', 1) $$, 'once a key');
SELECT results_eq($$ SELECT code, rev FROM template_import(pg_temp.key(2), pg_temp.file('t_one', 'sms', 'en', 'Hello {{customer.first_name}}', '{"required": ["customer.first_name"], "fresh_hours": 48}')) $$,
                  $$ VALUES ('same', 1) $$, 'the same text is no new version');
SELECT results_eq($$ SELECT code, rev FROM template_import(pg_temp.key(3), pg_temp.file('t_one', 'sms', 'en', 'Hello')) $$, $$ VALUES ('ok', 2) $$, 'another is');
SELECT is((SELECT id FROM template_import(pg_temp.key(4), pg_temp.file('t_one', 'sms', 'en', 'Hello'))), template_find('t_one', 'sms', 'en')::bigint, 'found by what it is called');
SELECT is(template_find('t_one', 'email', 'en'), NULL, 'and not by what it is not');
SELECT is(template_find('t_one', 'sms', 'EN', ''), template_find('t_one', 'sms', 'en'), 'a brand that is empty is none');
SELECT results_eq($$ SELECT f.why, i.code, i.message ~ f.says FROM (VALUES
        ('kind', '{"kinds": ["nonsense"]}'::jsonb, 'nonsense.*no kind'), ('internal', '{"kinds": ["tracking_error"]}', 'never told'), ('status', '{"statuses": ["lost", "gone"]}', '"gone".*no shipment status'),
        ('name', '{"required": ["customer.shoe_size"]}', 'customer.shoe_size'), ('vars', '{"provider_names": ["x.y"]}', 'x\.y'), ('subject', '{"subject": "Hi"}', 'only an e-mail'),
        ('fresh', '{"fresh_hours": 0}', 'fresh_hours'), ('fresh', '{"fresh_hours": "soon"}', 'fresh_hours'), ('title', '{"title": " "}', 'title'), ('body', '{"body": ""}', 'no text'), ('brand', '{"brand": "nowhere"}', 'no brand'),
        ('channel', '{"channel": "fax"}', 'fax'), ('language', '{"language": "English"}', 'English'), ('called', '{"name": "Über"}', 'no template name'), ('html', '{"html": "<p>"}', 'only an e-mail'),
        ('long', jsonb_build_object('body', repeat('x', 20001)), 'too long'), ('unassigned', '{"brand": "unassigned"}', 'no brand')) f(why, more, says)
     CROSS JOIN LATERAL template_import(gen_random_uuid(), pg_temp.file('t_bad', 'sms', 'en', 'x', f.more)) i WHERE i.code <> 'invalid' OR i.message !~ f.says $$,
    $$ SELECT ''::text, ''::text, true WHERE false $$, 'what is wrong is refused with a sentence');
SELECT is((SELECT message FROM template_import(gen_random_uuid(), pg_temp.file('t_mail', 'email', 'en', 'x', '{"subject": "a\nb"}'))), 'a subject is one line of at most 400 characters', 'a subject is one line');
SELECT is(template_find('t_bad', 'sms', 'en'), NULL, 'and leaves nothing behind');
SELECT throws_like($$ SELECT * FROM template_approve(pg_temp.key(5), template_find('t_one', 'sms', 'en'), 1) $$, '%takes a lead%', 'an agent does not approve');
SELECT throws_like($$ SELECT * FROM template_retire(pg_temp.key(5), template_find('t_one', 'sms', 'en')) $$, '%takes a lead%', 'nor retire');
SET SESSION AUTHORIZATION t_zoe;
SELECT is((SELECT code FROM template_import(gen_random_uuid(), pg_temp.file('t_z', 'sms', 'en', 'x'))), 'invalid', 'who works for one brand writes for it');
SELECT is((SELECT code FROM template_import(gen_random_uuid(), pg_temp.file('t_z', 'sms', 'en', 'x', '{"brand": "t-acme"}'))), 'invalid', 'not for another');
SELECT is((SELECT code FROM template_import(gen_random_uuid(), pg_temp.file('t_z', 'sms', 'en', 'x', '{"brand": "t-zeta"}'))), 'ok', 'but for it');
SET SESSION AUTHORIZATION t_lea;
SELECT results_eq($$ SELECT code, rev FROM template_approve(pg_temp.key(6), template_find('t_one', 'sms', 'en'), 1) $$, $$ VALUES ('ok', 1) $$, 'a lead approves');
SELECT results_eq($$ SELECT code FROM template_approve(pg_temp.key(7), template_find('t_one', 'sms', 'en'), 1) $$, $$ VALUES ('same') $$, 'once');
SELECT is((SELECT code FROM template_approve(pg_temp.key(8), template_find('t_one', 'sms', 'en'), 2)), 'ok', 'then the next');
SELECT is(pg_temp.states('t_one', 'en'), '1retired t_maria, 2approved t_maria', 'which retires the one before');
SELECT is((SELECT code FROM template_approve(pg_temp.key(9), template_find('t_one', 'sms', 'en'), 1)), 'ok', 'an older one may come back');
SELECT is((SELECT code FROM template_approve(pg_temp.key(10), template_find('t_one', 'sms', 'en'), 3)), 'gone', 'one that is not there may not');
RESET SESSION AUTHORIZATION;
INSERT INTO template_version (template_id, version, title, body, required, author) SELECT template_find('t_one', 'sms', 'en'), 3, 'T', 'x', '{customer.shoe_size}', 't_maria';
SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT code FROM template_approve(pg_temp.key(11), template_find('t_one', 'sms', 'en'), 3)), 'invalid', 'a name that nothing fills is not approved');
SELECT results_eq($$ SELECT code, rev FROM template_retire(pg_temp.key(12), template_find('t_one', 'sms', 'en')) $$, $$ VALUES ('ok', 1) $$, 'taken out of use');
SELECT is((SELECT code FROM template_retire(pg_temp.key(13), template_find('t_one', 'sms', 'en'))), 'same', 'once');
RESET SESSION AUTHORIZATION;
INSERT INTO agent_scope VALUES ('t_lea', 9002);
SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT code FROM template_approve(pg_temp.key(14), template_find('t_one', 'sms', 'en'), 1)), 'denied', 'a lead of one brand does not speak for all');
SELECT is((SELECT code FROM template_retire(pg_temp.key(15), template_find('t_one', 'sms', 'en'))), 'denied', 'nor silences them');
SELECT is((SELECT code FROM template_approve(pg_temp.key(16), template_find('t_z', 'sms', 'en', 't-zeta'), 1)), 'ok', 'but for their own');
RESET SESSION AUTHORIZATION;
DELETE FROM agent_scope WHERE role = 't_lea';

-- ---------------------------------------------------------------- shipping

SELECT is(template_ship(jsonb_build_array(pg_temp.file('t_ship', 'sms', 'en', 'one'), pg_temp.file('t_ship', 'sms', 'es', 'uno')), 'mark 1'), 2, 'shipped texts are in force at once');
SELECT is((SELECT mark FROM template_shipping), 'mark 1', 'and remembered');
SELECT is(template_ship(jsonb_build_array(pg_temp.file('t_ship', 'sms', 'en', 'one'), pg_temp.file('t_ship', 'sms', 'es', 'uno'))), 0, 'the same again is nothing');
SELECT is(template_ship(jsonb_build_array(pg_temp.file('t_ship', 'sms', 'en', 'two')), 'mark 2'), 1, 'a changed one is the next version');
SELECT is(pg_temp.states('t_ship', 'en'), '1retired doorstep, 2approved doorstep', 'in force');
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT rev FROM template_import(pg_temp.key(20), pg_temp.file('t_ship', 'sms', 'en', 'ours'))), 3, 'somebody here writes their own');
RESET SESSION AUTHORIZATION;
SELECT is(template_ship(jsonb_build_array(pg_temp.file('t_ship', 'sms', 'en', 'three'))), 0, 'which is left alone');
SELECT is(pg_temp.states('t_ship', 'en'), '1retired doorstep, 2approved doorstep, 3draft t_maria', 'draft or not');
SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT code FROM template_retire(pg_temp.key(21), template_find('t_ship', 'sms', 'es'))), 'ok', 'a lead retires a shipped one');
RESET SESSION AUTHORIZATION;
SELECT is(template_ship(jsonb_build_array(pg_temp.file('t_ship', 'sms', 'es', 'dos'))), 0, 'which stays so');
SELECT throws_like($$ SELECT template_ship(jsonb_build_array(pg_temp.file('t_ship', 'sms', 'en', 'x', '{"kinds": ["y"]}'))) $$, 'template t_ship.sms.en:%', 'a mistake names its file');

-- ---------------------------------------------------------------- which one fits whom

SELECT is(template_ship(jsonb_build_array(
    pg_temp.file('t_fit', 'sms', 'en', 'en'), pg_temp.file('t_fit', 'sms', 'es', 'es'), pg_temp.file('t_fit', 'sms', 'es-mx', 'mx'), pg_temp.file('t_fit', 'sms', 'de', 'de'),
    pg_temp.file('t_fit', 'email', 'es', 'mail'))), 5, 'some templates');
UPDATE customer SET time_zone = NULL, consent = '{"email": true, "sms": true}', preferred_channel = 'sms' WHERE external_id = 't-1';
CREATE FUNCTION pg_temp.fit(p_language text, p_channel text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    UPDATE doorstep.customer SET language = p_language WHERE external_id = 't-1';
    RETURN (SELECT concat_ws(' ', channel, language, body, to_address, code) FROM doorstep.outreach_render_set('{900001}', NULL, NULL, 't_fit', p_channel));
END
$$;
SELECT results_eq($$ SELECT pg_temp.fit(l) FROM unnest('{es-mx,es-ar,ES,fr,en-gb}'::text[]) l $$,
    $$ VALUES ('sms es-mx mx +15125550188 ok'), ('sms es es +15125550188 ok'), ('sms es es +15125550188 ok'), ('sms de de +15125550188 ok'), ('sms en en +15125550188 ok') $$,
    'the customer''s language, its main one, the brand''s');
UPDATE brand SET language = 'sv' WHERE id = 9001;
SELECT is(pg_temp.fit('fr'), 'sms en en +15125550188 ok', 'else English');
SELECT is(pg_temp.fit('es', 'email'), 'email es mail rosa@example.com ok', 'on the channel asked for');
UPDATE customer SET consent = '{"email": true, "sms": false}' WHERE external_id = 't-1';
SELECT is(pg_temp.fit('es'), 'email es mail rosa@example.com ok', 'without consent for the preferred one, the next');
SELECT is(pg_temp.fit('es', 'sms'), 'sms es es +15125550188 ok', 'what was asked for is shown all the same');
UPDATE customer SET email_bad = 'mailbox full' WHERE external_id = 't-1';
SELECT is(pg_temp.fit('es'), 'no_consent', 'none may be used');
UPDATE customer SET do_not_contact = true WHERE external_id = 't-1';
SELECT is(pg_temp.fit('es'), 'do_not_contact', 'at all');
UPDATE customer SET do_not_contact = false, email_bad = NULL, consent = '{"email": true, "sms": true}' WHERE external_id = 't-1';
-- the brand's own comes first, and is nobody else's
INSERT INTO template (name, channel, language, brand_id) VALUES ('t_fit', 'sms', 'es', 9001), ('t_fit', 'sms', 'fr', 9002);
INSERT INTO template_version (template_id, version, state, title, body, author) SELECT id, 1, 'approved', 'T', 'own ' || brand_id, 't_lea' FROM template WHERE name = 't_fit' AND brand_id IS NOT NULL;
SELECT is(pg_temp.fit('es'), 'sms es own 9001 +15125550188 ok', 'a brand''s own text');
SELECT is(pg_temp.fit('fr'), 'sms en en +15125550188 ok', 'is not another''s');
SET SESSION AUTHORIZATION t_maria;
SELECT results_eq($$ SELECT ord, exception_id, code, message, data IS NOT NULL FROM outreach_render_set('{900007,5,900001}', NULL, NULL, 't_fit', NULL) $$,
    $$ VALUES (1, 900007::bigint, 'no_address', 'it is not known whose parcel this is: its order has not come in', false), (2, 5, 'gone', 'there is no exception #5', false), (3, 900001, 'ok', '', true) $$,
    'a row each, in order, with what is wrong');
SELECT results_eq($$ SELECT body, language, code FROM outreach_render_set('{900007}', NULL, NULL, 't_fit', 'sms') $$, $$ VALUES ('en', 'en', 'ok') $$, 'a named channel needs no address to look at');
SELECT results_eq($$ SELECT code, message FROM outreach_render_set('{900001}', NULL, NULL, 't_fit', 'whatsapp') $$,
    $$ VALUES ('invalid', 'no approved template "t_fit" for WhatsApp fits: its languages or brands are others') $$, 'no template there');
SELECT throws_like($$ SELECT * FROM outreach_render_set('{900001}', NULL, NULL, 'no_such', NULL) $$, '%no template "no_such"%', 'nor one of that name');
SELECT throws_like($$ SELECT * FROM outreach_render_set('{900001}', NULL, NULL, 't_fit', 'fax') $$, '%"fax" is no channel%', 'nor that channel');
-- by number: any version
SELECT results_eq($$ SELECT version, body, code FROM outreach_render_set('{900001}', template_find('t_ship', 'sms', 'en'), 3, NULL, NULL) $$, $$ VALUES (3, 'ours', 'ok') $$, 'a draft can be looked at');
SELECT results_eq($$ SELECT version, body FROM outreach_render_set('{900001}', template_find('t_ship', 'sms', 'en'), NULL, NULL, NULL) $$, $$ VALUES (2, 'two') $$, 'without a version the one in force');
SELECT results_eq($$ SELECT code, template_id FROM outreach_render_set('{900001}', template_find('t_fit', 'sms', 'fr', 't-zeta'), NULL, NULL, NULL) $$, $$ VALUES ('invalid', NULL::int) $$, 'another brand''s is refused');
SELECT results_eq($$ SELECT code, message FROM outreach_render_set('{900001}', template_find('t_ship', 'sms', 'en'), NULL, NULL, 'email') $$,
    $$ VALUES ('invalid', 'template t_ship is for SMS: choose that channel') $$, 'and another channel');
SELECT results_eq($$ SELECT channel, language, template_id, to_address, data #>> '{brand,name}' FROM outreach_render_set('{900001}', NULL, NULL, NULL, NULL) $$,
    $$ VALUES ('sms', 'fr', NULL::int, '+15125550188', 'Acme') $$, 'by hand: where it goes and what is known');
SET SESSION AUTHORIZATION t_zoe;
SELECT throws_like($$ SELECT * FROM outreach_render_set('{900007}', (SELECT id FROM template WHERE name = 't_one'), 9, NULL, NULL) $$, '%there is no template%', 'versions that are not there');
SELECT is((SELECT count(*) FROM template WHERE brand_id = 9001), 0::bigint, 'other brands'' are not seen');
SELECT is((SELECT code FROM outreach_render_set('{900001}', NULL, NULL, 't_fit', 'sms')), 'gone', 'nor their exceptions');
RESET SESSION AUTHORIZATION;

SELECT finish();
ROLLBACK;
