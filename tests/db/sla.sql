-- Business time across shifts, holidays and clock changes; policies; the clock that stops.
BEGIN;
\ir fixture.psql
SELECT plan(33);

INSERT INTO calendar (name, time_zone) VALUES ('t-split', 'Europe/Berlin'), ('t-night', 'America/New_York'), ('t-empty', 'UTC');
INSERT INTO calendar_hours SELECT c.id, d, o::time, e::time FROM calendar c, generate_series(1, 5) d, (VALUES ('09:00', '12:00'), ('13:00', '17:00')) v(o, e)
    WHERE c.name = 't-split';
INSERT INTO calendar_hours SELECT id, d, '00:00', '06:00' FROM calendar, generate_series(1, 7) d WHERE name = 't-night';
INSERT INTO calendar_holiday SELECT id, '2026-12-25', 'Christmas Day' FROM calendar WHERE name = 't-split';
SELECT id AS split FROM calendar WHERE name = 't-split' \gset
SELECT id AS night FROM calendar WHERE name = 't-night' \gset
SELECT id AS always FROM calendar WHERE name = 't-always' \gset
SELECT id AS empty FROM calendar WHERE name = 't-empty' \gset

SET timezone = 'Europe/Berlin';
-- 2026-12-24 is a Thursday, the 25th a holiday
SELECT is(business_add(:split, '2026-12-21 10:00', 60), '2026-12-21 11:00'::timestamptz, 'within a shift');
SELECT is(business_add(:split, '2026-12-21 11:30', 60), '2026-12-21 13:30'::timestamptz, 'over the break');
SELECT is(business_add(:split, '2026-12-21 11:00', 60), '2026-12-21 12:00'::timestamptz, 'time that ends with the shift is due at its end');
SELECT is(business_add(:split, '2026-12-21 12:20', 60), '2026-12-21 14:00'::timestamptz, 'from within the break');
SELECT is(business_add(:split, '2026-12-21 20:00', 60), '2026-12-22 10:00'::timestamptz, 'from the evening');
SELECT is(business_add(:split, '2026-12-24 16:30', 60), '2026-12-28 09:30'::timestamptz, 'over a holiday and a weekend');
SELECT is(business_add(:split, '2026-12-19 03:00', 7 * 60), '2026-12-21 17:00'::timestamptz, 'a whole day from the weekend');
SELECT is(business_add(:split, '2026-12-21 10:00', 0), '2026-12-21 10:00'::timestamptz, 'nothing is nothing');
SELECT is(business_between(:split, '2026-12-24 16:30', '2026-12-28 09:30'), 60::bigint, 'between, over a holiday and a weekend');
SELECT is(business_between(:split, '2026-12-28 09:30', '2026-12-24 16:30'), -60::bigint, 'and back');
SELECT is(business_between(:split, '2026-12-21 12:10', '2026-12-21 12:50'), 0::bigint, 'nothing passes in the break');
SELECT is(business_between(:split, '2026-12-21 08:00', '2026-12-21 18:00'), 420::bigint, 'a day has seven hours');

SET timezone = 'America/New_York';
SELECT is(business_between(:night, '2026-10-31 00:00', '2026-10-31 12:00'), 360::bigint, 'an ordinary night has six hours');
SELECT is(business_between(:night, '2026-11-01 00:00', '2026-11-01 12:00'), 420::bigint, 'the one when clocks go back has seven');
SELECT is(business_between(:night, '2027-03-14 00:00', '2027-03-14 12:00'), 300::bigint, 'the one when they go forward has five');
SELECT is(business_add(:night, '2026-11-01 00:00', 390), '2026-11-01 05:30'::timestamptz, 'adding counts the hour twice');
SELECT is(business_add(:night, '2027-03-14 00:00', 150), '2027-03-14 03:30'::timestamptz, 'or leaves it out');
SET timezone = 'UTC';

SELECT is_empty(format($$ SELECT m, f FROM generate_series(1, 3000, 37) m,
        (SELECT timestamptz '2026-10-20 05:00Z' + i * interval '7 hours 13 minutes' AS f FROM generate_series(0, 40) i) x
    WHERE business_between(%1$s, f, business_add(%1$s, f, m)) <> m OR business_add(%1$s, f, m) < f $$, :split), 'adding and measuring agree');
SELECT is(business_add(:empty, '2026-12-21 10:00', 60), '2026-12-21 11:00'::timestamptz, 'a calendar without hours counts every hour');
DELETE FROM calendar_holiday WHERE calendar_id = :split;
SELECT is(business_add(:split, '2026-12-24 16:30 Europe/Berlin', 60), '2026-12-25 09:30 Europe/Berlin'::timestamptz, 'a holiday taken away counts at once');

