/* The sample world's way into the database: the same one every document takes. */
#ifndef RUN_DEMO_FEED_H
#define RUN_DEMO_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "run/world.h"

struct demo_feed;

struct demo_feed *demo_feed_open(const char *dsn, int64_t now, struct err *e);  /* NULL: e says why */
void demo_feed_close(struct demo_feed *f);

/* Takes in documents of the native format, one a line, and waits until they are merged. A document that
 * is refused is an error: the world is meant to be right. */
bool demo_feed_take(struct demo_feed *f, const char *text, size_t size, struct err *e);

/* The live feed: makes and takes in `rate` things a minute until it is killed; `dsn` is the feed's,
 * `people_dsn` a superuser's, in whose sessions colleagues work, `writer_dsn` the colleague's who writes to
 * customers. Returns an exit status. */
struct demo_live {
    char dsn[1200], people_dsn[1200], writer_dsn[1200];
    struct world world;
    int64_t rate;
    int close_fd;              /* the parent's lock; -1 none */
};
int demo_feed_live(void *demo_live);

#endif
