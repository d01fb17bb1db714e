/* An action whose answer was lost because the server died, and a standby that took over: with the action, or without it. The dashboard
 * and the command look it up there by its key: it happens once, and they say so. What the old server had answered and the new one
 * has not is told, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "e2e/trouble.h"
#include "e2e/world.h"

#define ROW "1ZDOUBT000000001"

static char a[300], b[300], c[300], answer[300], id[24];
static struct terminal maria;
static struct line line;
static pid_t command;

/* Through the line to the one that dies, and to the one that takes over. No word of read-write: a standby answers, too. */
static void dsn_of(char *out, size_t size, const char *role, const char *standby)
{
    snprintf(out, size, "host=127.0.0.1,%s/run port=%d,5432 %s", standby, line.port, world_user(role));
}

static void begin_note(const char *dsn, const char *text)
{
    command = fork();
    if (command != 0)
        return;
    int out = open(answer, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(out, 1);
    dup2(out, 2);
    execl(getenv("DOORSTEP"), "doorstep", "--dsn", dsn, "note", id, "--text", text, (char *)NULL);
    _exit(127);
}

static int command_ends(void)
{
    int status;
    for (int64_t until = terminal_now_ns() + (int64_t)SOON * terminal_patience() * 1000000; terminal_now_ns() < until; terminal_pump(&maria, 20))
        if (waitpid(command, &status, WNOHANG) == command)
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return -2;
}

static bool said(const char *text)
{
    char all[2000] = "";
    FILE *f = fopen(answer, "r");
    size_t n = f ? fread(all, 1, sizeof all - 1, f) : 0;
    all[n] = '\0';
    if (f)
        fclose(f);
    if (!strstr(all, text))
        print_message("# the command said: %s\n", all);
    return strstr(all, text) != NULL;
}

static const char *count_of(const char *text)
{
    static char sql[300];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM doorstep.activity WHERE text = '%s'", text);
    return sql;
}

static void run_on(const char *cluster, const char *sql)
{
    char dsn[700];
    snprintf(dsn, sizeof dsn, "host=%s/run user=test %s", cluster, strstr(getenv("DOORSTEP_TEST_DSN"), "dbname="));
    PGconn *there = PQconnectdb(dsn);
    PGresult *r = PQexec(there, sql);
    ExecStatusType status = PQresultStatus(r);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(there));
    PQclear(r);
    PQfinish(there);
}

static void note(const char *text)
{
    terminal_type(&maria, "n");
    SHOWS(maria, "note");
    terminal_type(&maria, text);
    terminal_type(&maria, "<Enter>");
}

/* Both actions wait for the row; then the answers are swallowed, and the row is let go. */
static void lose_answers(const char *dsn, const char *typed, const char *given)
{
    world_sql("BEGIN");
    world_sql("SELECT FROM doorstep.exception FOR UPDATE");
    note(typed);
    begin_note(dsn, given);
    for (int i = 0; i < SOON / 50 && strcmp(world_sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename IN ('maria', 'dana')"), "2") != 0; i++) {
        world_sql("SELECT pg_stat_clear_snapshot()");
        terminal_pump(&maria, 50);
    }
    assert_string_equal(world_sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename IN ('maria', 'dana')"), "2");
    line_is(&line, "down");
    world_sql("COMMIT");
    BECOMES(maria, count_of(typed), "1");
    BECOMES(maria, count_of(given), "1");
}

static void take_over(const char *old, const char *new)
{
    trouble_pg("kill", old, NULL);
    line_is(&line, "cut");
    trouble_pg("promote", new, NULL);
    world_is_on(new);
}

static void once(const char *typed, const char *given)
{
    SHOWS(maria, "ed a note to #");
    SHOWS_NO(maria, "rows from");
    BECOMES(maria, count_of(typed), "1");
    assert_int_equal(command_ends(), 0);
    assert_true(said("the connection died before the answer"));
    assert_string_equal(world_sql(count_of(given)), "1");
}

static void test_it_was_replicated(void **state)
{
    (void)state;
    char dsn[900];
    world_problem(ROW);
    snprintf(id, sizeof id, "%s", world_sql("SELECT id FROM doorstep.exception"));
    line_open(&line, a);
    dsn_of(dsn, sizeof dsn, "maria", b);
    terminal_open(&maria, (char *[]){getenv("DOORSTEP"), "--dsn", dsn, NULL}, "xterm-256color", 36, 120);
    SHOWS(maria, ROW);
    SHOWS(maria, "live");
    dsn_of(dsn, sizeof dsn, "dana", b);
    lose_answers(dsn, "she has a dog", "and a cat");
    BECOMES(maria, "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()", "1");
    take_over(a, b);
    once("she has a dog", "and a cat");
    line_close(&line);
}

/* The standby follows no more: what is done from then on dies with the primary, whatever was answered. */
static void test_it_was_not(void **state)
{
    (void)state;
    char dsn[900];
    terminal_close(&maria);
    trouble_pg("standby", c, getenv("DOORSTEP_TEST_DSN"));
    line_open(&line, b);
    dsn_of(dsn, sizeof dsn, "maria", c);
    terminal_open(&maria, (char *[]){getenv("DOORSTEP"), "--dsn", dsn, NULL}, "xterm-256color", 36, 120);
    SHOWS(maria, ROW);
    SHOWS(maria, "live");
    note("answered before");
    SHOWS(maria, "ed a note to #");
    BECOMES(maria, "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()", "1");
    run_on(c, "ALTER SYSTEM SET primary_conninfo = ''");
    run_on(c, "SELECT pg_reload_conf()");
    BECOMES(maria, "SELECT count(*) FROM pg_stat_replication", "0");
    note("answered and lost");
    SHOWS(maria, "ed a note to #");
    BECOMES(maria, count_of("answered and lost"), "1");
    dsn_of(dsn, sizeof dsn, "dana", c);
    lose_answers(dsn, "ring twice", "then wait");
    take_over(b, c);
    SHOWS(maria, "the failover lost what the old server had answered, do it again");
    assert_int_equal(command_ends(), 0);
    BECOMES(maria, count_of("ring twice"), "1");
    assert_string_equal(world_sql(count_of("then wait")), "1");
    assert_string_equal(world_sql(count_of("answered before")), "1");
    assert_string_equal(world_sql(count_of("answered and lost")), "0");
    line_close(&line);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    trouble_dir(a, sizeof a, "a");
    trouble_dir(b, sizeof b, "b");
    trouble_dir(c, sizeof c, "c");
    trouble_dir(answer, sizeof answer, "said");
    world_move(a);
    trouble_pg("standby", b, getenv("DOORSTEP_TEST_DSN"));
    world_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_was_replicated),
        cmocka_unit_test(test_it_was_not),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    terminal_close(&maria);
    world_close();
    trouble_pg("stop", a, NULL);
    trouble_pg("stop", b, NULL);
    trouble_pg("stop", c, NULL);
    return failed;
}
