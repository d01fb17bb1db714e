-- Cases, their links: what each is about, merging two, reading them, and taking back what was done to one.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- links

-- Links exceptions to a case, or (p_off) takes links off.
CREATE FUNCTION case_relink(p_key uuid, p_case bigint, p_ids bigint[], p_off boolean) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
    verb text := CASE WHEN p_off THEN 'case_unlink' ELSE 'case_link' END;
    answered jsonb := action_begin(p_key);
    ids bigint[] := case_ids(p_ids, 1000, 'exceptions can be linked');
    moment timestamptz;
    c support_case;
    was bigint[];
    wanted bigint[];
    revs jsonb;
BEGIN
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    END IF;
    IF my_level() < 2 THEN
        RETURN QUERY SELECT * FROM answers(case_refuse(ids, 'denied', refusal(2, 'link cases')));
        RETURN;
    END IF;
    PERFORM case_lock(ARRAY(SELECT k.id FROM support_case k WHERE k.id = p_case AND (mine IS NULL OR k.brand_id = ANY (mine))),
                      ARRAY(SELECT x.id FROM exception x WHERE x.id = ANY (ids) AND (mine IS NULL OR x.brand_id = ANY (mine))));
    moment := clock_timestamp();
    SELECT * INTO c FROM support_case k WHERE k.id = p_case AND (mine IS NULL OR k.brand_id = ANY (mine));
    IF c.id IS NULL OR c.state = 'closed' THEN
        RETURN QUERY SELECT * FROM answers(case_refuse(ids, CASE WHEN c.id IS NULL THEN 'gone' ELSE 'closed' END, CASE WHEN c.id IS NULL THEN case_gone(p_case) ELSE case_is_closed(c) END));
        RETURN;
    END IF;
    was := ARRAY(SELECT l.exception_id FROM case_link l WHERE l.case_id = c.id ORDER BY 1);
    wanted := ARRAY(SELECT x.id FROM exception x WHERE x.id = ANY (ids) AND x.brand_id = c.brand_id AND (x.id = ANY (was)) = p_off ORDER BY 1);
    IF p_off AND was <@ wanted THEN
        RETURN QUERY SELECT * FROM answers(case_refuse(ids, 'invalid', format('C%s would have no exception left: close it instead', c.id)));
        RETURN;
    END IF;
    IF p_off THEN
        DELETE FROM case_link l WHERE l.case_id = c.id AND l.exception_id = ANY (wanted);
    ELSE
        INSERT INTO case_link (case_id, exception_id, by, at) SELECT c.id, x, session_user, moment FROM unnest(wanted) x;
    END IF;
    IF cardinality(wanted) > 0 THEN
        UPDATE support_case k SET rev = k.rev + 1, updated_at = moment WHERE k.id = c.id;
    END IF;
    revs := case_tell(wanted, ARRAY(SELECT CASE WHEN p_off THEN format('unlinked it from case C%s', c.id) ELSE format('linked it to case C%s: %s', c.id, c.subject) END FROM unnest(wanted)),
                      0, verb, p_key, moment);
    SELECT coalesce(jsonb_agg(CASE WHEN e.id IS NULL THEN jsonb_build_array(x.i, false, 'gone', format('there is no exception #%s', x.i), NULL)
                                   WHEN x.i = ANY (wanted) THEN jsonb_build_array(x.i, true, 'ok', format('%s #%s %s C%s', CASE WHEN p_off THEN 'unlinked' ELSE 'linked' END, x.i,
                                                                                                          CASE WHEN p_off THEN 'from' ELSE 'to' END, c.id), revs -> x.i::text)
                                   WHEN e.brand_id <> c.brand_id THEN jsonb_build_array(x.i, false, 'invalid', format('#%s is of another brand than C%s: open a case of its own', x.i, c.id), e.rev)
                                   ELSE jsonb_build_array(x.i, true, 'same', format('#%s is %slinked to C%s', x.i, CASE WHEN p_off THEN 'not ' ELSE 'already ' END, c.id), e.rev) END
                              ORDER BY x.i), '[]')
      INTO answered
      FROM unnest(ids) x(i) LEFT JOIN exception e ON e.id = x.i AND (mine IS NULL OR e.brand_id = ANY (mine));
    IF cardinality(wanted) > 0 THEN
        PERFORM control_write(c.brand_id, 'case ' || c.id, verb, format('%s %s', CASE WHEN p_off THEN 'unlinked' ELSE 'linked' END, (SELECT string_agg('#' || x, ' ') FROM unnest(wanted) x)),
                              CASE WHEN p_off THEN jsonb_build_object('links', to_jsonb(wanted)) END, CASE WHEN NOT p_off THEN jsonb_build_object('links', to_jsonb(wanted)) END, p_key, moment);
    END IF;
    PERFORM action_end_as(p_key, verb, moment, wanted, answered, format('the %s of %s %s C%s', CASE WHEN p_off THEN 'unlinking' ELSE 'link' END,
                          CASE WHEN cardinality(wanted) = 1 THEN '#' || wanted[1] ELSE cardinality(wanted) || ' exceptions' END, CASE WHEN p_off THEN 'from' ELSE 'to' END, c.id));
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;
CREATE FUNCTION case_link(p_key uuid, p_case bigint, p_ids bigint[]) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT * FROM case_relink(p_key, p_case, p_ids, false)
$$;
CREATE FUNCTION case_unlink(p_key uuid, p_case bigint, p_ids bigint[]) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT * FROM case_relink(p_key, p_case, p_ids, true)
$$;

