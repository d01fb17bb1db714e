-- Pages under a filter that words and texts say all of. The server's own planner takes facets() for an unknown: it says half a percent of any word,
-- so what is common among a million was looked for in the index, all of it, and thrown away. The statistics are there: here they are read. And
-- whoever knows how many there are knows how far to walk along an order before it is shorter to look at each of them.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- How many rows have all these words, about, and how many there are: of the open ones, or of the resolved. Words as filter_few() takes them. One word
-- as if it had to do with no other. Of what the statistics do not list there is less than of the rarest they list.
CREATE FUNCTION facet_rows(p_words text[], p_open boolean, OUT rows float8, OUT whole float8) LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    name CONSTANT text := CASE WHEN p_open THEN 'exception_facets' ELSE 'exception_facets_done' END;
    elems text[];
    freqs real[];
    rare real;
    w text;
BEGIN
    SELECT greatest(c.reltuples, 0) INTO whole FROM pg_class c WHERE c.oid = name::regclass;
    SELECT s.most_common_elems::text::text[], s.most_common_elem_freqs INTO elems, freqs FROM pg_stats s WHERE s.schemaname = 'doorstep' AND s.tablename = name;
    -- behind the words' own stand the least of them, the greatest, and that of null
    rare := coalesce(freqs[cardinality(elems) + 1] / 2, 0);
    rows := whole;
    FOREACH w IN ARRAY p_words LOOP
        rows := rows * least(1, (SELECT sum(coalesce(freqs[array_position(elems, x)], rare)) FROM unnest(string_to_array(w, chr(31))) x));
    END LOOP;
END
$$;

-- Words as the reader means them: "mine" is what has the reader's own name, and all is of the reader's brands.
CREATE FUNCTION facet_words(p_words text[]) RETURNS text[] LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    mine int[] := my_brands();
    words text[] := '{}';
    w text;
BEGIN
    FOREACH w IN ARRAY p_words LOOP
        words := words || (SELECT string_agg(CASE WHEN x = 'mine' THEN 'owner:' || session_user WHEN x LIKE 'owner:%' THEN x ELSE lower(x) END, chr(31))
                             FROM unnest(string_to_array(w, chr(31))) x);
    END LOOP;
    IF mine IS NOT NULL THEN
        words := words || coalesce((SELECT string_agg('brand:' || lower(b.code), chr(31)) FROM brand b WHERE b.id = ANY (mine)), 'brand:');
    END IF;
    RETURN words;
END
$$;
-- The reader's brands by their numbers: codes may differ by their capitals alone.
CREATE FUNCTION facet_brands() RETURNS text LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    mine int[] := my_brands();
BEGIN
    RETURN CASE WHEN mine IS NULL THEN 'true' ELSE format('e.brand_id = ANY (%L::int[])', mine) END;
END
$$;

-- Words as a condition for the index of facets().
CREATE FUNCTION facet_index(p_words text[]) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    has text[] := '{}';
    wanted text := '';
    w text;
BEGIN
    FOREACH w IN ARRAY p_words LOOP
        IF strpos(w, chr(31)) = 0 THEN
            has := has || w;
        ELSE
            wanted := wanted || format(' AND doorstep.facets(e) && %L::text[]', string_to_array(w, chr(31)));
        END IF;
    END LOOP;
    RETURN CASE WHEN cardinality(has) > 0 THEN format('doorstep.facets(e) @> %L::text[]', has) ELSE 'true' END || wanted;
END
$$;
-- And for a row, which takes a tenth of what facets() does. What a closed list does not know nobody has.
CREATE FUNCTION facet_columns(p_words text[]) RETURNS text LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    wanted text := 'true';
    either text;
    w text;
