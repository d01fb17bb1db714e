-- Customers' scores in reports: they are few, added up from the scores themselves. And the exceptions behind numbers of what happened.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

CREATE FUNCTION report_csat(p_from timestamptz, p_to timestamptz, p_by text DEFAULT 'score', p_carrier text DEFAULT NULL, p_kind text DEFAULT NULL,
                            p_brand text DEFAULT NULL, p_east int DEFAULT 0, p_was timestamptz DEFAULT NULL)
    RETURNS TABLE (what text, answers bigint, was bigint, change numeric, share numeric, score numeric, satisfied numeric, scores jsonb, filter text, was_filter text)
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
               report_percent(coalesce(s.good, 0), nullif(s.n, 0)), s.each, report_happened('csat', $2, s.key, false, $1), report_happened('csat', $2, s.key, true, $1)
          FROM summed s ORDER BY CASE WHEN $2 = 'day' THEN s.key::int WHEN $2 = 'score' THEN -s.key::int END, s.n DESC, s.was DESC, s.key LIMIT 500
        $q$, CASE p_by WHEN 'day' THEN '(' || report_part('day', f) || ')' ELSE 'x.' || p_by END || '::text', report_hours(f)) USING f, p_by;
END
$$;
GRANT EXECUTE ON FUNCTION report_csat(timestamptz, timestamptz, text, text, text, text, int, timestamptz) TO doorstep_viewer;

-- For the filters message: contact: csat: did:, by when it happened, in milliseconds; without it in the last 31 days. All words, joined
-- by /, are of the same message, contact or act.
CREATE FUNCTION happened_ids(p_what text, p_words text, p_from bigint DEFAULT NULL, p_to bigint DEFAULT NULL) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1000 SET search_path = doorstep, pg_temp SET jit = off AS $$
DECLARE
    mine int[] := my_brands();
    words text[] := string_to_array(p_words, '/');
    a timestamptz := coalesce(timestamptz 'epoch' + p_from * interval '1 ms', now() - interval '31 days');
    b timestamptz := coalesce(timestamptz 'epoch' + p_to * interval '1 ms', 'infinity');
BEGIN
    PERFORM require_level(1, 'read the queue');
    CASE p_what
    WHEN 'message' THEN
        RETURN QUERY
        SELECT DISTINCT o.exception_id FROM outreach o LEFT JOIN template t ON t.id = o.template_id
         WHERE o.created_at >= a AND o.created_at < b AND (mine IS NULL OR o.brand_id = ANY (mine))
           AND array_remove(array_remove(words, 'replied'), 'opted_out')
               <@ ARRAY['any', coalesce(t.name, 'by_hand'), o.channel::text, o.state::text, CASE WHEN o.sent_at IS NOT NULL THEN 'taken' END,
                        CASE WHEN o.state IN ('held', 'cancelled', 'unknown') THEN 'not_sent' END]
           AND (NOT words && '{replied,opted_out}' OR EXISTS (
                   SELECT FROM contact c WHERE c.exception_id = o.exception_id AND c.outreach_id = o.id
                      AND ('replied' <> ALL (words) OR c.driver <> 'auto_reply' AND c.by IS NULL) AND ('opted_out' <> ALL (words) OR c.driver = 'opt_out')));
    WHEN 'contact' THEN
        RETURN QUERY
        SELECT DISTINCT c.exception_id FROM contact c JOIN contact_driver d ON d.code = c.driver
         WHERE c.at >= a AND c.at < b AND (mine IS NULL OR c.brand_id = ANY (mine)) AND c.exception_id IS NOT NULL AND c.taken_back_at IS NULL
           AND (d.asks OR d.code = ANY (words))      -- a word of thanks is there for who asks for it
           AND words <@ ARRAY['any', c.driver, c.via, CASE WHEN c.before_message THEN 'before' ELSE 'after' END, CASE WHEN c.repeat_of IS NOT NULL THEN 'repeat' END];
    WHEN 'csat' THEN
        RETURN QUERY
        SELECT s.exception_id FROM csat s
         WHERE s.at >= a AND s.at < b AND (mine IS NULL OR s.brand_id = ANY (mine)) AND words <@ ARRAY['any', s.score::text];
    WHEN 'did' THEN
        RETURN QUERY
        SELECT DISTINCT v.exception_id FROM activity v
         WHERE v.at >= a AND v.at < b AND (mine IS NULL OR v.brand_id = ANY (mine)) AND is_person(v.actor)
           AND words <@ ARRAY['any', v.actor, v.verb, CASE v.verb WHEN 'take_next' THEN 'claim' END];
    END CASE;
END
$$;
GRANT EXECUTE ON FUNCTION happened_ids(text, text, bigint, bigint) TO doorstep_viewer;
SELECT patch_function('filter_words()'::regprocedure, '        UNION ALL SELECT ''owner'',', '        UNION ALL SELECT DISTINCT ''message'', t.name, '''' FROM template t WHERE t.brand_id IS NULL OR sees_brand(t.brand_id)
        UNION ALL SELECT ''contact'', d.code, d.label FROM contact_driver d
        UNION ALL SELECT ''did'', a.role, a.display_name FROM agent a WHERE a.active AND works_with(a.role)
        UNION ALL SELECT ''owner'',');

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
