#include "net/mac.h"

#include <limits.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/buf.h"
#include "base/die.h"

enum { SHA1_BYTES = 20, SHA256_BYTES = 32 };

static void put_hex(const unsigned char bytes[SHA256_BYTES], char out[MAC_HEX])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < SHA256_BYTES; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[MAC_HEX - 1] = '\0';
}

/* The library refuses only for want of memory, or where its policy forbids the algorithm. */
static void sign(const EVP_MD *with, const char *key, const void *data, size_t n, unsigned char *out)
{
    size_t size = strlen(key);
    if (size > INT_MAX || !HMAC(with, key, (int)size, data, n, out, NULL))
        die("libcrypto makes no HMAC");
}

void mac_hash_hex(const void *data, size_t n, char out[MAC_HEX])
{
    unsigned char hash[SHA256_BYTES];
    if (!EVP_Digest(data, n, hash, NULL, EVP_sha256(), NULL))
        die("libcrypto makes no SHA-256");
    put_hex(hash, out);
}

void mac_hex(const char *key, const void *data, size_t n, char out[MAC_HEX])
{
    unsigned char mac[SHA256_BYTES];
    sign(EVP_sha256(), key, data, n, mac);
    put_hex(mac, out);
}

void mac_sha1_base64(const char *key, const void *data, size_t n, char out[MAC_SHA1_BASE64])
{
    unsigned char mac[SHA1_BYTES];
    sign(EVP_sha1(), key, data, n, mac);
    EVP_EncodeBlock((unsigned char *)out, mac, sizeof mac);
}

void mac_stamped_hex(const char *key, const char *seconds, size_t digits, const void *body, size_t n, char out[MAC_HEX])
{
    struct buf text;
    buf_init(&text, 0);
    buf_add(&text, seconds, digits);
    buf_putc(&text, '.');
    buf_add(&text, body, n);
    mac_hex(key, buf_str(&text), text.len, out);
    buf_finish(&text);
}

bool mac_same(const char *a, const char *b)
{
    size_t n = strlen(a);
    return n == strlen(b) && CRYPTO_memcmp(a, b, n) == 0;
}
