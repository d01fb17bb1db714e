-- Outages: what is refused, who is in, clocks in every order of events, messages held, overlapping ones, their end and its undo.
BEGIN;
\ir fixture.psql
SELECT plan(93);

-- how a clock is: "runs 1.0" or "stands 1.0" with the hours left of the first response; "lost", "both" are faults
CREATE FUNCTION pg_temp.clock(p bigint) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN first_response_due_at IS NULL AND first_left_s IS NULL THEN 'lost'
                WHEN first_response_due_at IS NOT NULL AND first_left_s IS NOT NULL AND state <> 'resolved' THEN 'both'
                WHEN num_nonnulls(first_response_due_at, resolve_due_at) = 1 OR num_nonnulls(first_left_s, resolve_left_s) = 1 THEN 'half'
                WHEN first_left_s IS NOT NULL THEN 'stands ' ELSE 'runs ' END
           || coalesce(round(coalesce(first_left_s, extract(epoch FROM first_response_due_at - clock_timestamp())) / 3600.0, 1)::text, '')
      FROM exception WHERE id = p $$;
CREATE FUNCTION pg_temp.at(p text) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(id - 900000 || ':' || pg_temp.clock(id), ' ' ORDER BY id) FROM exception WHERE id = ANY (p::bigint[]) $$;
CREATE TEMP SEQUENCE keys START 1000;
GRANT USAGE ON SEQUENCE keys TO PUBLIC;
CREATE FUNCTION pg_temp.k() RETURNS uuid LANGUAGE sql VOLATILE AS $$ SELECT ('00000000-0000-4000-8000-' || lpad(nextval('keys')::text, 12, '0'))::uuid $$;
CREATE FUNCTION pg_temp.declare(p_scope text, p_hold boolean, p_pause boolean) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT code || ': ' || message FROM doorstep.outage_declare(pg_temp.k(), p_scope::jsonb, 'no scans since noon', p_hold, p_pause, NULL, NULL, NULL) $$;
CREATE FUNCTION pg_temp.live(n int) RETURNS int LANGUAGE sql AS $$ SELECT id FROM doorstep.outage WHERE ended_at IS NULL ORDER BY id OFFSET n - 1 LIMIT 1 $$;
CREATE FUNCTION pg_temp.finish(p int) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT code || ': ' || message FROM doorstep.outage_end(pg_temp.k(), ARRAY[p], NULL) $$;
-- each starts as the fixture has it: n hours left
UPDATE exception SET first_response_due_at = clock_timestamp() + (id - 900000) * interval '1 hour', resolve_due_at = clock_timestamp() + (id - 900000 + 10) * interval '1 hour' WHERE id > 900000;
UPDATE exception SET region = 'TX', service = 'Ground', postal_code = '78701', city = 'Austin', country = 'US' WHERE id BETWEEN 900001 AND 900004;
UPDATE exception SET region = 'CA', service = 'Air' WHERE id BETWEEN 900005 AND 900006;
UPDATE exception SET region = 'TX' WHERE id = 900007;

-- ---------------------------------------------------------------- scopes

SELECT is(scope_text('{"carrier": ["ups"], "region": ["TX", "new york"], "not": {"service": ["air"]}}'), 'carrier:ups region:TX,"new york" -service:air', 'a scope is a filter');
SELECT is((SELECT count(*)::int FROM exception e WHERE id > 900000 AND scope_covers('{"region": ["tx"]}', e)), 5, 'in any case of letters');
SELECT is((SELECT count(*)::int FROM exception e WHERE id > 900000 AND scope_covers('{"postal": ["787"]}', e)), 4, 'a postal code by its beginning');
SELECT is((SELECT count(*)::int FROM exception e WHERE id > 900000 AND scope_covers('{"carrier": ["T-UPS"], "not": {"service": ["air"]}}', e)), 6, 'what is not known has not what is excluded');
SELECT is_empty($$
    SELECT s.scope FROM (VALUES ('{"region": ["tx"]}'::jsonb), ('{"carrier": ["t-ups"], "not": {"region": ["TX"], "service": ["AIR"]}}'), ('{"postal": ["787", "9"]}'),
                                ('{"kind": ["address_issue"], "brand": ["T-ZETA"], "region": ["TX"]}'), ('{"city": ["it''s \"x\"", "austin"], "not": {"postal": ["1"]}}')) s(scope)
     CROSS JOIN LATERAL query_to_xml('SELECT count(*) FROM doorstep.exception e WHERE ' || scope_where(s.scope) || ' AND NOT doorstep.scope_covers('
                                     || quote_literal(s.scope) || '::jsonb, e) OR NOT coalesce(' || scope_where(s.scope) || ', false) AND doorstep.scope_covers(' || quote_literal(s.scope) || '::jsonb, e)', true, false, '') x
     WHERE (xpath('//count/text()', x))[1]::text <> '0' $$, 'the condition and the function agree');

