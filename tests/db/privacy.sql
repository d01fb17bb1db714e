-- One person forgotten: nothing of theirs is left in any table, all numbers are, and both chains are whole.
BEGIN;
\ir fixture.psql
SELECT plan(57);

-- ---------------------------------------------------------------- a person with everything

UPDATE customer SET name = 'Xenobia Quartzmann', email = 'xenobia.q@quartz.example', phone = '+15125550199', consent = '{"email": true, "sms": false}' WHERE external_id = 't-1';
SELECT id AS rosa FROM customer WHERE external_id = 't-1' \gset
UPDATE shipment SET customer_id = :rosa, order_id = (SELECT id FROM orders WHERE order_number = 'T-ORDER-1'), city = 'Quartzville', postal_code = 'QZ7 9XQ', region = 'TX',
       access_instructions = 'gate code Quartz 4711' WHERE id = 900001;
UPDATE exception SET customer_name = 'Xenobia Quartzmann', city = 'Quartzville', postal_code = 'QZ7 9XQ', region = 'TX', reason = 'Left with Quartzmann',
       search = search_words('TEST1', 'T-ORDER-1', 'Xenobia Quartzmann', 'xenobia.q@quartz.example', '+15125550199', 'Quartzville', NULL) WHERE id = 900001;
SET session_replication_role = replica;   -- as the feed wrote it
UPDATE scan_event SET message = 'Signed by Quartzmann', place = 'Quartzville, TX' WHERE shipment_id = 900001;
SET session_replication_role = origin;

SET SESSION AUTHORIZATION t_maria;
SELECT count(*) AS done FROM claim(pg_temp.key(1), '{900001}') \gset
SELECT count(*) AS done FROM note(pg_temp.key(2), '{900001}', 'Mrs Quartzmann called, she is angry') \gset
SELECT count(*) AS done FROM case_open(pg_temp.key(3), '{900001}', 'customer', 'normal', 'Quartzmann wants a word', NULL, 'ask Quartzmann for the gate') \gset
SELECT count(*) AS done FROM override_apply(pg_temp.key(4), '{900001}', 'delayed', 'customer_confirmed', 'Quartzmann says so') \gset
SELECT draft_save(900001, 'email', NULL, NULL, 'Dear Quartzmann', 'Hello Xenobia') AS done \gset
SELECT typed_save('note', 900001, 'Quartzmann said') AS done, typed_save('case_note', (SELECT max(id) FROM support_case), 'Quartzmann wants') AS done \gset
RESET SESSION AUTHORIZATION;
INSERT INTO outreach (key, exception_id, shipment_id, customer_id, brand_id, channel, to_address, to_name, language, subject, body, text_hash, by, undo_until, send_after, message_id, state, reason, sent_at)
SELECT gen_random_uuid(), 900001, 900001, :rosa, 9001, 'email', 'xenobia.q@quartz.example', 'Xenobia Quartzmann', 'en', 'Dear Xenobia', 'Hello Xenobia Quartzmann', gen_random_uuid(), 't_maria',
       now(), now(), 'm' || s, s::outreach_state, 'xenobia.q@quartz.example said so', CASE s WHEN 'sent' THEN now() END FROM unnest('{sent,queued,failed}'::text[]) s;
INSERT INTO outreach_attempt (outreach_id, fence, at, outcome, message, worker) SELECT id, 1, now(), 'sent', '250 xenobia.q@quartz.example', 'w' FROM outreach WHERE message_id = 'msent';
INSERT INTO outreach_receipt (provider, event_id, outreach_id, what, at, message) SELECT 'p', 'e1', id, 'delivered', now(), 'xenobia.q@quartz.example' FROM outreach WHERE message_id = 'msent';
INSERT INTO contact (brand_id, customer_id, exception_id, channel, from_address, at, text, provider, provider_id)
    VALUES (9001, :rosa, 900001, 'email', 'xenobia.q@quartz.example', now(), 'Where is it? Xenobia', 't', '<1@quartz.example>');
INSERT INTO inbox (source, content_type, body, failed) VALUES ('receipt/twilio', 'text/plain', 'from xenobia.q@quartz.example', 'not read'), ('receipt/twilio', 'text/plain', 'from rosa', 'not read'),
    ('receipt/vonage', 'text/plain', 'from=xenobia.q%40quartz.example&text=Mrs+Quartzmann', 'not read'), ('carrier/easypost', 'text/plain', '\377 of T-ORDER-1, signed Quartz', 'not read');
