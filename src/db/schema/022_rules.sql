-- The rules of contact as people change them: who may be written to, when, and what is held back.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- consent

-- Who changes customer.consent says so for the statement by the settings doorstep.consent_source (order,
-- agent, reply, provider; unset: order), consent_actor and consent_note.
CREATE FUNCTION consent_source() RETURNS text LANGUAGE sql STABLE
    RETURN coalesce(nullif(current_setting('doorstep.consent_source', true), ''), 'order');

-- An order document does not give back what was withdrawn otherwise: shops know it later, or never.
-- And what was wrong with an address is over when it is another one.
CREATE FUNCTION customer_kept() RETURNS trigger LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF consent_source() = 'order' AND new.consent IS DISTINCT FROM old.consent THEN
        new.consent := new.consent || coalesce((
            SELECT jsonb_object_agg(c.channel, false) FROM unnest(enum_range(NULL::channel)) c(channel)
             WHERE old.consent ->> c.channel::text = 'false' AND new.consent ->> c.channel::text IS DISTINCT FROM 'false'
               AND (SELECT h.source <> 'order' AND NOT h.given FROM consent_change h
                     WHERE h.customer_id = new.id AND h.channel = c.channel ORDER BY h.id DESC LIMIT 1)), '{}');
    END IF;
    IF new.email IS DISTINCT FROM old.email THEN
        new.email_bad := NULL;
    END IF;
    IF new.phone IS DISTINCT FROM old.phone THEN
        new.phone_bad := NULL;
    END IF;
    RETURN new;
END
$$;
CREATE TRIGGER kept BEFORE UPDATE ON customer FOR EACH ROW
    WHEN (old.consent IS DISTINCT FROM new.consent OR old.email IS DISTINCT FROM new.email OR old.phone IS DISTINCT FROM new.phone)
    EXECUTE FUNCTION customer_kept();

-- Each change is a row of consent_change.
CREATE FUNCTION consent_changed() RETURNS trigger LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    source text := consent_source();
    who text := coalesce(nullif(current_setting('doorstep.consent_actor', true), ''),
                         CASE source WHEN 'order' THEN 'feed' WHEN 'agent' THEN session_user::text ELSE 'customer' END);
    note text := coalesce(left(current_setting('doorstep.consent_note', true), 500), '');
BEGIN
    IF tg_op = 'INSERT' THEN
        INSERT INTO consent_change (customer_id, brand_id, channel, given, source, actor, note)
        SELECT n.id, n.brand_id, c.channel, n.consent -> c.channel::text = 'true', source, who, note
          FROM now_rows n CROSS JOIN unnest(enum_range(NULL::channel)) c(channel)
         WHERE jsonb_typeof(n.consent -> c.channel::text) = 'boolean' ORDER BY n.id, c.channel;
    ELSE
        INSERT INTO consent_change (customer_id, brand_id, channel, given, source, actor, note)
        SELECT n.id, n.brand_id, c.channel, n.consent -> c.channel::text = 'true', source, who, note
          FROM now_rows n JOIN was_rows o USING (id) CROSS JOIN unnest(enum_range(NULL::channel)) c(channel)
         WHERE n.consent IS DISTINCT FROM o.consent AND n.consent -> c.channel::text IS DISTINCT FROM o.consent -> c.channel::text
           AND jsonb_typeof(n.consent -> c.channel::text) = 'boolean' ORDER BY n.id, c.channel;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER consent_first AFTER INSERT ON customer REFERENCING NEW TABLE AS now_rows
    FOR EACH STATEMENT EXECUTE FUNCTION consent_changed();
CREATE TRIGGER consent_later AFTER UPDATE ON customer REFERENCING OLD TABLE AS was_rows NEW TABLE AS now_rows
    FOR EACH STATEMENT EXECUTE FUNCTION consent_changed();
-- What was on file before this was kept.
INSERT INTO consent_change (customer_id, brand_id, channel, given, at, source, actor)
SELECT u.id, u.brand_id, c.channel, u.consent -> c.channel::text = 'true', u.updated_at, 'order', 'feed'
  FROM customer u CROSS JOIN unnest(enum_range(NULL::channel)) c(channel)
 WHERE jsonb_typeof(u.consent -> c.channel::text) = 'boolean' ORDER BY u.id, c.channel;

-- ---------------------------------------------------------------- what people note of a customer

