-- Access to contact details is recorded: who saw whose e-mail address or telephone number in clear, when and by what. Nobody reads
-- those columns of a table; functions give them masked, or in clear and write it down. Looking at the queue writes nothing.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- who looked at whose contact details

-- A row a person, customer, way and hour: bounded however often somebody looks. By month.
CREATE TABLE contact_access (
    hour         timestamptz NOT NULL,
    role         text NOT NULL,
    customer_id  bigint NOT NULL,
    what         text NOT NULL CHECK (what IN ('show', 'export', 'compose', 'message', 'find')),
    exception_id bigint NOT NULL DEFAULT 0,   -- 0: not by way of one
    brand_id     int NOT NULL,
    at           timestamptz NOT NULL,    -- the first time in that hour
    PRIMARY KEY (hour, role, customer_id, what)
) PARTITION BY RANGE (hour);
CREATE INDEX contact_access_customer ON contact_access (customer_id, hour);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON contact_access FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE contact_access_rest PARTITION OF contact_access DEFAULT;     -- only where no worker made a month's

-- This month's partition and the next one's.
CREATE FUNCTION access_months(p_now timestamptz) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' SET lock_timeout = '500ms' AS $$
DECLARE
    m timestamptz;
    name text;
BEGIN
    FOR m IN SELECT date_trunc('month', p_now) + make_interval(months => i) FROM generate_series(0, 1) i LOOP
        name := 'contact_access_' || to_char(m, 'YYYY_MM');
        IF to_regclass(name) IS NULL AND NOT EXISTS (SELECT FROM contact_access_rest r WHERE r.hour >= m AND r.hour < m + interval '1 month') THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF contact_access FOR VALUES FROM (%L) TO (%L)', name, m, m + interval '1 month');
        END IF;
    END LOOP;
END
$$;
SELECT access_months(now());
-- Drops the months that are over by then; how many rows went, -1 for none.
CREATE FUNCTION access_expire(p_before timestamptz, p_now timestamptz) RETURNS bigint LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' SET lock_timeout = '500ms' AS $$
DECLARE
    name text;
    n bigint;
