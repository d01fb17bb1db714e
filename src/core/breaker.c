#include "core/breaker.h"

bool breaker_is_open(const struct breaker *b)
{
    return b->wait_ms > 0;
}

int32_t breaker_room(const struct breaker *b, int64_t now)
{
    if (!breaker_is_open(b))
        return INT32_MAX;
    return !b->probing && now >= b->until;
}

void breaker_start(struct breaker *b, int64_t now)
{
    b->probing = breaker_is_open(b) && now >= b->until;
}

void breaker_unstart(struct breaker *b)
{
    b->probing = false;
}

static bool open_for(struct breaker *b, int64_t wait_ms, int64_t now)
{
    b->wait_ms = wait_ms > BREAKER_MOST_MS ? BREAKER_MOST_MS : wait_ms;
    b->until = now + b->wait_ms;
    b->probing = false;
    return true;
}

bool breaker_end(struct breaker *b, bool trouble, int64_t now)
{
    bool was_open = breaker_is_open(b);
    if (!trouble) {
        /* While open this is an answer to something started before: good news all the same. */
        *b = (struct breaker){0};
        return was_open;
    }
    b->troubles++;
    if (was_open)
        return b->probing && open_for(b, 2 * b->wait_ms, now);
    return b->troubles >= BREAKER_TROUBLES && open_for(b, BREAKER_FIRST_MS, now);
}
