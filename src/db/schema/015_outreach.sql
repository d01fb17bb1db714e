-- Outreach: what customers are told, what came of it, and what they answered. The tables; their
-- functions are in the files after it.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- In the order of include/core/outreach.h.
CREATE TYPE channel AS ENUM ('email', 'sms', 'whatsapp');
CREATE TYPE outreach_state AS ENUM (
    'queued',      -- waits for send_after, then for a worker
    'sending',     -- a worker holds it (lease_until, fence)
    'sent',        -- the provider has taken it
    'delivered',   -- and says that it arrived
    'failed',      -- it did not, and will not by itself
    'unknown',     -- it may have gone out: a person says what happened
    'held',        -- overtaken by events before it went: reason
    'cancelled');
CREATE TYPE template_state AS ENUM ('draft', 'approved', 'retired');
CREATE TYPE verdict_effect AS ENUM ('warn', 'defer', 'block');

-- ---------------------------------------------------------------- who speaks, and to whom

ALTER TABLE brand
    ADD COLUMN language         text NOT NULL DEFAULT 'en',   -- what is spoken where a customer's is not known
    ADD COLUMN time_zone        text NOT NULL DEFAULT 'UTC',  -- likewise
    ADD COLUMN from_name        text,              -- null: its name
    ADD COLUMN from_email       text,              -- null: the channel's own
    ADD COLUMN reply_to         text,
    ADD COLUMN list_unsubscribe text,              -- an https: or mailto: URL; null: no header
    ADD COLUMN support          text,              -- how to reach us, as customers read it
    ADD COLUMN tracking_url     text CHECK (tracking_url LIKE 'http%{}%');   -- its own page; null: the carrier's

ALTER TABLE customer
    ADD COLUMN do_not_contact boolean NOT NULL DEFAULT false,
    ADD COLUMN email_bad      text,                -- why this e-mail address takes nothing; null: it does
    ADD COLUMN phone_bad      text;

-- E.164 of a phone as people write it; null when it is none. A number without its country's prefix
-- is read in the country given, where that is one we know.
CREATE FUNCTION phone_e164(p_phone text, p_country text DEFAULT NULL) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT CASE WHEN n ~ '^\+[1-9][0-9]{6,14}$' THEN n END
              FROM (SELECT CASE WHEN t LIKE '+%' THEN '+' || d
                                WHEN t LIKE '00%' THEN '+' || substr(d, 3)
                                WHEN p_country IN ('US', 'CA') AND d ~ '^1?[2-9][0-9]{9}$' THEN '+1' || right(d, 10)
                                WHEN p_country = 'MX' AND d ~ '^[1-9][0-9]{9}$' THEN '+52' || d
                                WHEN p_country = 'ES' AND d ~ '^[6-9][0-9]{8}$' THEN '+34' || d
                                WHEN p_country = 'FR' AND d ~ '^0[1-9][0-9]{8}$' THEN '+33' || substr(d, 2)
                                WHEN p_country = 'DE' AND d ~ '^0[1-9][0-9]{5,11}$' THEN '+49' || substr(d, 2)
                                WHEN p_country = 'GB' AND d ~ '^0[1-9][0-9]{8,9}$' THEN '+44' || substr(d, 2) END AS n
                      FROM (SELECT btrim(p_phone) AS t, regexp_replace(p_phone, '[^0-9]', '', 'g') AS d) a
                     WHERE a.t !~ '[A-Za-z]') b);

CREATE INDEX customer_email ON customer (lower(email)) WHERE email IS NOT NULL;
CREATE INDEX customer_phone ON customer (phone_e164(phone)) WHERE phone IS NOT NULL;

-- Consent as it changed, append-only. customer.consent is its sum. What a customer withdrew
-- themselves is not given back by an order document that says otherwise (see 022).
CREATE TABLE consent_change (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customer,
    brand_id    int NOT NULL,
    channel     channel NOT NULL,
    given       boolean NOT NULL,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    source      text NOT NULL CHECK (source IN ('order', 'agent', 'reply', 'provider')),
    actor       text NOT NULL,           -- role name, "feed", "customer"
    note        text NOT NULL DEFAULT ''
);
CREATE INDEX consent_change_customer ON consent_change (customer_id, channel, id);

-- ---------------------------------------------------------------- templates

