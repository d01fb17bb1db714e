#include "db/pooler.h"

#include <string.h>

#include "db/trouble.h"

enum { DEADLINE_MS = 5000, STEPS = 10, LATER_MS = 200 };

static void ask(void *ctx)
{
    struct pooler *p = ctx;
    p->ask(p->ctx);
}

void pooler_same(struct pooler *p, bool busy)
{
    if (!p->wire.up || p->wire.under_way > 0)
        return;
    if (busy) {
        loop_arm(p->wire.loop, &p->later, loop_now() + LATER_MS);
        return;
    }
    if (p->steps++ == STEPS) {
        pooler_end(p);
        return;
    }
    p->holding = !p->holding;
    wire_send(&p->wire, call_command(p->holding ? "BEGIN" : "ROLLBACK"));
}

static void on_done(void *ctx, struct call *c)
{
    struct pooler *p = ctx;
    const char *state = c->failed ? c->reply.error.sqlstate : "";
    p->found |= strcmp(state, "42P05") == 0 || strcmp(state, "26000") == 0;
    if (!c->failed || p->found)
        p->ask(p->ctx);
    call_destroy(c);
}

static void on_lost(void *ctx, const struct err *why, struct call *under_way)
{
    (void)ctx;
    (void)why;
    for (struct call *next; under_way; under_way = next) {
        next = under_way->next;
        call_destroy(under_way);
    }
}

static void on_notify(void *ctx, const char *channel, const char *payload)
{
    (void)ctx;
    (void)channel;
    (void)payload;
}

void pooler_init(struct pooler *p, struct loop *loop, void (*who)(void *ctx), void *ctx)
{
    p->ask = who;
    p->ctx = ctx;
    loop_timer_init(&p->later, ask, p);
    wire_init(&p->wire, loop, DEADLINE_MS, &(struct wire_events){p, ask, on_done, on_notify, on_lost});
}

void pooler_begin(struct pooler *p, const char *dsn, const char *application)
{
    pooler_end(p);
    p->holding = false;
    p->steps = 0;
    if (!wire_connect(&p->wire, dsn, application, 0, NULL))
        pooler_end(p);
}

void pooler_end(struct pooler *p)
{
    loop_disarm(p->wire.loop, &p->later);
    p->found = false;
    wire_finish(&p->wire);
}

void pooler_found(const PGconn *c, struct err *e)
{
    char place[160];
    pg_place(c, place, sizeof place);
    trouble_set(e, "26000", place, "", "");
}
