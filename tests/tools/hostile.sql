-- Everything people, shops and carriers can write, filled with what steers terminals, turns and hides text: behind the border, as
-- somebody with psql could have written it. Each text column of each table by itself, and every text inside JSON; what a constraint
-- refuses stays as it is, and so do instants inside JSON, which only functions write. Says how many columns and cells it filled.
SET session_replication_role = replica;
CREATE FUNCTION pg_temp.hostile() RETURNS text IMMUTABLE LANGUAGE sql AS
    $$SELECT E'\x1B]0;pwned\x07\x1B[41mpwned\u009B42mpwned\u202Edelip\u202C\u200Bz\uFEFF\u2066i\u2069\U0001F69A<b>&"'$$;
CREATE FUNCTION pg_temp.hostile(j jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT CASE jsonb_typeof(j)
        WHEN 'string' THEN CASE WHEN j #>> '{}' ~ '^\d{4}-\d\d-\d\d[T ]' THEN j ELSE to_jsonb((j #>> '{}') || pg_temp.hostile()) END
        WHEN 'object' THEN (SELECT coalesce(jsonb_object_agg(key, pg_temp.hostile(value)), '{}') FROM jsonb_each(j))
        WHEN 'array' THEN (SELECT coalesce(jsonb_agg(pg_temp.hostile(value)), '[]') FROM jsonb_array_elements(j))
        ELSE j END $$;
CREATE TEMP TABLE filled (what text, cells bigint);
DO $$
DECLARE
    c record;
    n bigint;
BEGIN
    FOR c IN
        SELECT r.relname, a.attname, a.atttypid = 'jsonb'::regtype AS json
        FROM pg_class r JOIN pg_attribute a ON a.attrelid = r.oid
        WHERE r.relnamespace = 'doorstep'::regnamespace AND r.relkind IN ('r', 'p') AND NOT r.relispartition
          AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.atttypid IN ('text'::regtype, 'jsonb'::regtype)
          -- what joins tables by its text, or is looked up by it, stays what it is
          AND r.relname NOT IN ('schema_migration', 'retention_policy', 'personal_table', 'counter', 'hint_channel', 'history_part', 'contact_driver', 'feed_stage')
          AND r.relname NOT LIKE 'rollup%' AND a.attname NOT IN ('code', 'token', 'timezone', 'time_zone', 'language', 'channel', 'provider', 'state', 'kind', 'status')
    LOOP
        BEGIN
            EXECUTE format('UPDATE doorstep.%I SET %I = %s WHERE %I IS NOT NULL', c.relname, c.attname,
                           CASE WHEN c.json THEN format('pg_temp.hostile(%I)', c.attname) ELSE format('%I || pg_temp.hostile()', c.attname) END, c.attname);
            GET DIAGNOSTICS n = ROW_COUNT;
            INSERT INTO filled VALUES (c.relname || '.' || c.attname, n);
        EXCEPTION WHEN OTHERS THEN
            NULL;
        END;
    END LOOP;
END $$;
SET session_replication_role = origin;
SELECT count(*) FILTER (WHERE cells > 0) || ' ' || sum(cells) FROM filled;
