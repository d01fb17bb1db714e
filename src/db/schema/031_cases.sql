-- Cases: what is worked on with somebody outside the queue. One function an operation, each a key, a transaction, an
-- activity row of every exception linked and a row of the log of control. And the guardrail that keeps internal notes in.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

CREATE INDEX support_case_merged ON support_case (merged_into) WHERE merged_into IS NOT NULL;

-- ---------------------------------------------------------------- words

CREATE FUNCTION case_word(p_type case_type) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN replace(p_type::text, '_', ' ');
-- What is told of a case in the log of control.
CREATE FUNCTION case_says(c support_case) RETURNS jsonb LANGUAGE sql STABLE
    RETURN jsonb_build_object('state', (c).state, 'priority', (c).priority, 'subject', (c).subject, 'owner', (c).owner, 'tags', to_jsonb((c).tags));
CREATE FUNCTION case_gone(p_id bigint) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN format('there is no case C%s, or it belongs to a brand you do not see', p_id);
CREATE FUNCTION case_is_closed(c support_case) RETURNS text LANGUAGE sql STABLE
    RETURN CASE WHEN (c).merged_into IS NOT NULL THEN format('C%s was merged into C%s: go on there', (c).id, (c).merged_into)
                ELSE format('C%s is closed, and that is final: open a new case', (c).id) END;
