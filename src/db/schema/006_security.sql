-- Who may do and see what.
--
-- Nobody but the owner writes a table. People read tables under row-level security and
-- write by calling functions; those run as the owner, who is not subject to the policies,
-- so each asks my_level() and sees_brand() itself. Both go by session_user: SET ROLE gives
-- nobody more, SECURITY DEFINER does not hide who is asking.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- 0 none, 1 viewer, 2 agent, 3 lead, 4 admin: enum role_level of core/request.h.
CREATE FUNCTION role_level(p_role name) RETURNS int LANGUAGE sql STABLE
    RETURN CASE WHEN pg_has_role(p_role, 'doorstep_admin', 'MEMBER') THEN 4
                WHEN pg_has_role(p_role, 'doorstep_lead', 'MEMBER') THEN 3
                WHEN pg_has_role(p_role, 'doorstep_agent', 'MEMBER') THEN 2
                WHEN pg_has_role(p_role, 'doorstep_viewer', 'MEMBER') THEN 1
                ELSE 0 END;
CREATE FUNCTION my_level() RETURNS int LANGUAGE sql STABLE
    RETURN role_level(session_user);
CREATE FUNCTION level_name(p_level int) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN (ARRAY['none', 'viewer', 'agent', 'lead', 'admin'])[p_level + 1];

-- The brands a role is limited to; null: all of them.
CREATE FUNCTION role_brands(p_role name) RETURNS int[] LANGUAGE sql STABLE
    RETURN (SELECT array_agg(brand_id) FROM agent_scope WHERE role = p_role);
-- In plpgsql, not sql: these run with every statement of every client, and plpgsql keeps
-- its plan from one statement to the next.
CREATE FUNCTION my_brands() RETURNS int[] LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    RETURN (SELECT array_agg(brand_id) FROM agent_scope WHERE role = session_user);
END
$$;
CREATE FUNCTION sees_brand(p_brand int) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    mine int[] := my_brands();
BEGIN
    RETURN mine IS NULL OR p_brand = ANY (mine);
END
$$;

-- Refuses whoever is below a level, saying who may.
CREATE FUNCTION require_level(p_level int, p_what text) RETURNS void LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF my_level() < p_level THEN
        RAISE insufficient_privilege USING MESSAGE = refusal(p_level, p_what);
    END IF;
END
$$;
CREATE FUNCTION refusal(p_level int, p_what text) RETURNS text LANGUAGE sql STABLE
    RETURN format('%s may not %s: it takes %s; an admin can change that with "doorstep user"', session_user, p_what,
                  (ARRAY['a viewer', 'an agent', 'a lead', 'an admin'])[p_level]);
REVOKE ALL ON FUNCTION refusal(int, text), require_level(int, text), role_brands(name) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION role_level, my_level, level_name, my_brands, sees_brand
    TO doorstep_viewer, doorstep_feed, doorstep_worker;

