-- Queueing messages.
--
-- Who locks several things locks customers first, then exceptions, then messages, each in the order
-- of their ids. Whoever queues holds the customer: caps and repeats are counted for one at a time.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- messages as clients give them

-- vars: for a provider's own template. wrong: why it cannot be looked at, else null.
CREATE TYPE outgoing AS (ord int, item guard_item, vars jsonb, wrong text);

-- A number of a document, null when it is none.
CREATE FUNCTION json_id(p jsonb) RETURNS bigint LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN jsonb_typeof(p) = 'number' AND p #>> '{}' ~ '^[0-9]{1,18}$' THEN (p #>> '{}')::bigint END;
-- A message's text as it is kept: without control characters but tab and newline, and without what steers or hides others, as
-- utf8_clean of base/utf8.h has it. Joiners and presentation selectors, which some writing and emoji need, stay among letters beyond ASCII.
CREATE FUNCTION clean_message(p text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN p ~ '[^\t\n -~]' THEN regexp_replace(regexp_replace(translate(p, U&'\2028\2029', '  '),
        '[\u0001-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f'
        '\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]', '', 'g'),
        '(?<![\u0080-\U0010ffff])[\u200c\u200d\ufe0e\ufe0f]+|[\u200c\u200d]+(?![\u0080-\U0010ffff])', '', 'g') ELSE p END;

CREATE FUNCTION outreach_items(p_items jsonb) RETURNS outgoing[] LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF jsonb_typeof(p_items) IS DISTINCT FROM 'array' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'messages are given as a JSON array of objects';
    END IF;
    IF jsonb_array_length(p_items) > 20000 THEN
        RAISE program_limit_exceeded USING MESSAGE = 'at most 20,000 messages can be looked at or queued at once: narrow the selection';
    END IF;
    RETURN ARRAY(
        SELECT ROW (j.ord, ROW (j.ord, json_id(v -> 'exception'), CASE WHEN v -> 'template' <> 'null' THEN least(json_id(v -> 'template'), 2147483647) END,
                                CASE WHEN v -> 'version' <> 'null' THEN least(json_id(v -> 'version'), 2147483647) END, c.channel,
                                CASE WHEN v ->> 'language' ~ '^[a-z]{2,3}(-[a-z0-9]{2,8})?$' THEN v ->> 'language' ELSE 'en' END,
                                nullif(btrim(v ->> 'to'), ''), nullif(clean_message(v ->> 'subject'), ''), coalesce(clean_message(v ->> 'body'), ''),
                                CASE WHEN c.channel = 'email' THEN nullif(clean_message(v ->> 'html'), '') END,
                                coalesce(v -> 'edited' = 'true'::jsonb, false), NULL, '{}')::guard_item,
                    CASE WHEN jsonb_typeof(v -> 'vars') = 'object' THEN clean_message(v ->> 'vars')::jsonb END,
                    CASE WHEN json_id(v -> 'exception') IS NULL THEN 'a message names no exception'
                         WHEN c.channel IS NULL THEN format('"%s" is no channel: use email, sms or whatsapp', left(v ->> 'channel', 40)) END)::outgoing
          FROM jsonb_array_elements(p_items) WITH ORDINALITY j(v, ord)
          LEFT JOIN unnest(enum_range(NULL::channel)) c(channel) ON c.channel::text = v ->> 'channel'
         ORDER BY j.ord);
END
$$;

-- In plpgsql, so that plans take them for a hundred rows, whatever the array's size.
CREATE FUNCTION each_outgoing(p outgoing[]) RETURNS SETOF outgoing LANGUAGE plpgsql IMMUTABLE ROWS 100 AS $$
BEGIN
    RETURN QUERY SELECT * FROM unnest(p);
END
$$;

-- Grows with each message of an exception, either way: who composes remembers it.
CREATE FUNCTION outreach_stamp(p_exception bigint) RETURNS bigint LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    RETURN coalesce((SELECT max(o.id) FROM outreach o WHERE o.exception_id = p_exception), 0)
         + coalesce((SELECT max(k.id) FROM contact k WHERE k.exception_id = p_exception), 0);
END
$$;

-- 'SMS "Address needed"': what people call a message.
CREATE FUNCTION message_word(p_channel channel, p_template int, p_version int) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    RETURN channel_label(p_channel) || CASE p_channel WHEN 'whatsapp' THEN ' message' ELSE '' END
           || coalesce(' "' || (SELECT v.title FROM template_version v WHERE v.template_id = p_template AND v.version = p_version) || '"', ' written by hand');
END
$$;

-- The right side of a Message-ID: the sender's domain where it is known and plain ASCII.
CREATE FUNCTION message_domain(p_from text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN coalesce(substring(lower(p_from) FROM '@([a-z0-9][a-z0-9.-]{0,99}\.[a-z][a-z0-9-]*[a-z0-9])$'), 'doorstep');

-- What was said or heard last on an exception: why a text written before it is refused.
CREATE FUNCTION outreach_news(p_exception bigint, p_at timestamptz) RETURNS text LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    RETURN (SELECT x.says || ' ' || ago(p_at - x.at) || ': read it first, your text is kept'
              FROM ((SELECT o.created_at AS at, CASE o.by WHEN session_user THEN 'you' ELSE o.by END || ' sent the ' || message_word(o.channel, o.template_id, o.version) AS says
                       FROM outreach o WHERE o.exception_id = p_exception ORDER BY o.id DESC LIMIT 1)
                    UNION ALL
                    (SELECT k.received_at, 'the customer wrote by ' || channel_label(k.channel)
                       FROM contact k WHERE k.exception_id = p_exception ORDER BY k.id DESC LIMIT 1)) x
             ORDER BY x.at DESC LIMIT 1);
END
$$;

-- ---------------------------------------------------------------- looking

-- What stands in the way of each message, worst first; one row without a guardrail for a message that may
-- go. to_address, send_at: where and when it would go out if queued now.
CREATE FUNCTION outreach_check(p_items jsonb)
    RETURNS TABLE (ord int, exception_id bigint, guardrail text, effect verdict_effect, until timestamptz, message text,
                   to_address text, send_at timestamptz, undo_seconds int)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = doorstep, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
    now timestamptz := clock_timestamp();
    parsed outgoing[];
BEGIN
    PERFORM require_level(1, 'look at messages');
    parsed := outreach_items(p_items);
    RETURN QUERY
    WITH x AS MATERIALIZED (
        SELECT u.ord, u.item, u.wrong, e.id, e.brand_id, upper(e.country) AS country,
               channel_address((u.item).channel, c.email, c.email_bad, c.phone, c.phone_bad, upper(e.country)) AS address
          FROM each_outgoing(parsed) u
          LEFT JOIN exception e ON e.id = (u.item).exception_id AND (mine IS NULL OR e.brand_id = ANY (mine))
          LEFT JOIN customer c ON c.id = e.customer_id
    ), undo AS MATERIALIZED (
        SELECT d.brand_id, d.country, d.channel, (policy_for(d.brand_id, d.country, d.channel)).undo_seconds AS s
          FROM (SELECT DISTINCT x.brand_id, x.country, (x.item).channel AS channel FROM x WHERE x.wrong IS NULL AND x.id IS NOT NULL) d
    ), verdict AS MATERIALIZED (
        SELECT g.* FROM (SELECT coalesce(array_agg(x.item ORDER BY x.ord), '{}') AS items FROM x WHERE x.wrong IS NULL AND x.id IS NOT NULL) a
         CROSS JOIN LATERAL guardrails(a.items, now) g
        UNION ALL                     -- what cannot be looked at goes nowhere
        SELECT x.ord, 'no_address', 'block', NULL, coalesce(x.wrong, format('there is no exception #%s', (x.item).exception_id)), NULL
          FROM x WHERE x.wrong IS NOT NULL OR x.id IS NULL
    )
    SELECT x.ord, (x.item).exception_id, v.guardrail, v.effect, v.until, v.message, x.address,
           greatest(now + make_interval(secs => n.s), max(v.until) OVER (PARTITION BY x.ord)), coalesce(n.s, 0)
      FROM x
      LEFT JOIN undo n ON n.brand_id = x.brand_id AND n.country IS NOT DISTINCT FROM x.country AND n.channel = (x.item).channel
      LEFT JOIN verdict v ON v.ord = x.ord
     ORDER BY x.ord, v.effect DESC, v.guardrail;
END
$$;

-- ---------------------------------------------------------------- queueing

-- The customers of these exceptions, then the exceptions. Where there are several the feed waits, which
-- takes them in another order.
CREATE FUNCTION lock_for_outreach(p_ids bigint[]) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    mine int[] := my_brands();
    who bigint[];
BEGIN
    IF cardinality(p_ids) > 1 THEN
        PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));
    END IF;
    who := ARRAY(SELECT DISTINCT e.customer_id FROM exception e
                  WHERE e.id = ANY (p_ids) AND e.customer_id IS NOT NULL AND (mine IS NULL OR e.brand_id = ANY (mine)));
    PERFORM FROM customer c WHERE c.id = ANY (who) ORDER BY c.id FOR NO KEY UPDATE;
    PERFORM lock_exceptions(p_ids);
