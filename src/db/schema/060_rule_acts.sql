-- Rules: saving, switching on and off, stopping all of them, reading; those that come with the program.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- changing them

CREATE FUNCTION rule_named(p_rule text) RETURNS int LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT r.id FROM rule r WHERE r.deleted_at IS NULL AND (r.name = p_rule OR r.id::text = p_rule)
$$;
-- What the log of control says of it, and everybody hears that rules changed.
CREATE FUNCTION rule_tell(r rule, p_verb text, p_text text, p_after jsonb, p_key uuid, p_actor text DEFAULT session_user) RETURNS void
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    PERFORM rule_listens();
    PERFORM control_write(CASE WHEN cardinality(r.brands) = 1 THEN r.brands[1] END, 'rule ' || r.name, p_verb, p_text, NULL, p_after, p_key, clock_timestamp(), p_actor);
    PERFORM pg_notify('doorstep', 'k');
END
$$;

-- Keeps a rule; its next version where there is one of the name. A new one is off. Agents draft; what is on is changed by leads alone, and the new
-- text is in force at once. Who works for some brands saves rules about these.
CREATE FUNCTION rule_save(p_key uuid, p_name text, p_rule jsonb) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    mine int[] := (SELECT array_agg(b ORDER BY b) FROM unnest(my_brands()) b);
    called text := lower(btrim(coalesce(p_name, '')));
    said text;
    wrong text;
    code text := 'invalid';
    r rule;
    moment timestamptz := clock_timestamp();
BEGIN
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    END IF;
    PERFORM require_level(2, 'save rules');
    IF jsonb_typeof(p_rule) IS DISTINCT FROM 'object' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'a rule is given as a JSON object with its filter, "on" what it fires and what it does, "do"';
    END IF;
    wrong := CASE WHEN called !~ '^[a-z][a-z0-9-]{0,39}$' THEN format('"%s" is no name of a rule: use up to 40 small letters, digits and -, beginning with a letter', left(p_name, 60))
                  ELSE rule_wrong(p_rule, mine) END;
    SELECT * INTO r FROM rule x WHERE x.name = called AND x.deleted_at IS NULL FOR UPDATE;
    IF wrong IS NULL AND r.id IS NOT NULL AND mine IS NOT NULL AND NOT coalesce(r.brands <@ mine, false) THEN
        code := 'denied';
        wrong := format('rule %s is about brands you do not work for: save yours under another name', called);
    ELSIF wrong IS NULL AND (r.enabled OR r.tripped IS NOT NULL) AND my_level() < 3 THEN
        code := 'denied';
        wrong := format('rule %s is on: a lead changes it, or save yours under another name', called);
    ELSIF wrong IS NULL AND r.id IS NULL AND (SELECT count(*) FROM rule x WHERE x.deleted_at IS NULL) >= 200 THEN
        wrong := 'there are 200 rules already: delete some first';
    END IF;
    IF wrong IS NOT NULL THEN
        RETURN QUERY SELECT coalesce(r.id, 0)::bigint, false, code, wrong, r.version;
        RETURN;
    END IF;
    PERFORM set_config('doorstep.rules_said', 'on', true);
    said := rule_text(btrim(p_rule ->> 'filter'), ARRAY(SELECT jsonb_array_elements_text(p_rule -> 'on')), p_rule -> 'do');
    IF r.text = said THEN
        answered := jsonb_build_array(jsonb_build_array(r.id, true, 'same', format('rule %s says just that already', called), r.version));
    ELSE
        IF r.id IS NULL THEN
            INSERT INTO rule (name, version, filter, events, actions, text, brands, by, at)
            VALUES (called, 1, btrim(p_rule ->> 'filter'), ARRAY(SELECT jsonb_array_elements_text(p_rule -> 'on')), p_rule -> 'do', said, mine, session_user, moment)
            RETURNING * INTO r;
        ELSE
            UPDATE rule x SET version = x.version + 1, filter = btrim(p_rule ->> 'filter'), events = ARRAY(SELECT jsonb_array_elements_text(p_rule -> 'on')),
                   actions = p_rule -> 'do', text = said, by = session_user, at = moment WHERE x.id = r.id
            RETURNING * INTO r;
        END IF;
        INSERT INTO rule_version (rule_id, version, filter, events, actions, text, brands, by, at)
        VALUES (r.id, r.version, r.filter, r.events, r.actions, r.text, r.brands, r."by", r.at);
        PERFORM rule_tell(r, 'save', format('version %s: %s', r.version, r.text), jsonb_build_object('version', r.version, 'text', r.text), p_key);
        answered := jsonb_build_array(jsonb_build_array(r.id, true, 'ok', format('saved rule %s, version %s: it is %s', called, r.version,
            CASE WHEN r.enabled THEN 'on, and this is in force now' ELSE 'off until a lead switches it on' END), r.version));
    END IF;
    PERFORM action_end(p_key, 'rule_save', moment, '{}', answered);
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- What a lead is told who switches one on that cannot work; null: it can.
CREATE FUNCTION rule_not_ready(r rule) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT coalesce(rule_wrong(jsonb_build_object('filter', r.filter, 'on', to_jsonb(r.events), 'do', r.actions), r.brands),
        (SELECT format('no version of template %s is approved: approve one first', a ->> 'template') FROM jsonb_array_elements(r.actions) a
          WHERE a ->> 'do' = 'send' AND NOT EXISTS (SELECT FROM template t JOIN template_version v ON v.template_id = t.id WHERE t.name = a ->> 'template' AND v.state = 'approved') LIMIT 1))
