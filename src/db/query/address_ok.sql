-- An address that took nothing takes messages again.
PREPARE address_ok (uuid, bigint, text) AS
SELECT id, ok, code, message, rev FROM doorstep.address_ok($1, $2, $3::doorstep.channel);
