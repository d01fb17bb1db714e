/* Behind a pooler that hands each transaction any server connection a session hears nothing, although LISTEN says that all is
 * well. It shows when a second connection holds a transaction: then ours is given another. For src/db alone. */
#ifndef DB_POOLER_H
#define DB_POOLER_H

#include "db/wire.h"

struct pooler {
    struct wire wire;
    void (*held)(void *ctx);
    void *ctx;
};

/* held: the second connection is in a transaction; ask now who one is. */
void pooler_init(struct pooler *p, struct loop *loop, void (*held)(void *ctx), void *ctx);
void pooler_begin(struct pooler *p, const char *dsn, const char *application);   /* what goes wrong with it is nobody's loss */
void pooler_end(struct pooler *p);

/* The error it is when one is not who one was. */
void pooler_found(const PGconn *c, struct err *e);

#endif
