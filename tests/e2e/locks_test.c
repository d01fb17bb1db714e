/* Locks: two people's changes that wait for each other, and a server whose table of locks is small and full. One sentence, nothing half done,
 * what was typed is offered again, and the second time it happens. */
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

enum { PARCELS = 60, SAID = 2000 };
#define LAST "1ZLOCK00000000060"
#define TEN "1ZLOCK0000000005"

static char cluster[300], said[300], ids[3][24];
static struct terminal maria;
static PGconn *gate, *other;       /* who lets her go on, and who waits for her */

static PGconn *connection_of(const char *role)
{
    PGconn *c = PQconnectdb(world_dsn(role));
    if (PQstatus(c) != CONNECTION_OK)
        fail_msg("%s", PQerrorMessage(c));
    return c;
}

static void run(PGconn *c, const char *sql)
{
    PGresult *r = PQexec(c, sql);
    ExecStatusType status = PQresultStatus(r);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(c));
    PQclear(r);
}

static long number_of(PGconn *c, const char *sql)
{
    PGresult *r = PQexec(c, sql);
    if (PQresultStatus(r) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(c));
    long n = strtol(PQgetvalue(r, 0, 0), NULL, 10);
    PQclear(r);
    return n;
}

static const char *count_of(const char *text)
{
    static char sql[400];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM doorstep.activity WHERE text = '%s'", text);
    return sql;
}

static const char *waiting(const char *role)
{
    static char sql[200];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = '%s'", role);
    return sql;
}

static void note_of(PGconn *c, int i, const char *text, bool send_only)
{
    char sql[400];
    snprintf(sql, sizeof sql, "SELECT code FROM doorstep.note(gen_random_uuid(), '{%s}', '%s')", ids[i], text);
    if (!send_only)
        run(c, sql);
    else if (!PQsendQuery(c, sql))
        fail_msg("%s", PQerrorMessage(c));
}

