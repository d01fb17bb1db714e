-- Who may do what, tightened: a person put out is nobody at once, whatever groups their role is still in; what
-- is everybody's (people, everyone's views and macros) is changed by those who see all brands; people of
-- other brands are not named. And hello() says which server is a standby,
-- and who just changed what one may do.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- nobody

-- 0 also for a person whose row of agent says they are out; then my_brands() is no brand at all, so that
-- the policies show nothing either. In plpgsql for the same reason as my_brands().
CREATE OR REPLACE FUNCTION my_level() RETURNS int LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM agent a WHERE a.role = session_user AND NOT a.active) THEN
        RETURN 0;
    END IF;
    RETURN role_level(session_user);
END
$$;
CREATE OR REPLACE FUNCTION my_brands() RETURNS int[] LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM agent a WHERE a.role = session_user AND NOT a.active) THEN
        RETURN '{}'::int[];
    END IF;
    RETURN (SELECT array_agg(brand_id) FROM agent_scope WHERE role = session_user);
END
$$;

-- These ask for no level themselves: those of a role in no group get nothing.
CREATE FUNCTION require_all_brands(p_what text) RETURNS void LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF my_brands() IS NOT NULL THEN
        RAISE insufficient_privilege USING MESSAGE = format('%s may not %s: it takes somebody who works for all brands', session_user, p_what);
    END IF;
END
$$;

-- ---------------------------------------------------------------- hello

