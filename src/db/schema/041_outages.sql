-- Outages: declared for a scope, which new exceptions join and changed ones leave; while one is live its messages may be held
-- and its clocks stand; its end takes all of that back.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

ALTER TABLE outage ADD COLUMN changed_at timestamptz NOT NULL DEFAULT clock_timestamp();   -- declared, changed or ended
-- What an outage holds has to be found when it ends, the resolved ones too.
CREATE INDEX exception_held ON exception (id) WHERE sla_held;

-- ---------------------------------------------------------------- how many are in each
-- As counter: one row a change, added up by readers. Of live outages alone.
CREATE TABLE outage_counter (
    outage_id int NOT NULL,
    brand_id  int NOT NULL,
    n         bigint NOT NULL,
    fresh     bigint NOT NULL      -- of those nobody's
) WITH (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.1);

CREATE FUNCTION outage_counter_fold() RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF pg_try_advisory_xact_lock(hashtext('doorstep outage counter')) THEN
        WITH gone AS (DELETE FROM outage_counter RETURNING *)
        INSERT INTO outage_counter SELECT g.outage_id, g.brand_id, sum(g.n), sum(g.fresh) FROM gone g JOIN outage o ON o.id = g.outage_id AND o.ended_at IS NULL
                                    GROUP BY 1, 2 HAVING sum(g.n) <> 0 OR sum(g.fresh) <> 0;
    END IF;
END
$$;

-- ---------------------------------------------------------------- who is in which, and whether the clock stands

-- The outages an open exception belongs to: of the live ones those whose scope it is in, of those that ended what it was in.
CREATE FUNCTION outages_of(e exception) RETURNS int[] LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT coalesce(array_agg(x ORDER BY x), '{}')
      FROM (SELECT x FROM unnest(e.outages) x WHERE NOT EXISTS (SELECT FROM outage o WHERE o.id = x AND o.ended_at IS NULL)
            UNION ALL SELECT o.id FROM outage o WHERE o.ended_at IS NULL AND scope_covers(o.scope, e)) u
$$;

-- Brings exceptions the caller has locked up to the live outages: which they are in (p_add: this one, without looking; p_drop: never
-- in this one; p_look: by the scopes of all live ones), and whether their clocks stand. Rows that stay as they are are not
-- written. Clocks that start again do so from p_from; with p_drop as if they had never stood for it: from when each stopped or would have begun
-- to run since then. The timeline tells of clocks alone.
CREATE FUNCTION outage_refresh(p_ids bigint[], p_look boolean, p_add int, p_drop int, p_actor text, p_key uuid, p_at timestamptz,
                               p_note text, p_from timestamptz, OUT changed int, OUT stopped int, OUT started int)
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' SET jit = off AS $$
DECLARE
    pausing int[] := ARRAY(SELECT o.id FROM outage o WHERE o.ended_at IS NULL AND o.pause_sla);
