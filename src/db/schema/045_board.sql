-- The board: what leaves what is usual, what is suggested for it, and what people call.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- what leaves it

-- As many as chance hardly ever gives, and enough to matter: at least 10, four standard deviations above, three times as many.
CREATE FUNCTION rate_left(p_n numeric, p_usual double precision) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN p_n >= 10 AND p_n > p_usual + 4 * sqrt(p_usual + 1) AND (p_n + 1) / (p_usual + 1) >= 3;
CREATE FUNCTION say_rate(p double precision) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN p >= 9.95 THEN round(p)::text ELSE trim_scale(round(p::numeric, 1))::text END;
CREATE FUNCTION say_why(p_n numeric, p_usual double precision) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN p_n || ' new in the last hour against ' || say_rate(p_usual) || ' usually';
CREATE FUNCTION lane_scope(p_carrier text, p_region text, p_service text) RETURNS jsonb LANGUAGE sql IMMUTABLE
    RETURN jsonb_strip_nulls(jsonb_build_object('carrier', CASE WHEN p_carrier <> '' THEN jsonb_build_array(p_carrier) END,
        'region', CASE WHEN p_region <> '' THEN jsonb_build_array(p_region) END, 'service', CASE WHEN p_service <> '' THEN jsonb_build_array(p_service) END));

-- Lanes no live outage covers, all brands together: what is opened there and what is usual. Only carriers known for a day.
-- Of a carrier, its regions and its lanes the widest is named that the change fills: most of the lanes in it are raised, weighed
-- by what they usually have.
CREATE FUNCTION rates_left(p_now timestamptz, p_ids int[]) RETURNS TABLE (carrier_id int, region text, service text, why text)
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp SET jit = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH at_lane AS MATERIALIZED (
        SELECT l.carrier_id, l.region, l.service, coalesce(sum(f.n), 0) AS n, coalesce(sum(u.opened), 0)::float8 AS usual, coalesce(max(u.hours), 0) AS hours
          FROM lane l LEFT JOIN lane_fresh(p_now) f ON f.lane_id = l.id LEFT JOIN lane_usual u ON u.lane_id = l.id AND u.hod = hod_of(p_now)
         WHERE l.id = ANY (p_ids) GROUP BY 1, 2, 3
    ), lanes AS MATERIALIZED (
        SELECT *, greatest(usual, 0.05) AS weight, n >= 2 * usual + 1 AS raised, service <> '' AND region <> '' AND rate_left(n, usual) AS odd FROM at_lane
    ), regions AS MATERIALIZED (
        SELECT *, greatest(usual, 0.05) AS weight, n >= 2 * usual + 1 AS raised, region <> '' AND rate_left(n, usual) AS odd
          FROM (SELECT carrier_id, region, sum(n) AS n, sum(usual) AS usual, coalesce(sum(weight) FILTER (WHERE raised), 0) / sum(weight) AS filled,
                       bool_or(odd) AS inner_odd FROM lanes GROUP BY 1, 2) x
    ), carriers AS MATERIALIZED (
        SELECT carrier_id, sum(n) AS n, sum(usual) AS usual, bool_or(odd OR inner_odd) AS inner_odd,
               sum(weight * CASE WHEN NOT raised THEN 0 WHEN inner_odd AND filled < 0.6 THEN filled ELSE 1 END) / sum(weight) AS filled FROM regions GROUP BY 1
    ), known AS (
        SELECT carrier_id FROM lanes GROUP BY 1 HAVING max(hours) >= 3
    ), wide AS MATERIALIZED (
        SELECT carrier_id, n, usual FROM carriers JOIN known USING (carrier_id) WHERE rate_left(n, usual) AND (filled >= 0.6 OR NOT inner_odd)
    ), middle AS MATERIALIZED (
        SELECT r.carrier_id, r.region, r.n, r.usual FROM regions r JOIN known USING (carrier_id)
         WHERE r.odd AND (r.filled >= 0.6 OR NOT r.inner_odd) AND r.carrier_id NOT IN (SELECT carrier_id FROM wide)
    )
    SELECT carrier_id, '', '', say_why(n, usual) FROM wide
    UNION ALL SELECT carrier_id, region, '', say_why(n, usual) FROM middle
    UNION ALL SELECT l.carrier_id, l.region, l.service, say_why(l.n, l.usual) FROM lanes l JOIN known USING (carrier_id)
               WHERE l.odd AND l.carrier_id NOT IN (SELECT carrier_id FROM wide) AND (l.carrier_id, l.region) NOT IN (SELECT carrier_id, region FROM middle);