DROP FUNCTION hello();
CREATE FUNCTION hello() RETURNS TABLE (role text, display_name text, level text, brand text, schema_version int, timeline int,
                                       backend_pid int, now timestamptz, read_only boolean, server text, standby boolean, changed_by text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT session_user::text,
           coalesce((SELECT a.display_name FROM agent a WHERE a.role = session_user), session_user::text),
           CASE WHEN my_level() = 0 AND pg_has_role(session_user, 'doorstep_worker', 'MEMBER') THEN 'worker' ELSE level_name(my_level()) END,
           coalesce((SELECT string_agg(b.code, ', ' ORDER BY b.code) FROM agent_scope s JOIN brand b ON b.id = s.brand_id
                      WHERE s.role = session_user), 'all brands'),
           schema_version(),
           CASE WHEN pg_is_in_recovery() THEN (SELECT c.timeline_id FROM pg_control_checkpoint() c)
                ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int END,
           pg_backend_pid(), clock_timestamp(),
           current_setting('transaction_read_only')::boolean,
           coalesce(host(inet_server_addr()) || ':' || inet_server_port(), ''),
           pg_is_in_recovery(),
           -- the log knows what an admin did here, not what was granted past it
           coalesce((SELECT x.actor FROM (SELECT c.* FROM control_log c WHERE c.subject = 'user ' || session_user AND c.verb IN ('grant', 'scope') ORDER BY c.seq DESC LIMIT 1) x
                      WHERE x.at > clock_timestamp() - interval '10 minutes'
                        AND CASE x.verb WHEN 'grant' THEN x.after ->> 'level' = level_name(my_level()) ELSE x.after -> 'brands' = say_brands(my_brands()) END), '');
END
$$;
GRANT EXECUTE ON FUNCTION hello() TO doorstep_viewer, doorstep_worker;

-- ---------------------------------------------------------------- people

-- Do the caller and this person work for a brand in common?
CREATE FUNCTION works_with(p_role text) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    mine int[] := my_brands();
    theirs int[];
BEGIN
    IF mine IS NULL OR p_role = session_user THEN
        RETURN true;
    END IF;
    theirs := role_brands(p_role::name);
    RETURN cardinality(mine) > 0 AND (theirs IS NULL OR theirs && mine);
END
$$;
GRANT EXECUTE ON FUNCTION works_with(text) TO doorstep_viewer;
ALTER TABLE agent ENABLE ROW LEVEL SECURITY;
CREATE POLICY colleagues ON agent FOR SELECT TO doorstep_viewer USING ((SELECT my_brands()) IS NULL OR works_with(role));
DROP POLICY own ON agent_scope;
CREATE POLICY own ON agent_scope FOR SELECT TO doorstep_viewer
    USING (role = session_user OR (SELECT my_level()) >= 4 AND ((SELECT my_brands()) IS NULL OR brand_id = ANY ((SELECT my_brands())::int[])));
SELECT patch_function('filter_words()'::regprocedure, 'FROM agent a WHERE a.active', 'FROM agent a WHERE a.active AND works_with(a.role)');

SELECT patch_function('user_grant(text, text)'::regprocedure, $old$    PERFORM require_level(4, 'change what people may do');
$old$, $new$    PERFORM require_level(4, 'change what people may do');
    PERFORM require_all_brands('change what people may do');
$new$);
SELECT patch_function('user_grant(text, text)'::regprocedure, $old$RAISE undefined_object USING MESSAGE = format('there is no person "%s": add them with "doorstep user add %s %s"', p_name, p_name, p_level)$old$,
    $new$RAISE invalid_parameter_value USING MESSAGE = format('there is no person "%s": add them with "doorstep user add %s --level %s"', p_name, p_name, p_level)$new$);
SELECT patch_function('user_add(text, text, text)'::regprocedure, $old$    PERFORM require_level(4, 'add people');
$old$, $new$    PERFORM require_level(4, 'add people');
    PERFORM require_all_brands('add people');
$new$);
SELECT patch_function('user_scope(text, text[])'::regprocedure, $old$    PERFORM require_level(4, 'limit people to brands');
$old$, $new$    PERFORM require_level(4, 'limit people to brands');
    PERFORM require_all_brands('limit people to brands');
$new$);

-- here: how many dashboards and commands of theirs are connected. An admin of some brands sees those who work for them, too.
DROP FUNCTION user_list();
CREATE FUNCTION user_list() RETURNS TABLE (name text, level text, display_name text, brands text, active boolean, here int)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    PERFORM require_level(4, 'list people');
    RETURN QUERY
    SELECT r.rolname::text, level_name(role_level(r.rolname)), coalesce(a.display_name, r.rolname::text),
           CASE WHEN role_brands(r.rolname) IS NULL THEN 'all brands'
                ELSE (SELECT coalesce(string_agg(b.code, ', ' ORDER BY b.code), '') FROM agent_scope s JOIN brand b ON b.id = s.brand_id
                       WHERE s.role = r.rolname AND sees_brand(b.id)) END,
           coalesce(a.active, true) AND role_level(r.rolname) > 0,
           (SELECT count(*)::int FROM pg_stat_activity x WHERE x.usename = r.rolname AND x.datname = current_database() AND x.application_name = 'doorstep')
      FROM pg_roles r LEFT JOIN agent a ON a.role = r.rolname
     WHERE r.rolcanlogin AND (a.role IS NOT NULL OR (NOT r.rolsuper AND role_level(r.rolname) > 0)) AND works_with(r.rolname)
     ORDER BY 1;
END
$$;
GRANT EXECUTE ON FUNCTION user_list() TO doorstep_viewer;

-- ---------------------------------------------------------------- taking back

-- Why the caller may not take back what they did when they worked for more brands, or null. What undo does to exceptions alone asks that itself.
CREATE FUNCTION undo_out_of_reach(l action_log) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN (SELECT format('%s is of brands you do not work for any more', coalesce(l.says, replace(l.verb, '_', ' ')))
             WHERE my_brands() IS NOT NULL
               AND (EXISTS (SELECT FROM override_batch b WHERE b.key = l.key AND NOT b.brands <@ my_brands())
                    OR EXISTS (SELECT FROM outage o WHERE o.key = l.key AND coalesce(NOT o.brands <@ my_brands(), true))
                    OR EXISTS (SELECT FROM control_log x JOIN support_case c ON x.subject = 'case ' || c.id WHERE x.key = l.key AND NOT sees_brand(c.brand_id))));
SELECT patch_function('undo(uuid)'::regprocedure, '    IF undo_special(last.verb) IS NOT NULL THEN', '    IF undo_special(last.verb) IS NOT NULL AND undo_out_of_reach(last) IS NOT NULL THEN
        RETURN QUERY SELECT 0::bigint, false, ''denied'', undo_out_of_reach(last), NULL::int;
        RETURN;
    END IF;
    IF undo_special(last.verb) IS NOT NULL THEN');

-- ---------------------------------------------------------------- everyone's views and macros are for all brands

SELECT patch_function('view_save(uuid, text, text, int, boolean)'::regprocedure, $old$'change everyone''s views' ELSE 'keep views' END);
$old$, $new$'change everyone''s views' ELSE 'keep views' END);
        IF p_shared THEN
            PERFORM require_all_brands('change everyone''s views');
        END IF;
$new$);
SELECT patch_function('view_delete(uuid, text)'::regprocedure, $old$        ELSE
            DELETE FROM saved_view s$old$, $new$        ELSIF v.owner IS NULL AND my_brands() IS NOT NULL THEN
            answered := jsonb_build_array(jsonb_build_array(v.id, false, 'denied', 'everyone''s views are changed by leads who work for all brands', NULL));
        ELSE
            DELETE FROM saved_view s$new$);
SELECT patch_function('macro_save(uuid, jsonb)'::regprocedure, $old$'change everyone''s macros' ELSE 'keep macros' END);
$old$, $new$'change everyone''s macros' ELSE 'keep macros' END);
        IF shared THEN
            PERFORM require_all_brands('change everyone''s macros');
        END IF;
$new$);
SELECT patch_function('macro_delete(uuid, text)'::regprocedure, $old$        ELSE
            DELETE FROM macro x$old$, $new$        ELSIF m.owner IS NULL AND my_brands() IS NOT NULL THEN
            answered := jsonb_build_array(m.id, false, 'denied', 'everyone''s macros are changed by leads who work for all brands', NULL);
        ELSE
            DELETE FROM macro x$new$);

RESET search_path;
RESET ROLE;
