/* Damaged input: fixtures with bytes changed, cut, doubled and glued by a fixed sequence. The
 * feed must neither crash nor grow, and each source must come to its end. */
#include <dirent.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "feed_world.h"
#include "unit/mutate.h"

enum { ROUNDS = 3000 };

static const char bytes[] = "{}[]\",:\\\n 0-9e.tnu\x00\xff\xed\xa0\x80/";

static int is_document(const struct dirent *d) { return strstr(d->d_name, "json") != NULL; }

/* All fixtures but the long vocabulary. */
static int load(char **texts, size_t *sizes, int most)
{
    static const char *const folders[] = {"easypost", "shippo", "aftership", "shipengine", "17track", "doorstep"};
    int count = 0;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char path[512];
        struct dirent **names;
        snprintf(path, sizeof path, "tests/fixtures/%s", folders[i]);
        int n = scandir(path, &names, is_document, alphasort);
        for (int k = 0; k < n; k++) {
            snprintf(path, sizeof path, "tests/fixtures/%s/%s", folders[i], names[k]->d_name);
            if (count < most) {
                texts[count] = feed_world_file(path, &sizes[count]);
                count++;
            }
            free(names[k]);
        }
        free(names);
    }
    return count;
}

static void damage_does_no_harm(void **state)
{
    char *texts[64];
    size_t sizes[64];
    struct buf b;
    int count = load(texts, sizes, 64), rows = 0, rejects = 0;
    (void)state;
    assert_true(count > 20);
    buf_init(&b, 0);
    for (int round = 0; round < ROUNDS; round++) {
        struct feed_world w;
        struct err e;
        size_t one = below((size_t)count);
        buf_reset(&b);
        buf_add(&b, texts[one], sizes[one]);
        mutate(&b, 1 + below(6), bytes, sizeof bytes);
        feed_world_init(&w);
        assert_true(feed_world_take(&w, "auto", buf_str(&b), b.len, &e));
        assert_true(utf8_valid(buf_str(&w.out), w.out.len));
        rows += w.rows;
        rejects += w.rejects;
        buf_finish(&w.out);
    }
    assert_true(rows > ROUNDS / 3 && rejects > ROUNDS / 3);
    buf_finish(&b);
    for (int i = 0; i < count; i++)
        free(texts[i]);
}

struct endless {
    const char *unit;
    size_t size, at, left;
};

static long endless_read(void *self, char *to, size_t size, struct err *e)
{
    struct endless *s = self;
    size_t n = size < s->left ? size : s->left;
    (void)e;
    for (size_t i = 0; i < n; i++) {
        to[i] = s->unit[s->at];
        s->at = s->at + 1 == s->size ? 0 : s->at + 1;
    }
    s->left -= n;
    return (long)n;
}

struct gauge {
    int calls;
    size_t most;            /* memory in use at any call */
};

static size_t in_use(void)
{
    struct mallinfo2 m = mallinfo2();
    return m.uordblks + m.hblkhd;
}

static void look(struct gauge *g)
{
    if (g->calls++ % 1000)
        return;
    size_t now = in_use();
    g->most = now > g->most ? now : g->most;
}

static bool count_row(void *self, const char *const *fields, const size_t *sizes, struct err *e)
{
    (void)fields, (void)sizes, (void)e;
    look(self);
    return true;
}
static bool count_document(void *self, int *number, struct err *e)
{
    (void)self, (void)e;
    *number = 0;
    return true;
}
static bool count_item(void *self, const struct feed_reject *from, const char *json, size_t size, struct err *e)
{
    (void)self;
    (void)from;
    (void)e;
    return size > 2 && json[0] == '{';
}

static bool count_reject(void *self, const struct feed_reject *r, struct err *e)
{
    (void)e;
    assert_true(r->size <= SPLIT_BOUND);
    look(self);
    return true;
}

/* Most memory taken while 48 MB of `unit` again and again go through, in bytes. */
static size_t taken_by(const char *unit)
{
    struct endless s = {unit, strlen(unit), 0, (size_t)48 << 20};
    struct err e;
    struct gauge g = {0, in_use()};
    size_t before = g.most;
    struct feed *f = feed_create("auto", FEED_WORLD_NOW,
                                 (struct feed_sink){&g, count_document, count_row, count_reject, count_item}, &e);
    assert_true(feed_read(f, "endless", (struct split_source){&s, endless_read}, &e));
    feed_destroy(f);
    assert_true(g.calls > 0);
    return g.most - before;
}

/* What is held does not depend on how many documents there are, good or bad. */
static void memory_stays(void **state)
{
    static const char good[] = "{\"type\":\"event\",\"carrier\":\"ups\",\"tracking_number\":\"1Z1\",\"occurred_at\":"
                               "\"2026-11-21\",\"code\":\"X\"}\n";
    (void)state;
    assert_true(taken_by(good) < (size_t)2 << 20);
    assert_true(taken_by("{\"a\":[\n") < (size_t)2 << 20);
    assert_true(taken_by("nothing of the kind\n") < (size_t)2 << 20);
    /* one document without an end: the bound and what growing by doubling takes on top */
    assert_true(taken_by("{\"a\":[1,") < (size_t)5 * SPLIT_BOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(damage_does_no_harm), cmocka_unit_test(memory_stays)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
