/* Typing: editing, completion, history, pasting garbage, and the times people write. */
#include "unit/app_helpers.h"

#include "app/moment.h"

static struct rig rig;
static struct world world;

static int live(void **state)
{
    (void)state;
    rig_live(&rig, &world, 30);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rig_stop(&rig);
    return 0;
}

static void check_text(const char *text, size_t at)
{
    assert_string_equal(rig.m.prompt.text, text);
    assert_int_equal(rig.m.prompt.len, strlen(text));
    assert_int_equal(rig.m.prompt.at, at);
}

static void editing(void **state)
{
    static const struct { const char *keys, *text; size_t at; } t[] = {
        {"abc", "abc", 3},
        {"abc<Left><Left>x", "axbc", 2},
        {"abc<BS>", "ab", 2},
        {"<BS><Del><Left><Right>", "", 0},
        {"abc<Home><Del>", "bc", 0},
        {"one two  C-w", "one ", 4},
        {"one two<Home>M-f", "one two", 3},
        {"one twoM-bM-b", "one two", 0},
        {"one two<Left><Left>C-u", "wo", 0},
        {"one two<Left><Left>C-k", "one t", 5},
        {"a\xc3\xa4\xe4\xb8\xad<BS><BS>", "a", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        rig_keys(&rig, "n");
        assert_int_equal(rig.m.prompt.kind, PROMPT_NOTE);
        rig_keys(&rig, t[i].keys);
        check_text(t[i].text, t[i].at);
        rig_keys(&rig, "<Esc>");
        assert_int_equal(rig.m.prompt.kind, PROMPT_NONE);
    }
}

static void marks_go_with_their_base(void **state)
{
    (void)state;
    rig_keys(&rig, "n");
    rig_paste(&rig, "xe\xcc\x81\xcc\xa7y");           /* e with two marks */
    rig_keys(&rig, "<Left><Left>");
    assert_int_equal(rig.m.prompt.at, 1);
    rig_keys(&rig, "<Del>");
    check_text("xy", 1);
}

static void pasted_garbage_is_harmless(void **state)
{
    char huge[5000];
    (void)state;
    int64_t cursor = rig.m.queue.cursor_id;
    rig_paste(&rig, "cccqqq");                        /* no prompt: never keys */
    assert_int_equal(rig_find(&rig, REQ_ACT), -1);
    assert_int_equal(rig.quits, 0);
    assert_int_equal(rig.m.queue.cursor_id, cursor);
    rig_keys(&rig, "n");
    rig_paste(&rig, "a\x1b]52;c;x\x07\r\nb\x9b\xff\xe2\x80\xae" "c");
    assert_null(strpbrk(rig.m.prompt.text, "\x1b\x07\r\n\x9b"));
    assert_null(strstr(rig.m.prompt.text, "\xe2\x80\xae"));
    assert_int_equal(rig.m.prompt.kind, PROMPT_NOTE);  /* the newline sent nothing */
    memset(huge, 'x', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    assert_string_equal(rig.m.prompt.error, "");
    rig_paste(&rig, huge);
    assert_string_equal(rig.m.prompt.error, "there is room for 1,023 bytes here: the rest was left out");
    rig_paste(&rig, "\xc3\xa4");
    assert_true(rig.m.prompt.len < PROMPT_TEXT);
    assert_int_equal(strlen(rig.m.prompt.text), rig.m.prompt.len);
}

static void completion_cycles(void **state)
{
    (void)state;
    rig_keys(&rig, ":se");
    assert_true(rig.m.prompt.options.count > 2);
    rig_keys(&rig, "<Tab>");
    check_text("severity", 8);
    rig_keys(&rig, "<Tab>");
    check_text("send", 4);
    rig_keys(&rig, "<S-Tab><S-Tab>");
    assert_string_not_equal(rig.m.prompt.text, "send");
    assert_string_not_equal(rig.m.prompt.text, "severity");
    rig_keys(&rig, "C-useverity h<Tab>");
    check_text("severity high", 13);
    rig_keys(&rig, "C-utnxt<Tab>");                   /* letters in order */
    check_text("take-next", 9);
    rig_keys(&rig, "<Esc>/sta<Tab>");
    rig_keys(&rig, "<Esc>");
}

static void people_complete(void **state)
{
    struct reply words = {.kind = REQ_WORDS, .ok = true};
    (void)state;
    rig_keys(&rig, "a");
    int at = rig_find(&rig, REQ_WORDS);
    words.number = rig.sent[at].number;
    words.words.items = xcalloc(2, sizeof *words.words.items);
    words.words.count = 2;
    for (size_t i = 0; i < 2; i++) {
        words.words.items[i].field = FIELD_OWNER;
        words.words.items[i].word = xstrdup(i ? "okafor" : "dana");
        words.words.items[i].label = xstrdup(i ? "lead" : "agent");
    }
    rig_reply(&rig, &words);
    rig_keys(&rig, "o<Tab>");
    check_text("okafor", 6);
    assert_string_equal(rig.m.prompt.hint, "hands #1 to okafor");
}

static void history_finds_what_begins_so(void **state)
{
    (void)state;
    rig_keys(&rig, ":sort newest<Enter>:theme light<Enter>");
    rig_settle(&rig, &world);
    assert_string_equal(rig.m.settings.theme, "light");
    assert_int_equal(rig.m.sort, SORT_NEWEST);
    rig_keys(&rig, ":<Up>");
    check_text("theme light", 11);
    rig_keys(&rig, "<Up>");
    check_text("sort newest", 11);
    rig_keys(&rig, "<Down><Down>");
    check_text("", 0);
    rig_keys(&rig, "so<Up>");
    check_text("sort newest", 11);
}

static void each_prompt_has_its_own_history(void **state)
{
    (void)state;
    rig_keys(&rig, ":sort newest<Enter>n<Up>");
    check_text("", 0);
    rig_keys(&rig, "she will call back<Esc>n<Up>");      /* a sentence given up is not lost */
    check_text("she will call back", 18);
    rig_keys(&rig, "<Esc>:<Up>");
    check_text("sort newest", 11);
}

static void typing_goes_on_with_the_next_word(void **state)
{
    (void)state;
    rig_keys(&rig, "/");
    check_text("state:new,working ", 18);
    rig_keys(&rig, "<Enter>");                           /* as it was: no filter of one's own */
    assert_string_equal(rig.m.filter, "state:new,working");
    assert_false(rig.m.filter_edited);
    rig_keys(&rig, "/kind:lost<Enter>");
    assert_string_equal(rig.m.filter, "state:new,working kind:lost");
}

static void filters_point_at_their_mistakes(void **state)
{
    (void)state;
    rig_keys(&rig, "/C-u");
    rig_keys(&rig, "kind:lost kind:lots");
    assert_true(rig.m.prompt.error[0]);
    assert_in_range(rig.m.prompt.error_at, 10, 18);
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig.m.prompt.kind, PROMPT_FILTER);
    assert_string_equal(rig.m.filter, "state:new,working");
    rig_keys(&rig, "C-wkind:lost sort:scan<Enter>");
    assert_int_equal(rig.m.prompt.kind, PROMPT_NONE);
    assert_string_equal(rig.m.filter, "kind:lost kind:lost sort:scan");
    assert_true(rig.m.filter_edited);
    assert_int_equal(rig.m.sort, SORT_SCAN);
    assert_int_equal(rig_count(&rig, REQ_PAGE), 1);
    assert_true(rig.m.queue.count > 0);               /* the old rows stay until then */
    assert_true(rig.m.queue.loading);
    rig_settle(&rig, &world);
    assert_false(rig.m.queue.loading);
    rig_keys(&rig, "<Esc>");
    assert_string_equal(rig.m.filter, "state:new,working");
    assert_false(rig.m.filter_edited);
}

static void the_palette_suggests(void **state)
{
    static const struct { const char *typed, *error; } t[] = {
        {"clam", "did you mean claim?"}, {"zzzzzz", "no action \"zzzzzz\""}, {"se", "write more of it"},
        {"severity awful", "choose one of: low medium high critical"}, {"claim now", "claim takes nothing more"},
        {"snooze yesterday", "write 4h"}, {"view Nobody", "no view \"Nobody\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        rig_keys(&rig, ":");
        rig_keys(&rig, t[i].typed);
        assert_non_null(strstr(rig.m.prompt.error, t[i].error));
        rig_keys(&rig, "<Enter>");
        assert_int_equal(rig.m.prompt.kind, PROMPT_COMMAND);
        assert_int_equal(rig_find(&rig, REQ_ACT), -1);
        rig_keys(&rig, "<Esc>");
    }
    rig_keys(&rig, ":view breaching<Enter>");
    assert_int_equal(rig.m.view, 2);
    assert_int_equal(rig.m.sort, SORT_SEVERITY);
}

/* NOON is Saturday 2025-11-22 12:00 UTC; the person sits five hours west: it is 7:00. */
static void moments(void **state)
{
    static const struct { const char *text; int64_t after; const char *shown; } t[] = {
        {"4h", 4 * WHEN_HOUR, "11:00"},
        {"30m", 30 * WHEN_MINUTE, "07:30"},
        {"2d", 2 * WHEN_DAY, "Mon 07:00"},
        {"14:00", 7 * WHEN_HOUR, "14:00"},
        {"6:30", 24 * WHEN_HOUR - 30 * WHEN_MINUTE, "Sun 06:30"},
        {"tomorrow", 26 * WHEN_HOUR, "Sun 09:00"},
        {"tomorrow 14:00", 31 * WHEN_HOUR, "Sun 14:00"},
        {"today 9", 2 * WHEN_HOUR, "09:00"},
        {"mon", 50 * WHEN_HOUR, "Mon 09:00"},
        {"Monday 8:15", 49 * WHEN_HOUR + 15 * WHEN_MINUTE, "Mon 08:15"},
        {"saturday", 2 * WHEN_HOUR, "09:00"},
        {"sat 6:00", 7 * WHEN_DAY - WHEN_HOUR, "29 Nov 06:00"},
        {"2025-11-24 10:00", 51 * WHEN_HOUR, "Mon 10:00"},
        {"2025-11-24", 50 * WHEN_HOUR, "Mon 09:00"},
        {"2025-11-24T10:00:00Z", 46 * WHEN_HOUR, "Mon 05:00"},
        {" 4h ", 4 * WHEN_HOUR, "11:00"},
        {"today 6:00", -1, ""}, {"25:00", -1, ""}, {"14:60", -1, ""}, {"mo", -1, ""}, {"", -1, ""},
        {"2024-01-01", -1, ""}, {"500d", -1, ""}, {"2031-01-01", -1, ""}, {"4 hours", -1, ""}, {"monday xx", -1, ""},
    };
    static const struct when_zone zone = {.offset = {-5 * 3600}}, utc;
    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        struct moment out;
        struct err e = {0};
        char shown[32];
        assert_int_equal(moment_parse(t[i].text, NOON, &zone, &out, &e), t[i].after > 0);
        if (t[i].after < 0) {
            assert_true(e.text[0]);
            continue;
        }
        assert_int_equal(out.at - NOON, t[i].after);
        moment_format(out.at, NOON, &zone, shown, sizeof shown);
        assert_string_equal(shown, t[i].shown);
    }
    struct moment scan;
    struct err e = {0};
    assert_false(moment_parse("scam", NOON, &utc, &scan, &e));
    assert_non_null(strstr(e.text, "2026-11-24 10:00 or scan"));
    assert_false(moment_parse_at("scan", NOON, &utc, &scan, &e));     /* where no scan ends it none is offered */
    assert_null(strstr(e.text, "scan"));
    assert_true(moment_parse_at("4h", NOON, &utc, &scan, &e));
    assert_true(moment_parse("scan", NOON, &utc, &scan, NULL));
    assert_true(scan.next_scan);
    assert_int_equal(scan.at, WHEN_NONE);
}

static void snooze_says_what_it_will_do(void **state)
{
    (void)state;
    rig_keys(&rig, ":snooze never");
    assert_true(rig.m.prompt.error[0] && strlen(rig.m.prompt.error) < 60);   /* beside the command, on 80 columns */
    rig_keys(&rig, "<Esc>");
    rig.zone = (struct when_zone){.offset = {-5 * 3600}};
    rig_keys(&rig, "xxxz");
    rig_keys(&rig, "mon");
    assert_string_equal(rig.m.prompt.hint, "snoozes 3 exceptions until Mon 09:00");
    assert_string_equal(rig.m.prompt.error, "");
    rig_keys(&rig, "<Enter>");
    struct request q = rig_take(&rig, rig_find(&rig, REQ_ACT));
    assert_int_equal(q.verb, VERB_SNOOZE);
    assert_int_equal(q.id_count, 3);
    assert_int_equal(q.act.until - NOON, 50 * WHEN_HOUR);
    request_finish(&q);
}

/* Chicago on Friday, 2026-10-30, 12:00 there; clocks go back on Sunday at 2:00. And on that Sunday, at 1:40 for the second time. */
static void moments_behind_a_change(void **state)
{
    enum { FRIDAY, SECOND_HOUR, LEAP };
    static const int64_t nows[] = {INT64_C(1793379600000), INT64_C(1793518800000), INT64_C(1835352000000)};
    static const struct { int now; const char *text, *at, *shown; } t[] = {
        {FRIDAY, "mon 9:00", "2026-11-02T15:00:00Z", "Mon 09:00"}, {FRIDAY, "sunday", "2026-11-01T15:00:00Z", "Sun 09:00"},
        {FRIDAY, "sat 9:00", "2026-10-31T14:00:00Z", "Sat 09:00"}, {FRIDAY, "2026-11-20 10:00", "2026-11-20T16:00:00Z", "20 Nov 10:00"},
        {FRIDAY, "sun 1:30", "2026-11-01T06:30:00Z", "Sun 01:30"}, {FRIDAY, "3d", "2026-11-02T17:00:00Z", "Mon 11:00"},
        {SECOND_HOUR, "1:50", "2026-11-01T07:50:00Z", "01:50"}, {SECOND_HOUR, "2:00", "2026-11-01T08:00:00Z", "02:00"},
        {LEAP, "2028-02-29 9:00", NULL, NULL}, {LEAP, "2028-02-29 09:00", "2028-02-29T15:00:00Z", "29 Feb 09:00"},
        {LEAP, "366d", "2029-02-28T12:00:00Z", "28 Feb 06:00"}, {LEAP, "2029-02-29", NULL, NULL},
    };
    static const struct when_zone chicago = {{-18000, -21600}, 1, {INT64_C(1793516400000)}};
    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct moment out;
        struct err e = {0};
        char at[40], shown[32];
        bool fine = moment_parse(t[i].text, nows[t[i].now], &chicago, &out, &e);
        if (fine != (t[i].at != NULL))
            fail_msg("%s: %s", t[i].text, e.text);
        if (!fine)
            continue;
        when_format_utc(out.at, at, sizeof at);
        moment_format(out.at, nows[t[i].now], &chicago, shown, sizeof shown);
        if (strcmp(at, t[i].at) != 0 || (t[i].now != LEAP && strcmp(shown, t[i].shown) != 0))
            fail_msg("%s: %s %s", t[i].text, at, shown);
    }
}

