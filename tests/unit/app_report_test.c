/* Reports: read, another one, another period, narrowed; what answers too late is not shown; the number under the cursor opens its queue. */
#include "unit/app_helpers.h"
#include "unit/sheet_fixture.h"

#include "app/reports.h"

static struct rig rig;
static struct world world;

static int live(void **state)
{
    (void)state;
    rig_live(&rig, &world, 5);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rig_stop(&rig);
    return 0;
}

static const char columns[] = "what|opened|was|change|share|resolved|reopened|spark|filter|was_filter|resolved_filter";
static const char *const carriers[] = {
    "ups|120|80|50.0|60.0|90|2|[1,2,3]|carrier:ups on:x state:any|carrier:ups on:y state:any|carrier:ups done:x",
    "fedex|60|60|0.0|30.0|40|0|[3,2,1]|carrier:fedex on:x state:any|carrier:fedex on:y state:any|carrier:fedex done:x",
    "dhl|20|0||10.0|9|0|[0,0,1]|carrier:dhl on:x state:any||",
};
static const char heat_columns[] = "what|opened|was|change|hours|filter|was_filter";
static const char *const heat[] = {
    "ups|120|80|50.0|[0,0,0,0,0,0,0,0,0,0,0,0,0,0,120,0,0,0,0,0,0,0,0,0]|carrier:ups on:x|carrier:ups on:y",
    "dhl|3|0||[1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,2]|carrier:dhl on:x|carrier:dhl on:y",
};

/* The request of that query; -1: none was sent. */
static int asked(const char *query)
{
    for (int i = 0; i < rig.sent_count; i++)
        if (rig.sent[i].kind == REQ_TABLE && strcmp(rig.sent[i].table.query, query) == 0)
            return i;
    return -1;
}

static const char *param(const char *query, size_t i)
{
    int at = asked(query);
    assert_true(at >= 0);
    assert_true(i < rig.sent[at].table.param_count);
    return rig.sent[at].table.params[i];
}

static void give(const char *query, const char *names, const char *const *rows, size_t count)
{
    int i = asked(query);
    if (i < 0)
        fail_msg("%s was not asked", query);
    struct request q = rig_take(&rig, i);
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true, .table = table_fixture(names, rows, count)};
    request_finish(&q);
    rig_reply(&rig, &r);
}

static void refuse(const char *query, enum err_code code, const char *text)
{
    struct request q = rig_take(&rig, asked(query));
    struct reply r = {.kind = q.kind, .number = q.number};
    err_set(&r.error, code, NULL, "%s", text);
    request_finish(&q);
    rig_reply(&rig, &r);
}

static void open_reports(void)
{
    rig_keys(&rig, "P");
    assert_int_equal(rig.m.screen, SCREEN_REPORT);
    give("report_exceptions", columns, carriers, 3);
}

static const char *behind(void)
{
    static char filter[512];
    reports_filter(&rig.m, filter, sizeof filter);
    return filter;
}

static void said(const char *what)
{
    if (!strstr(rig.m.toast, what))
        fail_msg("wanted \"%s\", said \"%s\"", what, rig.m.toast);
}

static void opens_and_goes_back(void **state)
{
    (void)state;
    rig_keys(&rig, "P");
    assert_false(rig.m.reports.known);
    assert_string_equal(param("report_exceptions", 0), "2025-11-16T00:00:00Z");   /* seven days, today with them */
    assert_string_equal(param("report_exceptions", 1), "2025-11-22T13:00:00Z");
    assert_string_equal(param("report_exceptions", 2), "carrier");
    assert_null(param("report_exceptions", 3));
    assert_string_equal(param("report_exceptions", 7), "2025-11-09T00:00:00Z");
    give("report_exceptions", columns, carriers, 3);
    assert_true(rig.m.reports.known);
    assert_int_equal(rig.m.reports.table.rows, 3);
    rig_keys(&rig, "<Esc>");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
}