-- policies: what names most wins
INSERT INTO sla_policy (brand_id, kind, tier, first_response_minutes, resolution_minutes, calendar_id) VALUES
    (9001, NULL, NULL, 10, 100, :always), (9001, 'lost', NULL, 20, 200, :always), (9001, 'lost', 'gold', 30, 300, :always), (9001, NULL, 'gold', 40, 400, :always);
CREATE FUNCTION pg_temp.first(b int, k exception_kind, t text) RETURNS int LANGUAGE sql AS
    $$ SELECT (extract(epoch FROM first_response_due_at - '2026-12-21Z') / 60)::int FROM sla_start(b, k, t, '2026-12-21Z') $$;
SELECT is(pg_temp.first(9001, 'held', NULL), 10, 'the brand''s');
SELECT is(pg_temp.first(9001, 'lost', NULL), 20, 'the brand''s for the kind');
SELECT is(pg_temp.first(9001, 'lost', 'gold'), 30, 'and tier');
SELECT is(pg_temp.first(9001, 'held', 'gold'), 40, 'the brand''s for the tier');
SELECT is_empty($$ SELECT k FROM unnest(enum_range(NULL::exception_kind)) k WHERE NOT EXISTS (SELECT FROM sla_start(9002, k, 'gold', now())) $$,
                'a new database has a policy for every kind');
SELECT is_empty($$ SELECT k FROM unnest(enum_range(NULL::exception_kind)) k, sla_start(9002, k, 'gold', now()) g, sla_start(9002, k, 'standard', now()) s
                    WHERE NOT (g.first_response_due_at < s.first_response_due_at AND g.resolve_due_at < s.resolve_due_at) $$, 'gold is served sooner, whatever the kind');

-- the clock stands while waiting and snoozed: 900001 has an hour to answer
SET SESSION AUTHORIZATION t_maria;
SELECT count(*) FROM snooze(pg_temp.key(1), '{900001}', now() + interval '1 day') \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT results_eq($$ SELECT due_at, first_response_due_at, resolve_due_at, first_left_s BETWEEN 3530 AND 3601, resolve_left_s BETWEEN 39530 AND 39601
                       FROM exception WHERE id = 900001 $$,
                  $$ VALUES (NULL::timestamptz, NULL::timestamptz, NULL::timestamptz, true, true) $$, 'snoozed: nothing is due, what was left is kept');
UPDATE exception SET first_left_s = 1000, resolve_left_s = 2000 WHERE id = 900001;
SET SESSION AUTHORIZATION t_maria;
SELECT count(*) FROM wait(pg_temp.key(2), '{900001}') \g /dev/null
SELECT results_eq($$ SELECT first_left_s, resolve_left_s, state::text FROM exception WHERE id = 900001 $$, $$ VALUES (1000::bigint, 2000::bigint, 'waiting') $$,
                  'from snoozed to waiting it goes on standing');
SELECT count(*) FROM work(pg_temp.key(3), '{900001}') \g /dev/null
SELECT ok((SELECT resolve_due_at - clock_timestamp() BETWEEN interval '1990 s' AND interval '2000 s' AND resolve_left_s IS NULL FROM exception WHERE id = 900001),
          'working: due when what was left has passed from now');
SELECT ok((SELECT due_at = resolve_due_at FROM exception WHERE id = 900001), 'the customer was answered: the resolution is what is due');
SELECT is((SELECT due_at FROM exception WHERE id = 900002), (SELECT first_response_due_at FROM exception WHERE id = 900002), 'before, it is the answer');
-- overdue stays overdue
RESET SESSION AUTHORIZATION;
UPDATE exception SET first_response_due_at = now() - interval '10 minutes' WHERE id = 900002;
SET SESSION AUTHORIZATION t_maria;
SELECT count(*) FROM snooze(pg_temp.key(4), '{900002}', NULL, true) \g /dev/null
SELECT count(*) FROM work(pg_temp.key(5), '{900002}') \g /dev/null
SELECT ok((SELECT now() - first_response_due_at BETWEEN interval '590 s' AND interval '601 s' FROM exception WHERE id = 900002), 'a breach is not slept away');
SELECT is(undo_peek(), 'work of #900002', 'all of it can be taken back');

RESET SESSION AUTHORIZATION;
SELECT finish();
ROLLBACK;
