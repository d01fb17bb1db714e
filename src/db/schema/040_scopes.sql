-- The scope of an outage: which parcels it is about.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- scopes

-- Does a parcel fall under it? As the filter compares: in any case, postal codes by their beginning; what is not known does not
-- have the property that was excluded.
CREATE FUNCTION scope_part(p_values jsonb, p text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN p_values IS NULL OR coalesce(p_values ? lower(p), false);
CREATE FUNCTION scope_begins(p_values jsonb, p text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN EXISTS (SELECT FROM jsonb_array_elements_text(p_values) x WHERE starts_with(lower(p), x));
CREATE FUNCTION scope_has(p_scope jsonb, p_brand text, p_carrier text, p_service text, p_country text, p_region text, p_city text,
                          p_postal text, p_kind text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = doorstep, pg_temp AS $$
DECLARE
    s jsonb := lower(p_scope::text);
    n jsonb := s -> 'not';
BEGIN
    IF NOT (scope_part(s -> 'carrier', p_carrier) AND scope_part(s -> 'region', p_region) AND scope_part(s -> 'service', p_service)
            AND scope_part(s -> 'brand', p_brand) AND scope_part(s -> 'country', p_country) AND scope_part(s -> 'city', p_city)
            AND scope_part(s -> 'kind', p_kind) AND (NOT s ? 'postal' OR scope_begins(s -> 'postal', p_postal))) THEN
        RETURN false;
    END IF;
    RETURN n IS NULL OR NOT coalesce(
        n -> 'carrier' ? lower(p_carrier) OR n -> 'region' ? lower(p_region) OR n -> 'service' ? lower(p_service) OR n -> 'brand' ? lower(p_brand)
        OR n -> 'country' ? lower(p_country) OR n -> 'city' ? lower(p_city) OR n -> 'kind' ? lower(p_kind)
        OR n ? 'postal' AND scope_begins(n -> 'postal', p_postal), false);
END
$$;
CREATE FUNCTION scope_covers(p_scope jsonb, e exception) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN scope_has(p_scope, e.brand, e.carrier, e.service, e.country, e.region, e.city, e.postal_code, e.kind::text);

-- The same as a condition on e, for statements that look at very many. Every value is a quoted literal.
CREATE FUNCTION scope_term(p_name text, p_values jsonb) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = doorstep, pg_temp
    RETURN CASE p_name
        WHEN 'postal' THEN (SELECT string_agg(format('starts_with(lower(e.postal_code), %L)', lower(v)), ' OR ') FROM jsonb_array_elements_text(p_values) v)
        WHEN 'kind' THEN format('e.kind::text = ANY (%L::text[])', ARRAY(SELECT lower(v) FROM jsonb_array_elements_text(p_values) v))
        ELSE format('lower(e.%I) = ANY (%L::text[])', p_name, ARRAY(SELECT lower(v) FROM jsonb_array_elements_text(p_values) v)) END;
CREATE FUNCTION scope_where(p_scope jsonb) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = doorstep, pg_temp
    RETURN (SELECT coalesce(string_agg(t, ' AND '), 'true')
              FROM (SELECT '(' || scope_term(key, value) || ')' AS t FROM jsonb_each(p_scope) WHERE key <> 'not'
                    UNION ALL SELECT '(' || scope_term(key, value) || ') IS NOT TRUE' FROM jsonb_each(coalesce(p_scope -> 'not', '{}'))) x);

-- The filter it is: carrier:ups region:TX -service:air
CREATE FUNCTION scope_value(p text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN p ~ '[\s,:"\\]' OR p ~ '^[-<>=(#]' OR lower(p) IN ('none', 'me')
                THEN '"' || replace(replace(p, '\', '\\'), '"', '\"') || '"' ELSE p END;
CREATE FUNCTION scope_words(p_scope jsonb, p_sign text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = doorstep, pg_temp
    RETURN (SELECT string_agg(p_sign || n || ':' || (SELECT string_agg(scope_value(v), ',' ORDER BY i) FROM jsonb_array_elements_text(p_scope -> n) WITH ORDINALITY x(v, i)), ' ' ORDER BY o)
              FROM unnest('{carrier,service,brand,country,region,city,postal,kind}'::text[]) WITH ORDINALITY u(n, o) WHERE p_scope ? n);
CREATE FUNCTION scope_text(p_scope jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = doorstep, pg_temp
    RETURN concat_ws(' ', scope_words(p_scope - 'not', ''), scope_words(p_scope -> 'not', '-'));
-- Of brands, by code, those somebody sees.
CREATE FUNCTION scope_brands(p_codes jsonb, p_mine int[]) RETURNS jsonb LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN (SELECT coalesce(jsonb_agg(v ORDER BY i), '[]') FROM jsonb_array_elements_text(p_codes) WITH ORDINALITY x(v, i)
             WHERE EXISTS (SELECT FROM brand b WHERE lower(b.code) = lower(v) AND b.id = ANY (p_mine)));
-- A scope as somebody of some brands (null: all) may read it: other brands are not named.
CREATE FUNCTION scope_shown(p_scope jsonb, p_mine int[]) RETURNS jsonb LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN CASE WHEN p_mine IS NULL THEN p_scope ELSE (
        SELECT (CASE WHEN p_scope ? 'brand' THEN jsonb_set(p_scope, '{brand}', scope_brands(p_scope -> 'brand', p_mine)) ELSE p_scope END - 'not')
               || CASE WHEN n = '{}' THEN '{}' ELSE jsonb_build_object('not', n) END
          FROM (SELECT coalesce(p_scope -> 'not', '{}') - 'brand' || CASE WHEN scope_brands(p_scope #> '{not,brand}', p_mine) <> '[]'
                            THEN jsonb_build_object('brand', scope_brands(p_scope #> '{not,brand}', p_mine)) ELSE '{}' END AS n) x) END;
-- "UPS region:TX". It stands in the timelines of all its exceptions, so it names a brand only where there is no other.
CREATE FUNCTION scope_title(p_scope jsonb) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN left(concat_ws(' ', (SELECT string_agg(coalesce(c.name, v), ', ' ORDER BY i)
                                  FROM jsonb_array_elements_text(p_scope -> 'carrier') WITH ORDINALITY x(v, i) LEFT JOIN carrier c ON c.code = lower(v)),
                               nullif(scope_text(CASE WHEN jsonb_array_length(p_scope -> 'brand') = 1 THEN p_scope - 'carrier' ELSE p_scope - '{carrier,brand}'::text[] END #- '{not,brand}'), '')), 76);

-- Each list in order and without what stands there twice, so that the same scope is the same text.
CREATE FUNCTION scope_sorted(p jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE SET search_path = doorstep, pg_temp
    RETURN (SELECT jsonb_object_agg(key, (SELECT jsonb_agg(v ORDER BY v COLLATE "C") FROM (SELECT DISTINCT btrim(v) AS v FROM jsonb_array_elements_text(value) v) y))
              FROM jsonb_each(p));

-- Why an object is no list of properties at all, or null.
CREATE FUNCTION scope_misshapen(p jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    k text;
    v jsonb;
BEGIN
    FOR k, v IN SELECT * FROM jsonb_each(p) LOOP
        IF k <> ALL ('{carrier,service,brand,country,region,city,postal,kind}') THEN
            RETURN format('a scope has no "%s": use carrier, service, brand, country, region, city, postal and kind', left(k, 40));
        ELSIF jsonb_typeof(v) <> 'array' OR jsonb_array_length(v) NOT BETWEEN 1 AND 64
              OR EXISTS (SELECT FROM jsonb_array_elements(v) x WHERE jsonb_typeof(x) <> 'string' OR length(btrim(x #>> '{}')) NOT BETWEEN 1 AND 64) THEN
            RETURN format('%s is a list of 1 to 64 words', k);
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

-- A scope as the caller may declare it: in order, within their brands; else why not.
CREATE FUNCTION scope_mine(p_scope jsonb, OUT scope jsonb, OUT brands int[], OUT wrong text)
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    mine int[] := my_brands();
    without jsonb := p_scope -> 'not';
    stranger text;
BEGIN
    IF p_scope IS NULL OR jsonb_typeof(p_scope) <> 'object' OR p_scope = '{}' THEN
        wrong := 'say what is out: a carrier, a region, such as carrier:ups region:TX';
    ELSIF without IS NOT NULL AND jsonb_typeof(without) <> 'object' THEN
        wrong := '"not" is an object of lists';
    ELSE
        wrong := coalesce(scope_misshapen(p_scope - 'not'), scope_misshapen(without));
    END IF;
    IF wrong IS NOT NULL THEN
        RETURN;
    ELSIF p_scope - 'not' = '{}' THEN
        wrong := 'it only says what is not in it: name what is out, such as carrier:ups region:TX';
        RETURN;
    ELSIF NOT p_scope ?| '{carrier,service,country,region,city,postal}' THEN
        wrong := 'a brand or a kind alone is no outage: name the carrier too, or a service, country, region, city or postal code';
        RETURN;
    END IF;
    scope := scope_sorted(p_scope - 'not') || CASE WHEN without <> '{}' THEN jsonb_build_object('not', scope_sorted(without)) ELSE '{}' END;
    SELECT v INTO stranger FROM jsonb_array_elements_text(coalesce(scope -> 'carrier', '[]') || coalesce(scope #> '{not,carrier}', '[]')) v
     WHERE NOT EXISTS (SELECT FROM carrier c WHERE c.code = lower(v)) LIMIT 1;
    IF FOUND THEN
        wrong := format('there is no carrier "%s"', stranger);
        RETURN;
    END IF;
    IF scope ? 'brand' THEN
        SELECT v INTO stranger FROM jsonb_array_elements_text(scope -> 'brand') v
         WHERE NOT EXISTS (SELECT FROM brand b WHERE lower(b.code) = lower(v) AND sees_brand(b.id)) LIMIT 1;
        IF FOUND THEN
            wrong := format('there is no brand "%s" among yours', stranger);
            RETURN;
        END IF;
        brands := ARRAY(SELECT b.id FROM brand b WHERE lower(b.code) IN (SELECT lower(v) FROM jsonb_array_elements_text(scope -> 'brand') v) ORDER BY b.id);
    ELSIF mine IS NOT NULL THEN
        brands := ARRAY(SELECT x FROM unnest(mine) x ORDER BY x);
        scope := scope || jsonb_build_object('brand', (SELECT jsonb_agg(b.code ORDER BY b.code COLLATE "C") FROM brand b WHERE b.id = ANY (mine)));
    END IF;
END
$$;

-- Why this scope is too wide, or null; and how many open exceptions are in it.
CREATE FUNCTION scope_count(p_scope jsonb, p_brands int[], OUT n bigint, OUT total bigint, OUT wrong text)
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    carriers int;
    mine int[] := my_brands();
BEGIN
    EXECUTE format('SELECT count(*), count(DISTINCT e.carrier_id) FROM exception e WHERE e.state <> ''resolved'' AND %s', scope_where(p_scope)) INTO n, carriers;
    SELECT coalesce(sum(c.n), 0) INTO total FROM counter c WHERE c.state <> 'resolved' AND (mine IS NULL OR c.brand_id = ANY (mine));
    IF n > 20 AND n >= total AND carriers > 1 THEN
        wrong := format('that is every open exception, all %s of them: name the carrier that is out, such as carrier:ups, and the region', to_char(n, 'FM999,999,990'));
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION scope_text(jsonb), scope_words(jsonb, text), scope_value(text) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
