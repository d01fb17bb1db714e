/* A feed whose sink writes down what it gets: a line a row, a line a reject. */
#ifndef TESTS_FEED_WORLD_H
#define TESTS_FEED_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "feed/feed.h"

#define FEED_WORLD_NOW INT64_C(1795305600000)  /* 2026-11-22T00:00:00Z */

struct feed_world {
    struct buf out;
    int documents, rows, rejects, items;
    const char *data;
    size_t size, at;
};

static bool feed_world_document(void *self, int *number, struct err *e)
{
    struct feed_world *w = self;
    (void)e;
    *number = w->documents++;
    return true;
}

/* Columns from REC on, with | between; the empty ones at the end are left out. */
static bool feed_world_row(void *self, const char *const *fields, const size_t *sizes, struct err *e)
{
    struct feed_world *w = self;
    (void)e;
    int last = FEED_COLUMN_COUNT - 1;
    while (last > FEED_REC && !fields[last])
        last--;
    for (int i = FEED_REC; i <= last; i++) {
        buf_add(&w->out, i > FEED_REC ? "|" : "", i > FEED_REC);
        if (fields[i])
            buf_add(&w->out, fields[i], sizes[i]);
    }
    buf_putc(&w->out, '\n');
    w->rows++;
    return true;
}

static bool feed_world_reject(void *self, const struct feed_reject *r, struct err *e)
{
    struct feed_world *w = self;
    (void)e;
    buf_printf(&w->out, "line %lld refused: %s\n", (long long)r->line, r->reason);
    w->rejects++;
    return true;
}

static bool feed_world_item(void *self, const struct feed_reject *from, const char *json, size_t size, struct err *e)
{
    struct feed_world *w = self;
    (void)from;
    (void)e;
    buf_add(&w->out, json, size);
    buf_putc(&w->out, '\n');
    w->items++;
    return true;
}

static long feed_world_read(void *self, char *to, size_t size, struct err *e)
{
    struct feed_world *w = self;
    size_t n = w->size - w->at < size ? w->size - w->at : size;
    (void)e;
    memcpy(to, w->data + w->at, n);
    w->at += n;
    return (long)n;
}

static inline void feed_world_init(struct feed_world *w)
{
    *w = (struct feed_world){0};
    buf_init(&w->out, 0);
}

/* Feeds one source; false when feed_read failed. */
static inline bool feed_world_take(struct feed_world *w, const char *format, const char *data, size_t size,
                                   struct err *e)
{
    struct feed_sink sink = {w, feed_world_document, feed_world_row, feed_world_reject, feed_world_item};
    struct feed *f = feed_create(format, FEED_WORLD_NOW, sink, e);
    w->data = data;
    w->size = size;
    w->at = 0;
    bool good = f && feed_read(f, "test", (struct split_source){w, feed_world_read}, e);
    feed_destroy(f);
    return good;
}

/* A whole file, on the heap; dies loudly without it. */
static inline char *feed_world_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        abort();
    }
    struct buf b;
    char chunk[4096];
    size_t n;
    buf_init(&b, 0);
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        buf_add(&b, chunk, n);
    fclose(f);
    *size = b.len;
    return buf_take(&b);
}

#endif
