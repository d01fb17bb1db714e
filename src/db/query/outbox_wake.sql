-- Snoozed and waiting exceptions whose time came: how many. $1: as of; null: now.
PREPARE outbox_wake (timestamptz) AS
SELECT doorstep.wake_due($1) AS woken;
