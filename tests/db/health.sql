-- What doctor says of silence, rules, the dictionary, reports, polling and retention: a sentence each, with what to do; nothing where all is well.
BEGIN;
\ir fixture.psql
SELECT plan(13);

CREATE FUNCTION pg_temp.says(p text) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(message, ' | ' ORDER BY message) FROM doorstep.health() WHERE subject = p AND wrong $$;

SET SESSION AUTHORIZATION t_lea;
SELECT is((SELECT count(*) FROM doorstep.health() WHERE subject IN ('silence', 'rules', 'reports', 'polling', 'retention')), 0::bigint, 'nothing wrong: nothing said');
RESET SESSION AUTHORIZATION;

INSERT INTO doorstep.watch (shipment_id, look_at) VALUES (-1, now() - interval '3 hours');
UPDATE doorstep.rule_setting SET stopped = true, stopped_by = 't_lea', stopped_at = now() - interval '2 hours';
UPDATE doorstep.rule SET tripped = 'more than 500 in an hour' WHERE name = (SELECT min(name) FROM doorstep.rule);
INSERT INTO doorstep.unmapped_code (provider, code, detail) VALUES ('ups', 'QX', ''), ('ups', 'QY', '');
UPDATE doorstep.unmapped_code SET ignored_by = 't_lea', ignored_at = now(), ignored_count = count WHERE code = 'QY';
INSERT INTO doorstep.dictionary_draft (what, wording, language, text, at) VALUES ('word', 'held', 'en', 'Your parcel rests.', now() - interval '2 days');
UPDATE doorstep.poll_source SET hold_until = now() + interval '1 hour', hold_why = 'EasyPost answered 429' WHERE source = 'easypost';
UPDATE doorstep.poll_source SET last_error = 'Shippo could not be reached', last_at = now() WHERE source = 'shippo';
UPDATE doorstep.retention_policy SET checked_at = now() - interval '3 days' WHERE table_name = 'draft';

SET SESSION AUTHORIZATION t_lea;
SELECT matches(pg_temp.says('silence'), '^parcels should have been looked at for 3 h: start "doorstep worker"', 'the sweep is behind');
SELECT matches(pg_temp.says('rules'), '"[a-z0-9-]+" switched itself off \(more than 500 in an hour\): read it, then "doorstep rule enable', 'a rule that switched itself off');
SELECT matches(pg_temp.says('rules'), 't_lea stopped all of them 2 h ago: "doorstep rule go"', 'who stopped them');
SELECT matches(pg_temp.says('dictionary'), '^1 code it does not know: ', 'an unknown code; the one put aside does not count');
SELECT matches(pg_temp.says('dictionary'), '1 draft waits for a lead, the first for 2 days', 'a draft that waits');
SELECT matches(pg_temp.says('polling'), 'easypost is not asked until .*: EasyPost answered 429', 'a source that wants to be left alone');
SELECT matches(pg_temp.says('polling'), 'shippo: Shippo could not be reached', 'and one that does not answer');
SELECT matches(pg_temp.says('retention'), 'kept for 3 days', 'retention that is behind');
RESET SESSION AUTHORIZATION;

UPDATE doorstep.rule_setting SET stopped = false;
UPDATE doorstep.rule SET tripped = NULL;
INSERT INTO doorstep.rule_event (exception_id, event, at) VALUES (1, 'opened', now() - interval '20 minutes');
SET SESSION AUTHORIZATION t_lea;
SELECT matches(pg_temp.says('rules'), '^what happened 2[0-9] min ago waits for them', 'what happened waits');
RESET SESSION AUTHORIZATION;
UPDATE doorstep.rule_setting SET stopped = true, stopped_by = 't_lea', stopped_at = now();
SET SESSION AUTHORIZATION t_lea;
SELECT unalike(pg_temp.says('rules'), '%waits for them%', 'but not while they are stopped');
SET SESSION AUTHORIZATION t_zoe;
SELECT is((SELECT count(*) FROM doorstep.health() WHERE subject IN ('silence', 'rules', 'dictionary', 'polling', 'retention')), 0::bigint, 'people of one brand hear nothing of it');
SET SESSION AUTHORIZATION t_vic;
SELECT isnt(pg_temp.says('rules'), NULL, 'viewers of all brands do');
RESET SESSION AUTHORIZATION;
SELECT * FROM finish();
ROLLBACK;
