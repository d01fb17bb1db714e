-- Silence is an exception: what no carrier says by itself (a promise that passed or will be missed, a label nobody scanned, a parcel
-- nobody scans any more, one that waits at a pickup point until it goes back) is found by the clock.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- thresholds

-- Carriers work from Monday to Saturday, whole days: 24 hours are a business day.
INSERT INTO calendar (name, time_zone) VALUES ('carriers', 'America/New_York') ON CONFLICT (name) DO NOTHING;
INSERT INTO calendar_hours (calendar_id, weekday, opens, closes)
SELECT c.id, d, '00:00', '24:00' FROM calendar c, generate_series(1, 6) d WHERE c.name = 'carriers' ON CONFLICT DO NOTHING;
INSERT INTO calendar_holiday (calendar_id, day, name)
SELECT c.id, h.day, h.name FROM calendar c, calendar d, calendar_holiday h WHERE c.name = 'carriers' AND d.name = 'desk' AND h.calendar_id = d.id ON CONFLICT DO NOTHING;

CREATE TABLE sweep_policy (               -- null: any. Who names most wins, a carrier before a service, the longer service first
    id               int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    carrier_id       int,
    service          text CHECK (service = lower(btrim(service)) AND length(service) BETWEEN 1 AND 48),    -- * stands for any letters
    not_shipped_h    int NOT NULL CHECK (not_shipped_h BETWEEN 1 AND 2160),     -- business hours from the label to the first scan
    stalled_h        int NOT NULL CHECK (stalled_h BETWEEN 1 AND 2160),         -- business hours from one scan to the next
    pickup_days      int NOT NULL CHECK (pickup_days BETWEEN 1 AND 90),         -- a pickup point keeps it so long
    pickup_warn_days int NOT NULL CHECK (pickup_warn_days BETWEEN 0 AND 30),    -- and that long before its end somebody is told
    calendar_id      int NOT NULL REFERENCES calendar,
    UNIQUE NULLS NOT DISTINCT (carrier_id, service),
    CHECK (pickup_warn_days < pickup_days)
);
INSERT INTO sweep_policy (service, not_shipped_h, stalled_h, pickup_days, pickup_warn_days, calendar_id)
SELECT v.service, v.n, v.s, 7, 2, c.id
  FROM calendar c, (VALUES (NULL, 48, 72), ('*overnight*', 24, 24), ('*next*day*', 24, 24), ('*express*', 24, 48), ('*economy*', 72, 120)) v(service, n, s)
 WHERE c.name = 'carriers';
INSERT INTO sweep_policy (carrier_id, not_shipped_h, stalled_h, pickup_days, pickup_warn_days, calendar_id)
SELECT k.id, 48, 72, 15, 3, c.id FROM calendar c, carrier k WHERE c.name = 'carriers' AND k.code IN ('usps', 'canada_post');
CREATE CONSTRAINT TRIGGER control_watch AFTER INSERT OR UPDATE OR DELETE ON sweep_policy DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION control_watch('silence', 'id');

