/* The demo: a private database with a sample world, a live feed into it, and the dashboard on it. */
#ifndef RUN_DEMO_H
#define RUN_DEMO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "run/config.h"

#define DEMO_PERSON "maria"    /* whose dashboard it is */

struct demo_options {
    const char *dir;           /* NULL: the default folder */
    bool headless;             /* no dashboard: run until SIGINT, SIGTERM or SIGHUP */
    bool reset;                /* throw away what is there first */
    int64_t rate;              /* new things a minute; 0: nothing happens */
    struct config *config;     /* for the dashboard; may be NULL when headless */
    const char *record; bool record_full;      /* of the dashboard (run/tui.h) */
    void (*say)(const char *fmt, ...);         /* progress, one line */
    void (*ready)(const char *dsn);            /* headless: it runs, and this is DEMO_PERSON's DSN */
};

/* Runs it to its end and stops everything it started. Whatever ends this process, its children end
 * with it. */
bool demo_run(const struct demo_options *o, struct err *e);

#endif
