-- The rules of overrides.
PREPARE override_policy AS
SELECT override_threshold AS threshold, override_days AS days, pending_hours, newer_scan_hours AS newer_hours FROM doorstep.control_policy;
