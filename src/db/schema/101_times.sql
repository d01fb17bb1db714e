-- Pages under filters of more than words: times, what is missing, what is excluded, and the resolved. The planner's statistics of times are of open and
-- resolved rows together, so how many of the open ones a time leaves is counted in the index of its order, as far as it matters and no farther.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- The orders of what is over, written once, when it is. What is resolved has no due time: by urgency and by severity it stands alike.
CREATE INDEX exception_done_severity ON exception (k_severity, id) WHERE state = 'resolved';
CREATE INDEX exception_done_newest ON exception (k_newest, id) WHERE state = 'resolved';
CREATE INDEX exception_done_oldest ON exception (k_oldest, id) WHERE state = 'resolved';
CREATE INDEX exception_done_scan ON exception (k_scan, id) WHERE state = 'resolved';
CREATE INDEX exception_done_promised ON exception (k_promised, id) WHERE state = 'resolved';
-- What lacks something that nearly all have.
CREATE INDEX exception_lacking ON exception (id) WHERE state <> 'resolved' AND (last_scan_at IS NULL OR country IS NULL OR region IS NULL OR city IS NULL);

-- "at:FIELD:OP:MS", an instant, or "in:FIELD:OP:MS", that long from now, "prefix:FIELD:TEXT" and "none:FIELD" as conditions for a row (exact), and for
-- an index (bound; null: none can find it). own: the bound is a stretch of the order.
CREATE FUNCTION page_term(p_word text, p_order text, OUT exact text, OUT bound text, OUT own boolean) LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    part text[] := string_to_array(p_word, ':');
    field text := part[2];
    name text;
    key text;
    at timestamptz;
    ms bigint;
BEGIN
    own := false;
    IF p_word ~ '^(at|in):(age|on|scan|promised|done|sla):[<>]=?:-?[0-9]{1,18}$' THEN
        at := CASE part[1] WHEN 'at' THEN timestamptz 'epoch' ELSE now() END + part[4]::bigint * interval '1 ms';
        ms := floor(extract(epoch FROM at) * 1000);
        name := CASE field WHEN 'scan' THEN 'last_scan_at' WHEN 'promised' THEN 'promised_at' WHEN 'done' THEN 'resolved_at' WHEN 'sla' THEN 'due_at' ELSE 'opened_at' END;
        exact := format('coalesce(e.%I %s %L::timestamptz, false)', name, part[3], at);
        key := CASE field WHEN 'scan' THEN 'k_scan' WHEN 'promised' THEN 'k_promised' WHEN 'sla' THEN 'k_urgency' WHEN 'done' THEN name
                          ELSE CASE p_order WHEN 'newest' THEN 'k_newest' ELSE 'k_oldest' END END;
        -- a little wider than the condition: keys are whole seconds or milliseconds
        bound := CASE WHEN field = 'done' THEN format('e.resolved_at %s %L::timestamptz', part[3], at)
                      WHEN field = 'sla' AND part[3] LIKE '<%' THEN format('e.k_urgency < %s', (floor(ms / 1000.0) + 1) * 4)
                      WHEN field = 'sla' THEN format('e.k_urgency >= %s AND e.k_urgency < 274877906940', floor(ms / 1000.0) * 4)
                      WHEN key = 'k_newest' THEN format('e.k_newest %s %s', CASE WHEN part[3] LIKE '<%' THEN '>=' ELSE '<=' END, -ms + CASE WHEN part[3] LIKE '<%' THEN -1 ELSE 1 END)
                      WHEN part[3] LIKE '<%' THEN format('e.%I <= %s', key, ms + 1)
                      ELSE format('e.%I >= %s AND e.%1$I < 9223372036854775807', key, ms - 1) END;
        own := key = 'k_' || p_order;
    ELSIF p_word ~ '^prefix:(postal|tracking|order):.' THEN
        name := CASE field WHEN 'postal' THEN 'postal_code' ELSE field || '_number' END;
        key := substr(p_word, length('prefix:') + length(field) + 2);
        exact := format('e.%1$I >= %2$L AND e.%1$I < %3$L', name, key, key || chr(1114111));
        bound := exact;
    ELSIF p_word = 'none:promised' THEN
        exact := 'e.promised_at IS NULL';
        bound := 'e.k_promised = 9223372036854775807';
        own := p_order = 'promised';
    ELSIF p_word = 'none:sla' THEN
        exact := 'e.due_at IS NULL';
        bound := 'e.k_urgency >= 274877906940';
        own := p_order = 'urgency';
    ELSIF p_word = 'none:tag' THEN
        exact := 'e.tags = ''{}''';
    ELSIF p_word ~ '^none:(service|owner|tier|language|country|region|city|scan)$' THEN
        exact := format('e.%I IS NULL', CASE field WHEN 'scan' THEN 'last_scan_at' ELSE field END);
        bound := CASE WHEN field IN ('country', 'region', 'city', 'scan') THEN exact END;
    ELSE
        RAISE EXCEPTION 'the queue does not know what "%" is', p_word USING ERRCODE = 'invalid_parameter_value';
    END IF;
