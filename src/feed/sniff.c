#include "feed/sniff.h"

#include <ctype.h>
#include <string.h>

static size_t blanks(const struct peek *p)
{
    size_t at = 0;
    while (at < p->size && isspace((unsigned char)p->head[at]))
        at++;
    return at;
}

/* JSON says so with its first sign; the others with their first line. */
static bool seen_enough(const struct peek *p)
{
    size_t at = blanks(p);
    if (at == p->size)
        return false;
    char first = p->head[at];
    return first == '{' || first == '[' || first == '\xEF' || memchr(p->head + at, '\n', p->size - at);
}

bool peek_open(struct peek *p, struct split_source source, struct err *e)
{
    p->source = source;
    p->size = p->at = 0;
    while (p->size < sizeof p->head && !seen_enough(p)) {
        long n = source.read(source.self, p->head + p->size, sizeof p->head - p->size, e);
        if (n < 0)
            return false;
        if (n == 0)
            break;
        p->size += (size_t)n;
    }
    return true;
}

/* name=value&name=value, nothing that a form would have written otherwise */
static bool is_form(const char *s, size_t n)
{
    bool equals = false;
    if (!n || !isalpha((unsigned char)s[0]))
        return false;
    for (size_t i = 0; i < n && s[i] != '\n' && s[i] != '\r'; i++) {
        if (!isalnum((unsigned char)s[i]) && (!s[i] || !strchr("%+&=._-*~[]", s[i])))
            return false;
        equals = equals || s[i] == '=';
    }
    return equals;
}

/* A header field: "Name: …", or the line mailboxes put before it. */
static bool is_mail(const char *s, size_t n)
{
    size_t i = 0;
    if (n > 5 && !memcmp(s, "From ", 5))
        return true;
    while (i < n && (isalnum((unsigned char)s[i]) || s[i] == '-'))
        i++;
    return i > 1 && isalpha((unsigned char)s[0]) && i + 1 < n && s[i] == ':' && (s[i + 1] == ' ' || s[i + 1] == '\t' || s[i + 1] == '<');
}

enum sniff peek_sniff(const struct peek *p)
{
    size_t at = blanks(p);
    const char *s = p->head + at;
    size_t n = p->size - at;
    return is_form(s, n) ? SNIFF_FORM : is_mail(s, n) ? SNIFF_MAIL : SNIFF_JSON;
}

long peek_read(void *self, char *to, size_t size, struct err *e)
{
    struct peek *p = self;
    if (p->at == p->size)
        return p->source.read(p->source.self, to, size, e);
    size_t n = p->size - p->at < size ? p->size - p->at : size;
    memcpy(to, p->head + p->at, n);
    p->at += n;
    return (long)n;
}
