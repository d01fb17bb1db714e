-- The truth audit: every message sent is held against what was true when it was sent and what turned out, and every exception
-- whose customer was to be told against whether and when they were. A pass judges what changed, what scans came late for and what
-- fell due; what it finds is kept, so that reading is an index look.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- who is to be told what

-- Within so many hours of knowing (opened, opened again, got worse) the customer hears of it; no row: nobody has to be told.
-- Plain hours: customers do not live by our calendar.
CREATE TABLE message_duty (
    kind  exception_kind PRIMARY KEY,
    hours int NOT NULL CHECK (hours BETWEEN 1 AND 720)
);
INSERT INTO message_duty (kind, hours) VALUES
    ('address_issue', 4), ('failed_attempt', 6), ('access_problem', 6), ('payment_due', 6),
    ('lost', 8), ('damaged', 8), ('delivery_disputed', 8), ('undeliverable', 12),
    ('refused', 24), ('customs_hold', 24), ('returning', 24), ('late_promise', 24), ('awaiting_pickup', 24),
    ('held', 48), ('delay_carrier', 48), ('delay_weather', 48), ('not_shipped', 48), ('stalled', 48);
CREATE CONSTRAINT TRIGGER control_watch AFTER INSERT OR UPDATE OR DELETE ON message_duty DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION control_watch('message duty', 'kind');
GRANT SELECT ON message_duty TO doorstep_viewer;

