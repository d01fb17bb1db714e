-- Overrides: the effective status of shipments set by hand. One action is a batch; it is looked at first, takes effect as one,
-- above a threshold only with a second lead, and is taken back as one.
--
-- Locks: the feed's, the outage, the batch, exceptions in id order. The statements that change 100,000 shipments are planned
-- as if for few: each row is looked up by its key, and rows that are locked are written by their place (ctid).

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

ALTER TABLE status_override
    ADD COLUMN scan_was timestamptz,       -- when what the carrier said then had happened: older scans that come late do not count
    ADD COLUMN seq      int;               -- number of the activity row that applied it: what came after is newer
CREATE INDEX exception_conflict ON exception (id) WHERE marks & 1 <> 0;

-- ---------------------------------------------------------------- words and rules

-- OVERRIDE_STATUSES of core/override.h, in its order.
CREATE FUNCTION override_statuses() RETURNS shipment_status[] LANGUAGE sql IMMUTABLE
    RETURN '{delivered,lost,delayed,returned,in_transit,available_for_pickup,cancelled,returning,damaged,undeliverable,held,out_for_delivery}'::shipment_status[];
-- The statuses that end a delivery resolve its exception, as this.
CREATE FUNCTION override_resolution(p shipment_status) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE p WHEN 'delivered' THEN 'delivered' WHEN 'returned' THEN 'returned' WHEN 'cancelled' THEN 'customer_cancel' END;
CREATE FUNCTION status_word(p shipment_status) RETURNS text LANGUAGE sql STABLE
    RETURN '"' || replace(p::text, '_', ' ') || '"';
CREATE FUNCTION say_overridden(n bigint, p_status shipment_status, p_until timestamptz) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN format('%s %s %s until %s', say_count(n, 'shipment'), CASE n WHEN 1 THEN 'is' ELSE 'are' END, status_word(p_status), say_instant(p_until));

-- Why this cannot be an override, or null.
CREATE FUNCTION override_wrong(p_status text, p_reason text, p_note text, p_expires timestamptz, p_at timestamptz) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF p_status IS NULL OR p_status <> ALL (override_statuses()::text[]) THEN
        RETURN format('nobody can set a parcel to "%s": possible are %s', left(coalesce(p_status, ''), 40), array_to_string(override_statuses(), ', '));
    ELSIF p_reason IS NULL OR NOT EXISTS (SELECT FROM override_reason r WHERE r.code = p_reason) THEN
        RETURN CASE WHEN coalesce(p_reason, '') = '' THEN 'say why' ELSE format('"%s" is no reason', left(p_reason, 40)) END
               || format(': the reason is one of %s', (SELECT string_agg(r.code, ', ' ORDER BY r.ctid) FROM override_reason r));
    ELSIF p_note IS NULL OR length(p_note) < 3 THEN
        RETURN 'an override needs a note of three letters or more: what do you know, and from whom?';
    ELSIF length(p_note) > 1000 THEN
        RETURN 'the note is longer than 1,000 characters: shorten it';
    ELSIF NOT isfinite(p_expires) OR p_expires <= p_at THEN
        RETURN 'that time has passed: let it expire in the future';
    ELSIF p_expires > p_at + interval '90 days' THEN
        RETURN 'an override lasts 90 days at most: let it expire earlier';
    END IF;
    RETURN NULL;
END
$$;

-- Why the caller may not override n shipments in one action, or null.
CREATE FUNCTION override_denied(n bigint) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN CASE WHEN my_level() < 2 THEN refusal(2, 'override the status of shipments')
                WHEN my_level() < 3 AND n > 1 THEN format('%s may not override %s at once: agents override one shipment an action, leads a selection', session_user,
                                                          say_count(n, 'shipment')) END;

-- The parcels of exceptions, each with the exception an override goes by: the open one, else the newest.
CREATE FUNCTION override_members(p_ids bigint[], p_status shipment_status, p_mine int[])
    RETURNS TABLE (shipment_id bigint, exception_id bigint, brand_id int, carrier text, effective shipment_status, carrier_status shipment_status,
                   status_at timestamptz, override_id bigint, same boolean, is_open boolean, ends boolean, has_case boolean, runs boolean, activity_seq int)
    LANGUAGE plpgsql STABLE ROWS 100 SET search_path = doorstep, pg_temp SET jit = off SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET work_mem = '64MB' AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT a.shipment_id, x.id, x.brand_id, x.carrier, s.effective_status, s.carrier_status, s.status_at, s.override_id,
           s.effective_status = p_status AND x.marks & 1 = 0,          -- in a conflict saying it once more settles it
           x.state <> 'resolved', x.state <> 'resolved' AND x.marks & 128 = 0 AND override_resolution(p_status) IS NOT NULL,
           x.marks & 128 <> 0, x.state IN ('new', 'working') AND x.due_at IS NOT NULL, x.activity_seq
      FROM (SELECT DISTINCT e.shipment_id FROM exception e WHERE e.id = ANY (p_ids) AND (p_mine IS NULL OR e.brand_id = ANY (p_mine))) a
     CROSS JOIN LATERAL (SELECT t.effective_status, t.carrier_status, t.status_at, t.override_id FROM shipment t WHERE t.id = a.shipment_id LIMIT 1) s
     CROSS JOIN LATERAL (SELECT e.id, e.brand_id, e.carrier, e.marks, e.state, e.due_at, e.activity_seq FROM exception e WHERE e.shipment_id = a.shipment_id
                          ORDER BY (e.state <> 'resolved') DESC, e.id DESC LIMIT 1) x
     WHERE p_mine IS NULL OR x.brand_id = ANY (p_mine);
END
$$;

-- ---------------------------------------------------------------- looking first

CREATE FUNCTION override_preview(p_ids bigint[], p_status text, p_expires timestamptz DEFAULT NULL)
    RETURNS TABLE (asked bigint, shipments bigint, changes bigint, same bigint, overridden bigint, newer bigint, newer_hours int, resolves bigint, keeps_case bigint,
                   stays bigint, clocks bigint, messages bigint, denied bigint, threshold int, needs_approval boolean, allowed boolean, refusal text,
                   expires_at timestamptz, groups jsonb)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path = doorstep, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
    at timestamptz := clock_timestamp();
    rule control_policy;
    ids bigint[] := ARRAY(SELECT DISTINCT x FROM unnest(p_ids) x WHERE x IS NOT NULL);
    r record;
BEGIN
    PERFORM require_level(1, 'look at overrides');
    SELECT * INTO rule FROM control_policy;
    asked := cardinality(ids);
    threshold := rule.override_threshold;
    newer_hours := rule.newer_scan_hours;
    expires_at := coalesce(p_expires, at + make_interval(days => rule.override_days));
    refusal := override_wrong(p_status, 'other', '...', expires_at, at);
    IF asked > 100000 THEN
        refusal := format('at most 100,000 shipments are overridden at once, these are %s: narrow the selection', to_char(asked, 'FM999,999,999'));
    END IF;
    IF refusal IS NULL THEN
        WITH m AS MATERIALIZED (
            SELECT * FROM override_members(ids, p_status::shipment_status, mine)
        ), told AS (                           -- what waits to go out and would speak of another status
            SELECT count(*) AS n FROM outreach o JOIN m ON m.shipment_id = o.shipment_id AND NOT m.same
              JOIN exception e ON e.id = o.exception_id
              LEFT JOIN template_version v ON v.template_id = o.template_id AND v.version = o.version
             WHERE o.state = 'queued'
               AND (m.ends OR p_status = 'delivered' AND e.kind <> 'delivery_disputed' AND p_status::shipment_status <> ALL (coalesce(v.statuses, '{}'))
                    OR coalesce(v.statuses, '{}') <> '{}' AND p_status::shipment_status <> ALL (v.statuses))
        )
        SELECT count(*) AS shipments, count(*) FILTER (WHERE NOT m.same) AS changes, count(*) FILTER (WHERE m.same) AS same,
               count(*) FILTER (WHERE m.override_id IS NOT NULL AND NOT m.same) AS overridden,
               count(*) FILTER (WHERE NOT m.same AND m.carrier_status <> p_status::shipment_status AND m.status_at > at - make_interval(hours => rule.newer_scan_hours)) AS newer,
               count(*) FILTER (WHERE NOT m.same AND m.ends) AS resolves,
               count(*) FILTER (WHERE NOT m.same AND m.is_open AND m.has_case AND override_resolution(p_status::shipment_status) IS NOT NULL) AS keeps_case,
               count(*) FILTER (WHERE NOT m.same AND m.is_open AND NOT m.ends) AS stays,
               count(*) FILTER (WHERE NOT m.same AND m.ends AND m.runs) AS clocks,
               (SELECT n FROM told) AS messages,
               (SELECT jsonb_agg(jsonb_build_array(g.carrier, g.effective, g.n) ORDER BY g.n DESC, g.carrier, g.effective)
                  FROM (SELECT m.carrier, m.effective, count(*) AS n FROM m GROUP BY 1, 2) g) AS groups
          INTO r FROM m;
        shipments := r.shipments; changes := r.changes; same := r.same; overridden := r.overridden; newer := r.newer; resolves := r.resolves;
        keeps_case := r.keeps_case; stays := r.stays; clocks := r.clocks; messages := r.messages; groups := r.groups;
        SELECT count(*) INTO denied FROM unnest(ids) i(id)
         WHERE NOT EXISTS (SELECT FROM exception e WHERE e.id = i.id AND (mine IS NULL OR e.brand_id = ANY (mine)));
        needs_approval := changes > rule.override_threshold;
        refusal := CASE WHEN asked = 0 THEN 'nothing is selected: choose the shipments first' ELSE coalesce(override_denied(shipments),
                        CASE WHEN shipments = 0 THEN 'none of them is there, or yours to see' END) END;
    END IF;
    allowed := refusal IS NULL;
    RETURN NEXT;
