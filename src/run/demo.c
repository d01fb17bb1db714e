#include "run/demo.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "db/admin.h"
#include "db/migrate.h"
#include "loop/loop.h"
#include "run/demo_desk.h"
#include "run/demo_feed.h"
#include "run/demo_pages.h"
#include "run/demo_worker.h"
#include "run/local.h"
#include "run/tui.h"

#define DSN_MAX 1200
#define SEED 48121
#define PARCELS 1750           /* of which some 1,200 are in trouble */
#define PIECE 350              /* parcels between two lines of progress */
#define FEED_PERSON "carrier_feed"
#define WRITER "dana"          /* the colleague who writes to customers */
#define WRITTEN 30             /* messages on their way when the demo begins */
#define WORKER_PERSON "outreach_worker"

#define COMPLETE_SQL "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
#define COUNT_SQL "SELECT count(*) FROM doorstep.orders"
/* Where the page of the parcel everybody meets first is, in the folder of pages. */
#define PAGE_SQL "SELECT '/' || left(g.token, 2) || '/' || substr(g.token, 3) || '.html' FROM doorstep.page g " \
                 "JOIN doorstep.shipment s ON s.id = g.shipment_id WHERE s.tracking_number = '1Z999AA10123456784'"

struct demo {
    const struct demo_options *o;
    struct local local;
    char admin[DSN_MAX], person[DSN_MAX], feed[DSN_MAX], writer[DSN_MAX];
    struct demo_live live;
    struct demo_worker worker;
    struct demo_pages pages;
    pid_t live_pid, worker_pid, pages_pid;
};

static bool run_script(struct demo *d, const char *name, struct err *e)
{
    for (const struct embed_file *f = db_demo_files; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return db_run_script(d->admin, name, f->data, e);
    return err_set(e, ERR_BUG, name, "this program does not carry that script");
}

/* ---- the world ---- */

static bool load_piece(struct demo_feed *f, const struct world *w, int64_t from, int64_t to, struct err *e)
{
    struct buf out;
    buf_init(&out, 0);
    for (int64_t n = from; n < to; n++)
        world_parcel(w, n, &out);
    bool ok = demo_feed_take(f, buf_str(&out), out.len, e);
    buf_finish(&out);
    return ok;
}

static bool load_world(struct demo *d, struct err *e)
{
    struct world w;
    world_init(&w, SEED, loop_wall(), PARCELS);
    struct demo_feed *f = demo_feed_open(d->feed, w.now, e);
    bool ok = f != NULL;
    for (int64_t n = 0; ok && n < PARCELS; n += PIECE) {
        int64_t to = n + PIECE < PARCELS ? n + PIECE : PARCELS;
        ok = load_piece(f, &w, n, to, e);
        if (ok)
            d->o->say("sample world: %d of %d parcels", (int)to, PARCELS);
    }
    demo_feed_close(f);
    return ok && run_script(d, "lanes.sql", e) && run_script(d, "history.sql", e) && run_script(d, "work.sql", e) && demo_desk_write(d->writer, WRITTEN, e) && run_script(d, "control.sql", e);
}

/* A world whose making was interrupted is made anew; a whole one is kept, with what people did in it. */
static bool make_world(struct demo *d, struct err *e)
{
    char said[64], orders[32];
    struct migrate_result migrated;
    if (!db_migrate(d->admin, false, &migrated, e) || !db_ask_text(d->admin, COMPLETE_SQL, NULL, said, sizeof said, e))
        return false;
    if (strcmp(said, "sample world") != 0) {
        if (!db_ask_text(d->admin, COUNT_SQL, NULL, orders, sizeof orders, e))
            return false;
        if (strcmp(orders, "0") != 0 &&
            (!local_recreate(&d->local, e) || !db_migrate(d->admin, false, &migrated, e)))
            return false;
        return run_script(d, "people.sql", e) && run_script(d, "desk.sql", e) && run_script(d, "brand.sql", e) && load_world(d, e);
    }
    return run_script(d, "people.sql", e);
}

/* ---- start, run, stop ---- */

static bool start_server(struct demo *d, struct err *e)
{
    if (!local_init(&d->local, d->o->dir, "demo", e))
        return false;
    if (d->o->reset && local_present(&d->local)) {
        bool gone = local_lock(&d->local, e) && local_destroy(&d->local, e);
        local_unlock(&d->local);
        if (!gone)
            return false;
    }
    if (!local_lock(&d->local, e))
        return false;
    /* One that an earlier run left behind: this run's ends with this run. */
    if (local_running(&d->local) && !local_stop(&d->local, e))
        return false;
    d->o->say(local_exists(&d->local) ? "starting PostgreSQL in %s" : "making a PostgreSQL in %s", d->local.dir);
    return local_start(&d->local, true, e);
}

static bool start_feed(struct demo *d, struct err *e)
{
    char orders[32], log[sizeof d->local.dir + 16];
    if (!db_ask_text(d->admin, COUNT_SQL, NULL, orders, sizeof orders, e))
        return false;
    d->live = (struct demo_live){.rate = d->o->rate, .close_fd = d->local.lock};
    world_init(&d->live.world, SEED, loop_wall(), strtoll(orders, NULL, 10));
    snprintf(d->live.dsn, sizeof d->live.dsn, "%s", d->feed);
    snprintf(d->live.people_dsn, sizeof d->live.people_dsn, "%s", d->admin);
    snprintf(d->live.writer_dsn, sizeof d->live.writer_dsn, "%s", d->writer);
    snprintf(log, sizeof log, "%s/feed.log", d->local.dir);
    struct process_options how = {.log = log, .death_signal = SIGTERM};
    d->live_pid = process_fork(demo_feed_live, &d->live, &how, e);
    return d->live_pid > 0;
}

/* As the server's user, who owns the folder. */
static bool start_worker(struct demo *d, struct err *e)
{
    char log[sizeof d->local.dir + 16];
    d->worker.close_fd = d->local.lock;
    local_dsn(&d->local, WORKER_PERSON, NULL, d->worker.dsn, sizeof d->worker.dsn);
    snprintf(d->worker.mail, sizeof d->worker.mail, "%s/mail", d->local.dir);
    snprintf(log, sizeof log, "%s/worker.log", d->local.dir);
    struct process_options how = {.log = log, .user = &d->local.user, .death_signal = SIGTERM};
    d->worker_pid = process_fork(demo_worker_run, &d->worker, &how, e);
    return d->worker_pid > 0;
}

/* As the server's user, too. Worlds of before brands had pages have none. */
static bool start_pages(struct demo *d, struct err *e)
{
    char page[80], log[sizeof d->local.dir + 16];
    d->pages.close_fd = d->local.lock;
    snprintf(d->pages.dsn, sizeof d->pages.dsn, "%s", d->worker.dsn);
    snprintf(d->pages.dir, sizeof d->pages.dir, "%s/pages", d->local.dir);
    snprintf(log, sizeof log, "%s/pages.log", d->local.dir);
    if (!db_ask_text(d->admin, PAGE_SQL, NULL, page, sizeof page, e))
        return false;
    struct process_options how = {.log = log, .user = &d->local.user, .death_signal = SIGTERM};
    d->pages_pid = process_fork(demo_pages_run, &d->pages, &how, e);
    if (d->pages_pid > 0)
        d->o->say("tracking pages are published to %s; Rosa Delgado's is %s%s", d->pages.dir, d->pages.dir, page);
    return d->pages_pid > 0;
}

static void endings(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGHUP);
    sigaddset(set, SIGCHLD);
}

