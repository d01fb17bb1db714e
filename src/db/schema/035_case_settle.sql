-- What people settle with a helpdesk: telling it again, taking its word, keeping ours.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- what people settle

-- Failed changes go again; a case that is ours alone goes to the helpdesk now.
CREATE FUNCTION desk_retry(c support_case, p_key uuid, p_at timestamptz, OUT code text, OUT message text)
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    again int;
BEGIN
    IF c.conflict IS NOT NULL THEN
        code := 'conflict'; message := c.conflict;
        RETURN;
    END IF;
    UPDATE case_sync s SET state = 'queued', reason = NULL, send_after = p_at, tries = 0, lost = 0
     WHERE s.case_id = c.id AND s.state IN ('failed', 'unknown');
    GET DIAGNOSTICS again = ROW_COUNT;
    IF again > 0 THEN
        code := 'ok'; message := format('%s of C%s will be told again', say_count(again, 'change'), c.id);
        NOTIFY doorstep, 'd';
    ELSIF desk_in_use() IS NULL THEN
        code := 'invalid'; message := 'there is no helpdesk: a worker needs DOORSTEP_HELPDESK_URL';
    ELSIF c.desk_id IS NULL AND c.state <> 'closed' AND NOT EXISTS (SELECT FROM case_sync s WHERE s.case_id = c.id AND s.state IN ('queued', 'sending')) THEN
        PERFORM case_sync_add(c.id, 'create', NULL, NULL, p_key);
        code := 'ok'; message := format('C%s goes to %s', c.id, desk_label(desk_in_use()));
    ELSE
        code := 'same'; message := format('nothing of C%s failed', c.id);
    END IF;
END
$$;

CREATE FUNCTION desk_settle(c support_case, p_take boolean, p_key uuid, p_at timestamptz, OUT code text, OUT message text)
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    who text := desk_label(c.desk);
    theirs case_state := coalesce(c.conflict_state, 'closed');
BEGIN
    code := 'ok';
    IF c.conflict IS NULL THEN
        code := 'same'; message := format('C%s and the helpdesk agree: there is nothing to settle', c.id);
        RETURN;
    END IF;
    IF p_take THEN
        IF NOT desk_follow(c, theirs, 'case_take_theirs', format('took %s''s word: %s', who, theirs), session_user, p_key, p_at) THEN
            code := 'taken';
            message := format('another %s case of this parcel is open: close it first, or keep ours', replace(c.type::text, '_', ' '));
            RETURN;
        END IF;
        UPDATE case_sync s SET state = 'cancelled', reason = 'The ticket is gone' WHERE desk_gone(c) AND s.case_id = c.id AND s.state IN ('queued', 'failed', 'unknown');
        message := format('C%s is %s now, as %s says', c.id, theirs, who);
    ELSE
        IF desk_gone(c) THEN
            UPDATE case_sync s SET state = 'cancelled', reason = 'The ticket is gone' WHERE s.case_id = c.id AND s.state IN ('queued', 'failed', 'unknown');
            UPDATE support_case s SET desk = NULL, desk_id = NULL, desk_url = NULL, desk_state = NULL, desk_at = NULL WHERE s.id = c.id;
        END IF;
        UPDATE support_case s SET conflict = NULL, conflict_state = NULL, rev = s.rev + 1, updated_at = p_at WHERE s.id = c.id;
        PERFORM case_sync_add(c.id, CASE WHEN desk_gone(c) THEN 'create' ELSE 'status' END, NULL, c.state, p_key);
        PERFORM desk_tell(c.id, 'case_keep_ours', format('case C%s stays %s; %s is told', c.id, c.state, who), session_user, p_key, p_at);
        PERFORM control_write(c.brand_id, 'case ' || c.id, 'case_keep_ours', format('stays %s; %s is told', c.state, who),
                              jsonb_build_object('conflict_state', c.conflict_state), jsonb_build_object('state', c.state), p_key, p_at);
        message := format('C%s stays %s, and %s is told', c.id, c.state, who);
    END IF;
    UPDATE support_case s SET desk_ask_at = desk_ask_next(s, p_at) WHERE s.id = c.id;
END
$$;

-- The common part. Cases of brands one does not see are not there.
CREATE FUNCTION desk_act(p_key uuid, p_verb text, p_ids bigint[]) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    answered jsonb;
    at timestamptz;
    mine bigint[];
    c support_case;
    said record;
    x bigint;
BEGIN
    answered := action_begin(p_key);
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    END IF;
    IF my_level() < 2 THEN
        RETURN QUERY SELECT u, false, 'denied', refusal(2, 'work on cases'), NULL::int FROM (SELECT DISTINCT u FROM unnest(p_ids) u WHERE u IS NOT NULL ORDER BY u) y(u);
        RETURN;
    END IF;
    IF cardinality(p_ids) > 1000 THEN
        RAISE program_limit_exceeded USING MESSAGE = 'at most 1,000 cases at once: narrow the selection';
    END IF;
    mine := ARRAY(SELECT s.id FROM support_case s WHERE s.id = ANY (p_ids) AND sees_brand(s.brand_id) ORDER BY s.id);
    PERFORM desk_lock(mine);
    at := clock_timestamp();
    answered := '[]';
    FOR x IN SELECT DISTINCT u FROM unnest(p_ids) u WHERE u IS NOT NULL ORDER BY u LOOP
        IF x <> ALL (mine) THEN
            answered := answered || jsonb_build_array(jsonb_build_array(x, false, 'gone', format('there is no case C%s', x), NULL));
            CONTINUE;
        END IF;
        SELECT * INTO c FROM support_case s WHERE s.id = x;
        IF p_verb = 'case_retry' THEN
            said := desk_retry(c, p_key, at);
            IF said.code = 'ok' THEN
                PERFORM control_write(c.brand_id, 'case ' || x, 'case_retry', said.message, NULL, NULL, p_key, at);
            END IF;
        ELSE
            said := desk_settle(c, p_verb = 'case_take_theirs', p_key, at);
        END IF;
        answered := answered || jsonb_build_array(jsonb_build_array(x, said.code IN ('ok', 'same'), said.code, said.message,
                                                                    (SELECT s.rev FROM support_case s WHERE s.id = x)));
    END LOOP;
    PERFORM action_end(p_key, p_verb, at, '{}', answered);
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

CREATE FUNCTION case_retry(p_key uuid, p_ids bigint[]) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$ SELECT * FROM desk_act(p_key, 'case_retry', p_ids) $$;
CREATE FUNCTION case_take_theirs(p_key uuid, p_id bigint) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$ SELECT * FROM desk_act(p_key, 'case_take_theirs', ARRAY[p_id]) $$;
CREATE FUNCTION case_keep_ours(p_key uuid, p_id bigint) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$ SELECT * FROM desk_act(p_key, 'case_keep_ours', ARRAY[p_id]) $$;

GRANT EXECUTE ON FUNCTION case_retry(uuid, bigint[]), case_take_theirs(uuid, bigint), case_keep_ours(uuid, bigint) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
