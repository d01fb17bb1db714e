#include "core/rule.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void parse(const char *text, struct rule *r)
{
    struct err e = {0};
    if (!rule_parse(text, r, NULL, &e))
        fail_msg("%s -> %s: %s", text, e.where, e.text);
}

/* The text as it is written canonically, which parses back to the same. */
static void canonical(void **state)
{
    (void)state;
    static const struct { const char *text, *said; } rows[] = {
        {"when kind:address_issue tier:gold on opened do assign okafor; severity high; send address_issue by sms",
         "when kind:address_issue tier:gold on opened do assign okafor; severity high; send address_issue by sms"},
        {"kind:lost do tag vip", "when kind:lost on opened do tag vip"},
        {"WHEN  kind:lost  ON reply , escalated Or opened DO Tag vip AND hold 90m", "when kind:lost on opened,escalated,reply do tag vip; hold 1h30m"},
        {"when carrier:ups on stalled do snooze 2d or scan;case carrier_trace ; case claim", "when carrier:ups on stalled do snooze 2d or scan; case carrier_trace; case claim"},
        {"when \"on\" \"do not\" do snooze scan", "when \"on\" \"do not\" on opened do snooze scan"},
        {"when kind:lost on resolved do tag a; tag b", "when kind:lost on resolved do tag a; tag b"},
        {"when status:delivered on resolved do send feedback_request", "when status:delivered on resolved do send feedback_request"},
        {"when sev:>=high region:TX do send x by whatsapp; hold 30d", "when severity:>=high region:TX on opened do send x by whatsapp; hold 30d"},
        {"when -tier:gold kind:lost do case internal", "when -tier:gold kind:lost on opened do case internal"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rule r, again;
        parse(rows[i].text, &r);
        parse(rows[i].said, &again);
        char *spec = rule_spec(&r), *same = rule_spec(&again);
        assert_string_equal(same, spec);
        free(spec);
        free(same);
        rule_finish(&r);
        rule_finish(&again);
    }
}

/* What the database takes. */
static void specs(void **state)
{
    (void)state;
    static const struct { const char *text, *json; } rows[] = {
        {"when kind:lost on reply,opened do send x; tag y", "{\"filter\":\"kind:lost\",\"on\":[\"opened\",\"reply\"],\"do\":[{\"do\":\"send\",\"template\":\"x\"},{\"do\":\"tag\",\"tag\":\"y\"}]}"},
        {"when city:\"San \\\"Q\\\" Jose\" do assign bo; severity low; snooze 4h or scan; hold 1m; case claim; send x by email",
         "{\"filter\":\"city:\\\"San \\\\\\\"Q\\\\\\\" Jose\\\"\",\"on\":[\"opened\"],\"do\":[{\"do\":\"assign\",\"to\":\"bo\"},{\"do\":\"severity\",\"severity\":\"low\"},"
         "{\"do\":\"snooze\",\"minutes\":240,\"next_scan\":true},{\"do\":\"hold\",\"minutes\":1},{\"do\":\"case\",\"type\":\"claim\"},{\"do\":\"send\",\"template\":\"x\",\"channel\":\"email\"}]}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rule r;
        parse(rows[i].text, &r);
        char *json = rule_spec(&r);
        assert_string_equal(json, rows[i].json);
        free(json);
        rule_finish(&r);
    }
}

/* What is no rule, where it is pointed at, and a word of why. */
static void refusals(void **state)
{
    (void)state;
    static const struct { const char *text; size_t at; const char *where, *why; } rows[] = {
        {"", 0, "column 1", "matches everything"},
        {"when state:new do tag x", 5, "column 6", "matches everything"},
        {"when -kind:lost do tag x", 5, "column 6", "matches everything"},
        {"when owner:none is:unowned outage:none tag:none do tag x", 5, "column 6", "matches everything"},
        {"when severity:>=low do tag x", 5, "column 6", "matches everything"},
        {"when severity:low,medium,high,critical do tag x", 5, "column 6", "matches everything"},
        {"when kind:lost owner:me do tag x", 15, "column 16", "\"me\" is nobody"},
        {"when kind:lost -is:mine do tag x", 15, "column 16", "\"me\" is nobody"},
        {"when kind:lost batch:3 do tag x", 15, "column 16", "a batch"},
        {"when kind:lost customer:rosa do tag x", 15, "column 16", "no single customer"},
        {"when kind:lost sort:newest do tag x", 5, "column 6", "no order"},
        {"when kind:lst do tag x", 10, "column 11", "lost"},
        {"when kind:lost", 14, "column 15", "say what it does"},
        {"when kind:lost on opened", 24, "column 25", "say what it does"},
        {"when kind:lost on do tag x", 18, "column 19", "nothing a rule fires on"},
        {"when kind:lost on noon do tag x", 18, "column 19", "nothing a rule fires on"},
        {"when kind:lost on opened, do tag x", 26, "column 27", "nothing a rule fires on"},
        {"when kind:lost do", 17, "column 18", "say what it does"},
        {"when kind:lost do tag", 21, "column 22", "after \"tag\" comes the tag"},
        {"when kind:lost do tag x;", 24, "column 25", "say what it does"},
        {"when kind:lost do tag x y", 24, "column 25", "one word too many"},
        {"when kind:lost do resolve", 18, "column 19", "nothing a rule can do"},
        {"when kind:lost do tag x; tag x", 25, "column 26", "already"},
        {"when kind:lost do send a; send b", 26, "column 27", "already"},
        {"when kind:lost do severity huge", 27, "column 28", "no severity"},
        {"when kind:lost do case court", 23, "column 24", "no type of case"},
        {"when kind:lost do snooze", 24, "column 25", "how long it snoozes"},
        {"when kind:lost do snooze 31d", 25, "column 26", "no time from 1m to 30d"},
        {"when kind:lost do snooze 30s", 25, "column 26", "no time from 1m to 30d"},
        {"when kind:lost do snooze 2d or 3d", 30, "column 31", "or scan"},
        {"when kind:lost do hold scan", 23, "column 24", "no time"},
        {"when kind:lost do send x by pigeon", 28, "column 29", "no channel"},
        {"when kind:lost on resolved do severity low", 30, "column 31", "what is resolved"},
        {"when kind:lost do tag 1; tag 2; tag 3; tag 4; tag 5; tag 6; tag 7; tag 8; tag 9", 74, "column 75", "at most 8"},
        {"when ciudad:\xC3\xA1 do tag x", 5, "column 6", "ciudad"},
        {"when city:\xC3\xA1 do tag", 19, "column 19", "after \"tag\""},
        {"when \"never closed do tag x", 5, "column 6", "never closed"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rule r;
        struct err e = {0};
        size_t at = 9999;
        if (rule_parse(rows[i].text, &r, &at, &e))
            fail_msg("\"%s\" is taken", rows[i].text);
        if (at != rows[i].at || strcmp(e.where, rows[i].where) != 0 || !strstr(e.text, rows[i].why))
            fail_msg("\"%s\" -> %zu, %s: %s", rows[i].text, at, e.where, e.text);
        assert_null(r.filter);
        assert_int_equal(r.action_count, 0);
    }
}

static void names(void **state)
{
    (void)state;
    assert_true(rule_name_ok("gold-late"));
    assert_true(rule_name_ok("a"));
    assert_true(rule_name_ok("a234567890123456789012345678901234567890"));
    assert_false(rule_name_ok("a2345678901234567890123456789012345678901"));
    assert_false(rule_name_ok(""));
    assert_false(rule_name_ok("1a"));
    assert_false(rule_name_ok("-a"));
    assert_false(rule_name_ok("Gold"));
    assert_false(rule_name_ok("gold late"));
    for (int v = 0; v < RULE_EVENT_COUNT; v++)
        assert_string_not_equal(rule_event_name((enum rule_event)v), "?");
    for (int d = 0; d < RULE_DO_COUNT; d++)
        assert_string_not_equal(rule_do_name((enum rule_do)d), "?");
    assert_string_equal(rule_event_name(RULE_EVENT_COUNT), "?");
    assert_string_equal(rule_do_name(RULE_DO_COUNT), "?");
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical), cmocka_unit_test(specs), cmocka_unit_test(refusals), cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
