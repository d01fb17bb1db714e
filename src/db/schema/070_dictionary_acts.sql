-- What people decide of the dictionary: drafts become versions, codes are put aside, history is read anew on request.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- Scans that may read otherwise since a version are read anew by the worker. Gives the job.
CREATE FUNCTION remap_job(p_version int, p_provider text, p_code text, p_detail text, p_pattern text, p_maps int[], p_days int) RETURNS bigint
    LANGUAGE sql SET search_path = doorstep, pg_temp AS $$
    INSERT INTO dictionary_job (version, provider, code, detail, pattern, maps, since, total)
    SELECT p_version, p_provider, p_code, p_detail, p_pattern, p_maps, s.since,
           (SELECT count(*) FROM (SELECT FROM scan_event e WHERE e.provider = p_provider AND (e.map_id = ANY (p_maps) OR e.map_id IS NULL AND 0 = ANY (p_maps)) AND e.occurred_at >= s.since LIMIT 1000000) x)
      FROM (SELECT clock_timestamp() - make_interval(days => p_days) AS since) s
    RETURNING id
$$;

-- The draft d becomes a version. Under the feed's lock: a batch is read by one dictionary.
CREATE FUNCTION dictionary_take(d dictionary_draft, p_at timestamptz) RETURNS int LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    v int;
    made int;
BEGIN
    SELECT max(x.version) + 1 INTO v FROM dictionary_version x;
    INSERT INTO dictionary_version (version, note, made_at) VALUES (v, left(format('draft %s, %s: %s', d.id, d.what, say_draft(d)) || coalesce('; ' || nullif(d.note, ''), ''), 500), p_at);
    IF d.what = 'word' THEN
        INSERT INTO status_wording_was (wording, language, version, ended_in, text)
        SELECT w.wording, w.language, w.version, v, w.text FROM status_wording w WHERE w.wording = d.wording AND w.language = d.language;
        INSERT INTO status_wording (wording, language, text, version) VALUES (d.wording, d.language, d.text, v)
            ON CONFLICT (wording, language) DO UPDATE SET text = excluded.text, version = excluded.version;
        RETURN v;
    ELSIF d.what = 'label' THEN
        INSERT INTO status_label (map_id, language, label, version) VALUES (d.replaces, d.language, d.label, v)
            ON CONFLICT (map_id, language) DO UPDATE SET label = excluded.label, version = excluded.version;
        RETURN v;
    END IF;
    UPDATE status_map m SET ended_in = v WHERE m.id = d.replaces;
    IF d.what = 'entry' THEN
        INSERT INTO status_map (version, provider, code, detail, pattern, priority, status, role, kind, severity, clears, wording, label)
        VALUES (v, d.provider, d.code, d.detail, d.pattern, d.priority, d.status, d.role, d.kind, d.severity, d.clears, d.wording, d.label) RETURNING id INTO made;
        -- the same words stay translated
        INSERT INTO status_label (map_id, language, label, version)
        SELECT made, l.language, l.label, l.version FROM status_label l JOIN status_map o ON o.id = l.map_id WHERE l.map_id = d.replaces AND o.label = d.label;
    END IF;
    RETURN v;
END
$$;

