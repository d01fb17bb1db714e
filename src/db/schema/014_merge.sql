-- The merge: what a staged batch makes of scans, shipments and exceptions. One transaction takes
-- a batch, one batch at a time; each statement works on all of it.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- Writes the batch's scans: reads each code in the dictionary, keeps the new ones, counts those
-- the dictionary does not know. k_*: the shipment of each (carrier, number) said.
CREATE FUNCTION feed_merge_scans(p_batch uuid, p_now timestamptz, k_carriers text[], k_numbers text[], k_ids bigint[],
                                 k_brands int[], k_seqs int[],
                                 OUT ids bigint[], OUT news int[], OUT problems int[], OUT seqs int[], OUT docs int[],
                                 OUT unmapped bigint)
    LANGUAGE plpgsql
    SET search_path = doorstep, pg_temp SET jit = off SET work_mem = '64MB'
    SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
BEGIN
    WITH raw AS MATERIALIZED (
        SELECT s.seq, s.doc, s.rec, k.id, k.brand_id, k.base, k.number, coalesce(lower(s.provider), k.carrier) AS provider,
               coalesce(norm_code(s.code), '') AS nc, coalesce(norm_code(s.detail), '') AS nd,
               coalesce(norm_code(s.status), '') AS ns, s.occurred_at,
               nullif(left(s.code, 64), '') AS code, nullif(left(s.detail, 64), '') AS detail,
               nullif(left(s.message, 500), '') AS message,
               nullif(concat_ws(', ', nullif(left(s.city, 64), ''), nullif(left(s.region, 24), ''), nullif(left(s.country, 2), '')), '') AS place
          FROM feed_stage s
          JOIN unnest(k_carriers, k_numbers, k_ids, k_brands, k_seqs) k(carrier, number, id, brand_id, base)
            ON k.number = s.tracking_number AND k.carrier = coalesce(nullif(s.carrier, ''), 'unknown')
         WHERE s.batch = p_batch AND (s.rec = 'e' AND s.occurred_at IS NOT NULL
               OR s.rec = 's' AND coalesce(nullif(s.code, ''), nullif(s.detail, ''), nullif(s.status, '')) IS NOT NULL)
    ), said AS MATERIALIZED (
        SELECT DISTINCT provider, nc, nd, ns FROM raw
    ), known AS MATERIALIZED (               -- the plain entry of each code, and those that look at the text first
        SELECT s.*, m.id AS plain, m.role, m.kind, m.status, m.label, m.detail IS NULL AS coarse, t.ids AS by_text, t.patterns
          FROM said s
          LEFT JOIN LATERAL (
               SELECT m.id, map_rank(m) AS rank FROM status_map m
                WHERE m.ended_in IS NULL AND m.provider = s.provider AND m.pattern IS NULL
                  AND coalesce(m.code = s.nc, true) AND coalesce(m.detail = s.nd, true)
                ORDER BY 2 DESC, 1 LIMIT 1) p ON true
          LEFT JOIN LATERAL (
               SELECT m.id FROM status_map m
                WHERE m.ended_in IS NULL AND m.provider = 'doorstep' AND m.code = s.ns LIMIT 1) o ON true
          LEFT JOIN LATERAL (SELECT * FROM status_map m WHERE m.id = coalesce(p.id, o.id) LIMIT 1) m ON true
          LEFT JOIN LATERAL (
               SELECT array_agg(m.id ORDER BY map_rank(m) DESC, m.id) AS ids,
                      array_agg(m.pattern ORDER BY map_rank(m) DESC, m.id) AS patterns FROM status_map m
                WHERE m.ended_in IS NULL AND m.provider = s.provider AND m.pattern IS NOT NULL
                  AND coalesce(m.code = s.nc, true) AND coalesce(m.detail = s.nd, true)
                  AND map_rank(m) > coalesce(p.rank, -1000)) t ON true
    ), mapped AS MATERIALIZED (
        SELECT r.*, coalesce(x.id, n.plain) AS map_id, CASE WHEN x.id IS NULL THEN n.role ELSE x.role END AS role,
               CASE WHEN x.id IS NULL THEN n.kind ELSE x.kind END AS kind, CASE WHEN x.id IS NULL THEN n.status ELSE x.status END AS status,
               CASE WHEN x.id IS NULL THEN n.label ELSE x.label END AS label, CASE WHEN x.id IS NULL THEN n.coarse ELSE x.coarse END AS coarse
          FROM raw r JOIN known n ON n.provider = r.provider AND n.nc = r.nc AND n.nd = r.nd AND n.ns = r.ns
          LEFT JOIN LATERAL (
               SELECT m.id, m.role, m.kind, m.status, m.label, m.detail IS NULL AS coarse
                 FROM (SELECT t.id FROM unnest(n.by_text, n.patterns) WITH ORDINALITY t(id, pattern, ord)
                        WHERE r.message ~* t.pattern ORDER BY t.ord LIMIT 1) t
                 JOIN LATERAL (SELECT * FROM status_map m WHERE m.id = t.id LIMIT 1) m ON true) x ON n.by_text IS NOT NULL
    ), summary AS MATERIALIZED (             -- what a document says as a whole, if that is more than "moving"
        SELECT s.* FROM mapped s
         WHERE s.rec = 's' AND coalesce(s.role IN ('open', 'clear') OR s.status NOT IN ('unknown', 'pre_transit', 'in_transit'), true)
    ), newest AS (
        SELECT DISTINCT ON (e.id, e.doc) e.id, e.doc, e.nc, e.occurred_at, e.role, e.kind, e.status
          FROM mapped e JOIN (SELECT DISTINCT y.id, y.doc FROM summary y) y ON y.id = e.id AND y.doc = e.doc
         WHERE e.rec = 'e'
         ORDER BY e.id, e.doc, e.occurred_at DESC, e.seq DESC
    ), scan AS (
        SELECT e.seq, e.id, e.brand_id, e.base, e.provider, e.nc, e.nd, e.ns, e.code, e.detail, e.message, e.place, e.map_id,
               e.role, e.kind, e.status, e.label, e.occurred_at, epoch_ms(e.occurred_at)::text AS at
          FROM mapped e WHERE e.rec = 'e'
        UNION ALL                            -- a summary that its own scans do not bear out is a scan of its own
        SELECT s.seq, s.id, s.brand_id, s.base, s.provider, s.nc, s.nd, s.ns, s.code, s.detail, s.message, NULL, s.map_id,
               s.role, s.kind, s.status, s.label, coalesce(greatest(s.occurred_at, n.occurred_at), p_now), 'summary after ' || coalesce(epoch_ms(n.occurred_at)::text, 'nothing')
          FROM summary s LEFT JOIN newest n ON n.id = s.id AND n.doc = s.doc
         WHERE n.id IS NULL
            OR (n.role, n.kind, n.status) IS DISTINCT FROM (s.role, s.kind, s.status) AND NOT (n.nc = s.nc AND coalesce(s.coarse, true))
    ), ins AS (
        INSERT INTO scan_event (shipment_id, occurred_at, received_at, dedupe, brand_id, seq, status, kind, is_exception, provider,
                                code, detail, label, message, place, map_id)
        SELECT c.id, c.occurred_at, p_now,
               md5(concat_ws(E'\x1f', c.at, c.nc, c.nd, CASE WHEN c.nc = '' AND c.nd = '' THEN c.ns END, c.message, c.place))::uuid,
               c.brand_id, c.base + c.seq, coalesce(c.status, 'unknown'),
               CASE WHEN c.map_id IS NULL THEN 'other' ELSE c.kind END, c.map_id IS NULL OR c.role = 'open', left(c.provider, 24),
               c.code, c.detail, c.label, c.message, c.place, c.map_id
          FROM scan c
        ON CONFLICT ON CONSTRAINT scan_event_once DO NOTHING
        RETURNING shipment_id, seq, is_exception, map_id
    ), fresh AS MATERIALIZED (
        SELECT r.id, r.doc, i.seq, i.is_exception, i.map_id, r.provider, r.nc, r.nd, r.message, r.number
          FROM ins i JOIN mapped r ON r.id = i.shipment_id AND r.base + r.seq = i.seq
    ), todo AS (
        INSERT INTO unmapped_code AS u (provider, code, detail, count, first_seen, last_seen, sample, sample_tracking)
        SELECT left(provider, 24), left(nc, 64), left(nd, 64), count(*), p_now, p_now, left(coalesce(min(message), ''), 200), min(number)
          FROM fresh WHERE map_id IS NULL GROUP BY 1, 2, 3
        ON CONFLICT (provider, code, detail) DO UPDATE SET count = u.count + excluded.count, last_seen = excluded.last_seen
    )
    SELECT f.ids, f.news, f.problems, f.seqs, (SELECT array_agg(DISTINCT doc) FROM fresh), coalesce(f.unmapped, 0)
      INTO ids, news, problems, seqs, docs, unmapped
      FROM (SELECT array_agg(id) AS ids, array_agg(n) AS news, array_agg(p) AS problems, array_agg(top) AS seqs, sum(u)::bigint AS unmapped
              FROM (SELECT id, count(*)::int AS n, (count(*) FILTER (WHERE is_exception))::int AS p, max(seq) + 1 AS top,
                           count(*) FILTER (WHERE map_id IS NULL) AS u
                      FROM fresh GROUP BY id) g) f;
