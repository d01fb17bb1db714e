-- Reading anew: what a change of the dictionary does to scans that were read before. What the carrier said stays as it
-- was; how it was read may be made anew, and how it had been read is kept. One function says what becomes of exceptions
-- (remap_plan), of a draft beforehand as of a job afterwards.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- what may be changed of a scan

CREATE TABLE scan_reading (                -- append-only: what a scan was read as before
    shipment_id bigint NOT NULL,
    dedupe      uuid NOT NULL,
    job_id      bigint NOT NULL,
    at          timestamptz NOT NULL,
    map_id      int,
    status      shipment_status NOT NULL,
    kind        exception_kind,
    is_exception boolean NOT NULL,
    label       text
);
CREATE INDEX scan_reading_scan ON scan_reading (shipment_id);
CREATE TRIGGER append_only BEFORE UPDATE ON scan_reading FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The carrier's own words never change; their reading does by remap_batch() alone.
CREATE FUNCTION refuse_reading() RETURNS trigger LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF coalesce(current_setting('doorstep.reads_anew', true), '') <> txid_current()::text OR current_user <> 'doorstep_owner' THEN
        RAISE EXCEPTION '%.% is append-only: its rows are never changed or removed', tg_table_schema, tg_table_name
            USING ERRCODE = 'insufficient_privilege', HINT = 'What a code means is the dictionary''s: change it there, and have scans read anew.';
    END IF;
    RETURN NULL;
END
$$;
DROP TRIGGER append_only ON scan_event;
CREATE TRIGGER append_only BEFORE UPDATE OF shipment_id, occurred_at, received_at, dedupe, seq, provider, code, detail, message, place ON scan_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER read_anew BEFORE UPDATE OF status, kind, is_exception, label, map_id ON scan_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_reading();

-- Scans of a provider that were read by any of maps (0: by none) and fit code, detail and pattern (null: any) are read anew,
-- newest first; slot, at and shipment are how far it is.
CREATE TABLE dictionary_job (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version  int NOT NULL REFERENCES dictionary_version,
    provider text NOT NULL, code text, detail text, pattern text,
    maps     int[] NOT NULL,
    since    timestamptz NOT NULL,
    state    text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done')),
    total    bigint NOT NULL,               -- scans to look at, when it was asked for; at most 1,000,000 are counted
    done     bigint NOT NULL DEFAULT 0,
    changed  bigint NOT NULL DEFAULT 0,     -- scans that read otherwise now
    opened   bigint NOT NULL DEFAULT 0, resolved bigint NOT NULL DEFAULT 0, moved bigint NOT NULL DEFAULT 0,
    slot     int NOT NULL DEFAULT 1, at timestamptz, shipment bigint,
    by       text NOT NULL DEFAULT session_user,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at timestamptz, ended_at timestamptz
);
CREATE INDEX dictionary_job_open ON dictionary_job (id) WHERE state <> 'done';

-- ---------------------------------------------------------------- what a scan would be read as

CREATE TYPE remap_scan AS (
    shipment_id bigint, dedupe uuid, occurred_at timestamptz, seq int, name text,                    -- name: "ups X/48"
    was_map int, was_status shipment_status, was_kind exception_kind, was_exception boolean, was_severity severity, was_clears exception_kind[], was_label text,
    map_id int, status shipment_status, kind exception_kind, is_exception boolean, severity severity, clears exception_kind[], label text, version int);

-- The dictionary of a provider as it stands, or as it would with a draft.
CREATE FUNCTION dictionary_with(p_provider text, p_draft bigint) RETURNS SETOF status_map LANGUAGE sql STABLE ROWS 200 SET search_path = doorstep, pg_temp AS $$
    SELECT m.* FROM status_map m
     WHERE m.ended_in IS NULL AND m.provider = p_provider
       AND NOT EXISTS (SELECT FROM dictionary_draft d WHERE d.id = p_draft AND d.replaces = m.id AND d.what IN ('entry', 'retire'))
    UNION ALL
    SELECT (jsonb_populate_record(NULL::status_map, to_jsonb(d) || jsonb_build_object('id', 2147483647, 'version', (SELECT max(v.version) + 1 FROM dictionary_version v)))).*
      FROM dictionary_draft d WHERE d.id = p_draft AND d.what = 'entry' AND d.provider = p_provider
$$;

-- The entries, of any version, whose scans an entry for this code and detail may take over; 0 for those that none read. p_rank: only such as do
-- not go before it.
CREATE FUNCTION remap_slots(p_provider text, p_code text, p_detail text, p_rank int) RETURNS int[] LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT array_agg(x.id ORDER BY x.id) FROM (
        SELECT 0 AS id
        UNION ALL SELECT m.id FROM status_map m
         WHERE m.provider = p_provider AND coalesce(m.code = p_code, true) AND coalesce(m.detail = p_detail, true)
           AND (p_rank IS NULL OR m.ended_in IS NOT NULL OR map_rank(m) <= p_rank)
        UNION ALL SELECT m.id FROM status_map m WHERE m.provider = 'doorstep' AND p_provider <> 'doorstep') x
