/* One connection in pipeline mode on the loop: calls go out at once, results come back in
 * their order. For src/db alone. */
#ifndef DB_WIRE_H
#define DB_WIRE_H

#include "db/backoff.h"
#include "db/call.h"
#include "db/statements.h"
#include "loop/loop.h"

struct wire_events {
    void *ctx;
    void (*up)(void *ctx);
    void (*done)(void *ctx, struct call *c);             /* takes the call over */
    void (*notify)(void *ctx, const char *channel, const char *payload);
    /* The connection failed or a deadline passed: it is closed already, and the calls that
     * were under way are given over as a list, oldest first. */
    void (*lost)(void *ctx, const struct err *why, struct call *under_way);
};

struct wire {
    struct loop *loop;
    struct wire_events ev;
    PGconn *conn;
    int fd;                    /* of the connection, as the loop waits for it; -1: it does not */
    bool up, reading, broken;
    bool timed_out;            /* the last loss was a server that gave no sign */
    bool move_on;              /* the next try is better begun with another host */
    bool came_up;              /* the last connection was up */
    unsigned host, hosts;      /* the last connection's, in the order it was given, of how many */
    const struct backoff *backoff; /* says how long a host may be silent; NULL: nobody asks for more than once */
    int deadline_ms, patience_ms;
    int64_t begun_at, heard_at;    /* monotonic ms: of connecting; when anything came last */
    struct statements statements;
    struct call *first, *last; /* sent, results to come */
    int under_way;
    struct loop_timer deadline;
};

void wire_init(struct wire *w, struct loop *loop, int deadline_ms, const struct wire_events *ev);
void wire_finish(struct wire *w);

/* Starts connecting; what becomes of it is an event. False: the DSN is wrong. */
bool wire_connect(struct wire *w, const char *dsn, const char *application, unsigned rotate, struct err *e);
/* Closes without an event; returns the calls under way. */
struct call *wire_close(struct wire *w);

/* Sends the call's statements from call.at on. A failure is reported through lost(), later.
 * What a take function adds to its call goes out once the rest is answered. */
void wire_send(struct wire *w, struct call *c);

/* Reads and writes outside the loop until nothing is under way, at most ms. */
void wire_drain(struct wire *w, int ms);

#endif
