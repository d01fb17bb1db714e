-- Reports by the reader's clocks: days of 23, 24 or 25 hours, zones of half and of quarter hours. Rollups count by the quarter of an hour (of
-- UTC), since every zone's clocks differ from UTC by whole quarters and change on them; which hours changed is written down and made anew by
-- the hour, as before. A report is told how the reader's clocks went and cuts its days and hours by them.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- Quarters of an hour since 1970, UTC.
CREATE FUNCTION quarter_no(p timestamptz) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (epoch_s(p) / 900)::int;
CREATE FUNCTION quarter_at(p int) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN timestamptz '1970-01-01T00:00:00Z' + p * interval '15 minutes';

-- ---------------------------------------------------------------- rollups

-- What is there stands in the first quarter of its hour until that is made anew from what it was made of, which is asked for here. Hours that
-- are final stay so: right in zones of whole hours, through changes of the clock, too; elsewhere as right as they were.
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY '{rollup_exception,rollup_exception_sum,rollup_time,rollup_message,rollup_contact,rollup_agent,rollup_delivery}'::text[] LOOP
        EXECUTE format('ALTER TABLE %I ALTER COLUMN hour TYPE int USING hour * 4', t);
        EXECUTE format('ALTER TABLE %I RENAME COLUMN hour TO quarter', t);
        EXECUTE format('INSERT INTO rollup_dirty SELECT DISTINCT %L, x.quarter / 4 FROM %I x WHERE x.quarter / 4 >= (SELECT since FROM rollup_state)',
                       CASE WHEN t IN ('rollup_exception', 'rollup_time') THEN 'exception' ELSE substr(t, 8) END, t);
    END LOOP;
    DELETE FROM rollup_dirty WHERE subject = 'exception_sum';
END
$$;
ALTER INDEX rollup_time_hour RENAME TO rollup_time_quarter;

-- They still make whole hours, [p_from, p_to), in quarters.
DO $$
DECLARE
    f regprocedure;
BEGIN
    FOREACH f IN ARRAY '{"rollup_exceptions(int, int)","rollup_messages(int, int)","rollup_contacts(int, int)","rollup_agents(int, int)","rollup_deliveries(int, int)"}'::regprocedure[] LOOP
        EXECUTE replace(replace(replace(replace(regexp_replace(pg_get_functiondef(f), '\mhour_no\((?!e\.(first_response|resolve)_due_at)', 'quarter_no(', 'g'),
                'WHERE hour >= p_from AND hour < p_to', 'WHERE quarter >= 4 * p_from AND quarter < 4 * p_to'),
                'WHERE x.hour >= p_from AND x.hour < p_to', 'WHERE x.quarter >= 4 * p_from AND x.quarter < 4 * p_to'),
                ' AS hour', ' AS quarter'), 'x.hour', 'x.quarter');
    END LOOP;
END
$$;
SELECT patch_function('rollup_rows(text, int, int)'::regprocedure, 'SELECT x.hour, x::text FROM %I x WHERE x.hour >= $1 AND x.hour < $2',
                      'SELECT x.quarter / 4, x::text FROM %I x WHERE x.quarter >= 4 * $1 AND x.quarter < 4 * $2');
SELECT patch_function('rollup_now()'::regprocedure, 'hour_at((SELECT min(hour) FROM rollup_exception))', 'quarter_at((SELECT min(quarter) FROM rollup_exception))');
SELECT patch_function('brand_rolls()'::regprocedure, 'd.hour FROM', 'd.quarter / 4 FROM');

-- ---------------------------------------------------------------- the reader's clocks

