/* SHA-256 and HMAC against the vectors of FIPS 180-4, RFC 2202 and RFC 4231, in the texts headers carry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "net/mac.h"

static void hashes(void **state)
{
    (void)state;
    static const struct { const char *text, *hash; } rows[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    char hex[MAC_HEX];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mac_hash_hex(rows[i].text, strlen(rows[i].text), hex);
        assert_string_equal(hex, rows[i].hash);
    }
    char *text = malloc(1000000);
    assert_non_null(text);
    memset(text, 'a', 1000000);
    mac_hash_hex(text, 1000000, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(text);
}

#define JEFE "what do ya want for nothing?"

static void keyed(void **state)
{
    (void)state;
    char key[132] = {0}, hex[MAC_HEX], coded[MAC_SHA1_BASE64];
    mac_hex("Jefe", JEFE, strlen(JEFE), hex);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    mac_sha1_base64("Jefe", JEFE, strlen(JEFE), coded);
    assert_string_equal(coded, "7/zfauXrL6LSdBbV8YTfnCWafHk=");
    static const char larger[] = "Test Using Larger Than Block-Size Key - Hash Key First";
    memset(key, 0xaa, 131);
    mac_hex(key, larger, strlen(larger), hex);
    assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    key[80] = '\0';
    mac_sha1_base64(key, larger, strlen(larger), coded);
    assert_string_equal(coded, "qkrl4VJy0A6VcFY3zoo7Ve1AIRI=");
    mac_hex("", "", 0, hex);           /* without a key, of nothing */
    assert_string_equal(hex, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* A body may hold any byte; the digits end where they are said to. */
static void stamped(void **state)
{
    (void)state;
    char got[MAC_HEX], whole[MAC_HEX];
    mac_stamped_hex("key", "1795305600,v1=", 10, "a\0b", 3, got);
    mac_hex("key", "1795305600.a\0b", 14, whole);
    assert_string_equal(got, whole);
    mac_stamped_hex("key", "1795305600", 10, "a\0c", 3, got);
    assert_string_not_equal(got, whole);
}

static void compared(void **state)
{
    (void)state;
    assert_true(mac_same("", ""));
    assert_true(mac_same("abc", "abc"));
    assert_false(mac_same("abc", "abd"));
    assert_false(mac_same("abc", "abcd"));
    assert_false(mac_same("abc", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes),
        cmocka_unit_test(keyed),
        cmocka_unit_test(stamped),
        cmocka_unit_test(compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
