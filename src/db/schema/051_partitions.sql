-- History in month partitions: scan_event by shipment and activity by exception, so that all scans of a parcel, and the whole
-- chain of an exception, stand in one partition, one index probe away. Numbers grow with time: at month's turn they go on
-- where the next partition begins ("the parcels first seen in 2026-12"), which is why no row is ever moved and no border
-- has to be proved by reading a table. A partition whose month is long over is dropped as one (052).

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

CREATE TABLE history_part (
    part       text PRIMARY KEY,          -- the partition's name
    table_name text NOT NULL CHECK (table_name IN ('scan_event', 'activity')),
    from_id    bigint NOT NULL,           -- of shipments or exceptions: from this one
    to_id      bigint,                    -- to this one, without it; null: the last partition, which has no end yet
    month      date NOT NULL,             -- the month it was begun for (UTC)
    opened_at  timestamptz NOT NULL,
    checked_at timestamptz,               -- when retention last looked at it
    dropped_at timestamptz,               -- when its rows were dropped
    "rows"     bigint,                    -- how many there were
    last_at    timestamptz,               -- the newest of them
    digest     text                       -- of their hashes: the log of control has the same
);
CREATE INDEX history_part_table ON history_part (table_name, from_id);

-- ---------------------------------------------------------------- what may change history

-- Who may change or remove what is append-only: retention and the erasing of a person, both functions of 052 and 053.
-- A setting could be set by anybody; what is running cannot.
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    running text;
BEGIN
    GET DIAGNOSTICS running = PG_CONTEXT;
    IF running ~ 'function (doorstep\.)?(erase_rows|retention_rows|part_replace)\(' THEN
        RETURN NULL;                      -- of a statement's trigger: go on
    END IF;
    RAISE EXCEPTION '%.% is append-only: its rows are never changed or removed', tg_table_schema, tg_table_name
        USING ERRCODE = 'insufficient_privilege',
              HINT = 'Write a new row that puts it right.';
END
$$;

-- ---------------------------------------------------------------- making them

-- A new, empty partition. Null: from the least, or to no end. It refuses changes itself, as its parent does.
CREATE FUNCTION part_make(p_table text, p_part text, p_from bigint, p_to bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    d text;
BEGIN
    EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)', p_part, p_table, coalesce(p_from::text, 'MINVALUE'), coalesce(p_to::text, 'MAXVALUE'));
    FOR d IN SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t
              WHERE t.tgrelid = p_table::regclass AND t.tgfoid = 'refuse_change()'::regprocedure AND NOT t.tgisinternal LOOP
        EXECUTE regexp_replace(d, ' ON (doorstep\.)?' || p_table || ' ', format(' ON %I ', p_part));
    END LOOP;
END
$$;

