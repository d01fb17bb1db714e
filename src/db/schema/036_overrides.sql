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
-- Its status is in no index: with room in the page only the row is written.
ALTER TABLE shipment SET (fillfactor = 85);

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

-- What is chosen by no carrier, place or trouble at all is a slip of the hand: every open exception of several carriers is refused.
CREATE FUNCTION override_everything(p_ids bigint[], p_mine int[]) RETURNS text LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    total bigint;
    chosen record;
BEGIN
    IF cardinality(p_ids) <= 20 THEN
        RETURN NULL;
    END IF;
    SELECT sum(c.n) INTO total FROM counter c WHERE c.state <> 'resolved' AND (p_mine IS NULL OR c.brand_id = ANY (p_mine));
    IF cardinality(p_ids) < total THEN
        RETURN NULL;
    END IF;
    SELECT count(*) AS n, count(DISTINCT e.carrier_id) AS carriers INTO chosen
      FROM exception e WHERE e.id = ANY (p_ids) AND e.state <> 'resolved' AND (p_mine IS NULL OR e.brand_id = ANY (p_mine));
    RETURN CASE WHEN chosen.n >= total AND chosen.carriers > 1
                THEN format('that is every open exception, all %s of them: narrow it down, carrier:ups region:TX say', to_char(total, 'FM999,999,990')) END;
END
$$;

-- How many shipments the caller gave this status in the last hour without a second lead. They count along with the next, so that a
-- selection in pieces is one. What was taken back does not count; what expired does.
CREATE FUNCTION override_alone(p_status shipment_status, p_at timestamptz) RETURNS bigint LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN (SELECT coalesce(sum(b.applied - (SELECT count(*) FROM status_override o WHERE o.batch_id = b.id AND o.state = 'reverted')), 0)::bigint
              FROM override_batch b
             WHERE b."by" = session_user AND b.at > p_at - interval '1 hour' AND b.status = p_status AND b.state IN ('applied', 'reverted') AND b.decided_by IS NULL);

-- The parcels of exceptions, each with the exception an override goes by: the open one, else the newest.
CREATE FUNCTION override_members(p_ids bigint[], p_status shipment_status, p_mine int[])
    RETURNS TABLE (shipment_id bigint, exception_id bigint, brand_id int, carrier text, effective shipment_status, carrier_status shipment_status,
                   status_at timestamptz, override_id bigint, same boolean, is_open boolean, ends boolean, has_case boolean, runs boolean, activity_seq int)
    LANGUAGE plpgsql STABLE ROWS 100 SET search_path = doorstep, pg_temp SET jit = off SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET work_mem = '64MB' AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY                               -- several of one parcel are told apart last: a page is read once
    SELECT DISTINCT ON (a.shipment_id) a.shipment_id, x.id, x.brand_id, x.carrier, s.effective_status, s.carrier_status, s.status_at, s.override_id,
           s.effective_status = p_status AND x.marks & 1 = 0,          -- in a conflict saying it once more settles it
           x.state <> 'resolved', x.state <> 'resolved' AND x.marks & 128 = 0 AND override_resolution(p_status) IS NOT NULL,
           x.marks & 128 <> 0, x.state IN ('new', 'working') AND x.due_at IS NOT NULL, x.activity_seq
      FROM exception a
     CROSS JOIN LATERAL (SELECT t.effective_status, t.carrier_status, t.status_at, t.override_id FROM shipment t WHERE t.id = a.shipment_id LIMIT 1) s
     CROSS JOIN LATERAL (SELECT e.id, e.brand_id, e.carrier, e.marks, e.state, e.due_at, e.activity_seq FROM exception e WHERE e.shipment_id = a.shipment_id
                          ORDER BY (e.state <> 'resolved') DESC, e.id DESC LIMIT 1) x
     WHERE a.id = ANY (p_ids) AND (p_mine IS NULL OR a.brand_id = ANY (p_mine) AND x.brand_id = ANY (p_mine))
     ORDER BY a.shipment_id;
END
$$;

-- ---------------------------------------------------------------- looking first

