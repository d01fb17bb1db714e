#include "core/verb.h"

#include <string.h>

static const struct {
    const char *name, *past;
    bool undoable;
} verbs[] = {
#define X(id, name, past, undoable) {name, past, undoable},
    VERBS(X)
#undef X
};

static bool known(enum verb v) { return (int)v >= 0 && (int)v < VERB_COUNT; }

const char *verb_name(enum verb v) { return known(v) ? verbs[v].name : "?"; }
const char *verb_past(enum verb v) { return known(v) ? verbs[v].past : "?"; }
bool verb_undoable(enum verb v) { return known(v) && verbs[v].undoable; }

bool verb_parse(const char *s, size_t n, enum verb *out)
{
    for (int i = 0; i < VERB_COUNT; i++)
        if (strlen(verbs[i].name) == n && memcmp(verbs[i].name, s, n) == 0) {
            *out = (enum verb)i;
            return true;
        }
    return false;
}