-- p_hours null: customers need not be told any more. What is judged from then on goes by it; what was found stays.
CREATE FUNCTION message_duty_set(p_key uuid, p_kind text, p_hours int) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    answered jsonb := action_begin(p_key);
    wrong text;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(3, 'say which messages are due');
        PERFORM require_all_brands('say which messages are due');
        wrong := CASE WHEN p_kind <> ALL (enum_range(NULL::exception_kind)::text[]) OR p_kind IS NULL THEN format('"%s" is no kind of exception', left(p_kind, 40))
                      WHEN p_kind = 'tracking_error' AND p_hours IS NOT NULL THEN 'a tracking error is no matter for customers: no message can be due'
                      WHEN p_hours NOT BETWEEN 1 AND 720 THEN 'a message is due within 1 to 720 hours, or never: none' END;
        IF wrong IS NOT NULL THEN
            RETURN QUERY SELECT 0::bigint, false, 'invalid', wrong, NULL::int;
            RETURN;
        END IF;
        IF p_hours IS NULL THEN
            DELETE FROM message_duty d WHERE d.kind = p_kind::exception_kind;
        ELSE
            INSERT INTO message_duty AS d (kind, hours) VALUES (p_kind::exception_kind, p_hours)
                ON CONFLICT (kind) DO UPDATE SET hours = excluded.hours WHERE d.hours <> excluded.hours;
        END IF;
        answered := jsonb_build_array(jsonb_build_array(0, true, 'ok', '', NULL));
        PERFORM pg_notify('doorstep', 'k');
        PERFORM action_end(p_key, 'message_duty_set', clock_timestamp(), '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- ---------------------------------------------------------------- what was found

CREATE TABLE truth_finding (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    exception_id bigint NOT NULL,
    outreach_id  bigint NOT NULL DEFAULT 0,    -- the message; 0: none was sent, or they were told otherwise
    finding      text NOT NULL CHECK (finding IN ('contradicted', 'late', 'missing', 'repeated')),
    at           timestamptz NOT NULL,         -- sent; missing: when it was due
    hours        numeric(8,1) NOT NULL,        -- contradicted: since it was otherwise; late, missing: since we knew; repeated: since the same
    known        text NOT NULL CHECK (known IN ('known', 'knowable', 'later')),   -- when it was sent the scan had come; had happened, and came later; happened later
    says         text NOT NULL,
    kind         exception_kind NOT NULL,
    template     text,
    by           text,                         -- who sent it
    carrier_id   int NOT NULL,
    brand_id     int NOT NULL,
    found_at     timestamptz NOT NULL,
    UNIQUE (exception_id, outreach_id, finding)
);
CREATE INDEX truth_finding_at ON truth_finding (at DESC, id DESC);
CREATE INDEX truth_finding_sort ON truth_finding (finding, at DESC, id DESC);
ALTER TABLE truth_finding ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_brand ON truth_finding FOR SELECT TO doorstep_viewer
    USING ((SELECT my_brands()) IS NULL OR brand_id = ANY ((SELECT my_brands())::int[]));
GRANT SELECT ON truth_finding TO doorstep_viewer;

-- Whose customer has yet to be told, and until when.
CREATE TABLE truth_due (
    exception_id bigint PRIMARY KEY,
    due_at       timestamptz NOT NULL
);
CREATE INDEX truth_due_at ON truth_due (due_at);

-- How far the pass has come: through exceptions in the order they changed, through scans in the order they came.
CREATE TABLE truth_mark (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    changed_k  bigint NOT NULL,                -- k_updated, descending with time
    changed_id bigint NOT NULL,
    scans_to   timestamptz NOT NULL
);
INSERT INTO truth_mark (changed_k, changed_id, scans_to) VALUES (-epoch_ms(now() - interval '30 days'), 0, now());
-- Scans are appended as they come: a few pages an index suffice to find the newest.
CREATE INDEX scan_event_received ON scan_event USING brin (received_at) WITH (pages_per_range = 16);

INSERT INTO retention_policy (table_name, keep_days, minimum, act, what, old, blank) VALUES
    ('truth_finding', 550, 30, 'remove', 'what the truth audit found', 'x.at < $1', NULL),
    ('truth_due', NULL, NULL, 'kept', 'emptied by what uses it', NULL, NULL), ('truth_mark', NULL, NULL, 'kept', 'how far the truth audit has come', NULL, NULL),
    ('message_duty', NULL, NULL, 'kept', 'which messages are due', NULL, NULL), ('contact_driver', NULL, NULL, 'kept', 'why customers get in touch', NULL, NULL);

-- ---------------------------------------------------------------- judging

CREATE FUNCTION say_span(p interval) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT CASE WHEN s < 60 THEN 'less than a minute' WHEN s < 5400 THEN s / 60 || ' min' WHEN s < 172800 THEN s / 3600 || ' h' ELSE s / 86400 || ' days' END
              FROM (SELECT greatest(extract(epoch FROM p), 0)::bigint AS s) x);

-- Does what a template says not hold of a parcel in that status? Empty statuses: any but delivered; no template: a person's own
-- words, which nobody here reads.
CREATE FUNCTION truth_against(p_statuses shipment_status[], p_kinds exception_kind[], p_status shipment_status) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(CASE WHEN p_status IN ('unknown', 'error') OR p_statuses IS NULL THEN false
                         WHEN p_statuses <> '{}' THEN p_status <> ALL (p_statuses)
                         ELSE p_status = 'delivered' AND NOT 'delivery_disputed' = ANY (p_kinds) END, false);

-- The status that stands of a shipment at an instant: an override's, while one was in force; else what the scans that had happened
-- by then say last, of those that had come by p_known. By the merge's own rule: the last that says anything.
CREATE FUNCTION truth_status(p_shipment bigint, p_at timestamptz, p_known timestamptz, OUT status shipment_status, OUT since timestamptz, OUT came timestamptz)
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    SELECT o.status, o.applied_at, o.applied_at INTO status, since, came FROM status_override o
     WHERE o.shipment_id = p_shipment AND o.applied_at <= p_at AND (o.ended_at IS NULL OR o.ended_at > p_at) AND o.state NOT IN ('pending', 'skipped')
     ORDER BY o.id DESC LIMIT 1;
    IF NOT FOUND THEN
        SELECT v.status, v.occurred_at, v.received_at INTO status, since, came FROM scan_event v
         WHERE v.shipment_id = p_shipment AND v.occurred_at <= p_at AND v.received_at <= p_known AND v.status <> 'unknown'
         ORDER BY v.occurred_at DESC, v.seq DESC LIMIT 1;
    END IF;
