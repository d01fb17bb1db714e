-- Claims whose worker is gone.
PREPARE outbox_reap AS
SELECT doorstep.outbox_reap();
