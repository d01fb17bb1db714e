-- Rules in the database: what is refused, what they hear, whom they are about, and that what they do is theirs and done once.
BEGIN;
\ir fixture.psql
SELECT plan(61);

CREATE FUNCTION pg_temp.spec(p_filter text, p_on text, VARIADIC p_do text[]) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('filter', p_filter, 'on', to_jsonb(string_to_array(p_on, ',')), 'do', (SELECT jsonb_agg(d::jsonb) FROM unnest(p_do) d)) $$;
CREATE FUNCTION pg_temp.save(p_name text, p jsonb) RETURNS text LANGUAGE sql AS $$ SELECT code || ': ' || message FROM doorstep.rule_save(gen_random_uuid(), p_name, p) $$;
CREATE FUNCTION pg_temp.on(p_name text, p_percent int DEFAULT 100) RETURNS text LANGUAGE sql AS $$ SELECT code FROM doorstep.rule_enable(gen_random_uuid(), ARRAY[p_name], p_percent) $$;
CREATE FUNCTION pg_temp.happens(p_ids bigint[], p_actor text DEFAULT 'feed') RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM doorstep.apply_changes(ARRAY(SELECT ROW (i, '{}'::jsonb, 'x')::doorstep.change FROM unnest(p_ids) i), 'escalated', p_actor, gen_random_uuid(), clock_timestamp()) $$;
-- As a worker does it, with a filter that is about all it is asked about: rule after rule, until there is none.
CREATE FUNCTION pg_temp.work() RETURNS text LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    c record;
    said text := '';
    f record;
BEGIN
    FOR n IN 1 .. 20 LOOP
        SELECT * INTO c FROM rule_claim('w' || n, 100, 60);
        EXIT WHEN NOT FOUND;
        SELECT * INTO f FROM rule_fire(c.rule, c.version, c.ids, c.events, c.ids, ARRAY(SELECT e.rev FROM exception e WHERE e.id = ANY (c.ids) ORDER BY e.id), '[]');
        PERFORM rule_done('w' || n, c.rule, f.moved);
        said := said || coalesce(nullif(f.did, '{}')::text, '');
    END LOOP;
    RETURN said;
END
$$;

-- what is refused, whoever asks
SET SESSION AUTHORIZATION t_maria;
SELECT is(pg_temp.save('a', pg_temp.spec(f, 'opened', '{"do": "tag", "tag": "x"}')), 'invalid: this rule matches everything: name what it is about, such as kind:address_issue or carrier:ups', 'about everything: ' || f)
  FROM unnest('{"","state:new","-tier:gold","owner:none is:unowned sort:newest"}'::text[]) f;
SELECT is(pg_temp.save('a', pg_temp.spec('kind:lost is:breached,mine', 'opened', '{"do": "tag", "tag": "x"}')), 'invalid: "me" is nobody to a rule: name the person', 'of whoever asks');
SELECT is(pg_temp.save('a', pg_temp.spec('kind:lost', 'sunrise', '{"do": "tag", "tag": "x"}')), 'invalid: say on what it fires: opened, escalated, stalled, reply or resolved', 'on nothing');
SELECT is(pg_temp.save('a', pg_temp.spec('kind:lost', 'opened', '{"do": "resolve"}')), 'invalid: "resolve" is nothing a rule can do: use send, case, assign, severity, snooze, tag or hold', 'an act that is none');
SELECT is(pg_temp.save('a', pg_temp.spec('kind:lost', 'opened', '{"do": "snooze", "minutes": 43201}')), 'invalid: "snooze" lasts from a minute to 30 days', 'a year of sleep');
SELECT is(pg_temp.save('a', pg_temp.spec('kind:lost', 'opened', '{"do": "assign", "to": "t_vic"}')), 'invalid: t_vic is no agent: exceptions are handed to agents, leads and admins', 'to a viewer');
SELECT is(pg_temp.save('a', pg_temp.spec('kind:lost', 'opened', '{"do": "assign", "to": "t_zoe"}')), 'invalid: t_zoe does not work for all brands this rule is about: name somebody who does, or have them save the rule', 'to one of some brands');
SELECT is(pg_temp.save('a', pg_temp.spec('kind:lost', 'resolved', '{"do": "severity", "severity": "low"}')), 'invalid: what is resolved can be tagged, get a case and be asked how it went, no more: leave "resolved" to a rule of its own', 'what is over');
SELECT is(pg_temp.save('a', pg_temp.spec('status:delivered', 'resolved', '{"do": "send", "template": "address_issue"}')), 'invalid: what is resolved can only be sent what is made for delivered parcels, such as feedback_request', 'nor told what was wrong');
SELECT is(pg_temp.save('how', pg_temp.spec('status:delivered', 'resolved', '{"do": "send", "template": "feedback_request"}')), 'ok: saved rule how, version 1: it is off until a lead switches it on', 'but asked how it went');
SELECT is(pg_temp.save('a', pg_temp.spec('kind:lost', 'opened', '{"do": "severity", "severity": "low"}', '{"do": "severity", "severity": "high"}')), 'invalid: a rule does each thing once: one message, one person, one severity', 'twice');