-- ---------------------------------------------------------------- what is refused

SET SESSION AUTHORIZATION t_maria;
SELECT matches(pg_temp.declare('{"region": ["TX"]}', false, false), '^denied: t_maria may not declare outages: it takes a lead', 'an agent is told who may');
SELECT is((SELECT allowed::text || ' ' || exceptions FROM outage_preview('{"region": ["TX"]}')), 'false 5', 'but may look');
SET SESSION AUTHORIZATION t_lea;
SELECT matches(pg_temp.declare('{}', false, false), '^invalid: say what is out', 'an empty scope');
SELECT matches(pg_temp.declare('{"not": {"region": ["TX"]}}', false, false), '^invalid: it only says what is not in it', 'only exclusions');
SELECT matches(pg_temp.declare('{"kind": ["lost"], "brand": ["t-acme"]}', false, false), '^invalid: a brand or a kind alone', 'only kind and brand');
SELECT matches(pg_temp.declare('{"owner": ["x"]}', false, false), '^invalid: a scope has no "owner"', 'no property of a parcel');
SELECT matches(pg_temp.declare('{"region": "TX"}', false, false), '^invalid: region is a list', 'another shape');
SELECT matches(pg_temp.declare('{"carrier": ["nope"]}', false, false), '^invalid: there is no carrier "nope"', 'a carrier that is not there');
SELECT matches(pg_temp.declare('{"region": ["TX"], "brand": ["nope"]}', false, false), '^invalid: there is no brand "nope" among yours', 'a brand that is not there');
SELECT is((SELECT code || ': ' || message FROM outage_declare(pg_temp.k(), '{"region": ["TX"]}', '  ', false, false, NULL, NULL, NULL)),
          'invalid: say what is known, in a sentence: everybody reads it while the outage lasts', 'no message');
SELECT matches((SELECT message FROM outage_declare(pg_temp.k(), '{"region": ["TX"]}', 'x', false, false, NULL, NULL, now() - interval '1 hour')), '^that time has passed', 'an end in the past');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT count(*)::int FROM outage), 0, 'and nothing was declared');

-- ---------------------------------------------------------------- everything that is open

INSERT INTO carrier (id, code, name) VALUES (9002, 't-dhl', 'T DHL');
INSERT INTO shipment (id, brand_id, carrier_id, tracking_number) OVERRIDING SYSTEM VALUE SELECT 910000 + n, 9001, 9001 + n % 2, 'WIDE' || n FROM generate_series(1, 30) n;
SAVEPOINT wide;
UPDATE exception SET country = 'US' WHERE state <> 'resolved';
INSERT INTO exception (kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number, country)
    SELECT 'stalled', 'low', 'carrier', 9001, 't-acme', 910000 + n, 9001 + n % 2, CASE n % 2 WHEN 0 THEN 't-ups' ELSE 't-dhl' END, 'T', 'WIDE' || n, 'US' FROM generate_series(1, 30) n;
SET SESSION AUTHORIZATION t_lea;
SELECT matches(pg_temp.declare('{"country": ["US"]}', false, false), '^invalid: that is every open exception, all 38 of them: name the carrier', 'all that is open is no outage');
SELECT matches((SELECT refusal FROM outage_preview('{"country": ["us"]}')), '^that is every open exception', 'as the preview says');
RESET SESSION AUTHORIZATION;
ROLLBACK TO wide;

-- ---------------------------------------------------------------- declaring

SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT code FROM wait(pg_temp.k(), '{900002}', now() + interval '1 day', 'asked')), 'ok', 'one waits before');
SET SESSION AUTHORIZATION t_lea;
SELECT matches(pg_temp.declare('{"region": ["TX"], "carrier": ["t-ups"], "brand": ["t-acme"]}', true, true),
               '^ok: outage [0-9]+ declared: T UPS brand:t-acme region:TX, 4 exceptions; automatic messages are held; 3 clocks stand$', 'declared');
