#include "core/scope.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void scopes(void **state)
{
    (void)state;
    static const struct { const char *text, *json; } rows[] = {
        {"carrier:ups", "{\"carrier\":[\"ups\"]}"},
        {"region:TX,OK carrier:UPS", "{\"carrier\":[\"UPS\"],\"region\":[\"TX\",\"OK\"]}"},
        {"carrier:ups -service:air -service:\"next day\"", "{\"carrier\":[\"ups\"],\"not\":{\"service\":[\"air\",\"next day\"]}}"},
        {"zip:787 kind:lost,stalled brand:acme country:US city:Austin",
         "{\"brand\":[\"acme\"],\"country\":[\"US\"],\"city\":[\"Austin\"],\"postal\":[\"787\"],\"kind\":[\"lost\",\"stalled\"]}"},
        {"region:\"a\\\"b\"", "{\"region\":[\"a\\\"b\"]}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err e = {0};
        char *json = scope_from_filter(rows[i].text, NULL, &e);
        if (!json)
            fail_msg("%s -> %s: %s", rows[i].text, e.where, e.text);
        assert_string_equal(json, rows[i].json);
        free(json);
    }
}

/* What is no scope, where it is pointed at, and a word of why. */
static void refusals(void **state)
{
    (void)state;
    static const struct { const char *text; size_t at; const char *where, *why; } rows[] = {
        {"", 0, "column 1", "say what is out"},
        {"carrier:ups sla:<30m", 12, "column 13", "sla: is no scope"},
        {"carrier:ups owner:me", 12, "column 13", "owner: is no scope"},
        {"carrier:ups is:breached", 12, "column 13", "is: is no scope"},
        {"carrier:ups outage:3", 12, "column 13", "outage: is no scope"},
        {"carrier:ups delgado", 12, "column 13", "words are no scope"},
        {"region:\303\204 scan:>2h", 10, "column 10", "scan: is no scope"},
        {"-carrier:ups", 0, "column 1", "only says what is not in it"},
        {"kind:lost brand:acme", 0, "column 1", "a brand or a kind alone"},
        {"region:TX region:OK", 10, "column 11", "named twice"},
        {"carrier:ups sort:newest", 0, "column 1", "sort:"},
        {"carier:ups", 0, "column 1", "carrier"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err e = {0};
        size_t at = 999;
        char *json = scope_from_filter(rows[i].text, &at, &e);
        if (json)
            fail_msg("%s gives %s", rows[i].text, json);
        if (at != rows[i].at || strcmp(e.where, rows[i].where) != 0 || !strstr(e.text, rows[i].why))
            fail_msg("%s -> at %zu, %s: %s", rows[i].text, at, e.where, e.text);
    }
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {cmocka_unit_test(scopes), cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
