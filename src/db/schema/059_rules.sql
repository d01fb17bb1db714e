-- Rules: what they are, what is wrong with one, and what they hear of. Who changes them: 060. What they do: 071.
--
-- A rule is "when FILTER on EVENTS do ACTIONS" (include/core/rule.h). Its parts are kept here, and its text is made of them: what is
-- shown is what is done. It fires once for an exception, and once more each time that is opened again.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

CREATE TABLE rule (
    id       int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name     text NOT NULL CHECK (name ~ '^[a-z][a-z0-9-]{0,39}$'),
    enabled  boolean NOT NULL DEFAULT false,
    percent  int NOT NULL DEFAULT 100 CHECK (percent BETWEEN 1 AND 100),   -- of shipments, by rule_bucket()
    per_hour int CHECK (per_hour BETWEEN 1 AND 100000),                    -- null: rule_setting's
    version  int NOT NULL,
    filter   text NOT NULL,
    events   text[] NOT NULL,
    actions  jsonb NOT NULL,
    text     text NOT NULL,           -- rule_text() of the three
    brands   int[],                   -- whose exceptions alone; null: all
    by       text NOT NULL,           -- of the version
    at       timestamptz NOT NULL,
    switched_by text,                 -- on, or off
    switched_at timestamptz,
    since    timestamptz,             -- what happened before is none of its business: when it was switched on while off
    tripped  text,                    -- it was switched off by itself: why. What it would do waits
    deleted_at timestamptz
);
CREATE UNIQUE INDEX rule_name ON rule (name) WHERE deleted_at IS NULL;
CREATE TABLE rule_version (           -- append-only
    rule_id int NOT NULL REFERENCES rule,
    version int NOT NULL,
    filter  text NOT NULL,
    events  text[] NOT NULL,
    actions jsonb NOT NULL,
    text    text NOT NULL,
    brands  int[],
    by      text NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (rule_id, version)
);

CREATE TABLE rule_setting (
    one           boolean PRIMARY KEY DEFAULT true CHECK (one),
    stopped       boolean NOT NULL DEFAULT false,      -- all rules, whatever their own switch says
    stopped_by    text,
    stopped_at    timestamptz,
    per_hour      int NOT NULL DEFAULT 500 CHECK (per_hour BETWEEN 1 AND 100000),    -- one rule; more switch it off
    per_exception int NOT NULL DEFAULT 10 CHECK (per_exception BETWEEN 1 AND 1000),  -- all rules, of one exception in 24 hours
    event_hours   int NOT NULL DEFAULT 24 CHECK (event_hours BETWEEN 1 AND 720),     -- what happened longer ago is acted on no more
    listens       text[] NOT NULL DEFAULT '{}'         -- the events some rule waits for: what is not in it is not written down
);
INSERT INTO rule_setting DEFAULT VALUES;

-- What happened and some rule waits for. A worker that takes one has it until lease_until, and hands it to one rule after another; it is removed
-- when all are through with it.
CREATE TABLE rule_event (
    seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    exception_id bigint NOT NULL,
    event        text NOT NULL,
    at           timestamptz NOT NULL,       -- heard
    through      int NOT NULL DEFAULT 0,     -- rules up to this one are through with it
    tries        int NOT NULL DEFAULT 0,     -- of the next one
    claim        text,
    lease_until  timestamptz NOT NULL DEFAULT '-infinity'
) WITH (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.1);
CREATE INDEX rule_event_claim ON rule_event (claim) WHERE claim IS NOT NULL;

-- What a rule did about an exception. episode: how often the exception had been opened again.
CREATE TABLE rule_firing (
    rule_id      int NOT NULL,
    exception_id bigint NOT NULL,
    episode      int NOT NULL,
    version      int NOT NULL,
    shipment_id  bigint NOT NULL,
    brand_id     int NOT NULL,
    event        text NOT NULL,
    at           timestamptz NOT NULL,
    outcome      text NOT NULL CHECK (outcome IN ('done', 'blocked', 'held', 'skipped', 'failed')),
    why          text CHECK (why IN ('outage', 'limit')),     -- held
    what         text NOT NULL DEFAULT '',
    retry_at     timestamptz,                                 -- held: asked again then; null: when the rule is switched on again
    PRIMARY KEY (rule_id, exception_id, episode),
    CHECK ((outcome = 'held') = (why IS NOT NULL))
);
CREATE INDEX rule_firing_at ON rule_firing (rule_id, at);
CREATE INDEX rule_firing_exception ON rule_firing (exception_id, at);
CREATE INDEX rule_firing_retry ON rule_firing (retry_at) WHERE outcome = 'held' AND retry_at IS NOT NULL;
CREATE INDEX rule_firing_held ON rule_firing (rule_id) WHERE outcome = 'held';

