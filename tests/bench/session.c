/* What a session costs: private memory, wake-ups at rest, bytes to the terminal.
 * usage: session DOORSTEP OWNER_DSN AGENT_DSN */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "../e2e/terminal.h"

#define STEPS 40
#define CHANGES 20
#define IDLE_S 20

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

/* Bytes of one step down: the frame that moves the cursor, not the context that follows
 * once it rests. Median, for the last step of a page also brings new rows. */
static void cursor_steps(struct terminal *t)
{
    int64_t step[STEPS], rest[STEPS];
    for (int i = 0; i < STEPS; i++) {
        uint64_t before = t->bytes;
        terminal_type(t, i % 16 < 8 ? "j" : "k");
        terminal_settle(t, 60, 90);
        step[i] = (int64_t)(t->bytes - before);
        terminal_settle(t, 250, 600);
        rest[i] = (int64_t)(t->bytes - before) - step[i];
    }
    bench_line("bytes a cursor step, 120x36", (double)bench_quantile(step, STEPS, 0.5), "bytes", 60, 1);
    printf("# the context of the row it comes to rest on: %.0f bytes more\n", (double)bench_quantile(rest, STEPS, 0.5));
}

static void changed_rows(struct terminal *t, PGconn *owner)
{
    int64_t bytes[CHANGES];
    for (int i = 0; i < CHANGES; i++) {
        uint64_t before = t->bytes;
        PQclear(PQexec(owner, i % 2 ? "UPDATE doorstep.exception SET severity = 'high', rev = rev + 1 WHERE tracking_number = 'BENCH000000000002'"
                                    : "UPDATE doorstep.exception SET severity = 'critical', kind = 'lost', rev = rev + 1 WHERE tracking_number = 'BENCH000000000002'"));
        terminal_settle(t, 300, 2000);
        bytes[i] = (int64_t)(t->bytes - before);
    }
    bench_line("bytes a changed row, 120x36", (double)bench_quantile(bytes, CHANGES, 0.5), "bytes", 250, 1);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 64;
    PGconn *owner = PQconnectdb(argv[2]);
    struct terminal t;
    terminal_open(&t, (char *[]){argv[1], "--dsn", argv[3], NULL}, "xterm-256color", 36, 120);
    if (!terminal_wait(&t, "BENCH000000000003", 5000))
        return 1;
    terminal_settle(&t, 500, 3000);
    printf("# first screen: %llu bytes\n", (unsigned long long)t.bytes);
    cursor_steps(&t);
    terminal_type(&t, "<PgDn><PgDn><PgDn><PgUp><Home>");
    terminal_settle(&t, 500, 3000);
    bench_line("private memory (USS)", (double)(proc_sum(t.pid, "smaps_rollup", "Private_Clean") + proc_sum(t.pid, "smaps_rollup", "Private_Dirty")) / 1024.0, "MB", 4, 1);
    changed_rows(&t, owner);
    terminal_settle(&t, 2500, 5000);
    long before = proc_sum(t.pid, "status", "voluntary_ctxt_switches");
    terminal_settle(&t, IDLE_S * 1000, IDLE_S * 1000);
    long wakeups = proc_sum(t.pid, "status", "voluntary_ctxt_switches") - before;
    bench_line("wake-ups in 20 s at rest (the clock: one a minute)", (double)wakeups, "", 2, 1);
    terminal_close(&t);
    PQfinish(owner);
    return 0;
}
