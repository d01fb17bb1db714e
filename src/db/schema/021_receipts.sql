-- What comes back: the inbox of webhooks, receipts of providers, what customers answer.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- the inbox

ALTER TABLE inbox ADD COLUMN taken_until timestamptz;      -- a worker reads it, or it is to be asked again then

CREATE FUNCTION inbox_add(p_source text, p_content_type text, p_body bytea) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    INSERT INTO inbox (source, content_type, body) VALUES (p_source, left(p_content_type, 200), p_body) RETURNING id
$$;

-- What waits, oldest first and at most 8 MB at once, for a minute the caller's: who takes it and does not
-- come back with inbox_end leaves it to the next. Passes over what others take.
CREATE FUNCTION inbox_take(p_limit int) RETURNS TABLE (id bigint, source text, body bytea, at timestamptz)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    WITH waits AS MATERIALIZED (
        SELECT i.id, octet_length(i.body) AS size FROM inbox i
         WHERE i.failed IS NULL AND (i.taken_until IS NULL OR i.taken_until < clock_timestamp())
         ORDER BY i.id LIMIT least(greatest(p_limit, 1), 1000) FOR UPDATE SKIP LOCKED
    ), fits AS (
        SELECT w.id FROM (SELECT waits.id, sum(size) OVER (ORDER BY waits.id) - size AS before FROM waits) w WHERE w.before < 8388608
    ), mine AS (
        UPDATE inbox i SET taken_until = clock_timestamp() + interval '1 minute' FROM fits f WHERE i.id = f.id
        RETURNING i.id, i.source, i.body, i.at
    )
    SELECT m.id, m.source, m.body, m.at FROM mine m ORDER BY m.id
$$;

