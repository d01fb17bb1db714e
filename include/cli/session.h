/* What commands that talk to the database share: filters and targets from the command line. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include <stdint.h>

#include "cli/cli.h"
#include "cli/print.h"
#include "db/db.h"

/* Does the environment ask for read-only sessions? */
bool session_read_only(void);

/* The operands from `first` on as one filter text, parsed once to refuse what is wrong
 * before a connection is made. Heap; NULL: e says why. */
char *session_filter(const struct cli *c, int first, struct err *e);

/* An exception's number, "48121" or "#48121". */
bool session_id(const char *text, int64_t *out, struct err *e);

/* The exceptions a command is about: operands ("48121", "#48121", "-" for numbers on
 * standard input) or everything under --filter. *ids is heap. */
bool session_targets(const struct cli *c, struct db_sync *db, int64_t **ids, size_t *count, struct err *e);

/* The same for what runs in the server alone: what is under --filter stays there as a selection, and ids is the one number that
 * stands for it (core/request.h). */
struct chosen {
    int64_t *ids; size_t count;      /* heap; none: nothing is under the filter */
    size_t size;                     /* exceptions */
    bool brief;                      /* too many for an answer each: request.brief */
};
bool session_chosen(const struct cli *c, struct db_sync *db, struct chosen *out, struct err *e);

/* Prints a table on stdout. widths as below. */
bool session_print(const struct table *t, enum format format, const int *widths, struct err *e);

/* Where reports are read: DOORSTEP_REPORT_DSN (a replica), else the command's own database. */
const char *session_report_dsn(const struct cli *c);

/* Runs a named query and prints it. widths: the narrowest table width per column (0: not in
 * tables), NULL for all. Returns the exit status. */
int session_list(struct cli *c, const char *query, const char *const *params, int count, const int *widths,
                 const char *when_empty);

#endif
