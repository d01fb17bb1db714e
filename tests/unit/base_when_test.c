#include "base/when.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void dates_become_days(void **state)
{
    static const struct { struct when_civil c; int64_t days; } rows[] = {
        {{.year = 1970, .month = 1, .day = 1}, 0},
        {{.year = 1969, .month = 12, .day = 31}, -1},
        {{.year = 2000, .month = 2, .day = 29}, 11016},
        {{.year = 2000, .month = 3, .day = 1}, 11017},
        {{.year = 1900, .month = 2, .day = 28}, -25509},
        {{.year = 1900, .month = 3, .day = 1}, -25508},
        {{.year = 2100, .month = 3, .day = 1}, 47541},
        {{.year = 2024, .month = 2, .day = 29}, 19782},
        {{.year = 1, .month = 1, .day = 1}, -719162},
        {{.year = 9999, .month = 12, .day = 31}, 2932896},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct when_civil back;
        assert_int_equal(when_from_civil(&rows[i].c), rows[i].days * WHEN_DAY);
        when_to_civil(rows[i].days * WHEN_DAY, &back);
        assert_memory_equal(&back, &rows[i].c, sizeof back);
    }
}

static void every_day_follows_the_one_before(void **state)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct when_civil want = {.year = 1600, .month = 1, .day = 1}, got;
    (void)state;
    for (int64_t at = when_from_civil(&want); want.year < 2401; at += WHEN_DAY) {
        when_to_civil(at + WHEN_DAY - 1, &got);
        assert_int_equal(got.year, want.year);
        assert_int_equal(got.month, want.month);
        assert_int_equal(got.day, want.day);
        assert_int_equal(got.hour * 10000 + got.minute * 100 + got.second, 235959);
        assert_int_equal(got.millisecond, 999);
        bool leap = (want.year % 4 == 0 && want.year % 100 != 0) || want.year % 400 == 0;
        if (++want.day > lengths[want.month - 1] + (want.month == 2 && leap)) {
            want.day = 1;
            want.year += want.month == 12;
            want.month = want.month % 12 + 1;
        }
    }
}

static void carriers_shapes_are_read(void **state)
{
    static const struct { const char *text, *utc; bool zoned; } rows[] = {
        {"2026-11-21", "2026-11-21T00:00:00Z", false},
        {"2026-11-21T16:51", "2026-11-21T16:51:00Z", false},
        {"2026-11-21 16:51:07", "2026-11-21T16:51:07Z", false},
        {"2026-11-21T16:51:07Z", "2026-11-21T16:51:07Z", true},
        {"2026-11-21t16:51:07z", "2026-11-21T16:51:07Z", true},
        {"2026-11-21T16:51:07.5Z", "2026-11-21T16:51:07.500Z", true},
        {"2026-11-21T16:51:07,123456789", "2026-11-21T16:51:07.123Z", false},
        {"2026-11-21T16:51:07+01:00", "2026-11-21T15:51:07Z", true},
        {"2026-11-21 16:51:07.25-0530", "2026-11-21T22:21:07.250Z", true},
        {"2026-12-31T23:30-05", "2027-01-01T04:30:00Z", true},
        {"2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999Z", true},
        {"2000-02-29", "2000-02-29T00:00:00Z", false},
        {"0001-01-01", "0001-01-01T00:00:00Z", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t at;
        bool zoned = !rows[i].zoned;
        char out[40];
        assert_true(when_parse(rows[i].text, strlen(rows[i].text), &at, &zoned));
        when_format_utc(at, out, sizeof out);
        assert_string_equal(out, rows[i].utc);
        assert_int_equal(zoned, rows[i].zoned);
    }
}

static void nonsense_is_no_instant(void **state)
{
    static const char *const rows[] = {
        "", "2026", "2026-11", "2026-11-2", "2026-11-211", "2026-00-10", "2026-13-01", "2026-11-00", "2026-11-31",
        "2023-02-29", "1900-02-29", "2100-02-29", "0000-01-01", "12026-01-01", "-001-01-01", "2026/11/21",
        "2026-11-21T", "2026-11-21T1", "2026-11-21T16", "2026-11-21T24:00", "2026-11-21T16:60", "2026-11-21T16:51:61",
        "2026-11-21T16:51:", "2026-11-21T16:51:07.", "2026-11-21T16:51:07+", "2026-11-21T16:51:07+1",
        "2026-11-21T16:51:07+01:", "2026-11-21T16:51:07+01:60", "2026-11-21T16:51:07+24:00", "2026-11-21Z",
        "2026-11-21T16:51:07ZZ", " 2026-11-21", "2026-11-21 ", "2026-11-21  16:51", "tomorrow",
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t at;
        if (when_parse(rows[i], strlen(rows[i]), &at, NULL))
            fail_msg("\"%s\" was taken for an instant", rows[i]);
    }
}

static void no_instant_prints_nothing(void **state)
{
    char out[40] = "x";
    (void)state;
    when_format_utc(WHEN_NONE, out, sizeof out);
    assert_string_equal(out, "");
    when_format_utc(0, out, 5);
    assert_string_equal(out, "1970");
}

static void durations_are_read(void **state)
{
    static const struct { const char *text; int64_t ms; } rows[] = {
        {"90s", 90 * WHEN_SECOND}, {"30m", 30 * WHEN_MINUTE}, {"24h", WHEN_DAY}, {"3d", 3 * WHEN_DAY},
        {"2w", 14 * WHEN_DAY}, {"1h30m", 90 * WHEN_MINUTE}, {"1w1d1h1m1s", 8 * WHEN_DAY + WHEN_HOUR + 61 * WHEN_SECOND},
        {"0m", 0},
    };
    static const char *const bad[] = {
        "", "m", "30", "30 m", "30M", "-30m", "+30m", "30m1h", "1h1h", "1h30", "1y", "h1", "1.5h",
        "99999999999999999999s",
        "9223372036854775807s", "9223372036854775807",
    };
    int64_t ms;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(when_parse_duration(rows[i].text, strlen(rows[i].text), &ms));
        assert_int_equal(ms, rows[i].ms);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (when_parse_duration(bad[i], strlen(bad[i]), &ms))
            fail_msg("\"%s\" was taken for a duration", bad[i]);
}

static void spans_fit_seven_columns(void **state)
{
    static const struct { int64_t ms; const char *text; } rows[] = {
        {0, "now"}, {59999, "now"}, {WHEN_MINUTE, "1m"}, {41 * WHEN_MINUTE + 59999, "41m"}, {WHEN_HOUR - 1, "59m"},
        {2 * WHEN_HOUR, "2h"}, {2 * WHEN_HOUR + 59 * WHEN_MINUTE, "2h59m"}, {10 * WHEN_HOUR - 1, "9h59m"}, {WHEN_DAY - 1, "23h"},
        {3 * WHEN_DAY + 4 * WHEN_HOUR, "3d4h"}, {3 * WHEN_DAY, "3d"}, {10 * WHEN_DAY - 1, "9d23h"},
        {12 * WHEN_DAY + 5 * WHEN_HOUR, "12d"}, {35 * WHEN_DAY, "5w"}, {INT64_MAX, "99999w"},
    };
    char out[16];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        when_format_span(rows[i].ms, out, sizeof out);
        assert_string_equal(out, rows[i].text);
        assert_true(strlen(out) <= 7);
    }
}

