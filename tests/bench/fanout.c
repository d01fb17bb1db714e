/* Many dashboards on one database while exceptions arrive: how long from COMMIT to the row's last byte on a
 * terminal, against a bare program that LISTENs in the same run, and what all of it costs.
 * usage: fanout LABEL DOORSTEP OWNER_DSN AGENT_DSN RELAY_SOCKET|off RELAY_PID|0 POSTMASTER_PID SESSIONS SECONDS [COMMAND…]
 * COMMAND runs meanwhile, by /bin/sh; then the figures are said, and held against nothing. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "core/kind.h"
#include "crowd.h"

#define RATE 50                /* exceptions a second */
#define PROBE_EVERY 5          /* of them each fifth is one the watched show */
#define PROBES_MOST 20000

static struct { const char *label, *command; int relay_pid, postmaster, seconds; } o;

/* --- what is measured ------------------------------------------------------------------ */

struct told { int serial; int64_t at; };     /* a commit begun, or its notification heard */

static int64_t begun[PROBES_MOST], glyph[PROBES_MOST * WATCHED], heard[PROBES_MOST];
static int committed_upto, heard_count, glyphs;
static bool shown[PROBES_MOST][WATCHED];

static void tracking_of(int serial, char *out, size_t size) { snprintf(out, size, "FAN%05d%07d", (int)getpid() % 100000, serial); }

/* One exception, its own commit; the watched show kind other, which nobody else looks at, and all are due later than what
 * is on others' screens, as new ones are, but for a few by kind. */
static void insert_one(PGconn *c, pid_t named, int serial, bool probe)
{
    char sql[2048];
    snprintf(sql, sizeof sql,
             "WITH src AS (SELECT * FROM doorstep.exception WHERE tracking_number = 'BENCH000000000003'), "
             "s AS (INSERT INTO doorstep.shipment (brand_id, carrier_id, tracking_number) "
             "SELECT brand_id, carrier_id, 'FAN%05d%07d' FROM src RETURNING id, tracking_number) "
             "INSERT INTO doorstep.exception (kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, "
             "carrier_name, tracking_number, customer_name, reason, first_response_due_at, resolve_due_at) "
             "SELECT '%s', severity, fault, brand_id, brand, s.id, carrier_id, carrier, carrier_name, s.tracking_number, customer_name, "
             "reason, now() + interval '250 hours' - interval '%d seconds', now() + interval '400 hours' FROM src, s",
             (int)named % 100000, serial, probe ? "other" : kinds[serial % 10], probe ? serial : 3600 * (174 + serial * 7 % 24));
    run(c, sql);
}

/* Writes at the rate until killed; tells of each probe before its commit. */
static pid_t start_writer(int *out)
{
    int ends[2];
    pid_t named = getpid();
    if (pipe(ends) != 0)
        fail("no pipe");
    pid_t pid = fork();
    if (pid) {
        close(ends[1]);
        *out = ends[0];
        return pid;
    }
    PGconn *c = connect_to(crowd.owner);
    int64_t next = terminal_now_ns();
    for (int i = 0;; i++) {
        struct told t = {.serial = i / PROBE_EVERY};
        bool probe = i % PROBE_EVERY == 0;
        run(c, "BEGIN");
        insert_one(c, named, probe ? t.serial : 1000000 + i, probe);
        t.at = terminal_now_ns();
        if (probe && write(ends[1], &t, sizeof t) != sizeof t)
            _exit(0);
        run(c, "COMMIT");
        next += 1000000000 / RATE;
        int64_t wait = next - terminal_now_ns();
        if (wait > 0)
            usleep((useconds_t)(wait / 1000));
    }
}

/* The bare program: LISTENs, and writes when each notification with a probe came (of kind other). */
static pid_t start_bare(int *out)
{
    int ends[2];
    if (pipe(ends) != 0)
        fail("no pipe");
    pid_t pid = fork();
    if (pid) {
        close(ends[1]);
        *out = ends[0];
        return pid;
    }
    PGconn *c = connect_to(crowd.agent);
    run(c, "SELECT doorstep.listen()");
    int serial = 0;
    for (;;) {
        struct pollfd p = {.fd = PQsocket(c), .events = POLLIN};
        poll(&p, 1, -1);
        if (!PQconsumeInput(c))
            _exit(0);
        for (PGnotify *n; (n = PQnotifies(c)); PQfreemem(n)) {
            long long id, rev, state, severity, kind;
            if (sscanf(n->extra, "e %lld:%lld:%lld:%lld:%lld:", &id, &rev, &state, &severity, &kind) < 5 || kind != KIND_OTHER || rev != 1)
                continue;
            struct told t = {serial++, terminal_now_ns()};
            if (write(ends[1], &t, sizeof t) != sizeof t)
                _exit(0);
        }
    }
}

