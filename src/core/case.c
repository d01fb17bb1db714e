#include "core/case.h"

#include <stdlib.h>

#include "core/words.h"

#define COUNT(a) (sizeof (a) / sizeof *(a))
#define X(id, name, label) {name, label},
static const struct word types[] = {CASE_TYPES(X)};
static const struct word states[] = {CASE_STATES(X)};
static const struct word priorities[] = {CASE_PRIORITIES(X)};
static const struct word ops[] = {CASE_OPS(X)};
#undef X

const char *case_type_name(enum case_type t) { return word_at(types, COUNT(types), (int)t)->name; }
const char *case_type_label(enum case_type t) { return word_at(types, COUNT(types), (int)t)->label; }
const char *case_state_name(enum case_state s) { return word_at(states, COUNT(states), (int)s)->name; }
const char *case_priority_name(enum case_priority p) { return word_at(priorities, COUNT(priorities), (int)p)->name; }
const char *case_op_name(enum case_op o) { return word_at(ops, COUNT(ops), (int)o)->name; }
const char *case_op_past(enum case_op o) { return word_at(ops, COUNT(ops), (int)o)->label; }

bool case_type_parse(const char *s, size_t n, enum case_type *out)
{
    int i;
    bool found = word_find(types, COUNT(types), s, n, &i);
    if (found)
        *out = (enum case_type)i;
    return found;
}

bool case_state_parse(const char *s, size_t n, enum case_state *out)
{
    int i;
    bool found = word_find(states, COUNT(states), s, n, &i);
    if (found)
        *out = (enum case_state)i;
    return found;
}

bool case_priority_parse(const char *s, size_t n, enum case_priority *out)
{
    int i;
    bool found = word_find(priorities, COUNT(priorities), s, n, &i);
    if (found)
        *out = (enum case_priority)i;
    return found;
}

void support_case_finish(struct support_case *c)
{
    free(c->context);
    for (size_t i = 0; i < c->note_count; i++)
        free(c->notes[i].text);
    free(c->notes);
    free(c->links);
    free(c->syncs);
    *c = (struct support_case){0};
}
