-- Changes a person's level or brands; what is null stays, no brands ('{}') are all brands.
PREPARE user_grant (text, text, text[]) AS
WITH granted AS MATERIALIZED (
    SELECT CASE WHEN $2 IS NOT NULL THEN doorstep.user_grant($1, $2)::text END
), scoped AS MATERIALIZED (
    SELECT doorstep.user_scope($1, $3)::text FROM granted WHERE $3 IS NOT NULL
)
SELECT concat_ws(', ', $1 || coalesce(' is ' || $2, ''),
                 CASE WHEN cardinality($3) = 0 THEN 'all brands' ELSE 'limited to ' || array_to_string($3, ', ') END) AS done
  FROM granted LEFT JOIN scoped ON true;
