#include "run/demo_feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/die.h"
#include "db/admin.h"
#include "db/feed_load.h"
#include "feed/feed.h"
#include "loop/loop.h"
#include "run/demo_desk.h"

#define BATCH 400              /* documents in one merge */
#define ROUND_MS 3000          /* the live feed brings what happened since its last round */
#define TICK_ROUNDS 3          /* colleagues do something every so many rounds */
#define WRITE_TURNS 2          /* and every so many times one of them writes to a customer */

struct demo_feed {
    struct feed_load *load;
    struct feed *feed;
    int document;              /* in the batch that is open */
    const char *text;          /* being read */
    size_t size;
};

static bool take_document(void *self, int *number, struct err *e)
{
    struct demo_feed *f = self;
    if (f->document == BATCH) {
        if (!feed_load_flush(f->load, e))
            return false;
        f->document = 0;
    }
    *number = f->document++;
    return true;
}

static bool take_row(void *self, const char *const *fields, const size_t *sizes, struct err *e)
{
    return feed_load_row(((struct demo_feed *)self)->load, fields, sizes, FEED_COLUMN_COUNT, e);
}

static bool take_reject(void *self, const struct feed_reject *r, struct err *e)
{
    (void)self;
    return err_set(e, ERR_BUG, r->source, "line %lld was refused: %s", (long long)r->line, r->reason);
}

static long read_text(void *self, char *to, size_t size, struct err *e)
{
    struct demo_feed *f = self;
    (void)e;
    size_t n = f->size < size ? f->size : size;
    memcpy(to, f->text, n);
    f->text += n;
    f->size -= n;
    return (long)n;
}

struct demo_feed *demo_feed_open(const char *dsn, int64_t now, struct err *e)
{
    struct demo_feed *f = xcalloc(1, sizeof *f);
    struct feed_sink sink = {f, take_document, take_row, take_reject, NULL};
    f->load = feed_load_open(dsn, NULL, e);
    f->feed = f->load ? feed_create("doorstep", now, sink, e) : NULL;
    if (f->feed)
        return f;
    demo_feed_close(f);
    return NULL;
}

void demo_feed_close(struct demo_feed *f)
{
    if (!f)
        return;
    if (f->feed)
        feed_destroy(f->feed);
    if (f->load)
        feed_load_close(f->load);
    free(f);
}

bool demo_feed_take(struct demo_feed *f, const char *text, size_t size, struct err *e)
{
    struct feed_counts counts;
    f->text = text;
    f->size = size;
    f->document = 0;
    return feed_read(f->feed, "sample world", (struct split_source){f, read_text}, e) && feed_load_flush(f->load, e) &&
           feed_load_finish(f->load, &counts, e);
}

/* ---- live ---- */

static void rest(int64_t ms)
{
    struct timespec t = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};
    nanosleep(&t, NULL);
}

static const char *script(const char *name)
{
    for (const struct embed_file *f = db_demo_files; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f->data;
    die("no sample script %s", name);
}

static void complain(const struct err *e)
{
    char line[sizeof e->where + sizeof e->text + 4];
    err_line(e, line, sizeof line);
    fprintf(stderr, "live feed: %s\n", line);
    fflush(stderr);
}

/* One round: what happened since the last, taken in one go. */
static bool bring(struct demo_live *live, struct demo_feed *f, int64_t *step, int64_t many, struct err *e)
{
    struct buf out;
    buf_init(&out, 0);
    int64_t now = loop_wall();
    live->world.now = now;
    for (int64_t i = 0; i < many; i++)
        world_next(&live->world, (*step)++, now - (many - i) * ROUND_MS / (many + 1), &out);
    bool ok = demo_feed_take(f, buf_str(&out), out.len, e);
    buf_finish(&out);
    return ok;
}

/* Colleagues do something, now and then one writes to a customer, and customers answer. */
static bool people(struct demo_live *live, int turn, struct err *e)
{
    return db_run_script(live->people_dsn, "tick.sql", script("tick.sql"), e) &&
           (turn % WRITE_TURNS != 0 || demo_desk_write(live->writer_dsn, 1, e)) &&
           db_run_script(live->people_dsn, "replies.sql", script("replies.sql"), e);
}

static void live_session(struct demo_live *live, struct err *e)
{
    struct demo_feed *f = demo_feed_open(live->dsn, loop_wall(), e);
    int64_t step = loop_wall() / 1000, owed = 0;
    for (int round = 1; f; round++) {
        rest(ROUND_MS);
        owed += live->rate * ROUND_MS;
        int64_t many = owed / 60000;
        owed -= many * 60000;
        if (many && !bring(live, f, &step, many, e))
            break;
        if (live->rate && round % TICK_ROUNDS == 0 && !people(live, round / TICK_ROUNDS, e))
            break;
    }
    demo_feed_close(f);
}

int demo_feed_live(void *demo_live)
{
    struct demo_live *live = demo_live;
    if (live->close_fd >= 0)
        close(live->close_fd);
    for (;;) {
        struct err e = {0};
        live_session(live, &e);
        complain(&e);
        rest(ROUND_MS);
    }
}
