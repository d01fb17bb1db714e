-- Saved views I see: those on number keys first.
PREPARE views AS
SELECT id::bigint, name, filter, position, coalesce(owner, '') AS owner, builtin
  FROM doorstep.saved_view
 ORDER BY position = 0, position, owner NULLS LAST, name
 LIMIT 64;
