-- What came of asking: $2 a list of items, $3 seconds to leave the source alone, $4 why, $5 now.
PREPARE poll_record (text, jsonb, int, text, timestamptz) AS
SELECT doorstep.poll_record($1, $2, $3, $4, coalesce($5, clock_timestamp()));
