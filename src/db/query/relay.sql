-- Which database this is, for comparing with a relay's; and what this session listens to.
PREPARE relay AS
SELECT (SELECT system_identifier FROM pg_catalog.pg_control_system()) || '.' || (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) AS identity,
       CASE WHEN pg_catalog.pg_is_in_recovery() THEN (SELECT c.timeline_id FROM pg_catalog.pg_control_checkpoint() c)
            ELSE ('x' || left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8))::bit(32)::int END AS timeline,
       pg_catalog.pg_is_in_recovery() AS standby,
       (SELECT string_agg(c, ' ') FROM pg_catalog.pg_listening_channels() c) AS channels;
