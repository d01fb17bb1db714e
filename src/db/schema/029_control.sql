-- Control: cases, overrides, outages, the lanes of the outage board, and the log of what was
-- done to none of the exceptions. The tables; their functions are in the files after it.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- Changes a function of an earlier migration where the change is a line of many: replaces p_old,
-- which must stand there exactly once, by p_new. Migrations alone use it.
CREATE FUNCTION patch_function(p_function regprocedure, p_old text, p_new text) RETURNS void
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    source text := pg_get_functiondef(p_function);
BEGIN
    IF (length(source) - length(replace(source, p_old, ''))) / length(p_old) <> 1 THEN
        RAISE EXCEPTION 'patch of %: its text does not have this once: %', p_function, p_old;
    END IF;
    EXECUTE replace(source, p_old, p_new);
END
$$;

-- ---------------------------------------------------------------- the log of control

-- What people did to outages, batches, cases, people and rules, as activity tells it of exceptions:
-- append-only and chained. Its head is one row, so those few writers pass one after another.
CREATE TABLE control_log (
    seq      bigint PRIMARY KEY,          -- 1, 2, 3 … without a gap
    brand_id int,                         -- whose; null: everybody's
    at       timestamptz NOT NULL,
    actor    text NOT NULL,               -- role name; "worker", "feed"
    subject  text NOT NULL,               -- "outage 3", "batch 7", "case 12", "user maria", "policy 4"
    verb     text NOT NULL,
    text     text NOT NULL DEFAULT '',
    before   jsonb,
    after    jsonb,
    key      uuid,
    hash     bytea NOT NULL               -- activity_link() of the hash before and this row, 0 for the exception's id
);
CREATE INDEX control_log_subject ON control_log (subject, seq);
CREATE INDEX control_log_key ON control_log (key) WHERE key IS NOT NULL;
CREATE TABLE control_head (
    one  boolean PRIMARY KEY DEFAULT true CHECK (one),
    seq  bigint NOT NULL,
    hash bytea NOT NULL
);
INSERT INTO control_head (seq, hash) VALUES (0, '');

-- Writes one row. It locks the head until the transaction ends: call it after all other locks.
CREATE FUNCTION control_write(p_brand int, p_subject text, p_verb text, p_text text, p_before jsonb, p_after jsonb, p_key uuid, p_at timestamptz,
                              p_actor text DEFAULT session_user)
    RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    h control_head;
    link bytea;
BEGIN
    SELECT * INTO h FROM control_head FOR UPDATE;
    link := activity_link(h.hash, 0, (h.seq + 1)::int, coalesce(p_brand, -1), p_at, p_actor, p_verb, p_subject || ': ' || coalesce(p_text, ''),
                          p_before, p_after, p_key);
    INSERT INTO control_log (seq, brand_id, at, actor, subject, verb, text, before, after, key, hash)
    VALUES (h.seq + 1, p_brand, p_at, p_actor, p_subject, p_verb, coalesce(p_text, ''), p_before, p_after, p_key, link);
    UPDATE control_head SET seq = h.seq + 1, hash = link;
END
$$;

-- How undo names an action that is not plainly "VERB of #ID": "case C12", "the override of 312 shipments". Where a function
-- undo_of_VERB(action_log, key, instant) exists, undo is that function's, and it answers as act() keeps answers.
ALTER TABLE action_log ADD COLUMN says text;
CREATE FUNCTION action_end_as(p_key uuid, p_verb text, p_at timestamptz, p_changed bigint[], p_result jsonb, p_says text) RETURNS void
    LANGUAGE sql SET search_path = doorstep, pg_temp AS $$
    INSERT INTO action_log (key, who, verb, at, changed, first_id, result, says)
    VALUES (p_key, session_user, p_verb, p_at, cardinality(p_changed), p_changed[1], p_result, p_says)
$$;

