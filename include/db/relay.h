/* The dashboard's side of `doorstep relay` (core/relay.h): hints by a Unix socket in place of
 * LISTEN. For src/db, and doctor.
 *
 * The session always listens by itself first. Then the relay is asked for the same channels; once
 * it has them all for certain, the session stops listening and reads everything once more. When
 * the relay goes away, or its connection does, the session listens again, then reads. So whatever
 * is committed at any moment is either heard on one of the two ways or read afterwards.
 *
 * A relay is believed when the process that listens at its socket is root's, this account's, or
 * that of the owner of the socket's folder: whoever may put a socket there. Anybody else who can
 * write to the folder (as in /tmp) could pretend to be one, and learn channels' names. */
#ifndef DB_RELAY_H
#define DB_RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "loop/loop.h"

struct call;
struct db_relay;
struct hint_sight;
struct wire;

struct db_relay_events {
    void *ctx;
    void (*hint)(void *ctx, const char *payload);
    void (*took)(void *ctx);   /* it listens for us: stop listening, then read */
    void (*lost)(void *ctx);   /* it does not any more: listen, then read */
};

/* wire: the session's connection, borrowed: it is asked over it what it listens to. path: where the relay's socket may be.
 * random: to spread what many dashboards do at once. */
struct db_relay *db_relay_create(struct loop *loop, struct wire *wire, const char *path, uint64_t random, const struct db_relay_events *ev);
void db_relay_destroy(struct db_relay *r);        /* NULL is fine, as for all of these */

void db_relay_greet(struct db_relay *r);          /* the session is about to listen by itself: what the relay has no longer counts */
void db_relay_offer(struct db_relay *r);          /* it listens by itself now: the relay may take that over, in a moment */
bool db_relay_answered(struct db_relay *r, const struct call *c);   /* a call is done: was it one of its questions? */
void db_relay_look(struct db_relay *r);           /* is the relay still there, is there one by now? For whenever there is something to do anyway; cheap */
void db_relay_sight(struct db_relay *r, const struct hint_sight *s);   /* what is shown now; sent when it is another than before */
void db_relay_leave(struct db_relay *r);          /* the process is about to be stopped, or listens no more */

struct relay_probe {
    bool there;                /* something listens at the socket */
    bool works;                /* it answered as a relay does, and is one to believe */
    char why[300];             /* else: the sentence */
};
/* Asks the relay at path, for at most two seconds. */
void db_relay_probe(const char *path, struct relay_probe *out);

#endif
