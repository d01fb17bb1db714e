-- The dictionary is governed: what it says is drafted by agents, shown beforehand, approved by leads who work for all
-- brands, and kept in versions. Entries, what customers read, and labels in other languages all go this way. What it
-- does to parcels that were read before is in 062.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

ALTER TABLE status_wording ADD COLUMN version int NOT NULL DEFAULT 1 REFERENCES dictionary_version;
CREATE TABLE status_wording_was (          -- what customers read before
    wording  text NOT NULL,
    language text NOT NULL,
    version  int NOT NULL REFERENCES dictionary_version,
    ended_in int NOT NULL REFERENCES dictionary_version,
    text     text NOT NULL,
    PRIMARY KEY (wording, language, ended_in)
);
-- An entry's label for agents who read another language than it was written in.
CREATE TABLE status_label (
    map_id   int NOT NULL REFERENCES status_map,
    language text NOT NULL,
    label    text NOT NULL CHECK (label <> '' AND length(label) <= 60),
    version  int NOT NULL REFERENCES dictionary_version,
    PRIMARY KEY (map_id, language)
);
ALTER TABLE agent ADD COLUMN language text;   -- the one they read labels in; null: as written

CREATE TABLE dictionary_draft (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    what     text NOT NULL CHECK (what IN ('entry', 'retire', 'word', 'label')),
    state    text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'approved', 'rejected', 'withdrawn')),
    provider text, code text, detail text, pattern text,      -- what it is about, as in status_map; word: null
    replaces int REFERENCES status_map,                       -- the live entry it changes, ends or labels
    priority smallint NOT NULL DEFAULT 0,
    status   shipment_status, role map_role, kind exception_kind, severity severity,
    clears   exception_kind[] NOT NULL DEFAULT '{}',
    wording  text,                                            -- entry: its wording; word: which one
    label    text,                                            -- entry, label
    language text,                                            -- word, label
    text     text,                                            -- word: what customers read
    note     text NOT NULL DEFAULT '',
    by       text NOT NULL DEFAULT session_user,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    decided_by text, decided_at timestamptz, decided_note text,
    version  int REFERENCES dictionary_version                -- the one it became
);
CREATE INDEX dictionary_draft_open ON dictionary_draft (id) WHERE state = 'draft';

-- An unknown code that was put aside comes back when it was seen ten times as often; one that an entry reads since is
-- not on the list, until a scan of it is not read again.
ALTER TABLE unmapped_code
    ADD COLUMN ignored_by text, ADD COLUMN ignored_at timestamptz, ADD COLUMN ignored_reason text, ADD COLUMN ignored_count bigint,
    ADD COLUMN mapped_in int REFERENCES dictionary_version;
SELECT patch_function('feed_merge_scans(uuid, timestamptz, text[], text[], bigint[], int[], int[])'::regprocedure,
    'last_seen = excluded.last_seen', 'last_seen = excluded.last_seen, mapped_in = NULL');
-- The scans of an entry or of unknown codes: newest first, a parcel's own. Numbers alone, as every scan pays for it.
CREATE INDEX scan_event_reading ON scan_event (map_id, occurred_at, shipment_id);
CREATE INDEX exception_unmapped ON exception (id) WHERE state <> 'resolved' AND marks & 8 <> 0;

GRANT SELECT ON status_label TO doorstep_viewer;
CREATE CONSTRAINT TRIGGER control_watch AFTER INSERT OR UPDATE OR DELETE ON status_wording DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION control_watch('wording', 'wording');

-- A new version, of whatever origin: codes that are read now are off the list, and everybody's screens hear of it.
CREATE FUNCTION dictionary_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    UPDATE unmapped_code u SET mapped_in = NEW.version
     WHERE u.mapped_in IS NULL AND EXISTS (SELECT FROM status_lookup(u.provider, u.code, u.detail, u.sample));
    PERFORM pg_notify('doorstep', 'k');
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER moved AFTER INSERT ON dictionary_version DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION dictionary_moved();

-- ---------------------------------------------------------------- words

