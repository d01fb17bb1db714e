-- What a case of an exception would be, in the columns of case_head.
PREPARE case_draft (bigint, text) AS
SELECT 0::bigint, (d ->> 'exception')::bigint, 0, d ->> 'type', 'open', d ->> 'priority', d ->> 'subject', session_user::text, session_user::text, e.carrier, e.tracking_number,
       e.customer_name, e.brand, NULL::timestamptz, NULL::timestamptz, 1, 0, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text,
       d ->> 'context', (SELECT string_agg(t, ' ') FROM jsonb_array_elements_text(d -> 'tags') t), NULL::bigint, (d ->> 'existing')::bigint
  FROM doorstep.case_draft($1, $2) d JOIN doorstep.exception e ON e.id = (d ->> 'exception')::bigint;
