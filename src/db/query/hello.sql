-- Who I am, which schema, which server.
PREPARE hello AS
SELECT role::text, display_name, level::text, current_database()::text, server::text, brand, schema_version, timeline, backend_pid,
       now, read_only, standby, changed_by
  FROM doorstep.hello();
