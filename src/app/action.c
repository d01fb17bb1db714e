#include "app/action.h"

#include <string.h>

static const struct action_info actions[ACTION_COUNT] = {
#define X(id, name, contexts, needs, argument, help) {name, contexts, needs, argument, help},
    ACTIONS(X)
#undef X
};

static const struct { const char *name; unsigned bits; const char *help; } contexts_by_name[] = {
    {"queue", IN_QUEUE, "the queue"},
    {"detail", IN_DETAIL, "one exception in full"},
    {"lists", IN_LISTS, ""},
    {"any", IN_ANY, ""},
    {"help", IN_HELP, "the help"},
    {"prompt", IN_PROMPT, "a line that is typed"},
    {"menu", IN_MENU, "a menu"},
    {"results", IN_RESULTS, "what the last action refused"},
    {"compose", IN_COMPOSE, "a message before it is sent"},
    {"editor", IN_EDITOR, "a text of several lines that is typed"},
    {"bulk", IN_BULK, "messages to several customers before they are sent"},
    {"cases", IN_CASES, "the list of cases"},
    {"case", IN_CASE, "wherever a case is chosen: the detail's tab, the list, one in full"},
    {"new-case", IN_FORM, "a case before it is opened"},
    {"override", IN_OVERRIDE, "an override before it is applied"},
    {"batches", IN_BATCHES, "the list of batches of overrides"},
    {"board", IN_BOARD, "the board of carriers and outages"},
    {"outage", IN_OUTAGE, "an outage before it is declared or ended"},
    {"sheet", IN_SHEET, "the lists behind the queue"},
    {"dictionary", IN_DICTIONARY, "the dictionary, over the keys of sheets"},
    {"rules", IN_RULES, "the rules, over the keys of sheets"},
    {"report", IN_REPORT, "a report"},
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

#define CONTEXT_ROWS (int)(sizeof contexts_by_name / sizeof contexts_by_name[0])

const char *action_context_at(int i, unsigned *bits)
{
    if (i >= CONTEXT_ROWS)
        return NULL;
    *bits = contexts_by_name[i].bits;
    return contexts_by_name[i].name;
}

const char *action_context_help(unsigned bits)
{
    for (int i = 0; i < CONTEXT_ROWS; i++)
        if (contexts_by_name[i].bits == bits)
            return contexts_by_name[i].help;
    return "";
}
