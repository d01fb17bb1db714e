/* What bad input gets: a reason that names the place and the remedy, and no harm to its neighbours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "feed/carrier.h"
#include "feed/reject.h"
#include "feed_world.h"

#define EVENT(more) "{\"type\":\"event\",\"carrier\":\"ups\",\"tracking_number\":\"1Z1\",\"occurred_at\":\"2026-11-21T16:51:00Z\"," more "}"
#define TRACKER(more) "{\"object\":\"Tracker\",\"tracking_code\":\"1Z1\",\"status\":\"in_transit\"," more "}"
#define DETAIL(more) TRACKER("\"tracking_details\":[{\"status\":\"in_transit\",\"datetime\":\"2026-11-21T16:51:00Z\"},{" more "}]")

/* rows: how many are kept all the same */
static const struct { const char *text, *reason; int rows; } cases[] = {
    {"{\"type\":\"event\",}", "1:17: ", 0},
    {"\n\n {\"a\":tru}", "3:9: ", 0},
    {"{\n \"a\": 1,\n \"b\": \"\xff\"\n}", "3:", 0},
    {"{\"a\":\"x", "1:8: the text ends inside the document", 0},
    {"hello", "1:1: not a JSON object", 0},
    {"{}", "no known document by its shape", 0},
    {"{\"a\":[1,2,3]}", "no known document by its shape", 0},
    {"{\"error\":{\"code\":\"X\",\"message\":\"No\\u001b[31m way\"}}", "a provider's error answer (\"No[31m way\")", 0},
    {"{\"type\":\"event\",\"occurred_at\":1}", "doorstep: tracking_number: no tracking number", 0},
    {"{\"type\":\"event\",\"tracking_number\":\" \"}", "doorstep: tracking_number: no tracking number", 0},
    {"{\"type\":\"event\",\"tracking_number\":[\"1Z\"]}", "tracking_number: an array where a text is expected", 0},
    {"{\"type\":\"event\",\"tracking_number\":\"\xc3\xa9t\xc3\xa9\"}", "tracking_number: a tracking number has only", 0},
    {"{\"type\":\"thing\",\"occurred_at\":1}", "type: neither \"event\" nor \"order\"", 0},
    {EVENT("\"code\":{}"), "doorstep 1Z1: code: an object where a text is expected", 0},
    {EVENT("\"message\":true"), "message: true where a text is expected", 0},
    {EVENT("\"edd\":\"tomorrow\",\"code\":\"X\""), "edd: \"tomorrow\" is not a time", 0},
    {EVENT("\"location\":\"Austin\",\"code\":\"X\""), "location: not an object", 0},
    {EVENT("\"status\":\"lots\""), "status: \"lots\" is not a status", 0},
    {EVENT("\"location\":null"), "code: no code, status or message", 0},
    {"{\"type\":\"event\",\"tracking_number\":\"1\",\"occurred_at\":\"2026-11-21\",\"code\":\"X\"}", "carrier: no carrier and no provider", 0},
    {"{\"type\":\"event\",\"tracking_number\":\"1\",\"carrier\":\"ups\",\"code\":\"X\"}", "occurred_at: no time", 0},
    {"{\"type\":\"event\",\"tracking_number\":\"1\",\"carrier\":\"ups\",\"code\":\"X\",\"occurred_at\":\"1970-01-01\"}",
     "occurred_at: 1970-01-01T00:00:00Z is before the year 2000", 0},
    {"{\"type\":\"event\",\"tracking_number\":\"1\",\"carrier\":\"ups\",\"code\":\"X\",\"occurred_at\":\"2028-11-21\"}",
     "occurred_at: 2028-11-21T00:00:00Z is more than a year ahead", 0},
    {"{\"type\":\"event\",\"tracking_number\":\"1\",\"carrier\":\"ups\",\"code\":\"X\",\"occurred_at\":1e300}", "is not a time", 0},
    {"{\"type\":\"event\",\"tracking_number\":\"1\",\"carrier\":\"ups\",\"code\":\"X\",\"occurred_at\":\"/Date(12\"}", "is not a time", 0},
    {"{\"type\":\"order\",\"brand\":\"acme\"}", "order_number: missing", 0},
    {"{\"type\":\"order\",\"order_number\":\"1\",\"total\":\"much\"}", "total: \"much\" is not a number", 0},
    {"{\"type\":\"order\",\"order_number\":\"1\",\"customer\":[]}", "customer: not an object", 0},
    {"{\"type\":\"order\",\"order_number\":\"1\",\"customer\":{\"consent\":{\"sms\":\"yes\"}}}", "sms: neither true nor false", 0},
    {"{\"type\":\"order\",\"order_number\":\"1\",\"shipments\":{}}", "shipments: not a list", 0},
    {"{\"type\":\"order\",\"order_number\":\"1\",\"shipments\":[{\"carrier\":\"ups\"},{\"tracking_number\":\"1Z1\"}]}",
     "shipments[0].tracking_number: no tracking number", 1},
    {"{\"type\":\"order\",\"order_number\":\"1\",\"lines\":[{\"sku\":\"a\"},7,{\"quantity\":1.5}]}", "lines[1]: not an object", 1},
    {TRACKER("\"tracking_details\":{}"), "easypost 1Z1: tracking_details: an object where a list", 0},
    {TRACKER("\"updated_at\":\"1999-12-31T23:59:59Z\""), "updated_at: 1999-12-31T23:59:59Z is before", 0},
    {DETAIL("\"status\":\"x\""), "easypost 1Z1: tracking_details[1].datetime: no time; an event needs the time it "
                                 "happened (only this one is left out)", 2},
    {DETAIL("\"datetime\":\"0026-11-21T16:51:00Z\""), "tracking_details[1].datetime: ", 2},
    {DETAIL("\"datetime\":\"2026-11-21T16:51:00Z\",\"tracking_location\":{\"city\":[]}"), "tracking_details[1].city: an array", 2},
    {"{\"event\":\"TRACKING_STOPPED\",\"data\":{\"number\":\"1\"}}", "17track 1: latest_status: no status and no events", 0},
    {"{\"tracking_number\":\"1\",\"tracking_history\":3,\"tracking_status\":null}", "shippo 1: tracking_history: a number where", 0},
    {"{\"meta\":{\"code\":404,\"message\":\"gone\"},\"data\":{}}", "a provider's error answer (\"gone\")", 0},
};

