#include "base/sha.h"

#include <string.h>

static const uint32_t start1[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
static const uint32_t start256[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
static const uint32_t round256[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t left(uint32_t x, unsigned n) { return x << n | x >> (32 - n); }
static uint32_t right(uint32_t x, unsigned n) { return x >> n | x << (32 - n); }

static uint32_t word_at(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void mix1(uint32_t s[8], const unsigned char *p)
{
    uint32_t w[80], a = s[0], b = s[1], c = s[2], d = s[3], e = s[4];
    for (int i = 0; i < 16; i++)
        w[i] = word_at(p + 4 * i);
    for (int i = 16; i < 80; i++)
        w[i] = left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 ? b ^ c ^ d : i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
        static const uint32_t k[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
        uint32_t t = left(a, 5) + f + e + k[i / 20] + w[i];
        e = d;
        d = c;
        c = left(b, 30);
        b = a;
        a = t;
    }
    s[0] += a;
    s[1] += b;
    s[2] += c;
    s[3] += d;
    s[4] += e;
}

static void mix256(uint32_t s[8], const unsigned char *p)
{
    uint32_t w[64], v[8];
    for (int i = 0; i < 16; i++)
        w[i] = word_at(p + 4 * i);
    for (int i = 16; i < 64; i++) {
        uint32_t s0 = right(w[i - 15], 7) ^ right(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t s1 = right(w[i - 2], 17) ^ right(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    memcpy(v, s, sizeof v);
    for (int i = 0; i < 64; i++) {
        uint32_t s1 = right(v[4], 6) ^ right(v[4], 11) ^ right(v[4], 25);
        uint32_t t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + round256[i] + w[i];
        uint32_t s0 = right(v[0], 2) ^ right(v[0], 13) ^ right(v[0], 22);
        uint32_t t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++)
        s[i] += v[i];
}

static void begin(struct sha *h, bool wide)
{
    *h = (struct sha){.wide = wide};
    memcpy(h->state, wide ? start256 : start1, wide ? sizeof start256 : sizeof start1);
}

static void add(struct sha *h, const void *data, size_t n)
{
    const unsigned char *p = data;
    while (n) {
        size_t at = (size_t)(h->bytes % sizeof h->block);
        size_t some = sizeof h->block - at < n ? sizeof h->block - at : n;
        memcpy(h->block + at, p, some);
        h->bytes += some;
        p += some;
        n -= some;
        if (at + some == sizeof h->block)
            (h->wide ? mix256 : mix1)(h->state, h->block);
    }
}

static void end(struct sha *h, unsigned char *out)
{
    uint64_t bits = h->bytes * 8;
    unsigned char length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char)(bits >> (56 - 8 * i));
    add(h, "\x80", 1);
    while (h->bytes % sizeof h->block != 56)
        add(h, "", 1);
    add(h, length, sizeof length);
    for (size_t i = 0; i < (h->wide ? SHA256_SIZE : SHA1_SIZE); i++)
        out[i] = (unsigned char)(h->state[i / 4] >> (24 - 8 * (i % 4)));
}

void sha1(const void *data, size_t n, unsigned char out[SHA1_SIZE])
{
    struct sha h;
    begin(&h, false);
    add(&h, data, n);
    end(&h, out);
}

void sha256(const void *data, size_t n, unsigned char out[SHA256_SIZE])
{
    struct sha h;
    begin(&h, true);
    add(&h, data, n);
    end(&h, out);
}

void hmac_begin(struct hmac *h, bool wide, const void *key, size_t key_size)
{
    unsigned char block[64] = {0}, pad[64];
    if (key_size <= sizeof block) {
        if (key_size)
            memcpy(block, key, key_size);
    } else {
        (wide ? sha256 : sha1)(key, key_size, block);
    }
    begin(&h->inner, wide);
    begin(&h->outer, wide);
    for (size_t i = 0; i < sizeof pad; i++)
        pad[i] = block[i] ^ 0x36;
    add(&h->inner, pad, sizeof pad);
    for (size_t i = 0; i < sizeof pad; i++)
        pad[i] = block[i] ^ 0x5c;
    add(&h->outer, pad, sizeof pad);
    explicit_bzero(block, sizeof block);
    explicit_bzero(pad, sizeof pad);
}

void hmac_add(struct hmac *h, const void *data, size_t n) { add(&h->inner, data, n); }

void hmac_end(struct hmac *h, unsigned char *out)
{
    unsigned char inner[SHA256_SIZE];
    end(&h->inner, inner);
    add(&h->outer, inner, h->inner.wide ? SHA256_SIZE : SHA1_SIZE);
    end(&h->outer, out);
    explicit_bzero(h, sizeof *h);
}

static void whole(bool wide, const void *key, size_t key_size, const void *data, size_t n, unsigned char *out)
{
    struct hmac h;
    hmac_begin(&h, wide, key, key_size);
    hmac_add(&h, data, n);
    hmac_end(&h, out);
}

void hmac_sha1(const void *key, size_t key_size, const void *data, size_t n, unsigned char out[SHA1_SIZE])
{
    whole(false, key, key_size, data, n, out);
}

void hmac_sha256(const void *key, size_t key_size, const void *data, size_t n, unsigned char out[SHA256_SIZE])
{
    whole(true, key, key_size, data, n, out);
}

void sha_hex(const unsigned char *bytes, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * n] = '\0';
}

bool sha_same(const void *a, const void *b, size_t n)
{
    const volatile unsigned char *x = a, *y = b;
    unsigned char differ = 0;
    for (size_t i = 0; i < n; i++)
        differ |= x[i] ^ y[i];
    return differ == 0;
}