END
$$;

-- Where at least 20 scans would usually have come since the last one. carrier_id null: nowhere does anything come in.
CREATE FUNCTION silences(p_now timestamptz, p_ids int[]) RETURNS TABLE (carrier_id int, region text, service text, why text)
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp SET jit = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH last AS MATERIALIZED (              -- at four levels; g says which columns are not of the level
        SELECT l.carrier_id, l.region, l.service, grouping(l.carrier_id, l.region, l.service) AS g, max(l.last_scan_at) AS at
          FROM lane l WHERE l.id = ANY (p_ids) GROUP BY GROUPING SETS ((l.carrier_id, l.region, l.service), (l.carrier_id, l.region), (l.carrier_id), ())
    ), quiet AS MATERIALIZED (
        SELECT * FROM last WHERE at < p_now - interval '15 minutes'
    ), usual AS MATERIALIZED (
        SELECT l.carrier_id, l.region, l.service, grouping(l.carrier_id, l.region, l.service) AS g, u.hod, sum(u.scans) AS n
          FROM lane l JOIN lane_usual u ON u.lane_id = l.id
         WHERE l.id = ANY (p_ids) AND EXISTS (SELECT FROM quiet)
         GROUP BY GROUPING SETS ((l.carrier_id, l.region, l.service, u.hod), (l.carrier_id, l.region, u.hod), (l.carrier_id, u.hod), (u.hod))
    ), missed AS MATERIALIZED (              -- of a day at most
        SELECT q.carrier_id, q.region, q.service, q.g, q.at,
               sum(u.n * extract(epoch FROM least(h.hour + interval '1 hour', p_now) - greatest(h.hour, q.at, p_now - interval '1 day')) / 3600)::float8 AS n
          FROM quiet q
         CROSS JOIN LATERAL generate_series(hour_of(greatest(q.at, p_now - interval '1 day')), p_now, interval '1 hour') h(hour)
          JOIN usual u ON u.g = q.g AND u.hod = hod_of(h.hour) AND coalesce(u.carrier_id, 0) = coalesce(q.carrier_id, 0)
           AND coalesce(u.region, '') = coalesce(q.region, '') AND coalesce(u.service, '') = coalesce(q.service, '')
         GROUP BY 1, 2, 3, 4, 5
    ), silent AS MATERIALIZED (
        SELECT m.*, 'no scan for ' || regexp_replace(ago(p_now - m.at), ' ago$', '') || ', usually ' || round(m.n) || ' in that time' AS why
          FROM missed m WHERE m.n >= 20
    )
    SELECT s.carrier_id, '', '', 'nothing comes in from any carrier: look at the feed (' || s.why || ')' FROM silent s WHERE s.g = 7
    UNION ALL
    SELECT s.carrier_id, CASE WHEN s.g < 3 THEN s.region ELSE '' END, CASE WHEN s.g = 0 THEN s.service ELSE '' END, s.why FROM silent s
     WHERE s.g < 7 AND NOT EXISTS (SELECT FROM silent a WHERE a.g = 7)
       AND (s.g = 3 OR s.region <> '' AND (s.g = 1 OR s.service <> ''))
       AND NOT EXISTS (SELECT FROM silent a WHERE a.g > s.g AND a.carrier_id = s.carrier_id AND (a.g = 3 OR a.region = s.region));
END
$$;