SELECT matches(pg_temp.declare('{"carrier": ["T-UPS"], "brand": ["T-ACME"], "region": ["tx"]}', false, false), '^same: outage [0-9]+ is that already: t_lea declared it just now$', 'the same again is the same');
SELECT results_eq($$ SELECT j ->> 'exceptions', j ->> 'fresh', (j ->> 'hold_messages')::boolean FROM jsonb_array_elements(control_state() -> 'outages') j $$,
                  $$ VALUES ('4', '3', true) $$, 'everybody reads how many are in it');
RESET SESSION AUTHORIZATION;
SELECT is(pg_temp.at('{900001,900002,900003,900004,900005,900007}'), '1:stands 1.0 2:stands 2.0 3:stands 3.0 4:stands 4.0 5:runs 5.0 7:runs 7.0', 'the clocks in it stand');
SELECT is((SELECT array_agg(id ORDER BY id) FROM exception WHERE sla_held), '{900001,900002,900003,900004}', 'and that is known');
SELECT is((SELECT count(*)::int FROM exception WHERE id BETWEEN 900001 AND 900004 AND due_at IS NOT NULL), 0, 'nothing is due');
SELECT is((SELECT count(*)::int FROM activity WHERE verb = 'outage'), 4, 'the timelines tell it');
SELECT is_empty($$ SELECT * FROM audit_verify(NULL) $$, 'their chains hold');
SELECT is((SELECT verb FROM control_log WHERE subject LIKE 'outage%' ORDER BY seq DESC LIMIT 1), 'declare', 'so does the log of control');
SET SESSION AUTHORIZATION t_zoe;
SELECT is(jsonb_array_length(control_state() -> 'outages'), 0, 'who works for other brands does not see it');
SELECT is((SELECT count(*)::int FROM outage_ids(ARRAY[pg_temp.live(1)])), 0, 'nor who is in it');
SELECT is((SELECT count(*)::int FROM message_hold), 0, 'nor its hold');
RESET SESSION AUTHORIZATION;

-- ---------------------------------------------------------------- messages

SELECT is((SELECT string_agg(g.guardrail, ' ') FROM guardrails(ARRAY[ROW (1, 900001, NULL, NULL, 'email', 'en', 'rosa@example.com', 's', 'b', NULL, true, NULL, '{}')::guard_item], now()) g
            WHERE g.guardrail = 'outage_hold'), 'outage_hold', 'messages in it are held');
INSERT INTO template (name, channel, language) SELECT 'carrier_outage', 'email', 'en' WHERE NOT EXISTS (SELECT FROM template WHERE name = 'carrier_outage' AND channel = 'email' AND language = 'en' AND brand_id IS NULL);
INSERT INTO template_version (template_id, version, state, title, body, author)
    SELECT t.id, 990, 'retired', 'Outage', 'b', 'doorstep' FROM template t WHERE t.name = 'carrier_outage' AND t.channel = 'email' AND t.language = 'en' AND t.brand_id IS NULL;
SELECT is((SELECT count(*)::int FROM template t, guardrails(ARRAY[ROW (1, 900001, t.id, 990, 'email', 'en', 'rosa@example.com', 's', 'b', NULL, e.edited, NULL, '{}')::guard_item], now()) g
            WHERE t.name = 'carrier_outage' AND t.channel = 'email' AND t.language = 'en' AND t.brand_id IS NULL AND g.guardrail = 'outage_hold'), n, e.label)
  FROM (VALUES (false, 0, 'but for the outage''s own wording'), (true, 1, 'unless it was changed')) e(edited, n, label);
SELECT is((SELECT count(*)::int FROM guardrails(ARRAY[ROW (1, 900005, NULL, NULL, 'email', 'en', NULL, 's', 'b', NULL, true, NULL, '{}')::guard_item], now()) g WHERE g.guardrail = 'outage_hold'), 0, 'others are not');
SELECT set_config('t.stamp', (SELECT stamp::text FROM guard_stamps('{900001}', ARRAY[NULL::int], ARRAY[NULL::int], ARRAY[NULL::bigint])), true) <> '' AS kept \gset
UPDATE exception SET service = 'Slow' WHERE id = 900001;
SELECT isnt((SELECT stamp::text FROM guard_stamps('{900001}', ARRAY[NULL::int], ARRAY[NULL::int], ARRAY[NULL::bigint])), current_setting('t.stamp'), 'verdicts rest on the service, too');
SET SESSION AUTHORIZATION t_lea;
SELECT matches((SELECT code || ': ' || message FROM hold_end(pg_temp.k(), (SELECT hold_id FROM outage WHERE id = pg_temp.live(1)))), '^invalid: hold [0-9]+ is outage', 'its hold ends with it');
RESET SESSION AUTHORIZATION;

