-- Outages as `outage list` and `outage show` print them: live ones, all, or one.
PREPARE outage_table (boolean, int) AS
SELECT o.id, CASE WHEN o.ended_at IS NULL THEN 'live' ELSE 'ended' END AS state, o.title, o.message, o.hold_messages, o.pause_sla, o.exceptions, o.fresh,
       o.held, o.overridden, o.follow_up, o.by, doorstep.json_instant(o.started_at) AS started_at, doorstep.json_instant(o.until) AS until, o.ended_by,
       doorstep.json_instant(o.ended_at) AS ended_at, o.end_note, o.scope
  FROM doorstep.outage_list($1, $2) WITH ORDINALITY l(j, i)
 CROSS JOIN LATERAL jsonb_to_record(l.j) o(id int, title text, scope text, message text, by text, ended_by text, started_at timestamptz,
       until timestamptz, ended_at timestamptz, hold_messages boolean, pause_sla boolean, exceptions bigint, fresh bigint, held bigint, overridden bigint,
       follow_up bigint, end_note text)
 ORDER BY l.i;
