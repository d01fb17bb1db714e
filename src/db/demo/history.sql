-- What went wrong and was put right in the last two weeks, so that reports have something to say: a resolved exception of each parcel
-- that has none open, more by day than by night, answered and resolved by the desk, now and then too late. Once, after the lanes.
SET search_path = doorstep, pg_temp;
DO $$
DECLARE
    people text[] := ARRAY['maria', 'dana', 'tomas', 'yuki', 'ines'];
    kinds exception_kind[] := '{failed_attempt,failed_attempt,failed_attempt,delay_carrier,delay_carrier,address_issue,address_issue,delay_weather,access_problem,customs_hold,damaged,awaiting_pickup,refused}';
    endings text[] := '{delivered,delivered,delivered,redelivery,carrier_fixed,address_fixed,reshipped,refunded}';
BEGIN
    -- What nobody scans any more is trouble from the start; the desk finds it with the rest.
    WHILE (SELECT again FROM pass_sweep()) LOOP END LOOP;
    WITH chance AS MATERIALIZED (
        SELECT s.*, c.code AS carrier, c.name AS carrier_name, b.code AS brand, o.order_number, p.name AS customer_name, p.tier, p.language, p.email, p.phone,
               ('x' || left(md5(s.tracking_number), 8))::bit(32)::bigint AS h
          FROM shipment s JOIN carrier c ON c.id = s.carrier_id JOIN brand b ON b.id = s.brand_id
          LEFT JOIN orders o ON o.id = s.order_id LEFT JOIN customer p ON p.id = s.customer_id
         WHERE NOT EXISTS (SELECT FROM exception e WHERE e.shipment_id = s.id)
    ), timed AS MATERIALIZED (
        SELECT x.*, kinds[1 + h % cardinality(kinds)] AS kind, endings[1 + h / 7 % cardinality(endings)] AS ending, people[1 + h / 3 % cardinality(people)] AS person,
               date_trunc('day', now()) - interval '1 day' * (1 + h / 11 % 14) + interval '8 hours' + interval '1 minute' * (h / 5 % 780 + CASE WHEN h % 9 = 0 THEN 400 ELSE 0 END) AS opened_at
          FROM chance x
    ), ended AS MATERIALIZED (
        SELECT t.*, nextval(pg_get_serial_sequence('exception', 'id')) AS exception_id, opened_at + interval '1 minute' * (5 + h / 13 % 300) AS answered_at,
               least(opened_at + interval '1 minute' * (310 + h / 17 % 2400), now() - interval '1 minute') AS ended_at, kind_severity(kind) AS severity
          FROM timed t
    ), linked AS MATERIALIZED (
        SELECT e.*, 'opened it: ' || replace(kind::text, '_', ' ') AS first_text, jsonb_build_object('kind', kind, 'severity', severity) AS first_after,
               jsonb_build_object('state', 'new', 'resolved_at', NULL, 'resolution', NULL, 'owner', NULL) AS was,
               jsonb_build_object('state', 'resolved', 'resolved_at', ended_at, 'resolution', ending, 'owner', person) AS became,
               'resolved it: ' || (SELECT label FROM resolution r WHERE r.code = ending) AS last_text
          FROM ended e
    ), chained AS MATERIALIZED (
        SELECT l.*, activity_link('', exception_id, 1, brand_id, opened_at, 'feed', 'opened', first_text, NULL, first_after, NULL) AS first_hash FROM linked l
    ), whole AS MATERIALIZED (
        SELECT c.*, activity_link(first_hash, exception_id, 2, brand_id, ended_at, person, 'resolve', last_text, was, became, NULL) AS last_hash FROM chained c
    ), made AS (
        INSERT INTO exception (id, kind, severity, state, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, service, tracking_number, order_id, order_number,
                               customer_id, customer_name, tier, language, country, region, city, postal_code, reason, effective_status, carrier_status, opened_at, calendar_id,
                               first_response_at, first_left_s, resolve_left_s, last_scan_at, promised_at, edd_at, owner, owned_at, resolved_at, resolution, updated_at, search,
                               activity_seq, activity_hash)
        OVERRIDING SYSTEM VALUE
        SELECT w.exception_id, kind, severity, 'resolved', kind_fault(kind), brand_id, brand, w.id, carrier_id, carrier, carrier_name, service, tracking_number, order_id, order_number,
               customer_id, customer_name, tier, language, country, region, city, postal_code, initcap(replace(kind::text, '_', ' ')), effective_status, carrier_status, opened_at, s.calendar_id,
               answered_at, business_left(s.calendar_id, answered_at, s.first_response_due_at), business_left(s.calendar_id, ended_at, s.resolve_due_at),
               last_scan_at, promised_at, edd_at, person, answered_at, ended_at, ending, ended_at, search_words(tracking_number, order_number, customer_name, email, phone, city, ''),
               2, last_hash
          FROM whole w LEFT JOIN LATERAL sla_start(w.brand_id, w.kind, w.tier, w.opened_at) s ON true
    )
    INSERT INTO activity (exception_id, seq, brand_id, at, actor, verb, text, before, after, hash)
    SELECT exception_id, 1, brand_id, opened_at, 'feed', 'opened', first_text, NULL, first_after, first_hash FROM whole
    UNION ALL
    SELECT exception_id, 2, brand_id, ended_at, person, 'resolve', last_text, was, became, last_hash FROM whole;
    -- How customers liked it, and who had asked where it was.
    INSERT INTO csat (exception_id, brand_id, shipment_id, score, at)
    SELECT e.id, e.brand_id, e.shipment_id, (ARRAY[5, 5, 4, 5, 4, 3, 5, 2, 4, 1])[1 + e.id % 10], least(e.resolved_at + interval '20 hours', now())
      FROM exception e WHERE e.state = 'resolved' AND e.id % 5 < 2;
    INSERT INTO contact (brand_id, customer_id, exception_id, via, from_address, at, received_at, text, driver, provider, provider_id, by)
    SELECT e.brand_id, e.customer_id, e.id, (ARRAY['phone', 'chat', 'email'])[1 + e.id % 3], '', x.at, x.at, '', (ARRAY['wismo', 'wismo', 'wismo', 'reschedule', 'address', 'refund', 'damaged'])[1 + e.id % 7],
           'person', 'demo:' || e.id || ':' || x.n, people[1 + e.id % cardinality(people)]
      FROM exception e CROSS JOIN LATERAL (SELECT n, e.opened_at + interval '1 hour' * (n * 7) AS at FROM generate_series(1, 1 + (e.id % 11 = 0)::int) n) x
     WHERE e.customer_id IS NOT NULL AND (e.state = 'resolved' AND e.id % 4 = 0 OR e.state <> 'resolved' AND e.id % 29 = 0) AND x.at < now();
END
$$;
RESET search_path;
