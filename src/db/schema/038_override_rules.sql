-- Overrides beside people's actions: what an outage's end and the clock do, how much a person may do alone, reading, and what others
-- are told while a large one holds its rows.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- outages and the clock

-- Ends what was overridden for an outage: its batches are taken back, those that wait withdrawn. Called with the feed's lock or none, by who ends it, who has
-- override_ended() write what it gives as batches once there is nothing more to lock.
CREATE FUNCTION override_end_outage(p_outage int, p_key uuid, p_at timestamptz, OUT reverted int, OUT "left" int, OUT batches override_batch[]) LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
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
    PERFORM override_lock(ids);
    FOR b IN SELECT * FROM override_batch o WHERE o.outage_id = p_outage AND o.state IN ('pending', 'applied') ORDER BY o.id DESC LOOP
        IF b.state = 'pending' THEN
            UPDATE override_batch o SET state = 'withdrawn', decided_by = who, decided_at = p_at, decided_note = 'its outage ended' WHERE o.id = b.id;
        ELSE
            SELECT * INTO x FROM override_take_back(b.id, clock_timestamp(), p_key, who, 'override_revert');
            reverted := reverted + cardinality(x.reverted);
            "left" := "left" + jsonb_array_length(x.others);
        END IF;
        batches := batches || b;
    END LOOP;
END
$$;
CREATE FUNCTION override_ended(p_outage int, p_batches override_batch[], p_key uuid, p_at timestamptz) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    b override_batch;
    who text := CASE WHEN pg_has_role(session_user, 'doorstep_worker', 'MEMBER') AND my_level() = 0 THEN 'worker' ELSE session_user::text END;
BEGIN
    FOREACH b IN ARRAY coalesce(p_batches, '{}') LOOP
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
           o.conflict_status, o.conflict_at, o.skip_reason,
           CASE WHEN mine IS NULL OR b.brands <@ mine THEN b.shipments
                ELSE (SELECT count(*)::int FROM status_override y WHERE y.batch_id = b.id AND y.brand_id = ANY (mine)) END, b.outage_id
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

-- For the filter batch:, likewise.
CREATE FUNCTION batch_ids(p_batch bigint) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = doorstep, pg_temp AS $$
DECLARE
    mine int[] := my_brands();
BEGIN
    PERFORM require_level(1, 'read the queue');
    RETURN QUERY SELECT o.exception_id FROM status_override o WHERE o.batch_id = p_batch AND (mine IS NULL OR o.brand_id = ANY (mine));
END
$$;

-- ---------------------------------------------------------------- others' single actions meanwhile

-- Who holds many exceptions right now: "okafor's override of 100,000 shipments", or null; who works for some brands is not told how many
-- there are in others'. Asked only by who has waited.
CREATE FUNCTION override_holder() RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN (SELECT format('%s''s override of %s', a.usename, CASE WHEN my_brands() IS NULL THEN say_count(l.objid::bigint, 'shipment') ELSE 'many shipments' END)
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
        -- the older ones of a parcel may be of the brand it was thought to be of
        p_ids := ARRAY(SELECT DISTINCT o.id FROM exception e CROSS JOIN LATERAL (SELECT y.id FROM exception y WHERE y.shipment_id = e.shipment_id OFFSET 0) o
                        WHERE e.id = ANY (p_ids) AND (mine IS NULL OR e.brand_id = ANY (mine)));
        mine := NULL;
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

GRANT EXECUTE ON FUNCTION control_policy_set(uuid, jsonb), override_batches(text, int, bigint), overrides(bigint, bigint, int), conflict_ids(), batch_ids(bigint) TO doorstep_viewer;
GRANT EXECUTE ON FUNCTION override_due() TO doorstep_worker;

RESET search_path;
RESET ROLE;
