-- The exceptions' timelines are told what became of their messages.
PREPARE outbox_settle AS
SELECT doorstep.outbox_settle();
