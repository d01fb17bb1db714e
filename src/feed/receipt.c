#include "feed/receipt.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/utf8.h"
#include "core/address.h"
#include "core/optout.h"

static void put_member(struct buf *b, const char *key, struct text t)
{
    if (!t.n)
        return;
    buf_printf(b, "%s\"%s\":", b->data[b->len - 1] == '{' ? "" : ",", key);
    buf_put_json(b, t.s, t.n);
}

/* Message ids without their brackets: ["a@b","c@d"]. */
static void put_references(struct buf *b, struct text t)
{
    int count = 0;
    for (size_t i = 0; i < t.n && count < 50;) {
        while (i < t.n && (t.s[i] == ' ' || t.s[i] == '<' || t.s[i] == '>' || t.s[i] == ','))
            i++;
        size_t first = i;
        while (i < t.n && t.s[i] != ' ' && t.s[i] != '<' && t.s[i] != '>' && t.s[i] != ',')
            i++;
        if (i == first)
            break;
        buf_puts(b, count++ ? "," : ",\"references\":[");
        buf_put_json(b, t.s + first, i - first);
    }
    if (count)
        buf_putc(b, ']');
}

static const char *driver_of(const struct receipt *r)
{
    static const char *const drivers[] = {[OPTOUT_NONE] = "reply", [OPTOUT_STOP] = "opt_out", [OPTOUT_START] = "opt_in"};
    return r->driver ? r->driver : drivers[optout_of(r->text.s, r->text.n)];
}

static bool check(const struct parse *p, const struct receipt *r, struct err *e)
{
    if (r->at == WHEN_NONE)
        return parse_fail(p, e, "at", "no time; say when it happened");
    if (!r->channel)
        return r->outreach.n || r->provider_id.n || r->message_id.n ||
               parse_fail(p, e, NULL, "it does not say which message it is about; send the message's id with it");
    if (!r->event.n && !r->provider_id.n)
        return parse_fail(p, e, "id", "no id; it is what tells the same message when it comes twice");
    bool good = !strcmp(r->channel, "email") ? address_is_email(r->address.s, r->address.n)
                                             : address_is_phone(r->address.s, r->address.n);
    return good || parse_fail(p, e, "from", "\"%.*s\" is not %s; correct it", (int)r->address.n, r->address.s,
                              strcmp(r->channel, "email") ? "a phone number like +15125550188" : "an e-mail address");
}

static struct text event_of(struct parse *p, const struct receipt *r, const char *when)
{
    if (r->event.n)
        return r->event;
    struct text id = r->provider_id.n ? r->provider_id : r->outreach.n ? r->outreach : r->message_id;
    return r->channel ? id : receipt_join(p, receipt_join(p, id, r->what), when);
}

bool receipt_put(struct parse *p, const struct receipt *r, struct err *e)
{
    char when[40];
    struct buf *b = &p->item;
    if (!check(p, r, e))
        return false;
    when_format_utc(r->at, when, sizeof when);
    buf_puts(b, "{");
    put_member(b, "type", parse_static(r->channel ? "inbound" : "receipt"));
    put_member(b, "provider", parse_static(r->provider));
    put_member(b, "event", event_of(p, r, when));
    put_member(b, "at", parse_static(when));
    put_member(b, "address", r->address);
    if (r->channel) {
        put_member(b, "channel", parse_static(r->channel));
        put_member(b, "driver", parse_static(driver_of(r)));
        put_member(b, "text", r->text);
        put_references(b, r->references);
    } else {
        put_member(b, "what", parse_static(r->what));
        put_member(b, "outreach", r->outreach);
        put_member(b, "provider_id", r->provider_id);
        put_member(b, "message_id", r->message_id);
        put_member(b, "code", r->code);
        put_member(b, "message", r->message);
        if (r->bad)
            buf_puts(b, ",\"bad\":true");
    }
    buf_putc(b, '}');
    return true;
}

struct text receipt_join(struct parse *p, struct text a, const char *b)
{
    char joined[2 * MOST_ID + 2];
    size_t n = strlen(b), room = sizeof joined - 1 - n;
    size_t keep = a.n < room ? a.n : room;
    snprintf(joined, sizeof joined, "%.*s:%s", (int)keep, a.s, b);
    return parse_keep(p, joined, keep + 1 + n);
}

struct text receipt_words(struct parse *p, const char *s, size_t n)
{
    if (n > 2 * MOST_WORDS)
        n = 2 * MOST_WORDS;
    char *out = xcalloc(1, MOST_WORDS + 1);
    size_t kept = utf8_clean(s, n, out, MOST_WORDS + 1, UTF8_KEEP_NEWLINES), first = 0;
    while (kept && (out[kept - 1] == '\n' || out[kept - 1] == ' '))
        kept--;
    while (first < kept && (out[first] == '\n' || out[first] == ' '))
        first++;
    struct text t = parse_keep(p, out + first, kept - first);
    free(out);
    return t;
}

struct text receipt_mailbox(struct parse *p, struct text t)
{
    const char *open = t.n ? memrchr(t.s, '<', t.n) : NULL;
    if (open) {
        size_t left = t.n - (size_t)(open + 1 - t.s);
        const char *close = memchr(open + 1, '>', left);
        t = (struct text){open + 1, close ? (size_t)(close - open - 1) : left};
    }
    struct text kept = parse_keep(p, t.s ? t.s : "", t.n);
    for (size_t i = 0; i < kept.n; i++)
        ((char *)kept.s)[i] = (char)tolower((unsigned char)kept.s[i]);       /* our own copy */
    return kept;
}

