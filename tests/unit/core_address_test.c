/* Which addresses may go on the wire; what of one is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "core/address.h"

static void each_is(bool (*check)(const char *, size_t), const char *const *texts, size_t n, bool wanted)
{
    for (size_t i = 0; i < n; i++)
        if (check(texts[i], strlen(texts[i])) != wanted)
            fail_msg("\"%s\" should %sbe taken", texts[i], wanted ? "" : "not ");
}
#define EACH(check, wanted, ...)                                              \
    do {                                                                      \
        static const char *const texts[] = {__VA_ARGS__};                     \
        each_is(check, texts, sizeof texts / sizeof *texts, wanted);          \
    } while (0)

static void mail(void **state)
{
    (void)state;
    EACH(address_is_email, true, "rosa@example.com", "r@x.io", "rosa.delgado+doorstep@mail.example.co.uk", "o'brien@example.ie",
         "!#$%&'*+-/=?^_`{|}~@example.com", "1@2.3a", "A-B_c@Ex-ample.COM", "rosa@xn--bcher-kva.example", "rosa@bücher.example",
         "rösa@example.com", "用户@例子.广告", "ame\xCC\x81lie@example.fr", "a@1.2.3.4a");
    EACH(address_is_email, false, "", "@", "rosa", "rosa@", "@example.com", "rosa@localhost", "rosa@example.", "rosa@.example.com",
         "rosa@example..com", ".rosa@example.com", "rosa.@example.com", "ro..sa@example.com", "rosa@-x.com", "rosa@x-.com", "rosa@x.com-",
         "rosa@10.0.0.1", "rosa@[10.0.0.1]", "rosa@x.123", "rosa@x_y.com", "\"rosa\"@example.com", "\"r o\"@example.com",
         "Rosa <rosa@example.com>", "<rosa@example.com>", "a@b@example.com", "rosa@example.com,bob@example.com", "rosa@example.com;x",
         "@relay.example:rosa@example.com", "rosa(comment)@example.com", "rosa\\@example.com", "mailto:rosa@example.com",
         "rosa:x@example.com", "rosa@exa mple.com", "rosa @example.com", " rosa@example.com", "rosa@example.com ", "rosa@example.com\t",
         "rosa@example.com/x", "rosa@example.com?subject=x", "rosa@example.com%0d%0a", "rosa@example.com:25", "rosa@ex*mple.com");
}

static void nothing_gets_in_with_an_address(void **state)
{
    (void)state;
    EACH(address_is_email, false, "rosa@example.com\r\nRCPT TO:<all@example.com>", "rosa@example.com\nBcc: all@example.com", "ro\rsa@example.com",
         "ro\nsa@example.com", "rosa\r\n@example.com", "rosa@exam\r\nple.com", "rosa@example.com>\r\nDATA", "rosa@example.com\x0B", "\x01rosa@example.com",
         "ro\x7Fsa@example.com", "ro\x1B[2Jsa@example.com",
         "ro\xC2\x85sa@example.com", "ro\xE2\x80\xA8sa@example.com", "ro\xC2\xA0sa@example.com", "ro\xE3\x80\x80sa@example.com",
         "ro\xE2\x80\xAEsa@example.com", "ro\xE2\x80\x8Bsa@example.com", "ro\xEF\xBB\xBFsa@example.com", "rosa@ex\xE2\x80\x8D.com",
         "ro\xFFsa@example.com", "ro\xC0\x8Asa@example.com", "ro\xED\xA0\x80sa@example.com", "rosa@ex\xC3.com", "rosa@example.com\xE2\x80");
    assert_false(address_is_email("ro\0sa@example.com", 18));
    assert_false(address_is_email("rosa@example.com\0", 17));
    assert_false(address_is_email("rosa@example.com\0.evil.example", 30));
    assert_true(address_is_email("rosa@example.comXXX", 16));
    assert_false(address_is_email("rosa@example.com", 5));
}

/* local letters, "@", then a host of labels of 63 at most, all in all so long. */
static void build(struct buf *b, int local, int all)
{
    buf_init(b, 0);
    for (int i = 0; i < local; i++)
        buf_putc(b, 'l');
    buf_putc(b, '@');
    while ((int)b->len < all - 4)
        buf_putc(b, ((int)b->len - local) % 60 == 0 ? '.' : 'h');
    buf_puts(b, ".com");
}

