-- Reports of what people and customers did: messages, contacts, workload; and rebuilding what all of them add up.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

CREATE FUNCTION report_messages(p_from timestamptz, p_to timestamptz, p_by text DEFAULT 'template', p_carrier text DEFAULT NULL, p_kind text DEFAULT NULL,
                                p_brand text DEFAULT NULL, p_east int DEFAULT 0, p_was timestamptz DEFAULT NULL)
    RETURNS TABLE (what text, messages bigint, was bigint, change numeric, sent bigint, delivered_messages bigint, failed bigint, not_sent bigint, send_p50 int, send_p90 int,
                   replies bigint, reply_rate numeric, opt_outs bigint, opt_out_rate numeric, spark jsonb, filter text, was_filter text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET jit = off AS $$
DECLARE
    f report_frame := report_frame('messages', '{template,channel,outcome,brand,day}', p_from, p_to, p_by, NULL, NULL, p_brand, p_east, p_was);
BEGIN
    IF p_carrier <> '' OR p_kind <> '' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'messages are of all carriers and kinds: leave them out';
    END IF;
    RETURN QUERY EXECUTE format($q$
        WITH cell AS MATERIALIZED (
            SELECT %s AS k, x.outcome, x.bucket, CASE WHEN x.hour >= $1.since THEN (x.hour - $1.since) / $1.slice ELSE -1 END AS slice,
                   sum(x.n) AS n, sum(x.replies) AS replies, sum(x.opt_outs) AS opt_outs
              FROM rollup_message x WHERE %s AND ($1.brands IS NULL OR x.brand_id = ANY ($1.brands)) GROUP BY 1, 2, 3, 4
        ), keyed AS MATERIALIZED (
            SELECT %s AS key, x.* FROM cell x
            UNION ALL SELECT report_keys($2, $1), NULL, 'queued', -1, 0, 0, 0, 0 WHERE EXISTS (SELECT FROM cell)
        ), summed AS (
            SELECT k.key, coalesce(sum(k.n) FILTER (WHERE slice >= 0), 0)::bigint AS n, coalesce(sum(k.n) FILTER (WHERE slice < 0), 0)::bigint AS was,
                   coalesce(sum(k.n) FILTER (WHERE slice >= 0 AND bucket >= 0), 0)::bigint AS sent,
                   coalesce(sum(k.n) FILTER (WHERE slice >= 0 AND outcome = 'delivered'), 0)::bigint AS arrived,
                   coalesce(sum(k.n) FILTER (WHERE slice >= 0 AND outcome = 'failed'), 0)::bigint AS failed,
                   coalesce(sum(k.n) FILTER (WHERE slice >= 0 AND outcome IN ('held', 'cancelled', 'unknown')), 0)::bigint AS not_sent,
                   coalesce(sum(k.replies) FILTER (WHERE slice >= 0), 0)::bigint AS replies, coalesce(sum(k.opt_outs) FILTER (WHERE slice >= 0), 0)::bigint AS opt_outs,
                   ARRAY(SELECT coalesce(sum(y.n), 0)::bigint FROM generate_series(0, 14) i LEFT JOIN keyed y ON y.key = k.key AND y.slice >= 0 AND y.bucket = i GROUP BY i ORDER BY i) AS took,
                   (SELECT jsonb_agg(coalesce(y.n, 0)::bigint ORDER BY i) FROM generate_series(0, $1.slices - 1) i
                      LEFT JOIN (SELECT slice, sum(n) AS n FROM keyed z WHERE z.key = k.key GROUP BY 1) y ON y.slice = i) AS spark
              FROM keyed k GROUP BY 1
        )
        SELECT CASE WHEN $2 = 'template' AND s.key = '' THEN 'by hand' ELSE report_what($2, s.key, $1) END, s.n, s.was, report_change(s.n, s.was), s.sent, s.arrived, s.failed, s.not_sent,
               report_percentile(s.took, 50), report_percentile(s.took, 90), s.replies, report_percent(s.replies, s.sent), s.opt_outs, report_percent(s.opt_outs, s.sent), s.spark,
               report_happened('message', $2, s.key, false, $1), report_happened('message', $2, s.key, true, $1)
          FROM summed s ORDER BY CASE WHEN $2 = 'day' THEN s.key::int END, s.n DESC, s.was DESC, s.key LIMIT 500
        $q$, CASE p_by WHEN 'template' THEN 'x.template' WHEN 'channel' THEN 'x.channel' WHEN 'outcome' THEN 'x.outcome' WHEN 'brand' THEN 'x.brand_id' ELSE report_part(p_by, f) END,
        report_hours(f), CASE p_by WHEN 'brand' THEN '(SELECT b.code FROM brand b WHERE b.id = x.k)' ELSE 'x.k::text' END)
        USING f, p_by;
END
$$;

CREATE FUNCTION report_contacts(p_from timestamptz, p_to timestamptz, p_by text DEFAULT 'driver', p_carrier text DEFAULT NULL, p_kind text DEFAULT NULL,
                                p_brand text DEFAULT NULL, p_east int DEFAULT 0, p_was timestamptz DEFAULT NULL)
    RETURNS TABLE (what text, contacts bigint, was bigint, change numeric, share numeric, before_us bigint, after_us bigint, repeats bigint, repeat_rate numeric, spark jsonb, filter text, was_filter text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET jit = off AS $$
DECLARE
    f report_frame := report_frame('contacts', '{driver,channel,brand,day}', p_from, p_to, p_by, NULL, NULL, p_brand, p_east, p_was);
BEGIN
    IF p_carrier <> '' OR p_kind <> '' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'contacts are of all carriers and kinds: leave them out';
    END IF;
    RETURN QUERY EXECUTE format($q$
        WITH cell AS MATERIALIZED (
            SELECT %s AS k, x.moment, CASE WHEN x.hour >= $1.since THEN (x.hour - $1.since) / $1.slice ELSE -1 END AS slice, sum(x.n) AS n, sum(x.repeats) AS repeats
              FROM rollup_contact x WHERE %s AND ($1.brands IS NULL OR x.brand_id = ANY ($1.brands)) GROUP BY 1, 2, 3
        ), keyed AS MATERIALIZED (
            SELECT %s AS key, x.moment, x.slice, x.n, x.repeats FROM cell x
            UNION ALL SELECT report_keys($2, $1), 'none', 0, 0, 0 WHERE EXISTS (SELECT FROM cell)
        ), summed AS (
            SELECT k.key, coalesce(sum(k.n) FILTER (WHERE slice >= 0), 0)::bigint AS n, coalesce(sum(k.n) FILTER (WHERE slice < 0), 0)::bigint AS was,
                   coalesce(sum(k.n) FILTER (WHERE slice >= 0 AND moment = 'before'), 0)::bigint AS before_us,
                   coalesce(sum(k.n) FILTER (WHERE slice >= 0 AND moment = 'after'), 0)::bigint AS after_us,
                   coalesce(sum(k.repeats) FILTER (WHERE slice >= 0), 0)::bigint AS repeats,
                   (SELECT jsonb_agg(coalesce(y.n, 0)::bigint ORDER BY i) FROM generate_series(0, $1.slices - 1) i
                      LEFT JOIN (SELECT slice, sum(n) AS n FROM keyed z WHERE z.key = k.key GROUP BY 1) y ON y.slice = i) AS spark
              FROM keyed k GROUP BY 1
        )
        SELECT report_what($2, s.key, $1), s.n, s.was, report_change(s.n, s.was), report_percent(s.n, sum(s.n) OVER ()), s.before_us, s.after_us, s.repeats,
               report_percent(s.repeats, s.n), s.spark,
               report_happened('contact', $2, s.key, false, $1), report_happened('contact', $2, s.key, true, $1)
          FROM summed s ORDER BY CASE WHEN $2 = 'day' THEN s.key::int END, s.n DESC, s.was DESC, s.key LIMIT 500
        $q$, CASE p_by WHEN 'driver' THEN 'x.driver' WHEN 'channel' THEN 'x.via' WHEN 'brand' THEN 'x.brand_id' ELSE report_part(p_by, f) END, report_hours(f),
        CASE p_by WHEN 'brand' THEN '(SELECT b.code FROM brand b WHERE b.id = x.k)' ELSE 'x.k::text' END)
        USING f, p_by;
END
$$;

-- Whoever did something. What somebody resolved opens as what of theirs was resolved then.
CREATE FUNCTION report_agents(p_from timestamptz, p_to timestamptz, p_by text DEFAULT 'agent', p_carrier text DEFAULT NULL, p_kind text DEFAULT NULL,
                              p_brand text DEFAULT NULL, p_east int DEFAULT 0, p_was timestamptz DEFAULT NULL)
    RETURNS TABLE (what text, actions bigint, was bigint, change numeric, share numeric, claims bigint, sends bigint, notes bigint, resolves bigint, spark jsonb, filter text, was_filter text, resolved_filter text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET jit = off AS $$
DECLARE
    f report_frame := report_frame('the workload', '{agent,action,brand,hour,day}', p_from, p_to, p_by, NULL, NULL, p_brand, p_east, p_was);
BEGIN
    IF p_carrier <> '' OR p_kind <> '' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'the workload is of all carriers and kinds: leave them out';
    END IF;
    RETURN QUERY EXECUTE format($q$
        WITH cell AS MATERIALIZED (
            SELECT %s AS k, CASE WHEN x.hour >= $1.since THEN (x.hour - $1.since) / $1.slice ELSE -1 END AS slice, sum(x.n) AS n,
                   coalesce(sum(x.n) FILTER (WHERE x.verb IN ('claim', 'take_next')), 0) AS claims, coalesce(sum(x.n) FILTER (WHERE x.verb = 'send'), 0) AS sends,
                   coalesce(sum(x.n) FILTER (WHERE x.verb = 'note'), 0) AS notes, coalesce(sum(x.n) FILTER (WHERE x.verb = 'resolve'), 0) AS resolves
              FROM rollup_agent x WHERE %s AND ($1.brands IS NULL OR x.brand_id = ANY ($1.brands)) GROUP BY 1, 2
        ), keyed AS MATERIALIZED (
            SELECT %s AS key, x.* FROM cell x
            UNION ALL SELECT report_keys($2, $1), NULL, 0, 0, 0, 0, 0, 0 WHERE EXISTS (SELECT FROM cell)
        ), summed AS (
            SELECT k.key, coalesce(sum(k.n) FILTER (WHERE slice >= 0), 0)::bigint AS n, coalesce(sum(k.n) FILTER (WHERE slice < 0), 0)::bigint AS was,
                   coalesce(sum(k.claims) FILTER (WHERE slice >= 0), 0)::bigint AS claims, coalesce(sum(k.sends) FILTER (WHERE slice >= 0), 0)::bigint AS sends,
                   coalesce(sum(k.notes) FILTER (WHERE slice >= 0), 0)::bigint AS notes, coalesce(sum(k.resolves) FILTER (WHERE slice >= 0), 0)::bigint AS resolves,
                   (SELECT jsonb_agg(coalesce(y.n, 0)::bigint ORDER BY i) FROM generate_series(0, $1.slices - 1) i
                      LEFT JOIN (SELECT slice, sum(n) AS n FROM keyed z WHERE z.key = k.key GROUP BY 1) y ON y.slice = i) AS spark
              FROM keyed k GROUP BY 1
        )
        SELECT report_what($2, s.key, $1), s.n, s.was, report_change(s.n, s.was), report_percent(s.n, sum(s.n) OVER ()), s.claims, s.sends, s.notes, s.resolves, s.spark,
               report_happened('did', $2, s.key, false, $1), report_happened('did', $2, s.key, true, $1),
               CASE WHEN $2 = 'agent' THEN report_filter('owner', s.key, 'done', false, $1) WHEN $2 IN ('brand', 'day') THEN report_filter($2, s.key, 'done', false, $1) END
          FROM summed s ORDER BY CASE WHEN $2 IN ('day', 'hour') THEN s.key::int END, s.n DESC, s.was DESC, s.key LIMIT 500
        $q$, CASE p_by WHEN 'agent' THEN 'x.role' WHEN 'action' THEN 'x.verb' WHEN 'brand' THEN 'x.brand_id' ELSE report_part(p_by, f) END, report_hours(f),
        CASE p_by WHEN 'brand' THEN '(SELECT b.code FROM brand b WHERE b.id = x.k)' ELSE 'x.k::text' END)
        USING f, p_by;
END
$$;

-- ---------------------------------------------------------------- rebuilding

-- A rollup as it stands, a row a row, to be held against another.
CREATE FUNCTION rollup_rows(p_subject text, p_from int, p_to int) RETURNS TABLE (hour int, line text) LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY CASE p_subject WHEN 'exception' THEN ARRAY['rollup_exception', 'rollup_exception_sum', 'rollup_time'] ELSE ARRAY['rollup_' || p_subject] END LOOP
        RETURN QUERY EXECUTE format('SELECT x.hour, x::text FROM %I x WHERE x.hour >= $1 AND x.hour < $2', t) USING p_from, p_to;
    END LOOP;
END
$$;

-- Makes hours anew and says what differed from what was kept: nothing, unless something wrote past the functions. What waits to be
-- taken in first is no difference.
CREATE FUNCTION rollup_rebuild(p_from timestamptz, p_to timestamptz) RETURNS TABLE (rollup text, hours bigint, rows bigint, differing_hours bigint, first_differing timestamptz)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET work_mem = '64MB' AS $$
DECLARE
    a int := greatest(hour_no(p_from), (SELECT s.since FROM rollup_state s));
    b int := hour_no(p_to + interval '3599 seconds');
    pending int[];
BEGIN
    PERFORM require_level(3, 'rebuild what reports add up');
    PERFORM require_all_brands('rebuild what reports add up');
    IF p_from IS NULL OR p_to IS NULL OR p_from >= p_to THEN
        RAISE invalid_parameter_value USING MESSAGE = 'the period ends before it begins: give --from and --to the other way round';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('doorstep rollups'));
    CREATE TEMP TABLE IF NOT EXISTS rollup_was (hour int, line text) ON COMMIT DROP;
    FOREACH rollup IN ARRAY rollup_subjects() LOOP
        TRUNCATE pg_temp.rollup_was;
        INSERT INTO pg_temp.rollup_was SELECT * FROM rollup_rows(rollup, a, b);
        PERFORM rollup_build(rollup, a, b);
        -- read after: what is committed meanwhile waits, too
        pending := ARRAY(SELECT DISTINCT d.hour FROM rollup_dirty d WHERE d.subject = rollup);
        WITH now_rows AS MATERIALIZED (SELECT * FROM rollup_rows(rollup, a, b)),
             apart AS (SELECT x.hour FROM ((SELECT * FROM now_rows EXCEPT ALL SELECT w.hour, w.line FROM pg_temp.rollup_was w)
                                           UNION ALL (SELECT w.hour, w.line FROM pg_temp.rollup_was w EXCEPT ALL SELECT * FROM now_rows)) x
                        WHERE x.hour <> ALL (pending))
        SELECT greatest(b - a, 0), (SELECT count(*) FROM now_rows), count(DISTINCT p.hour), hour_at(min(p.hour)) INTO hours, rows, differing_hours, first_differing FROM apart p;
        RETURN NEXT;
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION report_messages(timestamptz, timestamptz, text, text, text, text, int, timestamptz), report_contacts(timestamptz, timestamptz, text, text, text, text, int, timestamptz),
    report_agents(timestamptz, timestamptz, text, text, text, text, int, timestamptz), rollup_rebuild(timestamptz, timestamptz) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
