-- Words of one or two characters. No index of trigrams knows where they stand, only which words begin with them: so that is where they are
-- looked for. And pages of what a customer or a reason is said to be, and of what is somebody's own.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- A pattern of LIKE for a column of words as a condition of SQL: "% ab%" means that one of them begins so, and it may be the first.
CREATE FUNCTION words_like(p_column text, p_pattern text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN starts_with(p_pattern, '% ') THEN format('(%1$s LIKE lower(%2$L) OR %1$s LIKE lower(%3$L))', p_column, substr(p_pattern, 3), p_pattern)
                ELSE format('%s LIKE lower(%L)', p_column, p_pattern) END;
REVOKE EXECUTE ON FUNCTION words_like(text, text) FROM PUBLIC;

-- Where one row is asked, a blank is put before its first word.
SELECT patch_function('search_fits(bigint,text)'::regprocedure, 'e.search LIKE lower(p_pattern)', 'repeat('' '', starts_with(p_pattern, ''% '')::int) || e.search LIKE lower(p_pattern)');
SELECT patch_function('customer_reached_at(bigint,text)'::regprocedure,
                      'lower(c.email) LIKE lower(p_pattern) OR c.phone LIKE p_pattern OR regexp_replace(c.phone, ''[^0-9]'', '''', ''g'') LIKE p_pattern',
                      'repeat('' '', starts_with(p_pattern, ''% '')::int) || lower(c.email) LIKE lower(p_pattern) OR repeat('' '', starts_with(p_pattern, ''% '')::int) || c.phone LIKE p_pattern'
                      ' OR repeat('' '', starts_with(p_pattern, ''% '')::int) || regexp_replace(c.phone, ''[^0-9]'', '''', ''g'') LIKE p_pattern');
-- The index wants to be asked for both.
CREATE OR REPLACE FUNCTION search_ids(p_pattern text) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = doorstep, pg_temp AS $$
BEGIN
    PERFORM require_level(1, 'search');
    RETURN QUERY EXECUTE format('SELECT e.id FROM exception e WHERE %s AND e.state <> ''resolved'' AND %s', words_like('e.search', p_pattern), facet_brands());
END
$$;
CREATE OR REPLACE FUNCTION search_all_ids(p_pattern text) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = doorstep, pg_temp SET jit = off AS $$
BEGIN
    PERFORM require_level(1, 'search');
    RETURN QUERY EXECUTE format('SELECT e.id FROM exception e WHERE e.state <> ''resolved'' AND %1$s AND %2$s'
                                ' UNION ALL SELECT e.id FROM exception e WHERE e.state = ''resolved'' AND %1$s AND %2$s', words_like('e.search', p_pattern), facet_brands());
END
$$;

-- Texts as a condition: patterns of LIKE, all of one element joined by the character 31. Of its first parts ":customer" and ":reason" say that it is
-- there that each has to stand, "=NUMBER" will do instead of them.
CREATE OR REPLACE FUNCTION facet_texts(p_search text[]) RETURNS text LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    wanted text := 'true';
    v text[];
    w text;
BEGIN
    FOREACH w IN ARRAY p_search LOOP
        v := string_to_array(w, chr(31));
        wanted := wanted || ' AND (' || (SELECT string_agg(words_like('e.search', x) || CASE v[1]
                      WHEN ':customer' THEN format(' AND ('' '' || lower(e.customer_name) LIKE lower(%1$L) OR doorstep.customer_reached_at(e.customer_id, %1$L))', x)
                      WHEN ':reason' THEN format(' AND '' '' || lower(e.reason) LIKE lower(%L)', x) ELSE '' END, ' AND ') FROM unnest(v) x WHERE x LIKE '\%%')
                  || coalesce((SELECT format(' OR e.tracking_number = %L', substr(x, 2)) FROM unnest(v) x WHERE x LIKE '=%' LIMIT 1), '') || ')';
    END LOOP;
    RETURN wanted;
END
$$;

-- Where there are no words, what is known of words is not read.
SELECT patch_function('facet_rows(text[],boolean)'::regprocedure, 'SELECT s.most_common_elems', 'IF cardinality(p_words) = 0 THEN
        rows := whole;
        RETURN;
    END IF;
    SELECT s.most_common_elems');

-- Whose rows all of them are, when the words say so: their index has the order of what is most urgent.
CREATE FUNCTION facet_owner(p_words text[]) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN (SELECT x FROM unnest(p_words) x WHERE x LIKE 'owner:%' AND strpos(x, chr(31)) = 0 LIMIT 1);
REVOKE EXECUTE ON FUNCTION facet_owner(text[]) FROM PUBLIC;

-- As before; and one owner's are an order of their own, as long as they are many.
CREATE OR REPLACE FUNCTION filter_page(p_words text[], p_search text[], p_order text, p_key bigint, p_id bigint, p_down boolean, p_limit bigint) RETURNS bigint[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET jit = off SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
DECLARE
    tried CONSTANT int := 1000;
    words text[] := facet_words(p_words);
    there record := facet_rows(words, true);
    texts text := facet_texts(p_search);
    brands text := facet_brands();
    owner text := CASE WHEN p_order = 'urgency' THEN facet_owner(words) END;
    along text := 'true';
    whole float8 := there.whole;
    likely float8 := there.rows;
    kept text;
    ids bigint[];
BEGIN
    PERFORM require_level(1, 'read the queue');
    IF p_order <> ALL ('{urgency,severity,newest,oldest,scan,promised,updated}') THEN
        RAISE EXCEPTION 'the queue has no order "%"', p_order USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF owner IS NOT NULL THEN
        along := format('e.owner = %L', substr(owner, length('owner:') + 1));
        whole := CASE WHEN cardinality(words) = 1 THEN greatest(likely, 1) ELSE (facet_rows(ARRAY[owner], true)).rows END;
        likely := least(whole, greatest(likely, 1));
    END IF;
    IF likely > sqrt(p_limit * whole) OR owner IS NOT NULL AND cardinality(words) = 1 AND texts = 'true' THEN
        kept := format('%s AND %s AND %s', brands, facet_columns(words), texts);
        IF texts <> 'true' THEN
            EXECUTE facet_page(p_order, p_key, p_id, p_down, p_limit, along, tried::text, kept) INTO ids;
            IF cardinality(ids) >= p_limit THEN
                RETURN ids;
            END IF;
            likely := whole * coalesce(cardinality(ids), 0) / tried;
        END IF;
        IF likely > sqrt(p_limit * whole) OR texts = 'true' THEN
            EXECUTE facet_page(p_order, p_key, p_id, p_down, p_limit, along, CASE WHEN likely > whole / 2 THEN 'ALL' ELSE likely::bigint::text END, kept) INTO ids;
            IF likely > whole / 2 OR cardinality(ids) >= p_limit THEN
                RETURN coalesce(ids, '{}');
            END IF;
        END IF;
    END IF;
    RETURN facet_found(format('%s AND %s AND %s', facet_index(words), texts, brands), p_order, p_key, p_id, p_down, p_limit);
END
$$;

-- As before (083, 088); where the resolved are meant, too, each of the two is asked for by itself: of an OR within an OR the planner sees no index.
CREATE OR REPLACE FUNCTION filter_few(p_words text[], p_search text[], p_open boolean) RETURNS bigint[]
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = doorstep, pg_temp SET jit = off SET enable_seqscan = off SET enable_indexscan = off AS $$
DECLARE
    -- a row by its id costs about twice a row met along the order: with a million, the two ways cost the same here
    most CONSTANT int := 5000;
    words text[] := facet_words(p_words);
    there record := facet_rows(words, true);
    done float8 := CASE WHEN p_open THEN 0 ELSE (facet_rows(words, false)).rows END;
    texts text := facet_texts(p_search);
    share float8 := 1;
    wanted text;
    plan json;
    ids bigint[];
BEGIN
    PERFORM require_level(1, 'read the queue');
    IF texts <> 'true' THEN
        EXECUTE 'EXPLAIN (FORMAT JSON) SELECT FROM exception e WHERE e.state <> ''resolved'' AND ' || texts INTO plan;
        share := least(1, (plan->0->'Plan'->>'Plan Rows')::float8 / greatest(there.whole, 1));
    END IF;
    IF share * (there.rows + done) > most * 1.5 THEN
        RETURN NULL;
    END IF;
    -- the open ones and the resolved each have their indexes
    wanted := format('%s AND %s AND %s', facet_index(words), texts, facet_brands());
    EXECUTE 'SELECT array_agg(id) FROM (SELECT e.id FROM exception e WHERE e.state <> ''resolved'' AND ' || wanted
            || CASE WHEN p_open THEN '' ELSE ' UNION ALL SELECT e.id FROM exception e WHERE e.state = ''resolved'' AND ' || wanted END || ' LIMIT ' || most + 1 || ') x' INTO ids;
    RETURN CASE WHEN cardinality(ids) > most THEN NULL ELSE coalesce(ids, '{}') END;
END
$$;

RESET search_path;
RESET ROLE;
