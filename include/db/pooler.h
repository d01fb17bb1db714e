/* Behind a pooler that hands each transaction any server connection a session hears nothing, although LISTEN says that all is
 * well. It shows when a second connection holds a transaction: then ours is given another. For src/db alone. */
#ifndef DB_POOLER_H
#define DB_POOLER_H

#include "db/wire.h"

struct pooler {
    struct wire wire;
    void (*ask)(void *ctx);
    void *ctx;
    bool holding;
    bool found;                /* the second one ran into statements that are ours: both were given the same server connection */
    int steps;
    struct loop_timer later;
};

/* ask: find out now who one is, and call pooler_same() when it is who one was. A pooler gives the server connection that was
 * freed last: ours, just after an answer. So the second one begins its transaction then; a few times.
 * busy: something else of ours was under way, which tells nothing (the second one was given another); asked again soon. */
void pooler_init(struct pooler *p, struct loop *loop, void (*ask)(void *ctx), void *ctx);
void pooler_same(struct pooler *p, bool busy);
void pooler_begin(struct pooler *p, const char *dsn, const char *application);   /* what goes wrong with it is nobody's loss */
void pooler_end(struct pooler *p);

/* The error it is when one is not who one was. */
void pooler_found(const PGconn *c, struct err *e);

#endif