BEGIN
    WITH clock AS MATERIALIZED (
        SELECT c.id, business_clock(c.id, p_at) AS now_s FROM calendar c
    ), was AS MATERIALIZED (
        SELECT e.id, e.state IN ('new', 'working') AS runs, e.sla_held, e.calendar_id, e.first_response_due_at AS first_due, e.resolve_due_at AS resolve_due,
               e.first_left_s AS first_left, e.resolve_left_s AS resolve_left, e.outages, b.became,
               (e.state <> 'resolved' OR e.sla_held) AND b.became && pausing AS held
          FROM exception e
         CROSS JOIN LATERAL (SELECT CASE WHEN p_look AND e.state <> 'resolved' THEN outages_of(e)
                                         WHEN p_add IS NOT NULL AND p_add <> ALL (e.outages) THEN e.outages || p_add
                                         WHEN p_drop IS NOT NULL THEN array_remove(e.outages, p_drop)
                                         ELSE e.outages END AS became OFFSET 0) b
         WHERE e.id = ANY (p_ids)
    ), plan AS MATERIALIZED (
        SELECT w.*, w.held AND NOT w.sla_held AND w.runs AS stops, NOT w.held AND w.sla_held AND w.runs AS starts,
               CASE WHEN p_drop IS NULL THEN p_from ELSE greatest(p_from,
                    (SELECT max(a.at) FROM activity a
                      WHERE a.exception_id = w.id AND a.at > p_from
                        AND (a.verb = 'outage' AND a.after ->> 'sla_held' = 'true' OR a.verb = 'escalated'
                             OR a.before ->> 'state' IN ('waiting', 'snoozed', 'resolved') AND a.after ->> 'state' IN ('new', 'working'))),
                    (SELECT max(o.ended_at) FROM outage o WHERE o.id = ANY (w.outages) AND o.id <> p_drop AND o.pause_sla)) END AS since
          FROM was w WHERE w.became <> w.outages OR w.held <> w.sla_held
    ), item AS MATERIALIZED (
        SELECT p.id, p.became, p.held, p.stops, p.starts, p.held <> p.sla_held AS said, x.*,
               CASE WHEN p.held <> p.sla_held THEN CASE WHEN p.held THEN 'the clock stands: ' ELSE 'the clock runs again: ' END || coalesce(p_note,
                    (SELECT format('outage %s, %s', o.id, o.title) FROM outage o WHERE o.id = ANY (p.became) AND o.id = ANY (pausing) ORDER BY o.id LIMIT 1),
                    'it is in no outage any more') END AS note,
               CASE WHEN p.held <> p.sla_held THEN jsonb_build_object('sla_held', p.sla_held) || CASE WHEN p.stops OR p.starts THEN jsonb_build_object(
                    'first_response_due_at', p.first_due, 'resolve_due_at', p.resolve_due, 'first_left_s', p.first_left, 'resolve_left_s', p.resolve_left)
                    ELSE '{}' END END AS before,
               CASE WHEN p.held <> p.sla_held THEN jsonb_build_object('sla_held', p.held) || CASE WHEN p.stops OR p.starts THEN jsonb_build_object(
                    'first_response_due_at', x.d1, 'resolve_due_at', x.d2, 'first_left_s', x.l1, 'resolve_left_s', x.l2)
                    ELSE '{}' END END AS after
          FROM plan p LEFT JOIN clock c ON c.id = p.calendar_id
         CROSS JOIN LATERAL (
            SELECT CASE WHEN p.stops THEN NULL WHEN p.starts THEN coalesce(business_due(p.calendar_id, p.since, p.first_left), p.first_due) ELSE p.first_due END AS d1,
                   CASE WHEN p.stops THEN NULL WHEN p.starts THEN coalesce(business_due(p.calendar_id, p.since, p.resolve_left), p.resolve_due) ELSE p.resolve_due END AS d2,
                   CASE WHEN p.starts THEN NULL WHEN NOT p.stops OR p.first_due IS NULL THEN p.first_left
                        WHEN p.calendar_id IS NULL THEN epoch_s(p.first_due) - epoch_s(p_at)
                        WHEN p.first_due IS NOT NULL THEN business_clock(p.calendar_id, p.first_due) - c.now_s END AS l1,
                   CASE WHEN p.starts THEN NULL WHEN NOT p.stops OR p.resolve_due IS NULL THEN p.resolve_left
                        WHEN p.calendar_id IS NULL THEN epoch_s(p.resolve_due) - epoch_s(p_at)
                        WHEN p.resolve_due IS NOT NULL THEN business_clock(p.calendar_id, p.resolve_due) - c.now_s END AS l2 OFFSET 0) x
    ), head AS (
        UPDATE exception e
           SET outages = i.became, sla_held = i.held, first_response_due_at = i.d1, resolve_due_at = i.d2, first_left_s = i.l1, resolve_left_s = i.l2,
               rev = e.rev + 1, updated_at = CASE WHEN i.said THEN p_at ELSE e.updated_at END,
               activity_seq = e.activity_seq + i.said::int,
               activity_hash = CASE WHEN i.said THEN activity_link(e.activity_hash, e.id, e.activity_seq + 1, e.brand_id, p_at, p_actor, 'outage',
                                                                   i.note, i.before, i.after, p_key) ELSE e.activity_hash END
          FROM item i
         WHERE e.id = i.id
        RETURNING e.id, e.activity_seq, e.activity_hash, e.brand_id, i.said, i.note, i.before, i.after, i.stops, i.starts
    ), told AS (
        INSERT INTO activity (exception_id, seq, brand_id, at, actor, verb, text, before, after, key, hash)
        SELECT h.id, h.activity_seq, h.brand_id, p_at, p_actor, 'outage', h.note, h.before, h.after, p_key, h.activity_hash FROM head h WHERE h.said
    )
    SELECT count(*), count(*) FILTER (WHERE h.stops), count(*) FILTER (WHERE h.starts) INTO changed, stopped, started FROM head h;
