/* The worker: takes queued messages out of the database and gives them to their providers.
 *
 * Several may run side by side, on several machines. Each holds a message by a lease in the database, which it keeps
 * prolonging, and a fence, without which its answer does not count: a worker that was stopped or frozen neither sends
 * nor writes what has become another's. Beside that it wakes exceptions whose time came, tells timelines what became of
 * messages, reads what came by webhooks, and makes the passes: what else comes about by the clock. */
#ifndef RUN_WORKER_H
#define RUN_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "core/outreach.h"

struct worker_options {
    const char *dsn;
    const char *name;          /* as attempts name it; NULL: the host's */
    const char *secrets;       /* the channels' file; NULL: as run/secrets.h says */
    bool once;                 /* ends when nothing is due, and each pass was made until it had no more to do */
    int64_t now;               /* with once: passes, sleepers and control are judged as if it were then; 0: the server's clock */
    bool only[CHANNEL_COUNT];  /* none: all channels */
    int lease_s;               /* 0: 60 */
};

struct worker_counts {
    bool began;                /* it could read its channels */
    int64_t sent, retried, failed, unknown, returned;
    int64_t settled, reaped, woken;
    int64_t inbox, control;    /* documents read; things that control had due */
    int64_t desk_told, desk_again, desk_failed;        /* changes of cases, at the helpdesk */
    struct worker_did *did; size_t did_count;          /* of passes, with once; owned */
};
struct worker_did { const char *pass; char what[40]; int64_t count; };   /* pass: static */
void worker_counts_finish(struct worker_counts *n);

/* Runs until SIGTERM or SIGINT (ends what is under way, at most 30 s; a second one gives it back at once), or with `once`
 * until nothing is due. counts may be NULL. False: e says why it could not begin, or what stayed (ERR_UNREACHABLE: a provider
 * could not be reached and something remains). What was sent is recorded before it comes back, where the database
 * can be reached. The channels' URLs leave the process's environment. */
bool worker_run(const struct worker_options *o, struct worker_counts *counts, struct err *e);

#endif
