-- What is said is true, said once, and can be read aloud. Taking back: a declaration whose outage one ended oneself is not offered (it was, and then refused),
-- an end names no messages that never were, a refusal names no exception by the outage's number, and a "resolve of" is a resolution.
SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

SELECT patch_function('undo_candidate()'::regprocedure, 'l.verb <> ''outreach_resolve''',
                      'l.verb <> ''outreach_resolve''
       AND NOT (l.verb = ''outage_declare'' AND EXISTS (SELECT FROM outage o WHERE o.id = l.first_id AND o.ended_by = session_user))');
SELECT patch_function('undo_stays()'::regprocedure, 'its messages are on their way;', 'what it held may have gone out;');
SELECT patch_function('undo_of_outage_declare(action_log,uuid,timestamptz)'::regprocedure, 'jsonb_build_array(l.first_id, said IS NOT NULL,',
                      'jsonb_build_array(CASE WHEN said IS NULL THEN 0 ELSE l.first_id END, said IS NOT NULL,');
SELECT patch_function('undo_peek()'::regprocedure, 'WHEN ''severity'' THEN ''severity change''',
                      'WHEN ''severity'' THEN ''severity change'' WHEN ''resolve'' THEN ''resolution'' WHEN ''reopen'' THEN ''reopening''
                                  WHEN ''assign'' THEN ''assignment''');

-- As in 084, said once: a report by carrier that is narrowed to a carrier hands "carrier:ups" over, not twice; so do kind, brand and lane.
CREATE FUNCTION report_besides(p_by text, p_key text, f report_frame) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ltrim(replace((f).words || ' ', ' ' || coalesce(CASE p_by WHEN 'lane' THEN report_word('carrier', split_part(p_key, chr(1), 1)) || ' '
                                                                      ELSE report_term(p_by, p_key) END, ''), ' '));
CREATE OR REPLACE FUNCTION report_filter(p_by text, p_key text, p_on text, p_before boolean, f report_frame) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN report_term(p_by, p_key) || report_besides(p_by, p_key, f) || p_on || ':' || report_span(p_by, p_key, p_before, f)
           || CASE p_on WHEN 'on' THEN ' state:any sort:newest' ELSE ' sort:updated' END;
CREATE OR REPLACE FUNCTION report_happened(p_what text, p_by text, p_key text, p_before boolean, f report_frame) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT CASE WHEN p_by IN ('brand', 'carrier', 'kind') THEN report_term(p_by, p_key) ELSE '' END
                   || CASE WHEN p_by IN ('brand', 'carrier', 'kind') THEN report_besides(p_by, p_key, f) ELSE ltrim((f).words || ' ') END || p_what || ':'
                   || CASE WHEN w.word ~ '^[[:alnum:]_.+-]+$' THEN w.word || '@' || r.range ELSE '"' || replace(replace(w.word, '\', '\\'), '"', '\"') || '@' || r.range || '"' END
                   || ' state:any sort:newest'
              FROM (SELECT CASE WHEN p_by IN ('brand', 'carrier', 'kind', 'day') THEN 'any' ELSE coalesce(nullif(p_key, ''), 'by_hand') END AS word) w
             CROSS JOIN LATERAL (SELECT report_span(p_by, p_key, p_before, f) AS range) r
             WHERE p_by <> 'hour');

RESET search_path;
RESET ROLE;
