-- One case: its line, and what is around it.
PREPARE case_head (bigint) AS
SELECT l.id, l.exception_id, l.rev, l.type, l.state, l.priority, l.subject, l.owner, l.by, l.carrier, l.tracking_number, l.customer_name, l.brand, l.created_at,
       l.updated_at, l.links, l.notes, l.desk, l.desk_id, l.desk_state, l.desk_url, l.sync, l.conflict, c.context, l.tags, l.merged_into, NULL::bigint
  FROM doorstep.case_list(NULL, NULL, 1, $1) l JOIN doorstep.support_case c ON c.id = l.id;
