-- What screens and commands read of outages.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- reading

-- What a line about an outage has (struct outage_row), of the caller's brands. Counts stop at 10,001: a number that high means more than 10,000.
CREATE FUNCTION outage_row(o outage) RETURNS jsonb LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    mine int[] := my_brands();
    n bigint := 0;
    fresh bigint := 0;
    follow bigint := 0;
    held bigint;
    overridden bigint;
BEGIN
    IF o.ended_at IS NULL THEN
        SELECT greatest(coalesce(sum(c.n), 0), 0), greatest(coalesce(sum(c.fresh), 0), 0) INTO n, fresh
          FROM outage_counter c WHERE c.outage_id = o.id AND (mine IS NULL OR c.brand_id = ANY (mine));
    ELSE
        SELECT count(*) INTO follow FROM (SELECT FROM exception e WHERE e.outages @> ARRAY[o.id] AND e.outages <> '{}' AND e.state <> 'resolved'
                                                                    AND (mine IS NULL OR e.brand_id = ANY (mine)) LIMIT 10001) x;
    END IF;
    SELECT count(*) INTO held FROM (SELECT FROM outreach q WHERE q.hold_id = o.hold_id AND q.state = 'held' AND (mine IS NULL OR q.brand_id = ANY (mine)) LIMIT 10001) x;
    SELECT count(*) INTO overridden FROM (SELECT FROM override_batch b JOIN status_override s ON s.batch_id = b.id
                                           WHERE b.outage_id = o.id AND b.state = 'applied' AND s.state IN ('active', 'conflict')
                                             AND (mine IS NULL OR s.brand_id = ANY (mine)) LIMIT 10001) x;
    RETURN jsonb_build_object('id', o.id, 'title', o.title, 'scope', scope_text(scope_shown(o.scope, mine)), 'message', o.message, 'by', o."by", 'ended_by', o.ended_by,
        'started_at', o.started_at, 'until', o.until, 'ended_at', o.ended_at, 'hold_messages', o.hold_messages, 'pause_sla', o.pause_sla,
        'exceptions', n, 'fresh', fresh, 'held', held, 'overridden', overridden, 'follow_up', follow);
END
$$;

-- What everybody's screen says of control: live outages, oldest first, and what waits for the caller.
CREATE FUNCTION control_state() RETURNS jsonb LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    mine int[] := my_brands();
    level int := my_level();
    pending int;
    pending_mine int;
    conflicts int;
    suggestions int;
BEGIN
    PERFORM require_level(1, 'look at outages');
    SELECT count(*), count(*) FILTER (WHERE b.by <> session_user AND level >= 3) INTO pending, pending_mine
      FROM override_batch b WHERE b.state = 'pending' AND (mine IS NULL OR b.brands <@ mine);
    SELECT count(*) INTO conflicts FROM (SELECT FROM status_override s WHERE s.by = session_user AND s.state = 'conflict'
                                                                         AND (mine IS NULL OR s.brand_id = ANY (mine)) LIMIT 10001) x;
    SELECT count(*) INTO suggestions FROM outage_suggestion s WHERE s.ended_at IS NULL AND (mine IS NULL OR s.brand_id = ANY (mine));
    RETURN jsonb_build_object('pending', pending, 'pending_mine', pending_mine, 'conflicts', conflicts, 'suggestions', suggestions,
        'outages', (SELECT coalesce(jsonb_agg(outage_row(o) ORDER BY o.id), '[]') FROM outage o
                     WHERE o.ended_at IS NULL AND (o.brands IS NULL OR mine IS NULL OR o.brands && mine)));
END
$$;

-- All outages the caller sees, or one, newest first.
CREATE FUNCTION outage_list(p_all boolean, p_id int DEFAULT NULL) RETURNS SETOF jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    mine int[] := my_brands();
BEGIN
    PERFORM require_level(1, 'look at outages');
    RETURN QUERY SELECT outage_row(o) || jsonb_build_object('end_note', o.end_note) FROM outage o
                  WHERE (o.brands IS NULL OR mine IS NULL OR o.brands && mine) AND CASE WHEN p_id IS NOT NULL THEN o.id = p_id ELSE p_all OR o.ended_at IS NULL END
                  ORDER BY o.id DESC LIMIT 200;
END
$$;

-- Open exceptions in any of these outages. A reader under row-level security cannot use the index (see search_ids).
CREATE FUNCTION outage_ids(p_outages int[]) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = doorstep, pg_temp AS $$
DECLARE
    mine int[] := my_brands();
BEGIN
    PERFORM require_level(1, 'search');
    RETURN QUERY SELECT e.id FROM exception e
                  WHERE e.outages && p_outages AND e.outages <> '{}' AND e.state <> 'resolved' AND (mine IS NULL OR e.brand_id = ANY (mine));
END
$$;
-- Of an exception's outages the first live one, 0 when it is in none; the live ones are few and small.
CREATE FUNCTION outage_in(p_outages int[]) RETURNS int LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    o record;
BEGIN
    FOR o IN SELECT x.id, x.brands FROM outage x WHERE x.ended_at IS NULL AND x.id = ANY (p_outages) ORDER BY x.id LOOP
        IF o.brands IS NULL OR my_brands() IS NULL OR o.brands && my_brands() THEN      -- asked only of those that name brands
            RETURN o.id;
        END IF;
    END LOOP;
    RETURN 0;
END
$$;
CREATE FUNCTION outages_live() RETURNS int[] LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    RETURN ARRAY(SELECT o.id FROM outage o WHERE o.ended_at IS NULL AND (my_brands() IS NULL OR o.brands IS NULL OR o.brands && my_brands()) ORDER BY o.id);
END
$$;

SELECT patch_function('queue_json(exception)'::regprocedure, '''resolution_text'', e.resolution_text)',
    '''resolution_text'', e.resolution_text, ''outages'', e.outages, ''sla_held'', e.sla_held)');

-- What was set by hand, newest first.
SELECT patch_function('show_json(bigint)'::regprocedure, '''next_step'', (SELECT jsonb_build_object(''action''',
    '''overrides'', (SELECT coalesce(jsonb_agg(jsonb_build_object(''batch'', o.batch_id, ''state'', o.state, ''status'', o.status, ''carrier_said'', o.carrier_was,
                            ''carrier_says'', o.conflict_status, ''by'', o.by, ''reason'', o.reason, ''note'', o.note, ''at'', json_instant(o.at),
                            ''expires_at'', json_instant(o.expires_at), ''ended_at'', json_instant(o.ended_at), ''ended_by'', o.ended_by) ORDER BY o.id DESC), ''[]'')
                           FROM overrides(p_id, NULL, 20) o),
        ''next_step'', (SELECT jsonb_build_object(''action''');

GRANT EXECUTE ON FUNCTION control_state(), outage_list(boolean, int), outage_ids(int[]), outage_in(int[]), outages_live() TO doorstep_viewer;

RESET search_path;
RESET ROLE;
