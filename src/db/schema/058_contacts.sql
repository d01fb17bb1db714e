-- Customers who get in touch: what about (the driver), before or after our message, and whether again. What comes through the
-- inbox is classified by its words; a person logs a call or a chat with two keys.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- what it is about

CREATE TABLE contact_driver (              -- CONTACT_DRIVERS of core/contact.h
    code     text PRIMARY KEY,
    label    text NOT NULL,
    key      text CHECK (length(key) = 1), -- its letter where a person logs one; null: comes through the inbox alone
    asks     boolean NOT NULL,             -- the customer wants something of us: counted by reports
    position int NOT NULL UNIQUE
);
INSERT INTO contact_driver (code, label, key, asks, position) VALUES
    ('wismo',        'where is my parcel',          'w',  true,  1),
    ('address',      'new or wrong address',        'a',  true,  2),
    ('reschedule',   'another day or time',         'd',  true,  3),
    ('pickup',       'collect it elsewhere',        'p',  true,  4),
    ('not_received', 'delivered, but not received', 'n',  true,  5),
    ('damaged',      'it arrived damaged',          'b',  true,  6),
    ('missing_item', 'something is missing',        'm',  true,  7),
    ('refund',       'wants the money back',        'r',  true,  8),
    ('cancel',       'wants to cancel',             'x',  true,  9),
    ('payment',      'duty, tax or payment',        't',  true,  10),
    ('complaint',    'a complaint',                 'c',  true,  11),
    ('other',        'something else',              'o',  true,  12),
    ('reply',        'a reply',                     NULL, true,  13),
    ('feedback',     'a score or a word of thanks', NULL, false, 14),
    ('opt_out',      'no more messages',            NULL, false, 15),
    ('opt_in',       'messages again',              NULL, false, 16),
    ('auto_reply',   'an automatic answer',         NULL, false, 17);
GRANT SELECT ON contact_driver TO doorstep_viewer;

