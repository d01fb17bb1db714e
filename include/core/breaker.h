/* A circuit breaker: a provider in trouble is left alone for a while, then asked with one message whether
 * it is well again. Pure: time is an argument (monotonic ms).
 *
 *     closed --5 troubles in a row--> open --wait passed--> half open --fine--> closed
 *                                       ^------ trouble, twice the wait --------'
 */
#ifndef CORE_BREAKER_H
#define CORE_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_TROUBLES 5
#define BREAKER_FIRST_MS 5000
#define BREAKER_MOST_MS 300000

struct breaker {               /* zeroed: closed */
    int troubles;              /* in a row */
    int64_t wait_ms;           /* 0: closed */
    int64_t until;             /* open until then, half open afterwards */
    bool probing;              /* half open, and the one is under way */
};

/* How many may start now: 0, 1 or INT32_MAX. */
int32_t breaker_room(const struct breaker *b, int64_t now);
bool breaker_is_open(const struct breaker *b);     /* also half open */
/* Something starts. */
void breaker_start(struct breaker *b, int64_t now);
/* It ended. True: the breaker opened or closed with it. */
bool breaker_end(struct breaker *b, bool trouble, int64_t now);
/* It ended without the provider's doing (given back). */
void breaker_unstart(struct breaker *b);

#endif
