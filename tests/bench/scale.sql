-- A shop's world, set-based: :open open exceptions and as many resolved ones, on :shipments parcels (at least five for each open one)
-- with :scans scans. Brands, carriers, kinds, people, regions and due times are spread as they would be: a few common, many rare. Where a
-- filter's rare value is looked for there is one: tag unicorn (3 rows), region WY, tier diamond, service white_glove, country IS,
-- brand tiny. Run as a superuser in a database that is new, where bench_lead is a lead; a million take minutes.
\set QUIET 1
\if :{?open} \else \set open 1000000 \endif
\if :{?shipments} \else \set shipments 5000000 \endif
\if :{?scans} \else \set scans 30000000 \endif
SET search_path = doorstep, pg_temp;
SET client_min_messages = warning;
SET synchronous_commit = off;
SET maintenance_work_mem = '512MB';
SET jit = off;
SELECT setseed(0.42) \g /dev/null
-- rows as they would be, not the way there: what triggers keep is made from the rows at the end
SET session_replication_role = replica;
INSERT INTO brand (code, name) VALUES ('bench', 'Bench'), ('nordic', 'Nordic'), ('maison', 'Maison'), ('atelier', 'Atelier'), ('tiny', 'Tiny') ON CONFLICT DO NOTHING;
INSERT INTO carrier (code, name) SELECT c, upper(c) FROM unnest('{ups,fedex,usps,dhl,ontrac,canada_post,gls,royal_mail}'::text[]) c ON CONFLICT DO NOTHING;
INSERT INTO agent (role, display_name) SELECT 'agent' || i, 'Agent ' || i FROM generate_series(1, 60) i ON CONFLICT DO NOTHING;

-- indexes beside the keys are made when the rows are there
CREATE TEMP TABLE later AS
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS def
  FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
 WHERE i.indrelid = ANY ('{exception,shipment,orders,customer,scan_event,page}'::regclass[]) AND c.oid IS NULL;
SELECT 'DROP INDEX ' || name FROM later \gexec

CREATE TEMP TABLE p AS
SELECT i, 1 + (i::bigint * 7919 % greatest(1, :shipments / 10)) AS customer_id,
       CASE WHEN r1 < 0.7 THEN 'bench' WHEN r1 < 0.9 THEN 'nordic' WHEN r1 < 0.99 THEN 'maison' WHEN r1 < 0.999 THEN 'atelier' ELSE 'tiny' END AS brand,
       ('{ups,fedex,usps,dhl,ontrac,canada_post,gls,royal_mail}'::text[])[1 + floor(power(r2, 1.7) * 8)::int] AS carrier,
       (enum_range(NULL::exception_kind))[1 + floor(power(r3, 2.5) * 21)::int] AS kind,
       CASE WHEN i % (:shipments / 20 + 1) = 7 THEN 'white_glove' ELSE ('{ground,express,air,economy,saver}'::text[])[1 + floor(power(r4, 1.5) * 5)::int] END AS service,
       CASE WHEN i % (:shipments / 1000 + 1) = 3 THEN 'WY' ELSE ('{TX,CA,NY,FL,WA,IL,PA,OH,GA,NC,MI,NJ,VA,AZ,MA,TN,IN,MO,MD,WI,CO,MN,SC,AL,LA,KY,OR,OK,CT,UT,IA,NV,AR,MS,KS,NM,NE,ID,WV,HI}'::text[])[1 + floor(power(r5, 2) * 40)::int] END AS region,
       'City ' || floor(power(r6, 2) * 2000)::int AS city, lpad((i::bigint * 104729 % 100000)::text, 5, '0') AS postal_code,
       CASE WHEN i % (:shipments / 20 + 1) = 13 THEN 'IS' WHEN r7 < 0.9 THEN 'US' WHEN r7 < 0.98 THEN 'CA' ELSE 'MX' END AS country,
       r8, r9, r10, r11,
       -- of five parcels one is in trouble and one was
       CASE WHEN i > 5 * :open THEN 0 ELSE (i % 5 = 3)::int + 2 * (i % 5 = 1)::int END AS trouble,
       now() - (1 - i / :shipments::float8) * interval '60 days' AS seen
  FROM (SELECT i, random() AS r1, random() AS r2, random() AS r3, random() AS r4, random() AS r5, random() AS r6, random() AS r7, random() AS r8, random() AS r9,
               random() AS r10, random() AS r11 FROM generate_series(1, :shipments) i) x;
ANALYZE p;