-- How much a person may do alone.
CREATE TABLE control_policy (
    one                boolean PRIMARY KEY DEFAULT true CHECK (one),
    override_threshold int NOT NULL DEFAULT 50 CHECK (override_threshold BETWEEN 1 AND 100000),  -- more need a second lead
    override_days      int NOT NULL DEFAULT 7 CHECK (override_days BETWEEN 1 AND 90),            -- how long one lasts unless said otherwise
    pending_hours      int NOT NULL DEFAULT 48 CHECK (pending_hours BETWEEN 1 AND 720),          -- a batch nobody approves lapses
    newer_scan_hours   int NOT NULL DEFAULT 24 CHECK (newer_scan_hours BETWEEN 1 AND 720)        -- the preview counts those scanned since
);
INSERT INTO control_policy DEFAULT VALUES;

-- ---------------------------------------------------------------- cases

-- In the order of include/core/case.h.
CREATE TYPE case_type AS ENUM ('customer', 'carrier_trace', 'claim', 'internal');
CREATE TYPE case_state AS ENUM ('open', 'pending', 'solved', 'closed');
CREATE TYPE case_priority AS ENUM ('low', 'normal', 'high', 'urgent');

CREATE TABLE support_case (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rev         int NOT NULL DEFAULT 1,
    brand_id    int NOT NULL REFERENCES brand,
    shipment_id bigint NOT NULL,
    exception_id bigint NOT NULL,          -- the one it was opened from; case_link has all
    type        case_type NOT NULL,
    state       case_state NOT NULL DEFAULT 'open',
    priority    case_priority NOT NULL DEFAULT 'normal',
    subject     text NOT NULL CHECK (length(subject) BETWEEN 1 AND 200),
    context     text NOT NULL DEFAULT '',  -- as filled in when it was opened: last scan, code, promise, what the customer was told
    tags        text[] NOT NULL DEFAULT '{}',
    owner       text,                      -- role name; null: nobody's
    by          text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    state_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    merged_into bigint REFERENCES support_case,
    -- the helpdesk's side; null until it answered
    desk        text,                      -- scheme of the helpdesk's URL that has it
    desk_id     text,
    desk_url    text,
    desk_state  text,                      -- as the helpdesk names it
    desk_at     timestamptz,               -- the helpdesk's own time of that state
    desk_read_at timestamptz,              -- when we last asked or were told
    conflict    text,                      -- both sides changed: one sentence for a person; null: none
    conflict_state case_state              -- what the helpdesk says, where that is the conflict
);
CREATE UNIQUE INDEX support_case_one_open ON support_case (shipment_id, type) WHERE state IN ('open', 'pending');
CREATE INDEX support_case_list ON support_case (state, priority DESC, id);
CREATE INDEX support_case_shipment ON support_case (shipment_id);
CREATE UNIQUE INDEX support_case_desk ON support_case (desk, desk_id) WHERE desk_id IS NOT NULL;
CREATE INDEX support_case_poll ON support_case (desk_read_at NULLS FIRST) WHERE desk_id IS NOT NULL AND state <> 'closed';

CREATE TABLE case_link (
    case_id      bigint NOT NULL REFERENCES support_case,
    exception_id bigint NOT NULL,
    by           text NOT NULL,
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (case_id, exception_id)
);
CREATE INDEX case_link_exception ON case_link (exception_id);

-- Append-only. Ours are internal, always: nothing that speaks to a customer reads this table, and a
-- helpdesk gets them as private comments.
CREATE TABLE case_note (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id  bigint NOT NULL REFERENCES support_case,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    by       text NOT NULL,                -- role name, or the helpdesk's name of a person
    source   text NOT NULL DEFAULT 'doorstep' CHECK (source IN ('doorstep', 'desk')),
    public   boolean NOT NULL DEFAULT false CHECK (source = 'desk' OR NOT public),   -- the helpdesk told the customer this
    text     text NOT NULL CHECK (length(text) BETWEEN 1 AND 8000),
    desk_note_id text                      -- the helpdesk's id of it
);
CREATE INDEX case_note_case ON case_note (case_id, id);
CREATE UNIQUE INDEX case_note_desk ON case_note (case_id, desk_note_id) WHERE desk_note_id IS NOT NULL;

