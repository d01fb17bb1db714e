#include "run/publish.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/embed.h"
#include "base/log.h"
#include "base/vec.h"
#include "core/page.h"
#include "db/pages.h"
#include "loop/fault.h"
#include "publish_dir.h"

extern const struct embed_file run_page_files[];

enum {
    FOLLOW_MS = 5000,
    SHORT_MS = 20 * 1000,      /* a change is looked for so far back: who wrote it may have been slow to commit */
    LONG_MS = 300 * 1000,
    LONG_EVERY = 12,           /* turns */
    ALL_MS = 24 * 3600 * 1000, /* days pass on pages nobody changed */
    PAGE_MOST = 64 * 1024
};

struct publish {
    const struct publish_options *o;
    struct publish_dir dir;
    struct pages *pages;
    struct buf html;
    VEC(struct publish_token) seen;        /* of a turn over all */
    struct publish_counts n;
    int turn;
};

static const struct embed_file *file_of(const char *name)
{
    for (const struct embed_file *f = run_page_files; f->name; f++)
        if (!strcmp(f->name, name))
            return f;
    return NULL;
}

/* FNV-1a of what the pages are made of and whose they are: another one makes all of them anew. */
static void epoch_with(const struct publish_options *o, const char *of_database, char out[96])
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (const struct embed_file *f = run_page_files; f->name; f++)
        for (size_t i = 0; i <= f->size; i++)
            h = (h ^ (unsigned char)f->data[i]) * UINT64_C(1099511628211);
    for (const char *s = o->brands ? o->brands : ""; *s; s++)
        h = (h ^ (unsigned char)*s) * UINT64_C(1099511628211);
    snprintf(out, 96, "%s-%s-%016" PRIx64, of_database, DOORSTEP_VERSION, h);
}

static bool on_page(void *ctx, const struct page_row *row, struct err *e)
{
    struct publish *p = ctx;
    p->n.looked++;
    if (!row->facts)
        return publish_dir_remove(&p->dir, row->token, &p->n.removed, e);
    buf_reset(&p->html);
    if (!page_render(run_page_files, row->facts, row->size, &p->html, e))
        return false;
    if (p->html.full)
        return err_set(e, ERR_BUG, NULL, "a page is larger than %d bytes; tell the makers", PAGE_MOST);
    enum publish_put put = publish_dir_put(&p->dir, row->token, p->html.data, p->html.len, e);
    p->n.written += put == PUBLISH_WRITTEN;
    if (put == PUBLISH_WRITTEN)
        FAULT(PUBLISH_RENAMED);
    p->n.unchanged += put == PUBLISH_SAME;
    if (p->n.all)
        snprintf(vec_push(&p->seen)->text, 33, "%s", row->token);
    return put != PUBLISH_FAILED;
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof (struct publish_token));
}

/* What no page of the database stands behind any more goes: only a turn over all knows. */
static bool sweep(struct publish *p, struct err *e)
{
    if (!p->n.all)
        return true;
    if (p->seen.len)
        qsort(p->seen.at, p->seen.len, sizeof *p->seen.at, compare);
    return publish_dir_sweep(&p->dir, p->seen.at, p->seen.len, &p->n.removed, e);
}

static bool connect_pages(struct publish *p, struct err *e)
{
    return p->pages || (p->pages = pages_open(p->o->dsn, e));
}

static bool turn(struct publish *p, struct err *e)
{
    int64_t now;
    char of_database[40], epoch[96];
    struct publish_state *was = &p->dir.state;
    p->n = (struct publish_counts){0};
    p->seen.len = 0;
    if (!connect_pages(p, e) || !pages_epoch(p->pages, &now, of_database, e))
        return false;
    epoch_with(p->o, of_database, epoch);
    bool first = p->turn++ == 0;
    p->n.all = (p->o->all && first) || p->o->now || strcmp(epoch, was->epoch) != 0 || now - was->all > ALL_MS || now < was->mark;
    int64_t back = p->o->follow && p->turn % LONG_EVERY ? SHORT_MS : LONG_MS;
    struct pages_ask ask = {p->n.all ? PAGES_ALL : was->mark - (first ? LONG_MS : back), p->o->now, p->o->brands};
    if (!pages_each(p->pages, &ask, on_page, p, e) || !sweep(p, e) || (p->n.written && !publish_dir_sync(&p->dir, e)))
        return false;
    *was = (struct publish_state){.mark = now, .all = p->n.all ? now : was->all};
    /* pages of another time than now are not what a later turn may build on */
    snprintf(was->epoch, sizeof was->epoch, "%s", p->o->now ? "none" : epoch);
    bool kept = publish_dir_keep(&p->dir, e);
    FAULT(PUBLISH_KEPT);
    return kept;
}

static void nap(int64_t ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

/* A signal's default ends it, wherever it is: a page is replaced at once or not at all. */
static bool go_on(struct publish *p, void (*tell)(const struct publish_counts *n), struct err *e)
{
    bool down = false;
    for (;; nap(FOLLOW_MS)) {
        struct err why = {0};
        bool good = turn(p, &why);
        if (!good && !err_retryable(why.code)) {
            *e = why;
            return false;
        }
        if (good && (p->n.written || p->n.removed || p->turn == 1))
            tell(&p->n);
        if (good == down)
            log_line(good ? LOG_INFO : LOG_WARN, "%s", good ? "pages are published again" : why.text);
        down = !good;
        if (good)
            continue;
        pages_close(p->pages);
        p->pages = NULL;
    }
}

bool publish_run(const struct publish_options *o, void (*tell)(const struct publish_counts *n), struct err *e)
{
    struct publish p = {.o = o};
    const struct embed_file *index = file_of("index.mustache");
    buf_init(&p.html, PAGE_MOST);
    bool good = publish_dir_open(&p.dir, o->dir, index->data, index->size, e);
    if (good && o->follow)
        good = go_on(&p, tell, e);
    else if (good && (good = turn(&p, e)))
        tell(&p.n);
    pages_close(p.pages);
    publish_dir_close(&p.dir);
    vec_finish(&p.seen);
    buf_finish(&p.html);
    return good;
}
