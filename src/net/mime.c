/* Mail messages: RFC 5322 headers, RFC 2047 words, RFC 2045 quoted-printable. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <wctype.h>

#include "base/utf8.h"
#include "base/when.h"
#include "core/address.h"
#include "net/mac.h"
#include "provider.h"

#define LINE 76
#define WORD 75
static const char hex[] = "0123456789ABCDEF";

void mime_date(int64_t wall, char *out, size_t size)
{
    static const char days[] = "ThuFriSatSunMonTueWed", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct when_civil c;
    when_to_civil(wall, &c);
    int64_t day = wall / WHEN_DAY % 7;
    snprintf(out, size, "%.3s, %d %.3s %04d %02d:%02d:%02d +0000", days + 3 * (day < 0 ? day + 7 : day), c.day, months + 3 * (c.month - 1),
             c.year, c.hour, c.minute, c.second);
}

/* ---- header texts ---- */

static bool is_plain(const char *s)
{
    for (const char *c = s; *c; c++)
        if (*c < 0x20 || *c >= 0x7F)
            return false;
    return !strstr(s, "=?");
}

/* Bytes of one character as an encoded word holds it. */
static size_t put_q(char *out, const char *s, size_t n)
{
    static const char safe[] = "!*+-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i] == ' ') {
            out[at++] = '_';
        } else if (s[i] && strchr(safe, s[i])) {
            out[at++] = s[i];
        } else {
            out[at++] = '=';
            out[at++] = hex[(unsigned char)s[i] >> 4];
            out[at++] = hex[s[i] & 15];
        }
    }
    return at;
}

/* What an encoded word that begins at this column may hold. */
static size_t word_room(size_t column, size_t frame)
{
    size_t most = column < LINE ? LINE - column : 0;
    most = most < WORD ? most : WORD;
    return most > frame ? most - frame : 0;
}

/* As many encoded words as it takes, each whole characters; a new line before one that would not fit. *column counts on. */
static void put_words(struct buf *out, const char *s, size_t *column)
{
    static const char open[] = "=?UTF-8?Q?", close[] = "?=";
    const size_t frame = sizeof open + sizeof close - 2;
    size_t n = strlen(s), room = word_room(*column, frame);
    bool inside = false;
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        char character[4], coded[16];
        i += utf8_decode(s + i, n - i, &cp);
        size_t size = put_q(coded, character, utf8_encode(cp, character));
        if (size > room) {
            buf_puts(out, inside ? "?=\r\n " : "\r\n ");
            *column = 1;
            room = word_room(1, frame);
            inside = false;
        }
        if (!inside) {
            buf_puts(out, open);
            *column += frame;
            inside = true;
        }
        buf_add(out, coded, size);
        room -= size;
        *column += size;
    }
    if (inside)
        buf_puts(out, close);
}

void mime_header(struct buf *out, const char *name, const char *value)
{
    size_t column = strlen(name) + 2;
    buf_printf(out, "%s: ", name);
    if (is_plain(value) && column + strlen(value) <= LINE)
        buf_puts(out, value);
    else
        put_words(out, value, &column);
    buf_puts(out, "\r\n");
}

/* A display name: as it is, in quotes, or in encoded words. */
static void put_name(struct buf *out, const char *s, size_t *column)
{
    static const char atom[] = " !#$%&'*+-/=?^_`{|}~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    if (!is_plain(s) || strlen(s) > 60) {
        put_words(out, s, column);
        return;
    }
    size_t before = out->len;
    bool quoted = s[strspn(s, atom)] != '\0' || s[0] == ' ' || s[strlen(s) - 1] == ' ';
    if (quoted)
        buf_putc(out, '"');
    for (const char *c = s; *c; c++) {
        if (*c == '"' || *c == '\\')
            buf_putc(out, '\\');
        buf_putc(out, *c);
    }
    if (quoted)
        buf_putc(out, '"');
    *column += out->len - before;
}

static void put_mailbox(struct buf *out, const char *header, const char *name, const char *address)
{
    size_t column = strlen(header) + 2;
    struct buf coded;
    buf_init(&coded, 0);
    mime_address(address, &coded);
    buf_printf(out, "%s: ", header);
    if (name && *name) {
        put_name(out, name, &column);
        buf_puts(out, column + coded.len + 3 > LINE ? "\r\n " : " ");
        buf_printf(out, "<%s>\r\n", buf_str(&coded));
    } else {
        buf_printf(out, "%s\r\n", buf_str(&coded));
    }
    buf_finish(&coded);
}

bool mime_unsubscribe(const struct outbox_message *m, char *out, size_t size, bool *one_click)
{
    const char *s = m->list_unsubscribe;
    *one_click = false;
    if (!s || !*s || strlen(s) + 3 > size || strpbrk(s, "<>,\"\\"))
        return false;
    for (const char *p = s; *p; p++)
        if (*p <= 0x20 || *p >= 0x7F)      /* an address of the web is ASCII: %C3%B3, xn-- */
            return false;
    *one_click = strncmp(s, "https://", 8) == 0;
    snprintf(out, size, "<%s>", s);
    return *one_click || strncmp(s, "mailto:", 7) == 0;
}

/* ---- bodies ---- */

/* One line of text (without its end) as quoted-printable lines of at most 76. */
static void put_qp_line(struct buf *out, const char *s, size_t n)
{
    size_t column = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        bool last = i + 1 == n;
        /* Blanks at the end get lost, "From " gets a ">", and a dot alone ends the message where somebody forgets to double it. */
        bool plain = (c > 0x20 && c < 0x7F && c != '=') || ((c == ' ' || c == '\t') && !last);
        if (column == 0 && (c == '.' || (c == 'F' && n - i >= 5 && memcmp(s + i, "From ", 5) == 0)))
            plain = false;
        size_t size = plain ? 1 : 3;
        if (column + size > LINE - (last ? 0 : 1)) {
            buf_puts(out, "=\r\n");
            column = 0;
        }
        if (plain) {
            buf_putc(out, (char)c);
        } else {
            char escape[3] = {'=', hex[c >> 4], hex[c & 15]};
            buf_add(out, escape, 3);
        }
        column += size;
    }
    buf_puts(out, "\r\n");
}