int64_t receipt_date(const struct parse *p, const char *s)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char month[4], sign = '+';
    int zone = 0;
    struct when_civil c = {0};
    const char *comma = strchr(s, ',');
    if (comma)
        s = comma + 1;
    if (sscanf(s, "%2d %3s %4d %2d:%2d:%2d %c%4d", &c.day, month, &c.year, &c.hour, &c.minute, &c.second, &sign, &zone) < 6)
        return p->now;
    const char *at = strstr(months, month);
    c.month = at ? (int)(at - months) / 3 + 1 : 0;
    if (!c.month || strlen(month) != 3 || (at - months) % 3 || c.day < 1 || c.day > 31 || c.hour > 23 || c.minute > 59 || c.second > 60 ||
        c.year < 2000)
        return p->now;
    int64_t shift = (zone / 100 * 60 + zone % 100) * WHEN_MINUTE;
    int64_t when = when_from_civil(&c) - (sign == '-' ? -shift : shift);
    return when > p->now ? p->now : when;      /* a wrong clock does not order what happens */
}

/* ---- what is quoted ---- */

static bool begins(struct text line, const char *with)
{
    size_t n = strlen(with);
    return line.n >= n && !memcmp(line.s, with, n);
}
static bool ends(struct text line, const char *with)
{
    size_t n = strlen(with);
    return line.n >= n && !memcmp(line.s + line.n - n, with, n);
}

/* "On … Acme <help@acme.com> wrote:" in the languages mail programs speak most. */
static bool is_attribution(struct text line)
{
    static const char *const tails[] = {"wrote:", "escribió:", "escribió :", "a écrit :", "a écrit:", "schrieb:", "ha scritto:", "escreveu:"};
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++)
        if (ends(line, tails[i]))
            return true;
    return false;
}

static bool ends_the_message(struct text line)
{
    static const char *const heads[] = {"-----Original Message", "-----Ursprüngliche Nachricht", "-----Mensaje original",
                                        "-----Message d'origine", "________________________________", "--- Reply above this line"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (begins(line, heads[i]))
            return true;
    return is_attribution(line) || (line.n == 2 && begins(line, "--")) || (line.n == 3 && begins(line, "-- ")) || begins(line, ">");
}

static bool begins_attribution(struct text line)
{
    return begins(line, "On ") || begins(line, "El ") || begins(line, "Le ") || begins(line, "Am ");
}

struct text receipt_unquoted(struct text t)
{
    size_t before = 0;                 /* where the line before begins */
    for (size_t at = 0; at < t.n;) {
        const char *end = memchr(t.s + at, '\n', t.n - at);
        struct text line = {t.s + at, end ? (size_t)(end - t.s) - at : t.n - at};
        struct text last = {t.s + before, at > before ? at - before - 1 : 0};
        while (line.n > 3 && line.s[line.n - 1] == ' ')
            line.n--;
        if (ends_the_message(line)) {
            t.n = is_attribution(line) && begins_attribution(last) && !begins_attribution(line) ? before : at;
            break;
        }
        before = at;
        at = end ? (size_t)(end - t.s) + 1 : t.n;
    }
    while (t.n && (t.s[t.n - 1] == '\n' || t.s[t.n - 1] == ' '))
        t.n--;
    return t;
}

/* ---- forms ---- */

static int hex(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Decodes into out (as long as s); -1: not well-formed. */
static long form_decode(const char *s, size_t n, char *out)
{
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '%') {
            if (i + 2 >= n || hex(s[i + 1]) < 0 || hex(s[i + 2]) < 0)
                return -1;
            out[used++] = (char)(hex(s[i + 1]) * 16 + hex(s[i + 2]));
            i += 2;
        } else {
            out[used++] = s[i] == '+' ? ' ' : s[i];
        }
    }
    return (long)used;
}

/* JSON strings are UTF-8 without NUL: the bytes are made so, and cleaned again where they are read. */
static bool form_member(json_t *o, const char *s, size_t n)
{
    const char *sign = memchr(s, '=', n);
    size_t key_size = sign ? (size_t)(sign - s) : n, value_size = sign ? n - key_size - 1 : 0;
    char *key = xcalloc(1, key_size + 1), *value = xcalloc(1, value_size + 1), *clean = xcalloc(3, value_size + 1);
    long k = form_decode(s, key_size, key), v = sign ? form_decode(sign + 1, value_size, value) : 0;
    bool good = k > 0 && v >= 0 && strlen(key) == (size_t)k && utf8_valid(key, (size_t)k);
    if (good && !json_object_get(o, key)) {
        size_t kept = utf8_clean(value, (size_t)v, clean, 3 * value_size + 1, UTF8_KEEP_NEWLINES);
        json_object_set_new(o, key, json_stringn(clean, kept));
    }
    free(key);
    free(value);
    free(clean);
    return good;
}

json_t *receipt_form(const char *text, size_t n)
{
    json_t *o = json_object();
    while (n && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        n--;
    for (size_t at = 0; at < n;) {
        const char *end = memchr(text + at, '&', n - at);
        size_t size = end ? (size_t)(end - text) - at : n - at;
        if (size && (json_object_size(o) >= 200 || !form_member(o, text + at, size))) {
            json_decref(o);
            return NULL;
        }
        at += size + 1;
    }
    return o;
}