END
$$;

-- What is to be said of these exceptions as of p_now.
CREATE FUNCTION truth_of(p_ids bigint[], p_now timestamptz)
    RETURNS TABLE (exception_id bigint, outreach_id bigint, finding text, at timestamptz, hours numeric, known text, says text, template text, by text)
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH sent AS MATERIALIZED (
        SELECT o.id, o.exception_id, o.shipment_id, o.customer_id, o.brand_id, o.channel, o.sent_at, o.text_hash, o.by, o.state, t.name, v.title, v.statuses, v.kinds,
               upper(e.country) AS country
          FROM exception e JOIN outreach o ON o.exception_id = e.id
          LEFT JOIN template t ON t.id = o.template_id
          LEFT JOIN template_version v ON v.template_id = o.template_id AND v.version = o.version
         WHERE e.id = ANY (p_ids) AND o.sent_at <= p_now AND o.state IN ('sent', 'delivered', 'failed')
    ), told AS (
        SELECT s.exception_id, s.id, s.sent_at AS at, s.by FROM sent s WHERE s.state <> 'failed'
        UNION ALL                        -- who spoke with them has told them
        SELECT k.exception_id, 0, k.at, k.by FROM contact k
         WHERE k.exception_id = ANY (p_ids) AND k.by IS NOT NULL AND k.taken_back_at IS NULL AND k.via IN ('phone', 'chat', 'in_person') AND k.at <= p_now
    ), knew AS (
        SELECT e.id, e.kind, e.resolved_at, g.since, g.since + make_interval(hours => d.hours) AS due, d.hours, f.id AS first_id, f.at AS first_at, f.by AS first_by
          FROM exception e
          JOIN message_duty d ON d.kind = e.kind
          JOIN customer c ON c.id = e.customer_id AND NOT c.do_not_contact
         CROSS JOIN LATERAL (SELECT coalesce((SELECT max(a.at) FROM activity a WHERE a.exception_id = e.id AND a.verb IN ('opened', 'reopened', 'escalated')), e.opened_at) AS since) g
          LEFT JOIN LATERAL (SELECT t.id, t.at, t.by FROM told t WHERE t.exception_id = e.id AND t.at >= g.since ORDER BY t.at LIMIT 1) f ON true
         WHERE e.id = ANY (p_ids)
    )
    SELECT k.id, coalesce(k.first_id, 0), CASE WHEN k.first_at IS NULL THEN 'missing' ELSE 'late' END, coalesce(k.first_at, k.due),
           round(extract(epoch FROM coalesce(k.first_at, least(k.resolved_at, p_now)) - k.since) / 3600, 1), 'known',
           CASE WHEN k.first_at IS NULL THEN format('nobody told the customer within %s h: %s wants a message', k.hours, replace(k.kind::text, '_', ' '))
                ELSE format('told %s after we knew; it was due within %s h', say_span(k.first_at - k.since), k.hours) END,
           (SELECT s.name FROM sent s WHERE s.id = k.first_id), k.first_by
      FROM knew k
     WHERE k.due < coalesce(k.first_at, p_now) AND (k.resolved_at IS NULL OR k.resolved_at > k.due)
    UNION ALL
    SELECT s.exception_id, s.id, 'contradicted', s.sent_at, round(abs(extract(epoch FROM s.sent_at - w.since)) / 3600, 1), w.known,
           CASE w.known WHEN 'later' THEN format('said "%s", and %s later the parcel was delivered', s.title, say_span(w.since - s.sent_at))
                        ELSE format('said "%s" %s after it was %s', s.title, say_span(s.sent_at - w.since), replace(w.status::text, '_', ' '))
                             || CASE w.known WHEN 'knowable' THEN format('; that scan came %s after the message', say_span(w.came - s.sent_at)) ELSE '' END END,
           s.name, s.by
      FROM sent s
     CROSS JOIN LATERAL (SELECT x.status, x.since, x.came, CASE WHEN truth_against(s.statuses, s.kinds, y.status) THEN 'known' ELSE 'knowable' END AS known
                           FROM truth_status(s.shipment_id, s.sent_at, 'infinity') x, truth_status(s.shipment_id, s.sent_at, s.sent_at) y
                          WHERE truth_against(s.statuses, s.kinds, x.status)
                         UNION ALL         -- what turned out: it was said to be over, and came
                         SELECT v.status, v.occurred_at, v.received_at, 'later' FROM (
                            SELECT v.status, v.occurred_at, v.received_at FROM scan_event v
                             WHERE s.kinds && '{lost,undeliverable,returning,cancelled}' AND v.shipment_id = s.shipment_id AND v.status = 'delivered'
                               AND v.occurred_at > s.sent_at AND v.received_at <= p_now ORDER BY v.occurred_at LIMIT 1) v
                         LIMIT 1) w
    UNION ALL
    SELECT s.exception_id, s.id, 'repeated', s.sent_at, round(extract(epoch FROM s.sent_at - b.sent_at) / 3600, 1), 'known',
           format('the same as message %s, %s before', b.id, say_span(s.sent_at - b.sent_at)), s.name, s.by
      FROM sent s
     CROSS JOIN LATERAL (SELECT b.id, b.sent_at FROM sent b
                          WHERE b.exception_id = s.exception_id AND b.customer_id = s.customer_id AND b.state <> 'failed' AND (b.sent_at, b.id) < (s.sent_at, s.id)
                            AND (b.text_hash = s.text_hash OR b.name = s.name)
                          ORDER BY b.sent_at DESC, b.id DESC LIMIT 1) b
     WHERE s.state <> 'failed' AND s.sent_at - b.sent_at < make_interval(hours => (policy_for(s.brand_id, s.country, s.channel)).repeat_hours);
