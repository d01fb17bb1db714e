/* What a named query answered, as text: what commands list and sheets show. */
#ifndef CORE_TABLE_H
#define CORE_TABLE_H

#include <stddef.h>

struct table {
    size_t columns, rows;
    char **names;              /* column names */
    char *types;               /* one a column: 't' text, 'n' number, 'b' boolean, 'j' JSON, 'w' instant */
    char **cells;              /* rows * columns; cleaned UTF-8, NULL for SQL NULL */
};

const char *table_cell(const struct table *t, size_t row, size_t column);   /* "" for NULL and for what is outside */
size_t table_column(const struct table *t, const char *name);               /* t->columns when there is none */
void table_finish(struct table *t);

#endif
