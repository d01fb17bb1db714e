/* People who vanish: their draft is back, no session of theirs is left, and what was theirs can be taken over. */
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

#include "e2e/world.h"

static struct terminal maria, dana;

static void kill_dead(struct terminal *t)
{
    kill(t->pid, SIGKILL);
    assert_int_equal(terminal_close(t), -1);
}

static void test_a_draft_outlives_kill_9(void **state)
{
    (void)state;
    world_customer("Rosa", "1ZVANISH00000001");
    world_dashboard(&maria, "maria", 36, 120);
    SHOWS(maria, "1ZVANISH00000001");
    terminal_type(&maria, "c");
    SHOWS(maria, "claimed #");
    terminal_type(&maria, "m");
    SHOWS(maria, "Address needed");
    SHOWS(maria, "Hola");
    terminal_type(&maria, "eBEFORE THE LID WAS CLOSED ");
    BECOMES(maria, "SELECT count(*) FROM doorstep.draft WHERE role = 'maria' AND body LIKE '%BEFORE THE LID WAS CLOSED%'", "1");
    kill_dead(&maria);
    world_dashboard(&maria, "maria", 36, 120);
    SHOWS(maria, "Triage");
    terminal_type(&maria, "6");
    SHOWS(maria, "1ZVANISH00000001");
    terminal_type(&maria, "m");
    SHOWS(maria, "BEFORE THE LID WAS CLOSED");
    assert_int_equal(terminal_cut(&maria), 0);
}

static void test_nothing_of_theirs_is_left(void **state)
{
    (void)state;
    world_dashboard(&dana, "dana", 36, 120);
    SHOWS(dana, "Triage");
    terminal_type(&dana, "6");
    SHOWS(dana, "1ZVANISH00000001");
    BECOMES(dana, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'maria'", "0");
    BECOMES(dana, "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%'", "0");
}

static void test_what_was_theirs_can_be_taken_over(void **state)
{
    (void)state;
    terminal_type(&dana, "c");
    SHOWS(dana, "maria claimed it");                   /* a moment ago: hers alone */
    world_sql("UPDATE doorstep.action_log SET at = now() - interval '1 hour' WHERE who = 'maria'");
    world_sql("UPDATE doorstep.presence SET at = now() - interval '1 hour' WHERE role = 'maria'");
    terminal_type(&dana, "c");
    SHOWS(dana, "not here any more");
    assert_string_equal(world_sql("SELECT owner FROM doorstep.exception"), "maria");
    terminal_type(&dana, "c");
    SHOWS(dana, "claimed #");
    assert_string_equal(world_sql("SELECT owner FROM doorstep.exception"), "dana");
    assert_string_equal(world_sql("SELECT text FROM doorstep.activity ORDER BY at DESC LIMIT 1"), "took over from maria");
    world_dashboard(&maria, "maria", 36, 120);
    SHOWS(maria, "while you were away dana took over #");
    terminal_type(&dana, "u");
    SHOWS(dana, "u again takes back");
    terminal_type(&dana, "u");
    SHOWS(dana, "took back");
    BECOMES(dana, "SELECT owner FROM doorstep.exception", "maria");
    terminal_type(&dana, "c");
    SHOWS(dana, "maria claimed it");                   /* who is connected is here */
    assert_string_equal(world_sql("SELECT owner FROM doorstep.exception"), "maria");
    assert_int_equal(terminal_close(&maria), 0);
    assert_int_equal(terminal_close(&dana), 0);
}

static void test_the_command_says_so_too(void **state)
{
    (void)state;
    BECOMES(dana, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'maria'", "0");
    world_sql("UPDATE doorstep.action_log SET at = now() - interval '1 hour' WHERE who = 'maria'");
    world_sql("UPDATE doorstep.presence SET at = now() - interval '1 hour' WHERE role = 'maria'");
    assert_int_equal(world_run("dana", NULL, (char *[]){"claim", "1", NULL}), 1);
    assert_int_equal(world_run("dana", NULL, (char *[]){"claim", "--take-over", "1", NULL}), 0);
    assert_string_equal(world_sql("SELECT owner FROM doorstep.exception"), "dana");
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    world_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_draft_outlives_kill_9),
        cmocka_unit_test(test_nothing_of_theirs_is_left),
        cmocka_unit_test(test_what_was_theirs_can_be_taken_over),
        cmocka_unit_test(test_the_command_says_so_too),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_close();
    return failed;
}
