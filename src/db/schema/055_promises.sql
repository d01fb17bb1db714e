-- What the clock brings, at a time that can be given; warnings before a due time has passed; and promises: what a slipped estimate says.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- time is given

-- The instant a pass of this transaction judges by: the server's, unless its caller gave another. Only what a worker alone may call asks.
CREATE FUNCTION as_of() RETURNS timestamptz LANGUAGE sql VOLATILE SET search_path = doorstep, pg_temp
    RETURN coalesce(nullif(current_setting('doorstep.as_of', true), '')::timestamptz, clock_timestamp());

SELECT patch_function('outage_due()'::regprocedure, 'IF EXISTS (SELECT FROM outage o WHERE o.ended_at IS NULL AND o.until <= clock_timestamp())',
                      'IF EXISTS (SELECT FROM outage o WHERE o.ended_at IS NULL AND o.until <= as_of())');
SELECT patch_function('outage_due()'::regprocedure, 'WHERE o.ended_at IS NULL AND o.until <= clock_timestamp() ORDER BY o.id',
                      'WHERE o.ended_at IS NULL AND o.until <= as_of() ORDER BY o.id');
SELECT patch_function('override_due()'::regprocedure, 'moment timestamptz := clock_timestamp();',
                      'moment timestamptz := CASE WHEN pg_has_role(session_user, ''doorstep_worker'', ''MEMBER'') THEN as_of() ELSE clock_timestamp() END;');