-- What the helpdesk has to be told, in order: the next of a case goes when the one before is done.
CREATE TABLE case_sync (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id     bigint NOT NULL REFERENCES support_case,
    op          text NOT NULL CHECK (op IN ('create', 'comment', 'status')),
    note_id     bigint REFERENCES case_note,       -- comment
    to_state    case_state,                        -- status
    state       text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'done', 'failed', 'unknown', 'cancelled')),
    reason      text,                              -- failed, unknown: one sentence
    by          text NOT NULL,
    key         uuid,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    send_after  timestamptz NOT NULL DEFAULT clock_timestamp(),
    fence       int NOT NULL DEFAULT 0,
    worker      text,
    lease_until timestamptz,
    tries       int NOT NULL DEFAULT 0,
    lost        int NOT NULL DEFAULT 0,
    done_at     timestamptz
);
CREATE INDEX case_sync_due    ON case_sync (send_after, id) WHERE state = 'queued';
CREATE INDEX case_sync_leased ON case_sync (lease_until) WHERE state = 'sending';
CREATE INDEX case_sync_case   ON case_sync (case_id, id);
CREATE INDEX case_sync_stuck  ON case_sync (id) WHERE state IN ('failed', 'unknown');
CREATE TABLE case_attempt (                -- append-only
    sync_id bigint NOT NULL REFERENCES case_sync,
    fence   int NOT NULL,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    outcome text NOT NULL CHECK (outcome IN ('done', 'retry', 'failed', 'unknown', 'lost', 'returned')),
    code    text NOT NULL DEFAULT '',
    message text NOT NULL DEFAULT '',
    worker  text NOT NULL,
    took_ms int,
    PRIMARY KEY (sync_id, fence)
);

-- ---------------------------------------------------------------- overrides

CREATE TYPE batch_state AS ENUM ('pending', 'applied', 'reverted', 'rejected', 'withdrawn', 'lapsed');
CREATE TYPE override_state AS ENUM (
    'pending',      -- its batch waits for a second lead
    'active',       -- the effective status is this one
    'conflict',     -- likewise, and the carrier has said something else since
    'agreed',       -- the carrier said the same, or went beyond it: the carrier's word stands
    'expired', 'reverted',
    'replaced',     -- by a newer override
    'skipped');     -- not applied: skip_reason

CREATE TABLE override_reason (             -- OVERRIDE_REASONS of core/override.h
    code  text PRIMARY KEY,
    label text NOT NULL
);
INSERT INTO override_reason (code, label) VALUES
    ('carrier_outage', 'carrier outage: its scans are missing or wrong'), ('carrier_confirmed', 'the carrier told us'),
    ('customer_confirmed', 'the customer told us'), ('proof_of_delivery', 'proof of delivery on file'),
    ('wrong_scan', 'a scan is wrong'), ('warehouse', 'the warehouse or shop told us'), ('other', 'other, see note');

-- One action, of one shipment or of many.
CREATE TABLE override_batch (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key         uuid NOT NULL UNIQUE,
    by          text NOT NULL,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    state       batch_state NOT NULL,
    status      shipment_status NOT NULL,
    reason      text NOT NULL REFERENCES override_reason,
    note        text NOT NULL,
    expires_at  timestamptz NOT NULL,
    outage_id   int,                       -- part of that outage: ends with it
    chosen      text NOT NULL DEFAULT '',  -- the filter it was chosen by; '' by hand
    shipments   int NOT NULL,              -- asked for
    applied     int NOT NULL DEFAULT 0,
    skipped     int NOT NULL DEFAULT 0,
    brands      int[] NOT NULL,            -- of its members: who sees them all may see and approve it
    decided_by  text,                      -- approved, rejected or withdrew it
    decided_at  timestamptz,
    decided_note text,
    ended_by    text,                      -- reverted it
    ended_at    timestamptz
);
CREATE INDEX override_batch_pending ON override_batch (id) WHERE state = 'pending';
CREATE INDEX override_batch_author ON override_batch (by, at);
CREATE INDEX override_batch_outage ON override_batch (outage_id) WHERE outage_id IS NOT NULL;

