-- Reports: what rollups add up to, for the caller's brands. All take the same arguments, those of core/report.h: from and to (on whole
-- hours, to not included), the grouping, a carrier, a kind and a brand to be limited to, how many seconds the reader's zone is east of UTC,
-- and where the period before begins (null: as long, just before). Each number comes with the text of the queue filter behind it.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- what all of them need

CREATE TYPE report_frame AS (
    since int, till int,                  -- hours, as rollups have them
    was_since int, was_till int,
    slice int, slices int,                -- hours in a slice of a sparkline, and how many of them
    east int,                             -- whole hours
    brands int[],                         -- null: all
    carrier int, kind exception_kind,
    words text);                          -- what it is limited to, as a filter; with a blank before

CREATE FUNCTION report_word(p_name text, p_value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN p_name || ':' || CASE WHEN coalesce(p_value, '') = '' THEN 'none'
                                 WHEN p_value ~ '^[[:alnum:]_.+][[:alnum:]_.+-]*$' AND lower(p_value) <> 'none' THEN p_value
                                 ELSE '"' || replace(replace(p_value, '\', '\\'), '"', '\"') || '"' END;

-- Hours [p_since, p_till) as the value of on: or done:; whole days are the reader's, hours are UTC's.
CREATE FUNCTION report_range(p_since int, p_till int, p_east int) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (p_since + p_east) % 24 = 0 AND (p_till + p_east) % 24 = 0 AND p_till > p_since
                THEN to_char(hour_at(p_since + p_east) AT TIME ZONE 'UTC', 'YYYY-MM-DD')
                     || CASE WHEN p_till - p_since > 24 THEN to_char(hour_at(p_till + p_east - 24) AT TIME ZONE 'UTC', '".."YYYY-MM-DD') ELSE '' END
                ELSE to_char(hour_at(p_since) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24"Z"')
                     || CASE WHEN p_till - p_since > 1 THEN to_char(hour_at(p_till - 1) AT TIME ZONE 'UTC', '".."YYYY-MM-DD"T"HH24"Z"') ELSE '' END END;

CREATE FUNCTION report_frame(p_title text, p_allowed text[], p_from timestamptz, p_to timestamptz, p_by text, p_carrier text, p_kind text,
                             p_brand text, p_east int, p_was timestamptz) RETURNS report_frame
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    f report_frame;
    length int;
BEGIN
    PERFORM require_level(1, 'read reports');
    IF p_from IS NULL OR p_to IS NULL OR NOT isfinite(p_from) OR NOT isfinite(p_to) OR p_from >= p_to THEN
        RAISE invalid_parameter_value USING MESSAGE = 'the period ends before it begins: give its beginning first';
    END IF;
    f.since := hour_no(p_from);
    f.till := hour_no(p_to + interval '3599 seconds');
    length := f.till - f.since;
    IF length > 400 * 24 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'a report reaches over 400 days at most: give a shorter period';
    END IF;
    IF NOT coalesce(p_by = ANY (p_allowed), false) THEN
        RAISE invalid_parameter_value USING MESSAGE = format('%s can be seen by %s, not by %s', p_title, array_to_string(p_allowed, ', '), coalesce(p_by, 'nothing'));
    END IF;
    f.was_since := coalesce(hour_no(p_was), f.since - length);
    f.was_till := least(f.was_since + length, f.since);
    f.slice := CASE WHEN length <= 31 THEN 1 WHEN length % 24 = 0 AND length > 72 THEN 24 * ((length / 24 + 30) / 31) ELSE (length + 30) / 31 END;
    f.slices := (length + f.slice - 1) / f.slice;
    f.east := floor(coalesce(p_east, 0) / 3600.0);
    IF abs(f.east) > 14 THEN
        RAISE invalid_parameter_value USING MESSAGE = format('no zone is %s hours from UTC', f.east);
    END IF;
    f.brands := my_brands();
    f.words := '';
    IF p_carrier <> '' THEN
        SELECT id INTO f.carrier FROM carrier WHERE code = lower(p_carrier);
        IF NOT FOUND THEN
            RAISE invalid_parameter_value USING MESSAGE = format('there is no carrier %s: `doorstep outage board` lists them', p_carrier);
        END IF;
        f.words := f.words || ' ' || report_word('carrier', lower(p_carrier));
    END IF;
    IF p_kind <> '' THEN
        IF NOT p_kind = ANY (enum_range(NULL::exception_kind)::text[]) THEN
            RAISE invalid_parameter_value USING MESSAGE = format('there is no kind %s: late_promise, address_issue, lost … are', p_kind);
        END IF;
        f.kind := p_kind;
        f.words := f.words || ' kind:' || p_kind;
    END IF;
    IF p_brand <> '' THEN
        SELECT array_agg(id) INTO f.brands FROM brand b WHERE lower(b.code) = lower(p_brand) AND sees_brand(b.id);
        IF f.brands IS NULL THEN
            RAISE invalid_parameter_value USING MESSAGE = format('you work for no brand %s: `doorstep brand list` has yours', p_brand);
        END IF;
        f.words := f.words || ' ' || report_word('brand', p_brand);
    END IF;
    RETURN f;
END
$$;

-- What a group is called. Days are counted from the period's beginning.
CREATE FUNCTION report_what(p_by text, p_key text, f report_frame) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE p_by WHEN 'day' THEN to_char(hour_at((f).since + (f).east + 24 * p_key::int) AT TIME ZONE 'UTC', 'YYYY-MM-DD')
                     WHEN 'hour' THEN lpad(p_key, 2, '0') || ':00'
                     WHEN 'lane' THEN replace(btrim(replace(p_key, chr(1) || chr(1), chr(1)), chr(1)), chr(1), ' ')
                     ELSE coalesce(nullif(p_key, ''), 'none') END;
CREATE FUNCTION report_term(p_by text, p_key text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN p_by = 'day' THEN ''
                WHEN p_by = 'lane' THEN report_word('carrier', split_part(p_key, chr(1), 1)) || ' ' || report_word('service', split_part(p_key, chr(1), 2))
                                        || ' ' || report_word('region', split_part(p_key, chr(1), 3)) || ' '
                ELSE report_word(p_by, p_key) || ' ' END;
-- A group's hours: the period's, or its day's. Expressions alone, as all of these are: called five hundred times a report, they are read in line.
CREATE FUNCTION report_since(p_by text, p_key text, p_before boolean, f report_frame) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN p_before THEN (f).was_since ELSE (f).since END + CASE p_by WHEN 'day' THEN 24 * p_key::int ELSE 0 END;
CREATE FUNCTION report_till(p_by text, p_key text, p_before boolean, f report_frame) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE p_by WHEN 'day' THEN least(report_since(p_by, p_key, p_before, f) + 24, CASE WHEN p_before THEN (f).was_till ELSE (f).till END)
                     ELSE CASE WHEN p_before THEN (f).was_till ELSE (f).till END END;
-- The filter behind a group: p_on is on or done, p_before says that it is of the period before.
CREATE FUNCTION report_filter(p_by text, p_key text, p_on text, p_before boolean, f report_frame) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN report_since(p_by, p_key, p_before, f) < report_till(p_by, p_key, p_before, f)
                THEN report_term(p_by, p_key) || ltrim((f).words || ' ') || p_on || ':'
                     || report_range(report_since(p_by, p_key, p_before, f), report_till(p_by, p_key, p_before, f), (f).east)
                     || CASE p_on WHEN 'on' THEN ' state:any sort:newest' ELSE ' sort:updated' END END;

-- Likewise of what happened to exceptions: p_what is message, contact, csat or did. Where the group says what, it is its word; else any is.
CREATE FUNCTION report_happened(p_what text, p_by text, p_key text, p_before boolean, f report_frame) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT CASE WHEN y.a < y.b THEN CASE WHEN p_by IN ('brand', 'carrier', 'kind') THEN report_term(p_by, p_key) ELSE '' END || ltrim((f).words || ' ') || p_what || ':'
                                            || CASE WHEN w.word ~ '^[[:alnum:]_.+-]+$' THEN w.word || '@' || r.range ELSE '"' || replace(replace(w.word, '\', '\\'), '"', '\"') || '@' || r.range || '"' END
                                            || ' state:any sort:newest' END
              FROM (SELECT CASE WHEN p_before THEN (f).was_since ELSE (f).since END AS a, CASE WHEN p_before THEN (f).was_till ELSE (f).till END AS b) x
             CROSS JOIN LATERAL (SELECT a + CASE p_by WHEN 'day' THEN 24 * p_key::int ELSE 0 END AS a,
                                        CASE p_by WHEN 'day' THEN least(a + 24 * p_key::int + 24, b) ELSE b END AS b) y
             CROSS JOIN LATERAL (SELECT report_range(y.a, y.b, (f).east) AS range) r
             CROSS JOIN LATERAL (SELECT CASE WHEN p_by IN ('brand', 'carrier', 'kind', 'day') THEN 'any' ELSE coalesce(nullif(p_key, ''), 'by_hand') END AS word) w
             WHERE p_by <> 'hour');

-- Groups that are there even when nothing happened in them: days and hours; none where nothing happened at all.
CREATE FUNCTION report_keys(p_by text, f report_frame) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 30
    RETURN generate_series(0, CASE p_by WHEN 'day' THEN ((f).till - (f).since - 1) / 24 WHEN 'hour' THEN 23 ELSE -1 END)::text;

-- What stands in the rollup itself, as a number to group by.
CREATE FUNCTION report_part(p_by text, f report_frame) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE p_by WHEN 'kind' THEN 'x.kind' WHEN 'hour' THEN format('(x.hour + %s) %% 24', (f).east + 24)
                     WHEN 'day' THEN format('(x.hour - CASE WHEN x.hour >= %s THEN %1$s ELSE %s END) / 24', (f).since, (f).was_since) ELSE 'NULL::int' END;
-- What a lane is grouped by; null: by nothing of it.
CREATE FUNCTION report_key(p_by text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE p_by WHEN 'carrier' THEN 'c.code' WHEN 'service' THEN 'l.service' WHEN 'region' THEN 'l.region' WHEN 'brand' THEN 'b.code'
                     WHEN 'lane' THEN 'concat(c.code, chr(1), l.service, chr(1), l.region)' END;
CREATE FUNCTION report_hours(f report_frame, p_before boolean DEFAULT true) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN p_before THEN format('x.hour >= %s AND x.hour < %s AND (x.hour >= %s OR x.hour < %s)', (f).was_since, (f).till, (f).since, (f).was_till)
                ELSE format('x.hour >= %s AND x.hour < %s', (f).since, (f).till) END;
-- FROM and what goes before it, for a rollup by lanes: k is the group's number, and groups(k, key) has its words. An array says which group a
-- lane belongs to (0: to none asked for): a look into it costs a tenth of a join.
CREATE FUNCTION report_source(p_by text, p_table text, f report_frame, OUT lanes text, OUT source text, OUT k text) LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ROW (format('mine AS MATERIALIZED (SELECT l.id, dense_rank() OVER (ORDER BY %s)::int AS k, %1$s AS key FROM lane l JOIN carrier c ON c.id = l.carrier_id JOIN brand b ON b.id = l.brand_id '
                          'WHERE (%L::int[] IS NULL OR l.brand_id = ANY (%2$L::int[])) AND (%L::int IS NULL OR l.carrier_id = %3$L::int)), '
                          'groups AS MATERIALIZED (SELECT DISTINCT k, key FROM mine), '
                          'map AS MATERIALIZED (SELECT array_agg(coalesce(m.k, 0) ORDER BY i) AS a FROM generate_series(1, (SELECT max(id) FROM mine)) i LEFT JOIN mine m ON m.id = i)', coalesce(report_key(p_by), '''''::text'), (f).brands, (f).carrier),
                CASE WHEN (f).brands IS NULL AND (f).carrier IS NULL THEN format('%I x', p_table)     -- every lane is asked for
                     ELSE format('(SELECT y.* FROM %I y WHERE (SELECT map.a FROM map)[y.lane_id] > 0) x', p_table) END, CASE WHEN report_key(p_by) IS NULL THEN report_part(p_by, f) ELSE '(SELECT map.a FROM map)[x.lane_id]' END);
CREATE FUNCTION report_percent(p_part numeric, p_all numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN round(100 * p_part / nullif(p_all, 0), 1);
CREATE FUNCTION report_change(p_now numeric, p_was numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN round(100 * (p_now - p_was) / nullif(p_was, 0), 1);

-- ---------------------------------------------------------------- exceptions

CREATE FUNCTION report_exceptions(p_from timestamptz, p_to timestamptz, p_by text DEFAULT 'carrier', p_carrier text DEFAULT NULL, p_kind text DEFAULT NULL,
                                  p_brand text DEFAULT NULL, p_east int DEFAULT 0, p_was timestamptz DEFAULT NULL)
    RETURNS TABLE (what text, opened bigint, was bigint, change numeric, share numeric, resolved bigint, reopened bigint, spark jsonb,
                   filter text, was_filter text, resolved_filter text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET jit = off SET work_mem = '64MB' AS $$
DECLARE
    f report_frame := report_frame('exceptions', '{carrier,service,lane,region,kind,brand,hour,day}', p_from, p_to, p_by, p_carrier, p_kind, p_brand, p_east, p_was);
    s record;
BEGIN
    SELECT * INTO s FROM report_source(p_by, 'rollup_exception', f);
    IF p_by IN ('carrier', 'brand', 'hour', 'day') AND f.kind IS NULL OR p_by IN ('kind', 'brand', 'hour', 'day') AND f.carrier IS NULL THEN
        s.source := format('(SELECT * FROM rollup_exception_sum y WHERE y.%s IS NULL AND (%L::int[] IS NULL OR y.brand_id = ANY (%2$L::int[])) AND (%L::int IS NULL OR y.carrier_id = %3$L::int)) x',
                           CASE WHEN f.kind IS NULL AND p_by <> 'kind' THEN 'kind' ELSE 'carrier_id' END, f.brands, f.carrier);
        IF p_by IN ('carrier', 'brand') THEN
            s.k := format('x.%s_id', p_by);
            s.lanes := format('groups AS MATERIALIZED (SELECT id AS k, code AS key FROM %I)', p_by);
        END IF;
    END IF;
    RETURN QUERY EXECUTE format($q$
        WITH %s, cell AS MATERIALIZED (
            SELECT %s AS k, CASE WHEN x.hour >= $1.since THEN (x.hour - $1.since) / $1.slice ELSE -1 END AS slice,
                   sum(x.opened) AS opened, sum(x.resolved) AS resolved, sum(x.reopened) AS reopened
              FROM %s WHERE %s AND ($1.kind IS NULL OR x.kind = $1.kind) GROUP BY 1, 2
        ), keyed AS MATERIALIZED (
            SELECT %s AS key, x.slice, x.opened, x.resolved, x.reopened FROM cell x %s
        ), summed AS (
            SELECT k.key, coalesce(sum(k.opened) FILTER (WHERE k.slice >= 0), 0)::bigint AS opened, coalesce(sum(k.opened) FILTER (WHERE k.slice < 0), 0)::bigint AS was,
                   coalesce(sum(k.resolved) FILTER (WHERE k.slice >= 0), 0)::bigint AS resolved, coalesce(sum(k.reopened) FILTER (WHERE k.slice >= 0), 0)::bigint AS reopened
              FROM (SELECT * FROM keyed UNION ALL SELECT report_keys($2, $1), 0, 0, 0, 0 WHERE EXISTS (SELECT FROM keyed)) k GROUP BY 1
        ), top AS MATERIALIZED (
            SELECT s.*, sum(s.opened) OVER () AS total FROM summed s WHERE s.opened + s.was + s.resolved + s.reopened > 0 OR $2 IN ('day', 'hour')
             ORDER BY CASE WHEN $2 IN ('day', 'hour') THEN s.key::int END, s.opened DESC, s.was DESC, s.key LIMIT 500
        ), line AS (
            SELECT t.key, jsonb_agg(coalesce(k.opened, 0)::bigint ORDER BY i) AS spark
              FROM top t CROSS JOIN generate_series(0, $1.slices - 1) i LEFT JOIN keyed k ON k.key = t.key AND k.slice = i GROUP BY 1
        )
        SELECT report_what($2, t.key, $1), t.opened, t.was, report_change(t.opened, t.was), report_percent(t.opened, t.total), t.resolved, t.reopened, l.spark,
               report_filter($2, t.key, 'on', false, $1), report_filter($2, t.key, 'on', true, $1), CASE WHEN $2 <> 'hour' THEN report_filter($2, t.key, 'done', false, $1) END
          FROM top t JOIN line l USING (key)
         ORDER BY CASE WHEN $2 IN ('day', 'hour') THEN t.key::int END, t.opened DESC, t.was DESC, t.key
        $q$, s.lanes, s.k, s.source, report_hours(f), CASE WHEN report_key(p_by) IS NULL THEN 'x.k::text' ELSE 'g.key' END,
        CASE WHEN report_key(p_by) IS NULL THEN '' ELSE 'JOIN groups g USING (k)' END) USING f, p_by;
END
$$;

-- Each carrier's hours of the day. A cell's filter is the row's with hour:14 before it.
CREATE FUNCTION report_heat(p_from timestamptz, p_to timestamptz, p_by text DEFAULT 'carrier', p_carrier text DEFAULT NULL, p_kind text DEFAULT NULL,
                            p_brand text DEFAULT NULL, p_east int DEFAULT 0, p_was timestamptz DEFAULT NULL)
    RETURNS TABLE (what text, opened bigint, was bigint, change numeric, hours jsonb, filter text, was_filter text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET jit = off SET work_mem = '64MB' AS $$
DECLARE
    f report_frame := report_frame('the heat map', '{carrier}', p_from, p_to, p_by, p_carrier, p_kind, p_brand, p_east, p_was);
    s record;
BEGIN
    SELECT * INTO s FROM report_source(p_by, 'rollup_exception', f);
    IF f.kind IS NULL THEN
        s.source := format('(SELECT * FROM rollup_exception_sum y WHERE y.kind IS NULL AND (%L::int[] IS NULL OR y.brand_id = ANY (%1$L::int[])) AND (%L::int IS NULL OR y.carrier_id = %2$L::int)) x',
                           f.brands, f.carrier);
        s.k := 'x.carrier_id';
        s.lanes := 'groups AS MATERIALIZED (SELECT id AS k, code AS key FROM carrier)';
    END IF;
    RETURN QUERY EXECUTE format($q$
        WITH %s, cell AS MATERIALIZED (
            SELECT %s AS k, (x.hour + $1.east + 24) %% 24 AS hod, coalesce(sum(x.opened) FILTER (WHERE x.hour >= $1.since), 0)::bigint AS n,
                   coalesce(sum(x.opened) FILTER (WHERE x.hour < $1.since), 0)::bigint AS was
              FROM %s WHERE %s AND ($1.kind IS NULL OR x.kind = $1.kind) GROUP BY 1, 2
        ), keyed AS MATERIALIZED (
            SELECT g.key, x.hod, x.n, x.was FROM cell x JOIN groups g USING (k)
        )
        SELECT k.key, sum(coalesce(y.n, 0))::bigint, sum(coalesce(y.was, 0))::bigint, report_change(sum(coalesce(y.n, 0)), sum(coalesce(y.was, 0))),
               jsonb_agg(coalesce(y.n, 0) ORDER BY h), report_filter('carrier', k.key, 'on', false, $1), report_filter('carrier', k.key, 'on', true, $1)
          FROM (SELECT DISTINCT key FROM keyed) k CROSS JOIN generate_series(0, 23) h LEFT JOIN keyed y ON y.key = k.key AND y.hod = h
         GROUP BY k.key HAVING sum(coalesce(y.n, 0) + coalesce(y.was, 0)) > 0 ORDER BY 2 DESC, 1
        $q$, s.lanes, s.k, s.source, report_hours(f)) USING f;
END
$$;

-- ---------------------------------------------------------------- deliveries

CREATE FUNCTION report_ontime(p_from timestamptz, p_to timestamptz, p_by text DEFAULT 'carrier', p_carrier text DEFAULT NULL, p_kind text DEFAULT NULL,
                              p_brand text DEFAULT NULL, p_east int DEFAULT 0, p_was timestamptz DEFAULT NULL)
    RETURNS TABLE (what text, delivered bigint, promised bigint, late bigint, on_time numeric, on_time_was numeric, on_time_points numeric,
                   first_edd numeric, last_edd numeric, days_late jsonb, filter text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET jit = off SET work_mem = '64MB' AS $$
DECLARE
    f report_frame := report_frame('deliveries', '{carrier,service,lane,region,brand,day}', p_from, p_to, p_by, p_carrier, NULL, p_brand, p_east, p_was);
    s record;
BEGIN
    IF p_kind <> '' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'deliveries are of all kinds: leave the kind out';
    END IF;
    f.words := f.words || ' kind:late_promise';      -- what of them came to the queue
    SELECT * INTO s FROM report_source(p_by, 'rollup_delivery', f);
    RETURN QUERY EXECUTE format($q$
        WITH %s, cell AS MATERIALIZED (
            SELECT %s AS k, x.hour >= $1.since AS cur, x.days, sum(x.n) AS n, sum(x.on_time) AS ok, sum(x.first_n) AS first_n, sum(x.first_ok) AS first_ok,
                   sum(x.last_n) AS last_n, sum(x.last_ok) AS last_ok
              FROM %s WHERE %s GROUP BY 1, 2, 3
        ), keyed AS MATERIALIZED (
            SELECT %s AS key, x.cur, x.days, x.n, x.ok, x.first_n, x.first_ok, x.last_n, x.last_ok FROM cell x %s
        ), summed AS (
            SELECT k.key, coalesce(sum(k.n) FILTER (WHERE cur), 0)::bigint AS n, coalesce(sum(k.n) FILTER (WHERE cur AND days IS NOT NULL), 0)::bigint AS promised,
                   coalesce(sum(k.ok) FILTER (WHERE cur), 0)::bigint AS ok,
                   report_percent(sum(k.ok) FILTER (WHERE cur), sum(k.n) FILTER (WHERE cur AND days IS NOT NULL)) AS rate,
                   report_percent(sum(k.ok) FILTER (WHERE NOT cur), sum(k.n) FILTER (WHERE NOT cur AND days IS NOT NULL)) AS was,
                   report_percent(sum(k.first_ok) FILTER (WHERE cur), sum(k.first_n) FILTER (WHERE cur)) AS first,
                   report_percent(sum(k.last_ok) FILTER (WHERE cur), sum(k.last_n) FILTER (WHERE cur)) AS last
              FROM (SELECT * FROM keyed UNION ALL SELECT report_keys($2, $1), true, NULL, 0, 0, 0, 0, 0, 0 WHERE EXISTS (SELECT FROM keyed)) k GROUP BY 1
        ), spread AS (
            SELECT t.key, jsonb_agg(coalesce(k.n, 0)::bigint ORDER BY i) AS days
              FROM summed t CROSS JOIN generate_series(1, 9) i
              LEFT JOIN (SELECT key, CASE WHEN days BETWEEN 4 AND 6 THEN 8 WHEN days >= 7 THEN 9 ELSE days + 4 END AS i, sum(n) AS n
                           FROM keyed WHERE cur AND days IS NOT NULL GROUP BY 1, 2) k USING (key, i) GROUP BY 1
        )
        SELECT report_what($2, s.key, $1), s.n, s.promised, s.promised - s.ok, s.rate, s.was, s.rate - s.was, s.first, s.last, d.days, report_filter($2, s.key, 'on', false, $1)
          FROM summed s JOIN spread d USING (key)
         ORDER BY CASE WHEN $2 = 'day' THEN s.key::int END, s.n DESC, s.key LIMIT 500
        $q$, s.lanes, s.k, s.source, report_hours(f), CASE WHEN report_key(p_by) IS NULL THEN 'x.k::text' ELSE 'g.key' END,
        CASE WHEN report_key(p_by) IS NULL THEN '' ELSE 'JOIN groups g USING (k)' END) USING f, p_by;
END
$$;

-- ---------------------------------------------------------------- response and resolution

-- The seconds p of 100 needed at most: within its bucket as if they were spread evenly. Beyond the last bound: that bound.
CREATE FUNCTION report_percentile(p_counts bigint[], p numeric) RETURNS int LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = doorstep, pg_temp AS $$
DECLARE
    bounds int[] := rollup_bounds();
    target numeric := (SELECT sum(n) FROM unnest(p_counts) n) * p / 100;
    before numeric := 0;
BEGIN
    IF coalesce(target, 0) = 0 THEN
        RETURN NULL;
    END IF;
    FOR i IN 1 .. cardinality(bounds) LOOP
        IF before + p_counts[i] >= target THEN
            RETURN coalesce(bounds[i - 1], 0) + round((bounds[i] - coalesce(bounds[i - 1], 0)) * (target - before) / p_counts[i]);
        END IF;
        before := before + p_counts[i];
    END LOOP;
    RETURN bounds[cardinality(bounds)];
END
$$;

CREATE FUNCTION report_response(p_from timestamptz, p_to timestamptz, p_by text DEFAULT 'kind', p_carrier text DEFAULT NULL, p_kind text DEFAULT NULL,
                                p_brand text DEFAULT NULL, p_east int DEFAULT 0, p_was timestamptz DEFAULT NULL)
    RETURNS TABLE (what text, opened bigint, answered bigint, first_p50 int, first_p90 int, first_met bigint, first_missed bigint, first_met_rate numeric, first_spread jsonb,
                   closed bigint, resolve_p50 int, resolve_p90 int, resolve_met bigint, resolve_missed bigint, resolve_met_rate numeric, resolve_spread jsonb, filter text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET jit = off SET work_mem = '64MB' AS $$
DECLARE
    f report_frame := report_frame('response times', '{kind,carrier,tier,brand,day}', p_from, p_to, p_by, p_carrier, p_kind, p_brand, p_east, p_was);
BEGIN
    RETURN QUERY EXECUTE format($q$
        WITH cell AS MATERIALIZED (
            SELECT %s AS k, x.what, x.bucket, sum(x.n) AS n, sum(x.met) AS met, sum(x.missed + CASE WHEN x.due < $3 THEN x.n ELSE 0 END) AS missed
              FROM rollup_time x WHERE %s AND ($1.brands IS NULL OR x.brand_id = ANY ($1.brands)) AND ($1.carrier IS NULL OR x.carrier_id = $1.carrier)
               AND ($1.kind IS NULL OR x.kind = $1.kind) GROUP BY 1, 2, 3
        ), keyed AS (
            SELECT %s AS key, x.* FROM cell x
        ), summed AS (
            SELECT k.key, sum(k.n) FILTER (WHERE what = 1)::bigint AS n, coalesce(sum(k.n) FILTER (WHERE what = 1 AND bucket >= 0), 0)::bigint AS answered,
                   coalesce(sum(k.met) FILTER (WHERE what = 1), 0)::bigint AS first_met, coalesce(sum(k.missed) FILTER (WHERE what = 1), 0)::bigint AS first_missed,
                   coalesce(sum(k.n) FILTER (WHERE what = 2 AND bucket >= 0), 0)::bigint AS closed,
                   coalesce(sum(k.met) FILTER (WHERE what = 2), 0)::bigint AS met, coalesce(sum(k.missed) FILTER (WHERE what = 2), 0)::bigint AS missed,
                   ARRAY(SELECT coalesce(sum(y.n), 0)::bigint FROM generate_series(0, 14) i LEFT JOIN keyed y ON y.key = k.key AND y.what = 1 AND y.bucket = i GROUP BY i ORDER BY i) AS first,
                   ARRAY(SELECT coalesce(sum(y.n), 0)::bigint FROM generate_series(0, 14) i LEFT JOIN keyed y ON y.key = k.key AND y.what = 2 AND y.bucket = i GROUP BY i ORDER BY i) AS last
              FROM keyed k GROUP BY 1
        )
        SELECT report_what($2, s.key, $1), s.n, s.answered, report_percentile(s.first, 50), report_percentile(s.first, 90), s.first_met, s.first_missed,
               report_percent(s.first_met, s.first_met + s.first_missed), to_jsonb(s.first), s.closed, report_percentile(s.last, 50), report_percentile(s.last, 90),
               s.met, s.missed, report_percent(s.met, s.met + s.missed), to_jsonb(s.last), report_filter($2, s.key, 'on', false, $1)
          FROM summed s ORDER BY CASE WHEN $2 = 'day' THEN s.key::int END, s.n DESC, s.key LIMIT 500
        $q$, CASE p_by WHEN 'carrier' THEN 'x.carrier_id' WHEN 'tier' THEN 'x.tier' WHEN 'brand' THEN 'x.brand_id' ELSE report_part(p_by, f) END, report_hours(f, false),
        CASE p_by WHEN 'carrier' THEN '(SELECT c.code FROM carrier c WHERE c.id = x.k)' WHEN 'brand' THEN '(SELECT b.code FROM brand b WHERE b.id = x.k)' ELSE 'x.k::text' END)
        USING f, p_by, hour_no(clock_timestamp());
END
$$;

GRANT EXECUTE ON FUNCTION report_exceptions(timestamptz, timestamptz, text, text, text, text, int, timestamptz), report_heat(timestamptz, timestamptz, text, text, text, text, int, timestamptz),
    report_ontime(timestamptz, timestamptz, text, text, text, text, int, timestamptz), report_response(timestamptz, timestamptz, text, text, text, text, int, timestamptz) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