SELECT patch_function('override_due()'::regprocedure, '        moment := clock_timestamp();
', '        moment := greatest(moment, clock_timestamp());
');

-- p_now: as if it were then. What the board makes of scans goes by when they came, whatever the time given.
DROP FUNCTION control_due();
CREATE FUNCTION control_due(p_now timestamptz DEFAULT NULL) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    n int;
BEGIN
    IF current_setting('transaction_read_only')::boolean THEN
        RETURN 0;
    END IF;
    PERFORM set_config('doorstep.as_of', coalesce(p_now::text, ''), true);
    n := outage_due();
    IF n = 0 THEN
        n := override_due();
    END IF;
    PERFORM set_config('doorstep.as_of', '', true);
    RETURN n + lane_due();
END
$$;
GRANT EXECUTE ON FUNCTION control_due(timestamptz) TO doorstep_worker;

-- A worker's alone may be another time than the server's.
DROP FUNCTION wake_due();
CREATE FUNCTION wake_due(p_now timestamptz DEFAULT NULL) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    ids bigint[];
    at timestamptz := clock_timestamp();
BEGIN
    IF pg_has_role(session_user, 'doorstep_worker', 'MEMBER') THEN
        at := coalesce(p_now, at);
    ELSIF my_level() < 2 THEN
        RETURN 0;                        -- a viewer's dashboard changes nothing, and need not know
    END IF;
    IF current_setting('transaction_read_only')::boolean THEN
        RETURN 0;
    END IF;
    ids := ARRAY(SELECT e.id FROM exception e
                  WHERE e.state IN ('waiting', 'snoozed') AND e.wake_at IS NOT NULL AND e.wake_at <= at
                  ORDER BY e.wake_at LIMIT 1000 FOR UPDATE SKIP LOCKED);
    IF cardinality(ids) = 0 THEN
        RETURN 0;
    END IF;
    RETURN wake_many(ids, 'clock', 'its time came', at);
END
$$;
GRANT EXECUTE ON FUNCTION wake_due(timestamptz) TO doorstep_viewer, doorstep_worker;

-- ---------------------------------------------------------------- before it is too late

ALTER TABLE control_policy ADD COLUMN warn_minutes int NOT NULL DEFAULT 30 CHECK (warn_minutes BETWEEN 0 AND 1440);   -- before a due time; 0: never

-- The due time an exception was last warned of. A row is as good as none once that has passed.
CREATE TABLE due_warning (
    exception_id bigint PRIMARY KEY,
    due_at       timestamptz NOT NULL,
    at           timestamptz NOT NULL
);
CREATE INDEX due_warning_past ON due_warning (due_at);
ALTER TABLE due_warning ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_mine ON due_warning FOR SELECT TO doorstep_viewer USING (EXISTS (SELECT FROM exception e WHERE e.id = exception_id));
GRANT SELECT ON due_warning TO doorstep_viewer;

-- Says in the timeline what is due within the policy's minutes, of each due time once, never of one that has passed or of a
-- clock that stands (it has no due_at). A window of the index of urgency, whatever else is open.
CREATE FUNCTION pass_warn(p_now timestamptz DEFAULT NULL) RETURNS TABLE (did jsonb, again boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    moment timestamptz := coalesce(p_now, clock_timestamp());
    until timestamptz;
    ids bigint[];
BEGIN
    did := '{}';
    again := false;
    IF NOT current_setting('transaction_read_only')::boolean THEN
        SELECT moment + make_interval(mins => p.warn_minutes) INTO until FROM control_policy p;
        ids := ARRAY(SELECT e.id FROM exception e
                      WHERE e.state <> 'resolved' AND e.k_urgency >= epoch_s(moment) * 4 AND e.k_urgency < (epoch_s(until) + 1) * 4
                        AND e.due_at > moment AND e.due_at <= until
                        AND NOT EXISTS (SELECT FROM due_warning w WHERE w.exception_id = e.id AND w.due_at = e.due_at)
                      ORDER BY e.k_urgency, e.id LIMIT 1000 FOR UPDATE SKIP LOCKED);
        again := cardinality(ids) = 1000;
        DELETE FROM due_warning w WHERE w.due_at < moment - interval '1 day' AND p_now IS NULL;
    END IF;
    IF cardinality(ids) > 0 THEN
        INSERT INTO due_warning AS w (exception_id, due_at, at) SELECT e.id, e.due_at, moment FROM exception e WHERE e.id = ANY (ids)
            ON CONFLICT (exception_id) DO UPDATE SET due_at = excluded.due_at, at = excluded.at;
        PERFORM FROM apply_changes(ARRAY(
            SELECT ROW (e.id, '{}'::jsonb, format('%s is due in %s, at %s UTC', CASE WHEN e.first_response_at IS NULL AND e.first_response_due_at = e.due_at THEN 'first response' ELSE 'resolution' END,
                                                  say_count(ceil(extract(epoch FROM e.due_at - moment) / 60)::bigint, 'minute'), to_char(e.due_at, 'HH24:MI')))::change
              FROM exception e WHERE e.id = ANY (ids)), 'warned', 'clock', NULL, moment);
        did := jsonb_build_object('warned', cardinality(ids));
    END IF;
    RETURN NEXT;
END
$$;
GRANT EXECUTE ON FUNCTION pass_warn(timestamptz) TO doorstep_worker;

-- ---------------------------------------------------------------- silences and slips, in the merge

-- "expected Thu 20 Nov, was Tue 18 Nov: 2 days later"; of the same day nothing.
CREATE FUNCTION say_slip(p_was timestamptz, p_is timestamptz, p_zone text) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT format('expected %s, was %s: %s %s', say_on(p_is, p_zone), say_on(p_was, p_zone), say_count(abs(d), 'day'), CASE WHEN d > 0 THEN 'later' ELSE 'earlier' END)
      FROM (SELECT day_there(p_is, p_zone) - day_there(p_was, p_zone) AS d) x WHERE d <> 0
$$;

-- What the sweep found is a problem like those of scans, while it holds: the worst of all is the exception's, a scan's before a silence as bad.
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, $old$LEFT JOIN LATERAL (SELECT * FROM shipment_problem(t.shipment_id) WHERE t.ever > 0) p ON true$old$,
    $new$LEFT JOIN LATERAL (
               SELECT y.* FROM (
                   SELECT q.kind, q.severity, q.occurred_at, q.received_at = p_now AS is_new, q.label, q.message, q.code, q.unmapped, false AS silent
                     FROM shipment_problem(t.shipment_id) q WHERE t.ever > 0
                   UNION ALL
                   SELECT y.kind, y.severity, y.at, y.told = pg_current_xact_id(), y.reason, NULL, NULL, false, true
                     FROM silence y WHERE y.shipment_id = t.shipment_id AND silence_holds(y.kind, y.about, y.zone, t.promised_at, t.edd_at, t.last_scan_at, t.effective_status, t.carrier_status, greatest(p_now, y.found_at))) y
                ORDER BY y.severity DESC, y.silent, y.occurred_at DESC LIMIT 1) p ON true$new$);
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, $old$p.received_at = p_now AS p_new,$old$,
    $new$p.is_new AS p_new, p.silent AS p_silent, z.holds AS x_silent, v.facts, v.more, x.edd_at AS x_edd,$new$);
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, $old$ORDER BY (e.state <> 'resolved') DESC, e.id DESC LIMIT 1) x ON true$old$,
    $new$ORDER BY (e.state <> 'resolved') DESC, e.id DESC LIMIT 1) x ON true
          LEFT JOIN LATERAL (SELECT silence_holds(y.kind, y.about, y.zone, t.promised_at, t.edd_at, t.last_scan_at, t.effective_status, t.carrier_status, greatest(p_now, y.found_at)) AS holds FROM silence y WHERE y.shipment_id = t.shipment_id AND y.kind = x.kind LIMIT 1) z ON x.state <> 'resolved'
          LEFT JOIN LATERAL (SELECT string_agg(y.reason, '; ' ORDER BY y.severity DESC, y.kind) AS facts,
                                    string_agg('; ' || y.reason, '' ORDER BY y.severity DESC, y.kind) FILTER (WHERE y.kind <> p.kind) AS more
                               FROM silence y WHERE y.shipment_id = t.shipment_id AND y.told = pg_current_xact_id()) v ON true$new$);