END
$$;

-- Brings shipments up to what their scans and the batch's summaries say. Returns those that
-- changed, and the documents that changed one.
CREATE FUNCTION feed_merge_shipments(p_batch uuid, p_now timestamptz, k_carriers text[], k_numbers text[], k_ids bigint[],
                                     k_made boolean[], k_to timestamptz[], t_ids bigint[], t_problems int[], t_seqs int[],
                                     OUT ids bigint[], OUT docs int[])
    LANGUAGE plpgsql
    SET search_path = doorstep, pg_temp SET jit = off SET work_mem = '64MB'
    SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
BEGIN
    WITH said AS MATERIALIZED (
        SELECT k.id, k.said_to, s.doc, s.seq, s.rec, s.occurred_at, s.edd, s.code, s.detail, s.provider, s.carrier, s.status,
               s.service, s.city, s.region, s.country, s.postal_code, s.data
          FROM feed_stage s
          JOIN unnest(k_carriers, k_numbers, k_ids, k_to) k(carrier, number, id, said_to)
            ON k.number = s.tracking_number AND k.carrier = coalesce(nullif(s.carrier, ''), 'unknown')
         WHERE s.batch = p_batch AND (s.rec = 's' OR s.rec = 'e' AND s.edd IS NOT NULL)
    ), last AS (                             -- the last summary of each
        SELECT DISTINCT ON (id) * FROM said WHERE rec = 's' ORDER BY id, seq DESC
    ), estimate AS (                         -- as of its own word, else of the newest scan said with it
        SELECT DISTINCT ON (s.id) s.id, s.doc, s.edd, coalesce(s.occurred_at, s.said_to, p_now) AS at
          FROM said s WHERE s.edd IS NOT NULL
         ORDER BY s.id, coalesce(s.occurred_at, s.said_to, p_now) DESC, s.seq DESC
    ), facts AS MATERIALIZED (
        SELECT t.place, t.id, coalesce(k.made, false) AS made, l.doc, e.doc AS edd_doc,
               coalesce(t.service, feed_text(l.service, 48)) AS service, coalesce(t.city, feed_text(l.city, 64)) AS city,
               coalesce(t.region, feed_text(l.region, 24)) AS region, coalesce(t.country, feed_text(l.country, 2)) AS country,
               coalesce(t.postal_code, feed_text(l.postal_code, 16)) AS postal_code,
               coalesce(t.shipped_at, feed_instant(l.data->>'shipped_at')) AS shipped_at,
               coalesce(t.promised_at, feed_instant(l.data->>'promised_at')) AS promised_at,
               CASE WHEN e.edd IS DISTINCT FROM t.edd_at AND e.edd IS NOT NULL
                     AND coalesce(e.at >= (t.edd_history->-1->>'at')::timestamptz, true)
                     AND NOT t.edd_history @> jsonb_build_array(jsonb_build_object('at', json_instant(e.at), 'edd', json_instant(e.edd)))
                    THEN e.edd END AS edd, e.at AS edd_said,
               n.problems, n.next_seq, n.id IS NOT NULL AS scanned,
               coalesce(w.status, (SELECT m.status FROM status_lookup(coalesce(l.provider, l.carrier), l.code, l.detail, NULL) m
                                    WHERE l.code <> '' OR l.detail <> ''),
                        (SELECT m.status FROM status_map m WHERE m.ended_in IS NULL AND m.provider = 'doorstep' AND m.code = norm_code(l.status)),
                        t.carrier_status) AS status,
               w.occurred_at AS status_at, q.occurred_at AS last_scan_at, f.occurred_at AS first_scan_at
          FROM (SELECT u.id FROM unnest(t_ids) u(id) UNION SELECT s.id FROM said s) u
          JOIN LATERAL (SELECT s.ctid AS place, s.* FROM shipment s WHERE s.id = u.id LIMIT 1) t ON true
          LEFT JOIN unnest(k_ids, k_made) k(id, made) ON k.id = u.id AND k.made
          LEFT JOIN unnest(t_ids, t_problems, t_seqs) n(id, problems, next_seq) ON n.id = u.id
          LEFT JOIN last l ON l.id = u.id
          LEFT JOIN estimate e ON e.id = u.id
          LEFT JOIN LATERAL (SELECT x.status, x.occurred_at FROM scan_event x WHERE x.shipment_id = u.id AND x.status <> 'unknown'
                              ORDER BY x.occurred_at DESC, x.seq DESC LIMIT 1) w ON true
          LEFT JOIN LATERAL (SELECT x.occurred_at FROM scan_event x WHERE x.shipment_id = u.id AND x.status NOT IN ('pre_transit', 'error')
                              ORDER BY x.occurred_at DESC, x.seq DESC LIMIT 1) q ON true
          LEFT JOIN LATERAL (SELECT x.occurred_at FROM scan_event x WHERE x.shipment_id = u.id
                              ORDER BY x.occurred_at, x.seq LIMIT 1) f ON true
    ), put AS (
        UPDATE shipment t
           SET service = f.service, city = f.city, region = f.region, country = f.country, postal_code = f.postal_code,
               shipped_at = f.shipped_at, promised_at = f.promised_at, edd_at = coalesce(f.edd, t.edd_at),
               edd_history = CASE WHEN f.edd IS NULL THEN t.edd_history
                                  WHEN jsonb_array_length(t.edd_history) >= 20 THEN t.edd_history - 0
                                       || jsonb_build_object('at', json_instant(f.edd_said), 'edd', json_instant(f.edd))
                                  ELSE t.edd_history || jsonb_build_object('at', json_instant(f.edd_said), 'edd', json_instant(f.edd)) END,
               carrier_status = f.status,
               effective_status = CASE WHEN t.effective_status = t.carrier_status THEN f.status ELSE t.effective_status END,
               status_at = f.status_at, last_scan_at = f.last_scan_at, first_scan_at = f.first_scan_at,
               delivered_at = CASE WHEN f.status = 'delivered' THEN f.status_at END,
               problems = t.problems + coalesce(f.problems, 0), next_seq = coalesce(f.next_seq, t.next_seq)
          FROM facts f
         WHERE t.ctid = f.place
           AND (f.scanned OR f.made OR f.edd IS NOT NULL
                OR (t.service, t.city, t.region, t.country, t.postal_code, t.shipped_at, t.promised_at, t.carrier_status) IS DISTINCT FROM
                   (f.service, f.city, f.region, f.country, f.postal_code, f.shipped_at, f.promised_at, f.status))
        RETURNING t.id, f.doc, f.edd, f.edd_doc
    )
    SELECT array_agg(p.id), array_agg(DISTINCT p.doc) FILTER (WHERE p.doc IS NOT NULL AND p.edd IS NULL)
                            || array_agg(DISTINCT p.edd_doc) FILTER (WHERE p.edd IS NOT NULL)
      INTO ids, docs FROM put p;