-- The common part: p_change is made to the customers of these exceptions, whom the caller sees, and told in each
-- exception's activity. p_args: for contact_decide().
CREATE FUNCTION contact_act(p_key uuid, p_verb text, p_ids bigint[], p_args jsonb, p_wrong text)
    RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    mine int[] := my_brands();
    answered jsonb := action_begin(p_key);
    ids bigint[] := ARRAY(SELECT DISTINCT x FROM unnest(p_ids) x WHERE x IS NOT NULL ORDER BY x);
    at timestamptz;
    decided jsonb;
    customers bigint[];
    revs jsonb;
    changed bigint[];
BEGIN
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    END IF;
    IF cardinality(ids) > 100000 THEN
        RAISE program_limit_exceeded USING MESSAGE = 'at most 100,000 exceptions can be changed at once: narrow the selection';
    END IF;
    IF my_level() < 2 OR p_wrong IS NOT NULL THEN
        RETURN QUERY SELECT x, false, CASE WHEN my_level() < 2 THEN 'denied' ELSE 'invalid' END,
                            CASE WHEN my_level() < 2 THEN refusal(2, 'note what customers want') ELSE p_wrong END, NULL::int FROM unnest(ids) x;
        RETURN;
    END IF;
    PERFORM lock_for_outreach(ids);
    at := clock_timestamp();
    SELECT jsonb_object_agg(e.id, jsonb_build_array(d.code, d.message, e.rev)), array_agg(DISTINCT e.customer_id) FILTER (WHERE d.code = 'ok')
      INTO decided, customers
      FROM exception e LEFT JOIN customer c ON c.id = e.customer_id CROSS JOIN LATERAL contact_decide(c, p_verb, p_args) d
     WHERE e.id = ANY (ids) AND (mine IS NULL OR e.brand_id = ANY (mine));
    -- all of them: what the session had set is not to be believed
    PERFORM set_config('doorstep.consent_source', 'agent', true), set_config('doorstep.consent_actor', session_user, true),
            set_config('doorstep.consent_note', coalesce(p_args ->> 'note', ''), true);
    UPDATE customer c
       SET consent = CASE p_verb WHEN 'consent' THEN c.consent || jsonb_build_object(p_args ->> 'channel', p_args -> 'given') ELSE c.consent END,
           do_not_contact = CASE p_verb WHEN 'do_not_contact' THEN (p_args ->> 'on')::boolean ELSE c.do_not_contact END,
           email_bad = CASE WHEN p_verb = 'address_ok' AND p_args ->> 'channel' = 'email' THEN NULL ELSE c.email_bad END,
           phone_bad = CASE WHEN p_verb = 'address_ok' AND p_args ->> 'channel' <> 'email' THEN NULL ELSE c.phone_bad END,
           updated_at = at
     WHERE c.id = ANY (customers);
    PERFORM set_config('doorstep.consent_source', '', true), set_config('doorstep.consent_actor', '', true), set_config('doorstep.consent_note', '', true);
    SELECT array_agg(c.changed_id ORDER BY c.changed_id), jsonb_object_agg(c.changed_id, c.changed_rev) INTO changed, revs
      FROM apply_changes(ARRAY(SELECT ROW (i, '{}', (p_args ->> 'says') || coalesce(': ' || nullif(p_args ->> 'note', ''), ''))::change
                                 FROM unnest(ids) i WHERE decided -> i::text ->> 0 = 'ok'), p_verb, session_user, p_key, at) c;
    SELECT coalesce(jsonb_agg(jsonb_build_array(x.i, coalesce(d.v ->> 0 IN ('ok', 'same'), false), coalesce(d.v ->> 0, 'gone'),
                              CASE WHEN d.v IS NULL THEN format('there is no exception #%s', x.i) ELSE d.v ->> 1 END, coalesce(revs -> x.i::text, d.v -> 2)) ORDER BY x.i), '[]')
      INTO answered
      FROM unnest(ids) x(i) LEFT JOIN LATERAL (SELECT decided -> x.i::text AS v) d ON true;
    PERFORM action_end(p_key, p_verb, at, coalesce(changed, '{}'), answered);
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

CREATE FUNCTION contact_decide(c customer, p_verb text, a jsonb, OUT code text, OUT message text) LANGUAGE plpgsql STABLE AS $$
BEGIN
    code := CASE WHEN c.id IS NULL THEN 'invalid'
                 WHEN CASE p_verb WHEN 'consent' THEN c.consent -> (a ->> 'channel') = a -> 'given'
                                  WHEN 'do_not_contact' THEN to_jsonb(c.do_not_contact) = a -> 'on'
                                  ELSE CASE a ->> 'channel' WHEN 'email' THEN c.email_bad ELSE c.phone_bad END IS NULL END THEN 'same'
                 ELSE 'ok' END;
    message := CASE code WHEN 'invalid' THEN 'nobody knows yet whose parcel this is: its order has not arrived'
                         WHEN 'same' THEN 'it is on file like that already' ELSE '' END;
