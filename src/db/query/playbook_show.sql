-- The steps of a kind's playbook ($1), in its version $2 or as it is now.
PREPARE playbook_show (text, int) AS
SELECT x.i AS step, x.s ->> 'action' AS action, nullif(x.s ->> 'argument', '') AS argument, x.s ->> 'owner' AS owner, nullif(x.s ->> 'after', '') AS after,
       nullif(x.s ->> 'condition', '') AS condition, x.s ->> 'label' AS label
  FROM (SELECT * FROM doorstep.playbook_version p WHERE p.kind::text = $1 AND ($2 IS NULL OR p.version = $2) ORDER BY p.version DESC LIMIT 1) v
 CROSS JOIN LATERAL jsonb_array_elements(v.steps) WITH ORDINALITY x(s, i) ORDER BY x.i;
