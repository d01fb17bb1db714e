-- :n open exceptions made set-based, for the benchmarks; run as the database's owner.
-- Due times are 4 s apart, but for a gap of an hour after the third: new ones can be put there.
SET search_path = doorstep, pg_temp;
INSERT INTO brand (code, name) VALUES ('bench', 'Bench') ON CONFLICT DO NOTHING;
INSERT INTO carrier (code, name) SELECT c, upper(c) FROM unnest('{ups,fedex,usps,dhl}'::text[]) c ON CONFLICT DO NOTHING;
INSERT INTO customer (brand_id, external_id, name, email, phone, language, time_zone, tier)
SELECT b.id, 'c-' || i, 'Customer ' || (array['Delgado','Okoye','Smith','Nakamura','Ivanova','Larsen'])[1 + i % 6] || ' ' || i,
       'c' || i || '@example.com', '+1512' || lpad(i::text, 7, '0'), (array['en','es','fr','de'])[1 + i % 4], 'America/Chicago',
       (array['gold','silver',NULL])[1 + i % 3]
  FROM generate_series(1, least(:n, 100000)) i, brand b WHERE b.code = 'bench';
CREATE TEMP TABLE bench AS
SELECT i, row_number() OVER (ORDER BY i) AS rn FROM generate_series(1, :n) i;
INSERT INTO orders (brand_id, order_number, customer_id, placed_at, currency, total)
SELECT c.brand_id, 'B-' || i, c.id, now() - interval '5 days', 'USD', 40 + i % 200
  FROM bench JOIN customer c ON c.external_id = 'c-' || (1 + i % least(:n, 100000));
INSERT INTO shipment (brand_id, carrier_id, tracking_number, order_id, customer_id, service, carrier_status, effective_status,
                      shipped_at, promised_at, last_scan_at, city, region, postal_code, country)
SELECT o.brand_id, (SELECT id FROM carrier WHERE code = (array['ups','fedex','usps','dhl'])[1 + b.i % 4]), 'BENCH' || lpad(b.i::text, 12, '0'),
       o.id, o.customer_id, 'ground', 'in_transit', 'in_transit', now() - interval '4 days', now() - interval '1 day',
       now() - make_interval(mins => b.i % 5000), 'Austin', (array['TX','CA','NY','WA'])[1 + b.i % 4], '78701', 'US'
  FROM bench b JOIN orders o ON o.order_number = 'B-' || b.i;
INSERT INTO scan_event (shipment_id, occurred_at, dedupe, brand_id, seq, status, provider, code, label, message, place)
SELECT s.id, now() - make_interval(hours => k), md5(s.id || '/' || k)::uuid, s.brand_id, k, 'in_transit', 'ups', 'AR', 'Arrived at facility',
       'Arrived at facility', 'Austin TX'
  FROM shipment s, generate_series(1, 5) k WHERE s.tracking_number LIKE 'BENCH%';
INSERT INTO exception (kind, severity, state, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, service,
                       tracking_number, order_id, order_number, customer_id, customer_name, tier, language, country, region,
                       city, postal_code, reason, code, effective_status, carrier_status, opened_at, first_response_due_at,
                       resolve_due_at, last_scan_at, promised_at, search)
SELECT (enum_range(NULL::exception_kind))[1 + s.id % 20], 'high', 'new', 'carrier', s.brand_id, 'bench', s.id, s.carrier_id,
       c.code, c.name, s.service, s.tracking_number, s.order_id, o.order_number, s.customer_id, u.name, u.tier, u.language,
       s.country, s.region, s.city, s.postal_code, 'Incorrect address', 'X/48', 'in_transit', 'in_transit',
       now() - make_interval(secs => row_number() OVER (ORDER BY s.tracking_number)),
       now() + make_interval(secs => 4 * row_number() OVER (ORDER BY s.tracking_number) + CASE WHEN row_number() OVER (ORDER BY s.tracking_number) > 3 THEN 3600 ELSE 0 END),
       now() + interval '9 days', s.last_scan_at, s.promised_at, lower(s.tracking_number || ' ' || o.order_number || ' ' || u.name)
  FROM shipment s JOIN carrier c ON c.id = s.carrier_id JOIN orders o ON o.id = s.order_id JOIN customer u ON u.id = s.customer_id
 WHERE s.tracking_number LIKE 'BENCH%' ORDER BY s.tracking_number;
ANALYZE;