-- What a customer's own words ask, as plainly as it is usually asked; null: they do not say. A question for the money that
-- was to come back is none for the parcel.
CREATE FUNCTION contact_driver_of(p_text text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT CASE
        WHEN t ~ ('\mwhere(''?s| is| are|s) (?!(the |my |our )?(refund|money))'
                  '|\mwhen (will|is|does|do|can|should) (?!.{0,30}(refund|money)).{0,40}\m(arriv|com(e|ing)\M|be (here|delivered)|get (here|it)|show up|deliver)'
                  '|\m(not|never|n''?t) (arrived|shown up|come) yet|\mstill (waiting|no sign|nothing)'
                  '|\mdonde (esta|anda|queda|va|viene)\M(?!.{0,12}(reembolso|dinero))|\mcuando (llega|va a llegar|llegara|me llega|lo entregan|viene)'
                  '|\mou (en )?(est|sont|se trouve)\M.{0,4}\m(mon|ma|mes|le|la|cette|notre|il|elle)\M(?!.{0,4}(remboursement|argent))|\mquand (arrive|va arriver|vais-je (le |la )?recevoir|est-ce que .{0,30}arrive|sera)'
                  '|\mwo (ist|bleibt|sind|steckt)\M(?!.{0,12}(erstattung|geld))|\mwann (kommt|wird|ist|trifft|bekomme|erhalte)\M(?!.{0,30}(erstatt|geld))') THEN 'wismo'
        WHEN t ~ '\mrefund|\mmoney back|\mreembols|\mdevol(ver|ucion).{0,20}dinero|\mrembours|\merstatt|\mgeld (zuruck|zurueck)' THEN 'refund' END
      FROM (SELECT translate(lower(normalize(replace(left(p_text, 4000), '’', ''''), NFC)),
                             'áàâäãåéèêëíìîïóòôöõúùûüñç', 'aaaaaaeeeeiiiiooooouuuunc') AS t) x);

-- ---------------------------------------------------------------- contacts

-- channel stays the one it can be answered on by a message; via is how it came, whatever that was.
ALTER TABLE contact
    DROP CONSTRAINT contact_driver_check,
    ADD FOREIGN KEY (driver) REFERENCES contact_driver,
    ALTER COLUMN channel DROP NOT NULL,
    ADD COLUMN via            text CHECK (via IN ('email', 'sms', 'whatsapp', 'phone', 'chat', 'social', 'form', 'in_person', 'other')),   -- CONTACT_CHANNELS
    ADD COLUMN shipment_id    bigint,
    ADD COLUMN by             text,          -- the role who logged it; null: it came through the inbox
    ADD COLUMN before_message boolean,       -- nothing of ours about the exception had gone out by then; null: about none
    ADD COLUMN repeat_of      bigint,        -- the same customer's contact before about the same parcel, within 7 days
    ADD COLUMN taken_back_at  timestamptz;   -- who logged it took it back: it counts nowhere
CREATE INDEX contact_at ON contact (at);
CREATE INDEX contact_parcel ON contact (shipment_id, at) WHERE shipment_id IS NOT NULL;

CREATE FUNCTION contact_via(p_channel channel) RETURNS text LANGUAGE sql STABLE
    RETURN coalesce(p_channel::text, 'other');

-- The contact of the same customer about the same parcel that this one repeats; null: none.
CREATE FUNCTION contact_before(k contact) RETURNS bigint LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT b.id FROM contact b JOIN contact_driver d ON d.code = b.driver AND d.asks
     WHERE b.shipment_id = (k).shipment_id AND b.customer_id IS NOT DISTINCT FROM (k).customer_id AND b.taken_back_at IS NULL
       AND b.at >= (k).at - interval '7 days' AND (b.at, b.id) < ((k).at, (k).id)
       AND (k).taken_back_at IS NULL AND (SELECT x.asks FROM contact_driver x WHERE x.code = (k).driver)
     ORDER BY b.at DESC, b.id DESC LIMIT 1
$$;

-- Whoever writes one: what follows from the rest is filled here.
CREATE FUNCTION contact_complete() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    NEW.via := coalesce(NEW.via, contact_via(NEW.channel));
    IF NEW.driver = 'reply' THEN
        NEW.driver := coalesce(contact_driver_of(NEW.text), 'reply');
    END IF;
    IF NEW.exception_id IS NOT NULL THEN
        NEW.shipment_id := coalesce(NEW.shipment_id, (SELECT e.shipment_id FROM exception e WHERE e.id = NEW.exception_id));
        NEW.before_message := NOT EXISTS (SELECT FROM outreach o WHERE o.exception_id = NEW.exception_id AND o.sent_at <= NEW.at);
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER complete BEFORE INSERT ON contact FOR EACH ROW EXECUTE FUNCTION contact_complete();

-- What a contact that came, came late or was taken back means for the ones after it, and for itself.
CREATE FUNCTION contact_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    UPDATE contact k SET repeat_of = contact_before(k)
     WHERE k.shipment_id = NEW.shipment_id AND k.at BETWEEN NEW.at AND NEW.at + interval '7 days' AND k.repeat_of IS DISTINCT FROM contact_before(k);
    RETURN NULL;
END
$$;
CREATE TRIGGER counted AFTER INSERT OR UPDATE OF taken_back_at ON contact FOR EACH ROW WHEN (NEW.shipment_id IS NOT NULL) EXECUTE FUNCTION contact_counted();

-- What came before: classified and placed by the same triggers' functions.
UPDATE contact k
   SET via = contact_via(k.channel), driver = CASE k.driver WHEN 'reply' THEN coalesce(contact_driver_of(k.text), 'reply') ELSE k.driver END,
       shipment_id = e.shipment_id,
       before_message = CASE WHEN e.id IS NOT NULL THEN NOT EXISTS (SELECT FROM outreach o WHERE o.exception_id = k.exception_id AND o.sent_at <= k.at) END
  FROM contact b LEFT JOIN exception e ON e.id = b.exception_id
 WHERE b.id = k.id;
UPDATE contact k SET repeat_of = contact_before(k) WHERE k.shipment_id IS NOT NULL AND contact_before(k) IS NOT NULL;
ALTER TABLE contact ALTER COLUMN via SET NOT NULL;

-- ---------------------------------------------------------------- logging one

CREATE FUNCTION contact_way(p_via text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE p_via WHEN 'email' THEN 'by e-mail' WHEN 'sms' THEN 'by SMS' WHEN 'whatsapp' THEN 'by WhatsApp' WHEN 'phone' THEN 'by phone'
                      WHEN 'chat' THEN 'in a chat' WHEN 'social' THEN 'on social media' WHEN 'form' THEN 'by a form' WHEN 'in_person' THEN 'in person' ELSE 'otherwise' END;

-- Who waited for the customer has their answer: the clock runs again. A snoozed one stays: the person who logs it has just
-- seen it. Note: internal, behind the first line, as a case's opening has it.
CREATE FUNCTION decide_contact(e exception, a jsonb, me text, level int, at timestamptz) RETURNS decision
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    RETURN done(CASE WHEN a ->> 'note' IS NOT NULL THEN jsonb_build_object('marks', e.marks | 4) ELSE '{}' END
                || CASE WHEN e.state = 'waiting'
                        THEN sla_start_again(e, at) || awake() || jsonb_build_object('state', CASE WHEN e.owner IS NULL THEN 'new' ELSE 'working' END)
                        ELSE '{}' END,
                format('the customer got in touch %s: %s', contact_way(a ->> 'via'), a ->> 'label') || coalesce(E'\n' || (a ->> 'note'), ''));
END
$$;

SELECT patch_function('act(uuid,text,bigint[],jsonb,text)'::regprocedure, 'refusal(2, p_verb || '' exceptions'')',
    'refusal(2, CASE p_verb WHEN ''contact'' THEN ''log contacts'' ELSE p_verb || '' exceptions'' END)');

-- Logs a contact about each of these exceptions, as the caller heard it.
CREATE FUNCTION contact_log(p_key uuid, p_ids bigint[], p_driver text, p_channel text DEFAULT NULL, p_note text DEFAULT NULL)
    RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    answered jsonb := action_begin(p_key);
    way text := coalesce(p_channel, 'phone');
    words text := clean_text(p_note);
    d contact_driver;
BEGIN
    IF answered IS NOT NULL THEN
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    END IF;
    SELECT * INTO d FROM contact_driver x WHERE x.code = p_driver AND x.key IS NOT NULL;
    RETURN QUERY SELECT * FROM act(p_key, 'contact', p_ids, jsonb_build_object('driver', d.code, 'label', d.label, 'via', way, 'note', words),
        CASE WHEN d.code IS NULL THEN format('"%s" is no driver of a contact: use one of %s', left(p_driver, 40),
                                             (SELECT string_agg(x.code, ', ' ORDER BY x.position) FROM contact_driver x WHERE x.key IS NOT NULL))
             WHEN way <> ALL ('{email,sms,whatsapp,phone,chat,social,form,in_person,other}') THEN
                  format('"%s" is no way of getting in touch: use email, sms, whatsapp, phone, chat, social, form, in_person or other', left(way, 40))
             WHEN length(words) > 4000 THEN 'the note is longer than 4,000 characters: shorten it' END);
    -- what act() has changed under this key has its row of activity
    INSERT INTO contact (brand_id, customer_id, exception_id, channel, via, from_address, at, received_at, text, driver, provider, provider_id, by)
    SELECT e.brand_id, e.customer_id, e.id, NULL, way, '', a.at, a.at, coalesce(words, ''), d.code, 'person', p_key || ':' || e.id, session_user
      FROM activity a JOIN exception e ON e.id = a.exception_id WHERE a.key = p_key ORDER BY e.id;
END
$$;

-- Taken back: the contact counts nowhere, and what waited waits again unless somebody changed it since.
CREATE FUNCTION undo_of_contact(l action_log, p_key uuid, p_at timestamptz) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = doorstep, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    mine int[] := my_brands();
    ids bigint[] := ARRAY(SELECT a.exception_id FROM activity a WHERE a.key = l.key ORDER BY 1);
    items change[];
    changed bigint[];
    revs int[];
BEGIN
    PERFORM lock_exceptions(ids);
    SELECT array_agg(ROW (e.id, CASE WHEN d.code = 'ok' THEN d.patch ELSE '{}' END, 'took back: ' || split_part(a.text, E'\n', 1))::change)
      INTO items
      FROM activity a JOIN exception e ON e.id = a.exception_id
      LEFT JOIN LATERAL decide_undo(e, a, session_user, p_at) d ON a.before IS NOT NULL
     WHERE a.key = l.key AND (mine IS NULL OR e.brand_id = ANY (mine));
    SELECT array_agg(c.changed_id), array_agg(c.changed_rev) INTO changed, revs
      FROM apply_changes(coalesce(items, '{}'), 'undo', session_user, p_key, p_at) c;
    UPDATE contact k SET taken_back_at = p_at
     WHERE k.provider = 'person' AND k.provider_id IN (SELECT l.key || ':' || c FROM unnest(changed) c) AND k.taken_back_at IS NULL;
    RETURN (SELECT jsonb_agg(jsonb_build_array(x.i, c.i IS NOT NULL, CASE WHEN c.i IS NULL THEN 'gone' ELSE 'ok' END,
                                               CASE WHEN c.i IS NULL THEN format('there is no exception #%s', x.i) ELSE '' END, c.r) ORDER BY x.i)
              FROM unnest(ids) x(i) LEFT JOIN unnest(changed, revs) c(i, r) ON c.i = x.i);
END
$$;
-- Whatever has an undo of its own can be taken back, though it only added words to the exception.
SELECT patch_function('undo_candidate()'::regprocedure, 'ELSE EXISTS (SELECT FROM activity a', 'WHEN undo_special(l.verb) IS NOT NULL THEN true
                ELSE EXISTS (SELECT FROM activity a');

-- ---------------------------------------------------------------- who else reads contacts

-- A call is news for whoever composes; what was written and answered is what messages are.
SELECT patch_function('outreach_news(bigint,timestamptz)'::regprocedure, '''the customer wrote by '' || channel_label(k.channel)',
    'CASE WHEN k.by IS NULL THEN ''the customer wrote by '' || channel_label(k.channel)
                                              ELSE ''the customer got in touch '' || contact_way(k.via) || '' with '' || CASE k.by WHEN session_user THEN ''you'' ELSE k.by END END');
SELECT patch_function('outreach_news(bigint,timestamptz)'::regprocedure, 'WHERE k.exception_id = p_exception ORDER', 'WHERE k.exception_id = p_exception AND k.taken_back_at IS NULL ORDER');
SELECT patch_function('last_told(exception)'::regprocedure, 'FROM contact k WHERE', 'FROM contact k WHERE k.by IS NULL AND');
SELECT patch_function('case_context(exception)'::regprocedure, 'SELECT k.at, k.channel FROM contact k', 'SELECT k.at, k.channel FROM (SELECT * FROM contact w WHERE w.by IS NULL) k');
SELECT patch_function('messages(bigint,integer)'::regprocedure, 'SELECT k.id, k.at, true, k.channel::text, ''delivered'', k.from_address,',
                                                                'SELECT k.id, k.at, true, k.via, ''delivered'', coalesce(k.by, k.from_address),');
SELECT patch_function('messages(bigint,integer)'::regprocedure, 'k.driver, k.text, NULL', 'k.driver, CASE WHEN k.by IS NULL THEN k.text ELSE concat_ws(E''\n'', d.label, nullif(k.text, '''')) END, NULL');
SELECT patch_function('messages(bigint,integer)'::regprocedure, 'FROM contact k WHERE k.exception_id = ANY (ids)', 'FROM contact k JOIN contact_driver d ON d.code = k.driver WHERE k.exception_id = ANY (ids) AND k.taken_back_at IS NULL');
-- Its note is people's for each other.
SELECT patch_function('internal_notes(bigint,boolean)'::regprocedure, 'a.verb = ''case_open'' AND strpos', 'a.verb IN (''case_open'', ''contact'') AND strpos');
SELECT patch_function('guard_stamps(bigint[],integer[],integer[],bigint[])'::regprocedure, '''note'', ''case_note'', ''case_open''', '''note'', ''case_note'', ''case_open'', ''contact''');

GRANT EXECUTE ON FUNCTION contact_log(uuid, bigint[], text, text, text) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
