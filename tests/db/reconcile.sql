-- The carrier speaks again: agreement ends an override, contradiction is a conflict for its author, old and plain scans change nothing.
BEGIN;
\ir fixture.psql
SELECT no_plan();
DELETE FROM feed_stage;
SELECT is_empty($$ SELECT s, t FROM unnest(override_statuses()) s CROSS JOIN unnest(enum_range(NULL::shipment_status)) t
                  WHERE override_meaning(s, t) NOT IN ('agrees', 'leaves', 'contradicts') OR override_meaning(s, t) IS NULL OR (s = t AND override_meaning(s, t) <> 'agrees') $$, 'every status meets every other');
SELECT is(override_meaning('delayed', 'in_transit') || override_meaning('delayed', 'delivered') || override_meaning('delivered', 'in_transit') || override_meaning('lost', 'out_for_delivery'),
          'leavesagreescontradictscontradicts', 'as the table says');

CREATE TEMPORARY SEQUENCE row_of;
CREATE FUNCTION pg_temp.scan(n text, at timestamptz, st text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO feed_stage (batch, seq, doc, rec, provider, carrier, tracking_number, occurred_at, code, status, city, region, country)
    VALUES ('00000000-0000-4000-8000-000000000001', nextval('row_of')::int - 1, 1, 'e', 'doorstep', 't-ups', n, at, st, st, 'Austin', 'TX', 'US');
    PERFORM feed_merge('00000000-0000-4000-8000-000000000001');
END $$;
CREATE FUNCTION pg_temp.x(n bigint) RETURNS text LANGUAGE sql AS
    $$ SELECT concat_ws(' ', s.effective_status, s.carrier_status, e.effective_status, e.state, e.marks & 3, coalesce(e.owner, '-'))
         FROM exception e JOIN shipment s ON s.id = e.shipment_id WHERE e.id = n $$;
CREATE FUNCTION pg_temp.o(n bigint) RETURNS text LANGUAGE sql AS
    $$ SELECT string_agg(concat_ws(' ', state, conflict_status), ', ' ORDER BY id) FROM status_override WHERE exception_id = n $$;
CREATE FUNCTION pg_temp.over(who text, n bigint, st text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE said text; BEGIN
    EXECUTE format('SET LOCAL SESSION AUTHORIZATION %I', who);
    SELECT code INTO said FROM override_apply(gen_random_uuid(), ARRAY[n], st, 'customer_confirmed', 'they called');
    RESET SESSION AUTHORIZATION; RETURN said; END $$;
SELECT pg_temp.scan('TEST' || n, now() - interval '2 days', 'in_transit') FROM generate_series(1, 8) n;

-- ---------------------------------------------------------------- plain, old, agreeing

SELECT is(pg_temp.over('t_maria', 900001, 'delayed'), 'ok', '');
SELECT pg_temp.scan('TEST1', now() + interval '1 s', 'in_transit');
SELECT is(pg_temp.x(900001) || ', ' || pg_temp.o(900001), 'delayed in_transit delayed new 2 -, active', 'a plain scan leaves it');
SELECT pg_temp.scan('TEST1', now() + interval '2 s', 'out_for_delivery');
SELECT is(pg_temp.x(900001) || ', ' || pg_temp.o(900001), 'out_for_delivery out_for_delivery out_for_delivery new 0 -, agreed', 'what goes beyond it ends it');
SELECT is((SELECT text FROM activity WHERE exception_id = 900001 AND verb = 'override_agreed'), 'the carrier says "out for delivery": t_maria''s override "delayed" is over', 'and the timeline says so');
SELECT is(pg_temp.over('t_maria', 900002, 'delivered'), 'ok', '');
SELECT pg_temp.scan('TEST2', now() - interval '3 days', 'held');
SELECT is(pg_temp.x(900002) || ', ' || pg_temp.o(900002), 'delivered in_transit delivered resolved 2 -, active', 'old scans that come late do not count');
SELECT pg_temp.scan('TEST2', now() + interval '1 s', 'delivered');
SELECT is(pg_temp.x(900002) || ', ' || pg_temp.o(900002), 'delivered delivered delivered resolved 0 -, agreed', 'the carrier says the same');

-- ---------------------------------------------------------------- contradicting

SELECT is(pg_temp.over('t_maria', 900003, 'delivered'), 'ok', '');
SELECT pg_temp.scan('TEST3', now() + interval '1 s', 'in_transit');
SELECT is(pg_temp.x(900003) || ', ' || pg_temp.o(900003), 'delivered in_transit delivered working 3 t_maria, conflict in_transit', 'it is opened again, for its author; the override stands');
SELECT ok((SELECT resolve_due_at IS NOT NULL AND resolve_left_s IS NULL AND marks & 16 <> 0 FROM exception WHERE id = 900003), 'its clock runs');
SELECT is((SELECT actor || ': ' || text FROM activity WHERE exception_id = 900003 ORDER BY seq DESC LIMIT 1), 'feed: the carrier says "in transit" against t_maria''s override "delivered": opened again for t_maria', 'the timeline says why');
SELECT pg_temp.scan('TEST3', now() + interval '2 s', 'in_transit');
SELECT is((SELECT count(*) FROM activity WHERE exception_id = 900003 AND verb = 'override_conflict')::int, 1, 'once');
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT string_agg(i::text, ',') FROM conflict_ids() i), '900003', 'it is found');
RESET SESSION AUTHORIZATION;
SELECT pg_temp.scan('TEST3', now() + interval '3 s', 'delivered');
SELECT is(pg_temp.x(900003) || ', ' || pg_temp.o(900003), 'delivered delivered delivered resolved 0 t_maria, agreed in_transit', 'the carrier agreed later: settled, and resolved');

