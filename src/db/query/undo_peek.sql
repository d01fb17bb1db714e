-- What undo would take back; null for nothing.
PREPARE undo_peek AS
SELECT doorstep.undo_peek() AS what;
