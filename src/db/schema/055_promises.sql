-- What the clock brings, at a time that can be given; warnings before a due time has passed; and promises: what a slipped estimate says.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- time is given

-- The instant a pass of this transaction judges by: the server's, unless its caller gave another. Only what a worker alone may call asks.
CREATE FUNCTION as_of() RETURNS timestamptz LANGUAGE sql VOLATILE SET search_path = doorstep, pg_temp
    RETURN coalesce(nullif(current_setting('doorstep.as_of', true), '')::timestamptz, clock_timestamp());

SELECT patch_function('outage_due()'::regprocedure, 'IF EXISTS (SELECT FROM outage o WHERE o.ended_at IS NULL AND o.until <= clock_timestamp())',
                      'IF EXISTS (SELECT FROM outage o WHERE o.ended_at IS NULL AND o.until <= as_of())');
SELECT patch_function('outage_due()'::regprocedure, 'WHERE o.ended_at IS NULL AND o.until <= clock_timestamp() ORDER BY o.id',
                      'WHERE o.ended_at IS NULL AND o.until <= as_of() ORDER BY o.id');
SELECT patch_function('override_due()'::regprocedure, 'moment timestamptz := clock_timestamp();',
                      'moment timestamptz := CASE WHEN pg_has_role(session_user, ''doorstep_worker'', ''MEMBER'') THEN as_of() ELSE clock_timestamp() END;');
SELECT patch_function('override_due()'::regprocedure, '        moment := clock_timestamp();
', '        moment := greatest(moment, clock_timestamp());
');

-- p_now: as if it were then. What the board makes of scans goes by when they came, whatever the time given.
DROP FUNCTION control_due();
CREATE FUNCTION control_due(p_now timestamptz DEFAULT NULL) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    n int;
BEGIN
    IF current_setting('transaction_read_only')::boolean THEN
        RETURN 0;
    END IF;
    PERFORM set_config('doorstep.as_of', coalesce(p_now::text, ''), true);
    n := outage_due();
    IF n = 0 THEN
        n := override_due();
    END IF;
    PERFORM set_config('doorstep.as_of', '', true);
    RETURN n + lane_due();
END
$$;
GRANT EXECUTE ON FUNCTION control_due(timestamptz) TO doorstep_worker;

-- A worker's alone may be another time than the server's.
DROP FUNCTION wake_due();
CREATE FUNCTION wake_due(p_now timestamptz DEFAULT NULL) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    ids bigint[];
    at timestamptz := clock_timestamp();
BEGIN
    IF pg_has_role(session_user, 'doorstep_worker', 'MEMBER') THEN
        at := coalesce(p_now, at);
    ELSIF my_level() < 2 THEN
        RETURN 0;                        -- a viewer's dashboard changes nothing, and need not know
    END IF;
    IF current_setting('transaction_read_only')::boolean THEN
        RETURN 0;
    END IF;
    ids := ARRAY(SELECT e.id FROM exception e
                  WHERE e.state IN ('waiting', 'snoozed') AND e.wake_at IS NOT NULL AND e.wake_at <= at
                  ORDER BY e.wake_at LIMIT 1000 FOR UPDATE SKIP LOCKED);
    IF cardinality(ids) = 0 THEN
        RETURN 0;
    END IF;
    RETURN wake_many(ids, 'clock', 'its time came', at);
END
$$;
GRANT EXECUTE ON FUNCTION wake_due(timestamptz) TO doorstep_viewer, doorstep_worker;

-- ---------------------------------------------------------------- before it is too late

ALTER TABLE control_policy ADD COLUMN warn_minutes int NOT NULL DEFAULT 30 CHECK (warn_minutes BETWEEN 0 AND 1440);   -- before a due time; 0: never

-- The due time an exception was last warned of. A row is as good as none once that has passed.
CREATE TABLE due_warning (
    exception_id bigint PRIMARY KEY,
    due_at       timestamptz NOT NULL,
    at           timestamptz NOT NULL
);
CREATE INDEX due_warning_past ON due_warning (due_at);

-- Says in the timeline what is due within the policy's minutes, of each due time once, never of one that has passed or of a
-- clock that stands (it has no due_at). A window of the index of urgency, whatever else is open.
CREATE FUNCTION pass_warn(p_now timestamptz DEFAULT NULL) RETURNS TABLE (did jsonb, again boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    moment timestamptz := coalesce(p_now, clock_timestamp());
    until timestamptz;
    ids bigint[];
BEGIN
    did := '{}';
    again := false;
    IF NOT current_setting('transaction_read_only')::boolean THEN
        SELECT moment + make_interval(mins => p.warn_minutes) INTO until FROM control_policy p;
        ids := ARRAY(SELECT e.id FROM exception e
                      WHERE e.state <> 'resolved' AND e.k_urgency >= epoch_s(moment) * 4 AND e.k_urgency < (epoch_s(until) + 1) * 4
                        AND e.due_at > moment AND e.due_at <= until
                        AND NOT EXISTS (SELECT FROM due_warning w WHERE w.exception_id = e.id AND w.due_at = e.due_at)
                      ORDER BY e.k_urgency, e.id LIMIT 1000 FOR UPDATE SKIP LOCKED);
        again := cardinality(ids) = 1000;
        DELETE FROM due_warning w WHERE w.due_at < moment - interval '1 day' AND p_now IS NULL;
    END IF;
    IF cardinality(ids) > 0 THEN
        INSERT INTO due_warning AS w (exception_id, due_at, at) SELECT e.id, e.due_at, moment FROM exception e WHERE e.id = ANY (ids)
            ON CONFLICT (exception_id) DO UPDATE SET due_at = excluded.due_at, at = excluded.at;
        PERFORM FROM apply_changes(ARRAY(
            SELECT ROW (e.id, '{}'::jsonb, format('%s is due in %s, at %s UTC', CASE WHEN e.first_response_at IS NULL AND e.first_response_due_at = e.due_at THEN 'first response' ELSE 'resolution' END,
                                                  say_count(ceil(extract(epoch FROM e.due_at - moment) / 60)::bigint, 'minute'), to_char(e.due_at, 'HH24:MI')))::change
              FROM exception e WHERE e.id = ANY (ids)), 'warned', 'clock', NULL, moment);
        did := jsonb_build_object('warned', cardinality(ids));
    END IF;
    RETURN NEXT;
END
$$;
GRANT EXECUTE ON FUNCTION pass_warn(timestamptz) TO doorstep_worker;

RESET search_path;
RESET ROLE;
