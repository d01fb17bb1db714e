/* The worker: one loop, in which callbacks only note what happened and worker_turn() does what is to be done next. */
#include "run/worker.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/log.h"
#include "base/when.h"
#include "run/random.h"
#include "worker_in.h"

enum {
    STOP_MS = 30000,           /* to end what is under way */
    WRITE_MS = 5000,           /* and then to record what came of it */
    IDLE_MS = 60000,           /* the longest without asking what is due */
    INBOX_MS = 1000, INBOX_BUSY_MS = 50, INBOX_BATCH = 100,
    SAY_MS = 10000,
    AGAIN_MS = 1000
};

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

bool worker_drained(const struct worker *w)
{
    for (int c = 0; c < CHANNEL_COUNT; c++)
        if (!lane_idle(&w->lanes[c]))
            return false;
    return record_idle(w);
}

/* --- events ---------------------------------------------------------------------------- */

/* What no waiting mends: a role without the right, a schema that is another. */
static void note_error(struct worker *w, const struct reply *r)
{
    if (r->ok || err_retryable(r->error.code))
        return;
    if ((r->error.code == ERR_REFUSED || r->error.code == ERR_CONFIG) && w->fatal.code == ERR_NONE && r->kind == REQ_OUTBOX_NEXT) {
        err_set(&w->fatal, r->error.code, NULL, "%s: a worker needs a role in doorstep_worker", r->error.text);
        return;
    }
    if (r->kind != REQ_OUTBOX_RECORD && r->kind != REQ_PASS && !(r->kind == REQ_CONTROL_DUE && w->control_told))
        log_line(LOG_ERROR, "the database refused a request: %s", r->error.text);
}

static void on_reply(void *ctx, struct reply *r)
{
    struct worker *w = ctx;
    int64_t now = loop_now();
    note_error(w, r);
    if (record_reply(w, r) || due_reply(w, r, now) || desk_reply_of(&w->desk, r, now))
        return;
    if (r->kind == REQ_OUTBOX_CLAIM)
        lane_claimed(&w->lanes[r->number], r);
    else if (r->kind == REQ_OUTBOX_EXTEND)
        extend_reply(w, r, now);
    else if (r->kind == REQ_OUTBOX_DISOWN)
        disown_reply(w, r);
}

static void note_link(struct worker *w, enum db_link state, const struct err *why, int64_t retry_at)
{
    int64_t now = loop_now();
    w->live = w->db_live && w->books_live;
    if (w->live) {
        if (w->down_told)
            log_line(LOG_INFO, "connected to PostgreSQL again");
        w->down_told = false;
        w->next_at = w->extend_at = w->control_at = now;   /* what happened meanwhile was not told */
        desk_wake(&w->desk, now);
        if (w->inbox_failed.code != ERR_NONE)
            w->inbox_at = now;
    }
    if (state != DB_DOWN)
        return;
    if (retry_at < 0 && why)
        w->fatal = *why;
    else if (why && !w->down_told)
        log_line(LOG_WARN, "%s; what is under way goes on, its results are kept", why->text);
    w->down_told = true;
}

static void on_link(void *ctx, enum db_link state, const struct err *why, int64_t retry_at)
{
    struct worker *w = ctx;
    w->db_live = state == DB_LIVE;
    note_link(w, state, why, retry_at);
}

static void on_books_link(void *ctx, enum db_link state, const struct err *why, int64_t retry_at)
{
    struct worker *w = ctx;
    w->books_live = state == DB_LIVE;
    note_link(w, state, why, retry_at);
}

static void on_hint(void *ctx, const struct hint *h)
{
    struct worker *w = ctx;
    int64_t now = loop_now();
    if (h->kind == HINT_OUTBOX)
        w->next_at = now;
    else if (h->kind == HINT_DESK)
        desk_wake(&w->desk, now);
    else if (h->kind == HINT_EXCEPTIONS || h->kind == HINT_MANY)
        w->next_at = sooner(w->next_at, now + 5 * AGAIN_MS);   /* snoozes and waits have new ends */
}

static void on_signal(void *ctx, int signo)
{
    struct worker *w = ctx;
    (void)signo;
    if (w->stop_at == NEVER) {
        w->stop_at = loop_now() + STOP_MS;
        log_line(LOG_INFO, "stopping: what is under way ends first; a second signal gives it back at once");
    } else {
        w->stop_at = 0;
    }
}

static void on_timer(void *ctx)
{
    (void)ctx;                 /* the turn after it does the work */
}

/* --- the turn ------------------------------------------------------------------------------ */

static void say(struct worker *w, int64_t now)
{
    const struct worker_counts *n = &w->counts, *s = &w->said;
    int64_t more = n->sent + n->failed + n->unknown + n->retried - s->sent - s->failed - s->unknown - s->retried;
    if (more > 0 && w->say_at == NEVER)
        w->say_at = now + SAY_MS;
    if (w->say_at > now && (more == 0 || !worker_drained(w)))
        return;
    if (more > 0)
        log_line(LOG_INFO, "sent %" PRId64 ", to be tried again %" PRId64 ", failed %" PRId64 ", unknown %" PRId64, n->sent - s->sent,
                 n->retried - s->retried, n->failed - s->failed, n->unknown - s->unknown);
    w->said = w->counts;
    w->say_at = NEVER;
}

