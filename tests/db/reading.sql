-- What one call gives of one exception.
BEGIN;
\ir fixture.psql
SELECT plan(27);

SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT display_name || '/' || level || '/' || brand || '/' || (schema_version >= 0) || '/' || (timeline >= 1) || '/' || (backend_pid = pg_backend_pid())
                  || '/' || read_only FROM hello()), 'Maria/agent/all brands/true/true/true/false', 'hello');

SELECT results_eq('SELECT * FROM next_step(900001)', $$ VALUES ('claim', 'claim it', 'send "Address needed", then wait for the address', '') $$, 'an unowned one is to be claimed, and what comes then');
SELECT count(*) FROM claim(pg_temp.key(1), '{900001}') \g /dev/null
SELECT is((SELECT action || ' ' || argument FROM next_step(900001)), 'macro address_issue', 'mine: what its kind needs');
SELECT count(*) FROM snooze(pg_temp.key(2), '{900001}', NULL, true) \g /dev/null
SELECT is((SELECT action FROM next_step(900001)), 'work', 'snoozed: wake it');
SELECT count(*) FROM work(pg_temp.key(3), '{900001}') \g /dev/null
SET SESSION AUTHORIZATION t_bob;
SELECT is((SELECT action FROM next_step(900001)), 'note', 'another''s: a note');
SET SESSION AUTHORIZATION t_vic;
SELECT is_empty('SELECT FROM next_step(900001)', 'a viewer has no next step');
RESET SESSION AUTHORIZATION;
SELECT is_empty($$ SELECT k FROM unnest(enum_range(NULL::exception_kind)) k WHERE NOT EXISTS (SELECT FROM playbook p WHERE p.kind = k AND p.situation = 'mine') $$,
                'every kind has a first step');
SELECT is_empty($$ SELECT action FROM playbook WHERE action NOT IN ('claim', 'wait', 'resolve', 'note', 'snooze', 'work', 'macro', 'case') $$, 'steps are actions');

SET SESSION AUTHORIZATION t_maria;
SELECT results_eq('SELECT total, customer_external_id, email, consent, tracking_url, next_action FROM context_head(900001)',
                  $$ VALUES ('148.20 USD', 't-1', 'r…a@example.com', 'sms no, email yes', 'https://example.com/TEST1', 'macro') $$, 'the context');
SELECT is((SELECT status_reason FROM context_head(900001)), 't-ups X -> not in the dictionary', 'why it is one, when the dictionary does not know');
SELECT is((SELECT count(*)::int FROM context_head(900002)), 1, 'without order and customer, too');
SELECT results_eq('SELECT status, is_exception, code, label FROM context_scans(900001, 5)', $$ VALUES ('in_transit', true, 'X', 'Address') $$, 'scans');
SELECT is((SELECT array_agg(verb) FROM context_activity(900001, 2)), '{work,snooze}', 'activity, newest first, as many as asked');
SELECT results_eq('SELECT * FROM context_lines(900001)', $$ VALUES ('LAMP-2', 'Desk lamp', 1) $$, 'order lines');
SELECT is_empty('SELECT FROM context_head(1)', 'nothing of what is not there');

SELECT is_empty($$ SELECT unnest(ARRAY['id', 'kind', 'severity', 'state', 'carrier', 'tracking_number', 'order_number', 'customer', 'tier', 'language', 'country', 'region',
    'owner', 'opened_at', 'first_response_due_at', 'resolve_due_at', 'last_scan_at', 'promised_at', 'effective_status', 'carrier_status', 'reason',
    'order', 'events', 'activity', 'next_step']) EXCEPT SELECT jsonb_object_keys(show_json(900001)) $$, 'show has every key');
SELECT is(show_json(900001) #>> '{customer,name}', 'Rosa Delgado', 'the customer');
SELECT is(show_json(900001) #>> '{order,lines,0,sku}', 'LAMP-2', 'the order');
SELECT is(show_json(900001) #>> '{order,placed_at}', '2026-11-18T09:12:00Z', 'instants are UTC');
SELECT is(show_json(900001) #>> '{events,0,occurred_at}', '2026-11-21T16:51:00Z', 'the events');
SELECT is(show_json(900001) #>> '{activity,0,verb}', 'work', 'the activity');
SELECT is(show_json(900001) #>> '{next_step,action}', 'macro', 'the next step');
SET timezone = 'Asia/Tokyo';
SELECT is(show_json(900001) #>> '{order,placed_at}', '2026-11-18T09:12:00Z', 'whatever the session''s zone');
SELECT is(json_instant('2026-11-18T09:12:00.25Z'), '2026-11-18T09:12:00.250Z', 'milliseconds when there are any');
SELECT is(show_json(1), NULL, 'null for what is not there');

SELECT ok(EXISTS (SELECT FROM filter_words() WHERE field = 'carrier' AND word = 't-ups' AND label = 'T UPS')
      AND EXISTS (SELECT FROM filter_words() WHERE field = 'owner' AND word = 't_maria' AND label = 'Maria')
      AND EXISTS (SELECT FROM filter_words() WHERE field = 'brand' AND word = 't-acme'), 'words for completion');
SELECT is((SELECT array_agg(name ORDER BY position) FROM saved_view WHERE builtin), '{Triage,Mine,Breaching,Waiting,High,"All open",Resolved,Replies,Conflicts}', 'built-in views');

RESET SESSION AUTHORIZATION;
SELECT finish();
ROLLBACK;
