-- Templates: which channel reaches whom, which template fits, and how their versions come about.
-- The texts are rendered by the client (core/template.h).

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- which channel reaches whom

-- "SMS", "e-mail", "WhatsApp" within a sentence.
CREATE FUNCTION channel_label(p channel) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE p WHEN 'email' THEN 'e-mail' WHEN 'sms' THEN 'SMS' WHEN 'whatsapp' THEN 'WhatsApp' END;

-- The same as core/address.h: a dot-string, "@", two labels at least of which the last is no number. Beyond
-- ASCII whatever is not a blank, a control or invisible.
CREATE FUNCTION is_email(p text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    -- nearly all are short and plain, and no more need be asked of them
    IF octet_length(p) <= 63 AND p ~ '^[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]+$' THEN
        RETURN true;
    END IF;
    RETURN octet_length(p) <= 254
       AND p ~ '^[A-Za-z0-9!#$%&''*+/=?^_`{|}~\u00a1-\U0010ffff-]+(\.[A-Za-z0-9!#$%&''*+/=?^_`{|}~\u00a1-\U0010ffff-]+)*@([A-Za-z0-9\u00a1-\U0010ffff]([A-Za-z0-9\u00a1-\U0010ffff-]*[A-Za-z0-9\u00a1-\U0010ffff])?\.)+[A-Za-z0-9\u00a1-\U0010ffff]([A-Za-z0-9\u00a1-\U0010ffff-]*[A-Za-z0-9\u00a1-\U0010ffff])?$'
       AND p !~ '\.[0-9]+$'
       AND p !~ '[\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffd]'
       AND octet_length(split_part(p, '@', 1)) <= 64
       AND (SELECT bool_and(octet_length(l) <= 63) FROM unnest(string_to_array(split_part(p, '@', 2), '.')) l);
END
$$;

-- Where a message on a channel goes; null: nowhere. An address marked as bad is none.
CREATE FUNCTION channel_address(p_channel channel, p_email text, p_email_bad text, p_phone text, p_phone_bad text, p_country text)
    RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN p_channel = 'email' THEN CASE WHEN p_email_bad IS NULL AND is_email(btrim(p_email)) THEN btrim(p_email) END
                WHEN p_phone_bad IS NULL THEN phone_e164(p_phone, p_country) END;

-- What keeps a channel from being used for a customer at all, whatever is said: guardrails
-- do_not_contact, no_consent and no_address, the gravest first, each with a sentence. No row:
-- it may be used. p_required: consent has to be given (policy), not only not withdrawn.
CREATE FUNCTION channel_barriers(p_channel channel, p_name text, p_email text, p_email_bad text, p_phone text, p_phone_bad text, p_country text,
                                 p_consent jsonb, p_do_not_contact boolean, p_required boolean)
    RETURNS TABLE (guardrail text, message text) LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 1 AS $$
DECLARE
    said text := p_consent ->> p_channel::text;
BEGIN
    IF p_do_not_contact THEN
        RETURN QUERY SELECT 'do_not_contact', format('%s asked not to be contacted: only they can change that', coalesce(p_name, 'the customer'));
    END IF;
    IF (p_required AND said IS DISTINCT FROM 'true') OR said = 'false' THEN
        RETURN QUERY SELECT 'no_consent', CASE WHEN said = 'false'
            THEN format('%s does not want %s: choose another channel', coalesce(p_name, 'the customer'),
                        CASE p_channel WHEN 'email' THEN 'e-mails' WHEN 'sms' THEN 'SMS' ELSE 'WhatsApp messages' END)
            ELSE format('%s has not agreed to %s: choose another channel, or ask first', coalesce(p_name, 'the customer'), channel_label(p_channel)) END;
    END IF;
    IF channel_address(p_channel, p_email, p_email_bad, p_phone, p_phone_bad, p_country) IS NULL THEN
        RETURN QUERY SELECT 'no_address', CASE
            WHEN p_channel = 'email' THEN
                CASE WHEN coalesce(btrim(p_email), '') = '' THEN 'no e-mail address is on file: choose another channel'
                     WHEN p_email_bad IS NOT NULL THEN format('%s takes no mail (%s): ask for another address', p_email, p_email_bad)
                     ELSE format('"%s" is no e-mail address: ask for the right one', p_email) END
            WHEN coalesce(btrim(p_phone), '') = '' THEN 'no phone number is on file: choose another channel'
            WHEN p_phone_bad IS NOT NULL THEN format('%s takes no messages (%s): ask for another number', p_phone, p_phone_bad)
            ELSE format('"%s" is no complete phone number: ask for it with its country code', p_phone) END;
    END IF;
END
$$;

-- For each of p_ids and each channel: may it be used, where it goes, and what is in the way.
CREATE FUNCTION channels_of(p_ids bigint[])
    RETURNS TABLE (exception_id bigint, channel channel, preferred boolean, address text, guardrail text, message text)
    LANGUAGE plpgsql STABLE ROWS 100 SET search_path = doorstep, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off AS $$
BEGIN
    RETURN QUERY
    WITH who AS MATERIALIZED (
        SELECT e.id, e.brand_id, e.customer_id, upper(e.country) AS country FROM exception e WHERE e.id = ANY (p_ids)
    ), rule AS MATERIALIZED (
        SELECT d.brand_id, d.country, h.channel, (policy_for(d.brand_id, d.country, h.channel)).consent_required AS required
          FROM (SELECT DISTINCT w.brand_id, w.country FROM who w) d CROSS JOIN unnest(enum_range(NULL::channel)) h(channel)
    )
    SELECT w.id, r.channel, c.preferred_channel IS NOT DISTINCT FROM r.channel::text,
           channel_address(r.channel, c.email, c.email_bad, c.phone, c.phone_bad, w.country),
           CASE WHEN c.id IS NULL THEN 'no_address' ELSE bar.guardrail END,
           CASE WHEN c.id IS NULL THEN 'it is not known whose parcel this is: its order has not come in' ELSE bar.message END
      FROM who w
      JOIN rule r ON r.brand_id = w.brand_id AND r.country IS NOT DISTINCT FROM w.country
      LEFT JOIN customer c ON c.id = w.customer_id
      LEFT JOIN LATERAL (SELECT b.guardrail, b.message
                           FROM channel_barriers(r.channel, c.name, c.email, c.email_bad, c.phone, c.phone_bad, w.country, c.consent,
                                                 c.do_not_contact, r.required) b LIMIT 1) bar ON true;
END
$$;

-- ---------------------------------------------------------------- what an exception's customer would get

-- The languages to try, best first: the customer's, its main one, the brand's, English.
CREATE FUNCTION languages_of(p_customer text, p_brand text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY(SELECT l FROM unnest(ARRAY[lower(p_customer), split_part(lower(p_customer), '-', 1), lower(p_brand), split_part(lower(p_brand), '-', 1), 'en'])
                      WITH ORDINALITY x(l, i) WHERE l <> '' GROUP BY l ORDER BY min(i));

-- One row an id, in their order: the template, what it is filled with, and where it goes. By
-- p_template and p_version (any state; null version: the approved one, else the newest), or by
-- p_name: the approved version that fits the customer best. p_channel null: the preferred one
-- that may be used, else e-mail, SMS, WhatsApp in that order. Neither template nor name: only
-- data and address, for a text written by hand. code 'ok', or why there is no template:
-- gone, invalid (not made for this brand or channel), or the guardrail that closes the channels.
CREATE FUNCTION outreach_render_set(p_ids bigint[], p_template int, p_version int, p_name text, p_channel text)
    RETURNS TABLE (ord int, exception_id bigint, template_id int, version int, channel text, language text, subject text, body text,
                   html text, required text[], provider_template text, provider_names text[], data jsonb, to_address text, to_name text,
                   code text, message text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = doorstep, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
    said channel;
    t template;
    number int := p_version;
BEGIN
    PERFORM require_level(1, 'look at messages');
    IF p_channel IS NOT NULL THEN
        IF p_channel <> ALL (enum_range(NULL::channel)::text[]) THEN
            RAISE invalid_parameter_value USING MESSAGE = format('"%s" is no channel: use email, sms or whatsapp', p_channel);
        END IF;
        said := p_channel::channel;
    END IF;
    IF p_template IS NOT NULL THEN
        SELECT * INTO t FROM template x WHERE x.id = p_template AND (x.brand_id IS NULL OR mine IS NULL OR x.brand_id = ANY (mine));
        IF t.id IS NOT NULL AND number IS NULL THEN
            number := (SELECT v.version FROM template_version v WHERE v.template_id = t.id ORDER BY v.state = 'approved' DESC, v.version DESC LIMIT 1);
        END IF;
        IF t.id IS NULL OR NOT EXISTS (SELECT FROM template_version v WHERE v.template_id = t.id AND v.version = number) THEN
            RAISE invalid_parameter_value USING MESSAGE = format('there is no template %s%s: "doorstep template list" shows them', p_template, coalesce(' version ' || p_version, ''));
        END IF;
    ELSIF p_name IS NOT NULL AND NOT EXISTS (SELECT FROM template x WHERE x.name = p_name AND (x.brand_id IS NULL OR mine IS NULL OR x.brand_id = ANY (mine))) THEN
        RAISE invalid_parameter_value USING MESSAGE = format('there is no template "%s": "doorstep template list" shows them', p_name);
    END IF;
    RETURN QUERY
    WITH asked AS MATERIALIZED (
        SELECT x.i::int AS i, x.id, e.id AS found, e.brand_id, upper(coalesce(e.country, '')) AS country, c,
               coalesce(c.language, e.language, b.language, 'en') AS spoken, languages_of(coalesce(c.language, e.language), b.language) AS languages
          FROM unnest(p_ids) WITH ORDINALITY x(id, i)
          LEFT JOIN exception e ON e.id = x.id AND (mine IS NULL OR e.brand_id = ANY (mine))
          LEFT JOIN brand b ON b.id = e.brand_id
          LEFT JOIN customer c ON c.id = e.customer_id
    ), rule AS MATERIALIZED (
        SELECT d.brand_id, d.country, h.channel, (policy_for(d.brand_id, d.country, h.channel)).consent_required AS required
          FROM (SELECT DISTINCT a.brand_id, a.country FROM asked a WHERE a.found IS NOT NULL) d CROSS JOIN unnest(enum_range(NULL::channel)) h(channel)
    ), approved AS MATERIALIZED (      -- what a name stands for: a few dozen at most
        SELECT x.id, x.channel, x.language, x.brand_id, v.version
          FROM template x JOIN template_version v ON v.template_id = x.id AND v.state = 'approved' WHERE p_template IS NULL AND x.name = p_name
    ), picked AS MATERIALIZED (
        SELECT a.i, a.id, a.found, a.brand_id, a.country, (a.c).name AS customer, p.*
          FROM asked a
          LEFT JOIN LATERAL (
            -- the channels in the order they are tried, the first that has a text and, unless one was
            -- named, may be used; none: the first, and why not
            SELECT y.id AS template_id, y.version, coalesce(y.channel, w.channel) AS channel, coalesce(y.language, a.spoken) AS language,
                   channel_address(w.channel, (a.c).email, (a.c).email_bad, (a.c).phone, (a.c).phone_bad, a.country) AS address,
                   w.named AND (y.id IS NOT NULL OR (p_template IS NULL AND p_name IS NULL)) AND (w.chosen OR bar.guardrail IS NULL) AS fits,
                   bar.guardrail, bar.message
              FROM (SELECT r.channel, r.required, said IS NOT NULL OR t.id IS NOT NULL AS chosen,
                           coalesce(r.channel = said, true) AND coalesce(r.channel = t.channel, true) AS named,
                           (a.c).preferred_channel IS NOT DISTINCT FROM r.channel::text AS preferred
                      FROM rule r WHERE r.brand_id = a.brand_id AND r.country = a.country) w
              LEFT JOIN LATERAL (
                SELECT t.id, number AS version, t.channel, t.language, 0 AS far, 0 AS common
                 WHERE t.id IS NOT NULL AND t.channel = w.channel AND (t.brand_id IS NULL OR t.brand_id = a.brand_id)
                UNION ALL
                SELECT f.id, f.version, f.channel, f.language, array_position(a.languages, f.language), (f.brand_id IS NULL)::int
                  FROM approved f WHERE f.channel = w.channel AND f.language = ANY (a.languages) AND (f.brand_id IS NULL OR f.brand_id = a.brand_id)
                ORDER BY far, common LIMIT 1) y ON true
              LEFT JOIN LATERAL (
                SELECT CASE WHEN (a.c).id IS NULL THEN 'no_address' ELSE z.guardrail END AS guardrail,
                       CASE WHEN (a.c).id IS NULL THEN 'it is not known whose parcel this is: its order has not come in' ELSE z.message END AS message
                  FROM channel_barriers(w.channel, (a.c).name, (a.c).email, (a.c).email_bad, (a.c).phone, (a.c).phone_bad, a.country,
                                        (a.c).consent, (a.c).do_not_contact, w.required) z
                 WHERE NOT w.chosen LIMIT 1) bar ON true
             ORDER BY 6 DESC, bar.guardrail IS NULL DESC, w.preferred DESC, w.channel LIMIT 1) p ON true
    ), filled AS MATERIALIZED (
        SELECT l.places[f.ord] AS i, f.data
          FROM (SELECT array_agg(q.id ORDER BY q.i) AS ids, array_agg(q.language ORDER BY q.i) AS languages, array_agg(q.i ORDER BY q.i) AS places
                  FROM picked q WHERE q.fits) l
         CROSS JOIN LATERAL outreach_facts(l.ids, l.languages) f
    )
    SELECT p.i, p.id, CASE WHEN p.fits THEN p.template_id END, CASE WHEN p.fits THEN p.version END, CASE WHEN p.fits THEN p.channel::text END,
           CASE WHEN p.fits THEN p.language END, v.subject, v.body, v.html, v.required, v.provider_template, v.provider_names,
           f.data, CASE WHEN p.fits THEN p.address END, p.customer,
           CASE WHEN p.fits THEN 'ok' WHEN p.found IS NULL THEN 'gone' ELSE coalesce(p.guardrail, 'invalid') END,
           CASE WHEN p.fits THEN '' WHEN p.found IS NULL THEN format('there is no exception #%s', p.id)
                WHEN p.message IS NOT NULL THEN p.message
                WHEN t.id IS NOT NULL AND t.brand_id <> p.brand_id
                THEN format('template %s is made for another brand', t.name)
                WHEN t.id IS NOT NULL THEN format('template %s is for %s: choose that channel', t.name, channel_label(t.channel))
                WHEN NOT EXISTS (SELECT FROM approved f WHERE said IS NULL OR f.channel = said)
                     AND EXISTS (SELECT FROM template x WHERE x.name = p_name AND (said IS NULL OR x.channel = said))
                THEN format('no version of template "%s"%s is approved: a lead does that with "doorstep template approve"', p_name,
                            coalesce(' for ' || channel_label(said), ''))
                ELSE format('no approved template "%s"%s fits: its languages or brands are others', p_name,
                            CASE WHEN said IS NOT NULL THEN ' for ' || channel_label(said) ELSE ' on a channel that may be used' END) END
      FROM picked p
      LEFT JOIN template_version v ON p.fits AND v.template_id = p.template_id AND v.version = p.version
      LEFT JOIN filled f ON f.i = p.i
     ORDER BY p.i;
END
$$;

-- ---------------------------------------------------------------- versions

-- The id of a template by what it is called; null: there is none that the caller sees.
CREATE FUNCTION template_find(p_name text, p_channel text, p_language text, p_brand text DEFAULT NULL) RETURNS int
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    RETURN (SELECT t.id FROM template t LEFT JOIN brand b ON b.id = t.brand_id
             WHERE t.name = p_name AND t.channel::text = p_channel AND t.language = lower(p_language)
               AND b.code IS NOT DISTINCT FROM nullif(p_brand, '') AND my_level() > 0 AND (t.brand_id IS NULL OR sees_brand(t.brand_id)));
END
$$;

-- A list of a template's file as an array; null members and a missing list are none.
CREATE FUNCTION file_list(p jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN jsonb_typeof(p) = 'array' THEN ARRAY(SELECT x FROM jsonb_array_elements_text(p) WITH ORDINALITY y(x, i) WHERE x IS NOT NULL ORDER BY i)
                ELSE '{}'::text[] END;

-- What is wrong with a template, or null.
CREATE FUNCTION template_wrong(f jsonb) RETURNS text LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    odd text;
BEGIN
    IF jsonb_typeof(f) IS DISTINCT FROM 'object' THEN RETURN 'a template is an object with name, channel, language and body'; END IF;
    IF coalesce(f ->> 'name', '') !~ '^[a-z][a-z0-9_]{0,39}$' THEN
        RETURN format('"%s" is no template name: use small letters, digits and _, beginning with a letter', left(f ->> 'name', 60)); END IF;
    IF coalesce(f ->> 'channel', '') <> ALL (enum_range(NULL::channel)::text[]) THEN
        RETURN format('"%s" is no channel: use email, sms or whatsapp', left(f ->> 'channel', 40)); END IF;
    IF coalesce(f ->> 'language', '') !~ '^[a-z]{2,3}(-[a-z0-9]{2,8})?$' THEN
        RETURN format('"%s" is no language: use a code such as en, es or pt-br', left(f ->> 'language', 40)); END IF;
    IF coalesce(btrim(f ->> 'title'), '') = '' OR length(f ->> 'title') > 60 THEN
        RETURN 'a template needs a title of at most 60 characters, for agents to choose it by'; END IF;
    IF coalesce(btrim(f ->> 'body'), '') = '' THEN RETURN 'the template has no text'; END IF;
    IF length(f ->> 'body') > 20000 OR length(f ->> 'html') > 200000 THEN
        RETURN 'the template is too long: at most 20,000 characters of text and 200,000 of HTML'; END IF;
    IF f ->> 'channel' = 'email' AND coalesce(btrim(f ->> 'subject'), '') = '' THEN RETURN 'an e-mail needs a subject'; END IF;
    IF f ->> 'channel' <> 'email' AND coalesce(f ->> 'subject', f ->> 'html') IS NOT NULL THEN
        RETURN format('only an e-mail has a subject or HTML, this is for %s', channel_label((f ->> 'channel')::channel)); END IF;
    IF length(f ->> 'subject') > 400 OR f ->> 'subject' ~ '[\x01-\x1f]' THEN RETURN 'a subject is one line of at most 400 characters'; END IF;
    IF f ->> 'channel' <> 'whatsapp' AND f ->> 'provider_template' IS NOT NULL THEN
        RETURN 'only WhatsApp has templates at the provider: leave provider_template out'; END IF;
    IF coalesce(f ->> 'fresh_hours', '1') !~ '^[0-9]{1,4}$' OR (f ->> 'fresh_hours')::int NOT BETWEEN 1 AND 8760 THEN
        RETURN 'fresh_hours is a number of hours from 1 to 8760'; END IF;
    odd := (SELECT k FROM unnest(file_list(f -> 'kinds')) k WHERE k <> ALL (enum_range(NULL::exception_kind)::text[]) LIMIT 1);
    IF odd IS NOT NULL THEN RETURN format('"%s" is no kind of exception', left(odd, 40)); END IF;
    IF 'tracking_error' = ANY (file_list(f -> 'kinds')) THEN RETURN 'customers are never told of a tracking_error: take it from the kinds'; END IF;
    odd := (SELECT s FROM unnest(file_list(f -> 'statuses')) s WHERE s <> ALL (enum_range(NULL::shipment_status)::text[]) LIMIT 1);
    IF odd IS NOT NULL THEN RETURN format('"%s" is no shipment status', left(odd, 40)); END IF;
    odd := (SELECT n FROM unnest(file_list(f -> 'required') || file_list(f -> 'provider_names')) n WHERE n <> ALL (template_names()) LIMIT 1);
    IF odd IS NOT NULL THEN RETURN format('"%s" is nothing a template can say: "doorstep template lint" lists the names', left(odd, 60)); END IF;
    RETURN NULL;
END
$$;

-- A template's file as the version it would be; state, author and the rest are the caller's.
CREATE FUNCTION template_of(f jsonb) RETURNS template_version LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT v FROM jsonb_populate_record(NULL::template_version, jsonb_build_object(
        'title', btrim(f ->> 'title'), 'kinds', file_list(f -> 'kinds'), 'statuses', file_list(f -> 'statuses'), 'fresh_hours', f -> 'fresh_hours',
        'subject', f ->> 'subject', 'body', f ->> 'body', 'html', f ->> 'html', 'required', file_list(f -> 'required'),
        'provider_template', nullif(f ->> 'provider_template', ''), 'provider_names', file_list(f -> 'provider_names'))) v
$$;
CREATE FUNCTION template_same(a template_version, b template_version) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (a.title, a.kinds, a.statuses, a.fresh_hours, a.subject, a.body, a.html, a.required, a.provider_template, a.provider_names)
           IS NOT DISTINCT FROM
           (b.title, b.kinds, b.statuses, b.fresh_hours, b.subject, b.body, b.html, b.required, b.provider_template, b.provider_names);

-- The template's row, made when there is none, locked; its newest version in p_newest (version
-- null: none).
CREATE FUNCTION template_lock(f jsonb, p_brand int, OUT p_id int, OUT p_newest template_version)
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    INSERT INTO template (name, channel, language, brand_id) VALUES (f ->> 'name', (f ->> 'channel')::channel, f ->> 'language', p_brand)
        ON CONFLICT (name, channel, language, brand_id) DO UPDATE SET name = excluded.name
    RETURNING id INTO p_id;
    SELECT * INTO p_newest FROM template_version v WHERE v.template_id = p_id ORDER BY v.version DESC LIMIT 1;
END
$$;

CREATE FUNCTION template_add(p_id int, p_version int, n template_version, p_state template_state, p_author text) RETURNS void
    LANGUAGE sql SET search_path = doorstep, pg_temp AS $$
    INSERT INTO template_version (template_id, version, state, title, kinds, statuses, fresh_hours, subject, body, html, required,
                                  provider_template, provider_names, author, approved_by, approved_at)
    VALUES (p_id, p_version, p_state, n.title, n.kinds, n.statuses, n.fresh_hours, n.subject, n.body, n.html, n.required,
            n.provider_template, n.provider_names, p_author, CASE p_state WHEN 'approved' THEN p_author END,
            CASE p_state WHEN 'approved' THEN clock_timestamp() END)
$$;

-- The next version of a template, as a draft; id: the template's, rev: the version. The same as
-- the newest one: "same".
CREATE FUNCTION template_import(p_key uuid, p_file jsonb) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    answered jsonb := action_begin(p_key);
    wrong text;
    owner text := nullif(p_file ->> 'brand', '');
    whose int;
    n template_version;
    had record;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(2, 'write templates');
        wrong := template_wrong(p_file);
        IF wrong IS NULL AND owner IS NOT NULL THEN
            whose := (SELECT b.id FROM brand b WHERE b.code = owner AND b.id > 0 AND sees_brand(b.id));
            wrong := CASE WHEN whose IS NULL THEN format('there is no brand "%s"', owner) END;
        ELSIF wrong IS NULL AND my_brands() IS NOT NULL THEN
            wrong := 'you work for some brands only: say which one the template is for (brand: CODE)';
        END IF;
        IF wrong IS NOT NULL THEN
            RETURN QUERY SELECT 0::bigint, false, 'invalid', wrong, NULL::int;
            RETURN;
        END IF;
        n := template_of(p_file);
        SELECT * INTO had FROM template_lock(p_file, whose);
        IF template_same(had.p_newest, n) THEN
            answered := jsonb_build_array(jsonb_build_array(had.p_id, true, 'same', format('version %s says the same', (had.p_newest).version), (had.p_newest).version));
        ELSE
            PERFORM template_add(had.p_id, coalesce((had.p_newest).version, 0) + 1, n, 'draft', session_user);
            answered := jsonb_build_array(jsonb_build_array(had.p_id, true, 'ok', '', coalesce((had.p_newest).version, 0) + 1));
        END IF;
        PERFORM action_end(p_key, 'template_import', clock_timestamp(), '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- Puts a version in force; the one that was is retired. A retired one may come back.
CREATE FUNCTION template_approve(p_key uuid, p_template int, p_version int) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    answered jsonb := action_begin(p_key);
    t template;
    v template_version;
    odd text;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(3, 'approve templates');
        SELECT * INTO t FROM template x WHERE x.id = p_template AND (x.brand_id IS NULL OR sees_brand(x.brand_id)) FOR UPDATE;
        SELECT * INTO v FROM template_version x WHERE x.template_id = t.id AND x.version = p_version;
        odd := (SELECT n FROM unnest(v.required || v.provider_names) n WHERE n <> ALL (template_names()) LIMIT 1);
        IF v.template_id IS NULL THEN
            answered := jsonb_build_array(p_template, false, 'gone', format('there is no template %s version %s', p_template, p_version), NULL);
        ELSIF t.brand_id IS NULL AND my_brands() IS NOT NULL THEN
            answered := jsonb_build_array(t.id, false, 'denied', 'this template is for all brands: a lead of all of them approves it', p_version);
        ELSIF v.state = 'approved' THEN
            answered := jsonb_build_array(t.id, true, 'same', format('version %s is in force already', p_version), p_version);
        ELSIF odd IS NOT NULL OR 'tracking_error' = ANY (v.kinds) THEN
            answered := jsonb_build_array(t.id, false, 'invalid', CASE WHEN odd IS NOT NULL
                THEN format('it uses "%s", which nothing fills: "doorstep template lint" lists the names', odd)
                ELSE 'customers are never told of a tracking_error: take it from the kinds' END, p_version);
        ELSE
            UPDATE template_version x SET state = 'retired', retired_at = clock_timestamp() WHERE x.template_id = t.id AND x.state = 'approved';
            UPDATE template_version x SET state = 'approved', approved_by = session_user, approved_at = clock_timestamp(), retired_at = NULL
             WHERE x.template_id = t.id AND x.version = p_version;
            answered := jsonb_build_array(t.id, true, 'ok', '', p_version);
        END IF;
        answered := jsonb_build_array(answered);
        PERFORM action_end(p_key, 'template_approve', clock_timestamp(), '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- Takes the version in force out of use; nothing takes its place.
CREATE FUNCTION template_retire(p_key uuid, p_template int) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    answered jsonb := action_begin(p_key);
    t template;
    n int;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(3, 'retire templates');
        SELECT * INTO t FROM template x WHERE x.id = p_template AND (x.brand_id IS NULL OR sees_brand(x.brand_id)) FOR UPDATE;
        IF t.id IS NULL THEN
            answered := jsonb_build_array(p_template, false, 'gone', format('there is no template %s', p_template), NULL);
        ELSIF t.brand_id IS NULL AND my_brands() IS NOT NULL THEN
            answered := jsonb_build_array(t.id, false, 'denied', 'this template is for all brands: a lead of all of them retires it', NULL);
        ELSE
            UPDATE template_version x SET state = 'retired', retired_at = clock_timestamp()
             WHERE x.template_id = t.id AND x.state = 'approved' RETURNING x.version INTO n;
            answered := jsonb_build_array(t.id, true, CASE WHEN n IS NULL THEN 'same' ELSE 'ok' END,
                                          CASE WHEN n IS NULL THEN 'no version of it is in force' ELSE '' END, n);
        END IF;
        answered := jsonb_build_array(answered);
        PERFORM action_end(p_key, 'template_retire', clock_timestamp(), '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- ---------------------------------------------------------------- what the program brings

-- Which texts were shipped last: a mark the client computes of its files.
CREATE TABLE template_shipping (
    one  boolean PRIMARY KEY DEFAULT true CHECK (one),
    mark text NOT NULL,
    at   timestamptz NOT NULL DEFAULT now()
);

-- Puts the program's own templates in force, as a member of doorstep_owner who migrates. What
-- somebody here has written, approved or retired since is left alone: a changed text comes as
-- the next version only where the newest is the program's own and in force. Gives how many
-- versions were made.
CREATE FUNCTION template_ship(p_files jsonb, p_mark text DEFAULT NULL) RETURNS int LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    f jsonb;
    wrong text;
    had record;
    made int := 0;
BEGIN
    FOR f IN SELECT x FROM jsonb_array_elements(p_files) x LOOP
        wrong := coalesce(template_wrong(f), CASE WHEN f ->> 'brand' IS NOT NULL THEN 'shipped templates are for all brands' END);
        IF wrong IS NOT NULL THEN
            RAISE invalid_parameter_value USING MESSAGE = format('template %s.%s.%s: %s', f ->> 'name', f ->> 'channel', f ->> 'language', wrong);
        END IF;
        SELECT * INTO had FROM template_lock(f, NULL);
        CONTINUE WHEN (had.p_newest).version IS NOT NULL
                  AND ((had.p_newest).author <> 'doorstep' OR (had.p_newest).state <> 'approved' OR template_same(had.p_newest, template_of(f)));
        UPDATE template_version v SET state = 'retired', retired_at = clock_timestamp() WHERE v.template_id = had.p_id AND v.state = 'approved';
        PERFORM template_add(had.p_id, coalesce((had.p_newest).version, 0) + 1, template_of(f), 'approved', 'doorstep');
        made := made + 1;
    END LOOP;
    IF p_mark IS NOT NULL THEN
        INSERT INTO template_shipping (mark) VALUES (p_mark) ON CONFLICT (one) DO UPDATE SET mark = excluded.mark, at = now();
    END IF;
    RETURN made;
END
$$;

GRANT EXECUTE ON FUNCTION outreach_render_set(bigint[], int, int, text, text), template_find(text, text, text, text),
    template_import(uuid, jsonb), template_approve(uuid, int, int), template_retire(uuid, int) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
