-- What `doorstep show` says of exception $1's overrides and outages: a heading, and a line each, newest first.
PREPARE show_control (bigint) AS
SELECT heading, line
  FROM (SELECT 1 AS part, 'overrides' AS heading, -o.id AS at,
               format('%s by %s, %s', replace(o.status::text, '_', ' '), o.by, replace(o.state, '_', ' '))
               || CASE WHEN o.state IN ('active', 'conflict') THEN ' until ' || doorstep.json_instant(o.expires_at) ELSE '' END
               || CASE WHEN o.batch_size > 1 THEN format(', batch %s', o.batch_id) ELSE '' END
               || coalesce('; the carrier says ' || replace(o.conflict_status::text, '_', ' '), '') || format(': %s – %s', o.reason, o.note) AS line
          FROM doorstep.overrides($1, NULL, 20) o
        UNION ALL
        SELECT 2, 'outages', -o.id, format('outage %s, %s, %s: %s', o.id, o.title,
               CASE WHEN o.ended_at IS NULL THEN 'since ' || doorstep.json_instant(o.started_at) ELSE 'over since ' || doorstep.json_instant(o.ended_at) END, o.message)
          FROM doorstep.outage o WHERE o.id = ANY (ARRAY(SELECT unnest(e.outages) FROM doorstep.exception e WHERE e.id = $1))) x
 ORDER BY part, at;
