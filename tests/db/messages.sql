-- The shipped messages against the dictionary: whatever a scan opens, something true can be said of it.
BEGIN;
\ir fixture.psql
SELECT plan(8);

CREATE TEMP VIEW shipped AS
    SELECT t.name, t.channel, t.language, v.kinds, v.statuses, v.required, v.subject, v.title, v.fresh_hours
      FROM template t JOIN template_version v ON v.template_id = t.id AND v.state = 'approved' AND v.author = 'doorstep' WHERE t.brand_id IS NULL;
SELECT is((SELECT count(*) FROM shipped), 218::bigint, 'all are in force');

SELECT is_empty($$ SELECT m.kind, m.status FROM status_map m
                    WHERE m.role = 'open' AND m.ended_in IS NULL AND m.status IS NOT NULL AND m.kind <> 'tracking_error'
                      AND NOT EXISTS (SELECT FROM shipped s WHERE m.kind = ANY (s.kinds) AND m.status = ANY (s.statuses)) $$,
    'each kind has a message for the status it opens with');
SELECT is_empty($$ SELECT name FROM shipped WHERE statuses = '{}' $$, 'each says in which statuses it is true');
SELECT is_empty($$ SELECT name FROM shipped WHERE 'delivered' = ANY (statuses) AND name NOT IN ('delivery_disputed', 'feedback_request') $$, 'of a delivered parcel only these speak');
SELECT is_empty($$ SELECT name FROM shipped WHERE 'error' = ANY (statuses) $$, 'and none of a tracking error');
SELECT is_empty($$ SELECT name, channel, language, required FROM shipped
                    WHERE NOT required <@ '{order.number,shipment.tracking_number,brand.name,agent.first_name}'
                      AND (name <> 'feedback_request' OR NOT required <@ '{order.number,brand.name,links.feedback,agent.first_name}') $$,
    'none needs what may be unknown; the one that asks how it went needs the page to answer on');
SELECT is_empty($$ SELECT name FROM shipped GROUP BY name HAVING count(DISTINCT (title, kinds, statuses, fresh_hours)) > 1 $$,
    'a name stands for the same in every language and on every channel');
SELECT is_empty($$ SELECT array_agg(name), language, subject FROM shipped WHERE channel = 'email' GROUP BY language, subject HAVING count(*) > 1 $$, 'what went wrong can be told from the subject');
SELECT * FROM finish();
ROLLBACK;
