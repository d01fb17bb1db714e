-- The sample world's past, for the outage board: its exceptions were opened in the last ninety minutes rather than all at once, and
-- its lanes had as many every hour of the last month, more by day than by night; one carrier had a bad evening. In one region
-- there were a fifth of what there are now: an outage that begins. Once, after the world is loaded.
SET search_path = doorstep, pg_temp;
UPDATE exception e SET opened_at = greatest(now() - interval '90 minutes' * (e.id * 37 % 100) / 100, least(e.last_scan_at, now()));
DO $$
DECLARE
    bad record;
BEGIN
    SELECT carrier_id, region INTO bad FROM exception
     WHERE region <> '' AND opened_at > now() - interval '1 hour' GROUP BY 1, 2 ORDER BY count(*) DESC, 1, 2 LIMIT 1;
    INSERT INTO lane_hour AS t (lane_id, hour, opened, scans)
    SELECT x.id, x.hour, n, floor(n * 0.4 + random())::int
      FROM (SELECT l.id, h AS hour, floor(l.n / 1.5 * (0.85 + 0.25 * sin((hod_of(h) - 12) * pi() / 12))
                                          * CASE WHEN l.carrier_id = bad.carrier_id AND l.region = bad.region THEN 0.2 ELSE 1 END
                                          * CASE WHEN l.code = 'fedex' AND h BETWEEN now() - interval '16 hours' AND now() - interval '12 hours' THEN 4 ELSE 1 END
                                          * (0.5 + random()) + random())::int AS n
              FROM (SELECT l.id, l.carrier_id, l.region, c.code, count(e.id) AS n FROM lane l JOIN carrier c ON c.id = l.carrier_id
                      JOIN exception e ON (e.carrier_id, coalesce(e.region, ''), coalesce(e.service, ''), e.brand_id) = (l.carrier_id, l.region, l.service, l.brand_id)
                     GROUP BY 1, 2, 3, 4) l
             CROSS JOIN generate_series(hour_of(now()) - interval '30 days', hour_of(now()) - interval '2 hours', interval '1 hour') h) x
     WHERE n > 0
    ON CONFLICT (hour, lane_id) DO UPDATE SET opened = t.opened + excluded.opened, scans = t.scans + excluded.scans;
    UPDATE lane SET last_scan_at = greatest(last_scan_at, now() - random() * interval '10 minutes');
    PERFORM lane_learn(now(), h) FROM generate_series(0, 23) h;
END
$$;
RESET search_path;