END
$$;

-- New exceptions join, changed ones join and leave; their numbers are kept. One index look while no outage is live.
CREATE FUNCTION exception_outages() RETURNS trigger LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    live int[] := ARRAY(SELECT o.id FROM outage o WHERE o.ended_at IS NULL);
    ids bigint[];
    at timestamptz;
BEGIN
    IF cardinality(live) = 0 THEN
        RETURN NULL;
    END IF;
    IF tg_op = 'INSERT' THEN
        ids := ARRAY(SELECT m.id FROM made m WHERE m.state <> 'resolved'
                        AND EXISTS (SELECT FROM outage o, exception e WHERE o.ended_at IS NULL AND e.id = m.id AND scope_covers(o.scope, e)));
    ELSE
        INSERT INTO outage_counter
        SELECT x.o, x.brand_id, sum(x.d), sum(x.f)
          FROM (SELECT unnest(w.outages) AS o, w.brand_id, 1 AS d, (w.state = 'new')::int AS f FROM now_rows w WHERE w.state <> 'resolved' AND w.outages && live
                UNION ALL
                SELECT unnest(w.outages), w.brand_id, -1, -(w.state = 'new')::int FROM was_rows w WHERE w.state <> 'resolved' AND w.outages && live) x
         WHERE x.o = ANY (live) GROUP BY 1, 2 HAVING sum(x.d) <> 0 OR sum(x.f) <> 0;
        IF FOUND AND random() < 0.05 THEN
            PERFORM outage_counter_fold();
        END IF;
        ids := ARRAY(SELECT w.id FROM now_rows w JOIN was_rows o USING (id)
                      WHERE w.state <> 'resolved' AND (o.state = 'resolved' OR
                            (w.brand_id, w.carrier_id, w.service, w.country, w.region, w.city, w.postal_code, w.kind) IS DISTINCT FROM
                            (o.brand_id, o.carrier_id, o.service, o.country, o.region, o.city, o.postal_code, o.kind)));
    END IF;
    IF cardinality(ids) > 0 THEN
        at := clock_timestamp();
        PERFORM outage_refresh(ids, true, NULL, NULL, 'clock', NULL, at, NULL, at);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER outages_new AFTER INSERT ON exception REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION exception_outages();
CREATE TRIGGER outages_changed AFTER UPDATE ON exception REFERENCING OLD TABLE AS was_rows NEW TABLE AS now_rows
    FOR EACH STATEMENT EXECUTE FUNCTION exception_outages();

CREATE FUNCTION control_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('doorstep', 'u');
    RETURN NULL;
END
$$;
CREATE TRIGGER changed AFTER INSERT OR UPDATE ON outage FOR EACH STATEMENT EXECUTE FUNCTION control_changed();

-- ---------------------------------------------------------------- the clock, whatever people do meanwhile
-- Held, it stands in every state: what is left is kept and nothing is due.

-- Whatever a row was found with, what is known of its clock is kept: one that is due has time left, one that has time left is due.

CREATE OR REPLACE FUNCTION sla_stop(e exception, p_at timestamptz) RETURNS jsonb LANGUAGE sql STABLE
    RETURN CASE WHEN (e.sla_held OR e.state IN ('waiting', 'snoozed')) AND num_nulls(e.first_left_s, e.resolve_left_s) = 0 THEN '{}' ELSE jsonb_build_object(
        'first_left_s', coalesce(business_left(e.calendar_id, p_at, e.first_response_due_at), e.first_left_s),
        'resolve_left_s', coalesce(business_left(e.calendar_id, p_at, e.resolve_due_at), e.resolve_left_s)) END;
CREATE OR REPLACE FUNCTION sla_start_again(e exception, p_at timestamptz) RETURNS jsonb LANGUAGE sql STABLE
    RETURN CASE WHEN e.sla_held THEN sla_stop(e, p_at) || sla_hidden()
                WHEN e.state IN ('new', 'working') AND num_nulls(e.first_response_due_at, e.resolve_due_at) = 0 THEN '{}' ELSE jsonb_build_object(
        'first_response_due_at', coalesce(business_due(e.calendar_id, p_at, e.first_left_s), e.first_response_due_at),
        'resolve_due_at', coalesce(business_due(e.calendar_id, p_at, e.resolve_left_s), e.resolve_due_at),
        'first_left_s', NULL, 'resolve_left_s', NULL) END;

