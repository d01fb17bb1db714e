#include "db/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/die.h"
#include "db/db_in.h"
#include "db/migrate.h"
#include "db/wire.h"

#define WINDOW 8               /* calls under way at once: the rest can still be forgotten */
#define BACKOFF_MS 250
#define BACKOFF_MOST_MS 10000
#define HELLO_FRESH_MS 2000    /* what the greeting said answers a REQ_HELLO for so long */
#define SUSPEND_MS 500
#define STANDBY_MS 2000        /* how often a standby is read again: it has no notifications */

struct db {
    struct loop *loop;
    struct db_events ev;
    char *dsn, *application;
    bool listen, reconnect, worker;
    enum db_link state;
    bool was_live;
    struct err end;            /* set while a callback runs: drop the connection for this afterwards */
    struct wire wire;
    struct call *waiting, **waiting_end;
    struct call *ready, **ready_end;  /* answered without the server; told from the loop */
    struct loop_timer retry, deliver, look;
    unsigned attempt, rotate;
    uint64_t random;
    int deadline_ms;
    struct hello hello;
    int64_t hello_at;          /* monotonic ms; 0: none yet */
    int32_t timeline;          /* the highest seen */
};

static void connect_now(void *ctx);

/* --- replies ------------------------------------------------------------------ */

static bool refuse_write(const struct db *db, struct err *e)
{
    if (db->hello.standby)
        return err_set(e, ERR_REFUSED, NULL, "%s is a standby, read-only: nothing was changed; connect to the primary to work", db->hello.server);
    return err_set(e, ERR_REFUSED, NULL, "this session is read-only, nothing was changed: leave out --read-only (DOORSTEP_READ_ONLY), "
                   "or ask who set default_transaction_read_only for %s", db->hello.role);
}

static void tell(struct db *db, struct call *c)
{
    if (c->failed && db->hello.read_only && strcmp(c->reply.error.sqlstate, "25006") == 0)
        refuse_write(db, &c->reply.error);
    call_complete(c);
    db->ev.reply(db->ev.ctx, &c->reply);
    call_destroy(c);
}

static void deliver_ready(void *ctx)
{
    struct db *db = ctx;
    struct call *list = db->ready, *next;
    db->ready = NULL;
    db->ready_end = &db->ready;
    for (; list; list = next) {
        next = list->next;
        tell(db, list);
    }
}

/* A submitter is never called back before db_submit has returned. */
static void answer_soon(struct db *db, struct call *c)
{
    c->next = NULL;
    *db->ready_end = c;
    db->ready_end = &c->next;
    loop_arm(db->loop, &db->deliver, 0);
}

static void fail_call(struct db *db, struct call *c, const struct err *why, bool sent)
{
    if (c->greeting || c->quiet) {
        call_destroy(c);
        return;
    }
    c->failed = true;
    c->reply.error = *why;
    c->reply.in_doubt = sent && call_writes(c);
    answer_soon(db, c);
}

static void fail_list(struct db *db, struct call *list, const struct err *why, bool sent)
{
    for (struct call *next; list; list = next) {
        next = list->next;
        fail_call(db, list, why, sent);
    }
}

/* --- the link ------------------------------------------------------------------- */

static uint64_t next_random(struct db *db)
{
    db->random ^= db->random << 13;  /* xorshift: spreads reconnects, nothing secret */
    db->random ^= db->random >> 7;
    db->random ^= db->random << 17;
    return db->random;
}

static int64_t backoff(struct db *db)
{
    int64_t ms = BACKOFF_MS;
    for (unsigned i = 0; i < db->attempt && ms < BACKOFF_MOST_MS; i++)
        ms *= 2;
    if (ms > BACKOFF_MOST_MS)
        ms = BACKOFF_MOST_MS;
    db->attempt++;
    return ms / 2 + (int64_t)(next_random(db) % (uint64_t)ms);
}

