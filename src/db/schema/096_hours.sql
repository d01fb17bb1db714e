-- What reports ask for most is counted by the hour again, each hour with what of it was in its first, second and third quarter: in zones of
-- whole hours an hour is one row to add up; elsewhere the hours on which a day, a slice or the period begins are taken apart, and no others.
-- Lanes, deliveries and response times stay by the quarter: they have hardly a row more for it.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- The rollups that do, what they are counted by, and what they count. Of count n, n1 n2 n3 are of the first three quarters, the fourth is the rest.
CREATE FUNCTION rollup_columns(p_table text, OUT keys text[], OUT counts text[]) LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT ROW (x.keys::text[], x.counts::text[])
              FROM (VALUES ('rollup_exception_sum', '{brand_id,carrier_id,kind}', '{opened,resolved,reopened}'), ('rollup_message', '{brand_id,channel,template,outcome,bucket}', '{n,replies,opt_outs}'),
                           ('rollup_contact', '{brand_id,via,driver,moment}', '{n,repeats}'), ('rollup_agent', '{brand_id,role,verb}', '{n}')) x(name, keys, counts)
             WHERE x.name = p_table);

DO $$
DECLARE
    t text;
    c record;
    parts text;
    names text;
BEGIN
    FOREACH t IN ARRAY '{rollup_exception_sum,rollup_message,rollup_contact,rollup_agent}'::text[] LOOP
        SELECT * INTO c FROM rollup_columns(t);
        SELECT string_agg(format('coalesce(sum(%I) FILTER (WHERE quarter %% 4 = %s), 0) AS %I', n, q - 1, n || q), ', ' ORDER BY o, q), string_agg(quote_ident(n || q), ', ' ORDER BY o, q)
          INTO parts, names FROM unnest(c.counts) WITH ORDINALITY u(n, o), generate_series(1, 3) q;
        EXECUTE format('CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT quarter / 4 AS hour, %1$s, %2$s, %3$s FROM %4$I GROUP BY quarter / 4, %1$s ORDER BY quarter / 4, %1$s',
                       array_to_string(c.keys, ', '), (SELECT string_agg(format('sum(%I) AS %1$I', n), ', ' ORDER BY o) FROM unnest(c.counts) WITH ORDINALITY u(n, o)), parts, t);
        EXECUTE format('TRUNCATE %I', t);
        EXECUTE format('ALTER TABLE %I RENAME COLUMN quarter TO hour', t);
        EXECUTE format('ALTER TABLE %I %s', t, (SELECT string_agg(format('ADD COLUMN %I int NOT NULL', n || q), ', ' ORDER BY o, q) FROM unnest(c.counts) WITH ORDINALITY u(n, o), generate_series(1, 3) q));
        EXECUTE format('INSERT INTO %I (hour, %s, %s, %s) SELECT * FROM kept', t, array_to_string(c.keys, ', '), array_to_string(c.counts, ', '), names);
        EXECUTE 'DROP TABLE kept';
    END LOOP;
END
$$;

-- ---------------------------------------------------------------- making hours

DO $$
DECLARE
    p text[];
