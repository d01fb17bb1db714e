/* The demo's tracking pages: published into a folder while the demo runs. */
#ifndef RUN_DEMO_PAGES_H
#define RUN_DEMO_PAGES_H

struct demo_pages {
    char dsn[1200];            /* a worker's role */
    char dir[620];
    int close_fd;              /* closed at once; -1: none */
};

/* A process's main: publishes until a signal ends it; the exit status. */
int demo_pages_run(void *demo_pages);

#endif
