/* doorstep ingest: documents from files or standard input into the database: scans and orders by batches of rows, what
 * message providers send back by batches of items. */
#include "cli/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/vec.h"
#include "cli/cli.h"
#include "db/feed_load.h"
#include "db/receive.h"
#include "feed/feed.h"
#include "feed/reject.h"

enum {
    BATCH_ROWS = 8000,      /* a merge's worth: large enough to be set-based, small enough to be seen soon */
    BATCH_ITEMS = 500,
    BATCH_BYTES = 4 << 20,  /* of items and their documents */
    KEPT_DOCUMENT = 64 << 10,
    SHOWN_REJECTS = 20,
    PATIENCE_MS = 50        /* a pipe that is silent for so long gets what it gave merged */
};

/* An item that waits to be merged, and where it came from, should nobody know what it is about. */
struct pending {
    char *source, *text;
    size_t size;
    int64_t line;
};

struct ingest {
    struct feed_load *load;
    struct receive *receive;    /* connected when the first item comes */
    const char *dsn;
    struct buf items;           /* "[{…},{…}" */
    VEC(struct pending) pending;
    size_t pending_bytes;
    int64_t receipts, inbound, consents, known, unmatched;
    FILE *rejects;          /* NULL: the first few are shown */
    const char *rejects_name;
    int64_t shown;
    int documents, rows;    /* in the open batch */
    struct buf line;
    int fd;                 /* the source that is being read */
    const char *name;
};

static bool on_document(void *self, int *number, struct err *e)
{
    struct ingest *in = self;
    if (in->rows >= BATCH_ROWS) {
        if (!feed_load_flush(in->load, e))
            return false;
        in->documents = in->rows = 0;
    }
    *number = in->documents++;
    return true;
}

static bool on_row(void *self, const char *const *fields, const size_t *sizes, struct err *e)
{
    struct ingest *in = self;
    in->rows++;
    return feed_load_row(in->load, fields, sizes, FEED_COLUMN_COUNT, e);
}

static bool rejects_failed(const struct ingest *in, struct err *e)
{
    return err_set(e, ERR_IO, in->rejects_name, "%s; give --rejects a file that can be written", strerror(errno));
}

static bool on_reject(void *self, const struct feed_reject *r, struct err *e)
{
    struct ingest *in = self;
    if (!in->rejects) {
        if (in->shown++ < SHOWN_REJECTS)
            cli_say("%s:%" PRId64 ": refused: %s", r->source, r->line, r->reason);
        return true;
    }
    buf_reset(&in->line);
    reject_json(r, &in->line);
    return fwrite(in->line.data, 1, in->line.len, in->rejects) == in->line.len || rejects_failed(in, e);
}

/* ---- receipts and customers' messages ---- */

static void forget_pending(struct ingest *in)
{
    for (size_t i = 0; i < in->pending.len; i++) {
        free(in->pending.at[i].source);
        free(in->pending.at[i].text);
    }
    in->pending.len = in->pending_bytes = 0;
    buf_reset(&in->items);
}

static bool count_item(struct ingest *in, const struct pending *p, const struct receive_result *r, struct err *e)
{
    if (r->outcome == RECEIVE_UNMATCHED || r->outcome == RECEIVE_EARLY) {
        const struct feed_reject reject = {p->source, p->line, r->why, p->text, p->size};
        in->unmatched++;
        return on_reject(in, &reject, e);
    }
    in->known += r->outcome == RECEIVE_DUPLICATE;
    if (r->outcome == RECEIVE_MERGED)
        ++*(r->inbound ? &in->inbound : &in->receipts);
    in->consents += r->consents;
    return true;
}

static bool merge_items(struct ingest *in, struct err *e)
{
    struct receive_result results[BATCH_ITEMS];
    if (!in->pending.len)
        return true;
    if (!in->receive && !(in->receive = receive_open(in->dsn, "doorstep-ingest", &(struct db_wait){.answer_ms = DB_BATCH_MS}, e)))
        return false;
    buf_putc(&in->items, ']');
    bool good = receive_merge(in->receive, in->items.data, results, in->pending.len, e);
    for (size_t i = 0; good && i < in->pending.len; i++)
        good = count_item(in, &in->pending.at[i], &results[i], e);
    forget_pending(in);
    return good;
}

static bool on_item(void *self, const struct feed_reject *from, const char *json, size_t size, struct err *e)
{
    struct ingest *in = self;
    size_t kept = from->size < KEPT_DOCUMENT ? from->size : KEPT_DOCUMENT;
    buf_putc(&in->items, in->pending.len ? ',' : '[');
    buf_add(&in->items, json, size);
    struct pending *p = vec_push(&in->pending);
    *p = (struct pending){xstrdup(from->source), xcalloc(1, kept + 1), kept, from->line};
    memcpy(p->text, from->text, kept);
    in->pending_bytes += size + kept;
    return (in->pending.len < BATCH_ITEMS && in->pending_bytes < BATCH_BYTES) || merge_items(in, e);
}

