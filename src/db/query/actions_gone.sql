-- Which of my actions' keys nothing is known of here: they were lost on the way from the server that answered them. In their order.
PREPARE actions_gone (uuid[]) AS
SELECT k.key::text AS key
  FROM unnest($1) WITH ORDINALITY k (key, nr)
 WHERE NOT EXISTS (SELECT FROM doorstep.action_log l WHERE l.key = k.key)
 ORDER BY k.nr;