END
$$;

-- What stands after (key, id) of an order, or before it; of all of it nothing is said, or it would be read from its end on whatever else is said.
CREATE FUNCTION page_from(p_column text, p_key bigint, p_id bigint, p_down boolean) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN (p_key, p_id) IN ((-9223372036854775808, -9223372036854775808), (9223372036854775807, 9223372036854775807)) THEN 'true'
                ELSE format('(e.%I, e.id) %s (''%s''::bigint, ''%s''::bigint)', p_column, CASE WHEN p_down THEN '>' ELSE '<' END, p_key, p_id) END;

-- A page of one order as text of SQL: of p_most rows of p_along those of p_kept, as many as were wanted. What is resolved has one order for two.
CREATE FUNCTION page_walk(p_open boolean, p_order text, p_key bigint, p_id bigint, p_down boolean, p_limit bigint, p_along text, p_most text, p_kept text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN (SELECT format('SELECT array_agg(x.id) FROM (SELECT e.id FROM (SELECT * FROM doorstep.exception e WHERE e.state %1$s ''resolved'' AND %2$s AND %3$s'
                          ' ORDER BY e.%4$I %5$s, e.id %5$s LIMIT %6$s) e WHERE %7$s LIMIT %8$s) x',
                          CASE WHEN p_open THEN '<>' ELSE '=' END, page_from(o.name, o.key, p_id, p_down), p_along, o.name, CASE WHEN p_down THEN 'ASC' ELSE 'DESC' END, p_most, p_kept, p_limit)
              FROM (SELECT CASE WHEN p_open OR p_order <> 'urgency' THEN 'k_' || p_order ELSE 'k_severity' END AS name,
                           CASE WHEN p_open OR p_order <> 'urgency' OR p_key IN (-9223372036854775808, 9223372036854775807) THEN p_key WHEN p_key < 274877906940 THEN -1
                                WHEN p_key > 274877906943 THEN 9223372036854775806 ELSE (p_key - 274877906940) * 68719476736 + 68719476735 END AS key) o);

-- Of those an index finds, sorted: not along the order's, which adding nothing to its key says.
CREATE FUNCTION page_found(p_open boolean, p_which text, p_kept text, p_order text, p_key bigint, p_id bigint, p_down boolean, p_limit bigint) RETURNS bigint[]
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp SET enable_indexscan = off SET enable_bitmapscan = on SET enable_sort = on AS $$
DECLARE
    ids bigint[];
BEGIN
    EXECUTE format('SELECT array_agg(x.id) FROM (SELECT e.id FROM doorstep.exception e WHERE e.state %s ''resolved'' AND coalesce(%s, false) AND %s AND %s'
                   ' ORDER BY e.%I %s, e.id %6$s LIMIT %s) x', CASE WHEN p_open THEN '<>' ELSE '=' END, page_from('k_' || p_order, p_key, p_id, p_down), p_which, p_kept,
                   'k_' || p_order, CASE WHEN p_down THEN 'ASC' ELSE 'DESC' END, p_limit) INTO ids;
    RETURN coalesce(ids, '{}');
END
$$;

-- How many an index has of a bound, as far as p_most; some know nothing of states.
CREATE FUNCTION page_count(p_open boolean, p_bound text, p_most bigint) RETURNS bigint LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    n bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM (SELECT FROM doorstep.exception e WHERE %s AND %s LIMIT %s) x',
                   CASE WHEN p_bound ~ '^e\.(resolved_at|order_number|tracking_number) ' THEN 'true' WHEN p_open THEN 'e.state <> ''resolved''' ELSE 'e.state = ''resolved''' END, p_bound, p_most) INTO n;
    RETURN n;
