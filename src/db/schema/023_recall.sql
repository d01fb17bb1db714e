-- Taking messages back, and what people do with those that did not simply go out.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- messages that wait, failed or may have gone

-- What becomes of a message (the caller has locked it): code and message as for an action; to: its next state.
CREATE FUNCTION decide_message(o outreach, p_verb text, p_outcome text, p_at timestamptz, OUT code text, OUT message text, OUT next outreach_state)
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    went text := format('it went out %s', ago(p_at - o.sent_at));
BEGIN
    next := CASE p_verb || ' ' || o.state
                WHEN 'cancel queued' THEN 'cancelled' WHEN 'cancel held' THEN 'cancelled'
                WHEN 'retry failed' THEN 'queued' WHEN 'retry held' THEN 'queued' WHEN 'retry cancelled' THEN 'queued'
                WHEN 'resolve unknown' THEN CASE p_outcome WHEN 'retry' THEN 'queued' ELSE p_outcome END END;
    code := CASE WHEN next IS NOT NULL THEN 'ok' WHEN p_verb || ' ' || o.state IN ('cancel cancelled', 'retry queued') THEN 'same' ELSE 'stale' END;
    message := CASE WHEN next IS NOT NULL THEN ''
                    WHEN p_verb = 'resolve' THEN format('what became of it is known: it is %s', o.state)
                    WHEN o.state = 'cancelled' THEN 'it is cancelled already'
                    WHEN o.state = 'queued' THEN 'it waits to go out already'
                    WHEN o.state = 'sending' THEN 'a worker is sending it right now: look again in a minute'
                    WHEN o.state IN ('sent', 'delivered') THEN went || CASE p_verb WHEN 'cancel' THEN ': it cannot be taken back' ELSE ': write another one instead' END
                    WHEN o.state = 'unknown' THEN 'it may have gone out: find out, and say so with "doorstep outreach resolve-unknown"'
                    ELSE 'it did not go out: there is nothing to cancel' END;
END
$$;

-- cancel, retry, resolve: the ids asked and answered are messages'; the activity is their exceptions'.
CREATE FUNCTION outreach_act(p_key uuid, p_verb text, p_ids bigint[], p_outcome text, p_wrong text)
    RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
    answered jsonb := action_begin(p_key);
    ids bigint[] := ARRAY(SELECT DISTINCT x FROM unnest(p_ids) x WHERE x IS NOT NULL ORDER BY x);
    moment timestamptz;
    items change[];
    decided jsonb;
    revs jsonb;
    changed bigint[];