END
$$;

-- ---------------------------------------------------------------- taking effect

-- Who does something long to many says so here (of how many), and lets others' single actions say it, too: lock_exceptions().
CREATE FUNCTION override_announce(n bigint) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF n >= 1000 THEN
        PERFORM pg_advisory_xact_lock_shared(hashtext('doorstep override'), n::int);
    END IF;
END
$$;

-- Puts in force what status_override has as active of a batch, whose exceptions are locked: shipments, exceptions, activity.
-- All exceptions of a parcel show it, one has the activity.
CREATE FUNCTION override_effect(p_batch bigint, p_at timestamptz, p_key uuid, p_text text) RETURNS bigint[]
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' SET jit = off SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_mergejoin = off SET work_mem = '256MB' AS $$
DECLARE
    changed bigint[];
BEGIN
    UPDATE shipment s SET effective_status = o.status, override_id = o.id
      FROM (SELECT v.id, v.status, t.place FROM status_override v
             CROSS JOIN LATERAL (SELECT t.ctid AS place FROM shipment t WHERE t.id = v.shipment_id LIMIT 1) t
             WHERE v.batch_id = p_batch AND v.state::text = 'active') o       -- as text: the batch's index, not one of all in force
     WHERE s.ctid = o.place;

    WITH clock AS MATERIALIZED (
        SELECT c.id, business_clock(c.id, p_at) AS at_s FROM calendar c
    ), item AS MATERIALIZED (
        SELECT x.place, x.main, x.ends, o.status, f.first_left, f.resolve_left, (x.marks | 2) & ~1 AS marks,
               CASE WHEN x.ends THEN override_resolution(o.status) END AS resolution,
               CASE WHEN x.main THEN jsonb_build_object('effective_status', x.effective_status, 'marks', x.marks) ||
                    CASE WHEN x.ends THEN jsonb_build_object('state', x.state, 'resolved_at', NULL, 'resolution', NULL, 'resolution_text', x.resolution_text,
                         'first_response_at', x.first_response_at, 'first_left_s', x.first_left_s, 'resolve_left_s', x.resolve_left_s,
                         'wake_at', x.wake_at, 'wake_on_scan', x.wake_on_scan) ELSE '{}' END END AS before,
               CASE WHEN x.main THEN jsonb_build_object('effective_status', o.status, 'marks', (x.marks | 2) & ~1) ||
                    CASE WHEN x.ends THEN jsonb_build_object('state', 'resolved', 'resolved_at', p_at, 'resolution', override_resolution(o.status), 'resolution_text', NULL,
                         'first_response_at', coalesce(x.first_response_at, p_at), 'first_left_s', f.first_left, 'resolve_left_s', f.resolve_left,
                         'wake_at', NULL, 'wake_on_scan', false) ELSE '{}' END END AS after
          FROM status_override o
         CROSS JOIN LATERAL (SELECT e.ctid AS place, e.id = o.exception_id AS main, e.id = o.exception_id AND o.resolved AS ends,
                                    o.resolved AND e.id = o.exception_id AND e.state IN ('new', 'working') AND e.first_left_s IS NULL AND e.resolve_left_s IS NULL AS runs,
                                    e.effective_status, e.marks, e.state, e.resolution_text, e.first_response_at, e.first_left_s, e.resolve_left_s, e.wake_at,
                                    e.wake_on_scan, e.calendar_id, e.first_response_due_at, e.resolve_due_at
                               FROM exception e WHERE e.shipment_id = o.shipment_id OFFSET 0) x
          LEFT JOIN clock k ON k.id = x.calendar_id AND x.runs
         CROSS JOIN LATERAL (SELECT CASE WHEN NOT x.runs THEN x.first_left_s WHEN x.calendar_id IS NULL THEN epoch_s(x.first_response_due_at) - epoch_s(p_at)
                                         WHEN x.first_response_due_at IS NOT NULL THEN business_clock(x.calendar_id, x.first_response_due_at) - k.at_s END AS first_left,
                                    CASE WHEN NOT x.runs THEN x.resolve_left_s WHEN x.calendar_id IS NULL THEN epoch_s(x.resolve_due_at) - epoch_s(p_at)
                                         WHEN x.resolve_due_at IS NOT NULL THEN business_clock(x.calendar_id, x.resolve_due_at) - k.at_s END AS resolve_left) f
         WHERE o.batch_id = p_batch AND o.state::text = 'active'
    ), put AS (
        UPDATE exception e
           SET effective_status = i.status, marks = i.marks, rev = e.rev + 1, updated_at = p_at,
               state = CASE WHEN i.ends THEN 'resolved' ELSE e.state END, resolved_at = CASE WHEN i.ends THEN p_at ELSE e.resolved_at END,
               resolution = CASE WHEN i.ends THEN i.resolution ELSE e.resolution END, resolution_text = CASE WHEN i.ends THEN NULL ELSE e.resolution_text END,
               first_response_at = CASE WHEN i.ends THEN coalesce(e.first_response_at, p_at) ELSE e.first_response_at END,
               first_left_s = CASE WHEN i.ends THEN i.first_left ELSE e.first_left_s END, resolve_left_s = CASE WHEN i.ends THEN i.resolve_left ELSE e.resolve_left_s END,
               wake_at = CASE WHEN i.ends THEN NULL ELSE e.wake_at END, wake_on_scan = CASE WHEN i.ends THEN false ELSE e.wake_on_scan END,
               activity_seq = e.activity_seq + CASE WHEN i.main THEN 1 ELSE 0 END,
               activity_hash = CASE WHEN i.main THEN activity_link(e.activity_hash, e.id, e.activity_seq + 1, e.brand_id, p_at, session_user::text, 'override', p_text,
                                                                   i.before, i.after, p_key) ELSE e.activity_hash END
          FROM item i WHERE e.ctid = i.place
        RETURNING e.id, e.activity_seq, e.activity_hash, e.brand_id, i.main, i.before, i.after
    ), told AS (
        INSERT INTO activity (exception_id, seq, brand_id, at, actor, verb, text, before, after, key, hash)
        SELECT p.id, p.activity_seq, p.brand_id, p_at, session_user, 'override', p_text, p.before, p.after, p_key, p.activity_hash FROM put p WHERE p.main
    )
    SELECT array_agg(p.id) FILTER (WHERE p.main) INTO changed FROM put p;
    RETURN coalesce(changed, '{}');
END
$$;

-- ---------------------------------------------------------------- ending

-- The override to be in force again when one is taken back: the nearest of those it replaced that has not expired, whose batch was not
-- taken back meanwhile, and that the carrier has not agreed with. conflict: the carrier speaks against it by now.
CREATE FUNCTION override_before(p_id bigint, p_at timestamptz, OUT previous bigint, OUT conflict boolean) LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    o status_override;
    s shipment;
    means text;
BEGIN
    previous := p_id;
    conflict := false;
    WHILE previous IS NOT NULL LOOP
        SELECT * INTO o FROM status_override x WHERE x.id = previous;
        SELECT * INTO s FROM shipment x WHERE x.id = o.shipment_id;
        means := CASE WHEN s.status_at > coalesce(o.scan_was, '-infinity') OR s.status_at > o.applied_at THEN override_meaning(o.status, s.carrier_status) END;
        IF o.state = 'replaced' AND o.expires_at > p_at AND means IS DISTINCT FROM 'agrees'
           AND EXISTS (SELECT FROM override_batch b WHERE b.id = o.batch_id AND b.state = 'applied') THEN
            conflict := o.conflict_at IS NOT NULL OR means IS NOT DISTINCT FROM 'contradicts';
            RETURN;
        END IF;
        previous := o.replaces;
    END LOOP;
END
$$;

-- Takes overrides out of force whose exceptions are locked; gives these. p_state is what they become. Reverted ones are taken back
-- exactly: the one before is in force again, and what they resolved is as it was, unless that was changed since. p_text is for format():
-- the status, its author, the status effective now.
CREATE FUNCTION override_unset(p_ids bigint[], p_state override_state, p_at timestamptz, p_key uuid, p_actor text, p_verb text, p_text text) RETURNS bigint[]
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' SET jit = off SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_mergejoin = off SET work_mem = '256MB' AS $$
DECLARE
    changed bigint[];
    earlier bigint[];
    again bigint[];
    against boolean[];