END
$$;

-- What the customer said: they may be written to on a channel, or not.
CREATE FUNCTION consent_set(p_key uuid, p_ids bigint[], p_channel channel, p_given boolean, p_note text DEFAULT NULL)
    RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT * FROM contact_act(p_key, 'consent', p_ids,
        jsonb_build_object('channel', p_channel, 'given', p_given, 'note', left(clean_text(p_note), 500),
            'says', format('the customer %s %s', CASE WHEN p_given THEN 'agrees to' ELSE 'wants no' END, channel_label(p_channel))),
        CASE WHEN p_channel IS NULL OR p_given IS NULL THEN 'say on which channel, and whether they agree'
             WHEN p_given AND clean_text(p_note) IS NULL THEN 'say in a note how and when the customer agreed' END)
$$;
CREATE FUNCTION do_not_contact(p_key uuid, p_ids bigint[], p_on boolean, p_note text DEFAULT NULL)
    RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT * FROM contact_act(p_key, 'do_not_contact', p_ids,
        jsonb_build_object('on', p_on, 'note', left(clean_text(p_note), 500),
            'says', CASE WHEN p_on THEN 'the customer is not to be contacted' ELSE 'the customer may be contacted again' END),
        CASE WHEN p_on IS NULL THEN 'say whether the customer is not to be contacted'
             WHEN NOT p_on AND clean_text(p_note) IS NULL THEN 'say in a note why the customer may be contacted again' END)
$$;
-- An address that took nothing takes messages again.
CREATE FUNCTION address_ok(p_key uuid, p_exception bigint, p_channel channel) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE sql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT * FROM contact_act(p_key, 'address_ok', ARRAY[p_exception],
        jsonb_build_object('channel', p_channel, 'says', format('the %s takes messages again',
            CASE p_channel WHEN 'email' THEN 'e-mail address' ELSE 'phone number' END)),
        CASE WHEN p_channel IS NULL THEN 'say on which channel the address is right again' END)
$$;

