-- The guardrail internal_note: what colleagues wrote for each other reaches no customer.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- ---------------------------------------------------------------- internal notes stay in

-- The cases whose notes are an exception's: those linked, and those merged into them.
CREATE FUNCTION cases_of(p_exception bigint) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT l.case_id FROM doorstep.case_link l WHERE l.exception_id = p_exception
    UNION SELECT c.id FROM doorstep.case_link l JOIN doorstep.support_case c ON c.merged_into = l.case_id WHERE l.exception_id = p_exception
$$;

-- The internal notes of an exception: as its activity has them, and as its cases have them (also those written before it was
-- linked, and what the helpdesk's people wrote among themselves). Mark 4 says whether the activity has any. In plpgsql, which keeps
-- its plan.
CREATE FUNCTION internal_notes(p_exception bigint, p_noted boolean) RETURNS TABLE (at timestamptz, who text, said text)
    LANGUAGE plpgsql STABLE ROWS 10 SET search_path = doorstep, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT a.at, a.actor, CASE a.verb WHEN 'note' THEN a.text WHEN 'case_note' THEN regexp_replace(a.text, '^C\d+(, C\d+)*: ', '')
                                                 ELSE substr(a.text, strpos(a.text, E'\n') + 1) END
      FROM activity a
     WHERE p_noted AND a.exception_id = p_exception AND (a.verb IN ('note', 'case_note') OR a.verb = 'case_open' AND strpos(a.text, E'\n') > 0)
    UNION ALL
    SELECT n.at, n.by, n.text FROM case_note n WHERE n.case_id IN (SELECT cases_of(p_exception)) AND NOT n.public;
END
$$;

-- As it is compared: in small letters, with one blank wherever there is any, and without what nobody sees (soft hyphens, what has no width).
CREATE FUNCTION plain_words(p text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN btrim(regexp_replace(regexp_replace(lower(p), '[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]', '', 'g'), '[\s\u00a0\u2000-\u200a\u202f]+', ' ', 'g'));
-- HTML as it is read; a tag is nothing within a word (<b>), and a blank between lines (<br>): p_tag says which it is here. Null: tags stay, for
-- what stands in one (alt, title) or in a comment is sent, too.
CREATE FUNCTION html_words(p text, p_tag text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN replace(replace(replace(replace(replace(replace(regexp_replace(coalesce(regexp_replace(p, '<[^>]*>', p_tag, 'g'), p), '&#(160|xa0);|&nbsp;', ' ', 'gi'),
                   '&lt;', '<'), '&gt;', '>'), '&quot;', '"'), '&#39;', ''''), '&#x27;', ''''), '&amp;', '&');

-- Does a text repeat a note: all of it where that is 12 characters or more, or 40 characters running, or 8 words running? Both as
-- plain_words() makes them. Any 40 characters hold a whole block of 20 that begins at a multiple of 20, any 8 words one of 4 that
-- begins at a multiple of 4, so few are looked for.
CREATE FUNCTION repeats(p_text text, p_note text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = doorstep, pg_temp AS $$
DECLARE
    words text[];
    padded text := ' ' || p_text || ' ';
    n int := length(p_note);
BEGIN
    IF n < 12 THEN
        RETURN false;
    END IF;
    IF strpos(p_text, p_note) > 0 THEN
        RETURN true;
    END IF;
    FOR i IN 0 .. n / 20 - 1 LOOP
        IF strpos(p_text, substr(p_note, i * 20 + 1, 20)) > 0 THEN
            FOR j IN greatest(0, i * 20 - 20) .. least(i * 20, n - 40) LOOP
                IF strpos(p_text, substr(p_note, j + 1, 40)) > 0 THEN
                    RETURN true;
                END IF;
            END LOOP;
        END IF;
    END LOOP;
    words := string_to_array(p_note, ' ');
    FOR i IN 0 .. cardinality(words) / 4 - 1 LOOP
        IF strpos(padded, ' ' || array_to_string(words[i * 4 + 1 : i * 4 + 4], ' ') || ' ') > 0 THEN
            FOR j IN greatest(1, i * 4 - 3) .. least(i * 4 + 1, cardinality(words) - 7) LOOP
                IF strpos(padded, ' ' || array_to_string(words[j : j + 7], ' ') || ' ') > 0 THEN
                    RETURN true;
                END IF;
            END LOOP;
        END IF;
    END LOOP;
    RETURN false;
END
$$;

-- The sentence of guardrail internal_note for a text about an exception; null: it repeats none.
CREATE FUNCTION note_repeated(p_exception bigint, p_noted boolean, p_zone text, p_at timestamptz, p_text text, p_html text) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    plain text := plain_words(p_text);
    html text[] := ARRAY[plain_words(html_words(p_html, '')), plain_words(html_words(p_html, ' ')), plain_words(html_words(p_html, NULL))];
    n record;
    zone text := recipient_zone(NULL, p_zone);
BEGIN
    FOR n IN SELECT * FROM internal_notes(p_exception, p_noted) x ORDER BY x.at DESC LOOP
        IF repeats(plain, plain_words(n.said)) OR coalesce(repeats(html[1], plain_words(n.said)) OR repeats(html[2], plain_words(n.said)) OR repeats(html[3], plain_words(n.said)), false) THEN
            RETURN format('this text repeats %s''s internal note of %s: take it out', n.who,
                          to_char(n.at AT TIME ZONE zone, CASE WHEN (n.at AT TIME ZONE zone)::date = (p_at AT TIME ZONE zone)::date THEN 'HH24:MI' ELSE 'FMDD Mon HH24:MI' END));
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

SELECT patch_function('guardrails(guard_item[],timestamptz,boolean)'::regprocedure, 't.id AS t_id, t.name AS t_name', 'e.marks AS e_marks, t.id AS t_id, t.name AS t_name');
SELECT patch_function('guardrails(guard_item[],timestamptz,boolean)'::regprocedure, '            UNION ALL                   -- the same to the same customer already',
'            UNION ALL                   -- what a provider fills its own template with is text, too
            SELECT ''internal_note'', ''block'', NULL, CASE WHEN i.e_marks & 4 <> 0 OR EXISTS (SELECT FROM case_link k WHERE k.exception_id = i.exception_id)
                   THEN note_repeated(i.exception_id, i.e_marks & 4 <> 0, i.brand_zone, p_at,
                                      concat_ws(E''\n'', i.subject, i.body, (SELECT string_agg(v.value, '' '') FROM outreach o CROSS JOIN LATERAL jsonb_each_text(o.provider_vars) v WHERE o.id = i.outreach_id)),
                                      i.html) END, NULL
            UNION ALL                   -- the same to the same customer already');
-- Before it is queued, what a provider's template is filled with is in none of its rows yet.
SELECT patch_function('outreach_send(uuid,jsonb,bigint,text,text)'::regprocedure, 'WHEN e.state = ''resolved'' THEN ''resolved''',
    'WHEN e.state = ''resolved'' THEN ''resolved'' WHEN u.vars IS NOT NULL AND vars_repeat(e, u.vars, moment) IS NOT NULL THEN ''blocked''');
SELECT patch_function('outreach_send(uuid,jsonb,bigint,text,text)'::regprocedure, 'WHEN ''stale'' THEN outreach_news((x.e).id, moment)',
    'WHEN ''stale'' THEN outreach_news((x.e).id, moment) WHEN ''blocked'' THEN vars_repeat(x.e, x.vars, moment)');
CREATE FUNCTION vars_repeat(e exception, p_vars jsonb, p_at timestamptz) RETURNS text LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT note_repeated((e).id, (e).marks & 4 <> 0, b.time_zone, p_at, (SELECT string_agg(v.value, ' ') FROM jsonb_each_text(p_vars) v), NULL)
      FROM brand b WHERE b.id = (e).brand_id
$$;

SELECT patch_function('guard_stamps(bigint[],integer[],integer[],bigint[])'::regprocedure, 'v.state, v.kinds, v.statuses,',
    '(SELECT max(a.seq) FROM activity a WHERE e.marks & 4 <> 0 AND a.exception_id = e.id AND a.verb IN (''note'', ''case_note'', ''case_open'')),
               (SELECT bit_xor(hashint8extended(n.id, 0)) FROM case_note n WHERE n.case_id IN (SELECT cases_of(e.id))),
               v.state, v.kinds, v.statuses,');

RESET search_path;
RESET ROLE;
