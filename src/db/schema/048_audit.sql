-- The log of control hears of every change to people, rules and what is everybody's, and what was done to the logs
-- behind the functions' back is found and named.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- what is watched

-- Writes what a row was and became: for an update the columns that changed. Arguments: what it is called, the column
-- that names it, columns that say nothing. Deferred to the end of the transaction: control_write() comes after all locks.
CREATE FUNCTION control_watch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - TG_ARGV[2:]::text[] END;
    becomes jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - TG_ARGV[2:]::text[] END;
    one jsonb := coalesce(becomes, was);
    whose int := CASE TG_TABLE_NAME WHEN 'brand' THEN (one ->> 'id')::int
                                    WHEN 'template_version' THEN (SELECT t.brand_id FROM template t WHERE t.id = (one ->> 'template_id')::int)
                                    ELSE (one ->> 'brand_id')::int END;
    name text := CASE TG_TABLE_NAME WHEN 'template_version' THEN (SELECT concat_ws(' ', t.name, t.channel, t.language) || ' v' || (one ->> 'version') FROM template t WHERE t.id = (one ->> 'template_id')::int)
                                    ELSE one ->> TG_ARGV[1] END;
BEGIN
    IF TG_TABLE_NAME IN ('saved_view', 'macro') AND coalesce(was ->> 'owner', becomes ->> 'owner') IS NOT NULL AND (was IS NULL OR was ->> 'owner' IS NOT NULL)
       OR TG_TABLE_NAME = 'agent_scope' AND current_setting('doorstep.scoped', true) = one ->> 'role'
       OR TG_TABLE_NAME = 'control_policy' AND current_setting('doorstep.ruled', true) = 'on'     -- control_policy_set() says it itself
       OR TG_TABLE_NAME = 'message_hold' AND one ->> 'outage_id' IS NOT NULL            -- the outage's own row says it
       OR TG_TABLE_NAME = 'template_version' AND TG_OP = 'INSERT' AND one ->> 'author' = 'doorstep' THEN   -- came with the program
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(k.key, k.value), jsonb_object_agg(k.key, becomes -> k.key) INTO was, becomes
          FROM jsonb_each(was) k WHERE k.value IS DISTINCT FROM becomes -> k.key;
        IF was IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    PERFORM control_write(whose, left(concat_ws(' ', TG_ARGV[0], name), 120), CASE TG_OP WHEN 'INSERT' THEN 'add' WHEN 'UPDATE' THEN 'set' ELSE 'remove' END, '',
                          was, becomes, NULL, clock_timestamp());
    RETURN NULL;
END
$$;

DO $$
DECLARE
    w text[];