-- How a zone's clocks go from p_from to p_to, as reports are told it: seconds east of UTC, and for each change ' SECONDS_SINCE_1970=SECONDS_EAST'.
CREATE FUNCTION zone_clocks(p_zone text, p_from timestamptz, p_to timestamptz) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
BEGIN ATOMIC
    WITH day AS MATERIALIZED (
        SELECT t, extract(epoch FROM (t AT TIME ZONE p_zone) - (t AT TIME ZONE 'UTC'))::int AS east
          FROM generate_series(date_bin('1 day', p_from, '2000-01-01T00:00:00Z'::timestamptz), p_to + interval '1 day', interval '1 day') t
    ), change AS (
        SELECT x.at, d.east FROM (SELECT t, east, lead(east) OVER (ORDER BY t) AS east_then FROM day) c
         CROSS JOIN LATERAL (SELECT c.east_then AS east) d
         CROSS JOIN LATERAL (SELECT min(q) AS at FROM generate_series(c.t, c.t + interval '1 day', interval '15 minutes') q
                              WHERE extract(epoch FROM (q AT TIME ZONE p_zone) - (q AT TIME ZONE 'UTC'))::int = c.east_then) x
         WHERE c.east_then <> c.east
    )
    SELECT concat_ws(' ', (SELECT east FROM day ORDER BY t LIMIT 1), (SELECT string_agg(epoch_s(at) || '=' || east, ' ' ORDER BY at) FROM change));
END;

-- When a clock there shows that: seconds since 1970 as if it were UTC's -> seconds since 1970. As base/when.h has it: the first time where it does
-- so twice, after the change where it never does.
CREATE FUNCTION clock_instant(p_local bigint, p_moves bigint[], p_east int[]) RETURNS bigint LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = doorstep, pg_temp AS $$
BEGIN
    FOR i IN 1 .. cardinality(p_moves) LOOP
        IF p_local - p_east[i] < p_moves[i] OR p_local - p_east[i + 1] < p_moves[i] THEN
            RETURN p_local - p_east[i];
        END IF;
    END LOOP;
    RETURN p_local - p_east[cardinality(p_east)];
END
$$;

-- Where the days of quarters [p_since, p_till) begin there, p_since and p_till with them, and the first one's date; whole: it begins with its
-- midnight; ends: the last one does with the next.
CREATE FUNCTION clock_days(p_since int, p_till int, p_moves bigint[], p_east int[], OUT days int[], OUT first date, OUT whole boolean, OUT ends boolean)
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = doorstep, pg_temp AS $$
DECLARE
    -- a day that begins within a quarter begins with it
    d bigint := (p_since * 900::bigint + 899 + p_east[width_bucket(p_since * 900::bigint, '{-9223372036854775808}'::bigint[] || p_moves)]) / 86400;
    q int;
BEGIN
    first := date '1970-01-01' + d::int;
    q := floor(clock_instant(d * 86400, p_moves, p_east) / 900.0);
    whole := q = p_since;
    days := ARRAY[p_since];
    LOOP
        d := d + 1;
        q := floor(clock_instant(d * 86400, p_moves, p_east) / 900.0);
        EXIT WHEN q >= p_till;
        days := days || q;
    END LOOP;
    ends := q = p_till;
    days := days || p_till;
END
$$;

-- ---------------------------------------------------------------- a report's frame

ALTER TYPE report_frame ADD ATTRIBUTE days int[],          -- where each day begins, and where the last one ends; quarters
                        ADD ATTRIBUTE was_days int[],
                        ADD ATTRIBUTE first date,          -- the first day's date
                        ADD ATTRIBUTE cuts int[],          -- where each slice of a sparkline begins
                        ADD ATTRIBUTE moves int[],         -- from when on the clocks are ...
                        ADD ATTRIBUTE ahead int[],         -- ... so many quarters ahead of UTC; the first from long ago
                        ADD ATTRIBUTE span text,           -- the period as the value of on: and done:; null: empty
                        ADD ATTRIBUTE was_span text,
                        ADD ATTRIBUTE spans text[],        -- each day likewise
                        ADD ATTRIBUTE was_spans text[];

