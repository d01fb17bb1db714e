/* What came by webhooks, read and merged: the worker's part.
 *
 * Webhooks append to the inbox without a lock and without a notification (NOTIFY would put their commits in a row), so a
 * worker looks once a second, and at once again while there was something. */
#ifndef RUN_INBOX_H
#define RUN_INBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct inbox;

struct inbox_counts {          /* of all drains so far */
    int64_t merged;            /* documents read whole: they are gone from the inbox */
    int64_t failed;            /* kept there with the reason */
    int64_t later;             /* receipts of messages whose sending is not recorded yet: asked again soon */
};

/* dsn: a worker's or a feed's role. Connects at the first drain. */
struct inbox *inbox_create(const char *dsn);
void inbox_destroy(struct inbox *i);

/* Reads at most `most` (1..1000) of what waits, oldest first, passing over what others hold; blocks for the few
 * milliseconds a batch takes. *taken: how many there were. False: the database could not be asked (e says why; the next
 * call connects again); what was taken comes back by itself after a minute, and merging twice changes nothing. */
bool inbox_drain(struct inbox *i, int most, int *taken, struct err *e);
struct inbox_counts inbox_counts(const struct inbox *i);

#endif