-- ---------------------------------------------------------------- merge

-- One into another: the first is closed, its exceptions are the other's too, and its notes are read with the other's. What was
-- merged into it before is then the other's.
CREATE FUNCTION case_merge(p_key uuid, p_from bigint, p_into bigint) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
    answered jsonb := action_begin(p_key);
    moment timestamptz;
    a support_case;
    b support_case;
    code text;
    wrong text;
    linked bigint[];
BEGIN
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    END IF;
    IF my_level() < 2 THEN
        RETURN QUERY SELECT p_from, false, 'denied', refusal(2, 'merge cases'), NULL::int;
        RETURN;
    END IF;
    PERFORM case_lock(ARRAY(SELECT k.id FROM support_case k WHERE k.id IN (p_from, p_into) AND (mine IS NULL OR k.brand_id = ANY (mine))));
    moment := clock_timestamp();
    SELECT * INTO a FROM support_case k WHERE k.id = p_from AND (mine IS NULL OR k.brand_id = ANY (mine));
    SELECT * INTO b FROM support_case k WHERE k.id = p_into AND (mine IS NULL OR k.brand_id = ANY (mine));
    SELECT v.c, v.w INTO code, wrong
      FROM (VALUES ('gone', CASE WHEN a.id IS NULL THEN case_gone(p_from) WHEN b.id IS NULL THEN case_gone(p_into) END),
                   ('invalid', CASE WHEN p_from = p_into THEN format('C%s cannot be merged into itself: name another case', p_from) END),
                   ('invalid', CASE WHEN a.brand_id <> b.brand_id THEN format('C%s and C%s are of different brands: they cannot be merged', p_from, p_into) END),
                   ('closed', CASE WHEN a.state = 'closed' THEN case_is_closed(a) WHEN b.state = 'closed' THEN case_is_closed(b) END),
                   ('stale', CASE WHEN b.state = 'solved' AND a.state IN ('open', 'pending') THEN format('C%s is solved and C%s is not: open C%s again first', p_into, p_from, p_into) END)) v(c, w)
     WHERE v.w IS NOT NULL LIMIT 1;
    IF wrong IS NOT NULL THEN
        RETURN QUERY SELECT coalesce(p_from, 0), false, code, wrong, a.rev;
        RETURN;
    END IF;
    linked := ARRAY(SELECT l.exception_id FROM case_link l WHERE l.case_id IN (p_from, p_into) GROUP BY 1 ORDER BY 1);
    UPDATE support_case k SET state = 'closed', state_at = moment, updated_at = moment, rev = k.rev + 1, merged_into = p_into WHERE k.id = p_from;
    UPDATE support_case k SET merged_into = p_into, rev = k.rev + 1 WHERE k.merged_into = p_from;
    UPDATE support_case k SET updated_at = moment, rev = k.rev + 1 WHERE k.id = p_into;
    INSERT INTO case_link (case_id, exception_id, by, at)
    SELECT p_into, l.exception_id, session_user, moment FROM case_link l WHERE l.case_id = p_from ON CONFLICT DO NOTHING;
    PERFORM case_note_add(p_from, format('merged into C%s', p_into), p_key, moment);
    PERFORM case_sync_add(p_from, 'status', NULL::bigint, 'closed'::case_state, p_key);
    PERFORM case_note_add(p_into, format('C%s was merged into this one: %s', p_from, a.subject), p_key, moment);
    PERFORM case_tell(linked, array_fill(format('merged case C%s into C%s', p_from, p_into), ARRAY[cardinality(linked)]), 0, 'case_merge', p_key, moment);
    answered := jsonb_build_array(jsonb_build_array(p_from, true, 'ok', format('merged C%s into C%s; that cannot be taken back', p_from, p_into), a.rev + 1));
    PERFORM control_write(a.brand_id, 'case ' || p_from, 'case_merge', format('merged into C%s', p_into), jsonb_build_object('state', a.state),
                          jsonb_build_object('state', 'closed', 'merged_into', p_into), p_key, moment);
    PERFORM control_write(b.brand_id, 'case ' || p_into, 'case_merge', format('took C%s in', p_from), NULL, jsonb_build_object('links', to_jsonb(linked)), p_key, moment);
    PERFORM action_end(p_key, 'case_merge', moment, '{}', answered);      -- undo passes it over
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- ---------------------------------------------------------------- reading