INSERT INTO customer (id, brand_id, external_id, name, email, phone, language, time_zone, tier, consent) OVERRIDING SYSTEM VALUE
SELECT i, (SELECT id FROM brand WHERE code = 'bench'), 'c-' || i,
       ('{Rosa,Nneka,Anna,Kenji,Olga,Lars,Maria,John,Chloe,Ahmed,Ines,Tom}'::text[])[1 + i % 12] || ' ' ||
       ('{Delgado,Okoye,Smith,Nakamura,Ivanova,Larsen,Garcia,Miller,Dubois,Haddad,Costa,Baker,Olsen,Kim,Novak,Rossi,Weber,Silva,Khan,Moreau}'::text[])[1 + (i * 7919 / 12) % 20] || ' ' || i,
       'c' || i || '@example.com', '+1512' || lpad(i::text, 7, '0'), ('{en,en,en,en,en,es,fr,de}'::text[])[1 + i % 8], 'America/Chicago',
       CASE WHEN i % (:shipments / 30 + 1) = 11 THEN 'diamond' ELSE ('{gold,silver,silver,silver}'::text[])[1 + i % 10] END, '{"email": true}'
  FROM generate_series(1::bigint, greatest(1, :shipments / 10)) i;

INSERT INTO orders (id, brand_id, order_number, customer_id, placed_at, currency, total) OVERRIDING SYSTEM VALUE
SELECT p.i, b.id, 'B-' || p.i, p.customer_id, p.seen - interval '1 day', 'USD', 20 + p.i % 300 FROM p JOIN brand b ON b.code = p.brand;

INSERT INTO shipment (id, brand_id, carrier_id, tracking_number, order_id, customer_id, service, carrier_status, effective_status, status_at, first_seen_at, shipped_at,
                      promised_at, last_scan_at, first_scan_at, delivered_at, city, region, postal_code, country, next_seq, problems) OVERRIDING SYSTEM VALUE
SELECT p.i, b.id, c.id, 'BENCH' || lpad(p.i::text, 12, '0'), p.i, p.customer_id, p.service, x.status, x.status, x.last_scan_at, p.seen, p.seen + interval '4 hours',
       p.seen + interval '5 days', x.last_scan_at, p.seen + interval '4 hours', CASE WHEN x.status = 'delivered' THEN x.last_scan_at END,
       p.city, p.region, p.postal_code, p.country, 1 + :scans / :shipments, (p.trouble > 0)::int
  FROM p JOIN brand b ON b.code = p.brand JOIN carrier c ON c.code = p.carrier
 CROSS JOIN LATERAL (SELECT CASE WHEN p.trouble = 1 THEN ('{in_transit,in_transit,in_transit,delayed,out_for_delivery,available_for_pickup}'::text[])[1 + p.i % 6]
                                 ELSE CASE WHEN p.trouble = 2 OR p.seen < now() - interval '6 days' THEN 'delivered' ELSE 'in_transit' END END::shipment_status AS status,
                            least(now() - p.r8 * interval '1 hour', p.seen + interval '4 days' + p.r9 * interval '2 days') AS last_scan_at) x;
SELECT setval(pg_get_serial_sequence('shipment', 'id'), :shipments) \g /dev/null
SELECT setval(pg_get_serial_sequence('orders', 'id'), :shipments) \g /dev/null
SELECT setval(pg_get_serial_sequence('customer', 'id'), greatest(1, :shipments / 10)) \g /dev/null

INSERT INTO exception (id, rev, kind, severity, state, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, service, tracking_number, order_id, order_number,
                       customer_id, customer_name, tier, language, country, region, city, postal_code, owner, owned_at, reason, code, effective_status, carrier_status, opened_at,
                       first_response_due_at, resolve_due_at, first_response_at, first_left_s, resolve_left_s, last_scan_at, promised_at, wake_at, resolved_at, resolution, updated_at, marks, tags,
                       activity_seq, search) OVERRIDING SYSTEM VALUE
