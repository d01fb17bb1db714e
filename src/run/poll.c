#include "run/poll.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/when.h"
#include "db/db.h"
#include "feed/feed.h"
#include "loop/fault.h"
#include "loop/loop.h"
#include "net/poll.h"
#include "run/secrets.h"

enum {
    ROUND = 200,               /* parcels claimed at once */
    LEASE_S = 900,             /* longer than a round can take */
    ENROL = 20000,
    REFUSED_HOLD_S = 900
};

struct source {
    const char *name;
    struct channel_url url;
};

struct question {              /* numbers that are asked about together */
    struct poll_parcel parcels[POLL_BATCH_MOST];
    size_t count;
    const char *outcome;       /* of poll_record's items; NULL: not answered yet */
    char why[200];
};

struct polling {
    const struct poll_options *o;
    struct poll_counts *counts;
    struct source sources[POLL_SOURCES_MOST];
    int source_count;
    struct secrets secrets;
    struct db_sync *db;
    struct feed_load *load;
    struct loop *loop;
    struct net *net;
    char now[40];              /* for queries; "": the database's clock */
    /* the round */
    const struct source *s;
    struct feed *feed;
    struct question *questions;
    size_t question_count, started, open;
    int documents;
    int64_t next_at;           /* monotonic: when the next may start, with rate= */
    int64_t hold_s;
    bool stop;                 /* ask nothing more of this source */
    char why[200];             /* why it is left alone */
    struct loop_timer timer;
    struct err trouble;        /* the last reason a source could not be asked */
    struct err broken;         /* the database refused documents */
};

/* ---- what is said, into the feed ---- */

static bool on_document(void *self, int *number, struct err *e)
{
    struct polling *w = self;
    (void)e;
    *number = w->documents++;
    return true;
}

static bool on_row(void *self, const char *const *fields, const size_t *sizes, struct err *e)
{
    struct polling *w = self;
    return feed_load_row(w->load, fields, sizes, FEED_COLUMN_COUNT, e);
}

static bool on_reject(void *self, const struct feed_reject *r, struct err *e)
{
    struct polling *w = self;
    char line[600];
    (void)e;
    snprintf(line, sizeof line, "%s: refused: %s", r->source, r->reason);
    w->o->say(line);
    return true;
}

struct text_source { const char *s; size_t n; };

static long read_text(void *self, char *to, size_t size, struct err *e)
{
    struct text_source *t = self;
    size_t n = t->n < size ? t->n : size;
    (void)e;
    memcpy(to, t->s, n);
    t->s += n;
    t->n -= n;
    return (long)n;
}

static void take_document(void *ctx, const char *json, size_t size)
{
    struct polling *w = ctx;
    struct text_source text = {json, size};
    if (w->broken.code == ERR_NONE)
        feed_read(w->feed, w->s->name, (struct split_source){&text, read_text}, &w->broken);
}

/* ---- asking ---- */

static struct question *question_of(struct polling *w, const struct poll_parcel *p)
{
    for (size_t i = 0; i < w->question_count; i++)
        if (w->questions[i].parcels == p)
            return &w->questions[i];
    die("an answer to a question nobody asked");
}

static void leave_alone(struct polling *w, const struct poll_answer *a)
{
    int64_t s = a->retry_at == WHEN_NONE ? 60 : (a->retry_at - loop_wall()) / WHEN_SECOND + 1;
    s = a->refused ? REFUSED_HOLD_S : s < 1 ? 1 : s;
    w->hold_s = s > w->hold_s ? s : w->hold_s;
    w->stop = true;
    snprintf(w->why, sizeof w->why, "%s", a->why);
    err_set(&w->trouble, a->refused ? ERR_CONFIG : ERR_AGAIN, NULL, "%s", a->why);
}

static void answered(void *ctx, const struct poll_parcel *p, size_t count, const struct poll_answer *a)
{
    static const char *const names[] = {[POLL_OK] = "ok", [POLL_NONE] = "none", [POLL_FAILED] = "failed", [POLL_LATER] = "later"};
    struct polling *w = ctx;
    struct question *q = question_of(w, p);
    int64_t n = (int64_t)count;
    q->outcome = names[a->outcome];
    snprintf(q->why, sizeof q->why, "%s", a->why);
    w->open--;
    if (a->outcome == POLL_LATER)
        leave_alone(w, a);
    else if (a->outcome == POLL_FAILED)
        err_set(&w->trouble, ERR_UNREACHABLE, NULL, "%s", a->why);
    w->counts->asked += a->outcome == POLL_LATER ? 0 : n;
    w->counts->answered += a->outcome == POLL_OK ? n : 0;
    w->counts->unknown += a->outcome == POLL_NONE ? n : 0;
    w->counts->failed += a->outcome == POLL_FAILED ? n : 0;
}

