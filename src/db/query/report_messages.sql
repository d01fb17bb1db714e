-- The report of this name; its parameters are those of core/report.h.
PREPARE report_messages (timestamptz, timestamptz, text, text, text, text, text, timestamptz, timestamptz) AS
SELECT * FROM doorstep.report_messages($1, $2, $3, $4, $5, $6, $7, $8, $9);