static void look(struct terminal *t, int which)
{
    char number[32];
    for (int serial = committed_upto - 1; serial >= 0 && serial > committed_upto - 40; serial--) {
        if (shown[serial][which])
            continue;
        tracking_of(serial, number, sizeof number);
        if (terminal_find(t, number) < 0)
            continue;
        shown[serial][which] = true;
        glyph[glyphs++] = t->last_byte_ns - begun[serial];
    }
}

static void take_told(int fd, bool bare)
{
    struct told t[64];
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (poll(&p, 1, 0) > 0) {
        ssize_t n = read(fd, t, sizeof t);
        if (n <= 0)
            return;
        for (size_t i = 0; i < (size_t)n / sizeof *t; i++) {
            if (t[i].serial >= PROBES_MOST)
                continue;
            if (bare && begun[t[i].serial])
                heard[heard_count++] = t[i].at - begun[t[i].serial];
            else if (!bare) {
                begun[t[i].serial] = t[i].at;
                committed_upto = t[i].serial + 1;
            }
        }
    }
}

static void follow(int writer, int bare, int64_t until)
{
    while (terminal_now_ns() < until) {
        bool seen = drain_all(10);
        take_told(writer, false);
        take_told(bare, true);
        for (int i = 0; seen && i < WATCHED; i++)
            look(&watched[i], i);
    }
}

static void report(double seconds, double sessions, double server, double relay)
{
    bool judged = !o.command && strcmp(crowd.relay, "off") != 0;
    int64_t missing = 0;
    for (int i = 0; i < committed_upto; i++)
        for (int w = 0; w < WATCHED; w++)
            missing += !shown[i][w];
    if (!glyphs || !heard_count) {
        terminal_dump(&watched[0]);
        fail(glyphs ? "the bare program heard nothing" : "the rows did not show");
    }
    double bare = (double)bench_quantile(heard, (size_t)heard_count, 0.5) / 1e6, bare99 = (double)bench_quantile(heard, (size_t)heard_count, 0.99) / 1e6;
    double p50 = (double)bench_quantile(glyph, (size_t)glyphs, 0.5) / 1e6, p99 = (double)bench_quantile(glyph, (size_t)glyphs, 0.99) / 1e6;
    printf("# %s, %d sessions: %d of them looked at, %d rows; bare LISTEN p50 %.2f ms, p99 %.2f ms; glyph p50 %.2f ms, p99 %.2f ms; "
           "CPU in cores: sessions %.2f, PostgreSQL %.2f, relay %.2f; not shown in the end: %lld\n",
           o.label, crowd.sessions, WATCHED, committed_upto, bare, bare99, p50, p99, sessions / seconds, server / seconds, relay / seconds, (long long)missing);
    if (!judged)
        return;
    bench_line("commit to glyph, all sessions open, p99", p99, "ms", 100, 1);
    bench_line("commit to glyph / bare LISTEN, medians", p50 / bare, "x", 3, 1);
    bench_line("all sessions together", sessions / seconds, "cores", 1, 1);
    bench_line("rows that did not show", (double)missing, "", 0, 1);
}

int main(int argc, char **argv)
{
    if (argc < 10)
        return 64;
    o.label = argv[1];
    o.relay_pid = (int)strtol(argv[6], NULL, 10), o.postmaster = (int)strtol(argv[7], NULL, 10), o.seconds = (int)strtol(argv[9], NULL, 10);
    o.command = argc > 10 ? argv[10] : NULL;
    crowd_init(&argv[2], (int)strtol(argv[8], NULL, 10));
    open_all();
    int writer, bare;
    pid_t bare_pid = start_bare(&bare);
    drain_for(500);
    pid_t writer_pid = start_writer(&writer);
    follow(writer, bare, terminal_now_ns() + INT64_C(2000000000));
    double sessions = cpu_of_sessions(), server = cpu_of_server(o.postmaster), relay = o.relay_pid ? cpu_of(o.relay_pid, NULL) : 0;
    int64_t start = terminal_now_ns();
    pid_t busy = 0;
    if (o.command && (busy = fork()) == 0) {
        execl("/bin/sh", "sh", "-c", o.command, (char *)NULL);
        _exit(127);
    }
    follow(writer, bare, start + (int64_t)o.seconds * 1000000000);
    while (busy && waitpid(busy, NULL, WNOHANG) == 0)
        follow(writer, bare, terminal_now_ns() + 100000000);
    double took = (double)(terminal_now_ns() - start) / 1e9;
    sessions = cpu_of_sessions() - sessions, server = cpu_of_server(o.postmaster) - server, relay = o.relay_pid ? cpu_of(o.relay_pid, NULL) - relay : 0;
    kill(writer_pid, SIGTERM);
    waitpid(writer_pid, NULL, 0);
    follow(writer, bare, terminal_now_ns() + INT64_C(3000000000));
    kill(bare_pid, SIGTERM);
    waitpid(bare_pid, NULL, 0);
    report(took, sessions, server, relay);
    close_all();
    return 0;
}
