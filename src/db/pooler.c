#include "db/pooler.h"

#include "db/trouble.h"

enum { DEADLINE_MS = 5000, STEPS = 10 };

static void on_up(void *ctx)
{
    struct pooler *p = ctx;
    p->ask(p->ctx);
}

void pooler_same(struct pooler *p)
{
    if (!p->wire.up || p->wire.under_way > 0)
        return;
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
    bool fine = !c->failed;
    call_destroy(c);
    if (fine)
        p->ask(p->ctx);
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

void pooler_init(struct pooler *p, struct loop *loop, void (*ask)(void *ctx), void *ctx)
{
    p->ask = ask;
    p->ctx = ctx;
    wire_init(&p->wire, loop, DEADLINE_MS, &(struct wire_events){p, on_up, on_done, on_notify, on_lost});
}

void pooler_begin(struct pooler *p, const char *dsn, const char *application)
{
    pooler_end(p);
    p->holding = false;
    p->steps = 0;
    if (!wire_connect(&p->wire, dsn, application, 0, NULL))
        pooler_end(p);
}

void pooler_end(struct pooler *p) { wire_finish(&p->wire); }

void pooler_found(const PGconn *c, struct err *e)
{
    char place[160];
    pg_place(c, place, sizeof place);
    trouble_set(e, "26000", place, "", "");
}
