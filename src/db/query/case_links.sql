-- The exceptions of a case.
PREPARE case_links (bigint) AS
SELECT l.exception_id FROM doorstep.case_link l WHERE l.case_id = $1 ORDER BY 1;
