#include "base/quote.h"

#include <inttypes.h>
#include <string.h>

static void part(struct buf *out)
{
    if (out->len && out->data[out->len - 1] != ' ' && out->data[out->len - 1] != '\n')
        buf_putc(out, ' ');
}

void quote_put(struct buf *out, const char *s, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    part(out);
    buf_putc(out, '"');
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '"' || c == '\\') {
            buf_add(out, (char[]){'\\', (char)c}, 2);
        } else if (c >= 0x20 && c < 0x7f) {
            size_t run = i;
            while (run < n && s[run] >= 0x20 && s[run] < 0x7f && s[run] != '"' && s[run] != '\\')
                run++;
            buf_add(out, s + i, run - i);
            i = run - 1;
        } else {
            buf_add(out, (char[]){'\\', 'x', digits[c >> 4], digits[c & 15]}, 4);
        }
    }
    buf_putc(out, '"');
}

void quote_put_int(struct buf *out, int64_t v)
{
    part(out);
    buf_printf(out, "%" PRId64, v);
}

void quote_put_word(struct buf *out, const char *word)
{
    part(out);
    buf_puts(out, word);
}

static void skip_blank(struct quote *q)
{
    if (q->at < q->end && *q->at == ' ')
        q->at++;
}

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte behind a backslash; the bytes it took, 0 when it is none. */
static size_t escaped(const char *at, const char *end, char *out)
{
    if (end - at >= 3 && at[0] == 'x' && hex(at[1]) >= 0 && hex(at[2]) >= 0) {
        *out = (char)(hex(at[1]) << 4 | hex(at[2]));
        return 3;
    }
    if (at < end && (*at == '"' || *at == '\\')) {
        *out = *at;
        return 1;
    }
    return 0;
}

bool quote_take(struct quote *q, struct buf *out)
{
    const char *at = q->at;
    buf_reset(out);
    if (at == q->end || *at++ != '"')
        return false;
    while (at < q->end && *at != '"') {
        const char *from = at;
        while (at < q->end && *at != '"' && *at != '\\')
            at++;
        buf_add(out, from, (size_t)(at - from));
        if (at == q->end || *at == '"')
            continue;
        char c;
        size_t used = escaped(at + 1, q->end, &c);
        if (!used)
            return false;
        buf_putc(out, c);
        at += 1 + used;
    }
    if (at == q->end || (at + 1 < q->end && at[1] != ' '))
        return false;
    q->at = at + 1;
    skip_blank(q);
    return true;
}

size_t quote_take_any(struct quote *q, const char **word)
{
    *word = q->at;
    while (q->at < q->end && *q->at != ' ' && *q->at != '"')
        q->at++;
    size_t n = (size_t)(q->at - *word);
    skip_blank(q);
    return n;
}

bool quote_take_word(struct quote *q, const char *word)
{
    struct quote was = *q;
    const char *s;
    size_t n = quote_take_any(q, &s);
    if (n == strlen(word) && memcmp(s, word, n) == 0)
        return true;
    *q = was;
    return false;
}

bool quote_take_int(struct quote *q, int64_t min, int64_t max, int64_t *out)
{
    struct quote was = *q;
    const char *s;
    size_t n = quote_take_any(q, &s), i = n && s[0] == '-' ? 1 : 0;
    uint64_t v = 0, most = (uint64_t)INT64_MAX + i;
    bool fine = i < n;
    for (; fine && i < n; i++) {
        uint64_t digit = (uint64_t)(s[i] - '0');
        fine = s[i] >= '0' && s[i] <= '9' && v <= (most - digit) / 10;
        v = fine ? v * 10 + digit : v;
    }
    int64_t value = fine && s[0] == '-' ? (int64_t)(0 - v) : (int64_t)v;
    if (!fine || value < min || value > max) {
        *q = was;
        return false;
    }
    *out = value;
    return true;
}

bool quote_done(const struct quote *q) { return q->at == q->end; }
