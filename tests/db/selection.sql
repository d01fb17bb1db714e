-- Selections by filter: kept by the server, one person's own, and what stands for all of one in an action.
BEGIN;
\ir fixture.psql
SELECT plan(27);

SET SESSION AUTHORIZATION t_maria;
SELECT results_eq($$ SELECT n, more FROM selection_keep(ARRAY(SELECT id FROM exception WHERE id BETWEEN 900001 AND 900006 ORDER BY id)) $$,
                  $$ VALUES (6, false) $$, 'what a filter gives is kept and counted');
SELECT number AS s FROM selection_keep('{900001,900002,900003}') \gset
SELECT is(chosen('{900001,5}'), '{900001,5}', 'ids are ids');
SELECT is(chosen(NULL), NULL, 'none are none');
SELECT is(chosen(ARRAY[-:s]), '{900001,900002,900003}'::bigint[], 'one below nothing is a whole selection');
SELECT results_eq(format('SELECT selection_has(%s, ''{900002,900004}'')', :s), $$ VALUES (900002::bigint) $$, 'a screen asks which of its rows are in it');
SELECT is(selection_change(:s, '{900004,900001}', true), 4, 'rows join, each once');
SELECT is(selection_change(:s, '{900001,7}', false), 3, 'and leave, as far as they are in it');
SELECT is(chosen(ARRAY[-:s]), '{900002,900003,900004}'::bigint[], 'which is what an action then has');
SELECT results_eq(format('SELECT id, code FROM claim(pg_temp.key(1), chosen(ARRAY[-%s]))', :s),
                  $$ VALUES (900002::bigint, 'ok'), (900003, 'ok'), (900004, 'ok') $$, 'and acts on');
SELECT results_eq($$ SELECT id, ok, code FROM claim(pg_temp.key(2), chosen('{-99}')) $$, $$ VALUES (-99::bigint, false, 'gone') $$, 'one that is gone changes nothing');
SELECT results_eq($$ SELECT count(*)::int FROM claim(pg_temp.key(1), chosen('{-99}')) $$, $$ VALUES (3) $$, 'unless it was done before it went: the key has the answer');

SET SESSION AUTHORIZATION t_lea;
\ir ../../src/db/query/override_apply.sql
SELECT results_eq($$ EXECUTE override_apply(pg_temp.key(3), '{-99}', 'lost', 'carrier_confirmed', 'said so by phone', NULL, NULL, NULL) $$,
                  $$ VALUES (-99::bigint, false, 'gone', 'this selection is no longer kept: choose again, nothing was done', NULL::int) $$, 'an override of it says so');
SELECT results_eq($$ EXECUTE override_apply(pg_temp.key(4), '{99}', 'lost', 'carrier_confirmed', 'said so by phone', NULL, NULL, NULL) $$,
                  $$ VALUES (0::bigint, false, 'gone', 'none of them is there, or yours to see', NULL::int), (99, false, 'gone', 'there is no exception #99', NULL) $$,
                  'and one of an exception that is gone what it said');
SET SESSION AUTHORIZATION t_bob;
SELECT is(chosen(ARRAY[-:s]), ARRAY[-:s]::bigint[], 'another person''s is nobody''s');
SELECT throws_like(format('SELECT selection_has(%s, ''{900002}'')', :s), '%no longer kept: choose again%', 'nor told');
SELECT throws_like(format('SELECT selection_change(%s, ''{900002}'', true)', :s), '%no longer kept: choose again%', 'nor changed');
SET SESSION AUTHORIZATION t_vic;
SELECT throws_like($$ SELECT * FROM selection_keep('{900001}') $$, 't_vic may not select everything under a filter: it takes an agent%', 'who may not act selects nothing');

SET SESSION AUTHORIZATION t_maria;
SELECT results_eq($$ SELECT n, more FROM selection_keep(ARRAY(SELECT generate_series(1, 100001)::bigint)) $$, $$ VALUES (100000, true) $$, 'at most 100,000, which is said');
SELECT number AS full FROM selection_keep(ARRAY(SELECT generate_series(1, 100000)::bigint)) \gset
SELECT throws_like(format('SELECT selection_change(%s, ''{900001}'', true)', :full), 'at most 100,000 exceptions are selected at once%', 'and none joins beyond');
SELECT is(selection_change(:full, '{100000}', false), 99999, 'but in place of another');
RESET SESSION AUTHORIZATION;
DELETE FROM selection WHERE number = :full;
DELETE FROM selection_item WHERE selection = :full;
SELECT is((SELECT count(*)::int FROM selection WHERE who = 't_maria'), 3, 'several are kept at a time: people have several sessions');
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT sum(n)::int FROM generate_series(1, 20) i, selection_keep(ARRAY[900000 + i, 900001 + i])), 40, 'and chosen again and again');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT array_agg(DISTINCT i.id ORDER BY i.id) FROM selection s JOIN selection_item i ON i.selection = s.number WHERE s.who = 't_maria'),
          ARRAY(SELECT generate_series(900005, 900021)::bigint), 'sixteen of them at most');
UPDATE selection SET at = at - interval '3 hours' WHERE who = 't_maria';
INSERT INTO selection SELECT h, 't_bob', clock_timestamp() - h * interval '1 hour', 0 FROM unnest('{3,25}'::int[]) h;
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT n FROM selection_keep('{900005}')), 1, 'the next one');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT count(*)::int FROM selection WHERE who = 't_maria'), 1, 'lets go of those of hours ago');
SELECT is((SELECT array_agg(number) FROM selection WHERE who = 't_bob'), '{3}', 'and of anybody''s of yesterday');
SELECT is((SELECT count(*)::int FROM selection_item i WHERE NOT EXISTS (SELECT FROM selection s WHERE s.number = i.selection)), 0, 'with all that was in them');

SELECT finish();
ROLLBACK;