-- Which of them a parcel goes by; p_service in small letters.
CREATE FUNCTION sweep_policy_of(p_carrier int, p_service text) RETURNS SETOF sweep_policy LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT * FROM doorstep.sweep_policy y
     WHERE coalesce(y.carrier_id = p_carrier, true) AND coalesce(p_service LIKE replace(replace(replace(y.service, '\', '\\'), '_', '\_'), '*', '%'), true)
     ORDER BY num_nonnulls(y.carrier_id, y.service) DESC, y.carrier_id NULLS LAST, length(y.service) DESC, y.id LIMIT 1
$$;

-- ---------------------------------------------------------------- what is watched, what was found

-- When to look at a parcel next, at the earliest it could be silent for too long; no row: it has ended, and nothing can be. A table of
-- its own: scans move shipments all the time and never this, so both stay narrow writes.
CREATE TABLE watch (
    shipment_id bigint PRIMARY KEY,
    look_at     timestamptz NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX watch_due ON watch (look_at);
CREATE TABLE watch_again (                -- all are looked at once more, by number, after thresholds changed
    one    boolean PRIMARY KEY DEFAULT true CHECK (one),
    beyond bigint                         -- up to which they were; null: not asked for
);
INSERT INTO watch_again DEFAULT VALUES;

-- What was found of a parcel, while it holds: told once. The merge counts it among a shipment's problems and removes it when it is over.
CREATE TABLE silence (
    shipment_id bigint NOT NULL,
    kind        exception_kind NOT NULL,
    about       timestamptz NOT NULL,     -- the promise; the last scan; the label; the arrival at the pickup point
    severity    severity NOT NULL,
    at          timestamptz NOT NULL,     -- since when it is so
    found_at    timestamptz NOT NULL,
    zone        text NOT NULL,            -- where its days are counted
    reason      text NOT NULL,
    told        xid8 NOT NULL,            -- the transaction that tells it
    PRIMARY KEY (shipment_id, kind)
);

-- A parcel of which no more scans are awaited.
CREATE FUNCTION silence_over(s shipment_status) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN s IN ('delivered', 'returning', 'returned', 'damaged', 'lost', 'undeliverable', 'cancelled');

-- When a promise has passed: what gives a day alone (midnight UTC), when that day ends there.
CREATE FUNCTION promise_ends(p timestamptz, p_zone text) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN (p AT TIME ZONE 'UTC')::time = '00:00' THEN ((p AT TIME ZONE 'UTC')::date + 1)::timestamp AT TIME ZONE p_zone ELSE p END;
-- By days: an estimate of a promise's day keeps it. A day alone may be later than a promise whose instant is after its midnight UTC.
CREATE FUNCTION promise_doubtful(p_promised timestamptz, p_edd timestamptz) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN p_edd > p_promised OR p_edd > p_promised - interval '12 hours' AND (p_edd AT TIME ZONE 'UTC')::time = '00:00' AND p_edd <> p_promised;
CREATE FUNCTION promise_missed(p_promised timestamptz, p_edd timestamptz, p_zone text) RETURNS boolean LANGUAGE sql STABLE
    RETURN doorstep.promise_doubtful(p_promised, p_edd) AND doorstep.day_there(p_edd, p_zone) > doorstep.day_there(p_promised, p_zone);

-- Is what was found still so? p_now: not before it was found.
CREATE FUNCTION silence_holds(k exception_kind, about timestamptz, zone text, promised timestamptz, edd timestamptz, scanned timestamptz,
                              goes_by shipment_status, says shipment_status, p_now timestamptz) RETURNS boolean LANGUAGE sql STABLE
    RETURN NOT doorstep.silence_over(goes_by) AND NOT doorstep.silence_over(says) AND CASE k
        WHEN 'late_promise' THEN goes_by <> 'available_for_pickup' AND coalesce(promised = about AND (doorstep.promise_ends(promised, zone) <= p_now OR doorstep.promise_missed(promised, edd, zone)), false)
        WHEN 'not_shipped' THEN scanned IS NULL
        WHEN 'stalled' THEN goes_by <> 'available_for_pickup' AND scanned IS NOT DISTINCT FROM about
        ELSE goes_by = 'available_for_pickup' END;

-- The day there, without a time of day: who reads it may be in another zone.
CREATE FUNCTION say_on(p timestamptz, p_zone text) RETURNS text LANGUAGE sql STABLE
    RETURN to_char(doorstep.day_there(p, p_zone), 'Dy FMDD Mon');
CREATE FUNCTION say_business_days(p_calendar int, p_from timestamptz, p_to timestamptz) RETURNS text LANGUAGE sql STABLE
    RETURN CASE WHEN doorstep.business_between(p_calendar, p_from, p_to) < 2880 THEN doorstep.say_count(doorstep.business_between(p_calendar, p_from, p_to) / 60, 'business hour')
                ELSE doorstep.say_count(doorstep.business_between(p_calendar, p_from, p_to) / 1440, 'business day') END;

-- ---------------------------------------------------------------- the merge's part

-- After the merge has written what these parcels are in: what was found and is over is forgotten, and who has to be looked at earlier than was
-- thought, or is new, is (-infinity: at once, also by a time that is given). Moves nothing where a parcel is merely scanned again.
CREATE FUNCTION watch_arm(p_ids bigint[], p_now timestamptz) RETURNS void LANGUAGE plpgsql
    SET search_path = doorstep, pg_temp SET jit = off SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    over bigint[];
BEGIN
    WITH gone AS (DELETE FROM silence y USING (
        SELECT y.shipment_id, y.kind FROM (SELECT DISTINCT u.id FROM unnest(p_ids) u(id)) u
          JOIN LATERAL (SELECT * FROM silence y WHERE y.shipment_id = u.id OFFSET 0) y ON true
          JOIN LATERAL (SELECT * FROM shipment s WHERE s.id = u.id LIMIT 1) s ON true
         WHERE NOT silence_holds(y.kind, y.about, y.zone, s.promised_at, s.edd_at, s.last_scan_at, s.effective_status, s.carrier_status, greatest(p_now, y.found_at))) o
     WHERE y.shipment_id = o.shipment_id AND y.kind = o.kind RETURNING y.shipment_id)
    SELECT array_agg(g.shipment_id) INTO over FROM gone g;
    INSERT INTO watch (shipment_id, look_at)
    SELECT u.id, n.look_at
      FROM (SELECT DISTINCT u.id FROM unnest(p_ids) u(id)) u
      JOIN LATERAL (SELECT * FROM shipment s WHERE s.id = u.id LIMIT 1) s ON true
      LEFT JOIN LATERAL (SELECT w.look_at FROM watch w WHERE w.shipment_id = u.id LIMIT 1) w ON true
     CROSS JOIN LATERAL (SELECT CASE
          WHEN w.look_at IS NULL OR u.id = ANY (over) THEN '-infinity'
          WHEN promise_doubtful(s.promised_at, s.edd_at) OR s.promised_at <= p_now OR s.effective_status = 'available_for_pickup'
          THEN CASE WHEN NOT EXISTS (SELECT FROM silence y WHERE y.shipment_id = u.id AND (y.kind = 'late_promise' AND y.about = s.promised_at OR y.kind = 'awaiting_pickup')) THEN '-infinity'::timestamptz END
          ELSE s.promised_at END AS look_at) n
     WHERE (NOT silence_over(s.effective_status) AND NOT silence_over(s.carrier_status) OR s.override_id IS NOT NULL)   -- an override ends without a merge
       AND n.look_at < coalesce(w.look_at, 'infinity')
    ON CONFLICT (shipment_id) DO UPDATE SET look_at = excluded.look_at;
END
$$;

-- All that is on its way, for whoever put rows into shipment other than by feed_merge(): as the owner. Gives how many were missing.
CREATE FUNCTION watch_fill() RETURNS bigint LANGUAGE sql SET search_path = doorstep, pg_temp AS $$
    WITH put AS (
        INSERT INTO watch (shipment_id, look_at)
        SELECT s.id, '-infinity' FROM shipment s
         WHERE NOT silence_over(s.effective_status) AND NOT silence_over(s.carrier_status) OR s.override_id IS NOT NULL
        ON CONFLICT DO NOTHING RETURNING 1)
    SELECT count(*) FROM put
$$;
SELECT watch_fill();

-- ---------------------------------------------------------------- the sweep

-- Looks at these parcels: writes down what is newly found (told by this transaction), and when to look again. Gives those with something new.
CREATE FUNCTION sweep_look(p_ids bigint[], p_now timestamptz) RETURNS bigint[] LANGUAGE plpgsql
    SET search_path = doorstep, pg_temp SET jit = off SET enable_seqscan = off SET enable_mergejoin = off SET work_mem = '64MB' SET timezone = 'UTC' AS $$
DECLARE
    found_ids bigint[];
BEGIN
    WITH parcel AS MATERIALIZED (
        SELECT s.*, c.time_zone AS c_zone, (SELECT b.time_zone FROM brand b WHERE b.id = s.brand_id) AS b_zone
          FROM (SELECT DISTINCT u.id FROM unnest(p_ids) u(id)) u
          JOIN LATERAL (SELECT s.id, s.brand_id, s.carrier_id, lower(coalesce(s.service, '')) AS service, s.promised_at, s.edd_at, s.edd_history, s.effective_status AS goes_by,
                               s.last_scan_at AS scanned, s.override_id, s.customer_id, coalesce(s.shipped_at, s.first_scan_at, s.first_seen_at) AS since,
                               silence_over(s.effective_status) OR silence_over(s.carrier_status) AS ended
                          FROM shipment s WHERE s.id = u.id LIMIT 1) s ON true
          LEFT JOIN LATERAL (SELECT c.time_zone FROM customer c WHERE c.id = s.customer_id LIMIT 1) c ON NOT s.ended
    ), zones AS MATERIALIZED (
        SELECT z.c_zone, z.b_zone, recipient_zone(z.c_zone, z.b_zone) AS zone FROM (SELECT DISTINCT p.c_zone, p.b_zone FROM parcel p) z
    ), policies AS MATERIALIZED (
        SELECT k.carrier_id, k.service, y.not_shipped_h, y.stalled_h, y.pickup_days, y.pickup_warn_days, y.calendar_id
          FROM (SELECT DISTINCT p.carrier_id, p.service FROM parcel p WHERE NOT p.ended) k
         CROSS JOIN LATERAL sweep_policy_of(k.carrier_id, k.service) y
    ), clock AS MATERIALIZED (               -- the calendar is asked only of those that may be due by the wall's clock
        SELECT p.*, z.zone, y.pickup_days, y.stalled_h, y.calendar_id, p.goes_by = 'available_for_pickup' AS waits, promise_ends(p.promised_at, z.zone) AS promise_at,
               CASE WHEN p.ended OR p.goes_by = 'available_for_pickup' OR y.calendar_id IS NULL THEN NULL
                    WHEN p.scanned IS NULL THEN CASE WHEN p.since + make_interval(hours => y.not_shipped_h) > p_now THEN p.since + make_interval(hours => y.not_shipped_h)
                                                     ELSE business_add_s(y.calendar_id, p.since, y.not_shipped_h * 3600::bigint) END
                    WHEN p.scanned + make_interval(hours => y.stalled_h) > p_now THEN p.scanned + make_interval(hours => y.stalled_h)
                    ELSE business_add_s(y.calendar_id, p.scanned, y.stalled_h * 3600::bigint) END AS silent_at,
               CASE WHEN NOT p.ended AND p.goes_by = 'available_for_pickup'
                    THEN coalesce((SELECT min(e.occurred_at) FROM scan_event e WHERE e.shipment_id = p.id AND e.status = 'available_for_pickup'),
                                  (SELECT o.applied_at FROM status_override o WHERE o.id = p.override_id)) END AS ready_at,    -- only a person says so
               y.pickup_warn_days
          FROM parcel p
          JOIN zones z ON z.c_zone IS NOT DISTINCT FROM p.c_zone AND z.b_zone IS NOT DISTINCT FROM p.b_zone
          LEFT JOIN policies y ON y.carrier_id = p.carrier_id AND y.service = p.service
    ), judged AS MATERIALIZED (
        SELECT c.*, NOT c.ended AND NOT c.waits AND coalesce(c.promise_at <= p_now, false) AS passed,
               NOT c.ended AND NOT c.waits AND coalesce(promise_missed(c.promised_at, c.edd_at, c.zone), false) AS missed,
               c.ready_at + make_interval(days => c.pickup_days) AS back_at, c.ready_at + make_interval(days => c.pickup_days - c.pickup_warn_days) AS warn_at
          FROM clock c
    ), fact AS (
        SELECT j.id, 'late_promise'::exception_kind AS kind, j.promised_at AS about, CASE WHEN j.passed THEN 'high' ELSE 'medium' END::severity AS severity,
               CASE WHEN j.passed THEN j.promise_at ELSE coalesce(least((j.edd_history -> -1 ->> 'at')::timestamptz, p_now), p_now) END AS at, j.zone,
               'promised ' || say_on(j.promised_at, j.zone) || CASE WHEN j.missed THEN ', now expected ' || say_on(j.edd_at, j.zone) ELSE ', not delivered' END AS reason
          FROM judged j WHERE j.passed OR j.missed
        UNION ALL
        SELECT j.id, CASE WHEN j.scanned IS NULL THEN 'not_shipped' ELSE 'stalled' END::exception_kind, coalesce(j.scanned, j.since), 'medium', j.silent_at, j.zone,
               CASE WHEN j.scanned IS NULL THEN 'label since ' ELSE 'no scan since ' END || say_on(coalesce(j.scanned, j.since), j.zone) ||
               CASE WHEN j.scanned IS NULL THEN ', not scanned for ' ELSE ', ' END || say_business_days(j.calendar_id, coalesce(j.scanned, j.since), p_now)
          FROM judged j WHERE j.silent_at <= p_now
        UNION ALL
        SELECT j.id, 'awaiting_pickup', j.ready_at, 'high', j.warn_at, j.zone,
               'at the pickup point since ' || say_on(j.ready_at, j.zone) || CASE WHEN j.back_at > p_now THEN ', goes back ' ELSE ', was to go back ' END || say_on(j.back_at, j.zone)
          FROM judged j WHERE j.warn_at <= p_now
    ), put AS (
        INSERT INTO silence AS y (shipment_id, kind, about, severity, at, found_at, zone, reason, told)
        SELECT f.id, f.kind, f.about, f.severity, f.at, p_now, f.zone, f.reason, pg_current_xact_id() FROM fact f
          LEFT JOIN LATERAL (SELECT y.about, y.severity FROM silence y WHERE y.shipment_id = f.id AND y.kind = f.kind LIMIT 1) y ON true
         WHERE y.about IS DISTINCT FROM f.about OR y.severity < f.severity
        ON CONFLICT (shipment_id, kind) DO UPDATE
           SET about = excluded.about, severity = excluded.severity, found_at = excluded.found_at, zone = excluded.zone, reason = excluded.reason, told = excluded.told,
               -- the same one, worse: who resolved it then knew of it
               at = CASE WHEN y.about = excluded.about THEN y.at ELSE excluded.at END
        RETURNING y.shipment_id
    ), next AS (
        SELECT j.id, j.ended AND j.override_id IS NULL AS gone, CASE WHEN j.ended THEN p_now + interval '1 day' ELSE least(
               CASE WHEN j.promise_at > p_now THEN j.promise_at END, CASE WHEN j.silent_at > p_now THEN j.silent_at END, CASE WHEN j.warn_at > p_now THEN j.warn_at END,
               p_now + make_interval(hours => coalesce(j.stalled_h, 72))) END AS look_at
          FROM judged j
    ), moved AS (
        UPDATE watch w SET look_at = n.look_at FROM next n WHERE w.shipment_id = n.id AND NOT n.gone
    ), gone AS (
        DELETE FROM watch w USING next n WHERE w.shipment_id = n.id AND n.gone
    )
    SELECT array_agg(DISTINCT p.shipment_id) INTO found_ids FROM put p;
    RETURN found_ids;
END
$$;

-- Silence found and told, at most 1,000 parcels looked at a call, under the feed's lock; in any order after any downtime, as what is found
-- is judged by when it happened. `again`: more are due.
CREATE FUNCTION pass_sweep(p_now timestamptz DEFAULT NULL) RETURNS TABLE (did jsonb, again boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' SET jit = off SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    most CONSTANT int := 1000;
    moment timestamptz := coalesce(p_now, clock_timestamp());
    ids bigint[];
    more bigint[];
    found_ids bigint[];
BEGIN
    did := '{}';
    again := false;
    IF current_setting('transaction_read_only')::boolean OR NOT pg_try_advisory_xact_lock(hashtext('doorstep sweep'))
       OR NOT EXISTS (SELECT FROM watch w WHERE w.look_at <= moment) AND NOT EXISTS (SELECT FROM watch_again a WHERE a.beyond IS NOT NULL) THEN
        RETURN NEXT;
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));
    ids := ARRAY(SELECT w.shipment_id FROM watch w WHERE w.look_at <= moment ORDER BY w.look_at LIMIT most);
    again := cardinality(ids) = most;
    IF NOT again AND EXISTS (SELECT FROM watch_again a WHERE a.beyond IS NOT NULL) THEN
        more := ARRAY(SELECT w.shipment_id FROM watch w WHERE w.shipment_id > (SELECT a.beyond FROM watch_again a) ORDER BY w.shipment_id LIMIT most);
        again := cardinality(more) = most;
        UPDATE watch_again a SET beyond = CASE WHEN again THEN more[most] END;
        ids := ids || more;
    END IF;
    found_ids := sweep_look(ids, moment);
    IF found_ids IS NOT NULL THEN
        PERFORM feed_merge_exceptions(moment, '{}', '{}', '{}', found_ids);
        SELECT coalesce(jsonb_object_agg(k.kind, k.n), '{}') INTO did
          FROM (SELECT y.kind, count(*) AS n FROM unnest(found_ids) u(id)
                  JOIN LATERAL (SELECT * FROM silence y WHERE y.shipment_id = u.id AND y.told = pg_current_xact_id() OFFSET 0) y ON true
                 WHERE EXISTS (SELECT FROM exception e WHERE e.shipment_id = u.id AND e.state <> 'resolved') GROUP BY 1) k;
    END IF;
    RETURN NEXT;
END
$$;
GRANT EXECUTE ON FUNCTION pass_sweep(timestamptz) TO doorstep_worker;

-- ---------------------------------------------------------------- changing thresholds

GRANT SELECT ON sweep_policy TO doorstep_viewer;

-- What is wrong with a scope of thresholds; or the carrier's id (null: all).
CREATE FUNCTION wrong_silence(p_carrier text, p_service text, OUT wrong text, OUT carrier int) LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    SELECT k.id INTO carrier FROM carrier k WHERE k.code = lower(btrim(p_carrier));
    wrong := CASE WHEN btrim(p_carrier) <> '' AND carrier IS NULL THEN format('there is no carrier "%s": "doorstep board" shows their codes', left(p_carrier, 40))
                  WHEN length(btrim(p_service)) > 48 THEN 'a service has at most 48 characters' END;
END
$$;

-- {"not_shipped_h", "stalled_h", "pickup_days", "pickup_warn_days"} for a carrier, a service (* stands for any letters; null: any), and, for all of
-- them alone, "warn_minutes" before a due time. What is not given stays, or is as the wider threshold says. All parcels are looked at again.
CREATE FUNCTION silence_set(p_key uuid, p_carrier text, p_service text, p_settings jsonb) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    kind text := lower(nullif(btrim(p_service), ''));
    whose record;
    y sweep_policy;
    v record;
    most int;
    wrong text;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(3, 'change when silence is too long');
        PERFORM require_all_brands('change when silence is too long');
        PERFORM pg_advisory_xact_lock(hashtext('doorstep silence'));
        whose := wrong_silence(p_carrier, p_service);
        wrong := whose.wrong;
        IF wrong IS NULL AND (jsonb_typeof(p_settings) IS DISTINCT FROM 'object' OR p_settings = '{}') THEN
            wrong := 'say what to change: not_shipped_h, stalled_h, pickup_days, pickup_warn_days or warn_minutes';
        END IF;
        FOR v IN SELECT x.key, x.value #>> '{}' AS value FROM jsonb_each(CASE WHEN wrong IS NULL THEN p_settings ELSE '{}' END) x ORDER BY x.key LOOP
            most := CASE v.key WHEN 'not_shipped_h' THEN 2160 WHEN 'stalled_h' THEN 2160 WHEN 'pickup_days' THEN 90 WHEN 'pickup_warn_days' THEN 30 WHEN 'warn_minutes' THEN 1440 END;
            wrong := coalesce(wrong, CASE WHEN most IS NULL THEN format('there is no threshold "%s": not_shipped_h, stalled_h, pickup_days, pickup_warn_days, warn_minutes', left(v.key, 40))
                WHEN v.value !~ '^\d{1,5}$' OR v.value::int > most OR v.value::int < CASE WHEN v.key IN ('warn_minutes', 'pickup_warn_days') THEN 0 ELSE 1 END
                THEN format(CASE v.key WHEN 'not_shipped_h' THEN 'not shipped: give %s to %s business hours' WHEN 'stalled_h' THEN 'stalled: give %s to %s business hours'
                                         WHEN 'pickup_days' THEN 'waiting at the pickup point: give %s to %s days' WHEN 'pickup_warn_days' THEN 'warning before it goes back: give %s to %s days'
                                         ELSE 'warning before a due time: give %s to %s minutes' END,
                            CASE WHEN v.key IN ('warn_minutes', 'pickup_warn_days') THEN 0 ELSE 1 END, to_char(most, 'FM999,999'))
                WHEN v.key = 'warn_minutes' AND num_nonnulls(whose.carrier, kind) > 0 THEN 'warnings before a due time are everybody''s: give them without a carrier or service' END);
        END LOOP;
        IF wrong IS NULL THEN
            SELECT * INTO y FROM sweep_policy p WHERE p.carrier_id IS NOT DISTINCT FROM whose.carrier AND p.service IS NOT DISTINCT FROM kind;
            IF NOT FOUND THEN
                SELECT * INTO y FROM sweep_policy p WHERE coalesce(p.carrier_id = whose.carrier, p.carrier_id IS NULL) AND p.service IS NULL ORDER BY p.carrier_id NULLS LAST LIMIT 1;
            END IF;
            y := jsonb_populate_record(y, p_settings - 'warn_minutes');
            wrong := CASE WHEN y.pickup_warn_days >= y.pickup_days THEN format('who is told %s days before the end of %s days is told at once: give less', y.pickup_warn_days, y.pickup_days) END;
        END IF;
        IF wrong IS NOT NULL THEN
            RETURN QUERY SELECT 0::bigint, false, 'invalid', wrong, NULL::int;
            RETURN;
        END IF;
        IF p_settings - 'warn_minutes' <> '{}' THEN
            INSERT INTO sweep_policy AS p (carrier_id, service, not_shipped_h, stalled_h, pickup_days, pickup_warn_days, calendar_id)
            VALUES (whose.carrier, kind, y.not_shipped_h, y.stalled_h, y.pickup_days, y.pickup_warn_days, y.calendar_id)
                ON CONFLICT (carrier_id, service) DO UPDATE SET not_shipped_h = excluded.not_shipped_h, stalled_h = excluded.stalled_h, pickup_days = excluded.pickup_days,
                   pickup_warn_days = excluded.pickup_warn_days RETURNING p.id INTO y.id;
            UPDATE watch_again SET beyond = 0;
        END IF;
        UPDATE control_policy SET warn_minutes = (p_settings ->> 'warn_minutes')::int WHERE p_settings ? 'warn_minutes';
        answered := jsonb_build_array(jsonb_build_array(coalesce(y.id, 0), true, 'ok', '', NULL));
        PERFORM action_end(p_key, 'silence_set', clock_timestamp(), '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

CREATE FUNCTION silence_delete(p_key uuid, p_carrier text, p_service text) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    kind text := lower(nullif(btrim(p_service), ''));
    whose record;
    gone int;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(3, 'change when silence is too long');
        PERFORM require_all_brands('change when silence is too long');
        PERFORM pg_advisory_xact_lock(hashtext('doorstep silence'));
        whose := wrong_silence(p_carrier, p_service);
        IF whose.wrong IS NOT NULL OR num_nonnulls(whose.carrier, kind) = 0 THEN
            RETURN QUERY SELECT 0::bigint, false, 'invalid', coalesce(whose.wrong, 'what holds for everything stays: change it instead'), NULL::int;
            RETURN;
        END IF;
        DELETE FROM sweep_policy p WHERE p.carrier_id IS NOT DISTINCT FROM whose.carrier AND p.service IS NOT DISTINCT FROM kind RETURNING p.id INTO gone;
        UPDATE watch_again SET beyond = 0 WHERE gone IS NOT NULL;
        answered := jsonb_build_array(jsonb_build_array(coalesce(gone, 0), gone IS NOT NULL, CASE WHEN gone IS NULL THEN 'gone' ELSE 'ok' END,
                                                        CASE WHEN gone IS NULL THEN 'there are no thresholds for exactly that: "doorstep silence list" shows them' ELSE '' END, NULL));
        PERFORM action_end(p_key, 'silence_delete', clock_timestamp(), '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;
GRANT EXECUTE ON FUNCTION silence_set(uuid, text, text, jsonb), silence_delete(uuid, text, text) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
