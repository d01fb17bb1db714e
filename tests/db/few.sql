-- The few rows an index finds under a filter: none is missing that the filter's own condition has, whatever words stand together, and none is of another brand.
BEGIN;
\ir fixture.psql
SELECT plan(25);

SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT count(*)::int FROM claim(pg_temp.key(1), '{900001,900002}') WHERE ok), 2, 'maria has two');
SELECT is((SELECT count(*)::int FROM note(pg_temp.key(2), '{900003}', 'called') WHERE ok), 1, 'one is noted');
SELECT is((SELECT count(*)::int FROM tag(pg_temp.key(3), '{900004}', 'flood') WHERE ok), 1, 'one has a tag');
SELECT is((SELECT count(*)::int FROM resolve(pg_temp.key(4), '{900005}', 'delivered') WHERE ok), 1, 'one is over');
SET SESSION AUTHORIZATION t_bob;
SELECT is((SELECT count(*)::int FROM claim(pg_temp.key(5), '{900003}') WHERE ok), 1, 'bob has one');
RESET SESSION AUTHORIZATION;

-- words as db/filter_few.c writes them, | for the character between, beside the condition db/filter_sql.c makes of the same
CREATE TEMP TABLE pair (words text[], condition text);
INSERT INTO pair VALUES
    ('{mine}', $$ owner = 't_maria' $$),
    ('{mine|owner:t_bob}', $$ owner IN ('t_maria', 't_bob') $$),
    ('{owner:t_bob|mine}', $$ owner IN ('t_maria', 't_bob') $$),
    ('{mine|mark:4}', $$ owner = 't_maria' OR marks & 4 <> 0 $$),
    ('{mark:4|mark:2}', $$ marks & 6 <> 0 $$),
    ('{tag:flood|tag:none_such}', $$ 'flood' = ANY (tags) $$),
    ('{state:resolved}', $$ state = 'resolved' $$),
    ('{state:new|state:working}', $$ state IN ('new', 'working') $$),
    ('{kind:address_issue|kind:lost}', $$ kind IN ('address_issue', 'lost') $$),
    ('{severity:high|severity:critical}', $$ severity >= 'high' $$),
    ('{state:working,mine}', $$ state = 'working' AND owner = 't_maria' $$),
    ('{state:working,mark:4|mine}', $$ state = 'working' AND (owner = 't_maria' OR marks & 4 <> 0) $$);
GRANT SELECT ON pair TO PUBLIC;
CREATE FUNCTION pg_temp.has(p pair) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    ids bigint[];
BEGIN
    EXECUTE 'SELECT array_agg(id ORDER BY id) FROM exception WHERE ' || p.condition INTO ids;
    RETURN coalesce(ids, '{}');
END
$$;
CREATE FUNCTION pg_temp.found(p pair) RETURNS bigint[] LANGUAGE sql AS $$
    SELECT coalesce(array_agg(i ORDER BY i), '{}') FROM unnest(filter_few(ARRAY(SELECT replace(x, '|', chr(31)) FROM unnest(p.words) x), '{}', false)) i
$$;

SET SESSION AUTHORIZATION t_maria;
SELECT is(pg_temp.found(p), pg_temp.has(p), array_to_string(p.words, ' ')) FROM pair p;
SELECT is((SELECT count(*)::int FROM unnest(filter_few('{state:resolved}', '{}', true)) i), 0, 'among the open ones nothing is over');
SELECT is(filter_few('{"region:x'') OR true --"}', '{}', true), '{}', 'what looks like SQL is a word');
SELECT is(filter_few('{}', '{"%x'') OR true --%"}', true), '{}', 'or a text');
SET SESSION AUTHORIZATION t_zoe;
SELECT is((SELECT array_agg(i ORDER BY i) FROM unnest(filter_few('{kind:address_issue}', '{}', true)) i), '{900007,900008}', 'nothing of another brand is found');
SELECT is(filter_few('{}', '{%test1%}', false), '{}', 'by no text');
SELECT is(filter_few('{brand:t-acme}', '{}', false), '{}', 'and by no brand''s name');
RESET SESSION AUTHORIZATION;
INSERT INTO brand (id, code, name) VALUES (9003, 'T-ZETA', 'Another');
UPDATE exception SET brand_id = 9003, brand = 'T-ZETA' WHERE id = 900006;
SET SESSION AUTHORIZATION t_zoe;
SELECT is((SELECT array_agg(i ORDER BY i) FROM unnest(filter_few('{kind:address_issue}', '{}', true)) i), '{900007,900008}',
          'nor of one whose code differs by its capitals alone');
SET SESSION AUTHORIZATION t_nobody;
SELECT throws_like($$ SELECT doorstep.filter_few('{}', '{}', true) $$, '%permission denied%', 'who may not read the queue finds nothing');
SELECT finish();
ROLLBACK;
