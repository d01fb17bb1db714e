-- What the customer asked for last, while nobody has dealt with it.
PREPARE context_said (bigint) AS
SELECT said, said_at FROM doorstep.customer_said($1);