-- A line as people type it: on one line, trimmed; null when nothing is left.
CREATE FUNCTION clean_line(p text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN nullif(btrim(regexp_replace(clean_text(p), '\s+', ' ', 'g')), '');

CREATE FUNCTION wrong_subject(p text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN clean_line(p) IS NULL THEN 'the subject is empty: say in a few words what the case is about'
                WHEN length(clean_line(p)) > 200 THEN 'the subject is longer than 200 characters: shorten it, and put the rest into a note' END;
CREATE FUNCTION wrong_note(p text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN clean_text(p) IS NULL THEN 'the note is empty: write what others should know'
                WHEN length(clean_text(p)) > 4000 THEN 'the note is longer than 4,000 characters: shorten it' END;
CREATE FUNCTION wrong_tags(p text[]) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN (SELECT CASE WHEN count(DISTINCT t) > 12 THEN 'a case has at most 12 tags: leave some out' ELSE min(wrong_tag(t)) END FROM unnest(p) t);
CREATE FUNCTION wrong_word(p text, p_what text, p_words text[]) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN p IS NULL OR p <> ALL (p_words) THEN format('"%s" is no %s: use %s', left(p, 40), p_what, array_to_string(p_words, ', ')) END;

-- ---------------------------------------------------------------- what a new one starts with

-- What the carrier, the order and we have said so far, a line each. No address, no telephone number: a case leaves the house.
CREATE FUNCTION case_context(e exception) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT string_agg(rpad(l.label, 11) || l.text, E'\n' ORDER BY l.i)
      FROM shipment s
      LEFT JOIN LATERAL (SELECT * FROM scan_event v WHERE v.shipment_id = s.id ORDER BY v.occurred_at DESC, v.seq DESC LIMIT 1) v ON true
      LEFT JOIN orders o ON o.id = (e).order_id
      LEFT JOIN customer c ON c.id = (e).customer_id
      LEFT JOIN LATERAL (SELECT m.created_at, m.channel, m.state, m.by, coalesce(nullif(t.title, ''), nullif(m.subject, '')) AS what
                           FROM outreach m LEFT JOIN template_version t ON t.template_id = m.template_id AND t.version = m.version
                          WHERE m.exception_id IN (SELECT x.id FROM exception x WHERE x.shipment_id = s.id) AND m.state <> 'cancelled'
                          ORDER BY m.id DESC LIMIT 1) told ON true
      LEFT JOIN LATERAL (SELECT k.at, k.channel FROM contact k
                          WHERE k.exception_id IN (SELECT x.id FROM exception x WHERE x.shipment_id = s.id) ORDER BY k.id DESC LIMIT 1) said ON true
     CROSS JOIN LATERAL (VALUES
        (1, 'Problem', concat_ws(', ', format('#%s %s', (e).id, replace((e).kind::text, '_', ' ')), (e).severity, nullif((e).reason, ''))),
        (2, 'Parcel', concat_ws(' ', (e).carrier_name, nullif((e).service, ''), (e).tracking_number, 'is ' || replace(s.effective_status::text, '_', ' '))),
        (3, 'Last scan', CASE WHEN v.occurred_at IS NULL THEN 'never scanned'
                              ELSE concat_ws(': ', concat_ws(', ', say_instant(v.occurred_at), nullif(v.place, '')), coalesce(nullif(v.message, ''), nullif(v.label, ''))) END),
        (4, 'Code', nullif(concat_ws(': ', nullif(concat_ws('/', nullif(v.code, ''), nullif(v.detail, '')), ''), nullif(v.label, '')), '')),
        (5, 'Promised', concat_ws(', ', to_char(s.promised_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), 'now expected ' || to_char(s.edd_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'))),
        (6, 'Told', CASE WHEN told.created_at IS NULL THEN 'the customer was told nothing'
                         ELSE format('%s by %s, by %s: %s, %s', say_instant(told.created_at), channel_label(told.channel), told.by,
                                     coalesce(told.what, 'a text of their own'), told.state) END),
        (7, 'Answered', say_instant(said.at) || ' by ' || channel_label(said.channel)),
        (8, 'Order', concat_ws(', ', nullif((e).order_number, ''), o.total::text || ' ' || o.currency, 'placed ' || to_char(o.placed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'))),
        (9, 'Customer', concat_ws(', ', coalesce(nullif(btrim(c.name), ''), nullif((e).customer_name, '')), nullif((e).tier, '')))) l(i, label, text)
     WHERE s.id = (e).shipment_id AND l.text <> ''
$$;

CREATE FUNCTION case_subject(e exception, p_type case_type) RETURNS text LANGUAGE sql STABLE
    RETURN left(concat_ws(', ', format('%s%s: %s %s', upper(left(case_word(p_type), 1)), substr(case_word(p_type), 2), (e).carrier_name, (e).tracking_number),
                          replace((e).kind::text, '_', ' '), 'order ' || nullif((e).order_number, '')), 200);
CREATE FUNCTION case_urgency(e exception) RETURNS case_priority LANGUAGE sql STABLE
    RETURN CASE (e).severity WHEN 'critical' THEN 'urgent' WHEN 'high' THEN 'high' WHEN 'medium' THEN 'normal' ELSE 'low' END::case_priority;

-- Of a parcel the open case of a type; null: none.
CREATE FUNCTION case_existing(p_shipment bigint, p_type case_type) RETURNS bigint LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT c.id FROM support_case c WHERE c.shipment_id = p_shipment AND c.type = p_type AND c.state IN ('open', 'pending')
$$;

-- What case_open would make of an exception; null: there is none that the caller sees.
CREATE FUNCTION case_draft(p_exception bigint, p_type text) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    wrong text := wrong_word(p_type, 'type of case', enum_range(NULL::case_type)::text[]);
BEGIN
    IF wrong IS NOT NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = wrong;
    END IF;
    RETURN (SELECT jsonb_build_object('exception', e.id, 'type', p_type, 'subject', case_subject(e, p_type::case_type), 'context', coalesce(case_context(e), ''),
                                      'priority', case_urgency(e), 'tags', jsonb_build_array(e.kind), 'existing', case_existing(e.shipment_id, p_type::case_type))
              FROM seen(p_exception) e);
END
$$;

-- ---------------------------------------------------------------- what all of them do

-- Locks cases and the exceptions linked to them, exceptions first. The links are read before the cases are locked: where they
-- changed meanwhile, all locks are given back and it is done again.
CREATE FUNCTION case_lock(p_cases bigint[], p_more bigint[] DEFAULT '{}') RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    linked bigint[];
BEGIN
    FOR try IN 1 .. 20 LOOP
        BEGIN
            linked := ARRAY(SELECT l.exception_id FROM case_link l WHERE l.case_id = ANY (p_cases)
                            UNION SELECT e.id FROM support_case c JOIN exception e ON e.shipment_id = c.shipment_id WHERE c.id = ANY (p_cases));
            PERFORM FROM exception e WHERE e.id = ANY (linked || p_more) ORDER BY e.id FOR UPDATE;
            PERFORM FROM support_case c WHERE c.id = ANY (p_cases) ORDER BY c.id FOR UPDATE;
            IF EXISTS (SELECT FROM case_link l WHERE l.case_id = ANY (p_cases) AND l.exception_id <> ALL (linked || p_more)) THEN
                RAISE SQLSTATE 'DS001';
            END IF;
            RETURN;
        EXCEPTION WHEN SQLSTATE 'DS001' THEN
            NULL;
        END;
    END LOOP;
    RAISE serialization_failure USING MESSAGE = 'others are changing this case all the time: try again';
END
$$;

-- Is an exception over but for its case? As the merge would see it, or by an override.
CREATE FUNCTION case_held_open(e exception) RETURNS boolean LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT (e).state <> 'resolved' AND (e).kind <> 'delivery_disputed'
       AND EXISTS (SELECT FROM shipment s WHERE s.id = (e).shipment_id AND s.effective_status = 'delivered'
                      AND (s.override_id IS NOT NULL OR NOT EXISTS (SELECT FROM shipment_problem(s.id))))
$$;

-- Tells exceptions the caller has locked what was done to their cases, one text each, and sets mark 128 to what is so now. Where
-- the last open case went and the parcel is delivered, the exception is resolved with it. p_marks: set those, too. p_back: the
-- action that is taken back; an exception it resolved is as it was. Gives {id: rev}.
CREATE FUNCTION case_tell(p_ids bigint[], p_texts text[], p_marks int, p_verb text, p_key uuid, p_at timestamptz, p_back uuid DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
    SELECT coalesce(jsonb_object_agg(c.changed_id, c.changed_rev), '{}')
      FROM apply_changes(ARRAY(
        SELECT ROW (e.id, jsonb_build_object('marks', n.marks) || CASE WHEN n.over THEN
                       sla_stop(e, p_at) || awake() || jsonb_build_object('state', 'resolved', 'resolved_at', p_at, 'resolution', 'delivered', 'resolution_text', NULL)
                       ELSE coalesce(w.was, '{}') END,
                    u.text || CASE WHEN w.was IS NOT NULL THEN '; with that it is open again' WHEN n.over THEN '; with that it is resolved: delivered' ELSE '' END)::change
          FROM unnest(p_ids, p_texts) u(id, text)
          JOIN exception e ON e.id = u.id
         CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM case_link l JOIN support_case c ON c.id = l.case_id
                                             WHERE l.exception_id = e.id AND c.state IN ('open', 'pending')) AS open OFFSET 0) o
         CROSS JOIN LATERAL (SELECT (e.marks & ~128) | p_marks | CASE WHEN o.open THEN 128 ELSE 0 END AS marks,
                                    e.marks & 128 <> 0 AND NOT o.open AND case_held_open(e) AS over OFFSET 0) n
          LEFT JOIN LATERAL (SELECT a.before - 'marks' AS was FROM activity a
                              WHERE p_back IS NOT NULL AND o.open AND a.key = p_back AND a.exception_id = e.id AND e.state = 'resolved'
                                AND a.after ->> 'state' = 'resolved' AND (a.after ->> 'resolved_at')::timestamptz = e.resolved_at AND other_open(e) IS NULL) w ON true
         ORDER BY e.id), p_verb, session_user, p_key, p_at) c
$$;

-- Refusals for all ids alike.
CREATE FUNCTION case_refuse(p_ids bigint[], p_code text, p_message text) RETURNS jsonb LANGUAGE sql IMMUTABLE
    RETURN (SELECT coalesce(jsonb_agg(jsonb_build_array(x, false, p_code, p_message, NULL) ORDER BY x), '[]') FROM (SELECT DISTINCT x FROM unnest(p_ids) x WHERE x IS NOT NULL) u);
CREATE FUNCTION case_ids(p_ids bigint[], p_most int, p_what text) RETURNS bigint[] LANGUAGE plpgsql IMMUTABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    ids bigint[] := ARRAY(SELECT DISTINCT x FROM unnest(p_ids) x WHERE x IS NOT NULL ORDER BY x);
BEGIN
    IF cardinality(ids) > p_most THEN
        RAISE program_limit_exceeded USING MESSAGE = format('at most %s %s at once: narrow the selection', to_char(p_most, 'FM999,999'), p_what);
    END IF;
    RETURN ids;
END
$$;

-- A note, and the helpdesk shall have it.
CREATE FUNCTION case_note_add(p_case bigint, p_text text, p_key uuid, p_at timestamptz) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    note bigint;
BEGIN
    INSERT INTO case_note (case_id, at, by, text) VALUES (p_case, p_at, session_user, p_text) RETURNING id INTO note;
    PERFORM case_sync_add(p_case, 'comment', note, NULL::case_state, p_key);
END
$$;

-- ---------------------------------------------------------------- open

-- A case of each parcel. Where one of the type is open the exception is linked to that, and the note is added there.
CREATE FUNCTION case_open(p_key uuid, p_ids bigint[], p_type text, p_priority text DEFAULT NULL, p_subject text DEFAULT NULL, p_tags text[] DEFAULT NULL,
                          p_note text DEFAULT NULL)
    RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
    answered jsonb := action_begin(p_key);
    ids bigint[] := case_ids(p_ids, 1000, 'cases can be opened');
    note text := clean_text(p_note);
    wrong text := coalesce(wrong_word(p_type, 'type of case', enum_range(NULL::case_type)::text[]),
                           CASE WHEN p_priority IS NOT NULL THEN wrong_word(p_priority, 'priority', enum_range(NULL::case_priority)::text[]) END,
                           CASE WHEN p_subject IS NOT NULL THEN wrong_subject(p_subject) END, wrong_tags(p_tags),
                           CASE WHEN note IS NOT NULL THEN wrong_note(note) END);
    moment timestamptz;
    e exception;
    c support_case;
    made boolean;
    linked boolean;
    told bigint[] := '{}';
    texts text[] := '{}';
    log jsonb := '[]';
    revs jsonb;
    entry jsonb;
BEGIN
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    END IF;
    IF my_level() < 2 OR wrong IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(case_refuse(ids, CASE WHEN my_level() < 2 THEN 'denied' ELSE 'invalid' END,
                                                       CASE WHEN my_level() < 2 THEN refusal(2, 'open cases') ELSE wrong END));
        RETURN;
    END IF;
    PERFORM lock_exceptions(ids, true);
    PERFORM FROM support_case k WHERE k.type = p_type::case_type AND k.state IN ('open', 'pending')
                                  AND k.shipment_id IN (SELECT x.shipment_id FROM exception x WHERE x.id = ANY (ids) AND (mine IS NULL OR x.brand_id = ANY (mine)))
      ORDER BY k.id FOR UPDATE;
    moment := clock_timestamp();
    answered := '[]';
    FOR e IN SELECT * FROM exception x WHERE x.id = ANY (ids) AND (mine IS NULL OR x.brand_id = ANY (mine)) ORDER BY x.id LOOP
        INSERT INTO support_case (brand_id, shipment_id, exception_id, type, priority, subject, context, tags, owner, by, created_at, updated_at, state_at)
        VALUES (e.brand_id, e.shipment_id, e.id, p_type::case_type, coalesce(p_priority::case_priority, case_urgency(e)),
                coalesce(clean_line(p_subject), case_subject(e, p_type::case_type)), left(coalesce(case_context(e), ''), 8000),
                ARRAY(SELECT DISTINCT t COLLATE "C" FROM unnest(coalesce(p_tags, ARRAY[e.kind::text])) t ORDER BY 1), session_user, session_user, moment, moment, moment)
            ON CONFLICT (shipment_id, type) WHERE state IN ('open', 'pending') DO NOTHING
        RETURNING * INTO c;
        made := FOUND;
        IF NOT made THEN
            SELECT * INTO c FROM support_case k WHERE k.id = case_existing(e.shipment_id, p_type::case_type) FOR UPDATE;
        END IF;
        INSERT INTO case_link (case_id, exception_id, by, at) VALUES (c.id, e.id, session_user, moment) ON CONFLICT DO NOTHING;
        linked := FOUND;
        IF made THEN
            PERFORM case_sync_add(c.id, 'create', NULL::bigint, NULL::case_state, p_key);
        END IF;
        IF note IS NOT NULL THEN
            PERFORM case_note_add(c.id, note, p_key, moment);
        END IF;
        IF NOT made AND (linked OR note IS NOT NULL) THEN
            UPDATE support_case k SET rev = k.rev + 1, updated_at = moment WHERE k.id = c.id;
        END IF;
        IF made OR linked OR note IS NOT NULL THEN
            told := told || e.id;
            texts := texts || (CASE WHEN made THEN format('opened case C%s (%s): %s', c.id, case_word(c.type), c.subject)
                                    WHEN linked THEN format('linked it to case C%s (%s), which is open already', c.id, case_word(c.type))
                                    ELSE format('added a note to case C%s, which is open already', c.id) END || coalesce(E'\n' || note, ''));
            log := log || jsonb_build_object('brand', c.brand_id, 'case', c.id, 'text', texts[cardinality(texts)], 'exception', e.id,
                'after', CASE WHEN made THEN case_says(c) || jsonb_build_object('type', c.type) ELSE '{}' END
                         || CASE WHEN linked THEN jsonb_build_object('links', jsonb_build_array(e.id)) ELSE '{}' END);
        END IF;
        answered := answered || jsonb_build_array(jsonb_build_array(e.id, true, CASE WHEN made THEN 'ok' ELSE 'same' END,
            CASE WHEN made THEN format('opened case C%s', c.id)
                 ELSE format('C%s is open already%s%s', c.id, CASE WHEN linked THEN ': linked to it' ELSE '' END, CASE WHEN note IS NOT NULL THEN ', note added' ELSE '' END) END, e.rev));
    END LOOP;
    revs := case_tell(told, texts, CASE WHEN note IS NULL THEN 0 ELSE 4 END, 'case_open', p_key, moment);
    SELECT coalesce(jsonb_agg(coalesce(CASE WHEN revs ? x.i::text THEN jsonb_set(a.v, '{4}', revs -> x.i::text) ELSE a.v END,
                     jsonb_build_array(x.i, false, 'gone', format('there is no exception #%s', x.i), NULL)) ORDER BY x.i), '[]')
      INTO answered
      FROM unnest(ids) x(i) LEFT JOIN jsonb_array_elements(answered) a(v) ON (a.v ->> 0)::bigint = x.i;
    FOR entry IN SELECT v FROM jsonb_array_elements(log) v LOOP
        PERFORM control_write((entry ->> 'brand')::int, 'case ' || (entry ->> 'case'), CASE WHEN entry -> 'after' ? 'state' THEN 'case_open' ELSE 'case_link' END,
                              entry ->> 'text', NULL, entry -> 'after', p_key, moment);
    END LOOP;
    PERFORM action_end_as(p_key, 'case_open', moment, told, answered,
                          CASE WHEN cardinality(told) = 1 THEN CASE WHEN log #> '{0,after}' ? 'state' THEN format('the opening of C%s', log #>> '{0,case}')
                                                                    ELSE format('the link of #%s to C%s', told[1], log #>> '{0,case}') END
                               ELSE format('the opening of %s cases', cardinality(told)) END);
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- ---------------------------------------------------------------- note

CREATE FUNCTION case_note(p_key uuid, p_ids bigint[], p_text text) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
    answered jsonb := action_begin(p_key);
    ids bigint[] := case_ids(p_ids, 1000, 'cases can be changed');
    words text := clean_text(p_text);
    moment timestamptz;
    noted bigint[];
    c support_case;
BEGIN
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    END IF;
    IF my_level() < 2 OR wrong_note(p_text) IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(case_refuse(ids, CASE WHEN my_level() < 2 THEN 'denied' ELSE 'invalid' END,
                                                       CASE WHEN my_level() < 2 THEN refusal(2, 'write notes') ELSE wrong_note(p_text) END));
        RETURN;
    END IF;
    PERFORM case_lock(ARRAY(SELECT k.id FROM support_case k WHERE k.id = ANY (ids) AND (mine IS NULL OR k.brand_id = ANY (mine))));
    moment := clock_timestamp();
    noted := ARRAY(SELECT k.id FROM support_case k WHERE k.id = ANY (ids) AND (mine IS NULL OR k.brand_id = ANY (mine)) AND k.state <> 'closed' ORDER BY k.id);
    PERFORM case_note_add(x, words, p_key, moment) FROM unnest(noted) x;
    UPDATE support_case k SET rev = k.rev + 1, updated_at = moment WHERE k.id = ANY (noted);
    PERFORM case_tell(array_agg(t.exception_id), array_agg(t.text), 4, 'case_note', p_key, moment)
       FROM (SELECT l.exception_id, string_agg('C' || l.case_id, ', ' ORDER BY l.case_id) || ': ' || words AS text
               FROM case_link l WHERE l.case_id = ANY (noted) GROUP BY 1) t;
    SELECT coalesce(jsonb_agg(jsonb_build_array(x.i, x.i = ANY (noted), CASE WHEN k.id IS NULL THEN 'gone' WHEN x.i = ANY (noted) THEN 'ok' ELSE 'closed' END,
                     CASE WHEN k.id IS NULL THEN case_gone(x.i) WHEN x.i = ANY (noted) THEN format('added a note to C%s', x.i) ELSE case_is_closed(k) END, k.rev) ORDER BY x.i), '[]')
      INTO answered
      FROM unnest(ids) x(i) LEFT JOIN support_case k ON k.id = x.i AND (mine IS NULL OR k.brand_id = ANY (mine));
    FOR c IN SELECT * FROM support_case k WHERE k.id = ANY (noted) ORDER BY k.id LOOP
        PERFORM control_write(c.brand_id, 'case ' || c.id, 'case_note', words, NULL, NULL, p_key, moment);
    END LOOP;
    PERFORM action_end(p_key, 'case_note', moment, '{}', answered);      -- a note stays: undo passes it over
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- ---------------------------------------------------------------- change

-- The tags of "a b" or ["a", "b"].
CREATE FUNCTION case_tags_of(p jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE
    RETURN CASE coalesce(jsonb_typeof(p), 'null') WHEN 'array' THEN ARRAY(SELECT lower(btrim(t)) FROM jsonb_array_elements_text(p) t)
                                WHEN 'string' THEN ARRAY(SELECT lower(t) FROM regexp_split_to_table(btrim(p #>> '{}'), '\s+') t)
                                WHEN 'null' THEN '{}'::text[] ELSE ARRAY[p #>> '{}'] END;

-- What is wrong with changes {state, priority, subject, owner, tag, untag}; null: nothing.
CREATE FUNCTION wrong_case_set(p jsonb) RETURNS text LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    unknown text;
    target name;
BEGIN
    IF jsonb_typeof(p) IS DISTINCT FROM 'object' OR p = '{}' THEN
        RETURN 'say what to change: state, priority, subject, owner, tag or untag';
    END IF;
    SELECT k INTO unknown FROM jsonb_object_keys(p) k WHERE k NOT IN ('state', 'priority', 'subject', 'owner', 'tag', 'untag') LIMIT 1;
    IF FOUND THEN
        RETURN format('a case has no "%s": change state, priority, subject, owner, tag or untag', left(unknown, 40));
    END IF;
    IF p ->> 'owner' IS NOT NULL AND p ->> 'owner' NOT IN ('me', 'none') THEN
        target := (SELECT r.rolname FROM pg_roles r WHERE r.rolname = p ->> 'owner' AND r.rolcanlogin);
        IF target IS NULL THEN
            RETURN format('there is no person "%s"', left(p ->> 'owner', 64));
        ELSIF role_level(target) < 2 OR EXISTS (SELECT FROM agent g WHERE g.role = target AND NOT g.active) THEN
            RETURN format('%s is no agent: cases are handed to agents, leads and admins', target);
        END IF;
    END IF;
    RETURN coalesce(CASE WHEN p ? 'state' THEN wrong_word(p ->> 'state', 'state of a case', enum_range(NULL::case_state)::text[]) END,
                    CASE WHEN p ? 'priority' THEN wrong_word(p ->> 'priority', 'priority', enum_range(NULL::case_priority)::text[]) END,
                    CASE WHEN p ? 'subject' THEN wrong_subject(p ->> 'subject') END,
                    (SELECT min(wrong_tag(t)) FROM unnest(case_tags_of(p -> 'tag') || case_tags_of(p -> 'untag')) t));
END
$$;

-- What becomes of a case by such changes, or why not: a row that is not changed is given back as it is.
CREATE FUNCTION case_changed(c support_case, p jsonb, OUT n support_case, OUT code text, OUT message text) LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    other bigint;
    who text := CASE p ->> 'owner' WHEN 'me' THEN session_user WHEN 'none' THEN NULL ELSE p ->> 'owner' END;
BEGIN
    n := c;
    IF c.state = 'closed' THEN
        code := CASE WHEN p ->> 'state' = 'closed' THEN 'same' ELSE 'closed' END;
        message := CASE WHEN p ->> 'state' = 'closed' THEN format('C%s is closed already', c.id) ELSE case_is_closed(c) END;
        RETURN;
    END IF;
    IF p ? 'state' THEN n.state := (p ->> 'state')::case_state; END IF;
    IF p ? 'priority' THEN n.priority := (p ->> 'priority')::case_priority; END IF;
    IF p ? 'subject' THEN n.subject := clean_line(p ->> 'subject'); END IF;
    IF p ? 'owner' THEN n.owner := who; END IF;
    IF p ? 'tag' OR p ? 'untag' THEN
        n.tags := ARRAY(SELECT t FROM (SELECT DISTINCT t COLLATE "C" AS t FROM unnest(c.tags || case_tags_of(p -> 'tag')) t) d
                         WHERE t <> ALL (coalesce(case_tags_of(p -> 'untag'), '{}')) ORDER BY t);
    END IF;
    IF cardinality(n.tags) > 12 THEN
        code := 'invalid';
        message := format('C%s would have %s tags: 12 are as many as there can be, take one off first', c.id, cardinality(n.tags));
    ELSIF n.owner IS DISTINCT FROM c.owner AND n.owner IS NOT NULL AND NOT coalesce(c.brand_id = ANY (role_brands(n.owner)), true) THEN
        code := 'invalid';
        message := format('%s does not work for brand %s', n.owner, (SELECT b.code FROM brand b WHERE b.id = c.brand_id));
    ELSIF c.state = 'solved' AND n.state IN ('open', 'pending') THEN
        other := case_existing(c.shipment_id, c.type);
        IF other IS NOT NULL THEN
            code := 'stale';
            message := format('C%s is open for the same parcel and type: work on that one, or merge C%s into it', other, c.id);
        END IF;
    END IF;
    IF code IS NULL AND case_says(n) = case_says(c) THEN
        code := 'same';
        message := format('C%s is like that already', c.id);
    ELSIF code IS NULL THEN
        code := 'ok';
        message := CASE WHEN n.state <> c.state THEN CASE n.state WHEN 'open' THEN 'opened C%s again' WHEN 'pending' THEN 'C%s is pending' WHEN 'solved' THEN 'solved C%s' ELSE 'closed C%s' END
                        ELSE 'changed C%s' END;
        message := format(message, c.id);
    END IF;
END
$$;

-- "state open to solved; priority normal to high": the fields of two rows that differ.
CREATE FUNCTION case_difference(p_before jsonb, p_after jsonb) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN (SELECT string_agg(CASE k WHEN 'tags' THEN 'tags ' || coalesce(nullif((SELECT string_agg(t, ' ') FROM jsonb_array_elements_text(v) t), ''), 'none')
                                     WHEN 'subject' THEN 'subject "' || (v #>> '{}') || '"'
                                     ELSE k || ' ' || coalesce(p_before ->> k, 'nobody') || ' to ' || coalesce(v #>> '{}', 'nobody') END, '; ' ORDER BY k DESC)
              FROM jsonb_each(p_after) x(k, v) WHERE v IS DISTINCT FROM p_before -> k);

CREATE FUNCTION case_set(p_key uuid, p_ids bigint[], p_set jsonb) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
    answered jsonb := action_begin(p_key);
    ids bigint[] := case_ids(p_ids, 1000, 'cases can be changed');
    moment timestamptz;
    c support_case;
    d record;
    changed bigint[] := '{}';
    log jsonb := '[]';
    entry jsonb;
BEGIN
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    END IF;
    IF my_level() < 2 OR wrong_case_set(p_set) IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(case_refuse(ids, CASE WHEN my_level() < 2 THEN 'denied' ELSE 'invalid' END,
                                                       CASE WHEN my_level() < 2 THEN refusal(2, 'change cases') ELSE wrong_case_set(p_set) END));
        RETURN;
    END IF;
    PERFORM case_lock(ARRAY(SELECT k.id FROM support_case k WHERE k.id = ANY (ids) AND (mine IS NULL OR k.brand_id = ANY (mine))));
    moment := clock_timestamp();
    answered := '[]';
    FOR c IN SELECT * FROM support_case k WHERE k.id = ANY (ids) AND (mine IS NULL OR k.brand_id = ANY (mine)) ORDER BY k.id LOOP
        SELECT * INTO d FROM case_changed(c, p_set);
        IF d.code = 'ok' THEN
            c.rev := c.rev + 1;
            UPDATE support_case k
               SET rev = c.rev, state = (d.n).state, priority = (d.n).priority, subject = (d.n).subject, owner = (d.n).owner, tags = (d.n).tags,
                   updated_at = moment, state_at = CASE WHEN (d.n).state = k.state THEN k.state_at ELSE moment END
             WHERE k.id = c.id;
            IF (d.n).state <> c.state THEN
                PERFORM case_sync_add(c.id, 'status', NULL::bigint, (d.n).state, p_key);
            END IF;
            changed := changed || c.id;
            log := log || (SELECT jsonb_build_object('brand', c.brand_id, 'case', c.id, 'text', case_difference(case_says(c), case_says(d.n)),
                                                     'before', jsonb_object_agg(x.k, case_says(c) -> x.k), 'after', jsonb_object_agg(x.k, x.v))
                             FROM jsonb_each(case_says(d.n)) x(k, v) WHERE x.v IS DISTINCT FROM case_says(c) -> x.k);
        END IF;
        answered := answered || jsonb_build_array(jsonb_build_array(c.id, d.code IN ('ok', 'same'), d.code, d.message, c.rev));
    END LOOP;
    PERFORM case_tell(array_agg(t.exception_id), array_agg(t.text), 0, 'case_set', p_key, moment)
       FROM (SELECT l.exception_id, string_agg(format('C%s: %s', l.case_id, g.v ->> 'text'), '; ' ORDER BY l.case_id) AS text
               FROM jsonb_array_elements(log) g(v) JOIN case_link l ON l.case_id = (g.v ->> 'case')::bigint GROUP BY 1) t;
    SELECT coalesce(jsonb_agg(coalesce(a.v, jsonb_build_array(x.i, false, 'gone', case_gone(x.i), NULL)) ORDER BY x.i), '[]')
      INTO answered
      FROM unnest(ids) x(i) LEFT JOIN jsonb_array_elements(answered) a(v) ON (a.v ->> 0)::bigint = x.i;
    FOR entry IN SELECT v FROM jsonb_array_elements(log) v LOOP
        PERFORM control_write((entry ->> 'brand')::int, 'case ' || (entry ->> 'case'), 'case_set', entry ->> 'text', entry -> 'before', entry -> 'after', p_key, moment);
    END LOOP;
    PERFORM action_end_as(p_key, 'case_set', moment, changed, answered,
                          CASE WHEN cardinality(changed) = 1 THEN format('the change of C%s (%s)', changed[1], left(log -> 0 ->> 'text', 80)) ELSE format('the change of %s cases', cardinality(changed)) END);
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- ---------------------------------------------------------------- the playbook

-- Once the customer was told (told), what the carrier has to answer for gets its case, and then (case) goes on beside it.
ALTER TABLE playbook DROP CONSTRAINT playbook_situation_check,
    ADD CHECK (situation IN ('unowned', 'mine', 'told', 'case', 'theirs', 'waiting', 'snoozed', 'resolved'));
INSERT INTO playbook (kind, situation, action, argument, label, then_text) VALUES
    ('lost',              'told', 'case',    'claim',         'open a claim with the carrier', 'replace or refund it'),
    ('damaged',           'told', 'case',    'claim',         'open a claim with the carrier', 'replace or refund it'),
    ('stalled',           'told', 'case',    'carrier_trace', 'open a trace with the carrier', 'no scan in 3 days: treat it as lost'),
    ('delivery_disputed', 'told', 'case',    'carrier_trace', 'open a trace: ask the carrier for its proof of delivery', 'no proof: file a claim'),
    ('lost',              'case', 'resolve', '',              'replace or refund it, resolve', 'the claim goes on'),
    ('damaged',           'case', 'resolve', '',              'replace or refund it, resolve', 'the claim goes on'),
    ('stalled',           'case', 'snooze',  'scan',          'snooze until the next scan', 'no scan in 3 days: treat it as lost'),
    ('delivery_disputed', 'case', 'snooze',  '1d',            'look again tomorrow for the carrier''s answer', 'note it on the case');

-- As in 025.
CREATE OR REPLACE FUNCTION next_step(p_id bigint) RETURNS TABLE (action text, label text, then_text text, argument text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT p.action, p.label, p.then_text, p.argument
      FROM seen(p_id) e
     CROSS JOIN LATERAL (SELECT CASE WHEN e.state IN ('waiting', 'snoozed', 'resolved') THEN ARRAY[e.state::text]
                                     WHEN e.owner IS NULL THEN '{unowned}'
                                     WHEN e.owner <> session_user THEN '{theirs}'
                                     WHEN e.marks & 192 = 192 THEN '{case,mine}'
                                     WHEN e.marks & 64 <> 0 THEN '{told,mine}' ELSE '{mine}' END AS list) s
      JOIN playbook p ON (p.kind IS NULL OR p.kind = e.kind) AND p.situation = ANY (s.list)
     WHERE my_level() >= 2
       AND (p.action <> 'macro' OR EXISTS (SELECT FROM macro m WHERE m.name = p.argument AND (m.owner IS NULL OR m.owner = session_user)))
     ORDER BY array_position(s.list, p.situation), p.kind NULLS LAST
     LIMIT 1;
END
$$;

GRANT EXECUTE ON FUNCTION case_draft(bigint, text), case_open(uuid, bigint[], text, text, text, text[], text), case_note(uuid, bigint[], text),
    case_set(uuid, bigint[], jsonb) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
