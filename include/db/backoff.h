/* When to try again. Everybody who lost the same server lost it in the same moment: the waits are drawn by lot, so that five
 * hundred of them do not come back in one. For src/db alone. */
#ifndef DB_BACKOFF_H
#define DB_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct backoff {
    uint64_t random;
    unsigned attempts;         /* that failed since it was connected */
    unsigned stalls;           /* of them, in a row, hosts that swallowed what was sent */
};

void backoff_init(struct backoff *b, uint64_t seed);
void backoff_reset(struct backoff *b);             /* it is connected */

/* The wait before the next try in ms, or -1: waiting mends it not. Up to two seconds for the first two minutes, so that a
 * promoted standby is found within three; then up to ten. What a person has to mend first (a password, pg_hba.conf, the
 * pooler) is looked at again within a minute. fresh: it never was connected, and whoever started it is told instead.
 * stalled: a host gave no sign, which took its time already. */
int64_t backoff_next(struct backoff *b, const struct err *why, bool stalled, bool fresh);

/* How long a host may give no sign while there are `hosts` to choose from, in ms; b may be NULL. */
int backoff_patience(const struct backoff *b, unsigned hosts);

/* 0 … below-1 by lot. */
int64_t backoff_chance(struct backoff *b, int64_t below);

#endif
