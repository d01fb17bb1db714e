-- Saved views for `doorstep view list`.
PREPARE view_list AS
SELECT nullif(position, 0) AS key, name, filter, owner, builtin
  FROM doorstep.saved_view
 ORDER BY position = 0, position, owner NULLS LAST, name;
