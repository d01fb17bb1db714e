-- Brands: what a limited agent sees and can touch, through tables and through functions.
BEGIN;
\ir fixture.psql
SELECT plan(31);

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
SELECT finish();
ROLLBACK;
