/* Connect, ask, wait: the asynchronous connection with a loop of its own. */
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "db/db.h"
#include "db/db_in.h"

struct db_sync {
    struct loop *loop;
    struct db *db;
    enum db_link state;
    struct err why;            /* DB_DOWN */
    bool answered;
    struct reply reply;
};

static void on_link(void *ctx, enum db_link state, const struct err *why, int64_t retry_at)
{
    struct db_sync *s = ctx;
    (void)retry_at;
    s->state = state;
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

bool db_sync_ask(struct db_sync *s, struct request *r, struct reply *out, struct err *e)
{
    db_submit(s->db, r);
    wait_answer(s);
    *out = s->reply;
    s->reply = (struct reply){ .kind = REQ_HELLO };
    if (!out->ok && e)
        *e = out->error;
    return out->ok;
}

bool db_sync_table(struct db_sync *s, const char *query, const char *const *params, int count, struct table *out, struct err *e)
{
    *out = (struct table){ .rows = 0 };
    db_submit_call(s->db, call_table(query, params, count, out));
    wait_answer(s);
    if (s->reply.ok)
        return true;
    if (e)
        *e = s->reply.error;
    table_finish(out);
    return false;
}
