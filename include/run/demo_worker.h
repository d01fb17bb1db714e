/* The demo's worker: sends what is queued into a maildir that any mail reader opens. */
#ifndef RUN_DEMO_WORKER_H
#define RUN_DEMO_WORKER_H

struct demo_worker {
    char dsn[1200];            /* a worker's role */
    char mail[600];            /* the maildir's folder */
    int close_fd;              /* the parent's lock; -1 none */
};

/* For process_fork: runs until SIGTERM; returns an exit status. */
int demo_worker_run(void *demo_worker);

#endif
