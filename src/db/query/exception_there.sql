-- One row if there is such an exception and one may see it.
PREPARE exception_there (bigint) AS
SELECT id FROM doorstep.exception WHERE id = $1;
