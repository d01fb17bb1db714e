-- Brands: what a limited agent sees and can touch, through tables and through functions.
BEGIN;
\ir fixture.psql
SELECT plan(62);

-- opened before its order came, so its first activity is no brand's
INSERT INTO activity (exception_id, seq, brand_id, at, actor, verb, hash) VALUES (900007, 0, 0, now(), 'feed', 'opened', ''), (900001, 0, 0, now(), 'feed', 'opened', '');

SET SESSION AUTHORIZATION t_zoe;
SELECT is((SELECT array_agg(exception_id) FROM activity WHERE actor = 'feed'), '{900007}', 'activity goes by the exception''s brand, not by its own of then');
SELECT is((SELECT array_agg(verb) FROM context_activity(900007, 10)), '{opened}', 'in its context, too');
SELECT is((SELECT array_agg(id ORDER BY id) FROM exception WHERE id BETWEEN 900001 AND 900008), '{900007,900008}', 'exceptions of the brand alone');
SELECT is((SELECT array_agg(id ORDER BY id) FROM shipment WHERE id BETWEEN 900001 AND 900008), '{900007,900008}', 'shipments');
SELECT is_empty('SELECT FROM scan_event WHERE shipment_id = 900001', 'scans');
SELECT is_empty($$ SELECT FROM orders WHERE order_number = 'T-ORDER-1' $$, 'orders');
SELECT is_empty($$ SELECT FROM order_line WHERE sku = 'LAMP-2' $$, 'order lines');
SELECT is_empty($$ SELECT FROM customer WHERE external_id = 't-1' $$, 'customers');
SELECT is((SELECT array_agg(code) FROM brand), '{t-zeta}', 'brands');
SELECT results_eq($$ SELECT id, ok, code FROM claim(pg_temp.key(1), '{900001,900007}') $$,
                  $$ VALUES (900001::bigint, false, 'gone'), (900007, true, 'ok') $$, 'claims only what they see');
SELECT is((SELECT code FROM note(pg_temp.key(2), '{900001}', 'hello')), 'gone', 'notes only what they see');
SELECT is((SELECT id FROM take_next(pg_temp.key(3))), 900008::bigint, 'take_next stays in the brand');
SELECT is((SELECT id FROM take_next(pg_temp.key(4), '{900001}')), 0::bigint, 'also among candidates');
SELECT is(show_json(900001), NULL, 'show');
SELECT is_empty('SELECT FROM context_head(900001)', 'context');
SELECT is_empty('SELECT FROM context_scans(900001, 10)', 'context scans');
SELECT is_empty('SELECT FROM context_activity(900001, 10)', 'context activity');
SELECT is_empty('SELECT FROM context_lines(900001)', 'context lines');
SELECT is_empty('SELECT FROM next_step(900001)', 'next step');
SELECT is_empty($$ SELECT FROM search_ids('%test1%') $$, 'search');
SELECT is((SELECT array_agg(x) FROM search_ids('%test7%') x), '{900007}', 'search finds their own');
SELECT is((SELECT open::int FROM header_counts()), 2, 'counters are of their brands');
SELECT is((SELECT sum(n)::int FROM counts_by()), 2, 'all of them');
SELECT is((SELECT brand FROM hello()), 't-zeta', 'hello names the brand');
SELECT ok(NOT EXISTS (SELECT FROM filter_words() WHERE field = 'brand' AND word = 't-acme'), 'completion does not name other brands');
SET ROLE doorstep_agent;
SELECT is((SELECT array_agg(id ORDER BY id) FROM exception WHERE id BETWEEN 900001 AND 900008), '{900007,900008}', 'SET ROLE to the group shows no more');
RESET ROLE;

SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT count(*)::int FROM activity WHERE exception_id = 900007), 2, 'who is not limited reads all activity');
SELECT is((SELECT code FROM assign(pg_temp.key(5), '{900001}', 't_zoe')), 'invalid', 'nothing is handed to who cannot see it');
SELECT is((SELECT count(*)::int FROM action_log WHERE who = 't_zoe'), 0, 'one''s actions are one''s own to read');
SELECT throws_like($$ SELECT * FROM claim(pg_temp.key(1), '{900002}') $$, '%used by somebody else%', 'nobody answers to another''s key');
SELECT throws_ok('DELETE FROM doorstep.activity', '42501', NULL, 'nobody deletes activity');

RESET SESSION AUTHORIZATION;

-- ---------------------------------------------------------------- an outage of several brands

