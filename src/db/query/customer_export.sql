-- All of one customer's data as a document.
PREPARE customer_export (bigint) AS
SELECT jsonb_pretty(doorstep.customer_export($1)) AS document;
