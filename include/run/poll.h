/* One pass of polling: takes new parcels up, asks each source about what is due, and merges what they say. */
#ifndef RUN_POLL_H
#define RUN_POLL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "db/feed_load.h"

#define POLL_SOURCES_MOST 8

struct poll_counts {
    int64_t enrolled;          /* parcels taken up */
    int64_t asked, answered, unknown, failed;
    int64_t documents, rejected;
    struct feed_counts feed;
};

struct poll_options {
    const char *dsn;
    const char *secrets;       /* file; NULL: the default one */
    const char *only;          /* one source; NULL: all that have a URL */
    const char *others;        /* the source that is asked about parcels nobody told of; NULL: the only one there is */
    int limit;                 /* parcels a source */
    int64_t now;               /* wall ms; WHEN_NONE: the database's clock */
    void (*say)(const char *line);     /* refused documents, sources in trouble */
};

/* False: a source could not be asked (e: the last reason) or the database; what was done counts. */
bool poll_run(const struct poll_options *o, struct poll_counts *counts, struct err *e);

#endif
