/* A growing string with a ceiling.
 *
 * data is always NUL-terminated (data[len] == 0) once anything was added; before
 * that it may be NULL: use buf_str(). Past `limit` bytes additions are cut and
 * `full` is set; nothing is ever written out of bounds. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    char *data;
    size_t len;
    size_t cap;
    size_t limit;  /* most bytes of content */
    bool full;     /* something did not fit */
};

void buf_init(struct buf *b, size_t limit);  /* limit 0: no ceiling */
void buf_finish(struct buf *b);
void buf_reset(struct buf *b);               /* empties, keeps the memory */
void buf_add(struct buf *b, const char *s, size_t n);
void buf_puts(struct buf *b, const char *s); /* NULL adds nothing */
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* A JSON string literal that may be shown as it is: malformed UTF-8 becomes U+FFFD, and what would steer a terminal or hide
 * (utf8_steers, line separators) is written as its number. */
void buf_put_json(struct buf *b, const char *s, size_t n);
void buf_put_json_char(struct buf *b, uint32_t cp);  /* one character of it, beyond ASCII */
void buf_cut(struct buf *b, size_t len);     /* shortens to len bytes */
const char *buf_str(const struct buf *b);    /* never NULL; valid until the next change */
char *buf_take(struct buf *b);               /* heap string, caller frees; b is empty after */

#endif
