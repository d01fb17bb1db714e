/* The connection to PostgreSQL: asynchronous, on the loop, alive across failures.
 *
 * Requests and replies are core's plain data; libpq stays inside src/db. */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "core/hint.h"
#include "core/request.h"
#include "loop/loop.h"

struct db;

enum db_link { DB_CONNECTING, DB_LIVE, DB_DOWN };

struct db_events {
    void *ctx;
    /* LIVE after connect + schema check + LISTEN; DOWN with the reason and the monotonic
     * ms of the next try (or -1: will not try again, e.g. wrong schema version). */
    void (*link)(void *ctx, enum db_link state, const struct err *why, int64_t retry_at);
    void (*hint)(void *ctx, const struct hint *h);           /* borrowed */
    void (*reply)(void *ctx, struct reply *r);               /* may be moved out of; finished after */
};

struct db_options {
    const char *dsn;           /* "" or NULL: libpq's own defaults and PG* variables */
    const char *application;   /* application_name: "doorstep" */
    bool listen;               /* to "doorstep" and the channels of one's brands, and give hints */
    const char *relay;         /* the socket of `doorstep relay`, which hears for us while it is there; NULL or "": listen oneself */
    bool reconnect;            /* try again after a failure, with backoff */
    bool worker;               /* a worker's role will do, which is no person's */
    bool writes;               /* a server that takes no changes is no server: waited for, or passed over for the next host */
    /* Of every request; 0: 10000. The server gives a statement up at nine tenths of it
     * (ERR_AGAIN, the connection stays). When nothing at all comes back the connection is
     * closed and made again: a cancel request would wait for the same dead peer. */
    int deadline_ms;
};

/* From now on every session of this process is read-only: requests that write are refused, unsent. */
void db_read_only(void);

/* Starts connecting. loop and the strings are borrowed (strings copied). */
struct db *db_create(struct loop *loop, const struct db_options *o, const struct db_events *ev);
void db_destroy(struct db *db);           /* closes; NULL is fine */

/* Queues a request (moves it: *r is zeroed); its reply comes through ev.reply, always,
 * also when the connection is or goes down, and never before this has returned. Before the
 * first LIVE requests wait for it; later, while not LIVE, they fail at once, unsent. A filter
 * that does not parse fails with filter_parse's error; in REQ_COUNTS it counts 0. Where the session is
 * read-only what would write is refused, unsent. On a standby, which tells nobody anything, HINT_MANY
 * and HINT_CONTROL come every two seconds. */
void db_submit(struct db *db, struct request *r);
void db_forget(struct db *db, uint32_t number);   /* drop it if it was not sent yet: no reply then */
/* Somebody is at the keyboard: a connection (a relay) that has not said anything for seconds is asked whether it is still there, and
 * is lost 4 s later if not. Nothing is asked while nothing happens: that a peer in the network has vanished the kernel finds within
 * 12 s, and a silence that looks alive to it (a pooler or a tunnel that hangs) the next request does. */
void db_look(struct db *db);
void db_sight(struct db *db, const struct hint_sight *s);   /* what is shown, so that a relay tells of that first; cheap where nothing changed */
void db_retry_now(struct db *db);                 /* when down, also after retry_at -1 */
void db_suspend(struct db *db);   /* UNLISTEN, before the process is stopped (blocks shortly) */
void db_resume(struct db *db);    /* LISTEN again, then link(LIVE) again so that everything is re-read */

/* For commands: connect, ask, wait. One loop inside. */
struct db_sync;
struct db_sync *db_sync_open(const char *dsn, struct err *e);    /* NULL: e says why; checks the schema version */
struct db_sync *db_sync_open_worker(const char *dsn, struct err *e);   /* for programs that run as a worker's role, or a person's */
void db_sync_close(struct db_sync *s);
/* Moves r; fills *out (caller: reply_finish). False when the reply is not ok: e is its error. A write whose connection died
 * before the answer is asked again with its key on whoever takes changes then, for DB_SETTLE_MS: it is done once, and the answer is
 * the true one. When that cannot be had, out->in_doubt, and e says that nobody knows. */
#define DB_SETTLE_MS 60000
bool db_sync_ask(struct db_sync *s, struct request *r, struct reply *out, struct err *e);

/* A named query of src/db/query run with text parameters, as text, for the commands that
 * list things. */
bool db_sync_table(struct db_sync *s, const char *query, const char *const *params, int count,
                   struct table *out, struct err *e);
/* The same of one that changes something; the first parameter is its key. */
bool db_sync_change(struct db_sync *s, const char *query, const char *const *params, int count,
                    struct table *out, struct err *e);

#endif
