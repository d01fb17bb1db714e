#include "app/action.h"

#include <string.h>

static const struct action_info actions[ACTION_COUNT] = {
#define X(id, name, contexts, needs, argument, help) {name, contexts, needs, argument, help},
    ACTIONS(X)
#undef X
};

static const struct { const char *name; unsigned bits; } contexts_by_name[] = {
    {"queue", IN_QUEUE}, {"detail", IN_DETAIL}, {"help", IN_HELP}, {"prompt", IN_PROMPT},
    {"menu", IN_MENU}, {"results", IN_RESULTS}, {"compose", IN_COMPOSE}, {"editor", IN_EDITOR},
    {"bulk", IN_BULK}, {"cases", IN_CASES}, {"case", IN_CASE}, {"new-case", IN_FORM},
    {"override", IN_OVERRIDE}, {"batches", IN_BATCHES}, {"board", IN_BOARD}, {"outage", IN_OUTAGE},
    {"sheet", IN_SHEET}, {"report", IN_REPORT}, {"dictionary", IN_DICTIONARY}, {"rules", IN_RULES}, {"lists", IN_LISTS}, {"any", IN_ANY},
};

static bool same(const char *name, const char *s, size_t n)
{
    return strlen(name) == n && memcmp(name, s, n) == 0;
}

const struct action_info *action_info(enum action a)
{
    return &actions[(unsigned)a < ACTION_COUNT ? a : 0];
}

bool action_parse(const char *s, size_t n, enum action *out)
{
    for (int i = 0; i < ACTION_COUNT; i++) {
        if (same(actions[i].name, s, n)) {
            *out = (enum action)i;
            return true;
        }
    }
    return false;
}

unsigned action_context_parse(const char *s, size_t n)
{
    for (size_t i = 0; i < sizeof contexts_by_name / sizeof contexts_by_name[0]; i++)
        if (same(contexts_by_name[i].name, s, n))
            return contexts_by_name[i].bits;
    return 0;
}
