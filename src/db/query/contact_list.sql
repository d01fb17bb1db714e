-- Who got in touch, newest first: of an exception ($1), with a driver ($2), since ($3), at most so many ($4).
PREPARE contact_list (bigint, text, timestamptz, int) AS
SELECT c.id, doorstep.json_instant(c.at) AS at, c.exception_id AS exception, b.code AS brand, c.driver, c.via, c.by,
       c.before_message, c.repeat_of IS NOT NULL AS repeat, nullif(left(c.text, 400), '') AS text
  FROM doorstep.contact c JOIN doorstep.brand b ON b.id = c.brand_id
 WHERE c.taken_back_at IS NULL AND ($1 IS NULL OR c.exception_id = $1) AND ($2 IS NULL OR c.driver = $2) AND ($3 IS NULL OR c.at >= $3)
 ORDER BY c.at DESC, c.id DESC LIMIT least(greatest($4, 1), 10000);