CREATE FUNCTION override_preview(p_ids bigint[], p_status text, p_expires timestamptz DEFAULT NULL)
    RETURNS TABLE (asked bigint, shipments bigint, changes bigint, same bigint, overridden bigint, newer bigint, newer_hours int, resolves bigint, keeps_case bigint,
                   stays bigint, clocks bigint, messages bigint, denied bigint, threshold int, needs_approval boolean, allowed boolean, refusal text,
                   expires_at timestamptz, groups jsonb, alone bigint)
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
        denied := 0;
        IF shipments < asked THEN              -- else each is of another parcel, and there
            SELECT count(*) INTO denied FROM unnest(ids) i(id)
             WHERE NOT EXISTS (SELECT FROM exception e WHERE e.id = i.id AND (mine IS NULL OR e.brand_id = ANY (mine)));
        END IF;
        alone := override_alone(p_status::shipment_status, at);
        needs_approval := changes > 0 AND changes + alone > rule.override_threshold;
        refusal := CASE WHEN asked = 0 THEN 'nothing is selected: choose the shipments first' ELSE coalesce(override_denied(shipments), override_everything(ids, mine),
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
-- taken back meanwhile, and that the carrier has not agreed with. conflict: the carrier speaks against it by now. resolver: one whose batch was
-- taken back while another was in force over it, and that had resolved the exception: that is taken back with the one over it.
CREATE FUNCTION override_before(p_id bigint, p_at timestamptz, OUT previous bigint, OUT conflict boolean, OUT resolver bigint) LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
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
        IF o.resolved AND o.state = 'replaced' AND EXISTS (SELECT FROM override_batch b WHERE b.id = o.batch_id AND b.state = 'reverted') THEN
            resolver := o.id;
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
    resolvers bigint[];
BEGIN
    UPDATE status_override o SET state = p_state, ended_at = p_at, ended_by = p_actor WHERE o.id = ANY (p_ids);
    IF p_state = 'reverted' THEN
        SELECT array_agg(o.id), array_agg(b.previous), array_agg(b.conflict), array_agg(b.resolver) INTO earlier, again, against, resolvers
          FROM status_override o CROSS JOIN LATERAL override_before(o.replaces, p_at) b
         WHERE o.id = ANY (p_ids) AND o.replaces IS NOT NULL AND num_nonnulls(b.previous, b.resolver) > 0;
        UPDATE status_override o SET state = CASE WHEN a.conflict THEN 'conflict' ELSE 'active' END::override_state, ended_at = NULL, ended_by = NULL,
               conflict_at = CASE WHEN a.conflict THEN coalesce(o.conflict_at, p_at) END
          FROM unnest(again, against) a(id, conflict) WHERE o.id = a.id;
    END IF;

    WITH said AS MATERIALIZED (
        SELECT o.id, o.shipment_id, o.status, o.by, o.exception_id, (o.resolved OR v.id IS NOT NULL) AND p_state = 'reverted' AS resolved, t.place, t.carrier_status, t.last_scan_at, b.id AS again,
               CASE WHEN o.resolved THEN o.exception_id ELSE v.exception_id END AS ended, CASE WHEN o.resolved THEN o.seq ELSE v.seq END AS seq,
               coalesce(b.status, t.carrier_status) AS becomes, CASE b.state WHEN 'conflict' THEN 3 WHEN 'active' THEN 2 ELSE 0 END AS bits
          FROM status_override o
         CROSS JOIN LATERAL (SELECT s.ctid AS place, s.carrier_status, s.last_scan_at FROM shipment s WHERE s.id = o.shipment_id LIMIT 1) t
          LEFT JOIN unnest(earlier, again, resolvers) p(id, previous, resolver) ON p.id = o.id
          LEFT JOIN LATERAL (SELECT v.id, v.exception_id, v.seq FROM status_override v WHERE v.id = p.resolver LIMIT 1) v ON true
          LEFT JOIN LATERAL (SELECT v.id, v.status, v.state FROM status_override v WHERE v.id = p.previous LIMIT 1) b ON true
         WHERE o.id = ANY (p_ids)
    ), parcel AS (
        UPDATE shipment s SET effective_status = m.becomes, override_id = m.again FROM said m WHERE s.ctid = m.place
    ), stand AS MATERIALIZED (
        SELECT x.place, m.becomes, m.carrier_status, m.last_scan_at, x.id = m.exception_id AS main, (x.marks & ~3) | m.bits AS marks, x.marks AS was_marks, x.effective_status, x.sla_held, x.calendar_id,
               x.state, x.resolved_at, x.resolution, x.resolution_text, x.first_response_at, x.first_left_s, x.resolve_left_s, x.wake_at, x.wake_on_scan,
               x.first_response_due_at, x.resolve_due_at,
               format(p_text, status_word(m.status), m.by, status_word(m.becomes)) AS says, r.before AS old
          FROM said m
         CROSS JOIN LATERAL (SELECT e.ctid AS place, e.* FROM exception e WHERE e.shipment_id = m.shipment_id OFFSET 0) x
          LEFT JOIN LATERAL (                -- what it resolved and nobody touched since, where no other is open by now
               SELECT a.before FROM activity a
                WHERE m.resolved AND x.id = m.ended AND x.state = 'resolved' AND a.exception_id = x.id AND a.seq = m.seq
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
           SET effective_status = i.becomes, carrier_status = i.carrier_status, last_scan_at = i.last_scan_at, marks = i.marks, rev = e.rev + 1, updated_at = p_at, state = i.n_state,
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
                            AND a.after ? 'resolved_at' AND a.verb <> 'override_conflict'
                            AND NOT a.after ? 'effective_status'     -- an override after it, which was taken back: it is as this one left it
                          ORDER BY a.seq DESC LIMIT 1) l
     WHERE o.batch_id = p_batch AND o.state IN ('active', 'conflict');
END
$$;

GRANT EXECUTE ON FUNCTION override_preview(bigint[], text, timestamptz) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