static bool holds_under_way(const struct worker *w)
{
    for (int c = 0; c < CHANNEL_COUNT; c++)
        if (w->lanes[c].under_way.count || w->lanes[c].claiming)
            return true;
    return w->desk.open && !desk_idle(&w->desk);
}

static void stop(struct worker *w, int64_t now)
{
    if (w->stop_at <= now && !w->aborted) {
        w->aborted = true;
        net_destroy(w->net);   /* reports each */
        w->net = NULL;
        w->stop_at = now + WRITE_MS;
    } else if (w->stop_at <= now) {
        w->finished = true;
    }
    if (!holds_under_way(w) && record_idle(w) && !w->inbox_busy)
        w->finished = true;
}

/* With --once: nothing due is left, as the database said after the last change. */
static bool done_once(const struct worker *w, int64_t now)
{
    if (!worker_drained(w) || !due_done(w, now) || w->disowning || w->doubt || w->inbox_busy || !w->inbox_empty)
        return false;
    if (!passes_done(&w->passes) || !desk_done(&w->desk, now))
        return false;
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        const struct lane *l = &w->lanes[c];
        bool due = l->open && (l->due_at <= now || l->empty > 0) && l->due_at != NEVER;
        if (due && l->empty < 5 && !lane_barred(l, now))
            return false;
    }
    return true;
}

static void arm(struct worker *w, int64_t now)
{
    int64_t at = sooner(sooner(extend_next(w), w->disown_again), due_next(w));
    if (w->live)
        at = sooner(at, record_next(w));
    if (w->live && !w->inbox_busy && w->stop_at == NEVER)
        at = sooner(at, w->inbox_at);
    at = sooner(at, sooner(w->say_at, w->stop_at));
    at = sooner(at, passes_next(&w->passes, now));
    for (int c = 0; c < CHANNEL_COUNT; c++)
        at = sooner(at, lane_next(&w->lanes[c], now));
    at = sooner(at, desk_next_at(&w->desk, now));
    loop_arm(w->loop, &w->timer, at == NEVER ? now + IDLE_MS : at);
}

static void turn(struct worker *w)
{
    int64_t now = loop_now();
    disown_turn(w, now);
    for (int c = 0; c < CHANNEL_COUNT && !w->aborted; c++)
        lane_turn(&w->lanes[c], now);
    desk_turn(&w->desk, now);
    record_turn(w, now);
    extend_turn(w, now);
    due_turn(w, now);
    passes_turn(&w->passes, now);
    say(w, now);
    if (w->stop_at != NEVER)
        stop(w, now);
    else if (w->o->once && done_once(w, now))
        w->finished = true;
    arm(w, now);
}

static void on_inbox(void *ctx, int fd, unsigned events)
{
    struct worker *w = ctx;
    (void)fd;
    (void)events;
    w->inbox_woken = true;
}

/* The inbox is read by a connection of its own, one step after the other; while it waits, whatever for and however long,
 * the worker goes on: nothing that is sent may wait for what came in. */
static bool while_inbox_waits(void *ctx, int fd, bool write, int ms)
{
    struct worker *w = ctx;
    int64_t until = loop_now() + ms, left;
    w->inbox_woken = false;
    loop_watch(w->loop, fd, LOOP_READ | (write ? LOOP_WRITE : 0U), on_inbox, w);
    while (!w->inbox_woken && !w->finished && w->fatal.code == ERR_NONE && (left = until - loop_now()) > 0) {
        loop_step(w->loop, (int)left);
        turn(w);
    }
    loop_watch(w->loop, fd, 0, NULL, NULL);
    return !w->finished && w->fatal.code == ERR_NONE;
}

static void read_inbox(struct worker *w)
{
    if (!w->live || w->inbox_at > loop_now() || w->stop_at != NEVER || w->finished)
        return;
    w->inbox_busy = true;
    struct err e = {0};
    int taken = 0;
    bool good = inbox_drain(w->inbox, INBOX_BATCH, &taken, &e), was = w->inbox_failed.code == ERR_NONE;
    w->inbox_busy = false;
    if (w->finished || w->fatal.code != ERR_NONE)
        return;
    if (good != was)
        log_line(good ? LOG_INFO : LOG_WARN, "%s%s", good ? "what came by webhooks is read again" :
                 "what came by webhooks is kept, and not read at the moment: ", good ? "" : e.text);
    w->inbox_failed = e;
    w->inbox_at = loop_now() + (taken ? INBOX_BUSY_MS : good || was ? INBOX_MS : 10 * INBOX_MS);
    w->inbox_empty = taken == 0;
    w->counts.inbox += taken;
    arm(w, loop_now());
}

