/* Many dashboards at once, each on a terminal of its own; a few of them looked at. For the benchmarks. */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include <dirent.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../e2e/terminal.h"

#define WATCHED 6              /* of the sessions: those a terminal emulator looks at */
#define ROWS 36
#define COLS 120

static struct { const char *program, *owner, *agent, *relay; int sessions; } crowd;

static const char *const kinds[] = {"late_promise", "not_shipped", "stalled", "delay_carrier", "delay_weather", "address_issue",
                                    "failed_attempt", "access_problem", "refused", "held"};

struct session { int fd; pid_t pid; uint64_t bytes; int matched; bool told; };
static struct session *others;
static struct terminal watched[WATCHED];
static int other_count;

static const char *awaited;     /* whoever writes this to its terminal has told; no two letters of it are alike */

static void fail(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static PGconn *connect_to(const char *dsn)
{
    PGconn *c = PQconnectdb(dsn);
    if (PQstatus(c) != CONNECTION_OK)
        fail(PQerrorMessage(c));
    return c;
}

static void run(PGconn *c, const char *sql)
{
    PGresult *r = PQexec(c, sql);
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
        fail(PQerrorMessage(c));
    PQclear(r);
}

/* --- sessions ------------------------------------------------------------------------ */

static void drain(struct session *s)
{
    char block[65536];
    ssize_t n = read(s->fd, block, sizeof block);
    if (n > 0)
        s->bytes += (uint64_t)n;
    for (ssize_t i = 0; awaited && !s->told && i < n; i++) {
        s->matched = block[i] == awaited[s->matched] ? s->matched + 1 : block[i] == awaited[0];
        s->told = !awaited[s->matched];
    }
}

static struct pollfd *fds;

/* Reads what all of them write, for at most ms; true when one of the watched wrote. */
static bool drain_all(int ms)
{
    bool seen = false;
    for (int i = 0; i < WATCHED; i++)
        fds[i] = (struct pollfd){.fd = watched[i].fd, .events = POLLIN};
    for (int i = 0; i < other_count; i++)
        fds[WATCHED + i] = (struct pollfd){.fd = others[i].fd, .events = POLLIN};
    if (poll(fds, (nfds_t)(WATCHED + other_count), ms) <= 0)
        return false;
    for (int i = 0; i < WATCHED; i++)
        while ((fds[i].revents & POLLIN) && terminal_pump(&watched[i], 0))
            seen = true;
    for (int i = 0; i < other_count; i++)
        if (fds[WATCHED + i].revents & POLLIN)
            drain(&others[i]);
    return seen;
}

static void drain_for(int ms)
{
    for (int64_t until = terminal_now_ns() + (int64_t)ms * 1000000, left; (left = until - terminal_now_ns()) > 0;)
        drain_all((int)(left / 1000000) + 1);
}

static void open_other(struct session *s)
{
    struct winsize size = {.ws_row = ROWS, .ws_col = COLS};
    s->pid = forkpty(&s->fd, NULL, NULL, &size);
    if (s->pid == 0) {
        setenv("TERM", "xterm-256color", 1);
        setenv("LC_ALL", "C.UTF-8", 1);
        execl(crowd.program, crowd.program, "--dsn", crowd.agent, (char *)NULL);
        _exit(127);
    }
    if (s->pid < 0)
        fail("no more terminals: raise kernel.pty.max, or ulimit -n");
}

/* Half of them look at everything, half at a kind of their own. */
static void open_all(void)
{
    char filter[64];
    setenv("DOORSTEP_RELAY", crowd.relay, 1);
    for (int i = 0; i < WATCHED; i++) {
        terminal_open(&watched[i], (char *[]){(char *)crowd.program, "--dsn", (char *)crowd.agent, NULL}, "xterm-256color", ROWS, COLS);
        if (!terminal_wait(&watched[i], "BENCH000000000003", 20000))
            fail("a dashboard shows nothing");
        terminal_type(&watched[i], "/<C-u>kind:other<Enter>");
    }
    for (other_count = 0; other_count < crowd.sessions - WATCHED; other_count++) {
        open_other(&others[other_count]);
        drain_all(0);
        drain_for(20);         /* people do not come all at once either */
    }
    for (int64_t until = terminal_now_ns() + INT64_C(60000000000); terminal_now_ns() < until;) {
        int first = 0;
        while (first < other_count && others[first].bytes > 3000)
            first++;
        if (first == other_count)
            break;
        drain_for(100);
    }
    for (int i = 0; i < other_count; i += 2) {
        int n = snprintf(filter, sizeof filter, "/\025kind:%s\r", kinds[i / 2 % 10]);
        if (write(others[i].fd, filter, (size_t)n) != n)
            fail("a dashboard takes no keys");
        drain_for(5);
    }
    drain_for(8000);           /* the relay has taken over, first counters are there */
}

static void close_all(void)
{
    for (int i = 0; i < other_count; i++)
        kill(others[i].pid, SIGTERM);
    for (int i = 0; i < WATCHED; i++)
        terminal_close(&watched[i]);
    for (int i = 0; i < other_count; i++) {
        for (int tries = 0; waitpid(others[i].pid, NULL, WNOHANG) == 0; tries++) {
            drain_for(5);
            if (tries == 400)
                kill(others[i].pid, SIGKILL);
        }
        close(others[i].fd);
    }
}

/* CPU seconds of a process, its own. */
static double cpu_of(pid_t pid, pid_t *parent)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f)
        fclose(f);
    text[n] = '\0';
    char *after = strrchr(text, ')');
    int ppid = 0;
    unsigned long user = 0, system = 0;
    if (!after || sscanf(after + 2, "%*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &ppid, &user, &system) != 3)
        return 0;
    if (parent)
        *parent = ppid;
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static inline double cpu_of_sessions(void)
{
    double sum = 0;
    for (int i = 0; i < WATCHED; i++)
        sum += cpu_of(watched[i].pid, NULL);
    for (int i = 0; i < other_count; i++)
        sum += cpu_of(others[i].pid, NULL);
    return sum;
}

static inline double cpu_of_server(pid_t postmaster)
{
    double sum = 0;
    DIR *d = opendir("/proc");
    for (struct dirent *e; d && (e = readdir(d));) {
        pid_t pid = (pid_t)strtol(e->d_name, NULL, 10), parent = 0;
        double own = pid > 0 ? cpu_of(pid, &parent) : 0;
        sum += parent == postmaster ? own : 0;
    }
    if (d)
        closedir(d);
    return sum;
}

/* argv: DOORSTEP OWNER_DSN AGENT_DSN RELAY_SOCKET|off SESSIONS */
static void crowd_init(char **argv, int sessions)
{
    crowd.program = argv[0], crowd.owner = argv[1], crowd.agent = argv[2], crowd.relay = argv[3];
    crowd.sessions = sessions;
    struct rlimit l;
    getrlimit(RLIMIT_NOFILE, &l);
    l.rlim_cur = l.rlim_max;
    setrlimit(RLIMIT_NOFILE, &l);
    others = calloc((size_t)sessions, sizeof *others);
    fds = calloc((size_t)sessions + WATCHED, sizeof *fds);
}

#endif
