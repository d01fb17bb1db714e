/* An e-mail as far as answers and bounces need it: its header, the text a person reads, a delivery report. */
#include "feed/receipt.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/die.h"
#include "base/utf8.h"

enum { DEPTH_MOST = 6, PARTS_MOST = 200, VALUE_MOST = 4000, TEXT_MOST = 64 << 10 };

struct span { const char *s; size_t n; };

struct mail {
    json_t *out;
    struct buf text;           /* of the first text/plain part; else of the first text/html */
    bool plain, html;
    bool report;
    int parts;
};

/* ---- header fields ---- */

/* The line at s, without its end; *next is where the following begins. */
static struct span line_at(struct span s, size_t at, size_t *next)
{
    const char *end = memchr(s.s + at, '\n', s.n - at);
    size_t stop = end ? (size_t)(end - s.s) : s.n;
    *next = end ? stop + 1 : s.n;
    if (stop > at && s.s[stop - 1] == '\r')
        stop--;
    return (struct span){s.s + at, stop - at};
}

/* Header and body of a part: the first empty line is between them. */
static void split_part(struct span part, struct span *head, struct span *body)
{
    size_t at = 0, next = 0;
    while (at < part.n && line_at(part, at, &next).n)
        at = next;
    *head = (struct span){part.s, at};
    *body = (struct span){part.s + (at < part.n ? next : at), part.n - (at < part.n ? next : at)};
}

/* The first field of that name, unfolded and trimmed, in out; false: none. */
static bool field(struct span head, const char *name, char *out, size_t size)
{
    size_t used = 0, length = strlen(name), next;
    bool inside = false;
    *out = '\0';
    for (size_t at = 0; at < head.n; at = next) {
        struct span line = line_at(head, at, &next);
        bool folded = line.n && (line.s[0] == ' ' || line.s[0] == '\t');
        if (inside && !folded)
            break;
        if (!inside && !folded && line.n > length && line.s[length] == ':' && !strncasecmp(line.s, name, length)) {
            inside = true;
            line.s += length + 1;
            line.n -= length + 1;
        }
        for (; folded && line.n > 1 && (line.s[1] == ' ' || line.s[1] == '\t'); line.s++)
            line.n--;                  /* a fold is one blank, however deep it is */
        for (size_t i = 0; inside && i < line.n && used + 1 < size; i++)
            if (used || (line.s[i] != ' ' && line.s[i] != '\t'))
                out[used++] = line.s[i] == '\t' || !line.s[i] ? ' ' : line.s[i];
    }
    while (used && out[used - 1] == ' ')
        used--;
    out[used] = '\0';
    return inside;
}

/* `; name="value"` of a field. */
static bool parameter(const char *value, const char *name, char *out, size_t size)
{
    size_t length = strlen(name), used = 0;
    for (const char *at = strchr(value, ';'); at; at = strchr(at, ';')) {
        at += 1 + strspn(at + 1, " ");
        if (strncasecmp(at, name, length) != 0 || at[length] != '=')
            continue;
        at += length + 1;
        bool quoted = *at == '"';
        for (at += quoted; *at && used + 1 < size && (quoted ? *at != '"' : *at != ';' && *at != ' '); at++)
            out[used++] = *at;
        out[used] = '\0';
        return used > 0;
    }
    return false;
}

static void put_text(json_t *o, const char *key, const char *s, size_t n)
{
    char *clean = xcalloc(3, n + 1);
    size_t kept = utf8_clean(s, n, clean, 3 * n + 1, UTF8_KEEP_NEWLINES);
    json_object_set_new(o, key, json_stringn(clean, kept));
    free(clean);
}

/* ---- bodies ---- */

static int base64_digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

