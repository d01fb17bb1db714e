-- Longer leases ($4 s); gives those still held.
PREPARE desk_extend (text, bigint[], int[], int) AS
SELECT id FROM doorstep.desk_extend($1, $2, $3, $4);
