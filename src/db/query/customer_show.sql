-- One customer with addresses in clear, which is recorded.
PREPARE customer_show (bigint) AS
SELECT id, name, email, phone, language, time_zone, tier, do_not_contact, orders, brand, external_id, consent, doorstep.json_instant(forgotten_at) AS forgotten_at
  FROM doorstep.customer_show($1);
