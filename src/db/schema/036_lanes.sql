-- The outage board: what each lane has open, how much was opened and scanned in each hour, what is usual there, and where that
-- is left so far that an outage is suggested.
--
-- The numbers are kept, not counted: open ones as changes added up by readers (people's actions never wait for each other here),
-- opened ones and scans by the hour, which only the feed writes, one merge after another.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- By the hour first: readers want the last day of all lanes, or an hour of the day of them all.
ALTER TABLE lane_hour DROP CONSTRAINT lane_hour_pkey, ADD PRIMARY KEY (hour, lane_id);
ALTER TABLE lane_hour SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE lane SET (fillfactor = 80);
ALTER TABLE lane_open SET (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.1);

-- What is usual in a lane at an hour of the day (UTC): brought up to date as that hour begins.
CREATE TABLE lane_usual (
    lane_id int NOT NULL,
    hod     smallint NOT NULL,
    opened  real NOT NULL,                 -- exceptions an hour
    scans   real NOT NULL,                 -- scans an hour, on this day of the week if that is less
    hours   int NOT NULL,                  -- hours it was learnt from
    PRIMARY KEY (hod, lane_id)
);
CREATE TABLE lane_clock (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    judged_at  timestamptz NOT NULL,
    learnt_for timestamptz NOT NULL        -- the hour lane_usual was last brought up to
);
INSERT INTO lane_clock (judged_at, learnt_for) VALUES ('-infinity', '-infinity');

CREATE FUNCTION hour_of(p timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN date_bin('1 hour', p, '2000-01-01T00:00:00Z'::timestamptz);
CREATE FUNCTION hod_of(p timestamptz) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN extract(hour FROM p AT TIME ZONE 'UTC')::smallint;
-- Hours are kept this long, and removed a day later: who writes an hour never meets who removes it.
CREATE FUNCTION lane_keep() RETURNS interval LANGUAGE sql IMMUTABLE RETURN interval '45 days';

-- ---------------------------------------------------------------- keeping them

CREATE FUNCTION lane_make(p_carriers int[], p_regions text[], p_services text[], p_brands int[]) RETURNS void
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET enable_seqscan = on SET enable_nestloop = on AS $$
BEGIN
    INSERT INTO lane (carrier_id, region, service, brand_id)
    SELECT DISTINCT x.c, x.r, x.s, x.b FROM unnest(p_carriers, p_regions, p_services, p_brands) x(c, r, s, b)
     WHERE NOT EXISTS (SELECT FROM lane l WHERE l.carrier_id = x.c AND l.region = x.r AND l.service = x.s AND l.brand_id = x.b)
     ORDER BY 1, 2, 3, 4
    ON CONFLICT DO NOTHING;
END
$$;

CREATE FUNCTION lane_fold() RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF pg_try_advisory_xact_lock(hashtext('doorstep lanes')) THEN
        WITH gone AS (DELETE FROM lane_open RETURNING *)
        INSERT INTO lane_open SELECT lane_id, sum(n) FROM gone GROUP BY lane_id HAVING sum(n) <> 0;
    END IF;
END
$$;

-- Exceptions as they come, go, and turn out to be another lane's: their brand, service or region may become known later.
CREATE FUNCTION exception_lanes() RETURNS trigger
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET enable_seqscan = on SET enable_nestloop = on AS $$
DECLARE
    carriers int[];
    regions text[];
    services text[];
    brands int[];
    hours timestamptz[];
    opens int[];
    news int[];
    since timestamptz := hour_of(clock_timestamp() - lane_keep());
BEGIN
    IF tg_op = 'INSERT' THEN
        SELECT array_agg(c), array_agg(r), array_agg(s), array_agg(b), array_agg(h), array_agg(o), array_agg(n)
          INTO carriers, regions, services, brands, hours, opens, news
          FROM (SELECT carrier_id AS c, coalesce(region, '') AS r, coalesce(service, '') AS s, brand_id AS b, hour_of(opened_at) AS h,
                       (count(*) FILTER (WHERE state <> 'resolved'))::int AS o, count(*)::int AS n
                  FROM now_rows GROUP BY 1, 2, 3, 4, 5) x;
    ELSE
        SELECT array_agg(c), array_agg(r), array_agg(s), array_agg(b), array_agg(h), array_agg(o), array_agg(n)
          INTO carriers, regions, services, brands, hours, opens, news
          FROM (SELECT c, coalesce(r, '') AS r, coalesce(s, '') AS s, b, hour_of(opened_at) AS h, sum(o)::int AS o, sum(n)::int AS n
                  FROM (SELECT carrier_id AS c, region AS r, service AS s, brand_id AS b, opened_at,
                               CASE WHEN state <> 'resolved' THEN 1 ELSE 0 END AS o, 1 AS n FROM now_rows
                        UNION ALL
                        SELECT carrier_id, region, service, brand_id, opened_at,
                               CASE WHEN state <> 'resolved' THEN -1 ELSE 0 END, -1 FROM was_rows) y
                 GROUP BY 1, 2, 3, 4, 5 HAVING sum(o) <> 0 OR sum(n) <> 0) x;
    END IF;
    IF carriers IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM lane_make(carriers, regions, services, brands);
    WITH d AS MATERIALIZED (
        SELECT l.id, x.h, x.o, x.n FROM unnest(carriers, regions, services, brands, hours, opens, news) x(c, r, s, b, h, o, n)
          JOIN lane l ON l.carrier_id = x.c AND l.region = x.r AND l.service = x.s AND l.brand_id = x.b
    ), open AS (
        INSERT INTO lane_open (lane_id, n) SELECT id, sum(o) FROM d GROUP BY id HAVING sum(o) <> 0
    )
    INSERT INTO lane_hour AS t (lane_id, hour, opened) SELECT id, h, n FROM d WHERE n <> 0 AND h >= since ORDER BY h, id
    ON CONFLICT (hour, lane_id) DO UPDATE SET opened = t.opened + excluded.opened;
    IF random() < 0.02 THEN
        PERFORM lane_fold();
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER lanes_opened AFTER INSERT ON exception REFERENCING NEW TABLE AS now_rows
    FOR EACH STATEMENT EXECUTE FUNCTION exception_lanes();
CREATE TRIGGER lanes_changed AFTER UPDATE ON exception REFERENCING OLD TABLE AS was_rows NEW TABLE AS now_rows
    FOR EACH STATEMENT EXECUTE FUNCTION exception_lanes();

-- The scans a merge wrote, once their shipments' service and region are known: a scan counts in the lane its parcel was in when
-- the scan came in. One said to be of the future counts as of now; paper (a label made, an error) is no scan.
CREATE FUNCTION lane_scans(p_now timestamptz, p_ids bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET enable_seqscan = on SET enable_nestloop = on AS $$
DECLARE
    carriers int[];
    regions text[];
    services text[];
    brands int[];
    hours timestamptz[];
    counts int[];
    lasts timestamptz[];
BEGIN
    WITH k AS MATERIALIZED (                 -- its parcels by lane first: many scans are cheap to tell apart by a number
        SELECT row_number() OVER () AS no, x.*
          FROM (SELECT t.carrier_id AS c, coalesce(t.region, '') AS r, coalesce(t.service, '') AS s, t.brand_id AS b, array_agg(u.id) AS ids
                  FROM unnest(p_ids) u(id)
                  JOIN LATERAL (SELECT s.carrier_id, s.region, s.service, s.brand_id FROM shipment s WHERE s.id = u.id LIMIT 1) t ON true
                 GROUP BY 1, 2, 3, 4) x
    ), n AS MATERIALIZED (
        SELECT k.no, hour_of(e.at) AS h, count(*)::int AS n, max(e.at) AS l
          FROM k CROSS JOIN LATERAL unnest(k.ids) u(id)
         CROSS JOIN LATERAL (SELECT least(x.occurred_at, p_now) AS at FROM scan_event x WHERE x.shipment_id = u.id AND x.received_at = p_now
                                AND x.status NOT IN ('pre_transit', 'error') OFFSET 0) e
         GROUP BY 1, 2
    )
    SELECT array_agg(k.c), array_agg(k.r), array_agg(k.s), array_agg(k.b), array_agg(n.h), array_agg(n.n), array_agg(n.l)
      INTO carriers, regions, services, brands, hours, counts, lasts FROM n JOIN k USING (no);
    IF carriers IS NULL THEN
        RETURN;
    END IF;
    PERFORM lane_make(carriers, regions, services, brands);
    WITH d AS MATERIALIZED (
        SELECT l.id, x.h, x.n, x.at FROM unnest(carriers, regions, services, brands, hours, counts, lasts) x(c, r, s, b, h, n, at)
          JOIN lane l ON l.carrier_id = x.c AND l.region = x.r AND l.service = x.s AND l.brand_id = x.b
    ), last AS (
        UPDATE lane l SET last_scan_at = m.at FROM (SELECT id, max(at) AS at FROM d GROUP BY id) m
         WHERE l.id = m.id AND m.at > coalesce(l.last_scan_at, '-infinity')
    )
    INSERT INTO lane_hour AS t (lane_id, hour, scans) SELECT id, h, n FROM d WHERE h >= hour_of(p_now - lane_keep()) ORDER BY h, id
    ON CONFLICT (hour, lane_id) DO UPDATE SET scans = t.scans + excluded.scans;
END
$$;
SELECT patch_function('feed_merge(uuid)'::regprocedure, 'k.made, v_to, t.ids, t.problems, t.seqs);',
                      E'k.made, v_to, t.ids, t.problems, t.seqs);\n        PERFORM lane_scans(v_now, t.ids);');

-- Counts them anew from what is in the database. Writers of exceptions wait meanwhile.
CREATE FUNCTION lane_fill() RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET jit = off SET work_mem = '64MB' AS $$
DECLARE
    since timestamptz := hour_of(clock_timestamp() - lane_keep());
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));
    LOCK TABLE exception IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM lane_hour;
    DELETE FROM lane_open;
    CREATE TEMP TABLE lane_scanned ON COMMIT DROP AS
    SELECT s.carrier_id, coalesce(s.region, '') AS region, coalesce(s.service, '') AS service, s.brand_id,
           hour_of(least(e.occurred_at, e.received_at)) AS hour, count(*)::int AS n, max(least(e.occurred_at, e.received_at)) AS last
      FROM scan_event e JOIN shipment s ON s.id = e.shipment_id WHERE e.status NOT IN ('pre_transit', 'error') GROUP BY 1, 2, 3, 4, 5;
    INSERT INTO lane (carrier_id, region, service, brand_id)
    SELECT carrier_id, region, service, brand_id FROM lane_scanned
    UNION SELECT carrier_id, coalesce(region, ''), coalesce(service, ''), brand_id FROM exception
    ON CONFLICT DO NOTHING;
    UPDATE lane l SET last_scan_at = (SELECT max(t.last) FROM lane_scanned t WHERE (t.carrier_id, t.region, t.service, t.brand_id)
                                                                                 = (l.carrier_id, l.region, l.service, l.brand_id));
    INSERT INTO lane_open
    SELECT l.id, count(*) FROM exception e
      JOIN lane l ON (l.carrier_id, l.region, l.service, l.brand_id) = (e.carrier_id, coalesce(e.region, ''), coalesce(e.service, ''), e.brand_id)
     WHERE e.state <> 'resolved' GROUP BY 1;
    INSERT INTO lane_hour (lane_id, hour, opened, scans)
    SELECT l.id, x.hour, sum(x.opened), sum(x.scans)
      FROM (SELECT carrier_id, coalesce(region, '') AS region, coalesce(service, '') AS service, brand_id, hour_of(opened_at) AS hour, 1 AS opened, 0 AS scans
              FROM exception WHERE opened_at >= since
            UNION ALL SELECT carrier_id, region, service, brand_id, hour, 0, n FROM lane_scanned WHERE hour >= since) x
      JOIN lane l USING (carrier_id, region, service, brand_id) GROUP BY 1, 2;
    DROP TABLE lane_scanned;
    PERFORM lane_learn(clock_timestamp(), h) FROM generate_series(0, 23) h;
END
$$;

-- ---------------------------------------------------------------- what is usual

-- The lanes an outage's scope covers whole.
CREATE FUNCTION lanes_in(p_scope jsonb) RETURNS SETOF int LANGUAGE plpgsql STABLE ROWS 100 SET search_path = doorstep, pg_temp AS $$
BEGIN
    RETURN QUERY EXECUTE
        'SELECT e.id FROM (SELECT l.id, b.code AS brand, c.code AS carrier, nullif(l.service, '''') AS service, NULL::text AS country,
                                  nullif(l.region, '''') AS region, NULL::text AS city, NULL::text AS postal_code, NULL::text AS kind
                             FROM lane l JOIN carrier c ON c.id = l.carrier_id JOIN brand b ON b.id = l.brand_id) e WHERE ' || scope_where(p_scope);
