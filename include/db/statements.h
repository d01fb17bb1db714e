/* Prepared statements of one connection: by their text, the least recently used of the
 * composed ones given back. For src/db alone. */
#ifndef DB_STATEMENTS_H
#define DB_STATEMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"

#define STATEMENTS_MAX 48

struct prepared {
    char *sql;                 /* owned */
    char name[32];
    uint64_t used;
    bool fixed;                /* an embedded query's: kept, for there are no more of them than files */
};

struct statements {
    VEC(struct prepared) known;
    unsigned made;             /* names never repeat within a connection */
    uint64_t clock;
};

/* The name under which sql (or the embedded query of that name: fixed) is prepared; *prepare says that it still has to be, and
 * *evicted (the caller's from then on; sql NULL: none) which one is to be deallocated first. */
const char *statements_find(struct statements *s, const char *sql, bool fixed, bool *prepare, struct prepared *evicted);
/* What was evicted is still there: the server did not come to deallocating it. Moves it. */
void statements_restore(struct statements *s, struct prepared *evicted);
void statements_drop(struct statements *s, const char *name);   /* preparing it failed, or the server lost it */
void statements_clear(struct statements *s);                    /* a new connection */

#endif
