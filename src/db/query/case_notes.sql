-- The notes of a case and of those merged into it, oldest first.
PREPARE case_notes (bigint) AS
SELECT n.id, n.at, n.by, n.source = 'desk', n.public, n.text
  FROM doorstep.case_note n
 WHERE n.case_id = $1 OR n.case_id IN (SELECT c.id FROM doorstep.support_case c WHERE c.merged_into = $1)
 ORDER BY n.at, n.id;
