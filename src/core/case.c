#include "core/case.h"

#include <stdlib.h>

#include "core/words.h"

#define COUNT(a) (sizeof (a) / sizeof *(a))
#define X(id, name, label) {name, label},
static const struct word types[] = {CASE_TYPES(X)};
static const struct word states[] = {CASE_STATES(X)};
static const struct word priorities[] = {CASE_PRIORITIES(X)};
#undef X
#define X(id, past) {past, past},
static const struct word ops[] = {CASE_OPS(X)};
#undef X

const char *case_type_name(enum case_type t) { return word_at(types, COUNT(types), (int)t)->name; }
const char *case_type_label(enum case_type t) { return word_at(types, COUNT(types), (int)t)->label; }
const char *case_state_name(enum case_state s) { return word_at(states, COUNT(states), (int)s)->name; }
const char *case_priority_name(enum case_priority p) { return word_at(priorities, COUNT(priorities), (int)p)->name; }
const char *case_op_past(enum case_op o) { return word_at(ops, COUNT(ops), (int)o)->name; }

WORDS_PARSE(case_type_parse, case_type, types)
WORDS_PARSE(case_state_parse, case_state, states)
WORDS_PARSE(case_priority_parse, case_priority, priorities)

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
