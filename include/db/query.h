/* The embedded queries: src/db/query/NAME.sql, each one PREPARE statement that psql runs as
 * it is. A query that depends on a filter marks the pieces that are exchanged:
 *     WHERE / *{where* / e.state <> 'resolved' / *}* /      (without the blanks in the marks)
 */
#ifndef DB_QUERY_H
#define DB_QUERY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct query_piece {
    const char *name;          /* as marked: "where" */
    const char *sql;           /* what stands there instead */
};

/* Appends the statement inside PREPARE NAME (…) AS …; with the pieces put in. A name that
 * is not embedded is a bug: die(). */
void query_compose(struct buf *out, const char *name, const struct query_piece *pieces, size_t count);

/* The whole file: PREPARE name … */
const char *query_text(const char *name);

/* A parameter of type bigint[]: "{1,2}". The caller frees it. */
char *query_ids(const int64_t *ids, size_t count);

#endif
