/* Everything the database can do to a person who has the dashboard open: the rows stay with their age, what was typed stays,
 * one sentence says what it is and what to do, and when it is back the screen is true again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "e2e/trouble.h"
#include "e2e/world.h"

#define FIRST "1ZFAIL00000000001"
#define ROSA "1ZFAILROSA0000001"
#define VERA "1ZFAILVERA0000001"
#define HBA_OPEN "local all test trust\nlocal replication all trust\nlocal all maria trust\nlocal all all trust"

static char cluster[300];
static struct terminal t;
static int serial = 1;

/* --- the failures ----------------------------------------------------------------------- */

static void cut(void) { world_sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'maria'"); }

static void killed(void) { trouble_pg("kill", cluster, NULL); }
static void stopped(void) { trouble_pg("down", cluster, NULL); }
static void started(void)
{
    world_close();
    trouble_pg("up", cluster, NULL);
    world_connect();
}

static void no_slots(void)
{
    world_sql("ALTER ROLE maria CONNECTION LIMIT 0");
    cut();
}
static void slots(void) { world_sql("ALTER ROLE maria CONNECTION LIMIT -1"); }

static void not_in_hba(void)
{
    trouble_pg("hba", cluster, "local all maria reject\nlocal all all trust");
    cut();
}
static void in_hba(void) { trouble_pg("hba", cluster, HBA_OPEN); }

static void no_login(void)
{
    world_sql("ALTER ROLE maria NOLOGIN");
    cut();
}
static void login(void) { world_sql("ALTER ROLE maria LOGIN"); }

static void expired(void)
{
    trouble_pg("hba", cluster, "local all maria scram-sha-256\nlocal all all trust");
    world_sql("ALTER ROLE maria PASSWORD 'wordle' VALID UNTIL '2001-01-01'");
    cut();
}
static void renewed(void)
{
    world_sql("ALTER ROLE maria VALID UNTIL 'infinity'");
    in_hba();
}

static void ended(void) { cut(); }
static void nothing(void) {}

static void wait_no_session(void)
{
    BECOMES(t, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'maria' AND state LIKE 'idle in%'", "0");
}

static const struct failure {
    const char *name;
    void (*strike)(void), (*heal)(void);
    const char *says;          /* "": it is over before anybody can read it */
    bool by_hand;              /* tried again within a minute; a person does not wait for that */
} failures[] = {
    {"a session is ended", ended, nothing, "", false},
    {"the server is killed", killed, started, "does not answer", false},
    {"the server is stopped in order", stopped, started, "does not answer", false},
    {"no connection is left", no_slots, slots, "has no connection left", false},
    {"pg_hba.conf refuses", not_in_hba, in_hba, "does not let you in", true},
    {"the role may not log in", no_login, login, "does not let you in", true},
    {"the password expired", expired, renewed, "does not take the password", true},
};

/* A note is typed before, and given after. */
static void lives_through(const struct failure *f)
{
    char row[32], note[64], sql[200];
    snprintf(note, sizeof note, "typed before %s", f->name);
    snprintf(row, sizeof row, "1ZFAIL%011d", ++serial);
    terminal_type(&t, "n");
    SHOWS(t, "note");
    terminal_type(&t, note);
    SHOWS(t, note);
    f->strike();
    if (f->says[0]) {
        if (!terminal_wait(&t, f->says, SOON)) {
            terminal_dump(&t);
            fail_msg("%s: it does not say: %s", f->name, f->says);
        }
        SHOWS(t, "rows from");
        assert_true(terminal_find(&t, FIRST) >= 0);
        SHOWS(t, "econnecting");
        SHOWS(t, note);
    }
    f->heal();
    world_problem(row);                            /* while nobody listens, as a rule */
    if (f->by_hand) {
        terminal_type(&t, "<Esc>");
        SHOWS_NO(t, note);
        terminal_type(&t, "<C-r>");
        SHOWS(t, "live");
        terminal_type(&t, "n");
        terminal_type(&t, note);
    }
    if (!terminal_wait(&t, "live", SOON) || !terminal_wait(&t, row, SOON)) {
        terminal_dump(&t);
        fail_msg("%s: it does not come back", f->name);
    }
    SHOWS_NO(t, "rows from");
    SHOWS(t, note);
    terminal_type(&t, "<Enter>");
    snprintf(sql, sizeof sql, "SELECT count(*) FROM doorstep.activity WHERE text = '%s'", note);
    BECOMES(t, sql, "1");
    wait_no_session();
}

static void test_failures(void **state)
{
    (void)state;
    world_problem(FIRST);
    setenv("PGPASSWORD", "wordle", 1);     /* until one is asked for nobody looks at it */
    world_dashboard(&t, "maria", 36, 120);
    unsetenv("PGPASSWORD");
    SHOWS(t, FIRST);
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++)
        lives_through(&failures[i]);
}

/* What is being typed stays where it is, goes on being typed meanwhile, and does its work when the server is back. */
static void lose_while_typing(const char *opens, const char *shows, const char *before, const char *meanwhile, const char *both)
{
    terminal_type(&t, opens);
    SHOWS(t, shows);
    terminal_type(&t, before);
    SHOWS(t, before);
    killed();
    SHOWS(t, "rows from");
    terminal_type(&t, meanwhile);
    SHOWS(t, both);
    started();
    SHOWS(t, "live");
    SHOWS_NO(t, "rows from");
    SHOWS(t, both);
}

static void test_typing(void **state)
{
    (void)state;
    world_customer("Rosa", ROSA);
    SHOWS(t, "Rosa Delgado");
    lose_while_typing("/<C-u>", "/", "tracking:1ZFAIL", "ROSA0000001", "tracking:" ROSA);
    terminal_type(&t, "<Enter>");
    SHOWS_NO(t, FIRST);
    SHOWS(t, "Rosa Delgado");
    terminal_type(&t, "m");
    SHOWS(t, "nothing in the way");
    lose_while_typing("e", "Esc done", "Querida", " amiga: ", "Querida amiga: ");
    BECOMES(t, "SELECT left(body, 15) FROM doorstep.draft", "Querida amiga: ");
    terminal_type(&t, "<Esc>");
    SHOWS_NO(t, "Esc done");           /* with a key right behind it, it would be Alt */
    SHOWS(t, "nothing in the way");
    terminal_type(&t, "<Enter>");
    SHOWS(t, "again sends the e-mail");
    terminal_type(&t, "<Enter>");
    BECOMES(t, "SELECT string_agg(left(body, 15), ',') FROM doorstep.outreach", "Querida amiga: ");
}

/* The schema moves on under a program that is older now: it says what to do, keeps what is there, and starts no more. */
static void test_upgraded(void **state)
{
    (void)state;
    char sql[200], version[20];
    snprintf(version, sizeof version, "%s", world_sql("SELECT doorstep.schema_version()"));
    world_customer("Vera", VERA);
    terminal_type(&t, "/<C-u>tracking:" VERA "<Enter>");
    SHOWS(t, "Vera Delgado");
    terminal_type(&t, "m");
    SHOWS(t, "nothing in the way");
    terminal_type(&t, "e");
    SHOWS(t, "Esc done");
    terminal_type(&t, "Primero: ");
    BECOMES(t, "SELECT left(body, 9) FROM doorstep.draft", "Primero: ");
    snprintf(sql, sizeof sql, "CREATE OR REPLACE FUNCTION doorstep.schema_version() RETURNS int LANGUAGE sql STABLE AS 'SELECT %d'", (int)strtol(version, NULL, 10) + 1);
    world_sql(sql);
    world_sql("SELECT pg_notify('doorstep', 's ' || doorstep.schema_version())");
    SHOWS(t, "upgrade");                   /* this program, and start it again: it may go on in another line */
    SHOWS(t, "Primero: ");
    assert_int_equal(world_run("maria", NULL, (char *[]){"queue", NULL}), 78);
    snprintf(sql, sizeof sql, "CREATE OR REPLACE FUNCTION doorstep.schema_version() RETURNS int LANGUAGE sql STABLE AS 'SELECT %s'", version);
    world_sql(sql);
    assert_string_equal(world_sql("SELECT left(body, 9) FROM doorstep.draft"), "Primero: ");
}

/* --- what fails a single action -------------------------------------------------------------- */

static const struct { const char *state, *said, *says; } refusals[] = {
    {"53100", "could not extend file", "is full, nothing was changed"},
    {"53200", "out of shared memory", "had no memory left"},
    {"25006", "cannot execute INSERT in a read-only transaction", "takes no changes now"},
    {"57014", "canceling statement due to statement timeout", "took too long"},
    {"55P03", "canceling statement due to lock timeout", "somebody else is changing the same"},
    {"40P01", "deadlock detected", "waited for each other"},
    {"40001", "could not serialize access", "met another change"},
};

/* The server's own errors, not a function's: raised in C, by a cast that fails would be another state. So a trigger of the
 * superuser's raises them, and what tells them from ours (exec_stmt_raise) is what is tried in db_pg_test. */
static void test_actions(void **state)
{
    (void)state;
    char sql[600];
    world_sql("CREATE FUNCTION public.fails() RETURNS trigger LANGUAGE plpgsql AS "
              "$$ BEGIN RAISE EXCEPTION USING ERRCODE = current_setting('test.state'), MESSAGE = current_setting('test.said'); END $$");
    world_sql("CREATE TRIGGER fails BEFORE UPDATE ON doorstep.exception FOR EACH ROW WHEN (NEW.owner = 'dana') EXECUTE FUNCTION public.fails()");
    struct terminal dana;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        snprintf(sql, sizeof sql, "ALTER ROLE dana SET test.state = '%s'", refusals[i].state);
        world_sql(sql);
        snprintf(sql, sizeof sql, "ALTER ROLE dana SET test.said = '%s'", refusals[i].said);
        world_sql(sql);
        world_dashboard(&dana, "dana", 36, 120);
        SHOWS(dana, FIRST);
        terminal_type(&dana, "c");
        SHOWS(dana, refusals[i].said);
        assert_true(terminal_find(&dana, "live") >= 0);
        assert_int_equal(terminal_close(&dana), 0);
    }
    world_sql("DROP TRIGGER fails ON doorstep.exception");
}

