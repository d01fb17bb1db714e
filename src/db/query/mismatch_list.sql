-- What the truth audit found, newest first: from $1 to $2, of a finding ($3), a kind ($4), a carrier ($5), at most so many ($6).
PREPARE mismatch_list (timestamptz, timestamptz, text, text, text, int) AS
SELECT id, doorstep.json_instant(at) AS at, finding, hours, exception_id AS exception, outreach_id AS message, brand, carrier, tracking_number, kind, template, by, known, says
  FROM doorstep.mismatches($1, $2, $3, $4, $5, $6);
