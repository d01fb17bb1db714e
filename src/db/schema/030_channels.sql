-- Who hears of what. Anybody who may connect may LISTEN to a channel whose name they know, so what
-- is told of exceptions goes to channels whose names nobody knows: one for people of all brands,
-- and one for each brand that somebody is limited to. Where nobody is, a statement sends one
-- notification, as before. listen() listens for the caller; the names are in no table people read.
-- What says nothing of a brand (v s o u d r) stays on channel "doorstep".

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

CREATE TABLE hint_channel (
    brand_id int PRIMARY KEY,             -- -1: of all brands
    name     text NOT NULL UNIQUE DEFAULT 'doorstep_' || replace(gen_random_uuid()::text, '-', '')
);
INSERT INTO hint_channel (brand_id) VALUES (-1);
INSERT INTO hint_channel (brand_id) SELECT DISTINCT brand_id FROM agent_scope ON CONFLICT DO NOTHING;

CREATE FUNCTION scope_limits() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    INSERT INTO hint_channel (brand_id) SELECT DISTINCT brand_id FROM agent_scope ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER limits AFTER INSERT OR UPDATE ON agent_scope FOR EACH STATEMENT EXECUTE FUNCTION scope_limits();

-- Listens to the caller's channels and to no other of ours but "doorstep", which a client listens to
-- before, in a transaction of its own: then it hears of a name that changes after it was read here.
CREATE FUNCTION listen() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    mine int[] := my_brands();
    names text[];
    c text;
BEGIN
    IF pg_is_in_recovery() THEN
        RETURN;                           -- a standby has no notifications
    END IF;
    IF my_level() > 0 OR pg_has_role(session_user, 'doorstep_worker', 'MEMBER') THEN
        names := ARRAY(SELECT h.name FROM hint_channel h WHERE h.brand_id = -1 AND mine IS NULL OR h.brand_id = ANY (mine));
    END IF;
    FOR c IN SELECT x FROM pg_listening_channels() x WHERE x ~ '^doorstep_[0-9a-f]{32}$' AND x <> ALL (coalesce(names, '{}')) LOOP
        EXECUTE format('UNLISTEN %I', c);
    END LOOP;
    FOREACH c IN ARRAY coalesce(names, '{}') LOOP
        EXECUTE format('LISTEN %I', c);
    END LOOP;
END
$$;
GRANT EXECUTE ON FUNCTION listen() TO doorstep_viewer, doorstep_worker;

-- What somebody loses gets another name, and everybody asks again; what they gain, they ask for.
-- p_was: the brands before (null: all), p_kept: those now; p_out: the person may see none any more.
CREATE FUNCTION rights_moved(p_role text, p_was int[], p_out boolean) RETURNS void
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    is_now int[] := role_brands(p_role::name);
    lost int[] := CASE WHEN p_was IS NULL THEN CASE WHEN p_out OR is_now IS NOT NULL THEN '{-1}'::int[] END
                       WHEN p_out THEN p_was
                       WHEN is_now IS NOT NULL THEN ARRAY(SELECT b FROM unnest(p_was) b WHERE b <> ALL (is_now)) END;
BEGIN
    DELETE FROM hint_channel h WHERE h.brand_id >= 0 AND NOT EXISTS (SELECT FROM agent_scope s WHERE s.brand_id = h.brand_id);
    UPDATE hint_channel SET name = DEFAULT WHERE brand_id = ANY (lost);
    PERFORM pg_notify('doorstep', 'r ' || CASE WHEN cardinality(lost) > 0 THEN '*' ELSE p_role END);
END
$$;

-- ---------------------------------------------------------------- telling

-- One notification a channel that has something to hear; of more than 300, or than a payload holds, only how many.
CREATE FUNCTION hint_tell(p_brand int, p_n bigint, p_items text) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    PERFORM pg_notify(h.name, CASE WHEN octet_length(p_items) <= 7800 THEN 'e ' || p_items ELSE 'm ' || p_n END)
       FROM hint_channel h WHERE h.brand_id = p_brand;
END
$$;

