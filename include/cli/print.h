/* The one printer of lists: table for people, JSON and CSV for programs. */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/cli.h"

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV };

/* For a command's option table. */
#define CLI_FORMAT_OPTION {"format", "FORMAT", "table (default), json or csv", false}
bool cli_format(const struct cli *c, enum format *out, struct err *e);

enum column_type { COLUMN_TEXT, COLUMN_NUMBER, COLUMN_BOOL, COLUMN_JSON, COLUMN_WHEN };

struct column {
    const char *name;          /* JSON key and CSV head; the table shows it with spaces */
    enum column_type type;
    int least;                 /* table only: narrowest width; 0 leaves the column out of tables */
};

/* Rows are given one by one; tables are laid out at print_end, JSON and CSV stream.
 * Cells are UTF-8 text or NULL: numbers in decimal, booleans "t"/"f", instants RFC 3339
 * UTC, JSON as it is. Text is cleaned here (again); CSV cells that a spreadsheet would
 * run as a formula get a leading quote. JSON is one array, an object a line. */
struct printer;
struct printer *print_begin(FILE *out, enum format f, const struct column *columns, int count);
void print_row(struct printer *p, const char *const *cells);
bool print_end(struct printer *p, struct err *e);    /* ERR_IO when the output failed; frees p */

#endif