-- Quarters [p_since, p_till) as the value of on: or done: – the reader's days p_first to p_last, where they are known to be whole, else hours or
-- minutes of UTC, the last one with them.
DROP FUNCTION report_filter(text, text, text, boolean, report_frame), report_happened(text, text, text, boolean, report_frame), report_range(int, int, int);
CREATE FUNCTION report_range(p_since int, p_till int, p_first date, p_last date) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN p_since >= p_till THEN NULL
                WHEN p_first IS NOT NULL AND p_last IS NOT NULL
                THEN to_char(p_first, 'YYYY-MM-DD') || CASE WHEN p_last > p_first THEN to_char(p_last, '".."YYYY-MM-DD') ELSE '' END
                WHEN p_since % 4 = 0 AND p_till % 4 = 0
                THEN to_char(quarter_at(p_since) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24"Z"')
                     || CASE WHEN p_till - p_since > 4 THEN to_char(quarter_at(p_till - 4) AT TIME ZONE 'UTC', '".."YYYY-MM-DD"T"HH24"Z"') ELSE '' END
                ELSE to_char(quarter_at(p_since) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"')
                     || to_char(quarter_at(p_till) AT TIME ZONE 'UTC' - interval '1 minute', '".."YYYY-MM-DD"T"HH24:MI"Z"') END;

-- clock_days() as filters: of all, and of each day.
CREATE FUNCTION report_spans(p_days int[], p_first date, p_whole boolean, p_ends boolean, p_each boolean, OUT span text, OUT spans text[])
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = doorstep, pg_temp
BEGIN ATOMIC
    WITH n AS (SELECT cardinality(p_days) - 1 AS n)
    SELECT report_range(p_days[1], p_days[n + 1], CASE WHEN p_whole THEN p_first END, CASE WHEN p_ends THEN p_first + n - 1 END),
           CASE WHEN p_each THEN ARRAY(SELECT report_range(p_days[i], p_days[i + 1], CASE WHEN i > 1 OR p_whole THEN p_first + i - 1 END, CASE WHEN i < n OR p_ends THEN p_first + i - 1 END)
                                         FROM generate_series(1, n) i ORDER BY i) END
      FROM n;
END;

-- p_zone: clocks as zone_clocks() writes them, or a zone's name.
DROP FUNCTION report_frame(text, text[], timestamptz, timestamptz, text, text, text, text, int, timestamptz);
CREATE FUNCTION report_frame(p_title text, p_allowed text[], p_from timestamptz, p_to timestamptz, p_by text, p_carrier text, p_kind text,
                             p_brand text, p_zone text, p_was timestamptz, p_was_to timestamptz) RETURNS report_frame
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    f report_frame;
    length int;
    clocks text;
    moves bigint[];
    east int[];
    now_days record;
    was_days record;
    step int;
BEGIN
    PERFORM require_level(1, 'read reports');
    IF p_from IS NULL OR p_to IS NULL OR NOT isfinite(p_from) OR NOT isfinite(p_to) OR p_from >= p_to THEN
        RAISE invalid_parameter_value USING MESSAGE = 'the period ends before it begins: give its beginning first';
    END IF;
    f.since := quarter_no(p_from);
    f.till := quarter_no(p_to + interval '899 seconds');
    length := f.till - f.since;
    IF length > 400 * 96 + 8 THEN      -- and the clocks may have gone back
        RAISE invalid_parameter_value USING MESSAGE = 'a report reaches over 400 days at most: give a shorter period';
    END IF;
    IF NOT coalesce(p_by = ANY (p_allowed), false) THEN
        RAISE invalid_parameter_value USING MESSAGE = format('%s can be seen by %s, not by %s', p_title, array_to_string(p_allowed, ', '), coalesce(p_by, 'nothing'));
    END IF;
    f.was_since := coalesce(quarter_no(p_was), f.since - length);
    f.was_till := least(coalesce(quarter_no(p_was_to + interval '899 seconds'), f.was_since + length), f.since);
    IF f.was_till - f.was_since > 400 * 96 + 8 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'what a report is held against reaches over 400 days at most: give a shorter period';
    END IF;

    clocks := coalesce(p_zone, '0');
    IF clocks !~ '^[-+]?[0-9]' THEN
        clocks := zone_clocks(clocks, least(quarter_at(f.was_since), p_from) - interval '2 days', p_to);
    ELSIF clocks !~ '^[-+]?[0-9]{1,5}( [0-9]{1,10}=-?[0-9]{1,5}){0,20}$' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'the zone is not one: give its name, or its seconds east of UTC';
    END IF;
    east := ARRAY(SELECT split_part(x, '=', CASE WHEN n = 1 THEN 1 ELSE 2 END)::int FROM string_to_table(clocks, ' ') WITH ORDINALITY s(x, n) ORDER BY n);
    moves := ARRAY(SELECT split_part(x, '=', 1)::bigint FROM string_to_table(clocks, ' ') WITH ORDINALITY s(x, n) WHERE n > 1 ORDER BY n);
    IF (SELECT max(abs(e)) FROM unnest(east) e) > 15 * 3600 THEN
        RAISE invalid_parameter_value USING MESSAGE = format('no zone is %s hours from UTC', (SELECT round(e / 3600.0, 1) FROM unnest(east) e ORDER BY abs(e) DESC LIMIT 1));
    END IF;
    f.moves := ARRAY[-2147483648] || ARRAY(SELECT (m / 900)::int FROM unnest(moves) WITH ORDINALITY u(m, n) ORDER BY n);
    f.ahead := ARRAY(SELECT floor(e / 900.0)::int FROM unnest(east) WITH ORDINALITY u(e, n) ORDER BY n);

    now_days := clock_days(f.since, f.till, moves, east);
    f.days := now_days.days;
    f.first := now_days.first;
    SELECT * INTO f.span, f.spans FROM report_spans(now_days.days, now_days.first, now_days.whole, now_days.ends, p_by = 'day');
    f.was_days := ARRAY[f.was_since];
    IF f.was_since < f.was_till THEN
        was_days := clock_days(f.was_since, f.was_till, moves, east);
        -- where it touches more days than there are, what is over belongs to the last
        IF cardinality(was_days.days) > cardinality(f.days) THEN
            was_days.days := was_days.days[1 : cardinality(f.days) - 1] || f.was_till;
            was_days.ends := false;
        END IF;
        f.was_days := was_days.days;
        SELECT * INTO f.was_span, f.was_spans FROM report_spans(was_days.days, was_days.first, was_days.whole, was_days.ends, p_by = 'day');
    END IF;

    step := (cardinality(f.days) + 29) / 31;
    f.cuts := CASE WHEN now_days.whole AND now_days.ends AND cardinality(f.days) > 4
                   THEN ARRAY(SELECT f.days[i] FROM generate_series(1, cardinality(f.days) - 1, step) i ORDER BY i)
                   ELSE ARRAY(SELECT i FROM generate_series(f.since, f.till - 1, CASE WHEN length <= 31 * 4 THEN 4 ELSE ((length + 3) / 4 + 30) / 31 * 4 END) i ORDER BY i) END;
    f.slices := cardinality(f.cuts);
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

-- Days are the frame's, counted from 0; in the period before, the days that are held against them.
CREATE OR REPLACE FUNCTION report_what(p_by text, p_key text, f report_frame) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE p_by WHEN 'day' THEN to_char((f).first + p_key::int, 'YYYY-MM-DD')
                     WHEN 'hour' THEN lpad(p_key, 2, '0') || ':00'
                     WHEN 'lane' THEN replace(btrim(replace(p_key, chr(1) || chr(1), chr(1)), chr(1)), chr(1), ' ')
                     ELSE coalesce(nullif(p_key, ''), 'none') END;
CREATE FUNCTION report_span(p_by text, p_key text, p_before boolean, f report_frame) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN p_by <> 'day' THEN CASE WHEN p_before THEN (f).was_span ELSE (f).span END
                WHEN p_before THEN ((f).was_spans)[p_key::int + 1] ELSE ((f).spans)[p_key::int + 1] END;
-- The filter behind a group: p_on is on or done, p_before says that it is of the period before. Null: there is no such time.
CREATE FUNCTION report_filter(p_by text, p_key text, p_on text, p_before boolean, f report_frame) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN report_term(p_by, p_key) || ltrim((f).words || ' ') || p_on || ':' || report_span(p_by, p_key, p_before, f)
           || CASE p_on WHEN 'on' THEN ' state:any sort:newest' ELSE ' sort:updated' END;
CREATE FUNCTION report_happened(p_what text, p_by text, p_key text, p_before boolean, f report_frame) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT CASE WHEN p_by IN ('brand', 'carrier', 'kind') THEN report_term(p_by, p_key) ELSE '' END || ltrim((f).words || ' ') || p_what || ':'
                   || CASE WHEN w.word ~ '^[[:alnum:]_.+-]+$' THEN w.word || '@' || r.range ELSE '"' || replace(replace(w.word, '\', '\\'), '"', '\"') || '@' || r.range || '"' END
                   || ' state:any sort:newest'
              FROM (SELECT CASE WHEN p_by IN ('brand', 'carrier', 'kind', 'day') THEN 'any' ELSE coalesce(nullif(p_key, ''), 'by_hand') END AS word) w
             CROSS JOIN LATERAL (SELECT report_span(p_by, p_key, p_before, f) AS range) r
             WHERE p_by <> 'hour');
DROP FUNCTION report_since(text, text, boolean, report_frame), report_till(text, text, boolean, report_frame);

CREATE OR REPLACE FUNCTION report_keys(p_by text, f report_frame) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 30
    RETURN generate_series(0, CASE p_by WHEN 'day' THEN cardinality((f).days) - 2 WHEN 'hour' THEN 23 ELSE -1 END)::text;
-- In the reports' queries $1 is the frame.
CREATE OR REPLACE FUNCTION report_part(p_by text, f report_frame) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE p_by WHEN 'kind' THEN 'x.kind' WHEN 'hour' THEN '(x.quarter + ($1.ahead)[width_bucket(x.quarter, $1.moves)]) / 4 % 24'
                     WHEN 'day' THEN '(CASE WHEN x.quarter >= $1.since THEN width_bucket(x.quarter, $1.days) ELSE width_bucket(x.quarter, $1.was_days) END - 1)' ELSE 'NULL::int' END;
CREATE OR REPLACE FUNCTION report_hours(f report_frame, p_before boolean DEFAULT true) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN p_before THEN format('x.quarter >= %s AND x.quarter < %s AND (x.quarter >= %s OR x.quarter < %s)', (f).was_since, (f).till, (f).since, (f).was_till)
                ELSE format('x.quarter >= %s AND x.quarter < %s', (f).since, (f).till) END;

-- ---------------------------------------------------------------- the reports

DO $$
DECLARE
    r record;
    source text;
    was text;
    part text[];
BEGIN
    FOR r IN SELECT p.oid::regprocedure AS f, p.proname AS name FROM pg_proc p
              WHERE p.pronamespace = 'doorstep'::regnamespace AND p.proname ~ '^report_(exceptions|heat|ontime|response|messages|contacts|csat|agents)$' LOOP
        source := pg_get_functiondef(r.f);
        FOREACH part SLICE 1 IN ARRAY ARRAY[
            -- reports with it (a regular expression), what stood there, what does now
            ['', 'p_east integer DEFAULT 0, p_was timestamp with time zone DEFAULT NULL::timestamp with time zone',
                 'p_zone text DEFAULT ''0''::text, p_was timestamp with time zone DEFAULT NULL::timestamp with time zone, p_was_to timestamp with time zone DEFAULT NULL::timestamp with time zone'],
            ['', 'p_east, p_was)', 'p_zone, p_was, p_was_to)'],
            ['exceptions|messages|contacts|agents', 'CASE WHEN x.hour >= $1.since THEN (x.hour - $1.since) / $1.slice ELSE -1 END AS slice', 'width_bucket(x.quarter, $1.cuts) - 1 AS slice'],
            ['heat', '(x.hour + $1.east + 24) %% 24 AS hod', '(x.quarter + ($1.ahead)[width_bucket(x.quarter, $1.moves)]) / 4 %% 24 AS hod'],
            ['heat|ontime|csat', 'x.hour', 'x.quarter'],
            ['csat', 'hour_no(s.at) AS hour', 'quarter_no(s.at) AS quarter'],
            ['csat', 's.at >= hour_at($1.was_since) AND s.at < hour_at($1.till)', 's.at >= quarter_at($1.was_since) AND s.at < quarter_at($1.till)']] LOOP
            CONTINUE WHEN r.name !~ part[1];
            was := source;
            source := replace(source, part[2], part[3]);
            IF source = was THEN
                RAISE EXCEPTION '% does not have %', r.f, part[2];
            END IF;
        END LOOP;
        IF source ~ '\mx\.hour\M' THEN
            RAISE EXCEPTION '% still counts by the hour', r.f;
        END IF;
        EXECUTE source;
        EXECUTE format('DROP FUNCTION %s', r.f);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %I(timestamptz, timestamptz, text, text, text, text, text, timestamptz, timestamptz) TO doorstep_viewer', r.name);
    END LOOP;
END
$$;
ALTER TYPE report_frame DROP ATTRIBUTE slice, DROP ATTRIBUTE east;

RESET search_path;
RESET ROLE;
