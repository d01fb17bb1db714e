-- What composing starts from: candidates, macros, drafts; what was said and answered; and the
-- playbook's steps that tell a customer something.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- composing

-- The templates for an exception, those that fit first: made for its kind, in the customer's
-- language, approved, on the preferred channel. Then the rest, each with why not.
CREATE FUNCTION candidates(e exception)
    RETURNS TABLE (ord bigint, template_id int, version int, name text, title text, channel channel, language text, approved boolean,
                   fits boolean, why text)
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    b brand;
    c customer;
    reads text[];
    own text;
BEGIN
    SELECT * INTO b FROM brand x WHERE x.id = e.brand_id;
    SELECT * INTO c FROM customer x WHERE x.id = e.customer_id;
    own := coalesce(c.language, e.language);
    reads := languages_of(own, b.language);
    RETURN QUERY
    WITH offered AS MATERIALIZED (
        -- the version in force, and the caller's own newer draft
        SELECT t.id, t.name, t.channel, t.language, t.brand_id, v.*
          FROM template t JOIN template_version v ON v.template_id = t.id
         WHERE (t.brand_id IS NULL OR t.brand_id = e.brand_id)
           AND (v.state = 'approved' OR (v.state = 'draft' AND v.author = session_user AND NOT EXISTS (
                    SELECT FROM template_version n WHERE n.template_id = v.template_id AND n.version > v.version
                                                     AND (n.state = 'approved' OR (n.state = 'draft' AND n.author = session_user)))))
    ), judged AS (
        SELECT o.*, array_position(reads, o.language) AS far, w.preferred,
               CASE WHEN e.kind = 'tracking_error' THEN 'a tracking error is never told to customers'
                    WHEN o.kinds <> '{}' AND e.kind <> ALL (o.kinds) THEN format('not made for %s', replace(e.kind::text, '_', ' '))
                    WHEN o.statuses <> '{}' AND e.effective_status <> ALL (o.statuses)
                      OR o.statuses = '{}' AND e.effective_status = 'delivered' AND e.kind <> 'delivery_disputed'
                    THEN format('not true: the parcel is %s', replace(e.effective_status::text, '_', ' '))
                    WHEN w.message IS NOT NULL THEN w.message
                    WHEN array_position(reads, o.language) IS NULL THEN format('in another language (%s)', o.language)
                    WHEN o.brand_id IS NULL AND o.state = 'approved' AND EXISTS (
                        SELECT FROM offered p WHERE p.brand_id = e.brand_id AND p.state = 'approved' AND p.name = o.name
                                                AND p.channel = o.channel AND p.language = o.language)
                    THEN format('%s has its own', b.name) END AS wrong,
               e.kind = ANY (o.kinds) AND o.kinds <> '{}' AS made_for, o.state = 'approved' AS in_force
          FROM offered o JOIN channels_of(ARRAY[e.id]) w ON w.channel = o.channel
    )
    SELECT row_number() OVER (ORDER BY j.wrong IS NULL DESC, j.made_for DESC, j.far NULLS LAST, j.in_force DESC, j.preferred DESC, j.channel,
                                       j.brand_id IS NULL, j.name = e.kind::text DESC, j.name, j.version DESC),
           j.id, j.version, j.name, j.title, j.channel, j.language, j.in_force, j.wrong IS NULL,
           left(coalesce(j.wrong, concat_ws(', ', CASE WHEN NOT j.in_force THEN 'draft, not approved' END,
                         CASE WHEN j.made_for THEN 'for ' || replace(e.kind::text, '_', ' ') ELSE 'for anything' END,
                         CASE WHEN own IS NOT NULL AND split_part(j.language, '-', 1) = split_part(lower(own), '-', 1) THEN 'the customer''s language'
                              WHEN j.language = ANY (languages_of(NULL, b.language)) AND j.language <> 'en' OR b.language LIKE 'en%' THEN 'the brand''s language'
                              ELSE 'English' END,
                         CASE WHEN j.preferred THEN 'preferred channel' END)), 110)
      FROM judged j
     ORDER BY 1 LIMIT 40;