/* Whose end it was, and where it says why; NULL: nobody's we started. */
static const char *ended(struct demo *d, pid_t pid, const char **log)
{
    const struct { pid_t *pid; const char *name, *log; } ours[] = {
        {&d->local.pid, "PostgreSQL", "server.log"}, {&d->live_pid, "the live feed", "feed.log"}, {&d->worker_pid, "the worker", "worker.log"},
                 {&d->pages_pid, "the publishing of pages", "pages.log"}};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (*ours[i].pid == pid) {
            *ours[i].pid = 0;
            *log = ours[i].log;
            return ours[i].name;
        }
    return NULL;
}

/* Until a signal says stop; the end of the server, the feed or the worker is an error. */
static bool wait_for_end(struct demo *d, struct err *e)
{
    sigset_t set;
    endings(&set);
    for (;;) {
        int signo = sigwaitinfo(&set, NULL), status;
        if (signo < 0 && errno == EINTR)
            continue;
        if (signo != SIGCHLD)
            return true;
        for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
            const char *log, *who = ended(d, pid, &log);
            if (who)
                return err_set(e, ERR_UNREACHABLE, d->local.dir, "%s ended by itself: see %s there", who, log);
        }
    }
}

static bool serve(struct demo *d, struct err *e)
{
    if (d->o->headless) {
        d->o->ready(d->person);
        return wait_for_end(d, e);
    }
    struct tui_options o = {.dsn = d->person, .config = d->o->config, .record = d->o->record, .record_full = d->o->record_full};
    return tui_run(&o, e);
}

bool demo_run(const struct demo_options *o, struct err *e)
{
    struct demo d = {.o = o, .local = {.lock = -1}};
    sigset_t set, before;
    /* Headless, a signal during the start is kept for the wait and so ends in order. */
    endings(&set);
    if (o->headless)
        sigprocmask(SIG_BLOCK, &set, &before);
    bool ok = start_server(&d, e);
    if (ok) {
        local_dsn(&d.local, NULL, NULL, d.admin, sizeof d.admin);
        local_dsn(&d.local, DEMO_PERSON, NULL, d.person, sizeof d.person);
        local_dsn(&d.local, FEED_PERSON, NULL, d.feed, sizeof d.feed);
        local_dsn(&d.local, WRITER, NULL, d.writer, sizeof d.writer);
        ok = make_world(&d, e) && start_feed(&d, e) && start_worker(&d, e) && start_pages(&d, e) && serve(&d, e);
    }
    if (d.pages_pid > 0)
        process_end(d.pages_pid, (const int[]){SIGTERM, 0}, 3000);
    if (d.worker_pid > 0)
        process_end(d.worker_pid, (const int[]){SIGTERM, 0}, 3000);
    if (d.live_pid > 0)
        process_end(d.live_pid, (const int[]){SIGTERM, 0}, 3000);
    if (d.local.pid > 0 && !local_stop(&d.local, ok ? e : NULL))
        ok = false;
    local_unlock(&d.local);
    if (o->headless)
        sigprocmask(SIG_SETMASK, &before, NULL);
    return ok;
}