$$;

-- Switches one on, for a share of shipments. p_version: the one that was looked at; another is not switched on. Where it is on
-- the share or the bound changes. What waited because it had switched itself off goes on.
CREATE FUNCTION rule_switch_on(r rule, p_percent int, p_version int, p_per_hour int, p_key uuid, OUT code text, OUT message text)
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    back int;
    was text := r.tripped;
BEGIN
    code := 'invalid';
    message := CASE WHEN p_percent NOT BETWEEN 1 AND 100 THEN 'a rule is on for 1 to 100 % of shipments'
                    WHEN p_per_hour NOT BETWEEN 1 AND 100000 THEN 'a rule fires for 1 to 100,000 exceptions an hour' ELSE rule_not_ready(r) END;
    IF message IS NOT NULL THEN RETURN; END IF;
    IF p_version <> r.version THEN
        code := 'stale';
        message := format('%s saved version %s of rule %s meanwhile: read it first', r."by", r.version, r.name);
        RETURN;
    END IF;
    IF r.enabled AND coalesce(p_percent, r.percent) = r.percent AND coalesce(p_per_hour, r.per_hour) IS NOT DISTINCT FROM r.per_hour THEN
        code := 'same';
        message := format('rule %s is on already, for %s %% of shipments', r.name, r.percent);
        RETURN;
    END IF;
    UPDATE rule x SET enabled = true, percent = coalesce(p_percent, x.percent), per_hour = coalesce(p_per_hour, x.per_hour), tripped = NULL,
           since = CASE WHEN x.enabled OR x.tripped IS NOT NULL THEN x.since ELSE clock_timestamp() END,
           switched_by = session_user, switched_at = clock_timestamp() WHERE x.id = r.id RETURNING * INTO r;
    UPDATE rule_firing f SET retry_at = clock_timestamp() WHERE f.rule_id = r.id AND f.outcome = 'held' AND f.why = 'limit';
    GET DIAGNOSTICS back = ROW_COUNT;
    code := 'ok';
    message := format('rule %s is on, for %s %% of shipments%s%s', r.name, r.percent, CASE WHEN back > 0 THEN '; ' || say_count(back, 'exception') || ' waited for it' ELSE '' END,
                      CASE WHEN (SELECT s.stopped FROM rule_setting s) THEN '; but all rules are stopped: "doorstep rule go"' ELSE '' END);
    PERFORM rule_tell(r, 'enable', format('on for %s %% of shipments, version %s', r.percent, r.version)
                      || CASE WHEN was IS NOT NULL THEN '; it had switched itself off: ' || was ELSE '' END, jsonb_build_object('enabled', true, 'percent', r.percent, 'version', r.version), p_key);
END
$$;

-- Off at once: when this returns none fires any more. What it still held back is dropped. p_delete: and it is gone, but for its past.
CREATE FUNCTION rule_switch_off(r rule, p_delete boolean, p_key uuid, OUT code text, OUT message text) LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    dropped int;
    queued int := (SELECT count(*) FROM outreach o WHERE o.state = 'queued' AND o.by = 'rule ' || r.name);    -- each is undone by itself
