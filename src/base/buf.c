#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/utf8.h"

void buf_init(struct buf *b, size_t limit)
{
    *b = (struct buf){.limit = limit ? limit : SIZE_MAX / 2};
}

void buf_finish(struct buf *b)
{
    free(b->data);
    *b = (struct buf){0};
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    b->full = false;
    if (b->data)
        b->data[0] = '\0';
}

/* Room for n more bytes and the terminator; returns how many of the n fit. */
static size_t reserve(struct buf *b, size_t n)
{
    size_t room = b->limit > b->len ? b->limit - b->len : 0;
    if (n > room) {
        n = room;
        b->full = true;
    }
    size_t want = b->len + n + 1;
    if (want > b->cap) {
        size_t cap = b->cap ? b->cap : 64;
        while (cap < want)
            cap *= 2;
        b->data = xrealloc(b->data, cap);
        b->cap = cap;
        b->data[b->len] = '\0';
    }
    return n;
}

void buf_add(struct buf *b, const char *s, size_t n)
{
    n = reserve(b, n);
    if (n)
        memcpy(b->data + b->len, s, n);
    b->len += n;
    b->data[b->len] = '\0';
}

void buf_puts(struct buf *b, const char *s)
{
    if (s)
        buf_add(b, s, strlen(s));
}

void buf_putc(struct buf *b, char c) { buf_add(b, &c, 1); }

void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int need = vsnprintf(NULL, 0, fmt, ap);
    if (need < 0)
        die("buf_printf: bad format");
    size_t fits = reserve(b, (size_t)need);
    if (fits == (size_t)need) {
        vsnprintf(b->data + b->len, (size_t)need + 1, fmt, again);
    } else {
        char *whole = xcalloc((size_t)need + 1, 1);
        vsnprintf(whole, (size_t)need + 1, fmt, again);
        memcpy(b->data + b->len, whole, fits);
        free(whole);
    }
    va_end(again);
    b->len += fits;
    b->data[b->len] = '\0';
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(b, fmt, ap);
    va_end(ap);
}

/* Bytes from s on that a JSON string holds as they are. */
static size_t plain(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && s[i] >= 0x20 && s[i] < 0x7F && s[i] != '"' && s[i] != '\\')
        i++;
    return i;
}

static void put_escaped(struct buf *b, unsigned char c)
{
    switch (c) {
    case '"': case '\\': buf_printf(b, "\\%c", c); break;
    case '\n': buf_puts(b, "\\n"); break;
    case '\r': buf_puts(b, "\\r"); break;
    case '\t': buf_puts(b, "\\t"); break;
    default: buf_printf(b, "\\u%04x", c); break;
    }
}

void buf_put_json_char(struct buf *b, uint32_t cp)
{
    char bytes[4];
    if (cp != 0x7F && cp != 0x2028 && cp != 0x2029 && !utf8_steers(cp))
        buf_add(b, bytes, utf8_encode(cp, bytes));
    else if (cp < 0x10000)
        buf_printf(b, "\\u%04x", cp);
    else   /* RFC 8259 §7: a surrogate pair */
        buf_printf(b, "\\u%04x\\u%04x", 0xD7C0 + (cp >> 10), 0xDC00 + (cp & 0x3FF));
}

void buf_put_json(struct buf *b, const char *s, size_t n)
{
    buf_putc(b, '"');
    for (size_t i = 0; i < n;) {
        size_t run = plain(s + i, n - i);
        buf_add(b, s + i, run);
        i += run;
        if (i == n)
            break;
        if ((unsigned char)s[i] < 0x80) {
            put_escaped(b, (unsigned char)s[i++]);
            continue;
        }
        uint32_t cp;
        i += utf8_decode(s + i, n - i, &cp);
        buf_put_json_char(b, cp);
    }
    buf_putc(b, '"');
}

void buf_cut(struct buf *b, size_t len)
{
    if (len < b->len) {
        b->len = len;
        b->data[len] = '\0';
    }
}

const char *buf_str(const struct buf *b) { return b->data ? b->data : ""; }

char *buf_take(struct buf *b)
{
    char *s = b->data ? b->data : xcalloc(1, 1);
    size_t limit = b->limit;
    *b = (struct buf){.limit = limit};
    return s;
}
