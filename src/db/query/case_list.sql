-- Cases. $1: a list, or null: all; $2: only those of this exception; $3: at most so many.
PREPARE case_list (text, bigint, int) AS
SELECT id, exception_id, rev, type, state, priority, subject, owner, by, carrier, tracking_number, customer_name, brand, created_at, updated_at,
       links, notes, desk, desk_id, desk_state, desk_url, sync, conflict
  FROM doorstep.case_list($1, $2, $3);
