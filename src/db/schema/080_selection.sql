-- Selections by filter: which exceptions were chosen stays in the server, for a client never loads a hundred thousand ids to send
-- them back. An id below nothing stands for a whole selection wherever ids are given: -N is all of selection N.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- Unlogged: a selection is an hour's memory, and after a crash of the server it is chosen again.
CREATE UNLOGGED TABLE selection (
    number bigint PRIMARY KEY,            -- random: none is ever met again, after a crash neither
    who    name NOT NULL,
    at     timestamptz NOT NULL,
    n      int NOT NULL
);
CREATE INDEX selection_who ON selection (who, at);
CREATE UNLOGGED TABLE selection_item (
    selection bigint NOT NULL,            -- without a foreign key: it would be asked a hundred thousand times
    id        bigint NOT NULL,            -- the exception's
    PRIMARY KEY (selection, id)
);

-- The caller's selection, locked against change for as long as it is used.
CREATE FUNCTION selection_mine(p_number bigint) RETURNS selection LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    s selection;
BEGIN
    SELECT * INTO s FROM selection x WHERE x.number = p_number AND x.who = session_user;
    IF NOT FOUND THEN
        RAISE invalid_parameter_value USING MESSAGE = 'this selection is no longer kept: choose again, nothing was done';
    END IF;
    RETURN s;
END
$$;

-- Keeps the first 100,000 of what a filter gave, and says whether there were more. The filter's rows are read by the caller, as far as
-- the caller may see them; the ids never leave the server. What the same person chose more than two hours ago is let go, and
-- what anybody chose yesterday, who may never come back.
CREATE FUNCTION selection_keep(p_ids bigint[]) RETURNS TABLE (number bigint, n int, more boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    made bigint := 1 + floor(random() * 4503599627370495)::bigint;
    kept bigint[] := p_ids[1:100000];
BEGIN
    PERFORM require_level(2, 'select everything under a filter');
    WITH old AS (SELECT s.number FROM selection s WHERE s.at < clock_timestamp() - CASE WHEN s.who = session_user THEN interval '2 hours' ELSE interval '1 day' END
                 FOR UPDATE SKIP LOCKED),
         gone AS (DELETE FROM selection s USING old WHERE s.number = old.number RETURNING s.number)
    DELETE FROM selection_item i USING gone WHERE i.selection = gone.number;
    INSERT INTO selection VALUES (made, session_user, clock_timestamp(), cardinality(kept));
    INSERT INTO selection_item SELECT made, i FROM unnest(kept) i;
    RETURN QUERY SELECT made, cardinality(kept), cardinality(p_ids) > 100000;
END
$$;

-- Some more or some fewer; answers how many there are now.
CREATE FUNCTION selection_change(p_number bigint, p_ids bigint[], p_in boolean) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    moved int;
BEGIN
    PERFORM FROM selection x WHERE x.number = p_number FOR UPDATE;
    PERFORM selection_mine(p_number);
    IF p_in THEN
        INSERT INTO selection_item SELECT p_number, i FROM unnest(p_ids) i ON CONFLICT DO NOTHING;
    ELSE
        DELETE FROM selection_item x WHERE x.selection = p_number AND x.id = ANY (p_ids);
    END IF;
    GET DIAGNOSTICS moved = ROW_COUNT;
    UPDATE selection x SET n = x.n + CASE WHEN p_in THEN moved ELSE -moved END WHERE x.number = p_number RETURNING x.n INTO moved;
    IF p_in AND moved > 100000 THEN
        RAISE program_limit_exceeded USING MESSAGE = 'at most 100,000 exceptions are selected at once: take others out first';
    END IF;
    RETURN moved;
END
$$;

-- Which of these are in it: what a screen marks.
CREATE FUNCTION selection_has(p_number bigint, p_ids bigint[]) RETURNS SETOF bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    PERFORM selection_mine(p_number);
    RETURN QUERY SELECT x.id FROM selection_item x WHERE x.selection = p_number AND x.id = ANY (p_ids) ORDER BY x.id;
END
$$;

-- Ids as they are given, selections written out. plpgsql, for actions on a few ids pass here as well.
CREATE FUNCTION chosen(p_ids bigint[]) RETURNS bigint[] LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF cardinality(p_ids) IS DISTINCT FROM 1 OR p_ids[1] IS NULL OR p_ids[1] >= 0 THEN
        RETURN p_ids;
    END IF;
    IF NOT EXISTS (SELECT FROM selection x WHERE x.number = -p_ids[1] AND x.who = session_user) THEN
        RETURN p_ids;      -- for the function that acts to find nothing under, unless its key says that it was done before
    END IF;
    RETURN ARRAY(SELECT x.id FROM selection_item x WHERE x.selection = -p_ids[1] ORDER BY x.id);
END
$$;

REVOKE ALL ON FUNCTION selection_mine(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION selection_keep(bigint[]), selection_change(bigint, bigint[], boolean), selection_has(bigint, bigint[]), chosen(bigint[]) TO doorstep_viewer;

INSERT INTO retention_policy (table_name, act, what) SELECT t, 'kept', 'emptied by what uses it' FROM unnest('{selection,selection_item}'::text[]) t;

RESET search_path;
RESET ROLE;
