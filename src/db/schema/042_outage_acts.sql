-- What leads do with outages: look first, declare, end, change; and their end by the clock.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- looking and declaring

CREATE FUNCTION outage_preview(p_scope jsonb)
    RETURNS TABLE (title text, scope text, exceptions bigint, open bigint, owned bigint, shipments bigint, messages bigint, clocks bigint,
                   overlaps int, allowed boolean, refusal text, warning text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
    m record;
    k record;
    condition text;
    plain jsonb;
    same outage;
BEGIN
    PERFORM require_level(1, 'look at outages');
    SELECT * INTO m FROM scope_mine(p_scope);
    allowed := m.wrong IS NULL;
    refusal := m.wrong;
    IF allowed THEN
        title := scope_title(m.scope);
        scope := scope_text(m.scope);
        condition := scope_where(m.scope);
        SELECT * INTO k FROM scope_count(m.scope, m.brands);
        exceptions := k.n;
        open := k.total;
        EXECUTE format('SELECT count(*) FILTER (WHERE e.owner IS NOT NULL), count(*) FILTER (WHERE e.state IN (''new'', ''working'') AND NOT e.sla_held)
                          FROM exception e WHERE e.state <> ''resolved'' AND %s', condition) INTO owned, clocks;
        EXECUTE format('SELECT count(DISTINCT o.id) FROM outage o JOIN exception e ON e.outages @> ARRAY[o.id] AND e.outages <> ''{}'' AND e.state <> ''resolved''
                         WHERE o.ended_at IS NULL AND %s', condition) INTO overlaps;
        EXECUTE format('SELECT count(*) FROM outreach q JOIN exception e ON e.id = q.exception_id WHERE q.state = ''queued'' AND %s', condition) INTO messages;
        plain := m.scope - 'kind';     -- a parcel without an exception is of no kind
        IF plain #- '{not,kind}' <> '{"not": {}}' THEN
            plain := plain #- '{not,kind}';
        END IF;
        EXECUTE format('SELECT count(*) FROM (SELECT s.*, c.code AS carrier, b.code AS brand FROM shipment s JOIN carrier c ON c.id = s.carrier_id
                                                JOIN brand b ON b.id = s.brand_id WHERE s.effective_status <> ''delivered'') e WHERE %s', scope_where(plain)) INTO shipments;
        SELECT o.* INTO same FROM outage o WHERE o.ended_at IS NULL AND lower(o.scope::text) = lower(m.scope::text) LIMIT 1;
        refusal := k.wrong;
        allowed := refusal IS NULL;
        warning := CASE WHEN same.id IS NOT NULL THEN format('outage %s is that already, since %s', same.id, say_instant(same.started_at))
                        WHEN exceptions > 20 AND exceptions >= open THEN 'that is every open exception'
                        WHEN exceptions = 0 THEN 'no open exception is in it yet: those to come will be' END;
    END IF;
    IF my_level() < 3 THEN
        allowed := false;
        refusal := refusal(3, 'declare outages');
    END IF;
    RETURN NEXT;
END
$$;

-- Who may be told of it in the log of control: its one brand's people, or only who sees all.
CREATE FUNCTION outage_brand(p_brands int[]) RETURNS int LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN cardinality(p_brands) = 1 THEN p_brands[1] END;

-- Holds messages for an outage; gives the hold.
CREATE FUNCTION outage_hold(o outage, p_at timestamptz) RETURNS int LANGUAGE sql SET search_path = doorstep, pg_temp AS $$
    INSERT INTO message_hold (brand_id, reason, since, by, outage_id, lets)
    VALUES (outage_brand(o.brands), left(o.message, 500), p_at, session_user, o.id, '{carrier_outage}') RETURNING id
$$;

-- The keys of what an action does by other actions' functions.
CREATE FUNCTION key_within(p_key uuid, p_part text) RETURNS uuid LANGUAGE sql IMMUTABLE
    RETURN md5(p_key::text || ' ' || p_part)::uuid;

-- Overrides the shipments of these exceptions as part of the outage; what it says, or a refusal of the whole.
CREATE FUNCTION outage_override(o outage, p_key uuid, p_ids bigint[], p_status shipment_status, p_reason text) RETURNS text
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    a record;
BEGIN
    IF cardinality(p_ids) = 0 THEN
        RETURN 'nothing to override yet';
    END IF;
    SELECT x.id, x.ok, x.code, x.message INTO a
      FROM override_apply(key_within(p_key, 'override'), p_ids, p_status::text, coalesce(p_reason, 'carrier_outage'), o.message, o.until, o.id, 'outage:' || o.id) x LIMIT 1;
    IF NOT a.ok AND a.id = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'DS001', MESSAGE = a.message;
    END IF;
    RETURN a.message;
END
$$;

CREATE FUNCTION outage_wrong(p_message text, p_until timestamptz) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN CASE WHEN clean_text(p_message) IS NULL THEN 'say what is known, in a sentence: everybody reads it while the outage lasts'
                WHEN length(clean_text(p_message)) > 200 THEN 'the message is longer than 200 characters: shorten it'
                ELSE wrong_until(p_until) END;

-- Declares an outage; one row, its id the outage's.
CREATE FUNCTION outage_declare(p_key uuid, p_scope jsonb, p_message text, p_hold boolean, p_pause boolean, p_status shipment_status, p_reason text, p_until timestamptz)
    RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' SET jit = off AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    at timestamptz;
    m record;
    k record;
    wrong text := outage_wrong(p_message, p_until);
    same outage;
    o outage;
    ids bigint[];
    done record;
    overridden text;
BEGIN
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    ELSIF my_level() < 3 THEN
        RETURN QUERY SELECT 0::bigint, false, 'denied', refusal(3, 'declare outages'), NULL::int;
        RETURN;
    END IF;
    SELECT * INTO m FROM scope_mine(p_scope);
    wrong := coalesce(m.wrong, wrong);
    IF wrong IS NULL THEN
        -- the feed opens nothing meanwhile, and nobody else declares
        PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));
        SELECT x.* INTO same FROM outage x WHERE x.ended_at IS NULL AND lower(x.scope::text) = lower(m.scope::text);
        IF same.id IS NULL THEN
            SELECT * INTO k FROM scope_count(m.scope, m.brands);
            wrong := k.wrong;
        END IF;
    END IF;
    IF wrong IS NOT NULL THEN
        RETURN QUERY SELECT 0::bigint, false, 'invalid', wrong, NULL::int;
        RETURN;
    ELSIF same.id IS NOT NULL THEN
        answered := jsonb_build_array(jsonb_build_array(same.id, true, 'same', format('outage %s is that already: %s declared it %s', same.id, same."by",
                                                                                      ago(clock_timestamp() - same.started_at)), NULL));
        PERFORM action_end(p_key, 'outage_declare', clock_timestamp(), '{}', answered);
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    END IF;
    BEGIN
        at := clock_timestamp();
        INSERT INTO outage AS x (scope, scope_text, title, message, hold_messages, pause_sla, brands, by, started_at, until, changed_at, key)
        VALUES (m.scope, scope_text(m.scope), scope_title(m.scope), clean_text(p_message), coalesce(p_hold, false), coalesce(p_pause, false), m.brands,
                session_user, at, p_until, at, p_key) RETURNING x.* INTO o;
        IF o.hold_messages THEN
            o.hold_id := outage_hold(o, at);
        END IF;
        IF p_status IS NOT NULL THEN           -- overriding locks whole parcels, and all go in one order
            EXECUTE format('SELECT FROM exception x WHERE x.shipment_id IN (SELECT e.shipment_id FROM exception e WHERE e.state <> ''resolved'' AND %s) ORDER BY x.id FOR UPDATE',
                           scope_where(m.scope));
        END IF;
        EXECUTE format('SELECT coalesce(array_agg(x.id), ''{}'') FROM (SELECT e.id FROM exception e WHERE e.state <> ''resolved'' AND %s ORDER BY e.id FOR UPDATE) x',
                       scope_where(m.scope)) INTO ids;
        UPDATE outage x SET exceptions = cardinality(ids), hold_id = o.hold_id WHERE x.id = o.id;
        SELECT * INTO done FROM outage_refresh(ids, false, o.id, NULL, session_user, p_key, clock_timestamp(), format('outage %s, %s', o.id, o.title), at);
        overridden := CASE WHEN p_status IS NOT NULL THEN outage_override(o, p_key, ids, p_status, p_reason) END;
    EXCEPTION WHEN SQLSTATE 'DS001' THEN
        wrong := sqlerrm;
    END;
    IF wrong IS NOT NULL THEN
        RETURN QUERY SELECT 0::bigint, false, 'invalid', wrong, NULL::int;
        RETURN;
    END IF;
    UPDATE outage_suggestion s SET ended_at = at WHERE s.ended_at IS NULL AND lower(s.scope_text) = lower(o.scope_text);
    at := clock_timestamp();
    answered := jsonb_build_array(jsonb_build_array(o.id, true, 'ok', format('outage %s declared: %s, %s', o.id, o.title,
        concat_ws('; ', say_count(cardinality(ids), 'exception'), CASE WHEN o.hold_messages THEN 'automatic messages are held' END,
                  CASE WHEN o.pause_sla THEN CASE done.stopped WHEN 1 THEN '1 clock stands' ELSE to_char(done.stopped, 'FM999,999,990') || ' clocks stand' END END, overridden)), NULL));
    PERFORM control_write(outage_brand(o.brands), 'outage ' || o.id, 'declare', o.scope_text || ': ' || o.message, NULL,
                          jsonb_build_object('scope', o.scope, 'hold_messages', o.hold_messages, 'pause_sla', o.pause_sla, 'status', p_status, 'until', o.until,
                                             'exceptions', cardinality(ids)), p_key, at);
    PERFORM action_end_as(p_key, 'outage_declare', at, ARRAY[o.id]::bigint[], answered, format('the declaration of outage %s, %s', o.id, o.title));
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- ---------------------------------------------------------------- ending

-- Locks live outages that are to end now, their holds, and all exceptions that changes, each kind in the order of its ids, and gives these; their
-- counters go, too, as who folds counters has to be waited for. Who ends several locks all of them first: nothing is waited for behind the log of control.
CREATE FUNCTION outage_lock(p_ids int[]) RETURNS bigint[] LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET jit = off AS $$
DECLARE
    live int[];
    parcels bigint[];
    ids bigint[];
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));
    live := ARRAY(SELECT x.id FROM outage x WHERE x.id = ANY (p_ids) AND x.ended_at IS NULL ORDER BY x.id FOR UPDATE);
    PERFORM FROM message_hold h WHERE h.id IN (SELECT x.hold_id FROM outage x WHERE x.id = ANY (live)) ORDER BY h.id FOR UPDATE;
    ids := ARRAY(SELECT e.id FROM exception e WHERE e.outages && live AND e.outages <> '{}' AND e.state <> 'resolved'
                 UNION SELECT e.id FROM exception e WHERE e.sla_held AND e.outages && live);
    -- an override is of a parcel: all its exceptions
    parcels := ARRAY(SELECT s.shipment_id FROM override_batch b JOIN status_override s ON s.batch_id = b.id
                      WHERE b.outage_id = ANY (live) AND b.state = 'applied' AND s.state IN ('active', 'conflict'));
    IF cardinality(parcels) > 0 THEN
        ids := ARRAY(SELECT unnest(ids) UNION SELECT e.id FROM exception e WHERE e.shipment_id = ANY (parcels));
    END IF;
    ids := ARRAY(SELECT e.id FROM exception e WHERE e.id = ANY (ids) ORDER BY e.id FOR UPDATE);
    DELETE FROM outage_counter c WHERE c.outage_id = ANY (live);
    RETURN ids;
