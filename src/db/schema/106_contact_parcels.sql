-- Who writes down that a customer got in touch holds all exceptions of the parcel, for a contact about one is repeated by that about
-- another: two in one moment would not see each other.
SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

SELECT patch_function('act(uuid, text, bigint[], jsonb, text)'::regprocedure, 'lock_exceptions(ids, p_verb = ''reopen'')',
    'lock_exceptions(ids, p_verb IN (''reopen'', ''contact''))');
-- customers come before exceptions: who is being forgotten meanwhile is waited for here, not while their exceptions are held
SELECT patch_function('contact_log(uuid, bigint[], text, text, text)'::regprocedure, '    SELECT * INTO d FROM contact_driver x', '    PERFORM FROM customer c WHERE c.id IN (SELECT e.customer_id FROM exception e WHERE e.id = ANY (p_ids)) ORDER BY c.id FOR KEY SHARE;
    SELECT * INTO d FROM contact_driver x');
SELECT patch_function('undo_of_contact(action_log, uuid, timestamptz)'::regprocedure, 'lock_exceptions(ids)', 'lock_exceptions(ids, true)');
SELECT patch_function('receipts_merge(jsonb)'::regprocedure, 'PERFORM FROM exception e WHERE e.id IN (SELECT x.exception_id FROM unnest(targets) x) ORDER',
    'PERFORM FROM exception e
      WHERE e.id IN (SELECT x.exception_id FROM unnest(targets) x
                     UNION ALL
                     SELECT o.id FROM jsonb_array_elements(p_items) WITH ORDINALITY x(i, n) JOIN exception t ON t.id = targets[x.n].exception_id
                      CROSS JOIN LATERAL (SELECT y.id FROM exception y WHERE y.shipment_id = t.shipment_id OFFSET 0) o WHERE x.i ->> ''type'' = ''inbound'')
      ORDER');
SELECT patch_function('form_merge(jsonb, timestamptz)'::regprocedure, '    SELECT x.* INTO e FROM page g', '    PERFORM FROM exception x WHERE x.shipment_id IN (SELECT g.shipment_id FROM page g WHERE g.token = p_item ->> ''token'') ORDER BY x.id FOR UPDATE;
    SELECT x.* INTO e FROM page g');

RESET search_path;
RESET ROLE;