static void reasons_name_the_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct feed_world w;
        struct err e;
        feed_world_init(&w);
        assert_true(feed_world_take(&w, "auto", cases[i].text, strlen(cases[i].text), &e));
        if (w.rejects < 1 || w.rows != cases[i].rows || !strstr(buf_str(&w.out), cases[i].reason))
            fail_msg("%s\n  gave   %s  wanted %s", cases[i].text, buf_str(&w.out), cases[i].reason);
        assert_true(utf8_valid(w.out.data, w.out.len));
        buf_finish(&w.out);
    }
}

/* Times as numbers are seconds or milliseconds; as text they have a zone or are UTC. */
static void times_in_many_forms(void **state)
{
    static const char *const forms[] = {"1795279860", "1795279860000", "\"1795279860\"", "\"/Date(1795279860000)/\"",
                                        "\"/Date(1795279860000-0600)/\"", "\"2026-11-21T10:51:00-06:00\"",
                                        "\"2026-11-21T16:51:00\"", "\"2026-11-21 16:51\""};
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct feed_world w;
        struct err e;
        char text[256];
        feed_world_init(&w);
        snprintf(text, sizeof text, "{\"type\":\"event\",\"carrier\":\"ups\",\"tracking_number\":\"1Z1\",\"code\":\"X\","
                 "\"occurred_at\":%s}", forms[i]);
        assert_true(feed_world_take(&w, "auto", text, strlen(text), &e));
        if (!strstr(buf_str(&w.out), "|2026-11-21T16:51:00Z|"))
            fail_msg("%s gave %s", forms[i], buf_str(&w.out));
        buf_finish(&w.out);
    }
}

/* All of them in one stream with a good one after each: every good one arrives. */
static void good_ones_are_not_stopped(void **state)
{
    static const char good[] = "\n{\"type\":\"event\",\"carrier\":\"usps\",\"tracking_number\":\"GOOD\",\"occurred_at\":"
                               "\"2026-11-21\",\"code\":\"01\"}\n";
    struct feed_world w;
    struct buf all;
    struct err e;
    int wanted = 0, found = 0;
    (void)state;
    feed_world_init(&w);
    buf_init(&all, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buf_puts(&all, cases[i].text);
        buf_puts(&all, good);
        wanted++;
    }
    assert_true(feed_world_take(&w, "auto", all.data, all.len, &e));
    for (const char *s = buf_str(&w.out); (s = strstr(s, "|GOOD|")); s++)
        found++;
    assert_int_equal(found, wanted);
    buf_finish(&all);
    buf_finish(&w.out);
}

static void a_format_asked_for_is_the_only_one(void **state)
{
    static const char text[] = TRACKER("\"tracking_details\":[]");
    struct feed_world w;
    struct err e;
    (void)state;
    feed_world_init(&w);
    assert_true(feed_world_take(&w, "easypost", text, strlen(text), &e));
    assert_int_equal(w.rows, 1);
    assert_true(feed_world_take(&w, "shippo", text, strlen(text), &e));
    assert_int_equal(w.rows, 1);
    assert_non_null(strstr(buf_str(&w.out), "no shippo document by its shape"));
    assert_false(feed_world_take(&w, "parcelforce", text, strlen(text), &e));
    assert_int_equal(e.code, ERR_USAGE);
    assert_non_null(strstr(e.text, "auto|doorstep|easypost|"));
    buf_finish(&w.out);
}

