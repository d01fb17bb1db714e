-- The header's numbers; under -1 how many are connected, who all read this; then one row a saved view: its position and a count that stops at 1000.
PREPARE counts AS
WITH h AS MATERIALIZED (SELECT * FROM doorstep.header_counts()),
     kept AS MATERIALIZED (SELECT * FROM doorstep.counts_by())
SELECT 0 AS view, h.fresh, h.mine, h.breaching, h.open
  FROM h
UNION ALL
SELECT -1, pg_stat_get_db_numbackends(d.oid), 0, 0, 0
  FROM pg_catalog.pg_database d
 WHERE d.datname = current_database()
/*{views*/
UNION ALL
SELECT 1, count(*), 0, 0, 0
  FROM (SELECT FROM doorstep.exception e WHERE e.state <> 'resolved' LIMIT 1000) x
/*}*/;
