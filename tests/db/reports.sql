-- Reports: numbers worked out by hand, and rollups that are the same when they are made anew, whatever was changed late.
BEGIN;
\ir fixture.psql
SELECT plan(62);

-- A world of its own: carrier t-rep, brands 9001 and 9002, in a week of last month. Monday is 2026-06-01.
INSERT INTO carrier (id, code, name) VALUES (9010, 't-rep', 'T Rep'), (9011, 't-two', 'T Two');
UPDATE brand SET time_zone = 'America/Chicago' WHERE id = 9001;
CREATE FUNCTION pg_temp.put(n int, carrier int, kind exception_kind, opened timestamptz, brand int DEFAULT 9001, region text DEFAULT 'TX', service text DEFAULT 'ground', tier text DEFAULT NULL)
    RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO shipment (id, brand_id, carrier_id, tracking_number, region, service) OVERRIDING SYSTEM VALUE VALUES (910000 + n, brand, carrier, 'REP' || n, region, service);
    INSERT INTO exception (id, kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, service, region, tracking_number, tier, calendar_id, opened_at,
                           updated_at, first_response_due_at, resolve_due_at)
    OVERRIDING SYSTEM VALUE
    SELECT 910000 + n, kind, 'medium', 'carrier', b.id, b.code, 910000 + n, c.id, c.code, c.name, service, region, 'REP' || n, tier, (SELECT id FROM calendar WHERE name = 't-always'),
           opened, opened, opened + interval '4 hours', opened + interval '24 hours'
      FROM brand b, carrier c WHERE b.id = brand AND c.id = carrier;
END
$$;
SELECT pg_temp.put(1, 9010, 'lost', '2026-06-02T10:05:00Z'), pg_temp.put(2, 9010, 'lost', '2026-06-02T10:55:00Z'), pg_temp.put(3, 9010, 'stalled', '2026-06-02T11:00:00Z', region => 'O''Hare "x"'),
       pg_temp.put(4, 9010, 'stalled', '2026-06-03T00:00:00Z', service => NULL), pg_temp.put(5, 9011, 'lost', '2026-06-04T23:59:59Z', tier => 'gold'),
       pg_temp.put(6, 9010, 'lost', '2026-05-26T10:00:00Z'), pg_temp.put(7, 9010, 'lost', '2026-06-03T12:00:00Z', brand => 9002) \g /dev/null
-- Worked: 1 answered after 20 minutes (in time), resolved after 2 hours; 2 answered after 5 hours (late), open; 3 resolved after two days without an answer by hand; 4 opened again.
UPDATE exception SET state = 'waiting', first_response_at = opened_at + interval '20 minutes', first_left_s = 13200, resolve_left_s = 80000, rev = rev + 1 WHERE id = 910001;
UPDATE exception SET state = 'resolved', resolved_at = opened_at + interval '2 hours', resolution = 'no_action', resolve_left_s = 79200, rev = rev + 1 WHERE id = 910001;
UPDATE exception SET state = 'waiting', first_response_at = opened_at + interval '5 hours', first_left_s = -3600, resolve_left_s = 60000, rev = rev + 1 WHERE id = 910002;
UPDATE exception SET state = 'resolved', resolved_at = opened_at + interval '2 days', resolution = 'delivered', first_left_s = -100000, resolve_left_s = -86400, rev = rev + 1 WHERE id = 910003;

CREATE FUNCTION pg_temp.pass() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    n int := 0;
    r record;
BEGIN
    LOOP
        SELECT * INTO r FROM pass_rollup('2026-06-30T12:00:00Z');
        n := n + coalesce((r.did ->> 'rollup_hours')::int, 0);
        EXIT WHEN NOT r.again;
    END LOOP;
    RETURN n;
END
$$;
SELECT is((SELECT count(*) FROM report_exceptions('2026-06-01', '2026-06-08') WHERE what LIKE 't-%'), 0::bigint, 'before a pass nothing is counted');
SELECT ok((SELECT waiting > 0 FROM rollup_now()), 'and it says so');
SELECT cmp_ok(pg_temp.pass(), '>', 0, 'a pass takes in what changed');
SELECT is((SELECT did::text || again FROM pass_rollup('2026-06-30T12:00:00Z')), '{}false', 'once');
SELECT is((SELECT waiting || ' ' || passed_at FROM rollup_now()), '0 ' || '2026-06-30T12:00:00Z'::timestamptz, 'nothing waits then');