$$;

-- The scans of p_scans that read otherwise now (or with the draft).
CREATE FUNCTION remap_readings(p_scans scan_event[], p_provider text, p_draft bigint) RETURNS SETOF remap_scan
    LANGUAGE sql STABLE ROWS 1000 SET search_path = doorstep, pg_temp SET jit = off SET work_mem = '64MB' SET enable_mergejoin = off AS $$
    WITH book AS MATERIALIZED (
        SELECT b.*, map_rank(ROW (b.*)::status_map) AS rank FROM dictionary_with(p_provider, p_draft) b
    ), said AS MATERIALIZED (
        SELECT e.*, coalesce(norm_code(e.code), '') AS nc, coalesce(norm_code(e.detail), '') AS nd FROM unnest(p_scans) e
    ), known AS MATERIALIZED (              -- as feed_merge_scans() does it: the plain entry of each code, and those that look at the text first
        SELECT k.nc, k.nd, p.id AS plain, t.ids, t.patterns
          FROM (SELECT DISTINCT s.nc, s.nd FROM said s) k
          LEFT JOIN LATERAL (SELECT b.id, b.rank FROM book b WHERE b.pattern IS NULL AND coalesce(b.code = k.nc, true) AND coalesce(b.detail = k.nd, true)
                              ORDER BY b.rank DESC, b.id LIMIT 1) p ON true
          LEFT JOIN LATERAL (SELECT array_agg(b.id ORDER BY b.rank DESC, b.id) AS ids, array_agg(b.pattern ORDER BY b.rank DESC, b.id) AS patterns FROM book b
                              WHERE b.pattern IS NOT NULL AND coalesce(b.code = k.nc, true) AND coalesce(b.detail = k.nd, true) AND b.rank > coalesce(p.rank, -1000)) t ON true
    ), worded AS MATERIALIZED (
        SELECT w.nc, w.nd, w.message, (SELECT x.id FROM unnest(k.ids, k.patterns) WITH ORDINALITY x(id, pattern, ord) WHERE w.message ~* x.pattern ORDER BY x.ord LIMIT 1) AS id
          FROM (SELECT DISTINCT s.nc, s.nd, s.message FROM said s WHERE s.message IS NOT NULL) w JOIN known k ON k.nc = w.nc AND k.nd = w.nd AND k.ids IS NOT NULL
    )
    SELECT s.shipment_id, s.dedupe, s.occurred_at, s.seq, s.provider || coalesce(' ' || nullif(concat_ws('/', s.code, s.detail), ''), ''),
           s.map_id, s.status, s.kind, s.is_exception, CASE WHEN s.is_exception THEN coalesce(o.severity, kind_severity(s.kind)) END, coalesce(o.clears, '{}'), s.label,
           n.id, coalesce(n.status, 'unknown'), CASE WHEN n.id IS NULL THEN 'other' ELSE n.kind END, n.id IS NULL OR n.role = 'open',
           CASE WHEN n.id IS NULL THEN kind_severity('other') WHEN n.role = 'open' THEN coalesce(n.severity, kind_severity(n.kind)) END, coalesce(n.clears, '{}'), n.label,
           coalesce(n.version, (SELECT max(v.version) FROM dictionary_version v) + (p_draft IS NOT NULL)::int)
      FROM said s
      JOIN known k ON k.nc = s.nc AND k.nd = s.nd
      LEFT JOIN worded w ON w.nc = s.nc AND w.nd = s.nd AND w.message = s.message
      LEFT JOIN book n ON n.id = coalesce(w.id, k.plain)
      LEFT JOIN status_map o ON o.id = s.map_id
        -- what a document said of its status itself is not kept: as that was read it stays, where no entry speaks
     WHERE (n.id IS NOT NULL OR o.provider IS DISTINCT FROM 'doorstep' OR p_provider = 'doorstep')
       AND (s.map_id, s.status, s.kind, s.is_exception, s.label) IS DISTINCT FROM
           (n.id, coalesce(n.status, 'unknown'), CASE WHEN n.id IS NULL THEN 'other' ELSE n.kind END, n.id IS NULL OR n.role = 'open', n.label)
$$;

-- ---------------------------------------------------------------- what becomes of exceptions

CREATE TYPE remap_item AS (
    shipment_id bigint, exception_id bigint, verb text,     -- opened closed kind severity reason (its words alone) kept (over, but a case or an override is open)
    was_kind exception_kind, kind exception_kind, was_severity severity, severity severity, reason text, code text, unmapped boolean, name text, says text, version int, carrier_id int, brand_id int);

