-- What makes the queue live: notifications, counters, presence.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- counters
-- One row a change of a (brand, carrier, kind, state), added up by readers. Appending needs
-- no row lock, so writers never wait for each other here nor deadlock; now and then one of
-- them folds the rows into one each.
CREATE TABLE counter (
    brand_id   int NOT NULL,
    carrier_id int NOT NULL,
    kind       exception_kind NOT NULL,
    state      exception_state NOT NULL,
    n          bigint NOT NULL
) WITH (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.1);

CREATE FUNCTION counter_compact() RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    -- one at a time; rows of transactions still running are not seen and stay
    IF pg_try_advisory_xact_lock(hashtext('doorstep counter')) THEN
        WITH gone AS (DELETE FROM counter RETURNING *)
        INSERT INTO counter SELECT brand_id, carrier_id, kind, state, sum(n) FROM gone
                             GROUP BY brand_id, carrier_id, kind, state HAVING sum(n) <> 0;
    END IF;
END
$$;

-- ---------------------------------------------------------------- one notification a statement

CREATE FUNCTION hint_item(e exception, opened boolean) RETURNS text LANGUAGE sql STABLE
    RETURN concat_ws(':', e.id, e.rev,
        array_position(enum_range(NULL::exception_state), e.state) - 1,
        array_position(enum_range(NULL::severity), e.severity) - 1,
        array_position(enum_range(NULL::exception_kind), e.kind) - 1,
        e.carrier_id, e.k_urgency, CASE WHEN opened THEN 1 END);

CREATE FUNCTION exception_opened() RETURNS trigger LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    n bigint;
    items text;
BEGIN
    SELECT count(*) INTO n FROM made;
    IF n = 0 THEN
        RETURN NULL;
    END IF;
    INSERT INTO counter SELECT brand_id, carrier_id, kind, state, count(*) FROM made GROUP BY 1, 2, 3, 4;
    INSERT INTO filter_word
    SELECT DISTINCT v.field, v.word, m.brand_id
      FROM made m CROSS JOIN LATERAL (VALUES ('region', m.region), ('tier', m.tier), ('language', m.language),
                                             ('country', m.country), ('service', m.service)) v(field, word)
     WHERE v.word <> '' AND length(v.word) <= 40
       AND NOT EXISTS (SELECT FROM filter_word f WHERE f.field = v.field AND f.word = v.word AND f.brand_id = m.brand_id)
     ORDER BY 1, 2, 3
    ON CONFLICT DO NOTHING;
    IF n <= 300 THEN
        SELECT string_agg(hint_item(m, true), ';') INTO items FROM made m;
    END IF;
    PERFORM pg_notify('doorstep', CASE WHEN octet_length(items) <= 7800 THEN 'e ' || items ELSE 'm ' || n END);
    IF random() < 0.02 THEN
        PERFORM counter_compact();
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER opened AFTER INSERT ON exception REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION exception_opened();

-- Only changes that moved rev are told.
CREATE FUNCTION exception_changed() RETURNS trigger LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    n bigint;
    items text;
BEGIN
    INSERT INTO counter
    SELECT brand_id, carrier_id, kind, state, sum(d)
      FROM (SELECT brand_id, carrier_id, kind, state, 1 AS d FROM now_rows
            UNION ALL SELECT brand_id, carrier_id, kind, state, -1 FROM was_rows) x
     GROUP BY 1, 2, 3, 4 HAVING sum(d) <> 0;
    SELECT count(*) INTO n FROM now_rows w JOIN was_rows o USING (id) WHERE w.rev <> o.rev;
    IF n = 0 THEN
        RETURN NULL;
    END IF;
    INSERT INTO filter_word
    SELECT DISTINCT v.field, v.word, w.brand_id
      FROM now_rows w JOIN was_rows o USING (id)
     CROSS JOIN LATERAL (VALUES ('region', w.region, o.region), ('tier', w.tier, o.tier), ('language', w.language, o.language),
                                ('country', w.country, o.country), ('service', w.service, o.service)) v(field, word, old)
     WHERE (v.word IS DISTINCT FROM v.old OR w.brand_id <> o.brand_id) AND v.word <> '' AND length(v.word) <= 40
       AND NOT EXISTS (SELECT FROM filter_word f WHERE f.field = v.field AND f.word = v.word AND f.brand_id = w.brand_id)
     ORDER BY 1, 2, 3
    ON CONFLICT DO NOTHING;
    IF n <= 300 THEN
        SELECT string_agg(hint_item(w, false), ';') INTO items
          FROM now_rows w JOIN was_rows o USING (id) WHERE w.rev <> o.rev;
    END IF;
    PERFORM pg_notify('doorstep', CASE WHEN octet_length(items) <= 7800 THEN 'e ' || items ELSE 'm ' || n END);
    IF random() < 0.02 THEN
        PERFORM counter_compact();
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER changed AFTER UPDATE ON exception REFERENCING OLD TABLE AS was_rows NEW TABLE AS now_rows
    FOR EACH STATEMENT EXECUTE FUNCTION exception_changed();