END
$$;

-- Where in an order by severity those of a word stand; by urgency, what has no due time is behind the rest, by severity. In the order's direction.
CREATE FUNCTION page_stretches(p_words text[], p_order text, p_open boolean, p_down boolean) RETURNS text[] LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    w text;
    a int;
    b int;
    two text[];
BEGIN
    IF p_open AND p_order IN ('severity', 'urgency') THEN
        FOREACH w IN ARRAY p_words LOOP
            IF w LIKE 'severity:%' THEN
                SELECT min(severity_order(l.enumlabel::severity)), max(severity_order(l.enumlabel::severity)) INTO a, b
                  FROM pg_enum l WHERE l.enumtypid = 'severity'::regtype AND 'severity:' || l.enumlabel = ANY (string_to_array(w, chr(31)));
                IF a IS NULL THEN
                    RETURN '{}';
                ELSIF p_order = 'severity' THEN
                    RETURN ARRAY[format('e.k_severity >= %s AND e.k_severity < %s', a * 68719476736, (b + 1) * 68719476736)];
                END IF;
                two := ARRAY['e.k_urgency < 274877906940', format('e.k_urgency >= %s AND e.k_urgency <= %s', 274877906940 + a, 274877906940 + b)];
                RETURN CASE WHEN p_down THEN two ELSE ARRAY[two[2], two[1]] END;
            END IF;
        END LOOP;
    END IF;
    RETURN '{true}';
END
$$;

-- The bounds of terms that are no stretch of the order, those of one field together, and the conditions of all; null: nobody can have them.
CREATE FUNCTION page_terms(p_terms text[], p_order text, p_open boolean, OUT kept text, OUT along text, OUT bounds text[]) LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    fields text[] := '{}';
    field text;
    i int;
    t record;
    w text;
BEGIN
    kept := 'true';
    along := 'true';
    bounds := '{}';
    FOREACH w IN ARRAY p_terms LOOP
        t := page_term(w, p_order);
        field := split_part(w, ':', 2);
        kept := kept || ' AND ' || t.exact;
        -- what is resolved has no due time, and nothing else was resolved at one
        IF w NOT LIKE 'none:%' AND field = (CASE WHEN p_open THEN 'done' ELSE 'sla' END) THEN
            kept := NULL;
            RETURN;
        END IF;
        i := array_position(fields, field);
        IF NOT p_open AND (w LIKE 'none:%' OR field IN ('sla', 'postal')) OR t.bound IS NULL THEN
            CONTINUE;
        ELSIF t.own THEN
            along := along || ' AND ' || t.bound;
        ELSIF i IS NULL THEN
            fields := fields || field;
            bounds := bounds || t.bound;
        ELSE
            bounds[i] := bounds[i] || ' AND ' || t.bound;
        END IF;
    END LOOP;
END
$$;

-- A page of the open, or of the resolved. Few, by their words' statistics or counted by a time's index, are found and sorted; of more, enough stand soon
-- along the order, or along the stretch of it that is meant; where they do not, no more are passed than there are to sort.
CREATE FUNCTION page_of(p_open boolean, p_words text[], p_terms text[], p_texts text, p_kept text, p_order text, p_key bigint, p_id bigint, p_down boolean, p_limit bigint) RETURNS bigint[]
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    tried CONSTANT int := 1000;
    sortable CONSTANT int := 100000;      -- are sorted in less time than the whole order is walked in
    there record := facet_rows(p_words, p_open);
    owner text := CASE WHEN p_open AND p_order = 'urgency' THEN facet_owner(p_words) END;
    stretch text[] := page_stretches(p_words, p_order, p_open, p_down);
    terms record := page_terms(p_terms, p_order, p_open);
    whole float8 := there.whole;
    likely float8 := there.rows;
    few float8 := sqrt(p_limit * whole);
    wordless boolean := cardinality(p_words) = 0 AND p_texts = 'true';
    alone boolean := p_texts = 'true' AND cardinality(p_words) = 1 AND cardinality(terms.bounds) = 0;
    kept text := concat_ws(' AND ', p_kept, terms.kept, facet_columns(p_words), p_texts);
    along text := terms.along;
    most float8;
    fewest bigint;
    bound text;
    n bigint;
    b text;
    ids bigint[] := '{}';
    part bigint[];