/* Texts from outside: cut to their column, no controls, no direction marks. */
static void texts_are_made_safe(void **state)
{
    struct feed_world w;
    struct buf text;
    struct err e;
    (void)state;
    feed_world_init(&w);
    buf_init(&text, 0);
    buf_puts(&text, "{\"type\":\"event\",\"carrier\":\"ups\",\"tracking_number\":\" 1z 9\\t9 \",\"occurred_at\":\"2026-11-21T16:51:00Z\","
                    "\"code\":48,\"detail\":\"\\u0000\",\"location\":{\"city\":\"\\u202eAus\\u001b]0;x\\u0007tin\\u200b\","
                    "\"country\":\"deu\",\"region\":\"\\ud83d\\ude00\"},\"message\":\"");
    for (int i = 0; i < 10 << 20; i++)
        buf_putc(&text, 'm');
    buf_puts(&text, "\"}");
    assert_true(feed_world_take(&w, "auto", text.data, text.len, &e));
    const char *got = buf_str(&w.out);
    const char *message = strstr(got, "|mmm");
    assert_non_null(message);
    assert_int_equal(strspn(message + 1, "m"), 500);
    assert_memory_equal(got, "e|ups|ups|1Z99|2026-11-21T16:51:00Z|48|||", 41);
    assert_string_equal(message + 501, "|Aus]0;xtin|\xf0\x9f\x98\x80|DE\n");
    buf_finish(&text);
    buf_finish(&w.out);
}

static void rejects_are_json_lines(void **state)
{
    struct buf out;
    struct feed_reject r = {"a\"b", 7, "because", "\x00{\"x\":\"\xff\xc3\xa9\n\t\x1b\"}\\", 16};
    (void)state;
    buf_init(&out, 0);
    reject_json(&r, &out);
    assert_string_equal(buf_str(&out), "{\"source\":\"a\\\"b\",\"line\":7,\"reason\":\"because\",\"document\":"
                                       "\"\\u0000{\\\"x\\\":\\\"\xef\xbf\xbd\xc3\xa9\\n\\t\\u001b\\\"}\\\\\"}\n");
    buf_finish(&out);
}

static void carriers_have_one_name(void **state)
{
    static const char *const names[][2] = {
        {"UPS", "ups"}, {"FedEx", "fedex"}, {"USPS", "usps"}, {"DHLExpress", "dhl"}, {"dhl-express", "dhl"},
        {"CanadaPost", "canada_post"}, {"canada-post", "canada_post"}, {"Canada Post", "canada_post"}, {"stamps_com", "usps"},
        {"21051", "usps"}, {"100003", "fedex"}, {"OnTrac", "ontrac"}, {" --Z\xc3\xa9 ppelin Express Kurier GmbH", "z_ppelin_express_kurier"},
        {"!!", ""}, {"", ""},
    };
    char code[CARRIER_MOST + 1], two[3] = {0};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(carrier_code(names[i][0], strlen(names[i][0]), code), strlen(names[i][1]));
        assert_string_equal(code, names[i][1]);
    }
    assert_true(carrier_country("usa", 3, two));
    assert_string_equal(two, "US");
    assert_true(carrier_country("ABW", 3, two) && !strcmp(two, "AW"));
    assert_true(carrier_country("ZWE", 3, two) && !strcmp(two, "ZW"));
    assert_true(carrier_country("uk", 2, two) && !strcmp(two, "GB"));
    assert_false(carrier_country("XXX", 3, two));
    assert_false(carrier_country("1A", 2, two));
    assert_false(carrier_country("Germany", 7, two));
}

static bool refusing_row(void *self, const char *const *fields, const size_t *sizes, struct err *e)
{
    (void)self, (void)fields, (void)sizes;
    return err_set(e, ERR_UNREACHABLE, NULL, "the database is gone");
}

static void a_failing_sink_stops_the_feed(void **state)
{
    struct feed_world w;
    struct err e;
    (void)state;
    feed_world_init(&w);
    w.data = TRACKER("\"tracking_details\":[]") TRACKER("\"tracking_details\":[]");
    w.size = strlen(w.data);
    struct feed *f = feed_create("auto", FEED_WORLD_NOW,
                                 (struct feed_sink){&w, feed_world_document, refusing_row, feed_world_reject, NULL}, &e);
    assert_false(feed_read(f, "test", (struct split_source){&w, feed_world_read}, &e));
    assert_int_equal(e.code, ERR_UNREACHABLE);
    assert_int_equal(feed_totals(f).documents, 1);
    feed_destroy(f);
    buf_finish(&w.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reasons_name_the_place), cmocka_unit_test(times_in_many_forms),   cmocka_unit_test(good_ones_are_not_stopped),
        cmocka_unit_test(a_format_asked_for_is_the_only_one), cmocka_unit_test(texts_are_made_safe),
        cmocka_unit_test(rejects_are_json_lines),   cmocka_unit_test(carriers_have_one_name),
        cmocka_unit_test(a_failing_sink_stops_the_feed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