BEGIN
    FOREACH p SLICE 1 IN ARRAY ARRAY[
        ['rollup_exceptions(int, int)', 'DELETE FROM rollup_exception_sum WHERE quarter >= 4 * p_from AND quarter < 4 * p_to', 'DELETE FROM rollup_exception_sum WHERE hour >= p_from AND hour < p_to'],
        ['rollup_exceptions(int, int)', 'SELECT x.quarter, l.brand_id, l.carrier_id, x.kind, sum(x.opened), sum(x.resolved), sum(x.reopened)
      FROM rollup_exception x', 'SELECT x.quarter / 4, l.brand_id, l.carrier_id, x.kind, sum(x.opened), sum(x.resolved), sum(x.reopened),
           sum(CASE x.quarter % 4 WHEN 0 THEN x.opened ELSE 0 END), sum(CASE x.quarter % 4 WHEN 1 THEN x.opened ELSE 0 END), sum(CASE x.quarter % 4 WHEN 2 THEN x.opened ELSE 0 END),
           sum(CASE x.quarter % 4 WHEN 0 THEN x.resolved ELSE 0 END), sum(CASE x.quarter % 4 WHEN 1 THEN x.resolved ELSE 0 END), sum(CASE x.quarter % 4 WHEN 2 THEN x.resolved ELSE 0 END),
           sum(CASE x.quarter % 4 WHEN 0 THEN x.reopened ELSE 0 END), sum(CASE x.quarter % 4 WHEN 1 THEN x.reopened ELSE 0 END), sum(CASE x.quarter % 4 WHEN 2 THEN x.reopened ELSE 0 END)
      FROM rollup_exception x'],
        ['rollup_exceptions(int, int)', 'GROUPING SETS ((x.quarter, l.brand_id, l.carrier_id), (x.quarter, l.brand_id, x.kind))', 'GROUPING SETS ((x.quarter / 4, l.brand_id, l.carrier_id), (x.quarter / 4, l.brand_id, x.kind))'],
        ['rollup_messages(int, int)', 'DELETE FROM rollup_message WHERE quarter >= 4 * p_from AND quarter < 4 * p_to', 'DELETE FROM rollup_message WHERE hour >= p_from AND hour < p_to'],
        ['rollup_messages(int, int)', 'SELECT quarter_no(o.created_at),', 'SELECT hour_no(o.created_at),'],
        ['rollup_messages(int, int)', 'coalesce(sum(r.opt_outs), 0)', 'coalesce(sum(r.opt_outs), 0),
           count(*) FILTER (WHERE q.i = 0), count(*) FILTER (WHERE q.i = 1), count(*) FILTER (WHERE q.i = 2),
           coalesce(sum(r.replies) FILTER (WHERE q.i = 0), 0), coalesce(sum(r.replies) FILTER (WHERE q.i = 1), 0), coalesce(sum(r.replies) FILTER (WHERE q.i = 2), 0),
           coalesce(sum(r.opt_outs) FILTER (WHERE q.i = 0), 0), coalesce(sum(r.opt_outs) FILTER (WHERE q.i = 1), 0), coalesce(sum(r.opt_outs) FILTER (WHERE q.i = 2), 0)'],
        ['rollup_messages(int, int)', 'r ON true', 'r ON true
     CROSS JOIN LATERAL (SELECT quarter_no(o.created_at) % 4 AS i) q'],
        ['rollup_contacts(int, int)', 'DELETE FROM rollup_contact WHERE quarter >= 4 * p_from AND quarter < 4 * p_to', 'DELETE FROM rollup_contact WHERE hour >= p_from AND hour < p_to'],
        ['rollup_contacts(int, int)', 'SELECT quarter_no(c.at),', 'SELECT hour_no(c.at),'],
        ['rollup_contacts(int, int)', 'count(*), count(c.repeat_of)', 'count(*), count(c.repeat_of),
           count(*) FILTER (WHERE q.i = 0), count(*) FILTER (WHERE q.i = 1), count(*) FILTER (WHERE q.i = 2),
           count(c.repeat_of) FILTER (WHERE q.i = 0), count(c.repeat_of) FILTER (WHERE q.i = 1), count(c.repeat_of) FILTER (WHERE q.i = 2)'],
        ['rollup_contacts(int, int)', 'AND d.asks', 'AND d.asks
     CROSS JOIN LATERAL (SELECT quarter_no(c.at) % 4 AS i) q'],
        ['rollup_agents(int, int)', 'DELETE FROM rollup_agent WHERE quarter >= 4 * p_from AND quarter < 4 * p_to', 'DELETE FROM rollup_agent WHERE hour >= p_from AND hour < p_to'],
        ['rollup_agents(int, int)', 'SELECT quarter_no(a.at), a.brand_id, a.actor, a.verb, count(*)',
         'SELECT hour_no(a.at), a.brand_id, a.actor, a.verb, count(*), count(*) FILTER (WHERE q.i = 0), count(*) FILTER (WHERE q.i = 1), count(*) FILTER (WHERE q.i = 2)'],
        ['rollup_agents(int, int)', 'FROM activity a', 'FROM activity a
     CROSS JOIN LATERAL (SELECT quarter_no(a.at) % 4 AS i) q'],
        ['rollup_rows(text, int, int)', 'SELECT x.quarter / 4, x::text FROM %I x WHERE x.quarter >= 4 * $1 AND x.quarter < 4 * $2'', t)',
         'SELECT %s, x::text FROM %I x WHERE %1$s >= $1 AND %1$s < $2'', CASE WHEN (rollup_columns(t)).keys IS NULL THEN ''x.quarter / 4'' ELSE ''x.hour'' END, t)']] LOOP
        PERFORM patch_function(p[1]::regprocedure, p[2], p[3]);
    END LOOP;
END
$$;

-- ---------------------------------------------------------------- reading them

-- Whether quarters are on hours, all of them.
CREATE FUNCTION on_hours(p int[]) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT coalesce(bool_and(q % 4 = 0), true) FROM unnest(p) q);

-- A rollup by the hour as reports read it, within their period: by quarters, of which an hour in which nothing begins is one.
CREATE FUNCTION report_counts(p_table text, p_by text, f report_frame) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = doorstep, pg_temp AS $$
DECLARE
    begins int[] := ARRAY[f.since, f.till, f.was_since, f.was_till] || f.days || f.was_days || f.cuts || f.moves;
    c record;
    keys text;
    counts text;
    parts text;
    every boolean := p_by = 'hour' AND NOT on_hours(f.ahead);     -- each hour is of two hours of the day there
    hours text;
BEGIN
    IF NOT every AND on_hours(begins) THEN
        RETURN format('(SELECT z.hour * 4 AS quarter, z.* FROM %I z WHERE z.hour >= %s AND z.hour < %s AND (z.hour >= %s OR z.hour < %s))',
                      p_table, f.was_since / 4, f.till / 4, f.since / 4, f.was_till / 4);
    END IF;
    SELECT * INTO c FROM rollup_columns(p_table);
    keys := 'z.' || array_to_string(c.keys, ', z.');
    counts := 'z.' || array_to_string(c.counts, ', z.');
    SELECT string_agg(format('CASE i WHEN 0 THEN z.%1$s1 WHEN 1 THEN z.%1$s2 WHEN 2 THEN z.%1$s3 ELSE z.%1$s - z.%1$s1 - z.%1$s2 - z.%1$s3 END AS %1$s', n), ', ' ORDER BY o)
      INTO parts FROM unnest(c.counts) WITH ORDINALITY u(n, o);
    hours := format('z.hour >= %s AND z.hour <= %s', f.was_since / 4, (f.till - 1) / 4);
    RETURN format('(SELECT x.* FROM (%sSELECT z.hour * 4 + i AS quarter, %s, %s FROM %I z CROSS JOIN generate_series(0, 3) i WHERE %s%s) x WHERE %s AND %s > 0)',
                  CASE WHEN NOT every THEN format('SELECT z.hour * 4 AS quarter, %s, %s FROM %I z WHERE %s AND z.hour <> ALL (%L::int[]) UNION ALL ', keys, counts, p_table, hours,
                                                  ARRAY(SELECT DISTINCT q / 4 FROM unnest(begins) q WHERE q % 4 <> 0)) END,
                  keys, parts, p_table, hours,
                  CASE WHEN NOT every THEN format(' AND z.hour = ANY (%L::int[])', ARRAY(SELECT DISTINCT q / 4 FROM unnest(begins) q WHERE q % 4 <> 0)) END,
                  report_hours(f), 'x.' || array_to_string(c.counts, ' + x.'));
END
$$;

-- Which of the stretches that begin with p_begins a quarter is in, from 0, the last one until p_till: a division, where they are of one length (the first and the last may be shorter).
CREATE FUNCTION report_stretch(p_begins int[], p_till int) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = doorstep, pg_temp
BEGIN ATOMIC
    SELECT CASE WHEN n < 2 THEN '0'
                WHEN p_begins[2] - p_begins[1] <= step AND p_till - p_begins[n] <= step AND (SELECT bool_and(p_begins[i + 1] - p_begins[i] = step) FROM generate_series(2, n - 1) i) IS NOT FALSE
                THEN format('(x.quarter - %s) / %s', p_begins[2] - step, step)
                ELSE format('(width_bucket(x.quarter, %L::int[]) - 1)', p_begins) END
      FROM (SELECT cardinality(p_begins) AS n, coalesce(p_begins[3] - p_begins[2], greatest(p_begins[2] - p_begins[1], p_till - p_begins[2])) AS step) s;
END;
CREATE FUNCTION report_slice(f report_frame) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN format('CASE WHEN x.quarter >= %s THEN %s ELSE -1 END', (f).since, report_stretch((f).cuts, (f).till));
-- The hour of the day there.
CREATE FUNCTION report_clock(f report_frame) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN format('(x.quarter + CASE %s END) / 4 %% 24',
                  (SELECT string_agg(format('WHEN x.quarter >= %s THEN %s', m, a), ' ' ORDER BY m DESC) FROM unnest((f).moves, (f).ahead) u(m, a)));
CREATE OR REPLACE FUNCTION report_part(p_by text, f report_frame) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE p_by WHEN 'kind' THEN 'x.kind' WHEN 'hour' THEN report_clock(f)
                     WHEN 'day' THEN format('(CASE WHEN x.quarter >= %s THEN %s ELSE %s END)', (f).since, report_stretch((f).days[1 : cardinality((f).days) - 1], (f).till),
                                            report_stretch(CASE WHEN cardinality((f).was_days) < 2 THEN (f).was_days ELSE (f).was_days[1 : cardinality((f).was_days) - 1] END, (f).was_till))
                     ELSE 'NULL::int' END;

DO $$
DECLARE
    p text[];
    f text;
BEGIN
    FOREACH p SLICE 1 IN ARRAY ARRAY[
        ['exceptions', '    s record;', '    s record;
    period text := report_hours(f);'],
        ['exceptions', '(SELECT * FROM rollup_exception_sum y WHERE y.%s', '(SELECT * FROM '' || report_counts(''rollup_exception_sum'', p_by, f) || '' y WHERE y.%s'],
        ['exceptions', '        IF p_by IN (''carrier'', ''brand'') THEN', '        period := ''true'';
        IF p_by IN (''carrier'', ''brand'') THEN'],
        ['exceptions', 's.k, s.source, report_hours(f)', 's.k, report_slice(f), s.source, period'],
        ['heat', '    s record;', '    s record;
    period text := report_hours(f);'],
        ['heat', '(SELECT * FROM rollup_exception_sum y WHERE y.kind', '(SELECT * FROM '' || report_counts(''rollup_exception_sum'', ''hour'', f) || '' y WHERE y.kind'],
        ['heat', '        s.k := ''x.carrier_id'';', '        period := ''true'';
        s.k := ''x.carrier_id'';'],
        ['heat', '(x.quarter + ($1.ahead)[width_bucket(x.quarter, $1.moves)]) / 4 %% 24 AS hod', '%s AS hod'],
        ['heat', 's.k, s.source, report_hours(f)', 's.k, report_clock(f), s.source, period'],
        ['messages', 'rollup_message x WHERE %s AND', '%s x WHERE'], ['messages', 'report_hours(f)', 'report_slice(f), report_counts(''rollup_message'', p_by, f)'],
        ['contacts', 'rollup_contact x WHERE %s AND', '%s x WHERE'], ['contacts', 'report_hours(f)', 'report_slice(f), report_counts(''rollup_contact'', p_by, f)'],
        ['agents', 'rollup_agent x WHERE %s AND', '%s x WHERE'], ['agents', 'report_hours(f)', 'report_slice(f), report_counts(''rollup_agent'', p_by, f)']] LOOP
        PERFORM patch_function(format('report_%s(timestamptz, timestamptz, text, text, text, text, text, timestamptz, timestamptz)', p[1])::regprocedure, p[2], p[3]);
    END LOOP;
    FOREACH f IN ARRAY '{exceptions,messages,contacts,agents}'::text[] LOOP
        PERFORM patch_function(format('report_%s(timestamptz, timestamptz, text, text, text, text, text, timestamptz, timestamptz)', f)::regprocedure,
                               'width_bucket(x.quarter, $1.cuts) - 1 AS slice', '%s AS slice');
    END LOOP;
END
$$;

RESET search_path;
RESET ROLE;