-- kept, versioned
SELECT matches(pg_temp.save('tags', pg_temp.spec('kind:address_issue', 'escalated', '{"do": "tag", "tag": "seen"}')), '^ok: saved rule tags, version 1: it is off', 'one is kept');
SELECT matches(pg_temp.save('tags', pg_temp.spec('kind:address_issue', 'escalated', '{"do": "tag", "tag": "seen"}')), '^same: ', 'the same again is no version');
SELECT matches(pg_temp.save('tags', pg_temp.spec('kind:address_issue', 'escalated', '{"do": "severity", "severity": "critical"}', '{"do": "tag", "tag": "seen"}')), 'version 2', 'another is');
RESET SESSION AUTHORIZATION;
SELECT throws_ok('DELETE FROM rule_version', NULL, NULL, 'texts are never taken away');

-- what is heard
SELECT pg_temp.happens('{900001}') \g /dev/null
SELECT is((SELECT count(*) FROM rule_event), 0::bigint, 'while no rule is on nothing is written down');
SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT code FROM rule_enable(gen_random_uuid(), '{tags}', 100, 1)), 'stale', 'a version nobody looked at is not switched on');
SELECT is(pg_temp.on('tags'), 'ok', 'a lead switches it on');
SET SESSION AUTHORIZATION t_maria;
SELECT matches(pg_temp.save('tags', pg_temp.spec('kind:lost', 'escalated', '{"do": "tag", "tag": "seen"}')), '^denied: rule tags is on', 'what is on is changed by leads');
RESET SESSION AUTHORIZATION;
SELECT pg_temp.happens('{900001,900002,900007}') \g /dev/null
SELECT pg_temp.happens('{900003}', 'rule other') \g /dev/null
SELECT set_eq('SELECT exception_id, event FROM rule_event', $$ VALUES (900001::bigint, 'escalated'), (900002, 'escalated'), (900007, 'escalated') $$, 'what rules do is no event for rules');
SELECT is(pg_temp.work(), '{"rules_done": 3}', 'it is done');
SELECT results_eq($$ SELECT actor, verb, text FROM activity WHERE exception_id = 900001 AND actor LIKE 'rule%' $$,
                  $$ VALUES ('rule tags', 'rule', 'changed severity from high to critical, tagged it seen') $$, 'by its own name');
SELECT is((SELECT count(*) FROM rule_event), 0::bigint, 'and is no event itself');
SELECT pg_temp.happens('{900001}') \g /dev/null
SELECT is(pg_temp.work() || (SELECT count(*) FROM rule_firing), '3', 'once for an exception');

-- a share of shipments, each in all larger ones
SELECT is((SELECT count(*) FROM generate_series(1, 20000) s WHERE rule_bucket(7, s) < 10) BETWEEN 1800 AND 2200, true, 'ten percent are about ten');
SELECT is((SELECT count(*) FROM generate_series(1, 20000) s WHERE rule_bucket(7, s) < 10 AND rule_bucket(8, s) < 10) BETWEEN 120 AND 280, true, 'another rule''s are others');

