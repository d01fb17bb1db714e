/* Taking matters into one's own hands: a case, an override of one, an override of many that a second lead has to
 * approve, and every one of them taken back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "e2e/world.h"

enum { PARCELS = 24 };
#define FIRST "1ZE2E0000000000001"
static struct terminal maria, okafor, nadia;

/* Shipments whose status a person set. */
#define OVERRIDDEN "SELECT count(*) FROM doorstep.status_override WHERE state = 'active'"

static int begin(void **state)
{
    (void)state;
    world_open();
    world_sql("SELECT doorstep.user_add('nadia', 'lead', 'Nadia Haddad')");
    for (int i = 1; i <= PARCELS; i++) {
        char number[32];
        snprintf(number, sizeof number, "1ZE2E%013d", i);
        world_problem(number);
    }
    world_sql("UPDATE doorstep.control_policy SET override_threshold = 20");
    world_dashboard(&maria, "maria", 36, 120);
    SHOWS(maria, FIRST);
    return 0;
}

static int end(void **state)
{
    (void)state;
    terminal_close(&maria);
    terminal_close(&okafor);
    terminal_close(&nadia);
    world_close();
    return 0;
}

static void test_a_case_in_three_keys(void **state)
{
    (void)state;
    terminal_type(&maria, "/<C-u>tracking:" FIRST "<Enter>");
    SHOWS_NO(maria, "1ZE2E0000000000002");
    terminal_type(&maria, "o");
    SHOWS(maria, "of which type");
    terminal_type(&maria, "c");
    SHOWS(maria, "Context that goes with it");
    SHOWS(maria, "apartment number missing");
    terminal_type(&maria, "<Enter>");
    SHOWS(maria, "opened case C1");
    assert_string_equal(world_sql("SELECT state || ' ' || type FROM doorstep.support_case"), "open customer");
    terminal_type(&maria, "l4");
    SHOWS(maria, "4 Case*");
    SHOWS(maria, "> C1");
    terminal_type(&maria, "n");
    SHOWS(maria, "never sent");
    terminal_type(&maria, "called the depot<Enter>");
    SHOWS(maria, "added a note");
    SHOWS(maria, "called the depot");
    terminal_type(&maria, "q");
    SHOWS_NO(maria, "4 Case*");
    terminal_type(&maria, "oc");
    SHOWS(maria, "C1 is open already");
    terminal_type(&maria, "q");
    SHOWS_NO(maria, "Context when it was opened");
}

static void test_an_agent_overrides_one_and_takes_it_back(void **state)
{
    (void)state;
    terminal_type(&maria, "O");
    SHOWS(maria, "what is it really");
    terminal_type(&maria, "h");
    SHOWS(maria, "how do we know");
    terminal_type(&maria, "<Enter>");
    SHOWS(maria, "become \"held\"");
    terminal_type(&maria, "<Enter>");
    SHOWS(maria, "why:");
    terminal_type(&maria, "the depot keeps it<Enter>");
    SHOWS(maria, "does it");
    terminal_type(&maria, "<Enter>");
    SHOWS(maria, "takes it back");
    SHOWS_NO(maria, "What it does");
    assert_string_equal(world_sql(OVERRIDDEN), "1");
    terminal_type(&maria, "l5");
    SHOWS(maria, "held by maria");
    SHOWS(maria, "the depot keeps it");
    terminal_type(&maria, "V");
    SHOWS(maria, "taken back");
    BECOMES(maria, OVERRIDDEN, "0");
    terminal_type(&maria, "q");
    SHOWS_NO(maria, "5 Overrides*");
}

static void test_undo_takes_an_override_back(void **state)
{
    (void)state;
    terminal_type(&maria, ":override lost<Enter>");
    SHOWS(maria, "how do we know");
    terminal_type(&maria, "<Enter>");
    SHOWS(maria, "become \"lost\"");
    terminal_type(&maria, "ntrace closed<Enter>");
    SHOWS(maria, "trace closed");
    terminal_type(&maria, "<Enter>");
    SHOWS_NO(maria, "What it does");
    BECOMES(maria, OVERRIDDEN, "1");
    terminal_type(&maria, "u");
    SHOWS(maria, "again takes back");
    terminal_type(&maria, "u");
    SHOWS(maria, "took back");
    BECOMES(maria, OVERRIDDEN, "0");
}

static void test_agents_are_told_who_may(void **state)
{
    (void)state;
    terminal_type(&maria, "<Esc>");
    SHOWS(maria, "1ZE2E0000000000002");
    terminal_type(&maria, "*");
    SHOWS(maria, "24 selected");
    terminal_type(&maria, "O");
    SHOWS(maria, "takes a lead");
}

static void test_a_lead_asks_a_second_one(void **state)
{
    (void)state;
    world_dashboard(&okafor, "okafor", 36, 120);
    SHOWS(okafor, FIRST);
    terminal_type(&okafor, "/<C-u>kind:address_issue<Enter>");
    SHOWS(okafor, "/ kind:address_issue");
    terminal_type(&okafor, "*");
    SHOWS(okafor, "24 selected");
    terminal_type(&okafor, "Oh");
    SHOWS(okafor, "how do we know");
    terminal_type(&okafor, "<Enter>");
    SHOWS(okafor, "a second lead has to approve");
    terminal_type(&okafor, "n");
    SHOWS(okafor, "why:");
    terminal_type(&okafor, "the hub is closed<Enter>");
    SHOWS(okafor, "you type 24 to confirm");
    terminal_type(&okafor, "<Enter>");
    SHOWS(okafor, "type 24 to override");
    terminal_type(&okafor, "2<Enter>");
    SHOWS(okafor, "it is 24 shipments, not 2");
    terminal_type(&okafor, "4<Enter>");
    SHOWS(okafor, "waits for a second lead");
    assert_string_equal(world_sql(OVERRIDDEN), "0");
    terminal_type(&okafor, "B");
    SHOWS(okafor, "the hub is closed");
    terminal_type(&okafor, "a");
    SHOWS(okafor, "nobody approves their own");
}

static void test_the_second_lead_approves(void **state)
{
    (void)state;
    world_dashboard(&nadia, "nadia", 36, 120);
    SHOWS(nadia, "to approve 1");
    terminal_type(&nadia, "B");
    SHOWS(nadia, "okafor");
    terminal_type(&nadia, "a");
    SHOWS(nadia, "yes, do it");
    terminal_type(&nadia, "y");
    SHOWS(nadia, "approved batch");
    BECOMES(nadia, OVERRIDDEN, "24");
    SHOWS_NO(nadia, "to approve 1");
}

static void test_all_of_it_is_taken_back(void **state)
{
    (void)state;
    terminal_type(&nadia, "<Tab><Tab>");
    SHOWS(nadia, "24 in force now");
    terminal_type(&nadia, "V");
    SHOWS(nadia, "type 24 to take back");
    terminal_type(&nadia, "24<Enter>");
    SHOWS(nadia, "reverted batch");
    BECOMES(nadia, OVERRIDDEN, "0");
    assert_string_equal(world_sql("SELECT count(*) FROM doorstep.shipment WHERE effective_status = 'held'"), "0");
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_case_in_three_keys), cmocka_unit_test(test_an_agent_overrides_one_and_takes_it_back),
        cmocka_unit_test(test_undo_takes_an_override_back), cmocka_unit_test(test_agents_are_told_who_may), cmocka_unit_test(test_a_lead_asks_a_second_one),
        cmocka_unit_test(test_the_second_lead_approves), cmocka_unit_test(test_all_of_it_is_taken_back),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
