/* What is typed in a prompt outlives the session: killed, hung up, stopped for long, cut off. Nothing of the session is left behind. */
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

#define ROW "1ZTYPED000000001"
#define KEPT "SELECT string_agg(text, ',') FROM doorstep.typed WHERE role = 'maria'"
#define SESSIONS "SELECT count(*) FROM pg_stat_activity WHERE usename = 'maria'"
#define WAITING "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'maria'"
#define SLEEPING "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%'"

static struct terminal t;

static const char *count_of(const char *text)
{
    static char sql[300];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM doorstep.activity WHERE text = '%s'", text);
    return sql;
}

/* What the database says in the end, whether the dashboard runs or not. */
static void becomes(const char *sql, const char *expected)
{
    for (int i = 0; i < SOON / 50 * terminal_patience() && strcmp(world_sql(sql), expected) != 0; i++) {
        world_sql("SELECT pg_stat_clear_snapshot()");
        usleep(50000);
    }
    assert_string_equal(world_sql(sql), expected);
}

static void open_again(void)
{
    world_dashboard(&t, "maria", 36, 120);
    SHOWS(t, ROW);
    SHOWS(t, "live");
}

static void begin_note(const char *text)
{
    terminal_type(&t, "n");
    SHOWS(t, "customers never see it");
    terminal_type(&t, text);
    SHOWS(t, text);
}

static void test_killed(void **state)
{
    (void)state;
    world_problem(ROW);
    open_again();
    begin_note("he wants it left with the");
    BECOMES(t, KEPT, "he wants it left with the");
    kill(t.pid, SIGKILL);
    terminal_close(&t);
    open_again();
    terminal_type(&t, "n");
    SHOWS(t, "draft of ");
    SHOWS(t, "he wants it left with the");
    terminal_type(&t, " porter<Enter>");
    SHOWS(t, "ed a note to #");
    assert_string_equal(world_sql(count_of("he wants it left with the porter")), "1");
    BECOMES(t, KEPT, "");
}

static void test_left_with_escape(void **state)
{
    (void)state;
    begin_note("never mind");
    BECOMES(t, KEPT, "never mind");
    terminal_type(&t, "<Esc>");
    SHOWS_NO(t, "never mind");
    BECOMES(t, KEPT, "");
    begin_note("x");
    assert_true(terminal_find(&t, "draft of ") < 0);
    terminal_type(&t, "<Esc>");
    SHOWS_NO(t, "customers never see it");
}

/* The line is cut with a prompt open and nothing of it kept yet. */
static void test_hung_up(void **state)
{
    (void)state;
    terminal_type(&t, "n");
    SHOWS(t, "customers never see it");
    terminal_type(&t, "she will call ba");
    SHOWS(t, "she will call ba");
    assert_true(terminal_cut(&t) >= 0);
    becomes(SESSIONS, "0");
    assert_string_equal(world_sql(KEPT), "she will call ba");
    terminal_close(&t);
    open_again();
    terminal_type(&t, "n");
    SHOWS(t, "she will call ba");
}

/* A laptop that is closed in the middle of an action: the server is not kept waiting, and all is there when it is opened. */
static void test_stopped(void **state)
{
    (void)state;
    world_sql("BEGIN");
    world_sql("SELECT FROM doorstep.exception FOR UPDATE");
    terminal_type(&t, "ck<Enter>");
    becomes(WAITING, "1");
    kill(t.pid, SIGSTOP);
    world_sql("COMMIT");
    becomes(count_of("she will call back"), "1");
    becomes(SLEEPING, "0");
    kill(t.pid, SIGCONT);
    SHOWS(t, "ed a note to #");
    assert_string_equal(world_sql(count_of("she will call back")), "1");
}

/* Connecting again, and a screen drawn anew, without leaving what is typed. */
static void test_the_keys_of_every_screen(void **state)
{
    (void)state;
    begin_note("typed all the while");
    world_sql("ALTER ROLE maria NOLOGIN");
    world_sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'maria'");
    SHOWS(t, "does not let you in");
    world_sql("ALTER ROLE maria LOGIN");
    terminal_type(&t, "<C-r>");
    SHOWS(t, "live");
    SHOWS_NO(t, "rows from");
    uint64_t before = t.bytes;
    terminal_type(&t, "<C-l>");
    for (int i = 0; i < SOON / 50 && t.bytes - before < 1000; i++)
        terminal_pump(&t, 50);
    assert_true(t.bytes - before >= 1000);
    SHOWS(t, "typed all the while");
    terminal_type(&t, "<Enter>");
    BECOMES(t, count_of("typed all the while"), "1");
    BECOMES(t, KEPT, "");
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    world_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_left_with_escape),
        cmocka_unit_test(test_hung_up),
        cmocka_unit_test(test_stopped),
        cmocka_unit_test(test_the_keys_of_every_screen),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    terminal_close(&t);
    world_close();
    return failed;
}
