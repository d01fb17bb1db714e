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

RESET search_path;
RESET ROLE;
