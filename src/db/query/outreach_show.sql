-- One message, with its attempts and what the provider told as documents.
PREPARE outreach_show (bigint) AS
SELECT o.id, o.exception_id AS exception, o.state, o.channel, doorstep.message_to(o.id) AS "to", o.to_name, t.name AS template, o.version, o.language,
       o.edited, o.subject, o.body, o.html, o.by, doorstep.json_instant(o.created_at) AS created_at,
       doorstep.json_instant(o.undo_until) AS undo_until, doorstep.json_instant(o.send_after) AS send_after, o.deferred,
       doorstep.json_instant(o.sent_at) AS sent_at, doorstep.json_instant(o.delivered_at) AS delivered_at,
       doorstep.json_instant(o.opened_at) AS opened_at, doorstep.json_instant(o.clicked_at) AS clicked_at,
       doorstep.json_instant(o.failed_at) AS failed_at, o.reason, nullif(array_to_string(o.passed, ', '), '') AS passed, o.pass_reason,
       o.message_id, o.provider, o.provider_id, o.tries,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('at', doorstep.json_instant(a.at), 'outcome', a.outcome, 'code', a.code,
                                                     'message', a.message, 'worker', a.worker, 'took_ms', a.took_ms) ORDER BY a.fence DESC), '[]')
          FROM doorstep.outreach_attempt a WHERE a.outreach_id = o.id) AS attempts,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('at', doorstep.json_instant(r.at), 'what', r.what, 'code', r.code,
                                                     'message', r.message, 'provider', r.provider) ORDER BY r.at DESC, r.event_id), '[]')
          FROM doorstep.outreach_receipt r WHERE r.outreach_id = o.id) AS receipts
  FROM doorstep.outreach o
  LEFT JOIN doorstep.template t ON t.id = o.template_id
 WHERE o.id = $1;
