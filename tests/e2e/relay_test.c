/* Dashboards behind `doorstep relay`: it is there, it is killed, stuck, restarted, loses its database; no row is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "e2e/world.h"

static struct terminal t;
static char path[200];
static pid_t relay;
static int serial;

static int knock(void)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof a.sun_path, "%.100s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
        return fd;
    close(fd);
    return -1;
}

/* It listens when this comes back: a dashboard that finds none when it begins looks again in a minute only. */
static void start_relay(void)
{
    char dsn[512];
    int fd = -1;
    snprintf(dsn, sizeof dsn, "%s", world_dsn("ear"));
    relay = fork();
    if (relay == 0) {
        if (!freopen("/dev/null", "w", stderr))
            _exit(70);
        execl(getenv("DOORSTEP"), "doorstep", "--dsn", dsn, "relay", "--socket", path, (char *)NULL);
        _exit(127);
    }
    for (int64_t until = terminal_now_ns() + (int64_t)SOON * 1000000; (fd = knock()) < 0 && terminal_now_ns() < until;)
        poll(NULL, 0, 20);
    assert_true(fd >= 0);
    close(fd);
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

static const char *problem_of_acme(void)
{
    static char number[32];
    snprintf(number, sizeof number, "1ZRELAYACME%05d", ++serial);
    world_customer("Rosa", number);
    return number;
}

/* Hints come by the relay, from now or soon on: while it is stopped a new row does not show, and then it does. */
static void by_relay(const char *(*new_row)(void))
{
    for (int64_t until = terminal_now_ns() + (int64_t)SOON * 1000000; terminal_now_ns() < until; terminal_settle(&t, 300, 600)) {
        kill(relay, SIGSTOP);
        const char *number = new_row();
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
    by_relay(problem);
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
    by_relay(problem);
}

/* Nobody closes the socket, nothing comes: found out at a key, at the latest with the next minute's questions. */
static void test_stuck(void **state)
{
    (void)state;
    kill(relay, SIGSTOP);
    const char *number = problem();
    for (int64_t until = terminal_now_ns() + (int64_t)SOON * 1000000; !terminal_wait(&t, number, 1000) && terminal_now_ns() < until;)
        terminal_type(&t, "k");
    shows(number);
    end_relay(SIGKILL);
    start_relay();
    by_relay(problem);
}

static void test_database_goes_away(void **state)
{
    (void)state;
    world_sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'ear'");
    shows(problem());
    by_relay(problem);
    world_sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename IN ('ear', 'maria')");
    shows(problem());
    by_relay(problem);
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
    shows(problem_of_acme());
    by_relay(problem_of_acme);
    PQclear(PQexec(c, "SELECT doorstep.user_scope('maria', '{}')"));
    PQfinish(c);
    shows(other);
}

static void test_suspended(void **state)
{
    (void)state;
    int status = 0;
    by_relay(problem);
    kill(t.pid, SIGTSTP);
    for (int64_t until = terminal_now_ns() + (int64_t)SOON * 1000000; !WIFSTOPPED(status) && terminal_now_ns() < until;) {
        terminal_pump(&t, 20);
        waitpid(t.pid, &status, WUNTRACED | WNOHANG);
    }
    assert_true(WIFSTOPPED(status));
    const char *number = problem();
    kill(t.pid, SIGCONT);
    shows(number);
    by_relay(problem);
}

/* 0: it is not ours to see. */
static int open_files(pid_t pid)
{
    char folder[40];
    int n = 0;
    snprintf(folder, sizeof folder, "/proc/%d/fd", (int)pid);
    DIR *d = opendir(folder);
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

static void comes_back_to(pid_t pid, int files)
{
    int open;
    for (int64_t until = terminal_now_ns() + (int64_t)SOON * 1000000; (open = open_files(pid)) != files && terminal_now_ns() < until;)
        terminal_pump(&t, 20);
    assert_int_equal(open, files);
}

/* One that says nothing, one in the middle of a line, one that talks nonsense. */
static void pester(void)
{
    static const char *const said[] = {"", "hello 1\nwant 1 ", "hello 1\nping 1\nping 2\nnonsense\n"};
    for (size_t i = 0; i < 90; i++) {
        const char *line = said[i % 3];
        int fd = knock();
        assert_true(fd >= 0);
        assert_int_equal(send(fd, line, strlen(line), MSG_NOSIGNAL), strlen(line));
        close(fd);
    }
}

/* However often who comes goes again, on either side, nothing stays open. */
static void test_nothing_stays_open(void **state)
{
    (void)state;
    by_relay(problem);
    int mine = open_files(t.pid), relays = open_files(relay);
    if (!mine || !relays)
        skip();
    pester();
    comes_back_to(relay, relays);
    for (int i = 0; i < 3; i++) {
        end_relay(SIGKILL);
        start_relay();
        world_sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename IN ('ear', 'maria')");
        shows(problem());
    }
    by_relay(problem);
    comes_back_to(t.pid, mine);
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
        cmocka_unit_test(test_nothing_stays_open),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    assert_int_equal(terminal_close(&t), 0);
    end_relay(SIGTERM);
    world_close();
    return failed;
}