/* --- a pooler in between --------------------------------------------------------------------- */

static void open_pooled(struct terminal *out, int port)
{
    char dsn[600], dir[300];
    trouble_dir(dir, sizeof dir, "pgb");
    snprintf(dsn, sizeof dsn, "host=%s port=%d %s", dir, port, world_user("okafor"));
    terminal_open(out, (char *[]){getenv("DOORSTEP"), "--dsn", dsn, NULL}, "xterm-256color", 36, 120);
}

/* In transaction mode LISTEN is answered, and then nobody hears anything: that is said, not lived with. */
static void test_pooler(void **state)
{
    (void)state;
    struct terminal pooled;
    int port = pgbouncer_open(cluster, "transaction");
    if (port == 0) {
        print_message("# pgbouncer is not installed: apt-get install pgbouncer\n");
        skip();
    }
    open_pooled(&pooled, port);
    SHOWS(pooled, "pool_mode = session");
    terminal_close(&pooled);
    pgbouncer_close();
    port = pgbouncer_open(cluster, "session");
    open_pooled(&pooled, port);
    SHOWS(pooled, FIRST);
    world_problem("1ZPOOLED000000001");
    SHOWS(pooled, "1ZPOOLED000000001");    /* told, in session mode */
    assert_true(terminal_find(&pooled, "pool_mode") < 0);
    terminal_close(&pooled);
    pgbouncer_close();
}

/* A role that is dropped while its person works. */
static void test_dropped(void **state)
{
    (void)state;
    struct terminal gone;
    world_sql("SELECT doorstep.user_add('leaver', 'agent', 'Lee Aver')");
    world_dashboard(&gone, "leaver", 36, 120);
    SHOWS(gone, FIRST);
    world_sql("REVOKE doorstep_agent FROM leaver");
    world_sql("DROP ROLE leaver");
    world_sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename IS NULL AND application_name = 'doorstep'");
    SHOWS(gone, "administrator");
    if (!gone.closed)
        assert_true(terminal_find(&gone, FIRST) >= 0);
    terminal_close(&gone);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    trouble_dir(cluster, sizeof cluster, "a");
    world_move(cluster);
    world_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_actions),
        cmocka_unit_test(test_pooler),
        cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_typing),
        cmocka_unit_test(test_upgraded),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    pgbouncer_close();                     /* where a test did not get there */
    terminal_close(&t);
    world_close();
    trouble_pg("stop", cluster, NULL);
    return failed;
}
