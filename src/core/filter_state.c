/* Filters: what a whole one says of a row's state, kind and severity. */
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

/* The bits of [0, count) that pass the term. */
static uint32_t passing(const struct filter_term *t, int count)
{
    uint32_t bits = 0, all = (UINT32_C(1) << count) - 1;
    for (int n = 0; n < count; n++)
        for (size_t i = 0; i < t->value_count; i++)
            if (t->values[i].number == count || compares(t->op, n, t->values[i].number))
                bits |= UINT32_C(1) << n;
    return t->negated ? all & ~bits : bits;
}

void filter_reach(const struct filter *f, struct filter_reach *out)
{
    *out = (struct filter_reach){UINT32_MAX, UINT32_MAX, UINT32_MAX};
    for (size_t i = 0; i < f->term_count; i++) {
        const struct filter_term *t = &f->terms[i];
        if (t->field == FIELD_KIND)
            out->kinds &= passing(t, KIND_COUNT);
        else if (t->field == FIELD_SEVERITY)
            out->severities &= passing(t, SEVERITY_COUNT);
        else if (t->field == FIELD_STATE)
            out->states &= passing(t, STATE_COUNT);
    }
}