BEGIN
    FOREACH w SLICE 1 IN ARRAY ARRAY[
        ['agent', 'INSERT OR UPDATE OR DELETE', '''user'', ''role'', ''created_at'''],
        ['agent_scope', 'INSERT OR UPDATE OR DELETE', '''user'', ''role'''],
        ['brand', 'INSERT OR UPDATE OR DELETE', '''brand'', ''code'''],
        ['contact_policy', 'INSERT OR UPDATE OR DELETE', '''policy'', ''id'''],
        ['message_hold', 'INSERT OR UPDATE OR DELETE', '''hold'', ''id'''],
        ['template_version', 'INSERT OR UPDATE OF state OR DELETE', '''template'', ''version'', ''body'', ''html'', ''subject'''],
        ['control_policy', 'INSERT OR UPDATE OR DELETE', '''override policy'', ''none'', ''one'''],
        ['sla_policy', 'INSERT OR UPDATE OR DELETE', '''sla'', ''id'''],
        ['calendar', 'INSERT OR UPDATE OR DELETE', '''calendar'', ''id'''],
        ['calendar_hours', 'INSERT OR UPDATE OR DELETE', '''calendar'', ''calendar_id'''],
        ['calendar_holiday', 'INSERT OR UPDATE OR DELETE', '''calendar'', ''calendar_id'''],
        ['status_map', 'INSERT OR UPDATE OR DELETE', '''dictionary'', ''id'''],
        ['saved_view', 'INSERT OR UPDATE OR DELETE', '''view'', ''name'''],
        ['macro', 'INSERT OR UPDATE OR DELETE', '''macro'', ''name''']] LOOP
        EXECUTE format('CREATE CONSTRAINT TRIGGER control_watch AFTER %s ON %I DEFERRABLE INITIALLY DEFERRED
                        FOR EACH ROW EXECUTE FUNCTION control_watch(%s)', w[2], w[1], w[3]);
    END LOOP;
END
$$;

SELECT patch_function('control_policy_set(uuid, jsonb)'::regprocedure, '        UPDATE control_policy p SET', '        PERFORM set_config(''doorstep.ruled'', ''on'', true);
        UPDATE control_policy p SET');

-- What a person may do is in PostgreSQL's roles, which have no triggers, and their brands are set as one.
CREATE FUNCTION say_brands(p int[]) RETURNS jsonb LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT coalesce((SELECT jsonb_agg(b.code ORDER BY b.code) FROM brand b WHERE b.id = ANY (p)), '"all"')
$$;
SELECT patch_function('user_grant(text, text)'::regprocedure, $old$    g text;
BEGIN
$old$, $new$    g text;
    was text := CASE WHEN to_regrole(quote_ident(p_name)) IS NOT NULL THEN level_name(role_level(p_name)) END;
BEGIN
$new$);
SELECT patch_function('user_grant(text, text)'::regprocedure, $old$    PERFORM rights_moved(p_name, role_brands(p_name::name), p_level = 'none');
$old$, $new$    PERFORM rights_moved(p_name, role_brands(p_name::name), p_level = 'none');
    IF was <> p_level THEN
        PERFORM control_write(NULL, 'user ' || p_name, 'grant', format('%s is %s, was %s', p_name, p_level, was), jsonb_build_object('level', was),
                              jsonb_build_object('level', p_level), NULL, clock_timestamp());
    END IF;
$new$);
SELECT patch_function('user_scope(text, text[])'::regprocedure, $old$    DELETE FROM agent_scope$old$, $new$    PERFORM set_config('doorstep.scoped', p_name, true);   -- control_watch() leaves it to the row below
    DELETE FROM agent_scope$new$);
SELECT patch_function('user_scope(text, text[])'::regprocedure, $old$    PERFORM rights_moved(p_name, was, false);
$old$, $new$    PERFORM rights_moved(p_name, was, false);
    IF say_brands(was) <> say_brands(role_brands(p_name::name)) THEN
        PERFORM control_write(NULL, 'user ' || p_name, 'scope', '', jsonb_build_object('brands', say_brands(was)),
                              jsonb_build_object('brands', say_brands(role_brands(p_name::name))), NULL, clock_timestamp());
    END IF;
$new$);

-- ---------------------------------------------------------------- is the activity whole?

-- As 012's, and beyond the chain: what an action answered it had done and no row tells (its row was removed with the end of
-- the chain put back), and a state, owner or severity the exception has that its rows do not lead to. An altered row whose
-- hash was made to fit shows in the one after it, which then follows from something else; who makes all of a chain anew, its
-- end and the columns with it, is found by a copy of the ends kept elsewhere (audit_ends), not from within.
CREATE OR REPLACE FUNCTION audit_verify(p_id bigint DEFAULT NULL) RETURNS TABLE (exception_id bigint, seq int, problem text, detail text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET jit = off AS $$
BEGIN
    PERFORM require_level(3, 'verify the audit log');
    RETURN QUERY
    WITH chain AS (
        SELECT a.*, lag(a.seq, 1, 0) OVER w AS seq_before, lag(a.hash, 1, ''::bytea) OVER w AS hash_before, e.activity_seq
          FROM activity a LEFT JOIN exception e ON e.id = a.exception_id
         WHERE (p_id IS NULL OR a.exception_id = p_id) AND sees_brand(coalesce(e.brand_id, a.brand_id))
        WINDOW w AS (PARTITION BY a.exception_id ORDER BY a.seq)
    ), ends AS (
        SELECT e.id, e.activity_seq, e.activity_hash, e.state, e.owner, e.severity,
               (SELECT max(a.seq) FROM activity a WHERE a.exception_id = e.id) AS last_seq,
               (SELECT a.hash FROM activity a WHERE a.exception_id = e.id AND a.seq = e.activity_seq) AS last_hash
          FROM exception e WHERE (p_id IS NULL OR e.id = p_id) AND sees_brand(e.brand_id)
    )
    SELECT c.exception_id, x.seq, x.problem, x.detail
      FROM chain c
     CROSS JOIN LATERAL (
        SELECT c.seq, 'inserted', format('%s by %s at %s was not written by an action', c.verb, c.actor, say_instant(c.at)) WHERE c.seq > coalesce(c.activity_seq, 0)
        UNION ALL
        SELECT c.seq, 'altered', format('%s by %s at %s is not what was written%s', c.verb, c.actor, say_instant(c.at),
                                        CASE WHEN c.seq > 1 THEN format(', or row %s before it was altered and given a hash that fits', c.seq_before) ELSE '' END)
         WHERE c.seq <= coalesce(c.activity_seq, 0) AND c.seq = c.seq_before + 1
        UNION ALL
        SELECT m, 'removed', format('row %s of the activity is missing', m) FROM generate_series(c.seq_before + 1, c.seq - 1) m) x(seq, problem, detail)
     WHERE c.seq <> c.seq_before + 1 OR c.seq > coalesce(c.activity_seq, 0)
        OR c.hash <> activity_link(c.hash_before, c.exception_id, c.seq, c.brand_id, c.at, c.actor, c.verb, c.text, c.before, c.after, c.key)
    UNION ALL
    SELECT e.id, m, 'removed', format('row %s at the end of the activity is missing', m)
      FROM ends e CROSS JOIN LATERAL generate_series(coalesce(e.last_seq, 0) + 1, e.activity_seq) m
    UNION ALL
    SELECT e.id, e.activity_seq, 'altered', 'the chain does not end where it ended last'
      FROM ends e WHERE e.last_hash <> e.activity_hash
    UNION ALL
    SELECT e.id, e.activity_seq, 'altered', format('its %s is "%s", and row %s of its activity left it "%s"', f.field, coalesce(f.value, 'nobody'), l.seq, coalesce(l.value, 'nobody'))
      FROM ends e
     CROSS JOIN LATERAL (VALUES ('state', e.state::text), ('owner', e.owner), ('severity', e.severity::text)) f(field, value)
     CROSS JOIN LATERAL (SELECT a.seq, a.after ->> f.field AS value FROM activity a
                          WHERE a.exception_id = e.id AND a.after ? f.field AND a.seq <= e.activity_seq ORDER BY a.seq DESC LIMIT 1) l
     WHERE f.value IS DISTINCT FROM l.value AND e.last_seq = e.activity_seq
    UNION ALL
    SELECT (r.x ->> 0)::bigint, NULL, 'removed', format('%s by %s at %s is in the log of actions and not here', g.verb, g.who, say_instant(g.at))
      FROM action_log g CROSS JOIN LATERAL jsonb_array_elements(g.result) r(x)
      JOIN ends e ON e.id = (r.x ->> 0)::bigint
     WHERE g.verb IN ('claim', 'release', 'assign', 'take_next', 'snooze', 'wait', 'work', 'note', 'severity', 'resolve', 'reopen', 'tag', 'untag')
       AND g.changed > 0 AND r.x ->> 2 = 'ok' AND e.last_seq = e.activity_seq
       AND NOT EXISTS (SELECT FROM activity a WHERE a.key = g.key AND a.exception_id = (r.x ->> 0)::bigint)
       AND e.last_seq = (SELECT count(*) FROM activity a WHERE a.exception_id = e.id)   -- else it is among those missing above
    ORDER BY 1, 2;
END
$$;

-- Cases, batches, outages and the rules of overrides that are not as the log of control left them: changed, made or taken away by
-- other hands than the functions'. Beside a chain that is whole this names what was done to the things themselves.
CREATE FUNCTION control_strays() RETURNS TABLE (seq bigint, problem text, detail text) LANGUAGE sql STABLE SET search_path = doorstep, pg_temp SET jit = off AS $$
    SELECT l.seq, 'altered', format('the %s of %s is "%s", and row %s left it "%s"', f.field, f.thing, coalesce(f.value, 'none'), l.seq, coalesce(l.value, 'none'))
      FROM (SELECT 'case ' || c.id AS subject, 'case C' || c.id AS thing, v.field, v.value
              FROM support_case c CROSS JOIN LATERAL (VALUES ('state', c.state::text), ('priority', c.priority::text), ('owner', c.owner), ('subject', c.subject)) v(field, value)
            UNION ALL
            SELECT 'outage ' || o.id, 'outage ' || o.id, v.field, v.value
              FROM outage o CROSS JOIN LATERAL (VALUES ('scope', o.scope::text), ('message', o.message), ('hold_messages', o.hold_messages::text), ('pause_sla', o.pause_sla::text)) v(field, value)
            UNION ALL
            SELECT 'override policy', 'the rules of overrides', v.key, v.value FROM control_policy p CROSS JOIN LATERAL jsonb_each_text(to_jsonb(p) - 'one') v) f
     CROSS JOIN LATERAL (SELECT x.seq, x.after ->> f.field AS value FROM control_log x WHERE x.subject = f.subject AND x.after ? f.field ORDER BY x.seq DESC LIMIT 1) l
     WHERE f.value IS DISTINCT FROM l.value
    UNION ALL
    SELECT NULL, 'altered', format('the %s of the rules of overrides is %s, and no row made it so', v.key, v.value)
      FROM control_policy p CROSS JOIN LATERAL jsonb_each_text(to_jsonb(p) - 'one') v
     WHERE NOT EXISTS (SELECT FROM control_log x WHERE x.subject = 'override policy' AND x.after ? v.key) AND v.value <> jsonb_build_object('override_threshold', 50, 'override_days', 7, 'pending_hours', 48, 'newer_scan_hours', 24) ->> v.key
    UNION ALL
    SELECT l.seq, 'altered', format('batch %s is %s by %s%s, and row %s says %s by %s', b.id, b.state, b."by", ', decided by ' || b.decided_by, l.seq, l.verb, l.actor)
      FROM override_batch b
     CROSS JOIN LATERAL (SELECT x.seq, x.verb, x.actor FROM control_log x WHERE x.subject = 'batch ' || b.id
                            AND x.verb IN ('override_ask', 'override', 'override_approve', 'override_reject', 'override_withdraw', 'override_lapse') ORDER BY x.seq DESC LIMIT 1) l
     WHERE CASE l.verb WHEN 'override_ask' THEN b.state <> 'pending' OR b."by" <> l.actor
                       WHEN 'override' THEN b.state NOT IN ('applied', 'reverted') OR b."by" <> l.actor OR b.decided_by IS NOT NULL
                       WHEN 'override_approve' THEN b.state NOT IN ('applied', 'reverted') OR b.decided_by IS DISTINCT FROM l.actor OR b."by" = l.actor
                       WHEN 'override_reject' THEN b.state <> 'rejected' OR b.decided_by IS DISTINCT FROM l.actor
                       WHEN 'override_withdraw' THEN b.state <> 'withdrawn' ELSE b.state <> 'lapsed' END
    UNION ALL
    SELECT l.seq, 'altered', format('outage %s %s, and row %s says %s by %s', o.id, CASE WHEN o.ended_at IS NULL THEN 'is live' ELSE 'is over' END, l.seq, l.verb, l.actor)
      FROM outage o
     CROSS JOIN LATERAL (SELECT x.seq, x.verb, x.actor FROM control_log x WHERE x.subject = 'outage ' || o.id AND x.verb IN ('declare', 'end', 'undo') ORDER BY x.seq DESC LIMIT 1) l
     WHERE (o.ended_at IS NULL) <> (l.verb = 'declare') OR o.ended_by <> l.actor
    UNION ALL
    SELECT NULL, 'inserted', t.subject || ' is in no row of the log of control'
      FROM (SELECT 'case ' || c.id AS subject FROM support_case c UNION ALL SELECT 'batch ' || b.id FROM override_batch b UNION ALL SELECT 'outage ' || o.id FROM outage o) t
     WHERE NOT EXISTS (SELECT FROM control_log x WHERE x.subject = t.subject)
    UNION ALL
    SELECT x.seq, 'removed', x.subject || ' is there no more'
      FROM control_log x
     WHERE x.verb = 'case_open' AND x.after ? 'state' AND NOT EXISTS (SELECT FROM support_case c WHERE 'case ' || c.id = x.subject)
        OR x.verb IN ('override', 'override_ask') AND NOT EXISTS (SELECT FROM override_batch b WHERE 'batch ' || b.id = x.subject)
        OR x.verb = 'declare' AND NOT EXISTS (SELECT FROM outage o WHERE 'outage ' || o.id = x.subject)
$$;

-- The log of control, likewise; leads of all brands.
CREATE FUNCTION control_verify() RETURNS TABLE (seq bigint, problem text, detail text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET jit = off AS $$
DECLARE
    h control_head;
BEGIN
    PERFORM require_level(3, 'verify the audit log');
    IF my_brands() IS NOT NULL THEN
        RETURN;                           -- a chain of all brands is whole or not as one
    END IF;
    SELECT * INTO h FROM control_head;
    RETURN QUERY
    WITH chain AS (
        SELECT c.*, lag(c.seq, 1, 0::bigint) OVER w AS seq_before, lag(c.hash, 1, ''::bytea) OVER w AS hash_before
          FROM control_log c WINDOW w AS (ORDER BY c.seq)
    )
    SELECT c.seq, CASE WHEN h.seq IS NULL OR c.seq > h.seq THEN 'inserted' ELSE 'altered' END,
           CASE WHEN h.seq IS NULL OR c.seq > h.seq THEN format('%s of %s by %s at %s was not written by an action', c.verb, c.subject, c.actor, say_instant(c.at))
                ELSE format('%s of %s by %s at %s is not what was written%s', c.verb, c.subject, c.actor, say_instant(c.at),
                            CASE WHEN c.seq > 1 THEN format(', or row %s before it was altered and given a hash that fits', c.seq_before) ELSE '' END) END
      FROM chain c
     WHERE h.seq IS NULL OR c.seq > h.seq
        OR c.seq = c.seq_before + 1
       AND c.hash <> activity_link(c.hash_before, 0, c.seq::int, coalesce(c.brand_id, -1), c.at, c.actor, c.verb, c.subject || ': ' || c.text, c.before, c.after, c.key)
    UNION ALL
    SELECT m, 'removed', format('row %s of the log of control is missing', m)
      FROM chain c CROSS JOIN LATERAL generate_series(c.seq_before + 1, c.seq - 1) m
    UNION ALL
    SELECT m, 'removed', format('row %s at the end of the log of control is missing', m)
      FROM generate_series(coalesce((SELECT max(x.seq) FROM control_log x), 0) + 1, coalesce(h.seq, 0)) m
    UNION ALL
    SELECT h.seq, 'altered', 'the chain does not end where it ended last' WHERE (SELECT x.hash FROM control_log x WHERE x.seq = h.seq) <> h.hash
    UNION ALL
    SELECT 0::bigint, 'removed', 'the end of the log of control is not kept any more' WHERE h.seq IS NULL
    UNION ALL
    SELECT * FROM control_strays()
    ORDER BY 1;
END
$$;

-- Both logs' ends as one line, to be kept elsewhere: at another time the same rows give the same line, and whoever made a
-- chain anew cannot give it back.
CREATE FUNCTION audit_ends(p_until timestamptz DEFAULT NULL) RETURNS TABLE (rows bigint, at timestamptz, digest text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET jit = off AS $$
BEGIN
    PERFORM require_level(3, 'verify the audit log');
    PERFORM require_all_brands('take the ends of all chains');
    RETURN QUERY
    WITH one AS (
        SELECT a.at, a.hash FROM activity a WHERE p_until IS NULL OR a.at <= p_until
        UNION ALL SELECT c.at, c.hash FROM control_log c WHERE p_until IS NULL OR c.at <= p_until
    )
    SELECT count(*), max(o.at), encode(sha256(convert_to(concat_ws(' ', count(*), sum(('x' || left(encode(o.hash, 'hex'), 15))::bit(60)::bigint::numeric),
                                                                   sum(('x' || substr(encode(o.hash, 'hex'), 16, 15))::bit(60)::bigint::numeric)), 'UTF8')), 'hex') FROM one o;
END
$$;

-- ---------------------------------------------------------------- reading it

CREATE FUNCTION control_list(p_subject text, p_actor text, p_since timestamptz, p_limit int)
    RETURNS TABLE (seq bigint, at timestamptz, actor text, brand text, subject text, verb text, text text, before jsonb, after jsonb)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
BEGIN
    PERFORM require_level(3, 'read the log of control');
    RETURN QUERY
    SELECT c.seq, c.at, c.actor, coalesce(b.code, ''), c.subject, c.verb, c.text, c.before, c.after
      FROM control_log c LEFT JOIN brand b ON b.id = c.brand_id
     WHERE (mine IS NULL OR c.brand_id = ANY (mine))
       AND (p_subject IS NULL OR c.subject = p_subject OR c.subject LIKE replace(replace(p_subject, '\', '\\'), '%', '\%') || ' %')
       AND (p_actor IS NULL OR c.actor = p_actor) AND (p_since IS NULL OR c.at >= p_since)
     ORDER BY c.seq DESC LIMIT least(greatest(p_limit, 1), 10000);
END
$$;
GRANT EXECUTE ON FUNCTION control_verify(), audit_ends(timestamptz), control_list(text, text, timestamptz, int) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
