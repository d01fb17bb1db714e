#include "base/utf8.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A string literal with its length, so that it may hold NUL bytes. */
#define S(text) (text), sizeof(text) - 1

static void decoding_eats_maximal_subparts(void **state)
{
    static const struct { const char *s; size_t n, eaten; uint32_t cp; } rows[] = {
        {S("A"), 1, 'A'},
        {S("\xC3\xA9"), 2, 0xE9},
        {S("\xE2\x82\xAC"), 3, 0x20AC},
        {S("\xF0\x9F\x98\x80"), 4, 0x1F600},
        {S("\xF4\x8F\xBF\xBF"), 4, 0x10FFFF},
        {S("\xED\x9F\xBF"), 3, 0xD7FF},
        {S("\xC0\x80"), 1, UTF8_BAD},          /* over-long */
        {S("\xC1\xBF"), 1, UTF8_BAD},
        {S("\xE0\x9F\xBF"), 1, UTF8_BAD},
        {S("\xF0\x8F\xBF\xBF"), 1, UTF8_BAD},
        {S("\xED\xA0\x80"), 1, UTF8_BAD},      /* surrogate */
        {S("\xF4\x90\x80\x80"), 1, UTF8_BAD},  /* past the end */
        {S("\xF5\x80\x80\x80"), 1, UTF8_BAD},
        {S("\xFF"), 1, UTF8_BAD},
        {S("\x80"), 1, UTF8_BAD},
        {S("\xE2\x82" "A"), 2, UTF8_BAD},      /* cut short: the good part of it at once */
        {S("\xF0\x9F\x98"), 3, UTF8_BAD},
        {S("\xF0\x9F" "AB"), 2, UTF8_BAD},
        {S("\xC3"), 1, UTF8_BAD},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t cp;
        assert_int_equal(utf8_decode(rows[i].s, rows[i].n, &cp), rows[i].eaten);
        assert_int_equal(cp, rows[i].cp);
    }
}

static void every_code_point_survives_the_round_trip(void **state)
{
    (void)state;
    for (uint32_t cp = 0; cp <= 0x110000; cp++) {
        char bytes[4];
        uint32_t back;
        size_t n = utf8_encode(cp, bytes);
        bool real = cp <= 0x10FFFF && (cp < 0xD800 || cp > 0xDFFF);
        if (utf8_decode(bytes, n, &back) != n || back != (real ? cp : UTF8_BAD) || !utf8_valid(bytes, n))
            fail_msg("U+%04X came back as U+%04X", (unsigned)cp, (unsigned)back);
    }
}

