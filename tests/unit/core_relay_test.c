/* What a relay and its dashboards say: every line read, everything damaged refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/relay.h"

#define NAME "doorstep_0123456789abcdef0123456789abcdef"

static bool reads(const char *text, struct relay_line *out)
{
    static char line[RELAY_LINE];
    snprintf(line, sizeof line, "%s", text);
    return relay_read(line, out);
}

static void test_lines(void **state)
{
    struct relay_line l;
    (void)state;
    assert_true(reads("hello 1", &l));
    assert_int_equal(l.word, RELAY_HELLO);
    assert_int_equal(l.number, 1);
    assert_true(reads("want 7 73401.16384 3 doorstep " NAME, &l));
    assert_int_equal(l.word, RELAY_WANT);
    assert_int_equal(l.number, 7);
    assert_string_equal(l.identity, "73401.16384");
    assert_int_equal(l.timeline, 3);
    assert_int_equal(l.count, 2);
    assert_string_equal(l.names[1], NAME);
    assert_true(reads("sight 3:4:32:100:200 7 9", &l));
    assert_int_equal(l.word, RELAY_SIGHT);
    assert_string_equal(l.text, "3:4:32:100:200 7 9");
    assert_true(reads("hint p 5 maria lopez", &l));
    assert_string_equal(l.text, "p 5 maria lopez");
    assert_true(reads("hint ", &l));
    assert_string_equal(l.text, "");
    assert_true(reads("no 4294967295 it is another database", &l));
    assert_int_equal(l.number, UINT32_MAX);
    assert_string_equal(l.text, "it is another database");
    assert_true(reads("up", &l));
    assert_int_equal(l.word, RELAY_UP);
}

static void test_damaged(void **state)
{
    static const char *const wrong[] = {
        "", " ", "hello", "hello ", "hello x", "hello -1", "hello 1 ", "hello 1 2", "hello 99999999999", "hello 4294967296", "helo 1",
        "want", "want 1", "want 1 a", "want 1 a b doorstep", "want 1 a 1", "want 1 a 1 ", "want 1 a 2147483648 doorstep", "want 1  1 doorstep",
        "want 1 a 1 doorstep ", "want 1 a 1 doorstep  doorstep", "want 1 a 1 other", "want 1 a 1 doorstep_0123", "want 1 a 1 " NAME "0",
        "want 1 a 1 doorstep_0123456789ABCDEF0123456789abcdef", "want 1 a 1 doorstep;DROP", "have", "have 1 2", "up 1", "no 1", "hint", "sight", "ping", "pong 1x",
    };
    struct relay_line l;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (reads(wrong[i], &l))
            fail_msg("read: \"%s\"", wrong[i]);
}

static void test_too_many_names(void **state)
{
    static char line[RELAY_LINE];
    struct relay_line l;
    size_t n = (size_t)snprintf(line, sizeof line, "want 1 a 1");
    (void)state;
    for (int i = 0; i <= RELAY_NAMES; i++)
        n += (size_t)snprintf(line + n, sizeof line - n, " doorstep");
    assert_false(relay_read(line, &l));
}

/* Who works for very many brands has a channel each: as many as a line has room for. */
static void test_many_names(void **state)
{
    static char line[RELAY_LINE];
    struct relay_line l;
    size_t n = (size_t)snprintf(line, sizeof line, "want 4294967295 18446744073709551615.4294967295 2147483647"), names = 0;
    (void)state;
    for (; n + sizeof " " NAME < sizeof line; names++)
        n += (size_t)snprintf(line + n, sizeof line - n, " " NAME);
    assert_true(relay_read(line, &l));
    assert_int_equal(l.count, names);
}

/* Every way to cut a conversation gives the same lines; a line too long leaves no room. */
static void test_stream(void **state)
{
    static const char text[] = "hello 1\nhint e 5:1:0:0:0:0:0:1\nhint v\n\nup\n";
    static struct relay_stream s;
    (void)state;
    for (size_t cut = 1; cut < sizeof text; cut++) {
        char got[sizeof text] = "";
        size_t n = 0;
        s.len = s.taken = 0;
        for (size_t at = 0; at < sizeof text - 1; at += cut) {
            size_t more = sizeof text - 1 - at < cut ? sizeof text - 1 - at : cut;
            assert_true(relay_space(&s) >= more);
            memcpy(s.data + s.len, text + at, more);
            s.len += more;
            for (char *line; (line = relay_next(&s));)
                n += (size_t)snprintf(got + n, sizeof got - n, "%s\n", line);
        }
        assert_string_equal(got, text);
    }
    s.taken = 0;
    s.len = sizeof s.data;
    memset(s.data, 'x', sizeof s.data);
    assert_null(relay_next(&s));
    assert_int_equal(relay_space(&s), 0);
}

/* Anything at all: read or refused, never beyond its end. The sanitizers watch. */
static void test_noise(void **state)
{
    static const char start[] = "want 12 73401.16384 1 doorstep " NAME " doorstep";
    uint32_t seed = 11;
    struct relay_line l;
    (void)state;
    for (int round = 0; round < 20000; round++) {
        char line[sizeof start];
        memcpy(line, start, sizeof line);
        for (int i = 0; i < 1 + round % 4; i++) {
            seed = seed * 1664525 + 1013904223;
            line[(seed >> 8) % (sizeof line - 1)] = (char)(seed >> 24);
        }
        if (relay_read(line, &l) && l.word == RELAY_WANT)
            for (size_t i = 0; i < l.count; i++)
                assert_true(relay_channel(l.names[i]));
    }
}

static void test_payload(void **state)
{
    static char long_one[2 * RELAY_LINE], out[RELAY_LINE];
    (void)state;
    relay_payload("p 5 a\nhint r *\r", out);
    assert_string_equal(out, "p 5 a hint r * ");
    memset(long_one, 'x', sizeof long_one - 1);
    relay_payload(long_one, out);
    assert_true(strlen(out) < RELAY_LINE - 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),  cmocka_unit_test(test_damaged), cmocka_unit_test(test_too_many_names), cmocka_unit_test(test_many_names),
        cmocka_unit_test(test_stream), cmocka_unit_test(test_noise),   cmocka_unit_test(test_payload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