/* --- from beginning to end ------------------------------------------------------------------ */

static void name_it(struct worker *w)
{
    char host[48] = "worker";
    if (!w->o->name && gethostname(host, sizeof host) != 0)
        snprintf(host, sizeof host, "worker");
    host[sizeof host - 1] = '\0';
    snprintf(w->name, sizeof w->name, "%.40s/%d-%04x", w->o->name ? w->o->name : host, (int)getpid(), (unsigned)(w->chance & 0xffff));
}

static bool begin(struct worker *w, struct err *e)
{
    if (!lanes_open(w, e))
        return false;
    w->loop = loop_create();
    loop_timer_init(&w->timer, on_timer, w);
    passes_open(&w->passes, w);
    loop_signal(w->loop, SIGTERM, on_signal, w);
    loop_signal(w->loop, SIGINT, on_signal, w);
    loop_signal(w->loop, SIGHUP, on_signal, w);
    signal(SIGPIPE, SIG_IGN);
    w->net = net_create(w->loop, &(struct net_options){.user_agent = "doorstep/" DOORSTEP_VERSION});
    w->inbox = inbox_create(w->o->dsn, &(struct db_wait){.until = while_inbox_waits, .ctx = w});
    struct db_options o = {.dsn = w->o->dsn, .application = "doorstep worker", .listen = true, .worker = true, .writes = true,
                           .reconnect = !w->o->once, .deadline_ms = WORKER_DEADLINE_MS};
    w->db = db_create(w->loop, &o, &(struct db_events){w, on_link, on_hint, on_reply});
    o.listen = false;
    w->books = db_create(w->loop, &o, &(struct db_events){w, on_books_link, NULL, on_reply});
    for (int c = 0; c < CHANNEL_COUNT; c++)
        if (w->lanes[c].open)
            log_line(LOG_INFO, "%s by %s", channel_label((enum channel)c), w->lanes[c].shown);
    if (w->desk.open)
        log_line(LOG_INFO, "cases by %s", w->desk.shown);
    return true;
}

static void end(struct worker *w)
{
    for (int c = 0; c < CHANNEL_COUNT; c++)
        lane_close(&w->lanes[c]);
    desk_close(&w->desk);
    inbox_destroy(w->inbox);
    db_destroy(w->db);
    db_destroy(w->books);
    passes_close(&w->passes);
    record_finish(w);
    loop_destroy(w->loop);
}

/* Why the end is not a good one. */
static bool ended_well(const struct worker *w, struct err *e)
{
    size_t unwritten = record_unwritten(w);
    if (unwritten > 0)
        return err_set(e, ERR_UNREACHABLE, NULL, "what became of %zu messages could not be recorded: look at them under `doorstep outreach list` in a minute",
                       unwritten);
    if (w->desk.pending.len > 0)
        return err_set(e, ERR_UNREACHABLE, NULL, "what became of %zu changes of cases could not be recorded: the next worker finds it out", w->desk.pending.len);
    if (w->fatal.code != ERR_NONE) {
        *e = w->fatal;
        return false;
    }
    if (w->o->once && w->desk.open && w->desk.troubled && w->desk.waits)
        return err_set(e, ERR_UNREACHABLE, NULL, "%s is in trouble, and changes of cases remain: they are told by the next worker", w->desk.shown);
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        const struct lane *l = &w->lanes[c];
        if (w->o->once && l->troubled && l->waits)
            return err_set(e, ERR_UNREACHABLE, NULL, "%s is in trouble, and messages by %s remain: they are tried again by the next worker", l->shown,
                           channel_label((enum channel)c));
    }
    if (w->o->once && w->inbox_failed.code != ERR_NONE)
        return err_set(e, w->inbox_failed.code, NULL, "what came by webhooks could not be read: %s", w->inbox_failed.text);
    return !w->o->once || passes_ended_well(&w->passes, e);
}

bool worker_run(const struct worker_options *o, struct worker_counts *counts, struct err *e)
{
    struct worker *w = xcalloc(1, sizeof *w);
    w->o = o;
    w->lease_s = o->lease_s > 0 ? o->lease_s : 60;
    w->chance = random_seed();
    w->next_number = 1000;     /* below: lanes */
    w->desk.due_at = w->desk.poll_at = w->desk.next_at = NEVER;
    w->stop_at = w->say_at = w->settle_at = w->reap_at = w->disown_again = NEVER;
    w->inbox_empty = true;
    name_it(w);
    bool good = begin(w, e);
    if (good) {
        w->counts.began = true;
        turn(w);
        while (!w->finished && w->fatal.code == ERR_NONE) {
            loop_step(w->loop, -1);
            turn(w);
            read_inbox(w);
        }
        net_destroy(w->net);
        w->net = NULL;
        good = ended_well(w, e);
    }
    if (counts)
        *counts = w->counts;
    else
        worker_counts_finish(&w->counts);
    end(w);
    free(w);
    return good;
}