CREATE FUNCTION say_entry(p_provider text, p_code text, p_detail text, p_pattern text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN p_provider || coalesce(' ' || nullif(concat_ws('/', coalesce(p_code, CASE WHEN p_detail IS NOT NULL THEN '*' END), p_detail), ''), '')
        || coalesce(' "' || p_pattern || '"', '');
CREATE FUNCTION say_reading(p_role map_role, p_kind exception_kind, p_status shipment_status, p_severity severity, p_clears exception_kind[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN concat_ws(', ', CASE p_role WHEN 'open' THEN 'opens ' || p_kind WHEN 'watch' THEN 'watches for ' || coalesce(p_kind::text, 'nothing')
                                       WHEN 'clear' THEN 'ends ' || array_to_string(p_clears, ' ') ELSE 'an ordinary scan' END,
                     'status ' || p_status, p_severity::text);
CREATE FUNCTION say_draft(d dictionary_draft) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT CASE d.what WHEN 'word' THEN format('wording %s (%s)', d.wording, d.language)
                       WHEN 'label' THEN format('label of %s (%s)', say_entry(d.provider, d.code, d.detail, d.pattern), d.language)
                       ELSE say_entry(d.provider, d.code, d.detail, d.pattern) END
$$;

-- What an entry of the dictionary may look for in the carrier's words, or why not. PostgreSQL's engine takes time that
-- grows with the text only, but for references back and repeats of repeats; those are not let in, and what passes is timed.
CREATE FUNCTION wrong_pattern(p text, p_provider text) RETURNS text LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    plain text;
    g text[];
    sample text;
    t0 timestamptz;
BEGIN
    IF length(p) > 200 THEN
        RETURN 'the expression is longer than 200 characters: look for fewer words';
    ELSIF p ~ '[\x01-\x1f\x7f]' THEN
        RETURN 'the expression has control characters';
    ELSIF p ~ '^\*\*\*|\(\?|\\[1-9]|\\A|\\Z' THEN
        RETURN 'the expression uses options, looks around or refers back: only plain groups, classes and repeats are let in';
    END IF;
    plain := regexp_replace(regexp_replace(p, '\\.', 'x', 'g'), '\[\^?\]?[^]]*\]', 'x', 'g');
    IF EXISTS (SELECT FROM regexp_matches(plain, '\{(\d+)(?:,(\d*))?\}', 'g') m WHERE length(m[1]) > 2 OR m[1]::int > 50 OR length(m[2]) > 2 OR nullif(m[2], '')::int > 50) THEN
        RETURN 'the expression repeats something more than 50 times';
    END IF;
    LOOP                                  -- innermost groups first; Q stands for a group that repeats something
        g := regexp_match(plain, '\(([^()]*)\)([*+{]?)');
        EXIT WHEN g IS NULL;
        IF g[1] ~ '[*+{]|Q' AND g[2] <> '' THEN
            RETURN 'the expression repeats what is a repeat itself, which may take forever: say it without one of them';
        END IF;
        plain := regexp_replace(plain, '\([^()]*\)', CASE WHEN g[1] ~ '[*+{Q]' OR g[2] <> '' THEN 'Q' ELSE 'x' END);
    END LOOP;
    BEGIN
        IF '' ~* p OR ' ' ~* p AND 'x' ~* p AND '-' ~* p THEN
            RETURN 'the expression fits any text: say which words it looks for';
        END IF;
        t0 := clock_timestamp();
        FOR sample IN SELECT repeat(x, 500 / length(x)) FROM unnest(ARRAY['a', ' ', 'ab ', 'delivery exception, ', '1-', p]) x WHERE x <> ''
                      UNION ALL (SELECT u.sample FROM unmapped_code u WHERE u.provider = p_provider ORDER BY u.count DESC LIMIT 50) LOOP
            PERFORM sample ~* p;
            IF clock_timestamp() > t0 + interval '250 ms' THEN
                RETURN 'the expression takes too long: say it with fewer alternatives and repeats';
            END IF;
        END LOOP;
    EXCEPTION WHEN invalid_regular_expression OR program_limit_exceeded THEN
        RETURN 'the expression is not one: ' || regexp_replace(sqlerrm, '^[^:]*: ', '');
    END;
    RETURN NULL;
END
$$;

-- Text for people as it may stand in the dictionary, or why not.
CREATE FUNCTION wrong_words(p_what text, p text, p_most int) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN btrim(p) = '' OR p IS NULL THEN format('give %s a text', p_what)
                WHEN p ~ '[\x01-\x1f\x7f]' OR p ~ '[\u0080-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]' THEN format('%s has control characters', p_what)
                WHEN length(p) > p_most THEN format('%s has %s characters: at most %s', p_what, length(p), p_most)
                WHEN p_what LIKE 'the wording%' AND p ~ '\{\{|<[a-z/!]' THEN 'customers read the wording as it is: no {{names}} and no HTML' END;

-- ---------------------------------------------------------------- drafting

-- What p says as a draft. What is left out of an entry is as in the one it replaces; then by its kind.
CREATE FUNCTION dictionary_read(p jsonb, OUT d dictionary_draft, OUT wrong text) LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    old status_map;
    k text;
    -- "all": as a delivery does, which does not end a dispute about itself
    kinds text[] := CASE WHEN p ->> 'clears' = 'all' THEN array_remove(enum_range(NULL::exception_kind), 'delivery_disputed')::text[]
                         ELSE array_remove(regexp_split_to_array(coalesce(p ->> 'clears', ''), '[, ]+'), '') END;
    strange text := (SELECT min(x) FROM jsonb_object_keys(p) x WHERE x NOT IN ('what', 'entry', 'provider', 'code', 'detail', 'pattern', 'priority', 'status', 'role', 'kind',
                                                                             'severity', 'clears', 'wording', 'label', 'language', 'text', 'note'));
BEGIN
    d.what := coalesce(p ->> 'what', 'entry');
    IF strange IS NOT NULL OR d.what NOT IN ('entry', 'retire', 'word', 'label') THEN
        wrong := format('a draft has no "%s"', left(coalesce(strange, d.what), 40));
        RETURN;
    END IF;
    d.note := coalesce(left(clean_text(p ->> 'note'), 500), '');
    d.language := lower(btrim(p ->> 'language'));
    d.clears := '{}';
    d.priority := 0;
    IF d.what = 'word' THEN
        d.wording := p ->> 'wording';
        d.text := btrim(p ->> 'text');
        RETURN;
    END IF;
    IF p ->> 'entry' ~ '^\d{1,9}$' THEN
        SELECT * INTO old FROM status_map m WHERE m.id = (p ->> 'entry')::int AND m.ended_in IS NULL;
        d.provider := old.provider; d.code := old.code; d.detail := old.detail; d.pattern := old.pattern;
    ELSE
        d.provider := lower(btrim(p ->> 'provider'));
        d.code := norm_code(nullif(btrim(p ->> 'code'), '*'));
        d.detail := norm_code(nullif(btrim(p ->> 'detail'), '*'));
        d.pattern := nullif(p ->> 'pattern', '');
        SELECT * INTO old FROM status_map m WHERE m.ended_in IS NULL AND m.provider = d.provider
           AND (m.code, m.detail, m.pattern) IS NOT DISTINCT FROM (d.code, d.detail, d.pattern);
    END IF;
    d.replaces := old.id;
    IF d.what <> 'entry' THEN
        d.label := btrim(p ->> 'label');
        RETURN;
    END IF;
    FOREACH k IN ARRAY ARRAY['status', 'role', 'kind', 'severity'] LOOP
        IF NOT coalesce(p ->> k IN ('', 'none') OR p ->> k = ANY (CASE k WHEN 'status' THEN enum_range(NULL::shipment_status)::text[] WHEN 'role' THEN enum_range(NULL::map_role)::text[]
                WHEN 'kind' THEN enum_range(NULL::exception_kind)::text[] ELSE enum_range(NULL::severity)::text[] END), true) THEN
            wrong := format('there is no %s "%s"', k, left(p ->> k, 40));
            RETURN;
        END IF;
    END LOOP;
    SELECT min(x) INTO k FROM unnest(kinds) x WHERE x <> ALL (enum_range(NULL::exception_kind)::text[]);
    IF k IS NOT NULL THEN
        wrong := format('there is no kind "%s" to end', left(k, 40));
        RETURN;
    ELSIF p ->> 'priority' !~ '^(-2|-1|0|1)$' THEN
        wrong := 'priority is -2 (says nothing), -1 (says little), 0 or 1 (a final word)';
        RETURN;
    END IF;
    d.priority := coalesce((p ->> 'priority')::smallint, old.priority, 0);
    d.status := CASE WHEN p ? 'status' THEN nullif(nullif(p ->> 'status', 'none'), '')::shipment_status ELSE old.status END;
    d.kind := CASE WHEN p ? 'kind' THEN nullif(nullif(p ->> 'kind', 'none'), '')::exception_kind WHEN p ->> 'role' IN ('normal', 'clear') THEN NULL ELSE old.kind END;
    d.role := coalesce(nullif(p ->> 'role', '')::map_role, CASE WHEN p ? 'kind' AND d.kind IS NOT NULL AND coalesce(old.role, 'open') IN ('normal', 'clear') THEN 'open'::map_role END,
                       old.role, CASE WHEN d.kind IS NOT NULL THEN 'open' WHEN p ->> 'clears' <> '' THEN 'clear' ELSE 'normal' END::map_role);
    d.severity := CASE WHEN p ? 'severity' THEN nullif(nullif(p ->> 'severity', 'none'), '')::severity WHEN d.role = 'open' AND d.kind = old.kind THEN old.severity END;
    d.clears := CASE WHEN p ? 'clears' THEN coalesce((SELECT array_agg(DISTINCT x::exception_kind) FROM unnest(kinds) x), '{}')
                     WHEN d.role = old.role OR d.role = 'clear' THEN coalesce(old.clears, '{}') ELSE '{}' END;
    d.wording := CASE WHEN p ? 'wording' THEN nullif(nullif(p ->> 'wording', 'none'), '') WHEN d.kind IS DISTINCT FROM old.kind AND old.id IS NOT NULL THEN NULL ELSE old.wording END;
    -- new words for a new meaning, unless none are said: those of its kind, else of its status
    IF NOT p ? 'wording' AND d.wording IS NULL AND (old.id IS NULL OR d.kind IS DISTINCT FROM old.kind) AND d.kind IS DISTINCT FROM 'tracking_error' THEN
        d.wording := (SELECT w.wording FROM status_wording w WHERE w.wording IN (d.kind::text, d.status::text) AND w.language = 'en'
                       ORDER BY w.wording <> coalesce(d.kind::text, '') LIMIT 1);
    END IF;
    d.label := coalesce(btrim(p ->> 'label'), old.label);
END
$$;

CREATE FUNCTION dictionary_wrong(d dictionary_draft) RETURNS text LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    subject text := say_draft(d);
BEGIN
    IF d.what = 'word' THEN
        RETURN CASE WHEN d.wording IS NULL OR d.wording !~ '^[a-z][a-z0-9_]{1,39}$' THEN 'name the wording in small letters, as "address_issue"'
                    WHEN d.wording = 'tracking_error' THEN 'a tracking error is never told to a customer'
                    WHEN d.language IS NULL OR d.language !~ '^[a-z]{2}(-[a-z0-9]{2,8})?$' THEN 'name the language as "es" or "pt-br"'
                    WHEN d.language <> 'en' AND NOT EXISTS (SELECT FROM status_wording w WHERE w.wording = d.wording AND w.language = 'en')
                         THEN format('there is no wording "%s" in English yet: that comes first', d.wording)
                    WHEN EXISTS (SELECT FROM status_wording w WHERE w.wording = d.wording AND w.language = d.language AND w.text = d.text) THEN 'customers read exactly that already'
                    ELSE wrong_words('the wording', d.text, 300) END;
    ELSIF d.provider IS NULL OR d.provider !~ '^[a-z0-9_-]{1,24}$' THEN
        RETURN 'name the provider whose codes they are, as in "dictionary list"';
    ELSIF d.code IS NULL AND d.detail IS NULL AND d.pattern IS NULL THEN
        RETURN 'an entry needs a code, a detail or a text to look for';
    ELSIF greatest(length(d.code), length(d.detail)) > 64 OR concat(d.code, d.detail) ~ '[\x01-\x1f\x7f]' THEN
        RETURN 'a code has at most 64 characters, none of them control characters';
    ELSIF d.what <> 'entry' AND d.replaces IS NULL THEN
        RETURN format('the dictionary has no entry %s: "doorstep dictionary list %s" shows what it has', subject, d.provider);
    ELSIF d.what = 'retire' THEN
        RETURN CASE WHEN d.provider = 'doorstep' THEN 'the entries of "doorstep" are the statuses themselves: they cannot be retired' END;
    ELSIF d.what = 'label' THEN
        RETURN CASE WHEN d.language IS NULL OR d.language !~ '^[a-z]{2}(-[a-z0-9]{2,8})?$' THEN 'name the language as "es" or "pt-br"' ELSE wrong_words('the label', d.label, 60) END;
    ELSIF NOT EXISTS (SELECT FROM status_map m WHERE m.provider = d.provider UNION ALL SELECT FROM unmapped_code u WHERE u.provider = d.provider
                      UNION ALL SELECT FROM carrier c WHERE c.code = d.provider) THEN
        RETURN format('no scan was ever read by "%s": "doorstep dictionary list" names the providers', d.provider);
    ELSIF d.role = 'open' AND d.kind IS NULL THEN
        RETURN 'what opens an exception needs a kind: --kind';
    ELSIF d.role = 'clear' AND d.clears = '{}' THEN
        RETURN 'what ends exceptions needs the kinds it ends: --clears';
    ELSIF d.severity IS NOT NULL AND d.role <> 'open' THEN
        RETURN 'only an entry of role "open" has a severity';
    ELSIF d.role IN ('normal', 'watch') AND d.status IS NULL AND d.kind IS NULL AND d.role = 'watch' THEN
        RETURN 'an entry that watches needs the kind it watches for: --kind';
    ELSIF d.role = 'normal' AND d.kind IS NOT NULL THEN
        RETURN 'an ordinary scan has no kind: say --role open or --role watch';
    ELSIF d.kind = 'tracking_error' AND d.wording IS NOT NULL THEN
        RETURN 'a tracking error is never told to a customer: leave out --wording';
    ELSIF d.wording IS NOT NULL AND NOT EXISTS (SELECT FROM status_wording w WHERE w.wording = d.wording AND w.language = 'en') THEN
        RETURN format('there is no wording "%s": draft it first, "doorstep dictionary word %s en TEXT"', left(d.wording, 40), left(d.wording, 40));
    ELSIF d.provider = 'doorstep' AND d.replaces IS NULL THEN
        RETURN 'the entries of "doorstep" are the statuses themselves: there are no others';
    ELSIF EXISTS (SELECT FROM status_map m WHERE m.id = d.replaces AND (m.priority, m.status, m.role, m.kind, m.severity, m.clears, m.wording, m.label)
                  IS NOT DISTINCT FROM (d.priority, d.status, d.role, d.kind, d.severity, d.clears, d.wording, d.label)) THEN
        RETURN format('%s says exactly that already', subject);
    END IF;
    RETURN coalesce(wrong_words('the label', d.label, 60), wrong_pattern(d.pattern, d.provider));
END
$$;

-- Keeps a draft; somebody's earlier one of the same subject is withdrawn by their new one.
CREATE FUNCTION dictionary_draft_save(p_key uuid, p_draft jsonb) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    d dictionary_draft;
    r record;
    wrong text;
    moment timestamptz := clock_timestamp();
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(2, 'draft entries of the dictionary');
        IF jsonb_typeof(p_draft) IS DISTINCT FROM 'object' THEN
            wrong := 'a draft is a JSON object';
        ELSE
            r := dictionary_read(p_draft);
            d := r.d;
            wrong := coalesce(r.wrong, dictionary_wrong(d));
        END IF;
        IF wrong IS NOT NULL THEN
            RETURN QUERY SELECT 0::bigint, false, 'invalid', wrong, NULL::int;
            RETURN;
        END IF;
        UPDATE dictionary_draft o SET state = 'withdrawn', decided_by = session_user, decided_at = moment, decided_note = 'a newer draft'
         WHERE o.state = 'draft' AND o.by = session_user AND (o.what IN ('entry', 'retire')) = (d.what IN ('entry', 'retire'))
           AND (o.provider, o.code, o.detail, o.pattern, o.language) IS NOT DISTINCT FROM (d.provider, d.code, d.detail, d.pattern, d.language)
           AND (d.what NOT IN ('word', 'label') OR o.what = d.what AND (d.what = 'label' OR o.wording = d.wording));
        INSERT INTO dictionary_draft (what, provider, code, detail, pattern, replaces, priority, status, role, kind, severity, clears, wording, label, language, text, note, by, at)
        VALUES (d.what, d.provider, d.code, d.detail, d.pattern, d.replaces, d.priority, d.status, d.role, d.kind, d.severity, d.clears, d.wording, d.label, d.language, d.text, d.note,
                session_user, moment) RETURNING * INTO d;
        answered := jsonb_build_array(jsonb_build_array(d.id, true, 'ok', format('draft %s: %s; a lead who works for all brands approves it', d.id, say_draft(d)
                        || CASE d.what WHEN 'entry' THEN ' ' || say_reading(d.role, d.kind, d.status, d.severity, d.clears) WHEN 'retire' THEN ' is retired' ELSE '' END), NULL));
        PERFORM pg_notify('doorstep', 'k');
        PERFORM control_write(NULL, 'dictionary draft ' || d.id, 'draft', say_draft(d), NULL, jsonb_strip_nulls(to_jsonb(d)), p_key, moment);
        PERFORM action_end(p_key, 'dictionary_draft', moment, '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- ---------------------------------------------------------------- reading

-- The entries of a version (null: as it stands), of a provider, of a kind, that have all words of p_text somewhere.
CREATE FUNCTION dictionary_list(p_provider text, p_text text, p_kind text, p_version int)
    RETURNS TABLE (provider text, code text, detail text, pattern text, status text, role text, kind text, severity text, label text, version int,
                   wording text, clears text, priority int, says text, id int)
    LANGUAGE sql STABLE ROWS 500 SET search_path = doorstep, pg_temp AS $$
    SELECT m.provider, m.code, m.detail, m.pattern, m.status::text, m.role::text, m.kind::text, m.severity::text, m.label, m.version,
           m.wording, nullif(array_to_string(m.clears, ' '), ''), m.priority::int, w.text, m.id
      FROM status_map m LEFT JOIN status_wording w ON w.wording = m.wording AND w.language = 'en'
     WHERE (p_provider IS NULL OR m.provider = lower(p_provider)) AND (p_kind IS NULL OR m.kind::text = p_kind OR p_kind = ANY (m.clears::text[]))
       AND CASE WHEN p_version IS NULL THEN m.ended_in IS NULL ELSE m.version <= p_version AND coalesce(m.ended_in > p_version, true) END
       AND NOT EXISTS (SELECT FROM regexp_split_to_table(lower(coalesce(p_text, '')), '\s+') x
                        WHERE strpos(lower(concat_ws(' ', m.provider, concat_ws('/', m.code, m.detail), m.pattern, m.label, m.wording, m.status, m.kind, w.text)), x) = 0)
     ORDER BY m.provider, m.code NULLS FIRST, m.detail NULLS FIRST, m.pattern NULLS FIRST
$$;

-- Drafts that wait ("draft"), one's own ("mine") or all, newest first; or one.
CREATE FUNCTION dictionary_drafts(p_list text DEFAULT 'draft', p_id bigint DEFAULT NULL)
    RETURNS TABLE (id bigint, what text, subject text, becomes text, label text, says text, was text, note text, by text, at timestamptz, state text,
                   decided_by text, decided_at timestamptz, decided_note text, version int, mine boolean, may_decide boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 20 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM require_level(1, 'look at drafts of the dictionary');
    RETURN QUERY
    SELECT d.id, d.what, say_draft(d), CASE d.what WHEN 'entry' THEN say_reading(d.role, d.kind, d.status, d.severity, d.clears) WHEN 'retire' THEN 'retired' WHEN 'word' THEN d.text ELSE d.label END,
           d.label, coalesce(d.text, w.text), CASE d.what WHEN 'word' THEN o.text ELSE say_reading(m.role, m.kind, m.status, m.severity, m.clears) END, CASE WHEN works_with(d.by) THEN d.note ELSE '' END,
           CASE WHEN works_with(d.by) THEN d.by ELSE 'somebody' END, d.at, d.state, CASE WHEN works_with(d.decided_by) THEN d.decided_by WHEN d.decided_by IS NOT NULL THEN 'somebody' END,
           d.decided_at, d.decided_note, d.version, d.by = session_user, d.state = 'draft' AND my_level() >= 3 AND my_brands() IS NULL
      FROM dictionary_draft d
      LEFT JOIN status_map m ON m.id = d.replaces
      LEFT JOIN status_wording w ON d.what = 'entry' AND w.wording = d.wording AND w.language = 'en'
      LEFT JOIN status_wording o ON d.what = 'word' AND o.wording = d.wording AND o.language = d.language
     WHERE CASE WHEN p_id IS NOT NULL THEN d.id = p_id WHEN p_list = 'mine' THEN d.by = session_user WHEN p_list = 'all' THEN true ELSE d.state = 'draft' END
     ORDER BY d.id DESC LIMIT 1000;
END
$$;

-- The newest scans of an entry, or (p_map null) of a code it does not know: at most p_limit are looked at, of brands the caller sees.
CREATE FUNCTION dictionary_scans(p_provider text, p_map int, p_code text, p_detail text, p_limit int)
    RETURNS TABLE (shipment_id bigint, occurred_at timestamptz, message text, kind exception_kind, is_exception boolean)
    LANGUAGE plpgsql STABLE ROWS 100 SET search_path = doorstep, pg_temp SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
BEGIN
    IF p_map IS NULL THEN
        RETURN QUERY
        SELECT x.shipment_id, x.occurred_at, x.message, x.kind, x.is_exception
          FROM (SELECT * FROM scan_event e WHERE e.provider = p_provider AND e.map_id IS NULL ORDER BY e.occurred_at DESC LIMIT p_limit * 10) x
         WHERE coalesce(norm_code(x.code), '') = p_code AND coalesce(norm_code(x.detail), '') = p_detail AND (mine IS NULL OR x.brand_id = ANY (mine)) LIMIT p_limit;
    ELSE
        RETURN QUERY
        SELECT x.shipment_id, x.occurred_at, x.message, x.kind, x.is_exception
          FROM (SELECT * FROM scan_event e WHERE e.provider = p_provider AND e.map_id = p_map ORDER BY e.occurred_at DESC LIMIT p_limit) x
         WHERE mine IS NULL OR x.brand_id = ANY (mine);
    END IF;
END
$$;

-- Codes that found nothing, most seen first. p_list: "open", "ignored" or "all". open: exceptions that are "other" because of it. Who works
-- for some brands is told of those seen on their parcels, as often as there among the newest 1,000. Ignored ones come back when they
-- were seen ten times as often.
CREATE FUNCTION dictionary_todo(p_list text DEFAULT 'open', p_provider text DEFAULT NULL, p_limit int DEFAULT 200)
    RETURNS TABLE (provider text, code text, detail text, count bigint, first_seen timestamptz, last_seen timestamptz, sample text, sample_tracking text,
                   open bigint, samples jsonb, ignored boolean, ignored_by text, ignored_reason text, drafts bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50 SET search_path = doorstep, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
BEGIN
    PERFORM require_level(1, 'look at what the dictionary does not know');
    RETURN QUERY
    WITH troubled AS MATERIALIZED (
        SELECT v.provider, coalesce(norm_code(v.code), '') AS code, coalesce(norm_code(v.detail), '') AS detail, count(DISTINCT e.id) AS n
          FROM (SELECT * FROM exception x WHERE x.state <> 'resolved' AND x.marks & 8 <> 0 AND (mine IS NULL OR x.brand_id = ANY (mine)) LIMIT 20000) e
         CROSS JOIN LATERAL (SELECT * FROM scan_event y WHERE y.shipment_id = e.shipment_id AND y.is_exception AND y.map_id IS NULL OFFSET 0) v
         GROUP BY 1, 2, 3
    )
    SELECT u.provider, u.code, u.detail, CASE WHEN mine IS NULL THEN u.count ELSE s.n END, CASE WHEN mine IS NULL THEN u.first_seen ELSE s.first END,
           CASE WHEN mine IS NULL THEN u.last_seen ELSE s.last END, coalesce(s.samples -> 0 ->> 'text', CASE WHEN mine IS NULL THEN u.sample END, ''),
           coalesce(s.samples -> 0 ->> 'tracking_number', CASE WHEN mine IS NULL THEN u.sample_tracking END), coalesce((SELECT t.n FROM troubled t WHERE t.provider = u.provider AND t.code = u.code AND t.detail = u.detail), 0), coalesce(s.samples, '[]'),
           i.aside, CASE WHEN u.ignored_at IS NOT NULL AND works_with(u.ignored_by) THEN u.ignored_by END, CASE WHEN mine IS NULL OR works_with(u.ignored_by) THEN u.ignored_reason END,
           (SELECT count(*) FROM dictionary_draft d WHERE d.state = 'draft' AND d.what = 'entry' AND d.provider = u.provider
               AND coalesce(d.code, u.code) = u.code AND coalesce(d.detail, u.detail) = u.detail AND (d.code IS NOT NULL OR d.detail IS NOT NULL))
      FROM unmapped_code u
     CROSS JOIN LATERAL (SELECT u.ignored_at IS NOT NULL AND u.count < 10 * u.ignored_count AS aside) i
     CROSS JOIN LATERAL (
        SELECT count(*) AS n, min(x.occurred_at) AS first, max(x.occurred_at) AS last,
               (SELECT jsonb_agg(j.one) FROM (
                    SELECT jsonb_build_object('text', coalesce(y.message, ''), 'tracking_number', max(y.tracking), 'seen', count(*), 'at', json_instant(max(y.occurred_at))) AS one
                      FROM (SELECT z.*, h.tracking_number AS tracking FROM dictionary_scans(u.provider, NULL, u.code, u.detail, 200) z JOIN shipment h ON h.id = z.shipment_id) y
                     GROUP BY y.message ORDER BY count(*) DESC, max(y.occurred_at) DESC LIMIT 5) j) AS samples
          FROM dictionary_scans(u.provider, NULL, u.code, u.detail, 1000) x) s
     WHERE u.mapped_in IS NULL AND (p_provider IS NULL OR u.provider = lower(p_provider)) AND (mine IS NULL OR s.n > 0)
       AND CASE p_list WHEN 'all' THEN true WHEN 'ignored' THEN i.aside ELSE NOT i.aside END
     ORDER BY 4 DESC, 6 DESC LIMIT least(greatest(p_limit, 1), 1000);
END
$$;

-- All an entry ever said, newest version first, of a code (and detail; null is any). scans: of the newest 10,000 it read; open: exceptions
-- that are open because of those.
CREATE FUNCTION dictionary_history(p_provider text, p_code text, p_detail text)
    RETURNS TABLE (id int, provider text, code text, detail text, pattern text, reading text, label text, wording text, priority int, version int, made_at timestamptz, made_by text,
                   made_note text, ended_in int, ended_at timestamptz, scans bigint, open bigint, words jsonb, labels jsonb)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10 SET search_path = doorstep, pg_temp SET jit = off AS $$
#variable_conflict use_column
BEGIN
    PERFORM require_level(1, 'look at the dictionary');
    RETURN QUERY
    SELECT m.id, m.provider, m.code, m.detail, m.pattern, say_reading(m.role, m.kind, m.status, m.severity, m.clears), m.label, m.wording, m.priority::int, m.version, v.made_at,
           CASE WHEN works_with(v.made_by) THEN v.made_by ELSE 'somebody' END, v.note, m.ended_in, x.made_at, s.n, s.open,
           (SELECT jsonb_object_agg(w.language, w.text) FROM status_wording w WHERE w.wording = m.wording),
           (SELECT jsonb_object_agg(l.language, l.label) FROM status_label l WHERE l.map_id = m.id)
      FROM status_map m JOIN dictionary_version v ON v.version = m.version LEFT JOIN dictionary_version x ON x.version = m.ended_in
     CROSS JOIN LATERAL (
        SELECT count(*) AS n, count(DISTINCT e.id) AS open
          FROM (SELECT m.provider AS name UNION SELECT c.code FROM carrier c WHERE m.provider = 'doorstep') p
         CROSS JOIN LATERAL dictionary_scans(p.name, m.id, NULL, NULL, 10000) y
          LEFT JOIN exception e ON y.is_exception AND e.shipment_id = y.shipment_id AND e.state <> 'resolved' AND e.kind = y.kind) s
     WHERE m.provider = lower(btrim(p_provider)) AND (nullif(p_code, '*') IS NULL OR m.code = norm_code(p_code)) AND (p_detail IS NULL OR m.detail = norm_code(p_detail))
     ORDER BY m.code NULLS FIRST, m.detail NULLS FIRST, m.pattern NULLS FIRST, m.version DESC LIMIT 200;
END
$$;

GRANT EXECUTE ON FUNCTION dictionary_draft_save(uuid, jsonb), dictionary_list(text, text, text, int), dictionary_drafts(text, bigint), dictionary_todo(text, text, int),
    dictionary_history(text, text, text), say_reading(map_role, exception_kind, shipment_status, severity, exception_kind[]) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
