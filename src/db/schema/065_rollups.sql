-- Rollups: what reports add up. Counts by the hour (of UTC), each hour made anew, whole, from what is in the database whenever something
-- of it changed. What keeps them up and what rebuilds them are one function, so that both come to the same numbers.
--
-- Which hours changed is written by triggers into rollup_dirty in the transaction that changes them: an appended row, no lock, nobody waits,
-- and what commits late is found late. pass_rollup() takes them; a report is as old as the oldest that waits (rollup_now()).

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- Hours since 1970, UTC: reports do sums with them by the hundred thousand.
CREATE FUNCTION hour_no(p timestamptz) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (epoch_s(p) / 3600)::int;
CREATE FUNCTION hour_at(p int) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN timestamptz '1970-01-01T00:00:00Z' + p * interval '1 hour';

-- ---------------------------------------------------------------- what is kept

-- Exceptions: opened by opened_at, resolved by resolved_at (those that are), reopened by when. By what the exception is now: a number is
-- what the queue shows for it.
CREATE TABLE rollup_exception (
    hour     int NOT NULL,
    lane_id  int NOT NULL,                 -- carrier, service, region and brand: table lane
    kind     exception_kind NOT NULL,
    opened   int NOT NULL,
    resolved int NOT NULL,
    reopened int NOT NULL,
    PRIMARY KEY (hour, lane_id, kind)
);
-- The same without lanes, for what is asked most: of a carrier (kind null), and of a kind (carrier_id null).
CREATE TABLE rollup_exception_sum (
    hour       int NOT NULL,
    brand_id   int NOT NULL,
    carrier_id int,
    kind       exception_kind,
    opened     int NOT NULL,
    resolved   int NOT NULL,
    reopened   int NOT NULL,
    UNIQUE NULLS NOT DISTINCT (hour, brand_id, carrier_id, kind)
);
-- Of those opened in the hour: how long until the first response and the resolution. Bucket i is within rollup_bounds()[i + 1] seconds,
-- the last one longer, -1 not yet. due: the hour by whose end it is missed if it is not done; null: no clock runs.
CREATE TABLE rollup_time (
    hour       int NOT NULL,
    brand_id   int NOT NULL,
    carrier_id int NOT NULL,
    kind       exception_kind NOT NULL,
    tier       text NOT NULL,              -- '': none
    what       smallint NOT NULL,          -- 1 first response, 2 resolution
    bucket     smallint NOT NULL,
    due        int,
    n          int NOT NULL,
    met        int NOT NULL,
    missed     int NOT NULL
);
CREATE INDEX rollup_time_hour ON rollup_time (hour);
-- Messages by when they were queued.
CREATE TABLE rollup_message (
    hour     int NOT NULL,
    brand_id int NOT NULL,
    channel  channel NOT NULL,
    template text NOT NULL,                -- '': written by hand
    outcome  outreach_state NOT NULL,
    bucket   smallint NOT NULL,            -- from queued to sent; -1: not sent
    n        int NOT NULL,
    replies  int NOT NULL,                 -- answers of people
    opt_outs int NOT NULL,
    PRIMARY KEY (hour, brand_id, channel, template, outcome, bucket)
);
-- What customers wanted of us, by when: contacts whose driver asks something, and that were not taken back.
CREATE TABLE rollup_contact (
    hour     int NOT NULL,
    brand_id int NOT NULL,
    via      text NOT NULL,
    driver   text NOT NULL,
    moment   text NOT NULL CHECK (moment IN ('before', 'after', 'none')),   -- contact.before_message; none: about no exception
    n        int NOT NULL,
    repeats  int NOT NULL,                 -- contact.repeat_of
    PRIMARY KEY (hour, brand_id, via, driver, moment)
);
-- What people did.
CREATE TABLE rollup_agent (
    hour     int NOT NULL,
    brand_id int NOT NULL,
    role     text NOT NULL,
    verb     text NOT NULL,
    n        int NOT NULL,
    PRIMARY KEY (hour, brand_id, role, verb)
);
-- Parcels by when they were delivered. days: late against the promise, from -3 (and more) to 7 (and more), days of the brand's zone;
-- null: nothing was promised.
CREATE TABLE rollup_delivery (
    hour       int NOT NULL,
    lane_id    int NOT NULL,
    days       smallint,
    n          int NOT NULL,
    on_time    int NOT NULL,
    first_n    int NOT NULL,               -- with a first estimate
    first_ok   int NOT NULL,               -- and in it
    last_n     int NOT NULL,
    last_ok    int NOT NULL,
    UNIQUE NULLS NOT DISTINCT (hour, lane_id, days)
);

