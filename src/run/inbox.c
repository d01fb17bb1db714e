#include "run/inbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/wipe.h"
#include "db/feed_load.h"
#include "db/receive.h"
#include "feed/case.h"
#include "feed/feed.h"
#include "loop/fault.h"

enum { ITEMS_MOST = 10000, PATIENCE_MS = 2 * 60 * 1000 };

struct inbox {
    char *dsn;
    struct db_wait wait;
    struct receive *receive;
    struct feed_load *load;
};

/* One document of the inbox on its way. */
struct reading {
    struct inbox *inbox;
    const struct receive_item *item;
    size_t at;                 /* of its body, given to the feed */
    int documents;
    struct buf items;
    size_t item_count;
    char why[sizeof ((struct err *)0)->text];  /* the first refusal; "" none */
    int refused;
};

struct inbox *inbox_create(const char *dsn, const struct db_wait *wait)
{
    struct inbox *i = xcalloc(1, sizeof *i);
    i->dsn = xstrdup(dsn ? dsn : "");
    i->wait = *wait;
    return i;
}

static void disconnect(struct inbox *i)
{
    receive_close(i->receive);
    feed_load_close(i->load);
    i->receive = NULL;
    i->load = NULL;
}

void inbox_destroy(struct inbox *i)
{
    if (!i)
        return;
    disconnect(i);
    wipe_free(i->dsn);
    free(i);
}

/* ---- the feed's sink ---- */

static bool on_document(void *self, int *number, struct err *e)
{
    struct reading *r = self;
    struct inbox *i = r->inbox;
    if (!i->load && !(i->load = feed_load_open(i->dsn, &i->wait, e)))
        return false;
    *number = r->documents++;
    return true;
}

static bool on_row(void *self, const char *const *fields, const size_t *sizes, struct err *e)
{
    struct reading *r = self;
    return feed_load_row(r->inbox->load, fields, sizes, FEED_COLUMN_COUNT, e);
}

static void refuse(struct reading *r, const char *why)
{
    if (!r->refused++)
        snprintf(r->why, sizeof r->why, "%s", why);
}

static bool on_reject(void *self, const struct feed_reject *reject, struct err *e)
{
    (void)e;
    refuse(self, reject->reason);
    return true;
}

static bool on_item(void *self, const struct feed_reject *from, const char *json, size_t size, struct err *e)
{
    struct reading *r = self;
    (void)from;
    (void)e;
    if (r->item_count == ITEMS_MOST) {
        refuse(r, "more than 10,000 receipts in one webhook; the rest was left out");
        return true;
    }
    buf_putc(&r->items, r->item_count++ ? ',' : '[');
    buf_add(&r->items, json, size);
    return true;
}

static long on_read(void *self, char *to, size_t size, struct err *e)
{
    struct reading *r = self;
    (void)e;
    size_t left = r->item->size - r->at, n = left < size ? left : size;
    memcpy(to, r->item->body + r->at, n);
    r->at += n;
    return (long)n;
}

/* ---- merging ---- */

