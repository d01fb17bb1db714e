-- Group roles, the owner, the schema.
--
-- Roles are shared by every database of a cluster, so each is made only when it is not
-- there, and a second migration that makes it at the same moment is not an error. Whoever
-- migrates is a superuser, or a role with CREATEROLE that may create in this database.
--
-- doorstep_owner owns everything in schema doorstep and cannot log in. It has CREATEROLE
-- where the migrating role may give it, so that user_add() can make people; without it
-- user_add() says which command a database administrator has to run instead.

DO $$
DECLARE
    r text;
BEGIN
    FOREACH r IN ARRAY ARRAY['doorstep_owner', 'doorstep_viewer', 'doorstep_agent', 'doorstep_lead',
                             'doorstep_admin', 'doorstep_feed', 'doorstep_worker'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', r);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;                                  -- another database's migration was quicker
            END;
        END IF;
    END LOOP;
END
$$;

DO $$
DECLARE
    g record;
BEGIN
    -- one migration at a time in the whole cluster: GRANT and ALTER ROLE update shared catalogs
    PERFORM pg_advisory_xact_lock(hashtext('doorstep roles'));
    -- each level has what the lower one has; the owner hands all of them out
    FOR g IN SELECT * FROM (VALUES
            ('doorstep_viewer', 'doorstep_agent',  false),
            ('doorstep_agent',  'doorstep_lead',   false),
            ('doorstep_lead',   'doorstep_admin',  false),
            ('doorstep_viewer', 'doorstep_owner',  true),
            ('doorstep_agent',  'doorstep_owner',  true),
            ('doorstep_lead',   'doorstep_owner',  true),
            ('doorstep_admin',  'doorstep_owner',  true),
            ('doorstep_feed',   'doorstep_owner',  true),
            ('doorstep_worker', 'doorstep_owner',  true)) v(grp, member, admin) LOOP
        IF NOT EXISTS (SELECT FROM pg_auth_members m
                        WHERE m.roleid = to_regrole(g.grp) AND m.member = to_regrole(g.member)
                          AND (m.admin_option OR NOT g.admin)) THEN
            EXECUTE format('GRANT %I TO %I', g.grp, g.member) || CASE WHEN g.admin THEN ' WITH ADMIN OPTION' ELSE '' END;
        END IF;
    END LOOP;
    IF NOT pg_has_role(current_user, 'doorstep_owner', 'USAGE') THEN
        EXECUTE format('GRANT doorstep_owner TO %I', current_user);
    END IF;
    IF NOT (SELECT rolcreaterole FROM pg_roles WHERE rolname = 'doorstep_owner') THEN
        BEGIN
            ALTER ROLE doorstep_owner CREATEROLE;
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE NOTICE 'doorstep_owner has no CREATEROLE: people are made by a database administrator';
        END;
    END IF;
END
$$;

CREATE SCHEMA IF NOT EXISTS doorstep AUTHORIZATION doorstep_owner;

-- Trusted since PostgreSQL 13: the right to create in the database is enough. Where it is
-- installed already it stays in its schema; only its operator class is used, by 005.
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA doorstep;

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- Functions are for those they are granted to, nobody else.
ALTER DEFAULT PRIVILEGES FOR ROLE doorstep_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

GRANT USAGE ON SCHEMA doorstep TO doorstep_viewer, doorstep_feed, doorstep_worker;

CREATE TABLE IF NOT EXISTS schema_migration (
    version    int PRIMARY KEY,
    name       text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT ON schema_migration TO doorstep_viewer, doorstep_feed, doorstep_worker;

CREATE FUNCTION schema_version() RETURNS int
    LANGUAGE sql STABLE
    RETURN (SELECT coalesce(max(version), 0) FROM schema_migration);
GRANT EXECUTE ON FUNCTION schema_version() TO doorstep_viewer, doorstep_feed, doorstep_worker;

RESET search_path;
RESET ROLE;
