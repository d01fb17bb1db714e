-- What doctor says of control: overrides, cases and the helpdesk, beside 028's messages.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

ALTER FUNCTION health() RENAME TO health_of_messages;
REVOKE EXECUTE ON FUNCTION health_of_messages() FROM doorstep_viewer;

-- Of the caller's brands, in health()'s shape.
CREATE FUNCTION health_of_control() RETURNS TABLE (subject text, wrong boolean, message text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    mine int[] := my_brands();
    moment timestamptz := clock_timestamp();
    b record;
    o record;
    c record;
BEGIN
    SELECT count(*) AS n, min(x.at) AS since INTO b FROM override_batch x
     WHERE x.state = 'pending' AND x.at < moment - interval '1 hour' AND (mine IS NULL OR x.brands <@ mine);
    SELECT count(*) FILTER (WHERE x.state = 'conflict') AS conflicts, count(*) FILTER (WHERE x.expires_at < moment - interval '5 minutes') AS late INTO o
      FROM status_override x WHERE (x.state = 'conflict' OR x.state = 'active' AND x.expires_at < moment - interval '5 minutes')
                               AND (mine IS NULL OR x.brand_id = ANY (mine));
    SELECT count(*) FILTER (WHERE s.state = 'failed') AS failed, count(*) FILTER (WHERE s.state = 'unknown') AS unknown,
           count(*) FILTER (WHERE s.state = 'queued') AS late, min(s.send_after) FILTER (WHERE s.state = 'queued') AS since INTO c
      FROM case_sync s JOIN support_case k ON k.id = s.case_id
     WHERE (s.state IN ('failed', 'unknown') OR s.state = 'queued' AND s.send_after < moment - interval '5 minutes')
       AND (mine IS NULL OR k.brand_id = ANY (mine));

    RETURN QUERY SELECT 'overrides', true, format('%s for a second lead, the first for %s: "doorstep override list --pending" shows them',
                        CASE b.n WHEN 1 THEN '1 batch waits' ELSE b.n || ' batches wait' END, replace(ago(moment - b.since), ' ago', '')) WHERE b.n > 0;
    RETURN QUERY SELECT 'overrides', true, format('the carrier contradicts %s: "doorstep queue is:conflict" shows them', say_count(o.conflicts, 'override')) WHERE o.conflicts > 0;
    RETURN QUERY SELECT 'overrides', true, say_count(o.late, 'override') || ' should have expired: start "doorstep worker"' WHERE o.late > 0;
    RETURN QUERY SELECT 'helpdesk', true, say_count(c.failed, 'thing') || ' it would not take: "doorstep case list" says of which case, "doorstep case retry" tells it again' WHERE c.failed > 0;
    RETURN QUERY SELECT 'helpdesk', true, say_count(c.unknown, 'thing') || ' it may have taken or not: look there, then "doorstep case retry"' WHERE c.unknown > 0;
    RETURN QUERY SELECT 'helpdesk', true, format('%s to tell it, the first for %s: read what the worker says', say_count(c.late, 'thing'),
                        replace(ago(moment - c.since), ' ago', '')) WHERE c.late > 0;
END
$$;
REVOKE ALL ON FUNCTION health_of_control() FROM PUBLIC;

CREATE FUNCTION health() RETURNS TABLE (subject text, wrong boolean, message text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT * FROM health_of_messages() UNION ALL SELECT * FROM health_of_control()
$$;
GRANT EXECUTE ON FUNCTION health() TO doorstep_viewer;

RESET search_path;
RESET ROLE;