BEGIN
    IF terms.kept IS NULL THEN
        RETURN '{}';
    END IF;
    FOREACH b IN ARRAY terms.bounds LOOP
        n := page_count(p_open, b, few::bigint + 1);
        IF fewest IS NULL OR n < fewest THEN
            fewest := n;
            bound := b;
        END IF;
    END LOOP;
    IF fewest <= few AND (fewest <= likely OR cardinality(p_words) = 0) THEN
        RETURN page_found(p_open, bound, kept, p_order, p_key, p_id, p_down, p_limit);
    END IF;
    IF owner IS NOT NULL THEN
        along := format('%s AND e.owner = %L', along, substr(owner, length('owner:') + 1));
        whole := CASE WHEN cardinality(p_words) = 1 THEN greatest(likely, 1) ELSE (facet_rows(ARRAY[owner], true)).rows END;
        likely := least(whole, greatest(likely, 1));
        few := sqrt(p_limit * whole);
    END IF;
    IF likely > few OR wordless OR owner IS NOT NULL AND alone THEN
        IF p_texts <> 'true' THEN
            EXECUTE page_walk(p_open, p_order, p_key, p_id, p_down, p_limit, along, tried::text, kept) INTO part;
            IF cardinality(part) >= p_limit THEN
                RETURN part;
            END IF;
            likely := whole * coalesce(cardinality(part), 0) / tried;
        END IF;
        IF likely > few OR p_texts = 'true' THEN
            alone := alone AND stretch <> '{true}';
            IF cardinality(stretch) = 2 AND NOT alone THEN
                stretch := '{true}';
            END IF;
            -- two stretches are each walked to their ends
            most := CASE WHEN bound IS NOT NULL THEN 2 * few WHEN NOT alone AND NOT wordless AND likely <= whole / 2 THEN likely END;
            FOREACH b IN ARRAY stretch LOOP
                EXECUTE page_walk(p_open, p_order, p_key, p_id, p_down, p_limit - cardinality(ids), along || ' AND ' || b, coalesce(most::bigint::text, 'ALL'), kept) INTO part;
                ids := ids || part;
                EXIT WHEN cardinality(ids) >= p_limit;
            END LOOP;
            IF most IS NULL OR cardinality(ids) >= p_limit THEN
                RETURN ids;
            END IF;
        END IF;
    END IF;
    IF bound IS NOT NULL AND p_texts = 'true' THEN
        n := page_count(p_open, bound, sortable + 1);
        IF n <= sortable AND (n <= likely OR wordless) THEN
            RETURN page_found(p_open, bound, kept, p_order, p_key, p_id, p_down, p_limit);
        ELSIF likely > sortable OR wordless THEN
            EXECUTE page_walk(p_open, p_order, p_key, p_id, p_down, p_limit, along, 'ALL', kept) INTO ids;
            RETURN coalesce(ids, '{}');
        END IF;
    END IF;
    RETURN page_found(p_open, format('%s AND %s', facet_index(p_words), p_texts), concat_ws(' AND ', p_kept, terms.kept), p_order, p_key, p_id, p_down, p_limit);
END
$$;

-- A word as the reader means it; those of several values are joined by the character 31.
CREATE FUNCTION facet_own(p_word text) RETURNS text LANGUAGE sql STABLE
    RETURN (SELECT string_agg(CASE WHEN x = 'mine' THEN 'owner:' || session_user WHEN x LIKE 'owner:%' THEN x ELSE lower(x) END, chr(31)) FROM unnest(string_to_array(p_word, chr(31))) x);

