/* When a message that was certainly not sent is tried again, and when no more. Pure: time and chance are arguments. */
#ifndef CORE_RETRY_H
#define CORE_RETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/outreach.h"

struct retry_policy {
    int tries;                 /* answers had, at most */
    int64_t first_ms, most_ms; /* the first pause is at most first_ms; it doubles up to most_ms */
    int64_t span_ms;           /* from the first refusal on: later it is worth nothing to its reader */
};
const struct retry_policy *retry_policy_of(enum channel c);

/* tries: answers had, this one included. since: the first refusal (WHEN_NONE: this one). asked_at: what the provider asked for
 * (Retry-After), or WHEN_NONE. chance: any 64 bits. True: *at is when to try again, never before asked_at: exponential
 * with full jitter, so that many messages refused together do not come back together. False: the budget is used up. */
bool retry_next(const struct retry_policy *p, int tries, int64_t since, int64_t now, int64_t asked_at, uint64_t chance, int64_t *at);

/* "Given up after 8 tries in 3h12m: PROVIDER'S LAST SENTENCE" */
void retry_gave_up(int tries, int64_t since, int64_t now, const char *last, char *out, size_t size);

#endif