-- Lines of the case list: p_list is open (the default: open and pending), mine, conflict, a state, or all; p_exception: only those
-- of that one; p_case: that one alone, whatever its state. Who is no viewer gets none.
CREATE FUNCTION case_list(p_list text DEFAULT 'open', p_exception bigint DEFAULT NULL, p_limit int DEFAULT 500, p_case bigint DEFAULT NULL)
    RETURNS TABLE (id bigint, exception_id bigint, rev int, type text, state text, priority text, subject text, owner text, by text, carrier text, tracking_number text,
                   customer_name text, brand text, created_at timestamptz, updated_at timestamptz, links int, notes int, desk text, desk_id text, desk_state text,
                   desk_url text, sync text, conflict text, tags text, merged_into bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
    states case_state[] := CASE WHEN p_list = 'all' OR p_list = 'conflict' OR (p_list IS NULL AND (p_exception IS NOT NULL OR p_case IS NOT NULL)) THEN enum_range(NULL::case_state)
                                WHEN p_list = 'pending' OR p_list = 'solved' OR p_list = 'closed' THEN ARRAY[p_list::case_state]
                                WHEN p_list = 'new' THEN ARRAY['open'::case_state] ELSE ARRAY['open', 'pending']::case_state[] END;
    ids bigint[];
BEGIN
    PERFORM require_level(1, 'look at cases');
    IF p_list NOT IN ('open', 'new', 'mine', 'conflict', 'pending', 'solved', 'closed', 'all') THEN
        RAISE invalid_parameter_value USING MESSAGE = format('"%s" is no list of cases: use open, mine, conflict, pending, solved, closed or all', left(p_list, 40));
    END IF;
    IF p_case IS NOT NULL THEN
        ids := ARRAY[p_case];
    ELSIF p_exception IS NOT NULL THEN
        ids := ARRAY(SELECT l.case_id FROM case_link l WHERE l.exception_id = p_exception);
    END IF;
    RETURN QUERY
    SELECT c.id, c.exception_id, c.rev, c.type::text, c.state::text, c.priority::text, c.subject, c.owner, c.by, e.carrier, e.tracking_number, e.customer_name, b.code,
           c.created_at, c.updated_at, (SELECT count(*)::int FROM case_link l WHERE l.case_id = c.id), (SELECT count(*)::int FROM case_note n WHERE n.case_id = c.id),
           c.desk, c.desk_id, c.desk_state, CASE WHEN c.desk_url ~ '^https://[^[:space:]"<>]+$' THEN c.desk_url END,
           (SELECT CASE WHEN bool_or(y.state = 'failed') THEN 'failed' WHEN bool_or(y.state = 'unknown') THEN 'unknown' WHEN bool_or(y.state = 'sending') THEN 'sending'
                        WHEN bool_or(y.state = 'queued') THEN 'queued' END FROM case_sync y WHERE y.case_id = c.id),
           c.conflict, array_to_string(c.tags, ' '), c.merged_into
      FROM (SELECT * FROM support_case k
             WHERE k.state = ANY (states) AND (mine IS NULL OR k.brand_id = ANY (mine)) AND (ids IS NULL OR k.id = ANY (ids))
               AND (p_list IS DISTINCT FROM 'mine' OR k.owner = session_user) AND (p_list IS DISTINCT FROM 'conflict' OR k.conflict IS NOT NULL)
             ORDER BY k.state, k.priority DESC, k.id LIMIT greatest(1, least(coalesce(p_limit, 500), 100000))) c
      JOIN exception e ON e.id = c.exception_id
      JOIN brand b ON b.id = c.brand_id
     ORDER BY c.state, c.priority DESC, c.id;
END
$$;

-- All of a case, with the notes of those merged into it; null: none that the caller sees.
CREATE FUNCTION case_show(p_id bigint) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT jsonb_build_object('id', l.id, 'exception', l.exception_id, 'rev', l.rev, 'type', l.type, 'state', l.state, 'priority', l.priority, 'subject', l.subject,
        'tags', to_jsonb(c.tags), 'owner', l.owner, 'by', l.by, 'brand', l.brand, 'carrier', l.carrier, 'tracking_number', l.tracking_number, 'customer_name', l.customer_name,
        'created_at', json_instant(l.created_at), 'updated_at', json_instant(l.updated_at), 'merged_into', l.merged_into, 'context', c.context,
        'merged', (SELECT coalesce(jsonb_agg(m.id ORDER BY m.id), '[]') FROM support_case m WHERE m.merged_into = c.id),
        'exceptions', (SELECT coalesce(jsonb_agg(k.exception_id ORDER BY k.exception_id), '[]') FROM case_link k WHERE k.case_id = c.id),
        'notes', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', n.id, 'case', n.case_id, 'at', json_instant(n.at), 'by', n.by, 'source', n.source, 'public', n.public, 'text', n.text)
                                            ORDER BY n.at, n.id), '[]')
                    FROM case_note n WHERE n.case_id = c.id OR n.case_id IN (SELECT m.id FROM support_case m WHERE m.merged_into = c.id)),
        'desk', CASE WHEN l.desk IS NOT NULL OR l.sync IS NOT NULL THEN jsonb_build_object('name', l.desk, 'id', l.desk_id, 'url', l.desk_url, 'state', l.desk_state,
                     'state_at', json_instant(c.desk_at), 'sync', l.sync, 'conflict', l.conflict) END,
        'sync', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', y.id, 'op', y.op, 'state', y.state, 'tries', y.tries, 'reason', y.reason,
                                                              'at', json_instant(coalesce(y.done_at, y.created_at))) ORDER BY y.id DESC), '[]')
                   FROM case_sync y WHERE y.case_id = c.id))
      FROM case_list(NULL, NULL, 1, p_id) l JOIN support_case c ON c.id = l.id
