-- What clients read in one call: who am I, one exception with all there is, the next step,
-- words for completion; saved views; and the proof that the activity is whole.
-- All of it asks sees_brand(): the functions run as the owner. plpgsql where SQL would do,
-- because it keeps its plans for the session.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- timeline: of the server's history; a client that has seen a higher one has been cut off
-- from the newer server. server: its address, or '' on a Unix socket (the client knows where).
CREATE FUNCTION hello() RETURNS TABLE (role text, display_name text, level text, brand text, schema_version int, timeline int,
                                       backend_pid int, now timestamptz, read_only boolean, server text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT session_user::text,
           coalesce((SELECT a.display_name FROM agent a WHERE a.role = session_user), session_user::text),
           level_name(my_level()),
           coalesce((SELECT string_agg(b.code, ', ' ORDER BY b.code) FROM agent_scope s JOIN brand b ON b.id = s.brand_id
                      WHERE s.role = session_user), 'all brands'),
           schema_version(),
           CASE WHEN pg_is_in_recovery() THEN (SELECT c.timeline_id FROM pg_control_checkpoint() c)
                ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int END,
           pg_backend_pid(), clock_timestamp(),
           current_setting('transaction_read_only')::boolean,
           coalesce(host(inet_server_addr()) || ':' || inet_server_port(), '');
END
$$;

-- The exception, if the caller may see it.
CREATE FUNCTION seen(p_id bigint) RETURNS SETOF exception LANGUAGE sql STABLE ROWS 1 SET search_path = doorstep, pg_temp AS $$
    SELECT * FROM exception e WHERE e.id = p_id AND my_level() > 0 AND sees_brand(e.brand_id)
$$;

CREATE FUNCTION next_step(p_id bigint) RETURNS TABLE (action text, label text, then_text text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT p.action, p.label, p.then_text
      FROM seen(p_id) e
      JOIN playbook p ON (p.kind IS NULL OR p.kind = e.kind)
                     AND p.situation = CASE WHEN e.state IN ('waiting', 'snoozed', 'resolved') THEN e.state::text
                                            WHEN e.owner IS NULL THEN 'unowned'
                                            WHEN e.owner = session_user THEN 'mine' ELSE 'theirs' END
     WHERE my_level() >= 2
     ORDER BY p.kind NULLS LAST
     LIMIT 1;
END
$$;

-- {"sms": true, "email": false} as "sms yes, email no".
CREATE FUNCTION say_consent(p jsonb) RETURNS text LANGUAGE sql STABLE
    RETURN (SELECT string_agg(k.key || CASE WHEN k.value = 'true' THEN ' yes' ELSE ' no' END, ', '
                              ORDER BY array_position(ARRAY['sms', 'email', 'whatsapp'], k.key), k.key)
              FROM jsonb_each(p) k);

-- What struct context of core/exception.h has beside the queue's row; no row: no such
-- exception, or not the caller's to see.
CREATE FUNCTION context_head(p_id bigint)
    RETURNS TABLE (service text, status_reason text, edd_at timestamptz, shipped_at timestamptz, placed_at timestamptz, total text,
                   customer_external_id text, email text, phone text, time_zone text, consent text, preferred_channel text,
                   postal_code text, address_type text, access_instructions text, resolution text, resolution_text text,
                   next_action text, next_label text, next_then text, viewers text, tracking_url text)
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
           n.action, n.label, n.then_text,
           (SELECT string_agg(w.role, ', ') FROM viewers(p_id) w),
           replace(k.tracking_url, '{}', s.tracking_number);
END
$$;

-- Newest first, at most lim.
CREATE FUNCTION context_scans(p_id bigint, lim int)
    RETURNS TABLE (occurred_at timestamptz, status text, is_exception boolean, code text, label text, message text, place text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT v.occurred_at, v.status::text, v.is_exception, concat_ws('/', v.code, v.detail), v.label, v.message, v.place
      FROM seen(p_id) e JOIN scan_event v ON v.shipment_id = e.shipment_id
     ORDER BY v.occurred_at DESC, v.seq DESC LIMIT lim;
END
$$;
CREATE FUNCTION context_activity(p_id bigint, lim int) RETURNS TABLE (at timestamptz, actor text, verb text, text text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT a.at, a.actor, a.verb, a.text
      FROM seen(p_id) e JOIN activity a ON a.exception_id = e.id
     ORDER BY a.seq DESC LIMIT lim;
END
$$;
CREATE FUNCTION context_lines(p_id bigint) RETURNS TABLE (sku text, title text, quantity int)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT l.sku, l.title, l.quantity FROM seen(p_id) e JOIN order_line l ON l.order_id = e.order_id ORDER BY l.line;
END
$$;

-- An exception as JSON has it in lists; instants in UTC with Z.
CREATE FUNCTION queue_json(e exception) RETURNS jsonb LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT jsonb_build_object('id', e.id, 'rev', e.rev, 'kind', e.kind, 'severity', e.severity, 'state', e.state, 'fault', e.fault,
        'brand', e.brand, 'carrier', e.carrier, 'service', e.service, 'tracking_number', e.tracking_number, 'order_number', e.order_number,
        'customer', e.customer_name, 'tier', e.tier, 'language', e.language, 'country', e.country, 'region', e.region, 'city', e.city, 'postal_code', e.postal_code,
        'owner', e.owner, 'reason', e.reason, 'code', e.code,
        'effective_status', e.effective_status, 'carrier_status', e.carrier_status)
        || jsonb_build_object('opened_at', json_instant(e.opened_at), 'due_at', json_instant(e.due_at),
        'first_response_due_at', json_instant(e.first_response_due_at), 'resolve_due_at', json_instant(e.resolve_due_at),
        'first_response_at', json_instant(e.first_response_at), 'last_scan_at', json_instant(e.last_scan_at),
        'promised_at', json_instant(e.promised_at), 'edd_at', json_instant(e.edd_at), 'wake_at', json_instant(e.wake_at),
        'wake_on_scan', e.wake_on_scan, 'updated_at', json_instant(e.updated_at), 'resolved_at', json_instant(e.resolved_at),
        'resolution', e.resolution, 'resolution_text', e.resolution_text)
$$;

-- What "show --format json" prints; null: no such exception, or not the caller's to see.
CREATE FUNCTION show_json(p_id bigint) RETURNS jsonb
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
        'next_step', (SELECT jsonb_build_object('action', n.action, 'label', n.label, 'then', n.then_text) FROM next_step(p_id) n))
      FROM seen(p_id) e
$$;

-- Words for completing open filter fields; label is '' where the word says it all.
CREATE FUNCTION filter_words() RETURNS TABLE (field text, word text, label text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 200 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT * FROM (
        SELECT 'carrier', c.code, c.name FROM carrier c
        UNION ALL SELECT 'brand', b.code, b.name FROM brand b WHERE sees_brand(b.id)
        UNION ALL SELECT 'owner', a.role, a.display_name FROM agent a WHERE a.active
        UNION ALL SELECT DISTINCT f.field, f.word, '' FROM filter_word f WHERE sees_brand(f.brand_id)) x
     WHERE my_level() > 0
     ORDER BY 1, 2;
END
$$;

-- ---------------------------------------------------------------- saved views
-- A person's own; everyone's are the leads'. A number key belongs to one view of an owner:
-- the newest has it. A person's own view comes before everyone's with the same key.

CREATE FUNCTION view_save(p_key uuid, p_name text, p_filter text, p_position int DEFAULT 0, p_shared boolean DEFAULT false)
    RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    answered jsonb := action_begin(p_key);
    whose text := CASE WHEN p_shared THEN NULL ELSE session_user::text END;
    title text := clean_text(p_name);
    wrong text;
    new_id int;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(CASE WHEN p_shared THEN 3 ELSE 1 END, CASE WHEN p_shared THEN 'change everyone''s views' ELSE 'keep views' END);
        wrong := CASE WHEN title IS NULL OR length(title) > 40 THEN 'a view''s name has 1 to 40 characters'
                      WHEN length(p_filter) > 500 THEN 'the filter is longer than 500 characters'
                      WHEN p_position NOT BETWEEN 0 AND 9 THEN 'a view''s key is 1 to 9, or 0 for none'
                      WHEN EXISTS (SELECT FROM saved_view v WHERE v.builtin AND lower(v.name) = lower(title))
                      THEN format('"%s" is built in: choose another name', title) END;
        IF wrong IS NOT NULL THEN
            RETURN QUERY SELECT 0::bigint, false, 'invalid', wrong, NULL::int;
            RETURN;
        END IF;
        UPDATE saved_view v SET position = 0
         WHERE v.owner IS NOT DISTINCT FROM whose AND v.position = p_position AND p_position > 0 AND NOT v.builtin;
        INSERT INTO saved_view (owner, name, filter, position) VALUES (whose, title, coalesce(p_filter, ''), coalesce(p_position, 0))
            ON CONFLICT (coalesce(owner, ''), lower(name)) DO UPDATE
               SET name = excluded.name, filter = excluded.filter, position = excluded.position
        RETURNING saved_view.id INTO new_id;
        answered := jsonb_build_array(jsonb_build_array(new_id, true, 'ok', '', NULL));
        PERFORM action_end(p_key, 'view_save', clock_timestamp(), '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

CREATE FUNCTION view_delete(p_key uuid, p_name text) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    answered jsonb := action_begin(p_key);
    v saved_view;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(1, 'delete views');
        SELECT * INTO v FROM saved_view s
         WHERE lower(s.name) = lower(btrim(p_name)) AND (s.owner = session_user OR s.owner IS NULL)
         ORDER BY s.owner NULLS LAST LIMIT 1;
        IF v.id IS NULL THEN
            answered := jsonb_build_array(jsonb_build_array(0, false, 'gone', format('you have no view "%s"', p_name), NULL));
        ELSIF v.builtin THEN
            answered := jsonb_build_array(jsonb_build_array(v.id, false, 'denied', format('"%s" is built in and stays', v.name), NULL));
        ELSIF v.owner IS NULL AND my_level() < 3 THEN
            answered := jsonb_build_array(jsonb_build_array(v.id, false, 'denied', refusal(3, 'delete everyone''s views'), NULL));
        ELSE
            DELETE FROM saved_view s WHERE s.id = v.id;
            answered := jsonb_build_array(jsonb_build_array(v.id, true, 'ok', '', NULL));
        END IF;
        PERFORM action_end(p_key, 'view_delete', clock_timestamp(), '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- ---------------------------------------------------------------- is the activity whole?
-- Walks the chain of one exception, or of all, and names what is broken; nothing when all is
-- well. altered: a row is not what was written (or stands where another stood); removed: a
-- number is missing, or rows at the end are; inserted: rows beyond the chain's end.
CREATE FUNCTION audit_verify(p_id bigint DEFAULT NULL) RETURNS TABLE (exception_id bigint, seq int, problem text, detail text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    PERFORM require_level(3, 'verify the audit log');
    RETURN QUERY
    WITH chain AS (
        SELECT a.*, lag(a.seq, 1, 0) OVER w AS seq_before, lag(a.hash, 1, ''::bytea) OVER w AS hash_before
          FROM activity a LEFT JOIN exception e ON e.id = a.exception_id
         WHERE (p_id IS NULL OR a.exception_id = p_id) AND sees_brand(coalesce(e.brand_id, a.brand_id))
        WINDOW w AS (PARTITION BY a.exception_id ORDER BY a.seq)
    ), ends AS (
        SELECT e.id, e.activity_seq, e.activity_hash,
               (SELECT max(a.seq) FROM activity a WHERE a.exception_id = e.id) AS last_seq,
               (SELECT a.hash FROM activity a WHERE a.exception_id = e.id AND a.seq = e.activity_seq) AS last_hash
          FROM exception e WHERE (p_id IS NULL OR e.id = p_id) AND sees_brand(e.brand_id)
    )
    SELECT c.exception_id, c.seq, 'altered', format('%s by %s at %s is not what was written', c.verb, c.actor, say_instant(c.at))
      FROM chain c
     WHERE c.seq = c.seq_before + 1
       AND c.hash <> activity_link(c.hash_before, c.exception_id, c.seq, c.brand_id, c.at, c.actor, c.verb, c.text, c.before, c.after, c.key)
    UNION ALL
    SELECT c.exception_id, m, 'removed', format('row %s of the activity is missing', m)
      FROM chain c CROSS JOIN LATERAL generate_series(c.seq_before + 1, c.seq - 1) m
    UNION ALL
    SELECT e.id, m, 'removed', format('row %s at the end of the activity is missing', m)
      FROM ends e CROSS JOIN LATERAL generate_series(coalesce(e.last_seq, 0) + 1, e.activity_seq) m
    UNION ALL
    SELECT c.exception_id, c.seq, 'inserted', format('%s by %s at %s was not written by an action', c.verb, c.actor, say_instant(c.at))
      FROM chain c LEFT JOIN ends e ON e.id = c.exception_id WHERE c.seq > coalesce(e.activity_seq, 0)
    UNION ALL
    SELECT e.id, e.activity_seq, 'altered', 'the chain does not end where it ended last'
      FROM ends e WHERE e.last_hash <> e.activity_hash
    ORDER BY 1, 2;
END
$$;

GRANT EXECUTE ON FUNCTION hello(), next_step(bigint), context_head(bigint), context_scans(bigint, int), context_activity(bigint, int),
    context_lines(bigint), queue_json(exception), show_json(bigint), filter_words(), view_save(uuid, text, text, int, boolean),
    view_delete(uuid, text), audit_verify(bigint) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