-- ---------------------------------------------------------------- joining and leaving

UPDATE exception SET region = 'TX' WHERE id = 900005;
SELECT is(pg_temp.clock(900005) || (SELECT outages = ARRAY[pg_temp.live(1)] FROM exception WHERE id = 900005), 'stands 5.0true', 'one whose region becomes this joins');
UPDATE exception SET region = 'NM' WHERE id = 900005;
SELECT is(pg_temp.clock(900005) || (SELECT outages FROM exception WHERE id = 900005)::text, 'runs 5.0{}', 'and leaves when it is another');
INSERT INTO exception (id, kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number, region, first_response_due_at, resolve_due_at) OVERRIDING SYSTEM VALUE
    VALUES (900020, 'stalled', 'low', 'carrier', 9001, 't-acme', 910001, 9001, 't-ups', 'T UPS', 'WIDE1', 'TX', clock_timestamp() + interval '1 hour', clock_timestamp() + interval '2 hours');
SELECT is(pg_temp.clock(900020), 'stands 1.0', 'a new one joins');
SELECT is((SELECT (j ->> 'exceptions')::int FROM jsonb_array_elements(control_state() -> 'outages') j), 5, 'they are counted');
-- as if it had been written unseen
ALTER TABLE exception DISABLE TRIGGER outages_changed;
UPDATE exception SET region = 'TX', updated_at = clock_timestamp() WHERE id = 900006;
ALTER TABLE exception ENABLE TRIGGER outages_changed;
SELECT is(outage_due(), 1, 'what was written at the same moment is put right');
SELECT is(pg_temp.clock(900006), 'stands 6.0', 'its clock, too');
SELECT is(outage_due(), 0, 'once');

-- ---------------------------------------------------------------- clocks: what people do meanwhile

SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT string_agg(code, ' ') FROM wait(pg_temp.k(), '{900001}', now() + interval '1 day', 'asked')), 'ok', 'wait inside');
SELECT is((SELECT string_agg(code, ' ') FROM resolve(pg_temp.k(), '{900003}', 'delivered', NULL)), 'ok', 'resolve inside');
SELECT is((SELECT string_agg(code, ' ') FROM reopen(pg_temp.k(), '{900003}', NULL)), 'ok', 'and reopen inside');
SELECT is((SELECT string_agg(code, ' ') FROM resolve(pg_temp.k(), '{900006}', 'delivered', NULL)), 'ok', 'resolve inside, another');
SELECT is((SELECT string_agg(code, ' ') FROM work(pg_temp.k(), '{900002}')), 'ok', 'back to work inside what waited before');
RESET SESSION AUTHORIZATION;
SELECT is(pg_temp.at('{900001,900002,900003}'), '1:stands 1.0 2:stands 2.0 3:stands 3.0', 'whatever is done, they stand');
SELECT is((SELECT count(*)::int FROM exception WHERE sla_held AND due_at IS NOT NULL), 0, 'and nothing is due');
-- undo of the work: waiting again, of the wait before it: as if it had not waited
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT string_agg(code, ' ') FROM undo(pg_temp.k())), 'ok', 'undo of work inside');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT state || ' ' || pg_temp.clock(id) FROM exception WHERE id = 900002), 'waiting stands 2.0', 'waits again, nothing lost');

-- ---------------------------------------------------------------- overlapping