$$;

-- A case goes where its exception goes: the brand of one may become known later.
CREATE FUNCTION case_follows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    UPDATE support_case SET brand_id = NEW.brand_id, rev = rev + 1 WHERE exception_id = NEW.id AND brand_id <> NEW.brand_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER case_follows AFTER UPDATE OF brand_id ON exception
    FOR EACH ROW WHEN (OLD.brand_id <> NEW.brand_id) EXECUTE FUNCTION case_follows();

SELECT patch_function('show_json(bigint)'::regprocedure, '''next_step'', (SELECT jsonb_build_object(''action''',
    '''cases'', (SELECT coalesce(jsonb_agg(jsonb_build_object(''id'', k.id, ''type'', k.type, ''state'', k.state, ''priority'', k.priority, ''subject'', k.subject, ''owner'', k.owner,
                        ''desk_url'', k.desk_url, ''conflict'', k.conflict) ORDER BY k.id), ''[]'') FROM case_list(''all'', p_id) k),
        ''next_step'', (SELECT jsonb_build_object(''action''');

-- ---------------------------------------------------------------- taking back
-- Called by undo(): who asks may, and nobody else takes the same action back now.

-- Who else did something to a case since a row of the log of control: the newest; null: nobody. A worker's rows count where a
-- helpdesk changed the state.
CREATE FUNCTION case_touched(p_case bigint, p_seq bigint, p_keys text[]) RETURNS control_log LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT x FROM control_log x
     WHERE x.subject = 'case ' || p_case AND x.seq > p_seq AND x.actor <> session_user
       AND (p_keys IS NULL AND (x.after ? 'state' OR x.actor <> 'worker') OR x.after ?| p_keys)
     ORDER BY x.seq DESC LIMIT 1
