/* The passes: what comes about by the clock. Each is a function of the database that works in batches of bounded size and says
 * whether there is more; here stands which there are, and when each is asked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/log.h"
#include "loop/fault.h"
#include "run/random.h"
#include "worker_in.h"

enum { FAILED_MS = 60000, DOWN_MS = 5000 };

/* In the order in which --once makes them: what one finds, the next may act on. */
static const struct {
    const char *name, *query;
    int every_ms;
    enum fault_point fault;
} table[] = {
    {"dictionary", "pass_remap", 2000, FAULT_AT_PASS_DICTIONARY},
    {"sweep", "pass_sweep", 30000, FAULT_AT_PASS_SWEEP},
    {"rules", NULL, 1000, FAULT_AT_PASS_RULES},             /* a filter is no function of the database: REQ_RULES */
    {"warnings", "pass_warn", 10000, FAULT_AT_PASS_WARNINGS},
    {"truth audit", "pass_truth", 30000, FAULT_AT_PASS_TRUTH},
    {"partitions", "pass_partitions", 3600000, FAULT_AT_PASS_PARTITIONS},
    {"retention", "pass_retention", 3600000, FAULT_AT_PASS_RETENTION},
    {"rollups", "pass_rollup", 60000, FAULT_AT_PASS_ROLLUPS},
};
enum { COUNT = sizeof table / sizeof *table };
_Static_assert(COUNT <= PASS_MOST, "more passes than a worker has room for");

/* With --once each is made after what came in and what control had due, in the table's order, until it says that there is no more. */
static int first_left(const struct passes *p, int64_t now)
{
    const struct worker *w = p->w;
    if (w->inbox_at == 0 || !w->inbox_empty || !w->controlled || w->waking || w->wake_at <= now)
        return COUNT;
    int i = 0;
    while (i < COUNT && p->of[i].done)
        i++;
    return i;
}

/* The one that has waited longest. */
static int longest_due(const struct passes *p, int64_t now)
{
    int best = COUNT;
    for (int i = 0; i < COUNT; i++)
        if (p->of[i].at <= now && (best == COUNT || p->of[i].at < p->of[best].at))
            best = i;
    return best;
}

void passes_turn(struct passes *p, int64_t now)
{
    if (!p->live || p->asked || p->w->stop_at != NEVER)
        return;
    int which = p->w->o->once ? first_left(p, now) : longest_due(p, now);
    if (which == COUNT)
        return;
    struct request r = {.kind = table[which].query ? REQ_PASS : REQ_RULES, .as_of = p->w->o->now};
    r.table.query = table[which].query;
    random_key(r.key);
    p->asked = true;
    p->asking = which;
    db_submit(p->db, &r);
    FAULT_PASS(table[which].fault);
}

static void count_did(struct worker_counts *n, const char *pass, const struct pass_did *d)
{
    size_t i = 0;
    while (i < n->did_count && (n->did[i].pass != pass || strcmp(n->did[i].what, d->what) != 0))
        i++;
    if (i == n->did_count) {
        n->did = xrealloc(n->did, ++n->did_count * sizeof *n->did);
        n->did[i] = (struct worker_did){.pass = pass};
        snprintf(n->did[i].what, sizeof n->did[i].what, "%s", d->what);
    }
    n->did[i].count += d->count;
}

/* Said once until it works again. */
static void not_made(struct passes *p, struct pass_state *s, const struct err *why, int64_t now)
{
    bool again = err_retryable(why->code);
    if (!s->told)
        log_line(again ? LOG_WARN : LOG_ERROR, "%s: not made, and tried again later: %s", table[p->asking].name, why->text);
    s->told = s->done = true;
    s->at = now + (again ? DOWN_MS : FAILED_MS);
    if (p->failed.code == ERR_NONE)
        err_set(&p->failed, why->code, NULL, "%s could not be made: %s", table[p->asking].name, why->text);
}

static void take_reply(struct passes *p, const struct reply *r, int64_t now)
{
    struct pass_state *s = &p->of[p->asking];
    FAULT(PASS_MADE);
    p->asked = false;
    if (!r->ok) {
        not_made(p, s, &r->error, now);
        return;
    }
    s->told = false;
    s->done = !r->pass.again;
    s->at = r->pass.again ? now : now + table[p->asking].every_ms;
    for (size_t i = 0; p->w->o->once && i < r->pass.did_count; i++)
        count_did(&p->w->counts, table[p->asking].name, &r->pass.did[i]);
    if (r->pass.count > 0)
        p->w->next_at = now;   /* messages may be due by it, and sleepers have new ends */
}

static void on_link(void *ctx, enum db_link state, const struct err *why, int64_t retry_at)
{
    struct passes *p = ctx;
    p->live = state == DB_LIVE;
    if (state == DB_DOWN && retry_at < 0 && why && p->failed.code == ERR_NONE)
        p->failed = *why;
}

static void on_reply(void *ctx, struct reply *r)
{
    struct passes *p = ctx;
    take_reply(p, r, loop_now());
}

void passes_open(struct passes *p, struct worker *w)
{
    p->w = w;
    struct db_options o = {.dsn = w->o->dsn, .application = "doorstep passes", .worker = true, .writes = true, .reconnect = !w->o->once};
    p->db = db_create(w->loop, &o, &(struct db_events){p, on_link, NULL, on_reply});
}

void passes_close(struct passes *p)
{
    db_destroy(p->db);
    p->db = NULL;
}

bool passes_done(const struct passes *p)
{
    bool done = !p->asked;
    for (int i = 0; i < COUNT; i++)
        done = done && p->of[i].done;
    return done || (p->failed.code != ERR_NONE && !p->live);
}

int64_t passes_next(const struct passes *p, int64_t now)
{
    int64_t at = NEVER;
    if (!p->live || p->asked || p->w->stop_at != NEVER)
        return at;
    if (p->w->o->once)
        return first_left(p, now) < COUNT ? now : NEVER;
    for (int i = 0; i < COUNT; i++)
        at = p->of[i].at < at ? p->of[i].at : at;
    return at;
}

bool passes_ended_well(const struct passes *p, struct err *e)
{
    if (p->failed.code == ERR_NONE)
        return true;
    *e = p->failed;
    return false;
}

void worker_counts_finish(struct worker_counts *n)
{
    free(n->did);
    *n = (struct worker_counts){0};
}
