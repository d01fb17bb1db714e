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

RESET search_path;
RESET ROLE;
