-- The document `doorstep case show --format json` prints.
PREPARE case_show (bigint) AS
SELECT doorstep.case_show($1) AS document;
