/* Connect, ask, wait: the asynchronous connection with a loop of its own. */
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/log.h"
#include "db/db.h"
#include "db/db_in.h"

struct db_sync {
    struct loop *loop;
    struct db *db;
    enum db_link state;
    bool settles;              /* asks again what was in doubt; a service has its own ways */
    bool gave_up;              /* DB_DOWN, and not tried again */
    struct err why;            /* DB_DOWN */
    bool answered;
    struct reply reply;
};

static void on_link(void *ctx, enum db_link state, const struct err *why, int64_t retry_at)
{
    struct db_sync *s = ctx;
    s->state = state;
    s->gave_up = state == DB_DOWN && retry_at < 0;
    if (why)
        s->why = *why;
}

static void on_reply(void *ctx, struct reply *r)
{
    struct db_sync *s = ctx;
    reply_finish(&s->reply);
    s->reply = *r;
    *r = (struct reply){ .kind = REQ_HELLO };
    s->answered = true;
}

/* Bulk actions of 100,000 rows take their time. */
#define COMMAND_DEADLINE_MS 120000

static struct db_sync *open_as(const char *dsn, bool worker, struct err *e)
{
    struct db_sync *s = xcalloc(1, sizeof *s);
    s->settles = !worker;
    s->loop = loop_create();
    const struct db_options o = { .dsn = dsn, .application = "doorstep", .worker = worker, .deadline_ms = COMMAND_DEADLINE_MS };
    s->db = db_create(s->loop, &o, &(struct db_events){ .ctx = s, .link = on_link, .reply = on_reply });
    while (s->state == DB_CONNECTING)
        loop_step(s->loop, -1);
    if (s->state == DB_LIVE)
        return s;
    if (e)
        *e = s->why;
    db_sync_close(s);
    return NULL;
}

struct db_sync *db_sync_open(const char *dsn, struct err *e) { return open_as(dsn, false, e); }

struct db_sync *db_sync_open_worker(const char *dsn, struct err *e) { return open_as(dsn, true, e); }

void db_sync_close(struct db_sync *s)
{
    if (!s)
        return;
    db_destroy(s->db);
    loop_destroy(s->loop);
    reply_finish(&s->reply);
    free(s);
}

static void wait_answer(struct db_sync *s)
{
    while (!s->answered)
        loop_step(s->loop, -1);
    s->answered = false;
}

/* False: nobody who could say was found in time. */
static bool find_server(struct db_sync *s, int64_t until)
{
    s->state = DB_CONNECTING;
    s->gave_up = false;
    db_settle(s->db);
    for (int64_t now = loop_now(); s->state != DB_LIVE && !s->gave_up && now < until; now = loop_now())
        loop_step(s->loop, (int)(until - now));
    return s->state == DB_LIVE;
}

/* A server that failed says nothing about what became of the first try. */
static bool is_unknown(const struct reply *r) { return r->in_doubt || (!r->ok && err_retryable(r->error.code)); }

/* The answer was lost: the key's, from whoever takes changes now. */
static void settle(struct db_sync *s, struct call *c)
{
    int64_t until = loop_now() + DB_SETTLE_MS;
    int parts = c->parts;
    log_line(LOG_WARN, "the connection died before the answer: asking whether it was done, for up to %d s", DB_SETTLE_MS / 1000);
    while (s->reply.in_doubt && c->parts == parts && find_server(s, until)) {
        call_afresh(c);
        db_submit_call(s->db, c);
        wait_answer(s);
    }
    if (!is_unknown(&s->reply))
        return;
    struct err last = s->reply.in_doubt ? s->why : s->reply.error;
    s->reply.in_doubt = true;
    err_set(&s->reply.error, ERR_UNREACHABLE, NULL, "nobody could say whether it was done, look before you do it again: %s", last.text);
}

static void ask(struct db_sync *s, struct call *c)
{
    c->kept = true;
    db_submit_call(s->db, c);
    wait_answer(s);
    if (s->reply.in_doubt && s->settles)
        settle(s, c);
    call_destroy(c);
}

bool db_sync_ask(struct db_sync *s, struct request *r, struct reply *out, struct err *e)
{
    int64_t wall = loop_wall();
    if (r->kind == REQ_HELLO) {        /* the greeting has said it */
        db_submit(s->db, r);
        wait_answer(s);
    } else {
        ask(s, call_create(r, wall, loop_zone(wall)));
    }
    *out = s->reply;
    s->reply = (struct reply){ .kind = REQ_HELLO };
    if (!out->ok && e)
        *e = out->error;
    return out->ok;
}

static bool ask_table(struct db_sync *s, struct call *c, struct table *out, struct err *e)
{
    *out = (struct table){ .rows = 0 };
    ask(s, c);
    if (s->reply.ok)
        return true;
    if (e)
        *e = s->reply.error;
    table_finish(out);
    return false;
}

bool db_sync_table(struct db_sync *s, const char *query, const char *const *params, int count, struct table *out, struct err *e)
{
    return ask_table(s, call_table(query, params, count, out), out, e);
}

bool db_sync_change(struct db_sync *s, const char *query, const char *const *params, int count, struct table *out, struct err *e)
{
    struct call *c = call_table(query, params, count, out);
    c->keyed = true;
    return ask_table(s, c, out, e);
}
