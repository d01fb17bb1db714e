-- A moment in the live demo: what is due wakes, and one colleague does something.
SELECT doorstep.wake_due();
DO $$
DECLARE
    person text := (ARRAY['dana', 'tomas', 'yuki', 'ines'])[1 + floor(random() * 4)::int];
    target bigint;
BEGIN
    EXECUTE format('SET SESSION AUTHORIZATION %I', person);
    IF random() < 0.5 THEN
        SELECT id INTO target FROM doorstep.exception
         WHERE state = 'new' AND owner IS NULL AND tracking_number NOT IN ('1Z999AA10123456784', '794608273410')
         ORDER BY k_urgency, id OFFSET floor(random() * 10)::int LIMIT 1;
        PERFORM doorstep.viewing(target);
        PERFORM doorstep.claim(gen_random_uuid(), ARRAY[target]) WHERE target IS NOT NULL;
    ELSE
        SELECT id INTO target FROM doorstep.exception
         WHERE state = 'working' AND owner = person ORDER BY k_urgency, id OFFSET floor(random() * 20)::int LIMIT 1;
        IF random() < 0.5 THEN
            PERFORM doorstep.note(gen_random_uuid(), ARRAY[target], 'Spoke to the customer, all clear for another attempt.')
             WHERE target IS NOT NULL;
        ELSE
            PERFORM doorstep.resolve(gen_random_uuid(), ARRAY[target], 'redelivery', NULL) WHERE target IS NOT NULL;
        END IF;
    END IF;
    RESET SESSION AUTHORIZATION;
END
$$;
