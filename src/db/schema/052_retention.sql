-- How long what is kept: a rule for every table, and the pass that keeps to it. Rows are removed, or their texts and addresses
-- blanked and the numbers kept; history goes a month's partition at a time, and the log of control has what went.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

CREATE TABLE retention_policy (
    table_name text PRIMARY KEY,
    keep_days  int CHECK (keep_days > 0), -- null: kept
    minimum    int,                       -- fewer days need to be said twice; null: cannot be given any
    act        text NOT NULL CHECK (act IN ('remove', 'blank', 'drop', 'kept')),
    what       text NOT NULL,             -- for people: what goes, or why it is kept
    old        text,                      -- remove, blank: condition on x; $1 is the instant before which it is old
    blank      text,                      -- blank: what is set
    checked_at timestamptz,               -- when nothing old was left
    CHECK ((act = 'kept') = (minimum IS NULL)), CHECK (act <> 'kept' OR keep_days IS NULL),
    CHECK ((act IN ('remove', 'blank')) = (old IS NOT NULL)), CHECK ((act = 'blank') = (blank IS NOT NULL))
);
INSERT INTO retention_policy (table_name, keep_days, minimum, act, what, old, blank) VALUES
    ('scan_event',       550, 180, 'drop',   'scans, a month at a time, once all of its parcels are past it and none is in work', NULL, NULL),
    ('activity',         1095, 365, 'drop',  'timelines, a month at a time, once all of its exceptions are past it and none is open', NULL, NULL),
    ('outreach',         400, 30, 'blank',   'texts and addresses of messages; who, when, which template and what came of it stay',
     'x.created_at < $1 AND x.state NOT IN (''queued'', ''sending'') AND (x.body <> '''' OR x.to_address <> '''')',
     'to_address = '''', to_name = NULL, subject = NULL, body = '''', html = NULL, provider_vars = NULL, reason = NULL, text_hash = md5(x.id::text)::uuid'),
    ('outreach_attempt', 400, 30, 'remove',  'tries of messages', 'x.at < $1', NULL),
    ('outreach_receipt', 400, 30, 'remove',  'receipts of messages', 'x.received_at < $1', NULL),
    ('contact',          400, 30, 'blank',   'what customers wrote, and from where; when and about what stays',
     'x.received_at < $1 AND (x.text <> '''' OR x.from_address <> '''')', 'text = '''', from_address = '''''),
    ('consent_change',   2555, 1095, 'remove', 'how consent came about; the newest of each customer and channel stays',
     'x.at < $1 AND EXISTS (SELECT FROM consent_change n WHERE n.customer_id = x.customer_id AND n.channel = x.channel AND n.id > x.id)', NULL),
    ('action_log',       400, 30, 'remove',  'answers kept for actions asked about again', 'x.at < $1', NULL),
    ('inbox',            90, 7, 'remove',    'webhooks that could not be read', 'x.failed IS NOT NULL AND x.at < $1', NULL),
    ('draft',            90, 7, 'remove',    'drafts nobody went on with', 'x.updated_at < $1', NULL),
    ('unmapped_code',    180, 30, 'blank',   'samples of codes the dictionary does not know; their counts stay',
     'x.last_seen < $1 AND (x.sample <> '''' OR x.sample_tracking <> '''')', 'sample = '''', sample_tracking = '''''),
    ('case_attempt',     400, 30, 'remove',  'tries to tell the helpdesk', 'x.at < $1', NULL),
    ('case_note',        1095, 365, 'blank', 'notes of closed cases',
     'x.at < $1 AND x.text <> ''[expired]'' AND EXISTS (SELECT FROM support_case c WHERE c.id = x.case_id AND c.state = ''closed'' AND c.state_at < $1)', 'text = ''[expired]'''),
    ('support_case',     1095, 365, 'blank', 'what was filled into closed cases; their subject and times stay',
     'x.state = ''closed'' AND x.state_at < $1 AND x.context <> ''''', 'context = ''''');
