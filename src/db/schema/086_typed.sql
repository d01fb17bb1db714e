-- What people were typing in a prompt when they left: notes, reasons, words about an outage. Messages to customers have `draft`.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

CREATE TABLE typed (
    role         text NOT NULL,
    prompt       text NOT NULL CHECK (prompt ~ '^[a-z_]{1,24}$'),
    of           bigint NOT NULL,         -- the exception, or of "case_…" the case, of "batch_…" the batch; 0: of nothing in particular
    exception_id bigint,                  -- whom it may speak of
    text         text NOT NULL,
    updated_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (role, prompt, of)
);
CREATE INDEX typed_exception ON typed (exception_id) WHERE exception_id IS NOT NULL;
ALTER TABLE typed ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON typed FOR SELECT TO doorstep_viewer USING (role = session_user);
GRANT SELECT ON typed TO doorstep_viewer;
INSERT INTO retention_policy (table_name, keep_days, minimum, act, what, old, blank) VALUES
    ('typed', 30, 1, 'remove', 'what was typed into prompts and not sent', 'x.updated_at < $1', NULL);
INSERT INTO personal_table (table_name, via, key, erase, removed, export, which) VALUES ('typed', 'exception', 'exception_id', NULL, true, NULL, 'true');

-- Keeps it for whoever types, and for nobody else; an empty text forgets it. Somebody's newest hundred are kept.
CREATE FUNCTION typed_save(p_prompt text, p_of bigint, p_text text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    PERFORM require_level(2, 'write notes');
    IF octet_length(p_text) > 4000 THEN
        RAISE program_limit_exceeded USING MESSAGE = 'the text is longer than 4 kB: it is not kept, shorten it';
    END IF;
    IF coalesce(p_text, '') ~ '^\s*$' THEN
        DELETE FROM typed t WHERE t.role = session_user AND t.prompt = p_prompt AND t.of = p_of;
        RETURN;
    END IF;
    INSERT INTO typed AS t (role, prompt, of, exception_id, text)
    VALUES (session_user, p_prompt, p_of,
            CASE WHEN p_prompt LIKE 'batch%' OR p_of <= 0 THEN NULL
                 WHEN p_prompt LIKE 'case%' THEN (SELECT max(e.id) FROM support_case c JOIN exception e USING (shipment_id) WHERE c.id = p_of)
                 ELSE p_of END, clean_message(p_text))
        ON CONFLICT (role, prompt, of) DO UPDATE SET exception_id = excluded.exception_id, text = excluded.text, updated_at = clock_timestamp();
    DELETE FROM typed t USING (SELECT o.prompt, o.of FROM typed o WHERE o.role = session_user ORDER BY o.updated_at DESC OFFSET 100) o
     WHERE t.role = session_user AND t.prompt = o.prompt AND t.of = o.of;
END
$$;
REVOKE ALL ON FUNCTION typed_save(text, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION typed_save(text, bigint, text) TO doorstep_viewer;

RESET search_path;
RESET ROLE;