/* What no clock shows is as long after the change as it is after what was skipped, as in PostgreSQL; what clocks show twice is the first time. At noon of the
 * day before clocks change: in Chicago by an hour, on Lord Howe by half of one, forward and back. */
static void moments_in_a_change(void **state)
{
    static const struct when_zone chicago = {{-21600, -18000}, 1, {INT64_C(1772956800000)}},
                                  howe = {{37800, 39600, 37800}, 2, {INT64_C(1791041400000), INT64_C(1806764400000)}};
    static const struct { const struct when_zone *zone; int64_t now; const char *text, *at, *shown; } t[] = {
        {&chicago, INT64_C(1772906400000), "tomorrow 1:59", "2026-03-08T07:59:00Z", "Sun 01:59"},
        {&chicago, INT64_C(1772906400000), "tomorrow 2:30", "2026-03-08T08:30:00Z", "Sun 03:30"},
        {&chicago, INT64_C(1772906400000), "tomorrow 3:00", "2026-03-08T08:00:00Z", "Sun 03:00"},
        {&chicago, INT64_C(1772906400000), "24h", "2026-03-08T18:00:00Z", "Sun 13:00"},
        {&howe, INT64_C(1790991000000), "tomorrow 2:15", "2026-10-03T15:45:00Z", "Sun 02:45"},
        {&howe, INT64_C(1790991000000), "tomorrow 9:00", "2026-10-03T22:00:00Z", "Sun 09:00"},
        {&howe, INT64_C(1806714000000), "tomorrow 1:45", "2027-04-03T14:45:00Z", "Sun 01:45"},
        {&howe, INT64_C(1806714000000), "tomorrow 2:00", "2027-04-03T15:30:00Z", "Sun 02:00"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct moment out;
        struct err e = {0};
        char at[40], shown[32];
        if (!moment_parse(t[i].text, t[i].now, t[i].zone, &out, &e))
            fail_msg("%s: %s", t[i].text, e.text);
        when_format_utc(out.at, at, sizeof at);
        moment_format(out.at, t[i].now, t[i].zone, shown, sizeof shown);
        if (strcmp(at, t[i].at) != 0 || strcmp(shown, t[i].shown) != 0)
            fail_msg("%zu %s: %s %s", i, t[i].text, at, shown);
    }
}

#define LIVE(f) cmocka_unit_test_setup_teardown(f, live, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE(editing), LIVE(marks_go_with_their_base), LIVE(pasted_garbage_is_harmless), LIVE(completion_cycles),
        LIVE(people_complete), LIVE(history_finds_what_begins_so), LIVE(each_prompt_has_its_own_history), LIVE(typing_goes_on_with_the_next_word), LIVE(filters_point_at_their_mistakes),
        LIVE(the_palette_suggests), cmocka_unit_test(moments), cmocka_unit_test(moments_behind_a_change),
        cmocka_unit_test(moments_in_a_change), LIVE(snooze_says_what_it_will_do),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
