/* Other programs, started with an explicit argument list: never through a shell. */
#ifndef RUN_PROCESS_H
#define RUN_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* Whom a child runs as. PostgreSQL refuses to run as root, so root steps down. */
struct process_user {
    bool drop;               /* false: as ourselves */
    uid_t uid;
    gid_t gid;
    char name[64];           /* for messages */
};
/* postgres, else nobody, when we are root; otherwise ourselves. */
bool process_unprivileged(struct process_user *out, struct err *e);
/* Becomes that user for good; false: errno says why. */
bool process_become(const struct process_user *u);

struct process_options {
    const struct process_user *user;  /* NULL: as ourselves */
    const char *log;         /* standard output and error are appended to this file; NULL: /dev/null */
    int output;              /* > 0: standard output and error go to this descriptor instead */
    int death_signal;        /* > 0: sent to the child when we end, however we end */
};

/* Starts argv[0] (an absolute path) in a session of its own, in "/", with default signals and
 * closed input. Returns its pid, -1 with *e filled. */
pid_t process_start(const char *const *argv, const struct process_options *o, struct err *e);

/* The same without a program: runs fn(ctx) in a child and exits with its result. */
pid_t process_fork(int (*fn)(void *ctx), void *ctx, const struct process_options *o, struct err *e);

/* Waits at most deadline_ms (monotonic) for the end of a child. false: it still runs.
 * *status is waitpid's. */
bool process_wait(pid_t pid, int64_t deadline_ms, int *status);

/* Asks a child to end with each of `signals` (ended by 0) in turn, waiting patience_ms after
 * each; the last resort is SIGKILL. */
void process_end(pid_t pid, const int *signals, int64_t patience_ms);

/* Runs to the end, within timeout_ms; ERR_BUG with the last lines it printed when it fails. What it
 * printed goes to out (may be NULL), at most size bytes. */
bool process_run(const char *const *argv, const struct process_user *user, int64_t timeout_ms, char *out, size_t size,
                 struct err *e);

#endif