$$;

-- What a helpdesk has not been told yet of an action, it is not told. False: it was told some of it.
CREATE FUNCTION case_untell(p_case bigint, p_key uuid) RETURNS boolean LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    UPDATE case_sync y SET state = 'cancelled', reason = 'taken back by ' || session_user WHERE y.case_id = p_case AND y.state = 'queued' AND (p_key IS NULL OR y.key = p_key);
    RETURN NOT EXISTS (SELECT FROM case_sync y WHERE y.case_id = p_case AND y.state <> 'cancelled' AND (p_key IS NULL OR y.key = p_key));
END
$$;

-- Cases that are taken back are closed, links to others are taken off. Answers by exception.
CREATE FUNCTION undo_of_case_open(l action_log, p_key uuid, p_at timestamptz) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    g control_log;
    c support_case;
    later control_log;
    e bigint;
    said text;
    done boolean;
    answered jsonb := '[]';
    ids bigint[] := '{}';
    texts text[] := '{}';
    log control_log[] := '{}';
BEGIN
    PERFORM case_lock(ARRAY(SELECT substr(x.subject, 6)::bigint FROM control_log x WHERE x.key = l.key AND x.subject LIKE 'case %'),
                      ARRAY(SELECT a.exception_id FROM activity a WHERE a.key = l.key));
    FOR g IN SELECT * FROM control_log x WHERE x.key = l.key AND x.subject LIKE 'case %' ORDER BY x.seq LOOP
        SELECT * INTO c FROM support_case k WHERE k.id = substr(g.subject, 6)::bigint;
        e := coalesce((g.after -> 'links' ->> 0)::bigint, c.exception_id);
        later := case_touched(c.id, g.seq, NULL);
        done := false;
        IF g.verb = 'case_open' AND c.state = 'closed' THEN
            said := format('C%s is closed already', c.id);
        ELSIF g.verb = 'case_open' AND (later.seq IS NOT NULL OR EXISTS (SELECT FROM case_note n WHERE n.case_id = c.id AND (n.by <> session_user OR n.source = 'desk'))) THEN
            said := format('%s worked on C%s since: left as it is, close it if it is not needed', coalesce(later.actor, (SELECT n.by FROM case_note n WHERE n.case_id = c.id AND (n.by <> session_user OR n.source = 'desk') ORDER BY n.id LIMIT 1)), c.id);
        ELSIF g.verb = 'case_open' THEN
            INSERT INTO case_note (case_id, at, by, text) VALUES (c.id, p_at, session_user, 'opened by mistake') RETURNING id INTO e;
            IF NOT case_untell(c.id, NULL) THEN        -- the helpdesk has it: it is told
                PERFORM case_sync_add(c.id, 'comment', e, NULL::case_state, p_key);
                PERFORM case_sync_add(c.id, 'status', NULL::bigint, 'closed'::case_state, p_key);
            END IF;
            UPDATE support_case k SET state = 'closed', state_at = p_at, updated_at = p_at, rev = k.rev + 1 WHERE k.id = c.id;
            done := true;
            said := format('closed C%s: opened by mistake', c.id);
            ids := ids || ARRAY(SELECT k.exception_id FROM case_link k WHERE k.case_id = c.id);
            texts := texts || array_fill(said, ARRAY[(SELECT count(*)::int FROM case_link k WHERE k.case_id = c.id)]);
            e := coalesce((g.after -> 'links' ->> 0)::bigint, c.exception_id);
        ELSIF NOT g.after ? 'links' THEN
            said := 'only a note was added, and that stays';
        ELSIF c.state = 'closed' THEN
            said := case_is_closed(c);
        ELSE
            DELETE FROM case_link k WHERE k.case_id = c.id AND k.exception_id = e;
            done := true;
            said := format('unlinked #%s from C%s', e, c.id);
            UPDATE support_case k SET updated_at = p_at, rev = k.rev + 1 WHERE k.id = c.id;
            ids := ids || e;
            texts := texts || said;
        END IF;
        answered := answered || jsonb_build_array(jsonb_build_array(e, done, CASE WHEN done THEN 'ok' ELSE 'stale' END, said, NULL));
        IF done THEN
            g.text := said;
            g.before := CASE WHEN g.verb = 'case_open' THEN jsonb_build_object('state', c.state) ELSE g.after END;
            g.after := CASE WHEN g.verb = 'case_open' THEN jsonb_build_object('state', 'closed') END;
            log := log || g;
        END IF;
    END LOOP;
    PERFORM case_tell(array_agg(t.id), array_agg(t.text), 0, 'undo', p_key, p_at)
       FROM (SELECT u.id, string_agg(u.text, '; ') AS text FROM unnest(ids, texts) u(id, text) GROUP BY 1) t;
    FOREACH g IN ARRAY log LOOP
        PERFORM control_write(g.brand_id, g.subject, 'undo', g.text, g.before, g.after, p_key, p_at);
    END LOOP;
    RETURN answered;
