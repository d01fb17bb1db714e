-- What comes due by the clock, beside messages and sleepers: for the worker, every two seconds.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- Overrides that expire and batches nobody approved, outages whose time is over, what the board suggests. Each part is an index
-- look when there is nothing; gives how many things it did. Several workers pass each other by (SKIP LOCKED, try-locks). Who has
-- written to the log of control locks no more exceptions: where outages had something to do, overrides are the next call's.
CREATE FUNCTION control_due() RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    n int;
BEGIN
    IF current_setting('transaction_read_only')::boolean THEN
        RETURN 0;
    END IF;
    n := outage_due();
    IF n = 0 THEN
        n := override_due();
    END IF;
    RETURN n + lane_due();
END
$$;
GRANT EXECUTE ON FUNCTION control_due() TO doorstep_worker;

RESET search_path;
RESET ROLE;
