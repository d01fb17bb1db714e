-- Queueing a bulk of 10,000 with all guardrails, and one preview's check, in the world of world.sql with :m
-- messages sent before. Run as the database's owner; bench_lead is a lead. Prints what it took.
\set QUIET 1
\pset format unaligned
\pset tuples_only true
SET search_path = doorstep, pg_temp;
UPDATE customer SET consent = '{"email": true, "sms": true}' WHERE external_id LIKE 'c-%';
INSERT INTO template (name, channel, language) VALUES ('bench_late', 'email', 'en') RETURNING id AS template \gset
INSERT INTO template_version (template_id, version, state, title, subject, body, required, fresh_hours, author)
VALUES (:template, 1, 'approved', 'Late', 'Order {{order.number}}', 'Hello {{customer.first_name}}', '{customer.first_name,order.number}', 48, 'bench');
-- each 29 h apart: nobody has had enough, nobody the same words lately
INSERT INTO outreach (key, exception_id, shipment_id, customer_id, brand_id, channel, to_address, language, template_id, version, subject, body,
                      text_hash, state, by, created_at, undo_until, send_after, message_id, sent_at)
SELECT gen_random_uuid(), e.id, e.shipment_id, e.customer_id, e.brand_id, 'email', 'c@example.com', 'en', NULL, NULL, 'Your order', 'Message ' || k,
       md5('Your order' || chr(31) || 'Message ' || k)::uuid, 'delivered', 'bench_lead', t, t, t, 'b' || e.id || '.' || k || '@doorstep', t
  FROM exception e CROSS JOIN generate_series(1, greatest(1, :m / (SELECT count(*) FROM exception))) k
 CROSS JOIN LATERAL (SELECT now() - make_interval(hours => 10 + 29 * k::int) AS t) x
 WHERE e.customer_id IS NOT NULL;
ANALYZE outreach;
ANALYZE customer;

CREATE TEMP TABLE bulk AS
SELECT jsonb_agg(jsonb_build_object('exception', id, 'template', :template, 'version', 1, 'channel', 'email', 'language', 'en', 'subject', 'Order ' || order_number,
                                    'body', 'Hello ' || customer_name || E',\n\nyour order ' || order_number || ' is late, and we are sorry. We will write again as soon as the carrier scans it.\n'
                                            || repeat('A line of the kind that messages have.' || E'\n', 10))) AS items
  FROM (SELECT DISTINCT ON (customer_id) * FROM exception WHERE brand = 'bench' AND kind <> 'tracking_error' AND last_scan_at > now() - interval '40 hours'
         ORDER BY customer_id, id LIMIT 10000) e;
GRANT SELECT ON bulk TO PUBLIC;
SELECT jsonb_array_length(items) AS n FROM bulk \gset

SET SESSION AUTHORIZATION bench_lead;
CREATE TEMP TABLE took (what text, n int, ms numeric);
DO $$
DECLARE
    started timestamptz;
    one jsonb := (SELECT jsonb_build_array(items -> 0) FROM bulk);
    n int;
BEGIN
    FOR i IN 1 .. 20 LOOP
        started := clock_timestamp();
        PERFORM * FROM outreach_check(one);
        INSERT INTO took VALUES ('check', 1, extract(epoch FROM clock_timestamp() - started) * 1000);
    END LOOP;
END
$$;
SELECT listen() \g /dev/null
DO $$
DECLARE
    started timestamptz := clock_timestamp();
    n int;
BEGIN
    SELECT count(*) INTO n FROM outreach_send(gen_random_uuid(), (SELECT items FROM bulk)) WHERE ok;
    INSERT INTO took VALUES ('send', n, extract(epoch FROM clock_timestamp() - started) * 1000);
END
$$;
SELECT format('queue a bulk of %s with all guardrails: %s queued in %s s (at most 5 wanted)', :n, n, round(ms / 1000, 2)) FROM took WHERE what = 'send';
SELECT format('check one message: %s ms in the middle (at most 10 wanted)', round((percentile_cont(0.5) WITHIN GROUP (ORDER BY ms))::numeric, 2)) FROM took WHERE what = 'check';
