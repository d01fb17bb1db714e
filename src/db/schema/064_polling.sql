-- Asking aggregators about parcels that no webhook tells us of: which are due, who asks, and what came of it.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- An aggregator that is asked. How often: `busy` with an exception open or on its last way, `usual` on the way, `idle` before and beside it.
CREATE TABLE poll_source (
    source       text PRIMARY KEY CHECK (source IN ('easypost', 'shippo', 'aftership', 'shipengine')),
    busy_minutes  int NOT NULL DEFAULT 60   CHECK (busy_minutes BETWEEN 5 AND 10080),
    usual_minutes int NOT NULL DEFAULT 240  CHECK (usual_minutes BETWEEN 5 AND 10080),
    idle_minutes  int NOT NULL DEFAULT 720  CHECK (idle_minutes BETWEEN 5 AND 10080),
    give_up_days  int NOT NULL DEFAULT 60   CHECK (give_up_days BETWEEN 1 AND 730),     -- since it was first seen
    hold_until   timestamptz,               -- it asked to be left alone (Retry-After)
    hold_why     text,
    enrolled     bigint NOT NULL DEFAULT 0, -- shipments up to this one were looked at
    asked        bigint NOT NULL DEFAULT 0,
    answered     bigint NOT NULL DEFAULT 0,
    failed       bigint NOT NULL DEFAULT 0,
    last_at      timestamptz,
    last_error   text
);
INSERT INTO poll_source (source) VALUES ('easypost'), ('shippo'), ('aftership'), ('shipengine');

-- A parcel that is asked about. What is over leaves it.
CREATE TABLE poll_state (
    shipment_id bigint PRIMARY KEY,
    source      text NOT NULL REFERENCES poll_source,
    next_at     timestamptz NOT NULL,
    asked_at    timestamptz,
    tries       int NOT NULL DEFAULT 0,     -- without an answer, in a row
    said        text                        -- why there was none
) WITH (fillfactor = 80);
CREATE INDEX poll_state_due ON poll_state (source, next_at);

-- Minutes until it is asked about again.
CREATE FUNCTION poll_every(p poll_source, p_status shipment_status, p_open boolean) RETURNS int LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN p_open OR p_status IN ('out_for_delivery', 'attempted') THEN p.busy_minutes
                WHEN p_status IN ('in_transit', 'delayed', 'held', 'returning') THEN p.usual_minutes ELSE p.idle_minutes END;

CREATE FUNCTION poll_over(p_status shipment_status) RETURNS boolean LANGUAGE sql IMMUTABLE
    RETURN p_status IN ('delivered', 'returned', 'lost', 'cancelled');

-- Takes new shipments up: those whose newest scan came from this aggregator, and with p_others those nobody has told anything of.
-- At most so many a call; gives how many it looked at.
CREATE FUNCTION poll_enrol(p_source text, p_others boolean, p_limit int, p_now timestamptz) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    s poll_source;
    upto bigint;
    n int;
BEGIN
    SELECT * INTO s FROM poll_source WHERE source = p_source FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is nothing to poll at "%": easypost, shippo, aftership or shipengine', p_source USING ERRCODE = 'invalid_parameter_value';
    END IF;
    WITH fresh AS MATERIALIZED (
        SELECT t.id, t.carrier_status, t.first_seen_at, t.carrier_id FROM shipment t WHERE t.id > s.enrolled ORDER BY t.id LIMIT greatest(least(p_limit, 50000), 1)
    ), put AS (
        INSERT INTO poll_state (shipment_id, source, next_at)
        SELECT f.id, p_source, f.first_seen_at + make_interval(mins => poll_every(s, f.carrier_status, false))
          FROM fresh f
          LEFT JOIN LATERAL (SELECT x.provider FROM scan_event x WHERE x.shipment_id = f.id ORDER BY x.occurred_at DESC, x.seq DESC LIMIT 1) l ON true
         WHERE (l.provider = p_source OR p_others AND l.provider IS NULL)
           AND NOT poll_over(f.carrier_status) AND f.first_seen_at > p_now - make_interval(days => s.give_up_days)
        ON CONFLICT (shipment_id) DO NOTHING
    )
    SELECT max(id), count(*) INTO upto, n FROM fresh;
    UPDATE poll_source SET enrolled = coalesce(upto, enrolled) WHERE source = p_source;
    RETURN n;
END
$$;

-- Due parcels for one who asks: out of reach of others for p_lease_s. What is over or given up leaves; what a webhook told us of
-- meanwhile waits its time out instead. No rows while the source wants to be left alone.
CREATE FUNCTION poll_claim(p_source text, p_limit int, p_lease_s int, p_now timestamptz)
    RETURNS TABLE (shipment_id bigint, carrier text, tracking_number text)
    LANGUAGE plpgsql SECURITY DEFINER ROWS 100 SET search_path = doorstep, pg_temp AS $$
