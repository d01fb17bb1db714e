-- The outbox as workers use it: claim, record, extend, give back, reap, tell.
--
-- queued -> sending (a lease and a fence) -> sent, failed, unknown, or queued again. A worker that
-- lets its lease pass loses its claim: what a provider takes twice without sending twice is queued
-- again, anything else is unknown, for a person to find out. A result counts only with the fence
-- of its claim.
--
-- Who locks several things takes them in this order, each kind in the order of its ids: the action's
-- key, the feed's lock, holds, customers, exceptions, messages. Everything that changes messages does,
-- here and in 019, 021, 022 and 023; who would have to wait out of turn passes over (SKIP LOCKED).

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- A worker is nobody's role: hello() says so, and the connection of a worker is content with it.
CREATE OR REPLACE FUNCTION hello() RETURNS TABLE (role text, display_name text, level text, brand text, schema_version int, timeline int,
                                       backend_pid int, now timestamptz, read_only boolean, server text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT session_user::text,
           coalesce((SELECT a.display_name FROM agent a WHERE a.role = session_user), session_user::text),
           CASE WHEN my_level() = 0 AND pg_has_role(session_user, 'doorstep_worker', 'MEMBER') THEN 'worker' ELSE level_name(my_level()) END,
           coalesce((SELECT string_agg(b.code, ', ' ORDER BY b.code) FROM agent_scope s JOIN brand b ON b.id = s.brand_id
                      WHERE s.role = session_user), 'all brands'),
           schema_version(),
           CASE WHEN pg_is_in_recovery() THEN (SELECT c.timeline_id FROM pg_control_checkpoint() c)
                ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int END,
           pg_backend_pid(), clock_timestamp(),
           current_setting('transaction_read_only')::boolean,
           coalesce(host(inet_server_addr()) || ':' || inet_server_port(), '');
END
$$;

CREATE FUNCTION outbox_word(p channel) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE p WHEN 'email' THEN 'e-mail' WHEN 'sms' THEN 'SMS' ELSE 'WhatsApp message' END;

-- ---------------------------------------------------------------- claiming

-- What the guardrails say now of messages the caller has locked: asked again only where what they let a message go by
-- has changed since (guard_stamps). Those in the way are held, with the reason, or put off; gives what may go.
CREATE FUNCTION outbox_guard(p_ids bigint[], p_exceptions bigint[], p_templates int[], p_versions int[], p_judged bigint[], p_worker text, p_at timestamptz)
    RETURNS bigint[]
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    in_doubt bigint[] := ARRAY(SELECT p_ids[s.ord] FROM guard_stamps(p_exceptions, p_templates, p_versions, p_ids) s
                                WHERE p_judged[s.ord] IS DISTINCT FROM s.stamp ORDER BY 1);
    in_the_way bigint[];
BEGIN
    IF cardinality(in_doubt) = 0 THEN
        RETURN p_ids;
    END IF;
    WITH verdict AS MATERIALIZED (     -- the worst of each, and of those the latest
        SELECT DISTINCT ON (g.ord) in_doubt[g.ord] AS id, g.effect, g.until, g.message, g.hold_id
          FROM guardrails(ARRAY(SELECT ROW (u.i, o.exception_id, o.template_id, o.version, o.channel, o.language, o.to_address, o.subject, o.body,
                                       o.html, o.edited, o.id, o.passed)::guard_item
                             FROM unnest(in_doubt) WITH ORDINALITY u(id, i) JOIN outreach o ON o.id = u.id), p_at) g
         ORDER BY g.ord, g.effect = 'defer', g.effect DESC, g.until DESC NULLS LAST
    ), changed AS (
        UPDATE outreach o
           SET state = CASE WHEN v.effect = 'defer' THEN o.state ELSE 'held' END,
               reason = CASE WHEN v.effect = 'defer' THEN NULL ELSE v.message END,
               deferred = CASE WHEN v.effect = 'defer' THEN v.message END,
               send_after = CASE WHEN v.effect = 'defer' THEN greatest(v.until, p_at + interval '1 second') ELSE o.send_after END,
               fence = o.fence + CASE WHEN v.effect = 'defer' THEN 0 ELSE 1 END,
               hold_id = v.hold_id, told = o.told AND v.effect = 'defer'
          FROM verdict v WHERE o.id = v.id
        RETURNING o.id, o.fence, o.state, o.reason
    ), attempt AS (
        INSERT INTO outreach_attempt (outreach_id, fence, at, outcome, message, worker)
        SELECT c.id, c.fence, p_at, 'held', coalesce(c.reason, ''), p_worker FROM changed c WHERE c.state = 'held'
    )
    SELECT array_agg(c.id) INTO in_the_way FROM changed c;
    RETURN CASE WHEN in_the_way IS NULL THEN p_ids
                ELSE ARRAY(SELECT x FROM unnest(p_ids) WITH ORDINALITY u(x, i) WHERE x <> ALL (in_the_way) ORDER BY i) END;
END
$$;

-- Claims what is due, at most 200, oldest first, and passes over what others hold.
CREATE FUNCTION outbox_claim(p_worker text, p_channel text, p_provider text, p_idempotent boolean, p_limit int, p_lease_s int)
    RETURNS TABLE (id bigint, fence int, tries int, channel text, to_address text, to_name text, from_name text, from_email text,
                   reply_to text, list_unsubscribe text, brand text, language text, subject text, body text, html text,
                   provider_template text, provider_vars text, message_id text, exception_id bigint, tracking_number text,
                   order_number text, lease_until timestamptz, since timestamptz)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    wanted channel := p_channel::channel;
    ids bigint[];
    exceptions bigint[];
    templates int[];
    versions int[];
    judged bigint[];
    at timestamptz;
BEGIN
    -- a hold that ends now is waited for, and one that stands ends after us: it finds all that it held
    PERFORM FROM message_hold h WHERE h.ended_at IS NULL ORDER BY h.id FOR KEY SHARE;
    SELECT array_agg(x.id), array_agg(x.exception_id), array_agg(x.template_id), array_agg(x.version),
           array_agg(CASE WHEN x.judged_for @> clock_timestamp() THEN x.judged END)
      INTO ids, exceptions, templates, versions, judged
      FROM (SELECT o.id, o.exception_id, o.template_id, o.version, o.judged, o.judged_for FROM outreach o
             WHERE o.state = 'queued' AND o.channel = wanted AND o.send_after <= statement_timestamp()
             ORDER BY o.send_after, o.id LIMIT least(p_limit, 200) FOR UPDATE SKIP LOCKED) x;
    at := clock_timestamp();
    IF ids IS NOT NULL THEN
        ids := outbox_guard(ids, exceptions, templates, versions, judged, p_worker, at);
    END IF;
    IF coalesce(cardinality(ids), 0) = 0 THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH held AS (
        UPDATE outreach o
           SET state = 'sending', fence = o.fence + 1, worker = p_worker, lease_until = at + make_interval(secs => p_lease_s),
               provider = p_provider, idempotent = p_idempotent, deferred = NULL, reason = NULL
         WHERE o.id = ANY (ids)
        RETURNING o.*
    )
    SELECT h.id, h.fence, h.tries, h.channel::text, h.to_address, h.to_name, coalesce(b.from_name, b.name), b.from_email, b.reply_to,
           b.list_unsubscribe, b.code, h.language, h.subject, h.body, h.html, h.provider_template, h.provider_vars::text,
           btrim(h.message_id, '<>'), h.exception_id, e.tracking_number, e.order_number, h.lease_until,
           -- when it was first refused since a person last let it go: the budget of time begins there
           CASE WHEN h.tries > 0 THEN (SELECT min(a.at) FROM outreach_attempt a WHERE a.outreach_id = h.id AND a.outcome = 'retry'
                                          AND a.fence > coalesce((SELECT max(f.fence) FROM outreach_attempt f WHERE f.outreach_id = h.id
                                                                     AND f.outcome IN ('failed', 'unknown', 'held')), 0)) END
      FROM held h JOIN brand b ON b.id = h.brand_id JOIN exception e ON e.id = h.exception_id
     ORDER BY h.send_after, h.id;
END
$$;

-- Longer leases for what is held; gives those that still were.
CREATE FUNCTION outbox_extend(p_worker text, p_ids bigint[], p_fences int[], p_lease_s int) RETURNS TABLE (id bigint)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    WITH mine AS MATERIALIZED (
        SELECT o.id FROM unnest(p_ids, p_fences) h(id, fence) JOIN outreach o ON o.id = h.id AND o.fence = h.fence AND o.state = 'sending'
         ORDER BY o.id FOR UPDATE OF o)
    UPDATE outreach o SET lease_until = clock_timestamp() + make_interval(secs => p_lease_s) FROM mine m WHERE o.id = m.id
    RETURNING o.id
$$;

-- Back to the queue: what a worker claimed by its own name and does not hold, because the answer
-- to its claim was lost. Never called while a claim is under way.
CREATE FUNCTION outbox_disown(p_worker text, p_held bigint[]) RETURNS int
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    WITH mine AS MATERIALIZED (
        SELECT o.id FROM outreach o WHERE o.state = 'sending' AND o.worker = p_worker AND o.id <> ALL (p_held) ORDER BY o.id FOR UPDATE
    ), back AS (
        UPDATE outreach o SET state = 'queued', lease_until = NULL FROM mine m WHERE o.id = m.id
        RETURNING 1)
    SELECT count(*)::int FROM back
$$;

-- ---------------------------------------------------------------- what became of them

-- Writes what tries came to. after_ms: for retry and returned, not before so many milliseconds from now.
-- A late answer still counts while nobody else took the message since: the truth is better than "unknown". That a
-- provider said meanwhile that it did not arrive stays.
CREATE FUNCTION outbox_record(p_worker text, p_ids bigint[], p_fences int[], p_outcomes text[], p_bad boolean[], p_after_ms bigint[],
                              p_took_ms int[], p_codes text[], p_provider_ids text[], p_messages text[])
    RETURNS TABLE (id bigint, applied boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    at timestamptz := clock_timestamp();
BEGIN
    IF true = ANY (p_bad) THEN             -- customers are locked before their messages
        PERFORM FROM customer c WHERE c.id IN (SELECT o.customer_id FROM unnest(p_ids, p_bad) b(id, bad) JOIN outreach o ON o.id = b.id WHERE b.bad)
          ORDER BY c.id FOR NO KEY UPDATE;
    END IF;
    -- before, not with it: what a receipt said while this waited has to be seen
    PERFORM FROM outreach o WHERE o.id = ANY (p_ids) ORDER BY o.id FOR UPDATE;
    RETURN QUERY
    WITH done AS (
        SELECT * FROM unnest(p_ids, p_fences, p_outcomes, p_after_ms, p_took_ms, p_codes, p_provider_ids, p_messages)
                        d(id, fence, outcome, after_ms, took_ms, code, provider_id, message)
    ), known AS MATERIALIZED (
        SELECT d.*, o.state = 'failed' AND EXISTS (SELECT FROM outreach_receipt r WHERE r.outreach_id = o.id AND r.what IN ('failed', 'bounced')) AS lost
          FROM done d JOIN outreach o ON o.id = d.id AND o.fence = d.fence
    ), head AS (
        UPDATE outreach o
           SET state = CASE WHEN d.lost THEN o.state
                            WHEN d.outcome = 'sent' THEN CASE o.state WHEN 'delivered' THEN o.state ELSE 'sent' END
                            WHEN d.outcome IN ('retry', 'returned') THEN 'queued'
                            ELSE d.outcome::outreach_state END,
               reason = CASE WHEN d.lost THEN o.reason WHEN d.outcome IN ('failed', 'unknown') THEN d.message END,
               tries = o.tries + CASE WHEN d.outcome = 'returned' THEN 0 ELSE 1 END,
               lost = CASE WHEN d.outcome = 'returned' THEN o.lost ELSE 0 END,
               send_after = CASE WHEN d.outcome IN ('retry', 'returned') THEN at + make_interval(secs => greatest(d.after_ms, 0) / 1000.0)
                                 ELSE o.send_after END,
               deferred = CASE WHEN d.outcome = 'retry' THEN d.message END,
               provider_id = CASE WHEN d.outcome = 'sent' THEN coalesce(nullif(d.provider_id, ''), o.provider_id) ELSE o.provider_id END,
               sent_at = CASE WHEN d.outcome <> 'sent' THEN o.sent_at WHEN o.state = 'sending' THEN at ELSE coalesce(o.sent_at, at) END,
               failed_at = CASE WHEN d.lost THEN o.failed_at WHEN d.outcome = 'failed' THEN at ELSE NULL END,
               lease_until = NULL,
               -- a receipt that came before this had it told
               told = o.told AND (d.lost OR d.outcome IN ('retry', 'returned') OR o.state = 'delivered' AND o.sent_at IS NOT NULL)
          FROM known d
         WHERE o.id = d.id AND o.fence = d.fence
           AND (o.state = 'sending' OR d.outcome = 'sent' AND o.sent_at IS NULL OR d.outcome = 'failed' AND o.state = 'unknown'
                OR d.outcome = 'sent' AND o.state IN ('delivered', 'failed')      -- its receipts were faster than its worker
                   AND (SELECT a.fence FROM outreach_attempt a WHERE a.outreach_id = o.id AND a.fence = o.fence) IS NULL)
        RETURNING o.id, o.fence, d.outcome, d.took_ms, d.code, d.message
    ), attempt AS (
        INSERT INTO outreach_attempt (outreach_id, fence, at, outcome, code, message, worker, took_ms)
        SELECT h.id, h.fence, at, h.outcome, h.code, h.message, p_worker, h.took_ms FROM head h
        ON CONFLICT DO NOTHING             -- a late answer: the claim was written off before
    )
    SELECT d.id, h.id IS NOT NULL FROM done d LEFT JOIN head h ON h.id = d.id AND h.fence = d.fence;

    IF true = ANY (p_bad) THEN
        UPDATE customer c
           SET email_bad = CASE WHEN o.channel = 'email' THEN b.message ELSE c.email_bad END,
               phone_bad = CASE WHEN o.channel = 'email' THEN c.phone_bad ELSE b.message END
          FROM unnest(p_ids, p_bad, p_messages) b(id, bad, message)
          JOIN outreach o ON o.id = b.id AND o.state = 'failed'
         WHERE b.bad AND c.id = o.customer_id
           -- unless they have another one by now
           AND CASE WHEN o.channel = 'email' THEN lower(c.email) = lower(o.to_address)
                    ELSE o.to_address LIKE '%' || ltrim(regexp_replace(c.phone, '[^0-9]', '', 'g'), '0') END;
    END IF;
END
$$;

-- Claims whose worker is gone. A message that takes its worker with it three times is parked. Of many that were lost
-- together it cannot be told which it was, if any: they come back a few at a time, and those few are counted.
CREATE FUNCTION outbox_reap() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    WITH locked AS MATERIALIZED (
        SELECT o.id, o.worker, o.lost FROM outreach o WHERE o.state = 'sending' AND o.lease_until < clock_timestamp()
         ORDER BY o.lease_until LIMIT 1000 FOR UPDATE SKIP LOCKED
    ), gone AS (
        SELECT l.id, count(*) OVER w <= 20 AS counts, count(*) OVER w <= 20 AND l.lost >= 2 AS parked, row_number() OVER w / 8 AS lot
          FROM locked l WINDOW w AS (PARTITION BY l.worker ORDER BY l.id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    ), head AS (
        UPDATE outreach o
           SET state = CASE WHEN NOT o.idempotent THEN 'unknown' WHEN g.parked THEN 'held' ELSE 'queued' END::outreach_state,
               reason = CASE WHEN NOT o.idempotent THEN format('The worker stopped while this %s was with %s: check there whether it went out, then mark it sent, failed or send it again',
                                                               outbox_word(o.channel), o.provider)
                             WHEN g.parked THEN 'Three workers stopped while they had it: look at its text and at the worker''s log before you send it again' END,
               lost = o.lost + g.counts::int, lease_until = NULL, told = o.told AND o.idempotent AND NOT g.parked,
               send_after = greatest(o.send_after, clock_timestamp() + CASE WHEN g.counts THEN make_interval(secs => o.lost) ELSE g.lot * interval '250 milliseconds' END)
          FROM gone g WHERE o.id = g.id
        RETURNING o.id, o.fence, o.state, o.worker, o.reason
    ), attempt AS (
        INSERT INTO outreach_attempt (outreach_id, fence, at, outcome, message, worker)
        SELECT h.id, h.fence, clock_timestamp(), CASE h.state WHEN 'unknown' THEN 'unknown' ELSE 'lost' END,
               'The worker stopped before it had an answer', h.worker FROM head h
        ON CONFLICT DO NOTHING
    )
    SELECT count(*)::int FROM head
$$;

-- ---------------------------------------------------------------- telling the exceptions

-- What the timeline says of a message.
CREATE FUNCTION outbox_says(o outreach) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN format('the %s to %s ', outbox_word(o.channel), coalesce(nullif(o.to_name, ''), 'the customer'))
        || CASE o.state WHEN 'failed' THEN 'did not go out' WHEN 'unknown' THEN 'may have gone out' WHEN 'held' THEN 'was held back' ELSE 'went out' END
        || CASE WHEN o.state IN ('failed', 'unknown', 'held') THEN coalesce(': ' || o.reason, '') ELSE '' END;

-- A message that did not reach its customer brings an exception that waits for them back to people.
CREATE FUNCTION outbox_patch(e exception, p_state outreach_state, p_sent_at timestamptz, p_at timestamptz) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = doorstep, pg_temp SET timezone = 'UTC'
    RETURN CASE WHEN p_state = 'sent' AND e.first_response_at IS NULL THEN jsonb_build_object('first_response_at', p_sent_at)
                WHEN p_state <> 'sent' AND e.state = 'waiting' THEN
                    sla_start_again(e, p_at) || awake() || jsonb_build_object('state', CASE WHEN e.owner IS NULL THEN 'new' ELSE 'working' END)
                ELSE '{}' END;

-- Tells the exceptions' timelines what became of their messages, at most 1,000; gives how many. Passes over
-- what others work on at the moment: it is told the next time.
CREATE FUNCTION outbox_settle() RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    mine bigint[];
    ids bigint[];
    at timestamptz;
    outcome outreach_state;
BEGIN
    ids := ARRAY(SELECT o.id FROM outreach o WHERE NOT o.told ORDER BY o.id LIMIT 1000);
    IF cardinality(ids) = 0 THEN
        RETURN 0;
    END IF;
    -- first the exceptions, as all do who change both
    mine := ARRAY(SELECT e.id FROM exception e WHERE e.id = ANY (ARRAY(SELECT o.exception_id FROM outreach o WHERE o.id = ANY (ids)))
                   ORDER BY e.id FOR UPDATE SKIP LOCKED);
    ids := ARRAY(SELECT o.id FROM outreach o WHERE o.id = ANY (ids) AND NOT o.told AND o.exception_id = ANY (mine)
                  ORDER BY o.id FOR UPDATE SKIP LOCKED);
    at := clock_timestamp();
    FOREACH outcome IN ARRAY '{sent,failed,unknown,held}'::outreach_state[] LOOP
        PERFORM FROM apply_changes(
            ARRAY(SELECT ROW (e.id, outbox_patch(e, outcome, s.sent_at, at), s.says)::change
                    FROM (SELECT o.exception_id, min(o.sent_at) AS sent_at, string_agg(outbox_says(o), '; ' ORDER BY o.id) AS says
                            FROM outreach o
                           WHERE o.id = ANY (ids) AND CASE o.state WHEN 'delivered' THEN 'sent' ELSE o.state END = outcome
                           GROUP BY o.exception_id) s
                    JOIN exception e ON e.id = s.exception_id
                   ORDER BY e.id),
            CASE outcome WHEN 'sent' THEN 'sent' ELSE 'not_sent' END, 'worker', NULL, at);
    END LOOP;
    UPDATE outreach o SET told = true WHERE o.id = ANY (ids);
    RETURN cardinality(ids);
END
$$;

-- ---------------------------------------------------------------- when to look again

-- Milliseconds from now, by the server's clock, until there is something to do; null: nothing waits.
CREATE FUNCTION outbox_next() RETURNS TABLE (email_ms bigint, sms_ms bigint, whatsapp_ms bigint, lease_ms bigint, wake_ms bigint, untold boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    at timestamptz := clock_timestamp();
BEGIN
    RETURN QUERY
    SELECT epoch_ms((SELECT min(o.send_after) FROM outreach o WHERE o.state = 'queued' AND o.channel = 'email')) - epoch_ms(at) + 1,
           epoch_ms((SELECT min(o.send_after) FROM outreach o WHERE o.state = 'queued' AND o.channel = 'sms')) - epoch_ms(at) + 1,
           epoch_ms((SELECT min(o.send_after) FROM outreach o WHERE o.state = 'queued' AND o.channel = 'whatsapp')) - epoch_ms(at) + 1,
           epoch_ms((SELECT min(o.lease_until) FROM outreach o WHERE o.state = 'sending')) - epoch_ms(at) + 1,
           epoch_ms((SELECT min(e.wake_at) FROM exception e WHERE e.state IN ('waiting', 'snoozed') AND e.wake_at IS NOT NULL)) - epoch_ms(at) + 1,
           EXISTS (SELECT FROM outreach o WHERE NOT o.told);
END
$$;

GRANT EXECUTE ON FUNCTION hello(), outbox_claim(text, text, text, boolean, int, int), outbox_extend(text, bigint[], int[], int),
    outbox_disown(text, bigint[]), outbox_record(text, bigint[], int[], text[], boolean[], bigint[], int[], text[], text[], text[]),
    outbox_reap(), outbox_settle(), outbox_next() TO doorstep_worker;

RESET search_path;
RESET ROLE;