-- Hours to make anew. subject: a name of rollup_subjects().
CREATE TABLE rollup_dirty (
    subject text NOT NULL,
    hour    int NOT NULL
) WITH (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.1);
CREATE TABLE rollup_state (
    one       boolean PRIMARY KEY DEFAULT true CHECK (one),
    passed_at timestamptz NOT NULL,        -- nothing waited then
    since     int NOT NULL                 -- hours before are final: what they were made of may have been removed
);
INSERT INTO rollup_state (passed_at, since) VALUES ('-infinity', 0);

CREATE FUNCTION rollup_subjects() RETURNS text[] LANGUAGE sql IMMUTABLE
    RETURN ARRAY['exception', 'message', 'contact', 'agent', 'delivery'];
CREATE FUNCTION rollup_bounds() RETURNS int[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY[300, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400, 172800, 259200, 432000, 604800, 1209600];
CREATE FUNCTION rollup_bucket(p_from timestamptz, p_to timestamptz) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN p_to IS NULL THEN -1
                ELSE width_bucket(epoch_s(p_to) - epoch_s(p_from) - 1, '{300,900,1800,3600,7200,14400,28800,43200,86400,172800,259200,432000,604800,1209600}'::bigint[]) END::smallint;
-- Days from a day that was said to a day that it was, in a zone; midnight UTC stands for a day without a time.
CREATE FUNCTION days_late(p_said timestamptz, p_was timestamptz, p_zone text) RETURNS int LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (p_was AT TIME ZONE p_zone)::date - CASE WHEN p_said = date_bin('1 day', p_said, '2000-01-01T00:00:00Z'::timestamptz)
                                                    THEN (p_said AT TIME ZONE 'UTC')::date ELSE (p_said AT TIME ZONE p_zone)::date END;
CREATE FUNCTION was_in_time(p_said timestamptz, p_was timestamptz, p_zone text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN p_said = date_bin('1 day', p_said, '2000-01-01T00:00:00Z'::timestamptz) THEN days_late(p_said, p_was, p_zone) <= 0
                ELSE p_was <= p_said END;
-- Somebody, and not the carrier, a clock, a rule or a customer.
CREATE FUNCTION is_person(p_actor text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN p_actor NOT IN ('feed', 'worker', 'sweep', 'clock', 'customer', 'doorstep') AND p_actor NOT LIKE 'rule %' AND p_actor NOT LIKE 'outage %';

CREATE INDEX exception_resolved ON exception (resolved_at) WHERE resolved_at IS NOT NULL;
CREATE INDEX shipment_delivered ON shipment (delivered_at) WHERE delivered_at IS NOT NULL;
-- Rows of these come in the order of their time.
CREATE INDEX outreach_created ON outreach USING brin (created_at) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX activity_at ON activity USING brin (at) WITH (pages_per_range = 32, autosummarize = on);

-- ---------------------------------------------------------------- which hours changed

CREATE FUNCTION exception_rolls() RETURNS trigger
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET enable_seqscan = on SET enable_nestloop = on AS $$
BEGIN
    IF tg_op = 'INSERT' THEN
        INSERT INTO rollup_dirty
        SELECT DISTINCT x.s, hour_no(x.t) FROM now_rows w
         CROSS JOIN LATERAL (VALUES ('exception', w.opened_at), ('exception', w.resolved_at), ('agent', w.updated_at)) x(s, t) WHERE x.t IS NOT NULL;
        RETURN NULL;
    END IF;
    -- what people do stands in the activity, at the instant of the change; the feed, too, may have ended or begun one again
    INSERT INTO rollup_dirty
    SELECT DISTINCT x.s, hour_no(x.t)
      FROM now_rows w JOIN was_rows o USING (id)
     CROSS JOIN LATERAL (
        SELECT (w.brand_id, w.carrier_id, w.service, w.region, w.kind, w.tier, w.state = 'resolved', w.first_response_at, w.first_response_due_at,
                w.resolve_due_at, w.first_left_s, w.resolve_left_s, w.resolved_at)
               IS DISTINCT FROM
               (o.brand_id, o.carrier_id, o.service, o.region, o.kind, o.tier, o.state = 'resolved', o.first_response_at, o.first_response_due_at,
                o.resolve_due_at, o.first_left_s, o.resolve_left_s, o.resolved_at) AS moved,
               w.activity_seq <> o.activity_seq AS said) c
     CROSS JOIN LATERAL (VALUES ('exception', CASE WHEN c.moved THEN w.opened_at END), ('exception', CASE WHEN c.moved THEN w.resolved_at END),
                                ('exception', CASE WHEN c.moved THEN o.resolved_at END),
                                ('exception', CASE WHEN o.resolved_at IS NOT NULL AND w.resolved_at IS NULL THEN w.updated_at END),
                                ('agent', CASE WHEN c.said THEN w.updated_at END)) x(s, t)
     WHERE x.t IS NOT NULL
    UNION                                    -- 16: it was opened again, in hours that count it by what it is
    SELECT 'exception', hour_no(a.at)
      FROM now_rows w JOIN was_rows o USING (id) JOIN activity a ON a.exception_id = w.id AND a.verb IN ('reopen', 'reopened')
     WHERE w.marks & 16 <> 0
       AND (w.brand_id, w.carrier_id, w.service, w.region, w.kind) IS DISTINCT FROM (o.brand_id, o.carrier_id, o.service, o.region, o.kind);
    RETURN NULL;
END
$$;
CREATE TRIGGER rolls_opened AFTER INSERT ON exception REFERENCING NEW TABLE AS now_rows
    FOR EACH STATEMENT EXECUTE FUNCTION exception_rolls();
CREATE TRIGGER rolls_changed AFTER UPDATE ON exception REFERENCING OLD TABLE AS was_rows NEW TABLE AS now_rows
    FOR EACH STATEMENT EXECUTE FUNCTION exception_rolls();

CREATE FUNCTION outreach_rolls() RETURNS trigger
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET enable_seqscan = on SET enable_nestloop = on AS $$
BEGIN
    IF tg_op = 'INSERT' THEN
        INSERT INTO rollup_dirty SELECT DISTINCT 'message', hour_no(created_at) FROM now_rows;
        RETURN NULL;
    END IF;
    INSERT INTO rollup_dirty
    SELECT DISTINCT 'message', hour_no(w.created_at) FROM now_rows w JOIN was_rows o USING (id)
     WHERE (w.state, w.brand_id, w.sent_at) IS DISTINCT FROM (o.state, o.brand_id, o.sent_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER rolls_queued AFTER INSERT ON outreach REFERENCING NEW TABLE AS now_rows
    FOR EACH STATEMENT EXECUTE FUNCTION outreach_rolls();
CREATE TRIGGER rolls_changed AFTER UPDATE ON outreach REFERENCING OLD TABLE AS was_rows NEW TABLE AS now_rows
    FOR EACH STATEMENT EXECUTE FUNCTION outreach_rolls();

-- Its own hour, and that of the message it answers.
CREATE FUNCTION contact_rolls() RETURNS trigger LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    INSERT INTO rollup_dirty
    SELECT 'contact', hour_no(at) FROM moved
    UNION SELECT 'message', hour_no(o.created_at) FROM moved m JOIN outreach o ON o.id = m.outreach_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER rolls_came AFTER INSERT ON contact REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION contact_rolls();
CREATE TRIGGER rolls_changed AFTER UPDATE ON contact REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION contact_rolls();
CREATE TRIGGER rolls_was AFTER UPDATE ON contact REFERENCING OLD TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION contact_rolls();

-- A merge writes all parcels it heard of, and few of them are delivered: only these come here.
CREATE FUNCTION shipment_rolls() RETURNS trigger LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    INSERT INTO rollup_dirty SELECT DISTINCT 'delivery', hour_no(t) FROM (VALUES (old.delivered_at), (new.delivered_at)) x(t) WHERE t IS NOT NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER rolls AFTER UPDATE ON shipment FOR EACH ROW
    WHEN (coalesce(old.delivered_at, new.delivered_at) IS NOT NULL
          AND (old.delivered_at, old.brand_id, old.carrier_id, old.service, old.region, old.promised_at, old.edd_at) IS DISTINCT FROM
              (new.delivered_at, new.brand_id, new.carrier_id, new.service, new.region, new.promised_at, new.edd_at))
    EXECUTE FUNCTION shipment_rolls();
CREATE FUNCTION shipment_rolls_new() RETURNS trigger LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    INSERT INTO rollup_dirty VALUES ('delivery', hour_no(new.delivered_at));
    RETURN NULL;
END
$$;
CREATE TRIGGER rolls_new AFTER INSERT ON shipment FOR EACH ROW WHEN (new.delivered_at IS NOT NULL) EXECUTE FUNCTION shipment_rolls_new();
-- Days are of the brand's zone.
CREATE FUNCTION brand_rolls() RETURNS trigger LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    INSERT INTO rollup_dirty SELECT DISTINCT 'delivery', d.hour FROM rollup_delivery d JOIN lane l ON l.id = d.lane_id WHERE l.brand_id = new.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER rolls AFTER UPDATE ON brand FOR EACH ROW WHEN (old.time_zone IS DISTINCT FROM new.time_zone) EXECUTE FUNCTION brand_rolls();

-- ---------------------------------------------------------------- making hours

-- Each makes the hours [p_from, p_to) of one subject from what is there, whatever stood there before.
CREATE FUNCTION rollup_exceptions(p_from int, p_to int) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET jit = off SET work_mem = '64MB' AS $$
DECLARE
    since timestamptz := hour_at(p_from);
    till timestamptz := hour_at(p_to);
BEGIN
    DELETE FROM rollup_exception WHERE hour >= p_from AND hour < p_to;
    DELETE FROM rollup_exception_sum WHERE hour >= p_from AND hour < p_to;
    DELETE FROM rollup_time WHERE hour >= p_from AND hour < p_to;
    INSERT INTO rollup_exception
    SELECT x.hour, l.id, x.kind, sum(x.opened), sum(x.resolved), sum(x.reopened)
      FROM (SELECT hour_no(e.opened_at) AS hour, e.carrier_id, coalesce(e.region, '') AS region, coalesce(e.service, '') AS service, e.brand_id, e.kind,
                   count(*) AS opened, 0::bigint AS resolved, 0::bigint AS reopened
              FROM exception e WHERE e.k_newest <= -epoch_ms(since) AND e.k_newest > -epoch_ms(till) GROUP BY 1, 2, 3, 4, 5, 6
            UNION ALL
            SELECT hour_no(e.resolved_at), e.carrier_id, coalesce(e.region, ''), coalesce(e.service, ''), e.brand_id, e.kind, 0, count(*), 0
              FROM exception e WHERE e.resolved_at >= since AND e.resolved_at < till GROUP BY 1, 2, 3, 4, 5, 6
            UNION ALL
            SELECT hour_no(a.at), e.carrier_id, coalesce(e.region, ''), coalesce(e.service, ''), e.brand_id, e.kind, 0, 0, count(*)
              FROM activity a JOIN exception e ON e.id = a.exception_id
             WHERE a.at >= since AND a.at < till AND a.verb IN ('reopen', 'reopened') GROUP BY 1, 2, 3, 4, 5, 6) x
      JOIN lane l USING (carrier_id, region, service, brand_id)
     GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;

    INSERT INTO rollup_exception_sum
    SELECT x.hour, l.brand_id, l.carrier_id, x.kind, sum(x.opened), sum(x.resolved), sum(x.reopened)
      FROM rollup_exception x JOIN lane l ON l.id = x.lane_id WHERE x.hour >= p_from AND x.hour < p_to
     GROUP BY GROUPING SETS ((x.hour, l.brand_id, l.carrier_id), (x.hour, l.brand_id, x.kind)) ORDER BY 1, 2, 3, 4;

    INSERT INTO rollup_time
    SELECT hour_no(e.opened_at), e.brand_id, e.carrier_id, e.kind, coalesce(e.tier, ''), t.what, t.bucket, t.due, count(*),
           count(*) FILTER (WHERE t.met), count(*) FILTER (WHERE NOT t.met)
      FROM exception e
      -- what was left of the first response's time when it was given: the clock stopped then, or stood since before
      LEFT JOIN LATERAL (
           SELECT coalesce((SELECT (b.after ->> 'first_left_s')::bigint FROM activity b
                             WHERE b.exception_id = a.exception_id AND b.seq <= a.seq AND b.after ? 'first_left_s' ORDER BY b.seq DESC LIMIT 1),
                           epoch_s((a.before ->> 'first_response_due_at')::timestamptz) - epoch_s(a.at)) AS left_s
             FROM activity a WHERE a.exception_id = e.id AND a.after ->> 'first_response_at' IS NOT NULL
            ORDER BY a.seq DESC LIMIT 1) g ON e.first_response_at IS NOT NULL
     CROSS JOIN LATERAL (VALUES
           (1::smallint, rollup_bucket(e.opened_at, e.first_response_at),
            CASE WHEN e.first_response_at IS NULL AND e.state IN ('new', 'working') THEN hour_no(e.first_response_due_at) END,
            CASE WHEN e.first_response_at IS NOT NULL
                 THEN coalesce(g.left_s, CASE WHEN e.state = 'resolved' THEN coalesce(epoch_s(e.first_response_due_at) - epoch_s(e.first_response_at), e.first_left_s)
                                              ELSE e.first_left_s END) >= 0
                 WHEN e.first_left_s < 0 THEN false END),    -- it stands, too late already
           (2::smallint, rollup_bucket(e.opened_at, e.resolved_at),
            CASE WHEN e.resolved_at IS NULL AND e.state IN ('new', 'working') THEN hour_no(e.resolve_due_at) END,
            CASE WHEN e.resolved_at IS NOT NULL THEN coalesce(e.resolve_left_s, epoch_s(e.resolve_due_at) - epoch_s(e.resolved_at)) >= 0
                 WHEN e.resolve_left_s < 0 THEN false END)) t(what, bucket, due, met)
     WHERE e.k_newest <= -epoch_ms(since) AND e.k_newest > -epoch_ms(till)
     GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;
END
$$;

CREATE FUNCTION rollup_messages(p_from int, p_to int) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET jit = off AS $$
BEGIN
    DELETE FROM rollup_message WHERE hour >= p_from AND hour < p_to;
    INSERT INTO rollup_message
    SELECT hour_no(o.created_at), o.brand_id, o.channel, coalesce(t.name, ''), o.state, rollup_bucket(o.created_at, o.sent_at), count(*),
           coalesce(sum(r.replies), 0), coalesce(sum(r.opt_outs), 0)
      FROM outreach o
      LEFT JOIN template t ON t.id = o.template_id
      LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE c.driver <> 'auto_reply' AND c.by IS NULL) AS replies, count(*) FILTER (WHERE c.driver = 'opt_out') AS opt_outs
                           FROM contact c WHERE c.exception_id = o.exception_id AND c.outreach_id = o.id) r ON true
     WHERE o.created_at >= hour_at(p_from) AND o.created_at < hour_at(p_to)
     GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6;
END
$$;

CREATE FUNCTION rollup_contacts(p_from int, p_to int) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET jit = off AS $$
BEGIN
    DELETE FROM rollup_contact WHERE hour >= p_from AND hour < p_to;
    INSERT INTO rollup_contact
    SELECT hour_no(c.at), c.brand_id, c.via, c.driver, CASE c.before_message WHEN true THEN 'before' WHEN false THEN 'after' ELSE 'none' END,
           count(*), count(c.repeat_of)
      FROM contact c JOIN contact_driver d ON d.code = c.driver AND d.asks
     WHERE c.at >= hour_at(p_from) AND c.at < hour_at(p_to) AND c.taken_back_at IS NULL
     GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5;
END
$$;

CREATE FUNCTION rollup_agents(p_from int, p_to int) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET jit = off AS $$
BEGIN
    DELETE FROM rollup_agent WHERE hour >= p_from AND hour < p_to;
    INSERT INTO rollup_agent
    SELECT hour_no(a.at), a.brand_id, a.actor, a.verb, count(*)
      FROM activity a
     WHERE a.at >= hour_at(p_from) AND a.at < hour_at(p_to) AND is_person(a.actor)
     GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4;
END
$$;

CREATE FUNCTION rollup_deliveries(p_from int, p_to int) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET jit = off AS $$
BEGIN
    DELETE FROM rollup_delivery WHERE hour >= p_from AND hour < p_to;
    PERFORM lane_make(array_agg(x.carrier_id), array_agg(x.region), array_agg(x.service), array_agg(x.brand_id))
       FROM (SELECT DISTINCT s.carrier_id, coalesce(s.region, '') AS region, coalesce(s.service, '') AS service, s.brand_id FROM shipment s
              WHERE s.delivered_at >= hour_at(p_from) AND s.delivered_at < hour_at(p_to)) x;
    INSERT INTO rollup_delivery
    SELECT hour_no(s.delivered_at), l.id, CASE WHEN s.promised_at IS NOT NULL THEN greatest(least(days_late(s.promised_at, s.delivered_at, b.time_zone), 7), -3) END, count(*),
           count(*) FILTER (WHERE was_in_time(s.promised_at, s.delivered_at, b.time_zone)),
           count(f.edd), count(*) FILTER (WHERE was_in_time(f.edd, s.delivered_at, b.time_zone)),
           count(s.edd_at), count(*) FILTER (WHERE was_in_time(s.edd_at, s.delivered_at, b.time_zone))
      FROM shipment s
      JOIN brand b ON b.id = s.brand_id
      JOIN lane l ON (l.carrier_id, l.region, l.service, l.brand_id) = (s.carrier_id, coalesce(s.region, ''), coalesce(s.service, ''), s.brand_id)
     CROSS JOIN LATERAL (SELECT coalesce((s.edd_history -> 0 ->> 'edd')::timestamptz, s.edd_at) AS edd) f
     WHERE s.delivered_at >= hour_at(p_from) AND s.delivered_at < hour_at(p_to)
     GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
END
$$;

CREATE FUNCTION rollup_build(p_subject text, p_from int, p_to int) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    p_from := greatest(p_from, (SELECT since FROM rollup_state));
    IF p_from >= p_to THEN
        RETURN;
    END IF;
    CASE p_subject
        WHEN 'exception' THEN PERFORM rollup_exceptions(p_from, p_to);
        WHEN 'message' THEN PERFORM rollup_messages(p_from, p_to);
        WHEN 'contact' THEN PERFORM rollup_contacts(p_from, p_to);
        WHEN 'agent' THEN PERFORM rollup_agents(p_from, p_to);
        WHEN 'delivery' THEN PERFORM rollup_deliveries(p_from, p_to);
    END CASE;
END
$$;

-- The worker's, every minute: up to 24 hours that changed, the latest first. Several workers: one does it.
CREATE FUNCTION pass_rollup(p_now timestamptz DEFAULT NULL) RETURNS TABLE (did jsonb, again boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    hours int := 0;
    r record;
BEGIN
    did := '{}';
    again := false;
    IF current_setting('transaction_read_only')::boolean OR NOT pg_try_advisory_xact_lock(hashtext('doorstep rollups')) THEN
        RETURN NEXT;
        RETURN;
    END IF;
    FOR r IN
        WITH chosen AS (
            SELECT DISTINCT d.hour FROM rollup_dirty d ORDER BY d.hour DESC LIMIT 24
        ), gone AS (
            DELETE FROM rollup_dirty d USING chosen c WHERE d.hour = c.hour RETURNING d.subject, d.hour
        ), each AS (
            SELECT DISTINCT subject, hour FROM gone
        )   -- neighbours are made together
        SELECT subject, min(hour) AS from_hour, max(hour) + 1 AS to_hour, count(*)::int AS n
          FROM (SELECT subject, hour, hour - row_number() OVER (PARTITION BY subject ORDER BY hour) AS run FROM each) x
         GROUP BY subject, run ORDER BY 2 DESC, 1
    LOOP
        PERFORM rollup_build(r.subject, r.from_hour, r.to_hour);
        hours := hours + r.n;
    END LOOP;
    again := EXISTS (SELECT FROM rollup_dirty);
    IF NOT again THEN
        UPDATE rollup_state SET passed_at = coalesce(p_now, clock_timestamp());
    END IF;
    IF hours > 0 THEN
        did := jsonb_build_object('rollup_hours', hours);
    END IF;
    RETURN NEXT;
END
$$;

-- Until when reports are right, and since when there is something to report.
CREATE FUNCTION rollup_now() RETURNS TABLE (passed_at timestamptz, waiting bigint, since timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    PERFORM require_level(1, 'read reports');
    RETURN QUERY SELECT s.passed_at, (SELECT count(*) FROM (SELECT DISTINCT d.hour FROM rollup_dirty d) x),
                        hour_at((SELECT min(hour) FROM rollup_exception)) FROM rollup_state s;
END
$$;

-- What is removed by age goes after this: the hours before keep the numbers they have.
CREATE FUNCTION rollup_keep(p_before timestamptz) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('doorstep rollups'));
    UPDATE rollup_state SET since = greatest(since, hour_no(p_before));
END
$$;

-- What was there before this.
INSERT INTO rollup_dirty
SELECT DISTINCT 'exception', hour_no(x.t) FROM exception e CROSS JOIN LATERAL (VALUES (e.opened_at), (e.resolved_at)) x(t) WHERE x.t IS NOT NULL
UNION SELECT 'exception', hour_no(at) FROM activity WHERE verb IN ('reopen', 'reopened')
UNION SELECT 'agent', hour_no(at) FROM activity
UNION SELECT 'message', hour_no(created_at) FROM outreach
UNION SELECT 'contact', hour_no(at) FROM contact
UNION SELECT 'delivery', hour_no(delivered_at) FROM shipment WHERE delivered_at IS NOT NULL;

INSERT INTO retention_policy (table_name, act, what)
SELECT t, 'kept', 'sums for reports: they hold no person''s data' FROM unnest('{rollup_exception,rollup_exception_sum,rollup_time,rollup_message,rollup_contact,rollup_agent,rollup_delivery,rollup_dirty,rollup_state}'::text[]) t;

GRANT EXECUTE ON FUNCTION rollup_now() TO doorstep_viewer;
GRANT EXECUTE ON FUNCTION pass_rollup(timestamptz) TO doorstep_worker;

RESET search_path;
RESET ROLE;
