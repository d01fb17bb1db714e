-- Outages I see, newest first, those that ended too: in the shape of control_state.
PREPARE outage_list AS
SELECT NULL::int AS pending, NULL::int AS pending_mine, NULL::int AS conflicts, NULL::int AS suggestions,
       o.id, o.title, o.scope, o.message, o.by, o.ended_by, o.started_at, o.until, o.ended_at, o.hold_messages, o.pause_sla,
       o.exceptions, o.fresh, o.held, o.overridden, o.follow_up
  FROM doorstep.outage_list(true) WITH ORDINALITY l(j, i)
 CROSS JOIN LATERAL jsonb_to_record(l.j) o(id int, title text, scope text, message text, by text, ended_by text, started_at timestamptz,
       until timestamptz, ended_at timestamptz, hold_messages boolean, pause_sla boolean, exceptions bigint, fresh bigint, held bigint, overridden bigint,
       follow_up bigint)
 ORDER BY l.i;
