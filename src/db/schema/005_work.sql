-- The work: exceptions, what was done to them, and the rules they are worked by.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- calendars and SLA

CREATE TABLE calendar (
    id        int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name      text NOT NULL UNIQUE,
    time_zone text NOT NULL
);
CREATE TABLE calendar_hours (             -- several rows a weekday: split shifts; past midnight: two rows
    calendar_id int NOT NULL REFERENCES calendar ON DELETE CASCADE,
    weekday     int NOT NULL CHECK (weekday BETWEEN 1 AND 7),          -- Monday is 1
    opens       time NOT NULL,
    closes      time NOT NULL,                                         -- '24:00' is midnight
    PRIMARY KEY (calendar_id, weekday, opens),
    CHECK (opens < closes)
);
CREATE TABLE calendar_holiday (
    calendar_id int NOT NULL REFERENCES calendar ON DELETE CASCADE,
    day         date NOT NULL,
    name        text NOT NULL,
    PRIMARY KEY (calendar_id, day)
);
-- The calendar written out as instants, with the business seconds before each stretch:
-- adding and subtracting business time is two index steps, and daylight saving time,
-- shifts and holidays are settled once. calendar_rebuild() writes it.
CREATE TABLE calendar_stretch (
    calendar_id int NOT NULL REFERENCES calendar ON DELETE CASCADE,
    starts      timestamptz NOT NULL,
    ends        timestamptz NOT NULL,
    before_s    bigint NOT NULL,
    PRIMARY KEY (calendar_id, starts)
);
CREATE INDEX calendar_stretch_before ON calendar_stretch (calendar_id, before_s);

