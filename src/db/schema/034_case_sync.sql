-- Cases and the helpdesk: what it has to be told, what became of that, what it says.
--
-- queued -> sending (a lease and a fence) -> done, failed, or queued again. Of a case only the oldest change that is not
-- done goes, so a helpdesk hears them in order. A claim that is not the first of its change looks first whether the one
-- before arrived after all: that, not the helpdesk, makes it idempotent, so nothing is "unknown" for long.
--
-- Both sides may change the state. Only theirs moved: ours follows. Only ours moved: they are told. Both did: a conflict,
-- which a person settles (case_take_theirs, case_keep_ours); until then neither is overwritten.
--
-- Locks: exceptions, cases, changes (case_sync), each by id; control_head last.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- is there a helpdesk?

-- Written by workers that have a helpdesk's URL. One that has not been heard of for two weeks is no longer used.
CREATE TABLE desk_setting (
    one          boolean PRIMARY KEY DEFAULT true CHECK (one),
    provider     text,                     -- scheme of the URL; null: no worker ever had one
    worker       text,
    said_at      timestamptz,
    poll_minutes int NOT NULL DEFAULT 5 CHECK (poll_minutes BETWEEN 1 AND 1440)   -- an open case is asked about that often
);
INSERT INTO desk_setting DEFAULT VALUES;

-- When to ask the helpdesk next; null: no more (closed, or solved for a month, or its ticket is gone).
ALTER TABLE support_case ADD COLUMN desk_ask_at timestamptz;
DROP INDEX support_case_poll;
CREATE INDEX support_case_poll ON support_case (desk_ask_at) WHERE desk_ask_at IS NOT NULL;

ALTER TABLE inbox DROP CONSTRAINT inbox_source_check;
ALTER TABLE inbox ADD CONSTRAINT inbox_source_check CHECK (source ~ '^(carrier|receipt|case)/[a-z0-9_]{1,24}$');

-- The helpdesk cases go to; null: cases are ours alone.
CREATE FUNCTION desk_in_use() RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN (SELECT d.provider FROM desk_setting d WHERE d.said_at > clock_timestamp() - interval '14 days');
CREATE FUNCTION desk_label(p_provider text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE p_provider WHEN 'zendesk' THEN 'Zendesk' WHEN 'freshdesk' THEN 'Freshdesk' ELSE 'the helpdesk' END;

CREATE FUNCTION desk_said(p_worker text, p_provider text) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM desk_setting d WHERE d.provider = p_provider AND d.said_at > clock_timestamp() - interval '10 minutes') THEN
        UPDATE desk_setting SET provider = p_provider, worker = p_worker, said_at = clock_timestamp();
    END IF;
END
$$;

-- What a ticket is found by again: the same in every try, and another database's case of that number has another.
CREATE FUNCTION desk_external(c support_case) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN format('doorstep-%s-%s', c.id, left(encode(sha256(convert_to(c.id || ' ' || c.shipment_id || ' ' || epoch_ms(c.created_at), 'UTF8')), 'hex'), 8));
-- The ticket is not there any more (the conflict without a state).
CREATE FUNCTION desk_gone(c support_case) RETURNS boolean LANGUAGE sql IMMUTABLE
    RETURN c.conflict IS NOT NULL AND c.conflict_state IS NULL;
-- Solved and closed are one to who is asked whether they agree: helpdesks close what is solved by themselves.
CREATE FUNCTION desk_agrees(p_ours case_state, p_theirs case_state) RETURNS boolean LANGUAGE sql IMMUTABLE
    RETURN p_ours = p_theirs OR p_ours IN ('solved', 'closed') AND p_theirs IN ('solved', 'closed');

-- ---------------------------------------------------------------- queueing

