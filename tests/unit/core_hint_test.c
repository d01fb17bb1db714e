#include "core/hint.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void exceptions_are_read(void **state)
{
    struct hint h;
    (void)state;
    assert_true(hint_parse("e 48121:7:0:2:5:3:1795276800000:1;9:1:4:0:20:0:-5", &h));
    assert_int_equal(h.kind, HINT_EXCEPTIONS);
    assert_int_equal(h.count, 2);
    assert_int_equal(h.items[0].id, 48121);
    assert_int_equal(h.items[0].rev, 7);
    assert_int_equal(h.items[0].state, STATE_NEW);
    assert_int_equal(h.items[0].severity, SEVERITY_HIGH);
    assert_int_equal(h.items[0].kind, KIND_ADDRESS_ISSUE);
    assert_int_equal(h.items[0].carrier, 3);
    assert_int_equal(h.items[0].urgency, 1795276800000);
    assert_true(h.items[0].opened);
    assert_int_equal(h.items[1].state, STATE_RESOLVED);
    assert_int_equal(h.items[1].urgency, -5);
    assert_false(h.items[1].opened);
    hint_finish(&h);
    assert_null(h.items);
    assert_true(hint_parse("e 1:1:0:0:0:0:-9223372036854775808;", &h));
    assert_int_equal(h.count, 1);
    assert_int_equal(h.items[0].urgency, INT64_MIN);
    hint_finish(&h);
}

static void the_other_kinds_are_read(void **state)
{
    struct hint h;
    (void)state;
    assert_true(hint_parse("m 5000", &h));
    assert_int_equal(h.kind, HINT_MANY);
    assert_int_equal(h.count, 5000);
    assert_true(hint_parse("p 48121 maria lopez", &h));
    assert_int_equal(h.kind, HINT_PRESENCE);
    assert_int_equal(h.id, 48121);
    assert_string_equal(h.role, "maria lopez");
    assert_true(hint_parse("p 0 da\x1b[1mna\xE2\x80\xAE", &h));
    assert_int_equal(h.id, 0);
    assert_string_equal(h.role, "da[1mna");
    assert_true(hint_parse("v", &h));
    assert_int_equal(h.kind, HINT_VIEWS);
    assert_true(hint_parse("s 12", &h));
    assert_int_equal(h.kind, HINT_SCHEMA);
    assert_int_equal(h.version, 12);
    assert_true(hint_parse("o", &h));
    assert_int_equal(h.kind, HINT_OUTBOX);
    hint_finish(&h);
}

static void many_say_what_they_are_within(void **state)
{
    struct hint h;
    struct buf b;
    static const char said[] = "m 8000:1:100001:108000:1:6:32:1795276800000:9223372036854775807";
    (void)state;
    assert_true(hint_parse(said, &h));
    assert_int_equal(h.count, 8000);
    assert_true(h.reach.known && h.reach.opened);
    assert_true(h.reach.id_from == 100001 && h.reach.id_to == 108000);
    assert_true(h.reach.states == 1u << STATE_NEW && h.reach.severities == 6 && h.reach.kinds == 1u << KIND_ADDRESS_ISSUE);
    assert_true(h.reach.urgency_from == INT64_C(1795276800000) && h.reach.urgency_to == INT64_MAX);
    buf_init(&b, 0);
    hint_format(&h, "", &b);
    assert_string_equal(buf_str(&b), said);
    buf_finish(&b);
    assert_true(hint_parse("m 8000", &h));
    assert_false(h.reach.known);
}

static void anything_else_is_refused(void **state)
{
    static const char *const rows[] = {
        "", "e", "e ", "e;", "e 1", "e 1:1:0:0:0:0", "e 1:1:0:0:0:0:", "e 1:1:0:0:0:0:0:", "e 1:1:0:0:0:0:0:2",
        "e 1:1:0:0:0:0:0:1:1", "e 1:1:0:0:0:0:0;;", "e 1:1:0:0:0:0:0;x", "e 1:1:0:0:0:0:0 ", "e 0:1:0:0:0:0:0",
        "e -1:1:0:0:0:0:0", "e 1:-1:0:0:0:0:0", "e 1:2147483648:0:0:0:0:0", "e 1:1:5:0:0:0:0", "e 1:1:0:4:0:0:0",
        "e 1:1:0:0:21:0:0", "e 1:1:0:0:0:-1:0", "e 1:1:0:0:0:0:9223372036854775808", "e +1:1:0:0:0:0:0",
        "e  1:1:0:0:0:0:0", "e 1:1:0:0:0:0:-", "e 0x1:1:0:0:0:0:0", "m", "m ", "m -1", "m 1x", "m 99999999999999999999",
        "m 1:", "m 1:1:1:2:1:1:1:0", "m 1:1:1:2:1:1:1:0:", "m 1:1:1:2:1:1:1:0:0:", "m 1:2:1:2:1:1:1:0:0", "m 1:0:0:2:1:1:1:0:0",
        "m 1:0:1:2:32:1:1:0:0", "m 1:0:1:2:1:16:1:0:0", "m 1:0:1:2:1:1:2097152:0:0", "m 1:0:1:2:0:1:1:0:0",
        "p", "p 1", "p 1 ", "p 1 \x1b", "p -1 maria", "p x maria", "v ", "v1", "vv", "s", "s ", "s x", "s -1",
        "s 2147483648", "o ", "o 1", "oo", "x", "E 1:1:0:0:0:0:0", " v",
    };
    struct hint h;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (hint_parse(rows[i], &h))
            fail_msg("\"%s\" was taken for a hint", rows[i]);
        assert_int_equal(h.kind, HINT_MANY);
        assert_null(h.items);
        assert_false(h.reach.known);
    }
}

