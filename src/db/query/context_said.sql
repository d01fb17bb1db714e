-- What the customer asked for last, while nobody has dealt with it. Of most nothing was asked: their marks say so, and the function is not planned.
PREPARE context_said (bigint) AS
SELECT said, said_at FROM doorstep.customer_said($1)
 WHERE EXISTS (SELECT FROM doorstep.exception e WHERE e.id = $1 AND e.marks & 256 <> 0);
