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

-- The problem a shipment is in, from what happened and whenever it was heard of: the worst,
-- and of those the latest, that no later scan ended.
CREATE FUNCTION shipment_problem(p_shipment bigint)
    RETURNS TABLE (kind exception_kind, severity severity, occurred_at timestamptz, received_at timestamptz,
                   label text, message text, code text, unmapped boolean)
    LANGUAGE sql STABLE ROWS 1
AS $$
    SELECT e.kind, coalesce(m.severity, doorstep.kind_severity(e.kind)), e.occurred_at, e.received_at,
           e.label, e.message, concat_ws('/', e.code, e.detail), e.map_id IS NULL
      FROM doorstep.scan_event e LEFT JOIN doorstep.status_map m ON m.id = e.map_id
     WHERE e.shipment_id = p_shipment AND e.is_exception
       AND NOT EXISTS (SELECT FROM doorstep.scan_event c LEFT JOIN doorstep.status_map cm ON cm.id = c.map_id
                        WHERE c.shipment_id = p_shipment AND (c.occurred_at, c.seq) > (e.occurred_at, e.seq)
                          AND doorstep.scan_ends(c.status, cm.clears, e.kind))
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
        SELECT a.*, s.id, s.brand_id, s.next_seq, s.carrier_id AS was_carrier, coalesce(s.sequence, 0) AS sequence,
               coalesce(s.carrier_status IN ('delivered', 'returned', 'lost', 'cancelled')
                        AND s.last_scan_at < a.said_from - interval '120 days', false) AS again
          FROM asked a LEFT JOIN LATERAL (
               SELECT * FROM shipment s
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
          FROM found f WHERE s.id = f.id AND NOT f.again AND f.was_carrier = v_unknown AND f.carrier_id <> v_unknown
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

-- Writes the batch's scans: reads each code in the dictionary, keeps the new ones, counts those
-- the dictionary does not know. k_*: the shipment of each (carrier, number) said.
CREATE FUNCTION feed_merge_scans(p_batch uuid, p_now timestamptz, k_carriers text[], k_numbers text[], k_ids bigint[],
                                 k_brands int[], k_seqs int[],
                                 OUT ids bigint[], OUT news int[], OUT problems int[], OUT seqs int[], OUT docs int[],
                                 OUT unmapped bigint)
    LANGUAGE plpgsql
    SET search_path = doorstep, pg_temp SET jit = off SET work_mem = '64MB'
    SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
BEGIN
    WITH raw AS MATERIALIZED (
        SELECT s.seq, s.doc, s.rec, k.id, k.brand_id, k.base, k.number, coalesce(lower(s.provider), k.carrier) AS provider,
               coalesce(norm_code(s.code), '') AS nc, coalesce(norm_code(s.detail), '') AS nd,
               coalesce(norm_code(s.status), '') AS ns, s.occurred_at,
               nullif(left(s.code, 64), '') AS code, nullif(left(s.detail, 64), '') AS detail,
               nullif(left(s.message, 500), '') AS message,
               nullif(concat_ws(', ', nullif(left(s.city, 64), ''), nullif(left(s.region, 24), ''), nullif(left(s.country, 2), '')), '') AS place
          FROM feed_stage s
          JOIN unnest(k_carriers, k_numbers, k_ids, k_brands, k_seqs) k(carrier, number, id, brand_id, base)
            ON k.number = s.tracking_number AND k.carrier = coalesce(nullif(s.carrier, ''), 'unknown')
         WHERE s.batch = p_batch AND (s.rec = 'e' AND s.occurred_at IS NOT NULL
               OR s.rec = 's' AND coalesce(nullif(s.code, ''), nullif(s.detail, ''), nullif(s.status, '')) IS NOT NULL)
    ), said AS MATERIALIZED (
        SELECT DISTINCT provider, nc, nd, ns FROM raw
    ), known AS MATERIALIZED (               -- the plain entry of each code, and those that look at the text first
        SELECT s.*, coalesce(p.id, o.id) AS plain, t.ids AS by_text, t.patterns
          FROM said s
          LEFT JOIN LATERAL (
               SELECT m.id, map_rank(m) AS rank FROM status_map m
                WHERE m.ended_in IS NULL AND m.provider = s.provider AND m.pattern IS NULL
                  AND coalesce(m.code = s.nc, true) AND coalesce(m.detail = s.nd, true)
                ORDER BY 2 DESC, 1 LIMIT 1) p ON true
          LEFT JOIN LATERAL (
               SELECT m.id FROM status_map m
                WHERE m.ended_in IS NULL AND m.provider = 'doorstep' AND m.code = s.ns LIMIT 1) o ON true
          LEFT JOIN LATERAL (
               SELECT array_agg(m.id ORDER BY map_rank(m) DESC, m.id) AS ids,
                      array_agg(m.pattern ORDER BY map_rank(m) DESC, m.id) AS patterns FROM status_map m
                WHERE m.ended_in IS NULL AND m.provider = s.provider AND m.pattern IS NOT NULL
                  AND coalesce(m.code = s.nc, true) AND coalesce(m.detail = s.nd, true)
                  AND map_rank(m) > coalesce(p.rank, -1000)) t ON true
    ), mapped AS MATERIALIZED (
        SELECT r.*, coalesce(x.id, n.plain) AS map_id
          FROM raw r JOIN known n ON n.provider = r.provider AND n.nc = r.nc AND n.nd = r.nd AND n.ns = r.ns
          LEFT JOIN LATERAL (
               SELECT t.id FROM unnest(n.by_text, n.patterns) WITH ORDINALITY t(id, pattern, ord)
                WHERE r.message ~* t.pattern ORDER BY t.ord LIMIT 1) x ON n.by_text IS NOT NULL
    ), summary AS MATERIALIZED (             -- what a document says as a whole, if that is more than "moving"
        SELECT s.*, m.role, m.kind, m.status, m.detail IS NULL AS coarse
          FROM mapped s LEFT JOIN status_map m ON m.id = s.map_id
         WHERE s.rec = 's' AND coalesce(m.role IN ('open', 'clear') OR m.status NOT IN ('unknown', 'pre_transit', 'in_transit'), true)
    ), newest AS (
        SELECT DISTINCT ON (e.id, e.doc) e.id, e.doc, e.nc, e.occurred_at, m.role, m.kind, m.status
          FROM mapped e JOIN (SELECT DISTINCT y.id, y.doc FROM summary y) y ON y.id = e.id AND y.doc = e.doc
          LEFT JOIN status_map m ON m.id = e.map_id
         WHERE e.rec = 'e'
         ORDER BY e.id, e.doc, e.occurred_at DESC, e.seq DESC
    ), scan AS (
        SELECT e.seq, e.id, e.brand_id, e.base, e.provider, e.nc, e.nd, e.ns, e.code, e.detail, e.message, e.place, e.map_id,
               e.occurred_at, epoch_ms(e.occurred_at)::text AS at
          FROM mapped e WHERE e.rec = 'e'
        UNION ALL                            -- a summary that its own scans do not bear out is a scan of its own
        SELECT s.seq, s.id, s.brand_id, s.base, s.provider, s.nc, s.nd, s.ns, s.code, s.detail, s.message, NULL, s.map_id,
               coalesce(greatest(s.occurred_at, n.occurred_at), p_now), 'summary after ' || coalesce(epoch_ms(n.occurred_at)::text, 'nothing')
          FROM summary s LEFT JOIN newest n ON n.id = s.id AND n.doc = s.doc
         WHERE n.id IS NULL
            OR (n.role, n.kind, n.status) IS DISTINCT FROM (s.role, s.kind, s.status) AND NOT (n.nc = s.nc AND coalesce(s.coarse, true))
    ), ins AS (
        INSERT INTO scan_event (shipment_id, occurred_at, received_at, dedupe, brand_id, seq, status, kind, is_exception, provider,
                                code, detail, label, message, place, map_id)
        SELECT c.id, c.occurred_at, p_now,
               md5(concat_ws(E'\x1f', c.at, c.nc, c.nd, CASE WHEN c.nc = '' AND c.nd = '' THEN c.ns END, c.message, c.place))::uuid,
               c.brand_id, c.base + c.seq, coalesce(m.status, 'unknown'),
               CASE WHEN c.map_id IS NULL THEN 'other' ELSE m.kind END, c.map_id IS NULL OR m.role = 'open', left(c.provider, 24),
               c.code, c.detail, m.label, c.message, c.place, c.map_id
          FROM scan c LEFT JOIN status_map m ON m.id = c.map_id
        ON CONFLICT ON CONSTRAINT scan_event_once DO NOTHING
        RETURNING shipment_id, seq, is_exception, map_id
    ), fresh AS MATERIALIZED (
        SELECT r.id, r.doc, i.seq, i.is_exception, i.map_id, r.provider, r.nc, r.nd, r.message, r.number
          FROM ins i JOIN mapped r ON r.id = i.shipment_id AND r.base + r.seq = i.seq
    ), todo AS (
        INSERT INTO unmapped_code AS u (provider, code, detail, count, first_seen, last_seen, sample, sample_tracking)
        SELECT left(provider, 24), left(nc, 64), left(nd, 64), count(*), p_now, p_now, left(coalesce(min(message), ''), 200), min(number)
          FROM fresh WHERE map_id IS NULL GROUP BY 1, 2, 3
        ON CONFLICT (provider, code, detail) DO UPDATE SET count = u.count + excluded.count, last_seen = excluded.last_seen
    )
    SELECT f.ids, f.news, f.problems, f.seqs, (SELECT array_agg(DISTINCT doc) FROM fresh), coalesce(f.unmapped, 0)
      INTO ids, news, problems, seqs, docs, unmapped
      FROM (SELECT array_agg(id) AS ids, array_agg(n) AS news, array_agg(p) AS problems, array_agg(top) AS seqs, sum(u)::bigint AS unmapped
              FROM (SELECT id, count(*)::int AS n, (count(*) FILTER (WHERE is_exception))::int AS p, max(seq) + 1 AS top,
                           count(*) FILTER (WHERE map_id IS NULL) AS u
                      FROM fresh GROUP BY id) g) f;
END
$$;

-- Brings shipments up to what their scans and the batch's summaries say. Returns those that
-- changed, and the documents that changed one.
CREATE FUNCTION feed_merge_shipments(p_batch uuid, p_now timestamptz, k_carriers text[], k_numbers text[], k_ids bigint[],
                                     k_made boolean[], k_to timestamptz[], t_ids bigint[], t_problems int[], t_seqs int[],
                                     OUT ids bigint[], OUT docs int[])
    LANGUAGE plpgsql
    SET search_path = doorstep, pg_temp SET jit = off SET work_mem = '64MB'
    SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
BEGIN
    WITH said AS MATERIALIZED (
        SELECT k.id, k.said_to, s.doc, s.seq, s.rec, s.occurred_at, s.edd, s.code, s.detail, s.provider, s.carrier, s.status,
               s.service, s.city, s.region, s.country, s.postal_code, s.data
          FROM feed_stage s
          JOIN unnest(k_carriers, k_numbers, k_ids, k_to) k(carrier, number, id, said_to)
            ON k.number = s.tracking_number AND k.carrier = coalesce(nullif(s.carrier, ''), 'unknown')
         WHERE s.batch = p_batch AND (s.rec = 's' OR s.rec = 'e' AND s.edd IS NOT NULL)
    ), last AS (                             -- the last summary of each
        SELECT DISTINCT ON (id) * FROM said WHERE rec = 's' ORDER BY id, seq DESC
    ), estimate AS (                         -- as of its own word, else of the newest scan said with it
        SELECT DISTINCT ON (s.id) s.id, s.doc, s.edd, coalesce(s.occurred_at, s.said_to, p_now) AS at
          FROM said s WHERE s.edd IS NOT NULL
         ORDER BY s.id, coalesce(s.occurred_at, s.said_to, p_now) DESC, s.seq DESC
    ), facts AS MATERIALIZED (
        SELECT t.id, coalesce(k.made, false) AS made, l.doc, e.doc AS edd_doc,
               coalesce(t.service, feed_text(l.service, 48)) AS service, coalesce(t.city, feed_text(l.city, 64)) AS city,
               coalesce(t.region, feed_text(l.region, 24)) AS region, coalesce(t.country, feed_text(l.country, 2)) AS country,
               coalesce(t.postal_code, feed_text(l.postal_code, 16)) AS postal_code,
               coalesce(t.shipped_at, feed_instant(l.data->>'shipped_at')) AS shipped_at,
               coalesce(t.promised_at, feed_instant(l.data->>'promised_at')) AS promised_at,
               CASE WHEN e.edd IS DISTINCT FROM t.edd_at AND e.edd IS NOT NULL
                     AND coalesce(e.at >= (t.edd_history->-1->>'at')::timestamptz, true)
                     AND NOT t.edd_history @> jsonb_build_array(jsonb_build_object('at', json_instant(e.at), 'edd', json_instant(e.edd)))
                    THEN e.edd END AS edd, e.at AS edd_said,
               n.problems, n.next_seq, n.id IS NOT NULL AS scanned,
               coalesce(w.status, (SELECT m.status FROM status_lookup(coalesce(l.provider, l.carrier), l.code, l.detail, NULL) m
                                    WHERE l.code <> '' OR l.detail <> ''),
                        (SELECT m.status FROM status_map m WHERE m.ended_in IS NULL AND m.provider = 'doorstep' AND m.code = norm_code(l.status)),
                        t.carrier_status) AS status,
               w.occurred_at AS status_at, q.occurred_at AS last_scan_at, f.occurred_at AS first_scan_at
          FROM (SELECT u.id FROM unnest(t_ids) u(id) UNION SELECT s.id FROM said s) u
          JOIN LATERAL (SELECT * FROM shipment s WHERE s.id = u.id LIMIT 1) t ON true
          LEFT JOIN unnest(k_ids, k_made) k(id, made) ON k.id = u.id AND k.made
          LEFT JOIN unnest(t_ids, t_problems, t_seqs) n(id, problems, next_seq) ON n.id = u.id
          LEFT JOIN last l ON l.id = u.id
          LEFT JOIN estimate e ON e.id = u.id
          LEFT JOIN LATERAL (SELECT x.status, x.occurred_at FROM scan_event x WHERE x.shipment_id = u.id AND x.status <> 'unknown'
                              ORDER BY x.occurred_at DESC, x.seq DESC LIMIT 1) w ON true
          LEFT JOIN LATERAL (SELECT x.occurred_at FROM scan_event x WHERE x.shipment_id = u.id AND x.status NOT IN ('pre_transit', 'error')
                              ORDER BY x.occurred_at DESC, x.seq DESC LIMIT 1) q ON true
          LEFT JOIN LATERAL (SELECT x.occurred_at FROM scan_event x WHERE x.shipment_id = u.id
                              ORDER BY x.occurred_at, x.seq LIMIT 1) f ON true
    ), put AS (
        UPDATE shipment t
           SET service = f.service, city = f.city, region = f.region, country = f.country, postal_code = f.postal_code,
               shipped_at = f.shipped_at, promised_at = f.promised_at, edd_at = coalesce(f.edd, t.edd_at),
               edd_history = CASE WHEN f.edd IS NULL THEN t.edd_history
                                  WHEN jsonb_array_length(t.edd_history) >= 20 THEN t.edd_history - 0
                                       || jsonb_build_object('at', json_instant(f.edd_said), 'edd', json_instant(f.edd))
                                  ELSE t.edd_history || jsonb_build_object('at', json_instant(f.edd_said), 'edd', json_instant(f.edd)) END,
               carrier_status = f.status,
               effective_status = CASE WHEN t.effective_status = t.carrier_status THEN f.status ELSE t.effective_status END,
               status_at = f.status_at, last_scan_at = f.last_scan_at, first_scan_at = f.first_scan_at,
               delivered_at = CASE WHEN f.status = 'delivered' THEN f.status_at END,
               problems = t.problems + coalesce(f.problems, 0), next_seq = coalesce(f.next_seq, t.next_seq)
          FROM facts f
         WHERE t.id = f.id
           AND (f.scanned OR f.made OR f.edd IS NOT NULL
                OR (t.service, t.city, t.region, t.country, t.postal_code, t.shipped_at, t.promised_at, t.carrier_status) IS DISTINCT FROM
                   (f.service, f.city, f.region, f.country, f.postal_code, f.shipped_at, f.promised_at, f.status))
        RETURNING t.id, f.doc, f.edd, f.edd_doc
    )
    SELECT array_agg(p.id), array_agg(DISTINCT p.doc) FILTER (WHERE p.doc IS NOT NULL AND p.edd IS NULL)
                            || array_agg(DISTINCT p.edd_doc) FILTER (WHERE p.edd IS NOT NULL)
      INTO ids, docs FROM put p;
END
$$;

-- What becomes of exceptions: at most one INSERT and one UPDATE of the table, as each is one
-- notification. t_*: shipments with new scans and how many; p_ids: all that changed.
CREATE FUNCTION feed_merge_exceptions(p_now timestamptz, t_ids bigint[], t_news int[], t_problems int[], p_ids bigint[],
                                      OUT opened bigint, OUT updated bigint, OUT resolved bigint)
    LANGUAGE plpgsql
    SET search_path = doorstep, pg_temp SET jit = off SET work_mem = '64MB' SET timezone = 'UTC'
    SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
BEGIN
    -- people act at the same time: what is decided below is decided of locked rows
    PERFORM FROM exception WHERE shipment_id = ANY (p_ids || t_ids) ORDER BY id FOR UPDATE;

    WITH stand AS MATERIALIZED (             -- each shipment, its problem and its latest exception
        SELECT t.*, coalesce(n.news, 0) AS news, coalesce(n.problems, 0) AS fresh,
               p.kind AS p_kind, p.severity AS p_severity, p.occurred_at AS p_at, p.received_at = p_now AS p_new,
               p.unmapped AS p_unmapped, left(p.code, 130) AS p_code,
               left(CASE WHEN p.label IS NULL OR p.kind = 'other' THEN coalesce(p.message, p.label, 'Code ' || p.code || ' is not in the dictionary')
                         ELSE p.label END, 160) AS p_reason,
               x.id AS x_id, x.state AS x_state, x.kind AS x_kind, x.severity AS x_severity, x.resolved_at AS x_resolved_at,
               x.wake_on_scan AS x_wake, x.marks AS x_marks
          FROM (SELECT u.id FROM unnest(p_ids) u(id) UNION SELECT u.id FROM unnest(t_ids) u(id)) u
          JOIN LATERAL (SELECT s.id AS shipment_id, s.brand_id, s.carrier_id, s.order_id, s.customer_id, s.tracking_number, s.service,
                               s.country, s.region, s.city, s.postal_code, s.carrier_status, s.effective_status, s.last_scan_at,
                               s.promised_at, s.edd_at, s.problems AS ever
                          FROM shipment s WHERE s.id = u.id LIMIT 1) t ON true
          LEFT JOIN unnest(t_ids, t_news, t_problems) n(id, news, problems) ON n.id = u.id
          LEFT JOIN LATERAL (SELECT * FROM shipment_problem(t.shipment_id) WHERE t.ever > 0) p ON true
          LEFT JOIN LATERAL (SELECT * FROM exception e WHERE e.shipment_id = t.shipment_id
                              ORDER BY (e.state <> 'resolved') DESC, e.id DESC LIMIT 1) x ON true
         WHERE p.kind IS NOT NULL OR x.state <> 'resolved'
    ), ended AS MATERIALIZED (               -- is the exception's own problem over?
        SELECT s.*, s.x_state <> 'resolved' AND s.news > 0
               AND EXISTS (SELECT FROM scan_event c LEFT JOIN status_map cm ON cm.id = c.map_id
                            WHERE c.shipment_id = s.shipment_id AND c.received_at = p_now AND scan_ends(c.status, cm.clears, s.x_kind))
               AND NOT EXISTS (
                   SELECT FROM scan_event e WHERE e.shipment_id = s.shipment_id AND e.is_exception AND e.kind = s.x_kind
                      AND NOT EXISTS (SELECT FROM scan_event c LEFT JOIN status_map cm ON cm.id = c.map_id
                                       WHERE c.shipment_id = s.shipment_id AND (c.occurred_at, c.seq) > (e.occurred_at, e.seq)
                                         AND scan_ends(c.status, cm.clears, e.kind))) AS over
          FROM stand s
    ), judged AS MATERIALIZED (
        SELECT s.*, CASE
                 WHEN x_id IS NULL THEN CASE WHEN p_kind IS NOT NULL THEN 'opened' END
                 WHEN x_state = 'resolved' THEN CASE
                      -- what people resolved comes back only for what happened afterwards; what a scan
                      -- resolved, for anything the scans do not end
                      WHEN NOT p_new OR p_at <= x_resolved_at AND NOT EXISTS (
                           SELECT FROM activity a WHERE a.exception_id = x_id AND a.actor = 'feed' AND a.verb = 'resolved'
                              AND a.at = x_resolved_at) THEN NULL
                      WHEN p_kind = x_kind AND p_at < x_resolved_at + interval '7 days' THEN 'reopened'
                      ELSE 'opened' END
                 WHEN over AND p_kind IS NULL AND x_marks & 128 = 0 THEN 'resolved'   -- 128: a case is open
                 WHEN p_new AND (p_kind <> x_kind AND p_severity >= x_severity OR p_kind = x_kind AND p_severity > x_severity) THEN 'escalated'
                 WHEN over AND p_kind <> x_kind THEN 'eased'
                 WHEN x_state = 'snoozed' AND x_wake AND news > 0 THEN 'woke'
                 WHEN fresh > 0 THEN 'repeat'
                 ELSE 'seen' END AS verb
          FROM ended s
    ), due AS MATERIALIZED (                 -- one look at the policies for each brand, kind and tier
        SELECT q.*, a.calendar_id, a.first_response_due_at, a.resolve_due_at
          FROM (SELECT DISTINCT j.brand_id, j.p_kind AS kind, coalesce(c.tier, '') AS tier
                  FROM judged j LEFT JOIN LATERAL (SELECT tier FROM customer c WHERE c.id = j.customer_id LIMIT 1) c ON true
                 WHERE j.verb IN ('opened', 'reopened', 'escalated')) q
          LEFT JOIN LATERAL sla_start(q.brand_id, q.kind, q.tier, p_now) a ON true
    ), told AS MATERIALIZED (                -- and everything a line of the queue shows
        SELECT j.*, b.code AS brand, c.code AS carrier, c.name AS carrier_name, o.order_number, u.name AS customer_name, u.tier,
               u.language, u.email, u.phone, d.calendar_id, d.first_response_due_at AS first_due, d.resolve_due_at AS resolve_due,
               CASE WHEN j.verb = 'opened' THEN nextval('exception_id_seq') ELSE j.x_id END AS id,
               replace(j.p_kind::text, '_', ' ') AS p_word, replace(j.x_kind::text, '_', ' ') AS x_word,
               CASE WHEN j.verb IN ('repeat', 'woke', 'resolved') THEN (
                    SELECT coalesce(e.label, e.message, concat_ws('/', e.code, e.detail)) FROM scan_event e
                     WHERE e.shipment_id = j.shipment_id AND e.received_at = p_now AND (e.is_exception OR j.verb <> 'repeat')
                     ORDER BY e.occurred_at DESC, e.seq DESC LIMIT 1) END AS newest
          FROM judged j
          JOIN brand b ON b.id = j.brand_id
          JOIN carrier c ON c.id = j.carrier_id
          LEFT JOIN LATERAL (SELECT order_number FROM orders o WHERE o.id = j.order_id LIMIT 1) o ON true
          LEFT JOIN LATERAL (SELECT name, tier, language, email, phone FROM customer u WHERE u.id = j.customer_id LIMIT 1) u ON true
          LEFT JOIN due d ON d.brand_id = j.brand_id AND d.kind = j.p_kind AND d.tier = coalesce(u.tier, '')
         WHERE j.verb IS NOT NULL
    ), new AS (
        INSERT INTO exception (id, kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, service,
                               tracking_number, order_id, order_number, customer_id, customer_name, tier, language, country, region,
                               city, postal_code, reason, code, effective_status, carrier_status, opened_at, first_response_due_at,
                               resolve_due_at, calendar_id, last_scan_at, promised_at, edd_at, updated_at, marks, search,
                               activity_seq, activity_hash)
        OVERRIDING SYSTEM VALUE
        SELECT t.id, p_kind, p_severity, kind_fault(p_kind), brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, service,
               tracking_number, order_id, order_number, customer_id, customer_name, tier, language, country, region,
               city, postal_code, p_reason, p_code, effective_status, carrier_status, p_now, first_due,
               resolve_due, calendar_id, last_scan_at, promised_at, edd_at, p_now, CASE WHEN p_unmapped THEN 8 ELSE 0 END,
               search_words(tracking_number, order_number, customer_name, email, phone, city, p_reason),
               1, activity_link('', t.id, 1, brand_id, p_now, 'feed', 'opened', 'opened it: ' || p_word || coalesce(', ' || p_reason, ''), NULL,
                                jsonb_build_object('kind', p_kind, 'severity', p_severity), NULL)
          FROM told t WHERE verb = 'opened'
        RETURNING id, 'opened' AS verb, activity_seq, activity_hash, brand_id, NULL::jsonb AS was,
                  jsonb_build_object('kind', kind, 'severity', severity) AS became
    ), patch AS MATERIALIZED (
        SELECT t.id, t.verb, t.newest, t.p_word, t.x_word, t.fresh, t.p_reason, t.brand, t.brand_id, t.carrier_id, t.carrier,
               t.carrier_name, t.service, t.order_id, t.order_number, t.customer_id, t.customer_name, t.tier, t.language, t.country,
               t.region, t.city, t.postal_code, t.effective_status, t.carrier_status, t.last_scan_at, t.promised_at, t.edd_at,
               t.email, t.phone, coalesce(t.calendar_id, e.calendar_id) AS calendar_id, e.activity_seq AS last_seq, e.activity_hash AS last_hash,
               CASE WHEN verb IN ('escalated', 'eased') THEN p_kind ELSE e.kind END AS kind,
               CASE WHEN verb = 'escalated' THEN greatest(p_severity, e.severity) WHEN verb IN ('eased', 'reopened') THEN p_severity
                    ELSE e.severity END AS severity,
               CASE WHEN verb IN ('escalated', 'eased', 'reopened') OR verb = 'repeat' AND p_new AND p_kind = x_kind THEN p_reason ELSE e.reason END AS reason,
               CASE WHEN verb IN ('escalated', 'eased', 'reopened') OR verb = 'repeat' AND p_new AND p_kind = x_kind THEN p_code ELSE e.code END AS code,
               CASE WHEN verb = 'resolved' THEN 'resolved'::exception_state
                    WHEN verb IN ('reopened', 'woke') OR verb = 'escalated' AND e.state IN ('waiting', 'snoozed')
                    THEN CASE WHEN e.owner IS NULL THEN 'new' ELSE 'working' END::exception_state
                    ELSE e.state END AS state,
               CASE WHEN verb = 'reopened' THEN NULL ELSE e.first_response_at END AS first_response_at,
               CASE WHEN verb = 'resolved' THEN p_now WHEN verb = 'reopened' THEN NULL ELSE e.resolved_at END AS resolved_at,
               CASE WHEN verb = 'resolved' THEN CASE WHEN t.carrier_status = 'delivered' THEN 'delivered' ELSE 'carrier_fixed' END
                    WHEN verb = 'reopened' THEN NULL ELSE e.resolution END AS resolution,
               CASE WHEN verb = 'resolved' THEN t.newest WHEN verb = 'reopened' THEN NULL ELSE e.resolution_text END AS resolution_text,
               (e.marks & CASE WHEN verb IN ('escalated', 'eased', 'reopened') THEN ~8 ELSE -1 END)
               | CASE WHEN p_unmapped AND verb IN ('escalated', 'eased', 'reopened') THEN 8 ELSE 0 END
               | CASE verb WHEN 'escalated' THEN 32 WHEN 'reopened' THEN 16 ELSE 0 END AS marks,
               -- a worse problem is due as its policy says, never later than before
               CASE WHEN verb = 'reopened' THEN first_due
                    WHEN verb = 'escalated' THEN least(first_due, coalesce(e.first_response_due_at, business_due(e.calendar_id, p_now, e.first_left_s)))
                    WHEN verb = 'woke' THEN business_due(e.calendar_id, p_now, e.first_left_s)
                    ELSE e.first_response_due_at END AS first_response_due_at,
               CASE WHEN verb = 'reopened' THEN resolve_due
                    WHEN verb = 'escalated' THEN least(resolve_due, coalesce(e.resolve_due_at, business_due(e.calendar_id, p_now, e.resolve_left_s)))
                    WHEN verb = 'woke' THEN business_due(e.calendar_id, p_now, e.resolve_left_s)
                    ELSE e.resolve_due_at END AS resolve_due_at,
               verb IN ('woke', 'escalated', 'reopened', 'resolved') AS awake,
               to_jsonb(w) AS was
          FROM told t JOIN LATERAL (SELECT * FROM exception x WHERE x.id = t.x_id LIMIT 1) e ON true
         CROSS JOIN LATERAL (SELECT e.kind, e.severity, e.state, e.first_response_at, e.first_response_due_at, e.resolve_due_at,
                                    e.wake_at, e.wake_on_scan, e.resolved_at, e.resolution) w
         WHERE verb <> 'opened'
    ), words AS (
        SELECT p.*, CASE verb
                 WHEN 'escalated' THEN 'escalated it from ' || x_word || ' to ' || p_word || coalesce(': ' || p_reason, '')
                 WHEN 'eased' THEN x_word || ' is over, ' || p_word || ' remains' || coalesce(': ' || p_reason, '')
                 WHEN 'reopened' THEN 'reopened it: ' || p_word || ' again' || coalesce(', ' || p_reason, '')
                 WHEN 'resolved' THEN 'resolved it: ' || CASE WHEN p.resolution = 'delivered' THEN 'delivered' ELSE x_word || ' is over' END
                                      || coalesce(' (' || newest || ')', '')
                 WHEN 'woke' THEN 'woke it: ' || coalesce(newest, 'a new scan')
                 WHEN 'repeat' THEN CASE WHEN fresh = 1 THEN 'once more: ' ELSE fresh || ' more problem scans, last: ' END || coalesce(newest, '')
               END AS said,
               (SELECT jsonb_object_agg(k.key, k.value) FROM jsonb_each(to_jsonb(n)) k WHERE k.value IS DISTINCT FROM p.was -> k.key) AS became
          FROM patch p
         CROSS JOIN LATERAL (SELECT p.kind, p.severity, p.state, p.first_response_at, p.first_response_due_at, p.resolve_due_at,
                                    CASE WHEN NOT p.awake THEN (p.was ->> 'wake_at')::timestamptz END AS wake_at,
                                    (p.was ->> 'wake_on_scan')::boolean AND NOT p.awake AS wake_on_scan, p.resolved_at, p.resolution) n
    ), item AS MATERIALIZED (
        SELECT w.*, (SELECT jsonb_object_agg(k.key, w.was -> k.key) FROM jsonb_object_keys(w.became) k(key)) AS before FROM words w
    ), changed AS (
        UPDATE exception e
           SET kind = i.kind, severity = i.severity, state = i.state, fault = kind_fault(i.kind), brand_id = i.brand_id, brand = i.brand,
               carrier_id = i.carrier_id, carrier = i.carrier, carrier_name = i.carrier_name, service = i.service, order_id = i.order_id,
               order_number = i.order_number, customer_id = i.customer_id, customer_name = i.customer_name, tier = i.tier,
               language = i.language, country = i.country, region = i.region, city = i.city, postal_code = i.postal_code,
               reason = i.reason, code = i.code, effective_status = i.effective_status, carrier_status = i.carrier_status,
               first_response_at = i.first_response_at, first_response_due_at = i.first_response_due_at, resolve_due_at = i.resolve_due_at,
               first_left_s = CASE WHEN i.awake THEN NULL ELSE e.first_left_s END,
               resolve_left_s = CASE WHEN i.awake THEN NULL ELSE e.resolve_left_s END,
               calendar_id = i.calendar_id, last_scan_at = i.last_scan_at, promised_at = i.promised_at, edd_at = i.edd_at,
               wake_at = CASE WHEN i.awake THEN NULL ELSE e.wake_at END, wake_on_scan = e.wake_on_scan AND NOT i.awake,
               resolved_at = i.resolved_at, resolution = i.resolution, resolution_text = i.resolution_text, marks = i.marks,
               updated_at = p_now, rev = e.rev + 1,
               search = search_words(e.tracking_number, i.order_number, i.customer_name, i.email, i.phone, i.city, i.reason),
               activity_seq = e.activity_seq + CASE WHEN i.said IS NULL THEN 0 ELSE 1 END,
               activity_hash = CASE WHEN i.said IS NULL THEN e.activity_hash
                                    ELSE activity_link(e.activity_hash, e.id, e.activity_seq + 1, i.brand_id, p_now, 'feed', i.verb, i.said,
                                                       i.before, i.became, NULL) END
          FROM item i
         WHERE e.id = i.id
        RETURNING e.id, i.verb, e.activity_seq, e.activity_hash, e.brand_id, i.before AS was, i.became, i.said
    ), said AS (
        INSERT INTO activity (exception_id, seq, brand_id, at, actor, verb, text, before, after, hash)
        SELECT n.id, 1, n.brand_id, p_now, 'feed', 'opened', 'opened it: ' || t.p_word || coalesce(', ' || t.p_reason, ''), NULL, n.became, n.activity_hash
          FROM new n JOIN told t ON t.id = n.id AND t.verb = 'opened'
        UNION ALL
        SELECT c.id, c.activity_seq, c.brand_id, p_now, 'feed', c.verb, c.said, c.was, c.became, c.activity_hash
          FROM changed c WHERE c.said IS NOT NULL
    )
    SELECT (SELECT count(*) FROM new) + (SELECT count(*) FROM changed WHERE verb = 'reopened'),
           (SELECT count(*) FROM changed WHERE verb NOT IN ('reopened', 'resolved')),
           (SELECT count(*) FROM changed WHERE verb = 'resolved')
      INTO opened, updated, resolved;
END
$$;

-- Merges a batch: everything its documents say, at once, one after another across programs.
-- The same document again changes nothing. accepted and duplicates count documents.
CREATE FUNCTION feed_merge(p_batch uuid, OUT accepted bigint, OUT duplicates bigint, OUT events bigint, OUT opened bigint,
                           OUT updated bigint, OUT resolved bigint, OUT unmapped bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp
    SET jit = off SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_now timestamptz;
    v_docs bigint;
    v_orders record;
    v_carriers text[];
    v_numbers text[];
    v_from timestamptz[];
    v_to timestamptz[];
    k record;
    t record;
    s record;
    v_has_orders boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));
    v_now := clock_timestamp();
    SELECT count(DISTINCT doc), coalesce(bool_or(rec = 'o'), false) INTO v_docs, v_has_orders FROM feed_stage WHERE batch = p_batch;
    IF v_docs = 0 THEN
        accepted := 0; duplicates := 0; events := 0; opened := 0; updated := 0; resolved := 0; unmapped := 0;
        RETURN;
    END IF;

    IF v_has_orders THEN
        SELECT * INTO v_orders FROM feed_merge_orders(p_batch, v_now);
    ELSE
        SELECT NULL::bigint[] AS shipments, NULL::int[] AS docs INTO v_orders;
    END IF;

    SELECT array_agg(carrier), array_agg(number), array_agg(said_from), array_agg(said_to)
      INTO v_carriers, v_numbers, v_from, v_to
      FROM (SELECT coalesce(nullif(carrier, ''), 'unknown') COLLATE "C" AS carrier, tracking_number COLLATE "C" AS number,
                   min(occurred_at) FILTER (WHERE rec = 'e') AS said_from, max(occurred_at) AS said_to
              FROM feed_stage WHERE batch = p_batch AND rec IN ('e', 's') AND tracking_number <> ''
               AND octet_length(tracking_number) <= 256 AND octet_length(coalesce(carrier, '')) <= 96
             GROUP BY 1, 2) x;
    SELECT NULL::bigint[] AS ids, NULL::int[] AS news, NULL::int[] AS problems, NULL::int[] AS docs, 0::bigint AS unmapped INTO t;
    SELECT NULL::bigint[] AS ids, NULL::int[] AS docs INTO s;
    IF v_numbers IS NOT NULL THEN
        -- a number said without its carrier, in the same batch as with it, is that one's
        SELECT * INTO k FROM feed_shipments(
            (SELECT array_agg(CASE WHEN c = 'unknown' THEN coalesce(known, c) ELSE c END ORDER BY ord)
               FROM (SELECT c, ord, max(c) FILTER (WHERE c <> 'unknown') OVER (PARTITION BY n) AS known
                       FROM unnest(v_carriers, v_numbers) WITH ORDINALITY u(c, n, ord)) x),
            v_numbers, v_from, v_to, v_now);
        SELECT * INTO t FROM feed_merge_scans(p_batch, v_now, v_carriers, v_numbers, k.ids, k.brands, k.seqs);
        SELECT * INTO s FROM feed_merge_shipments(p_batch, v_now, v_carriers, v_numbers, k.ids, k.made, v_to, t.ids, t.problems, t.seqs);
    END IF;

    events := coalesce((SELECT sum(n) FROM unnest(t.news) n), 0);
    unmapped := t.unmapped;
    SELECT x.opened, x.updated, x.resolved INTO opened, updated, resolved
      FROM feed_merge_exceptions(v_now, t.ids, t.news, t.problems, coalesce(s.ids, '{}') || coalesce(v_orders.shipments, '{}')) x;
    SELECT count(DISTINCT d) INTO accepted
      FROM unnest(coalesce(t.docs, '{}') || coalesce(s.docs, '{}') || coalesce(v_orders.docs, '{}')) d;
    duplicates := v_docs - accepted;
    PERFORM feed_stage_empty(p_batch);
END
$$;

-- Takes the batch off the stage. When nobody else is loading, a grown stage is cut off whole:
-- deleted rows would otherwise stay in it until the next vacuum.
CREATE FUNCTION feed_stage_empty(p_batch uuid) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF pg_relation_size('feed_stage') > 33554432 THEN
        BEGIN
            LOCK TABLE feed_stage IN ACCESS EXCLUSIVE MODE NOWAIT;
            TRUNCATE feed_stage;
            RETURN;
        EXCEPTION WHEN lock_not_available THEN
            NULL;
        END;
    END IF;
    DELETE FROM feed_stage WHERE batch = p_batch;
END
$$;

GRANT EXECUTE ON FUNCTION feed_merge(uuid) TO doorstep_feed;
GRANT SELECT ON status_map, status_wording, dictionary_version, unmapped_code TO doorstep_viewer, doorstep_feed, doorstep_worker;
GRANT EXECUTE ON FUNCTION norm_code(text), map_rank(status_map), status_lookup(text, text, text, text), map_reason(int)
    TO doorstep_viewer, doorstep_feed, doorstep_worker;

RESET search_path;
RESET ROLE;