BEGIN
    UPDATE status_override o SET state = p_state, ended_at = p_at, ended_by = p_actor WHERE o.id = ANY (p_ids);
    IF p_state = 'reverted' THEN
        SELECT array_agg(o.id), array_agg(b.previous), array_agg(b.conflict) INTO earlier, again, against
          FROM status_override o CROSS JOIN LATERAL override_before(o.replaces, p_at) b
         WHERE o.id = ANY (p_ids) AND o.replaces IS NOT NULL AND b.previous IS NOT NULL;
        UPDATE status_override o SET state = CASE WHEN a.conflict THEN 'conflict' ELSE 'active' END::override_state, ended_at = NULL, ended_by = NULL,
               conflict_at = CASE WHEN a.conflict THEN coalesce(o.conflict_at, p_at) END
          FROM unnest(again, against) a(id, conflict) WHERE o.id = a.id;
    END IF;

    WITH said AS MATERIALIZED (
        SELECT o.id, o.shipment_id, o.exception_id, o.status, o.by, o.resolved AND p_state = 'reverted' AS resolved, o.seq, t.place, t.carrier_status, b.id AS again,
               coalesce(b.status, t.carrier_status) AS becomes, CASE b.state WHEN 'conflict' THEN 3 WHEN 'active' THEN 2 ELSE 0 END AS bits
          FROM status_override o
         CROSS JOIN LATERAL (SELECT s.ctid AS place, s.carrier_status FROM shipment s WHERE s.id = o.shipment_id LIMIT 1) t
          LEFT JOIN unnest(earlier, again) p(id, previous) ON p.id = o.id
          LEFT JOIN LATERAL (SELECT v.id, v.status, v.state FROM status_override v WHERE v.id = p.previous LIMIT 1) b ON true
         WHERE o.id = ANY (p_ids)
    ), parcel AS (
        UPDATE shipment s SET effective_status = m.becomes, override_id = m.again FROM said m WHERE s.ctid = m.place
    ), stand AS MATERIALIZED (
        SELECT x.place, m.becomes, x.id = m.exception_id AS main, (x.marks & ~3) | m.bits AS marks, x.marks AS was_marks, x.effective_status, x.sla_held, x.calendar_id,
               x.state, x.resolved_at, x.resolution, x.resolution_text, x.first_response_at, x.first_left_s, x.resolve_left_s, x.wake_at, x.wake_on_scan,
               x.first_response_due_at, x.resolve_due_at,
               format(p_text, status_word(m.status), m.by, status_word(m.becomes)) AS says, r.before AS old
          FROM said m
         CROSS JOIN LATERAL (SELECT e.ctid AS place, e.* FROM exception e WHERE e.shipment_id = m.shipment_id OFFSET 0) x
          LEFT JOIN LATERAL (                -- what it resolved and nobody touched since, where no other is open by now
               SELECT a.before FROM activity a
                WHERE m.resolved AND x.id = m.exception_id AND x.state = 'resolved' AND a.exception_id = x.id AND a.seq = m.seq
                  AND NOT EXISTS (SELECT FROM activity y WHERE y.exception_id = x.id AND y.seq > m.seq AND y.after ? 'resolved_at')
                  AND NOT EXISTS (SELECT FROM exception y WHERE y.shipment_id = m.shipment_id AND y.state <> 'resolved')
                LIMIT 1) r ON true
    ), item AS MATERIALIZED (
        SELECT s.*, CASE WHEN old IS NULL THEN s.state ELSE (old ->> 'state')::exception_state END AS n_state,
               n.first_left AS n_first_left, n.resolve_left AS n_resolve_left, n.starts,
               jsonb_build_object('effective_status', s.effective_status, 'marks', s.was_marks) ||
               CASE WHEN old IS NULL THEN '{}' ELSE jsonb_build_object('state', s.state, 'resolved_at', s.resolved_at, 'resolution', s.resolution,
                    'resolution_text', s.resolution_text, 'first_response_at', s.first_response_at, 'first_left_s', s.first_left_s, 'resolve_left_s', s.resolve_left_s,
                    'wake_at', s.wake_at, 'wake_on_scan', s.wake_on_scan) END AS before,
               jsonb_build_object('effective_status', s.becomes, 'marks', s.marks) || coalesce(old - '{effective_status,marks}'::text[], '{}') AS after
          FROM stand s
         -- a clock that stood for an outage which is over by now runs on from here
         CROSS JOIN LATERAL (SELECT CASE WHEN old IS NULL THEN s.first_left_s ELSE (old ->> 'first_left_s')::bigint END AS first_left,
                                    CASE WHEN old IS NULL THEN s.resolve_left_s ELSE (old ->> 'resolve_left_s')::bigint END AS resolve_left,
                                    old IS NOT NULL AND old ->> 'state' IN ('new', 'working') AND NOT s.sla_held
                                    AND coalesce(old ->> 'first_left_s', old ->> 'resolve_left_s') IS NOT NULL AS starts) n
    ), put AS (
        UPDATE exception e
           SET effective_status = i.becomes, marks = i.marks, rev = e.rev + 1, updated_at = p_at, state = i.n_state,
               resolved_at = CASE WHEN i.old IS NULL THEN e.resolved_at END, resolution = CASE WHEN i.old IS NULL THEN e.resolution END,
               resolution_text = CASE WHEN i.old IS NULL THEN e.resolution_text ELSE i.old ->> 'resolution_text' END,
               first_response_at = CASE WHEN i.old IS NULL THEN e.first_response_at ELSE (i.old ->> 'first_response_at')::timestamptz END,
               first_left_s = CASE WHEN NOT i.starts THEN i.n_first_left END, resolve_left_s = CASE WHEN NOT i.starts THEN i.n_resolve_left END,
               first_response_due_at = CASE WHEN i.starts THEN business_due(e.calendar_id, p_at, i.n_first_left) ELSE e.first_response_due_at END,
               resolve_due_at = CASE WHEN i.starts THEN business_due(e.calendar_id, p_at, i.n_resolve_left) ELSE e.resolve_due_at END,
               wake_at = CASE WHEN i.old IS NULL THEN e.wake_at ELSE (i.old ->> 'wake_at')::timestamptz END,
               wake_on_scan = CASE WHEN i.old IS NULL THEN e.wake_on_scan ELSE (i.old ->> 'wake_on_scan')::boolean END,
               activity_seq = e.activity_seq + CASE WHEN i.main THEN 1 ELSE 0 END,
               activity_hash = CASE WHEN i.main THEN activity_link(e.activity_hash, e.id, e.activity_seq + 1, e.brand_id, p_at, p_actor, p_verb, i.says, i.before, i.after, p_key)
                                    ELSE e.activity_hash END
          FROM item i WHERE e.ctid = i.place
        RETURNING e.id, e.activity_seq, e.activity_hash, e.brand_id, i.main, i.says, i.before, i.after
    ), told AS (
        INSERT INTO activity (exception_id, seq, brand_id, at, actor, verb, text, before, after, key, hash)
        SELECT p.id, p.activity_seq, p.brand_id, p_at, p_actor, p_verb, p.says, p.before, p.after, p_key, p.activity_hash FROM put p WHERE p.main
    )
    SELECT array_agg(p.id) FILTER (WHERE p.main) INTO changed FROM put p;
    RETURN coalesce(changed, '{}');
END
$$;

-- What became of a batch's overrides that are not to be taken back with it, and why; of those in force that somebody resolved or opened since.
CREATE FUNCTION override_left(p_batch bigint, p_at timestamptz) RETURNS TABLE (override_id bigint, exception_id bigint, why text)
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT o.id, o.exception_id,
           CASE o.state WHEN 'replaced' THEN (SELECT format('%s overrode it since (batch %s, %s)', n.by, n.batch_id, ago(p_at - n.applied_at)) FROM status_override n
                                               WHERE n.shipment_id = o.shipment_id AND n.replaces = o.id ORDER BY n.id DESC LIMIT 1)
                        WHEN 'agreed' THEN format('the carrier''s word stands since %s', ago(p_at - o.ended_at))
                        WHEN 'expired' THEN format('it expired %s', ago(p_at - o.ended_at))
                        WHEN 'reverted' THEN format('%s took it back %s', o.ended_by, ago(p_at - o.ended_at)) END
      FROM status_override o WHERE o.batch_id = p_batch AND o.state IN ('replaced', 'agreed', 'expired', 'reverted')
    UNION ALL
    SELECT o.id, o.exception_id, format('%s %s it since (%s)', l.actor, CASE WHEN l.after ->> 'state' = 'resolved' THEN 'resolved' ELSE 'opened' END, ago(p_at - l.at))
      FROM status_override o
     CROSS JOIN LATERAL (SELECT x.activity_seq FROM exception x WHERE x.id = o.exception_id LIMIT 1) e
     CROSS JOIN LATERAL (SELECT a.actor, a.at, a.after FROM activity a WHERE e.activity_seq > o.seq AND a.exception_id = o.exception_id AND a.seq > o.seq
                            AND a.after ? 'resolved_at' AND a.verb <> 'override_conflict' ORDER BY a.seq DESC LIMIT 1) l
     WHERE o.batch_id = p_batch AND o.state IN ('active', 'conflict');
END
$$;

-- ---------------------------------------------------------------- asking for one