END
$$;

-- Ends a live outage that outage_lock() locked, with others or alone (p_locked: what that gave); gives the sentence. p_undone: as if it had not been: its exceptions were never in it, and their clocks ran on.
CREATE FUNCTION outage_finish(p_id int, p_locked bigint[], p_actor text, p_key uuid, p_note text, p_undone boolean) RETURNS text
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET jit = off AS $$
DECLARE
    o outage;
    at timestamptz;
    ids bigint[];
    reverted bigint := 0;
    remained bigint := 0;
    done record;
    back int := 0;
    open bigint;
    overrides boolean;
    batches override_batch[];
BEGIN
    SELECT * INTO o FROM outage x WHERE x.id = p_id AND x.ended_at IS NULL;
    IF o.id IS NULL THEN
        RETURN NULL;
    END IF;
    ids := ARRAY(SELECT e.id FROM exception e WHERE e.id = ANY (p_locked) AND p_id = ANY (e.outages));
    overrides := EXISTS (SELECT FROM override_batch b WHERE b.outage_id = p_id AND b.state IN ('pending', 'applied'));     -- behind the lock: nobody asks for more
    at := clock_timestamp();
    UPDATE outage x SET ended_at = at, ended_by = p_actor, end_note = p_note, changed_at = at WHERE x.id = p_id;
    IF overrides THEN
        SELECT * INTO reverted, remained, batches FROM override_end_outage(p_id, p_key, at);
    END IF;
    SELECT * INTO done FROM outage_refresh(ids, false, NULL, CASE WHEN p_undone THEN p_id END, p_actor, p_key, at,
                                           format(CASE WHEN p_undone THEN 'outage %s, %s, is taken back' ELSE 'outage %s, %s, is over' END, o.id, o.title),
                                           CASE WHEN p_undone THEN o.started_at ELSE at END);
    IF o.hold_id IS NOT NULL THEN
        back := hold_release(o.hold_id, p_actor, at);
    END IF;
    SELECT count(*) INTO open FROM exception e WHERE e.id = ANY (ids) AND e.state <> 'resolved' AND e.outages @> ARRAY[p_id];
    PERFORM override_ended(p_id, batches, p_key, at);
    PERFORM control_write(outage_brand(o.brands), 'outage ' || o.id, CASE WHEN p_undone THEN 'undo' ELSE 'end' END, coalesce(p_note, ''), NULL,
                          jsonb_build_object('reverted', reverted, 'left', remained, 'messages', back, 'clocks', done.started, 'open', open), p_key, clock_timestamp(), p_actor);
    RETURN format(CASE WHEN p_undone THEN 'outage %s is taken back: %s' ELSE 'outage %s is over: %s' END, p_id, concat_ws('; ',
        CASE WHEN overrides THEN say_count(reverted, 'override') || ' taken back' || CASE WHEN remained > 0 THEN format(', %s left: the parcel changed since', to_char(remained, 'FM999,999,990')) ELSE '' END END,
        CASE WHEN o.hold_id IS NOT NULL THEN say_count(back, 'message') || ' queued again' END,
        CASE WHEN o.pause_sla THEN CASE done.started WHEN 1 THEN '1 clock runs' ELSE to_char(done.started, 'FM999,999,990') || ' clocks run' END END,
        CASE WHEN NOT p_undone THEN CASE open WHEN 0 THEN 'nothing to follow up' ELSE format('%s to follow up: outage:%s', to_char(open, 'FM999,999,990'), p_id) END END,
        CASE WHEN p_undone AND NOT overrides AND o.hold_id IS NULL AND NOT o.pause_sla THEN say_count(cardinality(ids), 'exception') || ' as before' END));
