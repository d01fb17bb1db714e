-- Asking for an override and deciding on a batch: apply, approve, reject, withdraw, revert, undo.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

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
    alone bigint;
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
    IF my_level() >= 3 AND cardinality(ids) <= rule.override_threshold THEN
        n := cardinality(ids);                   -- at most; nothing hangs on how many of them are there
    ELSE
        SELECT count(DISTINCT e.shipment_id) INTO n FROM exception e WHERE e.id = ANY (ids) AND (mine IS NULL OR e.brand_id = ANY (mine));
    END IF;
    wrong := override_denied(n);
    IF wrong IS NOT NULL THEN
        RETURN QUERY SELECT 0::bigint, false, 'denied', wrong, NULL::int;
        RETURN;
    END IF;
    wrong := override_everything(ids, mine);
    IF wrong IS NOT NULL THEN
        RETURN QUERY SELECT 0::bigint, false, 'invalid', wrong, NULL::int;
        RETURN;
    END IF;

    PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));
    alone := override_alone(p_status::shipment_status, moment);
    waits := n + alone > rule.override_threshold;        -- then some may be the same already; what only waits locks nothing
    IF waits THEN
        SELECT count(*) + alone > rule.override_threshold AND count(*) > 0 INTO waits FROM override_members(ids, p_status::shipment_status, mine) x WHERE NOT x.same;
    END IF;
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
    SELECT count(*) AS found, count(*) FILTER (WHERE NOT x.same) AS n, array_agg(x.shipment_id) FILTER (WHERE NOT x.same) AS shipments, array_agg(x.exception_id) FILTER (WHERE NOT x.same) AS exceptions,
           array_agg(x.brand_id) FILTER (WHERE NOT x.same) AS brand_ids, array_agg(x.carrier_status) FILTER (WHERE NOT x.same) AS was,
           array_agg(x.status_at) FILTER (WHERE NOT x.same) AS scans, array_agg(x.override_id) FILTER (WHERE NOT x.same) AS previous,
           array_agg(x.ends) FILTER (WHERE NOT x.same) AS ends, array_agg(x.activity_seq + 1) FILTER (WHERE NOT x.same) AS seqs,
           array_agg(DISTINCT x.brand_id) FILTER (WHERE NOT x.same) AS brands,
           jsonb_agg(jsonb_build_array(x.exception_id, true, 'same', format('it is %s already', status_word(x.effective)), NULL) ORDER BY x.exception_id) FILTER (WHERE x.same) AS same
      INTO m FROM override_members(ids, p_status::shipment_status, mine) x;
    others := coalesce(m.same, '[]');
    IF m.found < cardinality(ids) THEN           -- else each is of another parcel, and there
        SELECT others || coalesce(jsonb_agg(jsonb_build_array(i.id, false, 'gone', format('there is no exception #%s', i.id), NULL) ORDER BY i.id), '[]') INTO others
          FROM unnest(ids) i(id) WHERE NOT EXISTS (SELECT FROM exception e WHERE e.id = i.id AND (mine IS NULL OR e.brand_id = ANY (mine)));
    END IF;

    IF p_outage IS NOT NULL AND EXISTS (SELECT FROM outage o WHERE o.id = p_outage AND NOT m.brands <@ o.brands) THEN
        -- its end, by who sees the outage's brands, would take back other brands' overrides
        RETURN QUERY SELECT 0::bigint, false, 'invalid', format('some are of brands that outage %s is not about: leave them out, or override them without it', p_outage), NULL::int;
        RETURN;
    END IF;
    IF m.n = 0 THEN                    -- nothing to do, all of it said
        answered := jsonb_build_array(jsonb_build_array(0, m.same IS NOT NULL, CASE WHEN m.same IS NULL THEN 'gone' ELSE 'same' END,
            CASE WHEN m.same IS NULL THEN 'none of them is there, or yours to see' WHEN jsonb_array_length(m.same) = 1 THEN m.same -> 0 ->> 3
                 ELSE format('nothing to do: all are %s already', status_word(p_status::shipment_status)) END, NULL)) || others;
        PERFORM action_end(p_key, 'override', moment, '{}', answered);
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    END IF;
    IF NOT waits AND m.n + alone > rule.override_threshold THEN     -- more than when they were counted: then they wait, too
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
        answered := jsonb_build_array(jsonb_build_array(0, true, 'pending', format('batch %s waits for a second lead: %s %s more than the %s one may override alone; nothing is changed yet',
            b.id, say_count(m.n, 'shipment'), CASE WHEN alone > 0 THEN format('after the %s you gave this status in the last hour are', alone) WHEN m.n = 1 THEN 'is' ELSE 'are' END,
            rule.override_threshold), b.id)) || others;
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
    scans timestamptz[];
    no bigint[];
    why text[];
