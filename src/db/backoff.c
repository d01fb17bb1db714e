#include "db/backoff.h"

#include "db/pg.h"

enum {
    FIRST_MS = 400, MOST_MS = 2000, LATER_MS = 10000,
    LATER_FROM = 80,           /* attempts: about two minutes */
    SLOW_MS = 60000,
    STALLED_MS = 200,
    LOOK_MS = 5000, LOOK_EVERY = 16    /* now and then longer: a very slow line is no dead host */
};

void backoff_init(struct backoff *b, uint64_t seed)
{
    *b = (struct backoff){.random = seed | 1};
}

void backoff_reset(struct backoff *b)
{
    b->attempts = b->stalls = 0;
}

int64_t backoff_chance(struct backoff *b, int64_t below)
{
    b->random ^= b->random << 13;  /* xorshift64: nothing secret */
    b->random ^= b->random >> 7;
    b->random ^= b->random << 17;
    return (int64_t)(b->random % (uint64_t)below);
}

/* Between a half and the whole. */
static int64_t drawn(struct backoff *b, int64_t ms) { return ms / 2 + backoff_chance(b, ms / 2); }

int64_t backoff_next(struct backoff *b, const struct err *why, bool stalled, bool fresh)
{
    unsigned before = b->attempts++;
    b->stalls = stalled ? b->stalls + 1 : 0;
    if (!err_retryable(why->code))
        return why->code == ERR_CONFIG && why->sqlstate[0] && !fresh ? drawn(b, SLOW_MS) : -1;
    if (stalled)
        return drawn(b, STALLED_MS);
    if (before >= LATER_FROM)
        return drawn(b, LATER_MS);
    int64_t ms = FIRST_MS;
    for (unsigned i = 0; i < before && ms < MOST_MS; i++)
        ms *= 2;
    return drawn(b, ms < MOST_MS ? ms : MOST_MS);
}

int backoff_patience(const struct backoff *b, unsigned hosts)
{
    if (hosts < 2)
        return PG_CONNECT_MS;
    return b && b->stalls % LOOK_EVERY == LOOK_EVERY - 1 ? LOOK_MS : PG_GLANCE_MS;
}