SET SESSION AUTHORIZATION t_lea;
SELECT matches(pg_temp.declare('{"city": ["Austin"]}', true, true), '^ok: outage [0-9]+ declared: city:Austin, 4 exceptions; automatic messages are held; 0 clocks stand$', 'a second one over the first');
SELECT matches(pg_temp.finish(pg_temp.live(1)), '^ok: outage [0-9]+ is over: 0 messages queued again; 1 clock runs; 5 to follow up: outage:', 'the first ends');
RESET SESSION AUTHORIZATION;
SELECT is(pg_temp.at('{900001,900002,900003,900004,900020}'), '1:stands 1.0 2:stands 2.0 3:stands 3.0 4:stands 4.0 20:runs 1.0', 'the strictest holds: only what the second has not runs');
SELECT is((SELECT count(*)::int FROM guardrails(ARRAY[ROW (1, 900001, NULL, NULL, 'email', 'en', 'rosa@example.com', 's', 'b', NULL, true, NULL, '{}')::guard_item], now()) g
            WHERE g.guardrail = 'outage_hold'), 1, 'messages are still held');
SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT code || ' ' || message FROM outage_set(pg_temp.k(), pg_temp.live(1), '{"pause_sla": false, "until": "2020-01-01T00:00:00Z"}')), 'invalid that time has passed: give one in the future', 'no change to a past end');
SELECT matches((SELECT code || ' ' || message FROM outage_set(pg_temp.k(), pg_temp.live(1), '{"pause_sla": false}')), '^ok outage [0-9]+ is changed: clocks run: 2$', 'clocks run by a change, but for those that wait');
SELECT matches((SELECT code || ' ' || message FROM outage_set(pg_temp.k(), pg_temp.live(1), '{"pause_sla": true}')), '^ok outage [0-9]+ is changed: clocks stand: 2$', 'and stand again');
SELECT matches(pg_temp.finish(pg_temp.live(1)), '^ok: outage [0-9]+ is over: .*; 2 clocks run; 4 to follow up', 'the second ends');
RESET SESSION AUTHORIZATION;
SELECT is(pg_temp.at('{900001,900002,900003,900004}'), '1:stands 1.0 2:stands 2.0 3:runs 3.0 4:runs 4.0', 'all run that do not wait');

-- ---------------------------------------------------------------- afterwards

SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT string_agg(code, ' ') FROM work(pg_temp.k(), '{900001,900002}')) || (SELECT string_agg(code, ' ') FROM reopen(pg_temp.k(), '{900006}')), 'ok okok', 'answers came, and one is open again');
RESET SESSION AUTHORIZATION;
SELECT is(pg_temp.at('{900001,900002,900006}'), '1:runs 1.0 2:runs 2.0 6:runs 6.0', 'nothing was lost');
SELECT is((SELECT count(*)::int FROM exception WHERE sla_held), 0, 'nothing is held any more');
SELECT is((SELECT count(*)::int FROM outage_counter), 0, 'nor counted');

-- ---------------------------------------------------------------- an end between an action and its undo

CREATE FUNCTION pg_temp.across(p_verb text, p_id bigint) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SET SESSION AUTHORIZATION t_lea';
    PERFORM pg_temp.declare('{"city": ["Austin"], "service": ["Ground", "Slow"]}', false, true);
    EXECUTE 'SET SESSION AUTHORIZATION t_maria';
    IF p_verb = 'wait' THEN
        PERFORM doorstep.wait(pg_temp.k(), ARRAY[p_id], now() + interval '1 day', 'asked');
    ELSIF p_verb = 'work' THEN
        PERFORM doorstep.work(pg_temp.k(), ARRAY[p_id]);
    ELSE
        PERFORM doorstep.resolve(pg_temp.k(), ARRAY[p_id], 'delivered', NULL);
    END IF;
    EXECUTE 'SET SESSION AUTHORIZATION t_lea';
    PERFORM pg_temp.finish(pg_temp.live(1));
    EXECUTE 'SET SESSION AUTHORIZATION t_maria';
    RETURN (SELECT string_agg(u.code, ' ') FROM doorstep.undo(pg_temp.k()) u);
END
$$;
SELECT is(pg_temp.across('wait', 900001), 'ok', 'wait inside, end, undo');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT state || ' ' || pg_temp.clock(id) FROM exception WHERE id = 900001), 'working runs 1.0', 'it runs with what was left');
SELECT is(pg_temp.across('resolve', 900002), 'ok', 'resolve inside, end, undo');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT state || ' ' || pg_temp.clock(id) FROM exception WHERE id = 900002), 'working runs 2.0', 'likewise');
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT string_agg(code, ' ') FROM wait(pg_temp.k(), '{900003}', now() + interval '1 day', 'asked')), 'ok', 'one waits');
RESET SESSION AUTHORIZATION;
SELECT is(pg_temp.across('work', 900003), 'ok', 'worked on inside, end, undo');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT state || ' ' || pg_temp.clock(id) FROM exception WHERE id = 900003), 'waiting stands 3.0', 'it waits as before');
SET SESSION AUTHORIZATION t_lea;
SELECT matches(pg_temp.declare('{"city": ["Austin"]}', false, true), '^ok', 'one more');
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT string_agg(code, ' ') FROM work(pg_temp.k(), '{900003}')), 'ok', 'back to work inside');
RESET SESSION AUTHORIZATION;
SELECT is(pg_temp.clock(900003), 'stands 3.0', 'stands');

