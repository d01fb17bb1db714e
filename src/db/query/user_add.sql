-- Adds a person (name, level, display name), limited to brands when there are any.
PREPARE user_add (text, text, text, text[]) AS
WITH added AS MATERIALIZED (
    SELECT doorstep.user_add($1, $2, $3)::text
), scoped AS MATERIALIZED (
    SELECT doorstep.user_scope($1, $4)::text FROM added WHERE $4 IS NOT NULL
)
SELECT format('%s is %s', $1, $2) || coalesce(', limited to ' || array_to_string($4, ', '), '') AS done
  FROM added LEFT JOIN scoped ON true;
