/* UTF-8: the one place where text from outside is made safe to show, store and send.
 *
 * Widths follow the locale's wcwidth (setlocale must have been called).
 *
 * Right-to-left letters are kept in the order they are written in and nothing is put around them:
 * what steers direction (isolates, marks, ECMA-48's mode 8) is shown as rubbish by terminals that do not know it,
 * and counted differently by those that do. A terminal that reorders by itself (VTE, mlterm) may show
 * digits right behind such a name before it; no other column moves. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_BAD UINT32_C(0xFFFD)

/* Decodes the code point at s[0..n). Returns bytes eaten (>= 1 when n > 0); *cp is
 * UTF8_BAD for anything malformed, over-long, a surrogate or beyond U+10FFFF. */
size_t utf8_decode(const char *s, size_t n, uint32_t *cp);
size_t utf8_encode(uint32_t cp, char out[4]);  /* bytes written, 1..4 */
bool utf8_valid(const char *s, size_t n);

/* Does it steer a terminal, turn or hide other text, or is it not seen at all? What utf8_clean drops whatever stands around
 * it; C0 and DEL are not asked about here. */
bool utf8_steers(uint32_t cp);

/* Columns on a terminal: 0 combining or zero-width, 1, or 2; never negative. */
int utf8_cp_width(uint32_t cp);
size_t utf8_width(const char *s, size_t n);

/* The longest prefix of s (whole grapheme bases with their combining marks) that
 * fits `columns`; returns its bytes, and its columns through *used if not NULL. */
size_t utf8_fit(const char *s, size_t n, size_t columns, size_t *used);

enum utf8_lines { UTF8_ONE_LINE, UTF8_KEEP_NEWLINES };

/* Makes text from outside inert, always terminated, cut at a character when `size`
 * is short; returns the bytes written. Dropped: C0 and C1 controls (as raw bytes and as
 * U+0080..U+009F), DEL, bidi embeddings/overrides/isolates and marks, zero-width and
 * other invisible format characters (soft hyphen, joiners, fillers, U+FEFF), tags,
 * noncharacters, emoji presentation selectors, other variation selectors that stand
 * alone, and combining marks without a base or beyond four on one. Malformed bytes
 * become U+FFFD. Tab, newline and U+2028/2029 become a space (UTF8_KEEP_NEWLINES keeps
 * \n). Idempotent. out must not overlap s. */
size_t utf8_clean(const char *s, size_t n, char *out, size_t size, enum utf8_lines lines);

#endif
