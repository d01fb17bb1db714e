-- One customer's data: found, exported, and forgotten. Who is forgotten leaves no name, address or word behind; what was sold,
-- sent, went wrong and was answered stays as numbers, times and kinds. Order and tracking numbers stay: they are the business's
-- own record of a sale and a parcel, without which neither tax nor a carrier's claim could be answered.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

ALTER TABLE customer ADD COLUMN forgotten_at timestamptz;
ALTER TABLE shipment ADD COLUMN erased boolean NOT NULL DEFAULT false;    -- its customer was forgotten
CREATE INDEX customer_forgotten ON customer (brand_id, external_id) WHERE forgotten_at IS NOT NULL;

-- ---------------------------------------------------------------- what is kept of the address: that nobody writes to it

-- A secret of this database: without it nobody can try addresses against what is kept.
CREATE TABLE privacy_key (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    key bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
);
INSERT INTO privacy_key DEFAULT VALUES;
CREATE FUNCTION keyed_hash(p_what text, p_text text) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN (SELECT encode(sha256(k.key || sha256(k.key || convert_to(p_what || E'\n' || p_text, 'UTF8'))), 'hex') FROM privacy_key k);

-- Addresses of forgotten people who did not want to be written to.
CREATE TABLE suppressed (
    hash    text NOT NULL,                -- keyed_hash() of the address, lower case or E.164
    channel channel NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (hash, channel)
);

-- A customer made again with such an address is not written to there; one who was forgotten stays so whatever an order says.
CREATE FUNCTION customer_suppress() RETURNS trigger LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    no jsonb;
BEGIN
    IF tg_op = 'UPDATE' AND old.forgotten_at IS NOT NULL THEN
        new.name := old.name;
        new.email := NULL;
        new.phone := NULL;
        new.external_id := old.external_id;
        new.do_not_contact := true;
        new.forgotten_at := old.forgotten_at;
        RETURN new;
    END IF;
    IF EXISTS (SELECT FROM suppressed) THEN
        SELECT jsonb_object_agg(s.channel, false) INTO no FROM suppressed s
         WHERE s.hash = keyed_hash('email', lower(btrim(new.email))) AND s.channel = 'email'
            OR s.hash = keyed_hash('phone', phone_e164(new.phone)) AND s.channel <> 'email';
        new.consent := new.consent || coalesce(no, '{}');
    END IF;
    RETURN new;
END
$$;
CREATE TRIGGER a_suppress_new BEFORE INSERT ON customer FOR EACH ROW WHEN (new.email IS NOT NULL OR new.phone IS NOT NULL) EXECUTE FUNCTION customer_suppress();
CREATE TRIGGER z_suppress BEFORE UPDATE ON customer FOR EACH ROW
    WHEN (old.forgotten_at IS NOT NULL OR old.email IS DISTINCT FROM new.email OR old.phone IS DISTINCT FROM new.phone OR old.consent IS DISTINCT FROM new.consent)
    EXECUTE FUNCTION customer_suppress();

CREATE FUNCTION shipment_erased() RETURNS trigger LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    new.city := NULL;
    new.postal_code := NULL;
    new.access_instructions := NULL;
    RETURN new;
END
$$;
CREATE TRIGGER erased BEFORE UPDATE ON shipment FOR EACH ROW WHEN (new.erased) EXECUTE FUNCTION shipment_erased();

-- The customer an order document means: one who was forgotten, where the order was placed before that or is known as theirs; who
-- orders again later is somebody new.
CREATE FUNCTION feed_external(p_brand text, p_external text, p_number text, p_placed timestamptz) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp SET enable_seqscan = on SET enable_nestloop = on AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM customer WHERE forgotten_at IS NOT NULL) THEN
        RETURN p_external;
    END IF;
    RETURN coalesce((SELECT c.external_id FROM brand b JOIN customer c ON c.brand_id = b.id
                      WHERE b.code = p_brand AND c.forgotten_at IS NOT NULL AND c.external_id = 'forgotten ' || left(keyed_hash(p_brand, p_external), 32)
                        AND (coalesce(p_placed <= c.forgotten_at, true)
                             OR EXISTS (SELECT FROM orders o WHERE o.order_number = p_number AND o.brand_id = b.id AND o.customer_id = c.id))), p_external);
