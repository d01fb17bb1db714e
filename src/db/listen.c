#include "db/listen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/wipe.h"
#include "core/relay.h"
#include "core/table.h"
#include "db/backoff.h"
#include "db/greeting.h"
#include "db/wire.h"

#define DEADLINE_MS 10000
#define LATER_MS 10000
#define CHECK_MS 30000         /* how often the server is asked whether it is still the one it was */

struct db_listen {
    struct loop *loop;
    struct db_listen_events ev;
    struct wire wire;
    char *dsn, *application;
    struct loop_timer retry, check, end;
    struct table who;          /* relay.sql's answer */
    struct err why;            /* set inside a callback of the wire: to be dropped for this */
    char identity[64];         /* "": not up */
    int32_t timeline;
    bool was_up;
    struct backoff backoff;
    unsigned rotate;
};

static void go_down(struct db_listen *l, const struct err *why)
{
    struct err reason = *why;
    int64_t wait = backoff_next(&l->backoff, why, l->wire.timed_out, !l->was_up), retry_at;
    if (wait < 0 && l->was_up)
        wait = LATER_MS / 2 + backoff_chance(&l->backoff, LATER_MS / 2);   /* whoever mends it does not start relays */
    retry_at = wait < 0 ? -1 : loop_now() + wait;
    if (l->wire.move_on)
        l->rotate += l->wire.host + 1;
    loop_disarm(l->loop, &l->check);
    l->identity[0] = '\0';
    if (wait >= 0)
        loop_arm(l->loop, &l->retry, retry_at);
    l->ev.down(l->ev.ctx, &reason, retry_at);
}

static void connect_now(void *ctx)
{
    struct db_listen *l = ctx;
    struct err e;
    if (!wire_connect(&l->wire, l->dsn, l->application, l->rotate, &e)) {
        call_destroy_list(wire_close(&l->wire));
        go_down(l, &e);
    }
}

/* Not from inside the wire: it goes on with its connection after a callback. */
static void on_end(void *ctx)
{
    struct db_listen *l = ctx;
    call_destroy_list(wire_close(&l->wire));
    go_down(l, &l->why);
}

static void end_for(struct db_listen *l, const struct err *why)
{
    l->why = *why;
    loop_arm(l->loop, &l->end, 0);
}

static void ask_who(void *ctx)
{
    struct db_listen *l = ctx;
    struct call *c = call_table("relay", NULL, 0, &l->who);
    c->greeting = true;
    wire_send(&l->wire, c);
}

static bool take_who(struct db_listen *l, struct err *e)
{
    const struct table *t = &l->who;
    const char *identity = table_cell(t, 0, table_column(t, "identity"));
    int32_t timeline = (int32_t)strtol(table_cell(t, 0, table_column(t, "timeline")), NULL, 10);
    bool standby = table_cell(t, 0, table_column(t, "standby"))[0] == 't';
    if (standby)
        return err_set(e, ERR_AGAIN, NULL, "this server is a standby, which has no notifications: name the primary, too, and give "
                       "target_session_attrs=read-write in the DSN");
    if (!identity[0])
        return err_set(e, ERR_CONFIG, NULL, "the server does not say which one it is: let the relay's role execute pg_control_system()");
    bool again = l->identity[0] && timeline == l->timeline;
    struct hello h = {.timeline = timeline};
    pg_place(l->wire.conn, h.server, sizeof h.server);
    if (!greeting_timeline(&h, &l->timeline, e))
        return false;
    if (again)
        return true;
    snprintf(l->identity, sizeof l->identity, "%s", identity);
    l->was_up = true;
    backoff_reset(&l->backoff);
    l->ev.up(l->ev.ctx, l->identity, l->timeline);
    return true;
}

static void on_up(void *ctx) { ask_who(ctx); }

static void on_done(void *ctx, struct call *c)
{
    struct db_listen *l = ctx;
    struct err e = c->reply.error;
    bool fine = !c->failed;
    if (fine && c->greeting) {
        fine = take_who(l, &e);
        l->wire.move_on = !fine;
        table_finish(&l->who);
        loop_arm(l->loop, &l->check, loop_now() + CHECK_MS);
    } else if (fine && c->request.name) {
        l->ev.listening(l->ev.ctx, c->request.name);
    }
    if (!fine)
        end_for(l, &e);
    call_destroy(c);
}

static void on_notify(void *ctx, const char *channel, const char *payload)
{
    struct db_listen *l = ctx;
    l->ev.notify(l->ev.ctx, channel, payload);
}

static void on_lost(void *ctx, const struct err *why, struct call *under_way)
{
    struct db_listen *l = ctx;
    call_destroy_list(under_way);
    go_down(l, why);
}

struct db_listen *db_listen_create(struct loop *loop, const char *dsn, const char *application, const struct db_listen_events *ev)
{
    struct db_listen *l = xcalloc(1, sizeof *l);
    l->loop = loop;
    l->ev = *ev;
    l->dsn = xstrdup(dsn);
    l->application = xstrdup(application);
    loop_timer_init(&l->retry, connect_now, l);
    loop_timer_init(&l->check, ask_who, l);
    loop_timer_init(&l->end, on_end, l);
    wire_init(&l->wire, loop, DEADLINE_MS, &(struct wire_events){l, on_up, on_done, on_notify, on_lost});
    backoff_init(&l->backoff, (uint64_t)loop_wall() << 20 ^ (uint64_t)getpid());
    l->wire.backoff = &l->backoff;
    loop_arm(loop, &l->retry, 0);
    return l;
}

void db_listen_destroy(struct db_listen *l)
{
    if (!l)
        return;
    loop_disarm(l->loop, &l->retry);
    loop_disarm(l->loop, &l->check);
    loop_disarm(l->loop, &l->end);
    wire_finish(&l->wire);
    table_finish(&l->who);
    wipe_free(l->dsn);
    free(l->application);
    free(l);
}

void db_listen_to(struct db_listen *l, const char *channel, bool on)
{
    char sql[80];
    if (!l->identity[0] || !relay_channel(channel))
        return;
    snprintf(sql, sizeof sql, "%s %s", on ? "LISTEN" : "UNLISTEN", channel);
    struct call *c = call_command(sql);
    c->request.name = on ? xstrdup(channel) : NULL;
    wire_send(&l->wire, c);
}
