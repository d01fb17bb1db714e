-- Customers by a name, an address or a number; addresses masked. $2: at most so many.
PREPARE customer_find (text, int) AS
SELECT id, name, brand, external_id, email, phone, orders, doorstep.json_instant(forgotten_at) AS forgotten_at FROM doorstep.customer_find($1, $2);