-- The helpdesk has to hear of this; nothing happens where there is none. A case it does not know is created there first,
-- with all its notes: one that was opened before there was a helpdesk goes there with its next change. The caller holds the case.
CREATE FUNCTION case_sync_add(p_case bigint, p_op text, p_note_id bigint, p_to_state case_state, p_key uuid) RETURNS void
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    desk text := desk_in_use();
    moment timestamptz := clock_timestamp();
    c support_case;
BEGIN
    SELECT * INTO c FROM support_case s WHERE s.id = p_case;
    IF desk IS NULL OR NOT FOUND OR desk_gone(c) OR c.desk <> desk THEN     -- its ticket is gone, or with a helpdesk of before
        RETURN;
    END IF;
    IF c.desk_id IS NULL AND NOT EXISTS (SELECT FROM case_sync s WHERE s.case_id = c.id AND s.op = 'create'
                                            AND s.state IN ('queued', 'sending', 'failed', 'unknown')) THEN
        INSERT INTO case_sync (case_id, op, by, key, created_at, send_after) VALUES (c.id, 'create', session_user, p_key, moment, moment);
        INSERT INTO case_sync (case_id, op, note_id, by, key, created_at, send_after)
        SELECT c.id, 'comment', n.id, n.by, p_key, moment, moment FROM case_note n WHERE n.case_id = c.id AND n.source = 'doorstep' ORDER BY n.id;
    ELSIF p_op <> 'create' THEN
        IF p_op = 'status' THEN            -- the newest state alone is of interest
            UPDATE case_sync s SET state = 'cancelled', reason = 'A later change of state goes instead'
             WHERE s.case_id = c.id AND s.op = 'status' AND s.state IN ('queued', 'failed', 'unknown');
        END IF;
        INSERT INTO case_sync (case_id, op, note_id, to_state, by, key, created_at, send_after)
        VALUES (c.id, p_op, p_note_id, p_to_state, session_user, p_key, moment, moment);
    END IF;
    NOTIFY doorstep, 'd';
END
$$;

-- ---------------------------------------------------------------- claiming

-- It may go: it is its case's turn, with this helpdesk. A failed comment or state does not stop what follows, a failed creation
-- does; in a conflict states wait for the person.
CREATE FUNCTION desk_may_go(s case_sync, c support_case, p_provider text) RETURNS boolean LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN (c.desk IS NULL OR c.desk = p_provider) AND NOT desk_gone(c) AND (s.op = 'create' OR c.desk_id IS NOT NULL)
       AND NOT (s.op = 'status' AND c.conflict IS NOT NULL)
       AND NOT EXISTS (SELECT FROM case_sync b
                        WHERE b.case_id = s.case_id AND b.id < s.id
                          AND (b.state IN ('queued', 'sending', 'unknown') AND NOT (b.op = 'status' AND c.conflict IS NOT NULL)
                               OR b.state = 'failed' AND b.op = 'create'));

-- Claims whose worker is gone: queued again, for the next claim finds out first whether it arrived. Three workers lost with the
-- same one, and it waits for a person.
CREATE FUNCTION desk_reap() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    WITH gone AS MATERIALIZED (
        SELECT s.id FROM case_sync s WHERE s.state = 'sending' AND s.lease_until < clock_timestamp() ORDER BY s.id LIMIT 1000 FOR UPDATE SKIP LOCKED
    ), back AS (
        UPDATE case_sync s
           SET state = CASE WHEN s.lost >= 2 THEN 'unknown' ELSE 'queued' END, lost = s.lost + 1, lease_until = NULL,
               reason = CASE WHEN s.lost >= 2 THEN 'Three workers stopped while they had it: read the worker''s log, then "doorstep case retry"' END,
               send_after = clock_timestamp() + make_interval(secs => s.lost)
          FROM gone g WHERE s.id = g.id
        RETURNING s.id, s.fence, s.worker
    ), attempt AS (
        INSERT INTO case_attempt (sync_id, fence, outcome, message, worker)
        SELECT b.id, b.fence, 'lost', 'The worker stopped before it had an answer', coalesce(b.worker, '') FROM back b
        ON CONFLICT DO NOTHING
    )
    SELECT count(*)::int FROM back