/* A command's exit status; what it said is in the file. */
static int command(char *const arguments[])
{
    int status;
    char dsn[512];
    char *argv[16] = {(char *)"doorstep", (char *)"--dsn", dsn};
    snprintf(dsn, sizeof dsn, "%s", world_dsn("dana"));
    for (int i = 0; i < 12 && arguments[i]; i++)
        argv[i + 3] = arguments[i];
    pid_t pid = fork();
    if (pid == 0) {
        int out = open(said, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(out, 1);
        dup2(out, 2);
        execv(getenv("DOORSTEP"), argv);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void command_said(const char *text)
{
    char all[SAID] = "";
    FILE *f = fopen(said, "r");
    size_t n = f ? fread(all, 1, sizeof all - 1, f) : 0;
    all[n] = '\0';
    if (f)
        fclose(f);
    if (!strstr(all, text) || strchr(all, '\n') != strrchr(all, '\n'))
        fail_msg("the command said: %s", all);
}

/* --- two who wait for each other -------------------------------------------------------------- */

/* okafor has the third row, somebody the second; she takes the first and waits for the second. Then okafor wants the first: he waits for
 * her. With the second given back she wants the third. Only her session looks for such a circle, so hers is given up. */
static void before_the_circle(void)
{
    char sql[200];
    gate = connection_of("test");
    other = connection_of("okafor");
    run(other, "BEGIN");
    note_of(other, 2, "of the other", false);
    run(gate, "BEGIN");
    snprintf(sql, sizeof sql, "SELECT FROM doorstep.exception WHERE id = %s FOR UPDATE", ids[1]);
    run(gate, sql);
}

static void close_the_circle(const char *role)
{
    BECOMES(maria, waiting(role), "1");
    note_of(other, 0, "of the other", true);
    BECOMES(maria, waiting("okafor"), "1");
    run(gate, "COMMIT");
}

static void the_other_is_done(void)
{
    PGresult *r;
    while ((r = PQgetResult(other))) {
        assert_int_equal(PQresultStatus(r), PGRES_TUPLES_OK);
        PQclear(r);
    }
    run(other, "COMMIT");
    PQfinish(other);
    PQfinish(gate);
}

static void test_a_deadlock_of_the_dashboard(void **state)
{
    (void)state;
    world_dashboard(&maria, "maria", 36, 120);
    SHOWS(maria, "live");
    terminal_type(&maria, "/<C-u>tracking:" TEN "<Enter>");
    SHOWS_NO(maria, LAST);
    terminal_type(&maria, "*");
    SHOWS(maria, "10 selected");
    before_the_circle();
    terminal_type(&maria, "n");
    SHOWS(maria, "customers never see it");
    terminal_type(&maria, "in a circle<Enter>");
    close_the_circle("maria");
    SHOWS(maria, "waited for each other");
    assert_true(terminal_find(&maria, "live") >= 0);
    the_other_is_done();
    assert_string_equal(world_sql(count_of("in a circle")), "0");
    assert_string_equal(world_sql(count_of("of the other")), "2");
    terminal_type(&maria, "n");
    SHOWS(maria, "draft of ");
    SHOWS(maria, "in a circle");
    terminal_type(&maria, "<Enter>");
    BECOMES(maria, count_of("in a circle"), "10");
    BECOMES(maria, "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%'", "0");
}

static void test_a_deadlock_of_a_command(void **state)
{
    (void)state;
    char *const arguments[] = {(char *)"note", ids[0], ids[1], ids[2], (char *)"--text", (char *)"by a command", NULL};
    before_the_circle();
    pid_t child = fork();
    if (child == 0)
        _exit(command(arguments));
    close_the_circle("dana");
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 75);
    command_said("waited for each other and this one was given up, nothing was changed: try again");
    the_other_is_done();
    assert_string_equal(world_sql(count_of("by a command")), "0");
    assert_string_equal(world_sql(count_of("of the other")), "4");
    assert_int_equal(command(arguments), 0);
    assert_string_equal(world_sql(count_of("by a command")), "3");
}

/* --- a table of locks that is full --------------------------------------------------------------- */

#define FULL "no room left for locks"

/* Locks of the session, which what fails in the end does not take back. Full is: nothing more can be had, asked again. */
static long fill(void)
{
    gate = connection_of("test");
    run(gate, "CREATE OR REPLACE FUNCTION pg_temp.fill(i int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN LOOP PERFORM pg_advisory_lock(77, i + 1); i := i + 1; END LOOP; "
              "EXCEPTION WHEN out_of_memory THEN RETURN i; END $$");
    run(gate, "CREATE OR REPLACE FUNCTION pg_temp.few(a int, b int) RETURNS bigint LANGUAGE sql AS "
              "$$ SELECT count(pg_advisory_unlock(77, i)) FROM generate_series(a + 1, b) i $$");
    long before = -1, n = 0;
    while (n > before) {
        char sql[60];
        before = n;
        snprintf(sql, sizeof sql, "SELECT pg_temp.fill(%ld)", n);
        n = number_of(gate, sql);
    }
    return n;
}

static void empty(void)
{
    run(gate, "SELECT pg_advisory_unlock_all()");
    PQfinish(gate);
}

static void test_everyday_work_on_a_small_server(void **state)
{
    (void)state;
    assert_string_equal(world_sql("SHOW max_locks_per_transaction"), "10");
    terminal_type(&maria, "/<C-u>kind:address_issue<Enter>");
    terminal_type(&maria, "*");
    SHOWS(maria, "60 selected");
    terminal_type(&maria, ":snooze 2h<Enter>");
    SHOWS(maria, "yes, do it");
    terminal_type(&maria, "y");
    BECOMES(maria, "SELECT count(*) FROM doorstep.exception WHERE state = 'snoozed'", "60");
    SHOWS(maria, "snoozed 60 exceptions");
    terminal_type(&maria, "u");
    SHOWS(maria, "u again takes back");
    terminal_type(&maria, "u");
    BECOMES(maria, "SELECT count(*) FROM doorstep.exception WHERE state = 'snoozed'", "0");
}

static void test_full(void **state)
{
    (void)state;
    terminal_type(&maria, "/<C-u>tracking:1ZLOCK0000000006<Enter>");
    SHOWS(maria, LAST);
    SHOWS_NO(maria, "loading");
    terminal_type(&maria, "n");
    SHOWS(maria, "customers never see it");
    fill();
    terminal_type(&maria, "while it is full<Enter>");
    SHOWS(maria, FULL);
    assert_int_equal(command((char *[]){(char *)"note", ids[0], (char *)"--text", (char *)"while it is full", NULL}), 75);
    command_said("PostgreSQL");
    command_said(FULL ", nothing was changed: try again in a moment; if this lasts, ask whoever runs it for a larger max_locks_per_transaction");
    empty();
    assert_string_equal(world_sql(count_of("while it is full")), "0");
    terminal_type(&maria, "n");
    SHOWS(maria, "customers never see it");
    terminal_type(&maria, "<Up>");
    SHOWS(maria, "while it is full");
    terminal_type(&maria, "<Enter>");
    BECOMES(maria, count_of("while it is full"), "1");
}

/* Wherever in it the room runs out. */
static void test_nearly_full(void **state)
{
    (void)state;
    enum { STEPS = 8, EACH = 14 };
    static int codes[STEPS];
    static char text[STEPS][40], sql[100];
    long n = fill(), left = n;
    for (int i = 0; i < STEPS; i++) {
        snprintf(sql, sizeof sql, "SELECT pg_temp.few(%ld, %ld)", left - EACH, left);
        assert_int_equal(number_of(gate, sql), EACH);
        left -= EACH;
        snprintf(text[i], sizeof text[i], "with room for %ld", n - left);
        codes[i] = command((char *[]){(char *)"note", ids[0], ids[1], ids[2], (char *)"--text", text[i], NULL});
        if (codes[i] != 0)
            command_said(FULL);
    }
    empty();
    for (int i = 0; i < STEPS; i++) {
        assert_true(codes[i] == 0 || codes[i] == 75);
        assert_string_equal(world_sql(count_of(text[i])), codes[i] == 0 ? "3" : "0");
    }
    assert_int_equal(codes[0], 75);
    assert_int_equal(codes[STEPS - 1], 0);
    assert_string_equal(world_sql("SELECT count(*) FROM doorstep.audit_verify(NULL)"), "0");
    BECOMES(maria, "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%'", "0");
}

static void few_locks(void)
{
    static const char *const settings[] = {"max_locks_per_transaction = 10", "max_connections = 14", "max_wal_senders = 0", "max_worker_processes = 0", "autovacuum = off"};
    char sql[100];
    world_connect();
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        snprintf(sql, sizeof sql, "ALTER SYSTEM SET %s", settings[i]);
        world_sql(sql);
    }
    world_close();
    trouble_pg("down", cluster, NULL);
    trouble_pg("up", cluster, NULL);
}

static void parcels(void)
{
    static char documents[PARCELS * 320];
    size_t n = 0;
    for (int i = 1; i <= PARCELS; i++)
        n += (size_t)snprintf(documents + n, sizeof documents - n,
                              "{\"type\":\"event\",\"carrier\":\"ups\",\"tracking_number\":\"1ZLOCK%011d\",\"provider\":\"shippo\",\"occurred_at\":\"2026-01-05T10:00:00Z\","
                              "\"code\":\"TRANSIT\",\"detail\":\"address_issue\",\"message\":\"Incorrect address\"}\n", i);
    if (world_ingest(documents) != 0)
        exit(70);
    for (int i = 0; i < 3; i++) {
        char sql[160];             /* in the order in which they are locked */
        snprintf(sql, sizeof sql, "SELECT id FROM doorstep.exception WHERE tracking_number LIKE '" TEN "%%' ORDER BY id OFFSET %d LIMIT 1", i);
        snprintf(ids[i], sizeof ids[i], "%s", world_sql(sql));
    }
    world_sql("ALTER ROLE okafor SET deadlock_timeout = '1h'");
    world_sql("ALTER ROLE maria SET deadlock_timeout = '10ms'");
    world_sql("ALTER ROLE dana SET deadlock_timeout = '10ms'");
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    trouble_dir(cluster, sizeof cluster, "a");
    trouble_dir(said, sizeof said, "said");
    world_move(cluster);
    few_locks();
    world_open();
    parcels();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_deadlock_of_the_dashboard), cmocka_unit_test(test_a_deadlock_of_a_command), cmocka_unit_test(test_everyday_work_on_a_small_server),
        cmocka_unit_test(test_full), cmocka_unit_test(test_nearly_full),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    terminal_close(&maria);
    world_close();
    trouble_pg("stop", cluster, NULL);
    return failed;
}
