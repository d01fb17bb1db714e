-- What the context shows beside the queue's row.
PREPARE context_head (bigint) AS
SELECT service, status_reason, edd_at, shipped_at, placed_at, total, customer_external_id, email, phone, time_zone, consent,
       preferred_channel, postal_code, address_type, access_instructions, resolution, resolution_text, next_action, next_argument,
       next_label, next_then, viewers, tracking_url
  FROM doorstep.context_head($1);
