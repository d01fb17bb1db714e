-- Within how many hours ($3; null: never) customers are told of a kind ($2).
PREPARE message_duty_set (uuid, text, int) AS
SELECT id, ok, code, message, rev FROM doorstep.message_duty_set($1, $2, $3);
