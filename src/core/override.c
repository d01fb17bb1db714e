#include "core/override.h"

#include <stdlib.h>

#include "core/words.h"

#define COUNT(a) (sizeof (a) / sizeof *(a))
#define X(id, name, label) {name, label},
static const struct word reasons[] = {OVERRIDE_REASONS(X)};
#undef X
#define X(id, name) {name, name},
static const struct word batches[] = {BATCH_STATES(X)};
static const struct word ops[] = {BATCH_OPS(X)};
#undef X
#define X(id) STATUS_##id,
static const enum status statuses[] = {OVERRIDE_STATUSES(X)};
#undef X

const char *override_reason_name(enum override_reason r) { return word_at(reasons, COUNT(reasons), (int)r)->name; }
const char *override_reason_label(enum override_reason r) { return word_at(reasons, COUNT(reasons), (int)r)->label; }
const char *batch_state_name(enum batch_state s) { return word_at(batches, COUNT(batches), (int)s)->name; }
const char *batch_op_name(enum batch_op o) { return word_at(ops, COUNT(ops), (int)o)->name; }

WORDS_PARSE(override_reason_parse, override_reason, reasons)
WORDS_PARSE(batch_state_parse, batch_state, batches)

enum status override_status_at(int i)
{
    return i >= 0 && (size_t)i < COUNT(statuses) ? statuses[i] : STATUS_COUNT;
}

bool override_status_allowed(enum status s)
{
    for (size_t i = 0; i < COUNT(statuses); i++)
        if (statuses[i] == s)
            return true;
    return false;
}

void override_preview_finish(struct override_preview *p)
{
    free(p->groups);
    *p = (struct override_preview){0};
}