END
$$;

-- A running or standing clock under another policy: what was used of the old one's time is used of
-- the new one's. The same policy, or none: as it was.
CREATE FUNCTION sla_shift(p_now timestamptz, p_calendar int, was_brand int, was_kind exception_kind, was_tier text,
                          p_brand int, p_kind exception_kind, p_tier text, INOUT first_due timestamptz, INOUT resolve_due timestamptz,
                          INOUT first_left bigint, INOUT resolve_left bigint, OUT calendar_id int)
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    a sla_policy;
    b sla_policy;
    more_first bigint;
    more_resolve bigint;
BEGIN
    calendar_id := p_calendar;
    SELECT y.* INTO a FROM sla_start(was_brand, was_kind, was_tier, p_now) s JOIN sla_policy y ON y.id = s.policy_id;
    SELECT y.* INTO b FROM sla_start(p_brand, p_kind, p_tier, p_now) s JOIN sla_policy y ON y.id = s.policy_id;
    IF a.id IS NULL OR b.id IS NULL OR a.id = b.id THEN
        RETURN;
    END IF;
    calendar_id := b.calendar_id;
    more_first := (b.first_response_minutes - a.first_response_minutes) * 60;
    more_resolve := (b.resolution_minutes - a.resolution_minutes) * 60;
    first_due := business_due(b.calendar_id, p_now, business_left(p_calendar, p_now, first_due) + more_first);
    resolve_due := business_due(b.calendar_id, p_now, business_left(p_calendar, p_now, resolve_due) + more_resolve);
    first_left := first_left + more_first;
    resolve_left := resolve_left + more_resolve;
