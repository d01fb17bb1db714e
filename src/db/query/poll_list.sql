-- The sources that can be polled, and how it goes.
PREPARE poll_list AS
SELECT source, parcels, due, silent, asked, answered, failed, last_at, hold_until, why, busy, usual, idle, give_up_days FROM doorstep.poll_list();