END
$$;

-- What is usual at an hour of the day: the mean of that hour and its neighbours of the last 30 days, without hours of past outages and
-- without those that stand out of a carrier, or of a carrier in a region, by three times the middle half's width.
CREATE FUNCTION lane_learn(p_now timestamptz, p_hod int) RETURNS void
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET jit = off SET work_mem = '64MB' AS $$
DECLARE
    top timestamptz := hour_of(p_now) - interval '2 hours';     -- what began lately is not usual
    target timestamptz := hour_of(p_now) - make_interval(hours => (hod_of(p_now) - p_hod + 24) % 24);
BEGIN
    DELETE FROM lane_usual WHERE hod = p_hod;
    INSERT INTO lane_usual (lane_id, hod, opened, scans, hours)
    WITH hours AS MATERIALIZED (
        SELECT h AS hour, extract(isodow FROM h AT TIME ZONE 'UTC') = extract(isodow FROM target AT TIME ZONE 'UTC') AS same_day
          FROM generate_series(hour_of(p_now) - interval '30 days', top, interval '1 hour') h WHERE (hod_of(h) - p_hod + 25) % 24 <= 2
    ), sample AS MATERIALIZED (
        SELECT l.carrier_id, l.region, r.lane_id, r.hour, h.same_day, r.opened, r.scans
          FROM lane_hour r JOIN hours h USING (hour) JOIN lane l ON l.id = r.lane_id
         WHERE r.hour = ANY (ARRAY(SELECT hour FROM hours))
    ), began AS MATERIALIZED (
        SELECT carrier_id, min(hour) AS since FROM sample GROUP BY 1
    ), past AS MATERIALIZED (                -- region null: all of the carrier
        SELECT carrier_id, region, hour, sum(opened) AS n FROM sample GROUP BY GROUPING SETS ((carrier_id, hour), (carrier_id, region, hour))
    ), bound AS MATERIALIZED (
        SELECT g.carrier_id, g.region, q[2] + 3 * greatest(q[2] - q[1], 1) AS most
          FROM (SELECT k.carrier_id, k.region, percentile_cont(ARRAY[0.25, 0.75]) WITHIN GROUP (ORDER BY coalesce(p.n, 0)) AS q
                  FROM (SELECT DISTINCT p.carrier_id, p.region, b.since FROM past p JOIN began b USING (carrier_id)) k
                  JOIN hours h ON h.hour >= k.since
                  LEFT JOIN past p ON p.carrier_id = k.carrier_id AND coalesce(p.region, E'\x01') = coalesce(k.region, E'\x01') AND p.hour = h.hour
                 GROUP BY 1, 2) g
    ), spike AS MATERIALIZED (
        SELECT p.carrier_id, p.region, p.hour FROM past p
          JOIN bound b ON b.carrier_id = p.carrier_id AND coalesce(b.region, E'\x01') = coalesce(p.region, E'\x01') WHERE p.n > b.most
    ), left_out AS MATERIALIZED (
        SELECT l.id AS lane_id, s.hour FROM spike s JOIN lane l ON l.carrier_id = s.carrier_id AND l.region = coalesce(s.region, l.region)
        UNION
        SELECT l.id, h.hour FROM outage o JOIN hours h ON h.hour > o.started_at - interval '1 hour' AND h.hour < coalesce(o.ended_at, p_now)
         CROSS JOIN LATERAL lanes_in(o.scope) l(id)
    ), long AS MATERIALIZED (
        SELECT b.carrier_id, count(*)::int AS hours, (count(*) FILTER (WHERE h.same_day))::int AS same FROM began b JOIN hours h ON h.hour >= b.since GROUP BY 1
    )
    SELECT x.lane_id, p_hod, x.opened::real / greatest(g.hours - coalesce(o.n, 0), 1),
           least(x.scans::real / g.hours, CASE WHEN g.same >= 6 THEN x.same_scans::real / g.same END), g.hours - coalesce(o.n, 0)
      FROM (SELECT s.carrier_id, s.lane_id, coalesce(sum(s.opened) FILTER (WHERE o.lane_id IS NULL), 0) AS opened, sum(s.scans) AS scans,
                   coalesce(sum(s.scans) FILTER (WHERE s.same_day), 0) AS same_scans
              FROM sample s LEFT JOIN left_out o ON o.lane_id = s.lane_id AND o.hour = s.hour GROUP BY 1, 2) x
      JOIN long g USING (carrier_id)
      LEFT JOIN (SELECT lo.lane_id, count(*)::int AS n FROM left_out lo JOIN lane l ON l.id = lo.lane_id JOIN began b ON b.carrier_id = l.carrier_id
                  WHERE lo.hour >= b.since GROUP BY 1) o ON o.lane_id = x.lane_id;