SELECT is(pg_temp.over('t_maria', 900004, 'lost'), 'ok', '');
SELECT pg_temp.scan('TEST4', now() + interval '1 s', 'out_for_delivery');
SELECT is(pg_temp.x(900004), 'lost out_for_delivery lost working 3 t_maria', 'nobody''s becomes its author''s');
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT code FROM override_revert(gen_random_uuid(), '{900004}')), 'ok', 'settled by taking it back');
RESET SESSION AUTHORIZATION;
SELECT is(pg_temp.x(900004) || ', ' || pg_temp.o(900004), 'out_for_delivery out_for_delivery out_for_delivery working 0 t_maria, reverted out_for_delivery', 'the carrier''s word is effective');
SET SESSION AUTHORIZATION t_bob;
SELECT is((SELECT code FROM claim(gen_random_uuid(), '{900005}')), 'ok', '');
RESET SESSION AUTHORIZATION;
SELECT is(pg_temp.over('t_maria', 900005, 'lost'), 'ok', '');
SELECT pg_temp.scan('TEST5', now() + interval '1 s', 'out_for_delivery');
SELECT is(pg_temp.x(900005), 'lost out_for_delivery lost working 3 t_bob', 'somebody''s stays theirs');
SELECT is(pg_temp.over('t_bob', 900005, 'lost'), 'ok', 'a new override settles it, the same status too');
SELECT is(pg_temp.x(900005) || ', ' || pg_temp.o(900005), 'lost out_for_delivery lost working 2 t_bob, replaced out_for_delivery, active', '');
SELECT pg_temp.scan('TEST5', now() + interval '2 s', 'delivered');
SELECT is(pg_temp.x(900005), 'lost delivered lost working 3 t_bob', 'and nothing resolves while they disagree');
SELECT is(pg_temp.over('t_maria', 900006, 'lost'), 'ok', '');
UPDATE agent SET active = false WHERE role = 't_maria';
SELECT pg_temp.scan('TEST6', now() + interval '1 s', 'out_for_delivery');
SELECT is(pg_temp.x(900006), 'lost out_for_delivery lost new 3 -', 'an author who left gets nothing');

SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT code FROM resolve(gen_random_uuid(), '{900008}', 'no_action')), 'ok', '');
RESET SESSION AUTHORIZATION;
UPDATE exception SET shipment_id = 900007 WHERE id = 900008;
SELECT is(pg_temp.over('t_bob', 900007, 'lost'), 'ok', '');
SELECT pg_temp.scan('TEST7', now() + interval '1 s', 'out_for_delivery');
SELECT is((SELECT string_agg(exception_id::text, ',') FROM activity WHERE verb = 'override_conflict' AND exception_id IN (900007, 900008)), '900007', 'of several exceptions the open one tells it');
SELECT is((SELECT filter || position FROM saved_view WHERE name = 'Conflicts' AND builtin), 'is:conflict9', 'there is a view of them');
SELECT is((SELECT count(*) FROM audit_verify())::int, 0, 'every chain is whole');
SELECT * FROM finish();
ROLLBACK;
