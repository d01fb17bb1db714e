-- What people do.
--
-- Every action runs the same way (act()): one key is used once; the rows are locked in id
-- order; decide_VERB() says for each row what becomes of it, as a patch of work_fields, or
-- why not; apply_changes() writes rows and activity in one statement, which is also how the
-- action is taken back (013_undo.sql).

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- The fields of an exception that actions change, named as there.
CREATE TYPE work_fields AS (
    owner text, owned_at timestamptz, state exception_state, severity severity,
    wake_at timestamptz, wake_on_scan boolean,
    first_response_at timestamptz, first_response_due_at timestamptz, resolve_due_at timestamptz,
    first_left_s bigint, resolve_left_s bigint,
    resolved_at timestamptz, resolution text, resolution_text text, marks int);
CREATE TYPE change AS (id bigint, patch jsonb, note text);
CREATE TYPE decision AS (code text, message text, patch jsonb, note text);

-- ---------------------------------------------------------------- words

CREATE FUNCTION ago(p interval) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN (SELECT CASE WHEN s < 10 THEN 'just now' ELSE CASE WHEN s < 60 THEN s || ' s' WHEN s < 3600 THEN s / 60 || ' min'
                        WHEN s < 86400 THEN s / 3600 || ' h' WHEN s < 172800 THEN '1 day' ELSE s / 86400 || ' days' END || ' ago' END
              FROM (SELECT greatest(extract(epoch FROM p), 0)::bigint AS s) x);
CREATE FUNCTION say_instant(t timestamptz) RETURNS text LANGUAGE sql STABLE
    RETURN to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"');
