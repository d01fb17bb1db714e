-- The list `doorstep case list` prints. $1: a list, or null: all; $2: only those of this exception; $3: at most so many; $4: this one alone.
PREPARE case_table (text, bigint, int, bigint) AS
SELECT id, type, state, priority, owner, sync, exception_id AS exception, subject, by, carrier, tracking_number, customer_name AS customer, brand, tags, links, notes,
       doorstep.json_instant(created_at) AS created_at, doorstep.json_instant(updated_at) AS updated_at, merged_into, desk, desk_id, desk_state, desk_url, conflict
  FROM doorstep.case_list($1, $2, $3, $4);