-- ---------------------------------------------------------------- exceptions

CREATE FUNCTION pg_temp.told(q text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    EXECUTE 'SELECT string_agg(concat_ws('' '', x), ''; '') FROM (' || q || ') AS y(x)' INTO said;
    RETURN said;
END
$$;
SELECT is(pg_temp.told($$SELECT concat_ws(' ', what, opened, was, change, share, resolved, reopened) FROM report_exceptions('2026-06-01', '2026-06-08', 'carrier', p_was => '2026-05-25')$$),
          't-rep 5 1 400.0 83.3 2 0; t-two 1 0 16.7 0 0', 'by carrier: opened, before, change, share, resolved');
SELECT is(pg_temp.told($$SELECT concat_ws(' ', what, opened) FROM report_exceptions('2026-06-01', '2026-06-08', 'kind', 't-rep')$$), 'lost 3; stalled 2', 'by kind, of a carrier');
SELECT is(pg_temp.told($$SELECT what || '=' || opened FROM report_exceptions('2026-06-01', '2026-06-08', 'lane')$$),
          't-rep ground TX=3; t-rep TX=1; t-rep ground O''Hare "x"=1; t-two ground TX=1', 'by lane');
SELECT is(pg_temp.told($$SELECT what || '=' || opened FROM report_exceptions('2026-06-01', '2026-06-08', 'day') WHERE opened > 0$$), '2026-06-02=3; 2026-06-03=2; 2026-06-04=1', 'by day, of UTC');
SELECT is(pg_temp.told($$SELECT what || '=' || opened FROM report_exceptions('2026-06-01T05:00Z', '2026-06-08T05:00Z', 'day', p_zone => '-18000') WHERE opened > 0$$),
          '2026-06-02=4; 2026-06-03=1; 2026-06-04=1', 'and of a reader five hours west');
SELECT is((SELECT count(*) FROM report_exceptions('2026-06-01', '2026-06-08', 'day')), 7::bigint, 'days without any are there');
SELECT is(pg_temp.told($$SELECT what || '=' || opened FROM report_exceptions('2026-06-01', '2026-06-08', 'hour') WHERE opened > 0$$), '00:00=1; 10:00=2; 11:00=1; 12:00=1; 23:00=1', 'by hour of the day');
SELECT is(pg_temp.told($$SELECT what || '=' || opened FROM report_exceptions('2026-06-01', '2026-06-08', 'brand')$$), 't-acme=5; t-zeta=1', 'by brand');
SELECT is((SELECT spark FROM report_exceptions('2026-06-01', '2026-06-08', 'carrier', 't-rep')), '[0, 3, 2, 0, 0, 0, 0]'::jsonb, 'a sparkline of its days');
SELECT is((SELECT spark FROM report_exceptions('2026-06-02T10:00Z', '2026-06-02T13:00Z', 'carrier', 't-rep')), '[2, 1, 0]'::jsonb, 'or hours');
SELECT is((SELECT hours FROM report_heat('2026-06-01', '2026-06-08', p_carrier => 't-two', p_zone => '7200')), '[0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]'::jsonb,
          'the heat map is of the reader''s hours');
SELECT is(pg_temp.told($$SELECT filter FROM report_exceptions('2026-06-01', '2026-06-08', 'region')$$),
          'region:TX on:2026-06-01..2026-06-07 state:any sort:newest; region:"O''Hare \"x\"" on:2026-06-01..2026-06-07 state:any sort:newest', 'the filter behind a number, quoted where it must be');
SELECT is(pg_temp.told($$SELECT filter || ' | ' || was_filter || ' | ' || resolved_filter FROM report_exceptions('2026-06-02T10:00Z', '2026-06-02T12:00Z', 'service', 't-rep', 'lost', 't-acme')$$),
          'service:ground carrier:t-rep kind:lost brand:t-acme on:2026-06-02T10Z..2026-06-02T11Z state:any sort:newest | '
          'service:ground carrier:t-rep kind:lost brand:t-acme on:2026-06-02T08Z..2026-06-02T09Z state:any sort:newest | '
          'service:ground carrier:t-rep kind:lost brand:t-acme done:2026-06-02T10Z..2026-06-02T11Z sort:updated', 'of hours, and all it is limited to');
SELECT is(pg_temp.told($$SELECT filter FROM report_exceptions('2026-06-01', '2026-06-08', 'carrier', 't-rep', 'lost')$$), 'carrier:t-rep kind:lost on:2026-06-01..2026-06-07 state:any sort:newest', 'by what it is narrowed to: said once');
SELECT is(pg_temp.told($$SELECT filter FROM report_exceptions('2026-06-01', '2026-06-08', 'lane', 't-two')$$), 'carrier:t-two service:ground region:TX on:2026-06-01..2026-06-07 state:any sort:newest', 'nor twice by lane');
SELECT is(pg_temp.told($$SELECT filter FROM report_exceptions('2026-06-01', '2026-06-08', 'service') WHERE what = 'none'$$), 'service:none on:2026-06-01..2026-06-07 state:any sort:newest', 'of what is not known');
SELECT is((SELECT count(*) FROM report_exceptions('2025-06-01', '2025-06-08')), 0::bigint, 'an empty period has no rows');
SELECT is((SELECT opened || ' ' || was FROM report_exceptions('2026-05-27', '2026-06-01', p_was => '2026-05-22')), '0 1', 'one that fell to nothing has');

-- ---------------------------------------------------------------- response

SELECT is(pg_temp.told($$SELECT concat_ws(' ', what, opened, answered, first_met, first_missed, first_met_rate, closed, resolve_met, resolve_missed) FROM report_response('2026-06-01', '2026-06-08', p_carrier => 't-rep', p_brand => 't-acme')$$),
          'lost 2 2 1 1 50.0 1 1 0; stalled 2 0 0 2 0.0 1 0 2', 'in time, late, and due without: of two answered one, of two not answered none');
SELECT is((SELECT first_p50 || ' ' || first_p90 FROM report_response('2026-06-01', '2026-06-08', 'carrier', 't-rep', 'lost', 't-acme')), '1800 25920', 'percentiles within their buckets');
SELECT is((SELECT first_spread FROM report_response('2026-06-01', '2026-06-08', 'carrier', 't-rep', 'lost', 't-acme')), '[0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]'::jsonb, 'and the spread');

-- The clock as people's actions leave it: snoozed when 2 h were left, answered while it stood.
SELECT pg_temp.put(8, 9011, 'held', now() - interval '90 minutes') \g /dev/null
SET SESSION AUTHORIZATION t_maria;
SELECT ok FROM snooze(pg_temp.key(1), '{910008}', now() + interval '1 day') \g /dev/null
SELECT ok FROM wait(pg_temp.key(2), '{910008}') \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT cmp_ok(pg_temp.pass(), '>', 0, 'what people do is taken in');
SELECT is((SELECT opened || ' ' || first_met || ' ' || first_missed FROM report_response(now() - interval '1 day', now(), p_carrier => 't-two', p_kind => 'held')), '1 1 0', 'what was left when the clock stopped counts');
SELECT is(pg_temp.told($$SELECT what || '=' || actions FROM report_agents(now() - interval '1 day', now() + interval '1 hour', 'action')$$), 'snooze=1; wait=1', 'and stands in the workload');
SELECT is((SELECT resolved_filter FROM report_agents(date_trunc('day', now() - interval '40 days'), now() + interval '1 hour', 'agent') WHERE what = 't_maria') LIKE 'owner:t_maria done:' || to_char(now() - interval '40 days', 'YYYY-MM-DD') || '%..%', true, 'which opens what of theirs was resolved');
SELECT is((SELECT string_agg(a, ' ') FROM unnest('{feed,worker,sweep,clock,customer,doorstep,rule gold-late,outage 3,t_maria}'::text[]) a WHERE is_person(a)), 't_maria',
          'the workload is that of people');

-- ---------------------------------------------------------------- deliveries

-- Chicago is five hours behind: delivered at 03:00 UTC is the evening before.
UPDATE shipment SET delivered_at = '2026-06-04T03:00:00Z', promised_at = '2026-06-03T00:00:00Z', edd_at = '2026-06-05T00:00:00Z',
                    edd_history = '[{"at": "2026-05-30T00:00:00Z", "edd": "2026-06-02T00:00:00Z"}, {"at": "2026-06-02T00:00:00Z", "edd": "2026-06-05T00:00:00Z"}]' WHERE id = 910001;
UPDATE shipment SET delivered_at = '2026-06-04T06:00:00Z', promised_at = '2026-06-03T00:00:00Z' WHERE id = 910002;
UPDATE shipment SET delivered_at = '2026-06-04T06:00:00Z' WHERE id = 910005;
SELECT pg_temp.pass() \g /dev/null
SELECT is(pg_temp.told($$SELECT concat_ws(' ', what, delivered, promised, late, on_time, first_edd, last_edd) FROM report_ontime('2026-06-01', '2026-06-08')$$),
          't-rep 2 2 1 50.0 0.0 100.0; t-two 1 0 0', 'on time by the brand''s days, and by the first estimate and the last');
SELECT is((SELECT days_late FROM report_ontime('2026-06-01', '2026-06-08', p_carrier => 't-rep')), '[0, 0, 0, 1, 1, 0, 0, 0, 0]'::jsonb, 'one on the day, one a day late');
UPDATE shipment SET edd_history = '[{"at": "2026-05-29T00:00:00Z", "edd": "2026-06-05T00:00:00Z"}]' || edd_history WHERE id = 910001;
SELECT pg_temp.pass() \g /dev/null
SELECT is((SELECT first_edd FROM report_ontime('2026-06-01', '2026-06-08', p_carrier => 't-rep')), 100.0, 'an estimate that was said before all others, heard of late, is the first');

-- ---------------------------------------------------------------- messages, contacts

INSERT INTO outreach (key, exception_id, shipment_id, customer_id, brand_id, channel, to_address, language, body, text_hash, state, by, created_at, undo_until, send_after, message_id, sent_at)
SELECT pg_temp.key(10 + i), 910001, 910001, 1, 9001, 'sms', '+15125550100', 'en', 'b', gen_random_uuid(), CASE i WHEN 3 THEN 'failed' ELSE 'delivered' END::outreach_state, 't_maria',
       '2026-06-02T12:00:00Z', '2026-06-02T12:00:10Z', '2026-06-02T12:00:10Z', '<rep' || i || '@doorstep>', CASE WHEN i < 3 THEN timestamptz '2026-06-02T12:10:00Z' END
  FROM generate_series(1, 3) i;
INSERT INTO contact (brand_id, exception_id, outreach_id, channel, from_address, at, text, driver, provider, provider_id)
SELECT 9001, 910001, CASE WHEN i > 1 THEN (SELECT max(id) FROM outreach WHERE exception_id = 910001) END, 'sms', '+15125550100', timestamptz '2026-06-02T11:00:00Z' + i * interval '40 minutes',
       't', CASE i WHEN 3 THEN 'opt_out' WHEN 1 THEN 'wismo' ELSE 'refund' END, 't-rep', i FROM generate_series(1, 3) i;
SELECT pg_temp.pass() \g /dev/null
SELECT is(pg_temp.told($$SELECT concat_ws(' ', what, messages, sent, delivered_messages, failed, replies, reply_rate, opt_outs, opt_out_rate, send_p50) FROM report_messages('2026-06-01', '2026-06-08')$$),
          'by hand 3 2 2 1 2 100.0 1 50.0 600', 'messages by outcome, replies and opt-outs of those sent, how long they took');
SELECT is(pg_temp.told($$SELECT concat_ws(' ', what, contacts, before_us, after_us, repeats) FROM report_contacts('2026-06-01', '2026-06-08')$$),
          'refund 1 0 1 1; wismo 1 1 0 0', 'contacts before and after our message, and again; an opt-out asks nothing');
INSERT INTO csat (exception_id, brand_id, shipment_id, score, at) VALUES (910001, 9001, 910001, 5, '2026-06-03T00:00:00Z'), (910002, 9001, 910002, 2, '2026-06-03T01:00:00Z');
SELECT is(pg_temp.told($$SELECT concat_ws(' ', what, answers, score, satisfied) FROM report_csat('2026-06-01', '2026-06-08', 'carrier')$$), 't-rep 2 3.50 50.0', 'scores, and who is satisfied');

-- ---------------------------------------------------------------- behind what happened

SELECT is(pg_temp.told($$SELECT filter || ' | ' || was_filter FROM report_messages('2026-06-01', '2026-06-08', 'template')$$),
          'message:by_hand@2026-06-01..2026-06-07 state:any sort:newest | message:by_hand@2026-05-25..2026-05-31 state:any sort:newest', 'the filter behind messages');
SELECT is(pg_temp.told($$SELECT filter FROM report_messages('2026-06-01', '2026-06-08', 'outcome', p_brand => 't-acme')$$),
          'brand:t-acme message:delivered@2026-06-01..2026-06-07 state:any sort:newest; brand:t-acme message:failed@2026-06-01..2026-06-07 state:any sort:newest', 'by outcome, of one brand');
SELECT is(pg_temp.told($$SELECT filter FROM report_contacts('2026-06-02', '2026-06-03', 'day')$$), 'contact:any@2026-06-02 state:any sort:newest', 'behind the contacts of a day');
SELECT is(pg_temp.told($$SELECT filter FROM report_csat('2026-06-01', '2026-06-08', 'carrier')$$), 'carrier:t-rep csat:any@2026-06-01..2026-06-07 state:any sort:newest', 'behind scores');
SELECT is(pg_temp.told($$SELECT filter FROM report_csat('2026-06-01', '2026-06-08', 'carrier', 't-rep', p_brand => 't-acme')$$), 'carrier:t-rep brand:t-acme csat:any@2026-06-01..2026-06-07 state:any sort:newest', 'nor behind scores');
SELECT is((SELECT filter FROM report_agents(date_trunc('day', now() - interval '40 days'), now() + interval '1 hour', 'agent') WHERE what = 't_maria') LIKE 'did:t_maria@' || to_char(now() - interval '40 days', 'YYYY-MM-DD') || '%..% state:any sort:newest', true, 'behind what somebody did');
SELECT is((SELECT count(filter) FROM report_agents(date_trunc('day', now() - interval '40 days'), now() + interval '1 hour', 'hour')), 0::bigint, 'an hour of the day opens nothing');
CREATE FUNCTION pg_temp.behind(what text, words text, a timestamptz DEFAULT '2026-06-01', b timestamptz DEFAULT '2026-06-08') RETURNS text LANGUAGE sql
    RETURN (SELECT string_agg(i::text, ' ' ORDER BY i) FROM happened_ids(what, words, epoch_ms(a), epoch_ms(b)) i);
SELECT results_eq($$SELECT w, pg_temp.behind('message', w) FROM unnest('{any,by_hand/sms,taken,failed,not_sent,email,opted_out,replied/failed,sms/delivered/opted_out}'::text[]) w ORDER BY w$$,
    $$VALUES ('any', '910001'), ('by_hand/sms', '910001'), ('email', NULL), ('failed', '910001'), ('not_sent', NULL), ('opted_out', '910001'), ('replied/failed', '910001'), ('sms/delivered/opted_out', NULL), ('taken', '910001')$$,
    'all words are of the same message');
SELECT is(pg_temp.behind('message', 'any', '2026-06-02T12:00:01Z'), NULL, 'by when it was queued');
SELECT results_eq($$SELECT w, pg_temp.behind('contact', w) FROM unnest('{any,wismo,wismo/before,wismo/after,refund/repeat,opt_out,wismo/sms,wismo/phone}'::text[]) w ORDER BY w COLLATE "C"$$,
    $$VALUES ('any', '910001'), ('opt_out', '910001'), ('refund/repeat', '910001'), ('wismo', '910001'), ('wismo/after', NULL), ('wismo/before', '910001'), ('wismo/phone', NULL), ('wismo/sms', '910001')$$, 'and of the same contact');
SELECT is(pg_temp.behind('csat', '5') || ' ' || pg_temp.behind('csat', '2') || ' ' || pg_temp.behind('csat', 'any'), '910001 910002 910001 910002', 'scores');
SELECT is(pg_temp.behind('did', 't_maria/wait', '2026-01-01', '2036-01-01') || coalesce(pg_temp.behind('did', 't_lea/wait', '2026-01-01', '2036-01-01'), ''), '910008', 'who did what');
SELECT is((SELECT string_agg(i::text, ' ') FROM happened_ids('did', 'any') i) || coalesce((SELECT string_agg(i::text, ' ') FROM happened_ids('message', 'any') i), ''), '910008', 'without a day, of late');
SET SESSION AUTHORIZATION t_zoe;
SELECT is(concat(pg_temp.behind('message', 'any'), pg_temp.behind('contact', 'any'), pg_temp.behind('csat', 'any'), pg_temp.behind('did', 'any', '2026-01-01', '2036-01-01')), '', 'nothing of another brand');
RESET SESSION AUTHORIZATION;

-- ---------------------------------------------------------------- late changes

SELECT is((SELECT sum(differing_hours) FROM rollup_rebuild('2026-05-01', '2026-07-01')), 0::numeric, 'made anew, nothing differs');
-- Kinds, brands, regions, answers, resolutions and reopenings change, late and at random; deliveries move.
SELECT setseed(0.265) \g /dev/null
UPDATE exception SET kind = 'damaged', region = 'NM', rev = rev + 1 WHERE id IN (910001, 910004, 910006);
UPDATE exception SET brand_id = 9002, brand = 't-zeta', rev = rev + 1 WHERE id = 910002;
UPDATE shipment SET brand_id = 9002, delivered_at = '2026-06-06T06:00:00Z' WHERE id = 910002;
SET SESSION AUTHORIZATION t_lea;
SELECT ok FROM reopen(pg_temp.key(3), '{910001,910003}', 'again') \g /dev/null
SELECT ok FROM resolve(pg_temp.key(4), '{910001,910004,910005}', 'no_action') \g /dev/null
RESET SESSION AUTHORIZATION;
UPDATE exception SET kind = 'returning', rev = rev + 1 WHERE id = 910003;
UPDATE brand SET time_zone = 'UTC' WHERE id = 9001;
UPDATE outreach SET state = 'failed', sent_at = NULL WHERE id = (SELECT min(id) FROM outreach WHERE exception_id = 910001);
UPDATE contact SET taken_back_at = now() WHERE provider = 't-rep' AND provider_id = '1';
SELECT cmp_ok(pg_temp.pass(), '>', 0, 'late changes are taken in');
SELECT is((SELECT sum(differing_hours) FROM rollup_rebuild('2026-05-01', now() + interval '1 hour')), 0::numeric, 'and made anew, nothing differs');
SELECT is((SELECT sum(reopened) FROM report_exceptions(now() - interval '40 days', now() + interval '1 hour', 'kind', 't-rep') WHERE what IN ('damaged', 'returning')), 2::numeric, 'what was opened again counts as what it is now');
UPDATE rollup_exception SET opened = opened + 1 WHERE quarter = quarter_no('2026-06-02T10:00Z');
SELECT is(pg_temp.told($$SELECT rollup || ' ' || differing_hours || ' ' || first_differing FROM rollup_rebuild('2026-06-01', '2026-06-08') WHERE differing_hours > 0$$),
          'exception 1 ' || '2026-06-02T10:00:00Z'::timestamptz, 'a number that somebody wrote is found, and put right');
SELECT is((SELECT sum(differing_hours) FROM rollup_rebuild('2026-06-01', '2026-06-08')), 0::numeric, 'once');
SELECT rollup_keep('2026-06-03') \g /dev/null
DELETE FROM rollup_exception WHERE quarter < quarter_no('2026-06-03');
INSERT INTO rollup_dirty VALUES ('exception', hour_no('2026-06-02T10:00Z'));
SELECT pg_temp.pass() \g /dev/null
SELECT is((SELECT count(*) FROM rollup_exception WHERE quarter < quarter_no('2026-06-03')), 0::bigint, 'hours whose events may be gone stay as they are');

-- ---------------------------------------------------------------- who may, and bad input

SET SESSION AUTHORIZATION t_zoe;
SELECT is(pg_temp.told($$SELECT what || '=' || opened FROM report_exceptions('2026-06-03', '2026-06-08', 'brand')$$), 't-zeta=1', 'somebody of one brand sees that one''s numbers');
SELECT throws_ok($$SELECT * FROM report_exceptions('2026-06-01', '2026-06-08', p_brand => 't-acme')$$, '22023', 'you work for no brand t-acme: `doorstep brand list` has yours', 'and no other''s');
SELECT throws_ok($$SELECT * FROM rollup_rebuild('2026-06-01', '2026-06-08')$$, '42501', NULL, 'agents rebuild nothing');
SET SESSION AUTHORIZATION t_vic;
SELECT throws_ok($$SELECT * FROM report_exceptions('2026-06-08', '2026-06-01')$$, '22023', 'the period ends before it begins: give its beginning first', 'a period the wrong way round is refused');
RESET SESSION AUTHORIZATION;
SELECT * FROM finish();
ROLLBACK;
