/* From the promotion of a standby to a live, correct screen, against a bare libpq program that does nothing but connect again
 * and LISTEN; both at once, in one run.
 * usage: failover DOORSTEP PG_TOOL OWNER_DSN USER DIR ROUNDS    DIR: for the clusters; PG_TOOL: tests/tools/pg */
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "../e2e/terminal.h"

enum { ROUNDS_MOST = 50, PATIENCE_MS = 20000, BARE_WAIT_MS = 100 };

static void tool(const char *pg, const char *what, const char *dir, const char *from)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        if (!freopen("/dev/null", "w", stdout))
            _exit(127);
        execl(pg, pg, what, dir, from, (char *)NULL);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "failover: %s %s %s failed\n", pg, what, dir);
        exit(1);
    }
}

/* Connects to whoever takes writes, again and again, LISTENs, and says when in nanoseconds. Never returns. */
static void bare(const char *dsn, int out)
{
    for (;;) {
        PGconn *c = PQconnectdb(dsn);
        PGresult *r = PQstatus(c) == CONNECTION_OK ? PQexec(c, "LISTEN doorstep") : NULL;
        bool up = r && PQresultStatus(r) == PGRES_COMMAND_OK;
        int64_t now = terminal_now_ns();
        PQclear(r);
        PQfinish(c);
        if (up) {
            if (write(out, &now, sizeof now) != sizeof now)
                _exit(1);
            _exit(0);
        }
        usleep(BARE_WAIT_MS * 1000);
    }
}

static void run(const char *dsn, const char *sql)
{
    PGconn *c = PQconnectdb(dsn);
    PGresult *r = PQexec(c, sql);
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK) {
        fprintf(stderr, "failover: %s", PQerrorMessage(c));
        exit(1);
    }
    PQclear(r);
    PQfinish(c);
}

static void one_round(char **argv, int64_t *ours, int64_t *theirs)
{
    char a[300], b[300], dsn[900], owner[700], user[900];
    const char *database = strstr(argv[3], "dbname=");
    int out[2];
    struct terminal t;
    snprintf(a, sizeof a, "%.250s/fa", argv[5]);
    snprintf(b, sizeof b, "%.250s/fb", argv[5]);
    tool(argv[2], "copy", a, argv[3]);
    snprintf(owner, sizeof owner, "host=%s/run user=test %s", a, database);
    tool(argv[2], "standby", b, owner);
    snprintf(dsn, sizeof dsn, "host=%s/run,%s/run %s target_session_attrs=read-write", a, b, database);
    snprintf(user, sizeof user, "%.700s user=%.64s", dsn, argv[4]);
    terminal_open(&t, (char *[]){argv[1], (char *)"--dsn", user, NULL}, "xterm-256color", 36, 120);
    if (!terminal_wait(&t, "live", PATIENCE_MS) || pipe(out) != 0)
        exit(1);
    tool(argv[2], "kill", a, NULL);
    pid_t pid = fork();
    if (pid == 0)
        bare(user, out[1]);
    terminal_settle(&t, 4000, 4000);       /* the waits between tries are at their longest */
    int64_t promoted = terminal_now_ns();
    tool(argv[2], "promote", b, NULL);
    snprintf(owner, sizeof owner, "host=%s/run user=test %s", b, database);
    run(owner, "UPDATE doorstep.exception SET customer_name = 'Failed Over', rev = rev + 1 WHERE id IN (SELECT id FROM doorstep.exception LIMIT 1000)");
    if (!terminal_wait(&t, "Failed Over", PATIENCE_MS) || !terminal_wait_gone(&t, "rows from", PATIENCE_MS)) {
        terminal_dump(&t);
        exit(1);
    }
    *ours = terminal_now_ns() - promoted;
    if (read(out[0], theirs, sizeof *theirs) != sizeof *theirs)
        exit(1);
    *theirs -= promoted;
    waitpid(pid, NULL, 0);
    close(out[0]);
    close(out[1]);
    terminal_close(&t);
    tool(argv[2], "stop", a, NULL);
    tool(argv[2], "stop", b, NULL);
}

int main(int argc, char **argv)
{
    static int64_t ours[ROUNDS_MOST], theirs[ROUNDS_MOST];
    int rounds = argc == 7 ? (int)strtol(argv[6], NULL, 10) : 0;
    if (rounds < 1 || rounds > ROUNDS_MOST) {
        fprintf(stderr, "usage: failover DOORSTEP PG_TOOL OWNER_DSN USER DIR ROUNDS\n");
        return 64;
    }
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < rounds; i++)
        one_round(argv, &ours[i], &theirs[i]);
    size_t n = (size_t)rounds;
    double bare_s = (double)bench_quantile(theirs, n, 0.5) / 1e9;
    printf("# failover: the bare program, looking every %d ms, median %.2f s\n", BARE_WAIT_MS, bare_s);
    bench_line("failover: promotion to a live, correct screen, worst", (double)bench_quantile(ours, n, 1) / 1e9, "s", 3, 1);
    bench_line("failover: median, against the bare program's", (double)bench_quantile(ours, n, 0.5) / 1e9 / bare_s, "x", 20, 1);
    return 0;
}
