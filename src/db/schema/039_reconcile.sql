-- What becomes of overrides when the carrier speaks again.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- What the carrier's word means for an override: it agrees or goes beyond it (the override ends, the carrier's word stands), contradicts it (a
-- conflict for its author), or neither (it stays).
--   On its way (in transit, delayed, held, out for delivery): whatever comes after that is beyond it; its like says nothing new.
--   Ready for pickup, returning, undeliverable, damaged: their ends are beyond them, deliveries and movement the other way contradict.
--   Delivered, returned, lost, cancelled: a parcel that moves, or ended otherwise, contradicts.
CREATE FUNCTION override_meaning(p_status shipment_status, p_says shipment_status) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN p_says IN ('unknown', 'error', 'pre_transit') THEN 'leaves'
        WHEN p_says = p_status THEN 'agrees'
        WHEN p_status IN ('in_transit', 'delayed', 'held') THEN CASE WHEN p_says IN ('in_transit', 'delayed', 'held') THEN 'leaves' ELSE 'agrees' END
        WHEN p_status = 'out_for_delivery' THEN CASE WHEN p_says IN ('in_transit', 'delayed', 'held') THEN 'leaves' ELSE 'agrees' END
        WHEN p_status = 'available_for_pickup' THEN CASE WHEN p_says IN ('delivered', 'returning', 'returned', 'undeliverable') THEN 'agrees'
                                                         WHEN p_says = 'attempted' THEN 'leaves' ELSE 'contradicts' END
        WHEN p_status = 'returning' THEN CASE WHEN p_says IN ('returned', 'lost', 'damaged') THEN 'agrees'
                                              WHEN p_says IN ('in_transit', 'delayed', 'held', 'undeliverable', 'cancelled') THEN 'leaves' ELSE 'contradicts' END
        WHEN p_status = 'undeliverable' THEN CASE WHEN p_says IN ('returning', 'returned', 'lost', 'damaged', 'cancelled') THEN 'agrees'
                                                  WHEN p_says IN ('in_transit', 'delayed', 'held') THEN 'leaves' ELSE 'contradicts' END
        WHEN p_status = 'damaged' THEN CASE WHEN p_says IN ('returning', 'returned', 'lost', 'undeliverable', 'cancelled') THEN 'agrees'
                                            WHEN p_says IN ('in_transit', 'delayed', 'held') THEN 'leaves' ELSE 'contradicts' END
        WHEN p_status = 'lost' THEN CASE WHEN p_says IN ('delayed', 'cancelled') THEN 'leaves' ELSE 'contradicts' END
        WHEN p_status = 'returned' THEN CASE WHEN p_says IN ('returning', 'undeliverable', 'cancelled') THEN 'leaves' ELSE 'contradicts' END
        WHEN p_status = 'cancelled' THEN CASE WHEN p_says IN ('returning', 'returned') THEN 'agrees' ELSE 'contradicts' END
        ELSE 'contradicts' END;

-- Who an override's conflict goes to: its author, while they work here and see the brand.
CREATE FUNCTION override_author(p_by text, p_brand int) RETURNS text LANGUAGE plpgsql STABLE SET search_path = doorstep, pg_temp AS $$
BEGIN
    IF to_regrole(quote_ident(p_by)) IS NULL OR role_level(p_by::name) < 2 OR EXISTS (SELECT FROM agent g WHERE g.role = p_by AND NOT g.active)
       OR NOT coalesce(p_brand = ANY (role_brands(p_by::name)), true) THEN
        RETURN NULL;
    END IF;
    RETURN p_by;
END
$$;

-- Meets the overrides in force on parcels with new scans, in the feed's merge: shipments say what the carrier does, exceptions not yet. What the
-- carrier says counts when it happened after the override, or after what was known then; old scans that come late do not. p_all: all parcels
-- the merge will write to, locked here already, so that locks go in one order. One look at an index where nothing is overridden.
CREATE FUNCTION override_meet(p_shipments bigint[], p_at timestamptz, p_all bigint[] DEFAULT NULL) RETURNS void LANGUAGE plpgsql
    SET search_path = doorstep, pg_temp SET timezone = 'UTC' SET jit = off SET enable_seqscan = off AS $$
DECLARE
    agreed bigint[];
    m record;
    items change[] := '{}';
    author text;
