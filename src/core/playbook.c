#include "core/playbook.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "core/kind.h"

static const char *const actions[] = {
#define X(name) name,
    PLAYBOOK_ACTIONS(X)
#undef X
};
static const struct { const char *name; bool values; } terms[] = {
#define X(name, values, says) {name, values},
    PLAYBOOK_TERMS(X)
#undef X
};
enum { ACTIONS = sizeof actions / sizeof *actions, TERMS = sizeof terms / sizeof *terms };

bool playbook_action(const char *s)
{
    for (size_t i = 0; i < ACTIONS; i++)
        if (strcmp(actions[i], s) == 0)
            return true;
    return false;
}

static bool value_known(const char *term, const char *s, size_t n)
{
    enum status status;
    enum severity severity;
    if (strcmp(term, "status") == 0)
        return status_parse(s, n, &status);
    return strcmp(term, "severity") == 0 ? severity_parse(s, n, &severity) : n > 0 && !memchr(s, ':', n);
}

static bool values_known(const char *term, const char *s, size_t n)
{
    for (size_t at = 0, end;; at = end + 1) {
        for (end = at; end < n && s[end] != ','; end++)
            ;
        if (!value_known(term, s + at, end - at))
            return false;
        if (end == n)
            return true;
    }
}

static bool term_known(const char *s, size_t n)
{
    const char *colon = memchr(s, ':', n);
    size_t name = colon ? (size_t)(colon - s) : n;
    for (int i = 0; i < TERMS; i++)
        if (strlen(terms[i].name) == name && memcmp(terms[i].name, s, name) == 0)
            return terms[i].values == (colon != NULL) && (!colon || values_known(terms[i].name, colon + 1, n - name - 1));
    return false;
}

static bool no_condition(const char *s, size_t n, struct err *e)
{
    char names[240];
    size_t used = 0;
    for (int i = 0; i < TERMS; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s%s", i == 0 ? "" : i == TERMS - 1 ? " or " : ", ", terms[i].name, terms[i].values ? ":…" : "");
    return err_set(e, ERR_INPUT, NULL, "\"%.*s\" is no condition: use %s, with - before what must not be", (int)(n > 40 ? 40 : n), s, names);
}

bool playbook_condition(const char *text, struct err *e)
{
    for (const char *s = text + strspn(text, " "); *s; s += strspn(s, " ")) {
        size_t n = strcspn(s, " "), minus = *s == '-';
        if (!term_known(s + minus, n - minus))
            return no_condition(s, n, e);
        s += n;
    }
    return true;
}

static bool step_known(const json_t *step, struct err *e)
{
    const char *action = json_string_value(json_object_get(step, "action")), *condition = json_string_value(json_object_get(step, "condition"));
    if (action && !playbook_action(action))
        return err_set(e, ERR_INPUT, NULL, "\"%.40s\" is nothing a step can do", action);
    return !condition || playbook_condition(condition, e);
}

bool playbook_steps_read(const char *json, size_t n, struct err *e)
{
    json_error_t where;
    json_t *steps = json_loadb(json, n, 0, &where), *step;
    size_t i;
    bool ok = steps != NULL || err_set(e, ERR_INPUT, NULL, "line %d: %s", where.line, where.text);
    if (ok && !json_is_array(steps))
        ok = err_set(e, ERR_INPUT, NULL, "a playbook is a JSON array of steps; `doorstep playbook show KIND --format json` prints one");
    json_array_foreach(steps, i, step)
        ok = ok && (step_known(step, e) || err_at(e, "step %zu", i + 1));
    json_decref(steps);
    return ok;
}
