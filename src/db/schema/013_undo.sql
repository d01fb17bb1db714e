-- Taking back what one did: the fields of an exception as the activity kept them from before
-- the action, put in their place again like any other change.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- The caller's last action that can be taken back: within the hour, changed something, not
-- taken back yet. What only added words (waiting again, with another text) is a note: words stay.
CREATE FUNCTION undo_candidate() RETURNS action_log LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT l FROM action_log l
     WHERE l.who = session_user AND l.undone_by IS NULL AND l.changed > 0 AND l.verb NOT IN ('note', 'undo')
       AND l.at > now() - interval '1 hour'
       AND EXISTS (SELECT FROM activity a WHERE a.key = l.key AND a.before IS NOT NULL)
     ORDER BY l.at DESC LIMIT 1
$$;

-- "claim of #48121", "resolve of 14 exceptions"; null when there is nothing to take back.
CREATE FUNCTION undo_peek() RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    l action_log := undo_candidate();
BEGIN
    RETURN CASE WHEN l.key IS NOT NULL THEN
        CASE l.verb WHEN 'take_next' THEN 'claim' WHEN 'severity' THEN 'severity change' ELSE l.verb END || ' of ' ||
        CASE WHEN l.changed = 1 THEN '#' || l.first_id ELSE l.changed || ' exceptions' END END;
END
$$;

-- What becomes of one exception when what row a of its activity did is taken back. Somebody
-- else's later change of the same fields stands: theirs is newer. Marks are bits that others
-- set too, so only the changed bits turn back.
CREATE FUNCTION decide_undo(e exception, a activity, me text, at timestamptz) RETURNS decision
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    patch jsonb := a.before;
    later activity;
    other bigint;
    bits int;
BEGIN
    IF patch IS NULL THEN
        RETURN refuse('stale', 'only words were added to it, and those stay in the activity');
    END IF;
    SELECT * INTO later FROM activity x
     WHERE x.exception_id = e.id AND x.seq > a.seq AND x.actor <> me
       AND x.after ?| ARRAY(SELECT k FROM jsonb_object_keys(a.before - 'marks') k)
     ORDER BY x.seq DESC LIMIT 1;
    IF FOUND THEN
        RETURN refuse('stale', format('%s changed it since (%s, %s): left as it is', later.actor, later.verb, ago(at - later.at)));
    END IF;
    IF e.state = 'resolved' AND patch ->> 'state' <> 'resolved' THEN
        other := other_open(e);
        IF other IS NOT NULL THEN
            RETURN refuse('stale', format('the same parcel''s #%s is open by now: left as it is', other));
        END IF;
    END IF;
    IF patch ? 'marks' THEN
        bits := (a.before ->> 'marks')::int # (a.after ->> 'marks')::int;
        patch := patch || jsonb_build_object('marks', (e.marks & ~bits) | ((a.before ->> 'marks')::int & bits));
    END IF;
    -- it was nobody's before, but by now is somebody's: theirs to work on
    IF patch ->> 'state' = 'new' AND (CASE WHEN patch ? 'owner' THEN patch ->> 'owner' ELSE e.owner END) IS NOT NULL THEN
        patch := patch || '{"state": "working"}';
    END IF;
    RETURN done(patch, 'took back: ' || a.text);
END
$$;

-- Takes back the caller's last action, all its exceptions as one. p_key is this undo's own.
-- Nothing to take back: one row with id 0.
CREATE FUNCTION undo(p_key uuid) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    mine int[] := my_brands();
    answered jsonb := action_begin(p_key);
    moment timestamptz;
    last action_log;
    ids bigint[];
    items change[];
    decided jsonb;
    changed bigint[];
    revs int[];
BEGIN
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    END IF;
    IF my_level() < 2 THEN
        RETURN QUERY SELECT 0::bigint, false, 'denied', refusal(2, 'take actions back'), NULL::int;
        RETURN;
    END IF;
    -- two sessions of one person must not take the same action back twice
    PERFORM pg_advisory_xact_lock(hashtextextended('doorstep undo ' || session_user, 0));
    last := undo_candidate();
    IF last.key IS NULL THEN
        RETURN QUERY SELECT 0::bigint, false, 'gone', 'there is nothing of the last hour to take back', NULL::int;
        RETURN;
    END IF;
    ids := ARRAY(SELECT a.exception_id FROM activity a WHERE a.key = last.key ORDER BY 1);
    PERFORM lock_exceptions(ids, true);
    moment := clock_timestamp();
    SELECT array_agg(ROW (e.id, d.patch, d.note)::change) FILTER (WHERE d.patch IS NOT NULL),
           jsonb_object_agg(e.id, jsonb_build_array(d.code, d.message, e.rev))
      INTO items, decided
      FROM activity a JOIN exception e ON e.id = a.exception_id
     CROSS JOIN LATERAL decide_undo(e, a, session_user, moment) d
     WHERE a.key = last.key AND (mine IS NULL OR e.brand_id = ANY (mine));
    SELECT array_agg(c.changed_id), array_agg(c.changed_rev) INTO changed, revs
      FROM apply_changes(coalesce(items, '{}'), 'undo', session_user, p_key, moment) c;
    SELECT jsonb_agg(jsonb_build_array(x.i, coalesce(d.v ->> 0 = 'ok', false), coalesce(d.v ->> 0, 'gone'),
                                       CASE WHEN d.v IS NULL THEN format('there is no exception #%s', x.i) ELSE coalesce(d.v ->> 1, '') END,
                                       coalesce(c.r, (d.v ->> 2)::int)) ORDER BY x.i)
      INTO answered
      FROM unnest(ids) x(i)
      LEFT JOIN LATERAL (SELECT decided -> x.i::text AS v) d ON true
      LEFT JOIN unnest(changed, revs) c(i, r) ON c.i = x.i;
    PERFORM action_end(p_key, 'undo', moment, coalesce(changed, '{}'), answered);
    UPDATE action_log l SET undone_by = p_key WHERE l.key = last.key;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

GRANT EXECUTE ON FUNCTION undo(uuid), undo_peek() TO doorstep_viewer;

RESET search_path;
RESET ROLE;
