/* Message authentication codes and hashes, as signatures of webhooks are made of them: libcrypto's, in the texts that headers
 * carry. Keys are texts. SHA-1 only because Twilio signs with it. */
#ifndef NET_MAC_H
#define NET_MAC_H

#include <stdbool.h>
#include <stddef.h>

#define MAC_HEX 65             /* SHA-256 in hexadecimal, terminated */
#define MAC_SHA1_BASE64 29     /* SHA-1 in base64, terminated */

/* SHA-256 (FIPS 180-4), HMAC-SHA256 and HMAC-SHA1 (RFC 2104). Hexadecimal is in lower case. */
void mac_hash_hex(const void *data, size_t n, char out[MAC_HEX]);
void mac_hex(const char *key, const void *data, size_t n, char out[MAC_HEX]);
void mac_sha1_base64(const char *key, const void *data, size_t n, char out[MAC_SHA1_BASE64]);

/* The v1 of our own Doorstep-Signature, coming and going: mac_hex() of the seconds' digits, a dot and the body. */
void mac_stamped_hex(const char *key, const char *seconds, size_t digits, const void *body, size_t n, char out[MAC_HEX]);

/* Are they equal? Takes a time that depends on their lengths alone. */
bool mac_same(const char *a, const char *b);

#endif