-- The merge works out when a clock that runs is due; where it is held, that becomes what is left.
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, 'patch AS MATERIALIZED (', 'ticking AS MATERIALIZED (');
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, 'coalesce(h.first_s, e.first_left_s) AS first_left, coalesce(h.resolve_s, e.resolve_left_s) AS resolve_left,',
    'coalesce(h.first_s, e.first_left_s) AS first_kept, coalesce(h.resolve_s, e.resolve_left_s) AS resolve_kept, e.sla_held,');
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, 'ELSE coalesce(h.first_at, e.first_response_due_at) END AS first_response_due_at,',
    'ELSE coalesce(h.first_at, e.first_response_due_at) END AS first_runs,');
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, 'ELSE coalesce(h.resolve_at, e.resolve_due_at) END AS resolve_due_at,',
    'ELSE coalesce(h.resolve_at, e.resolve_due_at) END AS resolve_runs,');
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, '), words AS (', '), patch AS MATERIALIZED (             -- an outage''s clock stands
        SELECT t.*, t.sla_held AND t.state <> ''resolved'' AS held,
               CASE WHEN NOT t.sla_held OR t.state = ''resolved'' THEN t.first_runs END AS first_response_due_at,
               CASE WHEN NOT t.sla_held OR t.state = ''resolved'' THEN t.resolve_runs END AS resolve_due_at,
               CASE WHEN t.sla_held AND t.state <> ''resolved'' AND num_nonnulls(t.first_runs, t.resolve_runs) > 0
                    THEN business_left(t.calendar_id, p_now, t.first_runs) ELSE t.first_kept END AS first_left,
               CASE WHEN t.sla_held AND t.state <> ''resolved'' AND num_nonnulls(t.first_runs, t.resolve_runs) > 0
                    THEN business_left(t.calendar_id, p_now, t.resolve_runs) ELSE t.resolve_kept END AS resolve_left
          FROM ticking t
    ), words AS (');
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, 'first_left_s = CASE WHEN NOT i.awake THEN', 'first_left_s = CASE WHEN NOT i.awake OR i.held THEN');
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, 'resolve_left_s = CASE WHEN NOT i.awake THEN', 'resolve_left_s = CASE WHEN NOT i.awake OR i.held THEN');

-- What taking back an action makes of the clock where an outage has stopped or started it since, or holds it now: what is left
-- is counted as if the action had not been and the outage had.
CREATE FUNCTION undo_clock(e exception, a activity, p_patch jsonb, p_at timestamptz) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    p exception;
    released timestamptz;
    paused bigint;
    first_s bigint;
    resolve_s bigint;
    since timestamptz := p_at;
