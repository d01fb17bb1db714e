/* Dashboards behind `doorstep relay`: it is there, it is killed, stuck, restarted, loses its database; no row is lost. */
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

#define SOON 15000
#include "e2e/world.h"

static struct terminal t;
static char path[200];
static pid_t relay;
static int serial;

static void start_relay(void)
{
    char dsn[512];
    snprintf(dsn, sizeof dsn, "%s", world_dsn("ear"));
    relay = fork();
    if (relay == 0) {
        if (!freopen("/dev/null", "w", stderr))
            _exit(70);
        execl(getenv("DOORSTEP"), "doorstep", "--dsn", dsn, "relay", "--socket", path, (char *)NULL);
        _exit(127);
    }
}

static void end_relay(int signo)
{
    kill(relay, signo);
    waitpid(relay, NULL, 0);
}

/* A new parcel in trouble; its number. */
static const char *problem(void)
{
    static char number[32];
    snprintf(number, sizeof number, "1ZRELAY%09d", ++serial);
    world_problem(number);
    return number;
}

static void shows(const char *number)
{
    if (!terminal_wait(&t, number, SOON)) {
        terminal_dump(&t);
        fail_msg("%s does not show", number);
    }
}

/* Hints come by the relay: while it is stopped a new row does not show, and then it does. */
static void by_relay(void)
{
    for (int64_t until = terminal_now_ns() + (int64_t)SOON * 1000000; terminal_now_ns() < until; terminal_settle(&t, 300, 600)) {
        kill(relay, SIGSTOP);
        const char *number = problem();
        bool direct = terminal_wait(&t, number, 250);
        kill(relay, SIGCONT);
        shows(number);
        if (!direct)
            return;
    }
    fail_msg("the dashboard listens by itself");
}

static void test_takes_over(void **state)
{
    (void)state;
    shows(problem());
    by_relay();
    shows(problem());
}

static void test_killed_in_traffic(void **state)
{
    (void)state;
    char numbers[5][32];
    for (int i = 0; i < 5; i++) {
        if (i == 2)
            end_relay(SIGKILL);
        snprintf(numbers[i], sizeof numbers[i], "%s", problem());
    }
    for (int i = 0; i < 5; i++)
        shows(numbers[i]);
    shows(problem());
    start_relay();
    by_relay();
}

/* Nobody closes the socket, nothing comes: found out though nobody touches the keyboard. */
static void test_stuck(void **state)
{
    (void)state;
    kill(relay, SIGSTOP);
    const char *number = problem();
    assert_true(terminal_wait(&t, number, 22000));
    end_relay(SIGKILL);
    start_relay();
    by_relay();
}

static void test_database_goes_away(void **state)
{
    (void)state;
    world_sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'ear'");
    shows(problem());
    by_relay();
    world_sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename IN ('ear', 'maria')");
    shows(problem());
    by_relay();
}

/* Who is limited to a brand listens, through the relay too, to that brand's channel alone: its name is all that is asked for. */
static void test_rights_move(void **state)
{
    (void)state;
    const char *other = problem();     /* of no order, so of no brand of hers from now on */
    shows(other);
    world_sql("INSERT INTO doorstep.brand (code, name) VALUES ('acme', 'Acme') ON CONFLICT DO NOTHING");
    world_sql("SELECT doorstep.user_add('boss', 'admin', 'Boss')");
    char boss[512];
    snprintf(boss, sizeof boss, "%s", world_dsn("boss"));
    PGconn *c = PQconnectdb(boss);
    PQclear(PQexec(c, "SELECT doorstep.user_scope('maria', '{acme}')"));
    assert_string_equal(PQerrorMessage(c), "");
    SHOWS_NO(t, other);
    world_customer("Rosa", "1ZRELAYACME00001");
    shows("1ZRELAYACME00001");
    terminal_settle(&t, 3000, 3500);   /* the relay has taken over again */
    kill(relay, SIGSTOP);
    world_customer("Nina", "1ZRELAYACME00002");
    assert_false(terminal_wait(&t, "1ZRELAYACME00002", 400));
    kill(relay, SIGCONT);
    shows("1ZRELAYACME00002");
    PQclear(PQexec(c, "SELECT doorstep.user_scope('maria', '{}')"));
    PQfinish(c);
    shows(other);
}

static void test_suspended(void **state)
{
    (void)state;
    int status = 0;
    by_relay();
    kill(t.pid, SIGTSTP);
    for (int64_t until = terminal_now_ns() + (int64_t)SOON * 1000000; !WIFSTOPPED(status) && terminal_now_ns() < until;) {
        terminal_pump(&t, 20);
        waitpid(t.pid, &status, WUNTRACED | WNOHANG);
    }
    assert_true(WIFSTOPPED(status));
    const char *number = problem();
    kill(t.pid, SIGCONT);
    shows(number);
    by_relay();
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    snprintf(path, sizeof path, "%s/relay.sock", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    setenv("DOORSTEP_RELAY", path, 1);
    world_open();
    world_sql("CREATE ROLE ear LOGIN");
    start_relay();
    world_dashboard(&t, "maria", 120, 120);   /* all rows there will be */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_over), cmocka_unit_test(test_killed_in_traffic), cmocka_unit_test(test_stuck),
        cmocka_unit_test(test_database_goes_away), cmocka_unit_test(test_rights_move), cmocka_unit_test(test_suspended),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    assert_int_equal(terminal_close(&t), 0);
    end_relay(SIGTERM);
    world_close();
    return failed;
}
