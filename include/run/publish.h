/* Tracking pages as files: DIR/ab/cdef….html, for any web server. What was published up to when stands in DIR itself, so several
 * may publish to folders of their own. */
#ifndef RUN_PUBLISH_H
#define RUN_PUBLISH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct publish_options {
    const char *dsn;           /* a worker's role */
    const char *dir;           /* made if it is not there; must be empty or a folder published to before */
    const char *brands;        /* "{acme,zeta}", a PostgreSQL array; NULL: all */
    bool all;                  /* look at every page, whatever changed */
    bool follow;               /* go on, every few seconds */
    int64_t now;               /* ms, the time the pages are made for; 0: the server's clock */
};
struct publish_counts {
    int64_t looked, written, unchanged, removed;
    bool all;                  /* every page was looked at */
};

/* One turn, or with follow one after another until a signal ends the program: told after each one that changed something. A
 * file whose content is the same is not touched; each is replaced at once or not at all. False: e says why, and what it did not
 * come to, the next one does. */
bool publish_run(const struct publish_options *o, void (*tell)(const struct publish_counts *n), struct err *e);

#endif