END
$$;

-- Queues messages: [{"exception","template","version","channel","language","to","subject","body","html","edited",
-- "vars"}], one an exception. p_seen: what outreach_stamp said when the text was begun; -1: not asked. p_macro:
-- what becomes of the exceptions with it. p_pass: a lead's reason to pass warnings.
-- code: ok; deferred (ok, later); blocked, warned (a lead may pass), stale, gone, resolved, denied, invalid.
CREATE FUNCTION outreach_send(p_key uuid, p_items jsonb, p_seen bigint DEFAULT -1, p_macro text DEFAULT NULL, p_pass text DEFAULT NULL)
    RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC'
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
    level int := my_level();
    answered jsonb := action_begin(p_key);
    pass text := CASE WHEN level >= 3 THEN left(clean_text(p_pass), 500) END;
    macro jsonb := macro_args(p_macro);
    parsed outgoing[];
    ids bigint[];
    moment timestamptz;
    items change[];
    changed bigint[];
    revs jsonb;
BEGIN
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    END IF;
    parsed := outreach_items(p_items);
    IF level < 2 OR (p_macro IS NOT NULL AND macro IS NULL) THEN
        RETURN QUERY SELECT (u.item).exception_id, false, CASE WHEN level < 2 THEN 'denied' ELSE 'invalid' END,
                            CASE WHEN level < 2 THEN refusal(2, 'write to customers') ELSE format('there is no macro "%s"', left(p_macro, 40)) END, NULL::int
                       FROM each_outgoing(parsed) u;
        RETURN;
    END IF;
    ids := ARRAY(SELECT DISTINCT (u.item).exception_id FROM each_outgoing(parsed) u WHERE u.wrong IS NULL ORDER BY 1);
    PERFORM lock_for_outreach(ids);
    moment := clock_timestamp();       -- after the locks: the order of instants is the order of changes

    WITH x AS MATERIALIZED (
        SELECT u.ord, u.item, u.vars, e, c.name AS to_name, c.time_zone, upper(e.country) AS country,
               channel_address((u.item).channel, c.email, c.email_bad, c.phone, c.phone_bad, upper(e.country)) AS address,
               CASE WHEN u.wrong IS NOT NULL THEN 'invalid' WHEN e.id IS NULL THEN 'gone'
                    WHEN row_number() OVER (PARTITION BY (u.item).exception_id, u.wrong IS NULL ORDER BY u.ord) > 1 THEN 'invalid'
                    WHEN e.state = 'resolved' THEN 'resolved'
                    WHEN p_seen >= 0 AND outreach_stamp(e.id) <> p_seen THEN 'stale' END AS early, u.wrong
          FROM each_outgoing(parsed) u
          LEFT JOIN exception e ON e.id = (u.item).exception_id AND (mine IS NULL OR e.brand_id = ANY (mine))
          LEFT JOIN customer c ON c.id = e.customer_id
    ), undo AS MATERIALIZED (
        SELECT d.brand_id, d.country, d.channel, policy_for(d.brand_id, d.country, d.channel) AS p
          FROM (SELECT DISTINCT (x.e).brand_id AS brand_id, x.country, (x.item).channel AS channel FROM x WHERE x.early IS NULL) d
    ), verdict AS MATERIALIZED (
        SELECT g.ord, max(g.effect) AS worst, bool_or(g.effect = 'warn') AS warned, max(g.until) AS until,
               (array_agg(g.message ORDER BY g.effect DESC, g.guardrail))[1] AS message,
               (array_agg(g.message ORDER BY g.until DESC) FILTER (WHERE g.effect = 'defer'))[1] AS deferred,
               (array_agg(g.message) FILTER (WHERE g.effect = 'warn'))[1] AS warning,
               coalesce(array_agg(g.guardrail ORDER BY g.guardrail) FILTER (WHERE g.effect = 'warn'), '{}') AS warnings
          FROM (SELECT coalesce(array_agg(x.item ORDER BY x.ord), '{}') AS items FROM x WHERE x.early IS NULL) a
         CROSS JOIN LATERAL guardrails(a.items, moment, pass IS NOT NULL) g
         GROUP BY g.ord
    ), judged AS MATERIALIZED (
        SELECT x.*, n.p, greatest(moment + make_interval(secs => (n.p).undo_seconds), v.until) AS send_after, v.until, v.deferred, coalesce(v.warnings, '{}') AS warnings, step,
               CASE WHEN x.early IS NOT NULL THEN x.early WHEN v.worst = 'block' THEN 'blocked'
                    WHEN v.warned AND pass IS NULL THEN 'warned' WHEN step.code NOT IN ('ok', 'same') THEN step.code
                    WHEN v.until IS NOT NULL THEN 'deferred' ELSE 'ok' END AS code,
               CASE x.early WHEN 'gone' THEN format('there is no exception #%s', (x.item).exception_id)
                            WHEN 'invalid' THEN coalesce(x.wrong, format('#%s is there twice: one message an exception', (x.item).exception_id))
                            WHEN 'resolved' THEN (is_resolved(x.e)).message
                            WHEN 'stale' THEN outreach_news((x.e).id, moment)
                            ELSE CASE WHEN v.worst = 'block' THEN v.message WHEN v.warned AND pass IS NULL THEN v.warning
                                      WHEN step.code NOT IN ('ok', 'same') THEN step.message ELSE coalesce(v.deferred, '') END END AS message
          FROM x
          LEFT JOIN undo n ON n.brand_id = (x.e).brand_id AND n.country IS NOT DISTINCT FROM x.country AND n.channel = (x.item).channel
          LEFT JOIN verdict v ON v.ord = x.ord
          LEFT JOIN LATERAL macro_step(x.e, macro, session_user, level, moment) step ON macro IS NOT NULL AND x.early IS NULL
    ), stamp AS MATERIALIZED (          -- what the verdicts rest on: while it is so, they need not be asked for again
        SELECT g.* FROM (SELECT array_agg((j.e).id ORDER BY j.ord) AS ids, array_agg((j.item).template_id ORDER BY j.ord) AS templates,
                                array_agg((j.item).version ORDER BY j.ord) AS versions, array_agg(j.ord ORDER BY j.ord) AS ords
                           FROM judged j WHERE j.code IN ('ok', 'deferred')) a
         CROSS JOIN LATERAL (SELECT a.ords[w.ord] AS ord, w.stamp FROM guard_stamps(a.ids, a.templates, a.versions, NULL) w) g
    ), put AS (
        INSERT INTO outreach (id, key, exception_id, shipment_id, customer_id, brand_id, channel, to_address, to_name, language, template_id, version, edited,
                              subject, body, html, provider_template, provider_vars, text_hash, passed, pass_reason, by, created_at, undo_until,
                              send_after, deferred, message_id, judged, judged_for)
        OVERRIDING SYSTEM VALUE
        SELECT r.id, p_key, (j.e).id, (j.e).shipment_id, (j.e).customer_id, (j.e).brand_id, (j.item).channel, j.address, left(j.to_name, 100), (j.item).language,
               (j.item).template_id, CASE WHEN (j.item).template_id IS NOT NULL THEN (j.item).version END, (j.item).edited,
               CASE WHEN (j.item).channel = 'email' THEN (j.item).subject END, (j.item).body, (j.item).html,
               k.provider_template, CASE WHEN k.provider_template IS NOT NULL THEN j.vars END,
               text_hash((j.item).subject, (j.item).body), j.warnings, CASE WHEN j.warnings <> '{}' THEN pass END, session_user, moment,
               moment + make_interval(secs => (j.p).undo_seconds), j.send_after, j.deferred,
               r.id || '.' || r.hex || '@' || message_domain(b.from_email), w.stamp,
               guard_lasts(j.item, recipient_zone(j.time_zone, b.time_zone), j.p, t, s.last_scan_at, j.warnings, j.send_after)
          FROM judged j
          JOIN stamp w ON w.ord = j.ord
          JOIN shipment s ON s.id = (j.e).shipment_id
          JOIN brand b ON b.id = (j.e).brand_id
          LEFT JOIN template_version t ON t.template_id = (j.item).template_id AND t.version = (j.item).version
         CROSS JOIN LATERAL (SELECT CASE WHEN NOT (j.item).edited THEN t.provider_template END AS provider_template) k
         CROSS JOIN LATERAL (SELECT nextval('outreach_id_seq') AS id, left(u, 12) || right(u, 4) AS hex FROM replace(gen_random_uuid()::text || left(j.code, 0), '-', '') u) r
         WHERE j.code IN ('ok', 'deferred')
         ORDER BY j.ord
    )
    SELECT jsonb_agg(jsonb_build_array((j.item).exception_id, j.code IN ('ok', 'deferred'), j.code, j.message, (j.e).rev) ORDER BY j.ord),
           array_agg(ROW ((j.e).id,
                          CASE WHEN (j.e).owner IS NULL THEN owned_by(j.e, session_user, moment) ELSE '{}' END
                          || jsonb_build_object('marks', ((j.e).marks | 64) & ~256) || coalesce((j.step).patch, '{}'),
                          concat_ws(', ', format('sends the %s%s (%s) to %s', message_word((j.item).channel, (j.item).template_id, (j.item).version),
                                                 CASE WHEN (j.item).edited AND (j.item).template_id IS NOT NULL THEN ', edited' ELSE '' END,
                                                 (j.item).language, mask_address(j.address)),
                                    'later: ' || j.deferred, (j.step).note,
                                    CASE WHEN j.warnings <> '{}' THEN format('in spite of %s: %s', replace(array_to_string(j.warnings, ' and '), '_', ' '), pass) END)
                          )::change ORDER BY (j.e).id) FILTER (WHERE j.code IN ('ok', 'deferred'))
      INTO answered, items
      FROM judged j;

    SELECT array_agg(c.changed_id ORDER BY c.changed_id), jsonb_object_agg(c.changed_id, c.changed_rev) INTO changed, revs
      FROM apply_changes(coalesce(items, '{}'), 'send', session_user, p_key, moment) c;
    IF changed IS NOT NULL THEN
        DELETE FROM draft d WHERE d.role = session_user AND d.exception_id = ANY (changed);
        PERFORM pg_notify('doorstep', 'o');
        SELECT jsonb_agg(CASE WHEN (a -> 1)::boolean THEN jsonb_set(a, '{4}', revs -> (a ->> 0)) ELSE a END ORDER BY i) INTO answered
          FROM jsonb_array_elements(answered) WITH ORDINALITY y(a, i);
    END IF;
    PERFORM action_end(p_key, 'send', moment, coalesce(changed, '{}'), coalesce(answered, '[]'));
    RETURN QUERY SELECT * FROM answers(coalesce(answered, '[]'));
