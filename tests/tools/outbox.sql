-- :n messages by :channel, due, each of a parcel and a customer of its own; run as the database's owner.
SET search_path = doorstep;
UPDATE contact_policy SET quiet_from = NULL, quiet_to = NULL, quiet_days = '{}';
INSERT INTO brand (code, name) VALUES ('outbox', 'Outbox') ON CONFLICT DO NOTHING;
INSERT INTO carrier (code, name) VALUES ('outbox', 'Outbox') ON CONFLICT DO NOTHING;
SELECT coalesce(max(id), 0) AS before FROM customer \gset
INSERT INTO customer (brand_id, external_id, name, email, phone, language, time_zone, consent)
SELECT b.id, 'o-' || :before + i, 'Customer ' || i, 'c' || :before + i || '@example.com', '+1512' || lpad((:before + i)::text, 7, '0'), 'en', 'UTC',
       '{"email": true, "sms": true, "whatsapp": true}'
  FROM generate_series(1, :n) i, brand b WHERE b.code = 'outbox';
INSERT INTO orders (brand_id, order_number, customer_id, placed_at)
SELECT brand_id, 'O-' || id, id, now() FROM customer WHERE id > :before;
INSERT INTO shipment (brand_id, carrier_id, tracking_number, order_id, customer_id, carrier_status, effective_status, last_scan_at)
SELECT o.brand_id, r.id, 'OUTBOX' || lpad(o.customer_id::text, 12, '0'), o.id, o.customer_id, 'in_transit', 'in_transit', now()
  FROM orders o, carrier r WHERE o.customer_id > :before AND r.code = 'outbox';
INSERT INTO exception (kind, severity, state, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number,
                       order_id, order_number, customer_id, customer_name, language, country, effective_status, carrier_status, opened_at, last_scan_at, search)
SELECT 'address_issue', 'high', 'new', 'consignee', s.brand_id, 'outbox', s.id, s.carrier_id, 'outbox', 'Outbox', s.tracking_number,
       s.order_id, 'O-' || s.customer_id, s.customer_id, c.name, 'en', 'US', 'in_transit', 'in_transit', now(), now(), lower(s.tracking_number)
  FROM shipment s JOIN customer c ON c.id = s.customer_id WHERE s.customer_id > :before ORDER BY s.id;
-- judged as outreach_send would have
CREATE TEMP TABLE stamp AS
SELECT ids[g.ord] AS exception_id, g.stamp FROM (SELECT array_agg(e.id) AS ids FROM exception e WHERE e.customer_id > :before) a
 CROSS JOIN LATERAL guard_stamps(a.ids, NULL, NULL, NULL) g;
INSERT INTO outreach (key, exception_id, shipment_id, customer_id, brand_id, channel, to_address, to_name, language, subject, body, text_hash,
                      passed, by, undo_until, send_after, message_id, judged, judged_for)
SELECT gen_random_uuid(), e.id, e.shipment_id, e.customer_id, e.brand_id, :'channel', CASE WHEN :'channel' = 'email' THEN c.email ELSE c.phone END, c.name, 'en',
       CASE WHEN :'channel' = 'email' THEN 'About your parcel' END,
       format(E'Hello %s,\nyour parcel %s could not be delivered: the street number is missing. Please write to us.\n', c.name, e.tracking_number),
       md5(e.id::text || :'channel')::uuid, '{not_approved,stale,too_long,frequency_cap,repeated}', 'test', now(), now(), e.id || '.' || replace(gen_random_uuid()::text, '-', '') || '@doorstep',
       s.stamp, CASE WHEN :'channel' <> 'whatsapp' THEN tstzrange(now(), NULL) END
  FROM exception e JOIN customer c ON c.id = e.customer_id JOIN stamp s ON s.exception_id = e.id WHERE e.customer_id > :before;
DROP TABLE stamp;
ANALYZE customer, orders, shipment, exception, outreach;
