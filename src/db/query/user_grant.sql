-- Changes a person's level, display name or brands; what is null stays.
PREPARE user_grant (text, text, text, text[]) AS
WITH granted AS MATERIALIZED (
    SELECT CASE WHEN $3 IS NOT NULL THEN doorstep.user_add($1, $2, $3)::text
                WHEN $2 IS NOT NULL THEN doorstep.user_grant($1, $2)::text END
), scoped AS MATERIALIZED (
    SELECT doorstep.user_scope($1, $4)::text FROM granted WHERE $4 IS NOT NULL
)
SELECT concat_ws(', ', $1 || coalesce(' is ' || $2, ''), 'limited to ' || array_to_string($4, ', ')) AS done
  FROM granted LEFT JOIN scoped ON true;