-- ---------------------------------------------------------------- what is seen
-- The sub-selects are evaluated once a statement, so a page stays one index scan.

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['exception', 'shipment', 'scan_event', 'orders', 'customer', 'filter_word'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY by_brand ON %I FOR SELECT TO doorstep_viewer
                        USING ((SELECT my_brands()) IS NULL OR brand_id = ANY ((SELECT my_brands())::int[]))', t);
        EXECUTE format('GRANT SELECT ON %I TO doorstep_viewer', t);
    END LOOP;
END
$$;
-- An exception's brand may become known later than its first activity.
ALTER TABLE activity ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_exception ON activity FOR SELECT TO doorstep_viewer
    USING (EXISTS (SELECT FROM exception e WHERE e.id = exception_id));
ALTER TABLE brand ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_brand ON brand FOR SELECT TO doorstep_viewer
    USING ((SELECT my_brands()) IS NULL OR id = ANY ((SELECT my_brands())::int[]));
ALTER TABLE order_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_order ON order_line FOR SELECT TO doorstep_viewer
    USING (EXISTS (SELECT FROM orders o WHERE o.id = order_id));
ALTER TABLE saved_view ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_and_shared ON saved_view FOR SELECT TO doorstep_viewer
    USING (owner IS NULL OR owner = session_user);
ALTER TABLE action_log ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON action_log FOR SELECT TO doorstep_viewer       -- its answers speak of exceptions of any brand
    USING (who = session_user OR ((SELECT my_level()) >= 3 AND (SELECT my_brands()) IS NULL));
ALTER TABLE agent_scope ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON agent_scope FOR SELECT TO doorstep_viewer
    USING (role = session_user OR (SELECT my_level()) >= 4);

ALTER TABLE sla_policy ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_brand ON sla_policy FOR SELECT TO doorstep_viewer
    USING (brand_id IS NULL OR (SELECT my_brands()) IS NULL OR brand_id = ANY ((SELECT my_brands())::int[]));
-- The sample of an unknown code is some parcel's: those see it who see the parcel.
ALTER TABLE unmapped_code ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_sample ON unmapped_code FOR SELECT TO doorstep_viewer
    USING ((SELECT my_brands()) IS NULL OR EXISTS (SELECT FROM shipment s WHERE s.tracking_number = sample_tracking));
CREATE POLICY service ON unmapped_code FOR SELECT TO doorstep_feed, doorstep_worker USING (true);

GRANT SELECT ON activity, brand, order_line, saved_view, action_log, agent_scope, carrier, agent, sla_policy, calendar,
    calendar_hours, calendar_holiday, playbook, resolution TO doorstep_viewer;
GRANT SELECT ON brand, carrier TO doorstep_feed, doorstep_worker;
CREATE POLICY service ON brand FOR SELECT TO doorstep_feed, doorstep_worker USING (true);

GRANT EXECUTE ON FUNCTION business_add(int, timestamptz, int), business_between(int, timestamptz, timestamptz),
    business_add_s(int, timestamptz, bigint), business_clock(int, timestamptz) TO doorstep_worker;

-- Search. LIKE is not leakproof, so for a reader under a policy PostgreSQL must not try it
-- before the policy, and the trigram index goes unused. This looks as the owner and gives
-- only what the caller sees:  WHERE id = ANY (ARRAY(SELECT search_ids('%delgado%')))
CREATE FUNCTION search_ids(p_pattern text) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = doorstep, pg_temp AS $$
DECLARE
    mine int[] := my_brands();
BEGIN
    PERFORM require_level(1, 'search');
    RETURN QUERY SELECT e.id FROM exception e
                  WHERE e.search LIKE lower(p_pattern) AND e.state <> 'resolved'
                    AND (mine IS NULL OR e.brand_id = ANY (mine));
END
$$;
GRANT EXECUTE ON FUNCTION search_ids(text) TO doorstep_viewer;

-- ---------------------------------------------------------------- people
-- A person is a login role in one of the groups, and a row of agent. The roles belong to the
-- cluster; where this database's owner may make roles (a private cluster, most services),
-- user_add() does all of it. Otherwise the administrator makes the login role by the
-- service's own means and grants it the group, and user_add() adds the rest. Passwords are
-- never passed through here: use peer, certificate or the server's own \password.

CREATE FUNCTION user_check_name(p_name text) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF p_name IS NULL OR p_name !~ '^[a-z_][a-z0-9_.@-]{0,61}$' OR p_name ~ '^(pg_|doorstep_)' OR p_name IN ('none', 'me', 'public', 'feed', 'clock') THEN
        RAISE invalid_parameter_value USING MESSAGE = format(
            '"%s" cannot be a person''s name: use lower-case letters, digits, "_", ".", "-", not "pg_…", "doorstep_…", "me" or "none"', p_name);
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = p_name AND (rolsuper OR rolcreaterole OR rolreplication OR NOT rolcanlogin)) THEN
        RAISE invalid_parameter_value USING MESSAGE = format(
            'role "%s" is an administrator''s or cannot log in: people of the dashboard have plain login roles', p_name);
    END IF;
END
$$;

