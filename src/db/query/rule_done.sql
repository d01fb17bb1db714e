-- A rule is through with what was taken; $3: asked about anew.
PREPARE rule_done (text, int, bigint[]) AS
SELECT doorstep.rule_done($1, $2, $3);