BEGIN
    SELECT * INTO b FROM override_batch x WHERE x.id = p_batch;
    WITH judged AS MATERIALIZED (
        SELECT o.id, o.exception_id, s.override_id, s.status_at, x.activity_seq + 1 AS seq,
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
           array_agg(j.seq) FILTER (WHERE j.why IS NULL), array_agg(j.status_at) FILTER (WHERE j.why IS NULL), array_agg(j.id) FILTER (WHERE j.why IS NOT NULL), array_agg(j.why) FILTER (WHERE j.why IS NOT NULL),
           coalesce(jsonb_agg(jsonb_build_array(j.exception_id, false, 'skipped', format('#%s: %s', j.exception_id, j.why), NULL) ORDER BY j.exception_id)
                    FILTER (WHERE j.why IS NOT NULL), '[]')
      INTO yes, previous, ends, seqs, scans, no, why, others FROM judged j;
    UPDATE status_override o SET state = 'skipped', skip_reason = n.why, ended_at = p_at, ended_by = session_user FROM unnest(no, why) n(id, why) WHERE o.id = n.id;
    UPDATE status_override o SET state = 'replaced', ended_at = p_at, ended_by = session_user WHERE o.id = ANY (array_remove(previous, NULL));
    -- who approves it knows the scans of until now
    UPDATE status_override o SET state = 'active', applied_at = p_at, replaces = y.previous, resolved = y.ends, seq = y.seq, scan_was = y.scan
      FROM unnest(yes, previous, ends, seqs, scans) y(id, previous, ends, seq, scan) WHERE o.id = y.id;
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

-- Locks the parcels of a batch's exceptions, whatever brand each is of by now.
CREATE FUNCTION override_lock(p_ids bigint[]) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    p_ids := ARRAY(SELECT o.id FROM exception e CROSS JOIN LATERAL (SELECT y.id FROM exception y WHERE y.shipment_id = e.shipment_id OFFSET 0) o WHERE e.id = ANY (p_ids));
    PERFORM FROM exception e WHERE e.id = ANY (p_ids) ORDER BY e.id FOR UPDATE;
END
$$;

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
        PERFORM override_lock(did);
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
CREATE FUNCTION override_revert(p_key uuid, p_ids bigint[], p_note text DEFAULT NULL) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' SET jit = off AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
    level int := my_level();
    answered jsonb := action_begin(p_key);
    ids bigint[] := ARRAY(SELECT DISTINCT x FROM unnest(p_ids) x WHERE x IS NOT NULL ORDER BY x);
    words text := left(clean_text(p_note), 1000);
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
    changed := override_unset(coalesce(take, '{}'), 'reverted', moment, p_key, session_user, 'override_revert',
                              'took back %2$s''s override %1$s: it is %3$s again' || coalesce(' – ' || replace(words, '%', '%%'), ''));
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
                              format('takes back %s', CASE cardinality(changed) WHEN 1 THEN '#' || changed[1] ELSE say_count(cardinality(changed), 'override') END) || coalesce(' – ' || words, ''), NULL, NULL, p_key, moment);
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
    PERFORM override_lock(batch_exceptions(b.id));
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

GRANT EXECUTE ON FUNCTION override_apply(uuid, bigint[], text, text, text, timestamptz, int, text), override_batch_act(uuid, bigint[], text, text),
    override_revert(uuid, bigint[], text) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
