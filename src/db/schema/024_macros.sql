-- Tags; macros: what they are, and what becomes of an exception by one.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- tags
-- Tags are a field of an exception that actions change, so undo takes them back like any other.

ALTER TYPE work_fields ADD ATTRIBUTE tags text[] CASCADE;

CREATE OR REPLACE FUNCTION apply_changes(p_items change[], p_verb text, p_actor text, p_key uuid, p_at timestamptz)
    RETURNS TABLE (changed_id bigint, changed_rev int)
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
BEGIN
    RETURN QUERY
    WITH was AS MATERIALIZED (
        SELECT i.id, i.patch, coalesce(i.note, '') AS note,
               ROW (e.owner, e.owned_at, e.state, e.severity, e.wake_at, e.wake_on_scan, e.first_response_at,
                    e.first_response_due_at, e.resolve_due_at, e.first_left_s, e.resolve_left_s, e.resolved_at,
                    e.resolution, e.resolution_text, e.marks, e.tags)::work_fields AS f
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
               marks = (i.n).marks, tags = (i.n).tags, rev = e.rev + 1, updated_at = p_at,
               activity_seq = e.activity_seq + 1,
               activity_hash = activity_link(e.activity_hash, e.id, e.activity_seq + 1, e.brand_id, p_at, p_actor, p_verb,
                                             i.note, i.before, i.after, p_key)
          FROM item i
         WHERE e.id = i.id
        RETURNING e.id, e.rev, e.activity_seq, e.activity_hash, e.brand_id, i.note, i.before, i.after
    ), told AS (
        INSERT INTO activity (exception_id, seq, brand_id, at, actor, verb, text, before, after, key, hash)
        SELECT h.id, h.activity_seq, h.brand_id, p_at, p_actor, p_verb, h.note, h.before, h.after, p_key, h.activity_hash FROM head h
    ), words AS (             -- for completing tag: in filters
        INSERT INTO filter_word (field, word, brand_id)
        SELECT DISTINCT 'tag', t.tag, h.brand_id FROM head h CROSS JOIN LATERAL jsonb_array_elements_text(h.after -> 'tags') t(tag)
         WHERE jsonb_typeof(h.after -> 'tags') = 'array'
            ON CONFLICT DO NOTHING
    )
    SELECT h.id, h.rev FROM head h;
END
$$;