-- brands: whose rule it is, and what a worker is given
SET SESSION AUTHORIZATION t_zoe;
SELECT matches(pg_temp.save('zeta', pg_temp.spec('kind:address_issue', 'escalated', '{"do": "tag", "tag": "zeta"}')), '^ok', 'one of a brand keeps a rule');
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION t_lea;
SELECT pg_temp.on('zeta') \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT pg_temp.happens('{900004,900008}') \g /dev/null
SELECT pg_temp.work() \g /dev/null
SELECT results_eq($$ SELECT id FROM exception WHERE 'zeta' = ANY (tags) $$, $$ VALUES (900008::bigint) $$, 'about that brand alone');

-- all rules together do not do more than so much to one
UPDATE rule_setting SET per_exception = 1;
SET SESSION AUTHORIZATION t_lea;
SELECT pg_temp.save('third', pg_temp.spec('kind:address_issue', 'escalated', '{"do": "tag", "tag": "third"}')) \g /dev/null
SELECT pg_temp.on('third') \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT pg_temp.happens('{900001}') \g /dev/null
SELECT is(pg_temp.work(), '{"rules_skipped": 1}', 'not more than so much to one exception in a day');
UPDATE rule_setting SET per_exception = 10;

-- nobody but a worker acts for a rule
SET SESSION AUTHORIZATION t_maria;
SELECT set_config('doorstep.acting', 'rule tags', true) \g /dev/null
SELECT is((SELECT code FROM case_open(gen_random_uuid(), '{900005}', 'claim')), 'ok', 'a person who says so');
RESET SESSION AUTHORIZATION;
SELECT set_config('doorstep.acting', '', true) \g /dev/null
SELECT is((SELECT by || ' ' || owner FROM support_case WHERE exception_id = 900005), 't_maria t_maria', 'acts as themselves');

-- changed while it was looked at
SELECT pg_temp.happens('{900006}') \g /dev/null
SELECT is((SELECT moved FROM rule_claim('x', 100, 60) c CROSS JOIN LATERAL rule_fire(c.rule, c.version, c.ids, c.events, c.ids, ARRAY(SELECT -1 FROM unnest(c.ids)), '[]')), '{900006}', 'it is asked about anew');
SELECT rule_done('x', (SELECT id FROM rule WHERE name = 'tags'), '{900006}') \g /dev/null
SELECT is(pg_temp.work(), '{"rules_done": 1}{"rules_done": 1}', 'and then done');

-- a smaller share while it was looked at: what is not in it is left alone
SELECT pg_temp.happens('{900005}') \g /dev/null
SELECT rule, version, ids, events FROM rule_claim('y', 100, 60) \gset
UPDATE rule SET percent = 1 WHERE name = 'tags';
SELECT is((SELECT did FROM rule_fire(:rule, :version, :'ids', :'events', :'ids', ARRAY(SELECT e.rev FROM exception e WHERE e.id = ANY (:'ids') ORDER BY e.id), '[]')), '{}', 'a share made smaller holds at once');
UPDATE rule SET percent = 100 WHERE name = 'tags';
SELECT rule_done('y', :rule, '{}'), pg_temp.work() \g /dev/null

-- opened again before the time of what was held came
INSERT INTO rule_firing (rule_id, exception_id, episode, version, shipment_id, brand_id, event, at, outcome, why, retry_at)
SELECT id, 900003, 0, version, 900003, 9001, 'escalated', now(), 'held', 'outage', now() FROM rule WHERE name = 'tags';
SELECT count(*) FROM apply_changes(ARRAY[ROW (900003, '{}'::jsonb, 'x')::change], 'reopened', 'feed', gen_random_uuid(), clock_timestamp()) \g /dev/null
SELECT pg_temp.work() \g /dev/null
SELECT is((SELECT outcome || ', ' || what FROM rule_firing WHERE exception_id = 900003 AND episode = 0), 'skipped, it was opened again before its time came', 'what was held for an opening that is over is dropped');