CREATE ROLE t_lou LOGIN IN ROLE doorstep_lead;
CREATE ROLE t_max LOGIN IN ROLE doorstep_lead;
INSERT INTO agent (role, display_name) VALUES ('t_lou', 'Lou'), ('t_max', 'Max');
CREATE TEMP TABLE made (what text, id bigint);
GRANT SELECT, INSERT ON made TO PUBLIC;
CREATE FUNCTION pg_temp.id_of(p text) RETURNS bigint LANGUAGE sql AS $$ SELECT id FROM made WHERE what = p $$;
UPDATE exception SET region = 'TX' WHERE id BETWEEN 900001 AND 900008;
UPDATE shipment SET carrier_status = 'in_transit', effective_status = 'in_transit', status_at = now() - interval '3 days' WHERE id BETWEEN 900001 AND 900008;
UPDATE exception SET carrier_status = 'in_transit', effective_status = 'in_transit' WHERE id BETWEEN 900001 AND 900008;
SET SESSION AUTHORIZATION t_lea;
INSERT INTO made SELECT 'both', id FROM outage_declare(pg_temp.key(20), '{"region": ["TX"], "brand": ["t-acme", "t-zeta"]}', 'the hub is flooded', true, true, 'delayed', NULL, NULL);
INSERT INTO made SELECT 'but', id FROM outage_declare(pg_temp.key(21), '{"region": ["TX"], "not": {"brand": ["t-acme"]}}', 'the hub is flooded', false, false, NULL, NULL, NULL);
INSERT INTO made SELECT 'acme', id FROM outage_declare(pg_temp.key(22), '{"region": ["CA"], "brand": ["t-acme"]}', 'x', false, false, NULL, NULL, NULL);
SELECT is((SELECT string_agg(o ->> 'scope', '; ' ORDER BY (o ->> 'id')::int) FROM outage_list(true) o WHERE (o ->> 'id')::int IN (pg_temp.id_of('both'), pg_temp.id_of('but'))),
          'brand:t-acme,t-zeta region:TX; region:TX -brand:t-acme', 'who works for all brands reads all of a scope');
SET SESSION AUTHORIZATION t_zoe;
SELECT is((SELECT string_agg(concat_ws('|', o ->> 'title', o ->> 'scope', o ->> 'exceptions', o ->> 'overridden'), '; ' ORDER BY (o ->> 'id')::int) FROM outage_list(true) o),
          'region:TX|brand:t-zeta region:TX|2|2; region:TX|region:TX|2|0', 'others their part of it: scope and numbers');
SELECT is((SELECT string_agg(o ->> 'scope', '; ') FROM jsonb_array_elements(control_state() -> 'outages') o), 'brand:t-zeta region:TX; region:TX', 'and the banner says no more');
SELECT is_empty('SELECT FROM outage', 'the row itself is read by who sees all its brands');
SELECT is((SELECT count(*)::int FROM message_hold WHERE outage_id = pg_temp.id_of('both')), 1, 'what is held is known to all it concerns');
SELECT ok(NOT EXISTS (SELECT FROM information_schema.columns WHERE table_schema = 'doorstep' AND table_name = 'message_hold' AND column_name = 'scope'), 'but not by which scope');
SELECT is_empty($$ SELECT x::text FROM message_hold x WHERE x::text ~ 'acme' UNION ALL SELECT x::text FROM activity x WHERE x::text ~ 'acme' UNION ALL SELECT x::text FROM status_override x WHERE x::text ~ 'acme'
                    UNION ALL SELECT x::text FROM override_batch x WHERE x::text ~ 'acme' UNION ALL SELECT x::text FROM overrides(900007) x WHERE x::text ~ 'acme'
                    UNION ALL SELECT show_json(900007)::text WHERE show_json(900007)::text ~ 'acme' $$, 'nor does any line of an exception of theirs name the other brand');
SELECT is((SELECT batch_size FROM overrides(900007)), 2, 'of a batch they are told their part');
SELECT is(outage_in(ARRAY[pg_temp.id_of('acme')]::int[]) || ' ' || outage_seen(pg_temp.id_of('acme')::int)::text, '0 false', 'whether another brand''s outage is live is not theirs to know');

-- ---------------------------------------------------------------- a selection in pieces

RESET SESSION AUTHORIZATION;
UPDATE control_policy SET override_threshold = 3;
CREATE FUNCTION pg_temp.over(k int, ids bigint[], st text, why text DEFAULT 'other') RETURNS text LANGUAGE sql AS
    $$ SELECT code || CASE WHEN code = 'pending' THEN ': ' || message ELSE '' END FROM doorstep.override_apply(pg_temp.key(k), ids, st, why, 'a note') LIMIT 1 $$;