-- A silence is over when what was found is no longer so, whatever else a scan says; and not before.
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, $old$s.x_state <> 'resolved' AND s.news > 0
               AND EXISTS (SELECT FROM scan_event c WHERE c.shipment_id = s.shipment_id AND c.received_at = p_now
                              AND scan_ends(c.status, map_clears(c.map_id), s.x_kind))
$old$,
    $new$s.x_id IS NOT NULL AND s.x_state <> 'resolved' AND NOT coalesce(s.x_silent, false)
               AND (NOT s.x_silent IS NULL OR s.news > 0 AND EXISTS (SELECT FROM scan_event c WHERE c.shipment_id = s.shipment_id AND c.received_at = p_now
                              AND scan_ends(c.status, (SELECT m.clears FROM status_map m WHERE m.id = c.map_id), s.x_kind)))
$new$);
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, $old$scan_ends(c.status, map_clears(c.map_id), e.kind))) AS over$old$,
    $new$scan_ends(c.status, (SELECT m.clears FROM status_map m WHERE m.id = c.map_id), e.kind))) AS over$new$);
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, $old$p_kind <> x_kind AND p_severity >= x_severity OR$old$,
    $new$p_kind <> x_kind AND (p_severity > x_severity OR p_severity = x_severity AND NOT p_silent) OR$new$);
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, $old$WHEN fresh > 0 THEN 'repeat'$old$,
    $new$WHEN fresh > 0 THEN 'repeat'
                 WHEN facts IS NOT NULL THEN 'noted'
                 WHEN x_edd <> edd_at THEN 'slipped'$new$);
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, $old$CASE WHEN j.verb IN ('repeat', 'woke', 'resolved') THEN ($old$,
    $new$CASE WHEN j.news = 0 AND (j.facts IS NOT NULL OR j.p_silent AND j.p_new) THEN 'sweep' ELSE 'feed' END AS actor,
               CASE WHEN j.x_id IS NOT NULL AND j.x_state <> 'resolved' AND j.x_edd <> j.edd_at THEN say_slip(j.x_edd, j.edd_at, recipient_zone(u.time_zone, b.time_zone)) END AS slip,
               CASE WHEN j.x_id IS NOT NULL AND j.x_state <> 'resolved' AND j.x_kind = 'late_promise' AND j.x_silent AND j.x_edd IS DISTINCT FROM j.edd_at
                         AND promise_missed(j.promised_at, j.edd_at, recipient_zone(u.time_zone, b.time_zone))
                    THEN format('promised %s, now expected %s', say_on(j.promised_at, recipient_zone(u.time_zone, b.time_zone)), say_on(j.edd_at, recipient_zone(u.time_zone, b.time_zone))) END AS expected,
               CASE WHEN j.verb IN ('repeat', 'woke', 'resolved') THEN ($new$);
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, $old$SELECT name, tier, language, email, phone FROM customer u$old$,
    $new$SELECT name, tier, language, email, phone, time_zone FROM customer u$new$);
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, $old$brand_id, p_now, 'feed', 'opened', 'opened it: ' || p_word || coalesce(', ' || p_reason, ''), NULL,
                                jsonb_build_object$old$,
    $new$brand_id, p_now, actor, 'opened', 'opened it: ' || p_word || coalesce(', ' || p_reason, '') || coalesce(more, ''), NULL,
                                jsonb_build_object$new$);
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, $old$SELECT n.id, 1, n.brand_id, p_now, 'feed', 'opened', 'opened it: ' || t.p_word || coalesce(', ' || t.p_reason, ''), NULL,$old$,
    $new$SELECT n.id, 1, n.brand_id, p_now, t.actor, 'opened', 'opened it: ' || t.p_word || coalesce(', ' || t.p_reason, '') || coalesce(t.more, ''), NULL,$new$);
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, $old$SELECT e.place, t.id, t.verb, t.newest,$old$,
    $new$SELECT e.place, t.id, t.verb, t.actor, t.facts, t.more, t.slip, t.expected, t.p_severity, t.p_kind, t.x_kind, t.newest,$new$);
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, $old$OR verb = 'repeat' AND p_new AND p_kind = x_kind THEN p_reason$old$,
    $new$OR verb IN ('repeat', 'noted') AND p_new AND p_kind = x_kind THEN p_reason
                    WHEN t.expected IS NOT NULL THEN t.expected$new$);
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, $old$OR verb = 'repeat' AND p_new AND p_kind = x_kind THEN p_code$old$,
    $new$OR verb IN ('repeat', 'noted') AND p_new AND p_kind = x_kind THEN p_code$new$);
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, $old$'escalated it from ' || x_word || ' to ' || p_word ||$old$,
    $new$CASE WHEN p_kind = x_kind THEN 'raised it to ' || p_severity ELSE 'escalated it from ' || x_word || ' to ' || p_word END ||$new$);
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, $old$problem scans, last: ' END || coalesce(newest, '')
               END AS said,$old$,
    $new$problem scans, last: ' END || coalesce(newest, '')
                 WHEN 'noted' THEN facts
               END || CASE WHEN verb IN ('escalated', 'reopened') THEN coalesce(more, '') ELSE '' END || coalesce('; ' || slip, '') AS told_of,$new$);
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, $old$), item AS MATERIALIZED (
        SELECT w.*,$old$,
    $new$), item AS MATERIALIZED (
        SELECT w.*, CASE WHEN w.verb = 'slipped' THEN w.slip ELSE w.told_of END AS said,$new$);
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, $old$i.brand_id, p_now, 'feed', i.verb, i.said,$old$,
    $new$i.brand_id, p_now, i.actor, i.verb, i.said,$new$);
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, $old$i.before AS was, i.became, i.said
    )$old$,
    $new$i.before AS was, i.became, i.said, i.actor
    )$new$);
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, $old$SELECT c.id, c.activity_seq, c.brand_id, p_now, 'feed', c.verb,$old$,
    $new$SELECT c.id, c.activity_seq, c.brand_id, p_now, c.actor, c.verb,$new$);
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, $old$      INTO opened, updated, resolved;
$old$,
    $new$      INTO opened, updated, resolved;
    PERFORM watch_arm(p_ids || t_ids, p_now);