END
$$;

-- Opened in the last 60 minutes, exactly; where that is very many, the running hour and its share of the hour before.
CREATE FUNCTION lane_fresh(p_now timestamptz) RETURNS TABLE (lane_id int, n bigint)
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp SET jit = off AS $$
#variable_conflict use_column
BEGIN
    IF (SELECT coalesce(sum(h.opened), 0) FROM lane_hour h WHERE h.hour > p_now - interval '2 hours') > 20000 THEN
        RETURN QUERY
        SELECT h.lane_id, round(sum(h.opened * CASE WHEN h.hour = hour_of(p_now) THEN 1 ELSE 1 - extract(epoch FROM p_now - hour_of(p_now)) / 3600 END))::bigint
          FROM lane_hour h WHERE h.hour > p_now - interval '2 hours' AND h.opened <> 0 GROUP BY 1;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT l.id, x.n
      FROM (SELECT e.carrier_id, coalesce(e.region, '') AS region, coalesce(e.service, '') AS service, e.brand_id, count(*) AS n
              FROM exception e WHERE e.k_newest < -epoch_ms(p_now - interval '1 hour') GROUP BY 1, 2, 3, 4) x
      JOIN lane l USING (carrier_id, region, service, brand_id);
END
$$;

-- ---------------------------------------------------------------- what leaves it

