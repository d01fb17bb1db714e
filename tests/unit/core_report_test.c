#include "core/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/when.h"

static int64_t at(const char *text)
{
    int64_t ms;
    assert_true(when_parse(text, strlen(text), &ms, NULL));
    return ms;
}

static void each_table_is_whole(void **state)
{
    (void)state;
    for (int i = 0; i < REPORT_COUNT; i++) {
        enum report r = (enum report)i, found;
        char first[16];
        assert_true(report_find(report_name(r), &found));
        assert_int_equal(found, r);
        assert_non_null(report_column(report_main(r)));
        assert_true(strncmp(report_query(r), "report_", 7) == 0);
        snprintf(first, sizeof first, "%.*s", (int)strcspn(report_groupings(r), " "), report_groupings(r));
        assert_true(report_groups(r, first));
        assert_false(report_groups(r, ""));
        assert_false(report_groups(r, "carrie"));
    }
    assert_false(report_find("nothing", &(enum report){REPORT_CSAT}));
    assert_null(report_column("nothing"));
    static const struct report_column columns[] = {
#define X(name, title, unit, filter, narrow, help) {name, title, unit, filter, narrow, help},
        REPORT_COLUMNS(X)
#undef X
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (*columns[i].filter) {
            char name[32];
            snprintf(name, sizeof name, "%.*s", (int)strcspn(columns[i].filter, "/"), columns[i].filter);
            assert_int_equal(report_column(name)->unit, UNIT_FILTER);
        }
}

/* Friday, 14:30 UTC; in zone -5 h 09:30, in +5:30 20:00. */
#define NOW "2026-11-20T14:30:00Z"

static const struct when_zone utc;

static void periods(void **state)
{
    static const struct { const char *text; int32_t zone; const char *from, *to, *was, *said; } rows[] = {
        {"today", 0, "2026-11-20T00:00Z", "2026-11-20T15:00Z", "2026-11-19T00:00Z", "2026-11-20 to 2026-11-20 15:00"},
        {"today", -18000, "2026-11-20T05:00Z", "2026-11-20T15:00Z", "2026-11-19T05:00Z", "2026-11-20 to 2026-11-20 10:00"},
        {"today", 19800, "2026-11-19T18:30Z", "2026-11-20T15:30Z", "2026-11-18T18:30Z", "2026-11-20 to 2026-11-20 21:00"},
        {"today", 20700, "2026-11-19T18:15Z", "2026-11-20T15:15Z", "2026-11-18T18:15Z", "2026-11-20 to 2026-11-20 21:00"},
        {"yesterday", -12600, "2026-11-19T03:30Z", "2026-11-20T03:30Z", "2026-11-18T03:30Z", "2026-11-19"},
        {"2026-11-20 08:15..2026-11-20 09:45", 20700, "2026-11-20T02:30Z", "2026-11-20T04:00Z", "2026-11-20T01:00Z", "2026-11-20 08:15 to 2026-11-20 09:45"},
        {"today", 420, "2026-11-19T23:45Z", "2026-11-20T15:00Z", "2026-11-18T23:45Z", "2026-11-20 to 2026-11-20 15:07"},
        {"yesterday", 3600, "2026-11-18T23:00Z", "2026-11-19T23:00Z", "2026-11-17T23:00Z", "2026-11-19"},
        {"7d", 0, "2026-11-14T00:00Z", "2026-11-20T15:00Z", "2026-11-07T00:00Z", "2026-11-14 to 2026-11-20 15:00"},
        {"12h", 0, "2026-11-20T03:00Z", "2026-11-20T15:00Z", "2026-11-19T15:00Z", "2026-11-20 03:00 to 2026-11-20 15:00"},
        {"week", 0, "2026-11-16T00:00Z", "2026-11-20T15:00Z", "2026-11-11T00:00Z", "2026-11-16 to 2026-11-20 15:00"},
        {"last week", 0, "2026-11-09T00:00Z", "2026-11-16T00:00Z", "2026-11-02T00:00Z", "2026-11-09 to 2026-11-15"},
        {"month", 0, "2026-11-01T00:00Z", "2026-11-20T15:00Z", "2026-10-01T00:00Z", "2026-11-01 to 2026-11-20 15:00"},
        {"last month", 0, "2026-10-01T00:00Z", "2026-11-01T00:00Z", "2026-09-01T00:00Z", "2026-10-01 to 2026-10-31"},
        {"2026-11-18", -18000, "2026-11-18T05:00Z", "2026-11-19T05:00Z", "2026-11-17T05:00Z", "2026-11-18"},
        {"2026-11-02..2026-11-15", 0, "2026-11-02T00:00Z", "2026-11-16T00:00Z", "2026-10-19T00:00Z", "2026-11-02 to 2026-11-15"},
        {"2026-11-15..2026-11-30", 0, "2026-11-15T00:00Z", "2026-11-20T15:00Z", "2026-11-09T00:00Z", "2026-11-15 to 2026-11-20 15:00"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct report_period p, was;
        struct err e = {0};
        char said[80];
        struct when_zone zone = {.offset = {rows[i].zone}};
        if (!report_period_parse(rows[i].text, at(NOW), &zone, &p, &e))
            fail_msg("%s: %s", rows[i].text, e.text);
        was = report_period_previous(&p, &zone);
        report_period_text(&p, &zone, said, sizeof said);
        if (p.from != at(rows[i].from) || p.to != at(rows[i].to) || was.from != at(rows[i].was))
            fail_msg("%s in zone %d", rows[i].text, (int)rows[i].zone);
        assert_string_equal(said, rows[i].said);
        assert_true(was.to <= p.from && was.from < was.to);
    }
}

/* Chicago: clocks go back at 07:00 UTC on 2026-11-01, a Sunday of 25 hours, and on at 08:00 on 2026-03-08, one of 23. Havana's
 * go back at one o'clock in the night: that Sunday's midnight comes twice. Lord Howe's move by half an hour. */
static void periods_where_clocks_change(void **state)
{
    static const struct when_zone chicago = {{-21600, -18000, -21600, -18000}, 3, {INT64_C(1772956800000), INT64_C(1793516400000), INT64_C(1805011200000)}},
                                  havana = {{-14400, -18000}, 1, {INT64_C(1793509200000)}},
                                  lord_howe = {{37800, 39600}, 1, {INT64_C(1791041400000)}};
    static const struct { const struct when_zone *zone; const char *now, *text, *from, *to, *was_from, *was_to, *said; } rows[] = {
        {&chicago, "2026-11-02T12:00Z", "yesterday", "2026-11-01T05:00Z", "2026-11-02T06:00Z", "2026-10-31T05:00Z", "2026-11-01T05:00Z", "2026-11-01"},
        {&chicago, "2026-03-09T12:00Z", "2026-03-08", "2026-03-08T06:00Z", "2026-03-09T05:00Z", "2026-03-07T06:00Z", "2026-03-08T06:00Z", "2026-03-08"},
        {&chicago, "2026-11-01T18:00Z", "today", "2026-11-01T05:00Z", "2026-11-01T19:00Z", "2026-10-31T05:00Z", "2026-10-31T19:00Z", "2026-11-01 to 2026-11-01 13:00"},
        {&chicago, "2026-11-04T12:00Z", "last week", "2026-10-26T05:00Z", "2026-11-02T06:00Z", "2026-10-19T05:00Z", "2026-10-26T05:00Z", "2026-10-26 to 2026-11-01"},
        {&chicago, "2026-12-04T12:00Z", "last month", "2026-11-01T05:00Z", "2026-12-01T06:00Z", "2026-10-01T05:00Z", "2026-10-31T05:00Z", "2026-11-01 to 2026-11-30"},
        {&chicago, "2026-11-04T12:30Z", "7d", "2026-10-29T05:00Z", "2026-11-04T13:00Z", "2026-10-22T05:00Z", "2026-10-28T13:00Z", "2026-10-29 to 2026-11-04 07:00"},
        {&chicago, "2026-11-20T12:00Z", "2026-10-30T08:00..2026-11-02T08:00", "2026-10-30T13:00Z", "2026-11-02T14:00Z", "2026-10-27T12:00Z", "2026-10-30T13:00Z",
         "2026-10-30 08:00 to 2026-11-02 08:00"},
        {&havana, "2026-11-02T12:00Z", "2026-11-01", "2026-11-01T04:00Z", "2026-11-02T05:00Z", "2026-10-31T04:00Z", "2026-11-01T04:00Z", "2026-11-01"},
        {&lord_howe, "2026-10-05T12:00Z", "2026-10-04", "2026-10-03T13:30Z", "2026-10-04T13:00Z", "2026-10-02T13:30Z", "2026-10-03T13:30Z", "2026-10-04"},
        {&lord_howe, "2026-10-05T12:10Z", "2026-10-04..2026-10-05", "2026-10-03T13:30Z", "2026-10-05T13:00Z", "2026-10-01T13:30Z", "2026-10-03T13:30Z",
         "2026-10-04 to 2026-10-05"},
        {&lord_howe, "2026-10-03T22:10Z", "today", "2026-10-03T13:30Z", "2026-10-03T23:00Z", "2026-10-02T13:30Z", "2026-10-02T23:00Z",
         "2026-10-04 to 2026-10-04 10:00"},
        {&chicago, "2027-01-02T12:00Z", "400d", "2025-11-29T06:00Z", "2027-01-02T13:00Z", "2024-10-25T06:00Z", "2025-11-28T13:00Z", "2025-11-29 to 2027-01-02 07:00"},
        {&utc, "2028-03-02T12:00Z", "last month", "2028-02-01T00:00Z", "2028-03-01T00:00Z", "2028-01-01T00:00Z", "2028-01-30T00:00Z", "2028-02-01 to 2028-02-29"},
        {&utc, "2028-03-02T12:00Z", "2028-02-29", "2028-02-29T00:00Z", "2028-03-01T00:00Z", "2028-02-28T00:00Z", "2028-02-29T00:00Z", "2028-02-29"},
        {&utc, "2027-01-02T12:00Z", "week", "2026-12-28T00:00Z", "2027-01-02T13:00Z", "2026-12-22T00:00Z", "2026-12-27T13:00Z", "2026-12-28 to 2027-01-02 13:00"},
        {&utc, "2027-01-02T12:00Z", "last month", "2026-12-01T00:00Z", "2027-01-01T00:00Z", "2026-11-01T00:00Z", "2026-12-01T00:00Z", "2026-12-01 to 2026-12-31"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct report_period p, was;
        struct err e = {0};
        char said[80];
        if (!report_period_parse(rows[i].text, at(rows[i].now), rows[i].zone, &p, &e))
            fail_msg("%s: %s", rows[i].text, e.text);
        was = report_period_previous(&p, rows[i].zone);
        report_period_text(&p, rows[i].zone, said, sizeof said);
        char line[280], got[4][40];
        for (int k = 0; k < 4; k++)
            when_format_utc((const int64_t[]){p.from, p.to, was.from, was.to}[k], got[k], sizeof got[k]);
        snprintf(line, sizeof line, "%s %s %s %s %s", got[0], got[1], got[2], got[3], said);
        if (p.from != at(rows[i].from) || p.to != at(rows[i].to) || was.from != at(rows[i].was_from) || was.to != at(rows[i].was_to) || strcmp(said, rows[i].said) != 0)
            fail_msg("%s at %s: %s", rows[i].text, rows[i].now, line);
    }
}

static void wrong_periods(void **state)
{
    static const struct { const char *text, *says; } rows[] = {
        {"", "is not a period – write today, yesterday"}, {"soon", "is not a period"}, {"30m", "is not a period"}, {"2026-02-30", "is not a period"},
        {"2026-11-15..", "is not a period"}, {"2026-11-15..2026-11-01", "ends before it begins"}, {"401d", "over 400 days at most"},
        {"2026-11-21", "has not begun"}, {"9999999999999d", "is not a period"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct report_period p;
        struct err e = {0};
        if (report_period_parse(rows[i].text, at(NOW), &utc, &p, &e) || !strstr(e.text, rows[i].says))
            fail_msg("%s: %s", rows[i].text, e.text);
    }
}

static void parameters(void **state)
{
    struct report_ask ask = {.report = REPORT_RESPONSE, .period = {at("2026-11-02T00:00Z"), at("2026-11-09T00:00Z")}, .kind = "lost", .brand = "", .zone = &utc};
    struct report_params p;
    (void)state;
    report_params(&ask, &p);
    assert_string_equal(p.at[0], "2026-11-02T00:00:00Z");
    assert_string_equal(p.at[1], "2026-11-09T00:00:00Z");
    assert_string_equal(p.at[2], "kind");
    assert_null(p.at[3]);
    assert_string_equal(p.at[4], "lost");
    assert_null(p.at[5]);
    assert_string_equal(p.at[6], "0");
    assert_string_equal(p.at[7], "2026-10-26T00:00:00Z");
    assert_string_equal(p.at[8], "2026-11-02T00:00:00Z");
    static const struct when_zone chicago = {{-21600, -18000, -21600, -18000}, 3, {INT64_C(1772956800000), INT64_C(1793516400000), INT64_C(1805011200000)}};
    ask.zone = &chicago;
    ask.period = (struct report_period){at("2026-11-02T06:00Z"), at("2026-11-09T06:00Z")};
    report_params(&ask, &p);
    assert_string_equal(p.at[6], "-18000 1793516400=-21600");      /* as clocks went from two days before the period before on */
    assert_string_equal(p.at[7], "2026-10-26T05:00:00Z");
    assert_string_equal(p.at[8], "2026-11-02T06:00:00Z");
    ask.period = (struct report_period){at("2027-01-02T06:00Z"), at("2027-01-03T06:00Z")};
    report_params(&ask, &p);
    assert_string_equal(p.at[6], "-21600");
}

static void cells(void **state)
{
    static const struct { enum report_unit unit; const char *cell; size_t width; bool blocks; const char *shown; } rows[] = {
        {UNIT_COUNT, "1234567", 0, true, "1,234,567"}, {UNIT_COUNT, "-1000", 0, true, "-1,000"}, {UNIT_COUNT, "12", 0, true, "12"},
        {UNIT_PERCENT, "93.4", 0, true, "93.4%"}, {UNIT_DELTA, "12.5", 0, true, "+12.5%"}, {UNIT_DELTA, "-3.0", 0, true, "-3.0%"},
        {UNIT_DELTA, "0.0", 0, true, "0.0%"}, {UNIT_POINTS, "1.5", 0, true, "+1.5"}, {UNIT_SECONDS, "10740", 0, true, "2h59m"},
        {UNIT_PERCENT, NULL, 0, true, "–"}, {UNIT_PERCENT, NULL, 0, false, "-"}, {UNIT_TEXT, "", 0, true, ""},
        {UNIT_SPARK, "[0, 1, 8, 100]", 0, true, " ▁▁█"}, {UNIT_SPARK, "[0, 5, 10]", 0, false, " +@"},
        {UNIT_SPARK, "[1, 1, 4, 4]", 2, true, "▂█"}, {UNIT_SPARK, "[]", 0, true, ""}, {UNIT_SPARK, "[-1, 0]", 0, true, "  "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b;
        buf_init(&b, 0);
        report_cell(rows[i].unit, rows[i].cell, rows[i].width, rows[i].blocks, &b);
        assert_string_equal(buf_str(&b), rows[i].shown);
        buf_finish(&b);
    }
}

static void bars_and_shades(void **state)
{
    static const struct { double n, most; bool blocks; const char *shown; } rows[] = {
        {10, 10, true, "████"}, {5, 10, true, "██"}, {1, 1000, true, "▏"}, {0, 10, true, ""}, {3, 0, true, ""}, {20, 10, false, "####"}, {1, 1000, false, "#"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b;
        buf_init(&b, 0);
        report_bar(rows[i].n, rows[i].most, 4, rows[i].blocks, &b);
        assert_string_equal(buf_str(&b), rows[i].shown);
        buf_finish(&b);
    }
    assert_string_equal(report_shade(0, 10, true), " ");
    assert_string_equal(report_shade(1, 1000, true), "░");
    assert_string_equal(report_shade(10, 10, true), "█");
    assert_string_equal(report_shade(5, 10, false), "+");
    assert_string_equal(report_shade(5, 0, false), " ");
}

static void filters_behind_cells(void **state)
{
    char *names[] = {"what", "opened", "change", "filter"}, *row[] = {"ups", "5", "1.0", "carrier:ups"};
    struct table t = {.columns = 4, .rows = 1, .names = names, .cells = row};
    (void)state;
    assert_string_equal(report_filter(&t, 0, 1), "carrier:ups");
    assert_string_equal(report_filter(&t, 0, 2), "");
    assert_string_equal(report_filter(&t, 1, 1), "");
    assert_string_equal(report_filter(&t, 0, 9), "");
    char *people[] = {"what", "sent", "sends", "filter"}, *did[] = {"sms", "5", "", "brand:\"a@b\" message:sms@today state:any"};
    struct table e = {.columns = 4, .rows = 1, .names = people, .cells = did};
    assert_string_equal(report_filter(&e, 0, 1), "brand:\"a@b\" message:sms/taken@today state:any");
    assert_string_equal(report_filter(&e, 0, 0), "brand:\"a@b\" message:sms@today state:any");
    did[3] = "";
    assert_string_equal(report_filter(&e, 0, 1), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_table_is_whole), cmocka_unit_test(periods), cmocka_unit_test(periods_where_clocks_change),         cmocka_unit_test(wrong_periods),        cmocka_unit_test(parameters),
        cmocka_unit_test(cells),               cmocka_unit_test(bars_and_shades), cmocka_unit_test(filters_behind_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
