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

-- ---------------------------------------------------------------- internal notes stay in

-- The cases whose notes are an exception's: those linked, and those merged into them.
CREATE FUNCTION cases_of(p_exception bigint) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT l.case_id FROM doorstep.case_link l WHERE l.exception_id = p_exception
    UNION SELECT c.id FROM doorstep.case_link l JOIN doorstep.support_case c ON c.merged_into = l.case_id WHERE l.exception_id = p_exception
$$;

-- The internal notes of an exception: as its activity has them, and as its cases have them (also those written before it was
-- linked, and what the helpdesk's people wrote among themselves). Mark 4 says whether the activity has any. In plpgsql, which keeps
-- its plan.
CREATE FUNCTION internal_notes(p_exception bigint, p_noted boolean) RETURNS TABLE (at timestamptz, who text, said text)
    LANGUAGE plpgsql STABLE ROWS 10 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT a.at, a.actor, CASE a.verb WHEN 'note' THEN a.text WHEN 'case_note' THEN regexp_replace(a.text, '^C\d+(, C\d+)*: ', '')
                                                 ELSE substr(a.text, strpos(a.text, E'\n') + 1) END
      FROM activity a
     WHERE p_noted AND a.exception_id = p_exception AND (a.verb IN ('note', 'case_note') OR a.verb = 'case_open' AND strpos(a.text, E'\n') > 0)
    UNION ALL
    SELECT n.at, n.by, n.text FROM case_note n WHERE n.case_id IN (SELECT cases_of(p_exception)) AND NOT n.public;
END
$$;

-- As it is compared: in small letters, with one blank wherever there is any.
CREATE FUNCTION plain_words(p text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN btrim(regexp_replace(lower(p), '[\s\u00a0\u200b\u200c\u200d\u2060\ufeff]+', ' ', 'g'));
-- HTML as it is read.
CREATE FUNCTION html_words(p text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN replace(replace(replace(replace(replace(replace(regexp_replace(regexp_replace(p, '<[^>]*>', '', 'g'), '&#(160|xa0);|&nbsp;', ' ', 'gi'),
                   '&lt;', '<'), '&gt;', '>'), '&quot;', '"'), '&#39;', ''''), '&#x27;', ''''), '&amp;', '&');

-- Does a text repeat a note: all of it where that is 12 characters or more, or 40 characters running, or 8 words running? Both as
-- plain_words() makes them. Any 40 characters hold a whole block of 20 that begins at a multiple of 20, any 8 words one of 4 that
-- begins at a multiple of 4, so few are looked for.
CREATE FUNCTION repeats(p_text text, p_note text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = doorstep, pg_temp AS $$
DECLARE
    words text[];
    padded text := ' ' || p_text || ' ';
    n int := length(p_note);
BEGIN
    IF n < 12 THEN
        RETURN false;
    END IF;
    IF strpos(p_text, p_note) > 0 THEN
        RETURN true;
    END IF;
    FOR i IN 0 .. n / 20 - 1 LOOP
        IF strpos(p_text, substr(p_note, i * 20 + 1, 20)) > 0 THEN
            FOR j IN greatest(0, i * 20 - 20) .. least(i * 20, n - 40) LOOP
                IF strpos(p_text, substr(p_note, j + 1, 40)) > 0 THEN
                    RETURN true;
                END IF;
            END LOOP;
        END IF;
    END LOOP;
    words := string_to_array(p_note, ' ');
    FOR i IN 0 .. cardinality(words) / 4 - 1 LOOP
        IF strpos(padded, ' ' || array_to_string(words[i * 4 + 1 : i * 4 + 4], ' ') || ' ') > 0 THEN
            FOR j IN greatest(1, i * 4 - 3) .. least(i * 4 + 1, cardinality(words) - 7) LOOP
                IF strpos(padded, ' ' || array_to_string(words[j : j + 7], ' ') || ' ') > 0 THEN
                    RETURN true;
                END IF;
            END LOOP;
        END IF;
    END LOOP;
    RETURN false;
END
$$;

-- The sentence of guardrail internal_note for a text about an exception; null: it repeats none.
CREATE FUNCTION note_repeated(p_exception bigint, p_noted boolean, p_zone text, p_at timestamptz, p_text text, p_html text) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    plain text := plain_words(p_text);
    html text := plain_words(html_words(p_html));
    n record;
    zone text := recipient_zone(NULL, p_zone);
BEGIN
    FOR n IN SELECT * FROM internal_notes(p_exception, p_noted) x ORDER BY x.at DESC LOOP
        IF repeats(plain, plain_words(n.said)) OR coalesce(repeats(html, plain_words(n.said)), false) THEN
            RETURN format('this text repeats %s''s internal note of %s: take it out', n.who,
                          to_char(n.at AT TIME ZONE zone, CASE WHEN (n.at AT TIME ZONE zone)::date = (p_at AT TIME ZONE zone)::date THEN 'HH24:MI' ELSE 'FMDD Mon HH24:MI' END));
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

SELECT patch_function('guardrails(guard_item[],timestamptz,boolean)'::regprocedure, 't.id AS t_id, t.name AS t_name', 'e.marks AS e_marks, t.id AS t_id, t.name AS t_name');
SELECT patch_function('guardrails(guard_item[],timestamptz,boolean)'::regprocedure, '            UNION ALL                   -- the same to the same customer already',
'            UNION ALL                   -- what a provider fills its own template with is text, too
            SELECT ''internal_note'', ''block'', NULL, CASE WHEN i.e_marks & 4 <> 0 OR EXISTS (SELECT FROM case_link k WHERE k.exception_id = i.exception_id)
                   THEN note_repeated(i.exception_id, i.e_marks & 4 <> 0, i.brand_zone, p_at,
                                      concat_ws(E''\n'', i.subject, i.body, (SELECT string_agg(v.value, '' '') FROM outreach o CROSS JOIN LATERAL jsonb_each_text(o.provider_vars) v WHERE o.id = i.outreach_id)),
                                      i.html) END, NULL
            UNION ALL                   -- the same to the same customer already');
-- Before it is queued, what a provider's template is filled with is in none of its rows yet.
SELECT patch_function('outreach_send(uuid,jsonb,bigint,text,text)'::regprocedure, 'WHEN e.state = ''resolved'' THEN ''resolved''',
    'WHEN e.state = ''resolved'' THEN ''resolved'' WHEN u.vars IS NOT NULL AND vars_repeat(e, u.vars, moment) IS NOT NULL THEN ''blocked''');
SELECT patch_function('outreach_send(uuid,jsonb,bigint,text,text)'::regprocedure, 'WHEN ''stale'' THEN outreach_news((x.e).id, moment)',
    'WHEN ''stale'' THEN outreach_news((x.e).id, moment) WHEN ''blocked'' THEN vars_repeat(x.e, x.vars, moment)');
CREATE FUNCTION vars_repeat(e exception, p_vars jsonb, p_at timestamptz) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT note_repeated((e).id, (e).marks & 4 <> 0, b.time_zone, p_at, (SELECT string_agg(v.value, ' ') FROM jsonb_each_text(p_vars) v), NULL)
      FROM brand b WHERE b.id = (e).brand_id
$$;

SELECT patch_function('guard_stamps(bigint[],integer[],integer[],bigint[])'::regprocedure, 'v.state, v.kinds, v.statuses,',
    '(SELECT max(a.seq) FROM activity a WHERE e.marks & 4 <> 0 AND a.exception_id = e.id AND a.verb IN (''note'', ''case_note'', ''case_open'')),
               (SELECT bit_xor(hashint8extended(n.id, 0)) FROM case_note n WHERE n.case_id IN (SELECT cases_of(e.id))),
               v.state, v.kinds, v.statuses,');

GRANT EXECUTE ON FUNCTION case_draft(bigint, text), case_open(uuid, bigint[], text, text, text, text[], text), case_note(uuid, bigint[], text),
    case_set(uuid, bigint[], jsonb), case_link(uuid, bigint, bigint[]), case_unlink(uuid, bigint, bigint[]), case_merge(uuid, bigint, bigint),
    case_list(text, bigint, int, bigint), case_show(bigint) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