-- What reading these scans so makes of exceptions. What a scan does not speak of stays: what the sweeps opened, what another scan says, what
-- people resolved. At most p_most parcels without an exception are judged.
CREATE FUNCTION remap_plan(p_scans remap_scan[], p_most int) RETURNS SETOF remap_item
    LANGUAGE sql STABLE ROWS 1000 SET search_path = doorstep, pg_temp SET jit = off SET work_mem = '64MB' SET enable_mergejoin = off SET enable_seqscan = off AS $$
    WITH hit AS MATERIALIZED (SELECT * FROM unnest(p_scans)),
    parcel AS MATERIALIZED (
        SELECT h.shipment_id, bool_or(h.is_exception AND NOT h.was_exception) AS newly, array_agg(DISTINCT h.was_kind) FILTER (WHERE h.was_exception) AS was_kinds,
               (array_agg(h.name ORDER BY h.occurred_at DESC, h.seq DESC))[1] AS name, (array_agg(h.role_said ORDER BY h.occurred_at DESC, h.seq DESC))[1] AS says, max(h.version) AS version
          FROM (SELECT x.*, CASE WHEN x.is_exception THEN x.kind::text WHEN x.clears <> '{}' THEN 'the end of ' || array_to_string(x.clears[1:3], ', ') || CASE WHEN cardinality(x.clears) > 3 THEN ' …' ELSE '' END
                                 WHEN x.kind IS NOT NULL THEN 'no exception, a sign of ' || x.kind ELSE 'an ordinary scan' END AS role_said FROM hit x) h
         GROUP BY h.shipment_id
    ), open AS MATERIALIZED (
        SELECT p.*, e.id AS x_id, e.kind AS x_kind, e.severity AS x_severity, e.opened_at, e.marks, e.reason AS x_reason, e.code AS x_code
          FROM parcel p JOIN LATERAL (SELECT * FROM exception e WHERE e.shipment_id = p.shipment_id AND e.state <> 'resolved' LIMIT 1) e ON true
    ), fresh AS MATERIALIZED (
        SELECT p.* FROM parcel p WHERE p.newly AND NOT EXISTS (SELECT FROM exception e WHERE e.shipment_id = p.shipment_id) LIMIT p_most
    ), scan AS MATERIALIZED (
        SELECT e.shipment_id, e.occurred_at, e.seq, e.message, concat_ws('/', e.code, e.detail) AS code, h.dedupe IS NOT NULL AS hit, h.was_severity,
               CASE WHEN h.dedupe IS NULL THEN e.map_id ELSE h.map_id END AS map_id, coalesce(h.status, e.status) AS status,
               CASE WHEN h.dedupe IS NULL THEN e.kind ELSE h.kind END AS kind, coalesce(h.is_exception, e.is_exception) AS is_exception,
               coalesce(h.severity, m.severity, kind_severity(e.kind)) AS severity, coalesce(h.clears, m.clears) AS clears, CASE WHEN h.dedupe IS NULL THEN e.label ELSE h.label END AS label
          FROM (SELECT o.shipment_id FROM open o UNION ALL SELECT f.shipment_id FROM fresh f) s
         CROSS JOIN LATERAL (SELECT * FROM scan_event v WHERE v.shipment_id = s.shipment_id OFFSET 0) e
          LEFT JOIN hit h ON h.shipment_id = e.shipment_id AND h.dedupe = e.dedupe
          LEFT JOIN status_map m ON m.id = e.map_id AND h.dedupe IS NULL
    ), running AS MATERIALIZED (             -- problems that no later scan ends
        SELECT e.* FROM scan e WHERE e.is_exception AND NOT EXISTS (
            SELECT FROM scan c WHERE c.shipment_id = e.shipment_id AND (c.occurred_at, c.seq) > (e.occurred_at, e.seq) AND scan_ends(c.status, c.clears, e.kind))
    ), worst AS MATERIALIZED (
        SELECT DISTINCT ON (r.shipment_id) r.*, left(r.code, 130) AS p_code, r.map_id IS NULL AS unmapped,
               left(CASE WHEN r.label IS NULL OR r.kind IN ('other', 'tracking_error') THEN coalesce(r.message, r.label, 'Code ' || r.code || ' is not in the dictionary') ELSE r.label END, 160) AS p_reason
          FROM running r ORDER BY r.shipment_id, r.severity DESC, r.occurred_at DESC, r.seq DESC
    ), ends AS MATERIALIZED (                -- a scan that ends a kind now and did not before, and happened while that was open
        SELECT DISTINCT o.x_id FROM open o JOIN hit h ON h.shipment_id = o.shipment_id
         WHERE scan_ends(h.status, h.clears, o.x_kind) AND NOT scan_ends(h.was_status, h.was_clears, o.x_kind)
           AND (h.occurred_at > o.opened_at OR EXISTS (SELECT FROM scan c WHERE c.shipment_id = o.shipment_id AND c.is_exception AND c.kind = o.x_kind))
    ), judged AS (
        SELECT o.shipment_id, o.x_id, o.x_kind, o.x_severity, o.name, o.says, o.version, o.marks, w.kind, w.severity, w.p_reason, w.p_code, coalesce(w.unmapped, false) AS unmapped,
               CASE WHEN over.it AND w.kind IS NULL THEN CASE WHEN o.marks & 131 = 0 THEN 'closed' ELSE 'kept' END
                    WHEN w.kind <> o.x_kind AND (over.it OR w.hit AND w.severity >= o.x_severity) THEN 'kind'
                    -- whose severity a person chose stays
                    WHEN w.kind = o.x_kind AND w.hit AND w.severity <> o.x_severity AND o.x_severity = w.was_severity THEN 'severity'
                    WHEN w.kind = o.x_kind AND w.hit AND (w.p_reason IS DISTINCT FROM o.x_reason OR w.unmapped <> (o.marks & 8 <> 0)) THEN 'reason' END AS verb
          FROM open o LEFT JOIN worst w ON w.shipment_id = o.shipment_id
         CROSS JOIN LATERAL (SELECT NOT EXISTS (SELECT FROM running r WHERE r.shipment_id = o.shipment_id AND r.kind = o.x_kind)
                                    AND (o.x_kind = ANY (o.was_kinds) OR o.x_id IN (SELECT n.x_id FROM ends n)) AS it) over
        UNION ALL
        SELECT f.shipment_id, NULL, NULL, NULL, f.name, f.says, f.version, 0, w.kind, w.severity, w.p_reason, w.p_code, w.unmapped, 'opened' FROM fresh f JOIN worst w ON w.shipment_id = f.shipment_id
    )
    SELECT j.shipment_id, j.x_id, j.verb, j.x_kind, CASE WHEN j.verb IN ('closed', 'kept') THEN j.x_kind ELSE j.kind END, j.x_severity,
           CASE j.verb WHEN 'kind' THEN j.severity WHEN 'closed' THEN j.x_severity WHEN 'kept' THEN j.x_severity WHEN 'reason' THEN j.x_severity ELSE j.severity END,
           j.p_reason, j.p_code, j.unmapped, j.name, j.says, j.version, s.carrier_id, s.brand_id
      FROM judged j JOIN LATERAL (SELECT * FROM shipment s WHERE s.id = j.shipment_id LIMIT 1) s ON true
     WHERE j.verb IS NOT NULL
