-- The same added up: from $1 to $2, of a kind ($3), a carrier ($4).
PREPARE mismatch_totals (timestamptz, timestamptz, text, text) AS
SELECT finding, findings, exceptions, median_hours, worst_hours, unknown_then FROM doorstep.mismatch_totals($1, $2, $3, $4);
