-- What the compose screen opens with, as one document; nothing for what one may not see. For several
-- exceptions ($2) also how many of them each template fits.
PREPARE compose (bigint, bigint[]) AS
SELECT doorstep.compose($1)::text, CASE WHEN cardinality($2) > 1 THEN doorstep.templates_fit($2)::text END;
