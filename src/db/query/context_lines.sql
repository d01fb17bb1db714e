-- The order's lines.
PREPARE context_lines (bigint) AS
SELECT sku, title, quantity FROM doorstep.context_lines($1);