static bool seen(const struct hint_sight *s, const char *payload)
{
    struct hint h;
    if (!hint_parse(payload, &h))
        fail_msg("\"%s\" is no hint", payload);
    bool at_once = hint_in_sight(s, &h);
    hint_finish(&h);
    return at_once;
}

/* New or working (3), high (4), kind 5 (32), urgency 100 to 200; rows 7, 9, 40. */
static void what_shows_is_heard_of_first(void **state)
{
    static const char *const at_once[] = {
        "e 1:1:0:2:5:0:100", "e 1:1:1:2:5:0:200", "e 1:1:0:2:5:0:-4:1", "e 1:1:4:0:0:0:900;2:1:0:2:5:0:150", "e 7:1:4:0:0:0:900", "e 40:1:4:0:0:0:0", "m 5",
        "m 5:1:1:6:1:4:32:1:100", "m 5:1:1:6:31:15:63:200:300", "m 5:0:8:9:4:1:1:1:1", "m 5:0:1:7:4:1:1:1:1", "p 9 maria", "v", "s 3", "u", "k", "r *",
    };
    static const char *const later[] = {
        "e 1:1:2:2:5:0:150", "e 1:1:0:1:5:0:150", "e 1:1:0:2:6:0:150", "e 1:1:0:2:5:0:99", "e 1:1:0:2:5:0:201", "e 1:1:0:2:5:0:201:1", "e 8:1:4:0:0:0:900",
        "m 5:1:7:9:4:1:1:1:1", "m 5:0:10:39:4:1:1:1:1", "m 5:0:41:90:1:4:32:1:99", "m 5:0:41:90:1:4:32:201:209", "p 8 maria", "p 0 maria", "o", "d",
    };
    static struct hint_sight s;
    (void)state;
    assert_true(hint_sight_parse("3:4:32:100:200 40 7 9", &s));
    assert_true(s.known && s.count == 3 && s.ids[0] == 7 && s.ids[2] == 40);
    for (size_t i = 0; i < sizeof at_once / sizeof *at_once; i++)
        if (!seen(&s, at_once[i]))
            fail_msg("\"%s\" is let wait", at_once[i]);
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        if (seen(&s, later[i]))
            fail_msg("\"%s\" does not wait", later[i]);
    assert_true(hint_sight_parse("*", &s));
    assert_true(seen(&s, later[0]) && seen(&s, "o"));
}

static void what_shows_is_said_and_read(void **state)
{
    static const char *const wrong[] = {"", "**", "1", "1:1:1:1", "1:1:1:1:", "1:1:1:1:1 ", "1:1:1:1:1  7", "1:1:1:1:1 0", "1:1:1:1:1 7x", "32:1:1:1:1", "1:16:1:1:1",
                                        "-1:1:1:1:1", "1:1:2097152:1:1", "1:1:1:1:9223372036854775808", " 1:1:1:1:1"};
    static const char said[] = "31:15:2097151:-9223372036854775808:9223372036854775807 1 5 9223372036854775807";
    static struct hint_sight s;
    struct buf b;
    (void)state;
    buf_init(&b, 0);
    assert_true(hint_sight_parse(said, &s));
    hint_sight_format(&s, &b);
    assert_string_equal(buf_str(&b), said);
    buf_reset(&b);
    buf_puts(&b, "1:1:1:1:1");
    for (int i = 1; i <= HINT_SIGHT_IDS; i++)
        buf_printf(&b, " %d", i);
    assert_true(hint_sight_parse(buf_str(&b), &s));
    buf_puts(&b, " 7");
    assert_false(hint_sight_parse(buf_str(&b), &s));
    assert_false(s.known);
    buf_finish(&b);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (hint_sight_parse(wrong[i], &s) || s.known)
            fail_msg("\"%s\" was taken", wrong[i]);
}

static void a_long_role_is_cut(void **state)
{
    char payload[300] = "p 1 ";
    struct hint h;
    (void)state;
    memset(payload + 4, 'r', sizeof payload - 5);
    assert_true(hint_parse(payload, &h));
    assert_int_equal(strlen(h.role), sizeof h.role - 1);
}

static void mutations_do_no_harm(void **state)
{
    static const char alphabet[] = "0123456789:;- epmsv\x1b\xFF";
    static const char *const seeds[] = {"e 48121:7:0:2:5:3:17952768:1;9:1:4:0:20:0:-5", "m 12", "p 7 maria", "s 3"};
    unsigned seed = 7;
    size_t taken = 0;
    (void)state;
    for (int round = 0; round < 50000; round++) {
        char *text = strdup(seeds[round % 4]);  /* on the heap, so that overruns are seen */
        for (int i = rand_r(&seed) % 4; i >= 0; i--)
            text[(size_t)rand_r(&seed) % strlen(seeds[round % 4])] =
                alphabet[(size_t)rand_r(&seed) % (sizeof alphabet - 1)];
        struct hint h;
        if (hint_parse(text, &h)) {
            taken++;
            for (size_t i = 0; h.kind == HINT_EXCEPTIONS && i < h.count; i++)
                assert_true(h.items[i].id > 0 && h.items[i].kind < KIND_COUNT && h.items[i].state < STATE_COUNT);
            hint_finish(&h);
        }
        free(text);
    }
    assert_in_range(taken, 1, 49999);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(exceptions_are_read),
        cmocka_unit_test(the_other_kinds_are_read),
        cmocka_unit_test(many_say_what_they_are_within),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(what_shows_is_heard_of_first),
        cmocka_unit_test(what_shows_is_said_and_read),
        cmocka_unit_test(a_long_role_is_cut),
        cmocka_unit_test(mutations_do_no_harm),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
