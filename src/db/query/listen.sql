-- Listens to the channels of my brands.
PREPARE listen AS
SELECT doorstep.listen();