INSERT INTO retention_policy (table_name, act, what)
SELECT t, 'kept', w FROM (VALUES
    ('{brand,carrier,agent,agent_scope,saved_view,playbook,resolution,template,template_version,template_shipping,macro,contact_policy,message_hold,sla_policy,calendar,calendar_hours,calendar_holiday,calendar_stretch,status_map,status_wording,status_phrase,dictionary_version,control_policy,override_reason,desk_setting,hint_channel,schema_migration,retention_policy}'::text[],
     'rules and words people work by: they do not grow with parcels'),
    ('{orders,order_line,shipment,exception}', 'the business''s record of what was sold, sent and went wrong; the person goes with "customer forget"'),
    ('{customer}', 'who the customers are; the person goes with "customer forget"'),
    ('{case_link,case_sync,status_override,override_batch,outage}', 'what was decided, by whom and when'),
    ('{control_log,control_head,history_part,redaction}', 'the log of control and what it proves: small, and never shortened'),
    ('{counter,outage_counter,lane_open,lane,lane_clock,lane_usual,filter_word}', 'sums: folded, they do not grow with time'),
    ('{lane_hour,outage_suggestion,presence,feed_stage}', 'emptied by what uses it')) v(tables, w) CROSS JOIN unnest(v.tables) t;

-- Rows of activity or the log of control whose personal texts were erased. The row keeps the hash it was written with, so the
-- chain goes on; what is left has a hash of its own here, and the log of control has the digest of all that went at once.
CREATE TABLE redaction (
    exception_id bigint NOT NULL,         -- 0: the log of control
    seq          bigint NOT NULL,
    at           timestamptz NOT NULL,
    by           text NOT NULL,
    key          uuid NOT NULL,           -- the action
    hash         bytea NOT NULL,          -- as it was written
    content      bytea NOT NULL,          -- what is left: activity_link() after nothing
    PRIMARY KEY (exception_id, seq)
);
CREATE INDEX redaction_key ON redaction (key);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON redaction FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- ---------------------------------------------------------------- removing and blanking

-- One batch of a table, or (p_limit 0) how many there are. The only function beside erase_rows() that refuse_change() lets through here.
CREATE FUNCTION retention_rows(p retention_policy, p_before timestamptz, p_limit int) RETURNS bigint
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    n bigint;
    chosen text := format('ARRAY(SELECT x.ctid FROM %I x WHERE %s LIMIT %s FOR UPDATE SKIP LOCKED)', p.table_name, p.old, p_limit);
BEGIN
    IF p_limit = 0 THEN
        EXECUTE format('SELECT count(*) FROM %I x WHERE %s', p.table_name, p.old) INTO n USING p_before;
    ELSIF p.act = 'remove' THEN
        EXECUTE format('DELETE FROM %I x WHERE x.ctid = ANY (%s)', p.table_name, chosen) USING p_before;
        GET DIAGNOSTICS n = ROW_COUNT;
    ELSE
        EXECUTE format('UPDATE %I x SET %s WHERE x.ctid = ANY (%s)', p.table_name, p.blank, chosen) USING p_before;
        GET DIAGNOSTICS n = ROW_COUNT;
    END IF;
    RETURN n;
END
$$;

-- ---------------------------------------------------------------- dropping a month

-- Is everything in it past an instant, and nothing in work? Of scans: their parcels' exceptions and the parcels themselves.
CREATE FUNCTION part_is_old(p history_part, p_before timestamptz) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp SET jit = off AS $$
DECLARE
    young boolean;
BEGIN
    IF p.to_id IS NULL OR p.dropped_at IS NOT NULL OR p.opened_at >= p_before THEN
        RETURN false;
    END IF;
    IF p.table_name = 'activity' THEN
        RETURN NOT EXISTS (SELECT FROM exception e WHERE e.id >= p.from_id AND e.id < p.to_id AND (e.state <> 'resolved' OR e.updated_at >= p_before))
           AND NOT EXISTS (SELECT FROM activity a WHERE a.exception_id >= p.from_id AND a.exception_id < p.to_id AND a.at >= p_before)
           AND NOT EXISTS (SELECT FROM support_case c JOIN case_link l ON l.case_id = c.id WHERE l.exception_id >= p.from_id AND l.exception_id < p.to_id AND c.state <> 'closed');
    END IF;
    RETURN NOT EXISTS (SELECT FROM shipment s WHERE s.id >= p.from_id AND s.id < p.to_id AND greatest(s.first_seen_at, s.last_scan_at, s.promised_at) >= p_before)
       AND NOT EXISTS (SELECT FROM scan_event v WHERE v.shipment_id >= p.from_id AND v.shipment_id < p.to_id AND v.received_at >= p_before)
       AND NOT EXISTS (SELECT FROM exception e WHERE e.shipment_id >= p.from_id AND e.shipment_id < p.to_id AND (e.state <> 'resolved' OR e.updated_at >= p_before))
       AND NOT EXISTS (SELECT FROM support_case c WHERE c.shipment_id >= p.from_id AND c.shipment_id < p.to_id AND c.state <> 'closed');
