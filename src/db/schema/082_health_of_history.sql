-- Doctor on history: the month's partitions (051) are begun by the worker; where none runs at a month's turn the last one
-- goes on taking rows, which costs retention its months.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- In health()'s shape; everybody's, so for those who work for all brands. A partition may be a day late.
CREATE FUNCTION health_of_history() RETURNS TABLE (subject text, wrong boolean, message text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    yesterday timestamptz := clock_timestamp() - interval '1 day';
BEGIN
    IF my_brands() IS NOT NULL THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT 'history', true, format('the month''s partition of %s has not been begun: start "doorstep worker", or read what it says', string_agg(t.name, ' and '))
                   FROM unnest(ARRAY['scan_event', 'activity']) AS t(name) WHERE part_due(t.name, yesterday) HAVING count(*) > 0;
END
$$;
REVOKE ALL ON FUNCTION health_of_history() FROM PUBLIC;

CREATE OR REPLACE FUNCTION health() RETURNS TABLE (subject text, wrong boolean, message text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT * FROM health_of_messages() UNION ALL SELECT * FROM health_of_control() UNION ALL SELECT * FROM health_of_learning()
    UNION ALL SELECT * FROM health_of_history()
$$;

RESET search_path;
RESET ROLE;
