-- What the logs do not have for a reason: what expired by policy, what was redacted.
PREPARE audit_notes AS
SELECT note FROM doorstep.audit_notes();
