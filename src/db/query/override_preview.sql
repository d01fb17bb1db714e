-- What overriding the parcels of exceptions $1 with status $2 would do. $3: until when, null the usual.
PREPARE override_preview (bigint[], text, timestamptz) AS
SELECT asked, shipments, changes, same, overridden, newer, newer_hours, resolves, keeps_case, stays, clocks, messages, denied, threshold, needs_approval, allowed,
       refusal, expires_at, groups::text, alone
  FROM doorstep.override_preview(doorstep.chosen($1), $2, $3);
