-- What every session wants: the server gives up on a statement before the client does ($1 ms),
-- and no session sits in a transaction.
PREPARE settings (text) AS
SELECT set_config('statement_timeout', $1, false),
       set_config('idle_in_transaction_session_timeout', '60000', false),
       set_config('jit', 'off', false);