CREATE FUNCTION views_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('doorstep', 'v');
    RETURN NULL;
END
$$;
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON saved_view
    FOR EACH STATEMENT EXECUTE FUNCTION views_changed();

-- A migration's client inserts here last: clients of the older schema are told to stop.
CREATE FUNCTION schema_moved() RETURNS trigger LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    PERFORM pg_notify('doorstep', 's ' || schema_version());
    RETURN NULL;
END
$$;
CREATE TRIGGER moved AFTER INSERT ON schema_migration FOR EACH STATEMENT EXECUTE FUNCTION schema_moved();

-- The header's numbers for the caller. fresh (nobody's) and open are exact, from the
-- counters. mine and breaching (due within 30 minutes, or overdue) are counted in their
-- indexes and stop at 10,000: a number that high means "10,000 or more".
CREATE FUNCTION header_counts() RETURNS TABLE (fresh bigint, mine bigint, breaching bigint, open bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    b int[] := my_brands();
    soon bigint := epoch_s(now() + interval '30 minutes') * 4;
BEGIN
    PERFORM require_level(1, 'read the queue');
    SELECT coalesce(sum(c.n) FILTER (WHERE c.state = 'new'), 0), coalesce(sum(c.n) FILTER (WHERE c.state <> 'resolved'), 0)
      INTO fresh, open FROM counter c WHERE b IS NULL OR c.brand_id = ANY (b);
    SELECT count(*) INTO mine FROM (SELECT FROM exception e WHERE e.owner = session_user::text AND e.state <> 'resolved'
                                       AND (b IS NULL OR e.brand_id = ANY (b)) LIMIT 10000) x;
    SELECT count(*) INTO breaching FROM (SELECT FROM exception e WHERE e.state <> 'resolved' AND e.k_urgency < soon
                                            AND (b IS NULL OR e.brand_id = ANY (b)) LIMIT 10000) x;
    RETURN NEXT;
END
$$;

-- Open exceptions by state, carrier and kind, for the caller's brands.
CREATE FUNCTION counts_by() RETURNS TABLE (state exception_state, carrier text, kind exception_kind, n bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    b int[] := my_brands();
BEGIN
    PERFORM require_level(1, 'read the queue');
    RETURN QUERY SELECT c.state, r.code, c.kind, sum(c.n)::bigint FROM counter c JOIN carrier r ON r.id = c.carrier_id
                  WHERE c.state <> 'resolved' AND (b IS NULL OR c.brand_id = ANY (b))
                  GROUP BY c.state, r.code, c.kind HAVING sum(c.n) > 0;
END
$$;

-- ---------------------------------------------------------------- who looks at what
-- Lives as long as the backend that wrote it. pg_stat_activity shows everybody which pids
-- are there and whose they are, which is enough; the twelve hours bound a reused pid.
CREATE UNLOGGED TABLE presence (
    pid          int PRIMARY KEY,
    role         text NOT NULL,
    exception_id bigint NOT NULL,
    at           timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX presence_exception ON presence (exception_id);

CREATE FUNCTION viewing(p_id bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    sought bigint := 0;
BEGIN
    PERFORM require_level(1, 'look at exceptions');
    SELECT id INTO sought FROM exception WHERE id = p_id AND sees_brand(brand_id);
    sought := coalesce(sought, 0);
    IF sought = 0 THEN
        DELETE FROM presence WHERE pid = pg_backend_pid();
        DELETE FROM presence p WHERE NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = p.pid);
    ELSE
        INSERT INTO presence (pid, role, exception_id) VALUES (pg_backend_pid(), session_user, sought)
            ON CONFLICT (pid) DO UPDATE SET role = excluded.role, exception_id = excluded.exception_id, at = now();
    END IF;
    PERFORM pg_notify('doorstep', 'p ' || sought || ' ' || session_user);
END
$$;

-- The others who look at it now.
CREATE FUNCTION viewers(p_id bigint) RETURNS TABLE (role text, display_name text, since timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
BEGIN
    -- Mostly nobody: then it costs one look at an index.
    IF NOT EXISTS (SELECT FROM presence p WHERE p.exception_id = p_id AND p.role <> session_user) THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT p.role, coalesce(a.display_name, p.role), min(p.at)
      FROM presence p
      JOIN pg_stat_activity s ON s.pid = p.pid AND s.usename = p.role
      LEFT JOIN agent a ON a.role = p.role
     WHERE p.exception_id = p_id AND p.role <> session_user AND p.at > now() - interval '12 hours'
       AND EXISTS (SELECT FROM exception e WHERE e.id = p_id AND sees_brand(e.brand_id))
     GROUP BY p.role, a.display_name
     ORDER BY 1;
END
$$;

GRANT EXECUTE ON FUNCTION header_counts(), counts_by(), viewing(bigint), viewers(bigint) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