END
$$;

-- What becomes of exceptions: at most one INSERT and one UPDATE of the table, as each is one
-- notification. t_*: shipments with new scans and how many; p_ids: all that changed.
CREATE FUNCTION feed_merge_exceptions(p_now timestamptz, t_ids bigint[], t_news int[], t_problems int[], p_ids bigint[],
                                      OUT opened bigint, OUT updated bigint, OUT resolved bigint)
    LANGUAGE plpgsql
    SET search_path = doorstep, pg_temp SET jit = off SET work_mem = '64MB' SET timezone = 'UTC'
    SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
BEGIN
    -- people act at the same time: what is decided below is decided of locked rows
    PERFORM FROM exception WHERE shipment_id = ANY (p_ids || t_ids) ORDER BY id FOR UPDATE;

    WITH stand AS MATERIALIZED (             -- each shipment, its problem and its latest exception
        SELECT t.*, coalesce(n.news, 0) AS news, coalesce(n.problems, 0) AS fresh,
               p.kind AS p_kind, p.severity AS p_severity, p.occurred_at AS p_at, p.received_at = p_now AS p_new,
               p.unmapped AS p_unmapped, left(p.code, 130) AS p_code,
               left(CASE WHEN p.label IS NULL OR p.kind IN ('other', 'tracking_error') THEN coalesce(p.message, p.label, 'Code ' || p.code || ' is not in the dictionary')
                         ELSE p.label END, 160) AS p_reason,
               x.id AS x_id, x.state AS x_state, x.kind AS x_kind, x.severity AS x_severity, x.resolved_at AS x_resolved_at,
               x.wake_on_scan AS x_wake, x.marks AS x_marks
          FROM (SELECT u.id FROM unnest(p_ids) u(id) UNION SELECT u.id FROM unnest(t_ids) u(id)) u
          JOIN LATERAL (SELECT s.id AS shipment_id, s.brand_id, s.carrier_id, s.order_id, s.customer_id, s.tracking_number, s.service,
                               s.country, s.region, s.city, s.postal_code, s.carrier_status, s.effective_status, s.last_scan_at,
                               s.promised_at, s.edd_at, s.problems AS ever
                          FROM shipment s WHERE s.id = u.id LIMIT 1) t ON true
          LEFT JOIN unnest(t_ids, t_news, t_problems) n(id, news, problems) ON n.id = u.id
          LEFT JOIN LATERAL (SELECT * FROM shipment_problem(t.shipment_id) WHERE t.ever > 0) p ON true
          LEFT JOIN LATERAL (SELECT * FROM exception e WHERE e.shipment_id = t.shipment_id
                              ORDER BY (e.state <> 'resolved') DESC, e.id DESC LIMIT 1) x ON true
         WHERE p.kind IS NOT NULL OR x.state <> 'resolved'
    ), ended AS MATERIALIZED (               -- is the exception's own problem over?
        SELECT s.*, s.x_state <> 'resolved' AND s.news > 0
               AND EXISTS (SELECT FROM scan_event c WHERE c.shipment_id = s.shipment_id AND c.received_at = p_now
                              AND scan_ends(c.status, map_clears(c.map_id), s.x_kind))
               AND NOT EXISTS (
                   SELECT FROM scan_event e WHERE e.shipment_id = s.shipment_id AND e.is_exception AND e.kind = s.x_kind
                      AND NOT EXISTS (SELECT FROM scan_event c
                                       WHERE c.shipment_id = s.shipment_id AND (c.occurred_at, c.seq) > (e.occurred_at, e.seq)
                                         AND scan_ends(c.status, map_clears(c.map_id), e.kind))) AS over
          FROM stand s
    ), judged AS MATERIALIZED (
        SELECT s.*, CASE
                 WHEN x_id IS NULL THEN CASE WHEN p_kind IS NOT NULL THEN 'opened' END
                 WHEN x_state = 'resolved' THEN CASE
                      -- what people resolved comes back only for what happened afterwards; what a scan
                      -- resolved, for anything the scans do not end
                      WHEN NOT p_new OR p_at <= x_resolved_at AND NOT EXISTS (
                           SELECT FROM activity a WHERE a.exception_id = x_id AND a.actor = 'feed' AND a.verb = 'resolved'
                              AND a.at = x_resolved_at) THEN NULL
                      WHEN p_kind = x_kind AND p_at < x_resolved_at + interval '7 days' THEN 'reopened'
                      ELSE 'opened' END
                 WHEN over AND p_kind IS NULL AND x_marks & 128 = 0 THEN 'resolved'   -- 128: a case is open
                 WHEN p_new AND (p_kind <> x_kind AND p_severity >= x_severity OR p_kind = x_kind AND p_severity > x_severity) THEN 'escalated'
                 WHEN over AND p_kind <> x_kind THEN 'eased'
                 WHEN x_state = 'snoozed' AND x_wake AND news > 0 THEN 'woke'
                 WHEN fresh > 0 THEN 'repeat'
                 ELSE 'seen' END AS verb
          FROM ended s
    ), due AS MATERIALIZED (                 -- one look at the policies for each brand, kind and tier
        SELECT q.*, a.calendar_id, a.first_response_due_at, a.resolve_due_at
          FROM (SELECT DISTINCT j.brand_id, j.p_kind AS kind, coalesce(c.tier, '') AS tier
                  FROM judged j LEFT JOIN LATERAL (SELECT tier FROM customer c WHERE c.id = j.customer_id LIMIT 1) c ON true
                 WHERE j.verb IN ('opened', 'reopened', 'escalated')) q
          LEFT JOIN LATERAL sla_start(q.brand_id, q.kind, q.tier, p_now) a ON true
    ), told AS MATERIALIZED (                -- and everything a line of the queue shows
        SELECT j.*, b.code AS brand, c.code AS carrier, c.name AS carrier_name, o.order_number, u.name AS customer_name, u.tier,
               u.language, u.email, u.phone, d.calendar_id, d.first_response_due_at AS first_due, d.resolve_due_at AS resolve_due,
               CASE WHEN j.verb = 'opened' THEN nextval('exception_id_seq') ELSE j.x_id END AS id,
               replace(j.p_kind::text, '_', ' ') AS p_word, replace(j.x_kind::text, '_', ' ') AS x_word,
               CASE WHEN j.verb IN ('repeat', 'woke', 'resolved') THEN (
                    SELECT coalesce(e.label, e.message, concat_ws('/', e.code, e.detail)) FROM scan_event e
                     WHERE e.shipment_id = j.shipment_id AND e.received_at = p_now AND (e.is_exception OR j.verb <> 'repeat')
                     ORDER BY e.occurred_at DESC, e.seq DESC LIMIT 1) END AS newest
          FROM judged j
          JOIN brand b ON b.id = j.brand_id
          JOIN carrier c ON c.id = j.carrier_id
          LEFT JOIN LATERAL (SELECT order_number FROM orders o WHERE o.id = j.order_id LIMIT 1) o ON true
          LEFT JOIN LATERAL (SELECT name, tier, language, email, phone FROM customer u WHERE u.id = j.customer_id LIMIT 1) u ON true
          LEFT JOIN due d ON d.brand_id = j.brand_id AND d.kind = j.p_kind AND d.tier = coalesce(u.tier, '')
         WHERE j.verb IS NOT NULL
    ), new AS (
        INSERT INTO exception (id, kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, service,
                               tracking_number, order_id, order_number, customer_id, customer_name, tier, language, country, region,
                               city, postal_code, reason, code, effective_status, carrier_status, opened_at, first_response_due_at,
                               resolve_due_at, calendar_id, last_scan_at, promised_at, edd_at, updated_at, marks, search,
                               activity_seq, activity_hash)
        OVERRIDING SYSTEM VALUE
        SELECT t.id, p_kind, p_severity, kind_fault(p_kind), brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, service,
               tracking_number, order_id, order_number, customer_id, customer_name, tier, language, country, region,
               city, postal_code, p_reason, p_code, effective_status, carrier_status, p_now, first_due,
               resolve_due, calendar_id, last_scan_at, promised_at, edd_at, p_now, CASE WHEN p_unmapped THEN 8 ELSE 0 END,
               search_words(tracking_number, order_number, customer_name, email, phone, city, p_reason),
               1, activity_link('', t.id, 1, brand_id, p_now, 'feed', 'opened', 'opened it: ' || p_word || coalesce(', ' || p_reason, ''), NULL,
                                jsonb_build_object('kind', p_kind, 'severity', p_severity), NULL)
          FROM told t WHERE verb = 'opened'
        RETURNING id, 'opened' AS verb, activity_seq, activity_hash, brand_id, NULL::jsonb AS was,
                  jsonb_build_object('kind', kind, 'severity', severity) AS became
    ), patch AS MATERIALIZED (
        SELECT e.place, t.id, t.verb, t.newest, t.p_word, t.x_word, t.fresh, t.p_reason, t.brand, t.brand_id, t.carrier_id, t.carrier,
               t.carrier_name, t.service, t.order_id, t.order_number, t.customer_id, t.customer_name, t.tier, t.language, t.country,
               t.region, t.city, t.postal_code, t.effective_status, t.carrier_status, t.last_scan_at, t.promised_at, t.edd_at,
               t.email, t.phone, coalesce(t.calendar_id, h.calendar, e.calendar_id) AS calendar_id,
               coalesce(h.first_s, e.first_left_s) AS first_left, coalesce(h.resolve_s, e.resolve_left_s) AS resolve_left,
               CASE WHEN verb IN ('escalated', 'eased') THEN p_kind ELSE e.kind END AS kind,
               CASE WHEN verb = 'escalated' THEN greatest(p_severity, e.severity) WHEN verb IN ('eased', 'reopened') THEN p_severity
                    ELSE e.severity END AS severity,
               CASE WHEN verb IN ('escalated', 'eased', 'reopened') OR verb = 'repeat' AND p_new AND p_kind = x_kind THEN p_reason ELSE e.reason END AS reason,
               CASE WHEN verb IN ('escalated', 'eased', 'reopened') OR verb = 'repeat' AND p_new AND p_kind = x_kind THEN p_code ELSE e.code END AS code,
               CASE WHEN verb = 'resolved' THEN 'resolved'::exception_state
                    WHEN verb IN ('reopened', 'woke') OR verb = 'escalated' AND e.state IN ('waiting', 'snoozed')
                    THEN CASE WHEN e.owner IS NULL THEN 'new' ELSE 'working' END::exception_state
                    ELSE e.state END AS state,
               CASE WHEN verb = 'reopened' THEN NULL ELSE e.first_response_at END AS first_response_at,
               CASE WHEN verb = 'resolved' THEN p_now WHEN verb = 'reopened' THEN NULL ELSE e.resolved_at END AS resolved_at,
               CASE WHEN verb = 'resolved' THEN CASE WHEN t.carrier_status = 'delivered' THEN 'delivered' ELSE 'carrier_fixed' END
                    WHEN verb = 'reopened' THEN NULL ELSE e.resolution END AS resolution,
               CASE WHEN verb = 'resolved' THEN t.newest WHEN verb = 'reopened' THEN NULL ELSE e.resolution_text END AS resolution_text,
               (e.marks & CASE WHEN verb IN ('escalated', 'eased', 'reopened') THEN ~8 ELSE -1 END)
               | CASE WHEN p_unmapped AND verb IN ('escalated', 'eased', 'reopened') THEN 8 ELSE 0 END
               | CASE verb WHEN 'escalated' THEN 32 WHEN 'reopened' THEN 16 ELSE 0 END AS marks,
               -- a worse problem is due as its policy says, never later than before
               CASE WHEN verb = 'reopened' THEN first_due
                    WHEN verb = 'escalated' THEN least(first_due, coalesce(e.first_response_due_at, business_due(e.calendar_id, p_now, e.first_left_s)))
                    WHEN verb = 'woke' THEN business_due(coalesce(h.calendar, e.calendar_id), p_now, coalesce(h.first_s, e.first_left_s))
                    ELSE coalesce(h.first_at, e.first_response_due_at) END AS first_response_due_at,
               CASE WHEN verb = 'reopened' THEN resolve_due
                    WHEN verb = 'escalated' THEN least(resolve_due, coalesce(e.resolve_due_at, business_due(e.calendar_id, p_now, e.resolve_left_s)))
                    WHEN verb = 'woke' THEN business_due(coalesce(h.calendar, e.calendar_id), p_now, coalesce(h.resolve_s, e.resolve_left_s))
                    ELSE coalesce(h.resolve_at, e.resolve_due_at) END AS resolve_due_at,
               verb IN ('woke', 'escalated', 'reopened', 'resolved') AS awake,
               to_jsonb(w) AS was
          FROM told t JOIN LATERAL (SELECT x.ctid AS place, x.* FROM exception x WHERE x.id = t.x_id LIMIT 1) e ON true
          LEFT JOIN LATERAL (                -- a customer made known, or another kind: another policy may be the one
               SELECT * FROM sla_shift(p_now, e.calendar_id, e.brand_id, e.kind, e.tier, t.brand_id,
                                       CASE verb WHEN 'eased' THEN t.p_kind ELSE e.kind END, t.tier,
                                       e.first_response_due_at, e.resolve_due_at, e.first_left_s, e.resolve_left_s)
                WHERE verb IN ('eased', 'woke', 'repeat', 'seen')
                  AND (verb = 'eased' OR (e.brand_id, e.tier) IS DISTINCT FROM (t.brand_id, t.tier))) h(first_at, resolve_at, first_s, resolve_s, calendar) ON true
         CROSS JOIN LATERAL (SELECT e.kind, e.severity, e.state, e.first_response_at, e.first_response_due_at, e.resolve_due_at,
                                    e.wake_at, e.wake_on_scan, e.resolved_at, e.resolution) w
         WHERE verb <> 'opened'
    ), words AS (
        SELECT p.*, CASE verb
                 WHEN 'escalated' THEN 'escalated it from ' || x_word || ' to ' || p_word || coalesce(': ' || p_reason, '')
                 WHEN 'eased' THEN x_word || ' is over, ' || p_word || ' remains' || coalesce(': ' || p_reason, '')
                 WHEN 'reopened' THEN 'reopened it: ' || p_word || ' again' || coalesce(', ' || p_reason, '')
                 WHEN 'resolved' THEN 'resolved it: ' || CASE WHEN p.resolution = 'delivered' THEN 'delivered' ELSE x_word || ' is over' END
                                      || coalesce(' (' || newest || ')', '')
                 WHEN 'woke' THEN 'woke it: ' || coalesce(newest, 'a new scan')
                 WHEN 'repeat' THEN CASE WHEN fresh = 1 THEN 'once more: ' ELSE fresh || ' more problem scans, last: ' END || coalesce(newest, '')
               END AS said,
               (SELECT jsonb_object_agg(k.key, k.value) FROM jsonb_each(to_jsonb(n)) k WHERE k.value IS DISTINCT FROM p.was -> k.key) AS became
          FROM patch p
         CROSS JOIN LATERAL (SELECT p.kind, p.severity, p.state, p.first_response_at, p.first_response_due_at, p.resolve_due_at,
                                    CASE WHEN NOT p.awake THEN (p.was ->> 'wake_at')::timestamptz END AS wake_at,
                                    (p.was ->> 'wake_on_scan')::boolean AND NOT p.awake AS wake_on_scan, p.resolved_at, p.resolution) n
    ), item AS MATERIALIZED (
        SELECT w.*, (SELECT jsonb_object_agg(k.key, w.was -> k.key) FROM jsonb_object_keys(w.became) k(key)) AS before FROM words w
    ), changed AS (
        UPDATE exception e
           SET kind = i.kind, severity = i.severity, state = i.state, fault = kind_fault(i.kind), brand_id = i.brand_id, brand = i.brand,
               carrier_id = i.carrier_id, carrier = i.carrier, carrier_name = i.carrier_name, service = i.service, order_id = i.order_id,
               order_number = i.order_number, customer_id = i.customer_id, customer_name = i.customer_name, tier = i.tier,
               language = i.language, country = i.country, region = i.region, city = i.city, postal_code = i.postal_code,
               reason = i.reason, code = i.code, effective_status = i.effective_status, carrier_status = i.carrier_status,
               first_response_at = i.first_response_at, first_response_due_at = i.first_response_due_at, resolve_due_at = i.resolve_due_at,
               -- what was left when it was resolved is kept for a reopening, as when people resolve it
               first_left_s = CASE WHEN NOT i.awake THEN i.first_left WHEN i.verb = 'resolved' THEN
                                   coalesce(i.first_left, business_left(e.calendar_id, p_now, e.first_response_due_at)) END,
               resolve_left_s = CASE WHEN NOT i.awake THEN i.resolve_left WHEN i.verb = 'resolved' THEN
                                     coalesce(i.resolve_left, business_left(e.calendar_id, p_now, e.resolve_due_at)) END,
               calendar_id = i.calendar_id, last_scan_at = i.last_scan_at, promised_at = i.promised_at, edd_at = i.edd_at,
               wake_at = CASE WHEN i.awake THEN NULL ELSE e.wake_at END, wake_on_scan = e.wake_on_scan AND NOT i.awake,
               resolved_at = i.resolved_at, resolution = i.resolution, resolution_text = i.resolution_text, marks = i.marks,
               updated_at = p_now, rev = e.rev + 1,
               search = search_words(e.tracking_number, i.order_number, i.customer_name, i.email, i.phone, i.city, i.reason),
               activity_seq = e.activity_seq + CASE WHEN i.said IS NULL THEN 0 ELSE 1 END,
               activity_hash = CASE WHEN i.said IS NULL THEN e.activity_hash
                                    ELSE activity_link(e.activity_hash, e.id, e.activity_seq + 1, i.brand_id, p_now, 'feed', i.verb, i.said,
                                                       i.before, i.became, NULL) END
          FROM item i
         WHERE e.ctid = i.place
        RETURNING e.id, i.verb, e.activity_seq, e.activity_hash, e.brand_id, i.before AS was, i.became, i.said
    ), said AS (
        INSERT INTO activity (exception_id, seq, brand_id, at, actor, verb, text, before, after, hash)
        SELECT n.id, 1, n.brand_id, p_now, 'feed', 'opened', 'opened it: ' || t.p_word || coalesce(', ' || t.p_reason, ''), NULL, n.became, n.activity_hash
          FROM new n JOIN told t ON t.id = n.id AND t.verb = 'opened'
        UNION ALL
        SELECT c.id, c.activity_seq, c.brand_id, p_now, 'feed', c.verb, c.said, c.was, c.became, c.activity_hash
          FROM changed c WHERE c.said IS NOT NULL
    )
    SELECT (SELECT count(*) FROM new) + (SELECT count(*) FROM changed WHERE verb = 'reopened'),
           (SELECT count(*) FROM changed WHERE verb NOT IN ('reopened', 'resolved')),
           (SELECT count(*) FROM changed WHERE verb = 'resolved')
      INTO opened, updated, resolved;