BEGIN
    IF NOT p_delete AND NOT r.enabled AND r.tripped IS NULL THEN
        code := 'same';
        message := format('rule %s is off already', r.name);
        RETURN;
    END IF;
    UPDATE rule x SET enabled = false, tripped = NULL, deleted_at = CASE WHEN p_delete THEN clock_timestamp() END, switched_by = session_user, switched_at = clock_timestamp()
     WHERE x.id = r.id RETURNING * INTO r;
    UPDATE rule_firing f SET outcome = 'skipped', why = NULL, retry_at = NULL, what = 'the rule was switched off' WHERE f.rule_id = r.id AND f.outcome = 'held';
    GET DIAGNOSTICS dropped = ROW_COUNT;
    code := 'ok';
    message := format('rule %s is %s%s', r.name, CASE WHEN p_delete THEN 'deleted' ELSE 'off' END,
                      CASE WHEN dropped > 0 THEN '; what it held back for ' || say_count(dropped, 'exception') || ' is dropped' ELSE '' END ||
                      CASE WHEN queued > 0 THEN format('; %s it queued before still %s: "doorstep outreach list --state queued" shows them, "outreach cancel" takes them back',
                                                       say_count(queued, 'message'), CASE queued WHEN 1 THEN 'goes out' ELSE 'go out' END) ELSE '' END);
    PERFORM rule_tell(r, CASE WHEN p_delete THEN 'delete' ELSE 'disable' END, message, jsonb_build_object('enabled', false), p_key);
END
$$;

-- One row a rule, by name or number. Any lead who sees exceptions it is about may switch it off; on, and away, who works for all its brands.
CREATE FUNCTION rule_act(p_key uuid, p_verb text, p_rules text[], p_percent int, p_version int, p_per_hour int)
    RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    mine int[] := my_brands();
    one text;
    r rule;
    code text;
    message text;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(3, CASE p_verb WHEN 'enable' THEN 'switch rules on' WHEN 'disable' THEN 'switch rules off' ELSE 'delete rules' END);
        PERFORM set_config('doorstep.rules_said', 'on', true);
        answered := '[]';
        PERFORM FROM rule x WHERE x.id IN (SELECT rule_named(btrim(y)) FROM unnest(p_rules[1:200]) y) ORDER BY x.id FOR UPDATE;
        IF cardinality(p_rules) > 1 THEN      -- what each of them changes comes before what it writes: a worker locks in that order
            PERFORM FROM rule_setting FOR NO KEY UPDATE;
        END IF;
        FOR one IN SELECT DISTINCT btrim(x) FROM unnest(p_rules[1:200]) x WHERE x IS NOT NULL ORDER BY 1 LOOP
            SELECT * INTO r FROM rule x WHERE x.id = rule_named(one) FOR UPDATE;
            IF r.id IS NULL OR r.brands IS NOT NULL AND mine IS NOT NULL AND NOT r.brands && mine THEN
                code := 'gone';
                message := format('there is no rule "%s": "doorstep rule list" shows them', left(one, 60));
                r.id := 0;
            ELSIF p_verb <> 'disable' AND mine IS NOT NULL AND (r.brands IS NULL OR NOT r.brands <@ mine) THEN
                code := 'denied';
                message := format('rule %s is about brands you do not work for: somebody who works for all of them may', r.name);
            ELSIF p_verb = 'enable' THEN
                SELECT * INTO code, message FROM rule_switch_on(r, p_percent, p_version, p_per_hour, p_key);
            ELSE
                SELECT * INTO code, message FROM rule_switch_off(r, p_verb = 'delete', p_key);
            END IF;
            answered := answered || jsonb_build_array(jsonb_build_array(r.id, code IN ('ok', 'same'), code, message, r.version));
        END LOOP;
        PERFORM action_end(p_key, 'rule_' || p_verb, clock_timestamp(), '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;
CREATE FUNCTION rule_enable(p_key uuid, p_rules text[], p_percent int DEFAULT NULL, p_version int DEFAULT NULL, p_per_hour int DEFAULT NULL)
    RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int) LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT * FROM rule_act(p_key, 'enable', p_rules, p_percent, p_version, p_per_hour) $$;
CREATE FUNCTION rule_disable(p_key uuid, p_rules text[]) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$ SELECT * FROM rule_act(p_key, 'disable', p_rules, NULL, NULL, NULL) $$;
CREATE FUNCTION rule_delete(p_key uuid, p_rules text[]) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$ SELECT * FROM rule_act(p_key, 'delete', p_rules, NULL, NULL, NULL) $$;

