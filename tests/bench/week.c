/* A dashboard open for a week: one process makes the record of it, an event every half second; another one plays it, as fast
 * as it can, and says what memory it has.
 * usage: week RECORD [EVENTS]     RECORD: a full one, whose answers are the patterns (tests/fixtures/replay/full.rec) */
#include "week.h"

#include <locale.h>
#include <malloc.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/bench.h"
#include "run/replay.h"

static size_t read_pipe(void *ctx, char *out, size_t size)
{
    ssize_t n = read(*(const int *)ctx, out, size);
    return n > 0 ? (size_t)n : 0;
}

static double private_kb(void)
{
    FILE *f = fopen("/proc/self/smaps_rollup", "r");
    char line[200];
    double sum = 0, kb;
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "Private_%*[^:]: %lf kB", &kb) == 1)
            sum += kb;
    if (f)
        fclose(f);
    return sum;
}

static void play_week(int fd, long events)
{
    struct replay *r = replay_create("week", &(struct replay_source){read_pipe, &fd}, 0, 0);
    struct err e = {0};
    struct timespec t0, t1;
    const char *first;
    double day_private = 0, day_used = 0, most = 0;
    enum replay_event event;
    clock_gettime(CLOCK_MONOTONIC, &t0);
    for (size_t day = 1; (event = replay_step(r, &e)) == REPLAY_MESSAGE || event == REPLAY_FRAME;) {
        if (event != REPLAY_FRAME || replay_messages(r) < day * (size_t)events / 7)
            continue;
        double used = (double)mallinfo2().uordblks / 1024, now = private_kb();
        printf("# day %zu: %zu messages, %.0f kB private, %.0f kB allocated\n", day, replay_messages(r), now, used);
        day_private = day == 1 ? now : day_private;
        day_used = day == 1 ? used : day_used;
        most = now > most ? now : most;
        day++;
    }
    clock_gettime(CLOCK_MONOTONIC, &t1);
    double seconds = (double)(t1.tv_sec - t0.tv_sec) + (double)(t1.tv_nsec - t0.tv_nsec) / 1e9;
    if (event == REPLAY_DAMAGED)
        die("%s: %s", e.where, e.text);
    size_t differences = replay_differences(r, &first);
    printf("# a week of %zu messages in %.1f s, %zu differences %s\n", replay_messages(r), seconds, differences, first);
    bench_line("a week of traffic: private memory, the most over day one", most / day_private, "x", 1.02, 1);
    bench_line("a week of traffic: memory allocated, its end over day one", (double)mallinfo2().uordblks / 1024 / day_used, "x", 1.02, 1);
    bench_line("a week of traffic: frames unlike the recorded ones", (double)differences, "", 0, 1);
    replay_destroy(r);
}

int main(int argc, char **argv)
{
    int ends[2], hold[2];
    setlocale(LC_ALL, "C.UTF-8");
    long events = argc > 2 ? strtol(argv[2], NULL, 10) : 1000000;
    if (argc < 2 || events < 700) {
        fputs("usage: week RECORD [EVENTS, at least 700]\n", stderr);
        return 64;
    }
    learn(argv[1]);
    if (pipe(ends) != 0 || pipe(hold) != 0)
        die("no pipe");
    pid_t pid = fork();
    if (pid == 0) {
        char nothing;
        close(ends[0]);
        close(hold[1]);
        make_week(ends[1], events);
        if (read(hold[0], &nothing, 1) > 0)    /* were it gone, what both share would count as the other's own */
            _exit(1);
        _exit(0);
    }
    close(ends[1]);
    play_week(ends[0], events);
    close(hold[1]);
    int status;
    waitpid(pid, &status, 0);
    return status != 0;
}
