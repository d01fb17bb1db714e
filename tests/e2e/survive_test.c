/* What happens to people: the database goes away, the terminal changes, cats walk on keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "e2e/world.h"

static struct terminal t;

static void cut_connections(void)
{
    world_sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'maria'");
}

static void test_connection_cut_and_back(void **state)
{
    (void)state;
    world_problem("1ZSURVIVE00000001");
    SHOWS(t, "1ZSURVIVE00000001");
    cut_connections();
    world_problem("1ZSURVIVE00000002");   /* while nobody listens */
    SHOWS(t, "1ZSURVIVE00000002");
    SHOWS(t, "live");
}

static void test_old_rows_stay_with_their_age(void **state)
{
    (void)state;
    world_sql("ALTER ROLE maria CONNECTION LIMIT 0");
    cut_connections();
    SHOWS(t, "reconnecting");
    assert_true(terminal_find(&t, "1ZSURVIVE00000001") >= 0);
    SHOWS(t, "rows from");
    terminal_type(&t, "n");
    terminal_type(&t, "c");
    world_problem("1ZSURVIVE00000003");
    world_sql("ALTER ROLE maria CONNECTION LIMIT -1");
    terminal_type(&t, "<C-r>");           /* neither of the keys before has opened anything: there is no connection */
    SHOWS(t, "1ZSURVIVE00000003");
    SHOWS(t, "live");
}

static void test_resize(void **state)
{
    (void)state;
    static const struct { int rows, cols; } sizes[] = {{24, 80}, {16, 60}, {60, 200}, {36, 120}, {2, 10}, {1, 1}, {24, 80}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char number[32];
        snprintf(number, sizeof number, "1ZRESIZE%010zu", i);
        if (i > 0 && i < 4)
            world_problem(number);         /* while it draws itself anew; a few, for the tests after this one see them, too */
        terminal_resize(&t, sizes[i].rows, sizes[i].cols);
        terminal_settle(&t, 150, 1000);
        if (sizes[i].rows >= 16)
            SHOWS(t, "1ZSURVIVE00000001");
        if (sizes[i].rows >= 36)
            SHOWS(t, number);
    }
    terminal_resize(&t, 10, 50);
    SHOWS(t, "60x16");
    terminal_resize(&t, 36, 120);
    SHOWS(t, "1ZSURVIVE00000001");
}

/* A window changes while the shell has the terminal: only the shell gets the signal. Here
 * nobody does. */
static void test_resized_while_stopped(void **state)
{
    (void)state;
    struct terminal stopped;
    sigset_t winch;
    int status = 0;
    sigemptyset(&winch);
    sigaddset(&winch, SIGWINCH);
    sigprocmask(SIG_BLOCK, &winch, NULL);      /* the program begins with it blocked, too */
    world_dashboard(&stopped, "maria", 36, 120);
    sigprocmask(SIG_UNBLOCK, &winch, NULL);
    assert_true(terminal_wait(&stopped, "1ZSURVIVE00000001", SOON));
    kill(stopped.pid, SIGTSTP);
    for (int64_t until = terminal_now_ns() + (int64_t)SOON * 1000000; !WIFSTOPPED(status) && terminal_now_ns() < until;) {
        terminal_pump(&stopped, 20);
        waitpid(stopped.pid, &status, WUNTRACED | WNOHANG);
    }
    assert_true(WIFSTOPPED(status));
    terminal_resize(&stopped, 10, 50);
    kill(stopped.pid, SIGCONT);
    if (!terminal_wait(&stopped, "60x16", SOON)) {
        terminal_dump(&stopped);
        fail_msg("it does not know the new size");
    }
    assert_int_equal(terminal_close(&stopped), 0);
}

