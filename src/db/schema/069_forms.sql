-- What customers do on a tracking page: forms, which come by `doorstep webhook` into the inbox and from there into the timeline;
-- and the scores they give.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

ALTER TABLE inbox DROP CONSTRAINT inbox_source_check;
ALTER TABLE inbox ADD CONSTRAINT inbox_source_check CHECK (source ~ '^(carrier|receipt|case|form)/[a-z0-9_]{1,24}$');

-- The last score given on an exception's parcel; a later one takes its place, what was said with it stays in contact.
CREATE TABLE csat (
    exception_id bigint PRIMARY KEY,
    brand_id     int NOT NULL,
    shipment_id  bigint NOT NULL,
    score        smallint NOT NULL CHECK (score BETWEEN 1 AND 5),
    at           timestamptz NOT NULL,
    outreach_id  bigint                    -- the last message of ours before it; null: none
);
CREATE INDEX csat_at ON csat (at);
ALTER TABLE csat ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_brand ON csat FOR SELECT TO doorstep_viewer
    USING ((SELECT my_brands()) IS NULL OR brand_id = ANY ((SELECT my_brands())::int[]));
GRANT SELECT ON csat TO doorstep_viewer;

INSERT INTO retention_policy (table_name, act, what) VALUES
    ('page', 'kept', 'which page is whose; the page itself is removed 180 days after the end'),
    ('csat', 'kept', 'scores: numbers without words');

-- Takes a form from a page: into the inbox, if there is such a page and it is still followed, and at most ten an hour from each.
-- What is of no page is stored nowhere, so guessing fills nothing. code: ok, gone, many; answer: what the answer's page needs. The
-- fields are read and bounded by the caller (core/form.h), and bounded here again.
CREATE FUNCTION form_add(p_token text, p_action text, p_fields jsonb) RETURNS TABLE (code text, answer jsonb)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz := clock_timestamp();
    used int;
    k record;
BEGIN
    IF p_action IS NULL OR p_action <> ALL ('{address,day,pickup,feedback}'::text[]) OR jsonb_typeof(p_fields) IS DISTINCT FROM 'object'
       OR octet_length(p_fields::text) > 32768 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'that is no form of a tracking page';
    END IF;
    SELECT e.state, b.name, b.support, b.page_color, b.contact_url, b.page_url, e.tracking_number, e.effective_status,
           spoken(coalesce(c.language, e.language, b.language)) AS l
      INTO k
      FROM page g
      JOIN LATERAL (SELECT * FROM exception e WHERE e.shipment_id = g.shipment_id ORDER BY (e.state <> 'resolved') DESC, e.id DESC LIMIT 1) e ON true
      JOIN brand b ON b.id = e.brand_id AND b.page_url IS NOT NULL AND b.form_url IS NOT NULL
      LEFT JOIN customer c ON c.id = e.customer_id
     WHERE g.token = p_token AND page_stage(e.state, e.resolved_at, moment) = 'live'
       AND NOT EXISTS (SELECT FROM shipment s WHERE s.id = g.shipment_id AND s.erased);
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'gone', NULL::jsonb;
        RETURN;
    END IF;
    UPDATE page g SET posts_since = CASE WHEN g.posts_since > moment - interval '1 hour' THEN g.posts_since ELSE moment END,
                      posts = CASE WHEN g.posts_since > moment - interval '1 hour' THEN least(g.posts, 1000) + 1 ELSE 1 END
     WHERE g.token = p_token RETURNING g.posts INTO used;
    IF used <= 10 THEN
        INSERT INTO inbox (source, content_type, body)
        VALUES ('form/' || p_action, 'application/json', convert_to(jsonb_build_object('token', p_token, 'action', p_action, 'fields', p_fields)::text, 'UTF8'));
    END IF;
    RETURN QUERY SELECT CASE WHEN used <= 10 THEN 'ok' ELSE 'many' END,
        jsonb_build_object('lang', k.l, 'back', page_link(k.page_url, p_token),
            'brand', jsonb_build_object('name', k.name, 'support', coalesce(k.support, ''), 'color', coalesce(k.page_color, '#1f3a5f'),
                                        'ink', page_ink(coalesce(k.page_color, '#1f3a5f'))),
            'contact', coalesce(k.contact_url, ''));
END
$$;
GRANT EXECUTE ON FUNCTION form_add(text, text, jsonb) TO doorstep_feed;

-- A text of a form, for the timeline: bounded, without what cannot be seen.
CREATE FUNCTION form_text(p jsonb, p_field text, p_most int) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN left(clean_text(p ->> p_field), p_most);