-- Why a text is no tag, or null.
CREATE FUNCTION wrong_tag(p_tag text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN p_tag IS NULL OR p_tag !~ '^[a-z0-9][a-z0-9_-]{0,23}$'
                THEN format('"%s" is no tag: use up to 24 small letters, digits, _ and -, beginning with a letter or digit', left(p_tag, 40)) END;

-- The tags with one more, in order; the same array when it is there already.
CREATE FUNCTION tags_with(p_tags text[], p_tag text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN p_tag IS NULL OR p_tag = ANY (p_tags) THEN p_tags ELSE ARRAY(SELECT t FROM unnest(p_tags || p_tag) t ORDER BY t COLLATE "C") END;

CREATE FUNCTION decide_tag(e exception, a jsonb, me text, level int, at timestamptz) RETURNS decision
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF a ->> 'tag' = ANY (e.tags) THEN RETURN no_change(format('it has tag %s already', a ->> 'tag')); END IF;
    IF cardinality(e.tags) >= 12 THEN RETURN refuse('invalid', format('#%s has 12 tags, as many as there can be: take one off first', e.id)); END IF;
    RETURN done(jsonb_build_object('tags', tags_with(e.tags, a ->> 'tag')), 'tagged it ' || (a ->> 'tag'));
END
$$;
CREATE FUNCTION decide_untag(e exception, a jsonb, me text, level int, at timestamptz) RETURNS decision
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF a ->> 'tag' <> ALL (e.tags) THEN RETURN no_change(format('it has no tag %s', a ->> 'tag')); END IF;
    RETURN done(jsonb_build_object('tags', array_remove(e.tags, a ->> 'tag')), 'took tag ' || (a ->> 'tag') || ' off');
END
$$;
CREATE FUNCTION tag(p_key uuid, p_ids bigint[], p_tag text) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT * FROM act(p_key, 'tag', p_ids, jsonb_build_object('tag', lower(btrim(p_tag))), wrong_tag(lower(btrim(p_tag))))
$$;
CREATE FUNCTION untag(p_key uuid, p_ids bigint[], p_tag text) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT * FROM act(p_key, 'untag', p_ids, jsonb_build_object('tag', lower(btrim(p_tag))), wrong_tag(lower(btrim(p_tag))))
$$;

-- Open exceptions with any of these tags. A reader under row-level security cannot use the
-- index (see search_ids):  WHERE id = ANY (ARRAY(SELECT tag_ids('{vip,asked_address}')))
CREATE FUNCTION tag_ids(p_tags text[]) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = doorstep, pg_temp AS $$
DECLARE
    mine int[] := my_brands();
BEGIN
    PERFORM require_level(1, 'search');
    RETURN QUERY SELECT e.id FROM exception e
                  WHERE e.tags && p_tags AND e.tags <> '{}' AND e.state <> 'resolved' AND (mine IS NULL OR e.brand_id = ANY (mine));
END
$$;

-- ---------------------------------------------------------------- macros

-- "2 days", "4 h", "90 min"
CREATE FUNCTION say_minutes(p int) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN p % 1440 = 0 THEN p / 1440 || CASE p WHEN 1440 THEN ' day' ELSE ' days' END
                WHEN p % 60 = 0 THEN p / 60 || ' h' ELSE p || ' min' END;
-- "sends address_needed by SMS, waits 2 days, tags it asked_address"
CREATE FUNCTION macro_says(m macro) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT concat_ws(', ',
        'sends ' || m.template || coalesce(' by ' || channel_label(m.channel), ''),
        CASE m.then_verb
            WHEN 'wait' THEN 'waits on the customer' || coalesce(' for ' || say_minutes(m.for_minutes), '')
            WHEN 'snooze' THEN 'snoozes it ' || concat_ws(' or ', 'for ' || say_minutes(m.for_minutes), CASE WHEN m.next_scan THEN 'until the next scan' END)
            WHEN 'resolve' THEN 'resolves it: ' || (SELECT r.label FROM resolution r WHERE r.code = m.resolution)
            WHEN 'work' THEN 'keeps working on it' END,
        'tags it ' || m.tag)
$$;
-- Those the caller may use: one's own comes before everyone's of the same name.
CREATE FUNCTION my_macros() RETURNS SETOF macro LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT DISTINCT ON (m.name) m.* FROM macro m WHERE m.owner IS NULL OR m.owner = session_user ORDER BY m.name, m.owner NULLS LAST
$$;
CREATE FUNCTION macro_json(m macro) RETURNS jsonb LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT jsonb_build_object('name', m.name, 'title', m.title, 'template', m.template, 'channel', m.channel, 'then', m.then_verb,
        'for_minutes', m.for_minutes, 'next_scan', m.next_scan, 'resolution', m.resolution, 'tag', m.tag, 'shared', m.owner IS NULL,
        'says', macro_says(m))
$$;
-- A macro as it was sent to us, and what is wrong with it.
CREATE FUNCTION macro_wrong(f jsonb) RETURNS text LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    verb text := f ->> 'then';
    minutes text := f ->> 'for_minutes';
    scan boolean := f -> 'next_scan' IS NOT DISTINCT FROM 'true'::jsonb;
BEGIN
    IF coalesce(f ->> 'name', '') !~ '^[a-z0-9][a-z0-9_-]{0,39}$' THEN
        RETURN format('"%s" is no macro name: use small letters, digits, _ and -', left(f ->> 'name', 60)); END IF;
    IF length(coalesce(clean_text(f ->> 'title'), '')) NOT BETWEEN 1 AND 60 THEN RETURN 'a macro needs a title of at most 60 characters'; END IF;
    IF f ->> 'template' IS NOT NULL AND NOT EXISTS (SELECT FROM template t WHERE t.name = f ->> 'template' AND (t.brand_id IS NULL OR sees_brand(t.brand_id))) THEN
        RETURN format('there is no template "%s": "doorstep template list" shows them', left(f ->> 'template', 60)); END IF;
    IF f ->> 'channel' <> ALL (enum_range(NULL::channel)::text[]) THEN RETURN format('"%s" is no channel: use email, sms or whatsapp', left(f ->> 'channel', 40)); END IF;
    IF f ->> 'channel' IS NOT NULL AND f ->> 'template' IS NULL THEN RETURN 'a channel without a template sends nothing: name the template'; END IF;
    IF verb <> ALL ('{wait,snooze,resolve,work}'::text[]) THEN RETURN format('"%s" is nothing a macro can do: use wait, snooze, resolve or work', left(verb, 40)); END IF;
    IF minutes !~ '^[0-9]{1,6}$' OR minutes::int NOT BETWEEN 1 AND 525600 THEN RETURN 'a macro waits or snoozes for a minute to a year'; END IF;
    IF minutes IS NOT NULL AND coalesce(verb, '') NOT IN ('wait', 'snooze') THEN RETURN 'only wait and snooze last for a time'; END IF;
    IF scan AND verb IS DISTINCT FROM 'snooze' THEN RETURN 'only a snooze can last until the next scan'; END IF;
    IF verb = 'snooze' AND minutes IS NULL AND NOT scan THEN RETURN 'say how long it snoozes, or until the next scan'; END IF;
    IF verb = 'resolve' AND (f ->> 'resolution' IS NULL OR f ->> 'resolution' = 'other' OR NOT EXISTS (SELECT FROM resolution r WHERE r.code = f ->> 'resolution')) THEN
        RETURN format('say how it ended: one of %s', (SELECT string_agg(r.code, ', ') FROM resolution r WHERE r.code <> 'other')); END IF;
    IF verb IS DISTINCT FROM 'resolve' AND f ->> 'resolution' IS NOT NULL THEN RETURN 'only resolve has a resolution'; END IF;
    IF f ->> 'tag' IS NOT NULL AND wrong_tag(f ->> 'tag') IS NOT NULL THEN RETURN wrong_tag(f ->> 'tag'); END IF;
    IF coalesce(f ->> 'template', verb, f ->> 'tag') IS NULL THEN RETURN 'the macro does nothing: give it a template, something to do or a tag'; END IF;
    RETURN NULL;
END
$$;

-- Keeps a macro: {"name","title","template","channel","then","for_minutes","next_scan",
-- "resolution","tag","shared"}; the same name of the same owner is replaced. Everyone's are the leads'.
CREATE FUNCTION macro_save(p_key uuid, p_macro jsonb) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    answered jsonb := action_begin(p_key);
    shared boolean := p_macro -> 'shared' IS NOT DISTINCT FROM 'true'::jsonb;
    f jsonb := (SELECT coalesce(jsonb_object_agg(x.key, x.value), '{}') FROM jsonb_each(CASE jsonb_typeof(p_macro) WHEN 'object' THEN p_macro END) x WHERE x.value NOT IN ('null', '""'));
    wrong text;
    new_id int;
BEGIN
    IF jsonb_typeof(p_macro) IS DISTINCT FROM 'object' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'a macro is given as a JSON object with its name, its title and what it does';
    END IF;
    IF answered IS NULL THEN
        PERFORM require_level(CASE WHEN shared THEN 3 ELSE 2 END, CASE WHEN shared THEN 'change everyone''s macros' ELSE 'keep macros' END);
        wrong := macro_wrong(f);
        IF wrong IS NULL AND (SELECT count(*) FROM macro m WHERE m.owner IS NOT DISTINCT FROM CASE WHEN NOT shared THEN session_user::text END) >= 200 THEN
            wrong := 'there are 200 macros already: delete some first';
        END IF;
        IF wrong IS NOT NULL THEN
            RETURN QUERY SELECT 0::bigint, false, 'invalid', wrong, NULL::int;
            RETURN;
        END IF;
        INSERT INTO macro (owner, name, title, template, channel, then_verb, for_minutes, next_scan, resolution, tag)
        VALUES (CASE WHEN NOT shared THEN session_user::text END, f ->> 'name', clean_text(f ->> 'title'), f ->> 'template', (f ->> 'channel')::channel,
                f ->> 'then', (f ->> 'for_minutes')::int, f -> 'next_scan' IS NOT DISTINCT FROM 'true'::jsonb, f ->> 'resolution', f ->> 'tag')
            ON CONFLICT (coalesce(owner, ''), name) DO UPDATE
               SET title = excluded.title, template = excluded.template, channel = excluded.channel, then_verb = excluded.then_verb,
                   for_minutes = excluded.for_minutes, next_scan = excluded.next_scan, resolution = excluded.resolution, tag = excluded.tag
        RETURNING macro.id INTO new_id;
        answered := jsonb_build_array(jsonb_build_array(new_id, true, 'ok', '', NULL));
        PERFORM action_end(p_key, 'macro_save', clock_timestamp(), '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- One's own of that name, else everyone's.
CREATE FUNCTION macro_delete(p_key uuid, p_name text) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    answered jsonb := action_begin(p_key);
    m macro;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(2, 'delete macros');
        SELECT * INTO m FROM my_macros() x WHERE x.name = btrim(p_name);
        IF m.id IS NULL THEN
            answered := jsonb_build_array(0, false, 'gone', format('you have no macro "%s"', p_name), NULL);
        ELSIF m.owner IS NULL AND my_level() < 3 THEN
            answered := jsonb_build_array(m.id, false, 'denied', refusal(3, 'delete everyone''s macros'), NULL);
        ELSE
            DELETE FROM macro x WHERE x.id = m.id;
            answered := jsonb_build_array(m.id, true, 'ok', '', NULL);
        END IF;
        answered := jsonb_build_array(answered);
        PERFORM action_end(p_key, 'macro_delete', clock_timestamp(), '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- ---------------------------------------------------------------- macros: what becomes of it

-- The caller's macro of that name, as macro_step() takes it; null: there is none.
CREATE FUNCTION macro_args(p_name text) RETURNS jsonb LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    RETURN (SELECT jsonb_build_object('name', m.name, 'template', m.template, 'then', m.then_verb, 'minutes', m.for_minutes, 'next_scan', m.next_scan,
                                      'code', m.resolution, 'label', (SELECT r.label FROM resolution r WHERE r.code = m.resolution), 'tag', m.tag)
              FROM macro m WHERE m.name = p_name AND (m.owner IS NULL OR m.owner = session_user)
             ORDER BY m.owner NULLS LAST LIMIT 1);
END
$$;

CREATE FUNCTION macro_step(e exception, a jsonb, me text, level int, at timestamptz) RETURNS decision
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    args jsonb := a || jsonb_build_object('until', at + make_interval(mins => (a ->> 'minutes')::int), 'text', NULL);
    d decision := no_change('it is so already');
BEGIN
    CASE a ->> 'then'
        WHEN 'wait' THEN d := decide_wait(e, args, me, level, at);
        WHEN 'snooze' THEN d := decide_snooze(e, args, me, level, at);
        WHEN 'resolve' THEN d := decide_resolve(e, args, me, level, at);
        WHEN 'work' THEN d := decide_work(e, args, me, level, at);
        ELSE NULL;
    END CASE;
    IF d.code IN ('ok', 'same') AND a ->> 'tag' IS NOT NULL AND a ->> 'tag' <> ALL (e.tags) THEN
        d := done(coalesce(d.patch, '{}') || jsonb_build_object('tags', (SELECT array_agg(t ORDER BY t) FROM unnest(e.tags || (a ->> 'tag')) t)),
                  concat_ws(', ', d.note, 'tagged it ' || (a ->> 'tag')));
    END IF;
    RETURN d;
END
$$;
CREATE FUNCTION decide_macro(e exception, a jsonb, me text, level int, at timestamptz) RETURNS decision
    LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT CASE WHEN e.state = 'resolved' THEN is_resolved(e) ELSE macro_step(e, a, me, level, at) END
$$;

-- A macro that says nothing to the customer.
CREATE FUNCTION macro_run(p_key uuid, p_ids bigint[], p_name text) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    a jsonb := macro_args(p_name);
BEGIN
    RETURN QUERY SELECT * FROM act(p_key, 'macro', p_ids, coalesce(a, '{}'),
        CASE WHEN a IS NULL THEN format('there is no macro "%s"', left(p_name, 40))
             WHEN a ->> 'template' IS NOT NULL THEN format('macro "%s" sends a message: compose it', p_name) END);
END
$$;

GRANT EXECUTE ON FUNCTION tag(uuid, bigint[], text), untag(uuid, bigint[], text), tag_ids(text[]), macro_save(uuid, jsonb),
    macro_delete(uuid, text), macro_run(uuid, bigint[], text) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
