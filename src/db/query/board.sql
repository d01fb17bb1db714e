-- The outage board: carriers, or with $1 one carrier's lanes. Rates and gaps in thousandths, counts by the hour as words.
PREPARE board (text) AS
SELECT carrier, carrier_name, service, region, lanes, open, new_hour, round(baseline * 1000)::bigint, round(ratio * 1000)::bigint, last_scan_at,
       round(usual_gap_s * 1000)::bigint, array_to_string(spark, ' '), outage_id, suggested, why
  FROM doorstep.board($1);
