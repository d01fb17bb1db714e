#include "core/table.h"

#include <stdlib.h>
#include <string.h>

const char *table_cell(const struct table *t, size_t row, size_t column)
{
    if (row >= t->rows || column >= t->columns)
        return "";
    const char *cell = t->cells[row * t->columns + column];
    return cell ? cell : "";
}

size_t table_column(const struct table *t, const char *name)
{
    size_t i = 0;
    while (i < t->columns && strcmp(t->names[i], name) != 0)
        i++;
    return i;
}

void table_finish(struct table *t)
{
    for (size_t i = 0; i < t->columns; i++)
        free(t->names[i]);
    for (size_t i = 0; i < t->rows * t->columns; i++)
        free(t->cells[i]);
    free(t->names);
    free(t->types);
    free(t->cells);
    *t = (struct table){ .rows = 0 };
}
