/* Binary results into structs, column by column, by tables.
 * For src/db alone, like db/pg.h. */
#ifndef DB_DECODE_H
#define DB_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "db/pg.h"

enum column_type {
    COLUMN_INT,        /* int2, int4, int8 -> int32_t or int64_t, by the member's size */
    COLUMN_BOOL,
    COLUMN_TEXT,       /* text, names, enums -> cleaned, cut to the member's size */
    COLUMN_INSTANT,    /* timestamptz -> ms since the epoch, WHEN_NONE for NULL */
    COLUMN_LINES,      /* text -> char *, heap, cleaned, newlines kept; NULL for NULL */
    COLUMN_KIND, COLUMN_SEVERITY, COLUMN_STATE, COLUMN_STATUS,  /* enum types by their names */
    COLUMN_CHANNEL, COLUMN_OUTREACH, COLUMN_GUARDRAIL, COLUMN_EFFECT,
    COLUMN_CASE_TYPE, COLUMN_CASE_STATE, COLUMN_CASE_PRIORITY
};

struct column {
    const char *sql;           /* what is selected */
    enum column_type type;
    size_t offset, size;       /* of the member */
};
#define COLUMN(sql, type, of, member) \
    { sql, COLUMN_##type, offsetof(of, member), sizeof((of *)0)->member }

/* Column i of the result goes to columns[i]. NULL leaves 0, "" or WHEN_NONE; an integer
 * that does not fit its member is clamped, an unknown enum name is 0. */
void decode_row(const PGresult *r, int row, const struct column *columns, size_t count, void *out);
/* Results may be from elsewhere: another number of columns than are read is noted in *odd, not a bug. NULL: it is one again. */
void decode_forgive(bool *odd);

/* "a, b, c": the columns' expressions, for a SELECT. */
void decode_select(struct buf *out, const struct column *columns, size_t count);

int64_t decode_int(const PGresult *r, int row, int column);   /* 0 for NULL */
int64_t decode_instant(const PGresult *r, int row, int column);   /* ms since the epoch; WHEN_NONE for NULL */
char *decode_text(const PGresult *r, int row, int column);    /* heap, cleaned; "" for NULL */
char *decode_lines(const PGresult *r, int row, int column);   /* the same, newlines kept; NULL for NULL */

#endif
