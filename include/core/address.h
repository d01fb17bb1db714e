/* Addresses as they go on the wire: checked at input, when queued, and just before each call, because libcurl
 * passes CR, LF and blanks on as they are. */
#ifndef CORE_ADDRESS_H
#define CORE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

/* RFC 5321 §4.1.2 Mailbox without quoted strings, literals and source routes: dot-string of at most 64 bytes (UTF-8 letters
 * allowed, RFC 6531), "@", a host name of labels of at most 63 (IDN as U-labels or A-labels), at most 254 bytes, no controls or blanks. */
bool address_is_email(const char *s, size_t n);
/* E.164: ^\+[1-9][0-9]{6,14}$ */
bool address_is_phone(const char *s, size_t n);
/* May stand in a header: no CR, LF, NUL or other control. */
bool address_is_header_safe(const char *s, size_t n);
/* "r…a@example.com", "+1 … 88", "…" for anything else: for logs. Always terminated. */
void address_mask(const char *address, char *out, size_t size);

#endif