-- Overrides the status of the parcels of these exceptions. The first row has id 0 and speaks of all of it: code ok or pending, rev the
-- batch; then one for each exception that was refused or left as it is. p_chosen: the filter they were chosen by.
CREATE FUNCTION override_apply(p_key uuid, p_ids bigint[], p_status text, p_reason text, p_note text, p_expires timestamptz DEFAULT NULL, p_outage int DEFAULT NULL,
                               p_chosen text DEFAULT NULL) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' SET jit = off AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
    answered jsonb := action_begin(p_key);
    ids bigint[] := ARRAY(SELECT DISTINCT x FROM unnest(p_ids) x WHERE x IS NOT NULL ORDER BY x);
    rule control_policy;
    moment timestamptz := clock_timestamp();
    words text := clean_text(p_note);
    until timestamptz;
    wrong text;
    n bigint;
    waits boolean;
    m record;
    b override_batch;
    others jsonb;
    changed bigint[];
    says text;
BEGIN
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    END IF;
    SELECT * INTO rule FROM control_policy;
    until := coalesce(p_expires, moment + make_interval(days => rule.override_days));
    wrong := CASE WHEN my_level() >= 2 THEN
                  CASE WHEN cardinality(ids) = 0 THEN 'nothing is selected: choose the shipments first'
                       WHEN cardinality(ids) > 100000 THEN format('at most 100,000 shipments are overridden at once, these are %s: narrow the selection',
                                                                  to_char(cardinality(ids), 'FM999,999,999'))
                       ELSE override_wrong(p_status, p_reason, words, until, moment) END END;
    IF wrong IS NOT NULL THEN
        RETURN QUERY SELECT 0::bigint, false, 'invalid', wrong, NULL::int;
        RETURN;
    END IF;
    SELECT count(DISTINCT e.shipment_id) INTO n FROM exception e WHERE e.id = ANY (ids) AND (mine IS NULL OR e.brand_id = ANY (mine));
    wrong := override_denied(n);
    IF wrong IS NOT NULL THEN
        RETURN QUERY SELECT 0::bigint, false, 'denied', wrong, NULL::int;
        RETURN;
    END IF;

    waits := n > rule.override_threshold;        -- then some may be the same already; what only waits locks nothing
    IF waits THEN
        SELECT count(*) > rule.override_threshold INTO waits FROM override_members(ids, p_status::shipment_status, mine) x WHERE NOT x.same;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));
    IF p_outage IS NOT NULL THEN
        PERFORM FROM outage o WHERE o.id = p_outage AND o.ended_at IS NULL AND (o.brands IS NULL OR mine IS NULL OR o.brands && mine) FOR SHARE;
        IF NOT FOUND THEN
            RETURN QUERY SELECT 0::bigint, false, 'invalid', format('there is no outage %s, or it is over: "doorstep outage list" shows them', p_outage), NULL::int;
            RETURN;
        END IF;
    END IF;
    IF NOT waits THEN
        PERFORM override_announce(n);
        PERFORM lock_exceptions(ids, true);
    END IF;
    moment := clock_timestamp();
    SELECT count(*) FILTER (WHERE NOT x.same) AS n, array_agg(x.shipment_id) FILTER (WHERE NOT x.same) AS shipments, array_agg(x.exception_id) FILTER (WHERE NOT x.same) AS exceptions,
           array_agg(x.brand_id) FILTER (WHERE NOT x.same) AS brand_ids, array_agg(x.carrier_status) FILTER (WHERE NOT x.same) AS was,
           array_agg(x.status_at) FILTER (WHERE NOT x.same) AS scans, array_agg(x.override_id) FILTER (WHERE NOT x.same) AS previous,
           array_agg(x.ends) FILTER (WHERE NOT x.same) AS ends, array_agg(x.activity_seq + 1) FILTER (WHERE NOT x.same) AS seqs,
           array_agg(DISTINCT x.brand_id) FILTER (WHERE NOT x.same) AS brands,
           jsonb_agg(jsonb_build_array(x.exception_id, true, 'same', format('it is %s already', status_word(x.effective)), NULL) ORDER BY x.exception_id) FILTER (WHERE x.same) AS same
      INTO m FROM override_members(ids, p_status::shipment_status, mine) x;
    SELECT coalesce(m.same, '[]') || coalesce(jsonb_agg(jsonb_build_array(i.id, false, 'gone', format('there is no exception #%s', i.id), NULL) ORDER BY i.id), '[]') INTO others
      FROM unnest(ids) i(id) WHERE NOT EXISTS (SELECT FROM exception e WHERE e.id = i.id AND (mine IS NULL OR e.brand_id = ANY (mine)));

    IF m.n = 0 THEN                    -- nothing to do, all of it said
        answered := jsonb_build_array(jsonb_build_array(0, m.same IS NOT NULL, CASE WHEN m.same IS NULL THEN 'gone' ELSE 'same' END,
            CASE WHEN m.same IS NULL THEN 'none of them is there, or yours to see' WHEN jsonb_array_length(m.same) = 1 THEN m.same -> 0 ->> 3
                 ELSE format('nothing to do: all are %s already', status_word(p_status::shipment_status)) END, NULL)) || others;
        PERFORM action_end(p_key, 'override', moment, '{}', answered);
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    END IF;
    IF NOT waits AND m.n > rule.override_threshold THEN     -- more than when they were counted: then they wait, too
        waits := true;
    END IF;
    INSERT INTO override_batch (key, by, at, state, status, reason, note, expires_at, outage_id, chosen, shipments, applied, skipped, brands)
    VALUES (p_key, session_user, moment, CASE WHEN waits THEN 'pending' ELSE 'applied' END::batch_state, p_status::shipment_status, p_reason, words, until, p_outage,
            left(coalesce(clean_text(p_chosen), ''), 500), m.n, CASE WHEN waits THEN 0 ELSE m.n END, 0, m.brands)
    RETURNING * INTO b;
    IF NOT waits THEN
        UPDATE status_override o SET state = 'replaced', ended_at = moment, ended_by = session_user WHERE o.id = ANY (array_remove(m.previous, NULL));
    END IF;
    INSERT INTO status_override (batch_id, shipment_id, exception_id, brand_id, state, status, carrier_was, replaces, resolved, by, applied_at, expires_at, scan_was, seq)
    SELECT b.id, x.shipment, x.exception, x.brand, CASE WHEN waits THEN 'pending' ELSE 'active' END::override_state, b.status, x.was, CASE WHEN NOT waits THEN x.previous END,
           NOT waits AND x.ends, session_user, CASE WHEN NOT waits THEN moment END, until, x.scan, CASE WHEN NOT waits THEN x.seq END
      FROM unnest(m.shipments, m.exceptions, m.brand_ids, m.was, m.previous, m.ends, m.scans, m.seqs) x(shipment, exception, brand, was, previous, ends, scan, seq);

    says := say_overridden(m.n, b.status, until);
    IF waits THEN
        changed := ARRAY[b.id];
        answered := jsonb_build_array(jsonb_build_array(0, true, 'pending', format('batch %s waits for a second lead: %s are more than the %s one may override alone; nothing is changed yet',
            b.id, say_count(m.n, 'shipment'), rule.override_threshold), b.id)) || others;
        PERFORM control_write(CASE WHEN cardinality(m.brands) = 1 THEN m.brands[1] END, 'batch ' || b.id, 'override_ask', 'asks to override: ' || says || ' – ' || words,
                              NULL, batch_json(b), p_key, moment);
        PERFORM pg_notify('doorstep', 'u');
    ELSE
        changed := override_effect(b.id, moment, p_key, override_says(b));
        answered := jsonb_build_array(jsonb_build_array(0, true, 'ok', says || CASE WHEN others <> '[]' THEN format('; %s left as %s', jsonb_array_length(others),
            CASE jsonb_array_length(others) WHEN 1 THEN 'is' ELSE 'are' END) ELSE '' END, b.id)) || others;
        PERFORM control_write(CASE WHEN cardinality(m.brands) = 1 THEN m.brands[1] END, 'batch ' || b.id, 'override', 'overrides: ' || says || ' – ' || words, NULL, batch_json(b), p_key, moment);
    END IF;
    PERFORM action_end_as(p_key, 'override', moment, changed, answered, format('%s of %s as %s', CASE WHEN waits THEN 'the asking for an override' ELSE 'the override' END,
                          CASE m.n WHEN 1 THEN '#' || m.exceptions[1] ELSE say_count(m.n, 'shipment') END, status_word(b.status)));
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- 'set the status to "delayed" until …: carrier outage … (note)', as each timeline says it.
CREATE FUNCTION override_says(b override_batch) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN format('set the status to %s until %s: %s – %s%s', status_word(b.status), say_instant(b.expires_at), (SELECT r.label FROM override_reason r WHERE r.code = b.reason), b.note,
                  CASE WHEN b.decided_by IS NOT NULL THEN format(' (asked by %s, batch %s)', b.by, b.id) WHEN b.shipments > 1 THEN format(' (batch %s)', b.id) ELSE '' END);
