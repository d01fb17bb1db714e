/* What came by webhooks, read and merged: the worker's part.
 *
 * Webhooks append to the inbox without a lock and without a notification (NOTIFY would put their commits in a row), so a
 * worker looks once a second, and at once again while there was something. */
#ifndef RUN_INBOX_H
#define RUN_INBOX_H

#include <stdbool.h>

#include "base/err.h"
#include "db/wait.h"

struct inbox;

/* dsn: a worker's or a feed's role. Connects at the first drain. Whenever it waits for the database, it waits by `wait`. */
struct inbox *inbox_create(const char *dsn, const struct db_wait *wait);
void inbox_destroy(struct inbox *i);

/* Reads at most `most` (1..1000) of what waits, oldest first, passing over what others hold. *taken: how many there were. False: the database could not be asked (e says why; the next
 * call connects again); what was taken comes back by itself after a minute, and merging twice changes nothing. */
bool inbox_drain(struct inbox *i, int most, int *taken, struct err *e);

#endif
