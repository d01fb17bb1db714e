-- Overrides, outages and cases in orders one does not think of: what is taken back is taken back exactly, what is not is said.
BEGIN;
\ir fixture.psql
SELECT no_plan();
CREATE ROLE t_lou LOGIN IN ROLE doorstep_lead;
DELETE FROM feed_stage;
CREATE TEMPORARY SEQUENCE row_of;
CREATE FUNCTION pg_temp.scan(n text, at timestamptz, st text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO feed_stage (batch, seq, doc, rec, provider, carrier, tracking_number, occurred_at, code, status, city, region, country)
    VALUES ('00000000-0000-4000-8000-000000000001', nextval('row_of')::int - 1, 1, 'e', 'doorstep', 't-ups', n, at, st, st, 'Austin', 'TX', 'US');
    PERFORM feed_merge('00000000-0000-4000-8000-000000000001');
END $$;
-- somebody overrides, takes back, decides; keys are numbers
CREATE FUNCTION pg_temp.does(who text, call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE said text; BEGIN
    EXECUTE format('SET LOCAL SESSION AUTHORIZATION %I', who);
    EXECUTE 'SELECT string_agg(code, '','') FROM doorstep.' || call INTO said;
    RESET SESSION AUTHORIZATION; RETURN said; END $$;
CREATE FUNCTION pg_temp.over(k int, who text, ids text, st text) RETURNS text LANGUAGE sql AS
    $$ SELECT pg_temp.does(who, format('override_apply(%L, %L, %L, ''customer_confirmed'', ''they called'')', pg_temp.key(k), ids, st)) $$;
CREATE FUNCTION pg_temp.batch(k int) RETURNS bigint LANGUAGE sql AS $$ SELECT id FROM override_batch WHERE key = pg_temp.key(k) $$;
CREATE FUNCTION pg_temp.decide(k int, who text, b int, op text) RETURNS text LANGUAGE sql AS
    $$ SELECT pg_temp.does(who, format('override_batch_act(%L, ARRAY[%s], %L)', pg_temp.key(k), pg_temp.batch(b), op)) $$;
CREATE FUNCTION pg_temp.x(n bigint) RETURNS text LANGUAGE sql AS
    $$ SELECT concat_ws(' ', s.effective_status, e.effective_status, e.carrier_status, e.state, e.marks & 3, coalesce(e.owner, '-'))
         FROM exception e JOIN shipment s ON s.id = e.shipment_id WHERE e.id = n $$;
CREATE FUNCTION pg_temp.o(n bigint) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(state::text, ' ' ORDER BY id) FROM status_override WHERE exception_id = n $$;
CREATE FUNCTION pg_temp.whole(n bigint) RETURNS jsonb LANGUAGE sql AS
    $$ SELECT to_jsonb(e) - '{rev,updated_at,k_updated,activity_seq,activity_hash}'::text[] FROM exception e WHERE e.id = n $$;
SELECT pg_temp.scan('TEST' || n, now() - interval '2 days', 'in_transit') FROM generate_series(1, 8) n;
CREATE TEMP TABLE kept AS SELECT id, pg_temp.whole(id) AS was FROM exception WHERE id BETWEEN 900001 AND 900008;

-- ---------------------------------------------------------------- one over another

SELECT is(pg_temp.over(1, 't_lea', '{900001,900002}', 'delayed'), 'ok', 'two');
SELECT is(pg_temp.over(2, 't_lea', '{900001}', 'delivered'), 'ok', 'one of them again, which resolves it');
SELECT is(pg_temp.does('t_lou', format('override_revert(%L, ''{900001}'')', pg_temp.key(3))), 'ok', 'that is taken back');
SELECT is(pg_temp.x(900001), 'delayed delayed in_transit new 2 -', 'the first is in force again');
SELECT is(pg_temp.decide(4, 't_lea', 1, 'revert'), 'ok', 'the first is taken back, all of it: nobody opened it but the override over it');
SELECT is((SELECT string_agg(id::text, ',') FROM kept WHERE pg_temp.whole(id) IS DISTINCT FROM was), NULL, 'exactly');

SELECT is(pg_temp.over(5, 't_lea', '{900001,900002}', 'delivered'), 'ok', 'two that resolve');
SELECT is(pg_temp.over(6, 't_lou', '{900001}', 'lost'), 'ok', 'another over one of them');
SELECT is(pg_temp.decide(7, 't_lea', 5, 'revert'), 'ok,left', 'the first is taken back, but for that');
SELECT is(pg_temp.x(900001), 'lost lost in_transit resolved 2 -', 'which is as it was left');
SELECT is(pg_temp.decide(8, 't_lou', 6, 'revert'), 'ok', 'the other is taken back, too');
SELECT is(pg_temp.x(900001), 'in_transit in_transit in_transit new 0 -', 'then nothing is left of either');
SELECT is((SELECT string_agg(id::text, ',') FROM kept WHERE pg_temp.whole(id) IS DISTINCT FROM was), NULL, 'exactly');

SELECT is(pg_temp.over(9, 't_lea', '{900001}', 'delivered'), 'ok', '');
SELECT is(pg_temp.over(10, 't_lou', '{900001}', 'returned'), 'ok', '');
UPDATE status_override SET expires_at = clock_timestamp() - interval '1 s' WHERE batch_id = pg_temp.batch(9);
SELECT is(pg_temp.decide(11, 't_lou', 10, 'revert'), 'ok', 'the one before has expired meanwhile');
SELECT is(pg_temp.x(900001) || ', ' || pg_temp.o(900001), 'in_transit in_transit in_transit resolved 0 -, reverted reverted replaced reverted replaced reverted', 'what an expired one resolved stays resolved');
SELECT is(pg_temp.does('t_lea', format('reopen(%L, ''{900001}'')', pg_temp.key(12))), 'ok', '');

-- ---------------------------------------------------------------- what was known when it was approved

UPDATE control_policy SET override_threshold = 1;
SELECT is(pg_temp.over(20, 't_lea', '{900003,900004}', 'lost'), 'pending', 'two wait');
SELECT pg_temp.scan('TEST3', now() - interval '1 hour', 'in_transit');
SELECT is(pg_temp.decide(21, 't_lou', 20, 'approve'), 'ok', 'a lead who knows of the scan of an hour ago approves');
SELECT pg_temp.scan('TEST3', now() - interval '5 days', 'in_transit');
SELECT is(pg_temp.x(900003) || ', ' || pg_temp.o(900003), 'lost lost in_transit new 2 -, active', 'a late one does not bring that up against it');
SELECT pg_temp.scan('TEST3', now() + interval '1 s', 'in_transit');
SELECT is(pg_temp.x(900003) || ', ' || pg_temp.o(900003), 'lost lost in_transit working 3 t_lea, conflict', 'a new one does');
SELECT is(pg_temp.does('t_lea', format('undo(%L)', pg_temp.key(22))), 'ok', 'who asked for it takes it back with undo');
SELECT is(pg_temp.x(900003) || ', ' || pg_temp.x(900004), 'in_transit in_transit in_transit working 0 t_lea, in_transit in_transit in_transit new 0 -', 'both; the conflict''s owner keeps it');
UPDATE control_policy SET override_threshold = 50;

-- ---------------------------------------------------------------- authors, brands, parcels

SELECT is(pg_temp.over(30, 't_zoe', '{900007}', 'delivered'), 'ok', 'zoe of brand t-zeta');
UPDATE shipment SET brand_id = 9001 WHERE id = 900007;       -- its order said so; exceptions are told later in the same merge
SELECT pg_temp.scan('TEST7', now() + interval '1 s', 'in_transit');
SELECT is((SELECT concat_ws(' ', state, brand, coalesce(owner, '-')) FROM exception WHERE id = 900007), 'new t-acme -', 'a conflict does not go to an author who no longer sees the parcel');
SELECT is(pg_temp.over(31, 't_maria', '{900008}', 'delivered'), 'ok', '');
UPDATE agent SET active = false WHERE role = 't_maria';
SELECT pg_temp.scan('TEST8', now() + interval '1 s', 'in_transit');
SELECT is(pg_temp.x(900008), 'delivered delivered in_transit new 3 -', 'nor to one who left: it is nobody''s');
UPDATE agent SET active = true WHERE role = 't_maria';

SELECT is(pg_temp.over(32, 't_maria', '{900005}', 'delivered'), 'ok', '');
INSERT INTO exception (id, kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number, effective_status, marks, opened_at) OVERRIDING SYSTEM VALUE
    VALUES (900105, 'damaged', 'high', 'carrier', 9001, 't-acme', 900005, 9001, 't-ups', 'T UPS', 'TEST5', 'delivered', 2, now());
SELECT pg_temp.scan('TEST5', now() + interval '1 s', 'in_transit');
SELECT is(pg_temp.x(900005) || ', ' || pg_temp.x(900105), 'delivered delivered in_transit resolved 2 -, delivered delivered in_transit working 3 t_maria', 'where another of the parcel is open the conflict is that one''s');
SELECT is(pg_temp.does('t_maria', format('override_revert(%L, ''{900105}'')', pg_temp.key(33))), 'ok', 'taken back');
SELECT is(pg_temp.x(900005) || ', ' || pg_temp.x(900105), 'in_transit in_transit in_transit resolved 0 -, in_transit in_transit in_transit working 0 t_maria', 'the resolved one is not opened beside it');

-- delivered, corrected, opened by a person: the row shows the parcel as it is
SELECT is(pg_temp.does('t_maria', format('resolve(%L, ''{900006}'', ''refunded'')', pg_temp.key(40))), 'ok', '');
SELECT pg_temp.scan('TEST6', now() + interval '1 s', 'out_for_delivery');
SELECT is(pg_temp.does('t_maria', format('reopen(%L, ''{900006}'')', pg_temp.key(41))), 'ok', '');
SELECT is(pg_temp.x(900006), 'out_for_delivery out_for_delivery out_for_delivery new 0 -', 'what is opened again shows its parcel as it is by now');

-- ---------------------------------------------------------------- the same key

SELECT is(pg_temp.does('t_lea', format('%s(%s%L%s)', f, '', pg_temp.key(1), a)), pg_temp.does('t_lea', format('%s(%s%L%s)', f, '', pg_temp.key(1), a)), f || ' twice is once')
  FROM (VALUES ('override_revert', ', ''{900001}'''), ('override_batch_act', ', ''{1}'', ''approve'''), ('outage_end', ', ''{1}'''), ('case_open', ', ''{900001}'', ''claim'''),
               ('control_policy_set', ', ''{"days": 9}'''), ('outage_set', ', 1, ''{}''')) v(f, a);
SELECT throws_ok(format('SELECT pg_temp.does(''t_lou'', %L)', format('%s(%L%s)', f, pg_temp.key(1), a)), '42501', NULL, f || ': nobody uses another''s key')
  FROM (VALUES ('override_apply', ', ''{900001}'', ''lost'', ''other'', ''a note'''), ('override_revert', ', ''{900001}'''), ('override_batch_act', ', ''{1}'', ''approve'''), ('outage_end', ', ''{1}'''),
               ('outage_set', ', 1, ''{}'''), ('outage_declare', ', ''{"region": ["TX"]}'', ''x'', false, false, NULL, NULL, NULL'), ('case_open', ', ''{900001}'', ''claim'''), ('case_set', ', ''{1}'', ''{}'''),
               ('case_note', ', ''{1}'', ''x'''), ('case_link', ', 1, ''{1}'''), ('case_unlink', ', 1, ''{1}'''), ('case_merge', ', 1, 2'), ('case_retry', ', ''{1}'''), ('case_take_theirs', ', 1'), ('case_keep_ours', ', 1'),
               ('control_policy_set', ', ''{"days": 9}'''), ('suggestion_dismiss', ', ''{1}'''), ('undo', '')) v(f, a);

-- ---------------------------------------------------------------- an outage that had not been

UPDATE exception SET region = 'TX', first_response_due_at = clock_timestamp() + interval '1 hour', resolve_due_at = clock_timestamp() + interval '2 hours', first_left_s = NULL, resolve_left_s = NULL
 WHERE id IN (900001, 900002, 900003);
UPDATE exception SET region = 'CA' WHERE id IN (900004, 900005, 900006);
SELECT is(pg_temp.does('t_lea', format('wait(%L, ''{900002}'')', pg_temp.key(50))), 'ok', 'one waits');
SELECT is(pg_temp.does('t_lea', format('outage_declare(%L, ''{"carrier": ["t-ups"], "region": ["TX"]}'', ''down'', false, true, NULL, NULL, NULL)', pg_temp.key(51))), 'ok', 'an outage');
UPDATE outage SET started_at = clock_timestamp() - interval '30 minutes' WHERE key = pg_temp.key(51);    -- half an hour ago
UPDATE exception SET region = 'CA' WHERE id = 900003;                                                     -- one that comes to it only now
UPDATE exception SET first_response_due_at = clock_timestamp() + interval '1 hour', resolve_due_at = clock_timestamp() + interval '2 hours' WHERE id = 900003;
UPDATE exception SET region = 'TX' WHERE id = 900003;
SELECT is((SELECT count(*)::int FROM exception WHERE id IN (900001, 900002, 900003) AND sla_held AND due_at IS NULL), 3, 'all stand');
SELECT is(pg_temp.does('t_lea', format('work(%L, ''{900002}'')', pg_temp.key(52))), 'ok', 'who waited is worked on, its clock stands');
SELECT is(pg_temp.does('t_lea', format('undo(%L)', pg_temp.key(53))), 'ok', '');
SELECT is(pg_temp.does('t_lea', format('work(%L, ''{900002}'')', pg_temp.key(54))), 'ok', '');
UPDATE action_log SET at = clock_timestamp() WHERE key = pg_temp.key(51);
SELECT is(pg_temp.does('t_lea', format('undo(%L)', pg_temp.key(55))), 'ok', 'taken back: as if it had not been');
SELECT is((SELECT string_agg(id - 900000 || ' ' || round(extract(epoch FROM first_response_due_at - clock_timestamp()) / 60) || ' ' || round(extract(epoch FROM resolve_due_at - clock_timestamp()) / 60), ', ' ORDER BY id)
             FROM exception WHERE id IN (900001, 900002, 900003)), '1 60 120, 2 60 120, 3 60 120', 'every clock runs on from where it stopped, not from where the outage began');

-- ---------------------------------------------------------------- no order of things loses a clock

-- "new runs 60 120": state, and the minutes left of the first response and of the resolution; "lost" and "both" are faults
CREATE FUNCTION pg_temp.clock(n bigint) RETURNS text LANGUAGE sql AS $$
    SELECT state || CASE WHEN num_nonnulls(first_response_due_at, resolve_due_at) = 2 AND num_nonnulls(first_left_s, resolve_left_s) = 0
                         THEN format(' runs %s %s', round(extract(epoch FROM first_response_due_at - clock_timestamp()) / 60), round(extract(epoch FROM resolve_due_at - clock_timestamp()) / 60))
                         WHEN num_nonnulls(first_left_s, resolve_left_s) = 2 AND (state = 'resolved' OR num_nonnulls(first_response_due_at, resolve_due_at) = 0)
                         THEN format(' stands %s %s', round(first_left_s / 60.0), round(resolve_left_s / 60.0))
                         WHEN num_nonnulls(first_left_s, resolve_left_s) > 0 THEN ' both' ELSE ' lost' END
      FROM exception WHERE id = n $$;
CREATE FUNCTION pg_temp.minutes(n bigint) RETURNS void LANGUAGE sql AS $$
    UPDATE exception SET state = 'new', owner = NULL, owned_at = NULL, first_response_at = NULL, resolved_at = NULL, resolution = NULL, first_left_s = NULL, resolve_left_s = NULL,
           first_response_due_at = clock_timestamp() + interval '1 hour', resolve_due_at = clock_timestamp() + interval '2 hours' WHERE id = n $$;
SELECT is(pg_temp.does('t_lea', format('resolve(%L, ARRAY(SELECT id FROM doorstep.exception WHERE shipment_id BETWEEN 900004 AND 900006 AND id NOT BETWEEN 900004 AND 900006 AND state <> ''resolved''), ''refunded'')', pg_temp.key(59))),
          'ok', 'what else is open of these parcels');
SELECT pg_temp.minutes(n) FROM unnest('{900004,900005,900006}'::bigint[]) n;
DELETE FROM outage_suggestion;
-- a case keeps a delivered parcel open; closed inside an outage, the outage over, the closing taken back
SELECT is(pg_temp.does('t_maria', format('case_open(%L, ''{900005}'', ''claim'')', pg_temp.key(60))), 'ok', 'a case');
SELECT is(pg_temp.does('t_lea', format('outage_declare(%L, ''{"carrier": ["t-ups"], "region": ["CA"]}'', ''down'', false, true, NULL, NULL, NULL)', pg_temp.key(61))), 'ok', 'an outage');
UPDATE shipment SET effective_status = 'delivered', carrier_status = 'delivered' WHERE id = 900005;
SELECT is(pg_temp.does('t_maria', format('case_set(%L, ARRAY(SELECT case_id FROM doorstep.case_link WHERE exception_id = 900005), ''{"state": "solved"}'')', pg_temp.key(62))), 'ok', 'solved');
SELECT is(pg_temp.clock(900005), 'resolved stands 60 120', 'with that the exception is resolved, its clock stood');
SELECT is(pg_temp.does('t_lea', format('outage_end(%L, ARRAY(SELECT id FROM doorstep.outage WHERE ended_at IS NULL))', pg_temp.key(63))), 'ok', 'the outage is over');
SELECT is(pg_temp.does('t_maria', format('undo(%L)', pg_temp.key(64))), 'ok', 'the solving is taken back');
SELECT is(pg_temp.clock(900005), 'new runs 60 120', 'it is open again, and its clock runs');
SELECT is(pg_temp.does('t_maria', format('resolve(%L, ''{900005}'', ''refunded'')', pg_temp.key(65))), 'ok', '');
SELECT is(pg_temp.clock(900005), 'resolved stands 60 120', 'resolved anew, what is left is kept');

-- what was done in between stays, what was done before is taken back
SELECT is(pg_temp.does('t_maria', format('%s(%L, ''{900006}'', %s)', v, pg_temp.key(k), a)), 'ok', v)
  FROM (VALUES (66, 'wait', 'now() + interval ''1 day'''), (67, 'resolve', '''refunded'''), (68, 'reopen', 'NULL')) x(k, v, a) ORDER BY k;
UPDATE action_log SET undone_by = key WHERE key = pg_temp.key(68);
SELECT is(pg_temp.does('t_maria', format('undo(%L)', pg_temp.key(69))), 'ok', 'the resolving is taken back, the opening was not');
SELECT is(pg_temp.clock(900006), 'waiting stands 60 120', 'it waits, with what is left');
SELECT is(pg_temp.does('t_maria', format('work(%L, ''{900006}'')', pg_temp.key(70))), 'ok', '');
SELECT is(pg_temp.clock(900006), 'working runs 60 120', 'and runs again');

-- rows as they should never be found
ALTER TABLE exception DISABLE TRIGGER outages_changed;
UPDATE exception SET state = 'resolved', resolved_at = now(), resolution = 'refunded', sla_held = true, outages = '{}', first_left_s = 3600, resolve_left_s = 7200 WHERE id = 900004;
UPDATE exception SET sla_held = true, outages = '{}' WHERE id = 900006;
ALTER TABLE exception ENABLE TRIGGER outages_changed;
SELECT is(outage_due(), 2, 'what nothing holds is released, resolved or not');
SELECT is((SELECT count(*)::int FROM exception WHERE sla_held), 0, 'all of it');
SELECT is(pg_temp.clock(900006), 'working runs 60 120', 'a clock that runs runs on');
SELECT is(outage_due(), 0, 'once');
UPDATE exception SET first_left_s = 3600, resolve_left_s = 7200, first_response_due_at = NULL, resolve_due_at = NULL WHERE id = 900006;
SELECT is(pg_temp.does('t_lea', format('outage_declare(%L, ''{"carrier": ["t-ups"], "region": ["CA"]}'', ''down'', false, true, NULL, NULL, NULL)', pg_temp.key(71))), 'ok', 'one more outage');
SELECT is(pg_temp.clock(900006), 'working stands 60 120', 'what is left stays so where nothing was due');
UPDATE exception SET sla_held = false WHERE id = 900006;
SELECT is(pg_temp.does('t_lea', format('resolve(%L, ''{900006}'', ''refunded'')', pg_temp.key(72))), 'ok', '');
SELECT is(pg_temp.clock(900006), 'resolved stands 60 120', 'resolving keeps it, too');

SELECT is((SELECT count(*)::int FROM audit_verify()) + (SELECT count(*)::int FROM control_verify()), 0, 'every chain is whole');
SELECT * FROM finish();
ROLLBACK;