END
$$;

-- May the caller end or change it? Who sees all its brands; null, or why not.
CREATE FUNCTION outage_not_mine(o outage, p_id bigint) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN (SELECT CASE WHEN (o).id IS NULL OR (o).brands IS NOT NULL AND NOT coalesce((o).brands && mine, true) THEN format('there is no outage %s', p_id)
                        WHEN mine IS NOT NULL AND coalesce(NOT (o).brands <@ mine, true)
                        THEN format('outage %s is of other brands, too: a lead who works for all of them can do that', p_id) END FROM (SELECT my_brands() AS mine) m);

CREATE FUNCTION outage_end(p_key uuid, p_ids bigint[], p_note text DEFAULT NULL) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    o outage;
    i bigint;
    wrong text;
    said text;
    changed bigint[] := '{}';
    locked bigint[];
    note text := left(clean_text(p_note), 500);
BEGIN
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    ELSIF my_level() < 3 THEN
        RETURN QUERY SELECT x, false, 'denied', refusal(3, 'end outages'), NULL::int FROM unnest(p_ids) x;
        RETURN;
    END IF;
    IF cardinality(p_ids) > 100 THEN
        RAISE program_limit_exceeded USING MESSAGE = 'at most 100 outages at once';
    END IF;
    answered := '[]';
    locked := outage_lock(ARRAY(SELECT x.id FROM outage x WHERE x.id = ANY (p_ids) AND outage_not_mine(x, x.id) IS NULL));
    FOR i IN SELECT DISTINCT x FROM unnest(p_ids) x WHERE x IS NOT NULL ORDER BY x LOOP
        SELECT x.* INTO o FROM outage x WHERE x.id = i;
        wrong := outage_not_mine(o, i);
        said := CASE WHEN wrong IS NULL THEN outage_finish(o.id, locked, session_user, p_key, note, false) END;
        IF said IS NOT NULL THEN
            changed := changed || i;
        ELSIF wrong IS NULL THEN
            SELECT x.* INTO o FROM outage x WHERE x.id = i;
        END IF;
        answered := answered || jsonb_build_array(jsonb_build_array(i, wrong IS NULL,
            CASE WHEN wrong LIKE 'there is no%' THEN 'gone' WHEN wrong IS NOT NULL THEN 'denied' WHEN said IS NULL THEN 'same' ELSE 'ok' END,
            coalesce(wrong, said, format('%s ended outage %s %s', o.ended_by, i, ago(clock_timestamp() - o.ended_at))), NULL));
    END LOOP;
    PERFORM action_end(p_key, 'outage_end', clock_timestamp(), changed, answered);      -- no undo: messages are on their way
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- The declaration taken back: as if it had not been.
CREATE FUNCTION undo_of_outage_declare(l action_log, p_key uuid, p_at timestamptz) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    said text;
    o outage;
