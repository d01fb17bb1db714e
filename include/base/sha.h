/* SHA-1 and SHA-256 (FIPS 180-4) and HMAC over them (RFC 2104), for the signatures of webhooks. SHA-1 only
 * because Twilio signs with it. */
#ifndef BASE_SHA_H
#define BASE_SHA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA1_SIZE 20
#define SHA256_SIZE 32

struct sha {                   /* private */
    uint32_t state[8];
    uint64_t bytes;
    unsigned char block[64];
    bool wide;                 /* SHA-256 */
};

void sha1(const void *data, size_t n, unsigned char out[SHA1_SIZE]);
void sha256(const void *data, size_t n, unsigned char out[SHA256_SIZE]);

void hmac_sha1(const void *key, size_t key_size, const void *data, size_t n, unsigned char out[SHA1_SIZE]);
void hmac_sha256(const void *key, size_t key_size, const void *data, size_t n, unsigned char out[SHA256_SIZE]);

/* The same piece by piece. wide: SHA-256, else SHA-1; the end writes SHA256_SIZE or SHA1_SIZE bytes. */
struct hmac { struct sha inner, outer; };
void hmac_begin(struct hmac *h, bool wide, const void *key, size_t key_size);
void hmac_add(struct hmac *h, const void *data, size_t n);
void hmac_end(struct hmac *h, unsigned char *out);

/* Lower-case hexadecimal, terminated: out holds 2 * n + 1. */
void sha_hex(const unsigned char *bytes, size_t n, char *out);
/* Takes as long for any content: for comparing signatures. */
bool sha_same(const void *a, const void *b, size_t n);

#endif
