-- Plans that a long queue depends on, at small size: where a sequence of all rows and a sort are not to be had, an index has to be there that
-- does the work, and under row-level security it has to be one the reader may use.
BEGIN;
\ir fixture.psql
SELECT plan(23);

CREATE FUNCTION pg_temp.plan_of(p_sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    lines text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || p_sql LOOP
        lines := lines || line || E'\n';
    END LOOP;
    RETURN lines;
END
$$;
-- Along an order, either way, from anywhere: its index, and nothing sorted.
CREATE FUNCTION pg_temp.along(p_key text, p_index text, p_down boolean, p_where text DEFAULT 'true') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    sense text := CASE WHEN p_down THEN '' ELSE ' DESC' END;
    it text := pg_temp.plan_of(format('SELECT e.id FROM doorstep.exception e WHERE (e.%1$I, e.id) %2$s (0, 0) AND e.state <> ''resolved'' AND %4$s ORDER BY e.%1$I%3$s, e.id%3$s LIMIT 60',
                                      p_key, CASE WHEN p_down THEN '>' ELSE '<' END, sense, p_where));
BEGIN
    RETURN is(it ~ ('Index (Only )?Scan (Backward )?using ' || p_index || ' ') AND it !~ 'Sort' AND it ~ format('Index Cond: .*ROW\(%s, id\)', p_key), true,
              format('%s %s by %s%s', p_key, CASE WHEN p_down THEN 'down' ELSE 'up' END, p_index, CASE WHEN p_where = 'true' THEN '' ELSE ' where ' || p_where END));
END
$$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_temp TO PUBLIC;

SET SESSION AUTHORIZATION t_maria;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET enable_sort = off;
SELECT pg_temp.along('k_urgency', 'exception_urgency', d) FROM unnest('{true,false}'::boolean[]) d;
SELECT pg_temp.along('k_severity', 'exception_severity', d) FROM unnest('{true,false}'::boolean[]) d;
SELECT pg_temp.along('k_newest', 'exception_newest', d) FROM unnest('{true,false}'::boolean[]) d;
SELECT pg_temp.along('k_oldest', 'exception_oldest', d) FROM unnest('{true,false}'::boolean[]) d;
SELECT pg_temp.along('k_scan', 'exception_scan', d) FROM unnest('{true,false}'::boolean[]) d;
SELECT pg_temp.along('k_promised', 'exception_promised', d) FROM unnest('{true,false}'::boolean[]) d;
SELECT pg_temp.along('k_updated', 'exception_updated', d) FROM unnest('{true,false}'::boolean[]) d;

-- What is mine, by its owner's index: session_user is a name, and compares by another collation than text.
RESET enable_bitmapscan;
SELECT matches(pg_temp.plan_of('SELECT count(*) FROM doorstep.exception e WHERE e.state <> ''resolved'' AND e.owner = session_user::text COLLATE "default"'),
               'exception_owner.*\n?.*Index Cond: \(\(?owner = ', 'mine are found by their owner');
-- What the owner of the tables looks up for a reader, who cannot.
RESET SESSION AUTHORIZATION;
SELECT matches(pg_temp.plan_of('SELECT FROM doorstep.exception e WHERE e.state <> ''resolved'' AND doorstep.facets(e) @> ''{region:wy}''::text[]'), 'Bitmap Index Scan on exception_facets', 'a rare value by what each exception is');
-- With so few rows any index of the open ones is as good as that of their words: it is there, and of these rows.
SELECT matches(pg_get_indexdef('doorstep.exception_search'::regclass), 'gin \(search .*gin_trgm_ops\).*WHERE .*<> ''resolved''', 'words of open ones');
SELECT matches(pg_get_indexdef('doorstep.exception_search_done'::regclass), 'gin \(search .*gin_trgm_ops\).*WHERE .* = ''resolved''', 'words of resolved ones');
SELECT matches(pg_temp.plan_of('SELECT FROM doorstep.exception e WHERE e.state <> ''resolved'' AND e.postal_code >= ''787'' AND e.postal_code < ''788'''), 'exception_postal', 'a postal code');

-- Ids of the few, or null: they are many, or nothing says that they are few.
SET SESSION AUTHORIZATION t_maria;
SELECT is(doorstep.filter_few('{region:nowhere}', '{}', true), '{}'::bigint[], 'there is nothing of it, which is an answer');
SELECT is(doorstep.filter_few('{kind:nothing}', '{}', false), '{}'::bigint[], 'among the resolved, too');
SELECT ok(900001 = ANY (doorstep.filter_few('{}', '{}', true)), 'few rows are few, whatever is asked');
SELECT is((SELECT array_agg(x) FROM unnest(doorstep.filter_few('{mine}', '{}', true)) x JOIN doorstep.exception e ON e.id = x WHERE e.owner IS DISTINCT FROM 't_maria'), NULL, 'mine are nobody else''s');
SELECT * FROM finish();
ROLLBACK;
