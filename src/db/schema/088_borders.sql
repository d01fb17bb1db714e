-- Two borders of what is found and kept under a filter.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- The word of a brand is its code in small letters, and codes may differ by their capitals alone: whose a row is, its brand's number says.
-- Only of what was found, for the planner would take the two for two conditions and expect too few.
SELECT patch_function('filter_few(text[],text[],boolean)'::regprocedure, $old$WHERE ' || wanted || ' LIMIT '$old$,
                      $new$WHERE (' || wanted || ')' || CASE WHEN my_brands() IS NULL THEN '' ELSE format(' AND e.brand_id = ANY (%L)', my_brands()) END || ' LIMIT '$new$);

-- Whoever selects everything again and again keeps the last sixteen of it: sessions enough for one person.
SELECT patch_function('selection_keep(bigint[])'::regprocedure, $old$ELSE interval '1 day' END
$old$, $new$ELSE interval '1 day' END
                    OR s.number IN (SELECT x.number FROM selection x WHERE x.who = session_user ORDER BY x.at DESC OFFSET 15)
$new$);

RESET search_path;
RESET ROLE;