/* What came so far is merged before we wait for a source that is slow. */
static bool before_waiting(struct ingest *in, struct err *e)
{
    struct pollfd p = {.fd = in->fd, .events = POLLIN};
    if ((!in->rows && !in->pending.len) || poll(&p, 1, PATIENCE_MS) != 0)
        return true;
    if (!merge_items(in, e))
        return false;
    in->documents = in->rows = 0;
    return feed_load_flush(in->load, e);
}

static long on_read(void *self, char *to, size_t size, struct err *e)
{
    struct ingest *in = self;
    ssize_t n;
    if (!before_waiting(in, e))
        return -1;
    do
        n = read(in->fd, to, size);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        err_set(e, ERR_IO, in->name, "%s", strerror(errno));
    return n;
}

static bool read_one(struct ingest *in, struct feed *feed, const char *operand, struct err *e)
{
    bool standard = !strcmp(operand, "-");
    in->name = standard ? "stdin" : operand;
    in->fd = standard ? STDIN_FILENO : open(operand, O_RDONLY | O_CLOEXEC);
    if (in->fd < 0)
        return err_set(e, ERR_IO, operand, "%s", strerror(errno));
    bool good = feed_read(feed, in->name, (struct split_source){in, on_read}, e);
    if (!standard)
        close(in->fd);
    return good;
}

/* All operands, so that a misspelt one is said before anything is loaded. */
static bool check_files(const struct cli *c, struct err *e)
{
    for (int i = 0; i < c->operand_count; i++)
        if (strcmp(c->operands[i], "-") != 0 && access(c->operands[i], R_OK) != 0)
            return err_set(e, ERR_IO, c->operands[i], "%s; nothing was loaded", strerror(errno));
    return true;
}

static bool ingest(struct ingest *in, const struct cli *c, struct feed *feed, struct feed_counts *counts, struct err *e)
{
    static char standard[] = "-";
    char *alone[] = {standard};
    char **operands = c->operand_count ? c->operands : alone;
    int count = c->operand_count ? c->operand_count : 1;
    in->load = feed_load_open(c->dsn, NULL, e);
    if (!in->load)
        return false;
    for (int i = 0; i < count; i++)
        if (!read_one(in, feed, operands[i], e))
            return false;
    if (!merge_items(in, e))
        return false;
    if (in->rejects && fflush(in->rejects) != 0)
        return rejects_failed(in, e);
    return feed_load_finish(in->load, counts, e);
}

static bool print_counts(const struct ingest *in, const struct feed_totals *t, const struct feed_counts *n, struct err *e)
{
    printf("{\"documents\":%" PRId64 ",\"accepted\":%" PRId64 ",\"duplicates\":%" PRId64 ",\"rejected\":%" PRId64
           ",\"events\":%" PRId64 ",\"exceptions_opened\":%" PRId64 ",\"exceptions_updated\":%" PRId64
           ",\"exceptions_resolved\":%" PRId64 ",\"unmapped\":%" PRId64 ",\"receipts\":%" PRId64 ",\"inbound\":%" PRId64
           ",\"consent_changes\":%" PRId64 "}\n",
           t->documents, n->accepted + in->receipts + in->inbound, n->duplicates + in->known, t->rejected + in->unmatched, n->events,
           n->opened, n->updated, n->resolved, n->unmapped, in->receipts, in->inbound, in->consents);
    return fflush(stdout) == 0 || err_set(e, ERR_IO, "standard output", "%s", strerror(errno));
}

static int finish(struct ingest *in, int status)
{
    if (!in->rejects && in->shown > SHOWN_REJECTS)
        cli_say("and %" PRId64 " more were refused; --rejects FILE keeps them all", in->shown - SHOWN_REJECTS);
    feed_load_close(in->load);
    receive_close(in->receive);
    forget_pending(in);
    vec_finish(&in->pending);
    buf_finish(&in->items);
    if (in->rejects)
        fclose(in->rejects);
    buf_finish(&in->line);
    return status;
}

int cmd_ingest(struct cli *c)
{
    struct err e = {0};
    struct ingest in = {.rejects_name = cli_value(c, "rejects", NULL), .dsn = c->dsn};
    struct feed_counts counts = {0};
    struct feed_sink sink = {&in, on_document, on_row, on_reject, on_item};
    buf_init(&in.line, 0);
    buf_init(&in.items, 0);
    struct feed *feed = feed_create(cli_value(c, "format", "auto"), (int64_t)time(NULL) * 1000, sink, &e);
    bool good = feed && check_files(c, &e);
    if (good && in.rejects_name) {
        in.rejects = fopen(in.rejects_name, "we");
        good = in.rejects || rejects_failed(&in, &e);
    }
    good = good && ingest(&in, c, feed, &counts, &e);
    struct feed_totals totals = feed ? feed_totals(feed) : (struct feed_totals){0};
    good = good && print_counts(&in, &totals, &counts, &e);
    feed_destroy(feed);
    return finish(&in, good ? totals.rejected + in.unmatched > 0 : cli_fail(c, &e));
}