-- p_end: done (it is gone), failed (kept with the reason), later (asked again in a few seconds).
CREATE FUNCTION inbox_end(p_id bigint, p_end text, p_why text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF p_end = 'done' THEN
        DELETE FROM inbox WHERE id = p_id;
    ELSIF p_end = 'failed' THEN
        UPDATE inbox SET failed = left(coalesce(p_why, 'no reason was given'), 1000), taken_until = NULL WHERE id = p_id;
    ELSE
        UPDATE inbox SET taken_until = clock_timestamp() + interval '5 seconds' WHERE id = p_id;
    END IF;
END
$$;

-- What could not be read, for leads of all brands: it may be anybody's.
CREATE FUNCTION inbox_failed() RETURNS TABLE (id bigint, source text, at timestamptz, failed text, size int)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    PERFORM require_level(3, 'look at webhooks that could not be read');
    RETURN QUERY SELECT i.id, i.source, i.at, i.failed, octet_length(i.body) FROM inbox i
                  WHERE i.failed IS NOT NULL AND my_brands() IS NULL ORDER BY i.id DESC LIMIT 1000;
END
$$;

-- ---------------------------------------------------------------- whose is it?

CREATE TYPE receipt_item AS (outreach_id bigint, exception_id bigint, customer_id bigint, brand_id int);

-- Message ids begin with the message's number, which needs no index of its own; they are compared without angle brackets.
CREATE FUNCTION outreach_by_message(p_id text) RETURNS bigint LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN (SELECT o.id FROM outreach o
             WHERE o.id = substring(btrim(p_id, '<> ') FROM '^([0-9]{1,18})\.')::bigint AND btrim(o.message_id, '<>') = btrim(p_id, '<> '));

-- The outreach a receipt is about: by our own id (a message id, or a number), by the provider's, by Message-ID.
CREATE FUNCTION outreach_of_receipt(i jsonb) RETURNS bigint LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN coalesce(
        outreach_by_message(i ->> 'outreach'),
        (SELECT o.id FROM outreach o WHERE i ->> 'outreach' ~ '^[0-9]{1,18}$' AND o.id = (i ->> 'outreach')::bigint
                                      AND (i ->> 'address' IS NULL OR lower(o.to_address) = lower(i ->> 'address'))),
        (SELECT max(o.id) FROM outreach o WHERE o.provider_id = i ->> 'provider_id'),
        outreach_by_message(i ->> 'message_id'));

-- The outreach a customer's message answers: what it names, else the newest to that address that went out, one whose
-- exception is still open first.
CREATE FUNCTION outreach_of_answer(i jsonb) RETURNS bigint LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN coalesce(
        (SELECT outreach_by_message(r) FROM jsonb_array_elements_text(coalesce(i -> 'references', '[]')) WITH ORDINALITY x(r, n)
          WHERE outreach_by_message(r) IS NOT NULL ORDER BY n LIMIT 1),
        (SELECT o.id FROM (SELECT * FROM outreach o WHERE o.to_address IN (i ->> 'address', lower(i ->> 'address')) AND o.state IN ('sent', 'delivered', 'failed', 'unknown')
                            ORDER BY o.id DESC LIMIT 50) o
           JOIN exception e ON e.id = o.exception_id
          WHERE o.channel::text = i ->> 'channel' AND o.fence > 0
          ORDER BY e.state <> 'resolved' DESC, o.id DESC LIMIT 1));

CREATE FUNCTION customers_at(p_address text, p_brand int) RETURNS SETOF bigint LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT c.id FROM customer c WHERE lower(c.email) = lower(p_address) AND (p_brand IS NULL OR c.brand_id = p_brand)
    UNION
    SELECT c.id FROM customer c WHERE p_address LIKE '+%' AND phone_e164(c.phone) = p_address AND (p_brand IS NULL OR c.brand_id = p_brand)
    UNION                               -- a phone written without its country's prefix: who was written to there
    SELECT o.customer_id FROM outreach o JOIN customer c ON c.id = o.customer_id
     WHERE p_address LIKE '+%' AND o.to_address = p_address AND o.state IN ('sent', 'delivered', 'failed', 'unknown') AND (p_brand IS NULL OR o.brand_id = p_brand)
       AND right(regexp_replace(c.phone, '[^0-9]', '', 'g'), 7) = right(p_address, 7)
$$;

-- ---------------------------------------------------------------- consequences

-- What the timeline calls a channel.
CREATE FUNCTION channel_name(p channel) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE p WHEN 'email' THEN 'e-mail' WHEN 'sms' THEN 'SMS' ELSE 'WhatsApp' END;

-- Writes what happened into an exception's timeline, with the mark given; p_wake: the states it comes back from. The caller has
-- locked it.
CREATE FUNCTION came_back(p_exception bigint, p_verb text, p_note text, p_mark int, p_wake exception_state[], p_at timestamptz) RETURNS void
    LANGUAGE sql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
    SELECT FROM apply_changes(
        ARRAY(SELECT ROW (e.id, jsonb_build_object('marks', e.marks | p_mark)
                          || CASE WHEN e.state = ANY (p_wake)
                                  THEN sla_start_again(e, p_at) || awake()
                                       || jsonb_build_object('state', CASE WHEN e.owner IS NULL THEN 'new' ELSE 'working' END)
                                  ELSE '{}' END, p_note)::change
                FROM exception e WHERE e.id = p_exception),
        p_verb, 'customer', NULL, p_at)
$$;

-- Consent of all customers of an address as they, or their provider, say; gives how many it changed. A brand: only there.
-- What was not withdrawn is not given again.
CREATE FUNCTION consent_of_address(p_address text, p_brand int, p_channel channel, p_given boolean, p_source text, p_note text) RETURNS int
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    ids bigint[] := ARRAY(SELECT c.id FROM customer c WHERE c.id IN (SELECT customers_at(p_address, p_brand))
                             AND CASE WHEN p_given THEN c.consent ->> p_channel::text = 'false'
                                      ELSE c.consent ->> p_channel::text IS DISTINCT FROM 'false' END
                           ORDER BY c.id FOR NO KEY UPDATE);
BEGIN
    -- the rows of consent_change are the trigger's (022_rules.sql), which asks these who says so
    PERFORM set_config('doorstep.consent_source', p_source, true), set_config('doorstep.consent_actor', 'customer', true),
            set_config('doorstep.consent_note', p_note, true);
    UPDATE customer c SET consent = c.consent || jsonb_build_object(p_channel::text, p_given), updated_at = now() WHERE c.id = ANY (ids);
    PERFORM set_config('doorstep.consent_source', '', true), set_config('doorstep.consent_actor', '', true),
            set_config('doorstep.consent_note', '', true);
    RETURN cardinality(ids);
END
$$;

-- The address takes nothing: for every customer who has it.
CREATE FUNCTION address_is_bad(p_address text, p_channel channel, p_why text) RETURNS void
    LANGUAGE sql SET search_path = doorstep, pg_temp AS $$
    UPDATE customer c
       SET email_bad = CASE WHEN p_channel = 'email' THEN p_why ELSE c.email_bad END,
           phone_bad = CASE WHEN p_channel = 'email' THEN c.phone_bad ELSE p_why END
     WHERE c.id IN (SELECT customers_at(p_address, NULL))
$$;

-- ---------------------------------------------------------------- one receipt

-- What a receipt makes of its message. Times tell the order, not who came first: a delivery after a failure counts, one before
-- it does not. That it arrived is told, whether or not its worker (sending) comes to record that it went out.
CREATE FUNCTION receipt_apply(p_id bigint, p_what text, p_at timestamptz, p_message text) RETURNS outreach
    LANGUAGE sql SET search_path = doorstep, pg_temp AS $$
    UPDATE outreach o
       SET state = n.state,
           reason = CASE WHEN n.state = o.state AND NOT n.fails THEN o.reason WHEN n.state = 'failed' THEN p_message END,
           sent_at = CASE WHEN n.out AND n.state <> 'sending' THEN coalesce(o.sent_at, p_at) ELSE o.sent_at END,
           delivered_at = CASE WHEN p_what IN ('delivered', 'opened', 'clicked') THEN least(o.delivered_at, p_at) ELSE o.delivered_at END,
           opened_at = CASE WHEN p_what IN ('opened', 'clicked') THEN least(o.opened_at, p_at) ELSE o.opened_at END,
           clicked_at = CASE WHEN p_what = 'clicked' THEN least(o.clicked_at, p_at) ELSE o.clicked_at END,
           failed_at = CASE WHEN n.fails THEN p_at WHEN n.state IN ('sent', 'delivered') THEN NULL ELSE o.failed_at END,
           -- what people had to find out, or its worker to say, is found out: the timeline hears of it
           told = o.told AND NOT (n.out AND n.state <> 'sending' AND (o.sent_at IS NULL OR o.state IN ('unknown', 'queued', 'held', 'cancelled')))
      FROM (SELECT w.id, b.out, f.fails,
                   CASE WHEN f.fails THEN 'failed'
                        WHEN b.out AND p_what <> 'accepted' THEN 'delivered'
                        WHEN b.out AND w.state NOT IN ('sending', 'delivered') THEN 'sent'
                        ELSE w.state END::outreach_state AS state
              FROM outreach w
             CROSS JOIN LATERAL (SELECT p_what IN ('failed', 'bounced') AND w.fence > 0
                                        AND w.state IN ('sending', 'sent', 'delivered', 'unknown', 'failed')
                                        AND (w.delivered_at IS NULL OR w.delivered_at <= p_at)
                                        AND (w.state <> 'failed' OR w.failed_at IS NULL) AS fails) f
             CROSS JOIN LATERAL (SELECT p_what IN ('accepted', 'delivered', 'opened', 'clicked') AND w.fence > 0
                                        AND (w.state <> 'failed'
                                             OR p_what <> 'accepted' AND (w.failed_at IS NULL OR w.failed_at < p_at)) AS out) b
             WHERE w.id = p_id) n
     WHERE o.id = n.id
    RETURNING o.*
$$;

-- True: it was news.
CREATE FUNCTION receipt_merge_one(i jsonb, p_outreach bigint, p_at timestamptz, OUT news boolean, OUT consents int)
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    was outreach;
    o outreach;
    what text := i ->> 'what';
    said text := coalesce(nullif(i ->> 'message', ''), nullif(i ->> 'code', ''), 'the provider gave no reason');
    note text;
BEGIN
    consents := 0;
    INSERT INTO outreach_receipt (provider, event_id, outreach_id, what, at, code, message)
    VALUES (i ->> 'provider', i ->> 'event', p_outreach, what, (i ->> 'at')::timestamptz, coalesce(i ->> 'code', ''), coalesce(i ->> 'message', ''))
    ON CONFLICT DO NOTHING;
    news := FOUND;
    IF NOT news THEN
        RETURN;
    END IF;
    SELECT * INTO was FROM outreach WHERE id = p_outreach;
    o := receipt_apply(p_outreach, what, (i ->> 'at')::timestamptz, said);
    IF what IN ('failed', 'bounced') AND (i ->> 'bad')::boolean IS TRUE THEN
        PERFORM address_is_bad(o.to_address, o.channel, said);
    END IF;
    IF what IN ('complained', 'unsubscribed') THEN
        consents := consent_of_address(o.to_address, o.brand_id, o.channel, false, 'provider',
                                       CASE what WHEN 'complained' THEN 'marked our message as spam' ELSE 'unsubscribed' END);
    END IF;
    note := CASE WHEN what IN ('failed', 'bounced') AND o.state = 'failed' AND was.state <> 'failed'
                 THEN format('the %s to %s %s: %s', channel_name(o.channel), coalesce(nullif(o.to_name, ''), 'the customer'),
                             CASE what WHEN 'bounced' THEN 'came back' ELSE 'was not delivered' END, said)
                 WHEN consents > 0 AND what = 'complained' THEN 'marked our e-mail as spam: no more e-mail to them'
                 WHEN consents > 0 THEN format('unsubscribed: no more %s to them', channel_name(o.channel)) END;
    IF note IS NOT NULL THEN
        PERFORM came_back(o.exception_id, CASE WHEN what IN ('failed', 'bounced') THEN what ELSE 'opt_out' END, note, 0,
                          CASE WHEN what IN ('failed', 'bounced') THEN '{waiting}' ELSE '{}' END::exception_state[], p_at);
    END IF;
END
$$;

-- ---------------------------------------------------------------- one message of a customer

-- Its exception: the answered message's, else the newest open one of a customer with that address.
CREATE FUNCTION answer_target(i jsonb) RETURNS receipt_item
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    t receipt_item;
BEGIN
    SELECT o.id, o.exception_id, o.customer_id, o.brand_id INTO t.outreach_id, t.exception_id, t.customer_id, t.brand_id
      FROM outreach o WHERE o.id = outreach_of_answer(i);
    IF t.outreach_id IS NULL THEN
        SELECT e.id, c.id, c.brand_id INTO t.exception_id, t.customer_id, t.brand_id
          FROM customer c
          LEFT JOIN LATERAL (SELECT e.id FROM orders r JOIN shipment s ON s.order_id = r.id JOIN exception e ON e.shipment_id = s.id
                              WHERE r.customer_id = c.id AND e.customer_id = c.id AND e.state <> 'resolved' ORDER BY e.id DESC LIMIT 1) e ON true
         WHERE c.id IN (SELECT customers_at(i ->> 'address', NULL))
         ORDER BY e.id DESC NULLS LAST, c.id DESC LIMIT 1;
    END IF;
    RETURN t;
END
$$;

-- consents: how many it changed; to_bump: an exception whose messages changed and nothing else.
CREATE FUNCTION answer_merge_one(i jsonb, t receipt_item, p_at timestamptz, OUT news boolean, OUT consents int, OUT to_bump bigint)
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    via channel := (i ->> 'channel')::channel;
    drives text := i ->> 'driver';
    words text := left(coalesce(i ->> 'text', ''), 8000);
    quoted text := format('"%s%s"', left(words, 500), CASE WHEN length(words) > 500 THEN ' …' ELSE '' END);
    -- the brand it answers; with nothing to go by, every brand
    of_brand int := CASE WHEN t.outreach_id IS NOT NULL THEN t.brand_id END;
    verb text := 'reply';
BEGIN
    consents := 0;
    PERFORM FROM contact c WHERE c.provider = i ->> 'provider' AND c.provider_id = i ->> 'event';
    news := NOT FOUND;
    IF NOT news THEN
        RETURN;
    END IF;
    IF drives IN ('opt_out', 'opt_in') THEN
        consents := consent_of_address(i ->> 'address', of_brand, via, drives = 'opt_in', 'reply', quoted);
    END IF;
    IF drives = 'opt_in' AND consents = 0 THEN
        drives := 'reply';                 -- "yes" to something else: nothing was withdrawn
    END IF;
    INSERT INTO contact (brand_id, customer_id, exception_id, outreach_id, channel, from_address, at, text, driver, provider, provider_id)
    VALUES (t.brand_id, t.customer_id, t.exception_id, t.outreach_id, via, i ->> 'address', (i ->> 'at')::timestamptz, words, drives,
            i ->> 'provider', i ->> 'event');
    IF t.exception_id IS NULL THEN
        RETURN;
    END IF;
    IF drives = 'auto_reply' THEN
        to_bump := t.exception_id;
        RETURN;
    END IF;
    IF drives IN ('opt_out', 'opt_in') THEN
        verb := drives;
        quoted := CASE drives WHEN 'opt_out' THEN format('wrote %s: no more %s to them', quoted, channel_name(via))
                              ELSE format('wrote %s: %s may be sent again', quoted, channel_name(via)) END;
    ELSE
        quoted := format('wrote by %s: %s', channel_name(via), quoted);
    END IF;
    PERFORM came_back(t.exception_id, verb, quoted, 256, '{waiting,snoozed}', p_at);
END
$$;

-- ---------------------------------------------------------------- all together

-- Merges receipts and customers' messages, in the shape include/feed/receipt.h gives them: a row for each, in order.
-- outcome: merged, duplicate, unmatched (of no message and no customer we know), early (the same, but so new that its message
-- may not be recorded yet). Idempotent: what came before is a duplicate. Takes the feed's lock, so that it never meets a merge of
-- scans half-way; then customers, exceptions, messages.
CREATE FUNCTION receipts_merge(p_items jsonb) RETURNS TABLE (ord int, inbound boolean, outcome text, consents int, why text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    i jsonb;
    t receipt_item;
    targets receipt_item[];
    did record;
    at timestamptz;
    bump bigint[] := '{}';
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));
    targets := ARRAY(SELECT CASE WHEN x.i ->> 'type' = 'inbound' THEN answer_target(x.i)
                                 ELSE (SELECT ROW (o.id, o.exception_id, o.customer_id, o.brand_id)::receipt_item
                                         FROM outreach o WHERE o.id = outreach_of_receipt(x.i)) END
                       FROM jsonb_array_elements(p_items) WITH ORDINALITY x(i, n) ORDER BY x.n);
    PERFORM FROM customer c
      WHERE c.id IN (SELECT customers_at(coalesce(o.to_address, x.i ->> 'address'), NULL)
                       FROM jsonb_array_elements(p_items) WITH ORDINALITY x(i, n) LEFT JOIN outreach o ON o.id = targets[x.n].outreach_id AND x.i ->> 'type' <> 'inbound'
                      WHERE x.i ->> 'driver' IN ('opt_out', 'opt_in') OR x.i ->> 'what' IN ('failed', 'bounced', 'complained', 'unsubscribed'))
      ORDER BY c.id FOR NO KEY UPDATE;
    PERFORM FROM exception e WHERE e.id IN (SELECT x.exception_id FROM unnest(targets) x) ORDER BY e.id FOR UPDATE;
    PERFORM FROM outreach o WHERE o.id IN (SELECT x.outreach_id FROM unnest(targets) x) ORDER BY o.id FOR UPDATE;
    at := clock_timestamp();
    FOR ord IN 1 .. jsonb_array_length(p_items) LOOP
        i := p_items -> (ord - 1);
        t := targets[ord];
        inbound := i ->> 'type' = 'inbound';
        consents := 0;
        why := NULL;
        IF t.customer_id IS NULL THEN
            outcome := CASE WHEN NOT inbound AND (i ->> 'at')::timestamptz > at - interval '2 minutes' THEN 'early' ELSE 'unmatched' END;
            why := CASE WHEN inbound THEN 'no customer has that address; look whether it is written otherwise in the order'
                        ELSE 'no message of ours has that id; look whether it was sent from here' END;
        ELSE
            IF inbound THEN
                SELECT * INTO did FROM answer_merge_one(i, t, at);
                bump := bump || did.to_bump;
            ELSE
                SELECT * INTO did FROM receipt_merge_one(i, t.outreach_id, at);
                bump := bump || CASE WHEN did.news THEN t.exception_id END;
            END IF;
            outcome := CASE WHEN did.news THEN 'merged' ELSE 'duplicate' END;
            consents := did.consents;
        END IF;
        RETURN NEXT;
    END LOOP;
    -- dashboards that show these read their messages again: one notification for all
    UPDATE exception e SET rev = e.rev + 1 WHERE e.id = ANY (bump) AND e.updated_at < at;
END
$$;

GRANT EXECUTE ON FUNCTION inbox_add(text, text, bytea), receipts_merge(jsonb), inbox_take(int), inbox_end(bigint, text, text) TO doorstep_feed;
GRANT EXECUTE ON FUNCTION inbox_failed() TO doorstep_viewer;

-- Whom nobody has answered yet: few among all, and counted with every screen. A reader under a policy would look through
-- the whole queue for them (see search_ids).
CREATE INDEX exception_replied ON exception (id) WHERE marks & 256 <> 0;
CREATE FUNCTION replied_ids() RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = doorstep, pg_temp SET enable_seqscan = off AS $$
DECLARE
    mine int[] := my_brands();
BEGIN
    PERFORM require_level(1, 'read the queue');
    RETURN QUERY SELECT e.id FROM exception e WHERE e.marks & 256 <> 0 AND (mine IS NULL OR e.brand_id = ANY (mine));
END
$$;
GRANT EXECUTE ON FUNCTION replied_ids() TO doorstep_viewer;
INSERT INTO saved_view (name, filter, position, builtin) VALUES ('Replies', 'is:replied', 8, true)
ON CONFLICT DO NOTHING;

RESET search_path;
RESET ROLE;
