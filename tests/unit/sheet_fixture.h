/* Tables as named queries answer them. */
#ifndef TESTS_UNIT_SHEET_FIXTURE_H
#define TESTS_UNIT_SHEET_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "core/table.h"

/* "provider|code|count:n" and rows written the same way; an empty cell is NULL. */
static inline struct table table_fixture(const char *columns, const char *const *rows, size_t count)
{
    struct table t = {.rows = count, .columns = 1};
    for (const char *s = columns; *s; s++)
        t.columns += *s == '|';
    t.names = xcalloc(t.columns, sizeof *t.names);
    t.types = xcalloc(t.columns, 1);
    t.cells = xcalloc(t.rows * t.columns, sizeof *t.cells);
    for (size_t row = 0; row <= count; row++) {
        const char *at = row ? rows[row - 1] : columns;
        for (size_t i = 0; i < t.columns; i++) {
            size_t n = strcspn(at, "|");
            if (!row) {
                t.names[i] = xstrndup(at, n);
                t.types[i] = 't';
            } else if (n) {
                t.cells[(row - 1) * t.columns + i] = xstrndup(at, n);
            }
            at += n + (at[n] == '|');
        }
    }
    return t;
}

#endif