SET SESSION AUTHORIZATION t_lou;
SELECT is(pg_temp.over(30, '{900001,900002}', 'lost'), 'ok', 'two are below the threshold of three');
SELECT is((SELECT needs_approval || ' ' || alone FROM override_preview('{900003,900004}', 'lost')), 'true 2', 'two more, looked at, are not');
SELECT matches(pg_temp.over(31, '{900003,900004}', 'lost', 'warehouse'), '^pending: batch \d+ waits for a second lead: 2 shipments after the 2 you gave this status in the last hour are more than the 3',
               'nor for another reason');
SELECT is(pg_temp.over(32, '{900003}', 'lost'), 'ok', 'a third is');
SELECT matches(pg_temp.over(33, '{900005}', 'lost'), '^pending: batch \d+ waits for a second lead: 1 shipment after the 3', 'one more is not');
SELECT is(pg_temp.over(34, '{900005,900006}', 'delayed'), 'same', 'what is so already is not counted');
SELECT is(pg_temp.over(35, '{900005,900006}', 'damaged'), 'ok', 'another status is another matter');
SELECT is((SELECT code FROM override_revert(pg_temp.key(36), '{900003}')), 'ok', 'what was taken back');
SELECT is(pg_temp.over(37, '{900004}', 'lost'), 'ok', 'is not counted any more');
SET SESSION AUTHORIZATION t_max;
SELECT is(pg_temp.over(38, '{900003,900005}', 'lost'), 'ok', 'nor is what others did');
RESET SESSION AUTHORIZATION;
UPDATE status_override SET expires_at = clock_timestamp() - interval '1 second' WHERE by = 't_lou' AND state = 'active';
SET SESSION AUTHORIZATION t_will;
SELECT ok(override_due() > 0, 'what expired meanwhile');
SET SESSION AUTHORIZATION t_lou;
SELECT matches(pg_temp.over(39, '{900006}', 'lost'), '^pending', 'is');
SELECT is((SELECT string_agg(code, ' ') FROM override_batch_act(pg_temp.key(40), ARRAY(SELECT id FROM override_batch WHERE by = 't_lou' AND state = 'pending'), 'approve')), 'denied denied denied', 'and none of it is theirs to approve');
SELECT matches((SELECT string_agg(message, '') FROM override_apply(pg_temp.key(41), '{900007}', 'held', 'other', 'a note', NULL, pg_temp.id_of('acme')::int)), '^some are of brands that outage \d+ is not about',
               'an outage''s end takes back what is of its brands alone');

-- ---------------------------------------------------------------- taking back what one does not see any more

SET SESSION AUTHORIZATION t_max;
SELECT is((SELECT count(*)::int FROM case_open(pg_temp.key(50), '{900007}', 'internal', NULL, NULL, NULL, NULL) WHERE ok), 1, 'a case of one brand');
RESET SESSION AUTHORIZATION;
CREATE FUNCTION pg_temp.case_id() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT max(id) FROM doorstep.support_case $$;
INSERT INTO agent_scope VALUES ('t_max', 9001), ('t_lea', 9001);
SET SESSION AUTHORIZATION t_max;
SELECT is((SELECT code || ': ' || message FROM undo(pg_temp.key(51))), format('denied: the opening of C%s is of brands you do not work for any more', pg_temp.case_id()), 'is not taken back by who works for the other');
SELECT is_empty('SELECT FROM support_case', 'nor seen');
RESET SESSION AUTHORIZATION;
UPDATE action_log SET undone_by = key WHERE who = 't_max' AND verb = 'case_open' OR key IN (pg_temp.key(22), pg_temp.key(21));
SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT code FROM undo(pg_temp.key(52))), 'denied', 'nor are an outage and its overrides of both');
SELECT is((SELECT code FROM outage_end(pg_temp.key(53), ARRAY[pg_temp.id_of('both')])), 'denied', 'nor ended');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT count(*)::int FROM outage WHERE ended_at IS NULL), 3, 'all are as they were');
SELECT is((SELECT count(*)::int FROM support_case WHERE state = 'open'), 1, 'and the case is open');

-- ---------------------------------------------------------------- what is typed

SET SESSION AUTHORIZATION t_maria;
SELECT id AS opened FROM case_open(pg_temp.key(54), '{900001}', 'customer', 'high', 'Where is it', '{}', 'a note') \gset
SET SESSION AUTHORIZATION t_zoe;
SELECT typed_save('case_note', pg_temp.case_id(), 'whose is this') AS typed \gset
SELECT is((SELECT t.exception_id FROM typed t WHERE t.prompt = 'case_note'), NULL, 'what is typed about a case tells nothing of one of another brand');
RESET SESSION AUTHORIZATION;
SELECT finish();
ROLLBACK;
