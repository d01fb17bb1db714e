/* Rules, scopes of outages, conditions and steps of playbooks: texts people save and the database is told as JSON. */
#include <stdlib.h>
#include <string.h>

#include "core/playbook.h"
#include "core/rule.h"
#include "core/scope.h"
#include "fuzz.h"

static void is_json(char *text)
{
    json_t *j = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    fuzz_require(json_is_object(j) && fuzz_json_inert(j));
    json_decref(j);
    free(text);
}

static void rule(const char *text)
{
    struct rule r;
    struct err e = {0};
    size_t at = SIZE_MAX;
    if (!rule_parse(text, &r, &at, &e)) {
        fuzz_error(&e);
        fuzz_require(strstr(e.where, "column ") && at <= strlen(text) && !r.filter);
        return;
    }
    struct filter f;
    fuzz_require(r.events && r.action_count >= 1 && r.action_count <= RULE_ACTIONS_MAX);
    fuzz_require(filter_parse(r.filter, &f, NULL, &e) && rule_filter_check(r.filter, &f, NULL, &e));
    filter_finish(&f);
    is_json(rule_spec(&r));
    rule_finish(&r);
}

static void scope(const char *text)
{
    struct err e = {0};
    size_t at = 0;
    char *json = scope_from_filter(text, &at, &e);
    if (json) {
        is_json(json);
        return;
    }
    fuzz_error(&e);
    fuzz_require(at <= strlen(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_in in = {data, size};
    char *text = fuzz_text(&in);
    struct err e = {0};
    rule(text);
    scope(text);
    if (!playbook_condition(text, &e))
        fuzz_error(&e);
    e = (struct err){0};
    if (!playbook_steps_read(text, strlen(text), &e))
        fuzz_error(&e);
    free(text);
    return 0;
}