-- As many as chance hardly ever gives, and enough to matter: at least 10, four standard deviations above, three times as many.
CREATE FUNCTION rate_left(p_n numeric, p_usual double precision) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN p_n >= 10 AND p_n > p_usual + 4 * sqrt(p_usual + 1) AND (p_n + 1) / (p_usual + 1) >= 3;
CREATE FUNCTION say_rate(p double precision) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN p >= 9.95 THEN round(p)::text ELSE trim_scale(round(p::numeric, 1))::text END;
CREATE FUNCTION say_why(p_n numeric, p_usual double precision) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN p_n || ' new in the last hour against ' || say_rate(p_usual) || ' usually';
CREATE FUNCTION lane_scope(p_carrier text, p_region text, p_service text) RETURNS jsonb LANGUAGE sql IMMUTABLE
    RETURN jsonb_strip_nulls(jsonb_build_object('carrier', CASE WHEN p_carrier <> '' THEN jsonb_build_array(p_carrier) END,
        'region', CASE WHEN p_region <> '' THEN jsonb_build_array(p_region) END, 'service', CASE WHEN p_service <> '' THEN jsonb_build_array(p_service) END));

-- Lanes no live outage covers, all brands together: what is opened there and what is usual. Only carriers known for a day.
-- Of a carrier, its regions and its lanes the widest is named that the change fills: most of the lanes in it are raised, weighed
-- by what they usually have.
CREATE FUNCTION rates_left(p_now timestamptz, p_ids int[]) RETURNS TABLE (carrier_id int, region text, service text, why text)
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp SET jit = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH at_lane AS MATERIALIZED (
        SELECT l.carrier_id, l.region, l.service, coalesce(sum(f.n), 0) AS n, coalesce(sum(u.opened), 0)::float8 AS usual, coalesce(max(u.hours), 0) AS hours
          FROM lane l LEFT JOIN lane_fresh(p_now) f ON f.lane_id = l.id LEFT JOIN lane_usual u ON u.lane_id = l.id AND u.hod = hod_of(p_now)
         WHERE l.id = ANY (p_ids) GROUP BY 1, 2, 3
    ), lanes AS MATERIALIZED (
        SELECT *, greatest(usual, 0.05) AS weight, n >= 2 * usual + 1 AS raised, service <> '' AND region <> '' AND rate_left(n, usual) AS odd FROM at_lane
    ), regions AS MATERIALIZED (
        SELECT *, greatest(usual, 0.05) AS weight, n >= 2 * usual + 1 AS raised, region <> '' AND rate_left(n, usual) AS odd
          FROM (SELECT carrier_id, region, sum(n) AS n, sum(usual) AS usual, coalesce(sum(weight) FILTER (WHERE raised), 0) / sum(weight) AS filled,
                       bool_or(odd) AS inner_odd FROM lanes GROUP BY 1, 2) x
    ), carriers AS MATERIALIZED (
        SELECT carrier_id, sum(n) AS n, sum(usual) AS usual, bool_or(odd OR inner_odd) AS inner_odd,
               sum(weight * CASE WHEN NOT raised THEN 0 WHEN inner_odd AND filled < 0.6 THEN filled ELSE 1 END) / sum(weight) AS filled FROM regions GROUP BY 1
    ), known AS (
        SELECT carrier_id FROM lanes GROUP BY 1 HAVING max(hours) >= 3
    ), wide AS MATERIALIZED (
        SELECT carrier_id, n, usual FROM carriers JOIN known USING (carrier_id) WHERE rate_left(n, usual) AND (filled >= 0.6 OR NOT inner_odd)
    ), middle AS MATERIALIZED (
        SELECT r.carrier_id, r.region, r.n, r.usual FROM regions r JOIN known USING (carrier_id)
         WHERE r.odd AND (r.filled >= 0.6 OR NOT r.inner_odd) AND r.carrier_id NOT IN (SELECT carrier_id FROM wide)
    )
    SELECT carrier_id, '', '', say_why(n, usual) FROM wide
    UNION ALL SELECT carrier_id, region, '', say_why(n, usual) FROM middle
    UNION ALL SELECT l.carrier_id, l.region, l.service, say_why(l.n, l.usual) FROM lanes l JOIN known USING (carrier_id)
               WHERE l.odd AND l.carrier_id NOT IN (SELECT carrier_id FROM wide) AND (l.carrier_id, l.region) NOT IN (SELECT carrier_id, region FROM middle);