-- The number it counts by, and the one the next will get.
CREATE FUNCTION part_sequence(p_table text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE p_table WHEN 'scan_event' THEN 'shipment_id_seq' ELSE 'exception_id_seq' END;
CREATE FUNCTION part_next_id(p_table text) RETURNS bigint LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    n bigint;
BEGIN
    EXECUTE format('SELECT last_value + CASE WHEN is_called THEN 1 ELSE 0 END FROM %I', part_sequence(p_table)) INTO n;
    RETURN n;
END
$$;

-- Makes the table that is there the first partition of one of its name: renamed, not copied.
CREATE FUNCTION part_begin(p_table text, p_key text, p_made bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    first text := p_table || '_p1';
    border bigint := part_next_id(p_table) + greatest(1000, ceil(p_made * 1.25 / 1000) * 1000)::bigint;
    made text[] := ARRAY(                 -- policies, grants and triggers as they are
        SELECT format('CREATE POLICY %I ON %I FOR SELECT TO doorstep_viewer USING (%s)', p.polname, p_table, pg_get_expr(p.polqual, p.polrelid)) FROM pg_policy p
         WHERE p.polrelid = p_table::regclass
        UNION ALL SELECT regexp_replace(pg_get_triggerdef(t.oid), ' ON (doorstep\.)?' || p_table || ' ', format(' ON %I ', p_table)) FROM pg_trigger t
                   WHERE t.tgrelid = p_table::regclass AND NOT t.tgisinternal);
    indexes text[] := ARRAY(SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i WHERE i.indrelid = p_table::regclass AND NOT i.indisprimary ORDER BY 1);
    key_name text;
    key_text text;
    n record;
    d text;
BEGIN
    SELECT c.conname, pg_get_constraintdef(c.oid) INTO key_name, key_text FROM pg_constraint c WHERE c.conrelid = p_table::regclass AND c.contype = 'p';
    EXECUTE format('ALTER TABLE %I RENAME TO %I', p_table, first);
    FOR n IN SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = first::regclass LOOP
        EXECUTE format('ALTER INDEX %I RENAME TO %I', n.relname, replace(n.relname, p_table, first));
    END LOOP;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING COMMENTS) PARTITION BY RANGE (%I)', p_table, first, p_key);
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I %s', p_table, key_name, key_text);
    FOREACH d IN ARRAY indexes LOOP
        EXECUTE d;                        -- by the old name, which the new table has
    END LOOP;
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%s)', p_table, first, border);
    FOREACH d IN ARRAY made LOOP
        EXECUTE d;
    END LOOP;
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', p_table);
    EXECUTE format('GRANT SELECT ON %I TO doorstep_viewer', p_table);
    EXECUTE format('REVOKE ALL ON %I FROM doorstep_viewer', first);
    PERFORM part_make(p_table, p_table || '_p2', border, NULL);
    INSERT INTO history_part (part, table_name, from_id, to_id, month, opened_at)
    VALUES (first, p_table, 0, border, date_trunc('month', now()), now()), (p_table || '_p2', p_table, border, NULL, date_trunc('month', now()) + interval '1 month', now());
END
$$;

-- Two functions take a row of activity: of the new table.
DO $$
DECLARE
    f text[] := ARRAY(SELECT pg_get_functiondef(p.oid) FROM pg_proc p WHERE p.pronamespace = 'doorstep'::regnamespace AND 'activity'::regtype = ANY (p.proargtypes::oid[]));
    d text;
BEGIN
    FOR d IN SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'doorstep'::regnamespace AND 'activity'::regtype = ANY (p.proargtypes::oid[]) LOOP
        EXECUTE 'DROP FUNCTION ' || d;
    END LOOP;
    PERFORM part_begin('scan_event', 'shipment_id', (SELECT count(*) FROM shipment WHERE first_seen_at > now() - interval '31 days'));
    PERFORM part_begin('activity', 'exception_id', (SELECT count(*) FROM exception WHERE k_newest < -epoch_ms(now() - interval '31 days')));
    FOREACH d IN ARRAY f LOOP
        EXECUTE d;
    END LOOP;
END
$$;
DROP FUNCTION part_begin(text, text, bigint);
ANALYZE scan_event, activity;

-- ---------------------------------------------------------------- month's turn

-- Is it time? Without a lock: most hours nothing is done.
CREATE FUNCTION part_due(p_table text, p_now timestamptz) RETURNS boolean
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    n history_part;
BEGIN
    IF (SELECT h.month <= date_trunc('month', p_now)::date FROM history_part h WHERE h.table_name = p_table AND h.to_id IS NULL) THEN
        RETURN true;
    END IF;
    SELECT * INTO n FROM history_part h WHERE h.table_name = p_table AND h.to_id IS NOT NULL ORDER BY h.from_id DESC LIMIT 1;
    RETURN part_next_id(p_table) >= n.to_id - (n.to_id - n.from_id) / 10;
END
$$;

-- A table for us alone, within half a second or not at all. Never waits in the queue: readers who wait for the feed's lock, which we may have,
-- would be in a circle with us, and merges behind them; and nobody waits behind us for who reads long.
CREATE FUNCTION part_alone(p_table text) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    FOR i IN 1 .. 25 LOOP
        BEGIN
            EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE NOWAIT', p_table);
            RETURN;
        EXCEPTION WHEN lock_not_available THEN
            IF i = 25 THEN
                RAISE;
            END IF;
        END;
        PERFORM pg_sleep(0.02);
    END LOOP;