-- opened and resolved before a worker came
SET SESSION AUTHORIZATION t_lea;
SELECT matches(pg_temp.save('both', pg_temp.spec('kind:address_issue', 'opened,resolved', '{"do": "tag", "tag": "both"}')), '^ok', 'a rule on both');
SELECT pg_temp.on('both') \g /dev/null
SELECT resolve(gen_random_uuid(), '{900002}', 'refunded') \g /dev/null
RESET SESSION AUTHORIZATION;
INSERT INTO rule_event (exception_id, event, at) VALUES (900002, 'opened', clock_timestamp());
SELECT pg_temp.work() \g /dev/null
SELECT is((SELECT event || ' ' || outcome FROM rule_firing f JOIN rule r ON r.id = f.rule_id AND r.name = 'both'), 'resolved done', 'is asked about what it is');

-- a worker that says that a rule is about exceptions of a brand it is not about
SET SESSION AUTHORIZATION t_lea;
SELECT matches(pg_temp.save('theirs', pg_temp.spec('kind:address_issue', 'escalated', '{"do": "tag", "tag": "theirs"}')), '^ok', 'a rule of one brand');
SELECT pg_temp.on('theirs') \g /dev/null
RESET SESSION AUTHORIZATION;
UPDATE rule SET brands = '{9001}' WHERE name = 'theirs';
SELECT rule_fire(r.id, r.version, '{900007}', '{escalated}', '{900007}', ARRAY[(SELECT rev FROM exception WHERE id = 900007)], '[]') FROM rule r WHERE r.name = 'theirs' \g /dev/null
SELECT is((SELECT 'theirs' = ANY (tags) FROM exception WHERE id = 900007), false, 'does nothing to them');

-- messages of one exception held for a time
INSERT INTO exception_hold VALUES (900001, now() + interval '4 hours', 'rule tags', now());
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT string_agg(effect::text, ',') FROM outreach_check('[{"exception": 900001, "channel": "email", "language": "en", "subject": "s", "body": "hello there"}]') WHERE guardrail = 'outage_hold'), 'defer', 'they wait');
RESET SESSION AUTHORIZATION;
UPDATE exception_hold SET until = now() - interval '1 second';
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT count(*) FROM outreach_check('[{"exception": 900001, "channel": "email", "language": "en", "subject": "s", "body": "hello there"}]') WHERE guardrail = 'outage_hold'), 0::bigint, 'until it is over');
RESET SESSION AUTHORIZATION;

-- and no longer than somebody lets them
INSERT INTO exception_hold VALUES (900001, now() + interval '4 hours', 'rule tags', now()) ON CONFLICT (exception_id) DO UPDATE SET until = excluded.until;
INSERT INTO exception_hold VALUES (900007, now() + interval '4 hours', 'rule tags', now());
SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT code FROM outreach_send('cccccccc-0000-4000-8000-000000000001', '[{"exception": 900001, "channel": "email", "language": "en", "subject": "s", "body": "hello there"}]', -1, NULL, 'they wait for it')),
          'deferred', 'a message waits for the end of a hold');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT o.send_after > now() + interval '3 hours' FROM outreach o WHERE o.key = 'cccccccc-0000-4000-8000-000000000001'), true, 'queued for then');
SET SESSION AUTHORIZATION t_zoe;
SELECT results_eq($$ SELECT id, code FROM rule_release(gen_random_uuid(), '{900001}') $$, $$ VALUES (900001::bigint, 'gone') $$, 'who works for other brands lets nothing go');
SET SESSION AUTHORIZATION t_maria;
SELECT results_eq($$ SELECT id, ok, code, message FROM rule_release('cccccccc-0000-4000-8000-000000000002', '{900001,900002,900001}') $$,
    $$ VALUES (900001::bigint, true, 'ok', 'messages about #900001 are held no more; 1 message that waited may go out now'), (900002, true, 'same', 'no rule holds messages about #900002') $$, 'an agent ends it');
