-- What somebody types about a case they do not see is kept, and tells them nothing of that case: not which exceptions its parcel has.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

SELECT patch_function('typed_save(text,bigint,text)'::regprocedure, 'JOIN exception e USING (shipment_id) WHERE c.id = p_of)',
                      'JOIN exception e USING (shipment_id) WHERE c.id = p_of AND sees_brand(e.brand_id))');

RESET search_path;
RESET ROLE;
