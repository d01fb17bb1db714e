#include "feed/reject.h"

#include <string.h>

#include "base/utf8.h"

/* Bytes from s on that a JSON string holds as they are. */
static size_t plain(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && s[i] >= 0x20 && s[i] < 0x7F && s[i] != '"' && s[i] != '\\')
        i++;
    return i;
}

static void put_escaped(struct buf *out, unsigned char c)
{
    switch (c) {
    case '"': case '\\': buf_printf(out, "\\%c", c); break;
    case '\n': buf_puts(out, "\\n"); break;
    case '\r': buf_puts(out, "\\r"); break;
    case '\t': buf_puts(out, "\\t"); break;
    default: buf_printf(out, "\\u%04x", c); break;
    }
}

static void put_string(struct buf *out, const char *s, size_t n)
{
    buf_putc(out, '"');
    for (size_t i = 0; i < n;) {
        size_t run = plain(s + i, n - i);
        buf_add(out, s + i, run);
        i += run;
        if (i == n)
            break;
        if ((unsigned char)s[i] < 0x80) {
            put_escaped(out, (unsigned char)s[i++]);
            continue;
        }
        uint32_t cp;
        char bytes[4];
        i += utf8_decode(s + i, n - i, &cp);
        buf_add(out, bytes, utf8_encode(cp, bytes));
    }
    buf_putc(out, '"');
}

void reject_json(const struct feed_reject *r, struct buf *out)
{
    buf_puts(out, "{\"source\":");
    put_string(out, r->source, strlen(r->source));
    buf_printf(out, ",\"line\":%lld,\"reason\":", (long long)r->line);
    put_string(out, r->reason, strlen(r->reason));
    buf_puts(out, ",\"document\":");
    put_string(out, r->text, r->size);
    buf_puts(out, "}\n");
}