BEGIN
    SELECT c.relname INTO name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'contact_access'::regclass AND c.relname ~ '_\d{4}_\d\d$' AND to_timestamp(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= p_before ORDER BY 1 LIMIT 1;
    IF name IS NULL THEN
        RETURN -1;
    END IF;
    EXECUTE format('SELECT count(*) FROM %I', name) INTO n;
    EXECUTE format('DROP TABLE %I', name);
    PERFORM control_write(NULL, 'history ' || name, 'expire', format('%s rows of contact_access', n), NULL, jsonb_build_object('rows', n), NULL, p_now, 'worker');
    RETURN n;
END
$$;
SELECT patch_function('pass_partitions(timestamptz)'::regprocedure, $o$        IF n > 0 THEN
            did$o$, $n$        BEGIN
            PERFORM access_months(at);
        EXCEPTION WHEN lock_not_available THEN
            NULL;
        END;
        IF n > 0 THEN
            did$n$);
SELECT patch_function('retention_step(retention_policy, timestamptz)'::regprocedure, $o$    IF p.act = 'drop' THEN
$o$, $n$    IF p.table_name = 'contact_access' THEN
        RETURN access_expire(before, p_now);
    ELSIF p.act = 'drop' THEN
$n$);

-- The caller sees these customers' addresses. Nothing is written for services. Where it cannot be written down, nobody sees them; and who rolls
-- it back is in the server's log.
CREATE FUNCTION contact_seen(p_customers bigint[], p_what text, p_exception bigint DEFAULT 0) RETURNS void
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    now_is timestamptz := clock_timestamp();
BEGIN
    p_customers := array_remove(p_customers, NULL);
    IF my_level() = 0 OR p_customers = '{}' THEN
        RETURN;
    ELSIF current_setting('transaction_read_only')::boolean THEN
        RAISE read_only_sql_transaction USING MESSAGE = 'who sees addresses is written down, and this session is read-only: ask without --read-only, and not of a standby';
    END IF;
    INSERT INTO contact_access (hour, role, customer_id, what, exception_id, brand_id, at)
    SELECT date_trunc('hour', now_is), session_user, c.id, p_what, coalesce(p_exception, 0), c.brand_id, now_is
      FROM customer c WHERE c.id = ANY (p_customers) AND c.forgotten_at IS NULL AND coalesce(c.email, c.phone) IS NOT NULL ORDER BY c.id
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
        RAISE LOG 'contact details: % sees those of % customers (%), the first is %', session_user, cardinality(p_customers), p_what, p_customers[1];
    END IF;
END
$$;
CREATE FUNCTION contact_access_list(p_customer bigint, p_role text, p_since timestamptz, p_limit int)
    RETURNS TABLE (at timestamptz, role text, customer_id bigint, customer text, what text, exception_id bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
BEGIN
    PERFORM require_level(3, 'see who looked at contact details');
    RETURN QUERY
    SELECT a.at, a.role, a.customer_id, c.name, a.what, nullif(a.exception_id, 0)
      FROM contact_access a LEFT JOIN customer c ON c.id = a.customer_id
     WHERE (mine IS NULL OR a.brand_id = ANY (mine)) AND (p_customer IS NULL OR a.customer_id = p_customer)
       AND (p_role IS NULL OR a.role = p_role) AND (p_since IS NULL OR a.hour >= date_trunc('hour', p_since) AND a.at >= p_since)
     ORDER BY a.hour DESC, a.at DESC, a.role, a.customer_id LIMIT least(greatest(coalesce(p_limit, 100), 1), 10000);
END
$$;

-- ---------------------------------------------------------------- finding and showing one

-- By the shop's number, an address, a name, an order or tracking number; addresses are masked. Agents.
CREATE FUNCTION customer_find(p_text text, p_limit int) RETURNS TABLE (id bigint, brand text, external_id text, name text, email text, phone text, orders bigint, forgotten_at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
    t text := btrim(p_text);
BEGIN
    PERFORM require_level(2, 'look customers up');
    IF length(t) < 2 OR t IS NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = 'give at least two characters of a name, an address or a number';
    END IF;
    RETURN QUERY
    WITH hit AS (
        SELECT c.id FROM customer c WHERE lower(c.email) = lower(t)
        UNION SELECT c.id FROM customer c WHERE phone_e164(c.phone) = coalesce(phone_e164(t), '+' || regexp_replace(t, '[^0-9]', '', 'g')) OR c.phone = t
        UNION SELECT c.id FROM brand b JOIN customer c ON c.brand_id = b.id WHERE c.external_id IN (t, 'forgotten ' || left(keyed_hash(b.code, t), 32))
        UNION SELECT o.customer_id FROM orders o WHERE o.order_number = t
        UNION SELECT coalesce(s.customer_id, o.customer_id) FROM shipment s LEFT JOIN orders o ON o.id = s.order_id WHERE s.tracking_number = upper(replace(t, ' ', ''))
        UNION SELECT c.id FROM customer c WHERE lower(c.name) LIKE '%' || replace(replace(lower(t), '\', '\\'), '%', '\%') || '%'
    )
    SELECT c.id, b.code, c.external_id, c.name, mask_address(c.email), mask_address(c.phone), (SELECT count(*) FROM orders o WHERE o.customer_id = c.id), c.forgotten_at
      FROM hit h JOIN customer c ON c.id = h.id JOIN brand b ON b.id = c.brand_id
     WHERE mine IS NULL OR c.brand_id = ANY (mine) ORDER BY c.name, c.id LIMIT least(greatest(coalesce(p_limit, 20), 1), 1000);
END
$$;

-- In clear, and recorded. Agents.
CREATE FUNCTION customer_show(p_id bigint) RETURNS TABLE (id bigint, brand text, external_id text, name text, email text, phone text, language text, time_zone text, tier text,
                                                         consent jsonb, do_not_contact boolean, orders bigint, forgotten_at timestamptz)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM require_level(2, 'see how to reach customers');
    IF (SELECT sees_brand(c.brand_id) FROM customer c WHERE c.id = p_id) THEN
        PERFORM contact_seen(ARRAY[p_id], 'show');
        RETURN QUERY
        SELECT c.id, b.code, c.external_id, c.name, c.email, c.phone, c.language, c.time_zone, c.tier, c.consent, c.do_not_contact,
               (SELECT count(*) FROM orders o WHERE o.customer_id = c.id), c.forgotten_at
          FROM customer c JOIN brand b ON b.id = c.brand_id WHERE c.id = p_id;
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION customer_find(text, int), customer_show(bigint), contact_access_list(bigint, text, timestamptz, int) TO doorstep_viewer;
INSERT INTO retention_policy (table_name, keep_days, minimum, act, what) VALUES
    ('contact_access', 730, 180, 'drop', 'who looked at whose contact details, a month at a time');

-- ---------------------------------------------------------------- who reads which column

-- Addresses are read by functions alone.
DO $$
DECLARE
    t text;
    hidden text[] := '{email,phone,email_bad,phone_bad,to_address,from_address,search}';
BEGIN
    FOREACH t IN ARRAY ARRAY['customer', 'outreach', 'contact', 'exception'] LOOP
        EXECUTE format('REVOKE SELECT ON %I FROM doorstep_viewer', t);
        EXECUTE format('GRANT SELECT (%s) ON %I TO doorstep_viewer', (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
                        WHERE a.attrelid = t::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (hidden)), t);
    END LOOP;
    REVOKE SELECT ON exception FROM doorstep_worker;       -- for rules: to see whom they are about
    EXECUTE format('GRANT SELECT (%s) ON exception TO doorstep_worker', (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
                    WHERE a.attrelid = 'exception'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (hidden)));
END
$$;

-- exception.search is found by, and read by nobody: search_ids() for open ones, and these two. Of all, resolved ones too: looks through all of them.
CREATE FUNCTION search_all_ids(p_pattern text) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = doorstep, pg_temp SET jit = off AS $$
DECLARE
    mine int[] := my_brands();
BEGIN
    PERFORM require_level(1, 'search');
    RETURN QUERY SELECT e.id FROM exception e WHERE e.search LIKE lower(p_pattern) AND (mine IS NULL OR e.brand_id = ANY (mine));
END
$$;
-- Of a row that is known: what a rule's filter is about.
CREATE FUNCTION search_fits(p_exception bigint, p_pattern text) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF my_level() > 0 OR pg_has_role(session_user, 'doorstep_worker', 'MEMBER') THEN
        RETURN (SELECT e.search LIKE lower(p_pattern) FROM exception e WHERE e.id = p_exception AND sees_brand(e.brand_id));
    END IF;
    RETURN NULL;
END
$$;
GRANT EXECUTE ON FUNCTION search_all_ids(text) TO doorstep_viewer;
REVOKE EXECUTE ON FUNCTION queue_json(exception) FROM doorstep_viewer;       -- it takes a whole row
GRANT EXECUTE ON FUNCTION search_fits(bigint, text) TO doorstep_viewer, doorstep_worker;

-- Does an address of this customer match? For the filter's customer: term, of rows the caller has before them.
CREATE FUNCTION customer_reached_at(p_customer bigint, p_pattern text) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM customer c WHERE c.id = p_customer AND sees_brand(c.brand_id)
                      AND (my_level() > 0 OR pg_has_role(session_user, 'doorstep_worker', 'MEMBER'))
                      AND (lower(c.email) LIKE lower(p_pattern) OR c.phone LIKE p_pattern OR regexp_replace(c.phone, '[^0-9]', '', 'g') LIKE p_pattern));
END
$$;
-- Where a message went, masked.
CREATE FUNCTION message_to(p_outreach bigint) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    RETURN (SELECT mask_address(nullif(o.to_address, '')) FROM outreach o WHERE o.id = p_outreach AND my_level() > 0 AND sees_brand(o.brand_id));
END
$$;
GRANT EXECUTE ON FUNCTION customer_reached_at(bigint, text), message_to(bigint) TO doorstep_viewer;
GRANT EXECUTE ON FUNCTION customer_reached_at(bigint, text) TO doorstep_worker;      -- a rule's filter, too

-- The screen shows them masked: moving through the queue is no looking-up of addresses, and writes nothing.
SELECT patch_function('context_head(bigint)'::regprocedure, 'c.external_id, c.email, c.phone, c.time_zone', 'c.external_id, mask_address(c.email), mask_address(c.phone), c.time_zone');
SELECT patch_function('show_json(bigint)'::regprocedure, '''email'', c.email, ''phone'', c.phone,', '''email'', mask_address(c.email), ''phone'', mask_address(c.phone),');
-- Who writes a message sees where it goes.
SELECT patch_function('compose(bigint)'::regprocedure, '    RETURN jsonb_build_object(
        ''exception''', '    PERFORM contact_seen(ARRAY[e.customer_id], ''compose'', e.id);
    RETURN jsonb_build_object(
        ''exception''');
ALTER FUNCTION compose(bigint) VOLATILE;
SELECT patch_function('outreach_render_set(bigint[], int, int, text, text)'::regprocedure, '    RETURN QUERY
    WITH asked AS MATERIALIZED (', '    PERFORM contact_seen(ARRAY(SELECT e.customer_id FROM exception e
                                WHERE e.id = ANY (p_ids) AND e.customer_id IS NOT NULL AND (mine IS NULL OR e.brand_id = ANY (mine))), ''compose'');
    RETURN QUERY
    WITH asked AS MATERIALIZED (');
ALTER FUNCTION outreach_render_set(bigint[], int, int, text, text) VOLATILE;
SELECT patch_function('outreach_check(jsonb)'::regprocedure, '    parsed := outreach_items(p_items);
', '    parsed := outreach_items(p_items);
    PERFORM contact_seen(ARRAY(SELECT e.customer_id FROM each_outgoing(parsed) u JOIN exception e ON e.id = (u.item).exception_id
                                WHERE e.customer_id IS NOT NULL AND (mine IS NULL OR e.brand_id = ANY (mine))), ''compose'');
');
ALTER FUNCTION outreach_check(jsonb) VOLATILE;
SELECT patch_function('messages(bigint, int)'::regprocedure, 'o.by, o.to_address,', 'o.by, coalesce(mask_address(nullif(o.to_address, '''')), ''''),');
SELECT patch_function('messages(bigint, int)'::regprocedure, 'k.from_address', 'coalesce(mask_address(nullif(k.from_address, '''')), '''')');

RESET search_path;
RESET ROLE;