DECLARE
    s poll_source;
    wanted int := greatest(least(p_limit, 500), 1);
    due bigint[];
    given int;
BEGIN
    SELECT * INTO s FROM poll_source WHERE source = p_source;
    IF NOT FOUND OR s.hold_until > p_now THEN
        RETURN;
    END IF;
    FOR i IN 1 .. 20 LOOP
        SELECT array_agg(d.shipment_id) INTO due
          FROM (SELECT p.shipment_id FROM poll_state p WHERE p.source = p_source AND p.next_at <= p_now
                 ORDER BY p.next_at LIMIT wanted FOR UPDATE SKIP LOCKED) d;
        EXIT WHEN due IS NULL;
        DELETE FROM poll_state p USING shipment t
         WHERE p.shipment_id = ANY (due) AND t.id = p.shipment_id
           AND (poll_over(t.carrier_status) OR t.first_seen_at < p_now - make_interval(days => s.give_up_days));
        UPDATE poll_state p SET next_at = n.at, tries = 0, said = NULL
          FROM (SELECT t.id, max(x.received_at) + make_interval(mins => poll_every(s, t.carrier_status, bool_or(e.id IS NOT NULL))) AS at
                  FROM shipment t
                  JOIN LATERAL (SELECT y.received_at FROM scan_event y WHERE y.shipment_id = t.id ORDER BY y.occurred_at DESC, y.seq DESC LIMIT 3) x ON true
                  LEFT JOIN exception e ON e.shipment_id = t.id AND e.state <> 'resolved'
                 WHERE t.id = ANY (due) GROUP BY t.id, t.carrier_status) n
         WHERE p.shipment_id = n.id AND n.at > p_now;
        RETURN QUERY
            WITH taken AS (
                UPDATE poll_state p SET next_at = p_now + make_interval(secs => p_lease_s), asked_at = p_now
                  FROM shipment t JOIN doorstep.carrier c ON c.id = t.carrier_id
                 WHERE p.shipment_id = ANY (due) AND p.next_at <= p_now AND t.id = p.shipment_id
                RETURNING t.id, c.code, t.tracking_number)
            SELECT k.id, k.code, k.tracking_number FROM taken k ORDER BY k.id;
        GET DIAGNOSTICS given = ROW_COUNT;
        wanted := wanted - given;
        UPDATE poll_source p SET asked = p.asked + given, last_at = p_now WHERE p.source = p_source AND given > 0;
        EXIT WHEN wanted <= 0;
    END LOOP;
END
$$;

-- What came of it: items [{"id", "outcome", "why"}], outcome `ok`, `none` (they do not know it), `failed`, or `later` (not asked after
-- all). Without an answer the pause doubles, up to two weeks. p_hold_s: leave the source alone so long.
CREATE FUNCTION poll_record(p_source text, p_items jsonb, p_hold_s int, p_why text, p_now timestamptz) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    n int;
BEGIN
    IF jsonb_typeof(p_items) IS DISTINCT FROM 'array' OR jsonb_array_length(p_items) > 1000 THEN
        RAISE EXCEPTION 'what came of polling is a list of at most 1000 items' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    WITH said AS (
        SELECT i.id, i.outcome, left(i.why, 200) AS why FROM jsonb_to_recordset(p_items) i(id bigint, outcome text, why text)
    ), put AS (
        UPDATE poll_state p
           SET tries = CASE y.outcome WHEN 'ok' THEN 0 WHEN 'later' THEN p.tries ELSE p.tries + 1 END,
               said = CASE y.outcome WHEN 'ok' THEN NULL ELSE y.why END,
               next_at = CASE y.outcome WHEN 'later' THEN p_now
                              WHEN 'ok' THEN p_now + make_interval(mins => poll_every(s, t.carrier_status, EXISTS (
                                   SELECT FROM exception e WHERE e.shipment_id = t.id AND e.state <> 'resolved')))
                              ELSE p_now + least(make_interval(mins => s.usual_minutes) * power(2, least(p.tries, 10)), interval '14 days') END
          FROM said y JOIN shipment t ON t.id = y.id CROSS JOIN poll_source s
         WHERE p.shipment_id = y.id AND p.source = p_source AND s.source = p_source
        RETURNING y.outcome
    )
    SELECT count(*) INTO n FROM put;
    UPDATE poll_source s
       SET answered = s.answered + c.ok, failed = s.failed + c.bad, asked = s.asked - c.later,
           last_error = CASE WHEN c.bad > 0 OR p_why <> '' THEN left(coalesce(nullif(p_why, ''), c.why), 200) WHEN c.ok > 0 THEN NULL ELSE s.last_error END,
           hold_until = CASE WHEN p_hold_s > 0 THEN p_now + make_interval(secs => least(p_hold_s, 86400)) ELSE s.hold_until END,
           hold_why = CASE WHEN p_hold_s > 0 THEN left(p_why, 200) ELSE s.hold_why END
      FROM (SELECT count(*) FILTER (WHERE outcome IN ('ok', 'none')) AS ok, count(*) FILTER (WHERE outcome = 'failed') AS bad,
                   count(*) FILTER (WHERE outcome = 'later') AS later, max(why) FILTER (WHERE outcome = 'failed') AS why
              FROM jsonb_to_recordset(p_items) i(outcome text, why text)) c
     WHERE s.source = p_source;
    RETURN n;