BEGIN
    SELECT max(x.at) FILTER (WHERE x.after ->> 'sla_held' = 'false') INTO released FROM activity x
     WHERE x.exception_id = e.id AND x.seq > a.seq AND x.verb = 'outage' AND x.after ? 'sla_held';
    p := jsonb_populate_record(e, p_patch);
    IF NOT e.sla_held AND released IS NULL THEN      -- but what was changed in between may have stopped or started it
        RETURN p_patch || CASE WHEN p.state IN ('new', 'working') AND num_nulls(p.first_response_due_at, p.resolve_due_at) > 0 THEN sla_start_again(p, p_at)
                               WHEN p.state IN ('waiting', 'snoozed', 'resolved') AND num_nulls(p.first_left_s, p.resolve_left_s) > 0
                               THEN sla_stop(p, p_at) || CASE WHEN p.state = 'resolved' THEN '{}' ELSE sla_hidden() END
                               ELSE '{}' END;
    END IF;
    IF p_patch ->> 'first_left_s' IS NOT NULL OR p_patch ->> 'resolve_left_s' IS NOT NULL THEN      -- it stood before, too
        first_s := p.first_left_s;
        resolve_s := p.resolve_left_s;
        since := coalesce(released, p_at);
    ELSIF p_patch ->> 'first_response_due_at' IS NOT NULL OR p_patch ->> 'resolve_due_at' IS NOT NULL THEN      -- it ran on, but for the outages
        SELECT coalesce(sum(business_left(e.calendar_id, s.at, s.until)), 0) INTO paused
          FROM (SELECT x.at, x.after ->> 'sla_held' = 'true' AS stands, coalesce(lead(x.at) OVER (ORDER BY x.seq), p_at) AS until FROM activity x
                 WHERE x.exception_id = e.id AND x.seq > a.seq AND x.verb = 'outage' AND x.after ? 'sla_held') s WHERE s.stands;
        first_s := business_left(e.calendar_id, p_at, p.first_response_due_at) + paused;
        resolve_s := business_left(e.calendar_id, p_at, p.resolve_due_at) + paused;
    ELSIF num_nonnulls(e.first_left_s, e.resolve_left_s) > 0 THEN      -- it stood then and stands now
        first_s := e.first_left_s;
        resolve_s := e.resolve_left_s;
        since := coalesce(released, p_at);
    ELSE
        since := coalesce(released, p_at);
        first_s := business_left(e.calendar_id, since, e.first_response_due_at);
        resolve_s := business_left(e.calendar_id, since, e.resolve_due_at);
    END IF;
    first_s := coalesce(first_s, e.first_left_s);
    resolve_s := coalesce(resolve_s, e.resolve_left_s);
    IF e.sla_held OR p.state IN ('waiting', 'snoozed', 'resolved') THEN
        RETURN p_patch || jsonb_build_object('first_left_s', first_s, 'resolve_left_s', resolve_s)
               || CASE WHEN p.state = 'resolved' THEN '{}' ELSE sla_hidden() END;
    END IF;
    RETURN p_patch || jsonb_build_object('first_left_s', NULL, 'resolve_left_s', NULL,
        'first_response_due_at', business_due(e.calendar_id, since, first_s), 'resolve_due_at', business_due(e.calendar_id, since, resolve_s));
END
$$;
SELECT patch_function('decide_undo(exception, activity, text, timestamptz)'::regprocedure, 'x.seq > a.seq AND x.actor <> me', 'x.seq > a.seq AND x.actor <> me AND x.verb <> ''outage''');
SELECT patch_function('case_tell(bigint[], text[], integer, text, uuid, timestamptz, uuid)'::regprocedure, 'a.before - ''marks'' AS was', 'undo_clock(e, a, a.before - ''marks'', p_at) AS was');
SELECT patch_function('decide_undo(exception, activity, text, timestamptz)'::regprocedure, 'RETURN done(patch, ''took back: '' || a.text);', 'RETURN done(undo_clock(e, a, patch, at), ''took back: '' || a.text);');

-- ---------------------------------------------------------------- messages it holds

SELECT patch_function('guardrails(guard_item[], timestamptz, boolean)'::regprocedure, 'SELECT i.*, e.brand_id, e.carrier_id,',
    'SELECT i.*, e.brand AS e_brand, e.carrier AS e_carrier, e.service AS e_service, e.postal_code AS e_postal, e.brand_id, e.carrier_id,');