static void the_next_report_and_the_one_before(void **state)
{
    (void)state;
    open_reports();
    rig_keys(&rig, "<Tab>");
    assert_int_equal(rig.m.reports.report, REPORT_HEAT);
    assert_false(rig.m.reports.known);                  /* the numbers of another report are not taken for its own */
    assert_int_equal(rig.m.reports.table.rows, 0);
    give("report_heat", heat_columns, heat, 2);
    rig_keys(&rig, "<S-Tab><S-Tab>");
    assert_int_equal(rig.m.reports.report, REPORT_AGENTS);
    rig_keys(&rig, "3");
    assert_int_equal(rig.m.reports.report, REPORT_ONTIME);
    rig_keys(&rig, ":reports heat<Enter>");          /* by name, as `doorstep report` has them */
    assert_int_equal(rig.m.prompt.kind, PROMPT_NONE);
    assert_int_equal(rig.m.reports.report, REPORT_HEAT);
    rig_keys(&rig, ":reports nosuch<Enter>");
    assert_int_equal(rig.m.reports.report, REPORT_HEAT);
}

static void a_period_from_the_menu_and_one_that_is_typed(void **state)
{
    (void)state;
    open_reports();
    rig_keys(&rig, "p");
    assert_int_equal(rig.m.menu.kind, MENU_REPORT_PERIOD);
    rig_keys(&rig, "j<Enter>");
    assert_string_equal(rig.m.reports.period, "yesterday");
    assert_string_equal(param("report_exceptions", 0), "2025-11-21T00:00:00Z");
    assert_string_equal(param("report_exceptions", 1), "2025-11-22T00:00:00Z");
    give("report_exceptions", columns, carriers, 3);
    rig_keys(&rig, "p<End><Enter>");
    assert_int_equal(rig.m.prompt.kind, PROMPT_REPORT_PERIOD);
    rig_keys(&rig, "2025-11-20..2025-11-01<Enter>");
    assert_int_equal(rig.m.prompt.kind, PROMPT_REPORT_PERIOD);   /* it stays open, with what is wrong */
    assert_non_null(strstr(rig.m.prompt.error, "ends before it begins"));
    assert_int_equal(asked("report_exceptions"), -1);
    rig_keys(&rig, "C-u2025-11-01..2025-11-02<Enter>");
    assert_string_equal(param("report_exceptions", 0), "2025-11-01T00:00:00Z");
    assert_string_equal(param("report_exceptions", 1), "2025-11-03T00:00:00Z");
}

static void narrowed(void **state)
{
    (void)state;
    open_reports();
    rig_keys(&rig, "/carrier:ups kind:nosuch<Enter>");
    assert_non_null(strstr(rig.m.prompt.error, "there is no kind \"nosuch\""));
    rig_keys(&rig, "C-ucarrier:ups kind:stalled<Enter>");
    assert_string_equal(param("report_exceptions", 3), "ups");
    assert_string_equal(param("report_exceptions", 4), "stalled");
    give("report_exceptions", columns, carriers, 1);
    rig_keys(&rig, "5");                                 /* messages are of no carrier: it says so, and is asked without */
    assert_null(param("report_messages", 3));
    assert_null(param("report_messages", 4));
    assert_false(reports_narrows(&rig.m.reports));
    rig_keys(&rig, "1/");
    assert_string_equal(rig.m.prompt.text, "carrier:ups kind:stalled ");
    rig_keys(&rig, "C-u<Enter>");
    assert_true(reports_narrows(&rig.m.reports));
    assert_string_equal(rig.m.reports.carrier, "");
}

static void grouped(void **state)
{
    (void)state;
    open_reports();
    rig_keys(&rig, "s");
    assert_int_equal(rig.m.menu.kind, MENU_REPORT_BY);
    rig_keys(&rig, "j<Enter>");
    assert_string_equal(param("report_exceptions", 2), "service");
    give("report_exceptions", columns, carriers, 3);
    rig_keys(&rig, "5");
    assert_string_equal(param("report_messages", 2), "template");   /* one it has not: its first */
}

