/* What a session costs: private memory, wake-ups at rest, bytes to the terminal.
 * usage: session DOORSTEP OWNER_DSN AGENT_DSN */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "../e2e/terminal.h"

#define STEPS 24
#define SCROLLS 16
#define CHANGES 12
#define IDLE_S 60
#define HINTS 50
#define PAST_THE_FOLD 30       /* lines down: more than a list of 36 rows shows */

/* Sums the lines of a /proc/PID file that begin with `key`. */
static long proc_sum(pid_t pid, const char *file, const char *key)
{
    char path[64], line[256];
    long sum = 0;
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, key, strlen(key)) == 0)
            sum += strtol(strchr(line, ':') + 1, NULL, 10);
    if (f)
        fclose(f);
    return sum;
}

static const char *const terms[] = {"xterm-256color", "screen-256color", "tmux-256color", "linux", "vt100", "vt220"};
enum { TERMS = sizeof terms / sizeof *terms };

static void line(const char *figure, const char *term, int64_t bytes, double wanted)
{
    char text[96];
    snprintf(text, sizeof text, "bytes a %s, 120x36, %s", figure, term);
    bench_line(text, (double)bytes, "bytes", wanted, 1);
}

/* Bytes of one step: the frame that moves the cursor, not the context that follows
 * once it rests. Median, for the last step of a page also brings new rows. */
static int64_t one_step(struct terminal *t, const char *key, int64_t *rest)
{
    uint64_t before = t->bytes;
    terminal_type(t, key);
    terminal_settle(t, 60, 90);
    int64_t step = (int64_t)(t->bytes - before);
    terminal_settle(t, 250, 600);
    *rest = (int64_t)(t->bytes - before) - step;
    return step;
}

static void cursor_steps(struct terminal *t, const char *term)
{
    int64_t step[STEPS], rest[STEPS];
    for (int i = 0; i < STEPS; i++)
        step[i] = one_step(t, i % 16 < 8 ? "j" : "k", &rest[i]);
    line("cursor step", term, bench_quantile(step, STEPS, 0.5), 60);
    printf("# the context of the row it comes to rest on: %.0f bytes more\n", (double)bench_quantile(rest, STEPS, 0.5));
}

/* A step over the fold moves the whole list by a line: what comes in is one row. */
static void scrolls(struct terminal *t, const char *term)
{
    int64_t step[SCROLLS], rest;
    for (int i = 0; i < PAST_THE_FOLD; i++)
        terminal_type(t, "j");
    terminal_settle(t, 400, 3000);
    for (int i = 0; i < SCROLLS; i++)
        step[i] = one_step(t, "j", &rest);
    line("step that scrolls the list", term, bench_quantile(step, SCROLLS, 0.5), 250);
    terminal_type(t, "<Home>");
    terminal_settle(t, 400, 3000);
}

static void changed_rows(struct terminal *t, const char *term, PGconn *owner)
{
    int64_t bytes[CHANGES];
    for (int i = 0; i < CHANGES; i++) {
        uint64_t before = t->bytes;
        PQclear(PQexec(owner, i % 2 ? "UPDATE doorstep.exception SET severity = 'high', kind = 'refused', rev = rev + 1 WHERE tracking_number = 'BENCH000000000002'"
                                    : "UPDATE doorstep.exception SET severity = 'critical', kind = 'lost', rev = rev + 1 WHERE tracking_number = 'BENCH000000000002'"));
        terminal_settle(t, 300, 2000);
        bytes[i] = (int64_t)(t->bytes - before);
    }
    line("changed row", term, bench_quantile(bytes, CHANGES, 0.5), 250);
}

static bool begin(struct terminal *t, char **argv, const char *term)
{
    terminal_open(t, (char *[]){argv[1], "--dsn", argv[3], NULL}, term, 36, 120);
    bool shown = terminal_wait(t, "BENCH000000000003", 5000);
    terminal_settle(t, 500, 3000);
    return shown;
}

static void bytes_written(struct terminal *t, const char *term, PGconn *owner)
{
    printf("# first screen, %s: %llu bytes\n", term, (unsigned long long)t->bytes);
    cursor_steps(t, term);
    scrolls(t, term);
    changed_rows(t, term, owner);
}

static double private_mb(pid_t pid)
{
    return (double)(proc_sum(pid, "smaps_rollup", "Private_Clean") + proc_sum(pid, "smaps_rollup", "Private_Dirty")) / 1024.0;
}

static long wakeups(struct terminal *t, int s)
{
    long before = proc_sum(t->pid, "status", "voluntary_ctxt_switches");
    for (int64_t end = terminal_now_ns() + (int64_t)s * 1000000000, left; (left = (end - terminal_now_ns()) / 1000000) > 0;)
        terminal_pump(t, (int)left);
    return proc_sum(t->pid, "status", "voluntary_ctxt_switches") - before;
}

/* Changes far below the window, five a second. */
static void foreign_hints(struct terminal *t, PGconn *owner)
{
    terminal_settle(t, 1500, 3000);
    uint64_t bytes = t->bytes;
    long before = proc_sum(t->pid, "status", "voluntary_ctxt_switches");
    for (int i = 0; i < HINTS; i++) {
        PQclear(PQexec(owner, "UPDATE doorstep.exception SET rev = rev + 1 WHERE tracking_number = 'BENCH000000001500'"));
        for (int64_t end = terminal_now_ns() + 200000000, left; (left = (end - terminal_now_ns()) / 1000000) > 0;)
            terminal_pump(t, (int)left);
    }
    bench_line("wake-ups a hint that does not concern the screen", (double)(proc_sum(t->pid, "status", "voluntary_ctxt_switches") - before) / HINTS, "", 2, 1);
    bench_line("bytes a hint that does not concern the screen", (double)(t->bytes - bytes) / HINTS, "bytes", 4, 1);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 64;
    PGconn *owner = PQconnectdb(argv[2]);
    struct terminal t, other;
    if (!begin(&t, argv, terms[0]) || !begin(&other, argv, terms[0]))
        return 1;
    bytes_written(&t, terms[0], owner);
    terminal_type(&t, "<PgDn><PgDn><PgDn><PgUp><Home>");
    terminal_settle(&t, 500, 3000);
    /* beside another session: the program's own pages are shared */
    bench_line("private memory (USS)", private_mb(t.pid), "MB", 4, 1);
    terminal_close(&other);
    terminal_settle(&t, 2500, 5000);
    foreign_hints(&t, owner);
    terminal_settle(&t, 2500, 5000);
    bench_line("wake-ups in a minute at rest: the clock, its two answers", (double)wakeups(&t, IDLE_S), "", 4, 1);
    terminal_close(&t);
    for (int i = 1; i < TERMS; i++) {
        if (!begin(&t, argv, terms[i]))
            return 1;
        bytes_written(&t, terms[i], owner);
        terminal_close(&t);
    }
    PQfinish(owner);
    return 0;
}
