-- Who looked at whose contact details. $1: only this customer's, $2: only by this person, $3: only since then, $4: at most so many.
PREPARE contact_access (bigint, text, timestamptz, int) AS
SELECT doorstep.json_instant(at) AS at, role AS who, customer_id AS customer, customer AS name, what, exception_id AS exception
  FROM doorstep.contact_access_list($1, $2, $3, $4);
