/* A machine whose clock is put forward and back by hours and days while the dashboard and the worker run: what is due, how old it is, what can
 * be taken back, what is meant by "in two hours" and by "yesterday" go by the database's clock, and nothing is sent early, late or twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "e2e/world.h"

#define HOUR 3600
static const int64_t jumps[] = {5 * HOUR, -7 * HOUR, 72 * HOUR, -72 * HOUR, 0};
enum { JUMPS = sizeof jumps / sizeof *jumps };

static struct terminal maria;
static volatile int64_t *clock_shift;      /* seconds; of the programs below, not of this one nor of the server */
static char shift_path[300], preload[700];

static void open_shift(void)
{
    const char *tmp = getenv("TMPDIR"), *asan = getenv("ASAN_OPTIONS");
    char options[512];
    snprintf(shift_path, sizeof shift_path, "%s/shift", tmp ? tmp : "/tmp");
    int fd = open(shift_path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0 && ftruncate(fd, sizeof *clock_shift) == 0);
    clock_shift = mmap(NULL, sizeof *clock_shift, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_true(clock_shift != MAP_FAILED);
    close(fd);
    setenv("CLOCK_SHIFT", shift_path, 1);
    snprintf(options, sizeof options, "%s%sverify_asan_link_order=0", asan ? asan : "", asan ? ":" : "");
    setenv("ASAN_OPTIONS", options, 1);
    ssize_t n = readlink("/proc/self/exe", preload, sizeof preload - 16);
    assert_true(n > 0);
    preload[n] = '\0';
    snprintf(strrchr(preload, '/'), 16, "/shift.so");
    assert_int_equal(access(preload, R_OK), 0);
}

/* Programs started between have the clock. */
static void shifted(bool on)
{
    if (on)
        setenv("LD_PRELOAD", preload, 1);
    else
        unsetenv("LD_PRELOAD");
}

static void open_maria(void)
{
    shifted(true);
    world_dashboard(&maria, "maria", 36, 120);
    shifted(false);
    SHOWS(maria, "live");
}

/* Minutes of "3:29" or "3h29m" at the beginning of the line that shows a text; -1: something else stands there. */
static long left_of(const char *text)
{
    int row = terminal_find(&maria, text), hours = -1, minutes = -1;
    const char *line = row >= 0 ? terminal_line(&maria, row) : "";
    line += strspn(line, " >");
    if (sscanf(line, "%d:%d", &hours, &minutes) != 2 && sscanf(line, "%dh%dm", &hours, &minutes) != 2)
        return -1;
    return hours * 60L + minutes;
}

static void test_due_times_are_the_databases(void **state)
{
    (void)state;
    world_problem("1ZCLOCK000000001");
    world_sql("UPDATE doorstep.exception SET first_response_due_at = now() + interval '3 hours 30 minutes', resolve_due_at = now() + interval '2 days', rev = rev + 1");
    open_maria();
    SHOWS(maria, "1ZCLOCK000000001");
    for (int i = 0; i < JUMPS; i++) {
        char number[40];
        *clock_shift = jumps[i];
        snprintf(number, sizeof number, "1ZCLOCKNEW%06d", i);
        world_problem(number);              /* comes in live, and is drawn with everything else */
        SHOWS(maria, number);
        long left = left_of("1ZCLOCK000000001");
        if (left < 180 || left > 210) {
            terminal_dump(&maria);
            fail_msg("%ld minutes are left with a clock %ld s ahead", left, (long)jumps[i]);
        }
        int row = terminal_find(&maria, number);
        assert_true(row >= 0 && (strstr(terminal_line(&maria, row), "now") || strstr(terminal_line(&maria, row), "m ago")));     /* its scan */
        assert_null(strstr(terminal_line(&maria, row), "h ago"));
    }
}

static void test_what_is_typed_is_meant_by_the_databases_clock(void **state)
{
    (void)state;
    for (int i = 0; i < JUMPS; i++) {
        *clock_shift = jumps[i];
        terminal_type(&maria, "/<C-u>on:>=yesterday tracking:1ZCLOCK000000001<Enter>");
        SHOWS_NO(maria, "1ZCLOCKNEW");
        SHOWS(maria, "1ZCLOCK000000001");
        terminal_type(&maria, ":snooze 2h<Enter>");
        BECOMES(maria, "SELECT (state = 'snoozed' AND wake_at - updated_at BETWEEN interval '115 minutes' AND interval '121 minutes')::text FROM doorstep.exception"
                       " WHERE tracking_number = '1ZCLOCK000000001'", "true");
        terminal_type(&maria, "/<C-u>kind:address_issue<Enter>");
        SHOWS(maria, "1ZCLOCKNEW000000");
        world_sql("UPDATE doorstep.exception SET state = 'new', wake_at = NULL, owner = NULL, owned_at = NULL, rev = rev + 1 WHERE tracking_number = '1ZCLOCK000000001'");
    }
}

/* The policy here gives ten minutes, so that no machine is too slow to type u. */
static void test_undo_runs_as_long_as_it_runs(void **state)
{
    (void)state;
    world_sql("UPDATE doorstep.contact_policy SET undo_seconds = 600, quiet_from = NULL, quiet_to = NULL, quiet_days = '{}', cap = 100");
    world_customer("Rosa", "1ZCLOCKROSA00001");
    terminal_type(&maria, "/<C-u>tracking:1ZCLOCKROSA00001<Enter>");
    SHOWS_NO(maria, "1ZCLOCKNEW");
    SHOWS(maria, "Rosa Delgado");
    for (int i = 0; i < JUMPS; i++) {
        char expected[40];
        terminal_type(&maria, "m");
        SHOWS(maria, "Message to Rosa Delgado");
        SHOWS(maria, "nothing in the way");
        terminal_type(&maria, "<Enter>");
        SHOWS(maria, "again sends the e-mail to Rosa Delgado");
        terminal_type(&maria, "<Enter>");
        SHOWS(maria, "e-mail to Rosa Delgado goes out in");
        *clock_shift = jumps[i];
        SHOWS(maria, "u takes it back");
        terminal_type(&maria, "u");
        snprintf(expected, sizeof expected, "%d 0", i + 1);
        BECOMES(maria, "SELECT count(*) FILTER (WHERE state = 'cancelled') || ' ' || count(*) FILTER (WHERE state <> 'cancelled') FROM doorstep.outreach", expected);
        SHOWS_NO(maria, "u takes it back");
    }
    assert_int_equal(terminal_close(&maria), 0);
}

static void test_a_clock_that_is_wrong_from_the_start_is_told(void **state)
{
    (void)state;
    world_problem("1ZCLOCKLAST00001");
    world_sql("UPDATE doorstep.exception SET first_response_due_at = now() + interval '3 hours 30 minutes', resolve_due_at = now() + interval '2 days', rev = rev + 1"
              " WHERE tracking_number = '1ZCLOCKLAST00001'");
    *clock_shift = 5 * HOUR;
    open_maria();
    SHOWS(maria, "the clock here is 5h ahead of the database's: every time on this screen is the database's");
    SHOWS(maria, "1ZCLOCKLAST00001");
    assert_in_range(left_of("1ZCLOCKLAST00001"), 180, 210);
    assert_int_equal(terminal_close(&maria), 0);
    *clock_shift = -5 * HOUR;
    open_maria();
    SHOWS(maria, "the clock here is 5h behind the database's");
    assert_int_equal(terminal_close(&maria), 0);
}

/* --- the worker ------------------------------------------------------------------------- */

static pid_t start_worker(void)
{
    char dsn[512];
    snprintf(dsn, sizeof dsn, "%s", world_dsn("mailer"));
    shifted(true);
    pid_t pid = fork();
    if (pid == 0) {
        execl(getenv("DOORSTEP"), "doorstep", "--dsn", dsn, "worker", (char *)NULL);
        _exit(127);
    }
    shifted(false);
    assert_true(pid > 0);
    return pid;
}

static bool becomes(const char *sql, const char *expected)
{
    for (int tries = 0; tries < SOON / 50 * terminal_patience(); tries++) {
        if (strcmp(world_sql(sql), expected) == 0)
            return true;
        usleep(50000);
    }
    fprintf(stderr, "%s\n  is %s, wanted %s\n", sql, world_sql(sql), expected);
    return false;
}

static void queue_one(int i)
{
    char number[40], sql[256], id[24];
    snprintf(number, sizeof number, "1ZCLOCKMAIL%05d", i);
    world_customer("Mara", number);
    snprintf(sql, sizeof sql, "SELECT id FROM doorstep.exception WHERE tracking_number = '%s'", number);
    snprintf(id, sizeof id, "%s", world_sql(sql));
    assert_int_equal(world_run("maria", NULL, (char *[]){"send", id, "--template", "address_issue", "--channel", "email", "--yes", NULL}), 0);
}

static void test_the_worker_sends_when_the_database_says(void **state)
{
    (void)state;
    char expected[40];
    world_sql("UPDATE doorstep.contact_policy SET undo_seconds = 0");
    *clock_shift = 0;
    pid_t worker = start_worker();
    for (int i = 0; i < JUMPS; i++) {
        *clock_shift = jumps[i];
        queue_one(i);
        snprintf(expected, sizeof expected, "%d", i + 1);
        assert_true(becomes("SELECT count(*) FROM doorstep.outreach WHERE state IN ('sent', 'delivered')", expected));
        /* what is put off until tomorrow stays until tomorrow, whatever day it is here */
        if (i == 0) {
            world_sql("UPDATE doorstep.contact_policy SET undo_seconds = 3600");
            queue_one(90);
            world_sql("UPDATE doorstep.contact_policy SET undo_seconds = 0");
            world_sql("UPDATE doorstep.outreach SET send_after = now() + interval '1 day' WHERE state = 'queued'");
        }
    }
    assert_string_equal(world_sql("SELECT count(*) FROM doorstep.outreach WHERE state = 'queued' AND send_after > now()"), "1");
    assert_string_equal(world_sql("SELECT count(*) FROM (SELECT outreach_id FROM doorstep.outreach_attempt GROUP BY 1 HAVING count(*) > 1) x"), "0");
    int status;
    kill(worker, SIGTERM);
    assert_int_equal(waitpid(worker, &status, 0), worker);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
    char box[256], url[320];
    const char *tmp = getenv("TMPDIR");
    setlocale(LC_ALL, "C.UTF-8");
    snprintf(box, sizeof box, "%s/box", tmp ? tmp : "/tmp");
    snprintf(url, sizeof url, "maildir:%s", box);
    setenv("DOORSTEP_EMAIL_URL", url, 1);
    setenv("DOORSTEP_SMS_URL", url, 1);
    open_shift();
    world_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_due_times_are_the_databases),
        cmocka_unit_test(test_what_is_typed_is_meant_by_the_databases_clock),
        cmocka_unit_test(test_undo_runs_as_long_as_it_runs),
        cmocka_unit_test(test_a_clock_that_is_wrong_from_the_start_is_told),
        cmocka_unit_test(test_the_worker_sends_when_the_database_says),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_close();
    return failed;
}