END
$$;

-- The newest thing said about the exception's parcel, by us (what was cancelled was not said) or by
-- the customer; null: nothing yet.
CREATE FUNCTION last_told(e exception) RETURNS jsonb LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    WITH ids AS MATERIALIZED (SELECT o.id FROM exception o WHERE o.shipment_id = (e).shipment_id)
    SELECT jsonb_build_object('at', json_instant(x.at), 'who', x.who, 'channel', x.channel, 'state', x.state, 'inbound', x.inbound, 'what', x.what)
      FROM ((SELECT o.created_at AS at, o.by AS who, o.channel, o.state::text AS state, false AS inbound,
                    coalesce(nullif(v.title, ''), nullif(o.subject, ''), left(o.body, 90)) AS what
               FROM outreach o LEFT JOIN template_version v ON v.template_id = o.template_id AND v.version = o.version
              WHERE o.exception_id IN (TABLE ids) AND o.state <> 'cancelled' ORDER BY o.id DESC LIMIT 1)
            UNION ALL
            (SELECT k.at, k.from_address, k.channel, 'delivered', true, left(k.text, 90)
               FROM contact k WHERE k.exception_id IN (TABLE ids) ORDER BY k.id DESC LIMIT 1)) x
     ORDER BY x.at DESC LIMIT 1
$$;

-- For how many of these exceptions each approved template is made, by its kinds and statuses, in any
-- language and channel: the most fitting first. What one may not see is not counted.
CREATE FUNCTION templates_fit(p_ids bigint[]) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    WITH alike AS MATERIALIZED (
        SELECT e.kind, e.effective_status AS status, e.brand_id, count(*) AS n
          FROM exception e WHERE e.id = ANY (p_ids) AND e.kind <> 'tracking_error' GROUP BY 1, 2, 3
    ), each AS (
        SELECT t.name, min(v.title) AS title, min(a.n) AS n,
               bool_or((v.kinds = '{}' OR a.kind = ANY (v.kinds)) AND (v.statuses = '{}' OR a.status = ANY (v.statuses))) AS fits
          FROM alike a JOIN template t ON t.brand_id IS NULL OR t.brand_id = a.brand_id
                       JOIN template_version v ON v.template_id = t.id AND v.state = 'approved'
         WHERE my_level() > 0 AND sees_brand(a.brand_id)
         GROUP BY t.name, a.kind, a.status, a.brand_id
    ), named AS (
        SELECT name, min(title) AS title, coalesce(sum(n) FILTER (WHERE fits), 0) AS fits FROM each GROUP BY name)
    SELECT coalesce(jsonb_agg(jsonb_build_object('name', name, 'title', title, 'fits', fits) ORDER BY fits DESC, name), '[]') FROM named
$$;

-- All that composing starts from (struct compose of core/outreach.h); null: no such exception,
-- or not the caller's to see.
CREATE FUNCTION compose(p_id bigint) RETURNS jsonb LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    e exception;
    c customer;
    zone text;
BEGIN
    SELECT * INTO e FROM seen(p_id);
    IF e.id IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT * INTO c FROM customer x WHERE x.id = e.customer_id;
    zone := recipient_zone(c.time_zone, (SELECT b.time_zone FROM brand b WHERE b.id = e.brand_id));
    RETURN jsonb_build_object(
        'exception', e.id, 'seen', outreach_stamp(e.id), 'recipient_zone', zone,
        'recipient_offset_s', extract(epoch FROM (now() AT TIME ZONE zone) - (now() AT TIME ZONE 'UTC'))::int,
        'email', coalesce(c.email, ''), 'phone', coalesce(phone_e164(c.phone, upper(e.country)), c.phone, ''),
        'channels', (SELECT jsonb_object_agg(h.channel, jsonb_build_object('can', h.guardrail IS NULL, 'why', coalesce(h.message, '')))
                       FROM channels_of(ARRAY[e.id]) h),
        'candidates', (SELECT coalesce(jsonb_agg(jsonb_build_object('template', k.template_id, 'version', k.version, 'name', k.name, 'title', k.title,
                              'channel', k.channel, 'language', k.language, 'approved', k.approved, 'fits', k.fits, 'why', k.why) ORDER BY k.ord), '[]')
                         FROM candidates(e) k),
        -- the kind's own first, then one's own, then everyone's
        'macros', (SELECT coalesce(jsonb_agg(macro_json(m) ORDER BY m.name = e.kind::text DESC, m.owner NULLS LAST, m.name), '[]')
                     FROM my_macros() m WHERE my_level() >= 2),
        'told', last_told(e),
        'draft', (SELECT jsonb_build_object('channel', d.channel, 'template', d.template_id, 'version', d.version, 'subject', d.subject,
                         'body', d.body, 'at', json_instant(d.updated_at))
                    FROM draft d WHERE d.role = session_user AND d.exception_id = e.id));