CREATE FUNCTION batch_json(b override_batch) RETURNS jsonb LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN jsonb_strip_nulls(jsonb_build_object('state', b.state, 'status', b.status, 'reason', b.reason, 'note', b.note, 'expires_at', json_instant(b.expires_at), 'outage', b.outage_id,
                                                'chosen', nullif(b.chosen, ''), 'shipments', b.shipments, 'applied', b.applied, 'skipped', b.skipped));

-- ---------------------------------------------------------------- deciding

-- Puts a pending batch in force whose row is locked: what was resolved, changed or overridden since it was asked for is left, and says why.
CREATE FUNCTION override_approve(p_batch bigint, p_at timestamptz, p_key uuid, OUT applied bigint[], OUT others jsonb)
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' SET jit = off SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_mergejoin = off SET work_mem = '64MB' AS $$
#variable_conflict use_column
DECLARE
    b override_batch;
    yes bigint[];
    previous bigint[];
    ends boolean[];
    seqs int[];
    no bigint[];
    why text[];
BEGIN
    SELECT * INTO b FROM override_batch x WHERE x.id = p_batch;
    WITH judged AS MATERIALIZED (
        SELECT o.id, o.exception_id, s.override_id, x.activity_seq + 1 AS seq,
               x.state <> 'resolved' AND x.marks & 128 = 0 AND override_resolution(b.status) IS NOT NULL AS ends,
               CASE WHEN x.resolved_at > b.at THEN (SELECT format('%s resolved it meanwhile (%s)', a.actor, ago(p_at - a.at)) FROM activity a
                                                     WHERE a.exception_id = x.id AND a.after ->> 'state' = 'resolved' ORDER BY a.seq DESC LIMIT 1)
                    WHEN v.applied_at > b.at THEN format('%s overrode it meanwhile (batch %s, %s)', v.by, v.batch_id, ago(p_at - v.applied_at))
                    WHEN s.brand_id <> o.brand_id THEN 'it is another brand''s by now'
                    WHEN s.carrier_status <> o.carrier_was THEN format('the carrier says %s by now, it said %s', status_word(s.carrier_status), status_word(o.carrier_was))
                    WHEN s.effective_status = b.status AND x.marks & 1 = 0 THEN format('it is %s already', status_word(b.status)) END AS why
          FROM status_override o
         CROSS JOIN LATERAL (SELECT t.* FROM shipment t WHERE t.id = o.shipment_id LIMIT 1) s
         CROSS JOIN LATERAL (SELECT e.* FROM exception e WHERE e.id = o.exception_id LIMIT 1) x
          LEFT JOIN LATERAL (SELECT w.* FROM status_override w WHERE w.id = s.override_id LIMIT 1) v ON true
         WHERE o.batch_id = p_batch AND o.state = 'pending'
    )
    SELECT array_agg(j.id) FILTER (WHERE j.why IS NULL), array_agg(j.override_id) FILTER (WHERE j.why IS NULL), array_agg(j.ends) FILTER (WHERE j.why IS NULL),
           array_agg(j.seq) FILTER (WHERE j.why IS NULL), array_agg(j.id) FILTER (WHERE j.why IS NOT NULL), array_agg(j.why) FILTER (WHERE j.why IS NOT NULL),
           coalesce(jsonb_agg(jsonb_build_array(j.exception_id, false, 'skipped', format('#%s: %s', j.exception_id, j.why), NULL) ORDER BY j.exception_id)
                    FILTER (WHERE j.why IS NOT NULL), '[]')
      INTO yes, previous, ends, seqs, no, why, others FROM judged j;
    UPDATE status_override o SET state = 'skipped', skip_reason = n.why, ended_at = p_at, ended_by = session_user FROM unnest(no, why) n(id, why) WHERE o.id = n.id;
    UPDATE status_override o SET state = 'replaced', ended_at = p_at, ended_by = session_user WHERE o.id = ANY (array_remove(previous, NULL));
    UPDATE status_override o SET state = 'active', applied_at = p_at, replaces = y.previous, resolved = y.ends, seq = y.seq
      FROM unnest(yes, previous, ends, seqs) y(id, previous, ends, seq) WHERE o.id = y.id;
    UPDATE override_batch x SET state = 'applied', decided_by = session_user, decided_at = p_at, applied = coalesce(cardinality(yes), 0), skipped = coalesce(cardinality(no), 0)
     WHERE x.id = p_batch RETURNING * INTO b;
    applied := override_effect(p_batch, p_at, p_key, override_says(b));
END
$$;

-- Takes back a batch whose row is locked, and its exceptions, too: what is still as it made it. others: what is left, and why.
CREATE FUNCTION override_take_back(p_batch bigint, p_at timestamptz, p_key uuid, p_actor text, p_verb text, OUT reverted bigint[], OUT others jsonb)
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET jit = off SET enable_seqscan = off AS $$
DECLARE
    kept bigint[];
    ids bigint[];
BEGIN
    SELECT coalesce(array_agg(l.override_id), '{}'),
           coalesce(jsonb_agg(jsonb_build_array(l.exception_id, false, 'left', format('#%s: %s', l.exception_id, l.why), NULL) ORDER BY l.exception_id), '[]')
      INTO kept, others FROM override_left(p_batch, p_at) l;
    SELECT coalesce(array_agg(o.id), '{}') INTO ids FROM (
        SELECT o.id FROM status_override o WHERE o.batch_id = p_batch AND o.state IN ('active', 'conflict') EXCEPT ALL SELECT k FROM unnest(kept) k) o;
    reverted := override_unset(ids, 'reverted', p_at, p_key, p_actor, p_verb, 'took back %2$s''s override %1$s: it is %3$s again');
    UPDATE override_batch x SET state = 'reverted', ended_by = p_actor, ended_at = p_at WHERE x.id = p_batch AND cardinality(reverted) > 0;
END
$$;

CREATE FUNCTION batch_exceptions(p_batch bigint) RETURNS bigint[] LANGUAGE sql STABLE SET search_path = doorstep, pg_temp SET enable_seqscan = off
    RETURN ARRAY(SELECT o.exception_id FROM status_override o WHERE o.batch_id = p_batch AND o.state IN ('pending', 'active', 'conflict'));

-- Why the caller may not do this to a batch, or null: its code and sentence.
CREATE FUNCTION batch_refused(b override_batch, p_op text, p_at timestamptz, OUT code text, OUT message text) LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    level int := my_level();
BEGIN
    message := CASE
        WHEN level < 2 OR level < 3 AND p_op IN ('approve', 'reject') THEN refusal(CASE WHEN p_op IN ('approve', 'reject') THEN 3 ELSE 2 END, p_op || ' overrides')
        WHEN p_op = 'approve' AND b."by" = session_user THEN format('nobody approves their own override: another lead can approve batch %s', b.id)
        WHEN p_op = 'reject' AND b."by" = session_user THEN format('batch %s is your own: withdraw it', b.id)
        WHEN p_op = 'withdraw' AND b."by" <> session_user THEN format('batch %s is %s''s: they can withdraw it, a lead can reject it', b.id, b."by")
        WHEN p_op = 'revert' AND level < 3 AND (b.shipments > 1 OR b."by" <> session_user) THEN
            format('batch %s is %s''s override of %s: a lead can take it back', b.id, b."by", say_count(b.shipments, 'shipment')) END;
    code := CASE WHEN message IS NOT NULL THEN 'denied' END;
    IF code IS NOT NULL THEN
        RETURN;
    END IF;
    message := CASE
        WHEN b.state = CASE WHEN p_op = 'revert' THEN 'applied' ELSE 'pending' END::batch_state THEN
            CASE WHEN p_op = 'approve' AND b.expires_at <= p_at THEN format('batch %s would have expired %s: ask for it anew', b.id, ago(p_at - b.expires_at)) END
        WHEN b.state = 'pending' THEN format('batch %s waits for a second lead: nothing of it is in force', b.id)
        WHEN b.state = 'applied' AND b.decided_by IS NULL THEN format('batch %s needed nobody''s approval: it is in force since %s', b.id, ago(p_at - b.at))
        WHEN b.state = 'lapsed' THEN format('batch %s lapsed %s: nobody approved it in time', b.id, ago(p_at - b.decided_at))
        ELSE format('%s %s batch %s %s', CASE b.state WHEN 'reverted' THEN b.ended_by ELSE b.decided_by END,
                    CASE b.state WHEN 'applied' THEN 'approved' WHEN 'rejected' THEN 'rejected' WHEN 'withdrawn' THEN 'withdrew' ELSE 'took back' END, b.id,
                    ago(p_at - CASE b.state WHEN 'reverted' THEN b.ended_at ELSE b.decided_at END)) END;
    code := CASE WHEN message IS NOT NULL THEN 'stale' END;
END
$$;

-- approve, reject, withdraw, revert. A row for each batch (rev: how many shipments it changed), each followed by its exceptions that were
-- left: code skipped (approve) or left (revert), their number in the sentence.
CREATE FUNCTION override_batch_act(p_key uuid, p_ids bigint[], p_op text, p_note text DEFAULT NULL) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
    answered jsonb := action_begin(p_key);
    ids bigint[] := ARRAY(SELECT DISTINCT x FROM unnest(p_ids) x WHERE x IS NOT NULL ORDER BY x);
    words text := left(clean_text(p_note), 1000);
    moment timestamptz;
    b override_batch;
    wrong record;
    one bigint;
    did bigint[];
    others jsonb;
    changed bigint[] := '{}';
    says text;