SELECT token FROM page WHERE shipment_id = 900001 \gset
UPDATE brand SET page_url = 'https://track.example.com/p', form_url = 'https://track.example.com/hook' WHERE id = 9001;
INSERT INTO inbox (source, content_type, body) VALUES ('form/address', 'application/json', convert_to(format('{"token": "%s", "action": "address", "fields": {"line1": "1 Quartz Street", "city": "Austin"}}', :'token'), 'UTF8'));
INSERT INTO csat (exception_id, brand_id, shipment_id, score, at) VALUES (900001, 9001, 900001, 2, now());
INSERT INTO case_attempt (sync_id, fence, outcome, message, worker) SELECT s.id, 1, 'retry', 'no requester xenobia.q@quartz.example', 'w' FROM case_sync s LIMIT 1;
INSERT INTO unmapped_code (provider, code, detail, sample, sample_tracking) VALUES ('t-ups', 'Q9', '', 'for Quartzmann', 'TEST1');
INSERT INTO rule_firing (rule_id, exception_id, episode, version, shipment_id, brand_id, event, at, outcome, why, what)
    VALUES (1, 900001, 0, 1, 900001, 9001, 'opened', now(), 'done', NULL, 'sends late_promise to Quartzmann'), (2, 900001, 0, 1, 900001, 9001, 'opened', now(), 'held', 'outage', 'for Quartzmann');
SET CONSTRAINTS ALL IMMEDIATE;

-- What the database holds of a word, as a dump would have it: every column of every table.
CREATE FUNCTION pg_temp.traces(p_word text) RETURNS TABLE (place text, n bigint) LANGUAGE plpgsql AS $$
DECLARE
    t record;
