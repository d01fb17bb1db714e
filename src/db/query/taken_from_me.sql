-- Which of mine were taken over while I was away, as a sentence; null for none. Said once.
PREPARE taken_from_me AS
SELECT doorstep.taken_from_me() AS says;
