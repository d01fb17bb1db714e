/* A connection that only listens, for `doorstep relay`: asynchronous, on the loop, alive across
 * failures. Its role needs no right but to connect: it reads no table of Doorstep's. */
#ifndef DB_LISTEN_H
#define DB_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "loop/loop.h"

struct db_listen;

struct db_listen_events {
    void *ctx;
    /* Connected, to a primary: nothing is listened to yet. identity and timeline as in core/relay.h. */
    void (*up)(void *ctx, const char *identity, int32_t timeline);
    /* The connection is gone and with it everything listened to; retry_at is the monotonic ms of
     * the next try, -1: will not try again (what never worked and cannot get better by itself). */
    void (*down)(void *ctx, const struct err *why, int64_t retry_at);
    void (*listening)(void *ctx, const char *channel);     /* LISTEN has committed */
    void (*notify)(void *ctx, const char *channel, const char *payload);
};

struct db_listen *db_listen_create(struct loop *loop, const char *dsn, const char *application, const struct db_listen_events *ev);
void db_listen_destroy(struct db_listen *l);      /* NULL is fine */

/* LISTEN, or UNLISTEN; in the order asked. Only while up; the name must be relay_channel()'s. */
void db_listen_to(struct db_listen *l, const char *channel, bool on);

#endif
