#include "db/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/die.h"
#include "base/wipe.h"
#include "db/backoff.h"
#include "db/db_in.h"
#include "db/greeting.h"
#include "db/migrate.h"
#include "db/trace_in.h"
#include "db/pooler.h"
#include "db/relay.h"
#include "db/wire.h"

#define WINDOW 8               /* calls under way at once: the rest can still be forgotten */
#define HELLO_FRESH_MS 2000    /* what the greeting said answers a REQ_HELLO for so long */
#define SUSPEND_MS 500
#define STANDBY_MS 2000        /* how often a standby is read again: it has no notifications */
#define PULSE_MS 8000          /* a connection that was silent for so long is asked whether it is still there, when somebody types */

struct db {
    struct loop *loop;
    struct db_events ev;
    char *dsn, *application;
    bool listen, reconnect, worker, writes;
    enum db_link state;
    bool was_live;
    struct err end;            /* set while a callback runs: drop the connection for this afterwards */
    struct wire wire;
    struct call *waiting, **waiting_end;
    struct call *ready, **ready_end;  /* answered without the server; told from the loop */
    struct loop_timer retry, deliver, look;
    struct backoff backoff;
    struct pooler pooler;
    unsigned rotate, passed;   /* the host of the DSN to begin with; how many gave no sign, one after the other */
    int deadline_ms;
    struct tracer tracer;
    struct hello hello;
    int64_t hello_at;          /* monotonic ms; 0: none yet */
    int32_t timeline;          /* the highest seen */
    struct db_relay *relay;    /* NULL: none is looked for */
    bool relayed;              /* it listens for us: the session does not */
};

static void connect_now(void *ctx);

/* --- replies ------------------------------------------------------------------ */

