-- The header's numbers, then one row a saved view: its position and a count that stops at 1000.
PREPARE counts AS
SELECT 0 AS view, h.fresh, h.mine, h.breaching, h.open
  FROM doorstep.header_counts() h
/*{views*/
UNION ALL
SELECT 1, count(*), 0, 0, 0
  FROM (SELECT FROM doorstep.exception e WHERE e.state <> 'resolved' LIMIT 1000) x
/*}*/;
