-- The dictionary as people change it: drafts, previews, versions, codes put aside, and parcels read anew.
BEGIN;
\ir fixture.psql
SELECT plan(123);
CREATE ROLE t_lou LOGIN IN ROLE doorstep_lead;
CREATE ROLE t_lez LOGIN IN ROLE doorstep_lead;           -- of brand t-zeta
INSERT INTO agent_scope VALUES ('t_lez', 9002);
CREATE FUNCTION pg_temp.as(p_role text, p_call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    EXECUTE format('SET SESSION AUTHORIZATION %I', p_role);
    EXECUTE p_call INTO said;
    RESET SESSION AUTHORIZATION;
    RETURN said;
EXCEPTION WHEN insufficient_privilege OR invalid_parameter_value THEN
    RETURN sqlerrm;
END
$$;
CREATE FUNCTION pg_temp.drafts(p_role text, p_draft text) RETURNS text LANGUAGE sql AS
    $$ SELECT pg_temp.as(p_role, format('SELECT concat_ws('': '', code, message) FROM doorstep.dictionary_draft_save(gen_random_uuid(), %L)', p_draft)) $$;
CREATE FUNCTION pg_temp.newest() RETURNS bigint LANGUAGE sql AS $$ SELECT max(id) FROM dictionary_draft $$;
CREATE FUNCTION pg_temp.approves(p_role text, p_draft bigint, p_expect bigint DEFAULT NULL, p_days int DEFAULT NULL) RETURNS text LANGUAGE sql AS
    $$ SELECT pg_temp.as(p_role, format('SELECT concat_ws('': '', code, message) FROM doorstep.dictionary_approve(gen_random_uuid(), %s, %L, %L)', p_draft, p_expect, p_days)) $$;
CREATE FUNCTION pg_temp.ahead(p_role text, p_draft bigint) RETURNS text LANGUAGE sql AS
    $$ SELECT pg_temp.as(p_role, format('SELECT string_agg(concat_ws('' '', what, was, becomes, carrier, count), ''; '' ORDER BY what) FROM doorstep.dictionary_preview(%s) WHERE what <> ''scans''', p_draft)) $$;
-- The worker's pass, until it says that there is no more: all it did.
CREATE FUNCTION pg_temp.works() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    r record;
    said text := '';
BEGIN
    LOOP
        EXECUTE 'SET SESSION AUTHORIZATION t_will';
        SELECT * INTO r FROM doorstep.pass_remap(NULL);
        EXECUTE 'RESET SESSION AUTHORIZATION';
        said := said || CASE WHEN r.did <> '{}' THEN r.did::text ELSE '' END;
        EXIT WHEN NOT r.again;
    END LOOP;
    RETURN said;
END
$$;

-- Parcels of two brands with scans as the merge makes them: fed, not written.
CREATE SEQUENCE pg_temp.batch_seq;
CREATE FUNCTION pg_temp.feed(p_number text, p_code text, p_detail text, p_message text, p_ago interval) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    b uuid := gen_random_uuid();
    r record;
BEGIN
    INSERT INTO feed_stage (batch, seq, doc, rec, provider, carrier, tracking_number, occurred_at, code, detail, message)
    VALUES (b, 0, 0, 'e', 'ups', 'ups', p_number, clock_timestamp() - p_ago, p_code, p_detail, p_message);
    SELECT * INTO r FROM feed_merge(b);
    RETURN concat_ws(' ', r.opened, r.updated, r.resolved, r.unmapped);
END
$$;
CREATE FUNCTION pg_temp.stands(p_number text) RETURNS text LANGUAGE sql AS
    $$ SELECT concat_ws(' ', e.kind, e.severity, e.state, e.resolution) FROM exception e WHERE e.tracking_number = p_number ORDER BY e.id DESC LIMIT 1 $$;
CREATE FUNCTION pg_temp.told(p_number text) RETURNS text LANGUAGE sql AS
    $$ SELECT a.actor || ' ' || a.verb || ': ' || a.text FROM exception e JOIN activity a ON a.exception_id = e.id WHERE e.tracking_number = p_number ORDER BY e.id DESC, a.seq DESC LIMIT 1 $$;

SELECT is(string_agg(pg_temp.feed('1ZQ' || n, 'Q9', NULL, 'Apartment missing', interval '3 hours'), ','), '1 0 0 1,1 0 0 1,1 0 0 1,1 0 0 1', 'a code of no entry opens other') FROM generate_series(1, 4) n;
UPDATE shipment SET brand_id = CASE WHEN tracking_number = '1ZQ4' THEN 9002 ELSE 9001 END WHERE tracking_number LIKE '1ZQ%';
UPDATE exception SET brand_id = s.brand_id, brand = b.code, rev = rev + 1 FROM shipment s JOIN brand b ON b.id = s.brand_id WHERE s.id = shipment_id AND s.tracking_number LIKE '1ZQ%';
UPDATE scan_event e SET brand_id = s.brand_id FROM shipment s WHERE s.id = e.shipment_id AND s.tracking_number LIKE '1ZQ%';
SELECT is((SELECT max(version) FROM dictionary_version), (SELECT max(version) FROM status_map), 'the newest version has entries');
SELECT max(version) AS v FROM dictionary_version \gset

-- ---------------------------------------------------------------- the list of codes nobody knows

SELECT is(pg_temp.as('t_maria', $$ SELECT concat_ws(' ', code, count, open, samples -> 0 ->> 'text', samples -> 0 ->> 'seen', drafts) FROM doorstep.dictionary_todo() WHERE provider = 'ups' $$),
          'Q9 4 4 Apartment missing 4 0', 'what is not known: how often, what is open because of it, in which words');
SELECT is(pg_temp.as('t_zoe', $$ SELECT concat_ws(' ', code, count, open, sample_tracking, samples -> 0 ->> 'tracking_number') FROM doorstep.dictionary_todo() WHERE provider = 'ups' $$),
          'Q9 1 1 1ZQ4 1ZQ4', 'who works for one brand is told of its parcels alone');
SELECT is(pg_temp.as('t_maria', $$ SELECT code || ': ' || message FROM doorstep.dictionary_ignore(gen_random_uuid(), 'ups', 'q9', '', 'a test of theirs') $$),
          'ok: ups Q9 is put aside until it was seen 40 times', 'it is put aside');
SELECT is(pg_temp.as('t_maria', $$ SELECT count(*) FROM doorstep.dictionary_todo() WHERE provider = 'ups' $$), '0', 'and off the list');
SELECT is(pg_temp.as('t_maria', $$ SELECT ignored_by || ': ' || ignored_reason FROM doorstep.dictionary_todo('ignored') WHERE provider = 'ups' $$), 't_maria: a test of theirs', 'with who and why');
UPDATE unmapped_code SET count = 40 WHERE provider = 'ups' AND code = 'Q9';
SELECT is(pg_temp.as('t_maria', $$ SELECT count(*) FROM doorstep.dictionary_todo() WHERE provider = 'ups' $$), '1', 'seen ten times as often it is back');
SELECT is(pg_temp.as('t_maria', $$ SELECT code FROM doorstep.dictionary_ignore(gen_random_uuid(), 'ups', 'NOSUCH', '', 'x') $$), 'gone', 'what is not there is not put aside');
SELECT is(pg_temp.as('t_maria', $$ SELECT message FROM doorstep.dictionary_ignore(gen_random_uuid(), 'ups', 'Q9', NULL, NULL) $$), 'ups Q9 is on the list again', 'and back by hand');

-- ---------------------------------------------------------------- what a draft may not be

SELECT is(pg_temp.drafts('t_maria', d), 'invalid: ' || w, w) FROM (VALUES
    ('{"provider": "ups", "code": "Q9", "kind": "nonsense"}', 'there is no kind "nonsense"'),
    ('{"provider": "ups", "code": "Q9", "role": "open", "label": "x"}', 'what opens an exception needs a kind: --kind'),
    ('{"provider": "ups", "code": "Q9", "role": "clear", "label": "x"}', 'what ends exceptions needs the kinds it ends: --clears'),
    ('{"provider": "ups", "code": "Q9", "clears": "held,nonsense", "label": "x"}', 'there is no kind "nonsense" to end'),
    ('{"provider": "ups", "code": "Q9", "kind": "held"}', 'give the label a text'),
    ('{"provider": "ups", "code": "Q9", "kind": "held", "label": "a\u0007b"}', 'the label has control characters'),
    ('{"provider": "ups", "code": "Q9", "kind": "held", "label": "1234567890123456789012345678901234567890123456789012345678901"}', 'the label has 61 characters: at most 60'),
    ('{"provider": "ups", "code": "Q9", "kind": "held", "label": "x", "wording": "nonsense"}', 'there is no wording "nonsense": draft it first, "doorstep dictionary word nonsense en TEXT"'),
    ('{"provider": "ups", "code": "Q9", "kind": "tracking_error", "label": "x", "wording": "held"}', 'a tracking error is never told to a customer: leave out --wording'),
    ('{"provider": "ups", "label": "x", "kind": "held"}', 'an entry needs a code, a detail or a text to look for'),
    ('{"provider": "upss", "code": "Q9", "kind": "held", "label": "x"}', 'no scan was ever read by "upss": "doorstep dictionary list" names the providers'),
    ('{"provider": "ups", "code": "Q9", "kind": "held", "label": "x", "pattern": "(a+)+$"}', 'the expression repeats what is a repeat itself, which may take forever: say it without one of them'),
    ('{"provider": "ups", "code": "Q9", "kind": "held", "label": "x", "pattern": "((a|b*)c)*"}', 'the expression repeats what is a repeat itself, which may take forever: say it without one of them'),
    ('{"provider": "ups", "code": "Q9", "kind": "held", "label": "x", "pattern": "(a)\\1"}', 'the expression uses options, looks around or refers back: only plain groups, classes and repeats are let in'),
    ('{"provider": "ups", "code": "Q9", "kind": "held", "label": "x", "pattern": "a{1,900}"}', 'the expression repeats something more than 50 times'),
    ('{"provider": "ups", "code": "Q9", "kind": "held", "label": "x", "pattern": "a|"}', 'the expression fits any text: say which words it looks for'),
    ('{"provider": "ups", "code": "Q9", "kind": "held", "label": "x", "pattern": "."}', 'the expression fits any text: say which words it looks for'),
    ('{"provider": "ups", "code": "Q9", "kind": "held", "label": "x", "pattern": "(a"}', 'the expression is not one: parentheses () not balanced'),
    ('{"provider": "ups", "code": "Q9", "kind": "held", "label": "x", "nonsense": 1}', 'a draft has no "nonsense"'),
    ('{"what": "retire", "provider": "ups", "code": "Q9"}', 'the dictionary has no entry ups Q9: "doorstep dictionary list ups" shows what it has'),
    ('{"what": "retire", "provider": "doorstep", "code": "lost"}', 'the entries of "doorstep" are the statuses themselves: they cannot be retired'),
    ('{"what": "word", "wording": "lost", "language": "xx1", "text": "x"}', 'name the language as "es" or "pt-br"'),
    ('{"what": "word", "wording": "brand_new", "language": "es", "text": "x"}', 'there is no wording "brand_new" in English yet: that comes first'),
    ('{"what": "word", "wording": "lost", "language": "pt", "text": "Ola {{name}}"}', 'customers read the wording as it is: no {{names}} and no HTML')) v(d, w);
SELECT is(wrong_pattern(repeat('a', 201), 'ups'), 'the expression is longer than 200 characters: look for fewer words', 'long expressions');
SELECT is_empty($$ SELECT DISTINCT provider, pattern, wrong_pattern(pattern, provider) FROM status_map WHERE pattern IS NOT NULL AND wrong_pattern(pattern, provider) IS NOT NULL $$,
                'all that the dictionary has may be drafted again');
SELECT is(pg_temp.drafts('t_vic', '{"provider": "ups", "code": "Q9", "kind": "held", "label": "x"}'), 't_vic may not draft entries of the dictionary: it takes an agent; an admin can change that with "doorstep user"', 'viewers draft nothing');

-- ---------------------------------------------------------------- a draft, looked at beforehand

SELECT is(pg_temp.drafts('t_maria', '{"provider": "UPS", "code": " q9 ", "kind": "address_issue", "status": "delayed", "label": "Address needs a look", "note": "seen since May"}'),
          format('ok: draft %s: ups Q9 opens address_issue, status delayed; a lead who works for all brands approves it', pg_temp.newest()), 'an agent drafts');
SELECT is((SELECT wording FROM dictionary_draft WHERE id = pg_temp.newest()), 'address_issue', 'customers read the kind''s words unless others are named');
SELECT is((SELECT count(*)::int FROM status_map WHERE code = 'Q9'), 0, 'the dictionary does not know it yet');
SELECT is(pg_temp.ahead('t_maria', pg_temp.newest()), 'kind other address_issue ups 4', 'what it would change');
SELECT is(pg_temp.as('t_zoe', format('SELECT string_agg(concat_ws('' '', what, count, ids), ''; '') FROM doorstep.dictionary_preview(%s)', pg_temp.newest())),
          format('scans 1 []; kind 1 [%s]', (SELECT id FROM exception WHERE tracking_number = '1ZQ4')), 'of their own brand, for who works for one');
SELECT is(pg_temp.as('t_vic', 'SELECT state || '' '' || mine || '' '' || may_decide || '' '' || note FROM doorstep.dictionary_drafts()'), 'draft false false seen since May', 'everybody may read what is drafted');
SELECT is(pg_temp.approves('t_maria', pg_temp.newest()), 't_maria may not approve what the dictionary says: it takes a lead; an admin can change that with "doorstep user"', 'who drafts does not approve');
SELECT is(pg_temp.approves('t_lez', pg_temp.newest()), 't_lez may not approve what the dictionary says: it takes somebody who works for all brands', 'nor a lead of one brand');
SELECT is(pg_temp.approves('t_lea', pg_temp.newest()), format('ok: version %s: ups Q9; for scans from now on', :v + 1), 'a lead does');
SELECT is(pg_temp.approves('t_lea', pg_temp.newest()), format('same: draft %s was approved by t_lea', pg_temp.newest()), 'once');
SELECT is((SELECT concat_ws(' ', role, kind, status, wording, version) FROM status_lookup('ups', '0Q9', NULL, 'x')), 'open address_issue delayed address_issue ' || (:v + 1), 'the merge reads it');
SELECT is((SELECT text FROM control_log WHERE subject = 'dictionary v' || (:v + 1)), format('version %s: ups Q9; for scans from now on', :v + 1), 'it is in the log of control');
SELECT is(pg_temp.stands('1ZQ1'), 'other medium new', 'what was read before stays as it was');
SELECT is(pg_temp.feed('1ZN1', 'Q9', NULL, 'Apartment missing', interval '2 hours') || ' ' || pg_temp.stands('1ZN1'), '1 0 0 0 address_issue high new', 'what comes is read by it');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is(pg_temp.as('t_maria', $$ SELECT count(*) FROM doorstep.dictionary_todo('all') WHERE code = 'Q9' $$), '0', 'the code is off the list');

-- ---------------------------------------------------------------- history, on request

SELECT is((SELECT count(*)::int FROM pg_temp.works() w WHERE w <> ''), 0, 'a worker has nothing to do before that');
SELECT is(pg_temp.as('t_maria', $$ SELECT code FROM doorstep.dictionary_reprocess(gen_random_uuid(), 'ups', 'Q9', 30, NULL) $$),
          't_maria may not have scans read anew: it takes a lead; an admin can change that with "doorstep user"', 'agents do not ask for it');
SELECT matches(pg_temp.as('t_lea', $$ SELECT code || ': ' || message FROM doorstep.dictionary_reprocess(gen_random_uuid(), 'ups', 'Q9', 30, NULL) $$),
               '^ok: job \d+ reads 30 days anew by dictionary v' || (:v + 1) || '$', 'leads do');
SELECT is(pg_temp.as('t_vic', 'SELECT state || '' '' || done || '' '' || subject FROM doorstep.dictionary_jobs()'), 'waiting 0 ups Q9', 'everybody sees how far it is');
SELECT is((SELECT message || '|' || coalesce(label, '-') || '|' || kind FROM scan_event e JOIN shipment s ON s.id = e.shipment_id WHERE s.tracking_number = '1ZQ1'), 'Apartment missing|-|other', 'nothing yet');
SELECT is(pg_temp.works(), '{"read_anew": 4, "changed_by_dictionary": 4}', 'the worker reads them anew');
SELECT is(pg_temp.stands('1ZQ1'), 'address_issue high new', 'the exception is of that kind now');
SELECT is(pg_temp.told('1ZQ1'), format('worker reread: read anew: ups Q9 is now address_issue (dictionary v%s), was other', :v + 1), 'and its timeline says why');
SELECT is((SELECT message || '|' || label || '|' || kind || '|' || status FROM scan_event e JOIN shipment s ON s.id = e.shipment_id WHERE s.tracking_number = '1ZQ1'),
          'Apartment missing|Address needs a look|address_issue|delayed', 'the scan reads otherwise, the carrier''s words are the same');
SELECT is((SELECT count(*) || ' ' || min(r.kind::text) || ' ' || bool_and(r.map_id IS NULL) FROM scan_reading r), '4 other true', 'what it had been read as is kept');
SELECT is((SELECT carrier_status || ' ' || effective_status FROM shipment WHERE tracking_number = '1ZQ1'), 'delayed delayed', 'the shipment follows');
SELECT is((SELECT concat_ws(' ', e.reason, e.marks & 8, e.fault, e.carrier_status) FROM exception e WHERE tracking_number = '1ZQ1'), 'Address needs a look 0 consignee delayed', 'and its line in the queue');
SELECT is(pg_temp.as('t_vic', 'SELECT state || '' '' || done || '' '' || total || '' '' || changed || '' '' || moved FROM doorstep.dictionary_jobs()'), 'done 5 5 4 4', 'the job is done');
SELECT is(pg_temp.as('t_zoe', 'SELECT state || '' '' || num_nulls(done, total, changed, opened, resolved, moved) FROM doorstep.dictionary_jobs()'), 'done 6', 'how many is for who works for all brands');
SELECT is((SELECT count(*)::int FROM audit_verify()), 0, 'the log of each is whole');
SELECT is((SELECT count(*)::int FROM outreach), 0, 'no customer was told anything');
SELECT throws_like($$ UPDATE scan_event SET kind = 'lost' $$, '%append-only%', 'nobody else changes how a scan reads');
SELECT throws_like($$ SELECT set_config('doorstep.reads_anew', txid_current()::text, true), (SELECT 1); UPDATE scan_event SET message = 'x' $$, '%append-only%', 'and nobody at all what the carrier said');

-- ---------------------------------------------------------------- what closes

SELECT ok(pg_temp.drafts('t_lea', '{"provider": "ups", "code": "Q9", "role": "normal", "status": "in_transit", "label": "Processed"}') LIKE 'ok:%', 'a code turns out to be nothing');
SELECT is(pg_temp.ahead('t_lea', pg_temp.newest()), 'closed address_issue closed ups 5', 'that closes them');
UPDATE control_policy SET override_threshold = 3;
SELECT is(pg_temp.approves('t_lea', pg_temp.newest()), 'denied: it would close 5 exceptions: to go on, say that number (--expect 5)', 'many closings are said as a number');
SELECT is(pg_temp.approves('t_lea', pg_temp.newest(), 5), 'denied: it would change 5 exceptions, more than 3: somebody else approves it', 'and are not its author''s to approve');
SELECT is(pg_temp.approves('t_lou', pg_temp.newest(), 4), 'denied: it would close 5 exceptions: to go on, say that number (--expect 5)', 'the number has to be right');
SELECT matches(pg_temp.approves('t_lou', pg_temp.newest(), 5, 30), format('^ok: version %s: ups Q9; job \d+ reads 30 days anew$', :v + 2), 'another lead, with the number');
SELECT ok((SELECT count(*) = 1 FROM case_open(gen_random_uuid(), ARRAY(SELECT id FROM exception WHERE tracking_number = '1ZQ2'), 'claim', NULL, NULL, NULL, NULL) WHERE ok), 'one has a case by then');
SELECT is(pg_temp.works(), '{"read_anew": 5, "resolved_by_dictionary": 4}', 'the worker closes what is over');
SELECT is(pg_temp.stands('1ZQ1') || ', ' || pg_temp.stands('1ZQ2'), 'address_issue high resolved no_action, address_issue high new', 'what has an open case stays');
SELECT is(pg_temp.told('1ZQ1'), format('worker reread: read anew: ups Q9 is now an ordinary scan (dictionary v%s): address issue is over', :v + 2), 'it says so');
SELECT is((SELECT e.ended_in FROM status_map e WHERE e.code = 'Q9' AND e.ended_in IS NOT NULL), :v + 2, 'the entry before ended with that version');
SELECT is(pg_temp.as('t_maria', $$ SELECT string_agg(version || ' ' || reading || ' ' || scans || ' ' || coalesce(ended_in::text, '-'), ', ' ORDER BY version DESC) FROM doorstep.dictionary_history('ups', 'q9', NULL) $$),
          format('%s an ordinary scan, status in_transit 5 -, %s opens address_issue, status delayed 0 %s', :v + 2, :v + 1, :v + 2), 'its history');

-- ---------------------------------------------------------------- what opens, what stays

SELECT ok(pg_temp.feed('1ZO1', 'I', 'ZQ', 'Held for a reason', interval '5 days') || pg_temp.feed('1ZO2', 'I', 'ZQ', 'Held for a reason', interval '5 days')
          || pg_temp.feed('1ZO3', 'I', 'ZQ', 'Something else', interval '5 days') || pg_temp.feed('1ZO2', 'D', NULL, 'Delivered', interval '4 days') = '0 0 0 00 0 0 00 0 0 00 0 0 0', 'ordinary scans');
SELECT ok(pg_temp.drafts('t_maria', '{"provider": "ups", "code": "I", "detail": "ZQ", "pattern": "held for", "kind": "held", "status": "held", "label": "Held, reason in the text"}') LIKE 'ok:%', 'were not, where they say so');
SELECT is(pg_temp.ahead('t_maria', pg_temp.newest()), 'opened held ups 1', 'opens what no later scan ends');
SELECT matches(pg_temp.approves('t_lea', pg_temp.newest(), NULL, 30), '^ok', 'approved');
UPDATE rule_setting SET listens = '{opened,resolved}';
SELECT is(pg_temp.works(), '{"read_anew": 2, "opened_by_dictionary": 1}', 'both are read anew, one opens');
SELECT is((SELECT count(*)::int FROM rule_event), 0, 'and no rule hears of it');
UPDATE rule_setting SET listens = '{}';
SELECT is(concat_ws(', ', pg_temp.stands('1ZO1'), pg_temp.stands('1ZO2'), pg_temp.stands('1ZO3')), 'held medium new', 'the other was delivered since, the third says something else');
SELECT is(pg_temp.told('1ZO1'), format('worker reread: read anew: ups I/ZQ is now held (dictionary v%s)', :v + 3), 'its timeline says how it came');
SELECT is((SELECT problems FROM shipment WHERE tracking_number = '1ZO1'), 1, 'the shipment has a problem');

-- a person's severity, and what the sweeps opened
SELECT pg_temp.as('t_bob', format('SELECT code FROM doorstep.severity(gen_random_uuid(), ''{%s}'', ''low'')', id)) AS lowered FROM exception WHERE tracking_number = '1ZO1' \gset
INSERT INTO exception (kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number, opened_at, search)
    SELECT 'stalled', 'medium', 'carrier', s.brand_id, 'unassigned', s.id, s.carrier_id, 'ups', 'UPS', s.tracking_number, clock_timestamp() - interval '1 day', '1zo3' FROM shipment s WHERE s.tracking_number = '1ZO3';
SELECT ok(pg_temp.drafts('t_maria', '{"provider": "ups", "code": "I", "detail": "ZQ", "pattern": "held for", "severity": "critical"}') LIKE 'ok:%', 'an entry is changed in one thing');
SELECT is((SELECT concat_ws(' ', role, kind, status, severity, label) FROM dictionary_draft WHERE id = pg_temp.newest()), 'open held held critical Held, reason in the text', 'the rest stays');
SELECT is(pg_temp.ahead('t_maria', pg_temp.newest()), NULL, 'the severity a person chose stays');
SELECT matches(pg_temp.approves('t_lea', pg_temp.newest(), NULL, 30), '^ok', 'approved');
SELECT is(pg_temp.works() || pg_temp.stands('1ZO1'), '{"read_anew": 2}held low new', 'with history, too');
SELECT ok(pg_temp.drafts('t_maria', '{"provider": "ups", "code": "I", "detail": "ZQ", "role": "normal", "status": "in_transit", "label": "Processed", "pattern": "something"}') LIKE 'ok:%', 'what is read anew');
SELECT is(pg_temp.ahead('t_maria', pg_temp.newest()), NULL, 'ends no silence that came after it');

-- ---------------------------------------------------------------- retiring, drafts that are stale

SELECT ok(pg_temp.drafts('t_maria', '{"what": "retire", "provider": "ups", "code": "I", "detail": "ZQ", "pattern": "held for"}') LIKE 'ok:%', 'an entry may go');
SELECT pg_temp.newest() AS going \gset
SELECT is(pg_temp.ahead('t_maria', :going), 'closed held closed ups 1', 'what it opened closes, where what remains says so');
SELECT ok(pg_temp.drafts('t_lou', '{"provider": "ups", "code": "I", "detail": "ZQ", "pattern": "held for", "label": "Held"}') LIKE 'ok:%', 'somebody else changes it meanwhile');
SELECT matches(pg_temp.approves('t_lou', pg_temp.newest()), '^ok', 'and is approved first');
SELECT matches(pg_temp.approves('t_lea', :going), '^invalid: ups I/ZQ "held for" was changed since draft', 'then the other is to be made again');
SELECT is(pg_temp.as('t_maria', format('SELECT code || '': '' || message FROM doorstep.dictionary_reject(gen_random_uuid(), %s, ''too late'')', :going)), format('ok: draft %s is withdrawn', :going), 'its author withdraws it');
SELECT is(pg_temp.as('t_bob', format('SELECT code FROM doorstep.dictionary_reject(gen_random_uuid(), %s, NULL)', (SELECT max(id) FROM dictionary_draft WHERE by = 't_maria' AND state = 'draft'))),
          't_bob may not reject drafts of others: it takes a lead; an admin can change that with "doorstep user"', 'other agents do not');

-- ---------------------------------------------------------------- words and labels

SELECT ok(pg_temp.drafts('t_maria', '{"what": "word", "wording": "held", "language": "pt", "text": "A transportadora está com o seu pacote."}') LIKE 'ok:%', 'customers'' words in a further language');
SELECT matches(pg_temp.approves('t_lea', pg_temp.newest()), '^ok: version \d+: wording held \(pt\)$', 'are approved likewise');
SELECT is((SELECT text FROM status_wording WHERE wording = 'held' AND language = 'pt'), 'A transportadora está com o seu pacote.', 'and read');
SELECT ok(pg_temp.drafts('t_maria', '{"what": "label", "provider": "ups", "code": "I", "detail": "ZQ", "pattern": "held for", "language": "es", "label": "Retenido"}') LIKE 'ok:%', 'agents'' labels, too');
SELECT matches(pg_temp.approves('t_lea', pg_temp.newest()), '^ok', 'approved');
SELECT is(pg_temp.as('t_maria', format('SELECT label FROM doorstep.context_scans(%s, 5)', (SELECT id FROM exception WHERE tracking_number = '1ZO1'))), 'Held, reason in the text', 'as it was read');
SELECT ok(pg_temp.as('t_lou', $$ SELECT code FROM doorstep.dictionary_reprocess(gen_random_uuid(), 'ups', 'I', 30, NULL) $$) = 'ok' AND pg_temp.works() = '{"read_anew": 2, "changed_by_dictionary": 1}', 'read anew');
SELECT is(pg_temp.as('t_maria', $$ SELECT message FROM doorstep.label_language(gen_random_uuid(), 'ES') $$), 'labels in es, where the dictionary has them', 'who reads Spanish');
SELECT is(pg_temp.as('t_maria', format('SELECT label FROM doorstep.context_scans(%s, 5)', (SELECT id FROM exception WHERE tracking_number = '1ZO1'))), 'Retenido', 'reads that');
SELECT is(pg_temp.as('t_bob', format('SELECT label FROM doorstep.context_scans(%s, 5)', (SELECT id FROM exception WHERE tracking_number = '1ZO1'))), 'Held', 'others what was written');
SELECT ok(pg_temp.drafts('t_maria', '{"provider": "ups", "code": "I", "detail": "ZQ", "pattern": "held for", "severity": "high"}') LIKE 'ok:%' AND pg_temp.approves('t_lea', pg_temp.newest()) LIKE 'ok%', 'a new version with the same label');
SELECT is((SELECT l.label FROM status_label l JOIN status_map m ON m.id = l.map_id WHERE m.ended_in IS NULL), 'Retenido', 'keeps the translation');
SELECT is((SELECT count(*)::int FROM pg_temp.drafts('t_maria', '{"provider": "ups", "code": "I", "detail": "ZQ", "pattern": "held for", "severity": "high"}') d WHERE d LIKE '%says exactly that already'), 1, 'nothing new is no draft');

-- ---------------------------------------------------------------- the same key twice, and undo

SET SESSION AUTHORIZATION t_lea;
SELECT message AS first FROM dictionary_reprocess(pg_temp.key(77), 'ups', 'I', 7, NULL) \gset
SELECT is((SELECT message FROM doorstep.dictionary_reprocess(pg_temp.key(77), 'ups', 'I', 7, NULL)), :'first', 'asked again it answers the same');
SELECT is(doorstep.undo_peek(), NULL, 'a version is not undone: a further one is made');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT count(*)::int FROM dictionary_job WHERE state = 'waiting'), 1, 'and asks once');
SELECT is((SELECT count(*)::int FROM audit_verify()) + (SELECT count(*)::int FROM control_verify()), 0, 'both logs are whole');
SELECT is_empty($$ SELECT b.wording FROM status_map b WHERE b.wording IS NOT NULL AND NOT EXISTS (SELECT FROM status_wording w WHERE w.wording = b.wording AND w.language = 'en') $$, 'every wording exists in English');

SELECT finish();
ROLLBACK;