BEGIN
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    END IF;
    IF p_op IS NULL OR p_op NOT IN ('approve', 'reject', 'withdraw', 'revert') OR cardinality(ids) NOT BETWEEN 1 AND 100 THEN
        RETURN QUERY SELECT 0::bigint, false, 'invalid', CASE cardinality(ids) WHEN 0 THEN 'which batch? "doorstep override list" shows them'
                     ELSE format('"%s" cannot be done to %s: approve, reject, withdraw or revert, 100 at once', left(coalesce(p_op, ''), 20), say_count(cardinality(ids), 'batch')) END, NULL::int;
        RETURN;
    END IF;
    IF p_op IN ('approve', 'revert') THEN
        PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));
    END IF;
    PERFORM FROM override_batch x WHERE x.id = ANY (ids) AND (mine IS NULL OR x.brands <@ mine) ORDER BY x.id FOR UPDATE;
    IF p_op IN ('approve', 'revert') THEN
        did := ARRAY(SELECT e FROM override_batch x CROSS JOIN LATERAL unnest(batch_exceptions(x.id)) e WHERE x.id = ANY (ids) AND (mine IS NULL OR x.brands <@ mine)
                        AND (batch_refused(x, p_op, clock_timestamp())).code IS NULL);
        PERFORM override_announce(cardinality(did));
        PERFORM lock_exceptions(did, true);
    END IF;
    moment := clock_timestamp();
    answered := '[]';
    FOREACH one IN ARRAY ids LOOP
        SELECT * INTO b FROM override_batch x WHERE x.id = one AND (mine IS NULL OR x.brands <@ mine);
        IF NOT FOUND THEN
            answered := answered || jsonb_build_array(jsonb_build_array(one, false, 'gone', format('there is no batch %s, or it has shipments of brands you do not see', one), NULL));
            CONTINUE;
        END IF;
        wrong := batch_refused(b, p_op, moment);
        IF wrong.code IS NOT NULL THEN
            answered := answered || jsonb_build_array(jsonb_build_array(one, false, wrong.code, wrong.message, NULL));
            CONTINUE;
        END IF;
        others := '[]';
        did := '{}';
        IF p_op = 'approve' THEN
            SELECT x.applied, x.others INTO did, others FROM override_approve(one, moment, p_key) x;
            says := CASE cardinality(did) WHEN 0 THEN 'nothing of it is as it was when it was asked for' ELSE say_overridden(cardinality(did), b.status, b.expires_at) END
                    || CASE others WHEN '[]' THEN '' ELSE format('; %s left as %s', jsonb_array_length(others), CASE jsonb_array_length(others) WHEN 1 THEN 'it is' ELSE 'they are' END) END;
        ELSIF p_op = 'revert' THEN
            SELECT x.reverted, x.others INTO did, others FROM override_take_back(one, moment, p_key, session_user, 'override_revert') x;
            IF cardinality(did) = 0 THEN
                answered := answered || jsonb_build_array(jsonb_build_array(one, false, 'stale', format('nothing of batch %s can be taken back: %s', one,
                            coalesce(others -> 0 ->> 3, 'it changed nothing')), NULL)) || others;
                CONTINUE;
            END IF;
            says := format('%s as before', say_count(cardinality(did), 'shipment'))
                    || CASE others WHEN '[]' THEN '' ELSE format('; %s left: %s', jsonb_array_length(others), others -> 0 ->> 3) END;
        ELSE
            UPDATE override_batch x SET state = CASE p_op WHEN 'reject' THEN 'rejected' ELSE 'withdrawn' END::batch_state, decided_by = session_user, decided_at = moment WHERE x.id = one;
            says := format('batch %s is %s: nothing was changed', one, CASE p_op WHEN 'reject' THEN 'rejected' ELSE 'withdrawn' END);
        END IF;
        UPDATE override_batch x SET decided_note = words WHERE x.id = one AND p_op <> 'revert';
        answered := answered || jsonb_build_array(jsonb_build_array(one, true, 'ok', says, cardinality(did))) || others;
        changed := changed || did;
        PERFORM control_write(CASE WHEN cardinality(b.brands) = 1 THEN b.brands[1] END, 'batch ' || one, 'override_' || p_op, says || coalesce(' – ' || words, ''),
                              batch_json(b), (SELECT batch_json(x) FROM override_batch x WHERE x.id = one), p_key, moment);
    END LOOP;
    PERFORM pg_notify('doorstep', 'u');
    PERFORM action_end(p_key, 'override_' || p_op, moment, changed, answered);
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- Takes back the override in force on the parcels of exceptions: a row for each, as actions answer.
CREATE FUNCTION override_revert(p_key uuid, p_ids bigint[]) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' SET jit = off AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
    level int := my_level();
    answered jsonb := action_begin(p_key);
    ids bigint[] := ARRAY(SELECT DISTINCT x FROM unnest(p_ids) x WHERE x IS NOT NULL ORDER BY x);
    moment timestamptz;
    n bigint;
    take bigint[];
    batches bigint[];
    changed bigint[];
BEGIN
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    END IF;
    IF cardinality(ids) > 100000 THEN
        RAISE program_limit_exceeded USING MESSAGE = 'at most 100,000 shipments can be changed at once: narrow the selection';
    END IF;
    SELECT count(DISTINCT e.shipment_id) INTO n FROM exception e WHERE e.id = ANY (ids) AND (mine IS NULL OR e.brand_id = ANY (mine));
    IF override_denied(n) IS NOT NULL THEN
        RETURN QUERY SELECT x, false, 'denied', override_denied(n), NULL::int FROM unnest(ids) x;
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));
    PERFORM override_announce(n);
    PERFORM lock_exceptions(ids, true);
    moment := clock_timestamp();
    WITH found AS MATERIALIZED (
        SELECT i.id, e.id AS there, o.id AS override_id, o.batch_id, o.status, b.shipments, b.by
          FROM unnest(ids) i(id)
          LEFT JOIN exception e ON e.id = i.id AND (mine IS NULL OR e.brand_id = ANY (mine))
          LEFT JOIN shipment s ON s.id = e.shipment_id
          LEFT JOIN status_override o ON o.id = s.override_id
          LEFT JOIN override_batch b ON b.id = o.batch_id
    ), judged AS (
        SELECT f.*, CASE WHEN f.there IS NULL THEN 'gone' WHEN f.override_id IS NULL THEN 'same' WHEN level < 3 AND f.shipments > 1 THEN 'denied' ELSE 'ok' END AS code FROM found f
    )
    SELECT array_agg(DISTINCT j.override_id) FILTER (WHERE j.code = 'ok'), array_agg(DISTINCT j.batch_id) FILTER (WHERE j.code = 'ok'),
           jsonb_agg(jsonb_build_array(j.id, j.code IN ('ok', 'same'), j.code, CASE j.code
               WHEN 'gone' THEN format('there is no exception #%s', j.id) WHEN 'same' THEN 'no override is in force: the carrier''s status is effective already'
               WHEN 'denied' THEN format('it is of %s''s override of %s: a lead can take it back', j.by, say_count(j.shipments, 'shipment')) ELSE '' END, NULL) ORDER BY j.id)
      INTO take, batches, answered FROM judged j;
    changed := override_unset(coalesce(take, '{}'), 'reverted', moment, p_key, session_user, 'override_revert', 'took back %2$s''s override %1$s: it is %3$s again');
    -- what was somebody else's since stays theirs; say so where it was resolved by the override and is not open again
    SELECT coalesce(jsonb_agg(jsonb_build_array(a -> 0, a -> 1, a -> 2, CASE WHEN a ->> 2 = 'ok' AND o.resolved AND e.state = 'resolved'
               THEN 'the status is as before; the exception stays resolved, as it was changed since' ELSE a ->> 3 END, e.rev) ORDER BY k), '[]')
      INTO answered FROM jsonb_array_elements(answered) WITH ORDINALITY z(a, k)
      LEFT JOIN exception e ON e.id = (a ->> 0)::bigint AND a ->> 2 <> 'gone'
      LEFT JOIN status_override o ON o.exception_id = e.id AND o.id = ANY (take);
    IF cardinality(changed) > 0 THEN
        UPDATE override_batch x SET state = 'reverted', ended_by = session_user, ended_at = moment
         WHERE x.id = ANY (batches) AND x.state = 'applied' AND NOT EXISTS (SELECT FROM status_override o WHERE o.batch_id = x.id AND o.state IN ('active', 'conflict', 'replaced'));
        PERFORM control_write(CASE WHEN (SELECT count(DISTINCT o.brand_id) FROM status_override o WHERE o.id = ANY (take)) = 1
                                   THEN (SELECT o.brand_id FROM status_override o WHERE o.id = take[1]) END,
                              'batch ' || (SELECT string_agg(x::text, ', ') FROM (SELECT unnest(batches) AS x LIMIT 20) y), 'override_revert',
                              format('takes back %s', CASE cardinality(changed) WHEN 1 THEN '#' || changed[1] ELSE say_count(cardinality(changed), 'override') END), NULL, NULL, p_key, moment);
        PERFORM pg_notify('doorstep', 'u');
    END IF;
    PERFORM action_end(p_key, 'override_revert', moment, changed, answered);
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- Undo: an override in force is taken back, one that waits is withdrawn. Taking back, approving and the like have no undo: say it again.
CREATE FUNCTION undo_of_override(l action_log, p_key uuid, p_at timestamptz) RETURNS jsonb LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    b override_batch;
    x record;
    wrong record;
    at timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));
    SELECT * INTO b FROM override_batch o WHERE o.key = l.key FOR UPDATE;
    IF b.state = 'pending' THEN
        UPDATE override_batch o SET state = 'withdrawn', decided_by = session_user, decided_at = p_at WHERE o.id = b.id;
        PERFORM control_write(CASE WHEN cardinality(b.brands) = 1 THEN b.brands[1] END, 'batch ' || b.id, 'override_withdraw', 'withdraws it', batch_json(b), NULL, p_key, p_at);
        PERFORM pg_notify('doorstep', 'u');
        RETURN jsonb_build_array(jsonb_build_array(0, true, 'ok', format('batch %s is withdrawn: nothing was changed', b.id), b.id));
    END IF;
    wrong := batch_refused(b, 'revert', p_at);
    IF wrong.code IS NOT NULL THEN
        RETURN jsonb_build_array(jsonb_build_array(0, false, wrong.code, wrong.message, b.id));
    END IF;
    PERFORM override_announce(b.applied);
    PERFORM lock_exceptions(batch_exceptions(b.id), true);
    at := clock_timestamp();
    SELECT * INTO x FROM override_take_back(b.id, at, p_key, session_user, 'undo');
    PERFORM control_write(CASE WHEN cardinality(b.brands) = 1 THEN b.brands[1] END, 'batch ' || b.id, 'override_revert', format('takes back %s', say_count(cardinality(x.reverted), 'shipment')),
                          batch_json(b), NULL, p_key, at);
    PERFORM pg_notify('doorstep', 'u');
    RETURN jsonb_build_array(jsonb_build_array(0, cardinality(x.reverted) > 0, CASE WHEN cardinality(x.reverted) > 0 THEN 'ok' ELSE 'stale' END,
               format('%s as before', say_count(cardinality(x.reverted), 'shipment'))
               || CASE x.others WHEN '[]' THEN '' ELSE format('; %s left: %s', jsonb_array_length(x.others), x.others -> 0 ->> 3) END, b.id)) || x.others;
