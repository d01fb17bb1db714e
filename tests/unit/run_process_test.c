/* Other programs: what they print, how they fail, and that they end with us. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "loop/loop.h"
#include "run/process.h"

static void keeps_output(void **state)
{
    (void)state;
    struct err e = {0};
    char out[16];
    assert_true(process_run((const char *const[]){"/bin/echo", "one  two", "$HOME", NULL}, NULL, 60000, out, sizeof out, &e));
    assert_string_equal(out, "one  two $HOME\n");
    assert_true(process_run((const char *const[]){"/bin/echo", "longer than what it is kept in", NULL}, NULL, 60000, out, sizeof out, &e));
    assert_string_equal(out, "longer than wha");
}

static void says_why_it_failed(void **state)
{
    (void)state;
    struct err e = {0};
    assert_false(process_run((const char *const[]){"/bin/sh", "-c", "echo first; echo the last word >&2; exit 3", NULL}, NULL, 60000, NULL, 0, &e));
    assert_non_null(strstr(e.text, "the last word"));
    assert_false(process_run((const char *const[]){"/no/such/program", NULL}, NULL, 60000, NULL, 0, &e));
    assert_non_null(strstr(e.text, "/no/such/program"));
}

static void keeps_a_deadline(void **state)
{
    (void)state;
    struct err e = {0};
    int64_t before = loop_now();
    assert_false(process_run((const char *const[]){"/bin/sleep", "120", NULL}, NULL, 200, NULL, 0, &e));
    assert_int_equal(e.code, ERR_AGAIN);
    assert_true(loop_now() - before < 60000);
}

static int stubborn(void *ready)   /* ends by SIGKILL only */
{
    signal(SIGTERM, SIG_IGN);
    close(*(int *)ready);
    while (pause() < 0)
        ;
    return 0;
}

static void ends_the_stubborn(void **state)
{
    (void)state;
    struct err e = {0};
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    struct process_options o = {0};
    pid_t pid = process_fork(stubborn, &ends[1], &o, &e);
    assert_true(pid > 0);
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 0);   /* it ignores SIGTERM from here on */
    close(ends[0]);
    process_end(pid, (const int[]){SIGTERM, 0}, 100);
    assert_int_equal(kill(pid, 0), -1);
}

static int orphan(void *fd)
{
    struct err e;
    struct process_options o = {.death_signal = SIGKILL};
    pid_t child = process_start((const char *const[]){"/bin/sleep", "120", NULL}, &o, &e);
    return write(*(int *)fd, &child, sizeof child) == sizeof child ? 0 : 1;
}

static void ends_with_its_parent(void **state)
{
    (void)state;
    struct err e = {0};
    int ends[2], status;
    pid_t child = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t parent = process_fork(orphan, &ends[1], &(struct process_options){0}, &e);
    assert_true(process_wait(parent, loop_now() + 60000, &status));
    assert_int_equal(read(ends[0], &child, sizeof child), sizeof child);
    close(ends[0]);
    close(ends[1]);
    /* It may stay a zombie where nobody reaps orphans: what counts is that it no longer sleeps. */
    char path[64], line[256] = "";
    int64_t deadline = loop_now() + 60000;
    bool gone = false;
    while (!gone && loop_now() < deadline) {
        snprintf(path, sizeof path, "/proc/%d/stat", (int)child);
        FILE *f = fopen(path, "r");
        gone = !f || !fgets(line, sizeof line, f) || strstr(line, ") Z ");
        if (f)
            fclose(f);
        usleep(1000);
    }
    assert_true(gone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_output),      cmocka_unit_test(says_why_it_failed), cmocka_unit_test(keeps_a_deadline),
        cmocka_unit_test(ends_the_stubborn), cmocka_unit_test(ends_with_its_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
