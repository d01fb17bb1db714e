-- Playbooks: for each kind of exception the steps that settle it, with who does each, after what time and under which condition.
-- The next step is the first that is not done, whose condition holds and whose time has come; what is done, the timeline says.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- What holds for any kind (nobody's, somebody else's, waiting) stays in playbook (005); of its kinds' rows nothing is read any more.
CREATE TABLE playbook_step (
    kind          exception_kind NOT NULL,
    step          int NOT NULL CHECK (step BETWEEN 1 AND 20),
    action        text NOT NULL,               -- PLAYBOOK_ACTIONS of core/playbook.h
    argument      text NOT NULL DEFAULT '',    -- of the action: a macro's name, a case's type
    owner         text NOT NULL DEFAULT 'agent' CHECK (owner IN ('agent', 'lead', 'worker')),   -- worker: happens by itself
    after_minutes int NOT NULL DEFAULT 0 CHECK (after_minutes BETWEEN 0 AND 129600),   -- since the step before was done, else since it became this kind
    condition     text NOT NULL DEFAULT '',    -- PLAYBOOK_TERMS, all of them; '' always
    label         text NOT NULL CHECK (length(label) BETWEEN 1 AND 110),
    PRIMARY KEY (kind, step)
);
-- What each playbook was, and who made it so; append-only.
CREATE TABLE playbook_version (
    kind    exception_kind NOT NULL,
    version int NOT NULL,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    by      text NOT NULL,
    steps   jsonb NOT NULL,
    PRIMARY KEY (kind, version)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON playbook_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
GRANT SELECT ON playbook_step, playbook_version TO doorstep_viewer;
INSERT INTO retention_policy (table_name, act, what) VALUES ('playbook_step', 'kept', 'playbooks'), ('playbook_version', 'kept', 'what playbooks were');

-- ---------------------------------------------------------------- what is shipped

-- The first step tells the customer, as it did before (and as somebody here may have changed it).
INSERT INTO playbook_step (kind, step, action, argument, label)
SELECT p.kind, 1, p.action, p.argument, p.label FROM playbook p
 WHERE p.situation = 'mine' AND p.kind IS NOT NULL AND p.kind NOT IN ('cancelled', 'tracking_error', 'other');
INSERT INTO playbook_step (kind, step, action, argument, owner, after_minutes, condition, label) VALUES
    ('late_promise', 2, 'message', '', 'agent', 0, 'unanswered', 'answer what they wrote'),
    ('late_promise', 3, 'case', 'carrier_trace', 'agent', 2880, '-status:delivered', 'still not there: open a trace with the carrier'),
    ('late_promise', 4, 'message', '', 'agent', 1440, '', 'tell them what the carrier says'),
    ('late_promise', 5, 'resolve', '', 'lead', 2880, 'late', 'replace or refund it, resolve'),
    ('not_shipped', 2, 'note', '', 'agent', 240, '', 'note what the warehouse says'),
    ('not_shipped', 3, 'message', '', 'agent', 1440, 'status:unknown,pre_transit', 'still no scan: tell the customer'),
    ('not_shipped', 4, 'resolve', '', 'lead', 1440, 'status:unknown,pre_transit', 'send a replacement or refund it, resolve'),
    ('stalled', 2, 'case', 'carrier_trace', 'agent', 0, 'told', 'open a trace with the carrier'),
    ('stalled', 3, 'snooze', 'scan', 'agent', 0, '', 'snooze until the next scan'),
    ('stalled', 4, 'message', '', 'agent', 0, 'unanswered', 'answer what they wrote'),
    ('stalled', 5, 'resolve', '', 'lead', 4320, '', 'no scan in 3 days: treat it as lost, replace or refund it'),
    ('delay_carrier', 2, 'message', '', 'agent', 0, 'unanswered', 'answer what they wrote'),
    ('delay_carrier', 3, 'message', '', 'agent', 2880, 'status:in_transit,delayed', 'still delayed: tell them again, with the new date'),
    ('delay_carrier', 4, 'case', 'carrier_trace', 'agent', 2880, 'status:in_transit,delayed', 'open a trace with the carrier'),
    ('delay_weather', 2, 'message', '', 'agent', 0, 'unanswered', 'answer what they wrote'),
    ('delay_weather', 3, 'message', '', 'agent', 4320, 'status:in_transit,delayed', 'still delayed: tell them again, with the new date'),
    ('delay_weather', 4, 'case', 'carrier_trace', 'agent', 4320, 'status:in_transit,delayed', 'open a trace with the carrier'),
    ('address_issue', 2, 'note', '', 'agent', 0, 'replied', 'give the carrier the address, note who confirmed it'),
    ('address_issue', 3, 'resolve', 'address_fixed', 'agent', 0, 'replied', 'resolve as address corrected'),
    ('address_issue', 4, 'message', '', 'agent', 2880, '-replied told', 'no answer: ask again, another way'),
    ('address_issue', 5, 'case', 'customer', 'agent', 1440, '-replied told', 'still none: open a case and call them, before it goes back'),
    ('failed_attempt', 2, 'note', '', 'agent', 0, 'replied', 'arrange the day or the pick-up point with the carrier, note it'),
    ('failed_attempt', 3, 'snooze', 'scan', 'agent', 0, 'replied', 'snooze until the next scan'),
    ('failed_attempt', 4, 'message', '', 'agent', 2880, '-replied told', 'no answer: remind them, with the day it goes back'),
    ('failed_attempt', 5, 'case', 'carrier_trace', 'agent', 1440, '-replied told', 'ask the carrier to hold it longer'),
    ('access_problem', 2, 'note', '', 'agent', 0, 'replied', 'give the carrier the way in, note who confirmed it'),
    ('access_problem', 3, 'snooze', 'scan', 'agent', 0, 'replied', 'snooze until the next scan'),
    ('access_problem', 4, 'message', '', 'agent', 2880, '-replied told', 'no answer: ask again, another way'),
    ('access_problem', 5, 'case', 'customer', 'agent', 1440, '-replied told', 'still none: open a case and call them'),
    ('refused', 2, 'note', '', 'agent', 0, 'replied', 'note why, and what they want'),
    ('refused', 3, 'resolve', '', 'agent', 0, 'replied', 'refund it or send it again, resolve'),
    ('refused', 4, 'case', 'internal', 'lead', 4320, '-replied told', 'no answer: decide what becomes of the goods'),
    ('held', 2, 'note', '', 'agent', 0, 'told', 'note why the carrier holds it'),
    ('held', 3, 'case', 'carrier_trace', 'agent', 1440, 'status:held', 'still held: open a trace with the carrier'),
    ('held', 4, 'message', '', 'agent', 1440, '', 'tell the customer how it stands'),
    ('held', 5, 'resolve', '', 'lead', 2880, 'status:held', 'replace or refund it, resolve'),
    ('customs_hold', 2, 'note', '', 'agent', 0, 'replied', 'pass the papers to the carrier''s broker, note it'),
    ('customs_hold', 3, 'snooze', 'scan', 'agent', 0, 'replied', 'snooze until the next scan: it says when it is released'),
    ('customs_hold', 4, 'message', '', 'agent', 4320, '-replied told', 'no papers: ask again, another way'),
    ('customs_hold', 5, 'case', 'carrier_trace', 'agent', 2880, '', 'ask the broker what is missing: open a case'),
    ('payment_due', 2, 'note', '', 'agent', 0, 'replied', 'see with the carrier that it is paid, note it'),
    ('payment_due', 3, 'snooze', 'scan', 'agent', 0, 'replied', 'snooze until the next scan'),
    ('payment_due', 4, 'message', '', 'agent', 2880, '-replied told', 'not paid: remind them, with the day it goes back'),
    ('payment_due', 5, 'case', 'internal', 'lead', 2880, '-replied told', 'pay it for them, or let it go back'),
    ('awaiting_pickup', 2, 'message', '', 'agent', 0, 'unanswered', 'answer what they wrote'),
    ('awaiting_pickup', 3, 'message', '', 'agent', 4320, 'status:available_for_pickup', 'remind them again, with the last day'),
    ('awaiting_pickup', 4, 'case', 'carrier_trace', 'agent', 2880, 'status:available_for_pickup', 'ask the carrier to keep it longer'),
    ('damaged', 2, 'case', 'claim', 'agent', 0, 'told', 'open a claim with the carrier'),
    ('damaged', 3, 'note', '', 'agent', 0, 'replied', 'put their photos with the claim, note it'),
    ('damaged', 4, 'resolve', '', 'agent', 0, '', 'replace or refund it, resolve: the claim goes on'),
    ('lost', 2, 'case', 'claim', 'agent', 0, 'told', 'open a claim with the carrier'),
    ('lost', 3, 'resolve', '', 'agent', 0, '', 'replace or refund it, resolve: the claim goes on'),
    ('undeliverable', 2, 'note', '', 'agent', 0, 'replied', 'tell the carrier what they chose, note who confirmed it'),
    ('undeliverable', 3, 'resolve', '', 'agent', 0, 'replied', 'resolve as they chose'),
    ('undeliverable', 4, 'message', '', 'agent', 2880, '-replied told', 'no answer: ask again, another way'),
    ('undeliverable', 5, 'case', 'internal', 'lead', 1440, '-replied told', 'decide before the carrier sends it back'),
    ('returning', 2, 'resolve', 'returned', 'agent', 0, 'status:returned', 'it is back: resolve as returned'),
    ('returning', 3, 'note', '', 'agent', 0, 'replied', 'note what they chose: sent again or refunded'),
    ('returning', 4, 'resolve', '', 'agent', 0, 'replied', 'send it again or refund it, resolve'),
    ('returning', 5, 'message', '', 'agent', 4320, '-replied told', 'no answer: ask again, another way'),
    ('returning', 6, 'resolve', '', 'lead', 4320, '-replied told', 'refund it, resolve'),
    ('cancelled', 1, 'note', '', 'agent', 0, '', 'ask the shop whether it was cancelled on purpose, note it'),
    ('cancelled', 2, 'macro', 'cancelled', 'agent', 0, '', 'send "Shipment cancelled"'),
    ('cancelled', 3, 'resolve', 'customer_cancel', 'agent', 0, '', 'resolve as cancelled'),
    ('delivery_disputed', 2, 'case', 'carrier_trace', 'agent', 0, 'told', 'open a trace: ask the carrier for its proof of delivery'),
    ('delivery_disputed', 3, 'snooze', '1d', 'agent', 0, '', 'look again tomorrow for the carrier''s answer'),
    ('delivery_disputed', 4, 'note', '', 'agent', 0, 'replied', 'note whether it was found'),
    ('delivery_disputed', 5, 'case', 'claim', 'agent', 1440, '-status:returned', 'no proof: file a claim'),
    ('delivery_disputed', 6, 'resolve', '', 'lead', 0, '', 'replace or refund it, resolve: the claim goes on'),
    ('tracking_error', 1, 'note', '', 'agent', 0, '', 'check the number and the carrier account, note it'),
    ('tracking_error', 2, 'note', '', 'lead', 1440, 'status:unknown,error', 'ask the provider of the tracking, note the answer'),
    ('tracking_error', 3, 'resolve', '', 'agent', 0, '-status:unknown,error', 'it is tracked again: resolve'),
    ('other', 1, 'note', '', 'agent', 0, '', 'read the carrier''s words, note what they mean'),
    ('other', 2, 'message', '', 'agent', 0, 'unanswered', 'answer what they wrote'),
    ('other', 3, 'note', '', 'lead', 1440, '', 'map the code: it is on the dictionary''s to-do list'),
    ('other', 4, 'case', 'carrier_trace', 'agent', 1440, '-status:delivered', 'ask the carrier: open a case');

-- "2d", "4h", "90m", "" at once
CREATE FUNCTION playbook_after(p_minutes int) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN p_minutes = 0 THEN '' WHEN p_minutes % 1440 = 0 THEN p_minutes / 1440 || 'd' WHEN p_minutes % 60 = 0 THEN p_minutes / 60 || 'h' ELSE p_minutes || 'm' END;
CREATE FUNCTION playbook_json(p_kind exception_kind) RETURNS jsonb LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('action', s.action, 'argument', s.argument, 'owner', s.owner, 'after', playbook_after(s.after_minutes),
                                                 'condition', s.condition, 'label', s.label) ORDER BY s.step), '[]')
      FROM playbook_step s WHERE s.kind = p_kind