BEGIN
    IF my_level() < 3 THEN
        RETURN jsonb_build_array(jsonb_build_array(0, false, 'denied', refusal(3, 'take back outages'), NULL));
    END IF;
    said := outage_finish(l.first_id::int, outage_lock(ARRAY[l.first_id::int]), session_user, p_key, 'the declaration was taken back', true);
    UPDATE action_log a SET undone_by = p_key WHERE a.key = key_within(l.key, 'override');
    SELECT * INTO o FROM outage x WHERE x.id = l.first_id;
    RETURN jsonb_build_array(jsonb_build_array(l.first_id, said IS NOT NULL, CASE WHEN said IS NULL THEN 'stale' ELSE 'ok' END,
        coalesce(said, format('outage %s is over: %s ended it %s, and its end is not taken back', o.id, o.ended_by, ago(p_at - o.ended_at))), NULL));
END
$$;

-- ---------------------------------------------------------------- changing

-- p_set: message, until (null: none), hold_messages, pause_sla, what is given.
CREATE FUNCTION outage_set(p_key uuid, p_id bigint, p_set jsonb) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' SET jit = off AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    o outage;
    was outage;
    wrong text;
    ids bigint[];
    done record;
    back int;
    at timestamptz;
    said text[] := '{}';
    state text := 'ok';
