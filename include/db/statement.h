/* SQL text cut into statements, as the server's own lexer sees them: quotes, dollar
 * quotes and comments do not end a statement. */
#ifndef DB_STATEMENT_H
#define DB_STATEMENT_H

#include <stddef.h>

/* The line (1-based) on which statement `index` (0-based) begins; the last statement's
 * when there are fewer. Empty statements do not count. */
int statement_line(const char *sql, size_t size, int index);

#endif