-- A form's day as people say it; what is none stays as it came.
CREATE FUNCTION form_day(p text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET datestyle = 'ISO' AS $$
BEGIN
    RETURN to_char(p::date, 'Dy FMDD Mon');
EXCEPTION WHEN data_exception THEN
    RETURN p;
END
$$;

-- What a form says: in the timeline's words, and what it is as a contact.
CREATE FUNCTION form_says(p_action text, f jsonb, OUT note text, OUT said text, OUT driver text, OUT score int) LANGUAGE plpgsql IMMUTABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    extra text := form_text(f, 'note', 500);
BEGIN
    score := CASE WHEN p_action = 'feedback' AND f ->> 'score' ~ '^[1-5]$' THEN (f ->> 'score')::int END;
    said := CASE p_action
        WHEN 'address' THEN concat_ws(', ', form_text(f, 'line1', 120), form_text(f, 'line2', 120),
                                      nullif(concat_ws(' ', form_text(f, 'postal', 16), form_text(f, 'city', 64)), ''), form_text(f, 'region', 32), form_text(f, 'country', 40))
        WHEN 'day' THEN substring(f ->> 'date' FROM '^\d{4}-\d\d-\d\d$')
        WHEN 'pickup' THEN form_text(f, 'place', 200)
        ELSE coalesce(form_text(f, 'text', 2000), '') END;
    driver := CASE p_action WHEN 'address' THEN 'address' WHEN 'day' THEN 'reschedule' WHEN 'pickup' THEN 'pickup'
                            WHEN 'feedback' THEN CASE WHEN score IS NULL THEN 'reply' ELSE 'feedback' END END;
    note := CASE p_action
        WHEN 'address' THEN format('gave another address on the tracking page: "%s"', said)
        WHEN 'day' THEN format('asked on the tracking page for delivery on %s', form_day(said))
        WHEN 'pickup' THEN format('asked on the tracking page to collect it: "%s"', said)
        ELSE CASE WHEN score IS NULL THEN 'wrote on the tracking page' ELSE format('gave us %s of 5 on the tracking page', score) END
             || coalesce(': "' || nullif(left(said, 500), '') || CASE WHEN length(said) > 500 THEN ' …"' ELSE '"' END, '') END
        || coalesce(', note: "' || extra || '"', '');
    said := said || coalesce(E'\n' || extra, '');
END
$$;

-- Puts one form of the inbox, which came at p_at, into the timeline of its parcel's exception: the open one, else the newest.
-- outcome: merged, duplicate (the same within a day: a second click; or who sent it was forgotten meanwhile), gone (no such page any more). A wish or words wake what waits or
-- sleeps and mark it as answered by the customer; a score alone does so where it is 1 or 2. What is resolved stays so, marked.
CREATE FUNCTION form_merge(p_item jsonb, p_at timestamptz) RETURNS TABLE (outcome text, why text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    act text := p_item ->> 'action';
    same text := md5(concat_ws('/', p_item ->> 'token', act, p_item ->> 'fields'));
    says record := form_says(act, coalesce(p_item -> 'fields', '{}'));
    stirs boolean;
    e exception;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('doorstep feed'));
    SELECT x.* INTO e FROM page g JOIN exception x ON x.shipment_id = g.shipment_id
     WHERE g.token = p_item ->> 'token' ORDER BY (x.state <> 'resolved') DESC, x.id DESC LIMIT 1 FOR UPDATE OF x;
    IF NOT FOUND OR says.driver IS NULL THEN
        RETURN QUERY SELECT 'gone', 'no page has that token any more; the customer was told that it arrived, so look who it was';
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM shipment s WHERE s.id = e.shipment_id AND s.erased) OR EXISTS (SELECT FROM contact c WHERE c.provider = 'page' AND c.at > p_at - interval '1 day'
                  AND c.provider_id IN (same || to_char(p_at, '-YYYYMMDD'), same || to_char(p_at - interval '1 day', '-YYYYMMDD'))) THEN
        RETURN QUERY SELECT 'duplicate', NULL;
        RETURN;
    END IF;
    INSERT INTO contact (brand_id, customer_id, exception_id, outreach_id, channel, via, from_address, at, text, driver, provider, provider_id)
    VALUES (e.brand_id, e.customer_id, e.id, NULL, NULL, 'form', '', p_at, CASE WHEN says.said = '' THEN 'score ' || says.score ELSE says.said END, says.driver, 'page',
            same || to_char(p_at, '-YYYYMMDD'))
    ON CONFLICT (provider, provider_id) DO NOTHING;
    IF says.score IS NOT NULL THEN
        INSERT INTO csat AS c (exception_id, brand_id, shipment_id, score, at, outreach_id)
        VALUES (e.id, e.brand_id, e.shipment_id, says.score, p_at,
                (SELECT o.id FROM outreach o WHERE o.exception_id = e.id AND o.sent_at <= p_at ORDER BY o.sent_at DESC, o.id DESC LIMIT 1))
        ON CONFLICT (exception_id) DO UPDATE SET score = excluded.score, at = excluded.at, outreach_id = excluded.outreach_id WHERE c.at <= excluded.at;
    END IF;
    stirs := act <> 'feedback' OR says.said <> '' OR says.score <= 2;
    PERFORM came_back(e.id, CASE WHEN act = 'feedback' THEN 'feedback' ELSE 'form' END, says.note, CASE WHEN stirs THEN 256 ELSE 0 END,
                      CASE WHEN stirs THEN '{waiting,snoozed}' ELSE '{}' END::exception_state[], clock_timestamp());
    RETURN QUERY SELECT 'merged', NULL;
