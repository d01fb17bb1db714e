/* SHA-1, SHA-256 and HMAC against the vectors of FIPS 180-4, RFC 3174, RFC 2202 and RFC 4231. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/sha.h"

static void hashes(void **state)
{
    (void)state;
    static const struct { const char *text, *one, *two; } rows[] = {
        {"", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "a9993e364706816aba3e25717850c26c9cd0d89d", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned char digest[SHA256_SIZE];
        char hex[2 * SHA256_SIZE + 1];
        sha1(rows[i].text, strlen(rows[i].text), digest);
        sha_hex(digest, SHA1_SIZE, hex);
        assert_string_equal(hex, rows[i].one);
        sha256(rows[i].text, strlen(rows[i].text), digest);
        sha_hex(digest, SHA256_SIZE, hex);
        assert_string_equal(hex, rows[i].two);
    }
}

static void a_million_letters(void **state)
{
    (void)state;
    char *text = malloc(1000000), hex[2 * SHA256_SIZE + 1];
    unsigned char digest[SHA256_SIZE];
    assert_non_null(text);
    memset(text, 'a', 1000000);
    sha1(text, 1000000, digest);
    sha_hex(digest, SHA1_SIZE, hex);
    assert_string_equal(hex, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    sha256(text, 1000000, digest);
    sha_hex(digest, SHA256_SIZE, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(text);
}

static void keyed(void **state)
{
    (void)state;
    char long_key[131], hex[2 * SHA256_SIZE + 1];
    unsigned char mac[SHA256_SIZE];
    memset(long_key, 0xaa, sizeof long_key);
    static const char jefe[] = "what do ya want for nothing?";
    hmac_sha256("Jefe", 4, jefe, strlen(jefe), mac);
    sha_hex(mac, SHA256_SIZE, hex);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    hmac_sha1("Jefe", 4, jefe, strlen(jefe), mac);
    sha_hex(mac, SHA1_SIZE, hex);
    assert_string_equal(hex, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    static const char larger[] = "Test Using Larger Than Block-Size Key - Hash Key First";
    hmac_sha256(long_key, sizeof long_key, larger, strlen(larger), mac);
    sha_hex(mac, SHA256_SIZE, hex);
    assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    hmac_sha1(long_key, 80, "Test Using Larger Than Block-Size Key - Hash Key First", strlen(larger), mac);
    sha_hex(mac, SHA1_SIZE, hex);
    assert_string_equal(hex, "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

static void pieces_make_the_whole(void **state)
{
    (void)state;
    char text[300];
    memset(text, 'x', sizeof text);
    for (size_t cut = 0; cut <= sizeof text; cut += 7) {
        unsigned char whole[SHA256_SIZE], parts[SHA256_SIZE];
        struct hmac h;
        hmac_sha256("key", 3, text, sizeof text, whole);
        hmac_begin(&h, true, "key", 3);
        hmac_add(&h, text, cut);
        hmac_add(&h, text + cut, sizeof text - cut);
        hmac_end(&h, parts);
        assert_true(sha_same(whole, parts, sizeof whole));
        parts[31] ^= 1;
        assert_false(sha_same(whole, parts, sizeof whole));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes),
        cmocka_unit_test(a_million_letters),
        cmocka_unit_test(keyed),
        cmocka_unit_test(pieces_make_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