static void set_link(struct db *db, enum db_link state, const struct err *why, int64_t retry_at)
{
    db->state = state;
    if (db->ev.link)
        db->ev.link(db->ev.ctx, state, why, retry_at);
}

/* Everything outstanding is answered; what cannot get better by itself is not tried again. */
static void go_down(struct db *db, const struct err *why, struct call *under_way)
{
    struct err reason = *why;
    int64_t retry_at = -1;
    if (db->reconnect && err_retryable(reason.code)) {
        retry_at = loop_now() + backoff(db);
        loop_arm(db->loop, &db->retry, retry_at);
    }
    struct call *waiting = db->waiting;
    db->waiting = NULL;
    db->waiting_end = &db->waiting;
    loop_disarm(db->loop, &db->look);
    fail_list(db, under_way, &reason, true);
    fail_list(db, waiting, &reason, false);
    set_link(db, DB_DOWN, &reason, retry_at);
}

static void drop(struct db *db, const struct err *why)
{
    go_down(db, why, wire_close(&db->wire));
}

static void connect_now(void *ctx)
{
    struct db *db = ctx;
    struct err e;
    set_link(db, DB_CONNECTING, NULL, -1);
    if (!wire_connect(&db->wire, db->dsn, db->application, db->rotate, &e))
        drop(db, &e);
}

/* The server would refuse it, too, in its own words. */
static bool may_write(const struct db *db, const struct call *c, struct err *e)
{
    return !db->hello.read_only || !call_writes(c) || refuse_write(db, e);
}

static void pump(struct db *db)
{
    while (db->state == DB_LIVE && db->waiting && db->wire.under_way < WINDOW) {
        struct call *c = db->waiting;
        db->waiting = c->next;
        if (!db->waiting)
            db->waiting_end = &db->waiting;
        struct err e;
        if (may_write(db, c, &e))
            wire_send(&db->wire, c);
        else
            fail_call(db, c, &e, false);
    }
}

/* Channel "doorstep" first, in a transaction of its own: a channel of ours that changes its name
 * after hello() told it is said there. */
static void greet(struct db *db)
{
    if (db->listen)
        wire_send(&db->wire, call_command("LISTEN doorstep"));
    /* the server gives up first, so that a slow statement does not cost the connection */
    wire_send(&db->wire, call_greeting(db->listen, db->deadline_ms - db->deadline_ms / 10));
}

static void on_up(void *ctx)
{
    greet(ctx);
}

static bool check_level(const struct db *db, const struct hello *h, struct err *e)
{
    if (h->level != ROLE_NONE || (db->worker && h->worker))
        return true;
    if (h->worker)
        return err_set(e, ERR_REFUSED, NULL, "%s is a worker's role: use your own, or run `doorstep worker`", h->role);
    return err_set(e, ERR_REFUSED, NULL, "%s may not use Doorstep: ask an administrator to run `doorstep user add %s`", h->role, h->role);
}

static bool check_version(const struct hello *h, struct err *e)
{
    int wanted = db_schema_wanted();
    if (h->schema_version == wanted)
        return true;
    return err_set(e, ERR_CONFIG, NULL, "the database has schema version %d and this program needs %d: %s", h->schema_version, wanted,
                   h->schema_version < wanted ? "run `doorstep migrate`" : "upgrade this program");
}

/* A standby that was promoted moves to a higher timeline; the old primary, come back, does not. */
static bool check_timeline(struct db *db, const struct hello *h, struct err *e)
{
    if (h->timeline < db->timeline)
        return err_set(e, ERR_AGAIN, NULL, "this server has been left behind by a failover (timeline %d, seen %d): trying again for the new one",
                       (int)h->timeline, (int)db->timeline);
    db->timeline = h->timeline;
    return true;
}