SELECT row_number() OVER (ORDER BY p.i), 1, p.kind, y.severity, y.state, 'carrier', s.brand_id, p.brand, p.i, s.carrier_id, p.carrier, upper(p.carrier), p.service, s.tracking_number, p.i, 'B-' || p.i,
       p.customer_id, u.name, u.tier, u.language, p.country, p.region, p.city, p.postal_code, y.owner, CASE WHEN y.owner IS NOT NULL THEN y.opened + interval '1 hour' END,
       y.reason, 'X/48', s.effective_status, s.carrier_status, y.opened,
       CASE WHEN y.state IN ('new', 'working') THEN y.due END, CASE WHEN y.state IN ('new', 'working') THEN y.due + interval '1 day' END,
       CASE WHEN y.state = 'resolved' OR y.state = 'waiting' THEN y.opened + interval '1 hour' END, CASE WHEN y.state = 'snoozed' THEN 7200 END,
       CASE WHEN y.state IN ('waiting', 'snoozed') THEN 86400 END, s.last_scan_at, s.promised_at,
       CASE WHEN y.state IN ('waiting', 'snoozed') THEN now() + interval '3 hours' + p.r9 * interval '3 days' END,
       CASE WHEN y.state = 'resolved' THEN least(now() - interval '1 minute', y.opened + p.r9 * interval '4 days') END, CASE WHEN y.state = 'resolved' THEN 'no_action' END,
       CASE WHEN y.state = 'resolved' THEN least(now() - interval '1 minute', y.opened + p.r9 * interval '4 days') ELSE least(now() - interval '1 minute', y.opened + p.r9 * interval '1 day') END,
       -- noted, escalated, reopened, told, a case, and the few: unmapped, replied, in conflict
       (p.i % 31 = 0)::int * 4 + (p.i % 101 = 0)::int * 32 + (p.i % 211 = 0)::int * 16 + (p.i % 5 = 3 AND p.i % 7 = 0)::int * 64 + (p.i % 97 = 0)::int * 128
       + (p.i % 9973 = 3)::int * 8 + (y.state <> 'resolved' AND p.i % 1999 = 3)::int * 256 + (y.state <> 'resolved' AND p.i % (:open / 4) = 3)::int,
       array_remove(ARRAY[CASE WHEN p.i % 47 = 0 THEN 'vip' END, CASE WHEN p.i % 997 = 0 THEN 'fragile' END, CASE WHEN y.state <> 'resolved' AND p.i IN (3, 5 * :open / 2 + 3, 5 * :open - 2) THEN 'unicorn' END], NULL),
       CASE WHEN y.owner IS NULL THEN 1 ELSE 2 END, search_words(s.tracking_number, 'B-' || p.i, u.name, u.email, u.phone, p.city, y.reason)
  FROM p JOIN shipment s ON s.id = p.i JOIN customer u ON u.id = p.customer_id
 CROSS JOIN LATERAL (
       SELECT z.state, z.opened, CASE WHEN p.r11 < 0.02 THEN 'critical' WHEN p.r11 < 0.3 THEN 'high' WHEN p.r11 < 0.8 THEN 'medium' ELSE 'low' END::severity AS severity,
              CASE WHEN z.state <> 'new' THEN 'agent' || 1 + floor(power(p.r10, 1.5) * 60)::int END AS owner,
              now() - interval '2 hours' + p.r10 * interval '5 days' AS due,
              ('{Incorrect address,No such number,Business closed,Delay caused by weather,Held at customs,Damaged in transit,Refused by recipient,Recipient not at home}'::text[])[1 + p.i % 8] AS reason
         FROM (SELECT CASE WHEN p.trouble = 2 THEN 'resolved' WHEN p.r8 < 0.7 THEN 'new' WHEN p.r8 < 0.85 THEN 'working' WHEN p.r8 < 0.95 THEN 'waiting' ELSE 'snoozed' END::exception_state AS state,
                      CASE WHEN p.trouble = 2 THEN p.seen + interval '2 days' ELSE now() - interval '2 minutes' - power(p.r9, 2) * (1 - p.i / (5.0 * :open + 1)) * interval '20 days' END AS opened) z) y
 WHERE p.trouble > 0;
SELECT setval(pg_get_serial_sequence('exception', 'id'), (SELECT max(id) FROM exception)) \g /dev/null
INSERT INTO activity (exception_id, seq, brand_id, at, actor, verb, text, before, after, hash)
SELECT e.id, s, e.brand_id, CASE s WHEN 1 THEN e.opened_at ELSE e.owned_at END, CASE s WHEN 1 THEN 'feed' ELSE e.owner END, CASE s WHEN 1 THEN 'opened' ELSE 'claim' END, e.reason, NULL, '{}', ''
  FROM exception e, generate_series(1, e.activity_seq) s;
INSERT INTO due_warning (exception_id, due_at, at) SELECT id, due_at, now() FROM exception WHERE due_at > now() ORDER BY k_urgency LIMIT 20;
INSERT INTO page (shipment_id) SELECT shipment_id FROM exception;
INSERT INTO watch (shipment_id, look_at) SELECT id, now() + interval '2 days' FROM shipment WHERE effective_status <> 'delivered';

-- what is kept counted
INSERT INTO counter SELECT brand_id, carrier_id, kind, state, count(*) FROM exception GROUP BY 1, 2, 3, 4;
INSERT INTO filter_word SELECT DISTINCT v.field, v.word, e.brand_id FROM exception e
 CROSS JOIN LATERAL (VALUES ('region', e.region), ('tier', e.tier), ('language', e.language), ('country', e.country), ('service', e.service)) v(field, word) WHERE v.word <> '';
