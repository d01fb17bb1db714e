-- Macros one may use: one's own and everyone's.
PREPARE macro_list AS
SELECT name, title, template, channel, then_verb AS "then", for_minutes, next_scan, resolution, tag, owner IS NULL AS shared
  FROM doorstep.macro
 ORDER BY name, owner NULLS LAST;