BEGIN
    FOREACH w IN ARRAY p_words LOOP
        SELECT string_agg(CASE WHEN f.field = 'mark' THEN format('e.marks & %s <> 0', f.value::int)
                               WHEN f.field = 'tag' THEN format('%L = ANY (e.tags)', f.value)
                               WHEN f.field = 'outage' THEN format('%s = ANY (e.outages)', f.value::int)
                               WHEN f.field IN ('owner', 'carrier') THEN format('e.%I = %L', f.field, f.value)
                               WHEN f.field IN ('service', 'brand', 'tier', 'language', 'country', 'region', 'city') THEN format('lower(e.%I) = %L', f.field, f.value)
                               WHEN EXISTS (SELECT FROM pg_enum l WHERE l.enumlabel = f.value AND l.enumtypid =
                                            (CASE f.field WHEN 'kind' THEN 'exception_kind' WHEN 'state' THEN 'exception_state' WHEN 'severity' THEN 'severity'
                                                          WHEN 'fault' THEN 'fault' ELSE 'shipment_status' END)::regtype)
                               THEN format('e.%I = %L', CASE f.field WHEN 'status' THEN 'effective_status' ELSE f.field END, f.value)
                               ELSE 'false' END, ' OR ') INTO either
          FROM (SELECT split_part(x, ':', 1) AS field, substr(x, strpos(x, ':') + 1) AS value FROM unnest(string_to_array(w, chr(31))) x) f;
        wanted := format('%s AND (%s)', wanted, either);
    END LOOP;
    RETURN wanted;
END
$$;
-- Texts as a condition for either: patterns of LIKE, all of one element joined by the character 31; "=NUMBER" will do instead of them.
CREATE FUNCTION facet_texts(p_search text[]) RETURNS text LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    wanted text := 'true';
    v text[];
    w text;
BEGIN
    FOREACH w IN ARRAY p_search LOOP
        v := string_to_array(w, chr(31));
        wanted := wanted || ' AND (' || (SELECT string_agg(format('e.search LIKE lower(%L)', x), ' AND ') FROM unnest(v) x WHERE x NOT LIKE '=%')
                  || coalesce((SELECT format(' OR e.tracking_number = %L', substr(x, 2)) FROM unnest(v) x WHERE x LIKE '=%' LIMIT 1), '') || ')';
    END LOOP;
    RETURN wanted;
END
$$;

