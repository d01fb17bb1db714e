-- A case of each parcel. $7: the note, null for none; null elsewhere: as case_draft says. $6: tags with blanks between, '' none.
PREPARE case_open (uuid, bigint[], text, text, text, text, text) AS
SELECT id, ok, code, message, rev
  FROM doorstep.case_open($1, $2, $3, $4, $5, CASE WHEN $6 IS NOT NULL THEN array_remove(regexp_split_to_array(btrim(lower($6)), E'\\s+'), '') END, $7);