INSERT INTO lane (carrier_id, region, service, brand_id) SELECT DISTINCT carrier_id, coalesce(region, ''), coalesce(service, ''), brand_id FROM exception ON CONFLICT DO NOTHING;
INSERT INTO lane_open SELECT l.id, count(*) FROM exception e JOIN lane l ON l.carrier_id = e.carrier_id AND l.region = e.region AND l.service = e.service AND l.brand_id = e.brand_id
 WHERE e.state <> 'resolved' GROUP BY l.id;
INSERT INTO lane_hour (lane_id, hour, opened) SELECT l.id, hour_of(e.opened_at), count(*) FROM exception e
  JOIN lane l ON l.carrier_id = e.carrier_id AND l.region = e.region AND l.service = e.service AND l.brand_id = e.brand_id
 WHERE e.opened_at >= hour_of(now() - lane_keep()) GROUP BY 1, 2;
SELECT def FROM later WHERE name NOT LIKE 'scan_event%' \gexec

-- messages and what customers said: of an exception in twenty
INSERT INTO outreach (key, exception_id, shipment_id, customer_id, brand_id, channel, to_address, language, body, text_hash, state, by, created_at, undo_until, send_after, message_id, sent_at)
SELECT gen_random_uuid(), id, shipment_id, customer_id, brand_id, CASE id % 3 WHEN 0 THEN 'sms' ELSE 'email' END::channel, '', 'en', '', gen_random_uuid(),
       CASE WHEN id % 400 = 0 THEN 'failed' ELSE 'delivered' END::outreach_state, 'agent' || 1 + id % 60, opened_at + interval '1 minute', opened_at, opened_at, id::text, opened_at + interval '2 minutes'
  FROM exception WHERE id % 20 = 0 ORDER BY opened_at;
INSERT INTO contact (brand_id, exception_id, channel, via, from_address, at, text, driver, provider, provider_id, shipment_id, before_message)
SELECT brand_id, id, 'email', 'email', '', opened_at + interval '1 minute', '', (ARRAY['wismo', 'refund', 'address'])[1 + id % 3], 'bench', id::text, shipment_id, id % 4 = 0 FROM exception WHERE id % 100 = 1;
INSERT INTO csat (exception_id, brand_id, shipment_id, score, at) SELECT id, brand_id, shipment_id, 1 + id % 5, resolved_at FROM exception WHERE id % 200 = 5 AND state = 'resolved';
ANALYZE;
SET session_replication_role = origin;

-- overrides, by the product's own function
SET SESSION AUTHORIZATION bench_lead;
DO $$
DECLARE
    ids bigint[] := ARRAY(SELECT id FROM doorstep.exception WHERE state = 'new' AND id % 211 = 3 ORDER BY id LIMIT 45);
BEGIN
    PERFORM doorstep.override_apply(gen_random_uuid(), ids, 'delayed', 'carrier_outage', 'the bench', NULL, NULL, 'bench');
END
$$;
RESET SESSION AUTHORIZATION;

SET session_replication_role = replica;
INSERT INTO scan_event (shipment_id, occurred_at, received_at, dedupe, brand_id, seq, status, provider, code, label, message, place)
SELECT s.id, s.last_scan_at - (:scans / :shipments - k) * interval '9 hours', s.last_scan_at + interval '1 minute', md5(s.id || '/' || k)::uuid, s.brand_id, k,
       CASE WHEN k = :scans / :shipments THEN s.carrier_status ELSE 'in_transit' END, 'ups', 'AR', 'Arrived at facility', 'Arrived at facility', s.city || ' ' || s.region
  FROM shipment s CROSS JOIN generate_series(1, :scans / :shipments) k;
SELECT def FROM later WHERE name LIKE 'scan_event%' \gexec
UPDATE lane l SET last_scan_at = s.at FROM (SELECT carrier_id, region, service, brand_id, max(last_scan_at) AS at FROM shipment GROUP BY 1, 2, 3, 4) s
 WHERE (l.carrier_id, l.region, l.service, l.brand_id) = (s.carrier_id, s.region, s.service, s.brand_id);
SET session_replication_role = origin;
DROP TABLE p, later;

-- reports, as a worker would have added them up
SELECT count(rollup_build(s, hour_no(now()) - 24 * 62, hour_no(now()) + 1)) FROM unnest(rollup_subjects()) s \g /dev/null
VACUUM (ANALYZE);
SELECT format('# %s open and %s resolved exceptions, %s shipments, %s scans', (SELECT count(*) FROM exception WHERE state <> 'resolved'), (SELECT count(*) FROM exception WHERE state = 'resolved'),
              (SELECT count(*) FROM shipment), (SELECT sum(reltuples)::bigint FROM pg_class WHERE relname ~ '^scan_event_p[0-9]+$')) \g (format=unaligned tuples_only=on)
