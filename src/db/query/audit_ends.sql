-- Both logs as one line, to be kept elsewhere.
PREPARE audit_ends (timestamptz) AS
SELECT rows, at, digest FROM doorstep.audit_ends($1);
