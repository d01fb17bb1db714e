#include "core/hint.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "hint_in.h"

static bool of(const struct hint_sight *s, uint32_t states, uint32_t severities, uint32_t kinds)
{
    return (s->states & states) && (s->severities & severities) && (s->kinds & kinds);
}

bool hint_item_within(const struct hint_sight *s, const struct hint_item *item)
{
    return of(s, 1u << item->state, 1u << item->severity, 1u << item->kind) && item->urgency <= s->urgency_to &&
           (item->opened || item->urgency >= s->urgency_from);
}

bool hint_many_within(const struct hint_sight *s, const struct hint_reach *r)
{
    return !r->known || (of(s, r->states, r->severities, r->kinds) && r->urgency_from <= s->urgency_to && r->urgency_to >= s->urgency_from);
}

/* Is one of the ids within [from, to]? */
static bool has(const struct hint_sight *s, int64_t from, int64_t to)
{
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->ids[middle] < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->count && s->ids[low] <= to;
}

bool hint_in_sight(const struct hint_sight *s, const struct hint *h)
{
    if (!s->known)
        return true;
    switch (h->kind) {
    case HINT_EXCEPTIONS:
        for (size_t i = 0; i < h->count; i++)
            if (hint_item_within(s, &h->items[i]) || has(s, h->items[i].id, h->items[i].id))
                return true;
        return false;
    case HINT_MANY: return hint_many_within(s, &h->reach) || (!h->reach.opened && has(s, h->reach.id_from, h->reach.id_to));
    case HINT_PRESENCE: return has(s, h->id, h->id);
    case HINT_OUTBOX: case HINT_DESK: return false;
    case HINT_VIEWS: case HINT_SCHEMA: case HINT_CONTROL: case HINT_KNOWLEDGE: case HINT_RIGHTS: return true;
    }
    return true;
}

static int by_id(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

bool hint_sight_parse(const char *text, struct hint_sight *out)
{
    static const struct hint_range range[] = {
        {0, (1 << STATE_COUNT) - 1}, {0, (1 << SEVERITY_COUNT) - 1}, {0, (1 << KIND_COUNT) - 1}, {INT64_MIN, INT64_MAX}, {INT64_MIN, INT64_MAX},
    };
    enum { FIELDS = sizeof range / sizeof *range };
    int64_t v[FIELDS];
    out->known = false;
    out->count = 0;
    if (strcmp(text, "*") == 0)
        return true;
    if (!hint_numbers(&text, range, FIELDS, v))
        return false;
    out->states = (uint32_t)v[0], out->severities = (uint32_t)v[1], out->kinds = (uint32_t)v[2];
    out->urgency_from = v[3], out->urgency_to = v[4];
    while (*text == ' ' && out->count < HINT_SIGHT_IDS) {
        text++;
        if (!hint_number(&text, 1, INT64_MAX, &out->ids[out->count++]))
            return false;
    }
    qsort(out->ids, out->count, sizeof *out->ids, by_id);
    out->known = !*text;
    return out->known;
}

void hint_sight_format(const struct hint_sight *s, struct buf *out)
{
    if (!s->known) {
        buf_puts(out, "*");
        return;
    }
    buf_printf(out, "%u:%u:%u:%" PRId64 ":%" PRId64, (unsigned)s->states, (unsigned)s->severities, (unsigned)s->kinds, s->urgency_from, s->urgency_to);
    for (size_t i = 0; i < s->count; i++)
        buf_printf(out, " %" PRId64, s->ids[i]);
}
