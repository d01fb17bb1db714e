/* A carrier's outage from the lead's terminal, while an agent at another one works on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "e2e/world.h"

static struct terminal okafor, dana;

static void test_declaring_shows_the_banner_to_everybody(void **state)
{
    (void)state;
    for (int i = 1; i <= 3; i++) {
        char number[32];
        snprintf(number, sizeof number, "1ZE2EFLOOD0000000%d", i);
        world_problem(number);
    }
    assert_int_equal(world_ingest("{\"type\":\"event\",\"carrier\":\"fedex\",\"tracking_number\":\"FXE2E0000001\",\"provider\":\"shippo\","
                                  "\"occurred_at\":\"2026-11-20T10:00:00Z\",\"code\":\"FAILURE\",\"detail\":\"package_lost\",\"message\":\"lost\"}\n"), 0);
    SHOWS(okafor, "FXE2E0000001");
    SHOWS(dana, "1ZE2EFLOOD00000003");
    terminal_type(&okafor, ":outage-declare carrier:ups<Enter>");
    SHOWS(okafor, "Declare an outage");
    SHOWS(okafor, "3 of 4 open exceptions");
    terminal_type(&okafor, "<Enter>");
    SHOWS(okafor, "everybody reads");
    terminal_type(&okafor, "the hub is flooded<Enter>");
    SHOWS_NO(okafor, "everybody reads:");
    terminal_type(&okafor, "<Enter>");
    SHOWS(okafor, "yes, do it");
    terminal_type(&okafor, "y");
    BECOMES(okafor, "SELECT count(*) FROM doorstep.outage WHERE ended_at IS NULL", "1");
    SHOWS(dana, "OUTAGE UPS");             /* how soon: tests/bench/banner.c */
    SHOWS(dana, "3 exceptions");
    SHOWS(dana, "declared by okafor");
}

static void test_its_exceptions_stand_as_one_line(void **state)
{
    (void)state;
    SHOWS(dana, "outage 1");
    SHOWS(okafor, "outage 1");
    SHOWS_NO(okafor, "1ZE2EFLOOD00000002");
    SHOWS(okafor, "FXE2E0000001");
    terminal_type(&okafor, "gg");
    terminal_type(&okafor, "c");
    SHOWS(okafor, "outage 1 is many");
    assert_string_equal(world_sql("SELECT count(*) FROM doorstep.exception WHERE owner IS NOT NULL"), "0");
    terminal_type(&okafor, "<Enter>");
    SHOWS(okafor, "1ZE2EFLOOD00000002");
    SHOWS_NO(okafor, "FXE2E0000001");
    terminal_type(&okafor, "<Esc>");
    SHOWS(okafor, "FXE2E0000001");
    SHOWS_NO(okafor, "1ZE2EFLOOD00000002");
}

static void test_agents_are_told_who_ends_it(void **state)
{
    (void)state;
    terminal_type(&dana, "E");
    SHOWS(dana, "only leads can");
    assert_string_equal(world_sql("SELECT count(*) FROM doorstep.outage WHERE ended_at IS NULL"), "1");
}

static void test_the_board_has_it(void **state)
{
    (void)state;
    terminal_type(&okafor, "b");
    SHOWS(okafor, "Outage board");
    SHOWS(okafor, "FedEx");
    terminal_type(&okafor, "<Esc>");
    SHOWS_NO(okafor, "Outage board");
}

static void test_its_end_is_told_and_leaves_a_list(void **state)
{
    (void)state;
    terminal_type(&okafor, "E");
    SHOWS(okafor, "to follow up?");
    terminal_type(&okafor, "y");
    BECOMES(okafor, "SELECT count(*) FROM doorstep.outage WHERE ended_at IS NULL", "0");
    SHOWS(dana, "outage 1 ended by okafor: 3 to follow up (outage:1)");
    SHOWS_NO(dana, "OUTAGE UPS");
    SHOWS(okafor, "ended by okafor: 3 to follow up");
    SHOWS(okafor, "1ZE2EFLOOD00000002");
    SHOWS_NO(okafor, "FXE2E0000001");
    terminal_type(&okafor, "<Esc>");
    SHOWS(okafor, "FXE2E0000001");
    assert_int_equal(terminal_close(&okafor), 0);
    assert_int_equal(terminal_close(&dana), 0);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    world_open();
    world_dashboard(&okafor, "okafor", 36, 120);
    world_dashboard(&dana, "dana", 24, 80);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_declaring_shows_the_banner_to_everybody),
        cmocka_unit_test(test_its_exceptions_stand_as_one_line),
        cmocka_unit_test(test_agents_are_told_who_ends_it),
        cmocka_unit_test(test_the_board_has_it),
        cmocka_unit_test(test_its_end_is_told_and_leaves_a_list),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_close();
    return failed;
}
