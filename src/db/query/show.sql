-- The document `doorstep show --format json` prints.
PREPARE show (bigint) AS
SELECT jsonb_pretty(doorstep.show_json($1)) AS document;
