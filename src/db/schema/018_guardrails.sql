-- What stands between a message and its customer: the rules of contact, and guardrails(), the one
-- definition of all of core/outreach.h GUARDRAILS, asked when a text is shown, when it is queued and
-- again just before it goes out.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- rules of contact

INSERT INTO contact_policy (channel, quiet_from, quiet_to, cap, cap_hours, repeat_hours, stale_hours, consent_required, undo_seconds, max_segments)
VALUES (NULL,       '21:00', '08:00', 2, 24, 72, 168, true,  10, 3),
       ('email',    NULL,    NULL,    3, 24, 72, 168, false, 10, 3),
       ('sms',      '21:00', '08:00', 2, 24, 72, 168, true,  10, 3),
       ('whatsapp', '21:00', '08:00', 2, 24, 72, 168, true,  10, 3);

-- The row in force: the one that names most; among equals brand, then country, then channel. There is
-- always one: the row that names nothing cannot be removed.
CREATE FUNCTION policy_for(p_brand int, p_country text, p_channel channel) RETURNS contact_policy
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    p contact_policy;
BEGIN
    SELECT * INTO p FROM contact_policy y
     WHERE (y.brand_id IS NULL OR y.brand_id = p_brand) AND (y.country IS NULL OR y.country = p_country)
       AND (y.channel IS NULL OR y.channel = p_channel)
     ORDER BY num_nonnulls(y.brand_id, y.country, y.channel) DESC, y.brand_id NULLS LAST, y.country NULLS LAST
     LIMIT 1;
    RETURN p;
END
$$;

-- ---------------------------------------------------------------- hours

-- When the quiet that holds at p_at ends, null when it does not hold. Reckoned by the clock on the
-- wall: from 21:00 to 08:00 is quiet however long the night is. Where the end falls on a quiet day, the
-- end is after it. A time that the spring's change leaves out is the one right after it, and of two in
-- autumn it is the later one: no message comes early.
CREATE FUNCTION quiet_until(p contact_policy, p_zone text, p_at timestamptz) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
DECLARE
    t timestamp := p_at AT TIME ZONE p_zone;
    start timestamp := t;
BEGIN
    FOR i IN 1 .. 20 LOOP
        IF extract(isodow FROM t)::int = ANY (p.quiet_days) THEN
            t := t::date + 1;
        ELSIF p.quiet_from < p.quiet_to AND t::time >= p.quiet_from AND t::time < p.quiet_to THEN
            t := t::date + p.quiet_to;
        ELSIF p.quiet_from > p.quiet_to AND t::time >= p.quiet_from THEN
            t := t::date + 1 + p.quiet_to;
        ELSIF p.quiet_from > p.quiet_to AND t::time < p.quiet_to THEN
            t := t::date + p.quiet_to;
        ELSE
            EXIT;
        END IF;
    END LOOP;
    RETURN CASE WHEN t > start THEN t AT TIME ZONE p_zone END;
END
$$;

-- "08:00", "Monday 08:00", "3 Dec 08:00": an instant as people near p_at in that zone say it.
CREATE FUNCTION say_local(p timestamptz, p_zone text, p_at timestamptz) RETURNS text LANGUAGE sql STABLE
    RETURN (SELECT CASE WHEN days <= 1 AND t::time < time '12:00' OR days = 0 THEN to_char(t, 'HH24:MI')
                        WHEN days < 7 THEN to_char(t, 'FMDay HH24:MI') ELSE to_char(t, 'FMDD Mon HH24:MI') END
              FROM (SELECT p AT TIME ZONE p_zone AS t, (p AT TIME ZONE p_zone)::date - (p_at AT TIME ZONE p_zone)::date AS days) x);

-- ---------------------------------------------------------------- addresses and texts