static int64_t wall(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* *later: a receipt of a message nobody knows yet; its sending may still be on its way into the database. */
static bool merge_items(struct reading *r, bool *later, struct err *e)
{
    if (!r->item_count)
        return true;
    struct receive_result *results = xcalloc(r->item_count, sizeof *results);
    buf_putc(&r->items, ']');
    FAULT(INBOX_STAGED);
    bool good = receive_merge(r->inbox->receive, r->items.data, results, r->item_count, e);
    for (size_t i = 0; good && i < r->item_count; i++) {
        bool unknown = results[i].outcome == RECEIVE_UNMATCHED || results[i].outcome == RECEIVE_EARLY;
        if (unknown && !results[i].inbound && wall() - r->item->at < PATIENCE_MS)
            *later = true;
        else if (unknown)
            refuse(r, results[i].why);
    }
    free(results);
    return good;
}

/* Rows go in before the next document: what a document came to is known when its place in the inbox is given up. */
static bool merge_rows(struct reading *r, struct err *e)
{
    struct feed_counts counts;
    return !r->documents || feed_load_finish(r->inbox->load, &counts, e);
}

static bool read_body(struct reading *r, struct err *e)
{
    struct feed_sink sink = {r, on_document, on_row, on_reject, on_item};
    struct err why = {0};
    struct feed *f = feed_create(strchr(r->item->source, '/') + 1, r->item->at, sink, &why);
    if (!f) {
        refuse(r, why.text);
        return true;
    }
    bool good = feed_read(f, r->item->source, (struct split_source){r, on_read}, e);
    if (good && !feed_totals(f).documents)
        refuse(r, "nothing in it; there should be a document");
    feed_destroy(f);
    return good;
}

/* A helpdesk tells every ticket's changes: those of tickets that are not ours are no fault. One of our own making knows which are. */
static bool read_case(struct inbox *i, const struct receive_item *item, const char *desk, struct err *e)
{
    struct err why = {0};
    struct buf items;
    int unknown = 0;
    buf_init(&items, 0);
    bool good = feed_case(desk, item->body, item->size, &items, &why), told = !good || receive_told(i->receive, buf_str(&items), &unknown, e);
    buf_finish(&items);
    if (!told)
        return false;
    bool ours = strcmp(desk, "doorstep") == 0 && unknown > 0;
    if (good && ours && wall() - item->at < PATIENCE_MS)
        return receive_end(i->receive, item->id, RECEIVE_LATER, NULL, e);
    if (good && ours)
        good = err_set(&why, ERR_INPUT, NULL, "of no case of ours");
    return receive_end(i->receive, item->id, good ? RECEIVE_DONE : RECEIVE_FAILED, good ? NULL : why.text, e);
}

/* A form of a tracking page. */
static bool read_form(struct inbox *i, const struct receive_item *item, struct err *e)
{
    char why[200];
    if (!receive_form_merge(i->receive, item, why, sizeof why, e))
        return false;
    return receive_end(i->receive, item->id, *why ? RECEIVE_FAILED : RECEIVE_DONE, *why ? why : NULL, e);
}

static bool read_one(struct inbox *i, const struct receive_item *item, struct err *e)
{
    if (strncmp(item->source, "form/", 5) == 0)
        return read_form(i, item, e);
    if (strncmp(item->source, "case/", 5) == 0)
        return read_case(i, item, item->source + 5, e);
    struct reading r = {.inbox = i, .item = item};
    bool later = false;
    buf_init(&r.items, 0);
    bool good = read_body(&r, e) && merge_rows(&r, e) && merge_items(&r, &later, e);
    buf_finish(&r.items);
    if (!good)
        return false;
    FAULT(INBOX_MERGED);
    enum receive_end end = later ? RECEIVE_LATER : r.refused ? RECEIVE_FAILED : RECEIVE_DONE;
    return receive_end(i->receive, item->id, end, end == RECEIVE_FAILED ? r.why : NULL, e);
}

/* What the database itself refuses would come back for ever: it is kept with the reason, and the others go on. */
static bool read_or_fail(struct inbox *i, const struct receive_item *item, struct err *e)
{
    struct err why = {0};
    if (read_one(i, item, &why))
        return true;
    feed_load_close(i->load);
    i->load = NULL;
    if (!err_retryable(why.code) && receive_end(i->receive, item->id, RECEIVE_FAILED, why.text, e))
        return true;
    *e = why;
    return false;
}

bool inbox_drain(struct inbox *i, int most, int *taken, struct err *e)
{
    struct receive_item *items;
    size_t count = 0, done = 0;
    *taken = 0;
    if (!i->receive && !(i->receive = receive_open(i->dsn, "doorstep-inbox", &i->wait, e)))
        return false;
    bool good = receive_take(i->receive, most, &items, &count, e);
    if (count > 0)
        FAULT(INBOX_TAKEN);
    for (; good && done < count; done++)
        good = read_or_fail(i, &items[done], e);
    if (count > 0)
        FAULT(INBOX_ENDED);
    receive_items_free(items, count);
    *taken = (int)count;
    if (!good)
        disconnect(i);
    return good;
}
