-- Overrides that expired, outages whose time came, batches that lapsed, what the board suggests: how many things it did. $1: as of; null: now.
PREPARE control_due (timestamptz) AS
SELECT doorstep.control_due($1);