END
$$;
SELECT patch_function('feed_orders(uuid)'::regprocedure, $o$coalesce(feed_text(s.data->'customer'->>'external_id', 64), feed_text(lower(s.data->'customer'->>'email'), 160),
                        'order ' || feed_text(s.data->>'order_number', 48)),$o$, $n$feed_external(coalesce(feed_text(lower(s.data->>'brand'), 24), 'unassigned'),
                   coalesce(feed_text(s.data->'customer'->>'external_id', 64), feed_text(lower(s.data->'customer'->>'email'), 160),
                            'order ' || feed_text(s.data->>'order_number', 48)),
                   feed_text(s.data->>'order_number', 48), feed_instant(s.data->>'placed_at')),$n$);

-- ---------------------------------------------------------------- where a person's data stands

-- A row a table that speaks of a person: how its rows are found, what of them is exported and what is left when the person is forgotten.
-- Whoever adds a table with somebody's words or addresses adds a row; a test looks.
CREATE TABLE personal_table (
    table_name text PRIMARY KEY,
    via        text NOT NULL CHECK (via IN ('customer', 'order', 'shipment', 'exception', 'case', 'message')),
    key        text NOT NULL,             -- its column with that one's id
    erase      text,                      -- what is set; null: nothing but numbers stands there
    removed    boolean NOT NULL DEFAULT false,     -- or its rows are removed
    export     text[],                    -- columns that are the customer's to have; null: none
    which      text NOT NULL DEFAULT 'true'        -- of rows x for which this holds (export)
);
INSERT INTO personal_table (table_name, via, key, erase, removed, export, which) VALUES
    ('orders', 'customer', 'customer_id', NULL, false, '{id,order_number,placed_at,currency,total}', 'true'),
    ('order_line', 'order', 'order_id', NULL, false, '{order_id,line,sku,title,quantity}', 'true'),
    ('shipment', 'shipment', 'id', 'erased = true', false,
     '{id,order_id,tracking_number,service,carrier_status,effective_status,first_seen_at,shipped_at,promised_at,edd_at,last_scan_at,delivered_at,city,region,postal_code,country,address_type,access_instructions}', 'true'),
    ('scan_event', 'shipment', 'shipment_id', 'message = NULL, place = NULL', false, '{shipment_id,occurred_at,status,label,message,place}', 'true'),
    ('exception', 'exception', 'id', 'customer_name = ''forgotten customer'', city = NULL, postal_code = NULL, resolution_text = NULL,
        reason = CASE WHEN EXISTS (SELECT FROM status_map m WHERE m.label = x.reason) THEN x.reason END,
        search = search_words(x.tracking_number, x.order_number, ''forgotten customer'', NULL, NULL, NULL, NULL), updated_at = clock_timestamp(), rev = x.rev + 1', false,
     '{id,shipment_id,kind,state,opened_at,resolved_at,resolution}', 'true'),
    ('outreach', 'message', 'id', 'to_address = '''', to_name = NULL, subject = NULL, body = '''', html = NULL, provider_vars = NULL, text_hash = md5(x.id::text)::uuid,
        pass_reason = NULL, reason = CASE WHEN x.reason IS NOT NULL THEN ''[erased]'' END', false,
     '{id,exception_id,channel,to_address,to_name,language,subject,body,state,created_at,sent_at,delivered_at,opened_at,clicked_at}', 'true'),
    ('outreach_attempt', 'message', 'outreach_id', 'message = ''''', false, NULL, 'true'),
    ('outreach_receipt', 'message', 'outreach_id', 'message = ''''', false, '{outreach_id,what,at}', 'true'),
    ('contact', 'customer', 'customer_id', 'text = '''', from_address = '''', provider_id = ''erased '' || x.id', false, '{id,exception_id,channel,from_address,at,text,driver}', 'true'),
    ('consent_change', 'customer', 'customer_id', 'note = ''''', false, '{channel,given,at,source}', 'true'),
    ('draft', 'exception', 'exception_id', NULL, true, NULL, 'true'),
    ('support_case', 'case', 'id', 'subject = ''[erased]'', context = '''', conflict = CASE WHEN x.conflict IS NOT NULL THEN ''[erased]'' END', false, '{id,type,state,created_at,state_at}', 'true'),
    ('case_note', 'case', 'case_id', 'text = ''[erased]''', false, '{case_id,at,text}', 'x.public'),
    ('case_sync', 'case', 'case_id', 'reason = CASE WHEN x.reason IS NOT NULL THEN ''[erased]'' END', false, NULL, 'true');

