-- An action decides about what it has locked and about nothing else. A row that comes to be while the action waits for another's lock
-- is seen by its next statement, unlocked: whoever changes that row in the same moment would be written over. It was not there when
-- the action began, and that is what is answered.
SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- Locks what the caller sees of p_ids, in id order, and says what that is. p_parcels, and who holds what one waits for: 038.
DROP FUNCTION lock_exceptions(bigint[], boolean);
CREATE FUNCTION lock_exceptions(p_ids bigint[], p_parcels boolean DEFAULT false) RETURNS bigint[] LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
DECLARE
    mine int[] := my_brands();
    was text;
BEGIN
    IF p_parcels THEN
        -- the older ones of a parcel may be of the brand it was thought to be of
        p_ids := ARRAY(SELECT DISTINCT o.id FROM exception e CROSS JOIN LATERAL (SELECT y.id FROM exception y WHERE y.shipment_id = e.shipment_id OFFSET 0) o
                        WHERE e.id = ANY (p_ids) AND (mine IS NULL OR e.brand_id = ANY (mine)));
        mine := NULL;
    END IF;
    IF cardinality(p_ids) = 1 THEN
        PERFORM FROM exception e WHERE e.id = p_ids[1] AND (mine IS NULL OR e.brand_id = ANY (mine)) FOR UPDATE SKIP LOCKED;
        IF FOUND THEN
            RETURN p_ids;
        END IF;
        was := current_setting('lock_timeout');
        BEGIN
            PERFORM set_config('lock_timeout', '1000', true);
            PERFORM FROM exception e WHERE e.id = p_ids[1] AND (mine IS NULL OR e.brand_id = ANY (mine)) FOR UPDATE;
            IF NOT FOUND THEN
                p_ids := '{}';
            END IF;
            PERFORM set_config('lock_timeout', was, true);
            RETURN p_ids;
        EXCEPTION WHEN lock_not_available THEN       -- which also puts the setting back
            IF override_holder() IS NOT NULL THEN
                RAISE lock_not_available USING MESSAGE = override_holder() || ' holds it: again in a moment';
            END IF;
        END;
    END IF;
    RETURN ARRAY(SELECT e.id FROM exception e WHERE e.id = ANY (p_ids) AND (mine IS NULL OR e.brand_id = ANY (mine)) ORDER BY e.id FOR UPDATE);
END
$$;

SELECT patch_function('act(uuid, text, bigint[], jsonb, text)'::regprocedure, '    revs int[];', '    revs int[];
    locked bigint[];');
SELECT patch_function('act(uuid, text, bigint[], jsonb, text)'::regprocedure, 'PERFORM lock_exceptions(ids, p_verb = ''reopen'');',
    'locked := lock_exceptions(ids, p_verb = ''reopen'');');
SELECT patch_function('act(uuid, text, bigint[], jsonb, text)'::regprocedure, 'USING p_args, level, at, ids, mine;',
    'USING p_args, level, at, ARRAY(SELECT unnest(ids) INTERSECT SELECT unnest(locked)), mine;');

RESET search_path;
RESET ROLE;