END
$$;

-- Merges a batch: everything its documents say, at once, one after another across programs.
-- The same document again changes nothing. accepted and duplicates count documents.
CREATE FUNCTION feed_merge(p_batch uuid, OUT accepted bigint, OUT duplicates bigint, OUT events bigint, OUT opened bigint,
                           OUT updated bigint, OUT resolved bigint, OUT unmapped bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp
    SET timezone = 'UTC' SET jit = off SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_now timestamptz;
    v_docs bigint;
    v_orders record;
    v_carriers text[];
    v_numbers text[];
    v_from timestamptz[];
    v_to timestamptz[];
    k record;
    t record;
    s record;
    v_has_orders boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));
    v_now := clock_timestamp();
    SELECT count(DISTINCT doc), coalesce(bool_or(rec = 'o'), false) INTO v_docs, v_has_orders FROM feed_stage WHERE batch = p_batch;
    IF v_docs = 0 THEN
        accepted := 0; duplicates := 0; events := 0; opened := 0; updated := 0; resolved := 0; unmapped := 0;
        RETURN;
    END IF;

    IF v_has_orders THEN
        SELECT * INTO v_orders FROM feed_merge_orders(p_batch, v_now);
    ELSE
        SELECT NULL::bigint[] AS shipments, NULL::int[] AS docs INTO v_orders;
    END IF;

    SELECT array_agg(carrier), array_agg(number), array_agg(said_from), array_agg(said_to)
      INTO v_carriers, v_numbers, v_from, v_to
      FROM (SELECT coalesce(nullif(carrier, ''), 'unknown') COLLATE "C" AS carrier, tracking_number COLLATE "C" AS number,
                   min(occurred_at) FILTER (WHERE rec = 'e') AS said_from, max(occurred_at) AS said_to
              FROM feed_stage WHERE batch = p_batch AND rec IN ('e', 's') AND tracking_number <> ''
               AND octet_length(tracking_number) <= 256 AND octet_length(coalesce(carrier, '')) <= 96
             GROUP BY 1, 2) x;
    SELECT NULL::bigint[] AS ids, NULL::int[] AS news, NULL::int[] AS problems, NULL::int[] AS docs, 0::bigint AS unmapped INTO t;
    SELECT NULL::bigint[] AS ids, NULL::int[] AS docs INTO s;
    IF v_numbers IS NOT NULL THEN
        -- a number said without its carrier, in the same batch as with it, is that one's
        SELECT * INTO k FROM feed_shipments(
            (SELECT array_agg(CASE WHEN c = 'unknown' THEN coalesce(known, c) ELSE c END ORDER BY ord)
               FROM (SELECT c, ord, max(c) FILTER (WHERE c <> 'unknown') OVER (PARTITION BY n) AS known
                       FROM unnest(v_carriers, v_numbers) WITH ORDINALITY u(c, n, ord)) x),
            v_numbers, v_from, v_to, v_now);
        SELECT * INTO t FROM feed_merge_scans(p_batch, v_now, v_carriers, v_numbers, k.ids, k.brands, k.seqs);
        SELECT * INTO s FROM feed_merge_shipments(p_batch, v_now, v_carriers, v_numbers, k.ids, k.made, v_to, t.ids, t.problems, t.seqs);
    END IF;

    events := coalesce((SELECT sum(n) FROM unnest(t.news) n), 0);
    unmapped := t.unmapped;
    SELECT x.opened, x.updated, x.resolved INTO opened, updated, resolved
      FROM feed_merge_exceptions(v_now, t.ids, t.news, t.problems, coalesce(s.ids, '{}') || coalesce(v_orders.shipments, '{}')) x;
    SELECT count(DISTINCT d) INTO accepted
      FROM unnest(coalesce(t.docs, '{}') || coalesce(s.docs, '{}') || coalesce(v_orders.docs, '{}')) d;
    duplicates := v_docs - accepted;
    PERFORM feed_stage_empty(p_batch);
END
$$;

-- Takes the batch off the stage. When nobody else is loading, a grown stage is cut off whole:
-- deleted rows would otherwise stay in it until the next vacuum.
CREATE FUNCTION feed_stage_empty(p_batch uuid) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF pg_relation_size('feed_stage') > 33554432 THEN
        BEGIN
            LOCK TABLE feed_stage IN ACCESS EXCLUSIVE MODE NOWAIT;
            TRUNCATE feed_stage;
            RETURN;
        EXCEPTION WHEN lock_not_available THEN
            NULL;
        END;
    END IF;
    DELETE FROM feed_stage WHERE batch = p_batch;
END
$$;

GRANT EXECUTE ON FUNCTION feed_merge(uuid) TO doorstep_feed;

RESET search_path;
RESET ROLE;
