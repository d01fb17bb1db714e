/* From COMMIT of a new exception to the last byte of its row on the terminal, against a
 * bare libpq program that LISTENs and does nothing else; in turn, in one run.
 * usage: latency DOORSTEP OWNER_DSN AGENT_DSN ROUNDS */
#include <libpq-fe.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "../e2e/terminal.h"

static PGconn *connect_to(const char *dsn)
{
    PGconn *c = PQconnectdb(dsn);
    if (PQstatus(c) != CONNECTION_OK) {
        fprintf(stderr, "latency: %s", PQerrorMessage(c));
        exit(1);
    }
    return c;
}

static void run(PGconn *c, const char *sql)
{
    PGresult *r = PQexec(c, sql);
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK) {
        fprintf(stderr, "latency: %s", PQerrorMessage(c));
        exit(1);
    }
    PQclear(r);
}

/* Both wait this long before each commit: so that the limit on frames a second is not what is
 * measured, and both are woken from the same rest. */
#define APART_MS 120

static int serial;

/* A new exception in an open transaction, into the gap after the third row, each before the
 * last, so that it always lands on the screen. */
static void insert_one(PGconn *c, char *tracking, size_t size)
{
    char sql[4096];
    serial++;
    snprintf(tracking, size, "LAT%06d%06d", (int)getpid() % 1000000, serial);
    run(c, "BEGIN");
    snprintf(sql, sizeof sql,
             "WITH src AS (SELECT * FROM doorstep.exception WHERE tracking_number = 'BENCH000000000003'), "
             "s AS (INSERT INTO doorstep.shipment (brand_id, carrier_id, tracking_number) "
             "SELECT brand_id, carrier_id, '%s' FROM src RETURNING id) "
             "INSERT INTO doorstep.exception (kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, "
             "carrier_name, tracking_number, customer_name, reason, first_response_due_at, resolve_due_at) "
             "SELECT kind, severity, fault, brand_id, brand, s.id, carrier_id, carrier, carrier_name, '%s', customer_name, "
             "reason, first_response_due_at + make_interval(secs => %d), resolve_due_at FROM src, s",
             tracking, tracking, 3500 - serial);
    run(c, sql);
}

/* The bare program, a process of its own as the dashboard is: it LISTENs and writes the time of
 * each notification to `out`. Ends when killed. */
static pid_t bare_start(const char *dsn, int *times)
{
    int ends[2];
    if (pipe(ends) != 0)
        exit(1);
    pid_t pid = fork();
    if (pid) {
        close(ends[1]);
        *times = ends[0];
        return pid;
    }
    PGconn *c = connect_to(dsn);
    run(c, "SELECT doorstep.listen()");
    int64_t now = 0;
    for (;;) {
        if (write(ends[1], &now, sizeof now) != sizeof now)   /* the first: ready */
            _exit(1);
        for (PGnotify *n = NULL; !n;) {
            struct pollfd p = {.fd = PQsocket(c), .events = POLLIN};
            poll(&p, 1, -1);
            PQconsumeInput(c);
            n = PQnotifies(c);
            PQfreemem(n);
        }
        now = terminal_now_ns();
    }
}

static int64_t bare_heard(int times)
{
    int64_t at;
    struct pollfd p = {.fd = times, .events = POLLIN};
    if (poll(&p, 1, 5000) <= 0 || read(times, &at, sizeof at) != sizeof at) {
        fprintf(stderr, "latency: the bare program heard nothing\n");
        exit(1);
    }
    return at;
}

/* ns from COMMIT to its notification in the bare program. */
static int64_t bare_once(PGconn *writer, int times)
{
    char tracking[32];
    insert_one(writer, tracking, sizeof tracking);
    poll(NULL, 0, APART_MS);
    int64_t start = terminal_now_ns();
    PQsendQuery(writer, "COMMIT");
    int64_t took = bare_heard(times) - start;
    for (PGresult *r; (r = PQgetResult(writer));)
        PQclear(r);
    return took;
}

static void bare_many(PGconn *writer, const char *dsn, int64_t *took, size_t rounds)
{
    int times;
    pid_t pid = bare_start(dsn, &times);
    bare_heard(times);
    for (size_t i = 0; i < rounds; i++)
        took[i] = bare_once(writer, times);
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
    close(times);
}

/* ns from COMMIT to the last byte of the row on the terminal. */
static int64_t ours_once(PGconn *writer, struct terminal *t)
{
    char tracking[32];
    insert_one(writer, tracking, sizeof tracking);
    terminal_settle(t, APART_MS, 4 * APART_MS);
    int64_t start = terminal_now_ns(), seen = 0;
    PQsendQuery(writer, "COMMIT");
    while (!seen && terminal_now_ns() - start < INT64_C(5000000000)) {
        if (!terminal_pump(t, 100))
            continue;
        while (terminal_pump(t, 2))     /* the whole frame, before looking for the row in it */
            continue;
        seen = terminal_find(t, tracking) >= 0 ? t->last_byte_ns : 0;
    }
    for (PGresult *r; (r = PQgetResult(writer));)
        PQclear(r);
    if (!seen) {
        terminal_dump(t);
        fprintf(stderr, "latency: %s did not appear\n", tracking);
        exit(1);
    }
    return seen - start;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 64;
    size_t rounds = (size_t)strtoul(argv[4], NULL, 10), half = rounds / 2;
    int64_t *bare = calloc(rounds, sizeof *bare), *ours = calloc(rounds, sizeof *ours);
    PGconn *writer = connect_to(argv[2]);
    bare_many(writer, argv[3], bare, half);
    struct terminal t;
    terminal_open(&t, (char *[]){argv[1], "--dsn", argv[3], NULL}, "xterm-256color", 36, 120);
    if (!terminal_wait(&t, "BENCH000000000003", 5000))
        exit(1);
    terminal_settle(&t, 300, 2000);
    uint64_t before = t.bytes;
    for (size_t i = 0; i < rounds; i++)
        ours[i] = ours_once(writer, &t);
    printf("# bytes written a new row, list and counters: %.0f\n", (double)(t.bytes - before) / (double)rounds);
    terminal_close(&t);
    bare_many(writer, argv[3], bare + half, rounds - half);
    double floor = (double)bench_quantile(bare, rounds, 0.5), floor99 = (double)bench_quantile(bare, rounds, 0.99);
    double median = (double)bench_quantile(ours, rounds, 0.5), p99 = (double)bench_quantile(ours, rounds, 0.99);
    printf("# bare LISTEN: median %.3f ms, p99 %.3f ms; row on the terminal: median %.3f ms, p99 %.3f ms\n", floor / 1e6,
           floor99 / 1e6, median / 1e6, p99 / 1e6);
    bench_line("commit to the row's last byte / bare LISTEN, median", median / floor, "x", 3, 1);
    bench_line("commit to the row's last byte, p99 above bare LISTEN's", (p99 - floor99) / 1e6, "ms", 5, 1);
    PQfinish(writer);
    free(bare);
    free(ours);
    return 0;
}