SELECT patch_function('guardrails(guard_item[], timestamptz, boolean)'::regprocedure, 'AND (h.region IS NULL OR h.region = i.region) AND (h.kind IS NULL OR h.kind = i.kind)',
    'AND (h.region IS NULL OR h.region = i.region) AND (h.kind IS NULL OR h.kind = i.kind)
                AND (h.outage_id IS NULL OR scope_has((SELECT u.scope FROM outage u WHERE u.id = h.outage_id), i.e_brand, i.e_carrier, i.e_service, i.country, i.region, i.city, i.e_postal, i.kind::text))
                AND (coalesce(i.t_name <> ALL (h.lets), true) OR coalesce(i.edited, false))');
SELECT patch_function('guardrails(guard_item[], timestamptz, boolean)'::regprocedure, 'concat(CASE WHEN h.carrier_id IS NOT NULL',
    'concat('' of outage '' || h.outage_id, CASE WHEN h.carrier_id IS NOT NULL');
SELECT patch_function('guard_stamps(bigint[], int[], int[], bigint[])'::regprocedure, 'e.kind, e.resolved_at, e.region, e.country,', 'e.kind, e.resolved_at, e.region, e.country, e.city, e.postal_code, e.service,');

-- Ends a hold the caller has locked, after the exceptions: what it kept back is queued again, and the worker asks all guardrails
-- before it goes. Gives how many.
CREATE FUNCTION hold_release(p_hold int, p_by text, p_at timestamptz) RETURNS int LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    back int;
BEGIN
    UPDATE message_hold h SET ended_at = p_at, ended_by = p_by WHERE h.id = p_hold AND h.ended_at IS NULL;
    WITH theirs AS MATERIALIZED (
        SELECT o.id FROM outreach o WHERE o.state = 'held' AND o.hold_id = p_hold ORDER BY o.id FOR UPDATE
    ), put AS (
        UPDATE outreach o SET state = 'queued', reason = NULL, hold_id = NULL, send_after = clock_timestamp() FROM theirs t WHERE o.id = t.id RETURNING 1
    )
    SELECT count(*) INTO back FROM put;
    IF back > 0 THEN
        PERFORM pg_notify('doorstep', 'o');
    END IF;
    RETURN back;
END
$$;
CREATE OR REPLACE FUNCTION hold_end(p_key uuid, p_id int) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    h message_hold;
    back int := 0;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(3, 'end holds');
        SELECT * INTO h FROM message_hold x
         WHERE x.id = p_id AND CASE WHEN x.brand_id IS NULL THEN my_brands() IS NULL ELSE sees_brand(x.brand_id) END FOR UPDATE;
        IF h.id IS NULL THEN
            answered := jsonb_build_array(jsonb_build_array(p_id, false, 'gone', format('there is no hold %s', p_id), NULL));
        ELSIF h.ended_at IS NOT NULL THEN
            answered := jsonb_build_array(jsonb_build_array(p_id, true, 'same', format('%s ended it %s', h.ended_by, ago(clock_timestamp() - h.ended_at)), NULL));
        ELSIF h.outage_id IS NOT NULL THEN
            answered := jsonb_build_array(jsonb_build_array(p_id, false, 'invalid',
                format('hold %s is outage %s''s: "doorstep outage set %s --no-hold-messages" ends it, and the outage''s end does', p_id, h.outage_id, h.outage_id), NULL));
        ELSE
            back := hold_release(p_id, session_user, clock_timestamp());
            answered := jsonb_build_array(jsonb_build_array(p_id, true, 'ok', CASE back WHEN 0 THEN '' WHEN 1 THEN '1 message goes out now'
                                                                                        ELSE back || ' messages go out now' END, NULL));
        END IF;
        PERFORM action_end(p_key, 'hold_end', clock_timestamp(), '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;
-- An outage's hold is seen by who sees one of the outage's brands.
CREATE FUNCTION outage_seen(p_id int) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM outage o WHERE o.id = p_id AND (o.brands IS NULL OR my_brands() IS NULL OR o.brands && my_brands()));
END
$$;
GRANT EXECUTE ON FUNCTION outage_seen(int) TO doorstep_viewer;
DROP POLICY by_brand ON message_hold;
CREATE POLICY by_brand ON message_hold FOR SELECT TO doorstep_viewer
    USING ((brand_id IS NULL OR (SELECT my_brands()) IS NULL OR brand_id = ANY ((SELECT my_brands())::int[]))
           AND (outage_id IS NULL OR outage_seen(outage_id)));

-- The outage's own wording is offered first while there is one, and not at all otherwise.
CREATE FUNCTION in_outage(p_outages int[]) RETURNS boolean LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT p_outages <> '{}' AND EXISTS (SELECT FROM outage o WHERE o.id = ANY (p_outages) AND o.ended_at IS NULL)
$$;
SELECT patch_function('candidates(exception)'::regprocedure, 'WHEN w.message IS NOT NULL THEN w.message',
    'WHEN o.name = ''carrier_outage'' AND NOT in_outage(e.outages) THEN ''speaks of an outage, and the parcel is in none''
                    WHEN w.message IS NOT NULL THEN w.message');
SELECT patch_function('candidates(exception)'::regprocedure, 'OVER (ORDER BY j.wrong IS NULL DESC,', 'OVER (ORDER BY j.wrong IS NULL DESC, j.name = ''carrier_outage'' AND j.wrong IS NULL DESC,');
SELECT patch_function('templates_fit(bigint[])'::regprocedure, 'ORDER BY fits DESC, name), ''[]'') FROM named',
    'ORDER BY name = ''carrier_outage'' AND fits > 0 DESC, fits DESC, name), ''[]'') FROM named
     WHERE name <> ''carrier_outage'' OR EXISTS (SELECT FROM exception e WHERE e.id = ANY (p_ids) AND in_outage(e.outages))');

RESET search_path;
RESET ROLE;