/* An answer to what is not shown any more, be it right or wrong, changes nothing; what is shown is read after it. */
static void a_stale_answer(void **state)
{
    (void)state;
    rig_keys(&rig, "P");
    rig_keys(&rig, "2");
    assert_int_equal(asked("report_heat"), -1);          /* one at a time */
    give("report_exceptions", columns, carriers, 3);
    assert_int_equal(rig.m.reports.table.rows, 0);
    give("report_heat", heat_columns, heat, 2);
    assert_int_equal(rig.m.reports.table.rows, 2);
    rig_keys(&rig, "4");
    rig_keys(&rig, "1");
    refuse("report_response", ERR_INPUT, "there is no carrier \"x\"");
    assert_string_equal(rig.m.reports.error, "");
    give("report_exceptions", columns, carriers, 3);
    assert_int_equal(rig.m.reports.table.rows, 3);
}

static void a_refusal_is_shown(void **state)
{
    (void)state;
    rig_keys(&rig, "P");
    refuse("report_exceptions", ERR_INPUT, "there is no carrier \"x\"");
    assert_string_equal(rig.m.reports.error, "there is no carrier \"x\"");
    said("there is no carrier");
    rig_keys(&rig, "/carrier:ups<Enter>");
    assert_string_equal(rig.m.reports.error, "");
    give("report_exceptions", columns, carriers, 3);
}

/* Numbers stay while there is no connection, and are read again when there is one. */
static void without_a_connection(void **state)
{
    (void)state;
    open_reports();
    rig_keys(&rig, "j");
    rig_link(&rig, LINK_DOWN, "connection refused");
    rig_keys(&rig, "jk<Right>");
    assert_int_equal(rig.m.reports.table.rows, 3);
    assert_int_equal(rig.m.reports.cursor, 1);
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig.m.screen, SCREEN_REPORT);       /* there is nothing to open it from */
    for (int i; (i = asked("rollup_now")) >= 0;)
        refuse("rollup_now", ERR_UNREACHABLE, "gone");
    rig_link(&rig, LINK_LIVE, NULL);
    static const char *const later[] = {
        "fedex|70|60|16.7|30.0|40|0|[3,2,1]|carrier:fedex on:x state:any||", "ups|40|80|-50.0|60.0|90|2|[1,2,3]|carrier:ups on:x||",
    };
    for (int guard = 0; asked("report_exceptions") < 0; guard++) {
        assert_true(guard < 3 && rig.sent_count);
        struct request q = rig_take(&rig, 0);
        struct reply r;
        world_answer(&world, &q, &r);
        request_finish(&q);
        rig_reply(&rig, &r);
    }
    give("report_exceptions", columns, later, 2);
    assert_int_equal(rig.m.reports.cursor, 0);           /* fedex, wherever it is by now */
    assert_string_equal(rig.m.reports.line, "fedex");
}

static void the_number_opens_its_queue(void **state)
{
    (void)state;
    open_reports();
    assert_string_equal(behind(), "carrier:ups on:x state:any");
    rig_keys(&rig, "<Right>");
    assert_string_equal(behind(), "carrier:ups on:y state:any");
    rig_keys(&rig, "<Right>");
    assert_string_equal(behind(), "carrier:ups done:x");
    rig_keys(&rig, "<Right><Right>");                    /* the last one that has a queue */
    assert_string_equal(behind(), "carrier:ups done:x");
    rig_keys(&rig, "G");
    assert_string_equal(behind(), "");
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig.m.screen, SCREEN_REPORT);
    said("no queue behind");
    rig_keys(&rig, "<Left><Left><Left>gg");
    free(rig.m.reports.table.cells[8]);              /* a filter as the queue reads it */
    rig.m.reports.table.cells[8] = xstrdup("carrier:ups on:2025-11-16..2025-11-22 state:any");
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
    assert_string_equal(rig.m.filter, "carrier:ups on:2025-11-16..2025-11-22 state:any");
    rig_keys(&rig, "P");                                 /* where it was */
    assert_int_equal(rig.m.reports.cursor, 0);
    assert_int_equal(rig.m.reports.table.rows, 3);
}