SELECT is((SELECT string_agg(code, ',') FROM rule_release('cccccccc-0000-4000-8000-000000000002', '{900001,900002}')), 'ok,same', 'once: the same key again answers the same');
SELECT is((SELECT count(*) FROM outreach_check('[{"exception": 900001, "channel": "email", "language": "en", "subject": "s", "body": "hello again"}]') WHERE guardrail = 'outage_hold'), 0::bigint, 'nothing is in its way');
SELECT matches(undo_stays(), '^the release of messages about #900001 stays', 'nothing takes it back');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT o.send_after <= greatest(clock_timestamp(), o.undo_until) AND o.deferred IS NULL FROM outreach o WHERE o.key = 'cccccccc-0000-4000-8000-000000000001'), true, 'what waited goes on, after its time to be taken back');
SELECT matches((SELECT string_agg(actor || ' ' || verb || ' ' || text, '|') FROM activity WHERE exception_id = 900001 AND verb = 'rule_release'),
               '^t_maria rule_release let its messages go, which rule tags held until [^|]*$', 'the timeline says who, once');
SELECT is((SELECT count(*) FROM exception_hold WHERE exception_id = 900007), 1::bigint, 'others are held still');

-- what holds for all rules
SELECT set_config('doorstep.rules_said', '', true) \g /dev/null
SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT code FROM rule_limits_set(gen_random_uuid(), NULL, NULL, NULL)), 'invalid', 'nothing is no change');
SELECT is((SELECT message FROM rule_limits_set(gen_random_uuid(), NULL, 1001, NULL)), 'rules act on one exception 1 to 1,000 times a day', 'too much is refused');
SELECT is((SELECT message FROM rule_limits_set(gen_random_uuid(), 200, NULL, 48)), 'a rule fires for at most 200 exceptions an hour, all of them act on one at most 10 times a day, and on nothing older than 48 hours', 'a lead changes some of it');
SELECT results_eq('SELECT * FROM rule_limits()', 'VALUES (200, 10, 48)', 'the rest stays');
SET CONSTRAINTS ALL IMMEDIATE;
RESET SESSION AUTHORIZATION;
SELECT results_eq($$ SELECT actor, subject, before, after FROM control_log WHERE subject = 'rules' ORDER BY seq DESC LIMIT 1 $$,
                  $$ VALUES ('t_lea', 'rules', '{"per_hour": 500, "event_hours": 24}'::jsonb, '{"per_hour": 200, "event_hours": 48}'::jsonb) $$, 'the log of control has it');
SET CONSTRAINTS ALL DEFERRED;

-- what was heard before a rule was switched on is none of its business, though it waits beside what came later
SELECT pg_temp.happens('{900006}') \g /dev/null
SET SESSION AUTHORIZATION t_lea;
SELECT pg_temp.save('fresh', pg_temp.spec('kind:address_issue', 'escalated', '{"do": "tag", "tag": "fresh"}')), pg_temp.on('fresh') \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT pg_temp.happens('{900005}') \g /dev/null
SELECT pg_temp.work() \g /dev/null
SELECT results_eq($$ SELECT id FROM exception WHERE 'fresh' = ANY (tags) $$, $$ VALUES (900005::bigint) $$, 'only what came later');

-- a hold does not end sooner for a shorter one after it
CREATE FUNCTION pg_temp.hold(p_minutes int) RETURNS timestamptz LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    r rule := jsonb_populate_record(NULL::rule, jsonb_build_object('actions', jsonb_build_array(jsonb_build_object('do', 'hold', 'minutes', p_minutes))));
    e exception;
BEGIN
    SELECT * INTO e FROM exception x WHERE x.id = 900001;
    PERFORM rule_apply(r, e, NULL, 'rule x', '2037-01-01Z');
    RETURN (SELECT h.until FROM exception_hold h WHERE h.exception_id = 900001);
END $$;
SELECT is(ARRAY[pg_temp.hold(600), pg_temp.hold(60), pg_temp.hold(700)], '{2037-01-01T10:00Z,2037-01-01T10:00Z,2037-01-01T11:40Z}'::timestamptz[], 'the longest of them');

SELECT finish();
ROLLBACK;