END
$$;

-- For leads of all brands: how polling goes. Parcels are counted up to 100,000.
CREATE FUNCTION poll_list() RETURNS TABLE (source text, parcels bigint, due bigint, silent bigint, asked bigint, answered bigint, failed bigint,
                                           last_at timestamptz, hold_until timestamptz, why text, busy text, usual text, idle text, give_up_days int)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    PERFORM require_level(3, 'see how polling goes');
    PERFORM require_all_brands('see how polling goes');
    RETURN QUERY
        SELECT s.source, (SELECT count(*) FROM (SELECT FROM poll_state p WHERE p.source = s.source LIMIT 100000) x),
               (SELECT count(*) FROM (SELECT FROM poll_state p WHERE p.source = s.source AND p.next_at <= clock_timestamp() LIMIT 100000) x),
               (SELECT count(*) FROM (SELECT FROM poll_state p WHERE p.source = s.source AND p.tries >= 3 LIMIT 100000) x),
               s.asked, s.answered, s.failed, s.last_at, CASE WHEN s.hold_until > clock_timestamp() THEN s.hold_until END,
               CASE WHEN s.hold_until > clock_timestamp() THEN s.hold_why ELSE s.last_error END,
               s.busy_minutes || 'm', s.usual_minutes || 'm', s.idle_minutes || 'm', s.give_up_days
          FROM poll_source s ORDER BY s.source;
END
$$;

-- What people set of it, as the log keeps it.
CREATE FUNCTION poll_settings(s poll_source) RETURNS jsonb LANGUAGE sql IMMUTABLE
    RETURN jsonb_build_object('busy_minutes', s.busy_minutes, 'usual_minutes', s.usual_minutes, 'idle_minutes', s.idle_minutes, 'give_up_days', s.give_up_days);

-- How often: members of poll_settings(), those that change. Leads of all brands.
CREATE FUNCTION poll_set(p_key uuid, p_source text, p_set jsonb) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER ROWS 1 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    at timestamptz := clock_timestamp();
    was poll_source;
    s poll_source;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(3, 'set how often carriers are asked');
        PERFORM require_all_brands('set how often carriers are asked');
        SELECT * INTO was FROM poll_source x WHERE x.source = p_source FOR UPDATE;
        IF NOT FOUND THEN
            RETURN QUERY SELECT 0::bigint, false, 'gone', format('there is nothing to poll at "%s": easypost, shippo, aftership or shipengine', left(p_source, 40)), NULL::int;
            RETURN;
        END IF;
        BEGIN
            s := jsonb_populate_record(was, (SELECT jsonb_object_agg(k.key, k.value) FROM jsonb_each(p_set) k WHERE poll_settings(was) ? k.key));
            UPDATE poll_source x SET busy_minutes = s.busy_minutes, usual_minutes = s.usual_minutes, idle_minutes = s.idle_minutes, give_up_days = s.give_up_days
             WHERE x.source = p_source;
        EXCEPTION WHEN check_violation OR not_null_violation OR data_exception THEN
            RETURN QUERY SELECT 0::bigint, false, 'invalid', 'a pause is from 5 minutes to a week, and giving up comes after 1 to 730 days', NULL::int;
            RETURN;
        END;
        answered := jsonb_build_array(jsonb_build_array(1, true, 'ok', '', NULL));
        PERFORM action_end(p_key, 'poll_set', at, '{}', answered);
        IF poll_settings(s) <> poll_settings(was) THEN
            PERFORM control_write(NULL, 'poll ' || p_source, 'set', '', poll_settings(was), poll_settings(s), p_key, at);
        END IF;
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

GRANT EXECUTE ON FUNCTION poll_enrol(text, boolean, int, timestamptz), poll_claim(text, int, int, timestamptz),
    poll_record(text, jsonb, int, text, timestamptz) TO doorstep_feed;
GRANT EXECUTE ON FUNCTION poll_list(), poll_set(uuid, text, jsonb) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