SELECT patch_function('exception_opened()'::regprocedure,
$old$    PERFORM pg_notify('doorstep', CASE WHEN octet_length(items) <= 7800 THEN 'e ' || items ELSE 'm ' || n END);
$old$, $new$    PERFORM hint_tell(-1, n, items);
    IF EXISTS (SELECT FROM hint_channel WHERE brand_id >= 0) THEN
        PERFORM hint_tell(x.brand_id, x.n, x.items)
           FROM (SELECT m.brand_id, count(*) AS n, CASE WHEN n <= 300 THEN string_agg(hint_item(m, true), ';') END AS items
                   FROM made m WHERE m.brand_id IN (SELECT h.brand_id FROM hint_channel h) GROUP BY m.brand_id) x;
    END IF;
$new$);
-- An exception whose brand became known: those of the brand it had are told that something changed, not what.
SELECT patch_function('exception_changed()'::regprocedure,
$old$    PERFORM pg_notify('doorstep', CASE WHEN octet_length(items) <= 7800 THEN 'e ' || items ELSE 'm ' || n END);
$old$, $new$    PERFORM hint_tell(-1, n, items);
    IF EXISTS (SELECT FROM hint_channel WHERE brand_id >= 0) THEN
        PERFORM hint_tell(x.brand_id, x.n, x.items)
           FROM (SELECT y.brand_id, count(*) AS n, CASE WHEN bool_and(y.item IS NOT NULL) THEN string_agg(y.item, ';') END AS items
                   FROM (SELECT w.brand_id, CASE WHEN n <= 300 THEN hint_item(w, false) END AS item
                           FROM now_rows w JOIN was_rows o USING (id)
                          WHERE w.rev <> o.rev AND w.brand_id IN (SELECT h.brand_id FROM hint_channel h)
                         UNION ALL
                         SELECT o.brand_id, NULL
                           FROM now_rows w JOIN was_rows o USING (id)
                          WHERE w.rev <> o.rev AND w.brand_id <> o.brand_id AND o.brand_id IN (SELECT h.brand_id FROM hint_channel h)) y
                  GROUP BY y.brand_id) x;
    END IF;
$new$);

-- Presence is told where the exception is seen; who leaves one for another brand's is gone there.
CREATE OR REPLACE FUNCTION viewing(p_id bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    sought bigint := 0;
    seen_brand int;
    left_brand int;
BEGIN
    PERFORM require_level(1, 'look at exceptions');
    IF current_setting('transaction_read_only')::boolean THEN
        RETURN;                           -- a read-only session looks on unseen
    END IF;
    SELECT id, brand_id INTO sought, seen_brand FROM exception WHERE id = p_id AND sees_brand(brand_id);
    sought := coalesce(sought, 0);
    SELECT e.brand_id INTO left_brand FROM presence p JOIN exception e ON e.id = p.exception_id WHERE p.pid = pg_backend_pid();
    IF sought = 0 THEN
        DELETE FROM presence WHERE pid = pg_backend_pid();
        DELETE FROM presence p WHERE NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = p.pid);
    ELSE
        INSERT INTO presence (pid, role, exception_id) VALUES (pg_backend_pid(), session_user, sought)
            ON CONFLICT (pid) DO UPDATE SET role = excluded.role, exception_id = excluded.exception_id, at = now();
    END IF;
    PERFORM pg_notify(h.name, format('p %s %s', CASE WHEN h.brand_id IN (-1, seen_brand) THEN sought ELSE 0 END, session_user))
       FROM hint_channel h WHERE h.brand_id IN (-1, seen_brand, left_brand);
END
$$;

-- ---------------------------------------------------------------- people whose rights change

SELECT patch_function('user_grant(text, text)'::regprocedure,
$old$    UPDATE agent SET active = p_level <> 'none' WHERE role = p_name;
$old$, $new$    UPDATE agent SET active = p_level <> 'none' WHERE role = p_name;
    PERFORM rights_moved(p_name, role_brands(p_name::name), p_level = 'none');
$new$);
CREATE OR REPLACE FUNCTION user_scope(p_name text, p_brands text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    unknown text;
    was int[];
BEGIN
    PERFORM require_level(4, 'limit people to brands');
    SELECT coalesce(b, '') INTO unknown FROM unnest(p_brands) b WHERE NOT EXISTS (SELECT FROM brand WHERE code = b) LIMIT 1;
    IF FOUND THEN
        RAISE invalid_parameter_value USING MESSAGE = format('there is no brand "%s"', unknown);
    END IF;
    -- two admins at once: the second one sees what the first one left
    PERFORM FROM agent WHERE role = p_name FOR UPDATE;
    IF NOT FOUND THEN
        RAISE invalid_parameter_value USING MESSAGE = format('there is no person "%s"', p_name);
    END IF;
    IF p_name = session_user AND cardinality(p_brands) > 0 AND my_brands() IS NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = 'you cannot limit yourself: who is limited cannot lift it again; another admin can limit you';
    END IF;
    was := role_brands(p_name::name);
    DELETE FROM agent_scope WHERE role = p_name;
    INSERT INTO agent_scope (role, brand_id) SELECT DISTINCT p_name, id FROM brand WHERE code = ANY (p_brands);
    PERFORM rights_moved(p_name, was, false);
END
$$;

RESET search_path;
RESET ROLE;
