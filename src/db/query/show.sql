-- The document `doorstep show --format json` prints.
PREPARE show (bigint) AS
SELECT doorstep.show_json($1) AS document;