-- All rules at once: leads who work for all brands. What happens meanwhile waits, for event_hours.
CREATE FUNCTION rules_stop(p_key uuid, p_stop boolean) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    s rule_setting;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(3, CASE WHEN p_stop THEN 'stop all rules' ELSE 'let the rules go on' END);
        PERFORM require_all_brands(CASE WHEN p_stop THEN 'stop all rules' ELSE 'let the rules go on' END);
        SELECT * INTO s FROM rule_setting FOR UPDATE;
        IF s.stopped = p_stop THEN
            answered := jsonb_build_array(jsonb_build_array(0, true, 'same', CASE WHEN p_stop THEN 'all rules are stopped already' ELSE 'the rules are not stopped' END, NULL));
        ELSE
            PERFORM set_config('doorstep.rules_said', 'on', true);
            UPDATE rule_setting SET stopped = p_stop, stopped_by = CASE WHEN p_stop THEN session_user END, stopped_at = CASE WHEN p_stop THEN clock_timestamp() END;
            PERFORM control_write(NULL, 'rules', CASE WHEN p_stop THEN 'stop' ELSE 'go' END, CASE WHEN p_stop THEN 'all rules are stopped' ELSE 'the rules go on' END,
                                  NULL, jsonb_build_object('stopped', p_stop), p_key, clock_timestamp());
            PERFORM pg_notify('doorstep', 'k');
            answered := jsonb_build_array(jsonb_build_array(0, true, 'ok', CASE WHEN p_stop THEN 'all rules are stopped; "doorstep rule go" lets them go on'
                ELSE 'the rules go on' || coalesce((SELECT '; ' || say_count(count(*), 'event') || ' waited' FROM rule_event HAVING count(*) > 0), '') END, NULL));
        END IF;
        PERFORM action_end(p_key, CASE WHEN p_stop THEN 'rules_stop' ELSE 'rules_go' END, clock_timestamp(), '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- What holds for all rules: leads who work for all brands. What is not given stays.
CREATE FUNCTION rule_limits_set(p_key uuid, p_per_hour int, p_per_exception int, p_event_hours int) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    wrong text := CASE WHEN num_nonnulls(p_per_hour, p_per_exception, p_event_hours) = 0 THEN 'say what to change: per_hour, per_exception or event_hours'
                       WHEN p_per_hour NOT BETWEEN 1 AND 100000 THEN 'a rule fires for 1 to 100,000 exceptions an hour'
                       WHEN p_per_exception NOT BETWEEN 1 AND 1000 THEN 'rules act on one exception 1 to 1,000 times a day'
                       WHEN p_event_hours NOT BETWEEN 1 AND 720 THEN 'rules act on what happened in the last 1 to 720 hours' END;
    s rule_setting;
    says text;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(3, 'change the limits of rules');
        PERFORM require_all_brands('change the limits of rules');
        IF wrong IS NOT NULL THEN
            RETURN QUERY SELECT 0::bigint, false, 'invalid', wrong, NULL::int;
            RETURN;
        END IF;
        UPDATE rule_setting SET per_hour = coalesce(p_per_hour, per_hour), per_exception = coalesce(p_per_exception, per_exception), event_hours = coalesce(p_event_hours, event_hours)
            RETURNING * INTO s;
        says := format('a rule fires for at most %s an hour, all of them act on one at most %s a day, and on nothing older than %s',
                       say_count(s.per_hour, 'exception'), say_count(s.per_exception, 'time'), say_count(s.event_hours, 'hour'));
        answered := jsonb_build_array(jsonb_build_array(0, true, 'ok', says, NULL));
        PERFORM action_end(p_key, 'rule_limits', clock_timestamp(), '{}', answered);
        PERFORM pg_notify('doorstep', 'k');
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- Ends what rules hold of these exceptions before its time: agents. A worker asks all guardrails before a message goes: other reasons to wait stay.
CREATE FUNCTION rule_release(p_key uuid, p_ids bigint[]) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    ids bigint[] := ARRAY(SELECT DISTINCT x FROM unnest(p_ids[1:100000]) x WHERE x IS NOT NULL ORDER BY x);
    mine int[] := my_brands();
    seen bigint[];
    freed jsonb;             -- messages of each that was held
    notes change[];
    revs jsonb;
    moment timestamptz;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(2, 'let messages go that a rule holds');
        PERFORM lock_exceptions(ids);
        seen := ARRAY(SELECT e.id FROM exception e WHERE e.id = ANY (ids) AND (mine IS NULL OR e.brand_id = ANY (mine)) ORDER BY e.id);
        PERFORM FROM outreach o WHERE o.exception_id = ANY (seen) AND o.state = 'queued' ORDER BY o.id FOR UPDATE;     -- a worker that puts one off now is waited for
        moment := clock_timestamp();
        WITH gone AS (
            DELETE FROM exception_hold h WHERE h.exception_id = ANY (seen) AND h.until > moment RETURNING h.*
        ), put AS (
            UPDATE outreach o SET send_after = greatest(moment, o.undo_until), deferred = NULL FROM gone g
             WHERE o.exception_id = g.exception_id AND o.state = 'queued' AND o.deferred IS NOT NULL AND o.send_after > moment RETURNING o.exception_id
        ), each AS (SELECT g.exception_id AS id, g.by, g.until, (SELECT count(*) FROM put p WHERE p.exception_id = g.exception_id) AS n FROM gone g)
        SELECT jsonb_object_agg(x.id, x.n), array_agg(ROW (x.id, '{}'::jsonb, format('let its messages go, which %s held until %s', x.by, say_instant(x.until)))::change ORDER BY x.id)
          INTO freed, notes FROM each x;
        SELECT jsonb_object_agg(c.changed_id, c.changed_rev) INTO revs FROM apply_changes(coalesce(notes, '{}'), 'rule_release', session_user, p_key, moment) c;
        SELECT coalesce(jsonb_agg(jsonb_build_array(x.i, e.id IS NOT NULL, CASE WHEN e.id IS NULL THEN 'gone' WHEN freed ? x.i::text THEN 'ok' ELSE 'same' END,
                   CASE WHEN e.id IS NULL THEN format('there is no exception #%s', x.i) WHEN NOT coalesce(freed ? x.i::text, false) THEN format('no rule holds messages about #%s', x.i)
                        WHEN freed ->> x.i::text = '0' THEN format('messages about #%s are held no more; none waited', x.i)
                        ELSE format('messages about #%s are held no more; %s', x.i, say_count((freed ->> x.i::text)::bigint, 'message') || ' that waited may go out now') END,
                   coalesce((revs ->> x.i::text)::int, e.rev)) ORDER BY x.i), '[]')
          INTO answered
          FROM unnest(ids) x(i) LEFT JOIN exception e ON e.id = x.i AND e.id = ANY (seen);
        PERFORM action_end(p_key, 'rule_release', moment, ARRAY(SELECT n.id FROM unnest(notes) n), answered);
        IF EXISTS (SELECT FROM jsonb_each_text(freed) f WHERE f.value <> '0') THEN
            PERFORM pg_notify('doorstep', 'o');
        END IF;
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;
SELECT patch_function('undo_stays()'::regprocedure, '(''dismiss'', ', '(''rule_release'', ''the release of messages about'', ''exception'', NULL), (''dismiss'', ');

-- ---------------------------------------------------------------- reading them

CREATE FUNCTION rule_limits() RETURNS TABLE (per_hour int, per_exception int, event_hours int)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM require_level(1, 'read rules');
    RETURN QUERY SELECT s.per_hour, s.per_exception, s.event_hours FROM rule_setting s;
END
$$;

-- p_rule: that one alone, by name or number. state: on, off, tripped (it switched itself off, trouble says why), stopped (all are).
-- Who works for some brands sees that everybody's rules are there, and what those did for their brands.
CREATE FUNCTION rule_list(p_rule text DEFAULT NULL)
    RETURNS TABLE (id int, name text, "on" boolean, percent int, text text, version int, fired_7d bigint, blocked_7d bigint, held bigint, last_fired_at timestamptz,
                   by text, at timestamptz, state text, trouble text, per_hour int, switched_by text, switched_at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 20 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
    s rule_setting;
BEGIN
    PERFORM require_level(1, 'read rules');
    SELECT * INTO s FROM rule_setting;
    RETURN QUERY
    SELECT r.id, r.name, r.enabled AND NOT s.stopped, r.percent, CASE WHEN w.whole THEN r.text ELSE 'everybody''s: who works for all brands reads it' END, r.version,
           f.fired, f.blocked, h.n, f.last_at, CASE WHEN w.whole THEN r.by ELSE '' END, r.at,
           CASE WHEN r.tripped IS NOT NULL THEN 'tripped' WHEN NOT r.enabled THEN 'off' WHEN s.stopped THEN 'stopped' ELSE 'on' END, r.tripped,
           coalesce(r.per_hour, s.per_hour), CASE WHEN w.whole THEN r.switched_by ELSE '' END, r.switched_at
      FROM rule r
     CROSS JOIN LATERAL (SELECT mine IS NULL OR coalesce(r.brands <@ mine, false) AS whole) w
     CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE x.outcome = 'done') AS fired, count(*) FILTER (WHERE x.outcome = 'blocked') AS blocked,
                                max(x.at) FILTER (WHERE x.outcome = 'done') AS last_at
                           FROM rule_firing x WHERE x.rule_id = r.id AND x.at > statement_timestamp() - interval '7 days' AND (mine IS NULL OR x.brand_id = ANY (mine))) f
     CROSS JOIN LATERAL (SELECT count(*) AS n FROM rule_firing x WHERE x.rule_id = r.id AND x.outcome = 'held' AND (mine IS NULL OR x.brand_id = ANY (mine))) h
     WHERE r.deleted_at IS NULL AND (w.whole OR r.brands IS NULL) AND (p_rule IS NULL OR r.id = rule_named(p_rule))
     ORDER BY r.enabled DESC, r.name;
