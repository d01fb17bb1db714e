-- What the demo's people had done before the dashboard was opened: each in a session of their own,
-- through the functions everybody calls. Most of the queue is in somebody's hands, as on any day.
DO $$
DECLARE
    people text[] := ARRAY['dana', 'tomas', 'yuki', 'ines', 'okafor'];
    person text;
    ids bigint[];
    mine bigint[];
BEGIN
    -- Rosa Delgado and Nneka Okoye stay as they came; so does the freshest trouble.
    SELECT array_agg(id ORDER BY id) INTO ids
      FROM doorstep.exception
     WHERE state = 'new' AND owner IS NULL AND tracking_number NOT IN ('1Z999AA10123456784', '794608273410')
       AND coalesce(last_scan_at, opened_at) < now() - interval '25 minutes';
    FOR n IN 1 .. cardinality(people) LOOP
        person := people[n];
        SELECT array_agg(i) INTO mine FROM unnest(ids) i WHERE i % 23 < 20 AND i % cardinality(people) = n - 1;
        EXECUTE format('SET SESSION AUTHORIZATION %I', person);
        PERFORM doorstep.claim(gen_random_uuid(), mine);
        PERFORM doorstep.note(gen_random_uuid(), (SELECT array_agg(i) FROM unnest(mine) i WHERE i % 11 = 1),
                              'Called the depot, they check the belt and call back.');
        PERFORM doorstep.note(gen_random_uuid(), (SELECT array_agg(i) FROM unnest(mine) i WHERE i % 13 = 2),
                              'Customer wrote on chat: somebody is home after five.');
        PERFORM doorstep.wait(gen_random_uuid(), (SELECT array_agg(i) FROM unnest(mine) i WHERE i % 7 = 3),
                              now() + interval '1 day', 'asked for the apartment number');
        PERFORM doorstep.snooze(gen_random_uuid(), (SELECT array_agg(i) FROM unnest(mine) i WHERE i % 17 = 4),
                                now() + interval '3 hours', false);
        PERFORM doorstep.snooze(gen_random_uuid(), (SELECT array_agg(i) FROM unnest(mine) i WHERE i % 17 = 5),
                                NULL, true);
        PERFORM doorstep.resolve(gen_random_uuid(), (SELECT array_agg(i) FROM unnest(mine) i WHERE i % 29 = 6),
                                 'address_fixed', 'Corrected with the carrier, new attempt tomorrow.');
        PERFORM doorstep.resolve(gen_random_uuid(), (SELECT array_agg(i) FROM unnest(mine) i WHERE i % 41 = 7),
                                 'reshipped', NULL);
    END LOOP;
    SET SESSION AUTHORIZATION maria;
    SELECT array_agg(id) INTO mine FROM (
        SELECT id FROM doorstep.exception
         WHERE state = 'new' AND owner IS NULL AND tracking_number NOT IN ('1Z999AA10123456784', '794608273410')
         ORDER BY k_urgency, id LIMIT 4) four;
    PERFORM doorstep.claim(gen_random_uuid(), mine);
    PERFORM doorstep.note(gen_random_uuid(), mine[1:1], 'Left a voice mail, calling again at three.');
    RESET SESSION AUTHORIZATION;
END
$$;