$new$);

-- Another policy is looked for where another may be the one: what is asked of a function's rows is asked when it has run.
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, $old$SELECT * FROM sla_shift(p_now, e.calendar_id, e.brand_id, e.kind, e.tier, t.brand_id,
                                       CASE verb WHEN 'eased' THEN t.p_kind ELSE e.kind END, t.tier,
                                       e.first_response_due_at, e.resolve_due_at, e.first_left_s, e.resolve_left_s)
                WHERE verb IN ('eased', 'woke', 'repeat', 'seen')
                  AND (verb = 'eased' OR (e.brand_id, e.tier) IS DISTINCT FROM (t.brand_id, t.tier))) h(first_at$old$,
    $new$SELECT f.* FROM (SELECT WHERE verb IN ('eased', 'woke', 'repeat', 'seen')
                                         AND (verb = 'eased' OR (e.brand_id, e.tier) IS DISTINCT FROM (t.brand_id, t.tier)) OFFSET 0) g
                CROSS JOIN LATERAL sla_shift(p_now, e.calendar_id, e.brand_id, e.kind, e.tier, t.brand_id,
                                             CASE verb WHEN 'eased' THEN t.p_kind ELSE e.kind END, t.tier,
                                             e.first_response_due_at, e.resolve_due_at, e.first_left_s, e.resolve_left_s) f) h(first_at$new$);

