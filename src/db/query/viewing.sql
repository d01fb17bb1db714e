-- Tells the others what I look at; 0: nothing.
PREPARE viewing (bigint) AS
SELECT doorstep.viewing($1);
