/* The screen of reports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>

#include "app/reports.h"
#include "unit/golden.h"
#include "unit/sheet_fixture.h"

static const struct { int rows, cols; const char *name; } sizes[] = {{36, 120, "120x36"}, {24, 80, "80x24"}, {16, 60, "60x16"}};
#define SIZES (sizeof sizes / sizeof sizes[0])

static const char columns[] = "what|opened|was|change|share|resolved|reopened|spark|filter|was_filter|resolved_filter";
static const char *const carriers[] = {
    "ups|12041|8031|49.9|60.2|9010|21|[80,12,40,99,120,30,44]|carrier:ups on:2026-11-15..2026-11-21 state:any sort:newest|carrier:ups on:2026-11-08..2026-11-14|carrier:ups done:2026-11-15",
    "fedex|6020|6060|-0.7|30.1|4011|0|[10,12,14,9,20,0,0]|carrier:fedex on:2026-11-15..2026-11-21|carrier:fedex on:2026-11-08..2026-11-14|carrier:fedex done:2026-11-15",
    "canada_post|1904|0||9.5|905|3|[0,0,0,0,0,0,1904]|carrier:canada_post on:2026-11-15||",
    "\u4f50\u5ddd\u6025\u4fbf|31|30|3.3|0.2|31|0|[1,2,3,4,5,6,10]|carrier:sagawa on:2026-11-15||",
};
static const char heat_columns[] = "what|opened|was|change|hours|filter|was_filter";
static const char *const heat[] = {
    "ups|12041|8031|49.9|[0,0,1,0,0,20,80,400,900,1200,1100,700,500,300,200,100,50,25,12,6,3,1,0,0]|carrier:ups on:2026-11-15..2026-11-21 state:any sort:newest|carrier:ups on:2026-11-08",
    "fedex|602|606|-0.7|[1,0,0,0,0,2,8,40,90,120,110,70,50,30,20,10,5,2,1,0,0,0,0,2]|carrier:fedex on:2026-11-15|carrier:fedex on:2026-11-08",
};
static const char response_columns[] = "what|opened|answered|first_p50|first_p90|first_met|first_missed|first_met_rate|first_spread|closed|resolve_p50|resolve_p90|resolve_met|resolve_missed|resolve_met_rate|resolve_spread|filter";
static const char *const response[] = {
    "failed_attempt|354|85|4560|13680|56|43|62.4|[2,3,4,8,9,2]|50|43200|129600|18|32|32.0|[1,2,3]|kind:failed_attempt on:2026-11-15..2026-11-21 state:any",
    "delivery_disputed|17|0|||0|0|||0||||0|||kind:delivery_disputed on:2026-11-15",
};

/* As reports_reply() leaves it. */
static struct report_page *begin(struct fixture *f, int rows, int cols, enum report report, const char *names, const char *const *lines, size_t count)
{
    fixture_init(f, rows, cols);
    f->m.screen = SCREEN_REPORT;
    f->m.countdown.until = WHEN_NONE;
    struct report_page *p = &f->m.reports;
    *p = (struct report_page){.report = report, .period = "7d", .known = true, .read_at = AGO(MINUTES(1)), .age_known = true, .passed_at = AGO(MINUTES(1)),
                              .table = table_fixture(names, lines, count)};
    assert_true(report_period_parse(p->period, FIXTURE_NOW, &f->m.zone, &p->shown, NULL));
    return p;
}

static void compare(struct fixture *f, const char *name, const char *size, bool styles)
{
    char full[80];
    snprintf(full, sizeof full, "%s_%s", name, size);
    golden_compare(f, full, styles);
    reports_finish(&f->m);
    fixture_finish(f);
}

static void exceptions(void **state)
{
    struct fixture f;
    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        begin(&f, sizes[i].rows, sizes[i].cols, REPORT_EXCEPTIONS, columns, carriers, 4)->cursor = 1;
        compare(&f, "report", sizes[i].name, false);
    }
    begin(&f, 24, 80, REPORT_EXCEPTIONS, columns, carriers, 4);
    f.m.settings.ascii = true;
    compare(&f, "report_ascii", "80x24", false);
}

/* The hour under the cursor stands out, and is what is opened. */
static void the_heat_map(void **state)
{
    struct fixture f;
    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        struct report_page *p = begin(&f, sizes[i].rows, sizes[i].cols, REPORT_HEAT, heat_columns, heat, 2);
        COPY_TEXT(p->column, "hours");
        p->hour = 14;
        compare(&f, "report_heat", sizes[i].name, i == 1);
    }
    begin(&f, 24, 80, REPORT_HEAT, heat_columns, heat, 2);
    f.m.settings.ascii = true;
    compare(&f, "report_heat_ascii", "80x24", false);
}

/* What is worth most is there on the smallest screen, too. */
static void response_times(void **state)
{
    struct fixture f;
    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        begin(&f, sizes[i].rows, sizes[i].cols, REPORT_RESPONSE, response_columns, response, 2);
        compare(&f, "report_response", sizes[i].name, false);
    }
}

/* What it is narrowed to is seen on a narrow screen; a report that is of all carriers says so. */
static void narrowed(void **state)
{
    struct fixture f;
    (void)state;
    struct report_page *p = begin(&f, 24, 80, REPORT_EXCEPTIONS, columns, carriers, 1);
    COPY_TEXT(p->carrier, "ups");
    COPY_TEXT(p->kind, "stalled");
    compare(&f, "report_narrowed", "80x24", false);
    p = begin(&f, 24, 80, REPORT_AGENTS, "what|actions|was|filter", (const char *const[]){"dana|12|10|"}, 1);
    COPY_TEXT(p->carrier, "ups");
    compare(&f, "report_all_carriers", "80x24", false);
}

/* Nothing in the period, not read yet, refused, not connected, not counted: each says which. */
static void when_there_is_nothing(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f, 16, 60, REPORT_EXCEPTIONS, columns, NULL, 0);
    compare(&f, "report_empty", "60x16", false);
    begin(&f, 16, 60, REPORT_EXCEPTIONS, columns, NULL, 0)->known = false;
    compare(&f, "report_reading", "60x16", false);
    struct report_page *p = begin(&f, 16, 60, REPORT_EXCEPTIONS, columns, NULL, 0);
    COPY_TEXT(p->error, "there is no carrier \"x\"");
    compare(&f, "report_refused", "60x16", false);
    begin(&f, 24, 80, REPORT_EXCEPTIONS, columns, carriers, 4);
    f.m.link = LINK_DOWN;
    f.m.retry_at = IN(4000);
    compare(&f, "report_down", "80x24", false);
    begin(&f, 24, 80, REPORT_EXCEPTIONS, columns, carriers, 4)->passed_at = AGO(HOURS(2));
    compare(&f, "report_old", "80x24", false);
    begin(&f, 16, 60, REPORT_EXCEPTIONS, columns, NULL, 0)->passed_at = WHEN_NONE;
    compare(&f, "report_never_counted", "60x16", false);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exceptions), cmocka_unit_test(the_heat_map), cmocka_unit_test(response_times), cmocka_unit_test(narrowed),
        cmocka_unit_test(when_there_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