BEGIN
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    ELSIF my_level() < 3 THEN
        RETURN QUERY SELECT p_id, false, 'denied', refusal(3, 'change outages'), NULL::int;
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));
    SELECT x.* INTO o FROM outage x WHERE x.id = p_id FOR UPDATE;
    was := o;
    wrong := outage_not_mine(o, p_id);
    IF wrong IS NULL AND o.ended_at IS NOT NULL THEN
        wrong := format('%s ended outage %s %s: declare it again', o.ended_by, o.id, ago(clock_timestamp() - o.ended_at));
    END IF;
    IF wrong IS NULL THEN
        BEGIN
            o.message := CASE WHEN p_set ? 'message' THEN clean_text(p_set ->> 'message') ELSE o.message END;
            o.until := CASE WHEN p_set ? 'until' THEN (p_set ->> 'until')::timestamptz ELSE o.until END;
            o.hold_messages := coalesce((p_set ->> 'hold_messages')::boolean, o.hold_messages);
            o.pause_sla := coalesce((p_set ->> 'pause_sla')::boolean, o.pause_sla);
            wrong := outage_wrong(o.message, CASE WHEN o.until IS DISTINCT FROM was.until THEN o.until END);
        EXCEPTION WHEN data_exception THEN
            wrong := 'an outage has a message, an instant "until", and hold_messages and pause_sla, true or false';
        END;
    END IF;
    IF wrong IS NOT NULL THEN
        RETURN QUERY SELECT p_id, false, CASE WHEN wrong LIKE 'there is no%' THEN 'gone' WHEN wrong LIKE '%other brands%' THEN 'denied' ELSE 'invalid' END, wrong, NULL::int;
        RETURN;
    END IF;
    IF (o.message, o.until, o.hold_messages, o.pause_sla) IS NOT DISTINCT FROM (was.message, was.until, was.hold_messages, was.pause_sla) THEN
        state := 'same';
        said := ARRAY['it is like that already'];
    ELSE
        PERFORM FROM message_hold h WHERE h.id = was.hold_id FOR UPDATE;
        IF o.pause_sla <> was.pause_sla THEN
            ids := ARRAY(SELECT e.id FROM exception e WHERE e.outages @> ARRAY[o.id] AND e.outages <> '{}' AND e.state <> 'resolved'
                         UNION SELECT e.id FROM exception e WHERE e.sla_held AND o.id = ANY (e.outages));
            ids := ARRAY(SELECT e.id FROM exception e WHERE e.id = ANY (ids) ORDER BY e.id FOR UPDATE);
        END IF;
        at := clock_timestamp();
        IF o.hold_messages AND NOT was.hold_messages THEN
            o.hold_id := outage_hold(o, at);
            said := said || 'automatic messages are held'::text;
        END IF;
        UPDATE outage x SET message = o.message, until = o.until, hold_messages = o.hold_messages, pause_sla = o.pause_sla, hold_id = o.hold_id, changed_at = at WHERE x.id = o.id;
        IF o.pause_sla <> was.pause_sla THEN
            SELECT * INTO done FROM outage_refresh(ids, false, NULL, NULL, session_user, p_key, at, format('outage %s, %s', o.id, o.title), at);
            said := said || CASE WHEN o.pause_sla THEN format('clocks stand: %s', done.stopped) ELSE format('clocks run: %s', done.started) END;
        END IF;
        IF was.hold_messages AND NOT o.hold_messages THEN
            back := hold_release(o.hold_id, session_user, at);
            said := said || (say_count(back, 'message') || ' queued again');
        END IF;
        PERFORM control_write(outage_brand(o.brands), 'outage ' || o.id, 'set', array_to_string(said, '; '),
                              jsonb_build_object('message', was.message, 'until', was.until, 'hold_messages', was.hold_messages, 'pause_sla', was.pause_sla),
                              jsonb_build_object('message', o.message, 'until', o.until, 'hold_messages', o.hold_messages, 'pause_sla', o.pause_sla), p_key, clock_timestamp());
    END IF;
    answered := jsonb_build_array(jsonb_build_array(o.id, true, state, concat_ws(': ', CASE WHEN state = 'ok' THEN format('outage %s is changed', o.id) END,
                                                                                     nullif(array_to_string(said, '; '), '')), NULL));
    PERFORM action_end(p_key, 'outage_set', clock_timestamp(), '{}', answered);
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- ---------------------------------------------------------------- by the clock