BEGIN
    IF NOT EXISTS (SELECT FROM status_override o WHERE o.shipment_id = ANY (p_shipments) AND o.state IN ('active', 'conflict')) THEN
        RETURN;
    END IF;
    PERFORM FROM exception e WHERE e.shipment_id = ANY (coalesce(p_all, p_shipments)) ORDER BY e.id FOR UPDATE;
    SELECT array_agg(o.id) INTO agreed
      FROM status_override o JOIN shipment s ON s.id = o.shipment_id
     WHERE o.shipment_id = ANY (p_shipments) AND o.state IN ('active', 'conflict')
       AND (s.status_at > o.applied_at OR s.status_at > coalesce(o.scan_was, '-infinity')) AND override_meaning(o.status, s.carrier_status) = 'agrees';
    IF agreed IS NOT NULL THEN
        PERFORM override_unset(agreed, 'agreed', p_at, NULL, 'feed', 'override_agreed', 'the carrier says %3$s: %2$s''s override %1$s is over');
    END IF;
    FOR m IN
        SELECT o.id, o.by, o.status, o.state, o.conflict_status, s.carrier_status, s.brand_id, y.e
          FROM status_override o JOIN shipment s ON s.id = o.shipment_id
         CROSS JOIN LATERAL (SELECT x AS e FROM exception x WHERE x.shipment_id = o.shipment_id ORDER BY (x.state <> 'resolved') DESC, x.id DESC LIMIT 1) y
         WHERE o.shipment_id = ANY (p_shipments) AND o.state IN ('active', 'conflict')
           AND (s.status_at > o.applied_at OR s.status_at > coalesce(o.scan_was, '-infinity')) AND override_meaning(o.status, s.carrier_status) = 'contradicts'
           AND s.carrier_status IS DISTINCT FROM o.conflict_status
         ORDER BY (y.e).id
    LOOP
        UPDATE status_override o SET state = 'conflict', conflict_status = m.carrier_status, conflict_at = p_at WHERE o.id = m.id;
        author := override_author(m."by", m.brand_id);     -- the order may have said another brand right now
        -- nobody's, or over: its author's to look at, where they are still here; somebody's: they see it in the timeline
        items := items || ROW ((m.e).id, jsonb_build_object('marks', (m.e).marks | 3 | CASE (m.e).state WHEN 'resolved' THEN 16 ELSE 0 END) ||
            CASE WHEN (m.e).state = 'resolved' OR (m.e).owner IS NULL AND author IS NOT NULL THEN
                 sla_start_again(m.e, p_at) || awake() || jsonb_build_object('owner', author, 'owned_at', CASE WHEN author IS NOT NULL THEN p_at END,
                     'state', CASE WHEN author IS NULL THEN 'new' ELSE 'working' END, 'resolved_at', NULL, 'resolution', NULL, 'resolution_text', NULL)
                 ELSE '{}' END,
            format('the carrier says %s against %s''s override %s: %s', status_word(m.carrier_status), m."by", status_word(m.status),
                   CASE WHEN (m.e).state = 'resolved' THEN 'opened again' || coalesce(' for ' || author, '') WHEN (m.e).owner IS NULL AND author IS NOT NULL THEN author || ' has it'
                        ELSE 'take it back, or override it anew' END))::change;
    END LOOP;
    IF items <> '{}' THEN
        PERFORM apply_changes(items, 'override_conflict', 'feed', NULL, p_at);
        PERFORM pg_notify('doorstep', 'u');
    END IF;
END
$$;

SELECT patch_function('feed_merge_shipments(uuid, timestamptz, text[], text[], bigint[], boolean[], timestamptz[], bigint[], int[], int[])'::regprocedure,
    'CASE WHEN t.effective_status = t.carrier_status THEN f.status ELSE t.effective_status END',
    'CASE WHEN t.override_id IS NULL THEN f.status ELSE t.effective_status END');
SELECT patch_function('feed_merge(uuid)'::regprocedure, '    events := coalesce((SELECT sum(n) FROM unnest(t.news) n), 0);',
    '    IF t.ids IS NOT NULL THEN
        PERFORM override_meet(t.ids, v_now, t.ids || coalesce(s.ids, ''{}'') || coalesce(v_orders.shipments, ''{}''));
    END IF;
    events := coalesce((SELECT sum(n) FROM unnest(t.news) n), 0);');
-- 1 and 2: an override in force says something else
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, 'x_marks & 128 = 0', 'x_marks & 131 = 0');
-- what opens meanwhile shows it, too
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, 's.edd_at, s.problems AS ever', 's.edd_at, s.problems AS ever, s.override_id');
SELECT patch_function('feed_merge_exceptions(timestamptz, bigint[], int[], int[], bigint[])'::regprocedure, 'p_now, CASE WHEN p_unmapped THEN 8 ELSE 0 END,',
    'p_now, CASE WHEN p_unmapped THEN 8 ELSE 0 END | CASE WHEN override_id IS NULL THEN 0
                    ELSE (SELECT CASE v.state WHEN ''conflict'' THEN 3 ELSE 2 END FROM status_override v WHERE v.id = t.override_id LIMIT 1) END,');

-- What is resolved does not follow its parcel; opened again it shows the parcel as it is by now.
SELECT patch_function('apply_changes(change[], text, text, uuid, timestamptz)'::regprocedure, 'SET owner = (i.n).owner,',
    'SET effective_status = CASE WHEN e.state = ''resolved'' AND (i.n).state <> ''resolved'' THEN (SELECT s.effective_status FROM shipment s WHERE s.id = e.shipment_id) ELSE e.effective_status END,
               carrier_status = CASE WHEN e.state = ''resolved'' AND (i.n).state <> ''resolved'' THEN (SELECT s.carrier_status FROM shipment s WHERE s.id = e.shipment_id) ELSE e.carrier_status END,
               last_scan_at = CASE WHEN e.state = ''resolved'' AND (i.n).state <> ''resolved'' THEN (SELECT s.last_scan_at FROM shipment s WHERE s.id = e.shipment_id) ELSE e.last_scan_at END,
               owner = (i.n).owner,');

INSERT INTO saved_view (name, filter, position, builtin) VALUES ('Conflicts', 'is:conflict', 9, true) ON CONFLICT DO NOTHING;

RESET search_path;
RESET ROLE;
