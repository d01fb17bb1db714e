-- Roles, what each may call, and people.
BEGIN;
\ir fixture.psql
SELECT plan(41);

SELECT is((SELECT array_agg(rolname::text ORDER BY rolname) FROM pg_roles WHERE rolname LIKE 'doorstep\_%'),
          ARRAY['doorstep_admin', 'doorstep_agent', 'doorstep_feed', 'doorstep_lead', 'doorstep_owner', 'doorstep_viewer', 'doorstep_worker'],
          'the group roles are there');
SELECT is((SELECT count(*)::int FROM pg_roles WHERE rolname LIKE 'doorstep\_%' AND (rolcanlogin OR rolsuper)), 0, 'none of them logs in or is superuser');
SELECT is(role_level('t_vic') || ',' || role_level('t_maria') || ',' || role_level('t_lea') || ',' || role_level('t_adam') || ',' || role_level('t_will')
          || ',' || role_level('t_nobody'), '1,2,3,4,0,0', 'levels follow membership');
SELECT is_empty($$ SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'doorstep'::regnamespace
                    AND pg_get_userbyid(c.relowner) <> 'doorstep_owner' $$, 'doorstep_owner owns every table');
SELECT is_empty($$ SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'doorstep'::regnamespace
                    AND pg_get_userbyid(p.proowner) <> 'doorstep_owner'
                    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') $$, 'and every function');
SELECT is_empty($$ SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'doorstep'::regnamespace
                    AND has_function_privilege('t_nobody', p.oid, 'EXECUTE')
                    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') $$, 'no function is everybody''s');
SELECT is_empty($$ SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'doorstep'::regnamespace AND p.prosecdef
                    AND NOT coalesce(array_to_string(p.proconfig, ',') LIKE '%search_path=doorstep, pg_temp%', false) $$,
                'every definer function pins its search_path');
SELECT is_empty($$ SELECT c.relname || ' ' || x.p || ' ' || r.r FROM pg_class c
                    CROSS JOIN (VALUES ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE')) x(p)
                    CROSS JOIN (VALUES ('t_vic'), ('t_maria'), ('t_lea'), ('t_adam'), ('t_will')) r(r)
                    WHERE c.relnamespace = 'doorstep'::regnamespace AND c.relkind = 'r' AND has_table_privilege(r.r, c.oid, x.p)
                      AND (c.relname, x.p, r.r) <> ('feed_stage', 'INSERT', 't_will') $$,
                'no person writes a table, the worker only the feed''s stage');

-- the enums are those of core/kind.h in number; a C test compares the names
SELECT is((SELECT array_agg(cardinality(e)) FROM (VALUES (enum_range(NULL::exception_kind)::text[]), (enum_range(NULL::severity)::text[]),
           (enum_range(NULL::exception_state)::text[]), (enum_range(NULL::shipment_status)::text[])) v(e)), ARRAY[21, 4, 5, 16], 'enum sizes');
SELECT is((SELECT count(*)::int FROM resolution), 13, 'thirteen resolutions');

SET SESSION AUTHORIZATION t_nobody;
SELECT throws_ok('SELECT * FROM doorstep.exception', '42501', NULL, 'an outsider reads nothing');
SELECT throws_ok('SELECT * FROM doorstep.claim(gen_random_uuid(), ''{900001}'')', '42501', NULL, 'and calls nothing');

SET SESSION AUTHORIZATION t_vic;
SELECT is((SELECT count(*)::int FROM exception WHERE id BETWEEN 900001 AND 900008), 8, 'a viewer reads');
SELECT results_eq($$ SELECT ok, code FROM claim(pg_temp.key(1), '{900001}') $$, $$ VALUES (false, 'denied') $$, 'a viewer does not claim');
SELECT matches((SELECT message FROM claim(pg_temp.key(1), '{900001}')), 'it takes an agent', 'and is told who may');
SELECT is((SELECT code FROM take_next(pg_temp.key(2))), 'denied', 'nor takes the next');
SELECT is((SELECT code FROM undo(pg_temp.key(3))), 'denied', 'nor takes anything back');
SELECT throws_like('SELECT * FROM audit_verify()', '%it takes a lead%', 'nor verifies the audit log');
SELECT throws_like($$ SELECT user_add('t_new', 'agent', 'New') $$, '%it takes an admin%', 'nor adds people');
SELECT throws_ok('UPDATE exception SET severity = ''low''', '42501', NULL, 'nor writes a table');
SELECT is((SELECT level || ' ' || brand FROM hello()), 'viewer all brands', 'hello says who one is');

SET SESSION AUTHORIZATION t_lea;
SELECT throws_like($$ SELECT user_add('t_new', 'agent', 'New') $$, '%it takes an admin%', 'a lead adds no people');

SET SESSION AUTHORIZATION t_adam;
SELECT lives_ok($$ SELECT user_add('t_new', 'agent', 'New Person') $$, 'an admin adds a person');
SELECT ok((SELECT rolcanlogin AND NOT rolsuper FROM pg_roles WHERE rolname = 't_new'), 'who can log in');
SELECT is((SELECT level || '/' || display_name || '/' || brands FROM user_list() WHERE name = 't_new'), 'agent/New Person/all brands', 'and is listed');
SELECT is((SELECT here FROM user_list() WHERE name = 't_new'), 0, 'with no session yet');
SELECT lives_ok($$ SELECT user_grant('t_new', 'lead') $$, 'promotes them');
SELECT is((SELECT level FROM user_list() WHERE name = 't_new'), 'lead', 'to lead');
SELECT lives_ok($$ SELECT user_scope('t_new', '{t-zeta}') $$, 'limits them to a brand');
SELECT is((SELECT brands FROM user_list() WHERE name = 't_new'), 't-zeta', 'which is listed');
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION t_new;
SELECT is((SELECT level || ' ' || brand || ' ' || changed_by FROM hello()), 'lead t-zeta t_adam', 'who is told who changed that');
SET SESSION AUTHORIZATION t_maria;
SELECT is((SELECT changed_by FROM hello()), '', 'and nobody else');
SET SESSION AUTHORIZATION t_adam;
SELECT lives_ok($$ SELECT user_grant('t_new', 'none') $$, 'and takes everything away');
SELECT is(role_level('t_new'), 0, 'all of it');
RESET SESSION AUTHORIZATION;
CREATE ROLE t_team IN ROLE doorstep_lead;
GRANT t_team TO t_new;
SET SESSION AUTHORIZATION t_adam;
SELECT throws_like($$ SELECT user_grant('t_new', 'none') $$, 't_new stays lead by a grant that was not made here%', 'what a group of others gives is not taken away, and that is said');
SELECT throws_like($$ SELECT user_grant('t_new', 'viewer') $$, 't_new stays lead%', 'nor hidden behind a lower level');
SELECT throws_like($$ SELECT user_add('test; drop', 'agent', NULL) $$, '%cannot be a person''s name%', 'odd names are refused');
SELECT throws_like($$ SELECT user_add('doorstep_owner', 'admin', NULL) $$, '%cannot be a person''s name%', 'and the product''s own roles');
SELECT throws_like(format('SELECT user_grant(%L, ''viewer'')', (SELECT rolname FROM pg_roles WHERE rolsuper AND rolname ~ '^[a-z]+$' LIMIT 1)),
                   '%administrator''s%', 'and administrators');
SELECT throws_like($$ SELECT user_grant('t_maria', 'king') $$, '%no level%', 'and odd levels');
SELECT throws_like($$ SELECT user_grant('t_adam', 'viewer') $$, '%from yourself%', 'nobody locks themselves out');

RESET SESSION AUTHORIZATION;
SELECT finish();
ROLLBACK;