CREATE FUNCTION calendar_rebuild(p_calendar int) RETURNS int
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    n int;
BEGIN
    DELETE FROM calendar_stretch WHERE calendar_id = p_calendar;
    INSERT INTO calendar_stretch (calendar_id, starts, ends, before_s)
    SELECT p_calendar, s, e, coalesce(sum(epoch_s(e) - epoch_s(s)) OVER (ORDER BY s ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
      FROM calendar c
      CROSS JOIN generate_series(date '2024-01-01',
                                 (now() + interval '15 years')::date, interval '1 day') d(ts)
      JOIN calendar_hours h ON h.calendar_id = c.id AND h.weekday = extract(isodow FROM d.ts)
      CROSS JOIN LATERAL (SELECT (d.ts::date + h.opens) AT TIME ZONE c.time_zone AS s,
                                 (d.ts::date + h.closes) AT TIME ZONE c.time_zone AS e) x
     WHERE c.id = p_calendar AND s < e
       AND NOT EXISTS (SELECT FROM calendar_holiday y WHERE y.calendar_id = c.id AND y.day = d.ts::date);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END
$$;

-- Keeps the stretches in step with hours, holidays and the zone.
CREATE FUNCTION calendar_changed() RETURNS trigger LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF tg_table_name = 'calendar' THEN
        PERFORM calendar_rebuild(id) FROM (SELECT id FROM changed) c;
    ELSE
        PERFORM calendar_rebuild(id) FROM calendar WHERE id IN (SELECT calendar_id FROM changed);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER changed AFTER UPDATE ON calendar REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION calendar_changed();
CREATE TRIGGER added AFTER INSERT ON calendar_hours REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION calendar_changed();
CREATE TRIGGER changed AFTER UPDATE ON calendar_hours REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION calendar_changed();
CREATE TRIGGER removed AFTER DELETE ON calendar_hours REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION calendar_changed();
CREATE TRIGGER added AFTER INSERT ON calendar_holiday REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION calendar_changed();
CREATE TRIGGER changed AFTER UPDATE ON calendar_holiday REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION calendar_changed();
CREATE TRIGGER removed AFTER DELETE ON calendar_holiday REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION calendar_changed();

-- Business seconds from the calendar's beginning to an instant.
CREATE FUNCTION business_clock(p_calendar int, p_at timestamptz) RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    s record;
BEGIN
    SELECT starts, ends, before_s INTO s FROM doorstep.calendar_stretch
     WHERE calendar_id = p_calendar AND starts <= p_at ORDER BY starts DESC LIMIT 1;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    RETURN s.before_s + doorstep.epoch_s(least(p_at, s.ends)) - doorstep.epoch_s(s.starts);
END
$$;

-- The instant when that many business seconds have passed: the earliest one, so time that
-- runs out with the shift is due at its end, not at the next morning's start. A calendar
-- without hours, and instants past the written-out years, count every hour.
CREATE FUNCTION business_add_s(p_calendar int, p_from timestamptz, p_seconds bigint) RETURNS timestamptz
    LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    target bigint := doorstep.business_clock(p_calendar, p_from) + p_seconds;
    s record;
BEGIN
    IF p_seconds <= 0 THEN
        RETURN p_from + make_interval(secs => p_seconds);
    END IF;
    SELECT starts, ends, before_s INTO s FROM doorstep.calendar_stretch
     WHERE calendar_id = p_calendar AND before_s < target ORDER BY before_s DESC LIMIT 1;
    IF NOT FOUND OR s.before_s + doorstep.epoch_s(s.ends) - doorstep.epoch_s(s.starts) < target THEN
        RETURN p_from + make_interval(secs => p_seconds);
    END IF;
    RETURN s.starts + make_interval(secs => target - s.before_s);
END
$$;

CREATE FUNCTION business_add(p_calendar int, p_from timestamptz, p_minutes int) RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN business_add_s(p_calendar, p_from, p_minutes::bigint * 60);

-- Whole business minutes from one instant to a later one; negative the other way round.
CREATE FUNCTION business_between(p_calendar int, p_from timestamptz, p_to timestamptz) RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (business_clock(p_calendar, p_to) - business_clock(p_calendar, p_from)) / 60;

CREATE TABLE sla_policy (                 -- null: any. The row that names most wins
    id                     int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    brand_id               int REFERENCES brand,
    kind                   exception_kind,
    tier                   text,
    first_response_minutes int NOT NULL CHECK (first_response_minutes > 0),
    resolution_minutes     int NOT NULL CHECK (resolution_minutes >= first_response_minutes),
    calendar_id            int NOT NULL REFERENCES calendar,
    UNIQUE NULLS NOT DISTINCT (brand_id, kind, tier)
);

-- The policy for new work and its due times, counted from p_from. Most named columns win;
-- among equals brand before kind before tier. No policy at all: no row, no due times. About
-- 80 us: a merge asks once for each different (brand, kind, tier) it opens.
CREATE FUNCTION sla_start(p_brand int, p_kind exception_kind, p_tier text, p_from timestamptz)
    RETURNS TABLE (policy_id int, calendar_id int, first_response_due_at timestamptz, resolve_due_at timestamptz)
    LANGUAGE plpgsql STABLE ROWS 1 SET search_path = doorstep, pg_temp AS $$
DECLARE
    p sla_policy;
BEGIN
    SELECT * INTO p FROM sla_policy y
     WHERE (y.brand_id IS NULL OR y.brand_id = p_brand) AND (y.kind IS NULL OR y.kind = p_kind)
       AND (y.tier IS NULL OR y.tier = p_tier)
     ORDER BY num_nonnulls(y.brand_id, y.kind, y.tier) DESC, y.brand_id NULLS LAST, y.kind NULLS LAST
     LIMIT 1;
    IF FOUND THEN
        RETURN QUERY SELECT p.id, p.calendar_id,
                            business_add_s(p.calendar_id, p_from, p.first_response_minutes * 60::bigint),
                            business_add_s(p.calendar_id, p_from, p.resolution_minutes * 60::bigint);
    END IF;
END
$$;

-- ---------------------------------------------------------------- exceptions

-- The next thing due: nothing while the clock stands or the work is done; the answer to the
-- customer until there was one; then the resolution.
CREATE FUNCTION next_due(s exception_state, answered timestamptz, first_due timestamptz, resolve_due timestamptz)
    RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN s IN ('waiting', 'snoozed', 'resolved') THEN NULL
                WHEN answered IS NULL THEN least(first_due, resolve_due)
                ELSE resolve_due END;

-- Everything a line of the queue shows, is filtered or is ordered by is in this row.
--
-- due_at and the sort keys are generated columns: immutable expressions evaluated with the
-- row, several times cheaper in a merge of thousands of rows than a row trigger, and they
-- cannot drift from what they are made of. Each key is ascending = first, and unique with id:
--   k_urgency   seconds of due_at * 4 + severity (critical 0); without due_at last
--   k_severity  severity (critical 0) * 2^36 + seconds of due_at
--   the others  milliseconds, negated where the latest comes first, null last
--               (k_scan: an exception never scanned counts from its opening)
--
-- What is copied from the shipment was checked there: a second foreign key for each would
-- cost a merge half its time, and lock the few rows of brand and carrier from every side.
CREATE TABLE exception (
    id                    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rev                   int NOT NULL DEFAULT 1,
    kind                  exception_kind NOT NULL,
    severity              severity NOT NULL,
    state                 exception_state NOT NULL DEFAULT 'new',
    fault                 fault NOT NULL,
    brand_id              int NOT NULL,
    brand                 text NOT NULL,
    shipment_id           bigint NOT NULL REFERENCES shipment,
    carrier_id            int NOT NULL,
    carrier               text NOT NULL,
    carrier_name          text NOT NULL,
    service               text,
    tracking_number       text COLLATE "C" NOT NULL,
    order_id              bigint,
    order_number          text COLLATE "C",
    customer_id           bigint,
    customer_name         text,
    tier                  text,
    language              text,
    country               text,
    region                text,
    city                  text,
    postal_code           text COLLATE "C",
    owner                 text,           -- role name; null: nobody's
    reason                text,
    code                  text,           -- as sent: "X/48"
    effective_status      shipment_status NOT NULL DEFAULT 'unknown',
    carrier_status        shipment_status NOT NULL DEFAULT 'unknown',
    opened_at             timestamptz NOT NULL DEFAULT now(),
    first_response_due_at timestamptz,    -- null while paused
    resolve_due_at        timestamptz,    -- null while paused
    first_response_at     timestamptz,    -- the first wait or resolve
    first_left_s          bigint,         -- while paused: business seconds left, negative when late
    resolve_left_s        bigint,
    calendar_id           int,
    last_scan_at          timestamptz,
    promised_at           timestamptz,
    edd_at                timestamptz,
    wake_at               timestamptz,    -- snoozed or waiting until
    wake_on_scan          boolean NOT NULL DEFAULT false,
    resolved_at           timestamptz,
    resolution            text,
    resolution_text       text,
    updated_at            timestamptz NOT NULL DEFAULT now(),
    owned_at              timestamptz,    -- since when it is the owner's
    marks                 int NOT NULL DEFAULT 0,      -- bits of enum mark, core/exception.h
    search                text NOT NULL DEFAULT '',    -- search_words()
    activity_seq          int NOT NULL DEFAULT 0,      -- the activity's newest number
    activity_hash         bytea NOT NULL DEFAULT '',   -- and its hash: the end of the chain
    due_at     timestamptz GENERATED ALWAYS AS (next_due(state, first_response_at, first_response_due_at, resolve_due_at)) STORED,
    k_urgency  bigint GENERATED ALWAYS AS (
                   greatest(coalesce(epoch_s(next_due(state, first_response_at, first_response_due_at, resolve_due_at)), 68719476735), 0) * 4
                   + severity_order(severity)) STORED,
    k_severity bigint GENERATED ALWAYS AS (
                   severity_order(severity) * 68719476736
                   + greatest(coalesce(epoch_s(next_due(state, first_response_at, first_response_due_at, resolve_due_at)), 68719476735), 0)) STORED,
    k_newest   bigint GENERATED ALWAYS AS (-epoch_ms(opened_at)) STORED,
    k_oldest   bigint GENERATED ALWAYS AS (epoch_ms(opened_at)) STORED,
    k_scan     bigint GENERATED ALWAYS AS (epoch_ms(coalesce(last_scan_at, opened_at))) STORED,
    k_promised bigint GENERATED ALWAYS AS (coalesce(epoch_ms(promised_at), 9223372036854775807)) STORED,
    k_updated  bigint GENERATED ALWAYS AS (-epoch_ms(updated_at)) STORED,
    CHECK ((state = 'resolved') = (resolved_at IS NOT NULL)),
    CHECK ((state = 'resolved') = (resolution IS NOT NULL)),
    CHECK (state <> 'new' OR owner IS NULL)
) WITH (fillfactor = 85);

-- For readers under a policy the planner may not look at a column's values through operators
-- that are not leakproof (enums'), only at how many there are. Where every row is new that is
-- one, and "state <> 'resolved'" would be planned as no rows at all.
ALTER TABLE exception ALTER COLUMN state SET (n_distinct = 5), ALTER COLUMN severity SET (n_distinct = 4),
    ALTER COLUMN kind SET (n_distinct = 21);

CREATE UNIQUE INDEX exception_one_open ON exception (shipment_id) WHERE state <> 'resolved';
CREATE INDEX exception_shipment ON exception (shipment_id, id);
CREATE INDEX exception_urgency  ON exception (k_urgency, id)  WHERE state <> 'resolved';
CREATE INDEX exception_severity ON exception (k_severity, id) WHERE state <> 'resolved';
CREATE INDEX exception_newest   ON exception (k_newest, id)   WHERE state <> 'resolved';
CREATE INDEX exception_oldest   ON exception (k_oldest, id)   WHERE state <> 'resolved';
CREATE INDEX exception_scan     ON exception (k_scan, id)     WHERE state <> 'resolved';
CREATE INDEX exception_promised ON exception (k_promised, id) WHERE state <> 'resolved';
CREATE INDEX exception_updated  ON exception (k_updated, id)  WHERE state <> 'resolved';
CREATE INDEX exception_newest_all  ON exception (k_newest, id);
CREATE INDEX exception_updated_all ON exception (k_updated, id);
CREATE INDEX exception_owner    ON exception (owner, k_urgency, id) WHERE state <> 'resolved' AND owner IS NOT NULL;
CREATE INDEX exception_free     ON exception (k_urgency, id) WHERE state = 'new';
CREATE INDEX exception_wake     ON exception (wake_at) WHERE state IN ('waiting', 'snoozed') AND wake_at IS NOT NULL;
-- Few among the open ones, and most of all rows in the end: their views are counted and paged.
CREATE INDEX exception_parked   ON exception (k_urgency, id) WHERE state IN ('waiting', 'snoozed');
CREATE INDEX exception_done     ON exception (k_updated, id) WHERE state = 'resolved';
CREATE INDEX exception_tracking ON exception (tracking_number);
CREATE INDEX exception_order    ON exception (order_number) WHERE order_number IS NOT NULL;
DO $$
BEGIN
    -- the operator class is found where the extension was installed
    EXECUTE format('CREATE INDEX exception_search ON exception USING gin (search %I.gin_trgm_ops) WHERE state <> %L',
                   (SELECT n.nspname FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace WHERE x.extname = 'pg_trgm'),
                   'resolved');
END
$$;

CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON exception
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- ---------------------------------------------------------------- activity: timeline and audit log in one

CREATE TABLE activity (
    exception_id bigint NOT NULL,         -- no foreign key: a row is written with the head in its
                                          -- exception, and exceptions are never removed
    seq          int NOT NULL,            -- 1, 2, 3 … without a gap
    brand_id     int NOT NULL,
    at           timestamptz NOT NULL,
    actor        text NOT NULL,           -- role name; "feed" for the carrier's doing
    verb         text NOT NULL,
    text         text NOT NULL DEFAULT '',
    before       jsonb,                   -- the fields it changed, as they were
    after        jsonb,                   -- and as they became
    key          uuid,                    -- the action it was part of
    hash         bytea NOT NULL,          -- sha256(hash before || this row)
    PRIMARY KEY (exception_id, seq)
);
CREATE INDEX activity_key ON activity (key) WHERE key IS NOT NULL;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON activity
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The next link: every column but the hash itself, as a JSON array (unambiguous: strings are
-- quoted, jsonb has one text form), instants in microseconds so that no setting matters.
-- Whoever changes an exception sets activity_seq and activity_hash with it in the same UPDATE,
-- which has locked the row, and inserts the activity row from its RETURNING: the chain cannot
-- fork, and the wide row is written once. See apply_changes() in 008 and the merge in 009.
CREATE FUNCTION activity_link(p_before bytea, p_id bigint, p_seq int, p_brand int, p_at timestamptz, p_actor text, p_verb text,
                              p_text text, p_was jsonb, p_is jsonb, p_key uuid)
    RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE
    RETURN sha256(p_before || convert_to(jsonb_build_array(
        p_id, p_seq, p_brand, (extract(epoch FROM p_at) * 1000000)::bigint, p_actor, p_verb, p_text, p_was, p_is, p_key)::text, 'UTF8'));

-- ---------------------------------------------------------------- what people did, by key

CREATE TABLE action_log (
    key       uuid PRIMARY KEY,
    who       text NOT NULL,
    verb      text NOT NULL,
    at        timestamptz NOT NULL DEFAULT now(),
    changed   int NOT NULL DEFAULT 0,     -- exceptions it changed
    first_id  bigint,                     -- the first of them, to speak of it
    undone_by uuid,                       -- the undo's key
    result    jsonb NOT NULL              -- [[id, ok, code, message, rev], …] as answered
);
CREATE INDEX action_log_undoable ON action_log (who, at DESC)
    WHERE undone_by IS NULL AND changed > 0 AND verb NOT IN ('note', 'undo');

-- ---------------------------------------------------------------- views and playbook

CREATE TABLE saved_view (
    id       int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner    text,                        -- role name; null: everyone's
    name     text NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
    filter   text NOT NULL CHECK (length(filter) <= 500),
    position int NOT NULL DEFAULT 0 CHECK (position BETWEEN 0 AND 9),   -- number key; 0: none
    builtin  boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX saved_view_name ON saved_view (coalesce(owner, ''), lower(name));

CREATE TABLE playbook (                   -- null kind: any; the row for the kind wins
    kind      exception_kind,
    situation text NOT NULL CHECK (situation IN ('unowned', 'mine', 'theirs', 'waiting', 'snoozed', 'resolved')),
    action    text NOT NULL,              -- a name of include/app/action.h
    label     text NOT NULL,
    then_text text NOT NULL DEFAULT '',
    UNIQUE NULLS NOT DISTINCT (kind, situation)
);

CREATE TABLE resolution (                 -- RESOLUTIONS of core/kind.h
    code  text PRIMARY KEY,
    label text NOT NULL
);

-- ---------------------------------------------------------------- words for completion

-- What regions, tiers and languages occur: one row a word of a brand, added by the trigger in
-- 007, so that nobody looks through the queue for them.
CREATE TABLE filter_word (
    field    text NOT NULL,
    word     text NOT NULL,
    brand_id int NOT NULL,
    PRIMARY KEY (field, word, brand_id)
);

RESET search_path;
RESET ROLE;
