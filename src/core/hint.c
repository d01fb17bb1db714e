#include "core/hint.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/utf8.h"
#include "hint_in.h"

/* Reads a decimal number of [least, most] at *p and moves past it. No sign but '-',
 * no blanks: the payload is made by one SQL function, anything else is not ours. */
bool hint_number(const char **p, int64_t least, int64_t most, int64_t *out)
{
    const char *s = *p;
    bool minus = *s == '-';
    s += minus;
    if (*s < '0' || *s > '9')
        return false;
    int64_t v = 0;
    for (; *s >= '0' && *s <= '9'; s++) {
        int digit = *s - '0';
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, minus ? -digit : digit, &v))
            return false;
    }
    if (v < least || v > most)
        return false;
    *p = s;
    *out = v;
    return true;
}

bool hint_numbers(const char **p, const struct hint_range *range, int count, int64_t *out)
{
    for (int i = 0; i < count; i++) {
        if (i && *(*p)++ != ':')
            return false;
        if (!hint_number(p, range[i].least, range[i].most, &out[i]))
            return false;
    }
    return true;
}

static bool item(const char **p, struct hint_item *out)
{
    static const struct hint_range range[] = {
        {1, INT64_MAX},          /* id */
        {0, INT32_MAX},          /* rev */
        {0, STATE_COUNT - 1},
        {0, SEVERITY_COUNT - 1},
        {0, KIND_COUNT - 1},
        {0, INT32_MAX},          /* carrier */
        {INT64_MIN, INT64_MAX},  /* urgency */
    };
    enum { FIELDS = sizeof range / sizeof *range };
    int64_t v[FIELDS], opened = 0;
    if (!hint_numbers(p, range, FIELDS, v))
        return false;
    if (**p == ':') {
        ++*p;
        if (!hint_number(p, 0, 1, &opened))
            return false;
    }
    *out = (struct hint_item){
        .id = v[0], .rev = (int32_t)v[1], .state = (enum state)v[2], .severity = (enum severity)v[3],
        .kind = (enum kind)v[4], .carrier = (int32_t)v[5], .urgency = v[6], .opened = opened == 1,
    };
    return true;
}

static bool exceptions(const char *p, struct hint *out)
{
    size_t most = 1;
    for (const char *s = p; (s = strchr(s, ';')); s++)
        most++;
    out->items = xcalloc(most, sizeof *out->items);
    for (;;) {
        if (!item(&p, &out->items[out->count]))
            return false;
        out->count++;
        if (*p == ';')
            p++;
        else if (*p)
            return false;
        if (!*p)
            return true;
    }
}

static bool reach(const char **p, struct hint_reach *out)
{
    static const struct hint_range range[] = {
        {0, 1}, {1, INT64_MAX}, {1, INT64_MAX},  /* opened, ids */
        {1, (1 << STATE_COUNT) - 1}, {1, (1 << SEVERITY_COUNT) - 1}, {1, (1 << KIND_COUNT) - 1},
        {INT64_MIN, INT64_MAX}, {INT64_MIN, INT64_MAX},  /* urgencies */
    };
    enum { FIELDS = sizeof range / sizeof *range };
    int64_t v[FIELDS];
    if (!hint_numbers(p, range, FIELDS, v))
        return false;
    *out = (struct hint_reach){
        .known = true, .opened = v[0] == 1, .id_from = v[1], .id_to = v[2], .states = (uint32_t)v[3], .severities = (uint32_t)v[4],
        .kinds = (uint32_t)v[5], .urgency_from = v[6], .urgency_to = v[7],
    };
    return true;
}

static bool many(const char *p, struct hint *out)
{
    int64_t count;
    if (!hint_number(&p, 0, INT64_MAX, &count))
        return false;
    if (*p == ':' && (p++, !reach(&p, &out->reach)))
        return false;
    out->count = (size_t)count;
    return !*p;
}

static bool presence(const char *p, struct hint *out)
{
    if (!hint_number(&p, 0, INT64_MAX, &out->id) || *p != ' ')
        return false;
    p++;
    return utf8_clean(p, strlen(p), out->role, sizeof out->role, UTF8_ONE_LINE) > 0;
}

static bool rights(const char *p, struct hint *out)
{
    return utf8_clean(p, strlen(p), out->role, sizeof out->role, UTF8_ONE_LINE) > 0;
}

static bool nothing(const char *p, struct hint *out)
{
    (void)out;
    return !*p;
}

static bool schema(const char *p, struct hint *out)
{
    int64_t version;
    if (!hint_number(&p, 0, INT_MAX, &version) || *p)
        return false;
    out->version = (int)version;
    return true;
}

static const struct {
    const char *start;
    enum hint_kind kind;
    bool (*read)(const char *p, struct hint *out);
} forms[] = {
    {"e ", HINT_EXCEPTIONS, exceptions}, {"m ", HINT_MANY, many},     {"p ", HINT_PRESENCE, presence},
    {"v", HINT_VIEWS, nothing},          {"s ", HINT_SCHEMA, schema},
    {"o", HINT_OUTBOX, nothing},         {"u", HINT_CONTROL, nothing}, {"d", HINT_DESK, nothing}, {"k", HINT_KNOWLEDGE, nothing},
    {"r ", HINT_RIGHTS, rights},
};

bool hint_parse(const char *payload, struct hint *out)
{
    *out = (struct hint){.kind = HINT_MANY};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        size_t n = strlen(forms[i].start);
        if (strncmp(payload, forms[i].start, n) != 0)
            continue;
        out->kind = forms[i].kind;
        if (forms[i].read(payload + n, out))
            return true;
        break;
    }
    hint_finish(out);
    return false;
}

void hint_finish(struct hint *h)
{
    free(h->items);
    *h = (struct hint){.kind = HINT_MANY};
}

static void put_exceptions(const struct hint *h, struct buf *out)
{
    for (size_t i = 0; i < h->count; i++) {
        const struct hint_item *x = &h->items[i];
        buf_printf(out, "%s%" PRId64 ":%d:%d:%d:%d:%d:%" PRId64 "%s", i ? ";" : "", x->id, (int)x->rev, (int)x->state, (int)x->severity,
                   (int)x->kind, (int)x->carrier, x->urgency, x->opened ? ":1" : "");
    }
}

static void put_many(const struct hint *h, struct buf *out)
{
    const struct hint_reach *r = &h->reach;
    buf_printf(out, "%zu", h->count);
    if (r->known)
        buf_printf(out, ":%d:%" PRId64 ":%" PRId64 ":%u:%u:%u:%" PRId64 ":%" PRId64, r->opened, r->id_from, r->id_to, (unsigned)r->states,
                   (unsigned)r->severities, (unsigned)r->kinds, r->urgency_from, r->urgency_to);
}

void hint_format(const struct hint *h, const char *role, struct buf *out)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (forms[i].kind == h->kind)
            buf_puts(out, forms[i].start);
    if (h->kind == HINT_EXCEPTIONS)
        put_exceptions(h, out);
    else if (h->kind == HINT_MANY)
        put_many(h, out);
    else if (h->kind == HINT_PRESENCE)
        buf_printf(out, "%" PRId64 " %s", h->id, role);
    else if (h->kind == HINT_SCHEMA)
        buf_printf(out, "%d", h->version);
    else if (h->kind == HINT_RIGHTS)
        buf_puts(out, role);
}
