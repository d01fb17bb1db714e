-- $2: customers, $3: why, $4: although something of theirs is under way.
PREPARE customer_forget (uuid, bigint[], text, boolean) AS
SELECT id, ok, code, message, rev FROM doorstep.customer_forget($1, $2, $3, coalesce($4, false));