-- The ids of a page: the first p_limit after (key, id) of an order, or before it, that have all these words and texts. One that begins with "-" excludes;
-- "any" among the words: the resolved, too. Stable: it sees what the query sees that asks for its rows.
CREATE OR REPLACE FUNCTION filter_page(p_words text[], p_search text[], p_order text, p_key bigint, p_id bigint, p_down boolean, p_limit bigint) RETURNS bigint[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp SET jit = off SET max_parallel_workers_per_gather = 0 SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
DECLARE
    plain text[] := ARRAY(SELECT w FROM unnest(p_words) w WHERE w !~ '^(-|(at|in|prefix|none):|any$)');
    terms text[] := ARRAY(SELECT w FROM unnest(p_words) w WHERE w ~ '^(at|in|prefix|none):');
    words text[] := facet_words(plain);
    texts text := facet_texts(ARRAY(SELECT s FROM unnest(p_search) s WHERE s NOT LIKE '-%'));
    kept text := facet_brands();
    opened boolean := p_words && '{state:resolved}' IS NOT TRUE;
    w text;
    ids bigint[];
    done bigint[];
BEGIN
    PERFORM require_level(1, 'read the queue');
    IF p_order <> ALL ('{urgency,severity,newest,oldest,scan,promised,updated}') THEN
        RAISE EXCEPTION 'the queue has no order "%"', p_order USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR w IN SELECT substr(x, 2) FROM unnest(p_words) x WHERE x LIKE '-%' LOOP
        kept := format('%s AND (%s) IS NOT TRUE', kept, CASE WHEN w ~ '^(at|in|prefix|none):' THEN (page_term(w, p_order)).exact ELSE facet_columns(ARRAY[facet_own(w)]) END);
    END LOOP;
    FOR w IN SELECT substr(x, 2) FROM unnest(p_search) x WHERE x LIKE '-%' LOOP
        kept := format('%s AND (%s) IS NOT TRUE', kept, facet_texts(ARRAY[w]));
    END LOOP;
    IF opened THEN
        ids := page_of(true, words, terms, texts, kept, p_order, p_key, p_id, p_down, p_limit);
    END IF;
    IF 'any' <> ALL (p_words) THEN
        RETURN ids;
    END IF;
    done := page_of(false, words, terms, texts, kept, p_order, p_key, p_id, p_down, p_limit);
    IF coalesce(cardinality(ids), 0) = 0 OR cardinality(done) = 0 THEN
        RETURN coalesce(ids, '{}') || done;
    END IF;
    EXECUTE format('SELECT array_agg(x.id) FROM (SELECT e.id FROM doorstep.exception e WHERE e.id = ANY ($1) ORDER BY e.%I + 0 %s, e.id %2$s LIMIT %s) x',
                   'k_' || p_order, CASE WHEN p_down THEN 'ASC' ELSE 'DESC' END, p_limit) INTO ids USING ids || done;
    RETURN ids;
END
$$;

-- Workers take longer to start than a page may.
ALTER FUNCTION filter_few(text[], text[], boolean) SET max_parallel_workers_per_gather = 0;
ALTER FUNCTION search_ids(text) SET max_parallel_workers_per_gather = 0;
ALTER FUNCTION search_all_ids(text) SET max_parallel_workers_per_gather = 0;

DROP FUNCTION facet_page(text, bigint, bigint, boolean, bigint, text, text, text), facet_found(text, text, bigint, bigint, boolean, bigint);
REVOKE EXECUTE ON FUNCTION page_term(text, text), page_from(text, bigint, bigint, boolean), page_walk(boolean, text, bigint, bigint, boolean, bigint, text, text, text), page_found(boolean, text, text, text, bigint, bigint, boolean, bigint),
    page_count(boolean, text, bigint), page_stretches(text[], text, boolean, boolean), page_terms(text[], text, boolean),
    page_of(boolean, text[], text[], text, text, text, bigint, bigint, boolean, bigint), facet_own(text) FROM PUBLIC;

RESET search_path;
RESET ROLE;