-- Newest first.
CREATE FUNCTION consent_history(p_id bigint) RETURNS TABLE (at timestamptz, channel channel, given boolean, source text, actor text, note text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT h.at, h.channel, h.given, h.source, h.actor, h.note
                   FROM seen(p_id) e JOIN consent_change h ON h.customer_id = e.customer_id ORDER BY h.id DESC;
END
$$;

-- ---------------------------------------------------------------- policies and holds: leads

-- A brand by its code, among the caller's; null: all of them, for those who have all. Why not, or null.
CREATE FUNCTION wrong_brand(p_code text, p_what text, OUT brand int, OUT wrong text) LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    SELECT b.id INTO brand FROM brand b WHERE b.code = p_code AND sees_brand(b.id);
    wrong := CASE WHEN p_code IS NULL AND my_brands() IS NOT NULL THEN format('you work for some brands only: say whose %s it is', p_what)
                  WHEN p_code IS NOT NULL AND brand IS NULL THEN format('there is no brand "%s"', left(p_code, 40)) END;
END
$$;

-- Settings as columns of contact_policy; unknown ones and values out of range: why, else null.
CREATE FUNCTION wrong_policy(p jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    k text;
    v jsonb;
    ranges jsonb := '{"cap": [1, 1000], "cap_hours": [1, 8760], "repeat_hours": [0, 8760], "stale_hours": [1, 8760], "undo_seconds": [0, 3600], "max_segments": [1, 10]}';
BEGIN
    IF jsonb_typeof(p) IS DISTINCT FROM 'object' OR p = '{}' THEN
        RETURN 'say what to change';
    END IF;
    FOR k, v IN SELECT * FROM jsonb_each(p) LOOP
        IF ranges ? k THEN
            IF jsonb_typeof(v) <> 'number' OR v::text !~ '^[0-9]{1,5}$' OR v::int NOT BETWEEN (ranges -> k ->> 0)::int AND (ranges -> k ->> 1)::int THEN
                RETURN format('%s is a number from %s to %s', k, ranges -> k ->> 0, ranges -> k ->> 1);
            END IF;
        ELSIF k IN ('quiet_from', 'quiet_to') THEN
            IF jsonb_typeof(v) <> 'null' AND v #>> '{}' !~ '^([01][0-9]|2[0-3]):[0-5][0-9]$' THEN
                RETURN format('%s is an hour such as 21:00, or null', k);
            END IF;
        ELSIF k = 'quiet_days' THEN
            IF jsonb_typeof(v) <> 'array' OR EXISTS (SELECT FROM jsonb_array_elements(v) d WHERE d::text !~ '^[1-7]$') THEN
                RETURN 'quiet_days is a list of weekdays from 1, Monday, to 7';
            END IF;
        ELSIF k = 'consent_required' THEN
            IF jsonb_typeof(v) <> 'boolean' THEN
                RETURN 'consent_required is true or false';
            END IF;
        ELSE
            RETURN format('a policy has no "%s"', left(k, 40));
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

-- Changes the rules of a scope; what is not given stays as it is there, or is as in the rules that held before.
CREATE FUNCTION policy_set(p_key uuid, p_brand text, p_country text, p_channel channel, p_settings jsonb)
    RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    whose record;
    land text := upper(nullif(btrim(p_country), ''));
    wrong text;
    p contact_policy;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(3, 'change the rules of contact');
        whose := wrong_brand(p_brand, 'policy');
        wrong := coalesce(whose.wrong, CASE WHEN land !~ '^[A-Z]{2}$' THEN format('"%s" is no country: two letters, such as US', left(p_country, 40)) END, wrong_policy(p_settings));
        IF wrong IS NULL THEN
            PERFORM pg_advisory_xact_lock(hashtext('doorstep contact policy'));
            SELECT * INTO p FROM contact_policy y
             WHERE y.brand_id IS NOT DISTINCT FROM whose.brand AND y.country IS NOT DISTINCT FROM land AND y.channel IS NOT DISTINCT FROM p_channel;
            IF NOT FOUND THEN
                p := policy_for(whose.brand, land, p_channel);
                p.id := NULL;
            END IF;
            p := jsonb_populate_record(p, p_settings);
            p.quiet_days := ARRAY(SELECT DISTINCT d FROM unnest(p.quiet_days) d ORDER BY d);
            wrong := CASE WHEN num_nulls(p.quiet_from, p.quiet_to) = 1 THEN 'quiet hours have a beginning and an end'
                          WHEN p.quiet_from = p.quiet_to THEN 'quiet hours that end when they begin are none: give both as null for that'
                          WHEN cardinality(p.quiet_days) = 7 THEN 'with seven quiet days nothing would ever go out' END;
        END IF;
        IF wrong IS NOT NULL THEN
            RETURN QUERY SELECT 0::bigint, false, 'invalid', wrong, NULL::int;
            RETURN;
        END IF;
        INSERT INTO contact_policy AS y (brand_id, country, channel, quiet_from, quiet_to, quiet_days, cap, cap_hours, repeat_hours, stale_hours,
                                         consent_required, undo_seconds, max_segments)
        VALUES (whose.brand, land, p_channel, p.quiet_from, p.quiet_to, p.quiet_days, p.cap, p.cap_hours, p.repeat_hours, p.stale_hours,
                p.consent_required, p.undo_seconds, p.max_segments)
            ON CONFLICT (brand_id, country, channel) DO UPDATE
               SET quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to, quiet_days = excluded.quiet_days, cap = excluded.cap,
                   cap_hours = excluded.cap_hours, repeat_hours = excluded.repeat_hours, stale_hours = excluded.stale_hours,
                   consent_required = excluded.consent_required, undo_seconds = excluded.undo_seconds, max_segments = excluded.max_segments
        RETURNING y.id INTO p.id;
        answered := jsonb_build_array(jsonb_build_array(p.id, true, 'ok', '', NULL));
        PERFORM action_end(p_key, 'policy_set', clock_timestamp(), '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

CREATE FUNCTION policy_delete(p_key uuid, p_brand text, p_country text, p_channel channel)
    RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    whose record;
    land text := upper(nullif(btrim(p_country), ''));
    gone int;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(3, 'change the rules of contact');
        whose := wrong_brand(p_brand, 'policy');
        IF whose.wrong IS NOT NULL OR num_nonnulls(p_brand, land, p_channel) = 0 THEN
            RETURN QUERY SELECT 0::bigint, false, 'invalid', coalesce(whose.wrong, 'the policy for everybody stays: change it instead'), NULL::int;
            RETURN;
        END IF;
        DELETE FROM contact_policy y
         WHERE y.brand_id IS NOT DISTINCT FROM whose.brand AND y.country IS NOT DISTINCT FROM land AND y.channel IS NOT DISTINCT FROM p_channel
        RETURNING y.id INTO gone;
        answered := jsonb_build_array(jsonb_build_array(coalesce(gone, 0), gone IS NOT NULL, CASE WHEN gone IS NULL THEN 'gone' ELSE 'ok' END,
                                                        CASE WHEN gone IS NULL THEN 'there is no policy for exactly that: "doorstep policy list" shows them' ELSE '' END, NULL));
        PERFORM action_end(p_key, 'policy_delete', clock_timestamp(), '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- From now on messages in this scope wait; those queued already are held when their time comes.
CREATE FUNCTION hold_set(p_key uuid, p_brand text, p_carrier text, p_region text, p_kind exception_kind, p_reason text)
    RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    whose record;
    freight int := (SELECT c.id FROM carrier c WHERE c.code = p_carrier);
    why text := left(clean_text(p_reason), 500);
    wrong text;
    made int;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(3, 'hold messages');
        whose := wrong_brand(p_brand, 'hold');
        wrong := coalesce(whose.wrong, CASE WHEN p_carrier IS NOT NULL AND freight IS NULL THEN format('there is no carrier "%s"', left(p_carrier, 40))
                                            WHEN why IS NULL THEN 'say why: whoever wants to send reads it' END);
        IF wrong IS NOT NULL THEN
            RETURN QUERY SELECT 0::bigint, false, 'invalid', wrong, NULL::int;
            RETURN;
        END IF;
        INSERT INTO message_hold AS h (brand_id, carrier_id, region, kind, reason, by)
        VALUES (whose.brand, freight, nullif(btrim(p_region), ''), p_kind, why, session_user) RETURNING h.id INTO made;
        answered := jsonb_build_array(jsonb_build_array(made, true, 'ok', '', NULL));
        PERFORM action_end(p_key, 'hold_set', clock_timestamp(), '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- What this hold kept back is queued again; the worker asks all guardrails before it goes.
CREATE FUNCTION hold_end(p_key uuid, p_id int) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
DECLARE
    answered jsonb := action_begin(p_key);
    h message_hold;
    back int := 0;
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(3, 'end holds');
        SELECT * INTO h FROM message_hold x
         WHERE x.id = p_id AND CASE WHEN x.brand_id IS NULL THEN my_brands() IS NULL ELSE sees_brand(x.brand_id) END FOR UPDATE;
        IF h.id IS NULL THEN
            answered := jsonb_build_array(jsonb_build_array(p_id, false, 'gone', format('there is no hold %s', p_id), NULL));
        ELSIF h.ended_at IS NOT NULL THEN
            answered := jsonb_build_array(jsonb_build_array(p_id, true, 'same', format('%s ended it %s', h.ended_by, ago(clock_timestamp() - h.ended_at)), NULL));
        ELSE
            UPDATE message_hold x SET ended_at = clock_timestamp(), ended_by = session_user WHERE x.id = p_id;
            WITH theirs AS MATERIALIZED (
                SELECT o.id FROM outreach o WHERE o.state = 'held' AND o.hold_id = p_id ORDER BY o.id FOR UPDATE
            ), put AS (
                UPDATE outreach o SET state = 'queued', reason = NULL, hold_id = NULL, send_after = clock_timestamp() FROM theirs t WHERE o.id = t.id RETURNING 1
            )
            SELECT count(*) INTO back FROM put;
            IF back > 0 THEN
                PERFORM pg_notify('doorstep', 'o');
            END IF;
            answered := jsonb_build_array(jsonb_build_array(p_id, true, 'ok', CASE back WHEN 0 THEN '' WHEN 1 THEN '1 message goes out now'
                                                                                        ELSE back || ' messages go out now' END, NULL));
        END IF;
        PERFORM action_end(p_key, 'hold_end', clock_timestamp(), '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

GRANT EXECUTE ON FUNCTION consent_set(uuid, bigint[], channel, boolean, text), do_not_contact(uuid, bigint[], boolean, text),
    address_ok(uuid, bigint, channel), consent_history(bigint), policy_set(uuid, text, text, channel, jsonb), policy_delete(uuid, text, text, channel),
    hold_set(uuid, text, text, text, exception_kind, text), hold_end(uuid, int) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