-- ---------------------------------------------------------------- erasing

-- Runs one statement that changes what is otherwise append-only; refuse_change() knows it by its name.
CREATE FUNCTION erase_rows(p_sql text, p_ids bigint[]) RETURNS bigint LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    n bigint;
BEGIN
    EXECUTE p_sql USING p_ids;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END
$$;

-- The fields of an activity's before or after, without anybody's words: numbers, instants, and words of a list stay.
CREATE FUNCTION redacted_fields(p jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = doorstep, pg_temp
    RETURN (SELECT CASE WHEN jsonb_typeof(p) <> 'object' THEN '"[erased]"' WHEN p = '{}' THEN p ELSE jsonb_object_agg(k.key, CASE
        WHEN jsonb_typeof(k.value) IN ('number', 'boolean', 'null') THEN k.value
        WHEN k.key IN ('kind', 'severity', 'state', 'owner', 'resolution', 'status', 'effective_status', 'carrier_status', 'priority', 'type', 'tags', 'outages', 'scope',
                       'channel', 'template', 'digest', 'table', 'rule', 'driver', 'brand', 'fault', 'level', 'brands') THEN k.value
        WHEN jsonb_typeof(k.value) = 'string' AND k.value #>> '{}' ~ '^\d{4}-\d\d-\d\d[T ][0-9:.]+(Z|[+-]\d\d(:?\d\d)?)$' THEN k.value
        ELSE '"[erased]"' END) END FROM jsonb_each(CASE jsonb_typeof(p) WHEN 'object' THEN p ELSE '{}' END) k);

-- Takes the words out of rows of both logs. What stays is proved by redaction and, in its turn, by the log of control.
CREATE FUNCTION redact(p_key uuid, p_at timestamptz, p_exceptions bigint[], p_control bigint[]) RETURNS bigint
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    n bigint;
BEGIN
    INSERT INTO redaction (exception_id, seq, at, by, key, hash, content)
    SELECT a.exception_id, a.seq, p_at, session_user, p_key, a.hash,
           redacted_content(a.exception_id, a.seq, a.brand_id, a.at, a.actor, a.verb, CASE WHEN a.text = '' THEN '' ELSE '[erased]' END,
                            redacted_fields(a.before), redacted_fields(a.after), a.key)
      FROM activity a
     WHERE a.exception_id = ANY (p_exceptions)
       AND (a.text NOT IN ('', '[erased]') OR a.before IS DISTINCT FROM redacted_fields(a.before) OR a.after IS DISTINCT FROM redacted_fields(a.after))
    ON CONFLICT DO NOTHING;
    PERFORM erase_rows('UPDATE activity a SET text = CASE WHEN a.text = '''' THEN '''' ELSE ''[erased]'' END, before = redacted_fields(a.before), after = redacted_fields(a.after)
                          FROM redaction r WHERE r.key = ' || quote_literal(p_key) || ' AND r.exception_id = a.exception_id AND r.seq = a.seq AND a.exception_id = ANY ($1)', p_exceptions);
    INSERT INTO redaction (exception_id, seq, at, by, key, hash, content)
    SELECT 0, c.seq, p_at, session_user, p_key, c.hash,
           redacted_content(0, c.seq, coalesce(c.brand_id, -1), c.at, c.actor, c.verb, c.subject || ': ' || CASE WHEN c.text = '' THEN '' ELSE '[erased]' END,
                            redacted_fields(c.before), redacted_fields(c.after), c.key)
      FROM control_log c
     WHERE c.seq = ANY (p_control)
       AND (c.text NOT IN ('', '[erased]') OR c.before IS DISTINCT FROM redacted_fields(c.before) OR c.after IS DISTINCT FROM redacted_fields(c.after))
    ON CONFLICT DO NOTHING;
    PERFORM erase_rows('UPDATE control_log c SET text = CASE WHEN c.text = '''' THEN '''' ELSE ''[erased]'' END, before = redacted_fields(c.before), after = redacted_fields(c.after)
                          FROM redaction r WHERE r.key = ' || quote_literal(p_key) || ' AND r.exception_id = 0 AND r.seq = c.seq AND c.seq = ANY ($1)', p_control);
    SELECT count(*) INTO n FROM redaction r WHERE r.key = p_key;
    RETURN n;
END
$$;

-- All that hangs on customers, by what it is found by.
CREATE FUNCTION personal_ids(p_customers bigint[], OUT orders bigint[], OUT shipments bigint[], OUT exceptions bigint[], OUT cases bigint[], OUT messages bigint[])
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp SET jit = off AS $$
BEGIN
    orders := ARRAY(SELECT o.id FROM orders o WHERE o.customer_id = ANY (p_customers));
    shipments := ARRAY(SELECT s.id FROM shipment s WHERE s.customer_id = ANY (p_customers) OR s.customer_id IS NULL AND s.order_id = ANY (personal_ids.orders)
                       UNION SELECT e.shipment_id FROM exception e WHERE e.customer_id = ANY (p_customers));
    exceptions := ARRAY(SELECT e.id FROM exception e WHERE e.shipment_id = ANY (shipments) ORDER BY 1);
    cases := ARRAY(SELECT c.id FROM support_case c WHERE c.shipment_id = ANY (shipments) ORDER BY 1);
    messages := ARRAY(SELECT o.id FROM outreach o WHERE o.customer_id = ANY (p_customers) ORDER BY 1);
END
$$;
CREATE FUNCTION personal_of(p_via text, p_customers bigint[], p record) RETURNS bigint[] LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN CASE p_via WHEN 'customer' THEN p_customers WHEN 'order' THEN p.orders WHEN 'shipment' THEN p.shipments
                      WHEN 'exception' THEN p.exceptions WHEN 'case' THEN p.cases ELSE p.messages END;
END
$$;

-- ---------------------------------------------------------------- export

-- Everything a customer may have of what is kept about them, by table; null: no such customer, or not the caller's. Leads.
CREATE FUNCTION customer_export(p_id bigint) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' SET jit = off AS $$
DECLARE
    doc jsonb;
    ids record;
    t personal_table;
    rows jsonb;
BEGIN
    PERFORM require_level(3, 'export a customer''s data');
    SELECT jsonb_build_object('id', c.id, 'brand', b.code, 'external_id', c.external_id, 'name', c.name, 'email', c.email, 'phone', c.phone, 'language', c.language,
                              'time_zone', c.time_zone, 'tier', c.tier, 'consent', c.consent, 'do_not_contact', c.do_not_contact, 'preferred_channel', c.preferred_channel,
                              'forgotten_at', c.forgotten_at)
      INTO doc FROM customer c JOIN brand b ON b.id = c.brand_id WHERE c.id = p_id AND sees_brand(c.brand_id);
    IF doc IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM contact_seen(ARRAY[p_id], 'export');
    doc := jsonb_build_object('exported_at', json_instant(clock_timestamp()), 'customer', doc);
    SELECT * INTO ids FROM personal_ids(ARRAY[p_id]);
    FOR t IN SELECT * FROM personal_table p WHERE p.export IS NOT NULL ORDER BY p.table_name LOOP
        EXECUTE format('SELECT coalesce(jsonb_agg(y.o ORDER BY y.o::text), ''[]'') FROM (SELECT (SELECT jsonb_object_agg(k.key, k.value) FROM jsonb_each(to_jsonb(x)) k WHERE k.key = ANY ($2)) AS o
                          FROM %I x WHERE x.%I = ANY ($1) AND %s) y', t.table_name, t.key, t.which) INTO rows USING personal_of(t.via, ARRAY[p_id], ids), t.export;
        doc := doc || jsonb_build_object(t.table_name, rows);
    END LOOP;
    RETURN doc;
END
$$;

-- ---------------------------------------------------------------- forgetting

-- Why one cannot be forgotten now; null: they can.
CREATE FUNCTION forget_refused(c customer, p_ids record, p_under_way boolean) RETURNS text LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    id bigint;
BEGIN
    SELECT o.id INTO id FROM outreach o WHERE o.id = ANY (p_ids.messages) AND o.state = 'sending' LIMIT 1;
    IF FOUND THEN
        RETURN format('message %s to them is on its way this moment: try again in a minute', id);
    END IF;
    IF p_under_way THEN
        RETURN NULL;
    END IF;
    SELECT e.id INTO id FROM exception e WHERE e.id = ANY (p_ids.exceptions) AND e.state <> 'resolved' LIMIT 1;
    IF FOUND THEN
        RETURN format('exception #%s of theirs is open, and nobody could be told how it ends: resolve it, or forget them all the same with --under-way', id);
    END IF;
    SELECT k.id INTO id FROM support_case k WHERE k.id = ANY (p_ids.cases) AND k.state IN ('open', 'pending') LIMIT 1;
    IF FOUND THEN
        RETURN format('case C%s of theirs is open: solve it, or forget them all the same with --under-way', id);
    END IF;
    IF EXISTS (SELECT FROM shipment s WHERE s.id = ANY (p_ids.shipments) AND s.effective_status NOT IN ('delivered', 'returned', 'lost', 'cancelled')
                  AND greatest(s.last_scan_at, s.first_seen_at) > clock_timestamp() - interval '60 days') THEN
        RETURN 'a parcel to them is under way: wait until it is there, or forget them all the same with --under-way';
    END IF;
    RETURN NULL;
END
$$;

-- A document as text, whatever is in it; a text, to be looked for, as JSON writes it where all has to be ASCII.
CREATE FUNCTION document_text(p bytea) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN convert_from(p, 'UTF8');
EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
    RETURN encode(p, 'escape');
END
$$;
CREATE FUNCTION json_ascii(p text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN (SELECT string_agg(CASE WHEN ascii(c) BETWEEN 128 AND 65535 THEN '\\u' || lpad(to_hex(ascii(c)), 4, '0') ELSE c END, '' ORDER BY i)
              FROM unnest(string_to_array(p, NULL)) WITH ORDINALITY x(c, i));

-- Takes out everything of theirs; the caller has locked it. How many rows of the logs were redacted.
CREATE FUNCTION forget_rows(p_key uuid, p_at timestamptz, p_customers bigint[], ids record) RETURNS bigint
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' SET jit = off AS $$
DECLARE
    words text[] := ARRAY(SELECT '%' || replace(replace(replace(w, '\', '\\'), '%', '\%'), '_', '\_') || '%'
                            FROM customer c CROSS JOIN LATERAL unnest(ARRAY[c.email, c.phone, phone_e164(c.phone), c.name]) w
                           WHERE c.id = ANY (p_customers) AND length(w) >= 6);
    t personal_table;
BEGIN
    UPDATE outreach SET state = 'cancelled', judged = NULL WHERE id = ANY (ids.messages) AND state IN ('queued', 'held');
    INSERT INTO suppressed (hash, channel, at)
    SELECT keyed_hash(CASE h.channel WHEN 'email' THEN 'email' ELSE 'phone' END, a.address), h.channel, p_at
      FROM customer c CROSS JOIN unnest(enum_range(NULL::channel)) h(channel)
     CROSS JOIN LATERAL (SELECT CASE h.channel WHEN 'email' THEN lower(btrim(c.email)) ELSE phone_e164(c.phone) END AS address) a
     WHERE c.id = ANY (p_customers) AND a.address IS NOT NULL AND (c.do_not_contact OR c.consent ->> h.channel::text = 'false')
    ON CONFLICT DO NOTHING;
    FOR t IN SELECT * FROM personal_table p WHERE p.erase IS NOT NULL OR p.removed ORDER BY p.table_name LOOP
        PERFORM erase_rows(CASE WHEN t.removed THEN format('DELETE FROM %I x WHERE x.%I = ANY ($1)', t.table_name, t.key)
                                ELSE format('UPDATE %I x SET %s WHERE x.%I = ANY ($1)', t.table_name, t.erase, t.key) END, personal_of(t.via, p_customers, ids));
    END LOOP;
    PERFORM erase_rows('UPDATE contact SET text = '''', from_address = '''', provider_id = ''erased '' || id WHERE exception_id = ANY ($1) AND (text <> '''' OR from_address <> '''')', ids.exceptions);
    PERFORM erase_rows('UPDATE override_batch b SET note = ''[erased]'', decided_note = NULL WHERE b.shipments = 1 AND b.id IN (SELECT o.batch_id FROM status_override o WHERE o.shipment_id = ANY ($1))', ids.shipments);
    PERFORM erase_rows('UPDATE case_attempt a SET message = '''' WHERE a.message <> '''' AND a.sync_id IN (SELECT s.id FROM case_sync s WHERE s.case_id = ANY ($1))', ids.cases);
    UPDATE unmapped_code u SET sample = '', sample_tracking = '' FROM shipment s WHERE s.id = ANY (ids.shipments) AND u.sample_tracking = s.tracking_number;
    UPDATE action_log g SET result = (SELECT jsonb_agg(jsonb_set(r, '{3}', CASE WHEN r ->> 3 = '' THEN '""' ELSE '"[erased]"' END::jsonb) ORDER BY o) FROM jsonb_array_elements(g.result) WITH ORDINALITY e(r, o))
     WHERE jsonb_array_length(g.result) > 0 AND g.result::text ILIKE ANY (words);
    DELETE FROM inbox i WHERE i.failed IS NOT NULL AND document_text(i.body) ILIKE ANY (words || ARRAY(SELECT '%' || replace(w, '_', '\_') || '%' FROM (
               SELECT s.tracking_number FROM shipment s WHERE s.id = ANY (ids.shipments) UNION SELECT o.order_number FROM orders o WHERE o.id = ANY (ids.orders)
               UNION SELECT w FROM customer c CROSS JOIN LATERAL unnest(ARRAY[url_encode(c.email), url_encode(phone_e164(c.phone)), replace(url_encode(c.name), '%20', '+'), json_ascii(c.name)]) w
                      WHERE c.id = ANY (p_customers)) x(w) WHERE length(w) >= 6));
    DELETE FROM inbox i WHERE i.source LIKE 'form/%' AND EXISTS (SELECT FROM page g WHERE g.shipment_id = ANY (ids.shipments) AND strpos(document_text(i.body), g.token) > 0);
    UPDATE customer c SET forgotten_at = p_at, name = 'forgotten customer', email = NULL, phone = NULL, email_bad = NULL, phone_bad = NULL, do_not_contact = true, time_zone = NULL,
           external_id = 'forgotten ' || left(keyed_hash(b.code, c.external_id), 32), updated_at = p_at
      FROM brand b WHERE b.id = c.brand_id AND c.id = ANY (p_customers);
    RETURN redact(p_key, p_at, ids.exceptions, ARRAY(
        SELECT l.seq FROM control_log l
         WHERE l.subject = ANY (ARRAY(SELECT 'case ' || x FROM unnest(ids.cases) x) || ARRAY(
                   SELECT DISTINCT 'batch ' || b.id FROM override_batch b JOIN status_override o ON o.batch_id = b.id WHERE b.shipments = 1 AND o.shipment_id = ANY (ids.shipments)))
            OR cardinality(words) > 0 AND (l.text ILIKE ANY (words) OR l.before::text ILIKE ANY (words) OR l.after::text ILIKE ANY (words))));
END
$$;

-- Erases people and keeps the numbers. Leads of their brand. p_under_way: although something of theirs is.
CREATE FUNCTION customer_forget(p_key uuid, p_ids bigint[], p_reason text, p_under_way boolean DEFAULT false)
    RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    asked bigint[] := ARRAY(SELECT DISTINCT x FROM unnest(p_ids) x WHERE x IS NOT NULL ORDER BY x);
    at timestamptz;
    c customer;
    ids record;
    gone bigint[] := '{}';
    why text;
    n bigint;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(3, 'forget customers');
        IF cardinality(asked) > 100 THEN
            RAISE program_limit_exceeded USING MESSAGE = 'at most 100 people are forgotten at once: give fewer';
        END IF;
        IF coalesce(btrim(p_reason), '') = '' OR length(p_reason) > 300 THEN
            RAISE invalid_parameter_value USING MESSAGE = 'a reason is needed, of at most 300 characters: the log of control keeps it, so name nobody in it';
        END IF;
        PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));
        PERFORM FROM customer x WHERE x.id = ANY (asked) ORDER BY x.id FOR UPDATE;
        SELECT * INTO ids FROM personal_ids(asked);
        PERFORM lock_exceptions(ids.exceptions);
        PERFORM FROM support_case x WHERE x.id = ANY (ids.cases) ORDER BY x.id FOR UPDATE;
        PERFORM FROM outreach x WHERE x.id = ANY (ids.messages) ORDER BY x.id FOR UPDATE;
        at := clock_timestamp();
        answered := '[]';
        FOR i IN 1 .. cardinality(asked) LOOP
            SELECT * INTO c FROM customer x WHERE x.id = asked[i];
            SELECT * INTO ids FROM personal_ids(ARRAY[asked[i]]);
            IF c.id IS NULL OR NOT sees_brand(c.brand_id) THEN
                answered := answered || jsonb_build_array(jsonb_build_array(asked[i], false, 'gone', format('there is no customer %s', asked[i]), NULL));
                CONTINUE;
            END IF;
            IF c.forgotten_at IS NOT NULL THEN
                answered := answered || jsonb_build_array(jsonb_build_array(asked[i], true, 'same', 'forgotten already', NULL));
                CONTINUE;
            END IF;
            why := forget_refused(c, ids, coalesce(p_under_way, false));
            IF why IS NULL THEN
                gone := gone || asked[i];
            END IF;
            answered := answered || jsonb_build_array(jsonb_build_array(asked[i], why IS NULL, CASE WHEN why IS NULL THEN 'ok' ELSE 'stale' END, coalesce(why, ''), NULL));
        END LOOP;
        IF cardinality(gone) > 0 THEN
            SELECT * INTO ids FROM personal_ids(gone);
            n := forget_rows(p_key, at, gone, ids);
            PERFORM apply_changes(ARRAY(SELECT ROW (e, '{}'::jsonb, 'the customer was forgotten: name, addresses and what was written are erased')::change FROM unnest(ids.exceptions) e), 'forget', session_user, p_key, at);
            PERFORM control_write((SELECT x.brand_id FROM customer x WHERE x.id = g), 'customer ' || g, 'forget', btrim(p_reason), NULL,
                                  jsonb_build_object('digest', redaction_digest(p_key), 'redacted', n, 'at_once', cardinality(gone)), p_key, at) FROM unnest(gone) g;
        END IF;
        PERFORM action_end(p_key, 'customer_forget', at, '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

GRANT EXECUTE ON FUNCTION customer_export(bigint), customer_forget(uuid, bigint[], text, boolean) TO doorstep_viewer;
INSERT INTO retention_policy (table_name, act, what) VALUES
    ('privacy_key', 'kept', 'the secret of what is kept of addresses'),
    ('suppressed', 'kept', 'that nobody writes to who did not want it: no address, only its keyed hash'),
    ('personal_table', 'kept', 'rules and words people work by: they do not grow with parcels');

-- What was written is erased; that something was done, and what, is still read.
SELECT patch_function('context_activity(bigint, int)'::regprocedure, 'a.verb, a.text', 'a.verb, CASE a.text WHEN ''[erased]'' THEN replace(a.verb, ''_'', '' '') || '': [erased]'' ELSE a.text END');

RESET search_path;
RESET ROLE;