$$;

-- What the helpdesk has to be told now, at most 100, oldest first, past what others hold. Says, too, that this helpdesk is in use.
CREATE FUNCTION desk_claim(p_worker text, p_provider text, p_limit int, p_lease_s int)
    RETURNS TABLE (id bigint, fence int, tries int, op text, case_id bigint, type text, priority text, state text, lease_until timestamptz,
                   since timestamptz, desk_at timestamptz, external_id text, key text, desk_id text, desk_state text, subject text, context text,
                   note text, note_by text, note_id bigint, tags text, brand text, tracking_number text, order_number text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    ids bigint[];
BEGIN
    PERFORM desk_said(p_worker, p_provider);
    PERFORM desk_reap();
    ids := ARRAY(SELECT s.id FROM case_sync s JOIN support_case c ON c.id = s.case_id
                  WHERE s.state = 'queued' AND s.send_after <= statement_timestamp() AND desk_may_go(s, c, p_provider)
                  ORDER BY s.send_after, s.id LIMIT least(p_limit, 100) FOR UPDATE OF s SKIP LOCKED);
    RETURN QUERY
    WITH held AS (
        UPDATE case_sync s SET state = 'sending', fence = s.fence + 1, worker = p_worker,
                               lease_until = clock_timestamp() + make_interval(secs => p_lease_s)
         WHERE s.id = ANY (ids) RETURNING s.*
    )
    SELECT h.id, h.fence, h.tries, h.op, c.id, c.type::text, c.priority::text, coalesce(h.to_state, c.state)::text, h.lease_until, h.created_at,
           c.desk_at, desk_external(c), format('%s-%s', desk_external(c), h.id), c.desk_id, c.desk_state, c.subject, c.context,
           n.text, coalesce(a.display_name, n.by), n.id, array_to_string(c.tags, ' '), b.code, e.tracking_number, e.order_number
      FROM held h JOIN support_case c ON c.id = h.case_id JOIN brand b ON b.id = c.brand_id
      LEFT JOIN exception e ON e.id = c.exception_id
      LEFT JOIN case_note n ON n.id = h.note_id LEFT JOIN agent a ON a.role = n.by
     ORDER BY h.send_after, h.id;
END
$$;

CREATE FUNCTION desk_extend(p_worker text, p_ids bigint[], p_fences int[], p_lease_s int) RETURNS TABLE (id bigint)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    WITH mine AS MATERIALIZED (
        SELECT s.id FROM unnest(p_ids, p_fences) h(id, fence) JOIN case_sync s ON s.id = h.id AND s.fence = h.fence AND s.state = 'sending' AND s.worker = p_worker
         ORDER BY s.id FOR UPDATE OF s)
    UPDATE case_sync s SET lease_until = clock_timestamp() + make_interval(secs => p_lease_s) FROM mine m WHERE s.id = m.id
    RETURNING s.id
$$;

-- Back to the queue: claimed in this name and not held, because the answer to the claim was lost.
CREATE FUNCTION desk_disown(p_worker text, p_held bigint[]) RETURNS int
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    WITH mine AS MATERIALIZED (
        SELECT s.id FROM case_sync s WHERE s.state = 'sending' AND s.worker = p_worker AND s.id <> ALL (p_held) ORDER BY s.id FOR UPDATE
    ), back AS (
        UPDATE case_sync s SET state = 'queued', lease_until = NULL FROM mine m WHERE s.id = m.id RETURNING 1)
    SELECT count(*)::int FROM back
$$;

-- ---------------------------------------------------------------- asking

-- When an open or solved case is asked about next.
CREATE FUNCTION desk_ask_next(c support_case, p_at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN CASE WHEN c.desk_id IS NULL OR c.state = 'closed' OR desk_gone(c) OR c.desk = 'webhook+https' THEN NULL   -- that one tells, it cannot be asked
                WHEN c.state <> 'solved' THEN p_at + (SELECT make_interval(mins => d.poll_minutes) FROM desk_setting d)
                WHEN c.state_at > p_at - interval '30 days' THEN p_at + interval '1 hour' END;

-- Cases to ask the helpdesk about, those that wait longest first; each then not again for desk_setting.poll_minutes.
CREATE FUNCTION desk_poll(p_worker text, p_provider text, p_limit int)
    RETURNS TABLE (id bigint, external_id text, desk_id text, desk_state text, desk_at timestamptz)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    ids bigint[];
BEGIN
    PERFORM desk_said(p_worker, p_provider);
    ids := ARRAY(SELECT c.id FROM support_case c WHERE c.desk_ask_at <= clock_timestamp() AND c.desk = p_provider
                  ORDER BY c.desk_ask_at LIMIT least(p_limit, 100) FOR UPDATE SKIP LOCKED);
    UPDATE support_case c SET desk_ask_at = desk_ask_next(c, clock_timestamp()) WHERE c.id = ANY (ids);
    RETURN QUERY SELECT c.id, desk_external(c), c.desk_id, c.desk_state, c.desk_at FROM support_case c
                  WHERE c.id = ANY (ids) AND c.desk_ask_at IS NOT NULL ORDER BY c.id;
END
$$;

-- Milliseconds by the server's clock until a change may go, a lease ends, a case is to be asked about; null: nothing waits.
CREATE FUNCTION desk_next(p_provider text) RETURNS TABLE (due_ms bigint, lease_ms bigint, poll_ms bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT epoch_ms((SELECT s.send_after FROM case_sync s JOIN support_case c ON c.id = s.case_id
                      WHERE s.state = 'queued' AND desk_may_go(s, c, p_provider) ORDER BY s.send_after LIMIT 1)) - epoch_ms(clock_timestamp()) + 1,
           epoch_ms((SELECT min(s.lease_until) FROM case_sync s WHERE s.state = 'sending')) - epoch_ms(clock_timestamp()) + 1,
           epoch_ms((SELECT min(c.desk_ask_at) FROM support_case c WHERE c.desk_ask_at IS NOT NULL AND c.desk = p_provider)) - epoch_ms(clock_timestamp()) + 1
$$;

-- ---------------------------------------------------------------- what the helpdesk says

-- Locks cases, what hangs on them and what is on its way, in the order of all who do.
CREATE FUNCTION desk_lock(p_cases bigint[]) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    PERFORM case_lock(p_cases);
    PERFORM FROM case_sync s WHERE s.case_id = ANY (p_cases) AND s.state IN ('queued', 'sending', 'failed', 'unknown') ORDER BY s.id FOR UPDATE;
END
$$;

-- As case_tell(), for all exceptions of one case, and said by whoever it was: the caller holds them.
CREATE FUNCTION desk_tell(p_case bigint, p_verb text, p_note text, p_actor text, p_key uuid, p_at timestamptz) RETURNS void
    LANGUAGE sql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
    SELECT FROM apply_changes(
        ARRAY(SELECT ROW (e.id, CASE WHEN m.open = (e.marks & 128 <> 0) THEN '{}' ELSE jsonb_build_object('marks', e.marks & ~128 | m.open::int * 128) END
                                || CASE WHEN m.over THEN sla_stop(e, p_at) || awake()
                                             || jsonb_build_object('state', 'resolved', 'resolved_at', p_at, 'resolution', 'delivered', 'resolution_text', NULL)
                                        ELSE '{}' END,
                          p_note || CASE WHEN m.over THEN '; with that it is resolved: delivered' ELSE '' END)::change
                FROM case_link l JOIN exception e ON e.id = l.exception_id
               CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM case_link o JOIN support_case c ON c.id = o.case_id
                                                   WHERE o.exception_id = e.id AND c.state IN ('open', 'pending')) AS open OFFSET 0) o
               CROSS JOIN LATERAL (SELECT o.open, e.marks & 128 <> 0 AND NOT o.open AND case_held_open(e) AS over OFFSET 0) m
               WHERE l.case_id = p_case ORDER BY e.id),
        p_verb, p_actor, p_key, p_at)
$$;

-- A state of the helpdesk's becomes ours. False: another open case of the kind is in its place.
CREATE FUNCTION desk_follow(c support_case, p_state case_state, p_verb text, p_why text, p_actor text, p_key uuid, p_at timestamptz) RETURNS boolean
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF p_state IN ('open', 'pending') AND EXISTS (SELECT FROM support_case o WHERE o.shipment_id = c.shipment_id AND o.type = c.type AND o.id <> c.id
                                                     AND o.state IN ('open', 'pending')) THEN
        RETURN false;
    END IF;
    UPDATE support_case s SET state = p_state, state_at = p_at, updated_at = p_at, rev = s.rev + 1, conflict = NULL, conflict_state = NULL WHERE s.id = c.id;
    UPDATE case_sync s SET state = 'cancelled', reason = p_why
     WHERE s.case_id = c.id AND s.op = 'status' AND s.state IN ('queued', 'failed', 'unknown');
    PERFORM desk_tell(c.id, p_verb, format('case C%s: %s', c.id, p_why), p_actor, p_key, p_at);
    PERFORM control_write(c.brand_id, 'case ' || c.id, p_verb, p_why, jsonb_build_object('state', c.state), jsonb_build_object('state', p_state), p_key, p_at, p_actor);
    RETURN true;
END
$$;

CREATE FUNCTION desk_conflict(c support_case, p_theirs case_state, p_sentence text, p_at timestamptz) RETURNS void
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF c.conflict IS NOT DISTINCT FROM p_sentence THEN
        RETURN;
    END IF;
    UPDATE support_case s SET conflict = p_sentence, conflict_state = p_theirs, rev = s.rev + 1, updated_at = p_at WHERE s.id = c.id;
    PERFORM desk_tell(c.id, 'case_conflict', p_sentence, 'worker', NULL, p_at);
    PERFORM control_write(c.brand_id, 'case ' || c.id, 'case_conflict', p_sentence, NULL, jsonb_build_object('conflict_state', p_theirs), NULL, p_at, 'worker');
END
$$;

-- Comments of theirs that are new, into ours; gives how many.
CREATE FUNCTION desk_take_notes(p_case bigint, p_notes jsonb) RETURNS int LANGUAGE sql SET search_path = doorstep, pg_temp AS $$
    WITH new AS (
        INSERT INTO case_note (case_id, at, by, source, public, text, desk_note_id)
        SELECT p_case, coalesce((n ->> 'at')::timestamptz, clock_timestamp()), coalesce(nullif(n ->> 'by', ''), 'helpdesk'), 'desk',
               coalesce((n ->> 'public')::boolean, false), left(clean_text(n ->> 'text'), 8000),
               coalesce(nullif(n ->> 'id', ''), left(encode(sha256(convert_to(n::text, 'UTF8')), 'hex'), 32))
          FROM jsonb_array_elements(coalesce(p_notes, '[]')) WITH ORDINALITY x(n, ord)
         WHERE clean_text(n ->> 'text') IS NOT NULL ORDER BY ord
        ON CONFLICT (case_id, desk_note_id) WHERE desk_note_id IS NOT NULL DO NOTHING
        RETURNING 1)
    SELECT count(*)::int FROM new
$$;

-- Their state against ours. p_pending: ours changed and they have not been told.
CREATE FUNCTION desk_compare(c support_case, i jsonb, p_pending boolean, p_at timestamptz) RETURNS void
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    theirs case_state := (i ->> 'state')::case_state;
    named text := left(i ->> 'desk_state', 60);
    moved boolean := named IS DISTINCT FROM c.desk_state;
    who text := desk_label(c.desk);
BEGIN
    IF (i ->> 'desk_at')::timestamptz < c.desk_at THEN
        RETURN;                            -- said before what we know
    END IF;
    UPDATE support_case s SET desk_state = coalesce(named, s.desk_state), desk_at = coalesce((i ->> 'desk_at')::timestamptz, s.desk_at),
                              rev = s.rev + moved::int WHERE s.id = c.id;
    IF theirs IS NULL THEN
        RETURN;                            -- a word we have none for
    ELSIF desk_agrees(c.state, theirs) THEN
        UPDATE support_case s SET conflict = NULL, conflict_state = NULL, rev = s.rev + 1, updated_at = p_at WHERE s.id = c.id AND s.conflict IS NOT NULL;
        IF c.state = 'solved' AND theirs = 'closed' AND NOT p_pending THEN
            PERFORM desk_follow(c, theirs, 'case_state', format('%s closed it', who), 'worker', NULL, p_at);
        END IF;
    ELSIF c.conflict IS NOT NULL OR moved AND p_pending AND c.desk_state IS NOT NULL THEN
        PERFORM desk_conflict(c, theirs, format('C%s is %s here, and %s says %s: take theirs or keep ours', c.id, c.state, who, theirs), p_at);
    ELSIF moved AND NOT p_pending
          AND NOT desk_follow(c, theirs, 'case_state', format('%s says %s', who, theirs), 'worker', NULL, p_at) THEN
        PERFORM desk_conflict(c, theirs, format('%s opened C%s again, and another %s case of this parcel is open: keep ours, or close that one and take theirs',
                                                who, c.id, replace(c.type::text, '_', ' ')), p_at);
    END IF;
END
$$;

-- All that an answer, a poll or a webhook said of a case's ticket. The caller holds the locks (desk_lock).
CREATE FUNCTION desk_learn(p_case bigint, p_desk text, i jsonb, p_pending boolean, p_at timestamptz) RETURNS void
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    c support_case;
    notes int;
    had int;
BEGIN
    SELECT * INTO c FROM support_case s WHERE s.id = p_case;
    IF i ->> 'code' = 'gone' AND c.desk_id IS NOT NULL THEN
        PERFORM desk_conflict(c, NULL, format('The ticket %s of C%s is not at %s any more: keep ours makes a new one, take theirs closes the case',
                                              c.desk_id, c.id, desk_label(c.desk)), p_at);
        UPDATE support_case s SET desk_read_at = p_at, desk_ask_at = NULL WHERE s.id = c.id;
        RETURN;
    END IF;
    IF nullif(i ->> 'desk_id', '') IS NOT NULL AND c.desk_id IS NULL THEN
        UPDATE support_case s SET desk = p_desk, desk_id = i ->> 'desk_id', rev = s.rev + 1, updated_at = p_at WHERE s.id = c.id;
        PERFORM desk_tell(c.id, 'case_told', format('case C%s is ticket %s at %s', c.id, i ->> 'desk_id', desk_label(p_desk)), 'worker', NULL, p_at);
    END IF;
    notes := desk_take_notes(c.id, i -> 'notes');
    UPDATE support_case s
       SET desk_url = CASE WHEN i ->> 'desk_url' ~ '^https://[!#-;=?-~]+$' THEN left(i ->> 'desk_url', 255) ELSE s.desk_url END,
           desk_read_at = p_at, rev = s.rev + (notes > 0)::int, updated_at = CASE WHEN notes > 0 THEN p_at ELSE s.updated_at END
     WHERE s.id = c.id
    RETURNING * INTO c;
    IF notes > 0 THEN
        PERFORM desk_tell(c.id, 'case_heard', format('%s on case C%s from %s', say_count(notes, 'comment'), c.id, desk_label(c.desk)), 'worker', NULL, p_at);
    END IF;
    IF c.desk_id IS NOT NULL THEN
        PERFORM desk_compare(c, i, p_pending, p_at);
    END IF;
    UPDATE support_case s SET desk_ask_at = desk_ask_next(s, p_at) WHERE s.id = c.id;
END
$$;

-- Ours changed, and the helpdesk has not been told.
CREATE FUNCTION desk_pending(p_case bigint) RETURNS boolean LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN EXISTS (SELECT FROM case_sync s WHERE s.case_id = p_case AND s.op = 'status' AND s.state IN ('queued', 'sending', 'failed', 'unknown'));

-- ---------------------------------------------------------------- recording

-- What became of a change, with the fence of its claim. after_ms: retry, returned and unknown go again then; an unknown
-- without it waits for a person.
CREATE FUNCTION desk_record_one(p_worker text, i jsonb, p_at timestamptz) RETURNS case_sync
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    outcome text := i ->> 'outcome';
    after bigint := (i ->> 'after_ms')::bigint;
    r case_sync;
BEGIN
    UPDATE case_sync s
       SET state = CASE WHEN i ->> 'code' = 'conflict' THEN 'cancelled' WHEN outcome IN ('done', 'failed') THEN outcome
                        WHEN outcome = 'unknown' AND after IS NULL THEN 'unknown' ELSE 'queued' END,
           reason = CASE WHEN outcome <> 'done' THEN nullif(i ->> 'message', '') END,
           tries = s.tries + (outcome <> 'returned')::int, lost = CASE outcome WHEN 'returned' THEN s.lost ELSE 0 END,
           send_after = CASE WHEN outcome IN ('done', 'failed') THEN s.send_after ELSE p_at + make_interval(secs => greatest(coalesce(after, 0), 0) / 1000.0) END,
           done_at = CASE WHEN outcome = 'done' THEN p_at END, lease_until = NULL
     WHERE s.id = (i ->> 'id')::bigint AND s.fence = (i ->> 'fence')::int
       AND (s.state = 'sending' OR outcome = 'done' AND s.state IN ('queued', 'unknown'))      -- a late answer while nobody took it since
    RETURNING s.* INTO r;
    INSERT INTO case_attempt (sync_id, fence, at, outcome, code, message, worker, took_ms)
    SELECT r.id, r.fence, p_at, outcome, coalesce(i ->> 'code', ''), coalesce(i ->> 'message', ''), p_worker, (i ->> 'took_ms')::int WHERE r.id IS NOT NULL
    ON CONFLICT DO NOTHING;                -- it was written off before
    RETURN r;
END
$$;

-- items: [{id, fence, outcome, after_ms, took_ms, code, message, desk_id, desk_url, desk_state, state, desk_at,
--          notes: [{id, by, at, public, text}]}]; fence 0: a poll's, id the case's. Outcomes: done retry failed unknown returned.
CREATE FUNCTION desk_record(p_worker text, p_provider text, p_items jsonb) RETURNS TABLE (id bigint, applied boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    at timestamptz;
    i jsonb;
    s case_sync;
    held case_sync;
    twin bigint;
BEGIN
    PERFORM desk_lock(ARRAY(SELECT CASE WHEN x ->> 'fence' = '0' THEN (x ->> 'id')::bigint ELSE (SELECT y.case_id FROM case_sync y WHERE y.id = (x ->> 'id')::bigint) END
                              FROM jsonb_array_elements(p_items) x));
    at := clock_timestamp();
    FOR i IN SELECT x FROM jsonb_array_elements(p_items) WITH ORDINALITY e(x, n) ORDER BY n LOOP
        IF i ->> 'fence' = '0' THEN
            PERFORM desk_learn((i ->> 'id')::bigint, p_provider, i, desk_pending((i ->> 'id')::bigint), at);
            RETURN QUERY SELECT (i ->> 'id')::bigint, true;
            CONTINUE;
        END IF;
        SELECT * INTO held FROM case_sync y WHERE y.id = (i ->> 'id')::bigint;
        SELECT c.id INTO twin FROM support_case c WHERE c.desk = p_provider AND c.desk_id = i ->> 'desk_id' AND c.id <> held.case_id;
        IF twin IS NOT NULL THEN
            i := i - '{desk_id,desk_url,desk_state,state,desk_at,notes}'::text[] || jsonb_build_object('outcome', 'failed', 'code', 'twin', 'message',
                     format('%s gave the ticket %s, which is case C%s''s: look there', desk_label(p_provider), i ->> 'desk_id', twin));
        END IF;
        s := desk_record_one(p_worker, i, at);
        IF s.id IS NOT NULL THEN
            -- what we just told them is no news of theirs; where we were refused for theirs, it is
            IF s.op = 'status' AND s.state = 'done' AND i ->> 'desk_state' IS NOT NULL THEN
                UPDATE support_case c SET desk_state = left(i ->> 'desk_state', 60) WHERE c.id = s.case_id;
            END IF;
            PERFORM desk_learn(s.case_id, p_provider, i, s.op = 'status' AND i ->> 'code' = 'conflict' OR desk_pending(s.case_id), at);
        END IF;
        RETURN QUERY SELECT (i ->> 'id')::bigint, s.id IS NOT NULL;
    END LOOP;
END
$$;

-- What webhooks said: [{desk, desk_id, external_id, desk_url, desk_state, state, desk_at, code, notes}]. One without a state only
-- says which ticket: it is asked about next. Told twice, it changes nothing the second time. case_id null: of no case of ours, or not
-- of this helpdesk's: a case is spoken of by the one that has it alone, and by its ticket.
CREATE FUNCTION desk_told(p_items jsonb) RETURNS TABLE (ord bigint, case_id bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    at timestamptz;
    i record;
    cases bigint[];
BEGIN
    SELECT array_agg(coalesce((SELECT c.id FROM support_case c WHERE c.desk = x ->> 'desk' AND c.desk_id = x ->> 'desk_id'),
                              (SELECT c.id FROM support_case c WHERE c.id = substring(x ->> 'external_id' FROM '^doorstep-([0-9]{1,18})-')::bigint
                                                                 AND desk_external(c) = x ->> 'external_id' AND coalesce(c.desk, x ->> 'desk') = x ->> 'desk'
                                                                 AND coalesce(c.desk_id, x ->> 'desk_id', '') = coalesce(x ->> 'desk_id', c.desk_id, ''))) ORDER BY n)
      INTO cases FROM jsonb_array_elements(p_items) WITH ORDINALITY e(x, n);
    PERFORM desk_lock(cases);
    at := clock_timestamp();
    FOR i IN SELECT n, x, cases[n] AS id FROM jsonb_array_elements(p_items) WITH ORDINALITY e(x, n) ORDER BY n LOOP
        IF i.id IS NOT NULL AND (i.x ? 'state' OR i.x ? 'notes' OR i.x ->> 'code' = 'gone') THEN
            PERFORM desk_learn(i.id, i.x ->> 'desk', i.x, desk_pending(i.id), at);
        ELSIF i.id IS NOT NULL THEN
            UPDATE support_case c SET desk_ask_at = at WHERE c.id = i.id AND c.desk_id IS NOT NULL AND NOT desk_gone(c);
            NOTIFY doorstep, 'd';
        END IF;
        RETURN QUERY SELECT i.n, i.id;
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION desk_claim(text, text, int, int), desk_extend(text, bigint[], int[], int), desk_disown(text, bigint[]), desk_reap(),
    desk_poll(text, text, int), desk_next(text), desk_record(text, text, jsonb), desk_told(jsonb) TO doorstep_worker;

RESET search_path;
RESET ROLE;
