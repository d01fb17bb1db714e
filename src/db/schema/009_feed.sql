-- The feed: where documents are staged, and the one merge that turns a batch of them into
-- shipments, scans and exceptions.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- One row a fact of a document. Written by COPY only, emptied by the merge; a crash may lose
-- it, because the batch's transaction is lost with it. Text is cleaned UTF-8 (utf8_clean) and
-- bounded by the program; '' and NULL mean the same. All rows of a document stand in one batch.
CREATE UNLOGGED TABLE feed_stage (
    batch           uuid NOT NULL,   -- made by the program, one a COPY + merge
    seq             integer NOT NULL, -- 0, 1, 2 … in the batch: the provider's order, oldest first
                                     -- (a parser turns newest-first lists round); breaks ties of occurred_at
    -- the columns feed_load_row() takes, in this order:
    doc             integer NOT NULL, -- 0, 1, 2 … the document in the batch; same for all its rows
    rec             text NOT NULL,   -- 'e' a scan event
                                     -- 's' what the document says of the shipment as a whole
                                     --     (at most one a shipment and document, after its 'e' rows)
                                     -- 'o' an order document of the native format
    provider        text,            -- dictionary to read code and detail in: easypost shippo aftership
                                     -- shipengine 17track, or a carrier's code: dhl usps ups fedex canada_post …
                                     -- NULL in 'o' rows
    carrier         text,            -- carrier's code, lower-case [a-z0-9_]{1,24}: ups usps fedex dhl canada_post …;
                                     -- NULL: not said (becomes 'unknown'; a number known already keeps its carrier)
    tracking_number text,            -- 'e','s': upper-case, no blanks, 1..64 characters
    occurred_at     timestamptz,     -- 'e': when it happened, never NULL. 's': when the provider says the
                                     -- summary was made, NULL if it does not say
    code            text,            -- as sent (normalising is the dictionary's): easypost status, shippo status,
                                     -- aftership tag, shipengine status_code, 17track status, a carrier's event
                                     -- code; 's': the summary's own. <= 64
    detail          text,            -- as sent: easypost status_detail, shippo substatus.code, aftership subtag
                                     -- ("Exception_013"), shipengine status_detail_code, 17track sub_status
                                     -- ("Exception_Lost"), FedEx exception code, UPS reason code. <= 64
    status          text,            -- canonical shipment_status when the document says one itself (native format)
                                     -- or the parser knows without a dictionary; NULL: look code up. A code that
                                     -- the dictionary knows wins over it.
    message         text,            -- the carrier's words. <= 500
    city            text,            -- 'e': place of the scan; 's': the destination. <= 64
    region          text,            -- <= 24
    country         text,            -- ISO 3166 alpha-2, upper-case, or NULL
    postal_code     text,            -- <= 16
    edd             timestamptz,     -- 'e','s': estimated delivery as this row says it, or NULL
    service         text,            -- 's': service level, for people. <= 48
    data            jsonb            -- 'o': the document as in the native format, instants as RFC 3339 in UTC,
                                     --      numbers and consents as they came; strings cleaned and bounded
                                     -- 's': NULL, or {"shipped_at","promised_at","order_number","brand"}, all optional
) WITH (autovacuum_enabled = off);   -- emptied by its only reader, which plans without statistics
COMMENT ON TABLE feed_stage IS
    'A batch of documents between COPY and feed_merge(); the columns'' contract stands in 009_feed.sql';
GRANT INSERT ON feed_stage TO doorstep_feed;

-- What the merge keeps beside the contract of 003.
ALTER TABLE shipment
    ADD COLUMN next_seq      int NOT NULL DEFAULT 0,   -- scan_event.seq of its next scan
    ADD COLUMN problems      int NOT NULL DEFAULT 0,   -- scans that told of a problem
    ADD COLUMN first_scan_at timestamptz;              -- tells parcels under one number apart
-- Only the merge writes scans and shipments, with ids it just read or made, and nothing they
-- point at is ever removed: these checks cannot fail, and cost a third of the merge.
ALTER TABLE scan_event DROP CONSTRAINT IF EXISTS scan_event_shipment_id_fkey;
ALTER TABLE shipment DROP CONSTRAINT IF EXISTS shipment_brand_id_fkey, DROP CONSTRAINT IF EXISTS shipment_carrier_id_fkey,
    DROP CONSTRAINT IF EXISTS shipment_order_id_fkey, DROP CONSTRAINT IF EXISTS shipment_customer_id_fkey;

-- Any physical scan shows that silence is over.
CREATE FUNCTION ends_silence(s shipment_status) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN s NOT IN ('unknown', 'pre_transit', 'cancelled', 'error');

-- Does this scan end a problem of that kind? clears: of the scan's dictionary entry.
CREATE FUNCTION scan_ends(s shipment_status, clears exception_kind[], k exception_kind) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(k = ANY (clears), false) OR (k IN ('not_shipped', 'stalled', 'tracking_error') AND ends_silence(s));

-- What the dictionary's entry of a scan ends. One look by its number each time: the plans below
-- are for a few scans of one shipment, not for a join of tables.
CREATE FUNCTION map_clears(p_id int) RETURNS exception_kind[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT m.clears FROM status_map m WHERE m.id = p_id);

-- The problem a shipment is in, from what happened and whenever it was heard of: the worst,
-- and of those the latest, that no later scan ended.
CREATE FUNCTION shipment_problem(p_shipment bigint)
    RETURNS TABLE (kind exception_kind, severity severity, occurred_at timestamptz, received_at timestamptz,
                   label text, message text, code text, unmapped boolean)
    LANGUAGE sql STABLE ROWS 1
AS $$
    SELECT e.kind, coalesce((SELECT m.severity FROM doorstep.status_map m WHERE m.id = e.map_id), doorstep.kind_severity(e.kind)),
           e.occurred_at, e.received_at, e.label, e.message, concat_ws('/', e.code, e.detail), e.map_id IS NULL
      FROM doorstep.scan_event e
     WHERE e.shipment_id = p_shipment AND e.is_exception
       AND NOT EXISTS (SELECT FROM doorstep.scan_event c
                        WHERE c.shipment_id = p_shipment AND (c.occurred_at, c.seq) > (e.occurred_at, e.seq)
                          AND doorstep.scan_ends(c.status, doorstep.map_clears(c.map_id), e.kind))
     ORDER BY 2 DESC, e.occurred_at DESC, e.seq DESC LIMIT 1
$$;

-- Reading what a document says without trusting it.
CREATE FUNCTION feed_instant(p text) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p !~ '^\d{4}-\d\d-\d\d' THEN
        RETURN NULL;
    END IF;
    RETURN p::timestamptz;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$$;
CREATE FUNCTION feed_text(p text, p_most int) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN nullif(left(btrim(p), p_most), '');

-- The last document of each order in the batch, as columns.
CREATE FUNCTION feed_orders(p_batch uuid)
    RETURNS TABLE (doc int, brand text, number text, placed_at timestamptz, currency text, total numeric, lines jsonb,
                   customer jsonb, external_id text, shipments jsonb)
    LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
AS $$
    SELECT DISTINCT ON (o.brand, o.number) o.* FROM (
        SELECT s.doc, coalesce(feed_text(lower(s.data->>'brand'), 24), 'unassigned') AS brand,
               feed_text(s.data->>'order_number', 48) AS number, feed_instant(s.data->>'placed_at'),
               feed_text(upper(s.data->>'currency'), 3),
               CASE WHEN s.data->>'total' ~ '^-?\d{1,12}(\.\d{1,6})?$' THEN (s.data->>'total')::numeric(14, 2) END,
               CASE WHEN jsonb_typeof(s.data->'lines') = 'array' THEN s.data->'lines' ELSE '[]' END,
               CASE WHEN jsonb_typeof(s.data->'customer') = 'object' THEN s.data->'customer' END,
               coalesce(feed_text(s.data->'customer'->>'external_id', 64), feed_text(lower(s.data->'customer'->>'email'), 160),
                        'order ' || feed_text(s.data->>'order_number', 48)),
               CASE WHEN jsonb_typeof(s.data->'shipments') = 'array' THEN s.data->'shipments' ELSE '[]' END
          FROM feed_stage s WHERE s.batch = p_batch AND s.rec = 'o' AND jsonb_typeof(s.data) = 'object') o
     WHERE o.number IS NOT NULL
     ORDER BY o.brand, o.number, o.doc DESC
$$;

-- The statements from here on are planned without statistics, so nested loops and scans of
-- whole tables are off; what is looked up row by row is written so that nothing else is possible:
-- LATERAL with LIMIT, and ctid in updates (nobody else writes these rows meanwhile).

-- Carriers, and one shipment for each (carrier, number): found, or made. p_from and p_to: when
-- the scans said of it happened. A number whose parcel ended long before is a new parcel.
CREATE FUNCTION feed_shipments(p_carriers text[], p_numbers text[], p_from timestamptz[], p_to timestamptz[], p_now timestamptz,
                               OUT ids bigint[], OUT brands int[], OUT seqs int[], OUT made boolean[])
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET enable_seqscan = off SET enable_nestloop = off SET jit = off
AS $$
DECLARE
    v_unknown int;
BEGIN
    INSERT INTO carrier (code, name)
    SELECT DISTINCT c, CASE c WHEN 'unknown' THEN 'Unknown' ELSE initcap(replace(c, '_', ' ')) END
      FROM unnest(p_carriers || 'unknown'::text) c WHERE NOT EXISTS (SELECT FROM carrier x WHERE x.code = c);
    SELECT id INTO v_unknown FROM carrier WHERE code = 'unknown';

    WITH asked AS (
        SELECT k.ord, c.id AS carrier_id, k.number, k.said_from, k.said_to
          FROM unnest(p_carriers, p_numbers, p_from, p_to) WITH ORDINALITY k(code, number, said_from, said_to, ord)
          JOIN carrier c ON c.code = k.code
    ), found AS MATERIALIZED (
        SELECT a.*, s.place, s.id, s.brand_id, s.next_seq, s.carrier_id AS was_carrier, coalesce(s.sequence, 0) AS sequence,
               coalesce(s.carrier_status IN ('delivered', 'returned', 'lost', 'cancelled')
                        AND s.last_scan_at < a.said_from - interval '120 days', false) AS again
          FROM asked a LEFT JOIN LATERAL (
               SELECT s.ctid AS place, s.* FROM shipment s
                WHERE s.tracking_number = a.number
                  AND (s.carrier_id = a.carrier_id OR s.carrier_id = v_unknown OR a.carrier_id = v_unknown)
                ORDER BY s.carrier_id = a.carrier_id DESC, coalesce(s.first_scan_at <= a.said_to, true) DESC, s.sequence DESC
                LIMIT 1) s ON true
    ), new AS (
        INSERT INTO shipment (carrier_id, tracking_number, sequence, first_seen_at)
        SELECT carrier_id, number, max(sequence) + 1, p_now FROM found WHERE id IS NULL OR again
         GROUP BY carrier_id, number
        RETURNING id, carrier_id, tracking_number
    ), named AS (                            -- the carrier of a number heard of before
        UPDATE shipment s SET carrier_id = f.carrier_id
          FROM found f WHERE s.ctid = f.place AND NOT f.again AND f.was_carrier = v_unknown AND f.carrier_id <> v_unknown
           AND NOT EXISTS (SELECT FROM shipment o WHERE o.tracking_number = f.number AND o.carrier_id = f.carrier_id)
    )
    SELECT array_agg(coalesce(n.id, f.id) ORDER BY f.ord), array_agg(CASE WHEN n.id IS NULL THEN f.brand_id ELSE 0 END ORDER BY f.ord),
           array_agg(CASE WHEN n.id IS NULL THEN f.next_seq ELSE 0 END ORDER BY f.ord), array_agg(n.id IS NOT NULL ORDER BY f.ord)
      INTO ids, brands, seqs, made
      FROM found f LEFT JOIN new n ON n.carrier_id = f.carrier_id AND n.tracking_number = f.number AND (f.id IS NULL OR f.again);
END
$$;

-- Customers, orders and lines of the batch's order documents, and what they say of shipments.
-- Returns the shipments they changed and the documents that changed something.
CREATE FUNCTION feed_merge_orders(p_batch uuid, p_now timestamptz, OUT shipments bigint[], OUT docs int[])
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET jit = off
AS $$
DECLARE
    v_docs int[];
    v_carriers text[];
    v_numbers text[];
    v_ids bigint[];
    v_made boolean[];
BEGIN
    INSERT INTO brand (code, name) SELECT DISTINCT o.brand, initcap(o.brand) FROM feed_orders(p_batch) o
     WHERE NOT EXISTS (SELECT FROM brand b WHERE b.code = o.brand);

    WITH said AS (
        SELECT DISTINCT ON (b.id, o.external_id) o.doc, b.id AS brand_id, o.external_id,
               feed_text(o.customer->>'name', 120) AS name, feed_text(o.customer->>'email', 160) AS email,
               feed_text(o.customer->>'phone', 32) AS phone, feed_text(lower(o.customer->>'language'), 12) AS language,
               feed_text(o.customer->>'time_zone', 48) AS time_zone, feed_text(lower(o.customer->>'tier'), 16) AS tier,
               coalesce((SELECT jsonb_object_agg(left(c.key, 16), c.value) FROM jsonb_each(CASE
                          WHEN jsonb_typeof(o.customer->'consent') = 'object' THEN o.customer->'consent' ELSE '{}' END) c
                          WHERE jsonb_typeof(c.value) = 'boolean'), '{}') AS consent,
               feed_text(lower(o.customer->>'preferred_channel'), 16) AS preferred_channel
          FROM feed_orders(p_batch) o JOIN brand b ON b.code = o.brand
         WHERE o.customer IS NOT NULL
         ORDER BY b.id, o.external_id, o.doc DESC
    ), put AS (
        INSERT INTO customer AS c (brand_id, external_id, name, email, phone, language, time_zone, tier, consent, preferred_channel, updated_at)
        SELECT brand_id, external_id, name, email, phone, language, time_zone, tier, consent, preferred_channel, p_now FROM said
        ON CONFLICT (brand_id, external_id) DO UPDATE
           SET name = coalesce(excluded.name, c.name), email = coalesce(excluded.email, c.email),
               phone = coalesce(excluded.phone, c.phone), language = coalesce(excluded.language, c.language),
               time_zone = coalesce(excluded.time_zone, c.time_zone), tier = coalesce(excluded.tier, c.tier),
               consent = c.consent || excluded.consent,
               preferred_channel = coalesce(excluded.preferred_channel, c.preferred_channel), updated_at = p_now
         WHERE (c.name, c.email, c.phone, c.language, c.time_zone, c.tier, c.consent, c.preferred_channel) IS DISTINCT FROM
               (coalesce(excluded.name, c.name), coalesce(excluded.email, c.email), coalesce(excluded.phone, c.phone),
                coalesce(excluded.language, c.language), coalesce(excluded.time_zone, c.time_zone),
                coalesce(excluded.tier, c.tier), c.consent || excluded.consent,
                coalesce(excluded.preferred_channel, c.preferred_channel))
        RETURNING c.id, c.brand_id, c.external_id
    ), theirs AS (                           -- a changed customer shows in all their parcels
        SELECT array_agg(s.id) AS ids FROM put JOIN shipment s ON s.order_id IN (SELECT o.id FROM orders o WHERE o.customer_id = put.id)
    )
    SELECT theirs.ids, (SELECT array_agg(s.doc) FROM said s JOIN put p USING (brand_id, external_id))
      INTO shipments, docs FROM theirs;

    WITH said AS (
        SELECT o.doc, b.id AS brand_id, o.number, c.id AS customer_id, o.placed_at, o.currency, o.total
          FROM feed_orders(p_batch) o JOIN brand b ON b.code = o.brand
          LEFT JOIN customer c ON o.customer IS NOT NULL AND c.brand_id = b.id AND c.external_id = o.external_id
    ), put AS (
        INSERT INTO orders AS o (brand_id, order_number, customer_id, placed_at, currency, total)
        SELECT brand_id, number, customer_id, placed_at, currency, total FROM said
        ON CONFLICT (order_number, brand_id) DO UPDATE
           SET customer_id = coalesce(excluded.customer_id, o.customer_id), placed_at = coalesce(excluded.placed_at, o.placed_at),
               currency = coalesce(excluded.currency, o.currency), total = coalesce(excluded.total, o.total)
         WHERE (o.customer_id, o.placed_at, o.currency, o.total) IS DISTINCT FROM
               (coalesce(excluded.customer_id, o.customer_id), coalesce(excluded.placed_at, o.placed_at),
                coalesce(excluded.currency, o.currency), coalesce(excluded.total, o.total))
        RETURNING brand_id, order_number
    )
    SELECT array_agg(s.doc) INTO v_docs FROM said s JOIN put p ON p.brand_id = s.brand_id AND p.order_number = s.number;
    docs := coalesce(docs, '{}') || coalesce(v_docs, '{}');

    WITH said AS (
        SELECT d.doc, o.id AS order_id, l.ord::int AS line, feed_text(l.j->>'sku', 48) AS sku, feed_text(l.j->>'title', 120) AS title,
               CASE WHEN l.j->>'quantity' ~ '^\d{1,6}$' THEN (l.j->>'quantity')::int ELSE 1 END AS quantity
          FROM feed_orders(p_batch) d JOIN brand b ON b.code = d.brand
          JOIN orders o ON o.order_number = d.number AND o.brand_id = b.id
         CROSS JOIN LATERAL jsonb_array_elements(d.lines) WITH ORDINALITY l(j, ord)
         WHERE l.ord <= 500 AND jsonb_typeof(l.j) = 'object'
    ), put AS (
        INSERT INTO order_line AS t (order_id, line, sku, title, quantity) SELECT order_id, line, sku, title, quantity FROM said
        ON CONFLICT (order_id, line) DO UPDATE SET sku = excluded.sku, title = excluded.title, quantity = excluded.quantity
         WHERE (t.sku, t.title, t.quantity) IS DISTINCT FROM (excluded.sku, excluded.title, excluded.quantity)
        RETURNING order_id
    ), gone AS (                             -- an order that names fewer lines than before lost some
        DELETE FROM order_line t USING (SELECT order_id, max(line) AS most FROM said GROUP BY 1) m
         WHERE t.order_id = m.order_id AND t.line > m.most
        RETURNING t.order_id
    )
    SELECT array_agg(DISTINCT s.doc) INTO v_docs FROM said s
     WHERE s.order_id IN (SELECT order_id FROM put UNION ALL SELECT order_id FROM gone);
    docs := docs || coalesce(v_docs, '{}');

    SELECT array_agg(carrier), array_agg(number) INTO v_carriers, v_numbers FROM (
        SELECT DISTINCT coalesce(feed_text(lower(s.j->>'carrier'), 24), 'unknown') AS carrier,
               feed_text(upper(replace(s.j->>'tracking_number', ' ', '')), 64) AS number
          FROM feed_orders(p_batch) d CROSS JOIN LATERAL jsonb_array_elements(d.shipments) s(j)
         WHERE jsonb_typeof(s.j) = 'object') x WHERE number IS NOT NULL;
    IF v_numbers IS NULL THEN
        RETURN;
    END IF;
    SELECT f.ids, f.made INTO v_ids, v_made
      FROM feed_shipments(v_carriers, v_numbers, array_fill(NULL::timestamptz, ARRAY[cardinality(v_numbers)]),
                          array_fill(NULL::timestamptz, ARRAY[cardinality(v_numbers)]), p_now) f;

    WITH said AS (
        SELECT DISTINCT ON (k.id) d.doc, k.id, k.made, o.id AS order_id, o.brand_id, o.customer_id, s.j,
               CASE WHEN jsonb_typeof(s.j->'destination') = 'object' THEN s.j->'destination' ELSE '{}' END AS dest
          FROM feed_orders(p_batch) d JOIN brand b ON b.code = d.brand
          JOIN orders o ON o.order_number = d.number AND o.brand_id = b.id
         CROSS JOIN LATERAL jsonb_array_elements(d.shipments) s(j)
          JOIN unnest(v_carriers, v_numbers, v_ids, v_made) k(carrier, number, id, made)
            ON k.carrier = coalesce(feed_text(lower(s.j->>'carrier'), 24), 'unknown')
           AND k.number = feed_text(upper(replace(s.j->>'tracking_number', ' ', '')), 64)
         WHERE jsonb_typeof(s.j) = 'object'
         ORDER BY k.id, d.doc DESC
    ), facts AS (
        SELECT a.doc, a.id, a.made, a.order_id, a.brand_id, coalesce(a.customer_id, t.customer_id) AS customer_id,
               coalesce(feed_text(j->>'service', 48), t.service) AS service,
               coalesce(feed_instant(j->>'shipped_at'), t.shipped_at) AS shipped_at,
               coalesce(feed_instant(j->>'promised_at'), t.promised_at) AS promised_at,
               coalesce(feed_text(dest->>'city', 64), t.city) AS city, coalesce(feed_text(dest->>'region', 24), t.region) AS region,
               coalesce(feed_text(dest->>'postal_code', 16), t.postal_code) AS postal_code,
               coalesce(feed_text(upper(dest->>'country'), 2), t.country) AS country,
               coalesce(feed_text(dest->>'address_type', 24), t.address_type) AS address_type,
               coalesce(feed_text(dest->>'access_instructions', 160), t.access_instructions) AS access_instructions
          FROM said a JOIN shipment t ON t.id = a.id
    ), put AS (
        UPDATE shipment t
           SET order_id = f.order_id, brand_id = f.brand_id, customer_id = f.customer_id, service = f.service,
               shipped_at = f.shipped_at, promised_at = f.promised_at, city = f.city, region = f.region,
               postal_code = f.postal_code, country = f.country, address_type = f.address_type,
               access_instructions = f.access_instructions
          FROM facts f
         WHERE t.id = f.id
           AND (t.order_id, t.brand_id, t.customer_id, t.service, t.shipped_at, t.promised_at, t.city, t.region, t.postal_code,
                t.country, t.address_type, t.access_instructions) IS DISTINCT FROM
               (f.order_id, f.brand_id, f.customer_id, f.service, f.shipped_at, f.promised_at, f.city, f.region, f.postal_code,
                f.country, f.address_type, f.access_instructions)
        RETURNING t.id, t.brand_id, f.doc
    ), joined AS (                           -- the scans that came before their order
        UPDATE scan_event e SET brand_id = p.brand_id FROM put p WHERE e.shipment_id = p.id AND e.brand_id <> p.brand_id
    )
    SELECT coalesce(shipments, '{}') || coalesce(array_agg(p.id), '{}'), docs || coalesce(array_agg(p.doc), '{}')
      INTO shipments, docs FROM put p;
END
$$;

RESET search_path;
RESET ROLE;