$$;

-- ---------------------------------------------------------------- beforehand

-- The scans a draft, or (null) reading anew of a provider's code, is about, of brands the caller sees: at most 200,000 are looked at. How many would read otherwise
-- (each different one is read once), and those that may matter to an exception: on parcels with one that is open, or (at most 20,000) without any. more: there may be others.
CREATE FUNCTION remap_ahead(p_draft bigint, p_provider text, p_code text, p_days int, OUT looked bigint, OUT changed bigint, OUT more boolean, OUT more_opens boolean, OUT scans remap_scan[])
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp SET jit = off SET work_mem = '64MB' SET enable_seqscan = off AS $$
DECLARE
    mine int[] := my_brands();
    most CONSTANT int := 200000;
    most_opens CONSTANT int := 20000;
    slots int[];
    about dictionary_draft;
    since timestamptz := clock_timestamp() - make_interval(days => p_days);
    kinds scan_event[];
    taken scan_event[];
    fresh scan_event[];
BEGIN
    SELECT * INTO about FROM dictionary_draft x WHERE x.id = p_draft;
    looked := 0; changed := 0; more := false; more_opens := false; scans := '{}';
    IF about.what IN ('word', 'label') THEN
        RETURN;
    ELSIF p_draft IS NULL THEN
        about.provider := p_provider;
        about.code := norm_code(p_code);
    END IF;
    slots := CASE about.what WHEN 'entry' THEN remap_slots(about.provider, about.code, about.detail, (SELECT map_rank(m) FROM dictionary_with(about.provider, p_draft) m WHERE m.id = 2147483647))
                             WHEN 'retire' THEN ARRAY[about.replaces] ELSE remap_slots(about.provider, about.code, NULL, NULL) END;
    WITH near AS MATERIALIZED (
        SELECT * FROM (
            (SELECT e.shipment_id, e.dedupe, e.brand_id, e.map_id, e.code, e.detail, e.message, e.status, e.kind, e.is_exception, e.label FROM scan_event e
              WHERE e.provider = about.provider AND e.map_id = ANY (slots) AND e.occurred_at >= since LIMIT most)
            UNION ALL
            (SELECT e.shipment_id, e.dedupe, e.brand_id, e.map_id, e.code, e.detail, e.message, e.status, e.kind, e.is_exception, e.label FROM scan_event e
              WHERE 0 = ANY (slots) AND e.provider = about.provider AND e.map_id IS NULL AND e.occurred_at >= since LIMIT most)) x LIMIT most
    ), fit AS MATERIALIZED (
        SELECT n.* FROM near n WHERE (mine IS NULL OR n.brand_id = ANY (mine)) AND (about.code IS NULL OR norm_code(n.code) = about.code)
           AND (about.detail IS NULL OR norm_code(n.detail) = about.detail) AND (about.pattern IS NULL OR n.message ~* about.pattern)
    ), sort AS (                             -- each different one, with how many there are in place of its order
        SELECT jsonb_populate_record(NULL::scan_event, jsonb_build_object('shipment_id', 0, 'dedupe', gen_random_uuid(), 'occurred_at', since, 'provider', about.provider, 'seq', count(*),
                                     'map_id', f.map_id, 'code', f.code, 'detail', f.detail, 'message', f.message, 'status', f.status, 'kind', f.kind, 'is_exception', f.is_exception, 'label', f.label)) AS one
          FROM fit f GROUP BY f.map_id, f.code, f.detail, f.message, f.status, f.kind, f.is_exception, f.label
    )
    SELECT (SELECT count(*) FROM fit), (SELECT count(*) FROM near) >= most, (SELECT array_agg(k.one) FROM sort k),
           (SELECT array_agg(e.s) FROM fit f JOIN LATERAL (SELECT v AS s FROM scan_event v WHERE v.shipment_id = f.shipment_id AND v.dedupe = f.dedupe LIMIT 1) e ON true
             WHERE EXISTS (SELECT FROM exception x WHERE x.shipment_id = f.shipment_id AND x.state <> 'resolved')),
           (SELECT array_agg(e.s) FROM (SELECT f.* FROM fit f WHERE NOT f.is_exception AND NOT EXISTS (SELECT FROM exception x WHERE x.shipment_id = f.shipment_id) LIMIT most_opens) f
              JOIN LATERAL (SELECT v AS s FROM scan_event v WHERE v.shipment_id = f.shipment_id AND v.dedupe = f.dedupe LIMIT 1) e ON true)
      INTO looked, more, kinds, taken, fresh;
    SELECT coalesce(sum(r.seq), 0), coalesce(bool_or(r.is_exception AND NOT r.was_exception), false) AND cardinality(fresh) >= most_opens INTO changed, more_opens
      FROM remap_readings(kinds, about.provider, p_draft) r;
    IF changed > 0 THEN
        scans := ARRAY(SELECT r FROM remap_readings(taken || fresh, about.provider, p_draft) r);
    END IF;
