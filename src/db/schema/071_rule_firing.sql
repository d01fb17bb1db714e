-- Rules at work: what a worker takes, and what becomes of it, all of one rule in one transaction. Exactly once for an exception and each
-- opening of it, whoever dies in between: rule_firing is written with what is done.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- in whose name

-- Who acts: the person who asks, or the rule that a worker runs (rule_fire() says which; nobody but a worker can say so).
CREATE FUNCTION acting() RETURNS text LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    RETURN CASE WHEN current_setting('doorstep.acting', true) LIKE 'rule %' AND pg_has_role(session_user, 'doorstep_worker', 'MEMBER')
                THEN current_setting('doorstep.acting', true) ELSE session_user END;
END
$$;
-- Rules may what agents may.
CREATE FUNCTION acting_level() RETURNS int LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    RETURN CASE WHEN acting() <> session_user THEN 2 ELSE my_level() END;
END
$$;
-- Messages and cases are queued and opened by the functions people call, in the name of who acts. What a rule does makes nobody the owner.
DO $$
DECLARE
    f regprocedure;
    source text;
BEGIN
    FOREACH f IN ARRAY ARRAY['outreach_send(uuid, jsonb, bigint, text, text)', 'case_open(uuid, bigint[], text, text, text, text[], text)',
                             'case_tell(bigint[], text[], integer, text, uuid, timestamptz, uuid)', 'case_sync_add(bigint, text, bigint, case_state, uuid)']::regprocedure[] LOOP
        source := replace(replace(pg_get_functiondef(f), 'session_user', 'acting()'), 'my_level()', 'acting_level()');
        EXECUTE source;
    END LOOP;
END
$$;
SELECT patch_function('outreach_send(uuid, jsonb, bigint, text, text)'::regprocedure, 'CASE WHEN (j.e).owner IS NULL THEN', 'CASE WHEN (j.e).owner IS NULL AND (j.e).state <> ''resolved'' AND acting() = session_user THEN');
SELECT patch_function('case_open(uuid, bigint[], text, text, text, text[], text)'::regprocedure, 'ORDER BY 1), acting(), acting(), moment', 'ORDER BY 1), CASE WHEN acting() = session_user THEN acting() END, acting(), moment');
SELECT patch_function('case_open(uuid, bigint[], text, text, text, text[], text)'::regprocedure, 'entry ->> ''text'', NULL, entry -> ''after'', p_key, moment)', 'entry ->> ''text'', NULL, entry -> ''after'', p_key, moment, acting())');
SELECT patch_function('require_level(integer, text)'::regprocedure, 'my_level() < p_level', 'acting_level() < p_level');