END
$$;

CREATE FUNCTION undo_of_case_set(l action_log, p_key uuid, p_at timestamptz) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    g control_log;
    c support_case;
    n support_case;
    later control_log;
    said text;
    told boolean;
    answered jsonb := '[]';
    log control_log[] := '{}';
BEGIN
    PERFORM case_lock(ARRAY(SELECT substr(x.subject, 6)::bigint FROM control_log x WHERE x.key = l.key AND x.subject LIKE 'case %'));
    FOR g IN SELECT * FROM control_log x WHERE x.key = l.key AND x.subject LIKE 'case %' ORDER BY x.seq LOOP
        SELECT * INTO c FROM support_case k WHERE k.id = substr(g.subject, 6)::bigint;
        n := jsonb_populate_record(c, g.before);
        later := case_touched(c.id, g.seq, ARRAY(SELECT jsonb_object_keys(g.after)));
        told := g.after ? 'state' AND EXISTS (SELECT FROM case_sync y WHERE y.case_id = c.id AND y.key = l.key AND y.op = 'status' AND y.state NOT IN ('queued', 'cancelled'));
        said := CASE WHEN later.seq IS NOT NULL THEN format('%s changed C%s since (%s): left as it is', later.actor, c.id, ago(p_at - later.at))
                     WHEN case_says(c) || g.after <> case_says(c) THEN format('C%s was changed since: left as it is', c.id)
                     WHEN c.merged_into IS NOT NULL THEN case_is_closed(c)
                     WHEN told AND c.state = 'closed' THEN format('the helpdesk has closed C%s by now: open a new case', c.id)
                     WHEN n.state IN ('open', 'pending') AND case_existing(c.shipment_id, c.type) <> c.id
                     THEN format('C%s is open for the same parcel and type by now: C%s is left as it is', case_existing(c.shipment_id, c.type), c.id) END;
        IF said IS NULL THEN
            PERFORM case_untell(c.id, l.key);
            -- an earlier change of state was not told because of this one, or this one was: it is told now
            IF g.after ? 'state' AND (told OR EXISTS (SELECT FROM case_sync y WHERE y.case_id = c.id AND y.op = 'status' AND y.key IS DISTINCT FROM l.key)) THEN
                PERFORM case_sync_add(c.id, 'status', NULL::bigint, n.state, p_key);
            END IF;
            UPDATE support_case k
               SET rev = k.rev + 1, state = n.state, priority = n.priority, subject = n.subject, owner = n.owner, tags = n.tags, updated_at = p_at,
                   state_at = CASE WHEN n.state = k.state THEN k.state_at ELSE p_at END
             WHERE k.id = c.id;
            g.text := case_difference(g.after, g.before);
            log := log || g;
        END IF;
        answered := answered || jsonb_build_array(jsonb_build_array(c.id, said IS NULL, CASE WHEN said IS NULL THEN 'ok' ELSE 'stale' END,
                                                                    coalesce(said, format('C%s is as it was: %s', c.id, g.text)), c.rev + (said IS NULL)::int));
    END LOOP;
    PERFORM case_tell(array_agg(t.exception_id), array_agg(t.text), 0, 'undo', p_key, p_at, l.key)
       FROM (SELECT k.exception_id, string_agg(format('took back C%s: %s', k.case_id, x.text), '; ' ORDER BY k.case_id) AS text
               FROM unnest(log) x JOIN case_link k ON k.case_id = substr(x.subject, 6)::bigint GROUP BY 1) t;
    FOREACH g IN ARRAY log LOOP
        PERFORM control_write(g.brand_id, g.subject, 'undo', 'took back: ' || g.text, g.after, g.before, p_key, p_at);
    END LOOP;
    RETURN answered;