$$;
INSERT INTO playbook_version (kind, version, by, steps) SELECT k, 1, 'doorstep', playbook_json(k) FROM unnest(enum_range(NULL::exception_kind)) k;
CREATE CONSTRAINT TRIGGER control_watch AFTER INSERT ON playbook_version DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION control_watch('playbook', 'kind', 'at', 'by');

-- ---------------------------------------------------------------- conditions

-- Why a text is no condition, or null. In the order of PLAYBOOK_TERMS of core/playbook.h.
CREATE FUNCTION playbook_wrong_condition(p text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN (SELECT format('"%s" is no condition: use told, replied, unanswered, contacted, case, breached, late, woken, overridden, outage, status:…, severity:… or tier:…, with - before what must not be', left(t, 40))
              FROM unnest(string_to_array(btrim(p), ' ')) t
             WHERE t !~ '^-?(told|replied|unanswered|contacted|case|breached|late|woken|overridden|outage|tier:[^,:\s]+(,[^,:\s]+)*)$'
               AND NOT (t ~ '^-?status:' AND string_to_array(substring(t FROM ':(.*)$'), ',') <@ enum_range(NULL::shipment_status)::text[] AND t !~ ':$')
               AND NOT (t ~ '^-?severity:' AND string_to_array(substring(t FROM ':(.*)$'), ',') <@ enum_range(NULL::severity)::text[] AND t !~ ':$')
             LIMIT 1);

-- Does a condition hold of an exception that is of its kind since p_since?
CREATE FUNCTION playbook_holds(e exception, p_since timestamptz, p_condition text, p_now timestamptz) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    term text;
    word text;
    list text[];
    yes boolean;
BEGIN
    FOREACH term IN ARRAY string_to_array(btrim(p_condition), ' ') LOOP
        word := ltrim(term, '-');
        list := string_to_array(substring(word FROM ':(.*)$'), ',');
        yes := CASE split_part(word, ':', 1)
            WHEN 'told' THEN e.marks & 64 <> 0
            WHEN 'unanswered' THEN e.marks & 256 <> 0
            WHEN 'replied' THEN e.marks & 256 <> 0 OR EXISTS (SELECT FROM contact k JOIN contact_driver d ON d.code = k.driver AND d.asks
                                                              WHERE k.exception_id = e.id AND k.taken_back_at IS NULL AND k.at >= p_since)
            WHEN 'contacted' THEN EXISTS (SELECT FROM contact k WHERE k.exception_id = e.id AND k.by IS NOT NULL AND k.taken_back_at IS NULL AND k.at >= p_since)
            WHEN 'case' THEN e.marks & 128 <> 0
            WHEN 'breached' THEN e.due_at < p_now
            WHEN 'late' THEN coalesce(e.promised_at, e.edd_at) < p_now
            WHEN 'woken' THEN EXISTS (SELECT FROM activity a WHERE a.exception_id = e.id AND a.verb = 'wake' AND a.at >= p_since)
            WHEN 'overridden' THEN e.marks & 2 <> 0
            WHEN 'outage' THEN EXISTS (SELECT FROM outage o WHERE o.id = ANY (e.outages) AND o.ended_at IS NULL)
            WHEN 'status' THEN e.effective_status::text = ANY (list)
            WHEN 'severity' THEN e.severity::text = ANY (list)
            WHEN 'tier' THEN lower(e.tier) = ANY (list) END;
        IF coalesce(yes, false) = (term LIKE '-%') THEN
            RETURN false;
        END IF;
    END LOOP;
    RETURN true;
END
$$;

-- "if they have not answered", '' for none.
CREATE FUNCTION playbook_says(p_condition text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce((SELECT string_agg(CASE t WHEN 'told' THEN 'once they were told' WHEN '-told' THEN 'if they were not told' WHEN 'replied' THEN 'when they have answered'
                WHEN '-replied' THEN 'if they have not answered' WHEN 'unanswered' THEN 'when they write' WHEN '-unanswered' THEN 'if nothing of theirs waits'
                WHEN 'contacted' THEN 'when they got in touch' WHEN '-contacted' THEN 'if they did not get in touch' WHEN 'case' THEN 'with a case open' WHEN '-case' THEN 'without a case'
                WHEN 'breached' THEN 'past its SLA' WHEN '-breached' THEN 'within its SLA' WHEN 'late' THEN 'past its promise' WHEN '-late' THEN 'before its promise'
                WHEN 'woken' THEN 'once it woke' WHEN '-woken' THEN 'if it did not wake' WHEN 'overridden' THEN 'if overridden' WHEN '-overridden' THEN 'if not overridden'
                WHEN 'outage' THEN 'in an outage' WHEN '-outage' THEN 'outside outages'
                ELSE CASE WHEN t LIKE '-%' THEN 'if not ' WHEN t LIKE 'status:%' THEN 'while ' ELSE 'if ' END
                     || replace(replace(substring(t FROM ':(.*)$'), ',', ' or '), '_', ' ') END, ', ' ORDER BY i)
              FROM unnest(string_to_array(btrim(p_condition), ' ')) WITH ORDINALITY x(t, i)
             WHERE NOT (t = 'told' AND strpos(p_condition, '-replied') > 0)), '');

-- ---------------------------------------------------------------- the steps of one exception

CREATE TYPE playbook_place AS (step int, action text, argument text, owner text, label text, state text, at timestamptz, condition text, after_minutes int);

-- When a step was done, since the one before was; null: it was not. A message counts however it was sent (how it went is asked
-- when it is over: no step), a case of its type whoever opened it; anything else is its own word in the timeline.
CREATE FUNCTION playbook_done(e exception, p_action text, p_argument text, p_since timestamptz, p_first boolean) RETURNS timestamptz
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF p_action = 'message' OR p_action = 'macro' AND EXISTS (SELECT FROM macro m WHERE m.name = p_argument AND m.template IS NOT NULL) THEN
        RETURN coalesce((SELECT min(o.created_at) FROM outreach o WHERE o.exception_id = e.id AND counts_as_told(o.state) AND o.created_at > p_since
                          AND o.created_at <= coalesce(e.resolved_at, 'infinity')),
                        CASE WHEN p_first AND e.marks & 64 <> 0 AND NOT EXISTS (SELECT FROM outreach o WHERE o.exception_id = e.id) THEN p_since END);
    ELSIF p_action = 'case' THEN
        RETURN (SELECT min(greatest(l.at, p_since)) FROM case_link l JOIN support_case c ON c.id = l.case_id
                 WHERE l.exception_id = e.id AND c.type::text = p_argument AND (c.state IN ('open', 'pending') OR l.at > p_since));
    END IF;
    RETURN (SELECT min(a.at) FROM activity a WHERE a.exception_id = e.id AND a.verb = p_action AND a.at > p_since AND a.actor NOT IN ('feed', 'clock'));
END
$$;

-- state: done (at: when), now, later (at: from when on), when (its condition does not hold), then (after the one before it), itself
-- (nobody has to do it), gone (its macro is).
CREATE FUNCTION playbook_walk(e exception, p_now timestamptz) RETURNS SETOF playbook_place
    LANGUAGE plpgsql STABLE ROWS 6 SET search_path = doorstep, pg_temp AS $$
DECLARE
    base timestamptz := coalesce((SELECT max(a.at) FROM activity a WHERE a.exception_id = e.id AND a.verb IN ('opened', 'reopened', 'escalated', 'eased')), e.opened_at);
    since timestamptz := base;
    s playbook_step;
    p playbook_place;
    ahead boolean := false;
BEGIN
    FOR s IN SELECT * FROM playbook_step x WHERE x.kind = e.kind ORDER BY x.step LOOP
        p := ROW (s.step, s.action, s.argument, s.owner, s.label, NULL, NULL, s.condition, s.after_minutes)::playbook_place;
        IF s.owner = 'worker' THEN
            p.state := 'itself';
        ELSIF s.action = 'macro' AND NOT EXISTS (SELECT FROM macro m WHERE m.name = s.argument AND (m.owner IS NULL OR m.owner = session_user)) THEN
            p.state := 'gone';
        ELSE
            p.at := playbook_done(e, s.action, s.argument, since, since = base);
            IF p.at IS NOT NULL AND NOT ahead THEN
                p.state := 'done';
                since := p.at;
            ELSIF ahead THEN
                p.state := 'then';
                p.at := NULL;
            ELSIF NOT playbook_holds(e, base, s.condition, p_now) THEN
                p.state := 'when';
            ELSE
                p.at := since + make_interval(mins => s.after_minutes);
                p.state := CASE WHEN p.at <= p_now THEN 'now' ELSE 'later' END;
                ahead := true;
            END IF;
        END IF;
        RETURN NEXT p;
    END LOOP;
END
$$;

-- All steps of an exception, as people see them; of a resolved one those that were done, for nothing is left to do.
CREATE FUNCTION playbook_steps(p_id bigint) RETURNS TABLE (step int, state text, at timestamptz, owner text, action text, argument text, label text, says text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 6 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT w.step, w.state, w.at, w.owner, w.action, w.argument, w.label,
           concat_ws(', ', CASE WHEN w.state IN ('when', 'then') AND w.after_minutes > 0 THEN 'after ' || say_minutes(w.after_minutes) END,
                     CASE WHEN w.state IN ('when', 'then') THEN nullif(playbook_says(w.condition), '') END)
      FROM seen(p_id) e CROSS JOIN LATERAL playbook_walk(e, clock_timestamp()) w
     WHERE w.state <> 'gone' AND (e.state <> 'resolved' OR w.state = 'done') ORDER BY w.step;
END
$$;

-- "open a claim with the carrier, after 2 days, if they have not answered": what comes after a step.
CREATE FUNCTION playbook_following(p_steps playbook_place[], p_step int) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT coalesce(string_agg(x.says, '; ' ORDER BY x.step), '') FROM (
        SELECT f.step, left(concat_ws(', ', CASE WHEN f.owner = 'lead' THEN 'a lead: ' ELSE '' END || f.label, CASE WHEN f.after_minutes > 0 THEN 'after ' || say_minutes(f.after_minutes) END,
                                      nullif(playbook_says(f.condition), '')), 150) AS says
          FROM unnest(p_steps) f WHERE f.step > p_step AND f.state IN ('then', 'when') ORDER BY f.step LIMIT 1) x
$$;

-- Signature and answers as before. A lead's step is handed to one, by those who are none; where the next has time, the way is to look
-- again then.
CREATE OR REPLACE FUNCTION next_step(p_id bigint) RETURNS TABLE (action text, label text, then_text text, argument text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    e exception;
    place text;
    steps playbook_place[];
    s playbook_place;
    moment timestamptz := clock_timestamp();
BEGIN
    SELECT * INTO e FROM seen(p_id);
    IF e.id IS NULL OR my_level() < 2 THEN
        RETURN;
    END IF;
    place := CASE WHEN e.state IN ('waiting', 'snoozed', 'resolved') THEN e.state::text WHEN e.owner IS NULL THEN 'unowned' WHEN e.owner <> session_user THEN 'theirs' ELSE 'mine' END;
    IF place = 'unowned' AND e.activity_seq <= 1 THEN
        -- nothing was done yet: its first step, without walking them. This is what a session's first screen waits for.
        SELECT w.label INTO s.label FROM playbook_step w WHERE w.kind = e.kind AND w.condition = '' AND w.after_minutes = 0 ORDER BY w.step LIMIT 1;
    ELSIF place IN ('mine', 'unowned') THEN
        steps := ARRAY(SELECT w FROM playbook_walk(e, moment) w);
        SELECT w.* INTO s FROM unnest(steps) w WHERE w.state IN ('now', 'later') LIMIT 1;
    END IF;
    IF place = 'mine' THEN
        IF s.state = 'now' AND s.owner = 'lead' AND my_level() < 3 THEN
            RETURN QUERY SELECT 'assign', left('hand it to a lead: ' || s.label, 119), playbook_following(steps, s.step), '';
            RETURN;
        ELSIF s.state = 'now' THEN
            RETURN QUERY SELECT s.action, s.label, playbook_following(steps, s.step), s.argument;
            RETURN;
        ELSIF s.state = 'later' THEN
            RETURN QUERY SELECT 'snooze', 'snooze until the next step is due, in ' || say_span(s.at - moment), left(s.label, 150),
                                greatest(ceil(extract(epoch FROM s.at - moment) / 60), 1)::int || 'm';
            RETURN;
        END IF;
    END IF;
    RETURN QUERY
    SELECT p.action, p.label, left(coalesce(s.label, p.then_text), 150), p.argument FROM playbook p WHERE p.kind IS NULL AND p.situation = place;   -- whose it will be
END
$$;

-- The document has all of them.
SELECT patch_function('show_json(bigint)'::regprocedure, '''next_step'', (SELECT jsonb_build_object(',
    '''playbook'', (SELECT coalesce(jsonb_agg(jsonb_build_object(''step'', y.step, ''state'', y.state, ''at'', json_instant(y.at), ''owner'', y.owner, ''action'', y.action, ''argument'', y.argument,
                                                              ''label'', y.label, ''says'', y.says) ORDER BY y.step), ''[]'') FROM playbook_steps(p_id) y),
        ''next_step'', (SELECT jsonb_build_object(');

-- ---------------------------------------------------------------- changing one

-- Minutes of "2d", "4h", "90m", ""; null: no such time.
CREATE FUNCTION playbook_minutes(p text) RETURNS int LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN coalesce(p, '') = '' THEN 0 WHEN p ~ '^\d{1,6}[mhd]$' THEN (rtrim(p, 'mhd')::bigint * CASE right(p, 1) WHEN 'm' THEN 1 WHEN 'h' THEN 60 ELSE 1440 END)::bigint::int END;

CREATE FUNCTION playbook_wrong(p_steps jsonb) RETURNS text LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    f jsonb;
    i int := 0;
    wrong text;
BEGIN
    IF jsonb_typeof(p_steps) IS DISTINCT FROM 'array' THEN
        RETURN 'a playbook is given as a JSON array of steps, as "playbook show KIND --format json" prints them';
    END IF;
    IF jsonb_array_length(p_steps) NOT BETWEEN 1 AND 20 THEN RETURN 'a playbook has 1 to 20 steps'; END IF;
    FOR f IN SELECT x FROM jsonb_array_elements(p_steps) x LOOP
        i := i + 1;
        wrong := CASE
            WHEN jsonb_typeof(f) <> 'object' THEN 'is no object with an action and a label'
            WHEN coalesce(f ->> 'action', '') <> ALL ('{macro,message,case,note,resolve,wait,snooze,assign,severity,tag,override,contact}'::text[])
                THEN format('"%s" is nothing a step can do: use macro, message, case, note, resolve, wait, snooze, assign, severity, tag, override or contact', left(f ->> 'action', 40))
            WHEN length(coalesce(clean_text(f ->> 'label'), '')) NOT BETWEEN 1 AND 110 THEN 'needs a label of at most 110 characters: what is to be done'
            WHEN length(coalesce(f ->> 'argument', '')) > 43 THEN 'its argument is longer than 43 characters'
            WHEN f ->> 'action' = 'macro' AND NOT EXISTS (SELECT FROM macro m WHERE m.owner IS NULL AND m.name = f ->> 'argument') THEN format('there is no macro "%s" of everyone''s', left(f ->> 'argument', 43))
            WHEN f ->> 'action' = 'case' AND coalesce(f ->> 'argument', '') <> ALL (enum_range(NULL::case_type)::text[]) THEN 'says no type of case: customer, carrier_trace, claim or internal'
            WHEN f ->> 'action' = 'resolve' AND coalesce(f ->> 'argument', '') <> '' AND NOT EXISTS (SELECT FROM resolution r WHERE r.code = f ->> 'argument') THEN format('"%s" is no resolution', left(f ->> 'argument', 43))
            WHEN coalesce(f ->> 'owner', 'agent') <> ALL ('{agent,lead,worker}'::text[]) THEN 'its owner is none of agent, lead, worker'
            WHEN coalesce(playbook_minutes(f ->> 'after'), 999999) > 129600 THEN 'its "after" is no time up to 90 days: 30m, 4h, 2d'
            ELSE playbook_wrong_condition(coalesce(f ->> 'condition', '')) END;
        IF wrong IS NOT NULL THEN
            RETURN format('step %s: %s', i, wrong);
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

-- The steps of a kind, all anew; the next version. rev is its number.
CREATE FUNCTION playbook_set(p_key uuid, p_kind text, p_steps jsonb) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    wrong text;
    was jsonb;
    v int;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(3, 'change playbooks');
        PERFORM require_all_brands('change playbooks');
        wrong := CASE WHEN p_kind IS NULL OR p_kind <> ALL (enum_range(NULL::exception_kind)::text[]) THEN format('"%s" is no kind of exception', left(p_kind, 40)) ELSE playbook_wrong(p_steps) END;
        IF wrong IS NOT NULL THEN
            RETURN QUERY SELECT 0::bigint, false, 'invalid', wrong, NULL::int;
            RETURN;
        END IF;
        PERFORM pg_advisory_xact_lock(hashtext('doorstep playbook'));
        was := playbook_json(p_kind::exception_kind);
        DELETE FROM playbook_step s WHERE s.kind = p_kind::exception_kind;
        INSERT INTO playbook_step (kind, step, action, argument, owner, after_minutes, condition, label)
        SELECT p_kind::exception_kind, x.i, x.f ->> 'action', coalesce(x.f ->> 'argument', ''), coalesce(x.f ->> 'owner', 'agent'), playbook_minutes(x.f ->> 'after'),
               btrim(coalesce(x.f ->> 'condition', '')), clean_text(x.f ->> 'label')
          FROM jsonb_array_elements(p_steps) WITH ORDINALITY x(f, i);
        SELECT max(p.version) INTO v FROM playbook_version p WHERE p.kind = p_kind::exception_kind;
        IF playbook_json(p_kind::exception_kind) = was THEN
            answered := jsonb_build_array(jsonb_build_array(0, true, 'same', format('it is so already, version %s', v), v));
        ELSE
            INSERT INTO playbook_version (kind, version, by, steps) VALUES (p_kind::exception_kind, v + 1, session_user, playbook_json(p_kind::exception_kind));
            PERFORM pg_notify('doorstep', 'k');
            answered := jsonb_build_array(jsonb_build_array(0, true, 'ok', format('%s has version %s of its playbook', replace(p_kind, '_', ' '), v + 1), v + 1));
        END IF;
        PERFORM action_end(p_key, 'playbook_set', clock_timestamp(), '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;
GRANT EXECUTE ON FUNCTION playbook_steps(bigint), playbook_set(uuid, text, jsonb), playbook_after(int) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