-- ---------------------------------------------------------------- scans that come meanwhile

CREATE FUNCTION pg_temp.feed(p_code text, p_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    b uuid := gen_random_uuid();
BEGIN
    INSERT INTO feed_stage (batch, seq, doc, rec, carrier, tracking_number, provider, code, status, occurred_at)
    VALUES (b, 1, 1, 'e', 't-ups', 'TEST4', 'doorstep', p_code, p_code, p_at);
    PERFORM feed_merge(b);
END
$$;
UPDATE shipment SET region = 'TX', city = 'Austin', service = 'Ground' WHERE id = 900004;
SELECT pg_temp.feed('damaged', clock_timestamp());
SELECT is((SELECT sla_held || ' ' || split_part(pg_temp.clock(id), ' ', 1) FROM exception WHERE id = 900004), 'true stands', 'a worse scan inside');
SELECT pg_temp.feed('delivered', clock_timestamp());
SELECT is((SELECT state::text FROM exception WHERE id = 900004), 'resolved', 'delivered inside');
SELECT pg_temp.feed('damaged', clock_timestamp());
SELECT is((SELECT state || ' ' || sla_held || ' ' || split_part(pg_temp.clock(id), ' ', 1) FROM exception WHERE shipment_id = 900004 ORDER BY id DESC LIMIT 1), 'new true stands', 'and open again inside');
SET SESSION AUTHORIZATION t_lea;
SELECT matches(pg_temp.finish(pg_temp.live(1)), '^ok', 'over');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT state || ' ' || sla_held || ' ' || split_part(pg_temp.clock(id), ' ', 1) FROM exception WHERE shipment_id = 900004 ORDER BY id DESC LIMIT 1), 'new false runs', 'and it runs');

-- ---------------------------------------------------------------- undo

SET SESSION AUTHORIZATION t_lea;
SELECT matches(undo_stays(), '^the end of outage [0-9]+ stays: what it held may have gone out; declare it again', 'an end is not taken back');
SELECT unalike(coalesce(undo_peek(), ''), 'the declaration%', 'nor is the declaration offered of what one ended oneself');
SELECT matches(pg_temp.declare('{"city": ["Austin"]}', true, true), '^ok', 'declared again');
SELECT is(regexp_replace(undo_peek(), '[0-9]+', 'N'), 'the declaration of outage N, city:Austin', 'undo names it');
SELECT matches((SELECT code || ' ' || message FROM undo(pg_temp.k())), '^ok outage [0-9]+ is taken back: 0 messages queued again; 4 clocks run$', 'and takes it back');
RESET SESSION AUTHORIZATION;
SELECT is(pg_temp.at('{900001,900002,900003}'), '1:runs 1.0 2:runs 2.0 3:runs 3.0', 'as if it had not been');
SELECT ok((SELECT NOT (SELECT max(id) FROM outage) = ANY (outages) FROM exception WHERE id = 900001), 'nor was it in it');
SET SESSION AUTHORIZATION t_lea;
SELECT matches(pg_temp.declare('{"city": ["Austin"]}', true, false), '^ok', 'declared once more');
SET SESSION AUTHORIZATION t_adam;
SELECT matches(pg_temp.finish(pg_temp.live(1)), '^ok', 'and another lead ends it');
SET SESSION AUTHORIZATION t_lea;
SELECT matches((SELECT id || ' ' || message FROM undo(pg_temp.k())), '^0 outage [0-9]+ is over: t_adam ended it', 'which its declarer is told, of no exception');
RESET SESSION AUTHORIZATION;
SELECT is_empty($$ SELECT * FROM audit_verify(NULL) $$, 'the chains hold to the end');

SELECT * FROM finish();
ROLLBACK;