static void clocks_apart_are_so_to_the_nearest(void **state)
{
    static const struct { int64_t ms; const char *text; } rows[] = {
        {2400, "2 s"}, {-2600, "3 s"}, {59400, "59 s"}, {59600, "1m"}, {5 * WHEN_HOUR - 1, "5h"}, {1 - 5 * WHEN_HOUR, "5h"}, {5 * WHEN_HOUR + 29999, "5h"},
        {-(5 * WHEN_HOUR + 30000), "5h1m"}, {3 * WHEN_DAY - 40, "3d"},
    };
    char out[16];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        when_format_apart(rows[i].ms, out, sizeof out);
        assert_string_equal(out, rows[i].text);
    }
}

/* Chicago around 2026, and a place whose clocks moved by half an hour at midnight. */
static void clocks_change(void **state)
{
    static const struct when_zone chicago = {{-21600, -18000, -21600}, 2, {INT64_C(1772956800000), INT64_C(1793516400000)}},
                                  half = {{34200, 36000}, 1, {INT64_C(1772893800000)}}, utc;
    static const struct { const struct when_zone *zone; const char *at, *local, *back; } rows[] = {
        {&chicago, "2026-03-08T07:59:59Z", "2026-03-08T01:59:59Z", NULL}, {&chicago, "2026-03-08T08:00:00Z", "2026-03-08T03:00:00Z", NULL},
        {&chicago, "2026-11-01T06:30:00Z", "2026-11-01T01:30:00Z", NULL}, {&chicago, "2026-11-01T07:30:00Z", "2026-11-01T01:30:00Z", "2026-11-01T06:30:00Z"},
        {&chicago, "2026-11-01T08:00:00Z", "2026-11-01T02:00:00Z", NULL}, {&chicago, "2020-07-01T06:00:00Z", "2020-07-01T00:00:00Z", NULL},
        {&chicago, "2030-07-01T06:00:00Z", "2030-07-01T00:00:00Z", NULL}, {&half, "2026-03-07T14:29:59Z", "2026-03-07T23:59:59Z", NULL},
        {&half, "2026-03-07T14:30:00Z", "2026-03-08T00:30:00Z", NULL}, {&utc, "1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z", NULL},
    };
    static const struct { const struct when_zone *zone; const char *local, *at; } skipped[] = {
        {&chicago, "2026-03-08T02:30:00Z", "2026-03-08T08:30:00Z"}, {&half, "2026-03-08T00:00:00Z", "2026-03-07T14:30:00Z"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t at, local, back;
        assert_true(when_parse(rows[i].at, strlen(rows[i].at), &at, NULL));
        assert_true(when_parse(rows[i].local, strlen(rows[i].local), &local, NULL));
        assert_true(when_parse(rows[i].back ? rows[i].back : rows[i].at, strlen(rows[i].at), &back, NULL));
        assert_int_equal(when_local(rows[i].zone, at), local);
        assert_int_equal(when_instant(rows[i].zone, local), back);
    }
    for (size_t i = 0; i < sizeof skipped / sizeof *skipped; i++) {
        int64_t at, local;
        assert_true(when_parse(skipped[i].at, strlen(skipped[i].at), &at, NULL));
        assert_true(when_parse(skipped[i].local, strlen(skipped[i].local), &local, NULL));
        assert_int_equal(when_instant(skipped[i].zone, local), at);
    }
    assert_int_equal(when_day_number(-1), -1);
    assert_int_equal(when_day_number(WHEN_DAY), 1);
    assert_int_equal(when_day_start(-WHEN_DAY), -WHEN_DAY);
    assert_true(when_zone_equal(&chicago, &chicago) && !when_zone_equal(&chicago, &half));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_become_days),
        cmocka_unit_test(every_day_follows_the_one_before),
        cmocka_unit_test(carriers_shapes_are_read),
        cmocka_unit_test(nonsense_is_no_instant),
        cmocka_unit_test(no_instant_prints_nothing),
        cmocka_unit_test(durations_are_read),
        cmocka_unit_test(spans_fit_seven_columns),
        cmocka_unit_test(clocks_apart_are_so_to_the_nearest),
        cmocka_unit_test(clocks_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