-- Ends what its time has come for, and puts right what was written at the same moment as an outage began, changed or ended and
-- did not see it. The worker's; it waits for nobody.
CREATE FUNCTION outage_due() RETURNS int LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    n int := 0;
    i int;
    over int[];
    locked bigint[];
    ids bigint[];
    at timestamptz;
    recent bigint := -epoch_ms(clock_timestamp() - interval '3 minutes');
    pausing int[];
    changing boolean;
BEGIN
    IF EXISTS (SELECT FROM outage o WHERE o.ended_at IS NULL AND o.until <= clock_timestamp())
       AND pg_try_advisory_xact_lock(hashtext('doorstep feed')) THEN
        over := ARRAY(SELECT o.id FROM outage o WHERE o.ended_at IS NULL AND o.until <= clock_timestamp() ORDER BY o.id);
        locked := outage_lock(over);
        FOREACH i IN ARRAY over LOOP
            n := n + (outage_finish(i, locked, 'clock', gen_random_uuid(), 'its time came', false) IS NOT NULL)::int;
        END LOOP;
    END IF;
    changing := EXISTS (SELECT FROM outage o WHERE o.changed_at > clock_timestamp() - interval '2 minutes');
    pausing := ARRAY(SELECT o.id FROM outage o WHERE o.ended_at IS NULL AND o.pause_sla);
    IF changing THEN
        ids := ARRAY(SELECT e.id FROM exception e
                      WHERE e.state <> 'resolved' AND e.k_updated < recent AND (e.outages <> outages_of(e) OR e.sla_held <> (e.outages && pausing))
                      ORDER BY e.id LIMIT 1000);
    END IF;
    -- what was resolved at once, too; without an outage that stops clocks one look at what is held, mostly nothing
    IF changing OR cardinality(pausing) = 0 THEN
        ids := ids || ARRAY(SELECT e.id FROM exception e WHERE e.sla_held AND NOT e.outages && pausing ORDER BY e.id LIMIT 1000);
    END IF;
    IF cardinality(ids) > 0 THEN
        ids := ARRAY(SELECT e.id FROM exception e WHERE e.id = ANY (ids) ORDER BY e.id FOR UPDATE SKIP LOCKED);
        at := clock_timestamp();
        n := n + (SELECT changed FROM outage_refresh(ids, true, NULL, NULL, 'clock', NULL, at, NULL, at));
    END IF;
    RETURN n;
END
$$;

GRANT EXECUTE ON FUNCTION outage_preview(jsonb), outage_declare(uuid, jsonb, text, boolean, boolean, shipment_status, text, timestamptz),
    outage_end(uuid, bigint[], text), outage_set(uuid, bigint, jsonb) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