static void tell(struct db *db, struct call *c)
{
    if (c->failed && db->hello.read_only && strcmp(c->reply.error.sqlstate, "25006") == 0)
        greeting_read_only(&db->hello, &c->reply.error);
    call_complete(c);
    trace_tell(&db->tracer, c);
    db->ev.reply(db->ev.ctx, &c->reply);
    if (!c->kept)
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
    int64_t wait = db->reconnect ? backoff_next(&db->backoff, &reason, db->wire.timed_out, !db->was_live) : -1;
    int64_t retry_at = wait < 0 ? -1 : loop_now() + wait;
    if (wait >= 0)
        loop_arm(db->loop, &db->retry, retry_at);
    db->passed = 0;
    if (db->wire.move_on)
        db->rotate += db->wire.host + 1;
    struct call *waiting = db->waiting;
    db->waiting = NULL;
    db->waiting_end = &db->waiting;
    loop_disarm(db->loop, &db->look);
    db_relay_greet(db->relay); /* whoever connects again listens by itself first */
    pooler_end(&db->pooler);
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
    return !db->hello.read_only || !call_writes(c) || greeting_read_only(&db->hello, e);
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
static void greet(void *ctx)
{
    struct db *db = ctx;
    db->relayed = false;
    db_relay_greet(db->relay);
    if (db->listen)
        wire_send(&db->wire, call_command("LISTEN doorstep"));
    /* the server gives up first, so that a slow statement does not cost the connection */
    wire_send(&db->wire, call_greeting(db->listen, db->deadline_ms - db->deadline_ms / 10));
}

static void greeted(struct db *db, struct call *c)
{
    struct err e = c->reply.error;
    const char *user = PQuser(db->wire.conn), *host = PQhost(db->wire.conn);
    bool fine = !c->failed;
    if (!fine)
        greeting_explain(&e, user ? user : "this role");
    if (fine) {
        struct hello *h = &c->reply.hello;
        if (!h->server[0])
            pg_clean(h->server, sizeof h->server, host ? host : "", host ? strlen(host) : 0);
        fine = greeting_fits(h, db->worker, &e) && greeting_timeline(h, &db->timeline, &e) &&
               (!db->writes || greeting_writable(h, &e));
        db->wire.move_on = !fine;
        db->hello = *h;
        db->hello_at = loop_now();
    }
    call_destroy(c);
    if (!fine) {
        db->end = e;
        return;
    }
    backoff_reset(&db->backoff);
    db->was_live = true;
    if (db->listen && db->hello.standby)
        loop_arm(db->loop, &db->look, loop_now() + STANDBY_MS);
    if (db->listen && PQbackendPID(db->wire.conn) != db->hello.backend_pid)
        pooler_begin(&db->pooler, db->dsn, db->application);
    set_link(db, DB_LIVE, NULL, -1);
    pump(db);
    if (!db->relayed && !db->hello.standby)
        db_relay_offer(db->relay);
}

/* Is it still the session it was? Behind a pooler the next transaction may be another's; a standby may have been promoted. */
static void take_pulse(struct db *db, struct call *c)
{
    const struct hello *h = &c->reply.hello;
    if (!c->failed && (h->backend_pid != db->hello.backend_pid || db->pooler.found))
        pooler_found(db->wire.conn, &db->end);
    else if (!c->failed && h->standby != db->hello.standby)
        greet(db);
    else if (!c->failed)
        pooler_same(&db->pooler, db->wire.under_way > 0);
    call_destroy(c);
}

static void on_pooler_asks(void *ctx)
{
    struct db *db = ctx;
    if (db->state == DB_LIVE)
        wire_send(&db->wire, call_pulse());
}

void db_look(struct db *db)
{
    if (db->state != DB_LIVE)
        return;
    db_relay_look(db->relay);
    if (db->wire.under_way == 0 && loop_now() - db->wire.heard_at >= PULSE_MS)
        wire_send(&db->wire, call_pulse());
}

static void on_done(void *ctx, struct call *c)
{
    struct db *db = ctx;
    if (db->writes && c->failed && strcmp(c->reply.error.sqlstate, "25006") == 0)
        db->end = c->reply.error;      /* made read-only under us: it is told so, and the server left */
    if (c->greeting)
        greeted(db, c);
    else if (c->pulse)
        take_pulse(db, c);
    else if (db_relay_answered(db->relay, c))
        call_destroy(c);
    else if (call_again(c))
        wire_send(&db->wire, c);
    else if (c->quiet)
        call_destroy(c);
    else
        tell(db, c);
    pump(db);
    if (db->end.code != ERR_NONE)
        loop_arm(db->loop, &db->deliver, 0);
}

/* A host that gives no sign while there are others: the next one, before anybody is told. */
static bool passed_over(struct db *db)
{
    if (!db->wire.timed_out || db->wire.came_up || ++db->passed >= db->wire.hosts)
        return false;
    db->rotate += db->wire.host + 1;
    loop_arm(db->loop, &db->retry, 0);
    return true;
}

static void on_lost(void *ctx, const struct err *why, struct call *under_way)
{
    if (passed_over(ctx))
        return;
    go_down(ctx, why, under_way);
}

static void on_notify(void *ctx, const char *channel, const char *payload)
{
    (void)channel;
    struct db *db = ctx;
    struct hint h;
    if (!hint_parse(payload, &h))
        h = (struct hint){ .kind = HINT_MANY };  /* something changed: read again */
    if (h.kind == HINT_SCHEMA)
        greeting_version(h.version, &db->end);
    if (db->end.code != ERR_NONE)
        loop_arm(db->loop, &db->deliver, 0);
    else if (h.kind == HINT_RIGHTS && db->state == DB_LIVE && (strcmp(h.role, "*") == 0 || strcmp(h.role, db->hello.role) == 0))
        greet(db);             /* who am I now, and which channels are mine: then everything is read again */
    if (db->ev.hint)
        db->ev.hint(db->ev.ctx, &h);
    hint_finish(&h);
}

/* --- a relay, in place of LISTEN (db/relay.h) ---------------------------------- */

static void relay_hint(void *ctx, const char *payload)
{
    struct db *db = ctx;
    if (db->state == DB_LIVE)
        on_notify(db, "doorstep", payload);
}

static void relay_took(void *ctx)
{
    struct db *db = ctx;
    db->relayed = true;
    wire_send(&db->wire, call_command("UNLISTEN *"));
    wire_send(&db->wire, call_greeting(false, db->deadline_ms - db->deadline_ms / 10));
}

static void relay_lost(void *ctx)
{
    struct db *db = ctx;
    if (db->state == DB_LIVE)
        greet(db);
}

static void on_look(void *ctx)
{
    struct db *db = ctx;
    if (db->state != DB_LIVE)
        return;
    loop_arm(db->loop, &db->look, loop_now() + STANDBY_MS);
    wire_send(&db->wire, call_pulse());
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
    db->writes = o->writes;
    db->deadline_ms = o->deadline_ms > 0 ? o->deadline_ms : 10000;
    db->waiting_end = &db->waiting;
    db->ready_end = &db->ready;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    backoff_init(&db->backoff, (uint64_t)t.tv_nsec << 20 ^ (uint64_t)t.tv_sec ^ (uint64_t)(uintptr_t)db);
    loop_timer_init(&db->retry, connect_now, db);
    loop_timer_init(&db->deliver, on_deliver, db);
    loop_timer_init(&db->look, on_look, db);
    pooler_init(&db->pooler, loop, on_pooler_asks, db);
    wire_init(&db->wire, loop, db->deadline_ms, &(struct wire_events){ db, greet, on_done, on_notify, on_lost });
    db->wire.backoff = &db->backoff;
    db->state = DB_CONNECTING;
    if (o->listen && o->relay && o->relay[0])
        db->relay = db_relay_create(loop, &db->wire, o->relay, (uint64_t)backoff_chance(&db->backoff, INT32_MAX),
                                    &(struct db_relay_events){ db, relay_hint, relay_took, relay_lost });
    loop_arm(loop, &db->retry, 0);
    return db;
}

void db_destroy(struct db *db)
{
    if (!db)
        return;
    loop_disarm(db->loop, &db->retry);
    loop_disarm(db->loop, &db->deliver);
    loop_disarm(db->loop, &db->look);
    pooler_end(&db->pooler);
    db_relay_destroy(db->relay);
    wire_finish(&db->wire);
    call_destroy_list(db->waiting);
    call_destroy_list(db->ready);
    wipe_free(db->dsn);
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
    struct call *c = call_create(r, wall, loop_zone(wall));
    db_relay_look(db->relay);
    trace_begin(&db->tracer, c);
    if (!answer_hello(db, c))
        db_submit_call(db, c);
}

void db_trace(struct db *db, const struct scrub *scrub, db_trace_fn *fn, void *ctx)
{
    db->tracer = (struct tracer){ scrub, fn, ctx };
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
    backoff_reset(&db->backoff);
    loop_arm(db->loop, &db->retry, 0);
}

void db_sight(struct db *db, const struct hint_sight *s) { db_relay_sight(db->relay, s); }

void db_settle(struct db *db)
{
    db->reconnect = db->writes = true;
    db_retry_now(db);
}

/* A stopped process does not read, and a listener that does not read holds up the
 * notification queue of the whole server. */
void db_suspend(struct db *db)
{
    db_relay_leave(db->relay); /* nor does it read from a relay's socket */
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