/* Starts what may start: not more at once than the source has connections, and with rate= not more often. */
static void start_some(struct polling *w, const struct poll_events *ev)
{
    const struct channel_url *c = &w->s->url;
    while (!w->stop && w->started < w->question_count && w->open < (size_t)c->connections && loop_now() >= w->next_at) {
        struct question *q = &w->questions[w->started++];
        w->open++;
        w->next_at = c->rate > 0 ? loop_now() + (int64_t)(1000 / c->rate) + 1 : 0;
        poll_ask(w->net, c, q->parcels, q->count, ev);
    }
    if (!w->stop && w->started < w->question_count && w->next_at > loop_now())
        loop_arm(w->loop, &w->timer, w->next_at);
}

static void on_timer(void *ctx) { (void)ctx; }

static void ask_all(struct polling *w)
{
    const struct poll_events ev = {w, take_document, answered};
    w->started = w->open = 0;
    start_some(w, &ev);
    while (w->open || (!w->stop && w->started < w->question_count)) {
        loop_step(w->loop, -1);
        start_some(w, &ev);
    }
    loop_disarm(w->loop, &w->timer);
}

/* ---- a round ---- */

static const char *now_of(const struct polling *w) { return w->now[0] ? w->now : NULL; }

static bool claim(struct polling *w, int most, struct err *e)
{
    char limit[16], lease[16];
    struct table t;
    snprintf(limit, sizeof limit, "%d", most);
    snprintf(lease, sizeof lease, "%d", LEASE_S);
    const char *params[] = {w->s->name, limit, lease, now_of(w)};
    if (!db_sync_table(w->db, "poll_claim", params, 4, &t, e))
        return false;
    size_t batch = poll_batch(&w->s->url);
    w->question_count = (t.rows + batch - 1) / batch;
    w->questions = xcalloc(w->question_count, sizeof *w->questions);
    for (size_t i = 0; i < t.rows; i++) {
        struct question *q = &w->questions[i / batch];
        struct poll_parcel *p = &q->parcels[q->count++];
        p->id = strtoll(table_cell(&t, i, 0), NULL, 10);
        snprintf(p->carrier, sizeof p->carrier, "%s", table_cell(&t, i, 1));
        snprintf(p->number, sizeof p->number, "%s", table_cell(&t, i, 2));
    }
    table_finish(&t);
    return true;
}

static void put_items(const struct polling *w, struct buf *b)
{
    char sign = '[';
    for (size_t i = 0; i < w->question_count; i++) {
        const struct question *q = &w->questions[i];
        for (size_t k = 0; k < q->count; k++, sign = ',') {
            buf_printf(b, "%c{\"id\":%" PRId64 ",\"outcome\":\"%s\",\"why\":", sign, q->parcels[k].id, q->outcome ? q->outcome : "later");
            buf_put_json(b, q->why, strlen(q->why));
            buf_putc(b, '}');
        }
    }
    buf_puts(b, sign == '[' ? "[]" : "]");
}

static bool record(struct polling *w, struct err *e)
{
    char hold[24];
    struct buf items;
    struct table t;
    buf_init(&items, 0);
    put_items(w, &items);
    snprintf(hold, sizeof hold, "%" PRId64, w->hold_s);
    const char *params[] = {w->s->name, buf_str(&items), hold, w->why, now_of(w)};
    bool good = db_sync_table(w->db, "poll_record", params, 5, &t, e);
    if (good)
        table_finish(&t);
    buf_finish(&items);
    return good;
}

/* False: the database failed. *more: there may be further ones due. */
static bool round_of(struct polling *w, int most, bool *more, struct err *e)
{
    if (!claim(w, most, e))
        return false;
    *more = w->question_count > 0;
    if (*more) {
        w->documents = 0;
        FAULT(POLL_CLAIMED);
        ask_all(w);
        FAULT(POLL_ASKED);
    }
    bool good = !*more || feed_load_finish(w->load, &w->counts->feed, e);
    if (good && w->broken.code != ERR_NONE) {
        *e = w->broken;
        good = false;
    }
    if (*more)
        FAULT(POLL_LOADED);
    good = good && (!*more || record(w, e));
    if (*more)
        FAULT(POLL_RECORDED);
    free(w->questions);
    w->questions = NULL;
    *more = *more && !w->stop;
    return good;
}