BEGIN
    FOR t IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'doorstep'::regnamespace AND c.relkind = 'r' LOOP
        EXECUTE format('SELECT count(*) FROM doorstep.%I x WHERE x::text ILIKE %L OR x::text ILIKE %L', t.relname, '%' || p_word || '%', '%' || encode(convert_to(p_word, 'UTF8'), 'hex') || '%') INTO n;
        place := t.relname;
        IF n > 0 THEN
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;
SELECT cmp_ok((SELECT count(*) FROM pg_temp.traces('quartz')), '>', 10::bigint, 'the person is in many tables');
CREATE FUNCTION pg_temp.as(p_role text, p text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    EXECUTE format('SET SESSION AUTHORIZATION %I', p_role);
    EXECUTE p INTO said;
    RESET SESSION AUTHORIZATION;
    RETURN said;
EXCEPTION WHEN others THEN
    RESET SESSION AUTHORIZATION;
    RETURN sqlstate || ' ' || sqlerrm;
END
$$;
SELECT is(pg_temp.as('t_lea', 'SELECT string_agg(x::text, E''\n'') FROM audit_verify(900001) x'), NULL, 'its activity is whole before');
SELECT is(pg_temp.as('t_lea', 'SELECT string_agg(x::text, E''\n'') FROM control_verify() x'), NULL, 'and the log of control');

-- ---------------------------------------------------------------- found, shown, exported

SELECT is(pg_temp.as('t_maria', 'SELECT string_agg(name || '' '' || email || '' '' || phone, '','') FROM customer_find(''XENOBIA.q@quartz.example'', 5)'),
          'Xenobia Quartzmann x…q@quartz.example +1 … 99', 'found by e-mail, addresses masked');
SELECT is(pg_temp.as('t_maria', format('SELECT count(*) FROM customer_find(%L, 5)', x)), '1', 'found by ' || x) FROM unnest('{quartzmann,+15125550199,t-1,T-ORDER-1,test1}'::text[]) x;
SELECT is(pg_temp.as('t_zoe', 'SELECT count(*) FROM customer_find(''quartzmann'', 5)'), '0', 'not by people of another brand');
SELECT matches(pg_temp.as('t_vic', 'SELECT count(*) FROM customer_find(''quartzmann'', 5)'), '^42501', 'nor by viewers');
SELECT is((SELECT count(*) FROM contact_access), 0::bigint, 'nobody saw an address so far');
SELECT is(pg_temp.as('t_maria', format('SELECT email FROM customer_show(%s)', :rosa)), 'xenobia.q@quartz.example', 'shown in clear');
SELECT is(pg_temp.as('t_maria', format('SELECT email FROM customer_show(%s)', :rosa)), 'xenobia.q@quartz.example', 'twice');
SELECT is(pg_temp.as('t_lea', format('SELECT role || '' '' || what FROM contact_access_list(%s, NULL, NULL, 10)', :rosa)), 't_maria show', 'recorded once');
SELECT is(pg_temp.as('t_maria', 'SELECT compose(900001) ->> ''email'''), 'xenobia.q@quartz.example', 'who writes sees where it goes');
SELECT is(pg_temp.as('t_lea', format('SELECT count(*) FROM contact_access_list(%s, ''t_maria'', NULL, 10)', :rosa)), '2', 'which is recorded');
SELECT is(pg_temp.as('t_maria', 'SELECT email FROM context_head(900001)'), 'x…q@quartz.example', 'the screen beside the queue has it masked');
SELECT matches(pg_temp.as('t_maria', 'SELECT email FROM customer LIMIT 1'), '^42501', 'nobody reads the column');
SELECT matches(pg_temp.as('t_maria', 'SELECT to_address FROM outreach LIMIT 1'), '^42501', 'nor a message''s');
SELECT matches(pg_temp.as('t_vic', 'SELECT search FROM exception LIMIT 1'), '^42501', 'nor the words an exception is found by, where addresses stand');
SELECT matches(pg_temp.as('t_vic', 'SELECT count(*) FROM exception e WHERE e.search LIKE ''%quartz%'''), '^42501', 'nor by asking for them');
SELECT is(pg_temp.as('t_vic', 'SELECT count(*) FROM search_all_ids(''%xenobia.q@quartz%'')'), '1', 'they are found by all the same');
SELECT matches(pg_temp.as('t_maria', format('SELECT CASE set_config(''transaction_read_only'', ''on'', true) WHEN ''on'' THEN (SELECT email FROM customer_show(%s)) END', :rosa)),
               '^25006 who sees addresses is written down', 'not in a session that writes nothing down');
SELECT matches(pg_temp.as('t_lea', format('SELECT CASE set_config(''transaction_read_only'', ''on'', true) WHEN ''on'' THEN customer_export(%s)::text END', :rosa)), '^25006', 'nor exported there');
SELECT matches(pg_temp.as('t_maria', 'SELECT count(*) FROM contact_access_list(NULL, NULL, NULL, 10)'), '^42501', 'who looked is for leads');
SELECT is((pg_temp.as('t_lea', format('SELECT customer_export(%s)', :rosa))::jsonb #>> '{customer,email}'), 'xenobia.q@quartz.example', 'exported');
SELECT ok(pg_temp.as('t_lea', format('SELECT customer_export(%s)', :rosa))::jsonb -> 'outreach' -> 0 ->> 'body' = 'Hello Xenobia Quartzmann', 'with what was written to them');
SELECT unalike(pg_temp.as('t_lea', format('SELECT customer_export(%s)', :rosa)), '%is angry%', 'without what was noted of them');
SELECT is(pg_temp.as('t_lea', format('SELECT customer_export(%s)', :rosa))::jsonb #>> '{csat,0,score}', '2', 'with the score they gave');
SELECT matches(pg_temp.as('t_maria', format('SELECT customer_export(%s)', :rosa)), '^42501', 'by leads');

-- ---------------------------------------------------------------- refused

SELECT matches(pg_temp.as('t_maria', format('SELECT count(*) FROM customer_forget(pg_temp.key(20), ''{%s}'', ''asked'')', :rosa)), '^42501', 'agents forget nobody');
SELECT is(pg_temp.as('t_lea', format('SELECT code || '' '' || message FROM customer_forget(pg_temp.key(21), ''{%s}'', ''asked'')', :rosa)),
          'stale exception #900001 of theirs is open, and nobody could be told how it ends: resolve it, or forget them all the same with --under-way', 'not while something is open');
SELECT is(pg_temp.as('t_lea', 'SELECT code FROM customer_forget(pg_temp.key(22), ''{4711}'', ''asked'')'), 'gone', 'nor who is not there');
SELECT matches(pg_temp.as('t_lea', format('SELECT code FROM customer_forget(pg_temp.key(23), ''{%s}'', '' '')', :rosa)), '^22023', 'nor without a reason');

-- ---------------------------------------------------------------- forgotten

CREATE TEMP TABLE counts AS
    SELECT (SELECT count(*) FROM activity) AS acts, (SELECT count(*) FROM outreach) AS sent, (SELECT count(*) FROM contact) AS contacts, (SELECT count(*) FROM exception) AS exceptions,
           (SELECT count(*) FROM scan_event) AS scans, (SELECT count(*) FROM consent_change) AS consents;
SELECT is(pg_temp.as('t_lea', format('SELECT code || message FROM customer_forget(pg_temp.key(24), ''{%s}'', ''asked for it'', true)', :rosa)), 'ok', 'forgotten');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is_empty($$ SELECT * FROM pg_temp.traces('quartz') $$, 'no table has the name or the address');
SELECT matches(pg_temp.as('t_lea', 'SELECT string_agg(text, ''|'') FROM context_activity(900001, 50)'), '(^|\|)note: \[erased\]', 'the timeline still says what was done');
SELECT is_empty($$ SELECT * FROM pg_temp.traces('xenobia') $$, 'nor the first name');
SELECT is((SELECT string_agg(encode(body, 'escape'), ',') FROM inbox), 'from rosa', 'nor a document that could not be read, nor a form that waits');
SELECT is((SELECT data FROM page_facts('{900001}', now())), NULL, 'their tracking page goes');
SELECT is((SELECT code FROM form_add(:'token', 'feedback', '{"score": "1", "text": "Quartz"}')), 'gone', 'and takes nothing any more');
SELECT is((SELECT outcome FROM form_merge(jsonb_build_object('token', :'token', 'action', 'feedback', 'fields', '{"text": "Quartz"}'::jsonb), now())), 'duplicate', 'nor what was on its way');
SELECT is(json_ascii('Zoë "Q" 5%'), 'Zo\\u00eb "Q" 5%', 'names are looked for as JSON writes them, too');
SELECT is_empty($$ SELECT * FROM pg_temp.traces('5550199') $$, 'nor the telephone');
SELECT is_empty($$ SELECT * FROM pg_temp.traces('QZ7 9XQ') $$, 'nor the postal code');
SELECT results_eq('SELECT acts + 1, sent, contacts, exceptions, scans, consents FROM counts',
                  'SELECT (SELECT count(*) FROM activity), (SELECT count(*) FROM outreach), (SELECT count(*) FROM contact), (SELECT count(*) FROM exception), (SELECT count(*) FROM scan_event), (SELECT count(*) FROM consent_change)', 'all numbers stay');
SELECT is(pg_temp.as('t_lea', 'SELECT string_agg(x::text, E''\n'') FROM audit_verify(900001) x'), NULL, 'the activity is whole, by what it was');
SELECT is(pg_temp.as('t_lea', 'SELECT string_agg(x::text, E''\n'') FROM control_verify() x'), NULL, 'and the log of control');
SELECT matches(pg_temp.as('t_lea', 'SELECT string_agg(note, '','') FROM audit_notes()'), 'redacted: \d+ rows, by 1 act', 'which say how much was redacted');
SELECT is((SELECT string_agg(state::text, ',' ORDER BY id) FROM outreach WHERE customer_id = :rosa), 'sent,cancelled,failed', 'what had not gone out does not');
SELECT is(pg_temp.as('t_lea', format('SELECT code FROM customer_forget(pg_temp.key(25), ''{%s}'', ''again'', true)', :rosa)), 'same', 'once is enough');

-- An altered row cannot be passed off as redacted.
SET session_replication_role = replica;
UPDATE activity SET text = 'nothing happened' WHERE exception_id = 900001 AND seq = 1;
SELECT isnt(pg_temp.as('t_lea', 'SELECT count(*) FROM audit_verify(900001)'), '0', 'a redacted row that was altered is found');
SET session_replication_role = origin;
SELECT throws_like($$ UPDATE activity SET text = '' WHERE exception_id = 900001 $$, '%append-only%', 'nobody else changes the activity');
SELECT throws_like($$ DELETE FROM redaction $$, '%append-only%', 'nor what was redacted');

-- ---------------------------------------------------------------- and stays so

CREATE FUNCTION pg_temp.order_of(p_number text, p_placed text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO feed_stage (batch, seq, doc, rec, data) VALUES (pg_temp.key(77), 0, 0, 'o', jsonb_build_object('brand', 't-acme', 'order_number', p_number, 'placed_at', p_placed,
        'customer', '{"external_id": "t-1", "name": "Xenobia Quartzmann", "email": "xenobia.q@quartz.example", "phone": "+15125550199", "consent": {"sms": true, "email": true}}'::jsonb,
        'shipments', '[{"carrier": "t-ups", "tracking_number": "TEST1", "destination": {"city": "Quartzville", "postal_code": "QZ7 9XQ", "region": "TX"}}]'::jsonb));
    PERFORM feed_merge(pg_temp.key(77));
END
$$;
SELECT pg_temp.order_of('T-ORDER-1', '2026-11-18T09:12:00Z');
SELECT is_empty($$ SELECT * FROM pg_temp.traces('quartz') $$, 'an order told again does not bring them back');
SELECT pg_temp.order_of('T-ORDER-9', to_char(now() + interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'));
SELECT is((SELECT string_agg(consent ->> 'email' || ' ' || (consent ->> 'sms'), ',') FROM customer WHERE external_id = 't-1' AND forgotten_at IS NULL), 'true false',
          'who orders again is somebody new, and what they did not want they do not get');

SELECT * FROM finish();
ROLLBACK;
