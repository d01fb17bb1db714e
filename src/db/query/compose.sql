-- What the compose screen opens with, as one document; nothing for what one may not see.
PREPARE compose (bigint) AS
SELECT doorstep.compose($1)::text;