END
$$;

-- What one did last, newest first.
CREATE FUNCTION rule_firings(p_rule text, p_limit int DEFAULT 100)
    RETURNS TABLE (at timestamptz, exception bigint, event text, version int, outcome text, what text, kind exception_kind, carrier text, tracking_number text, retry_at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
BEGIN
    PERFORM require_level(1, 'read rules');
    RETURN QUERY
    SELECT f.at, f.exception_id, f.event, f.version, f.outcome, f.what, e.kind, e.carrier, e.tracking_number, f.retry_at
      FROM rule_firing f JOIN exception e ON e.id = f.exception_id
     WHERE f.rule_id = rule_named(p_rule) AND (mine IS NULL OR f.brand_id = ANY (mine))
     ORDER BY f.at DESC, f.exception_id DESC LIMIT least(greatest(coalesce(p_limit, 100), 1), 10000);
END
$$;

-- All texts it had, newest first.
CREATE FUNCTION rule_versions(p_rule text) RETURNS TABLE (version int, text text, by text, at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM require_level(1, 'read rules');
    RETURN QUERY SELECT v.version, v.text, v.by, v.at FROM rule_version v
                  WHERE v.rule_id = rule_named(p_rule) AND (my_brands() IS NULL OR v.brands <@ my_brands()) ORDER BY v.version DESC;
END
$$;

GRANT EXECUTE ON FUNCTION rule_save(uuid, text, jsonb), rule_enable(uuid, text[], int, int, int), rule_disable(uuid, text[]), rule_delete(uuid, text[]),
    rules_stop(uuid, boolean), rule_limits_set(uuid, int, int, int), rule_limits(), rule_release(uuid, bigint[]), rule_list(text), rule_firings(text, int), rule_versions(text) TO doorstep_viewer;

-- ---------------------------------------------------------------- those that come with the program, off

ALTER TABLE rule DISABLE TRIGGER control_watch;
INSERT INTO rule (name, version, filter, events, actions, text, by, at)
SELECT r.name, 1, r.filter, r.events, r.actions, rule_text(r.filter, r.events, r.actions), 'doorstep', clock_timestamp()
  FROM (VALUES
    ('gold-stalled', 'tier:gold', '{stalled}'::text[], '[{"do": "severity", "severity": "high"}, {"do": "case", "type": "carrier_trace"}, {"do": "tag", "tag": "gold_watch"}]'::jsonb),
    ('address-by-sms', 'kind:address_issue', '{opened}', '[{"do": "send", "template": "address_issue", "channel": "sms"}, {"do": "tag", "tag": "asked_address"}]'),
    ('pickup-reminder', 'kind:awaiting_pickup', '{opened}', '[{"do": "send", "template": "awaiting_pickup"}, {"do": "snooze", "minutes": 2880, "next_scan": true}]'),
    ('reply-first', 'kind:damaged,lost,delivery_disputed', '{reply}', '[{"do": "severity", "severity": "high"}]'),
    ('weather-waits', 'kind:delay_weather', '{opened}', '[{"do": "snooze", "minutes": 1440, "next_scan": true}, {"do": "tag", "tag": "weather"}]'))
    r(name, filter, events, actions);
INSERT INTO rule_version (rule_id, version, filter, events, actions, text, brands, by, at)
SELECT id, version, filter, events, actions, text, brands, by, at FROM rule;
ALTER TABLE rule ENABLE TRIGGER control_watch;

RESET search_path;
RESET ROLE;