static void lengths(void **state)
{
    static const struct { int local, all; bool ok; } rows[] = {
        {64, 100, true}, {65, 100, false}, {64, 254, true}, {64, 255, false}, {1, 254, true}, {1, 255, false}, {10, 5000, false},
    };
    char label[80];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b;
        build(&b, rows[i].local, rows[i].all);
        assert_int_equal(b.len, rows[i].all);
        if (address_is_email(buf_str(&b), b.len) != rows[i].ok)
            fail_msg("%d %d: %s", rows[i].local, rows[i].all, buf_str(&b));
        buf_finish(&b);
    }
    memset(label, 'h', sizeof label);
    memcpy(label, "a@", 2);
    memcpy(label + 2 + 63, ".de", 4);
    assert_true(address_is_email(label, strlen(label)));
    memcpy(label + 2 + 63, "h.de", 5);
    assert_false(address_is_email(label, strlen(label)));
}

static void phones(void **state)
{
    (void)state;
    EACH(address_is_phone, true, "+1512555", "+15125550142", "+4915112345678", "+999999999999999");
    EACH(address_is_phone, false, "", "+", "15125550142", "+0512555014", "+151255", "+1234567890123456", "+1 512 555 0142", "+1-512-555-0142",
         "+1(512)5550142", "+1512555014x", "++15125550142", "0015125550142", "+15125550142\n", "+15125550142\r\nX: y", "+1512555014\xEF\xBC\x91",
         "whatsapp:+15125550142", " +15125550142", "+15125550142 ", "tel:+15125550142");
    assert_false(address_is_phone("+1512555\0" "42", 11));
}

static void headers(void **state)
{
    (void)state;
    EACH(address_is_header_safe, true, "", "Where is order 10-33812?", "¿Dónde? 日本 🚚", "a\xC2\xA0" "b");
    EACH(address_is_header_safe, false, "a\rb", "a\nb", "a\r\nBcc: x", "a\tb", "\x01", "\x7F", "a\x1B[2J", "a\xC2\x85" "b", "a\xE2\x80\xA8" "b",
         "a\xE2\x80\xA9" "b", "a\xFF", "\n");
    assert_false(address_is_header_safe("a\0b", 3));
}

static void masks(void **state)
{
    static const struct { const char *address; size_t size; const char *wanted; } rows[] = {
        {"rosa@example.com", 64, "r…a@example.com"}, {"ro@example.com", 64, "r…@example.com"}, {"r@example.com", 64, "r…@example.com"},
        {"rös\xC3\xA9@example.com", 64, "r…é@example.com"}, {"日本語@example.com", 64, "日…語@example.com"},
        {"+15125550142", 64, "+1 … 42"}, {"", 64, ""}, {"secret", 64, "…"}, {"512 555 0142", 64, "…"}, {"@example.com", 64, "…@example.com"},
        {"a@b@example.com", 64, "a…b@example.com"}, {"rosa@example.com\r\nX: y", 64, "r…a@example.com X: y"},
        {"rosa@example.com", 6, "r…a"}, {"rosa@example.com", 4, "r"}, {"rosa@example.com", 1, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[64];
        address_mask(rows[i].address, out, rows[i].size);
        assert_string_equal(out, rows[i].wanted);
    }
    char untouched[2] = "x";
    address_mask("rosa@example.com", untouched, 0);
    assert_string_equal(untouched, "x");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(mail),
        cmocka_unit_test(nothing_gets_in_with_an_address),
        cmocka_unit_test(lengths),
        cmocka_unit_test(phones),
        cmocka_unit_test(headers),
        cmocka_unit_test(masks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