END
$$;

-- What it would do, for people: what happens (scans: how many read otherwise, opened, closed, kind, severity, reason, kept), from what to what, of
-- which carrier, how many, ten of them. more: there may be more, that many are looked at.
CREATE FUNCTION remap_preview(p_draft bigint, p_provider text, p_code text, p_days int)
    RETURNS TABLE (what text, was text, becomes text, carrier text, count bigint, more boolean, ids jsonb)
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
    a record;
BEGIN
    SELECT * INTO a FROM remap_ahead(p_draft, p_provider, p_code, p_days);
    RETURN QUERY
    SELECT 'scans', format('of %s looked at, of the last %s days', to_char(a.looked, 'FM999,999,999'), p_days), 'read otherwise', NULL, a.changed, a.more, '[]'::jsonb
    UNION ALL
    SELECT x.* FROM (
        SELECT p.verb, CASE p.verb WHEN 'severity' THEN concat_ws(' ', p.was_severity, p.was_kind) ELSE p.was_kind::text END,
               CASE p.verb WHEN 'severity' THEN concat_ws(' ', p.severity, p.kind) WHEN 'closed' THEN 'closed' WHEN 'kept' THEN 'over, kept open' ELSE p.kind::text END,
               c.code, count(*), a.more OR p.verb = 'opened' AND a.more_opens,
               coalesce(to_jsonb((array_agg(p.exception_id ORDER BY p.exception_id DESC) FILTER (WHERE p.exception_id IS NOT NULL))[1:10]), '[]')
          FROM remap_plan(a.scans, 2147483647) p JOIN carrier c ON c.id = p.carrier_id
         GROUP BY p.verb, 2, 3, c.code
         ORDER BY array_position(ARRAY['closed', 'opened', 'kind', 'severity', 'kept', 'reason'], p.verb), 5 DESC, 4) x;
END
$$;

CREATE FUNCTION dictionary_preview(p_draft bigint, p_days int DEFAULT 30)
    RETURNS TABLE (what text, was text, becomes text, carrier text, count bigint, more boolean, ids jsonb)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    PERFORM require_level(2, 'see what a draft of the dictionary would do');
    IF NOT EXISTS (SELECT FROM dictionary_draft d WHERE d.id = p_draft) THEN
        RAISE invalid_parameter_value USING MESSAGE = format('there is no draft %s: "doorstep dictionary drafts" lists them', p_draft);
    END IF;
    RETURN QUERY SELECT * FROM remap_preview(p_draft, NULL, NULL, remap_days(p_days));
