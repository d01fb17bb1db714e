/* Cutting streams into documents: every shape of stream, every size of read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "feed/split.h"

struct memory {
    const char *data;
    size_t size, at, step;
};

static long memory_read(void *self, char *to, size_t size, struct err *e)
{
    struct memory *m = self;
    size_t n = m->size - m->at;
    (void)e;
    n = n < size ? n : size;
    n = n < m->step ? n : m->step;
    memcpy(to, m->data + m->at, n);
    m->at += n;
    return (long)n;
}

/* "D1:1<text> B2:1@2:5<text> …" */
static void cut(const char *text, size_t size, size_t step, size_t bound, struct buf *out)
{
    struct memory m = {text, size, 0, step};
    struct split *s = split_create((struct split_source){&m, memory_read}, bound);
    struct split_piece p;
    buf_reset(out);
    while (split_next(s, &p, NULL) && p.kind != SPLIT_END) {
        buf_printf(out, "%s%c%lld:%zu", out->len ? " " : "", p.kind == SPLIT_DOCUMENT ? 'D' : 'B', (long long)p.line,
                   p.column);
        if (p.kind == SPLIT_BROKEN)
            buf_printf(out, "@%lld:%zu", (long long)p.why_line, p.why_column);
        buf_putc(out, '<');
        buf_add(out, p.text, p.size);
        buf_putc(out, '>');
    }
    split_destroy(s);
}

static const struct { const char *name, *text, *pieces; } cases[] = {
    {"nothing", "", ""},
    {"blanks", " \n\t\r\n", ""},
    {"one", "{\"a\":1}", "D1:1<{\"a\":1}>"},
    {"byte-order mark", "\xEF\xBB\xBF{}", "D1:1<{}>"},
    {"pretty", "\n {\n  \"a\": [1, {}]\n }\n", "D2:2<{\n  \"a\": [1, {}]\n }>"},
    {"a line each", "{\"a\":1}\n{\"b\":2}\r\n\n{\"c\":3}", "D1:1<{\"a\":1}> D2:1<{\"b\":2}> D4:1<{\"c\":3}>"},
    {"one after another", "{}{} {}", "D1:1<{}> D1:3<{}> D1:6<{}>"},
    {"array", "[{\"a\":1},\n {\"b\":[2]}]\n{}", "D1:2<{\"a\":1}> D2:2<{\"b\":[2]}> D3:1<{}>"},
    {"array of arrays", "[[{}],[{},{}]]", "D1:3<{}> D1:8<{}> D1:11<{}>"},
    {"brackets in strings", "{\"a\":\"}]\\\"}{\\\\\"}{}", "D1:1<{\"a\":\"}]\\\"}{\\\\\"}> D1:17<{}>"},
    {"easypost page", "{\"trackers\":[{\"a\":1},{\"b\":{}}],\"has_more\":false}\n{}",
     "D1:14<{\"a\":1}> D1:22<{\"b\":{}}> D2:1<{}>"},
    {"empty page", "{\"trackers\": [ ],\"has_more\":false}", ""},
    {"aftership page", "{\"meta\":{\"code\":200},\"data\":{\"page\":1,\"trackings\":[{\"c\":[{}]}],\"x\":[1]}}",
     "D1:52<{\"c\":[{}]}>"},
    {"shippo page", "{\"next\":null,\"results\":[{},{}]}", "D1:25<{}> D1:28<{}>"},
    {"17track lists", "{\"code\":0,\"data\":{\"accepted\":[{\"n\":1}],\"rejected\":[{\"n\":2}]}}",
     "D1:31<{\"n\":1}> D1:52<{\"n\":2}>"},
    {"a list of that name further in is none", "{\"x\":{\"trackers\":[{}]}}", "D1:1<{\"x\":{\"trackers\":[{}]}}>"},
    {"a value of that name is none", "{\"a\":\"trackers\",\"b\":[{}]}", "D1:1<{\"a\":\"trackers\",\"b\":[{}]}>"},
    {"page in an array", "[{\"trackers\":[{}]},{\"trackers\":[{\"z\":0}]}]", "D1:15<{}> D1:33<{\"z\":0}>"},
    {"garbage", "hello\n{}\n42\n", "B1:1@1:1<hello> D2:1<{}> B3:1@3:1<42>"},
    {"garbage before", "x{}", "B1:1@1:1<x> D1:2<{}>"},
    {"scalars in an array", "[1,\"a\",{},null]", "B1:2@1:2<1> B1:4@1:4<\"a\"> D1:8<{}> B1:11@1:11<null>"},
    {"open string", "{\"a\":\"x}\n{\"b\":1}\n", "B1:1@1:9<{\"a\":\"x}\n> D2:1<{\"b\":1}>"},
    {"missing bracket", "{\"a\":{\"x\":1}\n{\"b\":1}\n{\"c\":1}", "B1:1@2:1<{\"a\":{\"x\":1}\n> D2:1<{\"b\":1}> D3:1<{\"c\":1}>"},
    {"cut after a colon", "{\"a\":\n{\"b\":1}\n{\"c\":1}\n", "B1:1@3:1<{\"a\":\n> D2:1<{\"b\":1}> D3:1<{\"c\":1}>"},
    {"cut after a comma", "{\"a\":1,\n{\"b\":1}\n", "B1:1@2:1<{\"a\":1,\n> D2:1<{\"b\":1}>"},
    {"cut in a list", "{\"a\":[\n{\"b\":1}\n{\"c\":1}\n", "B1:1@3:1<{\"a\":[\n> D2:1<{\"b\":1}> D3:1<{\"c\":1}>"},
    {"wrong bracket", "{\"a\":1]}\n{}", "B1:1@1:7<{\"a\":1]}\n> D2:1<{}>"},
    {"broken and pretty", "{\n \"a\": \"x\n },\n \"b\": {\n  \"c\": 1\n }\n}\n{\n}\n",
     "B1:1@2:9<{\n \"a\": \"x\n },\n \"b\": {\n  \"c\": 1\n }\n}\n> D8:1<{\n}>"},
    {"broken in a pretty array", "[\n  {\n    \"a\": \"x\n  },\n  {\n    \"b\": 1\n  }\n]\n{}",
     "B2:3@3:12<{\n    \"a\": \"x\n  },\n  > D5:3<{\n    \"b\": 1\n  }> D9:1<{}>"},
    {"the end is missing", "{}\n{\"a\":[1,2", "D1:1<{}> B2:1@2:10<{\"a\":[1,2>"},
    {"the list's end is missing", "{\"trackers\":[{},", "D1:14<{}> B1:13@1:13<>"},
    {"closing too much", "{}]{}", "D1:1<{}> B1:3@1:3<]> D1:4<{}>"},
};