/* The hello query failed: most likely there is no schema, or no right to it. */
static void explain_greeting(struct err *e, const char *user)
{
    struct err was = *e;
    if (strcmp(was.sqlstate, "42501") == 0)
        err_set(e, ERR_REFUSED, NULL, "%s may not use Doorstep: ask an administrator to run `doorstep user add %s`", user, user);
    else if (was.code == ERR_CONFIG)
        err_set(e, ERR_CONFIG, NULL, "this database has no Doorstep schema, or an older one: run `doorstep migrate`");
    memcpy(e->sqlstate, was.sqlstate, sizeof was.sqlstate);
}

static void greeted(struct db *db, struct call *c)
{
    struct err e = c->reply.error;
    const char *user = PQuser(db->wire.conn), *host = PQhost(db->wire.conn);
    bool fine = !c->failed;
    if (!fine)
        explain_greeting(&e, user ? user : "this role");
    if (fine) {
        struct hello *h = &c->reply.hello;
        if (!h->server[0])
            pg_clean(h->server, sizeof h->server, host ? host : "", host ? strlen(host) : 0);
        fine = check_version(h, &e) && check_level(db, h, &e) && check_timeline(db, h, &e);
        db->hello = *h;
        db->hello_at = loop_now();
    }
    call_destroy(c);
    if (!fine) {
        db->end = e;
        return;
    }
    db->attempt = 0;
    db->was_live = true;
    if (db->listen && db->hello.standby)
        loop_arm(db->loop, &db->look, loop_now() + STANDBY_MS);
    set_link(db, DB_LIVE, NULL, -1);
    pump(db);
}

static void on_done(void *ctx, struct call *c)
{
    struct db *db = ctx;
    if (c->greeting)
        greeted(db, c);
    else if (c->quiet)
        call_destroy(c);
    else
        tell(db, c);
    pump(db);
    if (db->end.code != ERR_NONE)
        loop_arm(db->loop, &db->deliver, 0);
}

static void on_lost(void *ctx, const struct err *why, struct call *under_way)
{
    struct db *db = ctx;
    if (db->wire.timed_out)
        db->rotate++;          /* a host that swallows packets: begin with the next one */
    go_down(db, why, under_way);
}

static void on_notify(void *ctx, const char *payload)
{
    struct db *db = ctx;
    struct hint h;
    if (!hint_parse(payload, &h))
        h = (struct hint){ .kind = HINT_MANY };  /* something changed: read again */
    if (h.kind == HINT_SCHEMA && h.version != db_schema_wanted())
        err_set(&db->end, ERR_CONFIG, NULL, "the database moved to schema version %d and this program needs %d: %s", h.version,
                db_schema_wanted(), h.version < db_schema_wanted() ? "run `doorstep migrate`" : "upgrade this program");
    if (db->end.code != ERR_NONE)
        loop_arm(db->loop, &db->deliver, 0);
    else if (h.kind == HINT_RIGHTS && db->state == DB_LIVE && (strcmp(h.role, "*") == 0 || strcmp(h.role, db->hello.role) == 0))
        greet(db);             /* who am I now, and which channels are mine: then everything is read again */
    if (db->ev.hint)
        db->ev.hint(db->ev.ctx, &h);
    hint_finish(&h);
}

static void on_look(void *ctx)
{
    struct db *db = ctx;
    if (db->state != DB_LIVE)
        return;
    loop_arm(db->loop, &db->look, loop_now() + STANDBY_MS);
    if (db->ev.hint) {
        db->ev.hint(db->ev.ctx, &(struct hint){ .kind = HINT_MANY });
        db->ev.hint(db->ev.ctx, &(struct hint){ .kind = HINT_CONTROL });
    }
}

static void on_deliver(void *ctx)
{
    struct db *db = ctx;
    if (db->end.code != ERR_NONE) {
        struct err e = db->end;
        db->end = (struct err){ .code = ERR_NONE };
        drop(db, &e);
    }
    deliver_ready(db);
}

/* --- the contract ------------------------------------------------------------ */

