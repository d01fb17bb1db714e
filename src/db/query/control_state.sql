-- Live outages, oldest first, each with what waits for me; without any one row of that alone.
PREPARE control_state AS
WITH c AS MATERIALIZED (SELECT doorstep.control_state() AS s)
SELECT (c.s ->> 'pending')::int AS pending, (c.s ->> 'pending_mine')::int AS pending_mine, (c.s ->> 'conflicts')::int AS conflicts,
       (c.s ->> 'suggestions')::int AS suggestions,
       o.id, o.title, o.scope, o.message, o.by, o.ended_by, o.started_at, o.until, o.ended_at, o.hold_messages, o.pause_sla,
       o.exceptions, o.fresh, o.held, o.overridden, o.follow_up
  FROM c LEFT JOIN LATERAL jsonb_to_recordset(c.s -> 'outages') o(id int, title text, scope text, message text, by text, ended_by text, started_at timestamptz,
       until timestamptz, ended_at timestamptz, hold_messages boolean, pause_sla boolean, exceptions bigint, fresh bigint, held bigint, overridden bigint,
       follow_up bigint) ON true
 ORDER BY o.id;
