-- What undo would take back, and what is newer and cannot be taken back; null for nothing.
PREPARE undo_peek AS
SELECT doorstep.undo_peek() AS what, doorstep.undo_stays() AS stays;
