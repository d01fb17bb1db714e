/* Finding trouble before the carrier says so, and doing what is safe by itself: a promise that passed, a rule that is tried, switched on and
 * off, a call that is logged, an unknown code that becomes known, and what the reports make of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "e2e/world.h"

#define LATE "1ZE2ELATE00000001"
#define ODD "1ZE2EODD000000001"
#define NEXT "1ZE2ENEXT00000001"
static struct terminal maria, okafor;

static int worker_once(void) { return world_run("mailer", NULL, (char *[]){"worker", "--once", NULL}); }

/* An instant so many hours from now, as documents say it; static, a few at a time. */
static const char *hours_from_now(int hours)
{
    static char texts[4][40];
    static int at;
    char sql[120];
    snprintf(sql, sizeof sql, "SELECT to_char((now() + interval '%d hours') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')", hours);
    at = (at + 1) % 4;
    snprintf(texts[at], sizeof texts[at], "%s", world_sql(sql));
    return texts[at];
}

/* A parcel on its way, promised so many hours from now, last scanned an hour ago. */
static void on_its_way(const char *number, int promised)
{
    char text[1000];
    snprintf(text, sizeof text,
             "{\"type\":\"order\",\"order_number\":\"O-%s\",\"brand\":\"acme\",\"customer\":{\"external_id\":\"c-%s\",\"name\":\"Rosa Delgado\",\"email\":\"rosa@example.com\"},"
             "\"shipments\":[{\"carrier\":\"ups\",\"tracking_number\":\"%s\",\"promised_at\":\"%s\"}]}\n"
             "{\"type\":\"event\",\"carrier\":\"ups\",\"tracking_number\":\"%s\",\"occurred_at\":\"%s\",\"code\":\"I\",\"detail\":\"DP\",\"message\":\"Departed\"}\n",
             number, number, number, hours_from_now(promised), number, hours_from_now(-1));
    assert_int_equal(world_ingest(text), 0);
}

static int begin(void **state)
{
    (void)state;
    world_open();
    world_dashboard(&maria, "maria", 36, 120);
    world_dashboard(&okafor, "okafor", 36, 120);
    SHOWS(maria, "live");
    SHOWS(okafor, "live");
    return 0;
}

static int end(void **state)
{
    (void)state;
    terminal_close(&maria);
    terminal_close(&okafor);
    world_close();
    return 0;
}

static void test_a_passed_promise_comes_by_itself(void **state)
{
    (void)state;
    on_its_way(LATE, -30);
    assert_int_equal(worker_once(), 0);
    SHOWS(maria, LATE);
    SHOWS(maria, "not delivered");
    assert_int_equal(worker_once(), 0);
    assert_string_equal(world_sql("SELECT count(*) FROM doorstep.exception"), "1");
    terminal_type(&maria, "/<C-u>tracking:" LATE "<Enter>l2");
    SHOWS(maria, "2 Timeline*");
    SHOWS(maria, "promised");
    terminal_type(&maria, "q");
    SHOWS_NO(maria, "2 Timeline*");
}

static void test_a_call_is_logged_in_two_keys(void **state)
{
    (void)state;
    terminal_type(&maria, "I");
    SHOWS(maria, "where is my parcel");
    terminal_type(&maria, "w");
    BECOMES(maria, "SELECT string_agg(driver, ',') FROM doorstep.contact WHERE taken_back_at IS NULL", "wismo");
    terminal_type(&maria, "u");
    SHOWS(maria, "takes back");
    terminal_type(&maria, "u");
    BECOMES(maria, "SELECT count(*) FROM doorstep.contact WHERE taken_back_at IS NULL", "0");
    terminal_type(&maria, "Iw");
    BECOMES(maria, "SELECT count(*) FROM doorstep.contact WHERE taken_back_at IS NULL", "1");
}

