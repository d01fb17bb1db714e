-- Takes up new shipments for a source: $2 those nobody told anything of, too; $3 how many to look at; $4 now.
PREPARE poll_enrol (text, boolean, int, timestamptz) AS
SELECT doorstep.poll_enrol($1, $2, $3, coalesce($4, clock_timestamp()));