-- ---------------------------------------------------------------- who sees them

-- Who works for some brands reads the rules that are about theirs alone; of everybody's they read by rule_list() that they are there.
ALTER TABLE rule ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_brands ON rule FOR SELECT TO doorstep_viewer USING ((SELECT my_brands()) IS NULL OR brands <@ (SELECT my_brands())::int[]);
ALTER TABLE rule_version ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_brands ON rule_version FOR SELECT TO doorstep_viewer USING ((SELECT my_brands()) IS NULL OR brands <@ (SELECT my_brands())::int[]);
ALTER TABLE rule_firing ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_brand ON rule_firing FOR SELECT TO doorstep_viewer USING ((SELECT my_brands()) IS NULL OR brand_id = ANY ((SELECT my_brands())::int[]));
GRANT SELECT ON rule, rule_version, rule_firing TO doorstep_viewer;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rule_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON rule FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- ---------------------------------------------------------------- words

-- "1d4h30m", as filters say it.
CREATE FUNCTION rule_span(p_minutes int) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN concat(nullif(p_minutes / 1440, 0) || 'd', nullif(p_minutes % 1440 / 60, 0) || 'h', nullif(p_minutes % 60, 0) || 'm');
CREATE FUNCTION rule_action_text(a jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE a ->> 'do'
        WHEN 'send' THEN 'send ' || (a ->> 'template') || coalesce(' by ' || (a ->> 'channel'), '')
        WHEN 'case' THEN 'case ' || (a ->> 'type')
        WHEN 'assign' THEN 'assign ' || (a ->> 'to')
        WHEN 'severity' THEN 'severity ' || (a ->> 'severity')
        WHEN 'snooze' THEN 'snooze ' || concat_ws(' or ', rule_span((a ->> 'minutes')::int), CASE WHEN a -> 'next_scan' = 'true' THEN 'scan' END)
        WHEN 'tag' THEN 'tag ' || (a ->> 'tag')
        WHEN 'hold' THEN 'hold ' || rule_span((a ->> 'minutes')::int) END;
-- The canonical text of a rule: rule_parse() of core/rule.h reads it back as the same.
CREATE FUNCTION rule_text(p_filter text, p_events text[], p_actions jsonb) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = doorstep, pg_temp AS $$
    SELECT format('when %s on %s do %s', p_filter, array_to_string(p_events, ','), string_agg(rule_action_text(a), '; ' ORDER BY i))
      FROM jsonb_array_elements(p_actions) WITH ORDINALITY x(a, i)
$$;

-- Of a hundred shares of shipments the one this belongs to: a shipment that is in 10 % is in 20 %, too. Each rule draws anew.
CREATE FUNCTION rule_bucket(p_rule int, p_shipment bigint) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (hashint8extended(p_shipment, p_rule) & 9223372036854775807) % 100;
-- How often an exception was opened again.
CREATE FUNCTION rule_episode(p_exception bigint) RETURNS int LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    RETURN (SELECT count(*) FROM activity a WHERE a.exception_id = p_exception AND a.verb IN ('reopened', 'reopen'));
END
$$;

-- ---------------------------------------------------------------- what is wrong with one

-- Whom a rule may hand exceptions to; null: to this one it may.
CREATE FUNCTION rule_wrong_person(p_to text, p_brands int[]) RETURNS text LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    target name := (SELECT r.rolname FROM pg_roles r WHERE r.rolname = p_to AND r.rolcanlogin);
BEGIN
    RETURN CASE WHEN target IS NULL OR NOT works_with(p_to) AND my_level() > 0 THEN format('there is no person "%s" to assign to', left(p_to, 63))
                WHEN role_level(target) < 2 OR EXISTS (SELECT FROM agent g WHERE g.role = target AND NOT g.active)
                THEN format('%s is no agent: exceptions are handed to agents, leads and admins', target)
                WHEN role_brands(target) IS NOT NULL AND (p_brands IS NULL OR NOT p_brands <@ role_brands(target))
                THEN format('%s does not work for all brands this rule is about: name somebody who does, or have them save the rule', target) END;
END
$$;

CREATE FUNCTION rule_wrong_action(a jsonb, p_brands int[]) RETURNS text LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    minutes text := a ->> 'minutes';
BEGIN
    IF minutes IS NOT NULL AND (minutes !~ '^[0-9]{1,6}$' OR minutes::int NOT BETWEEN 1 AND 43200) THEN
        RETURN format('"%s" lasts from a minute to 30 days', a ->> 'do'); END IF;
    CASE a ->> 'do'
    WHEN 'send' THEN
        IF NOT EXISTS (SELECT FROM template t WHERE t.name = a ->> 'template' AND (t.brand_id IS NULL OR sees_brand(t.brand_id))) THEN
            RETURN format('there is no template "%s": "doorstep template list" shows them', left(a ->> 'template', 60)); END IF;
        IF a ->> 'channel' <> ALL (enum_range(NULL::channel)::text[]) THEN
            RETURN format('"%s" is no channel: use email, sms or whatsapp', left(a ->> 'channel', 40)); END IF;
    WHEN 'case' THEN RETURN wrong_word(a ->> 'type', 'type of case', enum_range(NULL::case_type)::text[]);
    WHEN 'assign' THEN RETURN rule_wrong_person(coalesce(a ->> 'to', ''), p_brands);
    WHEN 'severity' THEN RETURN wrong_word(a ->> 'severity', 'severity', enum_range(NULL::severity)::text[]);
    WHEN 'snooze' THEN
        IF minutes IS NULL AND a -> 'next_scan' IS DISTINCT FROM 'true' THEN RETURN 'say how long it snoozes, or until the next scan'; END IF;
    WHEN 'tag' THEN RETURN wrong_tag(a ->> 'tag');
    WHEN 'hold' THEN
        IF minutes IS NULL THEN RETURN 'say for how long its messages are held, such as hold 4h'; END IF;
    ELSE RETURN format('"%s" is nothing a rule can do: use send, case, assign, severity, snooze, tag or hold', left(a ->> 'do', 40));
    END CASE;
    RETURN NULL;
END
$$;

-- A rule as it was sent to us, {"filter", "on": [events], "do": [{"do", …}]}; null: nothing is wrong. What the filter means is read by the clients and
-- the worker (core/rule.h), which refuse more than this does; here is what needs no parser: what would be about everything, or about whoever asks.
CREATE FUNCTION rule_wrong(p jsonb, p_brands int[]) RETURNS text LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    bare text := regexp_replace(p ->> 'filter', '"([^"\\]|\\.)*"', '"', 'g');
    wrong text;
BEGIN
    IF octet_length(p ->> 'filter') > 2000 THEN RETURN 'the filter of a rule is longer than 2,000 bytes: shorten it'; END IF;
    IF NOT EXISTS (SELECT FROM regexp_split_to_table(btrim(coalesce(bare, '')), '\s+') t
                    WHERE t <> '' AND t !~* '^(-|state:|sort:|(owner|assignee|outage|tag):none$|is:unowned$)') THEN
        RETURN 'this rule matches everything: name what it is about, such as kind:address_issue or carrier:ups'; END IF;
    IF bare ~* '(^|\s)-?((owner|assignee):(\S*,)?me|is:(\S*,)?mine)(,|\s|$)' THEN
        RETURN '"me" is nobody to a rule: name the person'; END IF;
    IF jsonb_typeof(p -> 'on') IS DISTINCT FROM 'array' OR jsonb_array_length(p -> 'on') = 0
       OR EXISTS (SELECT FROM jsonb_array_elements_text(p -> 'on') v WHERE v <> ALL ('{opened,escalated,stalled,reply,resolved}'::text[])) THEN
        RETURN 'say on what it fires: opened, escalated, stalled, reply or resolved'; END IF;
    IF jsonb_typeof(p -> 'do') IS DISTINCT FROM 'array' OR jsonb_array_length(p -> 'do') NOT BETWEEN 1 AND 8 THEN
        RETURN 'a rule does one to eight things: send, case, assign, severity, snooze, tag, hold'; END IF;
    IF (SELECT count(*) <> count(DISTINCT coalesce(a ->> 'do', '') || CASE WHEN a ->> 'do' IN ('tag', 'case') THEN ' ' || coalesce(a ->> 'tag', a ->> 'type', '') ELSE '' END)
          FROM jsonb_array_elements(p -> 'do') a) THEN
        RETURN 'a rule does each thing once: one message, one person, one severity'; END IF;
    SELECT rule_wrong_action(a, p_brands) INTO wrong FROM jsonb_array_elements(p -> 'do') a WHERE rule_wrong_action(a, p_brands) IS NOT NULL LIMIT 1;
    IF wrong IS NOT NULL THEN RETURN wrong; END IF;
    IF p -> 'on' ? 'resolved' AND EXISTS (SELECT FROM jsonb_array_elements(p -> 'do') a WHERE a ->> 'do' NOT IN ('tag', 'case', 'send')) THEN
        RETURN 'what is resolved can be tagged, get a case and be asked how it went, no more: leave "resolved" to a rule of its own'; END IF;
    IF p -> 'on' ? 'resolved' AND EXISTS (SELECT FROM jsonb_array_elements(p -> 'do') a
                                            JOIN template t ON t.name = a ->> 'template' JOIN template_version v ON v.template_id = t.id AND v.state = 'approved'
                                           WHERE a ->> 'do' = 'send' AND (v.kinds <> '{}' OR v.statuses <> '{delivered}')) THEN
        RETURN 'what is resolved can only be sent what is made for delivered parcels, such as feedback_request'; END IF;
    RETURN NULL;
END
$$;

-- ---------------------------------------------------------------- what rules hear of

-- Some rule waits for these.
CREATE FUNCTION rule_listens() RETURNS void LANGUAGE sql SET search_path = doorstep, pg_temp AS $$
    UPDATE rule_setting s SET listens = n.events
      FROM (SELECT coalesce(array_agg(DISTINCT v ORDER BY v), '{}') AS events
              FROM rule r CROSS JOIN LATERAL unnest(r.events) v WHERE (r.enabled OR r.tripped IS NOT NULL) AND r.deleted_at IS NULL) n
     WHERE s.listens <> n.events
$$;

-- What the timeline tells as an event: of a verb, what the exception is now, and what it became.
CREATE FUNCTION rule_events_of(p_verb text, p_kind exception_kind, p_after jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN p_after ->> 'state' = 'resolved' THEN '{resolved}'::text[]
                WHEN p_verb IN ('opened', 'reopened', 'reopen') THEN CASE WHEN p_kind = 'stalled' THEN '{opened,stalled}'::text[] ELSE '{opened}' END
                WHEN p_verb = 'escalated' THEN CASE WHEN p_kind = 'stalled' THEN '{escalated,stalled}'::text[] ELSE '{escalated}' END
                WHEN p_verb = 'eased' AND p_kind = 'stalled' THEN '{stalled}'::text[] ELSE '{}' END;

-- What rules do is no event for rules: none can set off another, or itself. One look at one row while no rule waits.
CREATE FUNCTION rule_hears() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    wanted text[] := (SELECT s.listens FROM rule_setting s);
BEGIN
    IF wanted <> '{}' AND TG_TABLE_NAME <> 'contact' THEN
        INSERT INTO rule_event (exception_id, event, at)
        SELECT m.exception_id, v.event, clock_timestamp()
          FROM made m JOIN exception e ON e.id = m.exception_id CROSS JOIN LATERAL unnest(rule_events_of(m.verb, e.kind, m.after)) v(event)
         WHERE (m.verb IN ('opened', 'reopened', 'reopen', 'escalated', 'eased') OR m.after ->> 'state' = 'resolved')
           AND m.actor NOT LIKE 'rule %' AND v.event = ANY (wanted);
    ELSIF 'reply' = ANY (wanted) THEN      -- written by the customer; not by a machine, not by who answered the phone
        INSERT INTO rule_event (exception_id, event, at)
        SELECT m.exception_id, 'reply', clock_timestamp() FROM made m
         WHERE m.exception_id IS NOT NULL AND m.driver NOT IN ('auto_reply', 'opt_out', 'opt_in') AND to_jsonb(m) ->> 'by' IS NULL;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER rules_hear AFTER INSERT ON activity REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION rule_hears();
CREATE TRIGGER rules_hear AFTER INSERT ON contact REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION rule_hears();

-- ---------------------------------------------------------------- the log of control hears what other hands change
-- What the functions of 060 change they say themselves, with a sentence.

CREATE CONSTRAINT TRIGGER control_watch AFTER INSERT OR UPDATE OF enabled, percent, per_hour, version, filter, events, actions, text, brands, name, tripped, deleted_at OR DELETE ON rule
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (current_setting('doorstep.rules_said', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION control_watch('rule', 'name', 'filter', 'events', 'actions', 'by', 'at', 'switched_by', 'switched_at', 'id');
CREATE CONSTRAINT TRIGGER control_watch AFTER INSERT OR UPDATE OF stopped, per_hour, per_exception, event_hours OR DELETE ON rule_setting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (current_setting('doorstep.rules_said', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION control_watch('rules', 'none', 'one', 'listens', 'stopped_by', 'stopped_at');

RESET search_path;
RESET ROLE;
