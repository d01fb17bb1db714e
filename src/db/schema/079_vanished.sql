-- Claims of people who are gone. Who is here is known by their sessions: a session ends with its connection, however that ends (the
-- server asks a silent one for a sign of life, db/query/settings.sql), so nothing has to be cleaned up after anybody. What belongs to
-- somebody who has no session open and did nothing for ten minutes may be taken over by whoever says so in a second step.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- How long after the last thing somebody did what is theirs stays theirs alone: a dropped line is not an absence.
CREATE FUNCTION away_after() RETURNS interval LANGUAGE sql IMMUTABLE RETURN interval '10 minutes';

CREATE INDEX action_log_latest ON action_log (who, at DESC);

-- When somebody who is not here was last seen doing something; null: they are here. Commands count as sessions while they run.
CREATE FUNCTION away_since(p_role text) RETURNS timestamptz LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT s.at FROM (SELECT coalesce(greatest((SELECT max(l.at) FROM action_log l WHERE l.who = p_role), (SELECT max(p.at) FROM presence p WHERE p.role = p_role)),
                                      '-infinity') AS at) s
     WHERE s.at < clock_timestamp() - away_after()
       AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.usename = p_role AND a.datname = current_database())
$$;

-- {"maria": "2026-11-22T13:52:00+00:00"}: the owners of these who are away, asked once for each. Somebody who was never seen has been
-- away for ever.
CREATE FUNCTION owners_away(p_ids bigint[]) RETURNS jsonb LANGUAGE sql STABLE SET search_path = doorstep, pg_temp AS $$
    SELECT coalesce(jsonb_object_agg(w.owner, CASE WHEN isfinite(s.at) THEN s.at END), '{}')
      FROM (SELECT DISTINCT e.owner FROM exception e WHERE e.id = ANY (p_ids) AND e.owner <> session_user) w
     CROSS JOIN LATERAL (SELECT away_since(w.owner) AS at) s
     WHERE s.at IS NOT NULL
$$;

-- Who lost what while they were away, until their next start has told them.
CREATE TABLE taken_over (
    key          uuid NOT NULL,           -- of the action
    exception_id bigint NOT NULL,
    owner        text NOT NULL,           -- whose it was
    by           text NOT NULL,
    at           timestamptz NOT NULL,
    told         boolean NOT NULL DEFAULT false,
    PRIMARY KEY (key, exception_id)
);
CREATE INDEX taken_over_untold ON taken_over (owner) WHERE NOT told;
INSERT INTO retention_policy (table_name, keep_days, minimum, act, what, old) VALUES
    ('taken_over', 90, 7, 'remove', 'whose claims somebody took over while they were away', 'x.at < $1');

CREATE OR REPLACE FUNCTION decide_claim(e exception, a jsonb, me text, level int, at timestamptz) RETURNS decision
    LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
DECLARE
    seen timestamptz := (a -> 'away' ->> e.owner)::timestamptz;
BEGIN
    IF e.state = 'resolved' THEN RETURN is_resolved(e); END IF;
    IF e.owner = me THEN RETURN no_change('it is yours already'); END IF;
    IF e.owner IS NULL THEN RETURN done(owned_by(e, me, at), coalesce(a ->> 'note', 'claimed it')); END IF;
    IF NOT coalesce(a -> 'away' ? e.owner, false) THEN
        RETURN refuse('taken', format('%s claimed it %s', e.owner, ago(at - e.owned_at)));
    END IF;
    IF NOT coalesce((a ->> 'take_over')::boolean, false) THEN
        RETURN refuse('away', format('%s claimed it %s but is not here any more (last seen %s): claim it once more to take it over', e.owner, ago(at - e.owned_at),
                                     coalesce(ago(at - greatest(seen, e.owned_at)), ago(at - e.owned_at))));
    END IF;
    RETURN done(owned_by(e, me, at), format('took over from %s', e.owner));
END
$$;

-- p_take_over: also what belongs to somebody who is away. Whose it was is told on their next start.
DROP FUNCTION claim(uuid, bigint[]);
CREATE FUNCTION claim(p_key uuid, p_ids bigint[], p_take_over boolean DEFAULT false) RETURNS TABLE (id bigint, ok boolean, code text, message text, rev int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT * FROM act(p_key, 'claim', p_ids, jsonb_build_object('away', owners_away(p_ids), 'take_over', p_take_over));
    IF p_take_over THEN
        INSERT INTO taken_over (key, exception_id, owner, by, at)
        SELECT p_key, a.exception_id, a.before ->> 'owner', a.actor, a.at FROM activity a
         WHERE a.key = p_key AND a.verb = 'claim' AND a.before ->> 'owner' IS NOT NULL
        ON CONFLICT DO NOTHING;
    END IF;
END
$$;

-- What became of the caller's claims while they were away, said once: "2 of yours were taken over while you were away, by dana and lea";
-- null: nothing. What came back to them meanwhile, or is over, is no news.
CREATE FUNCTION taken_from_me() RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = doorstep, pg_temp AS $$
DECLARE
    n bigint;
    one bigint;
    who text;
BEGIN
    SELECT count(*), min(x.id), string_agg(DISTINCT x.by, ', ') INTO n, one, who
      FROM (SELECT DISTINCT ON (e.id) e.id, t.by FROM taken_over t JOIN exception e ON e.id = t.exception_id
             WHERE t.owner = session_user AND NOT t.told AND e.owner <> session_user AND e.state <> 'resolved' AND sees_brand(e.brand_id)
             ORDER BY e.id, t.at DESC) x;
    IF NOT current_setting('transaction_read_only')::boolean THEN
        UPDATE taken_over t SET told = true WHERE t.owner = session_user AND NOT t.told;
    END IF;
    RETURN CASE WHEN n = 1 THEN format('while you were away %s took over #%s, which was yours', who, one)
                WHEN n > 1 THEN format('while you were away %s of yours were taken over, by %s', n, who) END;
END
$$;

GRANT EXECUTE ON FUNCTION claim(uuid, bigint[], boolean), taken_from_me() TO doorstep_viewer;

RESET search_path;
RESET ROLE;
