-- What leads set of a brand: who its messages come from, where they are answered, how it speaks.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- Why these settings cannot be a brand's, null when they can. A null takes a setting back.
CREATE FUNCTION wrong_brand_setting(p jsonb) RETURNS text LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    k text;
    v text;
BEGIN
    IF jsonb_typeof(p) IS DISTINCT FROM 'object' OR p = '{}' THEN
        RETURN 'say what to change';
    END IF;
    FOR k, v IN SELECT x.key, x.value #>> '{}' FROM jsonb_each(p) x ORDER BY x.key LOOP
        IF k <> ALL ('{name,language,time_zone,from_name,from_email,reply_to,list_unsubscribe,support,tracking_url}'::text[]) THEN
            RETURN format('a brand has no "%s"', left(k, 40));
        ELSIF v IS NULL THEN
            CONTINUE WHEN k NOT IN ('name', 'language', 'time_zone');
            RETURN format('a brand has a %s: it can be changed, not taken away', replace(k, '_', ' '));
        ELSIF v ~ '[\x01-\x1f\x7f-\x9f\u2028\u2029]' OR v ~ '^\s*$' OR octet_length(v) > 300 THEN
            RETURN format('%s is one line of at most 300 characters', replace(k, '_', ' '));
        ELSIF k IN ('from_email', 'reply_to') AND NOT is_email(v) THEN
            RETURN format('"%s" is no e-mail address', left(v, 60));
        ELSIF k = 'language' AND v !~ '^[a-z]{2,3}(-[a-z0-9]{2,8})?$' THEN
            RETURN format('"%s" is no language such as en or es-mx', left(v, 40));
        ELSIF k = 'time_zone' AND NOT zone_known(v) THEN
            RETURN format('"%s" is no time zone such as America/Chicago', left(v, 40));
        ELSIF k = 'list_unsubscribe' AND v !~ '^(https://|mailto:)[\x21-\x7e]+$' OR k = 'list_unsubscribe' AND v ~ '[<>,"\\]' THEN
            RETURN format('"%s" is no place to unsubscribe: one https:// or mailto: address', left(v, 60));
        ELSIF k = 'tracking_url' AND v !~ '^https?://[^[:space:]<>"{}]+\{\}[^[:space:]<>"{}]*$' THEN
            RETURN format('"%s" is no page to follow parcels on, such as https://example.com/track/{}: {} stands for the tracking number', left(v, 60));
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

CREATE FUNCTION brand_set(p_key uuid, p_brand text, p_settings jsonb) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    whose record;
    wrong text;
    b brand;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(3, 'change how a brand writes');
        whose := wrong_brand(coalesce(p_brand, ''), 'brand');
        wrong := coalesce(whose.wrong, wrong_brand_setting(p_settings));
        IF wrong IS NOT NULL THEN
            RETURN QUERY SELECT 0::bigint, false, 'invalid', wrong, NULL::int;
            RETURN;
        END IF;
        SELECT * INTO b FROM brand x WHERE x.id = whose.brand FOR NO KEY UPDATE;
        b := jsonb_populate_record(b, p_settings);
        UPDATE brand x SET name = b.name, language = b.language, time_zone = b.time_zone, from_name = b.from_name, from_email = b.from_email,
                           reply_to = b.reply_to, list_unsubscribe = b.list_unsubscribe, support = b.support, tracking_url = b.tracking_url
         WHERE x.id = b.id;
        answered := jsonb_build_array(jsonb_build_array(b.id, true, 'ok', '', NULL));
        PERFORM action_end(p_key, 'brand_set', clock_timestamp(), '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;
GRANT EXECUTE ON FUNCTION brand_set(uuid, text, jsonb) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