-- Text as typed: without control characters but tab and newline, trimmed; null when nothing is left.
CREATE FUNCTION clean_text(p text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN nullif(btrim(regexp_replace(p, '[\x01-\x08\x0b-\x1f\x7f]', '', 'g'), E' \t\n'), '');

-- ---------------------------------------------------------------- the SLA clock

-- Business seconds left until a due time, negative when it has passed; plain time where
-- there is no calendar.
CREATE FUNCTION business_left(p_calendar int, p_at timestamptz, p_due timestamptz) RETURNS bigint LANGUAGE sql STABLE
    RETURN CASE WHEN p_calendar IS NULL THEN epoch_s(p_due) - epoch_s(p_at)
                WHEN p_due IS NOT NULL THEN business_clock(p_calendar, p_due) - business_clock(p_calendar, p_at) END;
CREATE FUNCTION business_due(p_calendar int, p_at timestamptz, p_left bigint) RETURNS timestamptz LANGUAGE sql STABLE
    RETURN CASE WHEN p_calendar IS NULL THEN p_at + make_interval(secs => p_left)
                WHEN p_left IS NOT NULL THEN business_add_s(p_calendar, p_at, p_left) END;

-- Patches that stop and start it. Stopped keeps what is left, so that a holiday or a night
-- while waiting costs nothing. A clock that stands already is left as it is.
CREATE FUNCTION sla_stop(e exception, p_at timestamptz) RETURNS jsonb LANGUAGE sql STABLE
    RETURN CASE WHEN e.state IN ('waiting', 'snoozed') THEN '{}' ELSE jsonb_build_object(
        'first_left_s', business_left(e.calendar_id, p_at, e.first_response_due_at),
        'resolve_left_s', business_left(e.calendar_id, p_at, e.resolve_due_at)) END;
CREATE FUNCTION sla_start_again(e exception, p_at timestamptz) RETURNS jsonb LANGUAGE sql STABLE
    RETURN CASE WHEN e.state IN ('new', 'working') THEN '{}' ELSE jsonb_build_object(
        'first_response_due_at', business_due(e.calendar_id, p_at, e.first_left_s),
        'resolve_due_at', business_due(e.calendar_id, p_at, e.resolve_left_s),
        'first_left_s', NULL, 'resolve_left_s', NULL) END;
CREATE FUNCTION sla_hidden() RETURNS jsonb LANGUAGE sql IMMUTABLE
    RETURN '{"first_response_due_at": null, "resolve_due_at": null}'::jsonb;
CREATE FUNCTION awake() RETURNS jsonb LANGUAGE sql IMMUTABLE
    RETURN '{"wake_at": null, "wake_on_scan": false}'::jsonb;

-- ---------------------------------------------------------------- writing changes

-- Changes rows the caller has locked, and writes an activity row for each, with the
-- patched fields before and after. Instants are kept in UTC, whatever the session's zone: all
-- that make a patch set it.
CREATE FUNCTION apply_changes(p_items change[], p_verb text, p_actor text, p_key uuid, p_at timestamptz)
    RETURNS TABLE (changed_id bigint, changed_rev int)
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
BEGIN
    RETURN QUERY
    WITH was AS MATERIALIZED (
        SELECT i.id, i.patch, coalesce(i.note, '') AS note,
               ROW (e.owner, e.owned_at, e.state, e.severity, e.wake_at, e.wake_on_scan, e.first_response_at,
                    e.first_response_due_at, e.resolve_due_at, e.first_left_s, e.resolve_left_s, e.resolved_at,
                    e.resolution, e.resolution_text, e.marks)::work_fields AS f
          FROM unnest(p_items) i JOIN exception e ON e.id = i.id
    ), item AS MATERIALIZED (
        SELECT w.id, w.note, jsonb_populate_record(w.f, w.patch) AS n, b.before, b.after
          FROM was w
         CROSS JOIN LATERAL (SELECT to_jsonb(w.f) AS j) whole
         CROSS JOIN LATERAL (SELECT jsonb_object_agg(k.key, whole.j -> k.key) AS before, jsonb_object_agg(k.key, k.value) AS after
                               FROM jsonb_each(w.patch) k WHERE k.value IS DISTINCT FROM whole.j -> k.key) b
    ), head AS (
        UPDATE exception e
           SET owner = (i.n).owner, owned_at = (i.n).owned_at, state = (i.n).state, severity = (i.n).severity,
               wake_at = (i.n).wake_at, wake_on_scan = (i.n).wake_on_scan,
               first_response_at = (i.n).first_response_at, first_response_due_at = (i.n).first_response_due_at,
               resolve_due_at = (i.n).resolve_due_at, first_left_s = (i.n).first_left_s, resolve_left_s = (i.n).resolve_left_s,
               resolved_at = (i.n).resolved_at, resolution = (i.n).resolution, resolution_text = (i.n).resolution_text,
               marks = (i.n).marks, rev = e.rev + 1, updated_at = p_at,
               activity_seq = e.activity_seq + 1,
               activity_hash = activity_link(e.activity_hash, e.id, e.activity_seq + 1, e.brand_id, p_at, p_actor, p_verb,
                                             i.note, i.before, i.after, p_key)
          FROM item i
         WHERE e.id = i.id
        RETURNING e.id, e.rev, e.activity_seq, e.activity_hash, e.brand_id, i.note, i.before, i.after
    ), told AS (
        INSERT INTO activity (exception_id, seq, brand_id, at, actor, verb, text, before, after, key, hash)
        SELECT h.id, h.activity_seq, h.brand_id, p_at, p_actor, p_verb, h.note, h.before, h.after, p_key, h.activity_hash FROM head h
    )
    SELECT h.id, h.rev FROM head h;
END
$$;

-- The answer a key got before, or null; afterwards the key is this transaction's.
CREATE FUNCTION action_begin(p_key uuid) RETURNS jsonb LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    done action_log;
BEGIN
    IF p_key IS NULL THEN
        RAISE null_value_not_allowed USING MESSAGE = 'an action needs a key: a new UUID for each, the same one to ask again';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended(p_key::text, 0));
    SELECT * INTO done FROM action_log WHERE key = p_key;
    IF FOUND AND done.who <> session_user THEN
        RAISE insufficient_privilege USING MESSAGE = 'this action''s key was used by somebody else: make a new one';
    END IF;
    RETURN done.result;
END
$$;

CREATE FUNCTION action_end(p_key uuid, p_verb text, p_at timestamptz, p_changed bigint[], p_result jsonb) RETURNS void
    LANGUAGE sql SET search_path = doorstep, pg_temp AS $$
    INSERT INTO action_log (key, who, verb, at, changed, first_id, result)
    VALUES (p_key, session_user, p_verb, p_at, cardinality(p_changed), p_changed[1], p_result)
$$;

CREATE FUNCTION answers(p_result jsonb) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT (a ->> 0)::bigint, (a ->> 1)::boolean, a ->> 2, a ->> 3, (a ->> 4)::int
      FROM jsonb_array_elements(p_result) WITH ORDINALITY x(a, i) ORDER BY i
