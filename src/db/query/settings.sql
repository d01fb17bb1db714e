-- What every session wants: the server gives up on a statement before the client does ($1 ms),
-- and no session sits in a transaction. A client that vanished without a word is noticed within half a
-- minute by the server, too: nobody listens for it. $2: it is to change nothing, from this transaction on.
PREPARE settings (text, boolean) AS
SELECT set_config('statement_timeout', $1, false),
       set_config('idle_in_transaction_session_timeout', '60000', false),
       set_config('tcp_keepalives_idle', '15', false),
       set_config('tcp_keepalives_interval', '5', false),
       set_config('tcp_keepalives_count', '3', false),
       set_config('tcp_user_timeout', '30000', false),
       CASE WHEN version() LIKE '%linux%' THEN set_config('client_connection_check_interval', '5000', false) END,
       set_config('jit', 'off', false),
       CASE WHEN $2 THEN set_config('default_transaction_read_only', 'on', false) || set_config('transaction_read_only', 'on', true) END;
