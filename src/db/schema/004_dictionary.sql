-- The status dictionary: what a provider's code means. Shared and versioned: a row is never
-- changed, it ends with the version that replaces it.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

CREATE TYPE map_role AS ENUM (
    'open',    -- opens or keeps an exception of its kind
    'watch',   -- opens nothing, but a timer for its kind may
    'normal',  -- an ordinary scan
    'clear'    -- ends the kinds it names
);

CREATE TABLE dictionary_version (
    version integer PRIMARY KEY,
    note    text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    made_by text NOT NULL DEFAULT session_user
);

-- What customers are told, by language. A status without wording is never told to them.
CREATE TABLE status_wording (
    wording  text NOT NULL,
    language text NOT NULL,
    text     text NOT NULL CHECK (text <> ''),
    PRIMARY KEY (wording, language)
);

CREATE TABLE status_map (
    id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version  integer NOT NULL REFERENCES dictionary_version,
    ended_in integer REFERENCES dictionary_version,  -- the version that replaced it
    provider text NOT NULL,
    code     text,     -- normalised; NULL: any
    detail   text,     -- normalised; NULL: any
    pattern  text,     -- regular expression on the message, any case; NULL: any
    priority smallint NOT NULL DEFAULT 0,  -- before specificity: 1 a final word, -1 says little
    status   shipment_status,     -- NULL: leaves the shipment's status as it is
    role     map_role NOT NULL,
    kind     exception_kind,
    severity severity,            -- NULL: the kind's default
    clears   exception_kind[] NOT NULL DEFAULT '{}',
    wording  text,
    label    text NOT NULL CHECK (label <> '' AND length(label) <= 60),
    CHECK (coalesce(code, detail, pattern) IS NOT NULL),
    CHECK (role <> 'open' OR kind IS NOT NULL),
    CHECK (role <> 'clear' OR clears <> '{}'),
    CHECK (kind IS DISTINCT FROM 'tracking_error' OR wording IS NULL)
);
CREATE UNIQUE INDEX status_map_live ON status_map
    (provider, coalesce(code, ''), coalesce(detail, ''), coalesce(pattern, '')) WHERE ended_in IS NULL;

-- The dictionary's to-do list: codes that found nothing.
CREATE TABLE unmapped_code (
    provider   text NOT NULL,
    code       text NOT NULL,   -- normalised; '' when the event had none
    detail     text NOT NULL,
    count      bigint NOT NULL DEFAULT 1,
    first_seen timestamptz NOT NULL DEFAULT now(),
    last_seen  timestamptz NOT NULL DEFAULT now(),
    sample     text NOT NULL DEFAULT '',    -- the carrier's words, once
    sample_tracking text,
    PRIMARY KEY (provider, code, detail)
);

-- "007" and "7", "ok " and "OK" are one code.
CREATE FUNCTION norm_code(p text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT nullif(coalesce(nullif(ltrim(upper(btrim(p)), '0'), ''), left(btrim(p), 1)), '') $$;

-- How exactly a row must fit to win: detail, then text, then code.
CREATE FUNCTION map_rank(m status_map) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT m.priority * 8 + (m.detail IS NOT NULL)::int * 4 + (m.pattern IS NOT NULL)::int * 2
           + (m.code IS NOT NULL)::int $$;

-- One code looked up as the merge does it; no row when the dictionary has none.
CREATE FUNCTION status_lookup(p_provider text, p_code text, p_detail text, p_message text)
RETURNS SETOF status_map
LANGUAGE sql STABLE
SET search_path = doorstep, pg_temp
AS $$
    SELECT m.* FROM status_map m
    WHERE m.ended_in IS NULL AND m.provider = lower(btrim(p_provider))
      AND (m.code IS NULL OR m.code = norm_code(p_code))
      AND (m.detail IS NULL OR m.detail = norm_code(p_detail))
      AND (m.pattern IS NULL OR p_message ~* m.pattern)
    ORDER BY map_rank(m) DESC, m.id LIMIT 1
$$;

-- "ups X/48 -> address_issue (v1)": which entry spoke, for people.
CREATE FUNCTION map_reason(p_id integer) RETURNS text
LANGUAGE sql STABLE
SET search_path = doorstep, pg_temp
AS $$
    SELECT provider || ' ' || concat_ws('/', coalesce(code, '*'), detail) || coalesce(' "' || pattern || '"', '')
        || ' -> ' || coalesce(kind::text, status::text, role::text) || ' (v' || version || ')'
    FROM status_map WHERE id = p_id
$$;

GRANT SELECT ON status_map, status_wording, dictionary_version, unmapped_code TO doorstep_viewer, doorstep_feed, doorstep_worker;
GRANT EXECUTE ON FUNCTION norm_code(text), map_rank(status_map), status_lookup(text, text, text, text), map_reason(int)
    TO doorstep_viewer, doorstep_feed, doorstep_worker;

RESET search_path;
RESET ROLE;
