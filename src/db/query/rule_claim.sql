-- What the next rule may have to do. $1: a name for what is taken; $2: at most so many; $3: for so many seconds.
PREPARE rule_claim (text, int, int) AS
SELECT rule, version, filter, resolved, sends, ids::text AS ids, events::text AS events FROM doorstep.rule_claim($1, $2, $3);