END
$$;
CREATE FUNCTION dictionary_reprocess_preview(p_provider text, p_code text, p_days int DEFAULT 30)
    RETURNS TABLE (what text, was text, becomes text, carrier text, count bigint, more boolean, ids jsonb)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    PERFORM require_level(2, 'see what reading anew would do');
    RETURN QUERY SELECT * FROM remap_preview(NULL, lower(btrim(p_provider)), p_code, remap_days(p_days));
END
$$;
CREATE FUNCTION remap_days(p int) RETURNS int LANGUAGE sql IMMUTABLE RETURN least(greatest(coalesce(p, 30), 1), 400);

-- How much of this may a lead do alone? What is in the way, or null. More closings than override_threshold need their number said; more
-- changes of any kind than that, somebody else's draft. The number may be off by a fiftieth: the feed does not stand still meanwhile.
CREATE FUNCTION remap_bound(p_closes bigint, p_changes bigint, p_expect bigint, p_author text) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT CASE WHEN p_closes > c.override_threshold AND coalesce(abs(p_closes - p_expect) > p_closes / 50, true)
                THEN format('it would close %s exceptions: to go on, say that number (--expect %s)', to_char(p_closes, 'FM999,999,999'), p_closes)
                WHEN p_changes > c.override_threshold AND p_author = session_user
                THEN format('it would change %s exceptions, more than %s: somebody else approves it', to_char(p_changes, 'FM999,999,999'), c.override_threshold) END
      FROM control_policy c
$$;

-- ---------------------------------------------------------------- afterwards

-- Reads scans anew: p_scans as remap_readings() gave them, under the feed's lock. Shipments and exceptions are brought up by the merge's own functions; then
-- what remap_plan() says of open exceptions is done. No rule hears of it, and no message is sent. Who undoes a version makes a further one.
CREATE FUNCTION remap_batch(p_scans remap_scan[], p_job bigint, p_now timestamptz, OUT opened bigint, OUT resolved bigint, OUT moved bigint)
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' SET jit = off SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    parcels bigint[];
    more_problems int[];
    plan remap_item[];