BEGIN
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    END IF;
    IF my_level() < 2 OR p_wrong IS NOT NULL THEN
        RETURN QUERY SELECT x, false, CASE WHEN my_level() < 2 THEN 'denied' ELSE 'invalid' END,
                            CASE WHEN my_level() < 2 THEN refusal(2, p_verb || ' messages') ELSE p_wrong END, NULL::int FROM unnest(ids) x;
        RETURN;
    END IF;
    PERFORM lock_exceptions(ARRAY(SELECT o.exception_id FROM outreach o WHERE o.id = ANY (ids)));
    PERFORM FROM outreach o WHERE o.id = ANY (ids) AND (mine IS NULL OR o.brand_id = ANY (mine)) ORDER BY o.id FOR UPDATE;
    moment := clock_timestamp();
    WITH judged AS MATERIALIZED (
        SELECT o, d.code, d.message, d.next FROM outreach o CROSS JOIN LATERAL decide_message(o, p_verb, p_outcome, moment) d
         WHERE o.id = ANY (ids) AND (mine IS NULL OR o.brand_id = ANY (mine))
    ), put AS (
        UPDATE outreach m
           SET state = j.next, hold_id = NULL, deferred = NULL, worker = NULL, lease_until = NULL,
               reason = CASE j.next WHEN 'cancelled' THEN 'cancelled by ' || session_user WHEN 'queued' THEN NULL
                                    WHEN 'sent' THEN session_user || ' found that it went out' ELSE session_user || ' found that it did not go out' END,
               undo_until = CASE j.next WHEN 'queued' THEN moment ELSE m.undo_until END,
               send_after = CASE j.next WHEN 'queued' THEN moment ELSE m.send_after END,
               tries = CASE j.next WHEN 'queued' THEN 0 ELSE m.tries END, lost = CASE j.next WHEN 'queued' THEN 0 ELSE m.lost END,
               sent_at = CASE j.next WHEN 'sent' THEN moment END, failed_at = CASE j.next WHEN 'failed' THEN moment END
          FROM judged j WHERE j.next IS NOT NULL AND m.id = (j.o).id
    ), words AS (
        SELECT (j.o).exception_id, bool_or(j.next = 'sent') AS went,
               string_agg(CASE j.next WHEN 'cancelled' THEN 'cancels the ' WHEN 'queued' THEN 'sends again the ' WHEN 'sent' THEN 'found out: it went out, the '
                                      ELSE 'found out: it did not go out, the ' END
                          || message_word((j.o).channel, (j.o).template_id, (j.o).version) || ' to ' || mask_address((j.o).to_address), '; ' ORDER BY (j.o).id) AS says
          FROM judged j WHERE j.next IS NOT NULL GROUP BY 1
    )
    SELECT (SELECT array_agg(ROW (w.exception_id, CASE WHEN w.went AND e.first_response_at IS NULL
                                                       THEN jsonb_build_object('first_response_at', moment) ELSE '{}' END, w.says)::change)
              FROM words w JOIN exception e ON e.id = w.exception_id),
           (SELECT jsonb_object_agg((j.o).id, jsonb_build_array(j.code, j.message, (j.o).exception_id)) FROM judged j)
      INTO items, decided;
    SELECT array_agg(c.changed_id ORDER BY c.changed_id), jsonb_object_agg(c.changed_id, c.changed_rev) INTO changed, revs
      FROM apply_changes(coalesce(items, '{}'), 'outreach_' || p_verb, session_user, p_key, moment) c;
    SELECT coalesce(jsonb_agg(jsonb_build_array(x.i, coalesce(d.v ->> 0 IN ('ok', 'same'), false), coalesce(d.v ->> 0, 'gone'),
                              CASE WHEN d.v IS NULL THEN format('there is no message %s', x.i) ELSE d.v ->> 1 END, revs -> (d.v ->> 2)) ORDER BY x.i), '[]')
      INTO answered
      FROM unnest(ids) x(i) LEFT JOIN LATERAL (SELECT decided -> x.i::text AS v) d ON true;
    IF p_verb = 'retry' OR p_outcome = 'retry' THEN
        PERFORM pg_notify('doorstep', 'o');
    END IF;
    PERFORM action_end(p_key, 'outreach_' || p_verb, moment, coalesce(changed, '{}'), answered);
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

CREATE FUNCTION outreach_cancel(p_key uuid, p_ids bigint[]) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT * FROM outreach_act(p_key, 'cancel', p_ids, NULL, NULL)
$$;
-- What did not go out is queued again; the worker asks the guardrails before it goes.
CREATE FUNCTION outreach_retry(p_key uuid, p_ids bigint[]) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT * FROM outreach_act(p_key, 'retry', p_ids, NULL, NULL)
$$;
CREATE FUNCTION outreach_resolve(p_key uuid, p_ids bigint[], p_outcome text) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT * FROM outreach_act(p_key, 'resolve', p_ids, p_outcome,
        CASE WHEN p_outcome IS NULL OR p_outcome NOT IN ('sent', 'failed', 'retry')
             THEN format('"%s" is no outcome: say sent, failed or retry', left(p_outcome, 40)) END)
$$;

-- ---------------------------------------------------------------- taking back

-- As in 013. A message is taken back even where nothing else changed with it.
CREATE OR REPLACE FUNCTION undo_candidate() RETURNS action_log LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT l FROM action_log l
     WHERE l.who = session_user AND l.undone_by IS NULL AND l.changed > 0 AND l.verb NOT IN ('note', 'undo') AND l.verb <> 'outreach_resolve'
       AND l.at > now() - interval '1 hour'
       AND (l.verb = 'send' OR EXISTS (SELECT FROM activity a WHERE a.key = l.key AND a.before IS NOT NULL))
     ORDER BY l.at DESC LIMIT 1
$$;

CREATE OR REPLACE FUNCTION undo_peek() RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    l action_log := undo_candidate();
BEGIN
    IF l.verb = 'send' THEN
        RETURN CASE WHEN l.changed = 1 THEN (SELECT 'the ' || channel_label(o.channel) || CASE o.channel WHEN 'whatsapp' THEN ' message' ELSE '' END
                                                    || ' to ' || coalesce(o.to_name, mask_address(o.to_address))
                                               FROM activity a JOIN outreach o ON o.exception_id = a.exception_id AND o.key = a.key WHERE a.key = l.key ORDER BY o.id LIMIT 1)
                    ELSE l.changed || ' messages' END;
    END IF;
    RETURN CASE WHEN l.key IS NOT NULL THEN
        CASE l.verb WHEN 'take_next' THEN 'claim' WHEN 'severity' THEN 'severity change' ELSE l.verb END || ' of ' ||
        CASE WHEN l.changed = 1 THEN '#' || l.first_id ELSE l.changed || ' exceptions' END END;
