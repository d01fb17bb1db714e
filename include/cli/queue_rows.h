/* Lines of the queue as the command line prints them: the stable columns of
 * `doorstep queue --format json|csv`. */
#ifndef CLI_QUEUE_ROWS_H
#define CLI_QUEUE_ROWS_H

#include "cli/print.h"
#include "core/exception.h"

/* On stdout; end it with print_end(). */
struct printer *queue_rows_begin(enum format f);
void queue_rows_print(struct printer *p, const struct queue_row *r);

#endif