struct db *db_create(struct loop *loop, const struct db_options *o, const struct db_events *ev)
{
    struct db *db = xcalloc(1, sizeof *db);
    db->loop = loop;
    db->ev = *ev;
    db->dsn = xstrdup(o->dsn);
    db->application = xstrdup(o->application);
    db->listen = o->listen;
    db->reconnect = o->reconnect;
    db->worker = o->worker;
    db->deadline_ms = o->deadline_ms > 0 ? o->deadline_ms : 10000;
    db->waiting_end = &db->waiting;
    db->ready_end = &db->ready;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    db->random = (uint64_t)t.tv_nsec << 20 ^ (uint64_t)t.tv_sec ^ (uint64_t)(uintptr_t)db ^ 1;
    loop_timer_init(&db->retry, connect_now, db);
    loop_timer_init(&db->deliver, on_deliver, db);
    loop_timer_init(&db->look, on_look, db);
    wire_init(&db->wire, loop, db->deadline_ms, &(struct wire_events){ db, on_up, on_done, on_notify, on_lost });
    db->state = DB_CONNECTING;
    loop_arm(loop, &db->retry, 0);
    return db;
}

static void destroy_list(struct call *list)
{
    for (struct call *next; list; list = next) {
        next = list->next;
        call_destroy(list);
    }
}

void db_destroy(struct db *db)
{
    if (!db)
        return;
    loop_disarm(db->loop, &db->retry);
    loop_disarm(db->loop, &db->deliver);
    loop_disarm(db->loop, &db->look);
    wire_finish(&db->wire);
    destroy_list(db->waiting);
    destroy_list(db->ready);
    free(db->dsn);
    free(db->application);
    free(db);
}

void db_submit_call(struct db *db, struct call *c)
{
    struct err down;
    if (c->failed) {
        answer_soon(db, c);    /* a filter that does not parse */
    } else if (db->state == DB_LIVE || (db->state == DB_CONNECTING && !db->was_live)) {
        c->next = NULL;
        *db->waiting_end = c;
        db->waiting_end = &c->next;
        pump(db);
    } else {
        err_set(&down, ERR_UNREACHABLE, NULL, "not connected to PostgreSQL: nothing was sent");
        fail_call(db, c, &down, false);
    }
}

/* Right after connecting everybody asks who they are, which the greeting has just said. */
static bool answer_hello(struct db *db, struct call *c)
{
    int64_t age = loop_now() - db->hello_at;
    if (c->request.kind != REQ_HELLO || db->state != DB_LIVE || db->hello_at == 0 || age > HELLO_FRESH_MS)
        return false;
    c->reply.hello = db->hello;
    c->reply.hello.now += age;
    answer_soon(db, c);
    return true;
}

void db_submit(struct db *db, struct request *r)
{
    int64_t wall = loop_wall();
    struct call *c = call_create(r, wall, loop_utc_offset(wall));
    if (!answer_hello(db, c))
        db_submit_call(db, c);
}

void db_forget(struct db *db, uint32_t number)
{
    for (struct call **at = &db->waiting; *at; at = &(*at)->next) {
        struct call *c = *at;
        if (c->request.number != number)
            continue;
        *at = c->next;
        if (!*at)
            db->waiting_end = at;
        call_destroy(c);
        return;
    }
}

void db_retry_now(struct db *db)
{
    if (db->state != DB_DOWN)
        return;
    db->attempt = 0;
    loop_arm(db->loop, &db->retry, 0);
}

/* A stopped process does not read, and a listener that does not read holds up the
 * notification queue of the whole server. */
void db_suspend(struct db *db)
{
    if (db->state != DB_LIVE || !db->listen)
        return;
    wire_send(&db->wire, call_command("UNLISTEN *"));
    wire_drain(&db->wire, SUSPEND_MS);
}

void db_resume(struct db *db)
{
    if (db->state == DB_LIVE)
        greet(db);
    else
        db_retry_now(db);
}