END
$$;

-- Where at least 20 scans would usually have come since the last one. carrier_id null: nowhere does anything come in.
CREATE FUNCTION silences(p_now timestamptz, p_ids int[]) RETURNS TABLE (carrier_id int, region text, service text, why text)
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp SET jit = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH last AS MATERIALIZED (              -- at four levels; g says which columns are not of the level
        SELECT l.carrier_id, l.region, l.service, grouping(l.carrier_id, l.region, l.service) AS g, max(l.last_scan_at) AS at
          FROM lane l WHERE l.id = ANY (p_ids) GROUP BY GROUPING SETS ((l.carrier_id, l.region, l.service), (l.carrier_id, l.region), (l.carrier_id), ())
    ), quiet AS MATERIALIZED (
        SELECT * FROM last WHERE at < p_now - interval '15 minutes'
    ), usual AS MATERIALIZED (
        SELECT l.carrier_id, l.region, l.service, grouping(l.carrier_id, l.region, l.service) AS g, u.hod, sum(u.scans) AS n
          FROM lane l JOIN lane_usual u ON u.lane_id = l.id
         WHERE l.id = ANY (p_ids) AND EXISTS (SELECT FROM quiet)
         GROUP BY GROUPING SETS ((l.carrier_id, l.region, l.service, u.hod), (l.carrier_id, l.region, u.hod), (l.carrier_id, u.hod), (u.hod))
    ), missed AS MATERIALIZED (              -- of a day at most
        SELECT q.carrier_id, q.region, q.service, q.g, q.at,
               sum(u.n * extract(epoch FROM least(h.hour + interval '1 hour', p_now) - greatest(h.hour, q.at, p_now - interval '1 day')) / 3600)::float8 AS n
          FROM quiet q
         CROSS JOIN LATERAL generate_series(hour_of(greatest(q.at, p_now - interval '1 day')), p_now, interval '1 hour') h(hour)
          JOIN usual u ON u.g = q.g AND u.hod = hod_of(h.hour) AND coalesce(u.carrier_id, 0) = coalesce(q.carrier_id, 0)
           AND coalesce(u.region, '') = coalesce(q.region, '') AND coalesce(u.service, '') = coalesce(q.service, '')
         GROUP BY 1, 2, 3, 4, 5
    ), silent AS MATERIALIZED (
        SELECT m.*, 'no scan for ' || regexp_replace(ago(p_now - m.at), ' ago$', '') || ', usually ' || round(m.n) || ' in that time' AS why
          FROM missed m WHERE m.n >= 20
    )
    SELECT s.carrier_id, '', '', 'nothing comes in from any carrier: look at the feed (' || s.why || ')' FROM silent s WHERE s.g = 7
    UNION ALL
    SELECT s.carrier_id, CASE WHEN s.g < 3 THEN s.region ELSE '' END, CASE WHEN s.g = 0 THEN s.service ELSE '' END, s.why FROM silent s
     WHERE s.g < 7 AND NOT EXISTS (SELECT FROM silent a WHERE a.g = 7)
       AND (s.g = 3 OR s.region <> '' AND (s.g = 1 OR s.service <> ''))
       AND NOT EXISTS (SELECT FROM silent a WHERE a.g > s.g AND a.carrier_id = s.carrier_id AND (a.g = 3 OR a.region = s.region));