END
$$;

-- The links an action made are taken off again, those it took off are made again.
CREATE FUNCTION case_unrelink(l action_log, p_key uuid, p_at timestamptz) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    g control_log;
    c support_case;
    ids bigint[];
    off boolean := l.verb = 'case_link';
    said text;
    revs jsonb;
BEGIN
    SELECT * INTO g FROM control_log x WHERE x.key = l.key AND x.subject LIKE 'case %';
    ids := ARRAY(SELECT jsonb_array_elements_text(coalesce(g.after, g.before) -> 'links')::bigint ORDER BY 1);
    PERFORM case_lock(ARRAY[substr(g.subject, 6)::bigint], ids);
    SELECT * INTO c FROM support_case k WHERE k.id = substr(g.subject, 6)::bigint;
    said := CASE WHEN c.state = 'closed' THEN case_is_closed(c)
                 WHEN off AND NOT EXISTS (SELECT FROM case_link k WHERE k.case_id = c.id AND k.exception_id <> ALL (ids))
                 THEN format('C%s would have no exception left: close it instead', c.id) END;
    IF said IS NOT NULL THEN
        RETURN case_refuse(ids, 'stale', said);
    END IF;
    IF off THEN
        DELETE FROM case_link k WHERE k.case_id = c.id AND k.exception_id = ANY (ids);
    ELSE
        INSERT INTO case_link (case_id, exception_id, by, at) SELECT c.id, x, session_user, p_at FROM unnest(ids) x ON CONFLICT DO NOTHING;
    END IF;
    UPDATE support_case k SET rev = k.rev + 1, updated_at = p_at WHERE k.id = c.id;
    said := CASE WHEN off THEN 'unlinked it from case C' ELSE 'linked it again to case C' END || c.id;
    revs := case_tell(ids, array_fill(said, ARRAY[cardinality(ids)]), 0, 'undo', p_key, p_at, l.key);
    PERFORM control_write(c.brand_id, g.subject, 'undo', 'took back: ' || g.text, g.after, g.before, p_key, p_at);
    RETURN (SELECT jsonb_agg(jsonb_build_array(x, true, 'ok', said, revs -> x::text) ORDER BY x) FROM unnest(ids) x);
END
$$;
CREATE FUNCTION undo_of_case_link(l action_log, p_key uuid, p_at timestamptz) RETURNS jsonb
    LANGUAGE sql SET search_path = doorstep, pg_temp AS $$
    SELECT case_unrelink(l, p_key, p_at)
$$;
CREATE FUNCTION undo_of_case_unlink(l action_log, p_key uuid, p_at timestamptz) RETURNS jsonb
    LANGUAGE sql SET search_path = doorstep, pg_temp AS $$
    SELECT case_unrelink(l, p_key, p_at)
$$;

GRANT EXECUTE ON FUNCTION case_link(uuid, bigint, bigint[]), case_unlink(uuid, bigint, bigint[]), case_merge(uuid, bigint, bigint),
    case_list(text, bigint, int, bigint), case_show(bigint) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