$$;

-- Locks what the caller sees of p_ids, in id order so that two bulk actions cannot deadlock.
-- p_parcels: and all others of the same parcels, so that two people who each open one of them
-- again cannot both find that none is open.
CREATE FUNCTION lock_exceptions(p_ids bigint[], p_parcels boolean DEFAULT false) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    mine int[] := my_brands();
BEGIN
    IF p_parcels THEN
        p_ids := ARRAY(SELECT o.id FROM exception e JOIN exception o ON o.shipment_id = e.shipment_id WHERE e.id = ANY (p_ids));
    END IF;
    PERFORM FROM exception e WHERE e.id = ANY (p_ids) AND (mine IS NULL OR e.brand_id = ANY (mine)) ORDER BY e.id FOR UPDATE;
END
$$;

-- The common part of all actions on given exceptions. p_wrong: the arguments are, and why.
CREATE FUNCTION act(p_key uuid, p_verb text, p_ids bigint[], p_args jsonb, p_wrong text DEFAULT NULL)
    RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    mine int[] := my_brands();
    level int := my_level();
    answered jsonb;
    ids bigint[];
    at timestamptz;
    items change[];
    refused jsonb;
    changed bigint[];
    revs int[];
BEGIN
    answered := action_begin(p_key);
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    END IF;
    ids := ARRAY(SELECT DISTINCT x FROM unnest(p_ids) x WHERE x IS NOT NULL ORDER BY x);
    IF cardinality(ids) > 100000 THEN
        RAISE program_limit_exceeded USING MESSAGE = 'at most 100,000 exceptions can be changed at once: narrow the selection';
    END IF;
    IF level < 2 OR p_wrong IS NOT NULL THEN
        RETURN QUERY SELECT x, false, CASE WHEN level < 2 THEN 'denied' ELSE 'invalid' END,
                            CASE WHEN level < 2 THEN refusal(2, p_verb || ' exceptions') ELSE p_wrong END, NULL::int
                       FROM unnest(ids) x;
        RETURN;
    END IF;

    PERFORM lock_exceptions(ids, p_verb = 'reopen');
    at := clock_timestamp();           -- after the locks: the order of instants is the order of changes
    EXECUTE format('SELECT array_agg(ROW (e.id, d.patch, d.note)::change) FILTER (WHERE d.patch IS NOT NULL),
                           jsonb_object_agg(e.id, jsonb_build_array(d.code, d.message, e.rev))
                      FROM exception e CROSS JOIN LATERAL %I(e, $1, session_user::text, $2, $3) d
                     WHERE e.id = ANY ($4) AND ($5 IS NULL OR e.brand_id = ANY ($5))', 'decide_' || p_verb)
       INTO items, refused USING p_args, level, at, ids, mine;
    SELECT array_agg(c.changed_id ORDER BY c.changed_id), array_agg(c.changed_rev ORDER BY c.changed_id) INTO changed, revs
      FROM apply_changes(coalesce(items, '{}'), p_verb, session_user, p_key, at) c;

    SELECT coalesce(jsonb_agg(jsonb_build_array(x.i,
                              CASE WHEN d.v IS NULL THEN false ELSE d.v ->> 0 IN ('ok', 'same') END,
                              coalesce(d.v ->> 0, 'gone'), CASE WHEN d.v IS NULL THEN format('there is no exception #%s', x.i) ELSE coalesce(d.v ->> 1, '') END,
                              coalesce(c.r, (d.v ->> 2)::int)) ORDER BY x.i), '[]')
      INTO answered
      FROM unnest(ids) x(i)
      LEFT JOIN LATERAL (SELECT refused -> x.i::text AS v) d ON true
      LEFT JOIN unnest(changed, revs) c(i, r) ON c.i = x.i;
    PERFORM action_end(p_key, p_verb, at, coalesce(changed, '{}'), answered);
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- ---------------------------------------------------------------- what each verb decides
-- (row, arguments, who, level, now) -> (code, message, patch or null, text of the activity)

CREATE FUNCTION refuse(p_code text, p_message text) RETURNS decision LANGUAGE sql IMMUTABLE
    RETURN ROW (p_code, p_message, NULL, NULL)::decision;
CREATE FUNCTION is_resolved(e exception) RETURNS decision LANGUAGE sql STABLE
    RETURN refuse('resolved', format('#%s is resolved already: reopen it first', e.id));
CREATE FUNCTION no_change(p_message text) RETURNS decision LANGUAGE sql IMMUTABLE
    RETURN ROW ('same', p_message, NULL, NULL)::decision;
CREATE FUNCTION done(p_patch jsonb, p_note text) RETURNS decision LANGUAGE sql IMMUTABLE
    RETURN ROW ('ok', '', p_patch, p_note)::decision;
-- Owner and state for somebody taking it.
CREATE FUNCTION owned_by(e exception, who text, at timestamptz) RETURNS jsonb LANGUAGE sql STABLE
    RETURN jsonb_build_object('owner', who, 'owned_at', at, 'state', CASE e.state WHEN 'new' THEN 'working' ELSE e.state END);

CREATE FUNCTION decide_claim(e exception, a jsonb, me text, level int, at timestamptz) RETURNS decision
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF e.state = 'resolved' THEN RETURN is_resolved(e); END IF;
    IF e.owner = me THEN RETURN no_change('it is yours already'); END IF;
    IF e.owner IS NOT NULL THEN
        RETURN refuse('taken', format('%s claimed it %s', e.owner, ago(at - e.owned_at)));
    END IF;
    RETURN done(owned_by(e, me, at), coalesce(a ->> 'note', 'claimed it'));
END
$$;

CREATE FUNCTION decide_release(e exception, a jsonb, me text, level int, at timestamptz) RETURNS decision
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF e.state = 'resolved' THEN RETURN is_resolved(e); END IF;
    IF e.owner IS NULL THEN RETURN no_change('nobody has it'); END IF;
    IF e.owner <> me AND level < 3 THEN
        RETURN refuse('denied', format('%s has it: they or a lead can release it', e.owner));
    END IF;
    RETURN done(sla_start_again(e, at) || awake() || '{"owner": null, "owned_at": null, "state": "new"}',
                CASE WHEN e.owner = me THEN 'gave it back to the queue' ELSE format('took it from %s, back to the queue', e.owner) END
                || coalesce(': ' || (a ->> 'text'), ''));
END
$$;

CREATE FUNCTION decide_assign(e exception, a jsonb, me text, level int, at timestamptz) RETURNS decision
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    target text := a ->> 'to';
BEGIN
    IF e.state = 'resolved' THEN RETURN is_resolved(e); END IF;
    IF e.owner = target THEN RETURN no_change(format('%s has it already', target)); END IF;
    IF e.owner <> me AND level < 3 THEN
        RETURN refuse('denied', format('%s has it: they or a lead can hand it on', e.owner));
    END IF;
    IF a ? 'brands' AND NOT (a -> 'brands' @> to_jsonb(e.brand_id)) THEN
        RETURN refuse('invalid', format('%s does not work for brand %s', target, e.brand));
    END IF;
    RETURN done(owned_by(e, target, at), CASE WHEN target = me THEN 'took it' ELSE 'handed it to ' || target END);
END
$$;

CREATE FUNCTION decide_snooze(e exception, a jsonb, me text, level int, at timestamptz) RETURNS decision
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    until timestamptz := (a ->> 'until')::timestamptz;
    scan boolean := (a ->> 'next_scan')::boolean;
BEGIN
    IF e.state = 'resolved' THEN RETURN is_resolved(e); END IF;
    IF e.state = 'snoozed' AND e.wake_at IS NOT DISTINCT FROM until AND e.wake_on_scan = scan THEN
        RETURN no_change('it is snoozed like that already');
    END IF;
    RETURN done(sla_stop(e, at) || sla_hidden() || jsonb_build_object('state', 'snoozed', 'wake_at', until, 'wake_on_scan', scan),
                'snoozed it until ' || concat_ws(' or ', say_instant(until), CASE WHEN scan THEN 'the next scan' END));
END
$$;

CREATE FUNCTION decide_wait(e exception, a jsonb, me text, level int, at timestamptz) RETURNS decision
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    until timestamptz := (a ->> 'until')::timestamptz;
BEGIN
    IF e.state = 'resolved' THEN RETURN is_resolved(e); END IF;
    IF e.state = 'waiting' AND e.wake_at IS NOT DISTINCT FROM until AND a ->> 'text' IS NULL THEN
        RETURN no_change('it is waiting already');
    END IF;
    -- who waits on a customer has it: an unowned one becomes theirs
    RETURN done(CASE WHEN e.owner IS NULL THEN owned_by(e, me, at) ELSE '{}' END
                || sla_stop(e, at) || sla_hidden()
                || jsonb_build_object('state', 'waiting', 'wake_at', until, 'wake_on_scan', false,
                                      'first_response_at', coalesce(e.first_response_at, at)),
                'waits on the customer' || coalesce(' until ' || say_instant(until), '') || coalesce(': ' || (a ->> 'text'), ''));
END
$$;

CREATE FUNCTION decide_work(e exception, a jsonb, me text, level int, at timestamptz) RETURNS decision
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF e.state = 'resolved' THEN RETURN is_resolved(e); END IF;
    IF e.state = 'working' THEN RETURN no_change('it is being worked on already'); END IF;
    RETURN done(CASE WHEN e.owner IS NULL THEN owned_by(e, me, at) ELSE '{}' END
                || sla_start_again(e, at) || awake() || '{"state": "working"}', 'works on it');
END
$$;

CREATE FUNCTION decide_note(e exception, a jsonb, me text, level int, at timestamptz) RETURNS decision
    LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT done(jsonb_build_object('marks', e.marks | 4), a ->> 'text')
$$;

CREATE FUNCTION decide_severity(e exception, a jsonb, me text, level int, at timestamptz) RETURNS decision
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF e.state = 'resolved' THEN RETURN is_resolved(e); END IF;
    IF e.severity::text = a ->> 'severity' THEN RETURN no_change(format('it is %s already', e.severity)); END IF;
    RETURN done(jsonb_build_object('severity', a -> 'severity'), format('changed severity from %s to %s', e.severity, a ->> 'severity'));
END
$$;

CREATE FUNCTION decide_resolve(e exception, a jsonb, me text, level int, at timestamptz) RETURNS decision
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF e.state = 'resolved' THEN RETURN is_resolved(e); END IF;
    -- due times stay to be read; what was left is kept for a reopening
    RETURN done(sla_stop(e, at) || awake()
                || jsonb_build_object('state', 'resolved', 'resolved_at', at, 'resolution', a -> 'code', 'resolution_text', a -> 'text',
                                      'first_response_at', coalesce(e.first_response_at, at)),
                'resolved it: ' || (a ->> 'label') || coalesce(': ' || (a ->> 'text'), ''));
END
$$;

CREATE FUNCTION other_open(e exception) RETURNS bigint LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT o.id FROM exception o WHERE o.shipment_id = e.shipment_id AND o.state <> 'resolved' AND o.id <> e.id
$$;

CREATE FUNCTION decide_reopen(e exception, a jsonb, me text, level int, at timestamptz) RETURNS decision
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    other bigint := other_open(e);
BEGIN
    IF e.state <> 'resolved' THEN
        RETURN refuse('not_resolved', format('#%s is open', e.id));
    END IF;
    IF other IS NULL THEN      -- of several of one parcel in the same call the newest is opened
        SELECT max(o.id) INTO other FROM exception o
         WHERE o.shipment_id = e.shipment_id AND o.id > e.id AND a -> 'ids' @> to_jsonb(o.id);
    END IF;
    IF other IS NOT NULL THEN
        RETURN refuse('stale', format('the same parcel''s #%s is open: work on that one', other));
    END IF;
    RETURN done(sla_start_again(e, at)
                || jsonb_build_object('state', CASE WHEN e.owner IS NULL THEN 'new' ELSE 'working' END,
                                      'resolved_at', NULL, 'resolution', NULL, 'resolution_text', NULL, 'marks', e.marks | 16),
                'opened it again' || coalesce(': ' || (a ->> 'text'), ''));
END
$$;

-- ---------------------------------------------------------------- what people call

CREATE FUNCTION wrong_until(p_until timestamptz) RETURNS text LANGUAGE sql STABLE
    RETURN CASE WHEN NOT isfinite(p_until) OR p_until <= clock_timestamp() THEN 'that time has passed: give one in the future'
                WHEN p_until > clock_timestamp() + interval '1 year' THEN 'that is more than a year away: give an earlier time' END;

CREATE FUNCTION claim(p_key uuid, p_ids bigint[]) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT * FROM act(p_key, 'claim', p_ids, '{}')
$$;

CREATE FUNCTION release(p_key uuid, p_ids bigint[], p_text text DEFAULT NULL) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT * FROM act(p_key, 'release', p_ids, jsonb_build_object('text', left(clean_text(p_text), 4000)))
$$;

CREATE FUNCTION assign(p_key uuid, p_ids bigint[], p_to text) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    target name := (SELECT r.rolname FROM pg_roles r WHERE r.rolname = CASE p_to WHEN 'me' THEN session_user::text ELSE p_to END AND r.rolcanlogin);
    args jsonb := jsonb_build_object('to', target);
    wrong text;
BEGIN
    IF target IS NULL THEN
        wrong := format('there is no person "%s"', p_to);
    ELSIF role_level(target) < 2 OR EXISTS (SELECT FROM agent g WHERE g.role = target AND NOT g.active) THEN
        wrong := format('%s is no agent: exceptions are handed to agents, leads and admins', target);
    ELSIF role_brands(target) IS NOT NULL THEN
        args := args || jsonb_build_object('brands', role_brands(target));
    END IF;
    RETURN QUERY SELECT * FROM act(p_key, 'assign', p_ids, args, wrong);
END
$$;

CREATE FUNCTION snooze(p_key uuid, p_ids bigint[], p_until timestamptz DEFAULT NULL, p_next_scan boolean DEFAULT false)
    RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT * FROM act(p_key, 'snooze', p_ids, jsonb_build_object('until', p_until, 'next_scan', coalesce(p_next_scan, false)),
        CASE WHEN p_until IS NULL AND NOT coalesce(p_next_scan, false) THEN 'say until when, or until the next scan' ELSE wrong_until(p_until) END)
$$;

CREATE FUNCTION wait(p_key uuid, p_ids bigint[], p_until timestamptz DEFAULT NULL, p_text text DEFAULT NULL)
    RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT * FROM act(p_key, 'wait', p_ids, jsonb_build_object('until', p_until, 'text', left(clean_text(p_text), 4000)), wrong_until(p_until))
$$;

CREATE FUNCTION work(p_key uuid, p_ids bigint[]) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT * FROM act(p_key, 'work', p_ids, '{}')
$$;

CREATE FUNCTION note(p_key uuid, p_ids bigint[], p_text text) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT * FROM act(p_key, 'note', p_ids, jsonb_build_object('text', clean_text(p_text)),
        CASE WHEN clean_text(p_text) IS NULL THEN 'the note is empty: write what others should know'
             WHEN length(clean_text(p_text)) > 4000 THEN 'the note is longer than 4,000 characters: shorten it' END)
$$;

CREATE FUNCTION severity(p_key uuid, p_ids bigint[], p_severity text) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT * FROM act(p_key, 'severity', p_ids, jsonb_build_object('severity', p_severity),
        CASE WHEN coalesce(p_severity, '') <> ALL (enum_range(NULL::severity)::text[])
             THEN format('"%s" is no severity: use low, medium, high or critical', p_severity) END)
$$;

CREATE FUNCTION resolve(p_key uuid, p_ids bigint[], p_code text, p_text text DEFAULT NULL)
    RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    words text := left(clean_text(p_text), 4000);
    said text := (SELECT r.label FROM resolution r WHERE r.code = p_code);
BEGIN
    RETURN QUERY SELECT * FROM act(p_key, 'resolve', p_ids, jsonb_build_object('code', p_code, 'label', said, 'text', words),
        CASE WHEN said IS NULL THEN format('"%s" is no resolution: use one of %s', p_code, (SELECT string_agg(r.code, ', ') FROM resolution r))
             WHEN p_code = 'other' AND words IS NULL THEN 'resolution "other" needs a text: say how it ended' END);
END
$$;

CREATE FUNCTION reopen(p_key uuid, p_ids bigint[], p_text text DEFAULT NULL) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT * FROM act(p_key, 'reopen', p_ids, jsonb_build_object('text', left(clean_text(p_text), 4000), 'ids', to_jsonb(p_ids)))
$$;

-- ---------------------------------------------------------------- waking

-- Back to the queue, or to their owner: rows the caller has locked. (A scan wakes the ones
-- with wake_on_scan in the merge's own statement.)
CREATE FUNCTION wake_many(p_ids bigint[], p_actor text, p_text text, p_at timestamptz) RETURNS int
    LANGUAGE sql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
    SELECT count(*)::int FROM apply_changes(
        ARRAY(SELECT ROW (e.id, sla_start_again(e, p_at) || awake()
                                || jsonb_build_object('state', CASE WHEN e.owner IS NULL THEN 'new' ELSE 'working' END), p_text)::change
                FROM exception e WHERE e.id = ANY (p_ids) AND e.state IN ('waiting', 'snoozed')),
        'wake', p_actor, NULL, p_at)
$$;

-- Wakes what is due, at most 1,000 a call; gives how many. One index look when there is
-- nothing. To be called by the worker every few seconds, and by dashboards when they read
-- their counters, so that nothing sleeps on where no worker runs; callers never wait for
-- each other.
CREATE FUNCTION wake_due() RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    ids bigint[];
BEGIN
    IF my_level() < 2 AND NOT pg_has_role(session_user, 'doorstep_worker', 'MEMBER') THEN
        RETURN 0;                        -- a viewer's dashboard changes nothing, and need not know
    END IF;
    IF current_setting('transaction_read_only')::boolean THEN
        RETURN 0;
    END IF;
    ids := ARRAY(SELECT e.id FROM exception e
                  WHERE e.state IN ('waiting', 'snoozed') AND e.wake_at IS NOT NULL AND e.wake_at <= now()
                  ORDER BY e.wake_at LIMIT 1000 FOR UPDATE SKIP LOCKED);
    IF cardinality(ids) = 0 THEN
        RETURN 0;
    END IF;
    RETURN wake_many(ids, 'clock', 'its time came', clock_timestamp());
END
$$;

-- ---------------------------------------------------------------- the next one

-- Claims the most urgent that nobody has, of p_candidates or of all the caller's brands.
-- Two people asking at once get two different ones. Nothing left: one row with id 0.
CREATE FUNCTION take_next(p_key uuid, p_candidates bigint[] DEFAULT NULL) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    mine int[] := my_brands();
    answered jsonb := action_begin(p_key);
    at timestamptz := clock_timestamp();
    e exception;
    new_rev int;
BEGIN
    IF answered IS NULL AND my_level() < 2 THEN
        RETURN QUERY SELECT 0::bigint, false, 'denied', refusal(2, 'take exceptions'), NULL::int;
        RETURN;
    END IF;
    IF answered IS NULL THEN
        PERFORM wake_due();
        IF p_candidates IS NULL THEN
            SELECT * INTO e FROM exception x
             WHERE x.state = 'new' AND (mine IS NULL OR x.brand_id = ANY (mine))
             ORDER BY x.k_urgency, x.id LIMIT 1 FOR UPDATE SKIP LOCKED;
        ELSE
            SELECT * INTO e FROM exception x
             WHERE x.id = ANY (p_candidates) AND x.state = 'new' AND (mine IS NULL OR x.brand_id = ANY (mine))
             ORDER BY x.k_urgency, x.id LIMIT 1 FOR UPDATE SKIP LOCKED;
        END IF;
        IF e.id IS NULL THEN
            answered := jsonb_build_array(jsonb_build_array(0, false, 'gone', 'nothing is left to take', NULL));
        ELSE
            SELECT c.changed_rev INTO new_rev
              FROM apply_changes(ARRAY[ROW (e.id, owned_by(e, session_user, at), 'took it as the next one')::change],
                                 'take_next', session_user, p_key, at) c;
            answered := jsonb_build_array(jsonb_build_array(e.id, true, 'ok', '', new_rev));
        END IF;
        PERFORM action_end(p_key, 'take_next', at, CASE WHEN e.id IS NULL THEN '{}' ELSE ARRAY[e.id] END, answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

GRANT EXECUTE ON FUNCTION claim(uuid, bigint[]), release(uuid, bigint[], text), assign(uuid, bigint[], text),
    take_next(uuid, bigint[]), snooze(uuid, bigint[], timestamptz, boolean), wait(uuid, bigint[], timestamptz, text),
    work(uuid, bigint[]), note(uuid, bigint[], text), severity(uuid, bigint[], text), resolve(uuid, bigint[], text, text),
    reopen(uuid, bigint[], text), wake_due() TO doorstep_viewer;
GRANT EXECUTE ON FUNCTION wake_due() TO doorstep_worker;

RESET search_path;
RESET ROLE;
