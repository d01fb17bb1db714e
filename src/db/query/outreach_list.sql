-- Messages: first those a person has to look at (unknown, failed, held), then those that wait or are on their
-- way, then the rest, each newest first. says: what people want to know of it. $1: only this state, $2: only of this exception, $3: at most so many.
PREPARE outreach_list (text, bigint, int) AS
SELECT o.id, o.exception_id AS exception, o.state, o.channel, doorstep.message_to(o.id) AS "to", t.name AS template, o.language, o.version, o.subject,
       doorstep.json_instant(o.created_at) AS created_at, o.by,
       doorstep.json_instant(o.send_after) AS send_after, doorstep.json_instant(o.sent_at) AS sent_at,
       doorstep.json_instant(o.delivered_at) AS delivered_at, doorstep.json_instant(o.failed_at) AS failed_at, o.tries,
       o.reason, o.deferred, CASE WHEN o.state = 'queued' THEN concat_ws(': ', 'goes out ' || doorstep.json_instant(o.send_after), o.deferred) ELSE o.reason END AS says
  FROM ((SELECT CASE state WHEN 'unknown' THEN 1 WHEN 'failed' THEN 2 ELSE 3 END AS part, id, exception_id, state, channel, template_id, language, version, subject, created_at, by, send_after, sent_at, delivered_at, failed_at, tries,
               reason, deferred FROM doorstep.outreach
          WHERE state IN ('failed', 'unknown', 'held') AND ($1 IS NULL OR state::text = $1) AND ($2 IS NULL OR exception_id = $2)
          ORDER BY id DESC LIMIT $3)
        UNION ALL
        (SELECT 4, id, exception_id, state, channel, template_id, language, version, subject, created_at, by, send_after, sent_at, delivered_at, failed_at, tries,
               reason, deferred FROM doorstep.outreach
          WHERE state IN ('queued', 'sending') AND ($1 IS NULL OR state::text = $1) AND ($2 IS NULL OR exception_id = $2)
          ORDER BY id DESC LIMIT $3)
        UNION ALL
        (SELECT 5, id, exception_id, state, channel, template_id, language, version, subject, created_at, by, send_after, sent_at, delivered_at, failed_at, tries,
               reason, deferred FROM doorstep.outreach
          WHERE state IN ('sent', 'delivered', 'cancelled') AND ($1 IS NULL OR state::text = $1) AND ($2 IS NULL OR exception_id = $2)
          ORDER BY id DESC LIMIT $3)) o
  LEFT JOIN doorstep.template t ON t.id = o.template_id
 ORDER BY o.part, o.id DESC
 LIMIT $3;
