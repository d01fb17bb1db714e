/* Start to a complete first screen, against `psql -c 'select 1'`, in turn.
 * With another database, too: a long queue's first screen against a short one's, in turn.
 * usage: startup DOORSTEP PSQL DSN ROUNDS [SHORT_DSN] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>

#include "bench.h"
#include "../e2e/terminal.h"

static int64_t run_psql(const char *psql, const char *dsn)
{
    int64_t start = terminal_now_ns();
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, 1);
        execl(psql, psql, "-X", "-d", dsn, "-c", "select 1", (char *)NULL);
        _exit(127);
    }
    int status;
    waitpid(pid, &status, 0);
    if (status) {
        fprintf(stderr, "startup: psql failed\n");
        exit(1);
    }
    return terminal_now_ns() - start;
}

/* Counters, views, a full list and the context of its first row. */
static bool complete(struct terminal *t)
{
    return terminal_find(t, "open 1") >= 0 && terminal_find(t, "#") >= 0 && terminal_find(t, "1 Triage") >= 0 &&
           terminal_find(t, "Arrived at facility") >= 0 && terminal_find(t, "BENCH0000") >= 0;
}

static int64_t run_doorstep(char *doorstep, char *dsn)
{
    struct terminal t;
    int64_t start = terminal_now_ns();
    terminal_open(&t, (char *[]){doorstep, "--dsn", dsn, NULL}, "xterm-256color", 36, 120);
    int64_t deadline = start + INT64_C(5000000000);
    while (!complete(&t) && terminal_now_ns() < deadline)
        terminal_pump(&t, 20);
    if (!complete(&t)) {
        terminal_dump(&t);
        fprintf(stderr, "startup: the first screen did not come\n");
        exit(1);
    }
    int64_t took = t.last_byte_ns - start;
    terminal_close(&t);
    return took;
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 64;
    size_t rounds = (size_t)strtoul(argv[4], NULL, 10);
    int64_t *psql = calloc(rounds, sizeof *psql), *ours = calloc(rounds, sizeof *ours), *brief = calloc(rounds, sizeof *brief);
    run_psql(argv[2], argv[3]);
    run_doorstep(argv[1], argv[3]);
    for (size_t i = 0; i < rounds; i++) {
        psql[i] = run_psql(argv[2], argv[3]);
        ours[i] = run_doorstep(argv[1], argv[3]);
        brief[i] = argc > 5 ? run_doorstep(argv[1], argv[5]) : 1;
    }
    double floor = (double)bench_quantile(psql, rounds, 0.5), median = (double)bench_quantile(ours, rounds, 0.5);
    printf("# psql -c 'select 1': median %.1f ms; doorstep's first complete screen: %.1f ms\n", floor / 1e6, median / 1e6);
    bench_line("first complete screen / psql -c 'select 1'", median / floor, "x", 4, 1);
    if (argc > 5)
        bench_line("first screen of the long queue / of a short one", median / (double)bench_quantile(brief, rounds, 0.5), "x", 1.5, 1);
    free(brief);
    free(psql);
    free(ours);
    return 0;
}
