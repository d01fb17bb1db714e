-- Wakes what has slept long enough, so that nothing sleeps on where no worker runs.
PREPARE wake_due AS
SELECT doorstep.wake_due() AS woken;