BEGIN
    SELECT array_agg(x.shipment_id ORDER BY x.shipment_id), array_agg(x.n ORDER BY x.shipment_id) INTO parcels, more_problems
      FROM (SELECT s.shipment_id, sum(s.is_exception::int - s.was_exception::int)::int AS n FROM unnest(p_scans) s GROUP BY 1) x;
    PERFORM FROM exception e WHERE e.shipment_id = ANY (parcels) ORDER BY e.id FOR UPDATE;
    plan := ARRAY(SELECT p FROM remap_plan(p_scans, 2147483647) p);
    INSERT INTO scan_reading (shipment_id, dedupe, job_id, at, map_id, status, kind, is_exception, label)
    SELECT s.shipment_id, s.dedupe, p_job, p_now, s.was_map, s.was_status, s.was_kind, s.was_exception, s.was_label FROM unnest(p_scans) s;
    PERFORM set_config('doorstep.reads_anew', txid_current()::text, true);
    UPDATE scan_event e SET map_id = s.map_id, status = s.status, kind = s.kind, is_exception = s.is_exception, label = s.label
      FROM unnest(p_scans) s WHERE e.shipment_id = s.shipment_id AND e.dedupe = s.dedupe AND e.occurred_at = s.occurred_at;
    PERFORM feed_merge_shipments(NULL, p_now, '{}', '{}', '{}', '{}', '{}', parcels, more_problems, NULL);
    PERFORM override_meet(parcels, p_now, parcels);
    SELECT m.opened INTO opened FROM feed_merge_exceptions(p_now, '{}', '{}', '{}', parcels) m;

    WITH item AS MATERIALIZED (
        SELECT e.id, p.verb, p.kind, p.severity, p.reason, p.code,
               (e.marks & CASE WHEN p.verb IN ('kind', 'severity', 'reason') THEN ~8 ELSE -1 END) | CASE WHEN p.unmapped AND p.verb IN ('kind', 'severity', 'reason') THEN 8 ELSE 0 END AS marks,
               p.verb = 'closed' AS over, CASE WHEN e.carrier_status = 'delivered' THEN 'delivered' WHEN p.says LIKE 'the end of%' THEN 'carrier_fixed' ELSE 'no_action' END AS resolution, p.verb IN ('kind', 'severity', 'reason') AS worded,
               format('read anew: %s is now %s (dictionary v%s)', p.name, p.says, p.version)
               || CASE p.verb WHEN 'closed' THEN ': ' || replace(p.was_kind::text, '_', ' ') || ' is over' WHEN 'kind' THEN ', was ' || replace(p.was_kind::text, '_', ' ')
                              WHEN 'severity' THEN format(', %s instead of %s', p.severity, p.was_severity) WHEN 'kept' THEN '; it stays open with its case or override' ELSE '' END AS said,
               coalesce(h.calendar_id, e.calendar_id) AS calendar_id,
               CASE WHEN h.calendar_id IS NULL THEN e.first_response_due_at ELSE h.first_due END AS first_due, CASE WHEN h.calendar_id IS NULL THEN e.resolve_due_at ELSE h.resolve_due END AS resolve_due,
               CASE WHEN h.calendar_id IS NULL THEN e.first_left_s ELSE h.first_left END AS first_left, CASE WHEN h.calendar_id IS NULL THEN e.resolve_left_s ELSE h.resolve_left END AS resolve_left,
               jsonb_build_object('kind', e.kind, 'severity', e.severity, 'state', e.state, 'first_response_due_at', e.first_response_due_at, 'resolve_due_at', e.resolve_due_at,
                                  'wake_at', e.wake_at, 'wake_on_scan', e.wake_on_scan, 'resolved_at', e.resolved_at, 'resolution', e.resolution) AS was
          FROM unnest(plan) p
          JOIN exception e ON e.shipment_id = p.shipment_id AND e.state <> 'resolved' AND (e.id = p.exception_id OR p.exception_id IS NULL)
          LEFT JOIN LATERAL (SELECT * FROM sla_shift(p_now, e.calendar_id, e.brand_id, e.kind, e.tier, e.brand_id, p.kind, e.tier, e.first_response_due_at, e.resolve_due_at,
                                                     e.first_left_s, e.resolve_left_s) WHERE p.verb = 'kind') h ON true
    ), told AS MATERIALIZED (
        SELECT i.*, (SELECT jsonb_object_agg(k.key, i.was -> k.key) FROM jsonb_each(n.j) k WHERE k.value IS DISTINCT FROM i.was -> k.key) AS before,
               (SELECT jsonb_object_agg(k.key, k.value) FROM jsonb_each(n.j) k WHERE k.value IS DISTINCT FROM i.was -> k.key) AS after
          FROM item i
         CROSS JOIN LATERAL (SELECT CASE WHEN i.over THEN i.was || jsonb_build_object('state', 'resolved', 'wake_at', NULL, 'wake_on_scan', false, 'resolved_at', p_now, 'resolution', i.resolution)
                                         WHEN i.worded THEN i.was || jsonb_build_object('kind', i.kind, 'severity', i.severity, 'first_response_due_at', i.first_due, 'resolve_due_at', i.resolve_due)
                                         ELSE i.was END AS j) n
    ), changed AS (
        UPDATE exception e
           SET kind = CASE WHEN t.worded THEN t.kind ELSE e.kind END, severity = CASE WHEN t.worded THEN t.severity ELSE e.severity END,
               fault = CASE WHEN t.worded THEN kind_fault(t.kind) ELSE e.fault END, reason = CASE WHEN t.worded THEN t.reason ELSE e.reason END,
               code = CASE WHEN t.worded THEN t.code ELSE e.code END, marks = t.marks,
               search = CASE WHEN t.worded THEN search_words(e.tracking_number, e.order_number, e.customer_name, (SELECT c.email FROM customer c WHERE c.id = e.customer_id),
                                                             (SELECT c.phone FROM customer c WHERE c.id = e.customer_id), e.city, t.reason) ELSE e.search END,
               calendar_id = t.calendar_id, first_response_due_at = t.first_due, resolve_due_at = t.resolve_due,
               first_left_s = CASE WHEN t.over THEN coalesce(t.first_left, business_left(e.calendar_id, p_now, t.first_due)) ELSE t.first_left END,
               resolve_left_s = CASE WHEN t.over THEN coalesce(t.resolve_left, business_left(e.calendar_id, p_now, t.resolve_due)) ELSE t.resolve_left END,
               state = CASE WHEN t.over THEN 'resolved' ELSE e.state END, wake_at = CASE WHEN NOT t.over THEN e.wake_at END, wake_on_scan = e.wake_on_scan AND NOT t.over,
               resolved_at = CASE WHEN t.over THEN p_now ELSE e.resolved_at END, resolution = CASE WHEN t.over THEN t.resolution ELSE e.resolution END,
               resolution_text = CASE WHEN t.over THEN t.said ELSE e.resolution_text END, updated_at = p_now, rev = e.rev + 1, activity_seq = e.activity_seq + 1,
               activity_hash = activity_link(e.activity_hash, e.id, e.activity_seq + 1, e.brand_id, p_now, 'worker', 'reread', t.said, t.before, t.after, NULL)
          FROM told t WHERE e.id = t.id
        RETURNING e.id, e.activity_seq, e.brand_id, t.said, t.before, t.after, e.activity_hash, t.over, t.worded
    ), written AS (
        INSERT INTO activity (exception_id, seq, brand_id, at, actor, verb, text, before, after, hash)
        SELECT c.id, c.activity_seq, c.brand_id, p_now, 'worker', 'reread', c.said, c.before, c.after, c.activity_hash FROM changed c
    )
    SELECT count(*) FILTER (WHERE c.over), count(*) FILTER (WHERE c.worded) INTO resolved, moved FROM changed c;
    PERFORM set_config('doorstep.reads_anew', '', true);