END
$$;
GRANT EXECUTE ON FUNCTION form_merge(jsonb, timestamptz) TO doorstep_feed;

-- What the customer of an exception asked for or wrote last, while nobody has dealt with it (mark 256); no row: nothing.
CREATE FUNCTION customer_said(p_id bigint) RETURNS TABLE (said text, said_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = doorstep, pg_temp AS $$
    SELECT CASE WHEN k.provider <> 'page' THEN 'wrote' || coalesce(': "' || nullif(left(clean_text(k.text), 160), '') || '"', '')
                ELSE CASE k.driver WHEN 'reschedule' THEN 'asked for another day: ' || form_day(x.first)
                                   WHEN 'address' THEN 'gave another address: ' || left(x.first, 140)
                                   WHEN 'pickup' THEN 'wants to collect it: ' || left(x.first, 140)
                                   WHEN 'feedback' THEN coalesce('gave us ' || (SELECT c.score FROM csat c WHERE c.exception_id = k.exception_id) || ' of 5', 'wrote')
                                                        || CASE WHEN x.first ~ '^score [1-5]$' THEN '' ELSE ': "' || left(x.first, 140) || '"' END
                                   ELSE 'wrote: "' || left(x.first, 140) || '"' END
                     || coalesce(', "' || nullif(left(x.rest, 80), '') || '"', '') END, k.at
      FROM seen(p_id) e
      JOIN LATERAL (SELECT * FROM contact k WHERE k.exception_id = e.id AND k.by IS NULL AND k.taken_back_at IS NULL
                       AND k.driver NOT IN ('opt_out', 'opt_in', 'auto_reply') ORDER BY k.at DESC, k.id DESC LIMIT 1) k ON true
     CROSS JOIN LATERAL (SELECT coalesce(split_part(k.text, E'\n', 1), '') AS first, coalesce(clean_text(substring(k.text FROM E'\n(.*)$')), '') AS rest) x
     WHERE e.marks & 256 <> 0
$$;
GRANT EXECUTE ON FUNCTION customer_said(bigint) TO doorstep_viewer;

-- ---------------------------------------------------------------- asking for a score

-- Made for delivered parcels and of no kind: the one sort of message that may go out about what is resolved, for a week, and once.
CREATE FUNCTION asks_afterwards(p_kinds exception_kind[], p_statuses shipment_status[], p_resolved timestamptz, p_now timestamptz) RETURNS boolean LANGUAGE sql IMMUTABLE
    RETURN coalesce(p_kinds = '{}' AND p_statuses = '{delivered}' AND p_resolved > p_now - interval '7 days', false);
CREATE FUNCTION asked_afterwards(p_exception bigint, p_name text, p_own bigint) RETURNS boolean LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT EXISTS (SELECT FROM outreach o JOIN template n ON n.id = o.template_id
                    WHERE o.exception_id = p_exception AND n.name = p_name AND counts_as_told(o.state) AND (p_own IS NULL OR o.id < p_own))
$$;
SELECT patch_function('guardrails(guard_item[], timestamptz, boolean)'::regprocedure, 'CASE WHEN i.e_state = ''resolved'' AND (i.outreach_id IS NULL',
    'CASE WHEN i.e_state = ''resolved'' AND asks_afterwards(i.kinds, i.statuses, i.resolved_at, p_at)
                        THEN CASE WHEN asked_afterwards(i.exception_id, i.t_name, i.outreach_id) THEN format(''%s was asked that already about #%s: once is enough'', i.who, i.exception_id)
                                  WHEN i.effective_status <> ''delivered'' THEN format(''the parcel is "%s": %s is for delivered ones'', replace(i.effective_status::text, ''_'', '' ''), i.t_name) END
                        WHEN i.e_state = ''resolved'' AND (i.outreach_id IS NULL');
-- A macro changes what is open. Nobody comes to own what is over (071).
SELECT patch_function('outreach_send(uuid, jsonb, bigint, text, text)'::regprocedure, 'WHEN e.state = ''resolved'' THEN ''resolved''',
    'WHEN e.state = ''resolved'' AND (macro IS NOT NULL OR NOT EXISTS (SELECT FROM template_version v WHERE v.template_id = (u.item).template_id AND v.version = (u.item).version
                                                                                           AND asks_afterwards(v.kinds, v.statuses, e.resolved_at, moment))) THEN ''resolved''');

RESET search_path;
RESET ROLE;
