-- What is or was read anew, newest first, and how far it is.
PREPARE dictionary_jobs AS
SELECT id, state, version, subject, since, done, total, changed, opened, resolved, moved, by, asked_at, ended_at FROM doorstep.dictionary_jobs();