static void put_part(struct buf *out, const char *boundary, const char *type, const char *text)
{
    buf_printf(out, "--%s\r\nContent-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", boundary, type);
    while (*text) {
        size_t n = strcspn(text, "\r\n");
        put_qp_line(out, text, n);
        text += n;
        text += text[0] == '\r' && text[1] == '\n' ? 2 : *text != '\0';
    }
}

static void put_headers(const struct channel_url *c, const struct outbox_message *m, int64_t wall, const char *id, struct buf *out)
{
    char date[48], unsubscribe[600];
    bool one_click;
    mime_date(wall, date, sizeof date);
    mime_header(out, "Date", date);
    const char *from = message_from(c, m);     /* files need none configured */
    put_mailbox(out, "From", message_from_name(c, m), from && *from ? from : "nobody@localhost.invalid");
    put_mailbox(out, "To", m->to_name, m->to);
    if (m->reply_to && *m->reply_to)
        put_mailbox(out, "Reply-To", NULL, m->reply_to);
    mime_header(out, "Subject", m->subject ? m->subject : "");
    buf_printf(out, "Message-ID: <%s>\r\n", id);
    buf_puts(out, "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n");
    if (mime_unsubscribe(m, unsubscribe, sizeof unsubscribe, &one_click)) {
        buf_printf(out, "List-Unsubscribe: %s\r\n", unsubscribe);
        if (one_click)
            buf_puts(out, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
    }
    if (m->language && *m->language)
        mime_header(out, "Content-Language", m->language);
}

void mime_write(const struct channel_url *c, const struct outbox_message *m, int64_t wall, struct buf *out)
{
    char id[256], hash[MAC_HEX], boundary[40];
    message_id_bare(m, id, sizeof id);
    mac_hash_hex(id, strlen(id), hash);
    /* "=_" cannot stand in quoted-printable, so no part can hold it. */
    snprintf(boundary, sizeof boundary, "=_%.24s", hash);
    put_headers(c, m, wall, id, out);
    buf_printf(out, "MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary=\"%s\"\r\n\r\n", boundary);
    put_part(out, boundary, "text/plain", m->body ? m->body : "");
    struct buf html;
    buf_init(&html, 0);
    message_html(m, &html);
    put_part(out, boundary, "text/html", buf_str(&html));
    buf_finish(&html);
    buf_printf(out, "--%s--\r\n", boundary);
}

/* ---- host names beyond ASCII: punycode, RFC 3492 ---- */

#define LABEL 63
static uint32_t adapt(uint32_t delta, uint32_t points, bool first)
{
    uint32_t k = 0;
    delta = first ? delta / 700 : delta / 2;
    for (delta += delta / points; delta > 455; k += 36)
        delta /= 35;
    return k + 36 * delta / (delta + 38);
}

static void put_number(struct buf *out, uint32_t q, uint32_t bias)
{
    for (uint32_t k = 36;; k += 36) {
        uint32_t t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
        uint32_t digit = q < t ? q : t + (q - t) % (36 - t);
        buf_putc(out, (char)(digit < 26 ? 'a' + digit : '0' + digit - 26));
        if (q < t)
            return;
        q = (q - t) / (36 - t);
    }
}

static void put_punycode(struct buf *out, const uint32_t *cps, uint32_t count)
{
    uint32_t n = 0x80, delta = 0, bias = 72, done = 0;
    for (uint32_t i = 0; i < count; i++)
        if (cps[i] < 0x80)
            buf_putc(out, (char)cps[i]), done++;
    uint32_t basic = done;
    if (basic)
        buf_putc(out, '-');
    while (done < count) {
        uint32_t next = UINT32_MAX;
        for (uint32_t i = 0; i < count; i++)
            if (cps[i] >= n && cps[i] < next)
                next = cps[i];
        delta += (next - n) * (done + 1);
        n = next;
        for (uint32_t i = 0; i < count; i++) {
            if (cps[i] < n)
                delta++;
            if (cps[i] != n)
                continue;
            put_number(out, delta, bias);
            bias = adapt(delta, done + 1, done == basic);
            delta = 0;
            done++;
        }
        delta++;
        n++;
    }
}

static void put_label(struct buf *out, const char *s, size_t n)
{
    uint32_t cps[LABEL], count = 0;
    bool ascii = true;
    for (size_t i = 0; i < n && count < LABEL; count++) {
        i += utf8_decode(s + i, n - i, &cps[count]);
        if (cps[count] < 0x80)
            cps[count] = cps[count] >= 'A' && cps[count] <= 'Z' ? cps[count] + 32 : cps[count];
        else
            cps[count] = (uint32_t)towlower((wint_t)cps[count]), ascii = false;
    }
    if (ascii) {
        buf_add(out, s, n);
        return;
    }
    buf_puts(out, "xn--");
    put_punycode(out, cps, count);
}

void mime_address(const char *address, struct buf *out)
{
    const char *at = strrchr(address, '@');
    if (!at) {
        buf_puts(out, address);
        return;
    }
    buf_add(out, address, (size_t)(at + 1 - address));
    for (const char *s = at + 1;; s++) {
        size_t n = strcspn(s, ".");
        put_label(out, s, n);
        s += n;
        if (!*s)
            return;
        buf_putc(out, '.');
    }
}
