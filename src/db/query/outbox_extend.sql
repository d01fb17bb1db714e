-- Longer leases ($4 s); gives those still held.
PREPARE outbox_extend (text, bigint[], int[], int) AS
SELECT id FROM doorstep.outbox_extend($1, $2, $3, $4);
