-- Milliseconds until there is something to do for this helpdesk, by the server's clock.
PREPARE desk_next (text) AS
SELECT due_ms, lease_ms, poll_ms FROM doorstep.desk_next($1);
