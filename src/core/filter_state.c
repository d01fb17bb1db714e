/* Filters: what a whole one says of the state. */
#include "core/filter.h"

#include "core/kind.h"

static bool compares(enum filter_op op, int a, int b)
{
    switch (op) {
    case OP_LT: return a < b;
    case OP_LE: return a <= b;
    case OP_GT: return a > b;
    case OP_GE: return a >= b;
    case OP_EQ: break;
    }
    return a == b;
}

static bool passes(const struct filter_term *t)
{
    for (size_t i = 0; i < t->value_count; i++) {
        int state = t->values[i].number;
        if (state == STATE_COUNT || compares(t->op, STATE_RESOLVED, state))
            return !t->negated;
    }
    return t->negated;
}

bool filter_reaches_resolved(const struct filter *f, bool any_state)
{
    bool reaches = false, said = false;
    for (size_t i = 0; i < f->term_count; i++) {
        const struct filter_term *t = &f->terms[i];
        reaches |= t->field == FIELD_DONE && !t->negated;    /* without a state, what it is about */
        if (t->field != FIELD_STATE)
            continue;
        if (!passes(t))
            return false;
        reaches = said = true;
    }
    return reaches || (any_state && !said);
}