END
$$;

-- ---------------------------------------------------------------- outages and the clock

-- Ends what was overridden for an outage: its batches are taken back, those that wait withdrawn. Called with the feed's lock or none, by who ends it.
CREATE FUNCTION override_end_outage(p_outage int, p_key uuid, p_at timestamptz, OUT reverted int, OUT "left" int) LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    b override_batch;
    x record;
    who text := CASE WHEN pg_has_role(session_user, 'doorstep_worker', 'MEMBER') AND my_level() = 0 THEN 'worker' ELSE session_user::text END;
    ids bigint[];
BEGIN
    reverted := 0;
    "left" := 0;
    PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));
    PERFORM FROM override_batch o WHERE o.outage_id = p_outage AND o.state IN ('pending', 'applied') ORDER BY o.id FOR UPDATE;
    ids := ARRAY(SELECT e FROM override_batch o CROSS JOIN LATERAL unnest(batch_exceptions(o.id)) e WHERE o.outage_id = p_outage AND o.state = 'applied');
    PERFORM override_announce(cardinality(ids));
    -- all of them, whatever brands who ends it sees: the outage was theirs to end
    PERFORM FROM exception e WHERE e.shipment_id IN (SELECT y.shipment_id FROM exception y WHERE y.id = ANY (ids)) ORDER BY e.id FOR UPDATE;
    FOR b IN SELECT * FROM override_batch o WHERE o.outage_id = p_outage AND o.state IN ('pending', 'applied') ORDER BY o.id DESC LOOP
        IF b.state = 'pending' THEN
            UPDATE override_batch o SET state = 'withdrawn', decided_by = who, decided_at = p_at, decided_note = 'its outage ended' WHERE o.id = b.id;
        ELSE
            SELECT * INTO x FROM override_take_back(b.id, clock_timestamp(), p_key, who, 'override_revert');
            reverted := reverted + cardinality(x.reverted);
            "left" := "left" + jsonb_array_length(x.others);
        END IF;
        PERFORM control_write(CASE WHEN cardinality(b.brands) = 1 THEN b.brands[1] END, 'batch ' || b.id, CASE b.state WHEN 'pending' THEN 'override_withdraw' ELSE 'override_revert' END,
                              format('outage %s ended', p_outage), batch_json(b), NULL, p_key, p_at, who);
    END LOOP;
END
$$;

-- Ends overrides whose time is over, at most 1,000 a call, and lapses batches that nobody approved; gives how many. What they resolved
-- stays resolved. Where the feed is busy it waits for another call, but not for long.
CREATE FUNCTION override_due() RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' SET enable_seqscan = off AS $$
DECLARE
    moment timestamptz := clock_timestamp();
    first timestamptz;
    ids bigint[];
    b override_batch;
    n int := 0;
    r record;
BEGIN
    IF my_level() < 2 AND NOT pg_has_role(session_user, 'doorstep_worker', 'MEMBER') OR current_setting('transaction_read_only')::boolean THEN
        RETURN 0;
    END IF;
    SELECT o.expires_at INTO first FROM status_override o WHERE o.state IN ('active', 'conflict') AND o.expires_at <= moment ORDER BY o.expires_at LIMIT 1;
    IF FOUND AND (pg_try_advisory_xact_lock(hashtext('doorstep feed'))
                  OR first < moment - interval '1 minute' AND pg_advisory_xact_lock(hashtext('doorstep feed')) IS NOT NULL) THEN
        ids := ARRAY(SELECT o.id FROM status_override o WHERE o.state IN ('active', 'conflict') AND o.expires_at <= moment ORDER BY o.expires_at LIMIT 1000);
        PERFORM FROM exception e WHERE e.shipment_id IN (SELECT o.shipment_id FROM status_override o WHERE o.id = ANY (ids)) ORDER BY e.id FOR UPDATE;
        moment := clock_timestamp();
        n := cardinality(override_unset(ids, 'expired', moment, NULL, 'clock', 'override_expired', '%2$s''s override %1$s expired: it is %3$s, as the carrier says'));
    END IF;
    FOR b IN SELECT o.* FROM override_batch o, control_policy p WHERE o.state = 'pending' AND (o.at <= moment - make_interval(hours => p.pending_hours) OR o.expires_at <= moment)
              ORDER BY o.id FOR UPDATE OF o SKIP LOCKED LOOP
        UPDATE override_batch o SET state = 'lapsed', decided_at = moment WHERE o.id = b.id;
        n := n + 1;
        PERFORM control_write(CASE WHEN cardinality(b.brands) = 1 THEN b.brands[1] END, 'batch ' || b.id, 'override_lapse', 'nobody approved it in time', batch_json(b), NULL, NULL, moment, 'clock');
    END LOOP;
    FOR r IN SELECT o.batch_id, count(*) AS n, array_agg(DISTINCT o.brand_id) AS brands FROM status_override o WHERE o.id = ANY (ids) GROUP BY 1 ORDER BY 1 LOOP
        PERFORM control_write(CASE WHEN cardinality(r.brands) = 1 THEN r.brands[1] END, 'batch ' || r.batch_id, 'override_expire', say_count(r.n, 'override') || ' expired', NULL, NULL, NULL, moment, 'clock');
    END LOOP;
    IF n > 0 THEN
        PERFORM pg_notify('doorstep', 'u');
    END IF;
    RETURN n;
END
$$;

-- ---------------------------------------------------------------- the rules

