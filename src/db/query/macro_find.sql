-- What a macro sends: template and channel, null for none; one's own before everyone's.
PREPARE macro_find (text) AS
SELECT template, channel FROM doorstep.macro WHERE name = $1 ORDER BY owner NULLS LAST LIMIT 1;
