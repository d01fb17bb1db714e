/* Numbers, times and lines as people read them; what may reach a cell; themes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"
#include "base/when.h"
#include "view/screen.h"
#include "view/text.h"
#include "view/theme.h"

#define NOW INT64_C(1795291380000)     /* 2026-11-21 20:03 UTC, a Saturday */

static void time_left(void **state)
{
    static const struct { int64_t ms; const char *text; } cases[] = {
        {0, "0:00"}, {59 * WHEN_SECOND, "0:00"}, {7 * WHEN_MINUTE, "0:07"}, {90 * WHEN_MINUTE, "1:30"}, {-1, "-0:01"},
        {-12 * WHEN_MINUTE, "-0:12"}, {WHEN_DAY - 1, "23:59"}, {WHEN_DAY, "1d"}, {-26 * WHEN_HOUR, "-1d"},
        {49 * WHEN_HOUR, "2d"}, {5000 * WHEN_DAY, "999d"}, {-5000 * WHEN_DAY, "-999d"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[TEXT_SHORT];
        text_left(cases[i].ms, out, sizeof out);
        assert_string_equal(out, cases[i].text);
    }
}

static void numbers(void **state)
{
    static const struct { int64_t n; const char *text; } cases[] = {
        {0, "0"}, {999, "999"}, {1000, "1,000"}, {1204, "1,204"}, {1234567, "1,234,567"}, {-1000, "-1,000"},
        {INT64_MIN, "-9,223,372,036,854,775,808"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[TEXT_SHORT];
        number_text(cases[i].n, out, sizeof out);
        assert_string_equal(out, cases[i].text);
    }
}

/* What is asked for is written with separators, and may be typed with them or without. */
static void numbers_typed(void **state)
{
    static const struct { const char *text, *out; } cases[] = {
        {"", ""}, {"1912", "1912"}, {"1,912", "1912"}, {"1,9", "19"}, {",1", NULL}, {"1.912", NULL}, {"12a", NULL}, {"-3", NULL},
        {"12345678901234567890123", "12345678901234567890123"}, {"123456789012345678901234", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[24];
        bool ok = number_typed(cases[i].text, strlen(cases[i].text), out, sizeof out);
        assert_int_equal(ok, cases[i].out != NULL);
        if (ok)
            assert_string_equal(out, cases[i].out);
    }
}

static void days(void **state)
{
    static const struct when_zone utc;
    static const struct { int64_t at; int32_t offset; const char *day, *moment; } cases[] = {
        {NOW, 0, "today", "20:03"}, {NOW, -6 * 3600, "today", "14:03"},
        {NOW + 4 * WHEN_HOUR, 0, "tomorrow", "22 Nov 00:03"}, {NOW + 4 * WHEN_HOUR, -6 * 3600, "today", "18:03"},
        {NOW - 21 * WHEN_HOUR, 0, "yesterday", "20 Nov 23:03"}, {NOW - 2 * WHEN_DAY, 0, "Thu 19 Nov", "19 Nov 20:03"},
        {NOW + 60 * WHEN_DAY, 0, "Wed 20 Jan 2027", "20 Jan 2027"}, {0, -3600, "Wed 31 Dec 1969", "31 Dec 1969"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[TEXT_SHORT];
        struct when_zone zone = {.offset = {cases[i].offset}};
        text_day(cases[i].at, NOW, &zone, "none", out, sizeof out);
        assert_string_equal(out, cases[i].day);
        text_moment(cases[i].at, NOW, &zone, out, sizeof out);
        assert_string_equal(out, cases[i].moment);
    }
    char out[TEXT_SHORT];
    text_day(WHEN_NONE, NOW, &utc, "none", out, sizeof out);
    assert_string_equal(out, "none");
    text_moment(WHEN_NONE, NOW, &utc, out, sizeof out);
    assert_string_equal(out, "");
    text_ago(NOW - 179 * WHEN_MINUTE, NOW, out, sizeof out);
    assert_string_equal(out, "2h59m ago");
    text_ago(NOW + 5, NOW, out, sizeof out);
    assert_string_equal(out, "now");
}

static void wrapping(void **state)
{
    static const struct { const char *text; int width; const char *lines; } cases[] = {
        {"one two three", 7, "one two|three"}, {"one two three", 8, "one two|three"}, {"one", 7, "one"},
        {"incomprehensibilities", 8, "incompre|hensibil|ities"}, {"a\nb c", 9, "a|b c"}, {"\u5c71\u7530\u592a\u90ce", 5, "\u5c71\u7530|\u592a\u90ce"},
        {"\u5c71\u7530", 1, "\u5c71|\u7530"}, {"end \n", 9, "end "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char got[128] = "";
        size_t n = strlen(cases[i].text), used = 0;
        for (size_t at = 0, next; at < n; at += next) {
            size_t line = text_wrap(cases[i].text + at, n - at, cases[i].width, &next);
            assert_true(next > 0);
            used += (size_t)snprintf(got + used, sizeof got - used, "%s%.*s", at ? "|" : "", (int)line, cases[i].text + at);
        }
        assert_string_equal(got, cases[i].lines);
    }
}

/* One row as text: "_" stands for the right half of a wide character. */
static const char *row_text(const struct screen *s)
{
    static char out[256];
    size_t used = 0;
    for (int i = 0; i < s->cols; i++) {
        used += utf8_encode(s->cells[i].ch ? s->cells[i].ch : '_', out + used);
        for (int k = 0; k < CELL_MARKS && s->cells[i].marks[k] != 0; k++)
            used += utf8_encode(s->cells[i].marks[k], out + used);
    }
    out[used] = '\0';
    return out;
}

static void fields(void **state)
{
    static const struct { const char *text; int width; bool right, ascii; const char *row; } cases[] = {
        {"abc", 5, false, false, "abc  ..."}, {"abc", 5, true, false, "  abc..."}, {"abcdef", 5, false, false, "abcd\u2026..."},
        {"abcdefghij", 8, false, true, "abcde..."}, {"abcdef", 5, false, true, "abcd...."},
        {"\u5c71\u7530\u592a", 5, false, false, "\u5c71_\u7530_\u2026..."}, {"\u5c71\u7530\u592a", 4, false, false, "\u5c71_\u2026 ...."},
        {"u\u0308x", 3, false, false, "u\u0308x ....."}, {"a\x1b[31mb\x07", 8, false, false, "a[31mb  "},
        {"a\u202eb\u200bc", 4, false, false, "abc ...."}, {"\xff", 2, false, false, "\ufffd ......"},
        {"abc", 0, false, false, "........"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct screen s;
        screen_init(&s);
        screen_resize(&s, 1, 8);
        s.ascii = cases[i].ascii;
        screen_fill(&s, 0, 0, 8, STYLE_NORMAL, '.');
        (cases[i].right ? screen_field_right : screen_field)(&s, 0, 0, cases[i].width, STYLE_DIM, cases[i].text);
        assert_string_equal(row_text(&s), cases[i].row);
        screen_finish(&s);
    }
}

static void halves_and_edges(void **state)
{
    struct screen s;
    (void)state;
    screen_init(&s);
    screen_resize(&s, 1, 6);
    assert_int_equal(screen_put(&s, 0, 1, 9, STYLE_NORMAL, "\u5c71\u7530\u592a"), 5);   /* the third is a blank */
    assert_string_equal(row_text(&s), " \u5c71_\u7530_ ");
    screen_put(&s, 0, 2, 1, STYLE_NORMAL, "x");
    assert_string_equal(row_text(&s), "  x\u7530_ ");
    screen_put(&s, 0, 3, 1, STYLE_NORMAL, "y");
    assert_string_equal(row_text(&s), "  xy  ");
    screen_put(&s, 0, 2, 4, STYLE_NORMAL, "\u5c71\u7530");
    screen_put(&s, 0, 3, 2, STYLE_NORMAL, "\u592a");
    assert_string_equal(row_text(&s), "   \u592a_ ");
    assert_int_equal(screen_put(&s, 0, 6, 3, STYLE_NORMAL, "z"), 0);
    assert_int_equal(screen_put(&s, 1, 0, 3, STYLE_NORMAL, "z"), 0);
    assert_int_equal(screen_put(&s, -1, 0, 3, STYLE_NORMAL, "z"), 0);
    assert_int_equal(screen_put(&s, 0, 5, 3, STYLE_NORMAL, "zz"), 1);
    screen_fill(&s, 0, -2, 100, STYLE_NORMAL, '-');
    assert_string_equal(row_text(&s), "------");
    screen_finish(&s);
}

/* What a state or severity is told with must differ from plain text also without colour,
 * or be told by its words; these have no words of their own. */
static void themes_tell_apart(void **state)
{
    static const enum style marked[] = {STYLE_CURSOR, STYLE_SELECTED, STYLE_CRITICAL, STYLE_BREACH, STYLE_BANNER, STYLE_HEADER,
                                        STYLE_INPUT_ERROR, STYLE_KEY, STYLE_ACCENT, STYLE_LINK};
    (void)state;
    for (const struct theme *t = themes; t->name != NULL; t++) {
        assert_ptr_equal(theme_find(t->name), t);
        for (size_t i = 0; i < sizeof marked / sizeof marked[0]; i++)
            assert_memory_not_equal(&t->look[marked[i]], &t->look[STYLE_NORMAL], sizeof t->look[0]);
    }
    assert_string_equal(themes[0].name, "default");
    assert_null(theme_find("no such theme"));
    const struct theme *mono = theme_find("mono");
    for (int i = 0; i < STYLE_COUNT; i++) {
        assert_int_equal(mono->look[i].fg, -1);
        assert_int_equal(mono->look[i].bg, -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_left), cmocka_unit_test(numbers), cmocka_unit_test(numbers_typed), cmocka_unit_test(days), cmocka_unit_test(wrapping),
        cmocka_unit_test(fields), cmocka_unit_test(halves_and_edges), cmocka_unit_test(themes_tell_apart),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