END
$$;

-- Brings the suggestions up to what is so now; says how many began or ended. What was dismissed, and what is in it, is quiet for
-- 12 hours. One that is no longer found ends after five minutes: rates waver.
CREATE FUNCTION lane_judge(p_now timestamptz) RETURNS int LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
    ids int[] := ARRAY(SELECT l.id FROM lane l EXCEPT SELECT x.id FROM outage o CROSS JOIN LATERAL lanes_in(o.scope) x(id) WHERE o.ended_at IS NULL);
    held int[] := ARRAY(SELECT s.id FROM outage_suggestion s WHERE s.ended_at IS NULL FOR UPDATE SKIP LOCKED);   -- somebody declares or dismisses the others
    began int;
    ended int;
BEGIN
    WITH left_usual AS MATERIALIZED (
        SELECT 'rate' AS kind, r.* FROM rates_left(p_now, ids) r UNION ALL SELECT 'silence', s.* FROM silences(p_now, ids) s
    ), found AS MATERIALIZED (
        SELECT f.kind, f.why, sc.scope, CASE WHEN sc.scope = '{}' THEN '' ELSE scope_text(sc.scope) END AS scope_text,
               (SELECT CASE WHEN count(DISTINCT l.brand_id) = 1 THEN min(l.brand_id) END FROM lane l
                 WHERE l.carrier_id = f.carrier_id AND f.region IN ('', l.region) AND f.service IN ('', l.service)) AS brand_id
          FROM left_usual f LEFT JOIN carrier c ON c.id = f.carrier_id
         CROSS JOIN LATERAL (SELECT lane_scope(c.code, f.region, f.service) AS scope) sc
    ), still AS (
        UPDATE outage_suggestion s SET seen_at = p_now, why = f.why FROM found f
         WHERE s.id = ANY (held) AND (s.scope_text, s.kind) = (f.scope_text, f.kind) AND s.brand_id IS NOT DISTINCT FROM f.brand_id
    ), new AS (
        INSERT INTO outage_suggestion (scope, scope_text, why, kind, at, seen_at, brand_id)
        SELECT f.scope, f.scope_text, f.why, f.kind, p_now, p_now, f.brand_id FROM found f
         WHERE NOT EXISTS (SELECT FROM outage_suggestion s WHERE s.ended_at IS NULL AND (s.scope_text, s.kind) = (f.scope_text, f.kind)
                              AND s.brand_id IS NOT DISTINCT FROM f.brand_id)
           AND NOT EXISTS (SELECT FROM outage_suggestion s WHERE s.dismissed_by IS NOT NULL AND s.ended_at > p_now - interval '12 hours'
                              AND s.kind = f.kind AND (s.scope = f.scope OR s.scope <> '{}' AND f.scope @> s.scope))
        RETURNING 1
    )
    SELECT count(*) INTO began FROM new;
    UPDATE outage_suggestion s SET ended_at = p_now WHERE s.id = ANY (held) AND s.seen_at < p_now - interval '5 minutes';
    GET DIAGNOSTICS ended = ROW_COUNT;
    IF began + ended > 0 THEN
        PERFORM pg_notify('doorstep', 'u');
    END IF;
    RETURN began + ended;