END
$$;

-- Judges these exceptions anew: what is found is kept, what holds no more is gone, and who has yet to be told is watched.
CREATE FUNCTION truth_judge(p_ids bigint[], p_now timestamptz) RETURNS TABLE (what text, n int)
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET jit = off AS $$
#variable_conflict use_column
BEGIN
    -- a due time that has not come yet, of those who were not told
    DELETE FROM truth_due w WHERE w.exception_id = ANY (p_ids);
    INSERT INTO truth_due (exception_id, due_at)
    SELECT e.id, x.due FROM exception e JOIN message_duty d ON d.kind = e.kind
     CROSS JOIN LATERAL (SELECT coalesce((SELECT max(a.at) FROM activity a WHERE a.exception_id = e.id AND a.verb IN ('opened', 'reopened', 'escalated')), e.opened_at)
                                + make_interval(hours => d.hours) AS due) x
     WHERE e.id = ANY (p_ids) AND e.state <> 'resolved' AND e.customer_id IS NOT NULL AND x.due >= p_now;
    RETURN QUERY
    WITH now_is AS MATERIALIZED (
        SELECT t.*, e.kind, e.carrier_id, e.brand_id FROM truth_of(p_ids, p_now) t JOIN exception e ON e.id = t.exception_id
    ), gone AS (
        DELETE FROM truth_finding f
         WHERE f.exception_id = ANY (p_ids)
           AND NOT EXISTS (SELECT FROM now_is x WHERE x.exception_id = f.exception_id AND x.outreach_id = f.outreach_id AND x.finding = f.finding)
        RETURNING 1
    ), kept AS (
        INSERT INTO truth_finding AS f (exception_id, outreach_id, finding, at, hours, known, says, kind, template, by, carrier_id, brand_id, found_at)
        SELECT x.exception_id, x.outreach_id, x.finding, x.at, x.hours, x.known, x.says, x.kind, x.template, x.by, x.carrier_id, x.brand_id, p_now FROM now_is x
            ON CONFLICT (exception_id, outreach_id, finding) DO UPDATE
               SET at = excluded.at, hours = excluded.hours, known = excluded.known, says = excluded.says, kind = excluded.kind, carrier_id = excluded.carrier_id,
                   brand_id = excluded.brand_id
             WHERE (f.at, f.known, f.says, f.kind, f.carrier_id, f.brand_id) IS DISTINCT FROM (excluded.at, excluded.known, excluded.says, excluded.kind, excluded.carrier_id, excluded.brand_id)
                OR f.finding <> 'missing' AND f.hours <> excluded.hours
        RETURNING f.finding, xmax = 0 AS fresh
    )
    SELECT k.finding, count(*)::int FROM kept k WHERE k.fresh GROUP BY 1
    UNION ALL SELECT 'withdrawn', count(*)::int FROM gone HAVING count(*) > 0;