CREATE TABLE status_override (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    batch_id     bigint NOT NULL,          -- no foreign keys: see outreach
    shipment_id  bigint NOT NULL,
    exception_id bigint NOT NULL,
    brand_id     int NOT NULL,
    state        override_state NOT NULL,
    status       shipment_status NOT NULL,
    carrier_was  shipment_status NOT NULL, -- what the carrier said when it was asked for
    replaces     bigint,                   -- the override in force before: in force again when this one is reverted
    resolved     boolean NOT NULL DEFAULT false,   -- it resolved its exception
    by           text NOT NULL,
    applied_at   timestamptz,
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    ended_by     text,                     -- role name, "feed", "worker"
    conflict_status shipment_status,       -- what the carrier says against it
    conflict_at  timestamptz,
    skip_reason  text
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX status_override_live ON status_override (shipment_id) WHERE state IN ('active', 'conflict');
CREATE INDEX status_override_batch    ON status_override (batch_id, id);
CREATE INDEX status_override_shipment ON status_override (shipment_id, id);
CREATE INDEX status_override_expires  ON status_override (expires_at) WHERE state IN ('active', 'conflict');
CREATE INDEX status_override_conflict ON status_override (by, conflict_at) WHERE state = 'conflict';

-- The override in force; null: effective_status is the carrier's. Written under the feed's lock only.
ALTER TABLE shipment ADD COLUMN override_id bigint;

-- ---------------------------------------------------------------- outages

-- scope: {"carrier": ["ups"], "region": ["TX"], "not": {"service": ["air"]}}: of carrier, service, brand, country,
-- region, city, postal (a beginning), kind; values of a name are alternatives, names all hold (core/scope.h).
CREATE TABLE outage (
    id            int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scope         jsonb NOT NULL,
    scope_text    text NOT NULL,           -- the filter it is: "carrier:ups region:TX"
    title         text NOT NULL,           -- "UPS region:TX"
    message       text NOT NULL,           -- what everybody reads in the banner
    hold_messages boolean NOT NULL,
    pause_sla     boolean NOT NULL,
    brands        int[],                   -- of those its scope names, or its author's; null: all
    by            text NOT NULL,
    started_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    until         timestamptz,             -- ends by itself then; null: when somebody ends it
    ended_at      timestamptz,
    ended_by      text,
    end_note      text,
    exceptions    int NOT NULL DEFAULT 0,  -- in it when it was declared
    hold_id       int REFERENCES message_hold,
    key           uuid NOT NULL
);
CREATE INDEX outage_live ON outage (id) WHERE ended_at IS NULL;

-- A hold of an outage goes by its scope, and lets the outage's own wording through.
ALTER TABLE message_hold
    ADD COLUMN outage_id int,              -- goes by that one's scope, which not all who see the hold may read
    ADD COLUMN lets      text[] NOT NULL DEFAULT '{}';   -- templates, by name

-- outages: all it was in while it was open, the live ones and those that ended (then it is the follow-up list). sla_held: one of
-- the live ones pauses the clock: due times are null and what is left is kept, as when waiting, whatever the state.
ALTER TABLE exception
    ADD COLUMN outages  int[] NOT NULL DEFAULT '{}',
    ADD COLUMN sla_held boolean NOT NULL DEFAULT false;
CREATE INDEX exception_outages ON exception USING gin (outages) WHERE state <> 'resolved' AND outages <> '{}';

-- A lane: a carrier's service into a region, of a brand. What the board reads is kept here, never counted.
CREATE TABLE lane (
    id           int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    brand_id     int NOT NULL,
    carrier_id   int NOT NULL,
    service      text NOT NULL,            -- '' not known
    region       text NOT NULL,            -- '' not known
    last_scan_at timestamptz,
    UNIQUE (carrier_id, region, service, brand_id)
);
CREATE TABLE lane_hour (
    lane_id int NOT NULL,
    hour    timestamptz NOT NULL,          -- its beginning
    opened  int NOT NULL DEFAULT 0,        -- exceptions
    scans   int NOT NULL DEFAULT 0,
    PRIMARY KEY (lane_id, hour)
);
CREATE TABLE lane_open (                   -- added up by readers, folded now and then, as counter is
    lane_id int NOT NULL,
    n       int NOT NULL
);
CREATE TABLE outage_suggestion (           -- what the rates suggest; the same lane group once until it ends or is dismissed
    id           int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scope        jsonb NOT NULL,
    scope_text   text NOT NULL,
    why          text NOT NULL,            -- "41 new in the last hour against 3 usually"
    kind         text NOT NULL CHECK (kind IN ('rate', 'silence')),
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at      timestamptz NOT NULL DEFAULT clock_timestamp(),   -- last found true
    brand_id     int,                      -- null: of several brands
    dismissed_by text,
    ended_at     timestamptz               -- no longer true, declared or dismissed
);
CREATE UNIQUE INDEX outage_suggestion_live ON outage_suggestion (scope_text, kind, coalesce(brand_id, -1)) WHERE ended_at IS NULL;

-- ---------------------------------------------------------------- who sees it

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['support_case', 'status_override', 'lane'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY by_brand ON %I FOR SELECT TO doorstep_viewer
                        USING ((SELECT my_brands()) IS NULL OR brand_id = ANY ((SELECT my_brands())::int[]))', t);
        EXECUTE format('GRANT SELECT ON %I TO doorstep_viewer', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['case_link', 'case_note', 'case_sync'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY by_case ON %I FOR SELECT TO doorstep_viewer
                        USING (EXISTS (SELECT FROM support_case c WHERE c.id = case_id))', t);
        EXECUTE format('GRANT SELECT ON %I TO doorstep_viewer', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['case_note', 'case_attempt', 'control_log'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['support_case', 'case_sync', 'override_batch', 'status_override', 'outage'] LOOP
        EXECUTE format('CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', t);
    END LOOP;
END
$$;
ALTER TABLE case_attempt ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_sync ON case_attempt FOR SELECT TO doorstep_viewer USING (EXISTS (SELECT FROM case_sync s WHERE s.id = sync_id));
-- a batch is seen by who sees all its brands, and so are an outage's row, its whole scope and its numbers; who sees one of its
-- brands gets theirs of it by control_state() and outage_list()
ALTER TABLE override_batch ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_brands ON override_batch FOR SELECT TO doorstep_viewer
    USING ((SELECT my_brands()) IS NULL OR brands <@ (SELECT my_brands())::int[]);
ALTER TABLE outage ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_brands ON outage FOR SELECT TO doorstep_viewer
    USING ((SELECT my_brands()) IS NULL OR brands <@ (SELECT my_brands())::int[]);
ALTER TABLE lane_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_lane ON lane_hour FOR SELECT TO doorstep_viewer USING (EXISTS (SELECT FROM lane l WHERE l.id = lane_id));
ALTER TABLE outage_suggestion ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_brand ON outage_suggestion FOR SELECT TO doorstep_viewer
    USING ((SELECT my_brands()) IS NULL OR brand_id = ANY ((SELECT my_brands())::int[]));
ALTER TABLE control_log ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_brand ON control_log FOR SELECT TO doorstep_viewer
    USING ((SELECT my_level()) >= 3 AND ((SELECT my_brands()) IS NULL OR brand_id = ANY ((SELECT my_brands())::int[])));
GRANT SELECT ON case_attempt, override_batch, override_reason, outage, lane_hour, outage_suggestion, control_log, control_policy TO doorstep_viewer;

RESET search_path;
RESET ROLE;
