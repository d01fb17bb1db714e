-- Outages: declared for a scope, which new exceptions join and changed ones leave; while one is live its messages may be held
-- and its clocks stand; its end takes all of that back.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

ALTER TABLE outage ADD COLUMN changed_at timestamptz NOT NULL DEFAULT clock_timestamp();   -- declared, changed or ended
-- What an outage holds has to be found when it ends, the resolved ones too.
CREATE INDEX exception_held ON exception (id) WHERE sla_held;

-- ---------------------------------------------------------------- scopes

-- Does a parcel fall under it? As the filter compares: in any case, postal codes by their beginning; what is not known does not
-- have the property that was excluded.
CREATE FUNCTION scope_part(p_values jsonb, p text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN p_values IS NULL OR coalesce(p_values ? lower(p), false);
CREATE FUNCTION scope_begins(p_values jsonb, p text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN EXISTS (SELECT FROM jsonb_array_elements_text(p_values) x WHERE starts_with(lower(p), x));
CREATE FUNCTION scope_has(p_scope jsonb, p_brand text, p_carrier text, p_service text, p_country text, p_region text, p_city text,
                          p_postal text, p_kind text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = doorstep, pg_temp AS $$
DECLARE
    s jsonb := lower(p_scope::text);
    n jsonb := s -> 'not';
BEGIN
    IF NOT (scope_part(s -> 'carrier', p_carrier) AND scope_part(s -> 'region', p_region) AND scope_part(s -> 'service', p_service)
            AND scope_part(s -> 'brand', p_brand) AND scope_part(s -> 'country', p_country) AND scope_part(s -> 'city', p_city)
            AND scope_part(s -> 'kind', p_kind) AND (NOT s ? 'postal' OR scope_begins(s -> 'postal', p_postal))) THEN
        RETURN false;
    END IF;
    RETURN n IS NULL OR NOT coalesce(
        n -> 'carrier' ? lower(p_carrier) OR n -> 'region' ? lower(p_region) OR n -> 'service' ? lower(p_service) OR n -> 'brand' ? lower(p_brand)
        OR n -> 'country' ? lower(p_country) OR n -> 'city' ? lower(p_city) OR n -> 'kind' ? lower(p_kind)
        OR n ? 'postal' AND scope_begins(n -> 'postal', p_postal), false);
END
$$;
CREATE FUNCTION scope_covers(p_scope jsonb, e exception) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN scope_has(p_scope, e.brand, e.carrier, e.service, e.country, e.region, e.city, e.postal_code, e.kind::text);

-- The same as a condition on e, for statements that look at very many. Every value is a quoted literal.
CREATE FUNCTION scope_term(p_name text, p_values jsonb) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = doorstep, pg_temp
    RETURN CASE p_name
        WHEN 'postal' THEN (SELECT string_agg(format('starts_with(lower(e.postal_code), %L)', lower(v)), ' OR ') FROM jsonb_array_elements_text(p_values) v)
        WHEN 'kind' THEN format('e.kind::text = ANY (%L::text[])', ARRAY(SELECT lower(v) FROM jsonb_array_elements_text(p_values) v))
        ELSE format('lower(e.%I) = ANY (%L::text[])', p_name, ARRAY(SELECT lower(v) FROM jsonb_array_elements_text(p_values) v)) END;
CREATE FUNCTION scope_where(p_scope jsonb) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = doorstep, pg_temp
    RETURN (SELECT coalesce(string_agg(t, ' AND '), 'true')
              FROM (SELECT '(' || scope_term(key, value) || ')' AS t FROM jsonb_each(p_scope) WHERE key <> 'not'
                    UNION ALL SELECT '(' || scope_term(key, value) || ') IS NOT TRUE' FROM jsonb_each(coalesce(p_scope -> 'not', '{}'))) x);

-- The filter it is: carrier:ups region:TX -service:air
CREATE FUNCTION scope_value(p text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN p ~ '[\s,:"\\]' OR p ~ '^[-<>=(#]' OR lower(p) IN ('none', 'me')
                THEN '"' || replace(replace(p, '\', '\\'), '"', '\"') || '"' ELSE p END;
CREATE FUNCTION scope_words(p_scope jsonb, p_sign text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = doorstep, pg_temp
    RETURN (SELECT string_agg(p_sign || n || ':' || (SELECT string_agg(scope_value(v), ',' ORDER BY i) FROM jsonb_array_elements_text(p_scope -> n) WITH ORDINALITY x(v, i)), ' ' ORDER BY o)
              FROM unnest('{carrier,service,brand,country,region,city,postal,kind}'::text[]) WITH ORDINALITY u(n, o) WHERE p_scope ? n);
CREATE FUNCTION scope_text(p_scope jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = doorstep, pg_temp
    RETURN concat_ws(' ', scope_words(p_scope - 'not', ''), scope_words(p_scope -> 'not', '-'));
-- "UPS region:TX"
CREATE FUNCTION scope_title(p_scope jsonb) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN left(concat_ws(' ', (SELECT string_agg(coalesce(c.name, v), ', ' ORDER BY i)
                                  FROM jsonb_array_elements_text(p_scope -> 'carrier') WITH ORDINALITY x(v, i) LEFT JOIN carrier c ON c.code = lower(v)),
                               nullif(scope_text(p_scope - 'carrier'), '')), 76);

-- Each list in order and without what stands there twice, so that the same scope is the same text.
CREATE FUNCTION scope_sorted(p jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE SET search_path = doorstep, pg_temp
    RETURN (SELECT jsonb_object_agg(key, (SELECT jsonb_agg(v ORDER BY v COLLATE "C") FROM (SELECT DISTINCT btrim(v) AS v FROM jsonb_array_elements_text(value) v) y))
              FROM jsonb_each(p));

-- Why an object is no list of properties at all, or null.
CREATE FUNCTION scope_misshapen(p jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    k text;
    v jsonb;
BEGIN
    FOR k, v IN SELECT * FROM jsonb_each(p) LOOP
        IF k <> ALL ('{carrier,service,brand,country,region,city,postal,kind}') THEN
            RETURN format('a scope has no "%s": use carrier, service, brand, country, region, city, postal and kind', left(k, 40));
        ELSIF jsonb_typeof(v) <> 'array' OR jsonb_array_length(v) NOT BETWEEN 1 AND 64
              OR EXISTS (SELECT FROM jsonb_array_elements(v) x WHERE jsonb_typeof(x) <> 'string' OR length(btrim(x #>> '{}')) NOT BETWEEN 1 AND 64) THEN
            RETURN format('%s is a list of 1 to 64 words', k);
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

-- A scope as the caller may declare it: in order, within their brands; else why not.
CREATE FUNCTION scope_mine(p_scope jsonb, OUT scope jsonb, OUT brands int[], OUT wrong text)
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    mine int[] := my_brands();
    without jsonb := p_scope -> 'not';
    stranger text;
BEGIN
    IF p_scope IS NULL OR jsonb_typeof(p_scope) <> 'object' OR p_scope = '{}' THEN
        wrong := 'say what is out: a carrier, a region, such as carrier:ups region:TX';
    ELSIF without IS NOT NULL AND jsonb_typeof(without) <> 'object' THEN
        wrong := '"not" is an object of lists';
    ELSE
        wrong := coalesce(scope_misshapen(p_scope - 'not'), scope_misshapen(without));
    END IF;
    IF wrong IS NOT NULL THEN
        RETURN;
    ELSIF p_scope - 'not' = '{}' THEN
        wrong := 'it only says what is not in it: name what is out, such as carrier:ups region:TX';
        RETURN;
    ELSIF NOT p_scope ?| '{carrier,service,country,region,city,postal}' THEN
        wrong := 'a brand or a kind alone is no outage: name the carrier too, or a service, country, region, city or postal code';
        RETURN;
    END IF;
    scope := scope_sorted(p_scope - 'not') || CASE WHEN without <> '{}' THEN jsonb_build_object('not', scope_sorted(without)) ELSE '{}' END;
    SELECT v INTO stranger FROM jsonb_array_elements_text(coalesce(scope -> 'carrier', '[]') || coalesce(scope #> '{not,carrier}', '[]')) v
     WHERE NOT EXISTS (SELECT FROM carrier c WHERE c.code = lower(v)) LIMIT 1;
    IF FOUND THEN
        wrong := format('there is no carrier "%s"', stranger);
        RETURN;
    END IF;
    IF scope ? 'brand' THEN
        SELECT v INTO stranger FROM jsonb_array_elements_text(scope -> 'brand') v
         WHERE NOT EXISTS (SELECT FROM brand b WHERE lower(b.code) = lower(v) AND sees_brand(b.id)) LIMIT 1;
        IF FOUND THEN
            wrong := format('there is no brand "%s" among yours', stranger);
            RETURN;
        END IF;
        brands := ARRAY(SELECT b.id FROM brand b WHERE lower(b.code) IN (SELECT lower(v) FROM jsonb_array_elements_text(scope -> 'brand') v) ORDER BY b.id);
    ELSIF mine IS NOT NULL THEN
        brands := ARRAY(SELECT x FROM unnest(mine) x ORDER BY x);
        scope := scope || jsonb_build_object('brand', (SELECT jsonb_agg(b.code ORDER BY b.code COLLATE "C") FROM brand b WHERE b.id = ANY (mine)));
    END IF;
END
$$;

-- Why this scope is too wide, or null; and how many open exceptions are in it.
CREATE FUNCTION scope_count(p_scope jsonb, p_brands int[], OUT n bigint, OUT total bigint, OUT wrong text)
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    carriers int;
    mine int[] := my_brands();
BEGIN
    EXECUTE format('SELECT count(*), count(DISTINCT e.carrier_id) FROM exception e WHERE e.state <> ''resolved'' AND %s', scope_where(p_scope)) INTO n, carriers;
    SELECT coalesce(sum(c.n), 0) INTO total FROM counter c WHERE c.state <> 'resolved' AND (mine IS NULL OR c.brand_id = ANY (mine));
    IF n > 20 AND n >= total AND carriers > 1 THEN
        wrong := format('that is every open exception, all %s of them: name the carrier that is out, such as carrier:ups, and the region', to_char(n, 'FM999,999,990'));
    END IF;
END
$$;

-- ---------------------------------------------------------------- how many are in each
-- As counter: one row a change, added up by readers. Of live outages alone.
CREATE TABLE outage_counter (
    outage_id int NOT NULL,
    brand_id  int NOT NULL,
    n         bigint NOT NULL,
    fresh     bigint NOT NULL      -- of those nobody's
) WITH (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.1);

CREATE FUNCTION outage_counter_fold() RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF pg_try_advisory_xact_lock(hashtext('doorstep outage counter')) THEN
        WITH gone AS (DELETE FROM outage_counter RETURNING *)
        INSERT INTO outage_counter SELECT g.outage_id, g.brand_id, sum(g.n), sum(g.fresh) FROM gone g JOIN outage o ON o.id = g.outage_id AND o.ended_at IS NULL
                                    GROUP BY 1, 2 HAVING sum(g.n) <> 0 OR sum(g.fresh) <> 0;
    END IF;
END
$$;

-- ---------------------------------------------------------------- who is in which, and whether the clock stands

-- The outages an open exception belongs to: of the live ones those whose scope it is in, of those that ended what it was in.
CREATE FUNCTION outages_of(e exception) RETURNS int[] LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT coalesce(array_agg(x ORDER BY x), '{}')
      FROM (SELECT x FROM unnest(e.outages) x WHERE NOT EXISTS (SELECT FROM outage o WHERE o.id = x AND o.ended_at IS NULL)
            UNION ALL SELECT o.id FROM outage o WHERE o.ended_at IS NULL AND scope_covers(o.scope, e)) u
$$;

-- Brings exceptions the caller has locked up to the live outages: which they are in (p_add: this one, without looking; p_drop: never
-- in this one; p_look: by the scopes of all live ones), and whether their clocks stand. Rows that stay as they are are not
-- written. Clocks that start again do so from p_from. The timeline tells of clocks alone.
CREATE FUNCTION outage_refresh(p_ids bigint[], p_look boolean, p_add int, p_drop int, p_actor text, p_key uuid, p_at timestamptz,
                               p_note text, p_from timestamptz, OUT changed int, OUT stopped int, OUT started int)
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' SET jit = off AS $$
DECLARE
    pausing int[] := ARRAY(SELECT o.id FROM outage o WHERE o.ended_at IS NULL AND o.pause_sla);
BEGIN
    WITH clock AS MATERIALIZED (
        SELECT c.id, business_clock(c.id, p_at) AS now_s FROM calendar c
    ), was AS MATERIALIZED (
        SELECT e.id, e.state IN ('new', 'working') AS runs, e.sla_held, e.calendar_id, e.first_response_due_at AS first_due, e.resolve_due_at AS resolve_due,
               e.first_left_s AS first_left, e.resolve_left_s AS resolve_left, e.outages, b.became,
               (e.state <> 'resolved' OR e.sla_held) AND b.became && pausing AS held
          FROM exception e
         CROSS JOIN LATERAL (SELECT CASE WHEN p_look AND e.state <> 'resolved' THEN outages_of(e)
                                         WHEN p_add IS NOT NULL AND p_add <> ALL (e.outages) THEN e.outages || p_add
                                         WHEN p_drop IS NOT NULL THEN array_remove(e.outages, p_drop)
                                         ELSE e.outages END AS became OFFSET 0) b
         WHERE e.id = ANY (p_ids)
    ), plan AS MATERIALIZED (
        SELECT w.*, w.held AND NOT w.sla_held AND w.runs AS stops, NOT w.held AND w.sla_held AND w.runs AS starts
          FROM was w WHERE w.became <> w.outages OR w.held <> w.sla_held
    ), item AS MATERIALIZED (
        SELECT p.id, p.became, p.held, p.stops, p.starts, p.held <> p.sla_held AS said, x.*,
               CASE WHEN p.held <> p.sla_held THEN CASE WHEN p.held THEN 'the clock stands: ' ELSE 'the clock runs again: ' END || coalesce(p_note,
                    (SELECT format('outage %s, %s', o.id, o.title) FROM outage o WHERE o.id = ANY (p.became) AND o.id = ANY (pausing) ORDER BY o.id LIMIT 1),
                    'it is in no outage any more') END AS note,
               CASE WHEN p.held <> p.sla_held THEN jsonb_build_object('sla_held', p.sla_held) || CASE WHEN p.stops OR p.starts THEN jsonb_build_object(
                    'first_response_due_at', p.first_due, 'resolve_due_at', p.resolve_due, 'first_left_s', p.first_left, 'resolve_left_s', p.resolve_left)
                    ELSE '{}' END END AS before,
               CASE WHEN p.held <> p.sla_held THEN jsonb_build_object('sla_held', p.held) || CASE WHEN p.stops OR p.starts THEN jsonb_build_object(
                    'first_response_due_at', x.d1, 'resolve_due_at', x.d2, 'first_left_s', x.l1, 'resolve_left_s', x.l2)
                    ELSE '{}' END END AS after
          FROM plan p LEFT JOIN clock c ON c.id = p.calendar_id
         CROSS JOIN LATERAL (
            SELECT CASE WHEN p.stops THEN NULL WHEN p.starts THEN business_due(p.calendar_id, p_from, p.first_left) ELSE p.first_due END AS d1,
                   CASE WHEN p.stops THEN NULL WHEN p.starts THEN business_due(p.calendar_id, p_from, p.resolve_left) ELSE p.resolve_due END AS d2,
                   CASE WHEN p.starts THEN NULL WHEN NOT p.stops THEN p.first_left
                        WHEN p.calendar_id IS NULL THEN epoch_s(p.first_due) - epoch_s(p_at)
                        WHEN p.first_due IS NOT NULL THEN business_clock(p.calendar_id, p.first_due) - c.now_s END AS l1,
                   CASE WHEN p.starts THEN NULL WHEN NOT p.stops THEN p.resolve_left
                        WHEN p.calendar_id IS NULL THEN epoch_s(p.resolve_due) - epoch_s(p_at)
                        WHEN p.resolve_due IS NOT NULL THEN business_clock(p.calendar_id, p.resolve_due) - c.now_s END AS l2 OFFSET 0) x
    ), head AS (
        UPDATE exception e
           SET outages = i.became, sla_held = i.held, first_response_due_at = i.d1, resolve_due_at = i.d2, first_left_s = i.l1, resolve_left_s = i.l2,
               rev = e.rev + 1, updated_at = CASE WHEN i.said THEN p_at ELSE e.updated_at END,
               activity_seq = e.activity_seq + i.said::int,
               activity_hash = CASE WHEN i.said THEN activity_link(e.activity_hash, e.id, e.activity_seq + 1, e.brand_id, p_at, p_actor, 'outage',
                                                                   i.note, i.before, i.after, p_key) ELSE e.activity_hash END
          FROM item i
         WHERE e.id = i.id
        RETURNING e.id, e.activity_seq, e.activity_hash, e.brand_id, i.said, i.note, i.before, i.after, i.stops, i.starts
    ), told AS (
        INSERT INTO activity (exception_id, seq, brand_id, at, actor, verb, text, before, after, key, hash)
        SELECT h.id, h.activity_seq, h.brand_id, p_at, p_actor, 'outage', h.note, h.before, h.after, p_key, h.activity_hash FROM head h WHERE h.said
    )
    SELECT count(*), count(*) FILTER (WHERE h.stops), count(*) FILTER (WHERE h.starts) INTO changed, stopped, started FROM head h;
END
$$;

-- New exceptions join, changed ones join and leave; their numbers are kept. One index look while no outage is live.
CREATE FUNCTION exception_outages() RETURNS trigger LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    live int[] := ARRAY(SELECT o.id FROM outage o WHERE o.ended_at IS NULL);
    ids bigint[];
    at timestamptz;
BEGIN
    IF cardinality(live) = 0 THEN
        RETURN NULL;
    END IF;
    IF tg_op = 'INSERT' THEN
        ids := ARRAY(SELECT m.id FROM made m WHERE m.state <> 'resolved'
                        AND EXISTS (SELECT FROM outage o, exception e WHERE o.ended_at IS NULL AND e.id = m.id AND scope_covers(o.scope, e)));
    ELSE
        INSERT INTO outage_counter
        SELECT x.o, x.brand_id, sum(x.d), sum(x.f)
          FROM (SELECT unnest(w.outages) AS o, w.brand_id, 1 AS d, (w.state = 'new')::int AS f FROM now_rows w WHERE w.state <> 'resolved' AND w.outages && live
                UNION ALL
                SELECT unnest(w.outages), w.brand_id, -1, -(w.state = 'new')::int FROM was_rows w WHERE w.state <> 'resolved' AND w.outages && live) x
         WHERE x.o = ANY (live) GROUP BY 1, 2 HAVING sum(x.d) <> 0 OR sum(x.f) <> 0;
        IF FOUND AND random() < 0.05 THEN
            PERFORM outage_counter_fold();
        END IF;
        ids := ARRAY(SELECT w.id FROM now_rows w JOIN was_rows o USING (id)
                      WHERE w.state <> 'resolved' AND (o.state = 'resolved' OR
                            (w.brand_id, w.carrier_id, w.service, w.country, w.region, w.city, w.postal_code, w.kind) IS DISTINCT FROM
                            (o.brand_id, o.carrier_id, o.service, o.country, o.region, o.city, o.postal_code, o.kind)));
    END IF;
    IF cardinality(ids) > 0 THEN
        at := clock_timestamp();
        PERFORM outage_refresh(ids, true, NULL, NULL, 'clock', NULL, at, NULL, at);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER outages_new AFTER INSERT ON exception REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION exception_outages();
CREATE TRIGGER outages_changed AFTER UPDATE ON exception REFERENCING OLD TABLE AS was_rows NEW TABLE AS now_rows
    FOR EACH STATEMENT EXECUTE FUNCTION exception_outages();

CREATE FUNCTION control_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('doorstep', 'u');
    RETURN NULL;
END
$$;
CREATE TRIGGER changed AFTER INSERT OR UPDATE ON outage FOR EACH STATEMENT EXECUTE FUNCTION control_changed();

-- ---------------------------------------------------------------- the clock, whatever people do meanwhile
-- Held, it stands in every state: what is left is kept and nothing is due.

CREATE OR REPLACE FUNCTION sla_stop(e exception, p_at timestamptz) RETURNS jsonb LANGUAGE sql STABLE
    RETURN CASE WHEN e.sla_held OR e.state IN ('waiting', 'snoozed') THEN '{}' ELSE jsonb_build_object(
        'first_left_s', business_left(e.calendar_id, p_at, e.first_response_due_at),
        'resolve_left_s', business_left(e.calendar_id, p_at, e.resolve_due_at)) END;
CREATE OR REPLACE FUNCTION sla_start_again(e exception, p_at timestamptz) RETURNS jsonb LANGUAGE sql STABLE
    RETURN CASE WHEN e.sla_held THEN sla_hidden() WHEN e.state IN ('new', 'working') THEN '{}' ELSE jsonb_build_object(
        'first_response_due_at', business_due(e.calendar_id, p_at, e.first_left_s),
        'resolve_due_at', business_due(e.calendar_id, p_at, e.resolve_left_s),
        'first_left_s', NULL, 'resolve_left_s', NULL) END;

-- The merge works out when a clock that runs is due; where it is held, that becomes what is left.
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, 'patch AS MATERIALIZED (', 'ticking AS MATERIALIZED (');
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, 'coalesce(h.first_s, e.first_left_s) AS first_left, coalesce(h.resolve_s, e.resolve_left_s) AS resolve_left,',
    'coalesce(h.first_s, e.first_left_s) AS first_kept, coalesce(h.resolve_s, e.resolve_left_s) AS resolve_kept, e.sla_held,');
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, 'ELSE coalesce(h.first_at, e.first_response_due_at) END AS first_response_due_at,',
    'ELSE coalesce(h.first_at, e.first_response_due_at) END AS first_runs,');
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, 'ELSE coalesce(h.resolve_at, e.resolve_due_at) END AS resolve_due_at,',
    'ELSE coalesce(h.resolve_at, e.resolve_due_at) END AS resolve_runs,');
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, '), words AS (', '), patch AS MATERIALIZED (             -- an outage''s clock stands
        SELECT t.*, t.sla_held AND t.state <> ''resolved'' AS held,
               CASE WHEN NOT t.sla_held OR t.state = ''resolved'' THEN t.first_runs END AS first_response_due_at,
               CASE WHEN NOT t.sla_held OR t.state = ''resolved'' THEN t.resolve_runs END AS resolve_due_at,
               CASE WHEN t.sla_held AND t.state <> ''resolved'' AND num_nonnulls(t.first_runs, t.resolve_runs) > 0
                    THEN business_left(t.calendar_id, p_now, t.first_runs) ELSE t.first_kept END AS first_left,
               CASE WHEN t.sla_held AND t.state <> ''resolved'' AND num_nonnulls(t.first_runs, t.resolve_runs) > 0
                    THEN business_left(t.calendar_id, p_now, t.resolve_runs) ELSE t.resolve_kept END AS resolve_left
          FROM ticking t
    ), words AS (');
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, 'first_left_s = CASE WHEN NOT i.awake THEN', 'first_left_s = CASE WHEN NOT i.awake OR i.held THEN');
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, 'resolve_left_s = CASE WHEN NOT i.awake THEN', 'resolve_left_s = CASE WHEN NOT i.awake OR i.held THEN');

-- What taking back an action makes of the clock where an outage has stopped or started it since, or holds it now: what is left
-- is counted as if the action had not been and the outage had.
CREATE FUNCTION undo_clock(e exception, a activity, p_patch jsonb, p_at timestamptz) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    p exception;
    released timestamptz;
    paused bigint;
    first_s bigint;
    resolve_s bigint;
    since timestamptz := p_at;
BEGIN
    SELECT max(x.at) FILTER (WHERE x.after ->> 'sla_held' = 'false') INTO released FROM activity x
     WHERE x.exception_id = e.id AND x.seq > a.seq AND x.verb = 'outage' AND x.after ? 'sla_held';
    IF NOT e.sla_held AND released IS NULL THEN
        RETURN p_patch;
    END IF;
    p := jsonb_populate_record(e, p_patch);
    IF p_patch ->> 'first_left_s' IS NOT NULL OR p_patch ->> 'resolve_left_s' IS NOT NULL THEN      -- it stood before, too
        first_s := p.first_left_s;
        resolve_s := p.resolve_left_s;
        since := coalesce(released, p_at);
    ELSIF p_patch ->> 'first_response_due_at' IS NOT NULL OR p_patch ->> 'resolve_due_at' IS NOT NULL THEN      -- it ran on, but for the outages
        SELECT coalesce(sum(business_left(e.calendar_id, s.at, s.until)), 0) INTO paused
          FROM (SELECT x.at, x.after ->> 'sla_held' = 'true' AS stands, coalesce(lead(x.at) OVER (ORDER BY x.seq), p_at) AS until FROM activity x
                 WHERE x.exception_id = e.id AND x.seq > a.seq AND x.verb = 'outage' AND x.after ? 'sla_held') s WHERE s.stands;
        first_s := business_left(e.calendar_id, p_at, p.first_response_due_at) + paused;
        resolve_s := business_left(e.calendar_id, p_at, p.resolve_due_at) + paused;
    ELSIF num_nonnulls(e.first_left_s, e.resolve_left_s) > 0 THEN      -- it stood then and stands now
        first_s := e.first_left_s;
        resolve_s := e.resolve_left_s;
        since := coalesce(released, p_at);
    ELSE
        since := coalesce(released, p_at);
        first_s := business_left(e.calendar_id, since, e.first_response_due_at);
        resolve_s := business_left(e.calendar_id, since, e.resolve_due_at);
    END IF;
    IF e.sla_held OR p.state IN ('waiting', 'snoozed', 'resolved') THEN
        RETURN p_patch || jsonb_build_object('first_left_s', first_s, 'resolve_left_s', resolve_s)
               || CASE WHEN p.state = 'resolved' THEN '{}' ELSE sla_hidden() END;
    END IF;
    RETURN p_patch || jsonb_build_object('first_left_s', NULL, 'resolve_left_s', NULL,
        'first_response_due_at', business_due(e.calendar_id, since, first_s), 'resolve_due_at', business_due(e.calendar_id, since, resolve_s));
END
$$;
SELECT patch_function('decide_undo(exception, activity, text, timestamptz)'::regprocedure, 'x.seq > a.seq AND x.actor <> me', 'x.seq > a.seq AND x.actor <> me AND x.verb <> ''outage''');
SELECT patch_function('decide_undo(exception, activity, text, timestamptz)'::regprocedure, 'RETURN done(patch, ''took back: '' || a.text);', 'RETURN done(undo_clock(e, a, patch, at), ''took back: '' || a.text);');

-- ---------------------------------------------------------------- messages it holds

SELECT patch_function('guardrails(guard_item[], timestamptz, boolean)'::regprocedure, 'SELECT i.*, e.brand_id, e.carrier_id,',
    'SELECT i.*, e.brand AS e_brand, e.carrier AS e_carrier, e.service AS e_service, e.postal_code AS e_postal, e.brand_id, e.carrier_id,');
SELECT patch_function('guardrails(guard_item[], timestamptz, boolean)'::regprocedure, 'AND (h.region IS NULL OR h.region = i.region) AND (h.kind IS NULL OR h.kind = i.kind)',
    'AND (h.region IS NULL OR h.region = i.region) AND (h.kind IS NULL OR h.kind = i.kind)
                AND (h.scope IS NULL OR scope_has(h.scope, i.e_brand, i.e_carrier, i.e_service, i.country, i.region, i.city, i.e_postal, i.kind::text))
                AND (coalesce(i.t_name <> ALL (h.lets), true) OR coalesce(i.edited, false))');
SELECT patch_function('guardrails(guard_item[], timestamptz, boolean)'::regprocedure, 'concat(CASE WHEN h.carrier_id IS NOT NULL',
    'concat('' of outage '' || h.outage_id, CASE WHEN h.carrier_id IS NOT NULL');
SELECT patch_function('guard_stamps(bigint[], int[], int[], bigint[])'::regprocedure, 'e.kind, e.resolved_at, e.region, e.country,', 'e.kind, e.resolved_at, e.region, e.country, e.city, e.postal_code, e.service,');

-- Ends a hold the caller has locked, after the exceptions: what it kept back is queued again, and the worker asks all guardrails
-- before it goes. Gives how many.
CREATE FUNCTION hold_release(p_hold int, p_by text, p_at timestamptz) RETURNS int LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    back int;
BEGIN
    UPDATE message_hold h SET ended_at = p_at, ended_by = p_by WHERE h.id = p_hold AND h.ended_at IS NULL;
    WITH theirs AS MATERIALIZED (
        SELECT o.id FROM outreach o WHERE o.state = 'held' AND o.hold_id = p_hold ORDER BY o.id FOR UPDATE
    ), put AS (
        UPDATE outreach o SET state = 'queued', reason = NULL, hold_id = NULL, send_after = clock_timestamp() FROM theirs t WHERE o.id = t.id RETURNING 1
    )
    SELECT count(*) INTO back FROM put;
    IF back > 0 THEN
        PERFORM pg_notify('doorstep', 'o');
    END IF;
    RETURN back;
END
$$;
CREATE OR REPLACE FUNCTION hold_end(p_key uuid, p_id int) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    h message_hold;
    back int := 0;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(3, 'end holds');
        SELECT * INTO h FROM message_hold x
         WHERE x.id = p_id AND CASE WHEN x.brand_id IS NULL THEN my_brands() IS NULL ELSE sees_brand(x.brand_id) END FOR UPDATE;
        IF h.id IS NULL THEN
            answered := jsonb_build_array(jsonb_build_array(p_id, false, 'gone', format('there is no hold %s', p_id), NULL));
        ELSIF h.ended_at IS NOT NULL THEN
            answered := jsonb_build_array(jsonb_build_array(p_id, true, 'same', format('%s ended it %s', h.ended_by, ago(clock_timestamp() - h.ended_at)), NULL));
        ELSIF h.outage_id IS NOT NULL THEN
            answered := jsonb_build_array(jsonb_build_array(p_id, false, 'invalid',
                format('hold %s is outage %s''s: "doorstep outage set %s --no-hold-messages" ends it, and the outage''s end does', p_id, h.outage_id, h.outage_id), NULL));
        ELSE
            back := hold_release(p_id, session_user, clock_timestamp());
            answered := jsonb_build_array(jsonb_build_array(p_id, true, 'ok', CASE back WHEN 0 THEN '' WHEN 1 THEN '1 message goes out now'
                                                                                        ELSE back || ' messages go out now' END, NULL));
        END IF;
        PERFORM action_end(p_key, 'hold_end', clock_timestamp(), '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;
-- An outage's hold is seen by who sees the outage.
DROP POLICY by_brand ON message_hold;
CREATE POLICY by_brand ON message_hold FOR SELECT TO doorstep_viewer
    USING ((brand_id IS NULL OR (SELECT my_brands()) IS NULL OR brand_id = ANY ((SELECT my_brands())::int[]))
           AND (outage_id IS NULL OR EXISTS (SELECT FROM outage o WHERE o.id = outage_id)));

-- The outage's own wording is offered first while there is one, and not at all otherwise.
CREATE FUNCTION in_outage(p_outages int[]) RETURNS boolean LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT p_outages <> '{}' AND EXISTS (SELECT FROM outage o WHERE o.id = ANY (p_outages) AND o.ended_at IS NULL)
$$;
SELECT patch_function('candidates(exception)'::regprocedure, 'WHEN w.message IS NOT NULL THEN w.message',
    'WHEN o.name = ''carrier_outage'' AND NOT in_outage(e.outages) THEN ''speaks of an outage, and the parcel is in none''
                    WHEN w.message IS NOT NULL THEN w.message');
SELECT patch_function('candidates(exception)'::regprocedure, 'OVER (ORDER BY j.wrong IS NULL DESC,', 'OVER (ORDER BY j.wrong IS NULL DESC, j.name = ''carrier_outage'' AND j.wrong IS NULL DESC,');
SELECT patch_function('templates_fit(bigint[])'::regprocedure, 'ORDER BY fits DESC, name), ''[]'') FROM named',
    'ORDER BY name = ''carrier_outage'' AND fits > 0 DESC, fits DESC, name), ''[]'') FROM named
     WHERE name <> ''carrier_outage'' OR EXISTS (SELECT FROM exception e WHERE e.id = ANY (p_ids) AND in_outage(e.outages))');

-- ---------------------------------------------------------------- looking and declaring

CREATE FUNCTION outage_preview(p_scope jsonb)
    RETURNS TABLE (title text, scope text, exceptions bigint, open bigint, owned bigint, shipments bigint, messages bigint, clocks bigint,
                   overlaps int, allowed boolean, refusal text, warning text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
    m record;
    k record;
    condition text;
    plain jsonb;
    same outage;
BEGIN
    PERFORM require_level(1, 'look at outages');
    SELECT * INTO m FROM scope_mine(p_scope);
    allowed := m.wrong IS NULL;
    refusal := m.wrong;
    IF allowed THEN
        title := scope_title(m.scope);
        scope := scope_text(m.scope);
        condition := scope_where(m.scope);
        SELECT * INTO k FROM scope_count(m.scope, m.brands);
        exceptions := k.n;
        open := k.total;
        EXECUTE format('SELECT count(*) FILTER (WHERE e.owner IS NOT NULL), count(*) FILTER (WHERE e.state IN (''new'', ''working'') AND NOT e.sla_held)
                          FROM exception e WHERE e.state <> ''resolved'' AND %s', condition) INTO owned, clocks;
        EXECUTE format('SELECT count(DISTINCT o.id) FROM outage o JOIN exception e ON e.outages @> ARRAY[o.id] AND e.outages <> ''{}'' AND e.state <> ''resolved''
                         WHERE o.ended_at IS NULL AND %s', condition) INTO overlaps;
        EXECUTE format('SELECT count(*) FROM outreach q JOIN exception e ON e.id = q.exception_id WHERE q.state = ''queued'' AND %s', condition) INTO messages;
        plain := m.scope - 'kind';     -- a parcel without an exception is of no kind
        IF plain #- '{not,kind}' <> '{"not": {}}' THEN
            plain := plain #- '{not,kind}';
        END IF;
        EXECUTE format('SELECT count(*) FROM (SELECT s.*, c.code AS carrier, b.code AS brand FROM shipment s JOIN carrier c ON c.id = s.carrier_id
                                                JOIN brand b ON b.id = s.brand_id WHERE s.effective_status <> ''delivered'') e WHERE %s', scope_where(plain)) INTO shipments;
        SELECT o.* INTO same FROM outage o WHERE o.ended_at IS NULL AND lower(o.scope::text) = lower(m.scope::text) LIMIT 1;
        refusal := k.wrong;
        allowed := refusal IS NULL;
        warning := CASE WHEN same.id IS NOT NULL THEN format('outage %s is that already, since %s', same.id, say_instant(same.started_at))
                        WHEN exceptions > 20 AND exceptions >= open THEN 'that is every open exception'
                        WHEN exceptions = 0 THEN 'no open exception is in it yet: those to come will be' END;
    END IF;
    IF my_level() < 3 THEN
        allowed := false;
        refusal := refusal(3, 'declare outages');
    END IF;
    RETURN NEXT;
END
$$;

-- Who may be told of it in the log of control: its one brand's people, or only who sees all.
CREATE FUNCTION outage_brand(p_brands int[]) RETURNS int LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN cardinality(p_brands) = 1 THEN p_brands[1] END;

-- Holds messages for an outage; gives the hold.
CREATE FUNCTION outage_hold(o outage, p_at timestamptz) RETURNS int LANGUAGE sql SET search_path = doorstep, pg_temp AS $$
    INSERT INTO message_hold (brand_id, reason, since, by, scope, outage_id, lets)
    VALUES (outage_brand(o.brands), left(o.message, 500), p_at, session_user, o.scope, o.id, '{carrier_outage}') RETURNING id
$$;

-- The keys of what an action does by other actions' functions.
CREATE FUNCTION key_within(p_key uuid, p_part text) RETURNS uuid LANGUAGE sql IMMUTABLE
    RETURN md5(p_key::text || ' ' || p_part)::uuid;

-- Overrides the shipments of these exceptions as part of the outage; what it says, or a refusal of the whole.
CREATE FUNCTION outage_override(o outage, p_key uuid, p_ids bigint[], p_status shipment_status, p_reason text) RETURNS text
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    a record;
BEGIN
    IF cardinality(p_ids) = 0 THEN
        RETURN 'nothing to override yet';
    END IF;
    SELECT x.id, x.ok, x.code, x.message INTO a
      FROM override_apply(key_within(p_key, 'override'), p_ids, p_status::text, coalesce(p_reason, 'carrier_outage'), o.message, o.until, o.id, o.scope_text) x LIMIT 1;
    IF NOT a.ok AND a.id = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'DS001', MESSAGE = a.message;
    END IF;
    RETURN a.message;
END
$$;

CREATE FUNCTION outage_wrong(p_message text, p_until timestamptz) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN CASE WHEN clean_text(p_message) IS NULL THEN 'say what is known, in a sentence: everybody reads it while the outage lasts'
                WHEN length(clean_text(p_message)) > 200 THEN 'the message is longer than 200 characters: shorten it'
                ELSE wrong_until(p_until) END;

-- Declares an outage; one row, its id the outage's.
CREATE FUNCTION outage_declare(p_key uuid, p_scope jsonb, p_message text, p_hold boolean, p_pause boolean, p_status shipment_status, p_reason text, p_until timestamptz)
    RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' SET jit = off AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    at timestamptz;
    m record;
    k record;
    wrong text := outage_wrong(p_message, p_until);
    same outage;
    o outage;
    ids bigint[];
    done record;
    overridden text;
BEGIN
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    ELSIF my_level() < 3 THEN
        RETURN QUERY SELECT 0::bigint, false, 'denied', refusal(3, 'declare outages'), NULL::int;
        RETURN;
    END IF;
    SELECT * INTO m FROM scope_mine(p_scope);
    wrong := coalesce(m.wrong, wrong);
    IF wrong IS NULL THEN
        -- the feed opens nothing meanwhile, and nobody else declares
        PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));
        SELECT x.* INTO same FROM outage x WHERE x.ended_at IS NULL AND lower(x.scope::text) = lower(m.scope::text);
        IF same.id IS NULL THEN
            SELECT * INTO k FROM scope_count(m.scope, m.brands);
            wrong := k.wrong;
        END IF;
    END IF;
    IF wrong IS NOT NULL THEN
        RETURN QUERY SELECT 0::bigint, false, 'invalid', wrong, NULL::int;
        RETURN;
    ELSIF same.id IS NOT NULL THEN
        answered := jsonb_build_array(jsonb_build_array(same.id, true, 'same', format('outage %s is that already: %s declared it %s', same.id, same."by",
                                                                                      ago(clock_timestamp() - same.started_at)), NULL));
        PERFORM action_end(p_key, 'outage_declare', clock_timestamp(), '{}', answered);
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    END IF;
    BEGIN
        at := clock_timestamp();
        INSERT INTO outage AS x (scope, scope_text, title, message, hold_messages, pause_sla, brands, by, started_at, until, changed_at, key)
        VALUES (m.scope, scope_text(m.scope), scope_title(m.scope), clean_text(p_message), coalesce(p_hold, false), coalesce(p_pause, false), m.brands,
                session_user, at, p_until, at, p_key) RETURNING x.* INTO o;
        IF o.hold_messages THEN
            o.hold_id := outage_hold(o, at);
        END IF;
        EXECUTE format('SELECT coalesce(array_agg(x.id), ''{}'') FROM (SELECT e.id FROM exception e WHERE e.state <> ''resolved'' AND %s ORDER BY e.id FOR UPDATE) x',
                       scope_where(m.scope)) INTO ids;
        UPDATE outage x SET exceptions = cardinality(ids), hold_id = o.hold_id WHERE x.id = o.id;
        SELECT * INTO done FROM outage_refresh(ids, false, o.id, NULL, session_user, p_key, clock_timestamp(), format('outage %s, %s', o.id, o.title), at);
        overridden := CASE WHEN p_status IS NOT NULL THEN outage_override(o, p_key, ids, p_status, p_reason) END;
    EXCEPTION WHEN SQLSTATE 'DS001' THEN
        wrong := sqlerrm;
    END;
    IF wrong IS NOT NULL THEN
        RETURN QUERY SELECT 0::bigint, false, 'invalid', wrong, NULL::int;
        RETURN;
    END IF;
    UPDATE outage_suggestion s SET ended_at = at WHERE s.ended_at IS NULL AND lower(s.scope_text) = lower(o.scope_text);
    at := clock_timestamp();
    answered := jsonb_build_array(jsonb_build_array(o.id, true, 'ok', format('outage %s declared: %s, %s', o.id, o.title,
        concat_ws('; ', say_count(cardinality(ids), 'exception'), CASE WHEN o.hold_messages THEN 'automatic messages are held' END,
                  CASE WHEN o.pause_sla THEN CASE done.stopped WHEN 1 THEN '1 clock stands' ELSE to_char(done.stopped, 'FM999,999,990') || ' clocks stand' END END, overridden)), NULL));
    PERFORM control_write(outage_brand(o.brands), 'outage ' || o.id, 'declare', o.scope_text || ': ' || o.message, NULL,
                          jsonb_build_object('scope', o.scope, 'hold_messages', o.hold_messages, 'pause_sla', o.pause_sla, 'status', p_status, 'until', o.until,
                                             'exceptions', cardinality(ids)), p_key, at);
    PERFORM action_end_as(p_key, 'outage_declare', at, ARRAY[o.id]::bigint[], answered, format('the declaration of outage %s, %s', o.id, o.title));
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- ---------------------------------------------------------------- ending

-- Ends a live outage; gives the sentence. p_undone: as if it had not been: its exceptions were never in it, and their clocks ran on.
CREATE FUNCTION outage_finish(p_id int, p_actor text, p_key uuid, p_note text, p_undone boolean) RETURNS text
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET jit = off AS $$
DECLARE
    o outage;
    at timestamptz;
    ids bigint[];
    reverted bigint := 0;
    remained bigint := 0;
    done record;
    back int := 0;
    open bigint;
    overrides boolean := EXISTS (SELECT FROM override_batch b WHERE b.outage_id = p_id AND b.state IN ('pending', 'applied'));
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));
    SELECT * INTO o FROM outage x WHERE x.id = p_id AND x.ended_at IS NULL FOR UPDATE;
    IF o.id IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM FROM message_hold h WHERE h.id = o.hold_id FOR UPDATE;
    ids := ARRAY(SELECT e.id FROM exception e WHERE e.outages @> ARRAY[p_id] AND e.outages <> '{}' AND e.state <> 'resolved'
                 UNION SELECT e.id FROM exception e WHERE e.sla_held AND p_id = ANY (e.outages)
                 UNION SELECT s.exception_id FROM status_override s JOIN override_batch b ON b.id = s.batch_id
                        WHERE overrides AND b.outage_id = p_id AND s.state IN ('active', 'conflict'));
    ids := ARRAY(SELECT e.id FROM exception e WHERE e.id = ANY (ids) ORDER BY e.id FOR UPDATE);
    at := clock_timestamp();
    UPDATE outage x SET ended_at = at, ended_by = p_actor, end_note = p_note, changed_at = at WHERE x.id = p_id;
    IF overrides THEN
        SELECT * INTO reverted, remained FROM override_end_outage(p_id, p_key, at);
    END IF;
    SELECT * INTO done FROM outage_refresh(ids, false, NULL, CASE WHEN p_undone THEN p_id END, p_actor, p_key, at,
                                           format(CASE WHEN p_undone THEN 'outage %s, %s, is taken back' ELSE 'outage %s, %s, is over' END, o.id, o.title),
                                           CASE WHEN p_undone THEN o.started_at ELSE at END);
    DELETE FROM outage_counter c WHERE c.outage_id = p_id;
    IF o.hold_id IS NOT NULL THEN
        back := hold_release(o.hold_id, p_actor, at);
    END IF;
    SELECT count(*) INTO open FROM exception e WHERE e.id = ANY (ids) AND e.state <> 'resolved' AND e.outages @> ARRAY[p_id];
    PERFORM control_write(outage_brand(o.brands), 'outage ' || o.id, CASE WHEN p_undone THEN 'undo' ELSE 'end' END, coalesce(p_note, ''), NULL,
                          jsonb_build_object('reverted', reverted, 'left', remained, 'messages', back, 'clocks', done.started, 'open', open), p_key, clock_timestamp(), p_actor);
    RETURN format(CASE WHEN p_undone THEN 'outage %s is taken back: %s' ELSE 'outage %s is over: %s' END, p_id, concat_ws('; ',
        CASE WHEN overrides THEN format('reverted %s, %s left as they are', to_char(reverted, 'FM999,999,990'), to_char(remained, 'FM999,999,990')) END,
        CASE WHEN o.hold_id IS NOT NULL THEN say_count(back, 'message') || ' queued again' END,
        CASE WHEN o.pause_sla THEN CASE done.started WHEN 1 THEN '1 clock runs' ELSE to_char(done.started, 'FM999,999,990') || ' clocks run' END END,
        CASE WHEN NOT p_undone THEN CASE open WHEN 0 THEN 'nothing to follow up' ELSE format('%s to follow up: outage:%s', to_char(open, 'FM999,999,990'), p_id) END END,
        CASE WHEN p_undone AND NOT overrides AND o.hold_id IS NULL AND NOT o.pause_sla THEN say_count(cardinality(ids), 'exception') || ' as before' END));
END
$$;

-- May the caller end or change it? Who sees all its brands; null, or why not.
CREATE FUNCTION outage_not_mine(o outage, p_id bigint) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN (SELECT CASE WHEN (o).id IS NULL OR (o).brands IS NOT NULL AND NOT coalesce((o).brands && mine, true) THEN format('there is no outage %s', p_id)
                        WHEN mine IS NOT NULL AND coalesce(NOT (o).brands <@ mine, true)
                        THEN format('outage %s is of other brands, too: a lead who works for all of them can do that', p_id) END FROM (SELECT my_brands() AS mine) m);

CREATE FUNCTION outage_end(p_key uuid, p_ids bigint[], p_note text DEFAULT NULL) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    o outage;
    i bigint;
    wrong text;
    said text;
    changed bigint[] := '{}';
    note text := left(clean_text(p_note), 500);
BEGIN
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    ELSIF my_level() < 3 THEN
        RETURN QUERY SELECT x, false, 'denied', refusal(3, 'end outages'), NULL::int FROM unnest(p_ids) x;
        RETURN;
    END IF;
    answered := '[]';
    FOR i IN SELECT DISTINCT x FROM unnest(p_ids) x WHERE x IS NOT NULL ORDER BY x LOOP
        SELECT x.* INTO o FROM outage x WHERE x.id = i;
        wrong := outage_not_mine(o, i);
        said := CASE WHEN wrong IS NULL THEN outage_finish(o.id, session_user, p_key, note, false) END;
        IF said IS NOT NULL THEN
            changed := changed || i;
        ELSIF wrong IS NULL THEN
            SELECT x.* INTO o FROM outage x WHERE x.id = i;
        END IF;
        answered := answered || jsonb_build_array(jsonb_build_array(i, wrong IS NULL,
            CASE WHEN wrong LIKE 'there is no%' THEN 'gone' WHEN wrong IS NOT NULL THEN 'denied' WHEN said IS NULL THEN 'same' ELSE 'ok' END,
            coalesce(wrong, said, format('%s ended outage %s %s', o.ended_by, i, ago(clock_timestamp() - o.ended_at))), NULL));
    END LOOP;
    PERFORM action_end_as(p_key, 'outage_end', clock_timestamp(), changed, answered, CASE WHEN cardinality(changed) > 0 THEN format('the end of outage %s', changed[1]) END);
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- The declaration taken back: as if it had not been.
CREATE FUNCTION undo_of_outage_declare(l action_log, p_key uuid, p_at timestamptz) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    said text;
    o outage;
BEGIN
    IF my_level() < 3 THEN
        RETURN jsonb_build_array(jsonb_build_array(0, false, 'denied', refusal(3, 'take back outages'), NULL));
    END IF;
    said := outage_finish(l.first_id::int, session_user, p_key, 'the declaration was taken back', true);
    UPDATE action_log a SET undone_by = p_key WHERE a.key = key_within(l.key, 'override');
    SELECT * INTO o FROM outage x WHERE x.id = l.first_id;
    RETURN jsonb_build_array(jsonb_build_array(l.first_id, said IS NOT NULL, CASE WHEN said IS NULL THEN 'stale' ELSE 'ok' END,
        coalesce(said, format('outage %s is over: %s ended it %s, and its end is not taken back', o.id, o.ended_by, ago(p_at - o.ended_at))), NULL));
END
$$;
-- An end is not: messages went out with it. The next u is for what came before.
CREATE FUNCTION undo_of_outage_end(l action_log, p_key uuid, p_at timestamptz) RETURNS jsonb
    LANGUAGE sql SET search_path = doorstep, pg_temp AS $$
    SELECT jsonb_build_array(jsonb_build_array(l.first_id, false, 'stale',
        format('the end of outage %s is not taken back, as its messages are on their way: declare it again, for %s', l.first_id, (SELECT o.scope_text FROM outage o WHERE o.id = l.first_id)), NULL))
$$;

-- ---------------------------------------------------------------- changing

-- p_set: message, until (null: none), hold_messages, pause_sla, what is given.
CREATE FUNCTION outage_set(p_key uuid, p_id bigint, p_set jsonb) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' SET jit = off AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    o outage;
    was outage;
    wrong text;
    ids bigint[];
    done record;
    back int;
    at timestamptz;
    said text[] := '{}';
    state text := 'ok';
BEGIN
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    ELSIF my_level() < 3 THEN
        RETURN QUERY SELECT p_id, false, 'denied', refusal(3, 'change outages'), NULL::int;
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));
    SELECT x.* INTO o FROM outage x WHERE x.id = p_id FOR UPDATE;
    was := o;
    wrong := outage_not_mine(o, p_id);
    IF wrong IS NULL AND o.ended_at IS NOT NULL THEN
        wrong := format('%s ended outage %s %s: declare it again', o.ended_by, o.id, ago(clock_timestamp() - o.ended_at));
    END IF;
    IF wrong IS NULL THEN
        BEGIN
            o.message := CASE WHEN p_set ? 'message' THEN clean_text(p_set ->> 'message') ELSE o.message END;
            o.until := CASE WHEN p_set ? 'until' THEN (p_set ->> 'until')::timestamptz ELSE o.until END;
            o.hold_messages := coalesce((p_set ->> 'hold_messages')::boolean, o.hold_messages);
            o.pause_sla := coalesce((p_set ->> 'pause_sla')::boolean, o.pause_sla);
            wrong := outage_wrong(o.message, CASE WHEN o.until IS DISTINCT FROM was.until THEN o.until END);
        EXCEPTION WHEN data_exception THEN
            wrong := 'an outage has a message, an instant "until", and hold_messages and pause_sla, true or false';
        END;
    END IF;
    IF wrong IS NOT NULL THEN
        RETURN QUERY SELECT p_id, false, CASE WHEN wrong LIKE 'there is no%' THEN 'gone' WHEN wrong LIKE '%other brands%' THEN 'denied' ELSE 'invalid' END, wrong, NULL::int;
        RETURN;
    END IF;
    IF (o.message, o.until, o.hold_messages, o.pause_sla) IS NOT DISTINCT FROM (was.message, was.until, was.hold_messages, was.pause_sla) THEN
        state := 'same';
        said := ARRAY['it is like that already'];
    ELSE
        PERFORM FROM message_hold h WHERE h.id = was.hold_id FOR UPDATE;
        IF o.pause_sla <> was.pause_sla THEN
            ids := ARRAY(SELECT e.id FROM exception e WHERE e.outages @> ARRAY[o.id] AND e.outages <> '{}' AND e.state <> 'resolved'
                         UNION SELECT e.id FROM exception e WHERE e.sla_held AND o.id = ANY (e.outages));
            ids := ARRAY(SELECT e.id FROM exception e WHERE e.id = ANY (ids) ORDER BY e.id FOR UPDATE);
        END IF;
        at := clock_timestamp();
        IF o.hold_messages AND NOT was.hold_messages THEN
            o.hold_id := outage_hold(o, at);
            said := said || 'automatic messages are held'::text;
        END IF;
        UPDATE outage x SET message = o.message, until = o.until, hold_messages = o.hold_messages, pause_sla = o.pause_sla, hold_id = o.hold_id, changed_at = at WHERE x.id = o.id;
        IF o.pause_sla <> was.pause_sla THEN
            SELECT * INTO done FROM outage_refresh(ids, false, NULL, NULL, session_user, p_key, at, format('outage %s, %s', o.id, o.title), at);
            said := said || CASE WHEN o.pause_sla THEN format('clocks stand: %s', done.stopped) ELSE format('clocks run: %s', done.started) END;
        END IF;
        IF was.hold_messages AND NOT o.hold_messages THEN
            back := hold_release(o.hold_id, session_user, at);
            said := said || (say_count(back, 'message') || ' queued again');
        END IF;
        PERFORM control_write(outage_brand(o.brands), 'outage ' || o.id, 'set', array_to_string(said, '; '),
                              jsonb_build_object('message', was.message, 'until', was.until, 'hold_messages', was.hold_messages, 'pause_sla', was.pause_sla),
                              jsonb_build_object('message', o.message, 'until', o.until, 'hold_messages', o.hold_messages, 'pause_sla', o.pause_sla), p_key, clock_timestamp());
    END IF;
    answered := jsonb_build_array(jsonb_build_array(o.id, true, state, concat_ws(': ', CASE WHEN state = 'ok' THEN format('outage %s is changed', o.id) END,
                                                                                     nullif(array_to_string(said, '; '), '')), NULL));
    PERFORM action_end(p_key, 'outage_set', clock_timestamp(), '{}', answered);
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- ---------------------------------------------------------------- by the clock

-- Ends what its time has come for, and puts right what was written at the same moment as an outage began, changed or ended and
-- did not see it. The worker's; it waits for nobody.
CREATE FUNCTION outage_due() RETURNS int LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    n int := 0;
    i int;
    ids bigint[];
    at timestamptz;
    recent bigint := -epoch_ms(clock_timestamp() - interval '3 minutes');
BEGIN
    IF EXISTS (SELECT FROM outage o WHERE o.ended_at IS NULL AND o.until <= clock_timestamp())
       AND pg_try_advisory_xact_lock(hashtext('doorstep feed')) THEN
        FOR i IN SELECT o.id FROM outage o WHERE o.ended_at IS NULL AND o.until <= clock_timestamp() ORDER BY o.id LOOP
            n := n + (outage_finish(i, 'clock', gen_random_uuid(), 'its time came', false) IS NOT NULL)::int;
        END LOOP;
    END IF;
    IF EXISTS (SELECT FROM outage o WHERE o.changed_at > clock_timestamp() - interval '2 minutes') THEN
        ids := ARRAY(SELECT e.id FROM exception e
                      WHERE e.state <> 'resolved' AND e.k_updated < recent
                        AND (e.outages <> outages_of(e) OR e.sla_held <> EXISTS (SELECT FROM outage o WHERE o.id = ANY (e.outages) AND o.ended_at IS NULL AND o.pause_sla))
                      ORDER BY e.id LIMIT 1000 FOR UPDATE SKIP LOCKED);
        IF cardinality(ids) > 0 THEN
            at := clock_timestamp();
            n := n + (SELECT changed FROM outage_refresh(ids, true, NULL, NULL, 'clock', NULL, at, NULL, at));
        END IF;
    END IF;
    RETURN n;
END
$$;

-- ---------------------------------------------------------------- reading

-- What a line about an outage has (struct outage_row). Counts stop at 10,001: a number that high means more than 10,000.
CREATE FUNCTION outage_row(o outage) RETURNS jsonb LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    mine int[] := my_brands();
    n bigint := 0;
    fresh bigint := 0;
    follow bigint := 0;
    held bigint;
    overridden bigint;
BEGIN
    IF o.ended_at IS NULL THEN
        SELECT greatest(coalesce(sum(c.n), 0), 0), greatest(coalesce(sum(c.fresh), 0), 0) INTO n, fresh
          FROM outage_counter c WHERE c.outage_id = o.id AND (mine IS NULL OR c.brand_id = ANY (mine));
    ELSE
        SELECT count(*) INTO follow FROM (SELECT FROM exception e WHERE e.outages @> ARRAY[o.id] AND e.outages <> '{}' AND e.state <> 'resolved'
                                                                    AND (mine IS NULL OR e.brand_id = ANY (mine)) LIMIT 10001) x;
    END IF;
    SELECT count(*) INTO held FROM (SELECT FROM outreach q WHERE q.hold_id = o.hold_id AND q.state = 'held' AND (mine IS NULL OR q.brand_id = ANY (mine)) LIMIT 10001) x;
    SELECT count(*) INTO overridden FROM (SELECT FROM override_batch b JOIN status_override s ON s.batch_id = b.id
                                           WHERE b.outage_id = o.id AND b.state = 'applied' AND s.state IN ('active', 'conflict')
                                             AND (mine IS NULL OR s.brand_id = ANY (mine)) LIMIT 10001) x;
    RETURN jsonb_build_object('id', o.id, 'title', o.title, 'scope', o.scope_text, 'message', o.message, 'by', o."by", 'ended_by', o.ended_by,
        'started_at', o.started_at, 'until', o.until, 'ended_at', o.ended_at, 'hold_messages', o.hold_messages, 'pause_sla', o.pause_sla,
        'exceptions', n, 'fresh', fresh, 'held', held, 'overridden', overridden, 'follow_up', follow);
END
$$;

-- What everybody's screen says of control: live outages, oldest first, and what waits for the caller.
CREATE FUNCTION control_state() RETURNS jsonb LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    mine int[] := my_brands();
    level int := my_level();
    pending int;
    pending_mine int;
    conflicts int;
    suggestions int;
BEGIN
    PERFORM require_level(1, 'look at outages');
    SELECT count(*), count(*) FILTER (WHERE b.by <> session_user AND level >= 3) INTO pending, pending_mine
      FROM override_batch b WHERE b.state = 'pending' AND (mine IS NULL OR b.brands <@ mine);
    SELECT count(*) INTO conflicts FROM (SELECT FROM status_override s WHERE s.by = session_user AND s.state = 'conflict'
                                                                         AND (mine IS NULL OR s.brand_id = ANY (mine)) LIMIT 10001) x;
    SELECT count(*) INTO suggestions FROM outage_suggestion s WHERE s.ended_at IS NULL AND (mine IS NULL OR s.brand_id = ANY (mine));
    RETURN jsonb_build_object('pending', pending, 'pending_mine', pending_mine, 'conflicts', conflicts, 'suggestions', suggestions,
        'outages', (SELECT coalesce(jsonb_agg(outage_row(o) ORDER BY o.id), '[]') FROM outage o
                     WHERE o.ended_at IS NULL AND (o.brands IS NULL OR mine IS NULL OR o.brands && mine)));
END
$$;

-- All outages the caller sees, or one, newest first.
CREATE FUNCTION outage_list(p_all boolean, p_id int DEFAULT NULL) RETURNS SETOF jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    mine int[] := my_brands();
BEGIN
    PERFORM require_level(1, 'look at outages');
    RETURN QUERY SELECT outage_row(o) || jsonb_build_object('end_note', o.end_note) FROM outage o
                  WHERE (o.brands IS NULL OR mine IS NULL OR o.brands && mine) AND CASE WHEN p_id IS NOT NULL THEN o.id = p_id ELSE p_all OR o.ended_at IS NULL END
                  ORDER BY o.id DESC LIMIT 200;
END
$$;

-- Open exceptions in any of these outages. A reader under row-level security cannot use the index (see search_ids).
CREATE FUNCTION outage_ids(p_outages int[]) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = doorstep, pg_temp AS $$
DECLARE
    mine int[] := my_brands();
BEGIN
    PERFORM require_level(1, 'search');
    RETURN QUERY SELECT e.id FROM exception e
                  WHERE e.outages && p_outages AND e.outages <> '{}' AND e.state <> 'resolved' AND (mine IS NULL OR e.brand_id = ANY (mine));
END
$$;
-- Of an exception's outages the first live one, 0 when it is in none; the live ones are few and small.
CREATE FUNCTION outage_in(p_outages int[]) RETURNS int LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF p_outages = '{}' THEN
        RETURN 0;
    END IF;
    RETURN coalesce((SELECT o.id FROM outage o WHERE o.ended_at IS NULL AND o.id = ANY (p_outages) ORDER BY o.id LIMIT 1), 0);
END
$$;
CREATE FUNCTION outages_live() RETURNS int[] LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    RETURN ARRAY(SELECT o.id FROM outage o WHERE o.ended_at IS NULL AND (my_brands() IS NULL OR o.brands IS NULL OR o.brands && my_brands()) ORDER BY o.id);
END
$$;

CREATE OR REPLACE FUNCTION queue_json(e exception) RETURNS jsonb LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT jsonb_build_object('id', e.id, 'rev', e.rev, 'kind', e.kind, 'severity', e.severity, 'state', e.state, 'fault', e.fault,
        'brand', e.brand, 'carrier', e.carrier, 'service', e.service, 'tracking_number', e.tracking_number, 'order_number', e.order_number,
        'customer', e.customer_name, 'tier', e.tier, 'language', e.language, 'country', e.country, 'region', e.region, 'city', e.city, 'postal_code', e.postal_code,
        'owner', e.owner, 'reason', e.reason, 'code', e.code,
        'effective_status', e.effective_status, 'carrier_status', e.carrier_status)
        || jsonb_build_object('opened_at', json_instant(e.opened_at), 'due_at', json_instant(e.due_at),
        'first_response_due_at', json_instant(e.first_response_due_at), 'resolve_due_at', json_instant(e.resolve_due_at),
        'first_response_at', json_instant(e.first_response_at), 'last_scan_at', json_instant(e.last_scan_at),
        'promised_at', json_instant(e.promised_at), 'edd_at', json_instant(e.edd_at), 'wake_at', json_instant(e.wake_at),
        'wake_on_scan', e.wake_on_scan, 'updated_at', json_instant(e.updated_at), 'resolved_at', json_instant(e.resolved_at),
        'resolution', e.resolution, 'resolution_text', e.resolution_text, 'outages', e.outages, 'sla_held', e.sla_held)
$$;

GRANT EXECUTE ON FUNCTION outage_preview(jsonb), outage_declare(uuid, jsonb, text, boolean, boolean, shipment_status, text, timestamptz),
    outage_end(uuid, bigint[], text), outage_set(uuid, bigint, jsonb), control_state(), outage_list(boolean, int), outage_ids(int[]), outage_in(int[]),
    outages_live(), scope_text(jsonb), scope_words(jsonb, text), scope_value(text) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
