/* The feed's way in: rows streamed by COPY into the staging table, one merge a batch. */
#ifndef DB_FEED_LOAD_H
#define DB_FEED_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "db/wait.h"

struct feed_load;

struct feed_counts {
    int64_t accepted, duplicates, events, opened, updated, resolved, unmapped;
};

/* wait is copied; NULL: DB_BATCH_MS, by poll(). */
struct feed_load *feed_load_open(const char *dsn, const struct db_wait *wait, struct err *e);
void feed_load_close(struct feed_load *l);       /* what was not committed is dropped */

/* One staged row: columns of doorstep.feed_stage after `batch` and `seq`, in order (their contract
 * stands in src/db/schema/009_feed.sql); NULL and empty are SQL NULL.
 * Starts a batch when none is open. Never blocks for long: COPY data is buffered. */
bool feed_load_row(struct feed_load *l, const char *const *fields, const size_t *sizes, int count, struct err *e);
/* Ends the COPY and starts the merge of this batch without waiting for it, so that the
 * caller parses the next batch meanwhile; the merge is awaited by the next call here. */
bool feed_load_flush(struct feed_load *l, struct err *e);
/* Flushes, waits for everything and adds up the counts of all merges so far; after an error *out
 * has those that were committed before it. */
bool feed_load_finish(struct feed_load *l, struct feed_counts *out, struct err *e);

#endif
