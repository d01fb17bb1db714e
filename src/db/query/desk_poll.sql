-- Cases to ask the helpdesk about: worker, provider, how many.
PREPARE desk_poll (text, text, int) AS
SELECT id, 0, 0, 'poll', id, 'customer', 'normal', 'open', NULL::timestamptz, NULL::timestamptz, desk_at, 0::bigint, external_id, external_id, desk_id, desk_state,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM doorstep.desk_poll($1, $2, $3);