END
$$;

-- Puts an empty partition in its place (a carrier may repeat itself years later), or one for it and the empty ones before it.
CREATE FUNCTION part_replace(p history_part) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE
    low bigint;                           -- null: the first
    name text;
    went text[];
BEGIN
    PERFORM part_alone(p.table_name);
    IF NOT EXISTS (SELECT FROM history_part h WHERE h.table_name = p.table_name AND h.from_id < p.from_id AND h.dropped_at IS NULL) THEN
        went := ARRAY(SELECT h.part FROM history_part h WHERE h.table_name = p.table_name AND h.from_id <= p.from_id AND to_regclass(quote_ident(h.part)) IS NOT NULL);
        FOREACH name IN ARRAY went LOOP   -- rows that came after theirs were dropped stay
            IF name <> p.part AND part_has_rows(name) THEN
                went := ARRAY[p.part];
                low := p.from_id;
                EXIT;
            END IF;
        END LOOP;
    ELSE
        went := ARRAY[p.part];
        low := p.from_id;
    END IF;
    IF NOT EXISTS (SELECT FROM history_part h WHERE h.table_name = p.table_name AND h.from_id < p.from_id) THEN
        low := NULL;
    END IF;
    FOREACH name IN ARRAY went LOOP
        EXECUTE format('DROP TABLE %I', name);
    END LOOP;
    PERFORM part_make(p.table_name, p.part, low, p.to_id);
END
$$;
CREATE FUNCTION part_has_rows(p_part text) RETURNS boolean LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    found boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', p_part) INTO found;
    RETURN found;
END
$$;

-- Drops one month: how many rows went, with the digest of their hashes, is in the log of control.
CREATE FUNCTION part_drop(p history_part, p_now timestamptz) RETURNS bigint LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET jit = off AS $$
DECLARE
    n bigint;
    last timestamptz;
    sum text;