-- Brings the suggestions up to what is so now; says how many began or ended. What was dismissed, and what is in it, is quiet for
-- 12 hours. One that is no longer found ends after five minutes: rates waver.
CREATE FUNCTION lane_judge(p_now timestamptz) RETURNS int LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
    ids int[] := ARRAY(SELECT l.id FROM lane l EXCEPT SELECT x.id FROM outage o CROSS JOIN LATERAL lanes_in(o.scope) x(id) WHERE o.ended_at IS NULL);
    held int[] := ARRAY(SELECT s.id FROM outage_suggestion s WHERE s.ended_at IS NULL FOR UPDATE SKIP LOCKED);   -- somebody declares or dismisses the others
    began int;
    ended int;
BEGIN
    WITH left_usual AS MATERIALIZED (
        SELECT 'rate' AS kind, r.* FROM rates_left(p_now, ids) r UNION ALL SELECT 'silence', s.* FROM silences(p_now, ids) s
    ), found AS MATERIALIZED (
        SELECT f.kind, f.why, sc.scope, CASE WHEN sc.scope = '{}' THEN '' ELSE scope_text(sc.scope) END AS scope_text,
               (SELECT CASE WHEN count(DISTINCT l.brand_id) = 1 THEN min(l.brand_id) END FROM lane l
                 WHERE l.carrier_id = f.carrier_id AND f.region IN ('', l.region) AND f.service IN ('', l.service)) AS brand_id
          FROM left_usual f LEFT JOIN carrier c ON c.id = f.carrier_id
         CROSS JOIN LATERAL (SELECT lane_scope(c.code, f.region, f.service) AS scope) sc
    ), still AS (
        UPDATE outage_suggestion s SET seen_at = p_now, why = f.why FROM found f
         WHERE s.id = ANY (held) AND (s.scope_text, s.kind) = (f.scope_text, f.kind) AND s.brand_id IS NOT DISTINCT FROM f.brand_id
    ), new AS (
        INSERT INTO outage_suggestion (scope, scope_text, why, kind, at, seen_at, brand_id)
        SELECT f.scope, f.scope_text, f.why, f.kind, p_now, p_now, f.brand_id FROM found f
         WHERE NOT EXISTS (SELECT FROM outage_suggestion s WHERE s.ended_at IS NULL AND (s.scope_text, s.kind) = (f.scope_text, f.kind)
                              AND s.brand_id IS NOT DISTINCT FROM f.brand_id)
           AND NOT EXISTS (SELECT FROM outage_suggestion s WHERE s.dismissed_by IS NOT NULL AND s.ended_at > p_now - interval '12 hours'
                              AND s.kind = f.kind AND (s.scope = f.scope OR s.scope <> '{}' AND f.scope @> s.scope))
        RETURNING 1
    )
    SELECT count(*) INTO began FROM new;
    UPDATE outage_suggestion s SET ended_at = p_now WHERE s.id = ANY (held) AND s.seen_at < p_now - interval '5 minutes';
    GET DIAGNOSTICS ended = ROW_COUNT;
    IF began + ended > 0 THEN
        PERFORM pg_notify('doorstep', 'u');
    END IF;
    RETURN began + ended;
END
$$;

-- Judges once a minute, whichever worker comes first; learns what is usual as an hour begins.
CREATE FUNCTION lane_due() RETURNS int LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    moment timestamptz := clock_timestamp();
    c lane_clock;
    n int;
BEGIN
    IF EXISTS (SELECT FROM lane_clock WHERE judged_at > moment - interval '1 minute' AND judged_at <= moment) THEN
        RETURN 0;
    END IF;
    SELECT * INTO c FROM lane_clock WHERE NOT (judged_at > moment - interval '1 minute' AND judged_at <= moment) FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    IF c.learnt_for <> hour_of(moment) THEN
        PERFORM lane_learn(moment, hod_of(moment));
        DELETE FROM lane_hour WHERE hour < hour_of(moment - lane_keep()) - interval '1 day';
    END IF;
    n := lane_judge(moment);
    UPDATE lane_clock SET judged_at = moment, learnt_for = hour_of(moment);
    RETURN n;
END
$$;

-- What is declared is no longer suggested.
CREATE FUNCTION outage_declared() RETURNS trigger LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    UPDATE outage_suggestion s SET ended_at = clock_timestamp()
     WHERE s.ended_at IS NULL AND s.scope <> '{}'
       AND coalesce(scope_has(new.scope, (SELECT b.code FROM brand b WHERE b.id = s.brand_id), s.scope -> 'carrier' ->> 0, s.scope -> 'service' ->> 0, NULL,
                              s.scope -> 'region' ->> 0, NULL, NULL, NULL), false);
    RETURN NULL;
