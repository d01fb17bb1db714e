/* Values out of a database, by the names of their columns. */
#include "core/scrub.h"

#include <string.h>

#include "core/filter.h"

/* X(name): codes of ours and of carriers, never what somebody wrote. Whatever stands there has to look like one. */
static const char *const codes[] = {
    "code", "state", "kind", "severity", "status", "channel", "carrier", "carrier_name", "language", "effect", "guardrail", "level", "type",
    "priority", "sync", "op", "tier", "country", "region", "conflict_status", "verb", "action", "event", "driver", "service", "brand",
    "carrier_status", "effective_status", "fault", "currency", "desk", "desk_state", "field", "provider", "resolution", "reason_code",
    "case_type", "case_state", "address_type", "outcome", "owner_kind", "template", "consent", "preferred_channel", "table",
};
static const char *const names[] = {
    "owner", "by", "role", "actor", "author", "session_user", "person", "name", "display_name", "changed_by", "ended_by", "decided_by", "made_by",
    "switched_by", "ignored_by", "approved_by", "note_by", "who", "viewers", "word",
};
static const char *const filters[] = {"filter", "was_filter", "resolved_filter", "chosen", "condition"};

static bool among(const char *const *list, size_t count, const char *name, size_t n)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(list[i]) == n && memcmp(list[i], name, n) == 0)
            return true;
    return false;
}
#define AMONG(list, name, n) among(list, sizeof list / sizeof *list, name, n)

#define CODE_MOST 40

static bool looks_like_code(const char *s, size_t n)
{
    size_t digits = 0;
    for (size_t i = 0; i < n; i++) {
        bool digit = s[i] >= '0' && s[i] <= '9';
        digits += digit;
        if (!digit && s[i] != '_' && !(s[i] >= 'a' && s[i] <= 'z') && !(s[i] >= 'A' && s[i] <= 'Z'))
            return false;
    }
    return n <= CODE_MOST && digits <= 4;   /* fewer than any number of a parcel or a telephone */
}

static bool looks_like_instant(const char *s, size_t n)
{
    static const char shape[] = "0000-00-00";
    for (size_t i = 0; i < n; i++) {
        char is = s[i] >= '0' && s[i] <= '9' ? '0' : s[i];
        if (i < sizeof shape - 1 ? is != shape[i] : is != '0' && !strchr("-+:.TZ ", is))
            return false;
    }
    return n >= sizeof shape - 1 && n <= 32;
}

/* A message before it is filled in: what its tags name stays, so that it can be. */
static void put_template(const struct scrub *s, struct buf *out, const char *text, size_t n)
{
    for (size_t at = 0; at < n;) {
        const char *open = memmem(text + at, n - at, "{{", 2), *close = open ? memmem(open, n - (size_t)(open - text), "}}", 2) : NULL;
        size_t from = close ? (size_t)(open - text) : n, to = close ? (size_t)(close - text) + 2 : n;
        scrub_mask(s, out, text + at, from - at);
        if (strspn(text + from, "{}#^/&._abcdefghijklmnopqrstuvwxyz0123456789 ") >= to - from)
            buf_add(out, text + from, to - from);
        else
            scrub_mask(s, out, text + from, to - from);
        at = to;
    }
}

static void put_value(const struct scrub *s, struct buf *out, const char *column, size_t column_n, const char *text, size_t n)
{
    if (looks_like_instant(text, n) || (AMONG(codes, column, column_n) && looks_like_code(text, n)))
        buf_add(out, text, n);
    else if (AMONG(names, column, column_n))
        scrub_name(s, out, text, n);
    else if (AMONG(filters, column, column_n))
        scrub_filter(s, out, text, n);
    else
        put_template(s, out, text, n);
}

/* --- JSON and arrays ----------------------------------------------------------- */

/* The end of the string that begins at `at` behind its mark; its content is [at, end). */
static size_t string_end(const char *s, size_t n, size_t at)
{
    while (at < n && s[at] != '"')
        at += s[at] == '\\' && at + 1 < n ? 2 : 1;
    return at < n ? at : n;
}

static bool is_key(const char *s, size_t n, size_t at)
{
    while (at < n && (s[at] == ' ' || s[at] == '\n'))
        at++;
    return at < n && s[at] == ':';
}

/* Escapes stay whole: what they stand for is masked where it is a letter. */
static void put_string(const struct scrub *s, struct buf *out, const char *key, size_t key_n, const char *text, size_t n)
{
    if (!memchr(text, '\\', n)) {
        put_value(s, out, key, key_n, text, n);
        return;
    }
    for (size_t at = 0; at < n;) {
        size_t end = at;
        while (end < n && text[end] != '\\')
            end++;
        scrub_mask(s, out, text + at, end - at);
        if (end + 5 < n && text[end + 1] == 'u') {
            buf_putc(out, 'x');
            at = end + 6;
        } else {
            buf_add(out, text + end, end + 1 < n ? 2 : n - end);
            at = end + 2;
        }
    }
}

static size_t put_bare(const struct scrub *s, struct buf *out, bool name, const char *text, size_t n, size_t at)
{
    size_t end = at;
    while (end < n && !strchr("\"{}[],: \n", text[end]))
        end++;
    size_t size = end - at;
    bool number = size && strspn(text + at, "0123456789+-.eE") >= size;
    bool word = (size == 4 && (memcmp(text + at, "true", 4) == 0 || memcmp(text + at, "null", 4) == 0 || memcmp(text + at, "NULL", 4) == 0)) ||
                (size == 5 && memcmp(text + at, "false", 5) == 0);
    if (number || word)
        buf_add(out, text + at, size);
    else if (name)
        scrub_name(s, out, text + at, size);
    else
        scrub_mask(s, out, text + at, size);
    return end;
}

static void put_document(const struct scrub *s, struct buf *out, const char *column, const char *text, size_t n)
{
    const char *key = column;
    size_t key_n = strlen(column);
    for (size_t at = 0; at < n;) {
        if (text[at] == '"') {
            size_t from = at + 1, end = string_end(text, n, from);
            bool is = is_key(text, n, end + 1) && looks_like_code(text + from, end - from);
            buf_putc(out, '"');
            if (is) {
                key = text + from;
                key_n = end - from;
                buf_add(out, key, key_n);
            } else {
                put_string(s, out, key, key_n, text + from, end - from);
            }
            if (end < n)
                buf_putc(out, '"');
            at = end + 1;
        } else if (strchr("{}[],: \n", text[at])) {
            buf_putc(out, text[at++]);
        } else {
            at = put_bare(s, out, AMONG(names, key, key_n), text, n, at);
        }
    }
}

void scrub_cell(const struct scrub *s, struct buf *out, const char *column, const char *text, size_t n)
{
    if (s->off)
        buf_add(out, text, n);
    else if (n && (text[0] == '{' || text[0] == '[') && !(n > 1 && text[1] == '{' && text[0] == '{'))
        put_document(s, out, column, text, n);
    else
        put_value(s, out, column, strlen(column), text, n);
}