-- A template is a name in a channel and a language, for a brand or (null) for all.
CREATE TABLE template (
    id       int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name     text NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$'),
    channel  channel NOT NULL,
    language text NOT NULL CHECK (language ~ '^[a-z]{2,3}(-[a-z0-9]{2,8})?$'),
    brand_id int REFERENCES brand,
    UNIQUE NULLS NOT DISTINCT (name, channel, language, brand_id)
);
-- Its versions: drafted by anyone, approved by a lead. At most one is approved at a time; approving
-- the next retires it. Texts never change: a change is a version.
CREATE TABLE template_version (
    template_id   int NOT NULL REFERENCES template,
    version       int NOT NULL,
    state         template_state NOT NULL DEFAULT 'draft',
    title         text NOT NULL,                   -- for agents: "Address needed"
    kinds         exception_kind[] NOT NULL DEFAULT '{}',     -- fits these; empty: any a customer may hear of
    statuses      shipment_status[] NOT NULL DEFAULT '{}',    -- true while the effective status is one of these; empty: any but delivered
    fresh_hours   int,                             -- what it says rests on a scan no older; null: on none
    subject       text,                            -- mustache; e-mail only
    body          text NOT NULL,                   -- mustache; plain text
    html          text,                            -- mustache, its own HTML; null: made from the text
    required      text[] NOT NULL DEFAULT '{}',    -- names it cannot do without (core/template.h works them out)
    provider_template text,                        -- WhatsApp: the approved template at the provider (Twilio's ContentSid)
    provider_names    text[] NOT NULL DEFAULT '{}',-- and the names its variables 1, 2, 3 … are filled from
    author        text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    approved_by   text,
    approved_at   timestamptz,
    retired_at    timestamptz,
    PRIMARY KEY (template_id, version)
);
CREATE UNIQUE INDEX template_version_approved ON template_version (template_id) WHERE state = 'approved';

-- One key: a message and what becomes of the exception with it.
CREATE TABLE macro (
    id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner      text,                               -- role name; null: everyone's
    name       text NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9_-]{0,39}$'),
    title      text NOT NULL,
    template   text,                               -- a template's name; null: no message
    channel    channel,                            -- null: the customer's best
    then_verb  text CHECK (then_verb IN ('wait', 'snooze', 'resolve', 'work')),
    for_minutes int CHECK (for_minutes BETWEEN 1 AND 525600),  -- wait, snooze: how long
    next_scan  boolean NOT NULL DEFAULT false,     -- snooze: until the next scan
    resolution text REFERENCES resolution,         -- resolve
    tag        text CHECK (tag ~ '^[a-z0-9][a-z0-9_-]{0,23}$')
);
CREATE UNIQUE INDEX macro_name ON macro (coalesce(owner, ''), name);

-- ---------------------------------------------------------------- rules of contact

-- Null: any. The row that names most wins, as a whole; among equals brand, then country, then channel.
CREATE TABLE contact_policy (
    id               int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    brand_id         int REFERENCES brand,
    country          text CHECK (country ~ '^[A-Z]{2}$'),
    channel          channel,
    quiet_from       time,                         -- quiet from this hour of the recipient's day to the other;
    quiet_to         time,                         -- both null: never quiet
    quiet_days       int[] NOT NULL DEFAULT '{}',  -- and all of these weekdays (Monday is 1)
    cap              int NOT NULL CHECK (cap > 0),            -- messages to a customer on the channel
    cap_hours        int NOT NULL CHECK (cap_hours > 0),      -- in so many hours
    repeat_hours     int NOT NULL CHECK (repeat_hours >= 0),  -- the same text again only after so many
    stale_hours      int NOT NULL CHECK (stale_hours > 0),    -- tracking older than this is old for any claim
    consent_required boolean NOT NULL,             -- false: not having said no is enough
    undo_seconds     int NOT NULL CHECK (undo_seconds BETWEEN 0 AND 3600),
    max_segments     int NOT NULL CHECK (max_segments BETWEEN 1 AND 10),      -- of an SMS
    UNIQUE NULLS NOT DISTINCT (brand_id, country, channel)
);

-- Messages in this scope are held (an outage, a wrong template). Null: any.
CREATE TABLE message_hold (
    id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    brand_id   int REFERENCES brand,
    carrier_id int REFERENCES carrier,
    region     text,
    kind       exception_kind,
    reason     text NOT NULL,
    since      timestamptz NOT NULL DEFAULT clock_timestamp(),
    by         text NOT NULL,
    ended_at   timestamptz,
    ended_by   text
);
CREATE INDEX message_hold_live ON message_hold (id) WHERE ended_at IS NULL;

-- ---------------------------------------------------------------- the outbox

