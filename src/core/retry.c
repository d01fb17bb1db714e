#include "core/retry.h"

#include <stdio.h>

#include "base/when.h"

const struct retry_policy *retry_policy_of(enum channel c)
{
    static const struct retry_policy mail = {8, 5 * WHEN_SECOND, WHEN_HOUR, 24 * WHEN_HOUR};
    static const struct retry_policy text = {8, 5 * WHEN_SECOND, 30 * WHEN_MINUTE, 4 * WHEN_HOUR};
    return c == CHANNEL_EMAIL ? &mail : &text;
}

bool retry_next(const struct retry_policy *p, int tries, int64_t since, int64_t now, int64_t asked_at, uint64_t chance, int64_t *at)
{
    if (since == WHEN_NONE)
        since = now;
    if (tries >= p->tries)
        return false;
    int64_t most = p->first_ms;
    for (int i = 1; i < tries && most < p->most_ms; i++)
        most *= 2;
    if (most > p->most_ms)
        most = p->most_ms;
    int64_t when = now + 1 + (int64_t)(chance % (uint64_t)most);
    if (asked_at != WHEN_NONE && when < asked_at)
        when = asked_at;
    if (when - since > p->span_ms)
        return false;
    *at = when;
    return true;
}

void retry_gave_up(int tries, int64_t since, int64_t now, const char *last, char *out, size_t size)
{
    char span[16];
    when_format_span(since == WHEN_NONE || since > now ? 0 : now - since, span, sizeof span);
    if (tries <= 1)
        snprintf(out, size, "Given up, the next try would be too late: %s", last);
    else
        snprintf(out, size, "Given up after %d tries in %s: %s", tries, span, last);
}