static void decode_base64(struct span in, struct buf *out)
{
    unsigned bits = 0;
    int have = 0;
    for (size_t i = 0; i < in.n && in.s[i] != '='; i++) {
        int d = base64_digit(in.s[i]);
        if (d < 0)
            continue;
        bits = (bits << 6 | (unsigned)d) & 0xFFFFFF;
        have += 6;
        if (have >= 8) {
            have -= 8;
            buf_putc(out, (char)(bits >> have & 0xFF));
        }
    }
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void decode_quoted(struct span in, struct buf *out)
{
    for (size_t i = 0; i < in.n; i++) {
        if (in.s[i] != '=') {
            buf_putc(out, in.s[i]);
            continue;
        }
        if (i + 2 < in.n && hex_digit(in.s[i + 1]) >= 0 && hex_digit(in.s[i + 2]) >= 0) {
            buf_putc(out, (char)(hex_digit(in.s[i + 1]) * 16 + hex_digit(in.s[i + 2])));
            i += 2;
            continue;
        }
        while (i + 1 < in.n && in.s[i] != '\n')        /* a soft line break */
            i++;
    }
}

/* Windows-1252's 0x80..0x9F, which also stand in much that calls itself ISO 8859-1. */
static uint32_t western(unsigned char c)
{
    static const uint16_t high[32] = {
        0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD,
        0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};
    return c >= 0x80 && c < 0xA0 ? high[c - 0x80] : c;
}

static void recode(struct buf *b, const char *charset)
{
    if (strncasecmp(charset, "iso-8859-1", 10) != 0 && strcasecmp(charset, "windows-1252") != 0)
        return;
    struct buf to;
    buf_init(&to, 0);
    for (size_t i = 0; i < b->len; i++) {
        char four[4];
        buf_add(&to, four, utf8_encode(western((unsigned char)b->data[i]), four));
    }
    buf_reset(b);
    buf_add(b, buf_str(&to), to.len);
    buf_finish(&to);
}

/* ---- HTML, where there is nothing else ---- */

/* The place just past the tag that begins at s[i]; lines are broken where blocks are. */
static size_t skip_tag(struct span s, size_t i, struct buf *out)
{
    static const struct { const char *name; const char *until; } silent[] = {
        {"<style", "</style"}, {"<script", "</script"}, {"<head", "</head"}, {"<!--", "-->"}};
    static const char *const breaks[] = {"<br", "<p", "</p", "<div", "</div", "<tr", "<li"};
    for (size_t k = 0; k < sizeof silent / sizeof *silent; k++) {
        size_t n = strlen(silent[k].name), m = strlen(silent[k].until);
        if (s.n - i <= n || strncasecmp(s.s + i, silent[k].name, n) != 0)
            continue;
        while (i + m < s.n && strncasecmp(s.s + i, silent[k].until, m) != 0)
            i++;
        break;
    }
    for (size_t k = 0; k < sizeof breaks / sizeof *breaks; k++)
        if (s.n - i > strlen(breaks[k]) && !strncasecmp(s.s + i, breaks[k], strlen(breaks[k])) && out->len &&
            out->data[out->len - 1] != '\n' && !isalpha((unsigned char)s.s[i + strlen(breaks[k])])) {
            buf_putc(out, '\n');
            break;
        }
    const char *end = memchr(s.s + i, '>', s.n - i);
    return end ? (size_t)(end - s.s) + 1 : s.n;
}

static size_t put_entity(struct span s, size_t i, struct buf *out)
{
    static const struct { const char *name, *text; } entities[] = {
        {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&apos;", "'"}, {"&nbsp;", " "}};
    for (size_t k = 0; k < sizeof entities / sizeof *entities; k++) {
        size_t n = strlen(entities[k].name);
        if (s.n - i >= n && !strncasecmp(s.s + i, entities[k].name, n)) {
            buf_puts(out, entities[k].text);
            return i + n;
        }
    }
    buf_putc(out, '&');
    return i + 1;
}

static bool quotes_begin(struct span s, size_t i)
{
    static const char *const marks[] = {"<blockquote", "<div class=\"gmail_quote", "<div id=\"appendonsend", "<div class=\"yahoo_quoted"};
    for (size_t k = 0; k < sizeof marks / sizeof *marks; k++)
        if (s.n - i >= strlen(marks[k]) && !strncasecmp(s.s + i, marks[k], strlen(marks[k])))
            return true;
    return false;
}

static void html_text(struct buf *b)
{
    struct buf to;
    buf_init(&to, 0);
    struct span s = {buf_str(b), b->len};
    for (size_t i = 0; i < s.n && !quotes_begin(s, i);) {
        if (s.s[i] == '<') {
            i = skip_tag(s, i, &to);
        } else if (s.s[i] == '&') {
            i = put_entity(s, i, &to);
        } else {
            bool blank = isspace((unsigned char)s.s[i]);
            if (!blank || (to.len && to.data[to.len - 1] != '\n' && to.data[to.len - 1] != ' '))
                buf_putc(&to, blank ? ' ' : s.s[i]);
            i++;
        }
    }
    buf_reset(b);
    buf_add(b, buf_str(&to), to.len);
    buf_finish(&to);
}

/* ---- parts ---- */

static void take_text(struct mail *m, struct span head, struct span body, const char *type, bool html)
{
    char encoding[64], charset[64] = "";
    if (m->plain || (html && m->html))
        return;
    buf_reset(&m->text);
    field(head, "Content-Transfer-Encoding", encoding, sizeof encoding);
    if (!strcasecmp(encoding, "base64"))
        decode_base64(body, &m->text);
    else if (!strcasecmp(encoding, "quoted-printable"))
        decode_quoted(body, &m->text);
    else
        buf_add(&m->text, body.s, body.n);
    parameter(type, "charset", charset, sizeof charset);
    recode(&m->text, charset);
    if (html)
        html_text(&m->text);
    *(html ? &m->html : &m->plain) = true;
}

/* RFC 3464: a block of fields about the message, then one a recipient. The first that names one counts: our messages
 * have one recipient. */
static void take_report(struct mail *m, struct span body)
{
    static const char *const names[] = {"Final-Recipient", "Original-Recipient", "Action", "Status", "Diagnostic-Code"};
    char value[VALUE_MOST];
    while (body.n) {
        struct span block, rest;
        split_part(body, &block, &rest);
        if (field(block, "Final-Recipient", value, sizeof value)) {
            json_t *report = json_object();
            for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                if (field(block, names[i], value, sizeof value))
                    put_text(report, names[i], value, strlen(value));
            json_object_set_new(m->out, "report", report);
            m->report = true;
            return;
        }
        body = rest;
    }
}

static void take_original(struct mail *m, struct span body)
{
    char value[VALUE_MOST];
    struct span head, rest;
    while (body.n && (*body.s == '\r' || *body.s == '\n'))
        body.s++, body.n--;
    split_part(body, &head, &rest);
    if (field(head, "Message-ID", value, sizeof value) && !json_object_get(m->out, "original"))
        put_text(m->out, "original", value, strlen(value));
}

static void take_part(struct mail *m, struct span part, int depth);

static void take_parts(struct mail *m, struct span body, const char *boundary, int depth)
{
    size_t length = strlen(boundary), next, first = 0;
    bool inside = false;
    for (size_t at = 0; at < body.n; at = next) {
        struct span line = line_at(body, at, &next);
        if (line.n < length + 2 || memcmp(line.s, "--", 2) != 0 || memcmp(line.s + 2, boundary, length) != 0)
            continue;
        if (inside)
            take_part(m, (struct span){body.s + first, at - first}, depth + 1);
        inside = !(line.n >= length + 4 && !memcmp(line.s + 2 + length, "--", 2));
        first = next;
    }
    if (inside && first < body.n)      /* cut off: what is there */
        take_part(m, (struct span){body.s + first, body.n - first}, depth + 1);
}

static bool is_type(const char *type, const char *wanted)
{
    size_t n = strlen(wanted);
    return !strncasecmp(type, wanted, n) && (!type[n] || type[n] == ';' || type[n] == ' ' || wanted[n - 1] == '/');
}

static void take_part(struct mail *m, struct span part, int depth)
{
    char type[VALUE_MOST], boundary[256], shown[256];
    struct span head, body;
    if (depth > DEPTH_MOST || m->parts++ > PARTS_MOST)
        return;
    split_part(part, &head, &body);
    if (!field(head, "Content-Type", type, sizeof type))
        snprintf(type, sizeof type, "text/plain");
    field(head, "Content-Disposition", shown, sizeof shown);
    if (is_type(type, "multipart/") && parameter(type, "boundary", boundary, sizeof boundary))
        take_parts(m, body, boundary, depth);
    else if (is_type(type, "message/delivery-status") || is_type(type, "message/global-delivery-status"))
        take_report(m, body);
    else if (is_type(type, "message/rfc822") || is_type(type, "text/rfc822-headers") || is_type(type, "message/global"))
        take_original(m, body);
    else if (strncasecmp(shown, "attachment", 10) != 0 && (is_type(type, "text/plain") || is_type(type, "text/html")))
        take_text(m, head, body, type, is_type(type, "text/html"));
}

/* Written by a machine: RFC 3834, and what programs did before it. */
static bool is_automatic(struct span head)
{
    static const char *const subjects[] = {"Out of office", "Automatic reply", "Automatische Antwort", "Abwesenheit",
                                           "Respuesta automática", "Réponse automatique", "Autoreply", "Auto-Reply"};
    char value[VALUE_MOST];
    if (field(head, "Auto-Submitted", value, sizeof value) && strncasecmp(value, "no", 2) != 0)
        return true;
    if (field(head, "X-Autoreply", value, sizeof value) || field(head, "X-Autorespond", value, sizeof value))
        return true;
    if (field(head, "Precedence", value, sizeof value) && !strcasecmp(value, "auto_reply"))
        return true;
    field(head, "Subject", value, sizeof value);
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
        if (!strncasecmp(value, subjects[i], strlen(subjects[i])))
            return true;
    return false;
}

json_t *receipt_mail(const char *text, size_t n)
{
    static const struct { const char *name, *key; } fields[] = {
        {"From", "from"}, {"To", "to"}, {"Subject", "subject"}, {"Message-ID", "message_id"}, {"In-Reply-To", "in_reply_to"},
        {"References", "references"}, {"Date", "date"}};
    char value[VALUE_MOST];
    struct span head, body, all = {text, n};
    struct mail m = {.out = json_object()};
    buf_init(&m.text, TEXT_MOST);
    split_part(all, &head, &body);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (field(head, fields[i].name, value, sizeof value))
            put_text(m.out, fields[i].key, value, strlen(value));
    json_object_set_new(m.out, "auto", json_boolean(is_automatic(head)));
    take_part(&m, all, 0);
    put_text(m.out, "text", buf_str(&m.text), m.text.len);
    buf_finish(&m.text);
    json_t *out = json_object();
    json_object_set_new(out, "doorstep_mail", m.out);
    return out;
}