CREATE TABLE outreach (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key           uuid NOT NULL,          -- the action that queued it
    exception_id  bigint NOT NULL,        -- no foreign keys to what is never removed: a bulk of ten
    shipment_id   bigint NOT NULL,        -- thousand would lock the same few rows ten thousand times
    customer_id   bigint NOT NULL,
    brand_id      int NOT NULL,
    channel       channel NOT NULL,
    to_address    text NOT NULL,          -- e-mail address, or E.164
    to_name       text,
    language      text NOT NULL,
    template_id   int,                    -- null: written by hand
    version       int,
    edited        boolean NOT NULL DEFAULT false,   -- differs from what the template gave
    subject       text,
    body          text NOT NULL,          -- the exact text the agent saw
    html          text,                   -- null: made from the text
    provider_template text,
    provider_vars jsonb,                  -- {"1": "Rosa", …}
    text_hash     uuid NOT NULL,          -- md5 of subject and body: the same message again
    state         outreach_state NOT NULL DEFAULT 'queued',
    reason        text,                   -- held, failed, unknown, cancelled: why, one sentence
    passed        text[] NOT NULL DEFAULT '{}',     -- warnings a lead passed
    pass_reason   text,
    by            text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    undo_until    timestamptz NOT NULL,
    send_after    timestamptz NOT NULL,
    deferred      text,                   -- why later than the undo window: "quiet hours until 08:00"
    message_id    text COLLATE "C" NOT NULL,   -- stable: "<48121.9f3c…@doorstep>", also the Idempotency-Key
    -- the worker's
    fence         int NOT NULL DEFAULT 0, -- claims so far; a result counts only with the newest
    worker        text,
    lease_until   timestamptz,
    provider      text,                   -- scheme of the channel that took it
    idempotent    boolean NOT NULL DEFAULT false,   -- asking that provider twice sends once
    tries         int NOT NULL DEFAULT 0, -- that came to an answer
    lost          int NOT NULL DEFAULT 0, -- claims whose worker never answered
    provider_id   text,                   -- the provider's own id, as receipts name it
    sent_at       timestamptz,
    delivered_at  timestamptz,
    opened_at     timestamptz,
    clicked_at    timestamptz,
    failed_at     timestamptz,
    told          boolean NOT NULL DEFAULT true,    -- false: the exception's timeline has yet to be told
    hold_id       int,                    -- held by this message_hold: queued again when it ends
    judged        bigint,                 -- what the guardrails let it go by (guard_stamps); null: they are asked when it goes
    judged_for    tstzrange               -- and while that may hold
) WITH (fillfactor = 45);
-- Each costs every claim and every result once more: no more of them than are asked.
CREATE INDEX outreach_due       ON outreach (channel, send_after, id) WHERE state = 'queued';   -- channels are claimed apart
CREATE INDEX outreach_leased    ON outreach (lease_until) WHERE state = 'sending';
CREATE INDEX outreach_untold    ON outreach (id) WHERE NOT told;
CREATE INDEX outreach_attention ON outreach (id) WHERE state IN ('failed', 'unknown', 'held');
CREATE INDEX outreach_exception ON outreach (exception_id, id);
CREATE INDEX outreach_customer  ON outreach (customer_id, channel, created_at);
CREATE INDEX outreach_address   ON outreach (to_address, id) WHERE state IN ('sent', 'delivered', 'failed', 'unknown');
CREATE INDEX outreach_provider  ON outreach (provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX outreach_hold      ON outreach (hold_id) WHERE hold_id IS NOT NULL;

-- What each try came to, append-only.
CREATE TABLE outreach_attempt (
    outreach_id bigint NOT NULL,
    fence       int NOT NULL,
    at          timestamptz NOT NULL,
    outcome     text NOT NULL CHECK (outcome IN ('sent', 'retry', 'failed', 'unknown', 'returned', 'lost', 'held')),
    code        text NOT NULL DEFAULT '',  -- as the provider says it: "250", "429", "21211"
    message     text NOT NULL DEFAULT '',  -- one sentence, without secrets
    worker      text NOT NULL,
    took_ms     int,
    PRIMARY KEY (outreach_id, fence)
);

-- What providers told afterwards, append-only; the same receipt twice is one row.
CREATE TABLE outreach_receipt (
    provider    text NOT NULL,
    event_id    text NOT NULL,             -- the provider's, or a hash of what makes it the same
    outreach_id bigint NOT NULL,
    what        text NOT NULL CHECK (what IN ('accepted', 'delivered', 'failed', 'bounced', 'opened', 'clicked', 'complained', 'unsubscribed')),
    at          timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    code        text NOT NULL DEFAULT '',
    message     text NOT NULL DEFAULT '',
    PRIMARY KEY (provider, event_id)
);
CREATE INDEX outreach_receipt_of ON outreach_receipt (outreach_id);

-- What customers wrote to us.
CREATE TABLE contact (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    brand_id     int NOT NULL,
    customer_id  bigint,
    exception_id bigint,                   -- what it is about, as far as we can tell
    outreach_id  bigint,                   -- what it answers
    channel      channel NOT NULL,
    from_address text NOT NULL,
    at           timestamptz NOT NULL,
    received_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    text         text NOT NULL,
    driver       text NOT NULL DEFAULT 'reply' CHECK (driver IN ('reply', 'wismo', 'opt_out', 'opt_in', 'auto_reply')),
    provider     text NOT NULL,
    provider_id  text NOT NULL,
    UNIQUE (provider, provider_id)
);
CREATE INDEX contact_exception ON contact (exception_id, id) WHERE exception_id IS NOT NULL;
CREATE INDEX contact_customer  ON contact (customer_id, channel, at) WHERE customer_id IS NOT NULL;

-- What somebody was writing when they left.
CREATE TABLE draft (
    role         text NOT NULL,
    exception_id bigint NOT NULL,
    channel      channel NOT NULL,
    template_id  int,
    version      int,
    subject      text,
    body         text NOT NULL,
    updated_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (role, exception_id)
);

-- ---------------------------------------------------------------- what came by a webhook
-- As it came, not yet read. Appending takes no lock and tells nobody; a worker reads what waits.
CREATE TABLE inbox (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source       text NOT NULL CHECK (source ~ '^(carrier|receipt)/[a-z0-9_]{1,24}$'),   -- "receipt/twilio"
    content_type text NOT NULL,
    body         bytea NOT NULL CHECK (octet_length(body) <= 1048576),
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    failed       text                      -- why it could not be read: kept for a person
);
CREATE INDEX inbox_waiting ON inbox (id) WHERE failed IS NULL;

-- ---------------------------------------------------------------- tags
ALTER TABLE exception ADD COLUMN tags text[] NOT NULL DEFAULT '{}';
CREATE INDEX exception_tags ON exception USING gin (tags) WHERE state <> 'resolved' AND tags <> '{}';

-- ---------------------------------------------------------------- who sees it

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['outreach', 'contact', 'consent_change'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY by_brand ON %I FOR SELECT TO doorstep_viewer
                        USING ((SELECT my_brands()) IS NULL OR brand_id = ANY ((SELECT my_brands())::int[]))', t);
        EXECUTE format('GRANT SELECT ON %I TO doorstep_viewer', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['outreach_attempt', 'outreach_receipt'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY by_outreach ON %I FOR SELECT TO doorstep_viewer
                        USING (EXISTS (SELECT FROM outreach o WHERE o.id = outreach_id))', t);
        EXECUTE format('GRANT SELECT ON %I TO doorstep_viewer', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['template', 'contact_policy', 'message_hold'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY by_brand ON %I FOR SELECT TO doorstep_viewer
                        USING (brand_id IS NULL OR (SELECT my_brands()) IS NULL OR brand_id = ANY ((SELECT my_brands())::int[]))', t);
        EXECUTE format('GRANT SELECT ON %I TO doorstep_viewer', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['outreach_attempt', 'outreach_receipt', 'consent_change', 'contact'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['outreach_attempt', 'outreach_receipt', 'consent_change'] LOOP
        EXECUTE format('CREATE TRIGGER unchanged BEFORE UPDATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', t);
    END LOOP;
END
$$;
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON outreach
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE template_version ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_template ON template_version FOR SELECT TO doorstep_viewer
    USING (EXISTS (SELECT FROM template t WHERE t.id = template_id));
ALTER TABLE macro ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_and_shared ON macro FOR SELECT TO doorstep_viewer USING (owner IS NULL OR owner = session_user);
ALTER TABLE draft ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON draft FOR SELECT TO doorstep_viewer USING (role = session_user);
GRANT SELECT ON template_version, macro, draft TO doorstep_viewer;

-- A worker reads what came by webhooks, too: it may do what the feed may. (The lock is 001's.)
DO $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('doorstep roles'));
    IF NOT pg_has_role('doorstep_worker', 'doorstep_feed', 'MEMBER') THEN
        GRANT doorstep_feed TO doorstep_worker;
    END IF;
END
$$;

RESET search_path;
RESET ROLE;