static void hostile_text_becomes_inert(void **state)
{
    static const struct { const char *s; size_t n; const char *out; enum utf8_lines lines; } rows[] = {
        {S("plain text, longer than a word"), "plain text, longer than a word", UTF8_ONE_LINE},
        {S("\x1b[31mred\x1b[0m\a"), "[31mred[0m", UTF8_ONE_LINE},
        {S("a\0b\x7F" "c"), "abc", UTF8_ONE_LINE},
        {S("\x9b" "31m\xc2\x9b" "31m"), "31m31m", UTF8_ONE_LINE},
        {S("one\ttwo\nthree\r\nfour"), "one two three four", UTF8_ONE_LINE},
        {S("one\ttwo\nthree\r\nfour"), "one two\nthree\nfour", UTF8_KEEP_NEWLINES},
        {S("a\xE2\x80\xA8" "b\xE2\x80\xA9" "c"), "a b c", UTF8_ONE_LINE},
        {S("abc\xE2\x80\xAE" "fed\xE2\x80\xAC\xE2\x81\xA6\xE2\x81\xA9\xD8\x9C"), "abcfed", UTF8_ONE_LINE},
        {S("a\xE2\x80\x8B\xE2\x80\x8C\xE2\x80\x8D\xE2\x80\x8E\xE2\x80\x8F" "b"), "ab", UTF8_ONE_LINE},
        {S("\xEF\xBB\xBFmark\xC2\xADless\xE2\x81\xA0\xE1\xA0\x8E"), "markless", UTF8_ONE_LINE},
        {S("x\xF3\xA0\x81\xA1y\xEF\xBF\xBEz\xEF\xB7\x90\xF4\x8F\xBF\xBF"), "xyz", UTF8_ONE_LINE},
        {S("\xEF\xBF\xB9" "a\xEF\xBF\xBB"), "a", UTF8_ONE_LINE},
        {S("a\xFF\xE2\x82z"), "a\xEF\xBF\xBD\xEF\xBF\xBDz", UTF8_ONE_LINE},
        {S("e\xCC\x81\xCC\x82\xCC\x83\xCC\x84\xCC\x85\xCC\x86x\xCC\x81"),
         "e\xCC\x81\xCC\x82\xCC\x83\xCC\x84x\xCC\x81", UTF8_ONE_LINE},
        {S("\xCC\x81" "a"), "a", UTF8_ONE_LINE},
        {S("a\n\xCC\x81" "b"), "a\nb", UTF8_KEEP_NEWLINES},
        {S("\xEF\xB8\x80" "a\xEF\xB8\x80\xE9\x82\x8A\xF3\xA0\x84\x80\xF3\xA0\x84\x81"),
         "a\xE9\x82\x8A\xF3\xA0\x84\x80", UTF8_ONE_LINE},
        {S("\xE2\x9D\xA4\xEF\xB8\x8F"), "\xE2\x9D\xA4", UTF8_ONE_LINE},
        {S("Jos\xC3\xA9 \xE6\x9D\xB1\xE4\xBA\xAC \xF0\x9F\x98\x80"),
         "Jos\xC3\xA9 \xE6\x9D\xB1\xE4\xBA\xAC \xF0\x9F\x98\x80",
         UTF8_ONE_LINE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[128];
        size_t n = utf8_clean(rows[i].s, rows[i].n, out, sizeof out, rows[i].lines);
        assert_string_equal(out, rows[i].out);
        assert_int_equal(n, strlen(rows[i].out));
    }
}

/* Cleans s and checks what must hold for any input whatever. */
static void check_clean(const char *s, size_t n, size_t size, enum utf8_lines lines)
{
    char once[64], twice[64];
    size_t len = utf8_clean(s, n, once, size, lines);
    bool fine = len < size && once[len] == '\0' && strlen(once) == len && utf8_valid(once, len);
    for (size_t i = 0; i < len && fine; i++) {
        unsigned char c = (unsigned char)once[i];
        fine = c != 0x7F && (c >= 0x20 || (c == '\n' && lines == UTF8_KEEP_NEWLINES)) &&
               !(c == 0xC2 && (unsigned char)once[i + 1] < 0xA0);
    }
    fine = fine && utf8_clean(once, len, twice, sizeof twice, lines) == len && memcmp(once, twice, len) == 0;
    if (!fine)
        fail_msg("%zu bytes %02x %02x %02x in %zu: not clean", n, s[0] & 0xFF, n > 1 ? s[1] & 0xFF : 0,
                 n > 2 ? s[2] & 0xFF : 0, size);
}

static void every_short_byte_string_comes_out_clean(void **state)
{
    (void)state;
    for (unsigned v = 0; v < 1u << 24; v++) {
        /* below 0x80 all letters behave alike; all third bytes after a lead matter */
        char s[3] = {(char)(v >> 16), (char)(v >> 8), (char)v};
        unsigned a = v >> 16, b = v >> 8 & 0xFF, c = v & 0xFF;
        if ((a > '0' && a < '~') || (b > '0' && b < '~') || (c > '0' && c < '~'))
            continue;
        check_clean(s, 3, 16, UTF8_ONE_LINE);
        if (!c)
            check_clean(s, 2, 16, UTF8_KEEP_NEWLINES);
    }
}

static void every_code_point_comes_out_clean_and_cut_whole(void **state)
{
    (void)state;
    for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
        char s[16] = "ab";
        size_t n = 2 + utf8_encode(cp, s + 2);
        n += utf8_encode(cp, s + n);
        s[n++] = 'z';
        check_clean(s, n, sizeof s, UTF8_ONE_LINE);
        check_clean(s, n, 3 + cp % 7, UTF8_KEEP_NEWLINES);
    }
}

static void random_bytes_come_out_clean(void **state)
{
    unsigned seed = 48121;
    static const unsigned char spice[] = {0xC2, 0x9B, 0xE2, 0x80, 0xAE, 0xCC, 0x81,
                                          0xF0, 0x9F, 0x1B, 0xEF, 0xB8, 0x8F, '\n'};
    (void)state;
    for (int round = 0; round < 200000; round++) {
        char s[20];
        size_t n = (size_t)rand_r(&seed) % sizeof s + 1;
        for (size_t i = 0; i < n; i++)
            s[i] = (char)(rand_r(&seed) % 3 ? spice[(size_t)rand_r(&seed) % sizeof spice] : rand_r(&seed) % 256);
        check_clean(s, n, (size_t)rand_r(&seed) % 63 + 1, rand_r(&seed) % 2 ? UTF8_ONE_LINE : UTF8_KEEP_NEWLINES);
    }
}

