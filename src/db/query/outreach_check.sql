-- What stands in the way of these texts, worst first; one row with a null guardrail for a text that nothing does.
PREPARE outreach_check (jsonb) AS
SELECT ord, exception_id, guardrail, effect, until, message, to_address, send_at, undo_seconds
  FROM doorstep.outreach_check($1)
 ORDER BY ord, effect DESC NULLS LAST, guardrail;