/* In the heat map the hours stand to the right of the numbers. */
static void an_hour_opens_its_own(void **state)
{
    (void)state;
    rig_keys(&rig, "P2");
    give("report_exceptions", columns, carriers, 3);
    give("report_heat", heat_columns, heat, 2);
    assert_int_equal(reports_hour(&rig.m), -1);
    rig_keys(&rig, "<Right>");
    assert_string_equal(behind(), "carrier:ups on:y");
    rig_keys(&rig, "<Right>");
    assert_int_equal(reports_hour(&rig.m), 0);
    assert_string_equal(behind(), "hour:0 carrier:ups on:x");
    rig_keys(&rig, "<Right><Right>j");
    assert_string_equal(behind(), "hour:2 carrier:dhl on:x");
    rig_keys(&rig, "<Left><Left><Left>");
    assert_string_equal(behind(), "carrier:dhl on:y");
    rig_keys(&rig, "<Left><Left>");                      /* round the end */
    assert_int_equal(reports_hour(&rig.m), 23);
    assert_string_equal(behind(), "hour:23 carrier:dhl on:x");
    rig_keys(&rig, "<Right>");
    assert_string_equal(behind(), "carrier:dhl on:x");
    rig_keys(&rig, "<Left>1");                           /* in another report there are no hours */
    give("report_exceptions", columns, carriers, 3);
    assert_int_equal(reports_hour(&rig.m), -1);
    assert_string_equal(behind(), "carrier:ups on:x state:any");
}

/* Numbers nobody has counted anew for five minutes are called old; what is not known is not. */
static void how_old_the_numbers_are(void **state)
{
    static const char names[] = "passed_at|waiting|since";
    (void)state;
    open_reports();
    assert_false(reports_lag(&rig.m));
    give("rollup_now", names, (const char *const[]){"2025-11-22T11:59:00Z|3|2025-11-01T00:00:00Z"}, 1);
    assert_false(reports_lag(&rig.m));
    rig_keys(&rig, "<Tab>");
    give("rollup_now", names, (const char *const[]){"2025-11-22T11:00:00Z|0|2025-11-01T00:00:00Z"}, 1);
    assert_true(reports_lag(&rig.m));
    give("report_heat", heat_columns, heat, 2);
    rig_keys(&rig, "<Tab>");
    give("rollup_now", names, (const char *const[]){"|12|"}, 1);
    assert_true(reports_lag(&rig.m));
    give("report_ontime", "what|delivered", NULL, 0);
    rig_keys(&rig, "<Tab>");
    refuse("rollup_now", ERR_REFUSED, "no");
    assert_false(reports_lag(&rig.m));
}

static void a_smaller_window_keeps_the_cursor_in_sight(void **state)
{
    static const char *many[40];
    (void)state;
    for (size_t i = 0; i < 40; i++)
        many[i] = "lane|1|1|0.0|1.0|1|0|[1]|carrier:ups||";
    rig_keys(&rig, "P");
    give("report_exceptions", columns, many, 40);
    for (int i = 0; i < 25; i++)
        rig_keys(&rig, "j");
    assert_int_equal(rig.m.reports.cursor, 25);
    rig_send(&rig, (struct msg){.kind = MSG_RESIZE, .rows = 16, .cols = 80});
    assert_in_range(25, reports_top(&rig.m), reports_top(&rig.m) + (size_t)reports_lines(&rig.m) - 1);
    int lines = reports_lines(&rig.m);
    rig_link(&rig, LINK_DOWN, "connection refused");      /* what is said of it takes a line */
    assert_int_equal(reports_lines(&rig.m), lines - 1);
    assert_in_range(25, reports_top(&rig.m), reports_top(&rig.m) + (size_t)reports_lines(&rig.m) - 1);
    rig_keys(&rig, "gg");
    assert_int_equal(rig.m.reports.top, 0);
    rig_keys(&rig, "G");
    assert_int_equal(rig.m.reports.cursor, 39);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, live, stop)
int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        TEST(opens_and_goes_back), TEST(the_next_report_and_the_one_before), TEST(a_period_from_the_menu_and_one_that_is_typed), TEST(narrowed),
        TEST(grouped), TEST(a_stale_answer), TEST(a_refusal_is_shown), TEST(without_a_connection), TEST(the_number_opens_its_queue),
        TEST(an_hour_opens_its_own), TEST(how_old_the_numbers_are), TEST(a_smaller_window_keeps_the_cursor_in_sight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