-- Who is opened again shows what was promised and is expected now, or the next slip would be counted from an estimate long gone.
SELECT patch_function('apply_changes(change[], text, text, uuid, timestamptz)'::regprocedure, '               last_scan_at = CASE WHEN e.state',
    '               promised_at = CASE WHEN e.state = ''resolved'' AND (i.n).state <> ''resolved'' THEN (SELECT s.promised_at FROM shipment s WHERE s.id = e.shipment_id) ELSE e.promised_at END,
               edd_at = CASE WHEN e.state = ''resolved'' AND (i.n).state <> ''resolved'' THEN (SELECT s.edd_at FROM shipment s WHERE s.id = e.shipment_id) ELSE e.edd_at END,
               last_scan_at = CASE WHEN e.state');

-- The first estimate stays when the history is full: how far it slipped is counted from it.
SELECT patch_function('feed_merge_shipments(uuid, timestamptz, text[], text[], bigint[], boolean[], timestamptz[], bigint[], int[], int[])'::regprocedure,
    'THEN t.edd_history - 0', 'THEN t.edd_history - 1');

-- Estimates that come late, or several at once, have their place in the history by when they were said. What is estimated now is the last
-- one's word, as before. The history with these in it: no estimate twice in a row, the first and the nineteen last.
CREATE FUNCTION edd_fold(p_history jsonb, p_ats timestamptz[], p_edds timestamptz[]) RETURNS jsonb LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    WITH every AS (
        SELECT (h ->> 'at')::timestamptz AS at, 0 AS new, n, h ->> 'edd' AS edd FROM jsonb_array_elements(p_history) WITH ORDINALITY x(h, n)
        UNION ALL SELECT json_instant(y.at)::timestamptz, 1, y.n, json_instant(y.edd) FROM unnest(p_ats, p_edds) WITH ORDINALITY y(at, edd, n)
    ), moved AS (
        SELECT at, edd, row_number() OVER (ORDER BY at, new, n) AS n, count(*) OVER () AS all
          FROM (SELECT *, lag(edd) OVER (ORDER BY at, new, n) AS was FROM every) e WHERE edd IS DISTINCT FROM was
    )
    SELECT coalesce(jsonb_agg(jsonb_build_object('at', json_instant(at), 'edd', edd) ORDER BY n), '[]') FROM moved WHERE n = 1 OR n > "all" - 19
$$;
DO $$
DECLARE
    f regprocedure := 'feed_merge_shipments(uuid, timestamptz, text[], text[], bigint[], boolean[], timestamptz[], bigint[], int[], int[])';
BEGIN
    PERFORM patch_function(f, 'SELECT DISTINCT ON (s.id) s.id, s.doc, s.edd, coalesce(s.occurred_at, s.said_to, p_now) AS at
          FROM said s WHERE s.edd IS NOT NULL',
        'SELECT DISTINCT ON (s.id) s.id, s.doc, s.edd, coalesce(s.occurred_at, s.said_to, p_now) AS at, min(s.edd) OVER w <> max(s.edd) OVER w AS apart,
               array_agg(coalesce(s.occurred_at, s.said_to, p_now)) OVER w AS ats, array_agg(s.edd) OVER w AS edds
          FROM said s WHERE s.edd IS NOT NULL WINDOW w AS (PARTITION BY s.id)');
    PERFORM patch_function(f, 'THEN e.edd END AS edd, e.at AS edd_said,', 'THEN e.edd END AS edd, e.at AS edd_said,
               CASE WHEN e.apart OR e.at < (t.edd_history->-1->>''at'')::timestamptz THEN edd_fold(t.edd_history, e.ats, e.edds) END AS history,');
    PERFORM patch_function(f, 'edd_history = CASE WHEN f.edd IS NULL', 'edd_history = CASE WHEN f.history IS NOT NULL THEN f.history WHEN f.edd IS NULL');
    PERFORM patch_function(f, 'f.scanned OR f.made OR f.edd IS NOT NULL', 'f.scanned OR f.made OR f.edd IS NOT NULL OR f.history <> t.edd_history');
END
$$;

RESET search_path;
RESET ROLE;