static void test_a_rule_is_switched_on_acts_once_and_is_switched_off_by_one_key(void **state)
{
    (void)state;
    assert_int_equal(world_run("maria", NULL, (char *[]){"rule", "save", "late-urgent", "when kind:late_promise on opened do severity critical; tag watched", NULL}), 0);
    terminal_type(&okafor, ":rules<Enter>");
    SHOWS(okafor, "late-urgent");
    assert_int_equal(world_run("okafor", NULL, (char *[]){"rule", "enable", "late-urgent", NULL}), 0);
    on_its_way(NEXT, -2);
    assert_int_equal(worker_once(), 0);
    assert_int_equal(worker_once(), 0);
    assert_string_equal(world_sql("SELECT severity || ' ' || array_to_string(tags, ',') FROM doorstep.exception WHERE tracking_number = '" NEXT "'"), "critical watched");
    assert_string_equal(world_sql("SELECT string_agg(DISTINCT e.tracking_number, ',') FROM doorstep.activity a JOIN doorstep.exception e ON e.id = a.exception_id "
                                  "WHERE a.actor = 'rule late-urgent'"), NEXT);
    assert_string_equal(world_sql("SELECT count(*) FROM doorstep.rule_firing"), "1");
    SHOWS(okafor, "late-urgent     on");      /* read again: those that are on come first */
    terminal_type(&okafor, "gg");
    SHOWS(okafor, "> late-urgent");
    terminal_type(&okafor, "x");
    BECOMES(okafor, "SELECT enabled FROM doorstep.rule WHERE name = 'late-urgent'", "f");
    terminal_type(&okafor, "q");
    SHOWS(okafor, "Triage");
}

static void test_an_unknown_code_becomes_known(void **state)
{
    (void)state;
    char text[400];
    snprintf(text, sizeof text, "{\"type\":\"event\",\"carrier\":\"ups\",\"tracking_number\":\"" ODD "\",\"occurred_at\":\"%s\",\"code\":\"X\",\"detail\":\"QZ\",\"message\":\"Zorbled\"}\n"
             "{\"type\":\"event\",\"carrier\":\"dhl\",\"tracking_number\":\"" ODD "\",\"occurred_at\":\"%s\",\"code\":\"QZ\",\"message\":\"Zorbled\"}\n", hours_from_now(-3), hours_from_now(-2));
    assert_int_equal(world_ingest(text), 0);
    terminal_type(&maria, "/<C-u>state:new<Enter>");
    SHOWS(maria, "other");
    assert_string_equal(world_sql("SELECT provider || ' ' || code FROM doorstep.unmapped_code"), "dhl QZ");
    assert_int_equal(world_run("maria", NULL, (char *[]){"dictionary", "set", "dhl", "QZ", "--role", "open", "--kind", "damaged", "--status", "damaged", "--label", "Zorbled in transit", NULL}), 0);
    assert_int_equal(world_run("okafor", NULL, (char *[]){"dictionary", "approve", "1", "--reprocess", NULL}), 0);
    assert_int_equal(worker_once(), 0);
    assert_string_equal(world_sql("SELECT e.kind FROM doorstep.exception e WHERE e.carrier = 'dhl'"), "damaged");
    assert_string_equal(world_sql("SELECT count(*) FROM doorstep.audit_verify(NULL)"), "0");
}

static void test_the_report_opens_the_queue_behind_its_number(void **state)
{
    (void)state;
    assert_int_equal(worker_once(), 0);
    terminal_type(&okafor, "P");
    SHOWS(okafor, "Exceptions by carrier");
    SHOWS(okafor, "behind it: carrier:ups");
    terminal_type(&okafor, "<Enter>");
    SHOWS(okafor, "on:");
    SHOWS(okafor, LATE);
    SHOWS(okafor, NEXT);
    terminal_type(&okafor, "P");
    SHOWS(okafor, "Exceptions by carrier");
    terminal_type(&okafor, "6");
    SHOWS(okafor, "Contacts by driver");
    SHOWS(okafor, "wismo");
    terminal_type(&okafor, "q");
    SHOWS_NO(okafor, "Contacts by driver");
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_passed_promise_comes_by_itself),
        cmocka_unit_test(test_a_call_is_logged_in_two_keys),
        cmocka_unit_test(test_a_rule_is_switched_on_acts_once_and_is_switched_off_by_one_key),
        cmocka_unit_test(test_an_unknown_code_becomes_known),
        cmocka_unit_test(test_the_report_opens_the_queue_behind_its_number),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