END
$$;

-- What was said and answered on a parcel, newest first, at most lim. who: the role that queued
-- it, or the customer's address.
CREATE FUNCTION messages(p_id bigint, lim int)
    RETURNS TABLE (id bigint, at timestamptz, inbound boolean, channel text, state text, who text, to_address text, subject text,
                   template text, state_text text, send_after timestamptz, sent_at timestamptz, delivered_at timestamptz, opened_at timestamptz,
                   clicked_at timestamptz, failed_at timestamptz, tries int, driver text, body text, attempts text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    ids bigint[] := ARRAY(SELECT o.id FROM seen(p_id) e JOIN exception o ON o.shipment_id = e.shipment_id);
BEGIN
    RETURN QUERY
    SELECT * FROM (
        (SELECT o.id, o.created_at, false, o.channel::text, o.state::text, o.by, o.to_address, o.subject, t.name,
                CASE WHEN o.state = 'queued' THEN coalesce(o.deferred, o.reason) ELSE o.reason END,
                o.send_after, o.sent_at, o.delivered_at, o.opened_at, o.clicked_at, o.failed_at, o.tries, ''::text, o.body,
                (SELECT string_agg(concat_ws(' ', say_instant(a.at), a.outcome, nullif(a.code, ''), nullif(a.message, '')), E'\n' ORDER BY a.fence DESC)
                   FROM outreach_attempt a WHERE a.outreach_id = o.id)
           FROM outreach o LEFT JOIN template t ON t.id = o.template_id
          WHERE o.exception_id = ANY (ids) ORDER BY o.id DESC LIMIT greatest(lim, 0))
        UNION ALL
        (SELECT k.id, k.at, true, k.channel::text, 'delivered', k.from_address, ''::text, NULL, NULL, NULL,
                NULL, NULL, k.received_at, NULL, NULL, NULL, 0, k.driver, k.text, NULL
           FROM contact k WHERE k.exception_id = ANY (ids) ORDER BY k.id DESC LIMIT greatest(lim, 0))) x (id, at)
     ORDER BY x.at DESC, x.id DESC LIMIT greatest(lim, 0);
END
$$;

-- ---------------------------------------------------------------- one macro a kind, and the playbook

INSERT INTO macro (name, title, template, then_verb, for_minutes, next_scan, tag) VALUES
    ('late_promise',      'Later than promised',   'late_promise',      'snooze', 4320, true,  NULL),
    ('not_shipped',       'Not with the carrier yet', 'not_shipped',    'work',   NULL, false, NULL),
    ('stalled',           'No news for a while',   'stalled',           'snooze', 4320, true,  'asked_carrier'),
    ('delay_carrier',     'Delayed at the carrier', 'delay_carrier',    'snooze', NULL, true,  NULL),
    ('delay_weather',     'Delayed by weather',    'delay_weather',     'snooze', NULL, true,  NULL),
    ('address_issue',     'Address needed',        'address_issue',     'wait',   2880, false, 'asked_address'),
    ('failed_attempt',    'Delivery missed',       'failed_attempt',    'wait',   2880, false, 'asked_day'),
    ('access_problem',    'Access needed',         'access_problem',    'wait',   2880, false, 'asked_access'),
    ('refused',           'Delivery refused',      'refused',           'wait',   4320, false, 'asked_why'),
    ('held',              'Held by the carrier',   'held',              'snooze', 1440, true,  'asked_carrier'),
    ('customs_hold',      'Held by customs',       'customs_hold',      'wait',   4320, false, 'asked_papers'),
    ('payment_due',       'Payment needed',        'payment_due',       'wait',   4320, false, 'asked_payment'),
    ('awaiting_pickup',   'Ready for collection',  'awaiting_pickup',   'snooze', 2880, false, 'reminded'),
    ('damaged',           'Photos needed',         'damaged',           'wait',   2880, false, 'asked_photos'),
    ('lost',              'Lost parcel',           'lost',              'work',   NULL, false, NULL),
    ('undeliverable',     'Not deliverable',       'undeliverable',     'wait',   2880, false, 'asked_choice'),
    ('returning',         'Coming back to us',     'returning',         'wait',   4320, false, 'asked_choice'),
    ('cancelled',         'Shipment cancelled',    'cancelled',         'work',   NULL, false, NULL),
    ('delivery_disputed', 'Delivered, or not?',    'delivery_disputed', 'wait',   2880, false, 'asked_neighbours'),
    ('other',             'A problem on the way',  'other',             'work',   NULL, false, NULL);

ALTER TABLE playbook ADD COLUMN argument text NOT NULL DEFAULT '';   -- of the action: a macro's name
-- Whoever has it tells the customer, and what is to be done besides stands beside it. What the
-- customer has no part in (tracking_error), and what nobody understands yet (other), stays a note.
UPDATE playbook p SET action = 'macro', argument = m.name, label = format('send "%s", then %s', m.title, s.label)
  FROM macro m, (VALUES
    ('late_promise', 'snooze until the next scan'), ('not_shipped', 'ask the warehouse whether it left'),
    ('stalled', 'ask the carrier for a trace'), ('delay_carrier', 'snooze until the next scan'),
    ('delay_weather', 'snooze until the next scan'), ('address_issue', 'wait for the address'),
    ('failed_attempt', 'wait for a day or a pickup point'), ('access_problem', 'wait for the way in'),
    ('refused', 'wait for the answer'), ('held', 'ask the carrier why'), ('customs_hold', 'wait for the papers'),
    ('payment_due', 'wait for the payment'), ('awaiting_pickup', 'look again in 2 days'), ('damaged', 'wait for the photos'),
    ('lost', 'replace or refund it and file a claim'), ('undeliverable', 'wait for the answer'), ('returning', 'wait for the answer'),
    ('delivery_disputed', 'wait for the answer')) s(kind, label)
 WHERE m.owner IS NULL AND m.name = s.kind AND p.situation = 'mine' AND p.kind::text = s.kind;
UPDATE playbook SET then_text = 'then ask again for a trace; no scan in 3 days: treat it as lost' WHERE kind = 'stalled' AND situation = 'mine';
UPDATE playbook SET then_text = 'the next scan brings it back' WHERE kind IN ('delay_carrier', 'delay_weather') AND situation = 'mine';
UPDATE playbook SET then_text = 'then resolve it as replaced or refunded' WHERE kind = 'lost' AND situation = 'mine';

-- A macro that somebody has deleted is passed over for what holds for any kind.
DROP FUNCTION next_step(bigint);
CREATE FUNCTION next_step(p_id bigint) RETURNS TABLE (action text, label text, then_text text, argument text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT p.action, p.label, p.then_text, p.argument
      FROM seen(p_id) e
      JOIN playbook p ON (p.kind IS NULL OR p.kind = e.kind)
                     AND p.situation = CASE WHEN e.state IN ('waiting', 'snoozed', 'resolved') THEN e.state::text
                                            WHEN e.owner IS NULL THEN 'unowned'
                                            WHEN e.owner = session_user THEN 'mine' ELSE 'theirs' END
     WHERE my_level() >= 2
       AND (p.action <> 'macro' OR EXISTS (SELECT FROM macro m WHERE m.name = p.argument AND (m.owner IS NULL OR m.owner = session_user)))
     ORDER BY p.kind NULLS LAST
     LIMIT 1;
END
$$;

-- Less than none is none.
CREATE OR REPLACE FUNCTION context_scans(p_id bigint, lim int)
    RETURNS TABLE (occurred_at timestamptz, status text, is_exception boolean, code text, label text, message text, place text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT v.occurred_at, v.status::text, v.is_exception, concat_ws('/', v.code, v.detail), v.label, v.message, v.place
      FROM seen(p_id) e JOIN scan_event v ON v.shipment_id = e.shipment_id
     ORDER BY v.occurred_at DESC, v.seq DESC LIMIT greatest(lim, 0);
END
$$;
CREATE OR REPLACE FUNCTION context_activity(p_id bigint, lim int) RETURNS TABLE (at timestamptz, actor text, verb text, text text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT a.at, a.actor, a.verb, a.text
      FROM seen(p_id) e JOIN activity a ON a.exception_id = e.id
     ORDER BY a.seq DESC LIMIT greatest(lim, 0);
END
$$;

DROP FUNCTION context_head(bigint);
CREATE FUNCTION context_head(p_id bigint)
    RETURNS TABLE (service text, status_reason text, edd_at timestamptz, shipped_at timestamptz, placed_at timestamptz, total text,
                   customer_external_id text, email text, phone text, time_zone text, consent text, preferred_channel text,
                   postal_code text, address_type text, access_instructions text, resolution text, resolution_text text,
                   next_action text, next_argument text, next_label text, next_then text, viewers text, tracking_url text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    -- Row by row, each by its key: a session's first context is on the screen sooner than a
    -- join of seven tables is planned.
    e exception;
    s shipment;
    k carrier;
    o orders;
    c customer;
    n record;
BEGIN
    SELECT * INTO e FROM seen(p_id);
    IF e.id IS NULL THEN
        RETURN;
    END IF;
    SELECT * INTO s FROM shipment x WHERE x.id = e.shipment_id;
    SELECT * INTO k FROM carrier x WHERE x.id = e.carrier_id;
    SELECT * INTO o FROM orders x WHERE x.id = e.order_id;
    SELECT * INTO c FROM customer x WHERE x.id = e.customer_id;
    SELECT * INTO n FROM next_step(p_id);
    RETURN QUERY
    SELECT coalesce(e.service, s.service),
           (SELECT format('%s %s -> %s', v.provider, concat_ws('/', v.code, v.detail),
                          CASE WHEN m.id IS NULL THEN 'not in the dictionary' ELSE format('%s (dictionary v%s)', v.kind, m.version) END)
              FROM scan_event v LEFT JOIN status_map m ON m.id = v.map_id
             WHERE v.shipment_id = e.shipment_id AND v.is_exception AND coalesce(v.code, v.detail) IS NOT NULL
             ORDER BY v.occurred_at DESC, v.seq DESC LIMIT 1),
           s.edd_at, s.shipped_at, o.placed_at, concat_ws(' ', o.total, o.currency),
           c.external_id, c.email, c.phone, c.time_zone, say_consent(c.consent), c.preferred_channel,
           s.postal_code, s.address_type, s.access_instructions,
           (SELECT r.label FROM resolution r WHERE r.code = e.resolution), e.resolution_text,
           n.action, n.argument, n.label, n.then_text,
           (SELECT string_agg(w.role, ', ') FROM viewers(p_id) w),
           replace(k.tracking_url, '{}', s.tracking_number);
END
$$;

CREATE OR REPLACE FUNCTION queue_json(e exception) RETURNS jsonb LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT jsonb_build_object('id', e.id, 'rev', e.rev, 'kind', e.kind, 'severity', e.severity, 'state', e.state, 'fault', e.fault,
        'brand', e.brand, 'carrier', e.carrier, 'service', e.service, 'tracking_number', e.tracking_number, 'order_number', e.order_number,
        'customer', e.customer_name, 'tier', e.tier, 'language', e.language, 'country', e.country, 'region', e.region, 'city', e.city, 'postal_code', e.postal_code,
        'owner', e.owner, 'reason', e.reason, 'code', e.code, 'tags', e.tags,
        'effective_status', e.effective_status, 'carrier_status', e.carrier_status)
        || jsonb_build_object('opened_at', json_instant(e.opened_at), 'due_at', json_instant(e.due_at),
        'first_response_due_at', json_instant(e.first_response_due_at), 'resolve_due_at', json_instant(e.resolve_due_at),
        'first_response_at', json_instant(e.first_response_at), 'last_scan_at', json_instant(e.last_scan_at),
        'promised_at', json_instant(e.promised_at), 'edd_at', json_instant(e.edd_at), 'wake_at', json_instant(e.wake_at),
        'wake_on_scan', e.wake_on_scan, 'updated_at', json_instant(e.updated_at), 'resolved_at', json_instant(e.resolved_at),
        'resolution', e.resolution, 'resolution_text', e.resolution_text)
$$;

CREATE OR REPLACE FUNCTION show_json(p_id bigint) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT queue_json(e) || jsonb_build_object(
        'customer', (SELECT jsonb_build_object('external_id', c.external_id, 'name', c.name, 'email', c.email, 'phone', c.phone,
                            'language', c.language, 'time_zone', c.time_zone, 'tier', c.tier, 'consent', c.consent,
                            'preferred_channel', c.preferred_channel) FROM customer c WHERE c.id = e.customer_id),
        'order', (SELECT jsonb_build_object('order_number', o.order_number, 'brand', e.brand, 'placed_at', json_instant(o.placed_at),
                         'currency', o.currency, 'total', o.total::text,
                         'lines', (SELECT coalesce(jsonb_agg(jsonb_build_object('sku', l.sku, 'title', l.title, 'quantity', l.quantity)
                                                             ORDER BY l.line), '[]') FROM order_line l WHERE l.order_id = o.id))
                    FROM orders o WHERE o.id = e.order_id),
        'shipment', (SELECT jsonb_build_object('sequence', s.sequence, 'service', s.service, 'shipped_at', json_instant(s.shipped_at),
                            'delivered_at', json_instant(s.delivered_at), 'edd_history', s.edd_history, 'address_type', s.address_type,
                            'access_instructions', s.access_instructions,
                            'tracking_url', (SELECT replace(k.tracking_url, '{}', s.tracking_number) FROM carrier k WHERE k.id = s.carrier_id))
                       FROM shipment s WHERE s.id = e.shipment_id),
        'events', (SELECT coalesce(jsonb_agg(jsonb_build_object('occurred_at', json_instant(v.occurred_at), 'received_at', json_instant(v.received_at),
                          'provider', v.provider, 'code', v.code, 'detail', v.detail, 'status', v.status, 'kind', v.kind,
                          'is_exception', v.is_exception, 'label', v.label, 'message', v.message, 'place', v.place)
                          ORDER BY v.occurred_at DESC, v.seq DESC), '[]') FROM scan_event v WHERE v.shipment_id = e.shipment_id),
        'activity', (SELECT coalesce(jsonb_agg(jsonb_build_object('seq', a.seq, 'at', json_instant(a.at), 'actor', a.actor, 'verb', a.verb,
                            'text', a.text, 'before', a.before, 'after', a.after) ORDER BY a.seq DESC), '[]')
                       FROM activity a WHERE a.exception_id = e.id),
        'viewers', (SELECT coalesce(jsonb_agg(jsonb_build_object('role', w.role, 'name', w.display_name, 'since', json_instant(w.since))), '[]')
                      FROM viewers(p_id) w),
        'next_step', (SELECT jsonb_build_object('action', n.action, 'argument', n.argument, 'label', n.label, 'then', n.then_text) FROM next_step(p_id) n))
      FROM seen(p_id) e
$$;

GRANT EXECUTE ON FUNCTION compose(bigint), templates_fit(bigint[]), messages(bigint, int), next_step(bigint), context_head(bigint) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