static void cuts_every_shape(void **state)
{
    struct buf got;
    (void)state;
    buf_init(&got, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t step = 1; step < 40; step += 1 + step / 4) {
            cut(cases[i].text, strlen(cases[i].text), step, 0, &got);
            if (strcmp(buf_str(&got), cases[i].pieces) != 0)
                print_error("%s, %zu bytes a read\n", cases[i].name, step);
            assert_string_equal(buf_str(&got), cases[i].pieces);
        }
    buf_finish(&got);
}

/* A document over the bound costs itself: its head is kept, and reading goes on after it. */
static void oversized_is_cut(void **state)
{
    struct buf got, text;
    (void)state;
    buf_init(&got, 0);
    buf_init(&text, 0);
    buf_puts(&text, "{\"a\":1}\n{\"b\":\"");
    for (int i = 0; i < 400000; i++)
        buf_puts(&text, i % 64 ? "x" : "{");
    buf_puts(&text, "\",\n\"c\":2}\n{\"d\":4}\n");
    cut(text.data, text.len, SIZE_MAX, 1000, &got);
    buf_cut(&text, 0);
    assert_ptr_equal(strstr(buf_str(&got), "D1:1<{\"a\":1}> B2:1@3:7<{\"b\":\"{xxx"), buf_str(&got));
    const char *tail = strstr(buf_str(&got), "> D4:1<{\"d\":4}>");
    assert_non_null(tail);
    assert_string_equal(tail, "> D4:1<{\"d\":4}>");
    assert_true(got.len < 1100);
    buf_finish(&got);
    buf_finish(&text);
}

static void deep_nesting_is_broken(void **state)
{
    struct buf got, text;
    (void)state;
    buf_init(&got, 0);
    buf_init(&text, 0);
    buf_puts(&text, "{\"a\":");
    for (int i = 0; i < 100000; i++)
        buf_putc(&text, '[');
    buf_puts(&text, "\n{}");
    cut(text.data, text.len, SIZE_MAX, 0, &got);
    assert_int_equal(strncmp(buf_str(&got), "B1:1@1:517<", 11), 0);
    assert_non_null(strstr(buf_str(&got), "> D2:1<{}>"));
    buf_finish(&got);
    buf_finish(&text);
}

static long failing_read(void *self, char *to, size_t size, struct err *e)
{
    (void)self, (void)to, (void)size;
    err_set(e, ERR_IO, "x.json", "gone");
    return -1;
}

static void a_failing_source_is_an_error(void **state)
{
    struct split *s = split_create((struct split_source){NULL, failing_read}, 0);
    struct split_piece p;
    struct err e;
    (void)state;
    assert_false(split_next(s, &p, &e));
    assert_int_equal(e.code, ERR_IO);
    split_destroy(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_every_shape),
        cmocka_unit_test(oversized_is_cut),
        cmocka_unit_test(deep_nesting_is_broken),
        cmocka_unit_test(a_failing_source_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