END
$$;

CREATE OR REPLACE FUNCTION decide_undo(e exception, a activity, me text, at timestamptz) RETURNS decision
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    patch jsonb := a.before;
    sent outreach;
    later activity;
    other bigint;
    over boolean;
    bits int;
BEGIN
    IF a.verb = 'send' THEN            -- the message first: where it has gone, everything stays
        SELECT * INTO sent FROM outreach o WHERE o.key = a.key AND o.exception_id = e.id;
        IF sent.state = 'queued' AND at >= greatest(sent.undo_until, sent.send_after) THEN     -- what waits for its hour can wait for a second thought
            RETURN refuse('stale', format('the %s may go out any moment: stop it in its messages tab, or with "doorstep outreach cancel %s"', channel_label(sent.channel), sent.id));
        ELSIF sent.state = 'cancelled' THEN
            RETURN refuse('stale', format('the %s is cancelled already', channel_label(sent.channel)));
        ELSIF sent.state <> 'queued' THEN
            RETURN refuse('stale', CASE WHEN sent.sent_at IS NOT NULL THEN format('the %s went out %s: it cannot be taken back', channel_label(sent.channel), ago(at - sent.sent_at))
                                        WHEN sent.state = 'sending' THEN format('the %s is going out right now: it cannot be taken back', channel_label(sent.channel))
                                        ELSE format('the %s is %s by now: left as it is', channel_label(sent.channel), sent.state) END);
        END IF;
        patch := coalesce(patch, '{}');
    END IF;
    IF patch IS NULL THEN
        RETURN refuse('stale', 'only words were added to it, and those stay in the activity');
    END IF;
    SELECT * INTO later FROM activity x
     WHERE x.exception_id = e.id AND x.seq > a.seq AND x.actor <> me
       AND x.after ?| ARRAY(SELECT k FROM jsonb_object_keys(patch - 'marks') k)
     ORDER BY x.seq DESC LIMIT 1;
    IF FOUND AND sent.id IS NULL THEN
        RETURN refuse('stale', format('%s changed it since (%s, %s): left as it is', later.actor, later.verb, ago(at - later.at)));
    END IF;
    IF e.state = 'resolved' AND patch ->> 'state' <> 'resolved' THEN
        other := other_open(e);
        IF other IS NOT NULL AND sent.id IS NULL THEN
            RETURN refuse('stale', format('the same parcel''s #%s is open by now: left as it is', other));
        END IF;
    END IF;
    -- resolved since, by themselves, and that was not taken back: it would be open and resolved at once
    over := e.state = 'resolved' AND patch ->> 'state' <> 'resolved' AND NOT patch ? 'resolved_at';
    IF over AND sent.id IS NULL THEN
        RETURN refuse('stale', format('#%s is resolved by now: left as it is; reopen it to go on', e.id));
    END IF;
    IF later.seq IS NOT NULL OR other IS NOT NULL OR over THEN
        RETURN ROW ('ok', 'the message is taken back; what was changed since stays', '{}'::jsonb, 'took back the message only: ' || a.text)::decision;
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

CREATE OR REPLACE FUNCTION undo(p_key uuid) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
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
    PERFORM FROM outreach o WHERE o.exception_id = ANY (ids) AND o.key = last.key ORDER BY o.id FOR UPDATE;
    moment := clock_timestamp();
    SELECT array_agg(ROW (e.id, d.patch, d.note)::change) FILTER (WHERE d.patch IS NOT NULL),
           jsonb_object_agg(e.id, jsonb_build_array(d.code, d.message, e.rev))
      INTO items, decided
      FROM activity a JOIN exception e ON e.id = a.exception_id
     CROSS JOIN LATERAL decide_undo(e, a, session_user, moment) d
     WHERE a.key = last.key AND (mine IS NULL OR e.brand_id = ANY (mine));
    SELECT array_agg(c.changed_id), array_agg(c.changed_rev) INTO changed, revs
      FROM apply_changes(coalesce(items, '{}'), 'undo', session_user, p_key, moment) c;
    UPDATE outreach o SET state = 'cancelled', reason = 'taken back by ' || session_user
     WHERE o.exception_id = ANY (changed) AND o.key = last.key AND o.state = 'queued';
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

GRANT EXECUTE ON FUNCTION outreach_cancel(uuid, bigint[]), outreach_retry(uuid, bigint[]), outreach_resolve(uuid, bigint[], text) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
