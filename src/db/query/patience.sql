-- More time for the statement that follows in the same transaction ($1 ms), never less.
PREPARE patience (int) AS
SELECT set_config('statement_timeout', greatest($1, (extract(epoch FROM current_setting('statement_timeout')::interval) * 1000)::int)::text, true);