-- Who signs what no person sends.
CREATE FUNCTION rule_signature(p_language text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE p_language WHEN 'es' THEN 'Atención al cliente' WHEN 'fr' THEN 'Service client' WHEN 'de' THEN 'Kundenservice' ELSE 'Customer service' END;
SELECT patch_function('outreach_facts(bigint[],text[])'::regprocedure, 'coalesce(me, '''')', 'coalesce(me, CASE WHEN acting() <> session_user THEN rule_signature(k.l) END, '''')');

-- ---------------------------------------------------------------- messages of one exception held for a time

CREATE TABLE exception_hold (
    exception_id bigint PRIMARY KEY,
    until timestamptz NOT NULL,
    by    text NOT NULL,
    at    timestamptz NOT NULL
);
ALTER TABLE exception_hold ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_exception ON exception_hold FOR SELECT TO doorstep_viewer USING (EXISTS (SELECT FROM exception e WHERE e.id = exception_id));
GRANT SELECT ON exception_hold TO doorstep_viewer;
SELECT patch_function('guardrails(guard_item[],timestamptz,boolean)'::regprocedure, '            UNION ALL
            SELECT ''whatsapp_window''', '            UNION ALL                   -- goes out by itself when the hold ends
            SELECT ''outage_hold'', ''defer'', h.until, format(''%s holds messages about #%s until %s: goes out then'', h.by, i.exception_id, say_local(h.until, i.zone, i.goes)), NULL
              FROM exception_hold h WHERE h.exception_id = i.exception_id AND h.until > i.goes
            UNION ALL
            SELECT ''whatsapp_window''');
SELECT patch_function('guard_stamps(bigint[],integer[],integer[],bigint[])'::regprocedure, 'e.kind, e.resolved_at,',
    'e.kind, (SELECT x.until FROM exception_hold x WHERE x.exception_id = e.id), e.resolved_at,');

-- ---------------------------------------------------------------- what a worker takes

-- A worker reads the queue to see what a rule's filter is about.
CREATE POLICY service ON exception FOR SELECT TO doorstep_worker USING (true);
GRANT SELECT ON exception TO doorstep_worker;
GRANT EXECUTE ON FUNCTION outages_live() TO doorstep_worker;
CREATE POLICY service ON due_warning FOR SELECT TO doorstep_worker USING (true);
GRANT SELECT ON due_warning TO doorstep_worker;

-- Takes events, and what was held and may go on, for the first rule that is not through with them: no row, or that rule with the exceptions it may be
-- about in the order of their ids. p_claim: a new name each time; what it takes is others' again after p_lease_s. Not given: what the
-- rule did already, other shares of shipments, other brands. Events no rule wants any more are removed. What fails again and again switches its
-- rule off.
CREATE FUNCTION rule_claim(p_claim text, p_limit int, p_lease_s int)
    RETURNS TABLE (rule int, version int, filter text, resolved boolean, sends boolean, ids bigint[], events text[])
    LANGUAGE plpgsql SECURITY DEFINER ROWS 1 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    s rule_setting;
    moment timestamptz := clock_timestamp();
    live int[] := ARRAY(SELECT o.id FROM outage o WHERE o.ended_at IS NULL);
    r rule;
    wanted bigint[];
    what text[];
    worst int;
BEGIN
    SELECT * INTO s FROM rule_setting;
    IF s.stopped OR current_setting('transaction_read_only')::boolean THEN
        RETURN;
    END IF;
    WITH due AS (
        SELECT v.seq FROM rule_event v WHERE v.lease_until < moment ORDER BY v.seq LIMIT least(p_limit, 1000) FOR UPDATE SKIP LOCKED)
    UPDATE rule_event v SET claim = p_claim, lease_until = moment + make_interval(secs => p_lease_s), tries = v.tries + 1 FROM due d WHERE v.seq = d.seq;
    -- what is still in an outage is asked again later
    WITH due AS (
        SELECT f.rule_id, f.exception_id, f.episode FROM rule_firing f JOIN exception e ON e.id = f.exception_id
         WHERE f.outcome = 'held' AND f.retry_at <= moment AND e.outages && live FOR UPDATE OF f SKIP LOCKED)
    UPDATE rule_firing f SET retry_at = moment + interval '5 minutes' FROM due d WHERE (f.rule_id, f.exception_id, f.episode) = (d.rule_id, d.exception_id, d.episode);
    SELECT min(x.id) INTO r.id
      FROM (SELECT y.id FROM rule_event v JOIN rule y ON v.event = ANY (y.events) AND y.id > v.through AND v.at >= y.since
             WHERE v.claim = p_claim AND v.at >= moment - make_interval(hours => s.event_hours) AND (y.enabled OR y.tripped IS NOT NULL) AND y.deleted_at IS NULL
            UNION ALL SELECT f.rule_id FROM rule_firing f WHERE f.outcome = 'held' AND f.retry_at <= moment) x;
    DELETE FROM rule_event v
     WHERE v.claim = p_claim AND (v.at < moment - make_interval(hours => s.event_hours)
           OR NOT EXISTS (SELECT FROM rule y WHERE v.event = ANY (y.events) AND y.id > v.through AND v.at >= y.since AND (y.enabled OR y.tripped IS NOT NULL) AND y.deleted_at IS NULL));
    SELECT * INTO r FROM rule y WHERE y.id = r.id;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    WITH again AS (                       -- of what was resolved and opened again since nothing is left to do
        UPDATE rule_firing f SET outcome = CASE WHEN d.over THEN 'skipped' ELSE 'held' END, why = CASE WHEN NOT d.over THEN f.why END,
               retry_at = CASE WHEN NOT d.over THEN moment + make_interval(secs => p_lease_s) END, what = CASE WHEN d.over THEN 'it was opened again before its time came' ELSE f.what END
          FROM (SELECT x.*, x.episode < rule_episode(x.exception_id) AS over
                  FROM (SELECT h.exception_id, h.episode FROM rule_firing h WHERE h.rule_id = r.id AND h.outcome = 'held' AND h.retry_at <= moment
                         ORDER BY h.retry_at LIMIT least(p_limit, 1000) FOR UPDATE SKIP LOCKED) x) d
         WHERE f.rule_id = r.id AND f.exception_id = d.exception_id AND f.episode = d.episode
        RETURNING f.exception_id, f.event, d.over
    ), w AS (
        SELECT v.exception_id, coalesce(min(v.event) FILTER (WHERE (v.event = 'resolved') = (e.state = 'resolved')), min(v.event)) AS event, max(v.tries) AS tries
          FROM rule_event v JOIN exception e ON e.id = v.exception_id
         WHERE v.claim = p_claim AND v.event = ANY (r.events) AND v.through < r.id AND v.at >= r.since
           AND (r.brands IS NULL OR e.brand_id = ANY (r.brands)) AND rule_bucket(r.id, e.shipment_id) < r.percent
           AND NOT EXISTS (SELECT FROM rule_firing f WHERE f.rule_id = r.id AND f.exception_id = e.id AND f.episode = rule_episode(e.id))
         GROUP BY 1
        UNION ALL SELECT a.exception_id, a.event, 0 FROM again a WHERE NOT a.over)
    SELECT array_agg(w.exception_id ORDER BY w.exception_id), array_agg(w.event ORDER BY w.exception_id), max(w.tries) INTO wanted, what, worst FROM w;
    IF worst > 5 THEN
        PERFORM rule_trip(r.id, r.version, 'it could not be done five times: the log of the worker says why; see "doorstep rule history ' || r.name || '"');
        PERFORM rule_keep(r, ARRAY(SELECT ROW (e.id, e.shipment_id, e.brand_id, rule_episode(e.id), u.event, 'go', false)::rule_item FROM unnest(wanted, what) u(id, event) JOIN exception e ON e.id = u.id),
                          array_fill('failed'::text, ARRAY[cardinality(wanted)]), array_fill('it could not be done five times'::text, ARRAY[cardinality(wanted)]), NULL, NULL, moment);
        wanted := NULL;
    END IF;
    RETURN QUERY SELECT r.id, r.version, r.filter, 'resolved' = ANY (r.events), r.actions @> '[{"do": "send"}]', coalesce(wanted, '{}'), coalesce(what, '{}');
END
$$;

-- A rule is through with the events of a claim; those of p_moved it is asked about anew: their exceptions changed while they were looked at.
CREATE FUNCTION rule_done(p_claim text, p_rule int, p_moved bigint[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    UPDATE rule_event v SET claim = NULL, lease_until = '-infinity', tries = 0,
           through = CASE WHEN v.exception_id = ANY (coalesce(p_moved, '{}')) THEN v.through ELSE greatest(v.through, p_rule) END WHERE v.claim = p_claim;
    WITH again AS (
        SELECT f.exception_id, f.episode FROM rule_firing f
         WHERE f.rule_id = p_rule AND f.exception_id = ANY (p_moved) AND f.outcome = 'held' AND f.retry_at IS NOT NULL FOR UPDATE SKIP LOCKED)
    UPDATE rule_firing f SET retry_at = clock_timestamp() FROM again a WHERE f.rule_id = p_rule AND (f.exception_id, f.episode) = (a.exception_id, a.episode);
END
$$;

-- What rendering a rule's message needs, as outreach_render_set() gives it.
CREATE FUNCTION rule_render(p_rule int, p_ids bigint[])
    RETURNS TABLE (ord int, exception_id bigint, template_id int, version int, channel text, language text, subject text, body text, html text, required text[],
                   provider_template text, provider_names text[], data jsonb, to_address text, to_name text, code text, message text)
    LANGUAGE plpgsql SECURITY DEFINER ROWS 100 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    a jsonb;
    called text;
BEGIN
    SELECT x, r.name INTO a, called FROM rule r CROSS JOIN LATERAL jsonb_array_elements(r.actions) x WHERE r.id = p_rule AND x ->> 'do' = 'send';
    PERFORM set_config('doorstep.acting', 'rule ' || called, true);
    RETURN QUERY SELECT * FROM outreach_render_set(p_ids, NULL, NULL, a ->> 'template', a ->> 'channel');
    PERFORM set_config('doorstep.acting', '', true);
END
$$;

-- Switches one off by itself: what it would do waits until a lead switches it on again, or off.
CREATE FUNCTION rule_trip(p_rule int, p_version int, p_why text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    r rule;
BEGIN
    PERFORM set_config('doorstep.rules_said', 'on', true);
    UPDATE rule x SET enabled = false, tripped = left(clean_text(p_why), 400), switched_by = 'worker', switched_at = clock_timestamp()
     WHERE x.id = p_rule AND x.version = p_version AND x.enabled RETURNING * INTO r;
    IF FOUND THEN
        PERFORM rule_tell(r, 'trip', 'switched itself off: ' || r.tripped, jsonb_build_object('enabled', false, 'tripped', r.tripped), NULL, 'worker');
    END IF;
END
$$;

-- ---------------------------------------------------------------- what becomes of an exception

-- One thing a rule does to an exception that is not a message, a case or a hold.
CREATE FUNCTION rule_decide(a jsonb, e exception, p_actor text, p_at timestamptz) RETURNS decision
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    wrong text;
BEGIN
    CASE a ->> 'do'
    WHEN 'severity' THEN RETURN decide_severity(e, a, p_actor, 2, p_at);
    WHEN 'snooze' THEN
        RETURN decide_snooze(e, jsonb_build_object('until', p_at + make_interval(mins => (a ->> 'minutes')::int), 'next_scan', coalesce(a -> 'next_scan', 'false')), p_actor, 2, p_at);
    WHEN 'tag' THEN RETURN decide_tag(e, a, p_actor, 2, p_at);
    WHEN 'assign' THEN
        IF (e).owner IS NOT NULL AND (e).owner <> a ->> 'to' THEN
            RETURN refuse('taken', format('%s has it', (e).owner));
        END IF;
        wrong := rule_wrong_person(a ->> 'to', ARRAY[(e).brand_id]);
        RETURN CASE WHEN wrong IS NULL THEN decide_assign(e, a, p_actor, 3, p_at) ELSE refuse('invalid', wrong) END;
    END CASE;
END
$$;

CREATE TYPE rule_item AS (id bigint, shipment_id bigint, brand_id int, episode int, event text, fate text, held boolean);
-- What came of one: the change of its fields, what is said of it, the cases it gets.
CREATE TYPE rule_result AS (outcome text, what text, note text, patch jsonb, cases text[]);

-- All a rule does to one exception the caller has locked, in order; p_sent: what became of its message, [ok, code, message].
CREATE FUNCTION rule_apply(r rule, e exception, p_sent jsonb, p_actor text, p_at timestamptz) RETURNS rule_result
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    a jsonb;
    d decision;
    patch jsonb := '{}';
    done text[] := '{}';
    notes text[] := '{}';
    cases text[] := '{}';
    outcome text;
BEGIN
    FOR a IN SELECT x FROM jsonb_array_elements(r.actions) WITH ORDINALITY u(x, i) ORDER BY i LOOP
        IF a ->> 'do' = 'send' THEN
            IF p_sent -> 0 IS DISTINCT FROM 'true' THEN
                outcome := 'blocked';
                notes := notes || format('does not send %s: %s', a ->> 'template', coalesce(p_sent ->> 2, 'there is no text for it'));
                EXIT;
            END IF;
            done := done || concat_ws(', later: ', 'sends ' || (a ->> 'template'), nullif(p_sent ->> 2, ''));
        ELSIF a ->> 'do' = 'case' THEN
            cases := cases || (a ->> 'type');
            done := done || ('opens a case, ' || case_word((a ->> 'type')::case_type));
        ELSIF a ->> 'do' = 'hold' THEN
            INSERT INTO exception_hold AS h (exception_id, until, by, at) VALUES ((e).id, p_at + make_interval(mins => (a ->> 'minutes')::int), p_actor, p_at)
                ON CONFLICT (exception_id) DO UPDATE SET until = greatest(h.until, excluded.until), by = excluded.by, at = excluded.at;
            notes := notes || format('holds its messages until %s', say_instant(p_at + make_interval(mins => (a ->> 'minutes')::int)));
        ELSE
            d := rule_decide(a, e, p_actor, p_at);
            IF d.patch IS NOT NULL THEN
                patch := patch || d.patch;
                e := jsonb_populate_record(e, d.patch);
                notes := notes || d.note;
            ELSIF d.code <> 'same' THEN
                outcome := coalesce(outcome, 'failed');
                notes := notes || format('cannot %s: %s', a ->> 'do', d.message);
            END IF;
        END IF;
    END LOOP;
    IF outcome = 'failed' AND (patch <> '{}' OR done <> '{}') THEN
        outcome := 'done';
    END IF;
    RETURN ROW (coalesce(outcome, 'done'), coalesce(nullif(array_to_string(done || notes, ', '), ''), 'it was so already'), nullif(array_to_string(notes, ', '), ''), patch, cases)::rule_result;
END
$$;

-- What is to become of each exception a rule may be about, all locked: p_ids with p_revs are those its filter is about.
CREATE FUNCTION rule_plan(r rule, s rule_setting, p_asked bigint[], p_events text[], p_ids bigint[], p_revs int[], p_at timestamptz) RETURNS rule_item[]
    LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    WITH x AS (
        SELECT e.id, e.shipment_id, e.brand_id, p.episode, u.event, coalesce(f.outcome = 'held', false) AS held, m.id IS NOT NULL AND (e.state = 'resolved') = (u.event = 'resolved') AND (r.brands IS NULL OR e.brand_id = ANY (r.brands)) AS matches,
               m.rev <> e.rev AS moved, f.outcome <> 'held' AS over, e.outages && ARRAY(SELECT o.id FROM outage o WHERE o.ended_at IS NULL) AS outage,
               (SELECT count(*) FROM rule_firing g WHERE g.exception_id = e.id AND g.at > p_at - interval '24 hours' AND g.outcome IN ('done', 'blocked', 'failed')) AS today
          FROM unnest(p_asked, p_events) u(id, event)
          JOIN exception e ON e.id = u.id
         CROSS JOIN LATERAL (SELECT rule_episode(e.id) AS episode OFFSET 0) p
          LEFT JOIN unnest(p_ids, p_revs) m(id, rev) ON m.id = e.id
          LEFT JOIN rule_firing f ON f.rule_id = r.id AND f.exception_id = e.id AND f.episode = p.episode
    ), y AS (
        SELECT x.*, CASE WHEN x.over THEN 'over' WHEN x.moved THEN 'moved' WHEN NOT x.matches OR rule_bucket(r.id, x.shipment_id) >= r.percent THEN CASE WHEN x.held THEN 'gone' ELSE 'over' END
                         WHEN r.tripped IS NOT NULL THEN 'limit' WHEN x.outage THEN 'outage' WHEN x.today >= s.per_exception THEN 'busy' ELSE 'go' END AS fate
          FROM x
    ), z AS (
        SELECT y.*, row_number() OVER (PARTITION BY y.fate ORDER BY y.id)
                    > coalesce(r.per_hour, s.per_hour) - (SELECT count(*) FROM rule_firing f WHERE f.rule_id = r.id AND f.at > greatest(p_at - interval '1 hour', r.switched_at)
                                                                                      AND f.outcome IN ('done', 'blocked', 'failed')) AS beyond FROM y
    )
    SELECT coalesce(array_agg(ROW (z.id, z.shipment_id, z.brand_id, z.episode, z.event, CASE WHEN z.fate = 'go' AND z.beyond THEN 'limit' ELSE z.fate END, z.held)::rule_item ORDER BY z.id), '{}') FROM z
$$;

-- Keeps what became of each.
CREATE FUNCTION rule_keep(r rule, p_items rule_item[], p_outcomes text[], p_what text[], p_why text, p_retry timestamptz, p_at timestamptz) RETURNS void
    LANGUAGE sql SET search_path = doorstep, pg_temp AS $$
    INSERT INTO rule_firing AS f (rule_id, exception_id, episode, version, shipment_id, brand_id, event, at, outcome, why, what, retry_at)
    SELECT r.id, i.id, i.episode, r.version, i.shipment_id, i.brand_id, i.event, p_at, o, p_why, left(w, 1000), p_retry
      FROM ROWS FROM (unnest(p_items), unnest(p_outcomes), unnest(p_what)) i(id, shipment_id, brand_id, episode, event, fate, held, o, w)
        ON CONFLICT (rule_id, exception_id, episode) DO UPDATE
           SET version = excluded.version, at = excluded.at, outcome = excluded.outcome, why = excluded.why, what = excluded.what, retry_at = excluded.retry_at
         WHERE f.outcome = 'held'
$$;

-- Fires a rule for the exceptions its filter is about (p_ids as they were at p_revs) out of those it was asked about, with the messages rendered for
-- them (p_items as for outreach_send; {"exception", "cannot"} where there is none). moved: changed since they were looked at, or the rule did: ask anew.
CREATE FUNCTION rule_fire(p_rule int, p_version int, p_asked bigint[], p_events text[], p_ids bigint[], p_revs int[], p_items jsonb)
    RETURNS TABLE (did jsonb, moved bigint[])
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    r rule;
    s rule_setting;
    actor text;
    key uuid := gen_random_uuid();
    moment timestamptz;
    plan rule_item[];
    go rule_item[];
    late rule_item[];
    sent jsonb := '{}';
    e exception;
    one rule_result;
    results rule_result[] := '{}';
    changes change[] := '{}';
    kind text;
    item rule_item;
BEGIN
    SELECT * INTO r FROM rule x WHERE x.id = p_rule FOR UPDATE;      -- who switches it off waits for us, and then nothing more happens
    SELECT * INTO s FROM rule_setting FOR SHARE;
    IF r.id IS NULL OR r.deleted_at IS NOT NULL OR NOT r.enabled AND r.tripped IS NULL THEN
        RETURN QUERY SELECT '{}'::jsonb, '{}'::bigint[];
        RETURN;
    ELSIF s.stopped OR r.version <> p_version THEN
        RETURN QUERY SELECT '{}'::jsonb, p_asked;
        RETURN;
    END IF;
    actor := 'rule ' || r.name;
    IF r.actions @> '[{"do": "send"}]' THEN
        PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));
        PERFORM FROM customer c WHERE c.id IN (SELECT x.customer_id FROM exception x WHERE x.id = ANY (p_ids)) ORDER BY c.id FOR NO KEY UPDATE;
    END IF;
    PERFORM lock_exceptions(p_asked, r.actions @> '[{"do": "case"}]');
    moment := clock_timestamp();
    plan := rule_plan(r, s, p_asked, p_events, p_ids, p_revs, moment);
    go := ARRAY(SELECT i FROM unnest(plan) i WHERE i.fate = 'go' ORDER BY i.id);

    IF r.actions @> '[{"do": "send"}]' AND go <> '{}' THEN
        PERFORM set_config('doorstep.acting', actor, true);
        SELECT coalesce(jsonb_object_agg(o.id, jsonb_build_array(o.ok, o.code, o.message)), '{}') INTO sent
          FROM outreach_send(gen_random_uuid(), (SELECT coalesce(jsonb_agg(i), '[]') FROM jsonb_array_elements(p_items) i
                                                  WHERE NOT i ? 'cannot' AND (i ->> 'exception')::bigint IN (SELECT g.id FROM unnest(go) g))) o;
        PERFORM set_config('doorstep.acting', '', true);
        sent := sent || (SELECT coalesce(jsonb_object_agg(i ->> 'exception', jsonb_build_array(false, 'blocked', i ->> 'cannot')), '{}')
                           FROM jsonb_array_elements(p_items) i WHERE i ? 'cannot');
    END IF;
    FOREACH item IN ARRAY go LOOP
        SELECT * INTO e FROM exception x WHERE x.id = item.id;
        one := rule_apply(r, e, sent -> item.id::text, actor, moment);
        results := results || one;
        IF one.note IS NOT NULL THEN
            changes := changes || ROW (item.id, one.patch, one.note)::change;
        END IF;
    END LOOP;
    late := ARRAY(SELECT i FROM unnest(plan) i WHERE i.fate = 'outage');
    changes := changes || ARRAY(SELECT ROW (i.id, '{}'::jsonb, 'waits: the parcel is in an outage, and rules do nothing to it until that ends')::change FROM unnest(late) i WHERE NOT i.held);
    PERFORM FROM apply_changes(changes, 'rule', actor, key, moment);
    FOR kind IN SELECT DISTINCT c FROM unnest(results) x CROSS JOIN LATERAL unnest(x.cases) c ORDER BY 1 LOOP
        PERFORM set_config('doorstep.acting', actor, true);
        PERFORM FROM case_open(gen_random_uuid(), ARRAY(SELECT g.id FROM ROWS FROM (unnest(go), unnest(results))
                                                         g(id, shipment_id, brand_id, episode, event, fate, held, outcome, what, note, patch, cases) WHERE kind = ANY (g.cases)), kind);
        PERFORM set_config('doorstep.acting', '', true);
    END LOOP;

    PERFORM rule_keep(r, go, ARRAY(SELECT x.outcome FROM unnest(results) x), ARRAY(SELECT x.what FROM unnest(results) x), NULL, NULL, moment);
    PERFORM rule_keep(r, late, array_fill('held'::text, ARRAY[cardinality(late)]), array_fill('the parcel is in an outage'::text, ARRAY[cardinality(late)]), 'outage', moment + interval '5 minutes', moment);
    late := ARRAY(SELECT i FROM unnest(plan) i WHERE i.fate IN ('gone', 'busy'));
    PERFORM rule_keep(r, late, array_fill('skipped'::text, ARRAY[cardinality(late)]), ARRAY(SELECT CASE l.fate WHEN 'gone' THEN 'when its time came it was so no more'
                               ELSE format('rules had acted on it %s times within a day', s.per_exception) END FROM unnest(late) l), NULL, NULL, moment);
    late := ARRAY(SELECT i FROM unnest(plan) i WHERE i.fate = 'limit');
    PERFORM rule_keep(r, late, array_fill('held'::text, ARRAY[cardinality(late)]), array_fill('the rule had switched itself off'::text, ARRAY[cardinality(late)]), 'limit', NULL, moment);
    IF late <> '{}' AND r.tripped IS NULL THEN
        PERFORM rule_trip(r.id, r.version, format('it would fire for more than %s exceptions within an hour: see "doorstep rule test %s", then switch it on again, or off',
                                                  coalesce(r.per_hour, s.per_hour), r.name));
    END IF;
    RETURN QUERY SELECT (SELECT coalesce(jsonb_object_agg('rules_' || x.o, x.n), '{}') FROM (SELECT x.outcome AS o, count(*) AS n FROM unnest(results) x GROUP BY 1
                          UNION ALL SELECT 'held', count(*) FROM unnest(plan) i WHERE i.fate IN ('outage', 'limit') AND NOT i.held HAVING count(*) > 0
                          UNION ALL SELECT 'skipped', count(*) FROM unnest(plan) i WHERE i.fate IN ('gone', 'busy') HAVING count(*) > 0) x),
                        ARRAY(SELECT i.id FROM unnest(plan) i WHERE i.fate = 'moved');
END
$$;

-- What an outage held goes on when it ends.
CREATE FUNCTION rule_outage_ended() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM now_rows n JOIN was_rows w USING (id) WHERE n.ended_at IS NOT NULL AND w.ended_at IS NULL) THEN
        WITH held AS (                    -- who has one of these this moment asks again by itself
            SELECT f.rule_id, f.exception_id, f.episode FROM rule_firing f WHERE f.outcome = 'held' AND f.why = 'outage' AND f.retry_at > clock_timestamp() FOR UPDATE SKIP LOCKED)
        UPDATE rule_firing f SET retry_at = clock_timestamp() FROM held h WHERE (f.rule_id, f.exception_id, f.episode) = (h.rule_id, h.exception_id, h.episode);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER rules_go_on AFTER UPDATE ON outage REFERENCING OLD TABLE AS was_rows NEW TABLE AS now_rows FOR EACH STATEMENT EXECUTE FUNCTION rule_outage_ended();

-- ---------------------------------------------------------------- trying one on what happened

-- The exceptions of the caller's brands to which one of these happened in the last days, each once, with when it last did.
CREATE FUNCTION rule_history(p_events text[], p_days int) RETURNS TABLE (exception_id bigint, at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10000 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
    since timestamptz := statement_timestamp() - make_interval(days => least(greatest(p_days, 1), 365));
BEGIN
    PERFORM require_level(1, 'try rules');
    RETURN QUERY
    SELECT x.id, max(x.at) FROM (
        SELECT e.id, a.at FROM exception e JOIN activity a ON a.exception_id = e.id
         WHERE e.k_updated <= -epoch_ms(since) AND (mine IS NULL OR e.brand_id = ANY (mine)) AND a.at >= since AND a.actor NOT LIKE 'rule %'
           AND rule_events_of(a.verb, e.kind, a.after) && p_events
        UNION ALL
        SELECT e.id, k.received_at FROM contact k JOIN exception e ON e.id = k.exception_id
         WHERE 'reply' = ANY (p_events) AND k.received_at >= since AND k.driver NOT IN ('auto_reply', 'opt_out', 'opt_in') AND to_jsonb(k) ->> 'by' IS NULL
           AND (mine IS NULL OR e.brand_id = ANY (mine))) x
     GROUP BY x.id;
END
$$;
GRANT EXECUTE ON FUNCTION rule_history(text[], int) TO doorstep_viewer;
GRANT EXECUTE ON FUNCTION rule_claim(text, int, int), rule_done(text, int, bigint[]), rule_render(int, bigint[]), rule_trip(int, int, text),
    rule_fire(int, int, bigint[], text[], bigint[], int[], jsonb) TO doorstep_worker;

RESET search_path;
RESET ROLE;