-- "r…a@example.com", "+1 … 88".
CREATE FUNCTION mask_address(p text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN p LIKE '%@%' THEN left(p, 1) || '…' || CASE WHEN p LIKE '__@%' OR p LIKE '_@%' THEN '' ELSE right(split_part(p, '@', 1), 1) END
                                       || '@' || split_part(p, '@', 2)
                ELSE left(p, 2) || ' … ' || right(p, 2) END;

-- How many SMS a text makes, as core/sms.h counts them.
CREATE FUNCTION sms_segments(p text) RETURNS int LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    gsm boolean := p !~ '[^@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&''()*+,./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[~|€\]\f-]';
    wide text := CASE WHEN gsm THEN '[\^{}\\[~|€\]\f]' ELSE '[\U00010000-\U0010ffff]' END;
    doubles int := length(p) - length(regexp_replace(p, wide, '', 'g'));
    units int := length(p) + doubles;
    part int := CASE WHEN gsm THEN 153 ELSE 67 END;
    segments int := 1;
    used int := 0;
    w int;
    c text;
BEGIN
    IF units <= (CASE WHEN gsm THEN 160 ELSE 70 END) THEN
        RETURN least(units, 1);
    END IF;
    IF doubles = 0 OR (units + part - 1) / part = (units + part - 2) / (part - 1) THEN
        RETURN (units + part - 1) / part;
    END IF;
    FOREACH c IN ARRAY string_to_array(p, NULL) LOOP     -- two units that belong together are not cut apart
        w := CASE WHEN c ~ wide THEN 2 ELSE 1 END;
        IF used + w > part THEN
            segments := segments + 1;
            used := 0;
        END IF;
        used := used + w;
    END LOOP;
    RETURN segments;
END
$$;

CREATE FUNCTION text_hash(p_subject text, p_body text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN md5(coalesce(p_subject, '') || chr(31) || p_body)::uuid;

-- Did it reach the customer, or will it, as far as we know?
CREATE FUNCTION counts_as_told(s outreach_state) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN s IN ('queued', 'sending', 'sent', 'delivered', 'unknown');

-- "use e-mail or the phone": ways to the customer that are open, other than this one.
CREATE FUNCTION other_ways(c customer, p_country text, p_channel channel) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT CASE WHEN count(*) FILTER (WHERE v.open) = 0 THEN 'there is no other way to them on file'
                        ELSE 'use ' || string_agg(v.word, ' or ' ORDER BY v.i) FILTER (WHERE v.open) END
              FROM (VALUES (1, 'e-mail', p_channel <> 'email' AND channel_address('email', c.email, c.email_bad, NULL, NULL, NULL) IS NOT NULL
                                         AND c.consent ->> 'email' IS DISTINCT FROM 'false'),
                           (2, 'SMS', p_channel = 'email' AND channel_address('sms', NULL, NULL, c.phone, c.phone_bad, p_country) IS NOT NULL
                                      AND c.consent ->> 'sms' = 'true'),
                           (3, 'the phone', c.phone_bad IS NULL AND c.phone ~ '[0-9]')) v(i, word, open));

-- ---------------------------------------------------------------- the guardrails

-- A message to be judged. outreach_id: its row, once it is queued; then what it is compared with is what
-- came before it, or went out meanwhile, and its text is what it is. passed: warnings a lead has passed.
CREATE TYPE guard_item AS (
    ord int, exception_id bigint, template_id int, version int, channel channel, language text, to_address text,
    subject text, body text, html text, edited boolean, outreach_id bigint, passed text[]);

CREATE TYPE guard_verdict AS (guardrail text, effect verdict_effect, until timestamptz, message text, hold_id int);

-- In plpgsql, so that plans take it for a hundred rows, whatever the array's size.
CREATE FUNCTION each_item(p guard_item[]) RETURNS SETOF guard_item LANGUAGE plpgsql IMMUTABLE ROWS 100 AS $$
BEGIN
    RETURN QUERY SELECT * FROM unnest(p);
END
$$;

-- Everything in the way of each item at p_at; nothing: no row. Items of one call see each other: of the same
-- text to the same customer the first may go. p_pass: warnings will be passed, so a message with only those
-- counts as going, too. hold_id: the hold behind an outage_hold.
--
-- Planned once for few rows: each item is looked up by its keys, and no table is read through. What is known of
-- an item stays in its row from step to step; joining the steps would be slow for thousands.
CREATE FUNCTION guardrails(p_items guard_item[], p_at timestamptz, p_pass boolean DEFAULT false)
    RETURNS TABLE (ord int, guardrail text, effect verdict_effect, until timestamptz, message text, hold_id int)
    LANGUAGE plpgsql STABLE ROWS 100 SET search_path = doorstep, pg_temp SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET jit = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH given AS MATERIALIZED (
        SELECT i.*, e.brand_id, e.carrier_id, e.carrier_name, e.kind, e.state AS e_state, e.resolved_at, e.region, upper(e.country) AS country, e.city,
               s.effective_status, s.last_scan_at, e.customer_id, c, coalesce(nullif(btrim(c.name), ''), 'the customer') AS who,
               channel_address(i.channel, c.email, c.email_bad, c.phone, c.phone_bad, upper(e.country)) AS own_address, b.time_zone AS brand_zone,
               t.id AS t_id, t.name AS t_name, t.channel AS t_channel, t.brand_id AS t_brand, v.state AS v_state, v.version AS v_version, v.kinds,
               v.statuses, v.fresh_hours, v.required, v.provider_template, text_hash(i.subject, i.body) AS hash
          FROM each_item(p_items) i
          JOIN exception e ON e.id = i.exception_id
          JOIN shipment s ON s.id = e.shipment_id
          JOIN brand b ON b.id = e.brand_id
          LEFT JOIN customer c ON c.id = e.customer_id
          LEFT JOIN template t ON t.id = i.template_id
          LEFT JOIN template_version v ON v.template_id = i.template_id AND v.version = i.version
    ), policy AS MATERIALIZED (
        SELECT d.brand_id, d.country, d.channel, policy_for(d.brand_id, d.country, d.channel) AS p
          FROM (SELECT DISTINCT brand_id, coalesce(country, '') AS country, channel FROM given) d
    ), facts AS MATERIALIZED (
        SELECT d.exception_id, d.data
          FROM (SELECT coalesce(array_agg(x.exception_id), '{}') AS ids, coalesce(array_agg(x.language), '{}') AS languages
                  FROM (SELECT DISTINCT ON (exception_id) exception_id, coalesce(language, 'en') AS language FROM given
                         WHERE required <> '{}' AND NOT coalesce(edited, false) AND outreach_id IS NULL) x) a
         CROSS JOIN LATERAL outreach_facts(a.ids, a.languages) d
    ), item AS MATERIALIZED (
        SELECT g.*, y.p, q.zone, q.until AS quiet_until, q.goes,
               (SELECT a.actor FROM activity a WHERE g.e_state = 'resolved' AND g.outreach_id IS NOT NULL
                                               AND a.exception_id = g.exception_id AND a.after ->> 'state' = 'resolved'
                 ORDER BY a.seq DESC LIMIT 1) AS resolved_by,
               -- names without a value; a text changed by hand may do without them
               (SELECT string_agg(n, ', ') FROM unnest(g.required) n WHERE f.data IS NOT NULL AND NOT coalesce(g.edited, false)
                                                                        AND coalesce(f.data #>> string_to_array(n, '.'), '') = '') AS missing
          FROM given g
          LEFT JOIN facts f ON f.exception_id = g.exception_id
          JOIN policy y ON y.brand_id = g.brand_id AND y.country = coalesce(g.country, '') AND y.channel = g.channel
         CROSS JOIN LATERAL (SELECT z.zone, z.goes, CASE WHEN (y.p).quiet_from IS NOT NULL OR (y.p).quiet_days <> '{}'
                                                         THEN quiet_until(y.p, z.zone, z.goes) END AS until
                               FROM (SELECT recipient_zone((g.c).time_zone, g.brand_zone) AS zone,
                                            CASE WHEN g.outreach_id IS NULL THEN p_at + make_interval(secs => (y.p).undo_seconds) ELSE p_at END AS goes
                                     OFFSET 0) z
                             OFFSET 0) q
    ), judged AS MATERIALIZED (
        SELECT i.ord, i.customer_id, i.channel, i.hash, i.who, i.p, i.outreach_id, i.passed, v.verdicts, i.outreach_id IS NULL AND i.customer_id IS NOT NULL AND NOT v.stops AS going
          FROM item i
         CROSS JOIN LATERAL (
            SELECT coalesce(array_agg(ROW (x.*)::guard_verdict), '{}') AS verdicts,
                   coalesce(bool_or(x.effect = 'block' OR x.effect = 'warn' AND NOT p_pass), false) AS stops
              FROM (
            SELECT 'no_address', 'block'::verdict_effect, NULL::timestamptz,
                   CASE WHEN i.customer_id IS NULL THEN 'nobody knows yet whose parcel this is: its order has not arrived'
                        WHEN lower(i.to_address) <> lower(i.own_address) THEN format('%s is not the address of %s on file (%s): open it again and look',
                            mask_address(i.to_address), i.who, mask_address(i.own_address)) END,
                   NULL::int
            UNION ALL                   -- no_address, no_consent, do_not_contact
            SELECT b.guardrail, 'block', NULL,
                   CASE WHEN b.guardrail = 'no_consent' AND (i.c).consent ->> i.channel::text = 'false'
                        THEN format('%s withdrew consent for %s%s: %s', i.who, channel_label(i.channel),
                            (SELECT ' on ' || to_char(h.at AT TIME ZONE i.zone, 'FMDD Mon')
                                    || CASE WHEN h.note <> '' THEN ' (' || left(h.note, 40) || ')' ELSE '' END
                               FROM consent_change h WHERE h.customer_id = i.customer_id AND h.channel = i.channel ORDER BY h.id DESC LIMIT 1),
                            other_ways(i.c, i.country, i.channel))
                        ELSE b.message END, NULL
              FROM channel_barriers(i.channel, (i.c).name, (i.c).email, (i.c).email_bad, (i.c).phone, (i.c).phone_bad, i.country,
                                    (i.c).consent, (i.c).do_not_contact, (i.p).consent_required) b
             WHERE i.customer_id IS NOT NULL
            UNION ALL
            SELECT 'quiet_hours', 'defer', i.quiet_until,
                   CASE WHEN i.quiet_until IS NOT NULL THEN format('it is %s in %s: goes out at %s their time', to_char(i.goes AT TIME ZONE i.zone, 'HH24:MI'),
                        coalesce(nullif(i.city, ''), replace(substring(i.zone FROM '[^/]+$'), '_', ' ')), say_local(i.quiet_until, i.zone, i.goes)) END, NULL
            UNION ALL
            SELECT 'contradicts', 'block', NULL,
                   CASE WHEN i.e_state = 'resolved' AND (i.outreach_id IS NULL OR i.resolved_by IS DISTINCT FROM
                                 (SELECT o.by FROM outreach o WHERE o.id = i.outreach_id))
                        THEN format('#%s is resolved: reopen it before the customer is told anything', i.exception_id)
                        WHEN i.effective_status = 'delivered' AND i.kind <> 'delivery_disputed' AND coalesce(i.effective_status <> ALL (i.statuses), true)
                        THEN 'the parcel is delivered: what this message says is over'
                        WHEN i.statuses <> '{}' AND i.effective_status <> ALL (i.statuses)
                        THEN format('the parcel is "%s" and %s does not fit that: choose another message', replace(i.effective_status::text, '_', ' '), i.t_name)
                        WHEN i.kinds <> '{}' AND i.kind <> ALL (i.kinds)
                        THEN format('%s does not speak of "%s": choose another message', i.t_name, replace(i.kind::text, '_', ' ')) END, NULL
            UNION ALL
            SELECT 'stale', 'warn', NULL,
                   CASE WHEN (i.fresh_hours IS NOT NULL OR i.required && '{shipment.edd_text,shipment.status_text}')
                             AND coalesce(i.last_scan_at < p_at - make_interval(hours => least(i.fresh_hours, (i.p).stale_hours)), true)
                        THEN CASE WHEN i.last_scan_at IS NULL THEN 'the carrier never scanned it, and this message says where it is'
                                  ELSE format('the last scan was %s, and this message says where it is', ago(p_at - i.last_scan_at)) END
                             || ': look at the carrier''s page first, a lead may send it' END, NULL
            UNION ALL
            SELECT 'unfilled', 'block', NULL,
                   CASE WHEN coalesce(i.body ~ '^\s*$', true) THEN 'the message is empty: write what the customer should know'
                        WHEN i.channel = 'email' AND coalesce(i.subject ~ '^\s*$', true) THEN 'the e-mail has no subject: write one'
                        WHEN i.subject ~ '[\x01-\x1f\x7f-\x9f\u2028\u2029]' THEN 'the subject has a line break or another control character: keep it on one line'
                        WHEN concat(i.subject, i.body, i.html) ~ '\{\{|\}\}' THEN 'a {{name}} is left in the text: fill it in or take it out'
                        WHEN i.missing IS NOT NULL THEN format('%s %s not known here: write the text by hand, or choose another message', i.missing,
                                                       CASE WHEN i.missing LIKE '%,%' THEN 'are' ELSE 'is' END) END, NULL
            UNION ALL
            SELECT 'not_approved', CASE WHEN i.template_id IS NULL THEN 'warn'::verdict_effect ELSE 'block' END, NULL,
                   CASE WHEN i.template_id IS NULL THEN 'the text is from no approved template: choose one, or have a lead send it'
                        WHEN i.t_id IS NULL OR i.v_version IS NULL THEN 'that template is not there: choose one'
                        WHEN i.t_channel <> i.channel THEN format('%s is a template for %s: choose one for %s', i.t_name, channel_label(i.t_channel), channel_label(i.channel))
                        WHEN i.t_brand <> i.brand_id THEN format('%s is another brand''s template: choose one of this brand', i.t_name)
                        WHEN i.v_state = 'draft' THEN format('version %s of %s is a draft: a lead approves it first', i.version, i.t_name)
                        WHEN i.v_state = 'retired' THEN format('version %s of %s is out of use: choose it again as it is now', i.version, i.t_name) END, NULL
            UNION ALL
            (SELECT 'outage_hold', 'warn', NULL, format('messages%s are held since %s by %s (%s): wait, or have a lead send it',
                        concat(CASE WHEN h.carrier_id IS NOT NULL THEN ' about ' || i.carrier_name END, ' to ' || h.region), say_instant(h.since), h.by, left(h.reason, 60)), h.id
               FROM message_hold h
              WHERE h.ended_at IS NULL AND (h.brand_id IS NULL OR h.brand_id = i.brand_id) AND (h.carrier_id IS NULL OR h.carrier_id = i.carrier_id)
                AND (h.region IS NULL OR h.region = i.region) AND (h.kind IS NULL OR h.kind = i.kind)
              ORDER BY h.id LIMIT 1)
            UNION ALL
            SELECT 'whatsapp_window', 'block', NULL,
                   CASE WHEN i.channel = 'whatsapp' AND (i.provider_template IS NULL OR coalesce(i.edited, false))
                             AND NOT EXISTS (SELECT FROM contact k WHERE k.customer_id = i.customer_id AND k.channel = 'whatsapp'
                                                                     AND k.at > i.goes - interval '24 hours')
                        THEN format('%s has not written on WhatsApp in the last 24 hours: only a template approved there, unchanged, may go; %s',
                                    i.who, other_ways(i.c, i.country, i.channel)) END, NULL
            UNION ALL
            SELECT 'too_long', CASE WHEN l.hard THEN 'block'::verdict_effect ELSE 'warn' END, NULL,
                   CASE WHEN l.hard AND i.channel = 'email' THEN 'the e-mail is longer than 100 kB: shorten it'
                        WHEN l.hard THEN format('%s characters are too many: providers take 1,600, shorten it', length(i.body))
                        WHEN l.parts > (i.p).max_segments THEN format('it makes %s SMS where %s are allowed: shorten it, or have a lead send it', l.parts, (i.p).max_segments) END, NULL
              FROM (SELECT CASE i.channel WHEN 'email' THEN octet_length(i.body) > 102400 OR coalesce(octet_length(i.html), 0) > 102400
                                ELSE length(i.body) > 1600 END AS hard,
                           CASE WHEN i.channel = 'sms' AND length(i.body) <= 1600 THEN sms_segments(i.body) ELSE 0 END AS parts OFFSET 0) l
            UNION ALL
            SELECT 'internal', 'block', NULL, CASE WHEN i.kind = 'tracking_error' THEN 'a tracking error is ours to mend: customers are not told of it' END, NULL
            UNION ALL                   -- the same to the same customer already
            SELECT 'repeated', CASE WHEN same.id IS NOT NULL THEN 'block'::verdict_effect ELSE 'warn' END, NULL,
                   CASE WHEN same.id IS NOT NULL
                        THEN format('%s got these very words %s (#%s): write something else', i.who, ago(p_at - same.created_at), same.exception_id)
                        WHEN alike.created_at IS NOT NULL
                        THEN format('%s got the %s "%s" for this %s from %s: choose another message, or have a lead send it', i.who, channel_label(i.channel), i.t_name,
                                    ago(p_at - alike.created_at), alike.by) END, NULL
              FROM (SELECT) one
              LEFT JOIN LATERAL (SELECT o.id, o.created_at, o.exception_id FROM outreach o
                                  WHERE o.customer_id = i.customer_id AND o.text_hash = i.hash AND counts_as_told(o.state)
                                    AND o.created_at > p_at - make_interval(hours => (i.p).repeat_hours)
                                    AND (i.outreach_id IS NULL OR o.id < i.outreach_id OR (o.id > i.outreach_id AND o.state <> 'queued'))
                                  ORDER BY o.id DESC LIMIT 1) same ON true
              LEFT JOIN LATERAL (SELECT o.created_at, o.by FROM outreach o JOIN template n ON n.id = o.template_id
                                  WHERE o.exception_id = i.exception_id AND o.customer_id = i.customer_id AND o.channel = i.channel AND n.name = i.t_name
                                    AND counts_as_told(o.state)
                                    AND o.created_at > p_at - make_interval(hours => (i.p).repeat_hours)
                                    AND (i.outreach_id IS NULL OR o.id < i.outreach_id OR (o.id > i.outreach_id AND o.state <> 'queued'))
                                  ORDER BY o.id DESC LIMIT 1) alike ON same.id IS NULL
              ) x(guardrail, effect, until, message, hold_id)
             WHERE x.message IS NOT NULL AND NOT (x.effect = 'warn' AND x.guardrail = ANY (coalesce(i.passed, '{}')))
         ) v
    ), once AS (                        -- of the same words to a customer the first may go
        SELECT j.*, j.going AND (j.p).repeat_hours > 0 AND row_number() OVER (PARTITION BY j.customer_id, j.hash, j.going ORDER BY j.ord) > 1 AS again FROM judged j
    ), counted AS (                     -- and what goes before it counts for the cap
        SELECT c.*, count(*) FILTER (WHERE c.going AND NOT c.again) OVER (PARTITION BY c.customer_id, c.channel ORDER BY c.ord
                                                                          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS ahead FROM once c
    )
    SELECT c.ord, v.*
      FROM counted c
     CROSS JOIN LATERAL (
        SELECT * FROM unnest(c.verdicts)
        UNION ALL SELECT 'repeated', 'block', NULL, format('the same words go to %s with another of these parcels: once is enough', c.who), NULL WHERE c.again
        UNION ALL SELECT 'frequency_cap', 'warn', NULL,
                         format('%s got %s messages by %s in %s hours already: wait, or have a lead send it', c.who, n.n, channel_label(c.channel), (c.p).cap_hours), NULL
                    FROM (SELECT count(*) + CASE WHEN c.going AND NOT c.again THEN c.ahead ELSE 0 END AS n FROM outreach o
                           WHERE o.customer_id = c.customer_id AND o.channel = c.channel AND counts_as_told(o.state)
                             AND o.created_at > p_at - make_interval(hours => (c.p).cap_hours)
                             AND (c.outreach_id IS NULL OR o.id < c.outreach_id OR (o.id > c.outreach_id AND o.state <> 'queued'))) n
                   WHERE n.n >= (c.p).cap AND NOT 'frequency_cap' = ANY (coalesce(c.passed, '{}'))) v
    ORDER BY 1;
END
$$;

-- ---------------------------------------------------------------- what a verdict rests on

-- What guardrails() goes by for messages of these exceptions, each as a number: while it is the same, so is the verdict,
-- but for what time alone changes (guard_lasts). Whatever guardrails() reads is in it: nobody who changes a customer, a
-- parcel, a template, a policy or a hold has to know of messages that wait. Not in it: the message's own row, which
-- never changes in what is judged; wording; who resolved an exception (when they did is, and nothing is queued for a
-- resolved one); what they wrote on WhatsApp (guard_lasts gives no time to messages that need it).
-- Of the customer's other messages it is the set of those that count: with the same ones caps and repeats can but ease.
-- p_own: the messages themselves, null before they are queued. (An array that is null is one of nulls.)
CREATE FUNCTION guard_stamps(p_exceptions bigint[], p_templates int[], p_versions int[], p_own bigint[]) RETURNS TABLE (ord bigint, stamp bigint)
    LANGUAGE plpgsql STABLE ROWS 100 SET search_path = doorstep, pg_temp SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    rules bigint := hash_record_extended(ROW ((SELECT bit_xor(hash_record_extended(y, 0)) FROM contact_policy y),
                                              (SELECT bit_xor(hash_record_extended(h, 0)) FROM message_hold h WHERE h.ended_at IS NULL)), 0);
BEGIN
    RETURN QUERY
    SELECT i.ord, hash_record_extended(ROW (
               rules, e.brand_id, e.carrier_id, e.kind, e.resolved_at, e.region, e.country,
               s.effective_status, s.last_scan_at, b.time_zone, e.customer_id, c.email, c.email_bad, c.phone, c.phone_bad, c.consent,
               c.do_not_contact, c.time_zone, t.name, t.channel, t.brand_id,
               v.state, v.kinds, v.statuses, v.fresh_hours, v.required, v.provider_template,
               (SELECT bit_xor(hashint8extended(o.id, 0)) FROM outreach o
                 WHERE o.customer_id = e.customer_id AND counts_as_told(o.state) AND o.id IS DISTINCT FROM i.own)), 0)
      FROM unnest(p_exceptions, p_templates, p_versions, p_own) WITH ORDINALITY i(exception, template, version, own, ord)
      JOIN exception e ON e.id = i.exception
      JOIN shipment s ON s.id = e.shipment_id
      JOIN brand b ON b.id = e.brand_id
      LEFT JOIN customer c ON c.id = e.customer_id
      LEFT JOIN template t ON t.id = i.template
      LEFT JOIN template_version v ON v.template_id = i.template AND v.version = i.version;
END
$$;

-- For how long at most a verdict that lets a message go at p_from stays so by itself: until it is quiet there, until the
-- scan it rests on is old. Two hours early: clocks are put back by no more. Null: not at all.
CREATE FUNCTION guard_lasts(i guard_item, p_zone text, p contact_policy, v template_version, p_last_scan_at timestamptz, p_passed text[],
                            p_from timestamptz) RETURNS tstzrange
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    there timestamp := p_from AT TIME ZONE p_zone;
    until timestamptz := 'infinity';
BEGIN
    IF i.channel = 'whatsapp' AND (v.provider_template IS NULL OR coalesce(i.edited, false)) THEN
        RETURN NULL;                   -- the customer's own message opens a window, which closes
    END IF;
    IF p.quiet_days <> '{}' THEN
        until := (there::date + 1) AT TIME ZONE p_zone - interval '2 hours';
    END IF;
    IF p.quiet_from IS NOT NULL THEN
        until := least(until, (there::date + p.quiet_from + make_interval(days => (there::time >= p.quiet_from)::int)) AT TIME ZONE p_zone - interval '2 hours');
    END IF;
    IF (v.fresh_hours IS NOT NULL OR v.required && '{shipment.edd_text,shipment.status_text}') AND 'stale' <> ALL (p_passed) THEN
        until := least(until, p_last_scan_at + make_interval(hours => least(v.fresh_hours, p.stale_hours)));
    END IF;
    RETURN CASE WHEN until > p_from THEN tstzrange(p_from, until) END;
END
$$;

RESET search_path;
RESET ROLE;
