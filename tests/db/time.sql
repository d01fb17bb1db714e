-- Clocks that change, zones of half and quarter hours, leap days: quiet hours and business time.
BEGIN;
\ir fixture.psql
SELECT plan(17);

CREATE FUNCTION pg_temp.quiet(p_zone text, p_at timestamptz) RETURNS timestamptz LANGUAGE sql AS
$$ SELECT doorstep.quiet_until(jsonb_populate_record(NULL::doorstep.contact_policy, '{"quiet_from": "21:00", "quiet_to": "08:00", "quiet_days": []}'), p_zone, p_at) $$;

SELECT is(pg_temp.quiet('Europe/Berlin', '2027-03-27 22:00 Europe/Berlin'), '2027-03-28 06:00Z'::timestamptz, 'Berlin, the night that is an hour short');
SELECT is(pg_temp.quiet('Europe/Berlin', '2026-10-24 22:00 Europe/Berlin'), '2026-10-25 07:00Z'::timestamptz, 'Berlin, the night that is an hour long');
SELECT is(pg_temp.quiet('America/New_York', '2027-03-13 23:00 America/New_York'), '2027-03-14 12:00Z'::timestamptz, 'New York in spring');
SELECT is(pg_temp.quiet('America/New_York', '2026-10-31 23:00 America/New_York'), '2026-11-01 13:00Z'::timestamptz, 'New York in autumn');
SELECT is(pg_temp.quiet('Australia/Lord_Howe', '2026-10-03 22:00 Australia/Lord_Howe'), '2026-10-03 21:00Z'::timestamptz, 'Lord Howe goes on by half an hour');
SELECT is(pg_temp.quiet('Australia/Lord_Howe', '2027-04-03 22:00 Australia/Lord_Howe'), '2027-04-03 21:30Z'::timestamptz, 'and back by as much');
SELECT is(pg_temp.quiet('Asia/Kolkata', '2026-11-22 15:30Z'), '2026-11-23 02:30Z'::timestamptz, 'Kolkata, five and a half hours');
SELECT is(pg_temp.quiet('Asia/Kathmandu', '2026-11-22 15:15Z'), '2026-11-23 02:15Z'::timestamptz, 'Kathmandu, five and three quarters');
SELECT is(pg_temp.quiet('Asia/Kathmandu', '2026-11-22 15:14Z'), NULL, 'and a minute before it is not quiet');
SELECT is(pg_temp.quiet('America/St_Johns', '2026-11-22 11:29Z'), '2026-11-22 11:30Z'::timestamptz, 'St. John''s, three and a half behind');
SELECT is(pg_temp.quiet('Australia/Adelaide', '2026-11-22 10:30Z'), '2026-11-22 21:30Z'::timestamptz, 'Adelaide in its summer');
SELECT is(pg_temp.quiet('Europe/Berlin', '2028-02-28 22:00 Europe/Berlin'), '2028-02-29 08:00 Europe/Berlin'::timestamptz, 'into a leap day');
SELECT is(pg_temp.quiet('Europe/Berlin', '2026-12-31 22:00 Europe/Berlin'), '2027-01-01 08:00 Europe/Berlin'::timestamptz, 'into a year');

INSERT INTO calendar (name, time_zone) VALUES ('t-howe', 'Australia/Lord_Howe'), ('t-nepal', 'Asia/Kathmandu');
INSERT INTO calendar_hours SELECT id, d, '00:00', '06:00' FROM calendar, generate_series(1, 7) d WHERE name = 't-howe';
INSERT INTO calendar_hours SELECT id, d, '09:00', '17:00' FROM calendar, generate_series(1, 7) d WHERE name = 't-nepal';
SELECT id AS howe FROM calendar WHERE name = 't-howe' \gset
SELECT id AS nepal FROM calendar WHERE name = 't-nepal' \gset
SELECT is(business_between(:howe, '2026-10-04 00:00 Australia/Lord_Howe', '2026-10-04 06:00 Australia/Lord_Howe'), 330::bigint, 'half an hour less is worked where clocks go on by that');
SELECT is(business_between(:howe, '2027-04-04 00:00 Australia/Lord_Howe', '2027-04-04 06:00 Australia/Lord_Howe'), 390::bigint, 'and half an hour more where they go back');
SELECT is(business_add(:nepal, '2026-11-22 16:30 Asia/Kathmandu', 60), '2026-11-23 03:45Z'::timestamptz, 'a quarter of an hour counts: work begins at 9 there');
SELECT is(business_add(:nepal, '2028-02-28 16:00 Asia/Kathmandu', 120), '2028-02-29 10:00 Asia/Kathmandu'::timestamptz, 'a leap day is a day');
SELECT * FROM finish();
ROLLBACK;