-- Gives the role its level and no other; 'none' takes the dashboard away and keeps the history.
CREATE FUNCTION user_grant(p_name text, p_level text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    g text;
BEGIN
    PERFORM require_level(4, 'change what people may do');
    PERFORM user_check_name(p_name);
    IF p_level IS NULL OR p_level NOT IN ('none', 'viewer', 'agent', 'lead', 'admin') THEN
        RAISE invalid_parameter_value USING MESSAGE = format('"%s" is no level: use viewer, agent, lead, admin, or none', p_level);
    END IF;
    IF to_regrole(quote_ident(p_name)) IS NULL THEN
        RAISE undefined_object USING MESSAGE = format('there is no person "%s": add them with "doorstep user add %s %s"', p_name, p_name, p_level);
    END IF;
    IF p_name = session_user AND p_level <> 'admin' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'you cannot take the admin level from yourself: another admin can';
    END IF;
    BEGIN
        FOREACH g IN ARRAY ARRAY['viewer', 'agent', 'lead', 'admin'] LOOP
            IF g <> p_level AND EXISTS (SELECT FROM pg_auth_members WHERE roleid = to_regrole('doorstep_' || g)
                                                AND member = to_regrole(quote_ident(p_name))) THEN
                EXECUTE format('REVOKE %I FROM %I', 'doorstep_' || g, p_name);
            END IF;
        END LOOP;
        IF p_level <> 'none' THEN
            EXECUTE format('GRANT %I TO %I', 'doorstep_' || p_level, p_name);
        END IF;
    EXCEPTION WHEN insufficient_privilege THEN
        RAISE insufficient_privilege USING MESSAGE = format(
            'this database may not grant roles: have a database administrator run  GRANT doorstep_%s TO %I', p_level, p_name);
    END;
    -- through another group, or (PostgreSQL 16 on) by a grant of somebody else's, which only they can revoke
    IF level_name(role_level(p_name)) <> p_level THEN
        RAISE object_not_in_prerequisite_state USING MESSAGE = format(
            '%s stays %s by a grant that was not made here: have a database administrator revoke doorstep_%s and the groups in it from %I',
            p_name, level_name(role_level(p_name)), level_name(role_level(p_name)), p_name);
    END IF;
    UPDATE agent SET active = p_level <> 'none' WHERE role = p_name;
END
$$;

CREATE FUNCTION user_add(p_name text, p_level text, p_display_name text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    PERFORM require_level(4, 'add people');
    PERFORM user_check_name(p_name);
    IF p_level IS NULL OR p_level NOT IN ('viewer', 'agent', 'lead', 'admin') THEN
        RAISE invalid_parameter_value USING MESSAGE = format('"%s" is no level: use viewer, agent, lead or admin', p_level);
    END IF;
    IF to_regrole(quote_ident(p_name)) IS NULL THEN
        BEGIN
            EXECUTE format('CREATE ROLE %I LOGIN', p_name);
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE insufficient_privilege USING MESSAGE = format(
                'this database may not make roles: have a database administrator run  CREATE ROLE %I LOGIN IN ROLE doorstep_%s', p_name, p_level);
        END;
    END IF;
    INSERT INTO agent (role, display_name) VALUES (p_name, coalesce(nullif(btrim(p_display_name), ''), p_name))
        ON CONFLICT (role) DO UPDATE SET active = true,
            display_name = coalesce(nullif(btrim(p_display_name), ''), agent.display_name);
    PERFORM user_grant(p_name, p_level);
END
$$;

-- Limits a person to brands; no brands: all of them.
CREATE FUNCTION user_scope(p_name text, p_brands text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    unknown text;
BEGIN
    PERFORM require_level(4, 'limit people to brands');
    SELECT b INTO unknown FROM unnest(p_brands) b WHERE NOT EXISTS (SELECT FROM brand WHERE code = b) LIMIT 1;
    IF FOUND THEN
        RAISE undefined_object USING MESSAGE = format('there is no brand "%s"', unknown);
    END IF;
    IF NOT EXISTS (SELECT FROM agent WHERE role = p_name) THEN
        RAISE undefined_object USING MESSAGE = format('there is no person "%s"', p_name);
    END IF;
    DELETE FROM agent_scope WHERE role = p_name;
    INSERT INTO agent_scope (role, brand_id) SELECT DISTINCT p_name, id FROM brand WHERE code = ANY (p_brands);
END
$$;

CREATE FUNCTION user_list() RETURNS TABLE (name text, level text, display_name text, brands text, active boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    PERFORM require_level(4, 'list people');
    RETURN QUERY
    SELECT r.rolname::text, level_name(role_level(r.rolname)), coalesce(a.display_name, r.rolname::text),
           coalesce((SELECT string_agg(b.code, ', ' ORDER BY b.code) FROM agent_scope s JOIN brand b ON b.id = s.brand_id
                      WHERE s.role = r.rolname), 'all brands'),
           coalesce(a.active, true) AND role_level(r.rolname) > 0
      FROM pg_roles r LEFT JOIN agent a ON a.role = r.rolname
     WHERE r.rolcanlogin AND (a.role IS NOT NULL OR (NOT r.rolsuper AND role_level(r.rolname) > 0))
     ORDER BY 1;
END
$$;
GRANT EXECUTE ON FUNCTION user_grant(text, text), user_add(text, text, text), user_scope(text, text[]), user_list() TO doorstep_viewer;

RESET search_path;
RESET ROLE;