END
$$;

-- What somebody is writing, kept for them; an empty text forgets it.
CREATE FUNCTION draft_save(p_exception bigint, p_channel channel, p_template int, p_version int, p_subject text, p_body text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    PERFORM require_level(2, 'write to customers');
    IF octet_length(p_body) > 200000 OR octet_length(p_subject) > 2000 THEN
        RAISE program_limit_exceeded USING MESSAGE = 'the text is longer than 200 kB: it is not kept, shorten it';
    END IF;
    IF coalesce(p_body, '') ~ '^\s*$' THEN
        DELETE FROM draft d WHERE d.role = session_user AND d.exception_id = p_exception;
        RETURN;
    END IF;
    INSERT INTO draft AS d (role, exception_id, channel, template_id, version, subject, body)
    SELECT session_user, e.id, p_channel, nullif(p_template, 0), nullif(p_version, 0), nullif(clean_message(p_subject), ''), clean_message(p_body) FROM seen(p_exception) e
        ON CONFLICT (role, exception_id) DO UPDATE
           SET channel = excluded.channel, template_id = excluded.template_id, version = excluded.version, subject = excluded.subject,
               body = excluded.body, updated_at = clock_timestamp();
END
$$;

GRANT EXECUTE ON FUNCTION outreach_check(jsonb), outreach_send(uuid, jsonb, bigint, text, text),
    draft_save(bigint, channel, int, int, text, text) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
