/* Plain text as a simple HTML document, for the second part of an e-mail. */
#include <string.h>

#include "core/address.h"
#include "core/template.h"

/* SMTP takes lines of 998 bytes (RFC 5321 §4.5.3.1.6); breaks are put well before. */
enum { LINE_MAX_BYTES = 900, LINK_MAX = 700 };

static const char page_style[] = "margin:0;padding:24px;background:#ffffff;color:#1a1a1a;"
                                 "font-family:Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5";

struct page {
    struct buf *out;
    size_t column;
};

static void put(struct page *p, const char *s, size_t n)
{
    buf_add(p->out, s, n);
    p->column += n;
}

static void puts_to(struct page *p, const char *s) { put(p, s, strlen(s)); }

static void newline(struct page *p)
{
    buf_putc(p->out, '\n');
    p->column = 0;
}

static const char *entity(char c)
{
    return c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : c == '\'' ? "&#39;" : NULL;
}

static size_t escaped_size(const char *s, size_t n)
{
    size_t size = 0;
    for (size_t i = 0; i < n; i++)
        size += entity(s[i]) ? strlen(entity(s[i])) : 1;
    return size;
}

/* A word without end is broken inside a tag, where a line end is not seen. */
static void put_escaped(struct page *p, const char *s, size_t n, bool may_break)
{
    for (size_t i = 0; i < n; i++) {
        const char *as = entity(s[i]);
        if (may_break && p->column > LINE_MAX_BYTES && ((unsigned char)s[i] & 0xC0) != 0x80) {
            puts_to(p, "<wbr");
            newline(p);
            puts_to(p, ">");
        }
        if (as)
            puts_to(p, as);
        else
            put(p, &s[i], 1);
    }
}

static bool starts(const char *s, size_t n, const char *with)
{
    return n > strlen(with) && memcmp(s, with, strlen(with)) == 0;
}

/* Where in a word an address of the web begins, or n. */
static size_t find_url(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (starts(s + i, n - i, "https://") || starts(s + i, n - i, "http://"))
            return i;
    return n;
}

/* What stands at the end of a sentence is not of the link. */
static size_t without_punctuation(const char *s, size_t n)
{
    bool open = memchr(s, '(', n) != NULL;
    while (n && (strchr(".,;:!?'\"]}>", s[n - 1]) || (s[n - 1] == ')' && !open)))
        n--;
    return n;
}

/* Only what needs no coding in a mailto: link. */
static bool plain_mail(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c >= 0x80 || (!strchr("@.-_+", c) && !(c >= '0' && c <= '9') && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z')))
            return false;
    }
    return address_is_email(s, n);
}

static void put_link(struct page *p, const char *scheme, const char *s, size_t n)
{
    size_t size = escaped_size(s, n);
    if (size > LINK_MAX) {
        put_escaped(p, s, n, true);
        return;
    }
    puts_to(p, "<a href=\"");
    puts_to(p, scheme);
    put_escaped(p, s, n, false);
    puts_to(p, "\"");
    if (p->column + size > LINE_MAX_BYTES)
        newline(p);                    /* inside the tag */
    puts_to(p, ">");
    put_escaped(p, s, n, false);
    puts_to(p, "</a>");
}

static void put_word(struct page *p, const char *s, size_t n)
{
    size_t start = find_url(s, n), end = start + without_punctuation(s + start, n - start);
    size_t left = 0;
    if (end > start && end - start > strlen("https://")) {
        put_escaped(p, s, start, true);
        put_link(p, "", s + start, end - start);
        put_escaped(p, s + end, n - end, true);
        return;
    }
    while (left < n && strchr("(<[\"'", s[left]))
        left++;
    size_t size = without_punctuation(s + left, n - left);
    if (plain_mail(s + left, size)) {
        put_escaped(p, s, left, true);
        put_link(p, "mailto:", s + left, size);
        put_escaped(p, s + left + size, n - left - size, true);
    } else {
        put_escaped(p, s, n, true);
    }
}

static void put_line(struct page *p, const char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t word = 0;
        while (i + word < n && s[i + word] != ' ')
            word++;
        size_t size = escaped_size(s + i, word);
        if (p->column && p->column + size + sizeof "<a href=\"mailto:\"></a> " + size > LINE_MAX_BYTES)
            newline(p);
        put_word(p, s + i, word);
        i += word;
        if (i < n)
            put(p, " ", 1);
        i += i < n;
    }
}

static void put_paragraphs(struct page *p, const char *text)
{
    bool inside = false;
    for (const char *line = text; *line;) {
        size_t n = strcspn(line, "\n");
        if (n && inside) {
            puts_to(p, "<br>");
            newline(p);
        } else if (n) {
            puts_to(p, "<p style=\"margin:0 0 16px\">");
        } else if (inside) {
            puts_to(p, "</p>");
            newline(p);
        }
        inside = n > 0;
        put_line(p, line, n);
        line += n + (line[n] == '\n');
    }
    if (inside) {
        puts_to(p, "</p>");
        newline(p);
    }
}

void template_html(const char *text, const char *language, struct buf *out)
{
    struct page p = {out, 0};
    puts_to(&p, "<!DOCTYPE html>\n<html lang=\"");
    put_escaped(&p, language, strnlen(language, 35), false);
    puts_to(&p, "\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n</head>\n<body style=\"");
    puts_to(&p, page_style);
    puts_to(&p, "\">\n<div style=\"max-width:600px\">");
    newline(&p);
    put_paragraphs(&p, text);
    puts_to(&p, "</div>\n</body>\n</html>");
    newline(&p);
}
