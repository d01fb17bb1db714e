-- Overrides that expired, outages whose time came, batches that lapsed, what the board suggests: how many things it did.
PREPARE control_due AS
SELECT doorstep.control_due();