END
$$;

-- Judges once a minute, whichever worker comes first; learns what is usual as an hour begins.
CREATE FUNCTION lane_due() RETURNS int LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    moment timestamptz := clock_timestamp();
    c lane_clock;
    n int;
BEGIN
    IF EXISTS (SELECT FROM lane_clock WHERE judged_at > moment - interval '1 minute' AND judged_at <= moment) THEN
        RETURN 0;
    END IF;
    SELECT * INTO c FROM lane_clock WHERE NOT (judged_at > moment - interval '1 minute' AND judged_at <= moment) FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    IF c.learnt_for <> hour_of(moment) THEN
        PERFORM lane_learn(moment, hod_of(moment));
        DELETE FROM lane_hour WHERE hour < hour_of(moment - lane_keep()) - interval '1 day';
    END IF;
    n := lane_judge(moment);
    UPDATE lane_clock SET judged_at = moment, learnt_for = hour_of(moment);
    RETURN n;
END
$$;

-- What is declared is no longer suggested.
CREATE FUNCTION outage_declared() RETURNS trigger LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    UPDATE outage_suggestion s SET ended_at = clock_timestamp()
     WHERE s.ended_at IS NULL AND s.scope <> '{}'
       AND coalesce(scope_has(new.scope, (SELECT b.code FROM brand b WHERE b.id = s.brand_id), s.scope -> 'carrier' ->> 0, s.scope -> 'service' ->> 0, NULL,
                              s.scope -> 'region' ->> 0, NULL, NULL, NULL), false);
    RETURN NULL;
END
$$;
CREATE TRIGGER declared AFTER INSERT ON outage FOR EACH ROW EXECUTE FUNCTION outage_declared();

-- ---------------------------------------------------------------- what people call

