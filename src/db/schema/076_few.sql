-- Pages that a filter leaves little of. A page is read along the index of its order, which is the shortest way where the filter keeps one
-- row in a few hundred. Where it keeps one in ten thousand, an index of what each exception is finds those first. Which way it is the
-- server's statistics say, and they, like this index, are of no use to a reader under row-level security (see search_ids): hence a
-- function that looks as the owner and answers the ids of the few, or null where they are many.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- What a filter may ask for by a word, as the filter says it: "region:wy", "owner:maria", "mark:64" (a bit of enum mark).
CREATE FUNCTION facets(e exception) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = doorstep, pg_temp AS $$
BEGIN
    -- a kind's or a state's name never changes, though PostgreSQL cannot know that
    RETURN array_remove(ARRAY[
        'state:' || e.state, 'kind:' || e.kind, 'severity:' || e.severity, 'fault:' || e.fault, 'status:' || e.effective_status,
        'carrier_status:' || e.carrier_status, 'carrier:' || e.carrier, 'service:' || lower(e.service), 'brand:' || lower(e.brand), 'owner:' || e.owner, 'tier:' || lower(e.tier),
        'language:' || lower(e.language), 'country:' || lower(e.country), 'region:' || lower(e.region), 'city:' || lower(e.city),
        CASE WHEN e.marks & 2 <> 0 THEN 'mark:2' END, CASE WHEN e.marks & 4 <> 0 THEN 'mark:4' END, CASE WHEN e.marks & 8 <> 0 THEN 'mark:8' END,
        CASE WHEN e.marks & 16 <> 0 THEN 'mark:16' END, CASE WHEN e.marks & 32 <> 0 THEN 'mark:32' END, CASE WHEN e.marks & 64 <> 0 THEN 'mark:64' END,
        CASE WHEN e.marks & 128 <> 0 THEN 'mark:128' END], NULL)
        || CASE WHEN e.tags <> '{}' THEN ARRAY(SELECT 'tag:' || t FROM unnest(e.tags) t) END
        || CASE WHEN e.outages <> '{}' THEN ARRAY(SELECT 'outage:' || o FROM unnest(e.outages) o) END;
END
$$;
ALTER FUNCTION facets(exception) RESET search_path;      -- a setting of its own would cost more than all of it; every name is a built-in's

-- What waits in the index to be sorted in is read with each search: a little of it only. The open and the resolved have one each: a word that is
-- common among the resolved alone is rare where nearly everybody looks. The open ones' is made first, for the planner's statistics of facets()
-- are those of the first.
CREATE INDEX exception_facets ON exception USING gin (facets(exception)) WITH (gin_pending_list_limit = 256) WHERE state <> 'resolved';
CREATE INDEX exception_facets_done ON exception USING gin (facets(exception)) WITH (gin_pending_list_limit = 256) WHERE state = 'resolved';
ALTER INDEX exception_search SET (gin_pending_list_limit = 256);
-- What is parked has no due time and stands last: whoever jumps to the end of what is to be done does not walk through all of it.
CREATE INDEX exception_todo ON exception (k_urgency, id) WHERE state IN ('new', 'working');
CREATE INDEX exception_postal ON exception (postal_code) WHERE state <> 'resolved';
DO $$
BEGIN
    EXECUTE format('CREATE INDEX exception_search_done ON exception USING gin (search %I.gin_trgm_ops) WITH (gin_pending_list_limit = 256) WHERE state = %L',
                   (SELECT n.nspname FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace WHERE x.extname = 'pg_trgm'), 'resolved');
END
$$;

-- Ids of the few that have all these words, or null: they are many, or nothing says that they are few. Of a word with several values, which
-- are joined by the character 31, one is enough. p_search: patterns of LIKE, all of a text joined likewise; one that begins with "=" is a
-- tracking number, which will do instead of them. What a filter excludes, or compares, is not asked here: these are candidates. Volatile
-- because the planner is asked; it changes nothing.
CREATE FUNCTION filter_few(p_words text[], p_search text[], p_open boolean) RETURNS bigint[]
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = doorstep, pg_temp SET jit = off SET enable_seqscan = off SET enable_indexscan = off AS $$
DECLARE
    -- a row by its id costs about twice a row met along the order: with a million, the two ways cost the same here
    most CONSTANT int := 5000;
    mine int[] := my_brands();
    has text[] := '{}';
    wanted text := 'true';
    words text[] := p_words;
    w text;
    v text[];
    plan json;
    ids bigint[];
BEGIN
    PERFORM require_level(1, 'read the queue');
    IF mine IS NOT NULL THEN
        words := words || coalesce((SELECT string_agg('brand:' || b.code, chr(31)) FROM brand b WHERE b.id = ANY (mine)), 'brand:');
    END IF;
    FOREACH w IN ARRAY words LOOP
        v := ARRAY(SELECT CASE WHEN x = 'mine' THEN 'owner:' || session_user WHEN x LIKE 'owner:%' THEN x ELSE lower(x) END
                     FROM unnest(string_to_array(w, chr(31))) x);
        IF cardinality(v) = 1 THEN
            has := has || v;
        ELSE
            wanted := wanted || format(' AND facets(e) && %L::text[]', v);
        END IF;
    END LOOP;
    IF cardinality(has) > 0 THEN
        wanted := wanted || format(' AND facets(e) @> %L::text[]', has);
    END IF;
    FOREACH w IN ARRAY p_search LOOP
        v := string_to_array(w, chr(31));
        wanted := wanted || ' AND (' || (SELECT string_agg(format('e.search LIKE lower(%L)', x), ' AND ') FROM unnest(v) x WHERE x NOT LIKE '=%')
                  || coalesce((SELECT format(' OR e.tracking_number = %L', substr(x, 2)) FROM unnest(v) x WHERE x LIKE '=%' LIMIT 1), '') || ')';
    END LOOP;
    -- the open ones and the resolved each have their indexes
    wanted := format(CASE WHEN p_open THEN 'e.state <> ''resolved'' AND %1$s' ELSE '(e.state <> ''resolved'' AND %1$s OR e.state = ''resolved'' AND %1$s)' END, wanted);
    EXECUTE 'EXPLAIN (FORMAT JSON) SELECT FROM exception e WHERE ' || wanted INTO plan;
    IF (plan->0->'Plan'->>'Plan Rows')::float8 > most * 1.5 THEN
        RETURN NULL;
    END IF;
    EXECUTE 'SELECT array_agg(id) FROM (SELECT e.id FROM exception e WHERE ' || wanted || ' LIMIT ' || most + 1 || ') x' INTO ids;
    RETURN CASE WHEN cardinality(ids) > most THEN NULL ELSE coalesce(ids, '{}') END;
END
$$;
GRANT EXECUTE ON FUNCTION filter_few(text[], text[], boolean) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