static void test_garbage_and_held_keys(void **state)
{
    (void)state;
    char held[2001];
    memset(held, 'j', sizeof held - 1);
    held[sizeof held - 1] = '\0';
    terminal_type(&t, held);
    terminal_settle(&t, 200, 3000);
    uint32_t seed = 7;
    char noise[512];
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < sizeof noise; i++) {
            seed = seed * 1664525 + 1013904223;
            noise[i] = (char)(seed >> 24);
            if (noise[i] == 3 || noise[i] == 26 || noise[i] == 'q')   /* leaving and stopping are not what is tried */
                noise[i] = 'x';
        }
        if (write(t.fd, noise, sizeof noise) < 0)
            fail_msg("the terminal is gone");
        terminal_settle(&t, 50, 500);
    }
    const char paste[] = "\033[200~/kind:lost\n:quit\nq\033[201~";
    if (write(t.fd, paste, sizeof paste - 1) < 0)
        fail_msg("the terminal is gone");
    terminal_settle(&t, 300, 1000);
    if (t.closed) {
        terminal_dump(&t);
        fail_msg("it left");
    }
    world_problem("1ZSURVIVE00000004");    /* what the noise did to the others is not for the tests after it */
}

static void test_a_filter_with_a_mistake_points_at_it(void **state)
{
    (void)state;
    terminal_close(&t);
    world_dashboard(&t, "maria", 24, 80);
    SHOWS(t, "1ZSURVIVE00000004");
    terminal_type(&t, "/<C-u>carrier:ups sev:hihg<Enter>");
    SHOWS(t, "hihg");
    SHOWS(t, "high");
    terminal_type(&t, "<Esc>");
    SHOWS(t, "1ZSURVIVE00000004");
}

static void test_roles(void **state)
{
    (void)state;
    struct terminal eve;
    world_dashboard(&eve, "eve", 24, 80);
    assert_true(terminal_wait(&eve, "1ZSURVIVE00000004", SOON));
    terminal_type(&eve, "c");
    assert_true(terminal_wait(&eve, "agent", SOON));     /* who may */
    assert_string_equal(world_sql("SELECT count(*) FROM doorstep.exception WHERE owner = 'eve'"), "0");
    assert_int_equal(terminal_close(&eve), 0);
}

static void test_hangup(void **state)
{
    (void)state;
    kill(t.pid, SIGHUP);
    for (int64_t began = terminal_now_ns(); !t.closed && terminal_now_ns() - began < (int64_t)SOON * 1000000;)
        terminal_pump(&t, 50);
    assert_true(t.closed);
    assert_int_equal(terminal_close(&t), 0);
    for (int i = 0; i < SOON / 50 && strcmp(world_sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'maria'"), "0") != 0; i++)
        world_sql("SELECT pg_sleep(0.05)");
    assert_string_equal(world_sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'maria'"), "0");
}

static void test_terminals(void **state)
{
    (void)state;
    static const char *const terms[] = {"xterm-256color", "screen-256color", "tmux-256color", "linux", "vt100", "vt220"};
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        char dsn[512];
        snprintf(dsn, sizeof dsn, "%s", world_dsn("maria"));
        terminal_open(&t, (char *[]){getenv("DOORSTEP"), "--dsn", dsn, NULL}, terms[i], 24, 80);
        SHOWS(t, "1ZSURVIVE00000004");
        assert_int_equal(terminal_close(&t), 0);
    }
    terminal_open(&t, (char *[]){getenv("DOORSTEP"), NULL}, "dumb", 24, 80);
    SHOWS(t, "TERM");
    for (int i = 0; i < SOON / 50 && !t.closed; i++)
        terminal_pump(&t, 50);
    assert_int_equal(terminal_close(&t), 78);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    world_open();
    world_dashboard(&t, "maria", 36, 120);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connection_cut_and_back),
        cmocka_unit_test(test_old_rows_stay_with_their_age),
        cmocka_unit_test(test_resize),
        cmocka_unit_test(test_resized_while_stopped),
        cmocka_unit_test(test_garbage_and_held_keys),
        cmocka_unit_test(test_a_filter_with_a_mistake_points_at_it),
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_hangup),
        cmocka_unit_test(test_terminals),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_close();
    return failed;
}
