-- Customers' scores in reports. They are few: added up from the scores themselves.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

CREATE FUNCTION report_csat(p_from timestamptz, p_to timestamptz, p_by text DEFAULT 'score', p_carrier text DEFAULT NULL, p_kind text DEFAULT NULL,
                            p_brand text DEFAULT NULL, p_east int DEFAULT 0, p_was timestamptz DEFAULT NULL)
    RETURNS TABLE (what text, answers bigint, was bigint, change numeric, share numeric, score numeric, satisfied numeric, scores jsonb, filter text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET jit = off AS $$
DECLARE
    f report_frame := report_frame('scores', '{score,carrier,kind,brand,day}', p_from, p_to, p_by, p_carrier, p_kind, p_brand, p_east, p_was);
BEGIN
    RETURN QUERY EXECUTE format($q$
        WITH given AS MATERIALIZED (
            SELECT %s AS key, x.score, x.hour >= $1.since AS cur, count(*) AS n
              FROM (SELECT s.score, s.exception_id, hour_no(s.at) AS hour, e.brand, e.carrier, e.kind
                      FROM csat s JOIN exception e ON e.id = s.exception_id
                     WHERE s.at >= hour_at($1.was_since) AND s.at < hour_at($1.till) AND ($1.brands IS NULL OR s.brand_id = ANY ($1.brands))
                       AND ($1.carrier IS NULL OR e.carrier_id = $1.carrier) AND ($1.kind IS NULL OR e.kind = $1.kind)) x
             WHERE %s GROUP BY 1, 2, 3
        ), summed AS (
            SELECT g.key, coalesce(sum(g.n) FILTER (WHERE cur), 0)::bigint AS n, coalesce(sum(g.n) FILTER (WHERE NOT cur), 0)::bigint AS was,
                   sum(g.n * g.score) FILTER (WHERE cur) AS total, sum(g.n) FILTER (WHERE cur AND g.score >= 4) AS good,
                   jsonb_build_array(coalesce(sum(g.n) FILTER (WHERE cur AND g.score = 1), 0)::bigint, coalesce(sum(g.n) FILTER (WHERE cur AND g.score = 2), 0)::bigint,
                                     coalesce(sum(g.n) FILTER (WHERE cur AND g.score = 3), 0)::bigint, coalesce(sum(g.n) FILTER (WHERE cur AND g.score = 4), 0)::bigint,
                                     coalesce(sum(g.n) FILTER (WHERE cur AND g.score = 5), 0)::bigint) AS each
              FROM (SELECT * FROM given UNION ALL SELECT k, NULL, true, 0 FROM report_keys($2, $1) k WHERE EXISTS (SELECT FROM given)) g GROUP BY 1
        )
        SELECT report_what($2, s.key, $1), s.n, s.was, report_change(s.n, s.was), report_percent(s.n, sum(s.n) OVER ()), round(s.total / nullif(s.n, 0), 2),
               report_percent(coalesce(s.good, 0), nullif(s.n, 0)), s.each, NULL::text
          FROM summed s ORDER BY CASE WHEN $2 = 'day' THEN s.key::int WHEN $2 = 'score' THEN -s.key::int END, s.n DESC, s.was DESC, s.key LIMIT 500
        $q$, CASE p_by WHEN 'day' THEN '(' || report_part('day', f) || ')' ELSE 'x.' || p_by END || '::text', report_hours(f)) USING f, p_by;
END
$$;
GRANT EXECUTE ON FUNCTION report_csat(timestamptz, timestamptz, text, text, text, text, int, timestamptz) TO doorstep_viewer;

-- ---------------------------------------------------------------- what is removed by age

-- Timelines go a month at a time: hours they had a part in keep their numbers.
CREATE FUNCTION rollup_part_dropped() RETURNS trigger LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    PERFORM rollup_keep(new.last_at + interval '1 hour');
    RETURN NULL;
END
$$;
CREATE TRIGGER rollups_keep AFTER UPDATE ON history_part FOR EACH ROW
    WHEN (new.table_name = 'activity' AND new.dropped_at IS NOT NULL AND old.dropped_at IS NULL AND new.last_at IS NOT NULL) EXECUTE FUNCTION rollup_part_dropped();

RESET search_path;
RESET ROLE;