-- {"threshold", "days", "pending_hours", "newer_hours"}. Leads may make the threshold smaller; more than it was is an admin's to allow.
CREATE FUNCTION control_policy_set(p_key uuid, p_settings jsonb) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    was control_policy;
    now_is control_policy;
    k text;
    v text;
    most int;
    wrong text;
    at timestamptz;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(3, 'change the rules of overrides');
        SELECT * INTO was FROM control_policy FOR UPDATE;
        IF my_brands() IS NOT NULL THEN
            wrong := 'the rules of overrides are for all brands: who sees all of them can change them';
        ELSIF jsonb_typeof(p_settings) IS DISTINCT FROM 'object' OR p_settings = '{}' THEN
            wrong := 'say what to change: threshold, days, pending_hours or newer_hours';
        ELSE
            FOR k, v IN SELECT x.key, x.value #>> '{}' FROM jsonb_each(p_settings) x ORDER BY x.key LOOP
                most := CASE k WHEN 'threshold' THEN 100000 WHEN 'days' THEN 90 WHEN 'pending_hours' THEN 720 WHEN 'newer_hours' THEN 720 END;
                IF most IS NULL THEN
                    wrong := format('there is no rule "%s": threshold, days, pending_hours, newer_hours', left(k, 40));
                ELSIF v IS NULL OR v !~ '^[0-9]{1,6}$' OR v::int NOT BETWEEN 1 AND most THEN
                    wrong := format('%s is a whole number from 1 to %s', replace(k, '_', ' '), to_char(most, 'FM999,999'));
                END IF;
                EXIT WHEN wrong IS NOT NULL;
            END LOOP;
            IF wrong IS NULL AND my_level() < 4 AND (p_settings ->> 'threshold')::int > was.override_threshold THEN
                RETURN QUERY SELECT 0::bigint, false, 'denied', format('a lead can make the threshold smaller than %s; an admin can make it larger', was.override_threshold), NULL::int;
                RETURN;
            END IF;
        END IF;
        IF wrong IS NOT NULL THEN
            RETURN QUERY SELECT 0::bigint, false, 'invalid', wrong, NULL::int;
            RETURN;
        END IF;
        UPDATE control_policy p SET override_threshold = coalesce((p_settings ->> 'threshold')::int, p.override_threshold), override_days = coalesce((p_settings ->> 'days')::int, p.override_days),
               pending_hours = coalesce((p_settings ->> 'pending_hours')::int, p.pending_hours), newer_scan_hours = coalesce((p_settings ->> 'newer_hours')::int, p.newer_scan_hours)
        RETURNING * INTO now_is;
        at := clock_timestamp();
        answered := jsonb_build_array(jsonb_build_array(0, true, 'ok', format('more than %s need a second lead; they last %s days, wait for approval %s hours', now_is.override_threshold,
                                                                              now_is.override_days, now_is.pending_hours), NULL));
        PERFORM control_write(NULL, 'override policy', 'set', answered -> 0 ->> 3, to_jsonb(was) - 'one', to_jsonb(now_is) - 'one', p_key, at);
        PERFORM action_end(p_key, 'control_policy_set', at, '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- ---------------------------------------------------------------- reading

-- Batches, newest first: of p_list "pending", "mine", "conflicts" or "all", or the one of p_id.
CREATE FUNCTION override_batches(p_list text DEFAULT 'pending', p_limit int DEFAULT 100, p_id bigint DEFAULT NULL)
    RETURNS TABLE (id bigint, state batch_state, status shipment_status, by text, at timestamptz, reason text, note text, expires_at timestamptz, outage_id int, chosen text, shipments int,
                   applied int, skipped int, active bigint, conflicts bigint, decided_by text, decided_at timestamptz, decided_note text, ended_by text, ended_at timestamptz, mine boolean,
                   may_decide boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 20 SET search_path = doorstep, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
BEGIN
    PERFORM require_level(1, 'look at overrides');
    RETURN QUERY
    SELECT b.id, b.state, b.status, b.by, b.at, b.reason, b.note, b.expires_at, b.outage_id, b.chosen, b.shipments, b.applied, b.skipped, c.active, c.conflicts, b.decided_by, b.decided_at,
           b.decided_note, b.ended_by, b.ended_at, b.by = session_user, b.state = 'pending' AND b.by <> session_user AND my_level() >= 3
      FROM (SELECT x.* FROM override_batch x
             WHERE (mine IS NULL OR x.brands <@ mine)
               AND CASE WHEN p_id IS NOT NULL THEN x.id = p_id WHEN p_list = 'pending' THEN x.state = 'pending' WHEN p_list = 'mine' THEN x.by = session_user
                        WHEN p_list = 'conflicts' THEN x.id IN (SELECT o.batch_id FROM status_override o WHERE o.state = 'conflict') ELSE true END
             ORDER BY x.id DESC LIMIT least(p_limit, 1000)) b
     CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE o.state IN ('active', 'conflict')) AS active, count(*) FILTER (WHERE o.state = 'conflict') AS conflicts
                           FROM status_override o WHERE o.batch_id = b.id AND b.state IN ('applied', 'reverted')) c
     ORDER BY b.id DESC;
END
$$;

-- The overrides of an exception's parcel, newest first; or (p_id null) the members of a batch.
CREATE FUNCTION overrides(p_id bigint, p_batch bigint DEFAULT NULL, p_limit int DEFAULT 100)
    RETURNS TABLE (id bigint, batch_id bigint, exception_id bigint, tracking_number text, state text, status shipment_status, carrier_was shipment_status, by text, reason text, note text,
                   at timestamptz, expires_at timestamptz, ended_at timestamptz, ended_by text, conflict_status shipment_status, conflict_at timestamptz, skip_reason text,
                   batch_size int, outage_id int)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 20 SET search_path = doorstep, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
BEGIN
    PERFORM require_level(1, 'look at overrides');
    RETURN QUERY
    SELECT o.id, o.batch_id, o.exception_id, s.tracking_number::text, CASE WHEN o.state = 'pending' THEN b.state::text ELSE o.state::text END, o.status, o.carrier_was, o.by, b.reason, b.note,
           coalesce(o.applied_at, b.at), o.expires_at, coalesce(o.ended_at, CASE WHEN o.state = 'pending' THEN b.decided_at END), coalesce(o.ended_by, CASE WHEN o.state = 'pending' THEN b.decided_by END),
           o.conflict_status, o.conflict_at, o.skip_reason, b.shipments, b.outage_id
      FROM (SELECT x.* FROM status_override x WHERE p_batch IS NULL AND x.shipment_id = (SELECT e.shipment_id FROM exception e WHERE e.id = p_id AND (mine IS NULL OR e.brand_id = ANY (mine)))
             UNION ALL SELECT x.* FROM status_override x WHERE x.batch_id = p_batch) o
      JOIN override_batch b ON b.id = o.batch_id JOIN shipment s ON s.id = o.shipment_id
     WHERE mine IS NULL OR s.brand_id = ANY (mine)
     ORDER BY CASE WHEN p_batch IS NULL THEN -o.id ELSE o.id END LIMIT p_limit;
END
$$;

-- Where the carrier speaks against an override: see replied_ids().
CREATE FUNCTION conflict_ids() RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = doorstep, pg_temp SET enable_seqscan = off AS $$
DECLARE
    mine int[] := my_brands();
BEGIN
    PERFORM require_level(1, 'read the queue');
    RETURN QUERY SELECT e.id FROM exception e WHERE e.marks & 1 <> 0 AND (mine IS NULL OR e.brand_id = ANY (mine));
END
$$;

-- ---------------------------------------------------------------- others' single actions meanwhile

-- Who holds many exceptions right now: "okafor's override of 100,000 shipments", or null. Asked only by who has waited.
CREATE FUNCTION override_holder() RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN (SELECT format('%s''s override of %s', a.usename, say_count(l.objid::bigint, 'shipment'))
              FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
             WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted AND l.classid = (hashtext('doorstep override')::bigint & 4294967295)::oid
               AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()) AND l.pid <> pg_backend_pid()
             ORDER BY l.objid DESC LIMIT 1);

-- As in 008. A single action does not hang behind an override of thousands without a word: after a second it says who holds the row. It tries
-- without waiting first, so that a sub-transaction is made only where somebody holds it.
CREATE OR REPLACE FUNCTION lock_exceptions(p_ids bigint[], p_parcels boolean DEFAULT false) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    mine int[] := my_brands();
    was text;
BEGIN
    IF p_parcels THEN
        p_ids := ARRAY(SELECT o.id FROM exception e JOIN exception o ON o.shipment_id = e.shipment_id WHERE e.id = ANY (p_ids));
    END IF;
    IF cardinality(p_ids) = 1 THEN
        PERFORM FROM exception e WHERE e.id = p_ids[1] AND (mine IS NULL OR e.brand_id = ANY (mine)) FOR UPDATE SKIP LOCKED;
        IF FOUND OR NOT EXISTS (SELECT FROM exception e WHERE e.id = p_ids[1] AND (mine IS NULL OR e.brand_id = ANY (mine))) THEN
            RETURN;
        END IF;
        was := current_setting('lock_timeout');
        BEGIN
            PERFORM set_config('lock_timeout', '1000', true);
            PERFORM FROM exception e WHERE e.id = p_ids[1] AND (mine IS NULL OR e.brand_id = ANY (mine)) FOR UPDATE;
            PERFORM set_config('lock_timeout', was, true);
            RETURN;
        EXCEPTION WHEN lock_not_available THEN       -- which also puts the setting back
            IF override_holder() IS NOT NULL THEN
                RAISE lock_not_available USING MESSAGE = override_holder() || ' holds it: again in a moment';
            END IF;
        END;
    END IF;
    PERFORM FROM exception e WHERE e.id = ANY (p_ids) AND (mine IS NULL OR e.brand_id = ANY (mine)) ORDER BY e.id FOR UPDATE;
END
$$;

GRANT EXECUTE ON FUNCTION override_preview(bigint[], text, timestamptz), override_apply(uuid, bigint[], text, text, text, timestamptz, int, text),
    override_batch_act(uuid, bigint[], text, text), override_revert(uuid, bigint[]), control_policy_set(uuid, jsonb), override_batches(text, int, bigint),
    overrides(bigint, bigint, int), conflict_ids() TO doorstep_viewer;
GRANT EXECUTE ON FUNCTION override_due() TO doorstep_worker;

RESET search_path;
RESET ROLE;
