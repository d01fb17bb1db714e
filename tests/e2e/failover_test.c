/* A standby takes over while people work: from promotion to a live, correct screen without a key, and the old primary, come back
 * as it was, is not believed. How soon that is: tests/bench/failover.c. */
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

#define FIRST "1ZFAILOVER0000001"
#define AFTER "1ZFAILOVER0000002"
#define LATER "1ZFAILOVER0000003"
#define NOTE "she asked for a neighbour"

static char a[300], b[300];
static struct terminal maria, okafor, eve;
static struct line line_a, line_b;

static void open_on(struct terminal *out, const char *hosts, const char *role)
{
    char dsn[1200];
    snprintf(dsn, sizeof dsn, "%s %s", hosts, world_user(role));
    terminal_open(out, (char *[]){getenv("DOORSTEP"), "--dsn", dsn, NULL}, "xterm-256color", 36, 120);
}

static void wait_for_standby(void)
{
    for (int i = 0; i < SOON / 50; i++) {
        terminal_pump(&maria, 50);
        if (strcmp(world_sql("SELECT count(*) FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()"), "1") == 0)
            return;
    }
    fail_msg("the standby does not follow");
}

static void three_people_work(void)
{
    char hosts[800];
    world_problem(FIRST);
    snprintf(hosts, sizeof hosts, "host=%s/run,%s/run target_session_attrs=read-write", a, b);
    open_on(&maria, hosts, "maria");
    line_open(&line_a, a);
    line_open(&line_b, b);
    snprintf(hosts, sizeof hosts, "host=127.0.0.1,127.0.0.1 port=%d,%d target_session_attrs=read-write", line_a.port, line_b.port);
    open_on(&okafor, hosts, "okafor");
    snprintf(hosts, sizeof hosts, "host=%s/run", b);
    wait_for_standby();
    open_on(&eve, hosts, "dana");
    SHOWS(maria, FIRST);
    SHOWS(okafor, FIRST);
    SHOWS(eve, "live, read only");
    SHOWS(eve, FIRST);
}

static void test_promoted(void **state)
{
    (void)state;
    three_people_work();
    terminal_type(&maria, "n");
    terminal_type(&maria, NOTE);
    SHOWS(maria, NOTE);
    wait_for_standby();
    line_is(&line_a, "both");              /* of the old primary nothing is heard any more: not that it is gone, either */
    trouble_pg("kill", a, NULL);
    SHOWS(maria, "rows from");
    /* his connection is silent, and who asks nothing finds out at a key */
    for (int64_t until = terminal_now_ns() + (int64_t)SOON * 1000000; !terminal_wait(&okafor, "rows from", 1000) && terminal_now_ns() < until;)
        terminal_type(&okafor, "k");
    SHOWS(okafor, "rows from");
    assert_true(terminal_find(&maria, FIRST) >= 0);
    terminal_settle(&maria, 3000, 3000);   /* the waits between tries have grown to their longest */
    int64_t promoted = terminal_now_ns();
    trouble_pg("promote", b, NULL);
    world_is_on(b);
    world_problem(AFTER);
    SHOWS(maria, AFTER);                   /* her host is gone */
    print_message("# %d ms after the promotion\n", (int)((terminal_now_ns() - promoted) / 1000000));
    SHOWS(okafor, AFTER);                  /* hers is silent */
    assert_true(terminal_find(&maria, "rows from") < 0);
    SHOWS_NO(eve, "read only");            /* the standby it was on is the primary now */
    SHOWS(eve, AFTER);
    SHOWS(maria, NOTE);
    terminal_type(&maria, "<Enter>");
    BECOMES(maria, "SELECT count(*) FROM doorstep.activity WHERE text = '" NOTE "'", "1");
    terminal_type(&eve, "c");
    BECOMES(eve, "SELECT count(*) FROM doorstep.activity WHERE verb = 'claim' AND actor = 'dana'", "1");
}

/* Nobody rewound it: it takes connections and changes, and what is done there is lost. */
static void test_the_old_primary_is_refused(void **state)
{
    (void)state;
    trouble_pg("up", a, NULL);
    world_sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'maria'");
    world_problem(LATER);
    SHOWS(maria, LATER);
    assert_string_equal(world_sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'maria'"), "1");
    trouble_pg("kill", b, NULL);
    SHOWS(maria, "left behind by a failover");
    assert_true(terminal_find(&maria, LATER) >= 0);
    trouble_pg("up", b, NULL);
    world_close();
    world_connect();
    SHOWS(maria, "live");
    SHOWS_NO(maria, "rows from");
    assert_string_equal(world_sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'maria'"), "1");
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    trouble_dir(a, sizeof a, "a");
    trouble_dir(b, sizeof b, "b");
    world_move(a);
    trouble_pg("standby", b, getenv("DOORSTEP_TEST_DSN"));
    world_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_promoted),
        cmocka_unit_test(test_the_old_primary_is_refused),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    terminal_close(&maria);
    terminal_close(&okafor);
    terminal_close(&eve);
    line_close(&line_a);
    line_close(&line_b);
    world_close();
    trouble_pg("stop", a, NULL);
    trouble_pg("stop", b, NULL);
    return failed;
}
