-- What doctor says about messages: is there a worker, and what waits for a person.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- "1 message", "1,204 messages"
CREATE FUNCTION say_count(n bigint, p_one text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE n WHEN 1 THEN '1 ' || p_one ELSE to_char(n, 'FM999,999,999,990') || ' ' || p_one || 's' END;

-- A line each; wrong: somebody has to do something. Of the caller's brands; the inbox, which may be anybody's,
-- only for who sees all of them.
CREATE FUNCTION health() RETURNS TABLE (subject text, wrong boolean, message text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    mine int[] := my_brands();
    moment timestamptz := clock_timestamp();
    running boolean := EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = current_database() AND a.application_name = 'doorstep worker');
    q record;
    k record;
    i record;
BEGIN
    PERFORM require_level(1, 'look at messages');
    SELECT count(*) AS all_of_them, count(*) FILTER (WHERE o.send_after < moment - interval '1 minute') AS late, min(o.send_after) AS since,
           string_agg(DISTINCT channel_label(o.channel), ' and ') FILTER (WHERE o.send_after < moment - interval '1 minute') AS channels
      INTO q FROM outreach o WHERE o.state = 'queued' AND (mine IS NULL OR o.brand_id = ANY (mine));
    SELECT count(*) FILTER (WHERE o.state = 'unknown') AS unknown, count(*) FILTER (WHERE o.state = 'held') AS held
      INTO k FROM outreach o WHERE o.state IN ('failed', 'unknown', 'held') AND (mine IS NULL OR o.brand_id = ANY (mine));
    SELECT count(*) FILTER (WHERE x.failed IS NULL AND x.at < moment - interval '1 minute') AS late, min(x.at) FILTER (WHERE x.failed IS NULL) AS since,
           count(*) FILTER (WHERE x.failed IS NOT NULL) AS failed
      INTO i FROM inbox x WHERE mine IS NULL;

    RETURN QUERY VALUES ('worker', NOT running, CASE WHEN running THEN 'one is running'
        ELSE 'none is running, so messages and webhooks wait: start "doorstep worker" as a role in doorstep_worker' END);
    RETURN QUERY SELECT 'messages', q.late > 0,
        CASE WHEN q.late = 0 THEN CASE q.all_of_them WHEN 0 THEN 'none waits to go out' ELSE say_count(q.all_of_them, 'message') || ' to go out, none is late' END
             ELSE format('%s by %s should have gone out, the first %s: %s', say_count(q.late, 'message'), q.channels, ago(moment - q.since),
                         CASE WHEN running THEN 'read what the worker says; it may have no channel for that, or its provider is in trouble' ELSE 'start a worker' END) END;
    RETURN QUERY SELECT 'messages', true, say_count(k.unknown, 'message') || ' may have gone out or not: find out and say so with "doorstep outreach resolve-unknown"; '
                                          || '"doorstep outreach list --state unknown" shows them' WHERE k.unknown > 0;
    RETURN QUERY SELECT 'messages', true, say_count(k.held, 'message') || ' held back: "doorstep outreach list --state held" says why' WHERE k.held > 0;
    RETURN QUERY SELECT 'webhooks', true, format('%s not read yet, the first came %s: %s', say_count(i.late, 'webhook'), ago(moment - i.since),
                                                 CASE WHEN running THEN 'read what the worker says' ELSE 'start a worker' END) WHERE i.late > 0;
    RETURN QUERY SELECT 'webhooks', true, say_count(i.failed, 'webhook') || ' could not be read: leads see why with SELECT * FROM doorstep.inbox_failed()' WHERE i.failed > 0;
END
$$;
GRANT EXECUTE ON FUNCTION health() TO doorstep_viewer;

RESET search_path;
RESET ROLE;