END
$$;

SELECT patch_function('rule_hears()'::regprocedure, 'm.actor NOT LIKE ''rule %''', 'coalesce(current_setting(''doorstep.reads_anew'', true), '''') = '''' AND m.actor NOT LIKE ''rule %''');

-- The worker's part: at most 1,000 scans of the oldest job that is not done.
CREATE FUNCTION pass_remap(p_now timestamptz) RETURNS TABLE (did jsonb, again boolean) LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = doorstep, pg_temp SET jit = off SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    j dictionary_job;
    most CONSTANT int := 1000;
    took int := 0;
    page scan_event[];
    scans remap_scan[] := '{}';
    n record;
BEGIN
    IF current_setting('transaction_read_only')::boolean OR NOT EXISTS (SELECT FROM dictionary_job x WHERE x.state <> 'done') OR NOT pg_try_advisory_xact_lock(hashtext('doorstep remap')) THEN
        RETURN QUERY SELECT '{}'::jsonb, false;
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));
    SELECT * INTO j FROM dictionary_job x WHERE x.state <> 'done' ORDER BY x.id LIMIT 1 FOR UPDATE;
    WHILE took < most AND j.slot <= cardinality(j.maps) LOOP
        IF j.maps[j.slot] = 0 THEN
            page := ARRAY(SELECT e FROM scan_event e WHERE e.provider = j.provider AND e.map_id IS NULL AND e.occurred_at >= j.since
                             AND (e.occurred_at, e.shipment_id) < (coalesce(j.at, 'infinity'), coalesce(j.shipment, 0))
                           ORDER BY e.occurred_at DESC, e.shipment_id DESC FETCH FIRST (most - took) ROWS WITH TIES);
        ELSE
            page := ARRAY(SELECT e FROM scan_event e WHERE e.provider = j.provider AND e.map_id = j.maps[j.slot] AND e.occurred_at >= j.since
                             AND (e.occurred_at, e.shipment_id) < (coalesce(j.at, 'infinity'), coalesce(j.shipment, 0))
                           ORDER BY e.occurred_at DESC, e.shipment_id DESC FETCH FIRST (most - took) ROWS WITH TIES);
        END IF;
        IF cardinality(page) < most - took THEN
            j.slot := j.slot + 1; j.at := NULL; j.shipment := NULL;
        ELSE
            j.at := page[cardinality(page)].occurred_at; j.shipment := page[cardinality(page)].shipment_id;
        END IF;
        took := took + cardinality(page);
        scans := scans || ARRAY(SELECT r FROM remap_readings(ARRAY(SELECT e FROM unnest(page) e WHERE (j.code IS NULL OR norm_code(e.code) = j.code) AND (j.detail IS NULL OR norm_code(e.detail) = j.detail)
                                                                    AND (j.pattern IS NULL OR e.message ~* j.pattern)), j.provider, NULL) r);
    END LOOP;
    SELECT 0::bigint AS opened, 0::bigint AS resolved, 0::bigint AS moved INTO n;
    IF scans <> '{}' THEN
        SELECT * INTO n FROM remap_batch(scans, j.id, coalesce(p_now, clock_timestamp()));
    END IF;
    UPDATE dictionary_job x SET state = CASE WHEN j.slot > cardinality(j.maps) THEN 'done' ELSE 'running' END, slot = j.slot, at = j.at, shipment = j.shipment, done = x.done + took,
           changed = x.changed + cardinality(scans), opened = x.opened + n.opened, resolved = x.resolved + n.resolved, moved = x.moved + n.moved,
           started_at = coalesce(x.started_at, clock_timestamp()), ended_at = CASE WHEN j.slot > cardinality(j.maps) THEN clock_timestamp() END
     WHERE x.id = j.id;
    PERFORM pg_notify('doorstep', 'k');
    RETURN QUERY SELECT jsonb_strip_nulls(jsonb_build_object('read_anew', nullif(cardinality(scans), 0), 'opened_by_dictionary', nullif(n.opened, 0), 'resolved_by_dictionary', nullif(n.resolved, 0),
                                                             'changed_by_dictionary', nullif(n.moved, 0))), EXISTS (SELECT FROM dictionary_job x WHERE x.state <> 'done');
END
$$;

GRANT EXECUTE ON FUNCTION dictionary_preview(bigint, int), dictionary_reprocess_preview(text, text, int) TO doorstep_viewer;
GRANT EXECUTE ON FUNCTION pass_remap(timestamptz) TO doorstep_worker;

RESET search_path;
RESET ROLE;
