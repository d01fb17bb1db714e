-- Tracking pages: which parcels have one, under which token, and what it says. The pages themselves are files, which
-- `doorstep publish` writes from what page_changed() gives.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- what a brand's pages are like

ALTER TABLE brand
    ADD COLUMN page_url    text,           -- where the published pages are served from; null: no pages
    ADD COLUMN form_url    text,           -- where `doorstep webhook` answers; null: pages without forms
    ADD COLUMN contact_url text,           -- the shop's own contact form; tracking_number= and state= are added to it
    ADD COLUMN page_color  text CHECK (page_color ~ '^#[0-9a-f]{6}$');

-- Where pages and forms live: https, or this machine for a trial. What could end an attribute or a header is not in it.
CREATE FUNCTION is_page_base(p text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN p ~ '^(https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?|http://(localhost|127\.0\.0\.1))(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*/?$';

SELECT patch_function('wrong_brand_setting(jsonb)'::regprocedure, 'support,tracking_url}', 'support,tracking_url,page_url,form_url,contact_url,page_color}');
SELECT patch_function('wrong_brand_setting(jsonb)'::regprocedure, '        ELSIF k = ''tracking_url''', $new$        ELSIF k IN ('page_url', 'form_url') AND NOT is_page_base(v) THEN
            RETURN format('"%s" is no place for %s: one https:// address such as https://track.example.com/%s, without ? and #', left(v, 60),
                          CASE k WHEN 'page_url' THEN 'pages' ELSE 'forms' END, CASE k WHEN 'page_url' THEN 'p' ELSE 'hook' END);
        ELSIF k = 'contact_url' AND v !~ '^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~%/-]*)?(\?[A-Za-z0-9._~%&=+-]*)?$' THEN
            RETURN format('"%s" is no contact form: one https:// address; the tracking number and the state are added to it', left(v, 60));
        ELSIF k = 'page_color' AND v !~ '^#[0-9a-f]{6}$' THEN
            RETURN format('"%s" is no color: # and six of 0-9 a-f, such as #0b6e4f', left(v, 40));
        ELSIF k = 'tracking_url'$new$);
SELECT patch_function('brand_set(uuid, text, jsonb)'::regprocedure, 'tracking_url = b.tracking_url',
    'tracking_url = b.tracking_url, page_url = rtrim(b.page_url, ''/''), form_url = rtrim(b.form_url, ''/''), contact_url = b.contact_url, page_color = b.page_color');

-- ---------------------------------------------------------------- which parcels have a page

-- A parcel that ever was in trouble has one. The token is chance and nothing else: 128 bits of two of the server's random
-- numbers. moved_at: the carrier spoke of it while nothing was open (what is open is written to then).
CREATE FUNCTION page_token() RETURNS text LANGUAGE sql VOLATILE
    RETURN encode(substr(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 1, 16), 'hex');
CREATE TABLE page (
    shipment_id bigint PRIMARY KEY,       -- no foreign key: its exception has one
    token       text COLLATE "C" NOT NULL UNIQUE DEFAULT page_token() CHECK (length(token) = 32 AND translate(token, '0123456789abcdef', '') = ''),
    moved_at    timestamptz,
    posts_since timestamptz,              -- the hour in which its forms are counted
    posts       int NOT NULL DEFAULT 0
);
CREATE INDEX page_moved ON page (moved_at) WHERE moved_at IS NOT NULL;
INSERT INTO page (shipment_id) SELECT DISTINCT e.shipment_id FROM exception e;

CREATE FUNCTION page_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    INSERT INTO page (shipment_id) SELECT DISTINCT a.shipment_id FROM added a ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER page_made AFTER INSERT ON exception REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION page_made();

-- The merge's last step, of parcels that were scanned.
CREATE FUNCTION page_moved(p_ids bigint[], p_now timestamptz) RETURNS void LANGUAGE sql SET search_path = doorstep, pg_temp
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
    UPDATE page g SET moved_at = p_now
      FROM unnest(p_ids) u(id)
     WHERE g.shipment_id = u.id AND NOT EXISTS (SELECT FROM exception e WHERE e.shipment_id = u.id AND e.state <> 'resolved' OFFSET 0)
$$;
SELECT patch_function('feed_merge(uuid)'::regprocedure, 'PERFORM feed_stage_empty(p_batch);', E'PERFORM page_moved(t.ids, v_now);\n    PERFORM feed_stage_empty(p_batch);');

CREATE FUNCTION page_link(p_base text, p_token text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN p_base || '/' || left(p_token, 2) || '/' || substr(p_token, 3) || '.html';

-- ---------------------------------------------------------------- links in messages

CREATE OR REPLACE FUNCTION template_names() RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN '{customer.first_name,customer.name,customer.city,order.number,order.date_text,order.total_text,order.items_text,
             shipment.tracking_number,shipment.carrier,shipment.service,shipment.promised_text,shipment.edd_text,
             shipment.last_scan_text,shipment.last_place,shipment.status_text,exception.reason,exception.number,
             brand.name,brand.support,links.tracking,links.feedback,agent.first_name}'::text[];
SELECT patch_function('outreach_facts(bigint[], text[])'::regprocedure, 'b.support, b.tracking_url, spoken(', 'b.support, b.tracking_url, b.page_url, b.form_url, spoken(');
SELECT patch_function('outreach_facts(bigint[], text[])'::regprocedure, '''tracking'', coalesce(replace(',
    '''feedback'', coalesce(CASE WHEN k.form_url IS NOT NULL THEN page_link(k.page_url, g.token) || ''#feedback'' END, ''''),
            ''tracking'', coalesce(page_link(k.page_url, g.token), replace(');
SELECT patch_function('outreach_facts(bigint[], text[])'::regprocedure, '      LEFT JOIN carrier r ON r.id = k.carrier_id
', '      LEFT JOIN carrier r ON r.id = k.carrier_id
      LEFT JOIN LATERAL (SELECT x.token FROM page x WHERE x.shipment_id = k.shipment_id AND k.page_url IS NOT NULL LIMIT 1) g ON true
');

-- ---------------------------------------------------------------- what a page says

-- live: open, or resolved these 30 days. ended: it says that it is no longer followed, and nothing else. null: there is none.
CREATE FUNCTION page_stage(p_state exception_state, p_resolved timestamptz, p_now timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN p_state <> 'resolved' OR p_resolved > p_now - interval '30 days' THEN 'live'
                WHEN p_resolved > p_now - interval '180 days' THEN 'ended' END;

-- The carrier's next word is due when the sweeps would call its parcel silent, by the thresholds of its carrier and service on their calendar;
-- null: no more is awaited, or it waits to be fetched. p_since: when its label was made.
CREATE FUNCTION page_next(p_carrier int, p_service text, p_status shipment_status, p_scanned timestamptz, p_since timestamptz) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT doorstep.business_add_s(y.calendar_id, coalesce(p_scanned, p_since), CASE WHEN p_scanned IS NULL THEN y.not_shipped_h ELSE y.stalled_h END * 3600::bigint)
      FROM doorstep.sweep_policy_of(p_carrier, lower(coalesce(p_service, ''))) y
     WHERE NOT doorstep.silence_over(p_status) AND p_status <> 'available_for_pickup'
$$;

-- Black or white: which of them is read on a color (WCAG 2's relative luminance; the contrast is at least 4.5).
CREATE FUNCTION page_ink(p_color text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (SELECT CASE WHEN sum(w * CASE WHEN c <= 0.04045 THEN c / 12.92 ELSE ((c + 0.055) / 1.055) ^ 2.4 END) > 0.179 THEN '#000000' ELSE '#ffffff' END
              FROM (SELECT get_byte(decode(substr(p_color, 2), 'hex'), i) / 255.0::float8 AS c, (ARRAY[0.2126, 0.7152, 0.0722]::float8[])[i + 1] AS w
                      FROM generate_series(0, 2) i) x);

-- What the customer can do from the page, by what is wrong and how it stands.
CREATE FUNCTION page_can(p_kind exception_kind, p_open boolean, p_status shipment_status) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN NOT p_open OR p_status IN ('delivered', 'returned', 'cancelled', 'lost', 'damaged') THEN '{}'::text[]
                WHEN p_kind IN ('address_issue', 'undeliverable') THEN '{address,pickup}'
                WHEN p_kind IN ('failed_attempt', 'access_problem') THEN '{day,pickup,address}'
                WHEN p_kind IN ('late_promise', 'held', 'delay_carrier', 'delay_weather', 'awaiting_pickup') THEN '{day,pickup}'
                WHEN p_kind IN ('refused', 'returning') THEN '{address}'
                ELSE '{}' END;

-- The pages of these parcels, texts only, in the customer's language: no name, no address, nothing of what people wrote
-- for each other. data is null where there is no page.
CREATE FUNCTION page_facts(p_ids bigint[], p_now timestamptz) RETURNS TABLE (shipment_id bigint, token text, data jsonb)
    LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = doorstep, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off
    SET enable_seqscan = off AS $$             -- everything here is looked up row by row
#variable_conflict use_column
DECLARE
    ids bigint[];                             -- of each parcel the exception its page is about; null: it has no page
    told jsonb[];                             -- and what messages would say of them
BEGIN
    SELECT array_agg(x.shipment_id ORDER BY x.shipment_id), array_agg(x.id ORDER BY x.shipment_id) INTO p_ids, ids
      FROM (SELECT g.shipment_id, e.id FROM page g
              LEFT JOIN LATERAL (SELECT e.id, e.state, e.resolved_at, e.brand_id FROM exception e WHERE e.shipment_id = g.shipment_id
                                  ORDER BY (e.state <> 'resolved') DESC, e.id DESC LIMIT 1) e
                ON page_stage(e.state, e.resolved_at, p_now) IS NOT NULL AND EXISTS (SELECT FROM brand b WHERE b.id = e.brand_id AND b.page_url IS NOT NULL)
                   AND NOT EXISTS (SELECT FROM shipment s WHERE s.id = g.shipment_id AND s.erased)      -- who is forgotten has none
             WHERE g.shipment_id = ANY (p_ids)) x;
    told := ARRAY(SELECT f.data FROM unnest(ids) WITH ORDINALITY i(id, n) LEFT JOIN outreach_facts(ids, NULL) f ON f.ord = i.n ORDER BY i.n);
    RETURN QUERY
    WITH asked AS MATERIALIZED (
        SELECT g.shipment_id, g.token, e.id, e.kind, e.state, e.tracking_number, e.effective_status, e.opened_at, e.carrier_id,
               page_stage(e.state, e.resolved_at, p_now) AS stage, b.name AS brand, b.support, b.page_color, b.page_ink, b.form_url, b.contact_url,
               c.time_zone AS own_zone, b.time_zone AS brand_zone, spoken(coalesce(c.language, e.language, b.language)) AS l, told[i.n] AS data
          FROM unnest(p_ids, ids) WITH ORDINALITY i(parcel, id, n)
          JOIN LATERAL (SELECT * FROM page g WHERE g.shipment_id = i.parcel LIMIT 1) g ON true
          LEFT JOIN LATERAL (SELECT * FROM exception e WHERE e.id = i.id LIMIT 1) e ON true
          LEFT JOIN (SELECT b.*, page_ink(coalesce(b.page_color, '#1f3a5f')) AS page_ink FROM brand b OFFSET 0) b ON b.id = e.brand_id
          LEFT JOIN LATERAL (SELECT c.language, c.time_zone FROM customer c WHERE c.id = e.customer_id LIMIT 1) c ON true
    ), zone AS MATERIALIZED (
        SELECT z.own_zone, z.brand_zone, y.zone, (p_now AT TIME ZONE y.zone)::date AS today, date_part('year', p_now AT TIME ZONE y.zone)::int AS year
          FROM (SELECT DISTINCT a.own_zone, a.brand_zone FROM asked a) z
         CROSS JOIN LATERAL (SELECT recipient_zone(z.own_zone, z.brand_zone) AS zone OFFSET 0) y
    )
    SELECT k.shipment_id, k.token, CASE WHEN k.id IS NOT NULL THEN jsonb_build_object('lang', k.l, 'stage', k.stage,
                   'brand', jsonb_build_object('name', k.brand, 'support', coalesce(k.support, ''), 'color', coalesce(k.page_color, '#1f3a5f'),
                                               'ink', k.page_ink),
                   'contact', coalesce(k.contact_url || CASE WHEN k.stage <> 'live' THEN '' ELSE
                                   CASE WHEN k.contact_url LIKE '%?%' THEN '&' ELSE '?' END
                                   || 'tracking_number=' || url_encode(k.tracking_number) || '&state=' || k.effective_status END, ''))
               || CASE WHEN k.stage <> 'live' THEN '{}' ELSE jsonb_build_object(
                   'parcel', k.data -> 'shipment',
                   'order', k.data #>> '{order,number}',
                   'carrier_link', coalesce(replace(r.tracking_url, '{}', url_encode(k.tracking_number)), ''),
                   'status_text', k.data #>> '{shipment,status_text}',
                   'heading', upper(left(k.data #>> '{shipment,status_text}', 1)) || substr(k.data #>> '{shipment,status_text}', 2),
                   -- what is wrong, while it is; else what the carrier's last word comes to
                   'says', coalesce(CASE WHEN k.state <> 'resolved' AND k.effective_status NOT IN ('delivered', 'returned', 'cancelled') THEN nullif(k.data #>> '{exception,reason}', '') END,
                                    own.text, plain.text, ''),
                   'waits', k.state = 'waiting' AND page_can(k.kind, true, k.effective_status) <> '{}',
                   'next', coalesce(say_day(n.day, k.l, z.year), ''),
                   'late', coalesce(n.day < z.today, false),
                   'form', coalesce(k.form_url || '/form/' || k.token, ''),
                   'origin', coalesce(substring(k.form_url FROM '^https?://[^/]+'), ''),
                   'acts', k.form_url IS NOT NULL AND page_can(k.kind, k.state <> 'resolved', k.effective_status) <> '{}',
                   'can', (SELECT coalesce(jsonb_object_agg(c, true), '{}') FROM unnest(page_can(k.kind, k.state <> 'resolved', k.effective_status)) c WHERE k.form_url IS NOT NULL)) END END
      FROM asked k
      JOIN zone z ON z.own_zone IS NOT DISTINCT FROM k.own_zone AND z.brand_zone IS NOT DISTINCT FROM k.brand_zone
          LEFT JOIN carrier r ON r.id = k.carrier_id
          LEFT JOIN LATERAL (SELECT v.occurred_at, v.status, v.map_id FROM scan_event v WHERE v.shipment_id = k.shipment_id AND k.stage = 'live'
                              ORDER BY v.occurred_at DESC, v.seq DESC LIMIT 1) scan ON true
          LEFT JOIN LATERAL (SELECT (page_next(s.carrier_id, s.service, k.effective_status, s.last_scan_at, coalesce(s.shipped_at, s.first_scan_at, s.first_seen_at)) AT TIME ZONE z.zone)::date AS day
                               FROM shipment s WHERE s.id = k.shipment_id AND k.stage = 'live' LIMIT 1) n ON true
          LEFT JOIN LATERAL (SELECT w.text FROM status_map m JOIN status_wording w ON w.wording = m.wording
                              WHERE m.id = scan.map_id AND scan.status = k.effective_status AND w.language IN (k.l, 'en')
                              ORDER BY w.language <> k.l LIMIT 1) own ON true
          LEFT JOIN LATERAL (SELECT w.text FROM status_wording w WHERE w.wording = k.effective_status::text AND w.language IN (k.l, 'en')
                              ORDER BY w.language <> k.l LIMIT 1) plain ON true
         ORDER BY k.shipment_id;
END
$$;

-- ---------------------------------------------------------------- what a publisher asks

-- Now, and what all pages rest on beside their parcels: when it is another, all of them are looked at again.
CREATE FUNCTION page_epoch() RETURNS TABLE (now_ms bigint, epoch text) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
    SELECT epoch_ms(clock_timestamp()), md5(concat_ws('/', schema_version(),
        (SELECT md5(string_agg(b::text, '/' ORDER BY b.id)) FROM brand b),
        (SELECT md5(string_agg(p::text, '/' ORDER BY p.id)) FROM sweep_policy p),
        (SELECT md5(string_agg(concat_ws('/', c.id, c.name, c.tracking_url), '/' ORDER BY c.id)) FROM carrier c),
        (SELECT md5(string_agg(concat_ws('/', w.wording, w.language, w.text), '/' ORDER BY w.wording, w.language)) FROM status_wording w),
        (SELECT md5(string_agg(concat_ws('/', m.id, m.wording), '/' ORDER BY m.id)) FROM status_map m WHERE m.ended_in IS NULL)))
$$;

-- At most p_limit parcels after p_after whose page may have changed since an instant (null: all), in order of their number, with
-- what their page says (null: none). p_brands: only of these, by code.
CREATE FUNCTION page_changed(p_since timestamptz, p_after bigint, p_limit int, p_brands text[], p_now timestamptz DEFAULT NULL)
    RETURNS TABLE (shipment_id bigint, token text, data jsonb)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1000 SET search_path = doorstep, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
    most int := least(greatest(p_limit, 1), 5000);
    ids bigint[];
BEGIN
    IF p_since IS NULL THEN
        ids := ARRAY(SELECT g.shipment_id FROM page g WHERE g.shipment_id > p_after ORDER BY g.shipment_id LIMIT most);
    ELSE
        ids := ARRAY(SELECT x.shipment_id FROM (
                         SELECT e.shipment_id FROM exception e WHERE e.k_updated <= -epoch_ms(p_since) AND e.shipment_id > p_after
                         UNION
                         SELECT g.shipment_id FROM page g WHERE g.moved_at >= p_since AND g.shipment_id > p_after) x
                      ORDER BY x.shipment_id LIMIT most);
    END IF;
    RETURN QUERY
    SELECT f.shipment_id, f.token,
           CASE WHEN p_brands IS NULL OR EXISTS (SELECT FROM shipment s JOIN brand b ON b.id = s.brand_id WHERE s.id = f.shipment_id AND b.code = ANY (p_brands)) THEN f.data END
      FROM page_facts(ids, coalesce(p_now, clock_timestamp())) f ORDER BY f.shipment_id;
END
$$;
GRANT EXECUTE ON FUNCTION page_epoch(), page_changed(timestamptz, bigint, int, text[], timestamptz) TO doorstep_worker;

RESET search_path;
RESET ROLE;