static void no_room_writes_nothing(void **state)
{
    char out[2] = {'x', 'y'};
    (void)state;
    assert_int_equal(utf8_clean("abc", 3, out, 0, UTF8_ONE_LINE), 0);
    assert_int_equal(out[0], 'x');
    assert_int_equal(utf8_clean("abc", 3, out, 1, UTF8_ONE_LINE), 0);
    assert_int_equal(out[0], '\0');
    assert_int_equal(utf8_clean("\xC3\xA9", 2, out, 2, UTF8_ONE_LINE), 0);
}

static void fast_and_slow_paths_agree(void **state)
{
    (void)state;
    /* one odd byte at each place of a long line, so that every offset of a word is met */
    for (size_t at = 0; at < 40; at++)
        for (unsigned byte = 0; byte < 256; byte++) {
            char s[40], out[64];
            memset(s, 'm', sizeof s);
            s[at] = (char)byte;
            bool kept = (byte >= 0x20 && byte < 0x7F) || byte == '\t' || byte == '\n';
            bool bad = byte >= 0xA0;
            size_t want = sizeof s - !(kept || bad) + (bad ? 2 : 0);
            assert_int_equal(utf8_clean(s, sizeof s, out, sizeof out, UTF8_ONE_LINE), want);
            assert_int_equal(utf8_valid(s, sizeof s), byte < 0x80);
            assert_int_equal(utf8_width(s, sizeof s), 39 + (byte >= 0x20 && byte != 0x7F));
        }
}

static void widths_follow_the_terminal(void **state)
{
    static const struct { uint32_t cp; int width; } rows[] = {
        {'a', 1}, {0, 0}, {'\n', 0}, {0x7F, 0}, {0x9B, 0}, {0xE9, 1}, {0x301, 0}, {0x6771, 2}, {0x1F600, 2},
        {0xFF21, 2}, {UTF8_BAD, 1}, {0x0378, 1}, {0xE000, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(utf8_cp_width(rows[i].cp), rows[i].width);
    for (uint32_t cp = 0; cp <= 0x10FFFF; cp++)
        assert_in_range(utf8_cp_width(cp), 0, 2);
    assert_int_equal(utf8_width(S("\xE6\x9D\xB1\xE4\xBA\xAC" "e\xCC\x81")), 5);
    assert_int_equal(setlocale(LC_CTYPE, "C") != NULL, 1);
    assert_int_equal(utf8_cp_width(0x301), 0);  /* the table answers where the locale cannot */
    assert_int_equal(utf8_cp_width(0xE9), 1);
    setlocale(LC_ALL, "C.UTF-8");
}

static void fitting_never_parts_a_base_from_its_marks(void **state)
{
    static const struct { const char *s; size_t n, columns, bytes, used; } rows[] = {
        {S("abcdef"), 4, 4, 4},
        {S("abcdef"), 0, 0, 0},
        {S("abcdefghijklmnopqrstuvwxyz"), 17, 17, 17},
        {S("ab"), 10, 2, 2},
        {S("e\xCC\x81\xCC\x82x"), 1, 5, 1},
        {S("xe\xCC\x81"), 1, 1, 1},
        {S("\xE6\x9D\xB1\xE4\xBA\xAC"), 3, 3, 2},
        {S("\xE6\x9D\xB1\xE4\xBA\xAC"), 1, 0, 0},
        {S("a\xFF" "b"), 2, 2, 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t used;
        assert_int_equal(utf8_fit(rows[i].s, rows[i].n, rows[i].columns, &used), rows[i].bytes);
        assert_int_equal(used, rows[i].used);
        assert_int_equal(utf8_fit(rows[i].s, rows[i].n, rows[i].columns, NULL), rows[i].bytes);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoding_eats_maximal_subparts),
        cmocka_unit_test(every_code_point_survives_the_round_trip),
        cmocka_unit_test(hostile_text_becomes_inert),
        cmocka_unit_test(every_short_byte_string_comes_out_clean),
        cmocka_unit_test(every_code_point_comes_out_clean_and_cut_whole),
        cmocka_unit_test(random_bytes_come_out_clean),
        cmocka_unit_test(no_room_writes_nothing),
        cmocka_unit_test(fast_and_slow_paths_agree),
        cmocka_unit_test(widths_follow_the_terminal),
        cmocka_unit_test(fitting_never_parts_a_base_from_its_marks),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