-- Approves a draft: a new version, at once for what comes; p_days: what was scanned so long ago is read anew, too (null: not).
CREATE FUNCTION dictionary_approve(p_key uuid, p_draft bigint, p_expect bigint DEFAULT NULL, p_days int DEFAULT NULL)
    RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    d dictionary_draft;
    wrong text;
    closes bigint;
    changes bigint;
    v int;
    job bigint;
    moment timestamptz;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(3, 'approve what the dictionary says');
        PERFORM require_all_brands('approve what the dictionary says');
        PERFORM pg_advisory_xact_lock(hashtext('doorstep dictionary'));     -- two drafts of one code are approved one after the other
        SELECT * INTO d FROM dictionary_draft x WHERE x.id = p_draft FOR UPDATE;
        IF d.id IS NULL THEN
            RETURN QUERY SELECT p_draft, false, 'gone', format('there is no draft %s: "doorstep dictionary drafts" lists them', p_draft), NULL::int;
            RETURN;
        ELSIF d.state <> 'draft' THEN
            RETURN QUERY SELECT p_draft, false, CASE d.state WHEN 'approved' THEN 'same' ELSE 'gone' END, format('draft %s was %s by %s', d.id, d.state, d.decided_by), d.version;
            RETURN;
        END IF;
        IF d.what <> 'word' THEN          -- the entry it spoke of may have been replaced meanwhile
            wrong := CASE WHEN d.replaces IS DISTINCT FROM (SELECT m.id FROM status_map m WHERE m.ended_in IS NULL AND m.provider = d.provider
                                                            AND (m.code, m.detail, m.pattern) IS NOT DISTINCT FROM (d.code, d.detail, d.pattern))
                          THEN format('%s was changed since draft %s was made: draft it again', say_draft(d), d.id) END;
        END IF;
        wrong := coalesce(wrong, dictionary_wrong(d));
        IF wrong IS NULL AND d.what IN ('entry', 'retire') THEN
            SELECT coalesce(sum(r.count) FILTER (WHERE r.what = 'closed'), 0), coalesce(sum(r.count) FILTER (WHERE r.what IN ('closed', 'opened', 'kind', 'severity')), 0) INTO closes, changes
              FROM remap_preview(d.id, NULL, NULL, remap_days(p_days)) r;
            wrong := remap_bound(closes, changes, p_expect, d."by");
        END IF;
        IF wrong IS NOT NULL THEN
            RETURN QUERY SELECT p_draft, false, CASE WHEN changes IS NULL THEN 'invalid' ELSE 'denied' END, wrong, NULL::int;
            RETURN;
        END IF;
        PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));      -- a batch is read by one dictionary
        moment := clock_timestamp();
        v := dictionary_take(d, moment);
        UPDATE dictionary_draft x SET state = 'approved', decided_by = session_user, decided_at = moment, version = v WHERE x.id = d.id;
        IF p_days IS NOT NULL AND d.what IN ('entry', 'retire') THEN
            job := remap_job(v, d.provider, d.code, d.detail, d.pattern, CASE d.what WHEN 'retire' THEN ARRAY[d.replaces]
                             ELSE (SELECT array_remove(remap_slots(d.provider, d.code, d.detail, map_rank(m)), m.id) FROM status_map m WHERE m.version = v) END, remap_days(p_days));
        END IF;
        answered := jsonb_build_array(jsonb_build_array(d.id, true, 'ok', format('version %s: %s', v, say_draft(d)) || CASE WHEN d.what IN ('word', 'label') THEN ''
                        WHEN job IS NULL THEN '; for scans from now on' ELSE format('; job %s reads %s days anew', job, remap_days(p_days)) END, v));
        PERFORM control_write(NULL, 'dictionary v' || v, 'approve', answered -> 0 ->> 3, jsonb_build_object('draft', d.id, 'by', d."by", 'replaces', d.replaces),
                              jsonb_build_object('would_close', closes, 'would_change', changes, 'job', job), p_key, moment);
        PERFORM action_end(p_key, 'dictionary_approve', moment, '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- Leads reject drafts; who made one withdraws it.
CREATE FUNCTION dictionary_reject(p_key uuid, p_draft bigint, p_note text) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    d dictionary_draft;
    becomes text;
    moment timestamptz := clock_timestamp();
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(2, 'take back drafts of the dictionary');
        SELECT * INTO d FROM dictionary_draft x WHERE x.id = p_draft FOR UPDATE;
        becomes := CASE WHEN d."by" = session_user THEN 'withdrawn' ELSE 'rejected' END;
        IF becomes = 'rejected' AND d.id IS NOT NULL THEN
            PERFORM require_level(3, 'reject drafts of others');
            PERFORM require_all_brands('reject drafts of others');
        END IF;
        IF d.id IS NULL OR d.state <> 'draft' THEN
            RETURN QUERY SELECT p_draft, false, 'gone', CASE WHEN d.id IS NULL THEN format('there is no draft %s: "doorstep dictionary drafts" lists them', p_draft)
                                                              ELSE format('draft %s was %s before', d.id, d.state) END, NULL::int;
            RETURN;
        END IF;
        UPDATE dictionary_draft x SET state = becomes, decided_by = session_user, decided_at = moment, decided_note = left(clean_text(p_note), 500) WHERE x.id = d.id;
        answered := jsonb_build_array(jsonb_build_array(d.id, true, 'ok', format('draft %s is %s', d.id, becomes), NULL));
        PERFORM pg_notify('doorstep', 'k');
        PERFORM control_write(NULL, 'dictionary draft ' || d.id, becomes, coalesce(clean_text(p_note), ''), NULL, NULL, p_key, moment);
        PERFORM action_end(p_key, 'dictionary_reject', moment, '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- Puts an unknown code aside until it was seen ten times as often; without a reason it is back on the list.
CREATE FUNCTION dictionary_ignore(p_key uuid, p_provider text, p_code text, p_detail text, p_reason text) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    why text := left(clean_text(p_reason), 200);
    u unmapped_code;
    moment timestamptz := clock_timestamp();
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(2, 'put codes aside');
        PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));      -- the merge counts them
        UPDATE unmapped_code x SET ignored_by = CASE WHEN why IS NOT NULL THEN session_user END, ignored_at = CASE WHEN why IS NOT NULL THEN moment END,
               ignored_reason = why, ignored_count = CASE WHEN why IS NOT NULL THEN x.count END
         WHERE x.provider = lower(btrim(p_provider)) AND x.code = coalesce(norm_code(p_code), '') AND x.detail = coalesce(norm_code(p_detail), '') AND x.mapped_in IS NULL
           AND (my_brands() IS NULL OR EXISTS (SELECT FROM dictionary_scans(x.provider, NULL, x.code, x.detail, 1000)))
        RETURNING x.* INTO u;
        IF u.provider IS NULL THEN
            RETURN QUERY SELECT 0::bigint, false, 'gone', 'no such code waits for an entry: "doorstep dictionary unmapped" lists them', NULL::int;
            RETURN;
        END IF;
        answered := jsonb_build_array(jsonb_build_array(0, true, 'ok', say_entry(u.provider, nullif(u.code, ''), nullif(u.detail, ''), NULL) || CASE WHEN why IS NULL THEN ' is on the list again'
                        WHEN my_brands() IS NULL THEN format(' is put aside until it was seen %s times', u.count * 10) ELSE ' is put aside until it was seen ten times as often' END, NULL));
        PERFORM pg_notify('doorstep', 'k');
        PERFORM control_write(NULL, 'dictionary ' || say_entry(u.provider, nullif(u.code, ''), nullif(u.detail, ''), NULL), CASE WHEN why IS NULL THEN 'unignore' ELSE 'ignore' END, coalesce(why, ''),
                              NULL, NULL, p_key, moment);
        PERFORM action_end(p_key, 'dictionary_ignore', moment, '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- Reads history anew, on request: of a provider (null: of all), of a code (null: all of them).
CREATE FUNCTION dictionary_reprocess(p_key uuid, p_provider text, p_code text, p_days int, p_expect bigint) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    these text[] := ARRAY(SELECT DISTINCT x.provider FROM (SELECT m.provider FROM status_map m UNION ALL SELECT u.provider FROM unmapped_code u) x
                           WHERE p_provider IS NULL OR x.provider = lower(btrim(p_provider)) ORDER BY 1);
    p text;
    closes bigint := 0;
    n bigint;
    wrong text;
    jobs bigint[] := '{}';
    v int;
    moment timestamptz := clock_timestamp();
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(3, 'have scans read anew');
        PERFORM require_all_brands('have scans read anew');
        IF these = '{}' THEN
            wrong := format('the dictionary knows no provider "%s"', left(p_provider, 40));
        END IF;
        FOREACH p IN ARRAY these LOOP
            SELECT coalesce(sum(r.count), 0) INTO n FROM remap_preview(NULL, p, p_code, remap_days(p_days)) r WHERE r.what = 'closed';
            closes := closes + n;
        END LOOP;
        wrong := coalesce(wrong, remap_bound(closes, 0, p_expect, NULL));
        IF wrong IS NOT NULL THEN
            RETURN QUERY SELECT 0::bigint, false, CASE WHEN these = '{}' THEN 'invalid' ELSE 'denied' END, wrong, NULL::int;
            RETURN;
        END IF;
        SELECT max(x.version) INTO v FROM dictionary_version x;
        FOREACH p IN ARRAY these LOOP
            jobs := jobs || remap_job(v, p, norm_code(p_code), NULL, NULL, remap_slots(p, norm_code(p_code), NULL, NULL), remap_days(p_days));
        END LOOP;
        answered := jsonb_build_array(jsonb_build_array(jobs[1], true, 'ok', format('job %s reads %s days anew by dictionary v%s', array_to_string(jobs, ', '), remap_days(p_days), v), v));
        PERFORM pg_notify('doorstep', 'k');
        PERFORM control_write(NULL, 'dictionary v' || v, 'reprocess', answered -> 0 ->> 3, NULL, jsonb_build_object('provider', p_provider, 'code', p_code, 'jobs', to_jsonb(jobs), 'would_close', closes),
                              p_key, moment);
        PERFORM action_end(p_key, 'dictionary_reprocess', moment, '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- How many it is about are those of all brands: who works for some is told how far it is.
CREATE FUNCTION dictionary_jobs() RETURNS TABLE (id bigint, state text, version int, subject text, since timestamptz, done bigint, total bigint, changed bigint, opened bigint, resolved bigint, moved bigint,
                                                 by text, asked_at timestamptz, ended_at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 20 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM require_level(1, 'look at the dictionary');
    RETURN QUERY
    SELECT j.id, j.state, j.version, say_entry(j.provider, j.code, j.detail, j.pattern), j.since,
           n.all * j.done, n.all * greatest(j.total, j.done), n.all * j.changed, n.all * j.opened, n.all * j.resolved, n.all * j.moved,
           CASE WHEN works_with(j.by) THEN j.by ELSE 'somebody' END, j.asked_at, j.ended_at
      FROM dictionary_job j CROSS JOIN (SELECT CASE WHEN my_brands() IS NULL THEN 1 END AS all) n ORDER BY j.id DESC LIMIT 200;
END
$$;

-- The language one reads labels in; null: as they were written.
CREATE FUNCTION label_language(p_key uuid, p_language text) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    to_be text := nullif(lower(btrim(p_language)), '');
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(1, 'choose the language of labels');
        IF to_be !~ '^[a-z]{2}(-[a-z0-9]{2,8})?$' THEN
            RETURN QUERY SELECT 0::bigint, false, 'invalid', 'name the language as "es" or "pt-br"', NULL::int;
            RETURN;
        END IF;
        INSERT INTO agent (role, display_name, language) VALUES (session_user, session_user, to_be) ON CONFLICT (role) DO UPDATE SET language = excluded.language;
        answered := jsonb_build_array(jsonb_build_array(0, true, 'ok', CASE WHEN to_be IS NULL THEN 'labels as they were written' ELSE format('labels in %s, where the dictionary has them', to_be) END, NULL));
        PERFORM action_end(p_key, 'label_language', clock_timestamp(), '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;
SELECT patch_function('context_scans(bigint, int)'::regprocedure, 'v.label, v.message, v.place',
    'coalesce((SELECT l.label FROM agent a JOIN status_label l ON l.map_id = v.map_id AND l.language = a.language WHERE a.role = session_user), v.label), v.message, v.place');

-- What the merge would make of a scan: the entry that speaks, and those it goes before.
CREATE FUNCTION dictionary_lookup(p_provider text, p_code text, p_detail text, p_message text)
    RETURNS TABLE (provider text, code text, detail text, pattern text, reading text, label text, says text, version int, speaks boolean, id int)
    LANGUAGE sql STABLE ROWS 5 SET search_path = doorstep, pg_temp AS $$
    SELECT m.provider, m.code, m.detail, m.pattern, say_reading(m.role, m.kind, m.status, m.severity, m.clears), m.label, w.text, m.version,
           row_number() OVER (ORDER BY map_rank(m) DESC, m.id) = 1, m.id
      FROM status_map m LEFT JOIN status_wording w ON w.wording = m.wording AND w.language = 'en'
     WHERE m.ended_in IS NULL AND m.provider = lower(btrim(p_provider)) AND (m.code IS NULL OR m.code = norm_code(p_code))
       AND (m.detail IS NULL OR m.detail = norm_code(p_detail)) AND (m.pattern IS NULL OR p_message ~* m.pattern)
     ORDER BY map_rank(m) DESC, m.id
$$;

GRANT EXECUTE ON FUNCTION dictionary_approve(uuid, bigint, bigint, int), dictionary_reject(uuid, bigint, text), dictionary_ignore(uuid, text, text, text, text),
    dictionary_reprocess(uuid, text, text, int, bigint), dictionary_jobs(), dictionary_lookup(text, text, text, text), label_language(uuid, text) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
