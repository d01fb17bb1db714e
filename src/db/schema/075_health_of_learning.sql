-- What doctor says of silence, rules, the dictionary, reports, polling and retention, beside messages and control.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- In health()'s shape. What is everybody's is told to those who work for all brands. Each part is an index look or a small table.
CREATE FUNCTION health_of_learning() RETURNS TABLE (subject text, wrong boolean, message text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    moment timestamptz := clock_timestamp();
    since timestamptz;
    n bigint;
    r record;
BEGIN
    IF my_brands() IS NOT NULL THEN
        RETURN;
    END IF;
    SELECT min(w.look_at) INTO since FROM watch w WHERE w.look_at > '-infinity';     -- those to be looked at at once do not say since when
    IF since < moment - interval '1 hour' THEN
        RETURN QUERY SELECT 'silence', true, format('parcels should have been looked at for %s: start "doorstep worker", or read what it says', replace(ago(moment - since), ' ago', ''));
    END IF;

    SELECT s.stopped_by, s.stopped_at INTO r FROM rule_setting s WHERE s.stopped;
    IF FOUND THEN
        RETURN QUERY SELECT 'rules', true, format('%s stopped all of them %s: "doorstep rule go" lets them go on', r.stopped_by, ago(moment - r.stopped_at));
    END IF;
    RETURN QUERY SELECT 'rules', true, format('"%s" switched itself off (%s): read it, then "doorstep rule enable %s"', x.name, x.tripped, x.name)
                   FROM rule x WHERE x.tripped IS NOT NULL AND NOT x.enabled AND x.deleted_at IS NULL ORDER BY x.name;
    SELECT e.at INTO since FROM rule_event e ORDER BY e.seq LIMIT 1;
    IF since < moment - interval '15 minutes' AND NOT EXISTS (SELECT FROM rule_setting s WHERE s.stopped) AND NOT EXISTS (SELECT FROM rule x WHERE x.tripped IS NOT NULL) THEN
        RETURN QUERY SELECT 'rules', true, format('what happened %s waits for them: start "doorstep worker", or read what it says', ago(moment - since));
    END IF;

    SELECT count(*) INTO n FROM unmapped_code u WHERE u.mapped_in IS NULL AND (u.ignored_at IS NULL OR u.count >= 10 * u.ignored_count);
    IF n > 0 THEN
        RETURN QUERY SELECT 'dictionary', true, format('%s it does not know: "doorstep dictionary unmapped" shows them', say_count(n, 'code'));
    END IF;
    SELECT count(*), min(d.at) INTO n, since FROM dictionary_draft d WHERE d.state = 'draft';
    IF since < moment - interval '1 day' THEN
        RETURN QUERY SELECT 'dictionary', true, format('%s for a lead, the first for %s: "doorstep dictionary drafts" shows them',
                            CASE n WHEN 1 THEN '1 draft waits' ELSE n || ' drafts wait' END, replace(ago(moment - since), ' ago', ''));
    END IF;

    SELECT x.passed_at, x.waiting INTO r FROM rollup_now() x;
    IF r.waiting > 0 AND r.passed_at > '-infinity' AND r.passed_at < moment - interval '15 minutes' THEN
        RETURN QUERY SELECT 'reports', true, format('%s changed and not counted: start "doorstep worker", or read what it says', say_count(r.waiting, 'hour'));
    END IF;

    RETURN QUERY SELECT 'polling', true, format('%s is not asked until %s: %s', p.source, say_instant(p.hold_until), p.hold_why) FROM poll_source p WHERE p.hold_until > moment + interval '10 minutes';
    RETURN QUERY SELECT 'polling', true, format('%s: %s', p.source, p.last_error) FROM poll_source p
                  WHERE p.last_error IS NOT NULL AND NOT coalesce(p.hold_until > moment, false) AND p.last_at > moment - interval '2 days';

    SELECT min(p.checked_at) INTO since FROM retention_policy p WHERE p.keep_days IS NOT NULL;
    IF since < moment - interval '2 days' THEN
        RETURN QUERY SELECT 'retention', true, format('what is past its time has been kept for %s: start "doorstep worker", or "doorstep retention run"', replace(ago(moment - since), ' ago', ''));
    END IF;
END
$$;
REVOKE ALL ON FUNCTION health_of_learning() FROM PUBLIC;

CREATE OR REPLACE FUNCTION health() RETURNS TABLE (subject text, wrong boolean, message text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT * FROM health_of_messages() UNION ALL SELECT * FROM health_of_control() UNION ALL SELECT * FROM health_of_learning()
$$;

RESET search_path;
RESET ROLE;
