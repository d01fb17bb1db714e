-- What every session wants: the server gives up on a statement before the client does ($1 ms),
-- and no session sits in a transaction. $2: it is to change nothing, from this transaction on.
PREPARE settings (text, boolean) AS
SELECT set_config('statement_timeout', $1, false),
       set_config('idle_in_transaction_session_timeout', '60000', false),
       set_config('jit', 'off', false),
       CASE WHEN $2 THEN set_config('default_transaction_read_only', 'on', false) || set_config('transaction_read_only', 'on', true) END;