END
$$;

-- ---------------------------------------------------------------- the pass

-- Exceptions that changed (a message went out, a scan came, it was resolved), parcels for which a scan came though nothing of
-- theirs changed, and those whose customer was to be told by now. What changed in the last minute is looked at again the next
-- time: of two that change at once the later may be there first.
CREATE FUNCTION pass_truth(p_now timestamptz DEFAULT NULL) RETURNS TABLE (did jsonb, again boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' SET plan_cache_mode = force_generic_plan SET jit = off SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    batch constant int := 2000;
    scans constant int := 50000;
    upto timestamptz;
    stamp timestamptz := coalesce(p_now, clock_timestamp());
    m truth_mark;
    ids bigint[];
    more bigint[];
    last record;
BEGIN
    IF current_setting('transaction_read_only')::boolean OR NOT pg_try_advisory_xact_lock(hashtext('doorstep truth')) THEN
        RETURN QUERY SELECT '{}'::jsonb, false;
        RETURN;
    END IF;
    again := false;
    SELECT * INTO m FROM truth_mark;
    SELECT array_agg(x.id) AS ids, (array_agg(x.k_updated ORDER BY x.k_updated, x.id))[1] AS k, (array_agg(x.id ORDER BY x.k_updated, x.id))[1] AS id, count(*) AS n
      INTO last
      FROM (SELECT e.id, e.k_updated FROM exception e WHERE (e.k_updated, e.id) < (m.changed_k, m.changed_id) ORDER BY e.k_updated DESC, e.id DESC LIMIT batch) x;
    ids := coalesce(last.ids, '{}');
    IF last.n = batch THEN
        again := true;
        UPDATE truth_mark SET changed_k = last.k, changed_id = last.id;
    ELSE
        UPDATE truth_mark SET changed_k = greatest(coalesce(last.k, m.changed_k), -epoch_ms(clock_timestamp() - interval '1 minute')), changed_id = 0
         WHERE greatest(coalesce(last.k, m.changed_k), -epoch_ms(clock_timestamp() - interval '1 minute')) < changed_k;
    END IF;
    -- from the minute before on, as many scans as one look takes; only parcels about which something was sent
    upto := clock_timestamp();
    WHILE upto > m.scans_to + interval '1 second'
          AND (SELECT count(*) FROM (SELECT FROM scan_event v WHERE v.received_at >= m.scans_to - interval '1 minute' AND v.received_at <= upto LIMIT scans + 1) x) > scans LOOP
        upto := m.scans_to + (upto - m.scans_to) / 2;
        again := true;
    END LOOP;
    more := ARRAY(SELECT DISTINCT e.id FROM scan_event v JOIN exception e ON e.shipment_id = v.shipment_id
                   WHERE v.received_at >= m.scans_to - interval '1 minute' AND v.received_at <= upto
                     AND EXISTS (SELECT FROM outreach o WHERE o.exception_id = e.id AND o.sent_at IS NOT NULL));
    ids := ids || more;
    UPDATE truth_mark SET scans_to = upto;
    more := ARRAY(SELECT w.exception_id FROM truth_due w WHERE w.due_at < stamp ORDER BY w.due_at LIMIT batch);
    again := again OR cardinality(more) = batch;
    ids := ARRAY(SELECT DISTINCT i FROM unnest(ids || more) i ORDER BY i);
    SELECT coalesce(jsonb_object_agg(j.what, j.n), '{}') INTO did FROM truth_judge(ids, stamp) j;
    RETURN NEXT;
END
$$;
GRANT EXECUTE ON FUNCTION pass_truth(timestamptz) TO doorstep_worker;

-- ---------------------------------------------------------------- reading

-- Newest first; nulls: any. From the instant on, to not included.
CREATE FUNCTION mismatches(p_from timestamptz, p_to timestamptz, p_finding text, p_kind text, p_carrier text, p_limit int)
    RETURNS TABLE (id bigint, at timestamptz, finding text, hours numeric, known text, exception_id bigint, outreach_id bigint, brand text, carrier text, tracking_number text,
                   kind text, template text, by text, says text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
BEGIN
    PERFORM require_level(1, 'read reports');
    RETURN QUERY
    SELECT f.id, f.at, f.finding, f.hours, f.known, f.exception_id, nullif(f.outreach_id, 0), e.brand, e.carrier, e.tracking_number::text, f.kind::text, f.template, f.by, f.says
      FROM truth_finding f JOIN exception e ON e.id = f.exception_id
     WHERE (mine IS NULL OR f.brand_id = ANY (mine)) AND f.at >= coalesce(p_from, '-infinity') AND f.at < coalesce(p_to, 'infinity')
       AND (p_finding IS NULL OR f.finding = p_finding) AND (p_kind IS NULL OR f.kind::text = p_kind) AND (p_carrier IS NULL OR e.carrier = p_carrier)
     ORDER BY f.at DESC, f.id DESC LIMIT least(greatest(p_limit, 1), 10000);
END
$$;

-- Of each finding: how many, of how many exceptions, how late in the middle and at worst, how many of them nobody could know then.
CREATE FUNCTION mismatch_totals(p_from timestamptz, p_to timestamptz, p_kind text, p_carrier text)
    RETURNS TABLE (finding text, findings bigint, exceptions bigint, median_hours numeric, worst_hours numeric, unknown_then bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 4 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
BEGIN
    PERFORM require_level(1, 'read reports');
    RETURN QUERY
    SELECT w.finding, count(f.id), count(DISTINCT f.exception_id), round(percentile_cont(0.5) WITHIN GROUP (ORDER BY f.hours)::numeric, 1), max(f.hours),
           count(*) FILTER (WHERE f.known <> 'known')
      FROM (VALUES (1, 'contradicted'), (2, 'late'), (3, 'missing'), (4, 'repeated')) w(i, finding)
      LEFT JOIN (truth_finding f JOIN carrier c ON c.id = f.carrier_id)
        ON f.finding = w.finding AND (mine IS NULL OR f.brand_id = ANY (mine)) AND f.at >= coalesce(p_from, '-infinity') AND f.at < coalesce(p_to, 'infinity')
       AND (p_kind IS NULL OR f.kind::text = p_kind) AND (p_carrier IS NULL OR c.code = p_carrier)
     GROUP BY w.i, w.finding ORDER BY w.i;
END
$$;
GRANT EXECUTE ON FUNCTION message_duty_set(uuid, text, int), mismatches(timestamptz, timestamptz, text, text, text, int),
    mismatch_totals(timestamptz, timestamptz, text, text) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