static bool enrol(struct polling *w, bool others, struct err *e)
{
    char limit[16];
    snprintf(limit, sizeof limit, "%d", ENROL);
    for (long n = ENROL; n == ENROL;) {
        const char *params[] = {w->s->name, others ? "true" : "false", limit, now_of(w)};
        struct table t;
        if (!db_sync_table(w->db, "poll_enrol", params, 4, &t, e))
            return false;
        n = strtol(table_cell(&t, 0, 0), NULL, 10);
        w->counts->enrolled += n;
        table_finish(&t);
    }
    return true;
}

static bool poll_source(struct polling *w, struct err *e)
{
    const char *others = w->o->others ? w->o->others : w->source_count == 1 ? w->s->name : "";
    struct feed_sink sink = {w, on_document, on_row, on_reject, NULL};
    w->feed = feed_create(w->s->name, w->o->now == WHEN_NONE ? loop_wall() : w->o->now, sink, e);
    w->stop = false;
    w->hold_s = 0;
    w->why[0] = '\0';
    bool good = w->feed && enrol(w, strcmp(others, w->s->name) == 0, e);
    bool more = good;
    for (int left = w->o->limit; good && more && left > 0; left -= ROUND)
        good = round_of(w, left < ROUND ? left : ROUND, &more, e);
    if (w->feed) {
        struct feed_totals t = feed_totals(w->feed);
        w->counts->documents += t.documents;
        w->counts->rejected += t.rejected;
    }
    feed_destroy(w->feed);
    w->feed = NULL;
    if (w->why[0])
        w->o->say(w->why);
    return good;
}

/* ---- from beginning to end ---- */

static bool read_sources(struct polling *w, struct err *e)
{
    const char *name;
    for (int i = 0; (name = poll_source_at(i)) && w->source_count < POLL_SOURCES_MOST; i++) {
        char key[40];
        snprintf(key, sizeof key, "%s.url", name);
        const char *url = secrets_get(&w->secrets, key);
        if (!url || (w->o->only && strcmp(w->o->only, name) != 0))
            continue;
        struct source *s = &w->sources[w->source_count];
        if (!poll_url_read(name, url, &s->url, e))
            return false;
        s->name = name;
        w->source_count++;
    }
    if (w->source_count)
        return true;
    return err_set(e, ERR_CONFIG, NULL, "there is nobody to ask%s%s: set DOORSTEP_EASYPOST_URL, DOORSTEP_SHIPPO_URL, DOORSTEP_AFTERSHIP_URL or "
                                        "DOORSTEP_SHIPENGINE_URL", w->o->only ? " at " : "", w->o->only ? w->o->only : "");
}

static bool run(struct polling *w, struct err *e)
{
    if (!secrets_read(w->o->secrets, &w->secrets, e) || !read_sources(w, e) || !(w->db = db_sync_open_worker(w->o->dsn, e)) ||
        !(w->load = feed_load_open(w->o->dsn, NULL, e)))
        return false;
    if (w->o->now != WHEN_NONE)
        when_format_utc(w->o->now, w->now, sizeof w->now);
    w->loop = loop_create();
    loop_timer_init(&w->timer, on_timer, w);
    w->net = net_create(w->loop, &(struct net_options){.user_agent = "doorstep/" DOORSTEP_VERSION});
    for (int i = 0; i < w->source_count; i++) {
        w->s = &w->sources[i];
        if (!poll_source(w, e))
            return false;
    }
    if (w->trouble.code == ERR_NONE)
        return true;
    *e = w->trouble;
    return false;
}

bool poll_run(const struct poll_options *o, struct poll_counts *counts, struct err *e)
{
    struct polling w = {.o = o, .counts = counts};
    bool good = run(&w, e);
    net_destroy(w.net);
    if (w.loop)
        loop_destroy(w.loop);
    if (w.load)
        feed_load_close(w.load);
    db_sync_close(w.db);
    for (int i = 0; i < w.source_count; i++)
        channel_url_finish(&w.sources[i].url);
    secrets_finish(&w.secrets);
    return good;
}