BEGIN
    EXECUTE format(CASE p.table_name WHEN 'activity'
        THEN 'SELECT count(*), max(at), encode(sha256(convert_to(coalesce(sum((''x'' || left(encode(hash, ''hex''), 15))::bit(60)::bigint::numeric), 0)::text, ''UTF8'')), ''hex'') FROM %I'
        ELSE 'SELECT count(*), max(received_at), encode(sha256(convert_to(coalesce(sum((''x'' || left(replace(dedupe::text, ''-'', ''''), 15))::bit(60)::bigint::numeric), 0)::text, ''UTF8'')), ''hex'') FROM %I' END,
        p.part) INTO n, last, sum;
    PERFORM part_replace(p);
    UPDATE history_part h SET dropped_at = p_now, "rows" = n, last_at = last, digest = sum WHERE h.part = p.part;
    PERFORM control_write(NULL, 'history ' || p.part, 'expire', format('%s rows of %s, %s %s to %s, the newest of %s', n, p.table_name,
                          CASE p.table_name WHEN 'activity' THEN 'exceptions' ELSE 'shipments' END, p.from_id, p.to_id - 1, coalesce(say_instant(last), 'never')), NULL,
                          jsonb_build_object('table', p.table_name, 'from', p.from_id, 'to', p.to_id, 'rows', n, 'digest', sum), NULL, p_now, 'worker');
    RETURN n;
END
$$;

-- ---------------------------------------------------------------- the pass

-- One bounded step of one table; -1: nothing old is left.
CREATE FUNCTION retention_step(p retention_policy, p_now timestamptz) RETURNS bigint LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    before timestamptz := p_now - make_interval(days => p.keep_days);
    h history_part;
    n bigint;
BEGIN
    IF p.act = 'drop' THEN
        FOR h IN SELECT * FROM history_part x WHERE x.table_name = p.table_name AND x.dropped_at IS NULL AND x.to_id IS NOT NULL ORDER BY x.from_id LOOP
            IF part_is_old(h, before) THEN
                EXECUTE format('LOCK TABLE %I IN SHARE MODE NOWAIT', h.part);
                IF part_is_old(h, before) THEN      -- nothing is added to it from here on
                    RETURN part_drop(h, p_now);
                END IF;
            END IF;
        END LOOP;
        RETURN -1;
    END IF;
    n := retention_rows(p, before, 5000);
    RETURN CASE WHEN n = 0 THEN -1 ELSE n END;
END
$$;

-- The worker's, hourly: what is past its time goes, at most 5,000 rows or a month a call. A table with nothing left is looked at a day later.
CREATE FUNCTION pass_retention(p_now timestamptz DEFAULT NULL) RETURNS TABLE (did jsonb, again boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    -- what goes does not come back: a service's clock may be behind, only an admin's ahead
    at timestamptz := CASE WHEN my_level() >= 4 OR (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = session_user) THEN coalesce(p_now, clock_timestamp())
                           ELSE least(p_now, clock_timestamp()) END;
    p retention_policy;
    n bigint;
BEGIN
    did := '{}';
    again := false;
    IF NOT current_setting('transaction_read_only')::boolean AND pg_try_advisory_xact_lock(hashtext('doorstep retention')) THEN
        FOR p IN SELECT * FROM retention_policy r WHERE r.keep_days IS NOT NULL AND (r.checked_at IS NULL OR r.checked_at NOT BETWEEN at - interval '20 hours' AND at) ORDER BY r.table_name LOOP
            BEGIN
                n := retention_step(p, at);
            EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
                CONTINUE;                 -- somebody reads for long: in an hour
            END;
            IF n < 0 THEN
                UPDATE retention_policy r SET checked_at = at WHERE r.table_name = p.table_name;
            ELSE
                did := jsonb_build_object('expired_' || p.table_name, n);
                again := true;
                EXIT;
            END IF;
        END LOOP;
    END IF;
    RETURN NEXT;
END
$$;
GRANT EXECUTE ON FUNCTION pass_retention(timestamptz) TO doorstep_worker;

-- ---------------------------------------------------------------- people

CREATE FUNCTION retention_list() RETURNS TABLE (table_name text, keep_days int, minimum int, act text, what text, checked_at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    PERFORM require_level(3, 'read how long what is kept');
    RETURN QUERY SELECT r.table_name, r.keep_days, r.minimum, r.act, r.what, r.checked_at FROM retention_policy r ORDER BY r.act = 'kept', r.table_name;
END
$$;

-- How long one table is kept; null: for good. p_sure: yes, shorter than the minimum.
CREATE FUNCTION retention_set(p_key uuid, p_table text, p_days int, p_sure boolean DEFAULT false)
    RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    answered jsonb := action_begin(p_key);
    r retention_policy;
    wrong text;
    why text := 'invalid';
BEGIN
    IF answered IS NULL THEN
        PERFORM require_level(4, 'change how long what is kept');
        PERFORM require_all_brands('change how long what is kept');
        SELECT * INTO r FROM retention_policy x WHERE x.table_name = p_table FOR UPDATE;
        IF r.table_name IS NULL THEN
            wrong := format('nothing is kept under the name "%s": "doorstep retention list" has the names', left(p_table, 40));
        ELSIF r.act = 'kept' THEN
            wrong := format('%s is always kept: %s', p_table, r.what);
        ELSIF p_days NOT BETWEEN 1 AND 36500 THEN
            wrong := 'it is kept between 1 day and 100 years, or "always"';
        ELSIF p_days < greatest(r.minimum, 30) AND NOT coalesce(p_sure, false) THEN
            wrong := format('%s days is short for %s (%s): less than %s days needs --yes, and what goes does not come back', p_days, p_table, r.what, greatest(r.minimum, 30));
            why := 'warned';
        END IF;
        IF wrong IS NOT NULL THEN
            RETURN QUERY SELECT 0::bigint, false, why, wrong, NULL::int;
            RETURN;
        END IF;
        UPDATE retention_policy x SET keep_days = p_days, checked_at = NULL WHERE x.table_name = p_table AND x.keep_days IS DISTINCT FROM p_days;
        answered := jsonb_build_array(jsonb_build_array(0, true, CASE WHEN FOUND THEN 'ok' ELSE 'same' END, '', NULL));
        PERFORM action_end(p_key, 'retention_set', clock_timestamp(), '{}', answered);
    END IF;
    RETURN QUERY SELECT * FROM answers(answered);
END
$$;

-- What would go now, or (not p_dry) the next of it: again while more is left. Admins.
CREATE FUNCTION retention_run(p_dry boolean, p_now timestamptz DEFAULT NULL) RETURNS TABLE (table_name text, what text, n bigint, again boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    now_is timestamptz := coalesce(p_now, clock_timestamp());
    p retention_policy;
    h history_part;
    step record;
BEGIN
    PERFORM require_level(4, 'run retention');
    PERFORM require_all_brands('run retention');
    IF NOT p_dry THEN
        SELECT * INTO step FROM pass_retention(now_is);
        RETURN QUERY SELECT substr(d.key, 9), r.what, d.value::text::bigint, step.again
                       FROM jsonb_each(step.did) d JOIN retention_policy r ON r.table_name = substr(d.key, 9);
        RETURN;
    END IF;
    FOR p IN SELECT * FROM retention_policy r WHERE r.keep_days IS NOT NULL ORDER BY r.table_name LOOP
        table_name := p.table_name;
        what := p.what;
        again := false;
        IF p.act = 'drop' THEN
            n := 0;
            FOR h IN SELECT * FROM history_part x WHERE x.table_name = p.table_name AND x.dropped_at IS NULL AND x.to_id IS NOT NULL LOOP
                IF part_is_old(h, now_is - make_interval(days => p.keep_days)) THEN
                    EXECUTE format('SELECT $1 + count(*) FROM %I', h.part) INTO n USING n;
                END IF;
            END LOOP;
        ELSE
            n := retention_rows(p, now_is - make_interval(days => p.keep_days), 0);
        END IF;
        IF n > 0 THEN
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;
GRANT EXECUTE ON FUNCTION retention_list(), retention_set(uuid, text, int, boolean), retention_run(boolean, timestamptz) TO doorstep_viewer;

CREATE CONSTRAINT TRIGGER control_watch AFTER INSERT OR UPDATE OF keep_days OR DELETE ON retention_policy DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION control_watch('retention', 'table_name', 'checked_at', 'old', 'blank');

-- ---------------------------------------------------------------- what the audit makes of it

-- What is left of a redacted row, as a hash of its own.
CREATE FUNCTION redacted_content(p_exception bigint, p_seq bigint, p_brand int, p_at timestamptz, p_actor text, p_verb text, p_text text, p_before jsonb, p_after jsonb, p_key uuid)
    RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE SET search_path = doorstep, pg_temp
    RETURN activity_link('', p_exception, p_seq::int, p_brand, p_at, p_actor, p_verb, p_text, p_before, p_after, p_key);
-- The digest of all that an action redacted.
CREATE FUNCTION redaction_digest(p_key uuid) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN (SELECT encode(sha256(convert_to(coalesce(string_agg(concat_ws(' ', r.exception_id, r.seq, encode(r.hash, 'hex'), encode(r.content, 'hex')), ';' ORDER BY r.exception_id, r.seq), ''), 'UTF8')), 'hex')
              FROM redaction r WHERE r.key = p_key);
-- Redactions the log of control does not bear out: an altered row cannot be passed off as one.
CREATE FUNCTION redactions_forged() RETURNS TABLE (exception_id bigint, seq bigint) LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT r.exception_id, r.seq FROM redaction r
     WHERE r.key IN (SELECT x.key FROM redaction x GROUP BY x.key
                     HAVING NOT EXISTS (SELECT FROM control_log c WHERE c.key = x.key AND c.verb = 'forget' AND c.after ->> 'digest' = redaction_digest(x.key)))
$$;
-- Exceptions whose timelines expired, as the log of control has it.
CREATE FUNCTION activity_expired(p_id bigint) RETURNS boolean LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN EXISTS (SELECT FROM history_part h
                    WHERE h.table_name = 'activity' AND h.dropped_at IS NOT NULL AND p_id >= h.from_id AND p_id < h.to_id
                      AND EXISTS (SELECT FROM control_log c WHERE c.subject = 'history ' || h.part AND c.verb = 'expire' AND c.after ->> 'digest' = h.digest));

-- 048's, and: rows of a month that expired by policy are not missing; a redacted row is as it was left. audit_notes() counts both.
DO $$
DECLARE
    f regprocedure := 'audit_verify(bigint)'::regprocedure;
BEGIN
    PERFORM patch_function(f, $o$lag(a.hash, 1, ''::bytea) OVER w AS hash_before, e.activity_seq
          FROM activity a LEFT JOIN exception e ON e.id = a.exception_id$o$,
        $n$lag(a.hash, 1, ''::bytea) OVER w AS hash_before, e.activity_seq,
               a.seq > 1 AND a.seq = min(a.seq) OVER (PARTITION BY a.exception_id) AND activity_expired(a.exception_id) AS after_expired,
               r.seq IS NOT NULL AND f.seq IS NULL AND r.hash = a.hash
               AND r.content = redacted_content(a.exception_id, a.seq, a.brand_id, a.at, a.actor, a.verb, a.text, a.before, a.after, a.key) AS redacted
          FROM activity a LEFT JOIN exception e ON e.id = a.exception_id
          LEFT JOIN redaction r ON r.exception_id = a.exception_id AND r.seq = a.seq
          LEFT JOIN redactions_forged() f ON f.exception_id = a.exception_id AND f.seq = a.seq$n$);
    PERFORM patch_function(f, $o$     WHERE c.seq <> c.seq_before + 1 OR c.seq > coalesce(c.activity_seq, 0)
        OR c.hash <>$o$, $n$     WHERE NOT c.after_expired AND c.seq <> c.seq_before + 1 OR c.seq > coalesce(c.activity_seq, 0)
        OR NOT c.after_expired AND NOT c.redacted AND c.hash <>$n$);
    PERFORM patch_function(f, $o$generate_series(coalesce(e.last_seq, 0) + 1, e.activity_seq) m
$o$, $n$generate_series(coalesce(e.last_seq, 0) + 1, e.activity_seq) m
     WHERE e.last_seq IS NOT NULL OR NOT activity_expired(e.id)
$n$);
    f := 'control_verify()'::regprocedure;
    PERFORM patch_function(f, $o$lag(c.hash, 1, ''::bytea) OVER w AS hash_before
          FROM control_log c WINDOW$o$, $n$lag(c.hash, 1, ''::bytea) OVER w AS hash_before,
               r.seq IS NOT NULL AND f.seq IS NULL AND r.hash = c.hash
               AND r.content = redacted_content(0, c.seq, coalesce(c.brand_id, -1), c.at, c.actor, c.verb, c.subject || ': ' || c.text, c.before, c.after, c.key) AS redacted
          FROM control_log c LEFT JOIN redaction r ON r.exception_id = 0 AND r.seq = c.seq
          LEFT JOIN redactions_forged() f ON f.exception_id = 0 AND f.seq = c.seq WINDOW$n$);
    PERFORM patch_function(f, $o$        OR c.seq = c.seq_before + 1
       AND c.hash <>$o$, $n$        OR c.seq = c.seq_before + 1 AND NOT c.redacted
       AND c.hash <>$n$);
END
$$;

-- What is not there for a reason, in words: nothing is wrong with it.
CREATE FUNCTION audit_notes() RETURNS TABLE (note text) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    PERFORM require_level(3, 'verify the audit log');
    RETURN QUERY
    SELECT format('expired by policy on %s: %s rows of %s, %s %s to %s', to_char(h.dropped_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), h."rows", h.table_name,
                  CASE h.table_name WHEN 'activity' THEN 'exceptions' ELSE 'shipments' END, h.from_id, h.to_id - 1)
      FROM history_part h WHERE h.dropped_at IS NOT NULL AND my_brands() IS NULL ORDER BY h.dropped_at, h.part;
    RETURN QUERY
    SELECT format('redacted: %s rows, by %s acts of "customer forget"', count(*), count(DISTINCT r.key))
      FROM redaction r WHERE my_brands() IS NULL HAVING count(*) > 0;
END
$$;
GRANT EXECUTE ON FUNCTION audit_notes() TO doorstep_viewer;

RESET search_path;
RESET ROLE;
