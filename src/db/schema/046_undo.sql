-- Taking back what is more than fields of exceptions: an action whose verb has a function
-- undo_of_VERB(action_log, key, instant) is taken back by that; it answers as act() keeps answers.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

CREATE FUNCTION undo_special(p_verb text) RETURNS regprocedure LANGUAGE sql STABLE SET search_path = doorstep, pg_temp
    RETURN to_regprocedure(format('doorstep.undo_of_%s(doorstep.action_log, uuid, timestamptz)', p_verb));

-- As in 023; of cases, overrides and outages only what has a function of its own.
CREATE OR REPLACE FUNCTION undo_candidate() RETURNS action_log LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT l FROM action_log l
     WHERE l.who = session_user AND l.undone_by IS NULL AND l.changed > 0 AND l.verb NOT IN ('note', 'undo') AND l.verb <> 'outreach_resolve'
       AND l.at > now() - interval '1 hour'
       AND CASE WHEN l.verb = 'send' THEN true
                WHEN l.verb ~ '^(case|override|batch|outage|suggestion|desk)(_|$)' THEN undo_special(l.verb) IS NOT NULL
                ELSE EXISTS (SELECT FROM activity a WHERE a.key = l.key AND a.before IS NOT NULL) END
     ORDER BY l.at DESC LIMIT 1
$$;

-- What the caller did last in this hour and cannot take back, where it is newer than what undo would take back: "the note on #5
-- stays"; null: there is none. So that undo never passes in silence over what one means to take back.
CREATE FUNCTION undo_stays() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
    SELECT CASE WHEN w.before IS NULL THEN 'the ' || replace(l.verb, '_', ' ')
                WHEN w.thing IS NULL THEN w.before
                WHEN d.n > 1 THEN format('%s %s %ss', w.before, d.n, w.thing)
                ELSE w.before || ' ' || CASE w.thing WHEN 'exception' THEN '#' WHEN 'case' THEN 'C' ELSE w.thing || ' ' END || d.id END
           || ' stays' || coalesce(': ' || format(w.instead, d.id), '')
      FROM (SELECT a.* FROM action_log a
             WHERE a.who = session_user AND a.undone_by IS NULL AND a.verb <> 'undo' AND a.at > now() - interval '1 hour'
               AND a.at > coalesce((undo_candidate()).at, '-infinity')
               AND jsonb_path_exists(a.result, 'strict $[*] ? (@[2] == "ok")')
             ORDER BY a.at DESC LIMIT 1) l
     CROSS JOIN LATERAL (SELECT count(*) AS n, min(x ->> 0) AS id FROM jsonb_path_query(l.result, 'strict $[*] ? (@[2] == "ok")') x) d
      LEFT JOIN (VALUES ('note', 'the note on', 'exception', NULL), ('case_note', 'the note on', 'case', NULL),
                        ('case_merge', 'the merging of', 'case', 'a closed case is not opened again'),
                        ('case_retry', 'what the helpdesk is told of', 'case', NULL), ('case_take_theirs', 'how the conflict was settled of', 'case', NULL),
                        ('case_keep_ours', 'how the conflict was settled of', 'case', NULL),
                        ('override_approve', 'the approval of', 'batch', '"doorstep override revert --batch %s" takes the batch back'),
                        ('override_reject', 'the rejection of', 'batch', NULL), ('override_withdraw', 'the withdrawal of', 'batch', NULL),
                        ('override_revert', 'the taking back of overrides', NULL, NULL), ('outage_set', 'the change of', 'outage', 'change it again'),
                        ('outage_end', 'the end of', 'outage', 'its messages are on their way; declare it again where it is not over'),
                        ('dismiss', 'the dismissal of', 'suggestion', NULL), ('outreach_cancel', 'the stopping of', 'message', '"doorstep outreach retry %s" queues it again'),
                        ('outreach_retry', 'the sending again of', 'message', '"doorstep outreach cancel %s" stops it while it waits'),
                        ('outreach_resolve', 'what became of', 'message', NULL), ('hold_set', 'hold', NULL, '"doorstep hold end %s" ends it'))
             w(verb, before, thing, instead) ON w.verb = l.verb
$$;
GRANT EXECUTE ON FUNCTION undo_stays() TO doorstep_viewer;

-- What an action calls itself comes first.
SELECT patch_function('undo_peek()'::regprocedure, 'IF l.verb = ''send'' THEN', 'IF l.says IS NOT NULL THEN
        RETURN l.says;
    END IF;
    IF l.verb = ''send'' THEN');

SELECT patch_function('undo(uuid)'::regprocedure, 'ids := ARRAY(SELECT a.exception_id FROM activity a WHERE a.key = last.key ORDER BY 1);',
    'IF undo_special(last.verb) IS NOT NULL THEN
        moment := clock_timestamp();
        EXECUTE format(''SELECT doorstep.%I($1, $2, $3)'', ''undo_of_'' || last.verb) INTO answered USING last, p_key, moment;
        changed := ARRAY(SELECT (a ->> 0)::bigint FROM jsonb_array_elements(answered) a WHERE a ->> 2 = ''ok'' AND a ->> 0 <> ''0'' ORDER BY 1);
        PERFORM action_end(p_key, ''undo'', moment, changed, answered);
        UPDATE action_log l SET undone_by = p_key WHERE l.key = last.key;
        RETURN QUERY SELECT * FROM answers(answered);
        RETURN;
    END IF;
    ids := ARRAY(SELECT a.exception_id FROM activity a WHERE a.key = last.key ORDER BY 1);');

SELECT patch_function('undo(uuid)'::regprocedure, $$'there is nothing of the last hour to take back'$$,
    $$'there is nothing of the last hour to take back' || coalesce(': ' || undo_stays(), '')$$);

RESET search_path;
RESET ROLE;
