-- How long what came after 052 is kept, and where a person's words stand in it.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

INSERT INTO retention_policy (table_name, keep_days, minimum, act, what, old, blank) VALUES
    ('rule_firing', 400, 30, 'remove', 'what rules did, of exceptions long resolved; their timelines say it, too',
     'x.at < $1 AND EXISTS (SELECT FROM exception e WHERE e.id = x.exception_id AND e.state = ''resolved'' AND e.updated_at < $1)', NULL),
    ('due_warning', 400, 30, 'remove', 'of what a warning was given, of exceptions long resolved',
     'x.at < $1 AND EXISTS (SELECT FROM exception e WHERE e.id = x.exception_id AND e.state = ''resolved'' AND e.updated_at < $1)', NULL),
    ('exception_hold', 30, 1, 'remove', 'until when a rule held messages about an exception, once that is over', 'x.until < $1', NULL),
    ('scan_reading', 550, 180, 'remove', 'how scans were read anew, once the scans are gone',
     'x.at < $1 AND NOT EXISTS (SELECT FROM scan_event v WHERE v.shipment_id = x.shipment_id AND v.dedupe = x.dedupe)', NULL);
INSERT INTO retention_policy (table_name, act, what)
SELECT t, 'kept', w FROM (VALUES
    ('{rule,rule_version,rule_setting,sweep_policy,status_label,status_wording_was,dictionary_draft,dictionary_job,poll_source}'::text[],
     'rules and words people work by: they do not grow with parcels'),
    ('{rule_event,poll_state,watch,watch_again}', 'emptied by what uses it'),
    ('{silence}', 'the business''s record of what was sold, sent and went wrong; the person goes with "customer forget"')) v(tables, w) CROSS JOIN unnest(v.tables) t
 WHERE NOT EXISTS (SELECT FROM retention_policy r WHERE r.table_name = t);

INSERT INTO personal_table (table_name, via, key, erase, removed, export, which) VALUES
    ('rule_firing', 'exception', 'exception_id', 'what = ''''', false, NULL, 'true'),
    ('csat', 'exception', 'exception_id', NULL, false, '{exception_id,score,at}', 'true');

RESET search_path;
RESET ROLE;
