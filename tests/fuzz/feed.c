/* Everything that comes in by the feed. First line: the format's name (else auto); the rest: one source. Fields that reach the
 * database are inert and keep to their lengths, items are inert JSON, a refusal says why, and how the bytes were cut on their way
 * in makes no difference. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/when.h"
#include "feed/feed.h"
#include "feed/reject.h"
#include "fuzz.h"

#define NOW INT64_C(1795305600000)

struct take {
    const char *data;
    size_t size, at, step;
    int documents;
    uint64_t seen;             /* of all that came out, in order */
};

static void note(struct take *t, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        t->seen = (t->seen ^ (unsigned char)s[i]) * UINT64_C(1099511628211);
    t->seen = t->seen * 31 + n;
}

static bool document(void *self, int *number, struct err *e)
{
    (void)e;
    *number = ((struct take *)self)->documents++;
    return true;
}

static void is_json(const char *s, size_t n)
{
    json_t *j = json_loadb(s, n, JSON_REJECT_DUPLICATES, NULL);
    fuzz_require(json_is_object(j) && fuzz_json_inert(j));
    json_decref(j);
}

static bool row(void *self, const char *const *fields, const size_t *sizes, struct err *e)
{
    static const size_t most[FEED_COLUMN_COUNT] = {
        [FEED_DOC] = 12, [FEED_REC] = 12, [FEED_PROVIDER] = 64, [FEED_CARRIER] = 24, [FEED_TRACKING_NUMBER] = 64, [FEED_OCCURRED_AT] = 32,
        [FEED_CODE] = 64, [FEED_DETAIL] = 64, [FEED_STATUS] = 64, [FEED_MESSAGE] = 500, [FEED_CITY] = 64, [FEED_REGION] = 24,
        [FEED_COUNTRY] = 2, [FEED_POSTAL_CODE] = 16, [FEED_EDD] = 32, [FEED_SERVICE] = 48, [FEED_DATA] = 16 << 20};
    int64_t at;
    (void)e;
    for (int i = 0; i < FEED_COLUMN_COUNT; i++) {
        if (!fields[i])
            continue;
        note(self, fields[i], sizes[i]);
        fuzz_require(sizes[i] <= most[i] && fuzz_inert(fields[i], sizes[i], false));
    }
    if (fields[FEED_OCCURRED_AT])
        fuzz_require(when_parse(fields[FEED_OCCURRED_AT], sizes[FEED_OCCURRED_AT], &at, NULL));
    for (size_t i = 0; fields[FEED_TRACKING_NUMBER] && i < sizes[FEED_TRACKING_NUMBER]; i++)
        fuzz_require(fields[FEED_TRACKING_NUMBER][i] > ' ' && fields[FEED_TRACKING_NUMBER][i] < 0x7F);
    if (fields[FEED_DATA])
        is_json(fields[FEED_DATA], sizes[FEED_DATA]);
    return true;
}

static bool reject(void *self, const struct feed_reject *r, struct err *e)
{
    struct buf line;
    (void)e;
    note(self, r->reason, strlen(r->reason));
    note(self, r->text, r->size);
    fuzz_require(*r->reason && r->line >= 1 && fuzz_inert(r->reason, strlen(r->reason), false));
    buf_init(&line, 0);
    reject_json(r, &line);
    fuzz_require(fuzz_inert(line.data, line.len, true) && strchr(line.data, '\n') == line.data + line.len - 1);
    json_t *j = json_loadb(line.data, line.len, JSON_REJECT_DUPLICATES, NULL);
    fuzz_require(json_is_object(j) || memchr(r->text, 0, r->size));
    json_decref(j);
    buf_finish(&line);
    return true;
}

static bool item(void *self, const struct feed_reject *from, const char *json, size_t size, struct err *e)
{
    (void)from, (void)e;
    note(self, json, size);
    is_json(json, size);
    return true;
}

static long read_some(void *self, char *to, size_t size, struct err *e)
{
    struct take *t = self;
    size_t n = t->size - t->at < size ? t->size - t->at : size;
    (void)e;
    if (t->step && n > t->step)
        n = t->step;
    if (n)
        memcpy(to, t->data + t->at, n);
    t->at += n;
    return (long)n;
}

static uint64_t take(const char *format, const char *data, size_t size, size_t step)
{
    struct take t = {.data = data, .size = size, .step = step};
    struct feed_sink sink = {&t, document, row, reject, item};
    struct err e = {0};
    struct feed *f = feed_create(format, NOW, sink, &e);
    fuzz_require(f);
    fuzz_require(feed_read(f, "source", (struct split_source){&t, read_some}, &e));
    struct feed_totals totals = feed_totals(f);
    fuzz_require(totals.documents >= 0 && totals.rejected >= 0 && totals.documents >= t.documents);
    feed_destroy(f);
    return t.seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    size_t name = end ? (size_t)(end - data) : 0;
    char format[24] = "auto";
    if (end && name < sizeof format) {
        memcpy(format, data, name);
        format[name] = '\0';
        if (!feed_has_format(format, false) && !feed_has_format(format, true))
            memcpy(format, "auto", 5);
    }
    size_t from = end ? name + 1 : 0;
    uint64_t whole = take(format, (const char *)data + from, size - from, 0);
    fuzz_require(whole == take(format, (const char *)data + from, size - from, 7));
    return 0;
}
