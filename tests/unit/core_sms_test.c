/* How a text travels as SMS: alphabets, extension characters, where segments end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "core/sms.h"

/* A text: a unit so often, then a tail. */
struct row {
    const char *unit;
    int times;
    const char *tail;
    bool ucs2;
    int units, segments, left;
};

static void each_is(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct row *r = &rows[i];
        struct buf b;
        buf_init(&b, 0);
        for (int k = 0; k < r->times; k++)
            buf_puts(&b, r->unit);
        buf_puts(&b, r->tail);
        struct sms_size s = sms_measure(buf_str(&b), b.len);
        if (s.ucs2 != r->ucs2 || s.units != r->units || s.segments != r->segments || s.left != r->left)
            fail_msg("%d × \"%s\" and \"%s\": %s, %d units, %d segments, %d left", r->times, r->unit, r->tail, sms_encoding_name(&s),
                     s.units, s.segments, s.left);
        assert_string_equal(sms_encoding_name(&s), r->ucs2 ? "UCS-2" : "GSM-7");
        buf_finish(&b);
    }
}
#define EACH(rows) each_is(rows, sizeof (rows) / sizeof *(rows))

static void seven_bits(void **state)
{
    static const struct row rows[] = {
        {"", 0, "", false, 0, 0, 160},
        {"a", 1, "", false, 1, 1, 159},
        {"a", 159, "", false, 159, 1, 1},
        {"a", 160, "", false, 160, 1, 0},
        {"a", 161, "", false, 161, 2, 145},
        {"a", 305, "", false, 305, 2, 1},
        {"a", 306, "", false, 306, 2, 0},
        {"a", 307, "", false, 307, 3, 152},
        {"a", 459, "", false, 459, 3, 0},
        {"a", 1530, "", false, 1530, 10, 0},
        {"a", 1531, "", false, 1531, 11, 152},
    };
    (void)state;
    EACH(rows);
}

static void two_septets_are_not_cut(void **state)
{
    static const struct row rows[] = {
        {"€", 1, "", false, 2, 1, 158},
        {"€", 80, "", false, 160, 1, 0},
        {"a", 158, "€", false, 160, 1, 0},
        {"a", 159, "€", false, 161, 2, 145},
        {"€", 81, "", false, 162, 2, 143},
        /* 152 and an escape would end the first part between its halves: 153 takes 152 of them, the rest starts anew */
        {"a", 152, "€aaaaaaa", false, 161, 2, 144},
        {"a", 151, "€aaaaaaaa", false, 161, 2, 145},
        /* 76 of two fill 152 of 153 */
        {"€", 152, "", false, 304, 2, 1},
        {"€", 153, "", false, 306, 3, 151},
        {"[", 153, "", false, 306, 3, 151},
        {"^{}\\[~]|\f€", 8, "", false, 160, 1, 0},
        {"^{}\\[~]|\f€", 8, "a", false, 161, 2, 144},
    };
    (void)state;
    EACH(rows);
}

static void sixteen_bits(void **state)
{
    static const struct row rows[] = {
        {"日", 1, "", true, 1, 1, 69},
        {"日", 70, "", true, 70, 1, 0},
        {"日", 71, "", true, 71, 2, 63},
        {"日", 134, "", true, 134, 2, 0},
        {"日", 135, "", true, 135, 3, 66},
        {"a", 69, "ç", true, 70, 1, 0},
        {"a", 160, "ç", true, 161, 3, 40},
        /* what is two septets elsewhere is one unit here */
        {"€", 69, "ç", true, 70, 1, 0},
        {"🚚", 1, "", true, 2, 1, 68},
        {"🚚", 35, "", true, 70, 1, 0},
        {"a", 69, "🚚", true, 71, 2, 63},
        /* 33 pairs fill 66 of 67 */
        {"🚚", 66, "", true, 132, 2, 1},
        {"🚚", 67, "", true, 134, 3, 65},
        {"a", 66, "🚚aaa", true, 71, 2, 62},
        {"a", 65, "🚚aaaa", true, 71, 2, 63},
        {"e\xCC\x81", 35, "", true, 70, 1, 0},
    };
    (void)state;
    EACH(rows);
}

static void the_alphabet(void **state)
{
    static const char all[] = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
                              "¿abcdefghijklmnopqrstuvwxyzäöñüà";
    static const struct { const char *text; uint32_t first; } others[] = {
        {"ç", 0xE7}, {"aÇbç", 0xE7}, {"á", 0xE1}, {"í", 0xED}, {"ó", 0xF3}, {"ú", 0xFA}, {"ê", 0xEA}, {"À", 0xC0}, {"È", 0xC8},
        {"ΑΒ", 0x391}, {"δ", 0x3B4}, {"Ε", 0x395}, {"`", 0x60}, {"\t", 0x09}, {"\x7F", 0x7F}, {"’", 0x2019}, {"“", 0x201C}, {"–", 0x2013},
        {"…", 0x2026}, {"\u00A0", 0xA0}, {"☺日", 0x263A}, {"ok 🚚", 0x1F69A}, {"\xFF", 0xFFFD}, {"\x1B", 0x1B},
    };
    (void)state;
    struct sms_size s = sms_measure(all, strlen(all));
    assert_true(!s.ucs2 && s.first == 0);
    assert_int_equal(s.units, 127);                      /* 128 places, one of them the escape */
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        s = sms_measure(others[i].text, strlen(others[i].text));
        if (!s.ucs2 || s.first != others[i].first)
            fail_msg("%s: %d, U+%04X", others[i].text, s.ucs2, (unsigned)s.first);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(seven_bits),
        cmocka_unit_test(two_septets_are_not_cut),
        cmocka_unit_test(sixteen_bits),
        cmocka_unit_test(the_alphabet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