END
$$;

-- Gives the last partition an end and makes the next, and at month's turn lets the numbers go on where it begins. The last one
-- is empty as a rule, so that nothing is read; the locks last milliseconds, and who reads longer makes this wait for another
-- time. Whoever makes numbers holds the feed's lock.
CREATE FUNCTION part_cut(p_table text, p_now timestamptz) RETURNS boolean
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' SET lock_timeout = '500ms' AS $$
DECLARE
    last history_part;
    now_part history_part;
    next_id bigint := part_next_id(p_table);
    turned boolean;
    days numeric;
    size bigint;
    ends bigint;
    name text;
BEGIN
    SELECT * INTO last FROM history_part h WHERE h.table_name = p_table AND h.to_id IS NULL;
    SELECT * INTO now_part FROM history_part h WHERE h.table_name = p_table AND h.to_id IS NOT NULL ORDER BY h.from_id DESC LIMIT 1;
    turned := last.month <= date_trunc('month', p_now)::date;
    IF NOT part_due(p_table, p_now) THEN  -- somebody else did, meanwhile
        RETURN false;
    END IF;
    -- about as many as came in 31 days, and a quarter more; a young table's first hours say little
    days := greatest(extract(epoch FROM p_now - now_part.opened_at) / 86400, 1);
    size := greatest(1000, ceil(least((greatest(next_id - now_part.from_id, 0)) / days * 31 * 1.25, next_id::numeric) / 1000) * 1000);
    EXECUTE format('SELECT max(%I) + 1 FROM %I', CASE p_table WHEN 'scan_event' THEN 'shipment_id' ELSE 'exception_id' END, last.part) INTO ends;
    ends := greatest(last.from_id, next_id, ends) + size;
    name := p_table || '_p' || (substring(last.part FROM '\d+$')::int + 1);
    PERFORM part_alone(p_table);
    EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', p_table, last.part);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', p_table, last.part, last.from_id, ends);
    PERFORM part_make(p_table, name, ends, NULL);
    UPDATE history_part SET to_id = ends, opened_at = p_now, month = CASE WHEN turned THEN date_trunc('month', p_now)::date ELSE now_part.month END WHERE part = last.part;
    INSERT INTO history_part (part, table_name, from_id, month, opened_at) VALUES (name, p_table, ends, date_trunc('month', p_now)::date + interval '1 month', p_now);
    IF turned AND next_id < last.from_id THEN
        PERFORM setval(part_sequence(p_table)::regclass, last.from_id, false);
    END IF;
    RETURN true;
END
$$;

-- The worker's, hourly: a cut where a month has turned, or the numbers come near the end of what was made for them.
CREATE FUNCTION pass_partitions(p_now timestamptz DEFAULT NULL) RETURNS TABLE (did jsonb, again boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    at timestamptz := coalesce(p_now, clock_timestamp());
    t text;
    n int := 0;
BEGIN
    did := '{}';
    again := false;
    IF NOT current_setting('transaction_read_only')::boolean AND pg_try_advisory_xact_lock(hashtext('doorstep partitions')) THEN
        FOREACH t IN ARRAY ARRAY['scan_event', 'activity'] LOOP
            BEGIN
                IF part_due(t, at) THEN
                    PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));
                    n := n + part_cut(t, at)::int;
                END IF;
            EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
                NULL;                     -- somebody reads for long: in an hour
            END;
        END LOOP;
        IF n > 0 THEN
            did := jsonb_build_object('partitions_cut', n);
        END IF;
    END IF;
    RETURN NEXT;
END
$$;
GRANT EXECUTE ON FUNCTION pass_partitions(timestamptz) TO doorstep_worker;

RESET search_path;
RESET ROLE;
