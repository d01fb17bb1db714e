-- What the helpdesk has to be told now: worker, provider, how many, for how long (s).
PREPARE desk_claim (text, text, int, int) AS
SELECT id, fence, tries, op, case_id, type, priority, state, lease_until, since, desk_at, note_id, external_id, key, desk_id, desk_state,
       subject, context, note, note_by, tags, brand, tracking_number, order_number
  FROM doorstep.desk_claim($1, $2, $3, $4);