-- p_carrier '': a row a carrier; else one for each region and service of that carrier. The caller's brands alone.
CREATE FUNCTION board(p_carrier text DEFAULT '')
    RETURNS TABLE (carrier text, carrier_name text, service text, region text, lanes int, open bigint, new_hour int, baseline double precision,
                   ratio double precision, last_scan_at timestamptz, usual_gap_s double precision, spark int[], outage_id int, suggested boolean, why text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET jit = off SET work_mem = '32MB' AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
    moment timestamptz := clock_timestamp();
    top timestamptz := hour_of(moment) - interval '23 hours';
    one boolean := coalesce(p_carrier, '') <> '';
BEGIN
    PERFORM require_level(1, 'see the outage board');
    RETURN QUERY
    WITH live AS MATERIALIZED (
        SELECT o.id, o.scope FROM outage o WHERE o.ended_at IS NULL AND (mine IS NULL OR o.brands IS NULL OR o.brands && mine)
    ), l AS MATERIALIZED (
        SELECT l.id, l.carrier_id AS c, CASE WHEN one THEN l.region ELSE '' END AS r, CASE WHEN one THEN l.service ELSE '' END AS s, l.last_scan_at AS last,
               v.outage
          FROM lane l LEFT JOIN (SELECT x.id, min(o.id) AS outage FROM live o CROSS JOIN LATERAL lanes_in(o.scope) x(id) GROUP BY 1) v ON v.id = l.id
         WHERE (mine IS NULL OR l.brand_id = ANY (mine)) AND (NOT one OR l.carrier_id = (SELECT x.id FROM carrier x WHERE x.code = p_carrier))
    ), hours AS (
        SELECT l.c, l.r, l.s, h.hour, sum(h.opened) AS n FROM lane_hour h JOIN l ON l.id = h.lane_id WHERE h.hour >= top AND h.hour <= moment AND h.opened <> 0 GROUP BY 1, 2, 3, 4
    ), lines AS MATERIALIZED (
        SELECT l.c, l.r, l.s, count(*)::int AS lanes, max(l.last) AS last, sum(o.n)::bigint AS open, coalesce(sum(f.n), 0) AS fresh,
               coalesce(sum(u.opened), 0)::float8 AS usual, coalesce(sum(u.scans), 0)::float8 AS scans, coalesce(max(u.hours), 0) AS known, min(l.outage) AS outage
          FROM l LEFT JOIN (SELECT lane_id, sum(n) AS n FROM lane_open GROUP BY 1) o ON o.lane_id = l.id
          LEFT JOIN lane_fresh(moment) f ON f.lane_id = l.id
          LEFT JOIN lane_usual u ON u.lane_id = l.id AND u.hod = hod_of(moment)
         GROUP BY 1, 2, 3
    ), sparks AS (
        SELECT i.c, i.r, i.s, array_agg(coalesce(h.n, 0)::int ORDER BY i.hour) AS n
          FROM (SELECT c, r, s, hour FROM lines CROSS JOIN generate_series(top, top + interval '23 hours', interval '1 hour') x(hour)) i
          LEFT JOIN hours h ON h.c = i.c AND h.r = i.r AND h.s = i.s AND h.hour = i.hour GROUP BY 1, 2, 3
    )
    SELECT k.code, k.name, t.s, t.r, t.lanes, coalesce(t.open, 0), t.fresh::int, t.usual, (t.fresh + 1)::float8 / (t.usual + 1), t.last,
           CASE WHEN t.scans > 0 THEN 3600 / t.scans ELSE 0 END, p.n, t.outage,
           -- who is limited to brands sees what their own numbers say where the suggestion speaks of others', too
           g.why IS NOT NULL OR mine IS NOT NULL AND t.outage IS NULL AND t.known >= 3 AND rate_left(t.fresh, t.usual),
           coalesce(g.why, CASE WHEN mine IS NOT NULL AND t.outage IS NULL AND t.known >= 3 AND rate_left(t.fresh, t.usual) THEN say_why(t.fresh, t.usual) END, '')
      FROM lines t JOIN carrier k ON k.id = t.c
      JOIN sparks p ON p.c = t.c AND p.r = t.r AND p.s = t.s
      LEFT JOIN LATERAL (SELECT CASE WHEN NOT one AND s.scope ?| '{region,service}' THEN s.scope_text || ': ' ELSE '' END || s.why AS why
                           FROM outage_suggestion s
                          WHERE s.ended_at IS NULL AND s.scope -> 'carrier' ? k.code AND (mine IS NULL OR s.brand_id = ANY (mine))
                            AND (NOT one OR coalesce(s.scope -> 'region' ? t.r, true) AND coalesce(s.scope -> 'service' ? t.s, true))
                          ORDER BY s.kind, s.id LIMIT 1) g ON true
     ORDER BY 9 DESC, 6 DESC, 1, 4, 3;
END
$$;

CREATE FUNCTION outage_suggestions() RETURNS TABLE (id int, scope text, why text, kind text, at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
BEGIN
    PERFORM require_level(1, 'see what the outage board suggests');
    RETURN QUERY SELECT s.id, s.scope_text, s.why, s.kind, s.at FROM outage_suggestion s
                  WHERE s.ended_at IS NULL AND (mine IS NULL OR s.brand_id = ANY (mine)) ORDER BY s.id;
END
$$;

CREATE FUNCTION suggestion_dismiss(p_key uuid, p_ids bigint[]) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    mine int[] := my_brands();
    moment timestamptz;
    s outage_suggestion;
    i bigint;
    told boolean := false;
BEGIN
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    END IF;
    PERFORM require_level(3, 'dismiss what the outage board suggests');
    IF cardinality(p_ids) > 1000 THEN
        RETURN QUERY SELECT 0::bigint, false, 'invalid', 'at most 1,000 suggestions at a time', NULL::int;
        RETURN;
    END IF;
    answered := '[]';
    PERFORM FROM outage_suggestion x WHERE x.id = ANY (p_ids) ORDER BY x.id FOR UPDATE;
    moment := clock_timestamp();
    FOR i IN SELECT DISTINCT coalesce(u, 0) FROM unnest(p_ids) u ORDER BY 1 LOOP
        SELECT * INTO s FROM outage_suggestion x WHERE x.id = i AND (mine IS NULL OR x.brand_id = ANY (mine));
        IF s.id IS NULL THEN
            answered := answered || jsonb_build_array(jsonb_build_array(i, false, 'gone', format('there is no suggestion %s', i), NULL));
        ELSIF s.ended_at IS NOT NULL THEN
            answered := answered || jsonb_build_array(jsonb_build_array(i, true, 'same', CASE WHEN s.dismissed_by IS NULL THEN 'it is over already'
                                                          ELSE format('%s dismissed it %s', s.dismissed_by, ago(moment - s.ended_at)) END, NULL));
        ELSE
            UPDATE outage_suggestion x SET ended_at = moment, dismissed_by = session_user WHERE x.id = i;
            PERFORM control_write(s.brand_id, 'suggestion ' || i, 'dismiss', concat_ws(': ', nullif(s.scope_text, ''), s.why), NULL, NULL, p_key, moment);
            answered := answered || jsonb_build_array(jsonb_build_array(i, true, 'ok', 'quiet for 12 hours', NULL));
            told := true;
        END IF;
    END LOOP;
    PERFORM action_end(p_key, 'dismiss', moment, '{}', answered);
    IF told THEN
        PERFORM pg_notify('doorstep', 'u');
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

GRANT EXECUTE ON FUNCTION board(text), outage_suggestions(), suggestion_dismiss(uuid, bigint[]) TO doorstep_viewer;

SELECT lane_fill();

RESET search_path;
RESET ROLE;
