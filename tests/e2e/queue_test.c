/* The main job as its users do it: a document goes in, the row appears, two people at two
 * terminals claim, note, resolve and undo. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "e2e/world.h"

static struct terminal maria, dana;

static void test_row_appears_live(void **state)
{
    (void)state;
    SHOWS(maria, "live");
    SHOWS(dana, "live");
    world_problem("1ZE2E0000000000001");
    SHOWS(maria, "1ZE2E0000000000001");
    SHOWS(dana, "1ZE2E0000000000001");
    SHOWS(maria, "address issue");
}

static void test_delivered_and_unscanned_do_not_appear(void **state)
{
    (void)state;
    assert_int_equal(world_ingest("{\"object\":\"Tracker\",\"id\":\"trk_1\",\"tracking_code\":\"EZE2EDELIVERED\",\"status\":\"delivered\","
                                  "\"carrier\":\"USPS\",\"tracking_details\":[{\"message\":\"Delivered\",\"status\":\"delivered\","
                                  "\"status_detail\":\"arrived_at_destination\",\"datetime\":\"2026-11-20T10:00:00Z\"}]}\n"
                                  "{\"object\":\"Tracker\",\"id\":\"trk_2\",\"tracking_code\":\"EZE2EUNKNOWN\",\"status\":\"unknown\","
                                  "\"carrier\":\"USPS\",\"tracking_details\":[]}\n"
                                  "{\"object\":\"Tracker\",\"id\":\"trk_3\",\"tracking_code\":\"EZE2ERETURN\",\"status\":\"return_to_sender\","
                                  "\"carrier\":\"USPS\",\"tracking_details\":[{\"message\":\"Returned\",\"status\":\"return_to_sender\","
                                  "\"datetime\":\"2026-11-20T10:00:00Z\"}]}\n"), 0);
    SHOWS(maria, "EZE2ERETURN");
    terminal_settle(&maria, 300, 1500);
    assert_int_equal(terminal_find(&maria, "EZE2EDELIVERED"), -1);
    assert_int_equal(terminal_find(&maria, "EZE2EUNKNOWN"), -1);
    assert_string_equal(world_sql("SELECT count(*) FROM doorstep.shipment WHERE tracking_number = 'EZE2EUNKNOWN'"), "1");
}

static void test_one_claims_the_other_is_told(void **state)
{
    (void)state;
    terminal_type(&maria, "/<C-u>tracking:1ZE2E0000000000001<Enter>");
    SHOWS_NO(maria, "EZE2ERETURN");
    terminal_type(&dana, "/<C-u>tracking:1ZE2E0000000000001<Enter>");
    SHOWS_NO(dana, "EZE2ERETURN");
    terminal_type(&maria, "c");
    SHOWS(maria, "claimed");
    SHOWS(dana, "maria");
    terminal_type(&dana, "c");
    SHOWS(dana, "maria claimed it");
    assert_string_equal(world_sql("SELECT owner FROM doorstep.exception WHERE tracking_number = '1ZE2E0000000000001'"), "maria");
}

static void test_note_resolve_undo(void **state)
{
    (void)state;
    terminal_type(&maria, "n");
    terminal_type(&maria, "called her: flat 12<Enter>");
    SHOWS(maria, "added a note to #");
    assert_string_equal(world_sql("SELECT text FROM doorstep.activity WHERE verb = 'note'"), "called her: flat 12");
    terminal_type(&maria, "e");
    SHOWS(maria, "address corrected");
    terminal_type(&maria, "<Esc>");
    SHOWS_NO(maria, "address corrected");
    terminal_type(&maria, ":resolve address_fixed<Enter>");
    SHOWS(maria, "resolved");
    SHOWS(dana, " done ");           /* dana's cursor is on it: it stays, and says so */
    assert_string_equal(world_sql("SELECT resolution FROM doorstep.exception WHERE tracking_number = '1ZE2E0000000000001'"), "address_fixed");
    terminal_type(&maria, "u");
    SHOWS(maria, "resolution of #");
    terminal_type(&maria, "u");
    SHOWS_NO(dana, " done ");
    assert_string_equal(world_sql("SELECT state || ' ' || owner FROM doorstep.exception WHERE tracking_number = '1ZE2E0000000000001'"), "working maria");
}

static void test_carrier_ends_it(void **state)
{
    (void)state;
    char document[400];
    snprintf(document, sizeof document,
             "{\"type\":\"event\",\"carrier\":\"ups\",\"tracking_number\":\"1ZE2E0000000000001\",\"provider\":\"shippo\","
             "\"occurred_at\":\"%s\",\"code\":\"DELIVERED\",\"detail\":\"delivered\",\"message\":\"Delivered\"}\n",
             world_sql("SELECT to_char((now() + interval '1 second') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"));
    assert_int_equal(world_ingest(document), 0);
    SHOWS(dana, " done ");
    assert_string_equal(world_sql("SELECT state || ' ' || resolution FROM doorstep.exception WHERE tracking_number = '1ZE2E0000000000001'"),
                        "resolved delivered");
}

static void test_a_burst_beyond_the_payload(void **state)
{
    (void)state;
    static char documents[600 * 300];
    size_t n = 0;
    for (int i = 0; i < 500; i++)
        n += (size_t)snprintf(documents + n, sizeof documents - n,
                              "{\"type\":\"event\",\"carrier\":\"fedex\",\"tracking_number\":\"BURST%06d\",\"provider\":\"shippo\",\"occurred_at\":\"2026-11-20T10:00:00Z\","
                              "\"code\":\"FAILURE\",\"detail\":\"package_lost\",\"message\":\"lost\"}\n", i);
    terminal_type(&maria, "/<C-u>carrier:fedex<Enter>");
    terminal_settle(&maria, 200, 1000);
    assert_int_equal(world_ingest(documents), 0);
    SHOWS(maria, "BURST000");
    SHOWS(maria, "open 501");          /* the burst and the return */
}

static void test_quit_leaves_nothing(void **state)
{
    (void)state;
    terminal_type(&maria, "q");
    for (int64_t until = terminal_now_ns() + (int64_t)SOON * 1000000; !maria.closed && terminal_now_ns() < until;)
        terminal_pump(&maria, 50);
    assert_true(maria.closed);
    assert_int_equal(terminal_close(&maria), 0);
    assert_int_equal(terminal_close(&dana), 0);
    for (int i = 0; i < SOON / 50 && strcmp(world_sql("SELECT count(*) FROM pg_stat_activity WHERE usename IN ('maria', 'dana')"), "0") != 0; i++)
        world_sql("SELECT pg_sleep(0.05)");
    assert_string_equal(world_sql("SELECT count(*) FROM pg_stat_activity WHERE usename IN ('maria', 'dana')"), "0");
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    world_open();
    world_dashboard(&maria, "maria", 36, 120);
    world_dashboard(&dana, "dana", 24, 80);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_row_appears_live),
        cmocka_unit_test(test_delivered_and_unscanned_do_not_appear),
        cmocka_unit_test(test_one_claims_the_other_is_told),
        cmocka_unit_test(test_note_resolve_undo),
        cmocka_unit_test(test_carrier_ends_it),
        cmocka_unit_test(test_a_burst_beyond_the_payload),
        cmocka_unit_test(test_quit_leaves_nothing),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_close();
    return failed;
}