-- A page of one order as text of SQL. which: of what there is; most: how many of those are looked at; kept: which of them. As many as were wanted.
CREATE FUNCTION facet_page(p_order text, p_key bigint, p_id bigint, p_down boolean, p_limit bigint, p_which text, p_most text, p_kept text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN format('SELECT array_agg(x.id) FROM (SELECT e.id FROM (SELECT * FROM doorstep.exception e WHERE e.state <> ''resolved'' AND (e.%1$I, e.id) %2$s (%3$s, %4$s) AND %7$s'
                  ' ORDER BY e.%1$I %5$s, e.id %5$s LIMIT %8$s) e WHERE %9$s LIMIT %6$s) x',
                  'k_' || p_order, CASE WHEN p_down THEN '>' ELSE '<' END, p_key, p_id, CASE WHEN p_down THEN 'ASC' ELSE 'DESC' END, p_limit, p_which, p_most, p_kept);

-- Of those that the indexes find, sorted.
CREATE FUNCTION facet_found(p_which text, p_order text, p_key bigint, p_id bigint, p_down boolean, p_limit bigint) RETURNS bigint[]
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp SET enable_indexscan = off SET enable_bitmapscan = on SET enable_sort = on AS $$
DECLARE
    ids bigint[];
BEGIN
    EXECUTE facet_page(p_order, p_key, p_id, p_down, p_limit, p_which, p_limit::text, 'true') INTO ids;
    RETURN coalesce(ids, '{}');
END
$$;
REVOKE EXECUTE ON FUNCTION facet_rows(text[], boolean), facet_words(text[]), facet_brands(), facet_index(text[]), facet_columns(text[]), facet_texts(text[]),
    facet_page(text, bigint, bigint, boolean, bigint, text, text, text), facet_found(text, text, bigint, bigint, boolean, bigint) FROM PUBLIC;

-- The ids of a page of open ones: the first p_limit after (key, id) of an order, or before it, that have all these words and texts. Few are found and
-- sorted. Of many, enough stand soon along the order; where they do not, no more are passed than there are to sort. Of a text no statistics know, so
-- a thousand are passed, and what is among them says how many there may be. Stable: it sees what the query sees that asks for its rows.
CREATE FUNCTION filter_page(p_words text[], p_search text[], p_order text, p_key bigint, p_id bigint, p_down boolean, p_limit bigint) RETURNS bigint[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET jit = off SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
DECLARE
    tried CONSTANT int := 1000;
    words text[] := facet_words(p_words);
    there record := facet_rows(words, true);
    texts text := facet_texts(p_search);
    brands text := facet_brands();
    likely float8 := there.rows;
    kept text;
    ids bigint[];
BEGIN
    PERFORM require_level(1, 'read the queue');
    IF p_order <> ALL ('{urgency,severity,newest,oldest,scan,promised,updated}') THEN
        RAISE EXCEPTION 'the queue has no order "%"', p_order USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF there.rows > sqrt(p_limit * there.whole) THEN
        kept := format('%s AND %s AND %s', brands, facet_columns(words), texts);
        IF texts <> 'true' THEN
            EXECUTE facet_page(p_order, p_key, p_id, p_down, p_limit, 'true', tried::text, kept) INTO ids;
            IF cardinality(ids) >= p_limit THEN
                RETURN ids;
            END IF;
            likely := there.whole * coalesce(cardinality(ids), 0) / tried;
        END IF;
        IF likely > sqrt(p_limit * there.whole) THEN
            EXECUTE facet_page(p_order, p_key, p_id, p_down, p_limit, 'true', CASE WHEN likely > there.whole / 2 THEN 'ALL' ELSE likely::bigint::text END, kept) INTO ids;
            IF likely > there.whole / 2 OR cardinality(ids) >= p_limit THEN
                RETURN coalesce(ids, '{}');
            END IF;
        END IF;
    END IF;
    RETURN facet_found(format('%s AND %s AND %s', facet_index(words), texts, brands), p_order, p_key, p_id, p_down, p_limit);
END
$$;
GRANT EXECUTE ON FUNCTION filter_page(text[], text[], text, bigint, bigint, boolean, bigint) TO doorstep_viewer;

-- The same of those a filter leaves that words do not say all of, and of the resolved (076).
CREATE OR REPLACE FUNCTION filter_few(p_words text[], p_search text[], p_open boolean) RETURNS bigint[]
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = doorstep, pg_temp SET jit = off SET enable_seqscan = off SET enable_indexscan = off AS $$
DECLARE
    -- a row by its id costs about twice a row met along the order: with a million, the two ways cost the same here
    most CONSTANT int := 5000;
    words text[] := facet_words(p_words);
    there record := facet_rows(words, true);
    done record := facet_rows(words, false);
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
    IF share * (there.rows + CASE WHEN p_open THEN 0 ELSE done.rows END) > most * 1.5 THEN
        RETURN NULL;
    END IF;
    -- the open ones and the resolved each have their indexes
    wanted := format(CASE WHEN p_open THEN 'e.state <> ''resolved'' AND %1$s' ELSE '(e.state <> ''resolved'' AND %1$s OR e.state = ''resolved'' AND %1$s)' END,
                     facet_index(words) || ' AND ' || texts);
    EXECUTE 'SELECT array_agg(id) FROM (SELECT e.id FROM exception e WHERE ' || wanted || ' LIMIT ' || most + 1 || ') x' INTO ids;
    RETURN CASE WHEN cardinality(ids) > most THEN NULL ELSE coalesce(ids, '{}') END;
END
$$;

RESET search_path;
RESET ROLE;