END
$$;
CREATE TRIGGER declared AFTER INSERT ON outage FOR EACH ROW EXECUTE FUNCTION outage_declared();

-- ---------------------------------------------------------------- what people call

-- p_carrier '': a row a carrier; else one for each region and service of that carrier. The caller's brands alone.
CREATE FUNCTION board(p_carrier text DEFAULT '')
    RETURNS TABLE (carrier text, carrier_name text, service text, region text, lanes int, open bigint, new_hour int, baseline double precision,
                   ratio double precision, last_scan_at timestamptz, usual_gap_s double precision, spark int[], outage_id int, suggested boolean, why text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET jit = off SET work_mem = '32MB' AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
    moment timestamptz := clock_timestamp();
    top timestamptz := hour_of(moment) - interval '23 hours';
    one boolean := coalesce(p_carrier, '') <> '';
BEGIN
    PERFORM require_level(1, 'see the outage board');
    RETURN QUERY
    WITH live AS MATERIALIZED (
        SELECT o.id, o.scope FROM outage o WHERE o.ended_at IS NULL AND (mine IS NULL OR o.brands IS NULL OR o.brands && mine)
    ), l AS MATERIALIZED (
        SELECT l.id, l.carrier_id AS c, CASE WHEN one THEN l.region ELSE '' END AS r, CASE WHEN one THEN l.service ELSE '' END AS s, l.last_scan_at AS last,
               v.outage
          FROM lane l LEFT JOIN (SELECT x.id, min(o.id) AS outage FROM live o CROSS JOIN LATERAL lanes_in(o.scope) x(id) GROUP BY 1) v ON v.id = l.id
         WHERE (mine IS NULL OR l.brand_id = ANY (mine)) AND (NOT one OR l.carrier_id = (SELECT x.id FROM carrier x WHERE x.code = p_carrier))
    ), hours AS (
        SELECT l.c, l.r, l.s, h.hour, sum(h.opened) AS n FROM lane_hour h JOIN l ON l.id = h.lane_id WHERE h.hour >= top AND h.hour <= moment AND h.opened <> 0 GROUP BY 1, 2, 3, 4
    ), lines AS MATERIALIZED (
        SELECT l.c, l.r, l.s, count(*)::int AS lanes, max(l.last) AS last, sum(o.n)::bigint AS open, coalesce(sum(f.n), 0) AS fresh,
               coalesce(sum(u.opened), 0)::float8 AS usual, coalesce(sum(u.scans), 0)::float8 AS scans, coalesce(max(u.hours), 0) AS known, min(l.outage) AS outage
          FROM l LEFT JOIN (SELECT lane_id, sum(n) AS n FROM lane_open GROUP BY 1) o ON o.lane_id = l.id
          LEFT JOIN lane_fresh(moment) f ON f.lane_id = l.id
          LEFT JOIN lane_usual u ON u.lane_id = l.id AND u.hod = hod_of(moment)
         GROUP BY 1, 2, 3
    ), sparks AS (
        SELECT i.c, i.r, i.s, array_agg(coalesce(h.n, 0)::int ORDER BY i.hour) AS n
          FROM (SELECT c, r, s, hour FROM lines CROSS JOIN generate_series(top, top + interval '23 hours', interval '1 hour') x(hour)) i
          LEFT JOIN hours h ON h.c = i.c AND h.r = i.r AND h.s = i.s AND h.hour = i.hour GROUP BY 1, 2, 3
    )
    SELECT k.code, k.name, t.s, t.r, t.lanes, coalesce(t.open, 0), t.fresh::int, t.usual, (t.fresh + 1)::float8 / (t.usual + 1), t.last,
           CASE WHEN t.scans > 0 THEN 3600 / t.scans ELSE 0 END, p.n, t.outage,
           -- who is limited to brands sees what their own numbers say where the suggestion speaks of others', too
           g.why IS NOT NULL OR mine IS NOT NULL AND t.outage IS NULL AND t.known >= 3 AND rate_left(t.fresh, t.usual),
           coalesce(g.why, CASE WHEN mine IS NOT NULL AND t.outage IS NULL AND t.known >= 3 AND rate_left(t.fresh, t.usual) THEN say_why(t.fresh, t.usual) END, '')
      FROM lines t JOIN carrier k ON k.id = t.c
      JOIN sparks p ON p.c = t.c AND p.r = t.r AND p.s = t.s
      LEFT JOIN LATERAL (SELECT CASE WHEN NOT one AND s.scope ?| '{region,service}' THEN s.scope_text || ': ' ELSE '' END || s.why AS why
                           FROM outage_suggestion s
                          WHERE s.ended_at IS NULL AND s.scope -> 'carrier' ? k.code AND (mine IS NULL OR s.brand_id = ANY (mine))
                            AND (NOT one OR coalesce(s.scope -> 'region' ? t.r, true) AND coalesce(s.scope -> 'service' ? t.s, true))
                          ORDER BY s.kind, s.id LIMIT 1) g ON true
     ORDER BY 9 DESC, 6 DESC, 1, 4, 3;
END
$$;

CREATE FUNCTION outage_suggestions() RETURNS TABLE (id int, scope text, why text, kind text, at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
BEGIN
    PERFORM require_level(1, 'see what the outage board suggests');
    RETURN QUERY SELECT s.id, s.scope_text, s.why, s.kind, s.at FROM outage_suggestion s
                  WHERE s.ended_at IS NULL AND (mine IS NULL OR s.brand_id = ANY (mine)) ORDER BY s.id;
END
$$;

CREATE FUNCTION suggestion_dismiss(p_key uuid, p_ids bigint[]) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    mine int[] := my_brands();
    moment timestamptz;
    s outage_suggestion;
    i bigint;
    told boolean := false;
BEGIN
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    END IF;
    PERFORM require_level(3, 'dismiss what the outage board suggests');
    IF cardinality(p_ids) > 1000 THEN
        RETURN QUERY SELECT 0::bigint, false, 'invalid', 'at most 1,000 suggestions at a time', NULL::int;
        RETURN;
    END IF;
    answered := '[]';
    PERFORM FROM outage_suggestion x WHERE x.id = ANY (p_ids) ORDER BY x.id FOR UPDATE;
    moment := clock_timestamp();
    FOR i IN SELECT DISTINCT coalesce(u, 0) FROM unnest(p_ids) u ORDER BY 1 LOOP
        SELECT * INTO s FROM outage_suggestion x WHERE x.id = i AND (mine IS NULL OR x.brand_id = ANY (mine));
        IF s.id IS NULL THEN
            answered := answered || jsonb_build_array(jsonb_build_array(i, false, 'gone', format('there is no suggestion %s', i), NULL));
        ELSIF s.ended_at IS NOT NULL THEN
            answered := answered || jsonb_build_array(jsonb_build_array(i, true, 'same', CASE WHEN s.dismissed_by IS NULL THEN 'it is over already'
                                                          ELSE format('%s dismissed it %s', s.dismissed_by, ago(moment - s.ended_at)) END, NULL));
        ELSE
            UPDATE outage_suggestion x SET ended_at = moment, dismissed_by = session_user WHERE x.id = i;
            PERFORM control_write(s.brand_id, 'suggestion ' || i, 'dismiss', concat_ws(': ', nullif(s.scope_text, ''), s.why), NULL, NULL, p_key, moment);
            answered := answered || jsonb_build_array(jsonb_build_array(i, true, 'ok', 'quiet for 12 hours', NULL));
            told := true;
        END IF;
    END LOOP;
    PERFORM action_end(p_key, 'dismiss', moment, '{}', answered);
    IF told THEN
        PERFORM pg_notify('doorstep', 'u');
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

GRANT EXECUTE ON FUNCTION board(text), outage_suggestions(), suggestion_dismiss(uuid, bigint[]) TO doorstep_viewer;
SELECT lane_fill();

RESET search_path;
RESET ROLE;
